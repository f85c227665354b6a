//! What is to be known before a filter is saved, and what speaks against it.

use super::{Manner, SaveError, SaveRequest};
use crate::backtest;
use crate::candidates;
use crate::groups::Registry;
use crate::life::records;
use crate::life::service::Filters;
use crate::model::{Filter, State};
use crate::save::tests_kept::TestOutcome;
use crate::save::{self, Context, FilterSettings, Finding, Findings};
use std::collections::BTreeSet;
use std::sync::Arc;
use wikiward_farm::clock::micros;
use wikiward_farm::right::RightSet;
use wikiward_farm::{Viewer, WikiId};
use wikiward_store::StoreError;

/// For how long a backtest of a rule counts: a day, in microseconds.
const TESTED_FOR: i64 = 86_400_000_000;

/// What somebody means to save.
#[derive(Clone, Copy)]
pub(in crate::life) struct Meant<'m> {
    /// Who.
    pub(in crate::life) viewer: &'m Viewer,
    /// The rights by which it is judged.
    pub(in crate::life) rights: RightSet,
    /// Whose filter it is, or will be.
    pub(in crate::life) owner: &'m WikiId,
    /// The filter as it is; none for a new one.
    pub(in crate::life) old: Option<&'m Filter>,
    /// What was sent, with all tests.
    pub(in crate::life) request: &'m SaveRequest,
    /// How the version comes about.
    pub(in crate::life) manner: Manner,
}

impl Filters {
    /// All checks; an error if one forbids saving.
    pub(in crate::life) async fn examine(&self, meant: &Meant<'_>) -> Result<Findings, SaveError> {
        let (findings, _) = self.findings(meant).await?;
        if findings.errors.is_empty() { Ok(findings) } else { Err(SaveError::Invalid(Box::new(findings))) }
    }

    /// The request with all tests that the filter will have.
    pub(super) async fn with_tests(
        &self,
        viewer: &Viewer,
        owner: &WikiId,
        old: Option<&Filter>,
        request: &SaveRequest,
    ) -> Result<SaveRequest, StoreError> {
        let mut request = request.clone();
        let before = old.map_or(&[][..], |old| old.draft.tests.as_slice());
        request.draft.tests = self.merged_tests(viewer, owner, before, request.tests.as_ref()).await?;
        Ok(request)
    }

    /// All findings, and what came of the tests.
    pub(super) async fn findings(&self, meant: &Meant<'_>) -> Result<(Findings, Vec<TestOutcome>), SaveError> {
        let Meant { viewer, owner, old, request, .. } = *meant;
        let facts = self.facts(meant).await?;
        let registry = facts.registry.clone();
        let (before, sent) = (old.cloned(), request.clone());
        // Compiling patterns takes its time; other requests go on meanwhile.
        let checked = tokio::task::spawn_blocking(move || facts.check(before.as_ref(), &sent)).await;
        let mut findings = checked.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        let is_bad = |finding: &Finding| finding.code == "bad_test" || finding.code == "tests_too_many";
        if findings.errors.iter().any(is_bad) {
            return Ok((findings, Vec::new()));
        }
        let draft = &request.draft;
        let rule = (draft.rules.as_str(), draft.group.as_str());
        let outcomes = self.run_tests(viewer, owner, rule, &draft.tests, &registry).await?;
        let (failed, open) = save::tests_kept::findings(&outcomes);
        // Nobody is kept from switching a filter off by its tests.
        let runs = matches!(draft.state, State::Enabled | State::Shadow);
        let is_meant = !request.override_tests.trim().is_empty();
        let failed_to = if runs && !is_meant { &mut findings.errors } else { &mut findings.warnings };
        failed_to.extend(failed);
        findings.warnings.extend(open);
        Ok((findings, outcomes))
    }

    async fn facts(&self, meant: &Meant<'_>) -> Result<Facts, StoreError> {
        let Meant { rights, owner: wiki, old, request, manner, .. } = *meant;
        let registry = self.registry().await?;
        let mut conn = self.store.reader().await?;
        let group = &request.draft.group;
        let number = old.map_or(0, |old| old.key.number.0);
        let tags = request.draft.actions.0.get("tag").map_or(&[][..], Vec::as_slice);
        let tags = tags.get(..tags.len().min(save::actions::TAGS_MAX)).unwrap_or_default();
        let tested_after = micros(self.store.clock().now()) - TESTED_FOR;
        let digest = backtest::rules_digest(&request.draft.rules);
        Ok(Facts {
            has_backtest: backtest::records::is_tested(&mut conn, wiki, digest, tested_after).await?,
            rights,
            wiki: wiki.clone(),
            settings: self.settings_on(wiki),
            registry,
            tags_in_use: records::tags_in_use(&mut conn, wiki, tags).await?,
            enabled_others: records::count(&mut conn, wiki, group, State::Enabled, number).await?,
            shadow_others: records::count(&mut conn, wiki, group, State::Shadow, number).await?
                + candidates::running_others(&mut conn, wiki, group).await?,
            manner,
        })
    }
}

/// Everything that the checks need, owned.
struct Facts {
    rights: RightSet,
    wiki: WikiId,
    settings: FilterSettings,
    registry: Arc<Registry>,
    tags_in_use: BTreeSet<String>,
    enabled_others: u32,
    shadow_others: u32,
    has_backtest: bool,
    manner: Manner,
}

impl Facts {
    fn check(&self, old: Option<&Filter>, request: &SaveRequest) -> Findings {
        let context = Context {
            wiki: &self.wiki,
            rights: self.rights,
            settings: &self.settings,
            registry: &self.registry,
            group: self.registry.groups.get(&request.draft.group),
            tags_in_use: &self.tags_in_use,
            enabled_others: self.enabled_others,
            shadow_others: self.shadow_others,
            change_reason: &request.change_reason,
            confirm_make_public: request.confirm_make_public,
            has_backtest: self.has_backtest,
            skip_backtest_reason: &request.skip_backtest_reason,
            keeps_inactive_actions: self.manner.keeps_inactive_actions,
            is_maintenance: false,
        };
        save::check(old, &request.draft, &context)
    }
}
