//! Groups of filters: which actions their filters judge, which variables these read, and what they may do.
//!
//! A component of a wiki registers its group with a document ([`document`]); `default` and `newsletter` come with the
//! service ([`builtin`]). A [`Group`] that exists is valid.
//!
//! Begin reading at [`Group`], then [`document::parse`].

pub mod builtin;
pub mod change;
pub mod custom;
pub mod derive;
pub mod document;
pub mod records;
pub mod sets;

pub use custom::CustomConsequence;
pub use derive::{Derive, Side};
pub use sets::VariableSet;

use crate::model::Consequence;
use std::collections::{BTreeMap, BTreeSet};
use wikiward_farm::Right;
use wikiward_rules::vocabulary::variables::{self, Kind};
use wikiward_rules::{Release, Vocabulary};

/// Most variables that a group may announce: as many as one request may carry.
pub const VARIABLES_MAX: usize = 256;

/// Most kinds of action in a group.
pub const KINDS_MAX: usize = 64;

/// A named set of filters with its own kinds of action, variables, consequences and limits.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Its name: 1 to 64 of `[a-z0-9_-]`, beginning with a letter.
    pub name: String,
    /// The component that registered it; no other may change it.
    pub owner: String,
    /// Counts its registrations that changed something, from 1.
    pub version: u32,
    /// Its name for people, by language code.
    pub label: BTreeMap<String, String>,
    /// Kinds of action that its filters judge.
    pub kinds: Vec<String>,
    /// Sets of the software's own variables that its actions carry.
    pub include_sets: Vec<VariableSet>,
    /// Variables of its own.
    pub variables: Vec<GroupVariable>,
    /// Names of the consequences that its filters may have.
    pub allowed_consequences: BTreeSet<String>,
    /// Message keys that stand in where a filter names none, by consequence.
    pub default_messages: BTreeMap<String, String>,
    /// What one evaluation may cost.
    pub limits: Limits,
    /// Numbers of the emergency brake that differ from the installation's, as registered.
    pub brake: serde_json::Value,
    /// What a wiki does with an action when the service does not answer.
    pub fail_mode: FailMode,
    /// What a filter may do whose variable could not be had.
    pub degraded_policy: DegradedPolicy,
    /// Whether a rule that destroys must have been backtested.
    pub require_backtest: bool,
    /// Whether a change needs a reason.
    pub require_reason: bool,
    /// Whether shadow filters may ask for variables.
    pub shadow_may_need: bool,
}

/// A variable that a group offers beside the software's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupVariable {
    /// Its name: `[a-z][a-z0-9_]{0,63}`.
    pub name: String,
    /// The type of its value.
    pub kind: Kind,
    /// Where its value comes from.
    pub source: Source,
    /// Whether only protected filters may read it.
    pub is_protected: bool,
    /// A right that reading it needs beside the usual one.
    pub right: Option<Right>,
}

/// Where a variable's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Sent with the first request.
    Eager,
    /// Asked for when a filter reads it.
    Lazy(Cost),
    /// Computed from variables of the group.
    Derived(Derive),
    /// One of the software's own that the language computes by itself, such as `edit_diff`.
    Language,
}

/// What a lazy variable costs the wiki, from cheap to dear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Cost {
    /// Next to nothing.
    Cheap,
    /// Reads the database.
    #[default]
    Db,
    /// Parses a page.
    Render,
    /// Asks another service.
    Net,
}

impl Cost {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Cheap, Self::Db, Self::Render, Self::Net];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cheap => "cheap",
            Self::Db => "db",
            Self::Render => "render",
            Self::Net => "net",
        }
    }
}

/// What one evaluation of a group may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Conditions of all filters together; 1 to 100,000.
    pub conditions: u32,
    /// Milliseconds of wall time for all rules; 1 to 10,000.
    pub wall_ms: u32,
    /// Rounds of asking for variables; 1 to 5.
    pub rounds: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { conditions: 1_000, wall_ms: 150, rounds: 3 }
    }
}

/// What a wiki does with an action when the service does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FailMode {
    /// The action proceeds.
    #[default]
    Open,
    /// The action is refused for now.
    Closed,
}

/// What a match may do when a variable of its filter could not be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DegradedPolicy {
    /// Only what nobody notices.
    #[default]
    SilentOnly,
    /// Everything.
    Enforce,
    /// The action is refused for now if the filter is a critical one.
    RetryLater,
}

/// A variable that filters of a group may read, whether the group's own or the software's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered<'g> {
    /// Its name.
    pub name: &'g str,
    /// The type of its value.
    pub kind: Kind,
    /// Where its value comes from.
    pub source: Source,
    /// Whether only protected filters may read it.
    pub is_protected: bool,
}

impl Group {
    /// Whether its filters judge actions of this kind.
    pub fn has_kind(&self, kind: &str) -> bool {
        self.kinds.iter().any(|known| known == kind)
    }

    /// Whether its filters may have this consequence.
    pub fn allows(&self, consequence: &str) -> bool {
        self.allowed_consequences.contains(consequence)
    }

    /// The message of a consequence of a filter that names none.
    pub fn default_message(&self, consequence: Consequence) -> &str {
        let fallback = if consequence == Consequence::Warn { "abusefilter-warning" } else { "abusefilter-disallowed" };
        self.default_messages.get(consequence.name()).map_or(fallback, String::as_str)
    }

    /// Its own variable of that name.
    pub fn own_variable(&self, name: &str) -> Option<&GroupVariable> {
        self.variables.iter().find(|variable| variable.name == name)
    }

    /// Whether an action of the group may carry this variable.
    pub fn offers(&self, name: &str) -> bool {
        self.own_variable(name).is_some()
            || self.include_sets.iter().any(|set| set.names().contains(&name))
            || name == "action"
    }

    /// Every variable that an action of the group may carry, each once.
    pub fn offered(&self) -> Vec<Offered<'_>> {
        let mut offered = vec![Offered { name: "action", kind: Kind::Str, source: Source::Eager, is_protected: false }];
        for set in &self.include_sets {
            for name in set.names() {
                if let Some(variable) = variables::find(name)
                    && self.own_variable(name).is_none()
                {
                    offered.push(Offered {
                        name: variable.name,
                        kind: variable.kind,
                        source: sets::source(variable),
                        is_protected: variables::PROTECTED.contains(&variable.name),
                    });
                }
            }
        }
        offered.extend(self.variables.iter().map(|variable| Offered {
            name: &variable.name,
            kind: variable.kind,
            source: variable.source.clone(),
            is_protected: variable.is_protected,
        }));
        offered
    }

    /// Names of its own variables that are protected.
    pub fn protected(&self) -> impl Iterator<Item = &GroupVariable> {
        self.variables.iter().filter(|variable| variable.is_protected)
    }

    /// The words that its rules may use: the software's variables and its own.
    pub fn vocabulary(&self) -> Vocabulary {
        Vocabulary::new(Release::Newest, self.variables.iter().map(|variable| variable.name.as_str()))
    }
}

/// All groups and custom consequences that are registered.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    /// Groups, by name.
    pub groups: BTreeMap<String, Group>,
    /// Custom consequences, by name.
    pub consequences: BTreeMap<String, CustomConsequence>,
}

impl Registry {
    /// What comes with the service.
    pub fn builtin() -> Self {
        Self {
            groups: builtin::all().into_iter().map(|group| (group.name.clone(), group)).collect(),
            consequences: builtin::consequences().into_iter().map(|it| (it.name.clone(), it)).collect(),
        }
    }

    /// The words of all groups together, so that a variable of another group can be told from a word that means nothing.
    pub fn vocabulary(&self) -> Vocabulary {
        let names =
            self.groups.values().flat_map(|group| group.variables.iter().map(|variable| variable.name.as_str()));
        Vocabulary::new(Release::Newest, names)
    }

    /// Names of groups that offer this variable as their own.
    pub fn groups_offering<'r>(&'r self, name: &'r str) -> impl Iterator<Item = &'r str> {
        self.groups.values().filter(move |group| group.own_variable(name).is_some()).map(|group| group.name.as_str())
    }
}
