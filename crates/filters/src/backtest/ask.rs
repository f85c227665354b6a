//! What a person wants tested.

use crate::model::{Actions, Version};
use crate::save::Finding;
use std::collections::BTreeMap;
use wikiward_farm::{ActorType, Timestamp};

/// Most actions of one backtest.
pub const MAX_ACTIONS: u64 = 1_000_000;

/// Actions of a backtest that says nothing.
pub(super) const ACTIONS: u64 = 100_000;

/// Most kinds that one names.
const KINDS_MAX: usize = 50;

/// Where actions are taken from; an action that is in both counts once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sources {
    /// Actions that were kept for backtests.
    pub archive: bool,
    /// Hits.
    pub hits: bool,
}

/// What the rule is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Against {
    /// The filter, as it is named on the wiki.
    pub gid: String,
    /// The version; none means the present one.
    pub version: Option<Version>,
}

/// What is to be tested, and on what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BacktestAsk {
    /// The group that the rule is of.
    pub group: String,
    /// The rule.
    pub rules: String,
    /// What it is compared with.
    pub against: Option<Against>,
    /// The consequences that it is taken to have; none means those of the filter it is compared with, or else a refusal.
    pub consequences: Option<BTreeMap<String, Vec<String>>>,
    /// Kinds of actions; empty means any.
    pub kinds: Vec<String>,
    /// Kinds of actors; empty means any.
    pub actor_types: Vec<ActorType>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// Where from.
    pub sources: Sources,
    /// Most actions; none means 100,000.
    pub max: Option<u64>,
}

/// What is wrong with what is wanted.
pub type AskError = Vec<Finding>;

impl Default for Sources {
    fn default() -> Self {
        Self { archive: true, hits: true }
    }
}

impl BacktestAsk {
    /// A test of `rules` as a rule of `group`, on everything that there is.
    pub fn new(group: &str, rules: &str) -> Self {
        Self {
            group: group.to_owned(),
            rules: rules.to_owned(),
            against: None,
            consequences: None,
            kinds: Vec::new(),
            actor_types: Vec::new(),
            from: None,
            to: None,
            sources: Sources::default(),
            max: None,
        }
    }

    /// The consequences that were named.
    pub(super) fn actions(&self) -> Option<Actions> {
        self.consequences.clone().map(Actions)
    }

    /// What is wrong with it, whatever the rule says.
    pub(super) fn check(&self) -> AskError {
        let mut errors = Vec::new();
        let mut wrong = |code, field: &str, message: &str| errors.push(Finding::new(code, field, message));
        if self.rules.trim().is_empty() {
            wrong("missing_fields", "rules", "a backtest needs a rule");
        }
        if self.rules.len() > crate::save::settings::RULES_BYTES_CEILING {
            wrong("rules_too_long", "rules", "the rule is longer than any filter's may be");
        }
        if !self.sources.archive && !self.sources.hits {
            wrong("bad_sources", "actions.sources", "name `archive`, `hits` or both");
        }
        if self.max.is_some_and(|max| max == 0 || max > MAX_ACTIONS) {
            wrong("bad_max", "actions.max", "a backtest looks at 1 to 1,000,000 actions");
        }
        if self.kinds.len() > KINDS_MAX {
            wrong("list_too_long", "actions.kinds", "at most 50 kinds are named");
        }
        if self.from.zip(self.to).is_some_and(|(from, to)| from >= to) {
            wrong("bad_period", "actions.to", "the time ends before it begins");
        }
        errors
    }
}
