//! The document that is written to save a filter.

use super::{BrakeDocument, PrivacyDocument, ScopeDocument, TestBody};
use crate::problem::{Code, FieldError, Problem};
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use wikiward_farm::{Scope, UserName};
use wikiward_filters::life::SaveRequest;
use wikiward_filters::model::{Actions, BrakeProfile, Draft, Privacy, State, Tier};

/// What is written to save a filter: the whole document. Members left out have their default.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct FilterWrite {
    /// `draft`, `shadow`, `enabled`, `disabled` or `deleted`.
    state: String,
    /// Its group, such as `default`.
    group: String,
    name: String,
    rules: String,
    #[serde(default)]
    notes: String,
    /// Consequences and their parameters.
    #[serde(default)]
    actions: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    privacy: PrivacyDocument,
    /// Higher runs first; -1000 to 1000.
    #[serde(default)]
    priority: i32,
    /// `normal` or `critical`.
    #[serde(default)]
    tier: Option<String>,
    #[serde(default)]
    scope: Option<ScopeDocument>,
    #[serde(default)]
    brake: Option<BrakeDocument>,
    #[serde(default)]
    maintainers: Vec<String>,
    /// Why; at most 500 characters.
    #[serde(default)]
    reason: String,
    /// Agrees that a hidden filter becomes public.
    #[serde(default)]
    confirm_make_public: bool,
    /// With it, its hidden past becomes public, too.
    #[serde(default)]
    publish_history: bool,
    /// Why a rule that destroys was not tested on past actions first.
    #[serde(default)]
    skip_backtest_reason: String,
    /// Tests kept with it, at most 50; left as they are if they are left out.
    #[serde(default)]
    #[schema(max_items = 50)]
    tests: Option<Vec<TestBody>>,
    /// Why tests that fail do not matter.
    #[serde(default)]
    override_tests: String,
}

/// Collects what is wrong with the words of a document.
#[derive(Default)]
struct Wrong(Vec<FieldError>);

impl Wrong {
    fn note(&mut self, field: &str, message: String) {
        let code = Code::BadRequest.name().into();
        self.0.push(FieldError { code, field: field.to_owned(), span: None, params: Vec::new(), message });
    }

    fn word<T>(&mut self, field: &str, word: &str, find: impl Fn(&str) -> Option<T>, instead: T) -> T {
        find(word).unwrap_or_else(|| {
            self.note(field, format!("`{}` is not known here", word.chars().take(64).collect::<String>()));
            instead
        })
    }

    fn list<T: std::str::FromStr>(&mut self, field: &str, texts: &[String]) -> Vec<T>
    where
        T::Err: std::fmt::Display,
    {
        let mut list = Vec::new();
        for text in texts {
            match text.parse() {
                Ok(item) => list.push(item),
                Err(error) => self.note(field, format!("{error}")),
            }
        }
        list
    }
}

impl FilterWrite {
    /// What is to be saved.
    ///
    /// # Errors
    /// [`Code::BadRequest`] with all words that mean nothing.
    pub fn request(&self) -> Result<SaveRequest, Problem> {
        let mut wrong = Wrong::default();
        let scope = self.scope.as_ref().map(|scope| Scope {
            include: wrong.list("scope.include", &scope.include),
            exclude: wrong.list("scope.exclude", &scope.exclude),
        });
        let profile = self.brake.as_ref().map_or("standard", |brake| brake.profile.as_str());
        let draft = Draft {
            state: wrong.word("state", &self.state, State::find, State::Draft),
            group: self.group.clone(),
            name: self.name.clone(),
            rules: self.rules.clone(),
            notes: self.notes.clone(),
            actions: Actions(self.actions.clone()),
            priority: self.priority,
            tier: wrong.word("tier", self.tier.as_deref().unwrap_or("normal"), Tier::find, Tier::Normal),
            privacy: Privacy {
                is_hidden: self.privacy.hidden,
                is_protected: self.privacy.protected,
                is_suppressed: self.privacy.suppressed,
            },
            scope,
            brake_profile: wrong.word("brake.profile", profile, BrakeProfile::find, BrakeProfile::Standard),
            maintainers: wrong.list::<UserName>("maintainers", &self.maintainers),
            tests: Vec::new(),
        };
        let mut tests = self.tests.as_ref().map(|_| Vec::new());
        for (index, test) in self.tests.iter().flatten().enumerate() {
            match test.read(&format!("tests[{index}]")) {
                Ok(test) => tests.iter_mut().for_each(|tests| tests.push(test.clone())),
                Err((field, message)) => wrong.note(&field, message.to_owned()),
            }
        }
        if !wrong.0.is_empty() {
            return Err(
                Problem::new(Code::BadRequest, "the document cannot be read: see `errors`").with_errors(wrong.0)
            );
        }
        Ok(SaveRequest {
            draft,
            change_reason: self.reason.clone(),
            confirm_make_public: self.confirm_make_public,
            publish_history: self.publish_history,
            skip_backtest_reason: self.skip_backtest_reason.clone(),
            override_tests: self.override_tests.clone(),
            tests,
        })
    }
}
