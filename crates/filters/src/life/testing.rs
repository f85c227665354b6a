//! Running the tests kept with filters.

use super::service::Filters;
use crate::groups::Registry;
use crate::hits::list::Log;
use crate::hits::{HitError, HitSettings, Hits, Level, Sight};
use crate::judge::trial::Trial;
use crate::model::test_case::TESTS_MAX;
use crate::model::{TestCase, TestSource};
use crate::save::tests_kept::{Actual, TestOutcome};
use crate::snapshot::LiveGroup;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;
use wikiward_farm::{Id, Right, Viewer, WikiId};
use wikiward_store::StoreError;

/// The action of a test.
struct Action {
    place: usize,
    test: TestCase,
    /// Kind, values, and names of lost ones; none if the variables are not kept any more.
    known: Option<(String, Map<String, Value>, Vec<String>)>,
}

impl Filters {
    /// The same service, whose tests may be on hits.
    #[must_use]
    pub fn tested_on(mut self, hits: Hits) -> Self {
        self.hits = Some(hits);
        self
    }

    /// The tests of a filter of `owner` that may be seen: all to who may use the test tools, less those on hits that they may
    /// not see.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn visible_tests(
        &self,
        viewer: &Viewer,
        owner: &WikiId,
        tests: &[TestCase],
    ) -> Result<Vec<TestCase>, StoreError> {
        let actions = self.actions_of(viewer, owner, tests).await?;
        Ok(actions.into_iter().map(|action| action.test).collect())
    }

    /// What the tests of a filter of `owner` that may be seen give with a rule of `group`. None where the rule or its group is
    /// none.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn try_tests(
        &self,
        viewer: &Viewer,
        owner: &WikiId,
        rules: &str,
        group: &str,
        tests: &[TestCase],
    ) -> Result<Vec<TestOutcome>, StoreError> {
        let registry = self.registry().await?;
        self.run_tests(viewer, owner, (rules, group), tests, &registry).await
    }

    /// What a save makes of the tests of a filter: what the person sent, and those that they could not see.
    pub(super) async fn merged_tests(
        &self,
        viewer: &Viewer,
        owner: &WikiId,
        old: &[TestCase],
        sent: Option<&Vec<TestCase>>,
    ) -> Result<Vec<TestCase>, StoreError> {
        let Some(sent) = sent else { return Ok(old.to_vec()) };
        let visible = self.visible_tests(viewer, owner, old).await?;
        let mut merged = sent.clone();
        for test in old.iter().filter(|test| !visible.contains(test)).take(TESTS_MAX.saturating_sub(sent.len())) {
            let mut test = test.clone();
            // Who took the same name cannot know that it was taken.
            while merged.iter().any(|other| other.name == test.name) {
                test.name.push('\'');
            }
            merged.push(test);
        }
        Ok(merged)
    }

    /// Runs the tests that may be seen on a rule. None if the rule or its group is none.
    pub(super) async fn run_tests(
        &self,
        viewer: &Viewer,
        owner: &WikiId,
        (rules, group): (&str, &str),
        tests: &[TestCase],
        registry: &Registry,
    ) -> Result<Vec<TestOutcome>, StoreError> {
        let Some(group) = registry.groups.get(group).cloned().filter(|_| !tests.is_empty()) else {
            return Ok(Vec::new());
        };
        let actions = self.actions_of(viewer, owner, tests).await?;
        let rules = rules.to_owned();
        let work = move || {
            let group = Arc::new(LiveGroup::alone(group));
            let Ok(mut trial) = Trial::new(&rules, group) else { return Vec::new() };
            let run = |action: Action| TestOutcome {
                place: action.place,
                name: action.test.name,
                expects_match: action.test.expects_match,
                actual: match &action.known {
                    None => Actual::Unavailable,
                    Some((kind, values, lost)) => Actual::of(&mut trial, kind, values, lost),
                },
            };
            actions.into_iter().map(run).collect()
        };
        let done = tokio::task::spawn_blocking(work).await;
        Ok(done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())))
    }

    /// The actions of the tests that may be seen.
    async fn actions_of(&self, viewer: &Viewer, owner: &WikiId, tests: &[TestCase]) -> Result<Vec<Action>, StoreError> {
        let mut actions = Vec::new();
        if !viewer.may(Right::ViewPrivate, owner) && !viewer.may(Right::Modify, owner) {
            return Ok(actions);
        }
        let rows = self.wikis.settings_of(owner).unwrap_or_default();
        let rows = HitSettings::default().with(&rows).restricted_rows;
        let sight = Sight::under(viewer, owner, rows, &*self.registry().await?);
        let log = if owner.is_farm() { Log::Farm } else { Log::Wiki(owner.clone()) };
        // Asked at once, and even if there are no tests: tests on hits that may not be seen make no more work than none.
        let hit_of = |test: &TestCase| if let TestSource::Hit(id) = test.source { Some(id) } else { None };
        let ids: Vec<Id> = tests.iter().filter_map(hit_of).collect();
        let visible = match &self.hits {
            Some(hits) => hits.visible(&log, &ids, &sight).await?,
            None => BTreeSet::new(),
        };
        for (place, test) in tests.iter().enumerate() {
            let known = match &test.source {
                TestSource::Inline { kind, vars } => Some((kind.clone(), vars.clone(), Vec::new())),
                TestSource::Hit(id) => {
                    let Some(hits) = self.hits.as_ref().filter(|_| visible.contains(id)) else { continue };
                    let one = match hits.one(&log, *id, &sight, viewer).await {
                        Ok(one) => one.filter(|one| one.row.level >= Level::Row),
                        Err(HitError::Store(error) | HitError::ReadOnly(error)) => return Err(error),
                        Err(_) => None,
                    };
                    let Some(one) = one else { continue };
                    one.variables.map(|variables| (one.row.kind, variables.values, variables.expired))
                }
            };
            actions.push(Action { place, test: test.clone(), known });
        }
        Ok(actions)
    }
}
