//! The document that registers a group.

use super::custom::is_name;
use super::sets::VariableSet;
use super::{Cost, DegradedPolicy, Derive, FailMode, Group, GroupVariable, KINDS_MAX, Limits, Source, VARIABLES_MAX};
use crate::model::Consequence;
use crate::save::Finding;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wikiward_farm::Right;
use wikiward_rules::Vocabulary;
use wikiward_rules::vocabulary::{Meaning, variables::Kind};

/// A group as its component registers it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupDocument {
    /// The component that registers it.
    pub owner: String,
    /// Its name for people, by language code.
    #[serde(default)]
    pub label: BTreeMap<String, String>,
    /// Kinds of action.
    pub kinds: Vec<KindDocument>,
    /// Names of sets of the software's own variables.
    #[serde(default)]
    pub include_sets: Vec<String>,
    /// Variables of its own.
    #[serde(default)]
    pub variables: Vec<VariableDocument>,
    /// Names of consequences.
    pub allowed_consequences: Vec<String>,
    /// Message keys, by consequence.
    #[serde(default)]
    pub default_messages: BTreeMap<String, String>,
    /// What an evaluation may cost.
    #[serde(default)]
    pub limits: LimitsDocument,
    /// Numbers of the emergency brake.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub brake: serde_json::Value,
    /// `open` or `closed`.
    #[serde(default = "open")]
    pub fail_mode: String,
    /// `silent_only`, `enforce` or `retry_later`.
    #[serde(default = "silent_only")]
    pub degraded_policy: String,
    /// Whether a rule that destroys must have been backtested.
    #[serde(default)]
    pub require_backtest: bool,
    /// Whether a change needs a reason.
    #[serde(default)]
    pub require_reason: bool,
    /// Whether shadow filters may ask for variables.
    #[serde(default)]
    pub shadow_may_need: bool,
}

/// A kind of action in a [`GroupDocument`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindDocument {
    /// Its name.
    pub name: String,
}

/// A variable in a [`GroupDocument`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariableDocument {
    /// Its name.
    pub name: String,
    /// `string`, `int`, `bool` or `array`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `eager`, `lazy` or `derived`.
    pub source: String,
    /// `cheap`, `db`, `render` or `net`, of lazy ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<String>,
    /// How a derived one is computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derive: Option<Derive>,
    /// Whether only protected filters may read it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protected: bool,
    /// A right that reading it needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<String>,
}

/// Limits in a [`GroupDocument`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LimitsDocument {
    /// Conditions of all filters together.
    pub conditions: u32,
    /// Milliseconds for all rules.
    pub wall_ms: u32,
    /// Rounds of asking for variables.
    pub rounds: u32,
}

impl Default for LimitsDocument {
    fn default() -> Self {
        let Limits { conditions, wall_ms, rounds } = Limits::default();
        Self { conditions, wall_ms, rounds }
    }
}

fn open() -> String {
    "open".into()
}

fn silent_only() -> String {
    "silent_only".into()
}

/// Reads the document of group `name`. `custom` are names of registered consequences.
///
/// The group's version is 1; who keeps it counts on.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parse(name: &str, document: &GroupDocument, custom: &[&str]) -> Result<Group, Vec<Finding>> {
    let mut reader = Reader { errors: Vec::new() };
    if !is_name(name) {
        reader.refuse("bad_request", "name", "a name of 1 to 64 of a-z, 0-9, _ and - is wanted");
    }
    if document.owner.trim().is_empty() || document.owner.len() > 255 {
        reader.refuse("bad_request", "owner", "the owner is a name of 1 to 255 bytes");
    }
    let kinds = reader.kinds(document);
    let include_sets = reader.sets(document);
    let variables = reader.variables(document, &include_sets);
    for consequence in &document.allowed_consequences {
        if Consequence::find(consequence).is_none() && !custom.contains(&consequence.as_str()) {
            reader.refuse_with(
                "action_not_allowed",
                "allowed_consequences",
                "no such consequence is registered",
                consequence,
            );
        }
    }
    let limits = &document.limits;
    if !(1..=100_000).contains(&limits.conditions)
        || !(1..=10_000).contains(&limits.wall_ms)
        || !(1..=5).contains(&limits.rounds)
    {
        reader.refuse("bad_request", "limits", "1 to 100,000 conditions, 1 to 10,000 ms and 1 to 5 rounds are allowed");
    }
    if !document.brake.is_null() && !document.brake.is_object() {
        reader.refuse("bad_request", "brake", "an object is wanted");
    }
    let fail_mode = match document.fail_mode.as_str() {
        "closed" => FailMode::Closed,
        "open" => FailMode::Open,
        _ => reader.instead("fail_mode", "open or closed is wanted"),
    };
    let degraded_policy = match document.degraded_policy.as_str() {
        "silent_only" => DegradedPolicy::SilentOnly,
        "enforce" => DegradedPolicy::Enforce,
        "retry_later" => DegradedPolicy::RetryLater,
        _ => reader.instead("degraded_policy", "silent_only, enforce or retry_later is wanted"),
    };
    if !reader.errors.is_empty() {
        return Err(reader.errors);
    }
    Ok(Group {
        name: name.to_owned(),
        owner: document.owner.clone(),
        version: 1,
        label: document.label.clone(),
        kinds,
        include_sets,
        variables,
        allowed_consequences: document.allowed_consequences.iter().cloned().collect(),
        default_messages: document.default_messages.clone(),
        limits: Limits { conditions: limits.conditions, wall_ms: limits.wall_ms, rounds: limits.rounds },
        brake: document.brake.clone(),
        fail_mode,
        degraded_policy,
        require_backtest: document.require_backtest,
        require_reason: document.require_reason,
        shadow_may_need: document.shadow_may_need,
    })
}

struct Reader {
    errors: Vec<Finding>,
}

impl Reader {
    fn refuse(&mut self, code: &'static str, field: &str, message: &str) {
        self.errors.push(Finding::new(code, field, message));
    }

    fn refuse_with(&mut self, code: &'static str, field: &str, message: &str, name: &str) {
        self.errors.push(Finding::new(code, field, message).with(name));
    }

    fn instead<T: Default>(&mut self, field: &str, message: &str) -> T {
        self.refuse("bad_request", field, message);
        T::default()
    }

    fn kinds(&mut self, document: &GroupDocument) -> Vec<String> {
        let kinds: Vec<String> = document.kinds.iter().map(|kind| kind.name.clone()).collect();
        if kinds.is_empty() || kinds.len() > KINDS_MAX {
            self.refuse("bad_request", "kinds", "1 to 64 kinds of action are wanted");
        }
        for (place, kind) in kinds.iter().enumerate() {
            if !is_name(kind) || kinds.iter().take(place).any(|other| other == kind) {
                self.refuse_with("bad_request", "kinds", "each kind has a name of its own of a-z, 0-9, _ and -", kind);
            }
        }
        kinds
    }

    fn sets(&mut self, document: &GroupDocument) -> Vec<VariableSet> {
        let mut sets = Vec::new();
        for name in &document.include_sets {
            match VariableSet::find(name) {
                Some(set) if !sets.contains(&set) => sets.push(set),
                Some(_) => {}
                None => self.refuse_with("bad_request", "include_sets", "there is no such set of variables", name),
            }
        }
        sets
    }

    fn variables(&mut self, document: &GroupDocument, sets: &[VariableSet]) -> Vec<GroupVariable> {
        let builtin = Vocabulary::default();
        if document.variables.len() > VARIABLES_MAX {
            self.refuse("bad_request", "variables", "at most 256 variables are allowed");
            return Vec::new();
        }
        let mut variables: Vec<GroupVariable> = Vec::new();
        for variable in &document.variables {
            let is_free = builtin.meaning(&variable.name) == Meaning::Free;
            let is_new = variables.iter().all(|other| other.name != variable.name);
            if !is_variable_name(&variable.name) || !is_free || !is_new {
                let wanted = "a name of its own, [a-z][a-z0-9_]{0,63}, that is no word of the language, is wanted";
                self.refuse_with("bad_var_name", "variables", wanted, &variable.name);
                continue;
            }
            variables.extend(self.variable(variable));
        }
        let known = |name: &str| {
            name == "action"
                || variables.iter().any(|v| v.name == name)
                || sets.iter().any(|set| set.names().contains(&name))
        };
        let is_derived =
            |name: &str| variables.iter().any(|v| v.name == name && matches!(v.source, Source::Derived(_)));
        for variable in &variables {
            if let Source::Derived(derive) = &variable.source
                && derive.inputs().iter().any(|input| !known(input) || is_derived(input))
            {
                let wanted =
                    "a derived variable is computed from variables of the group that are not derived themselves";
                self.refuse_with("unknown_variable", "variables", wanted, &variable.name);
            }
        }
        variables
    }

    fn variable(&mut self, document: &VariableDocument) -> Option<GroupVariable> {
        let name = &document.name;
        let kind =
            [Kind::Str, Kind::Int, Kind::Bool, Kind::Array].into_iter().find(|kind| kind.name() == document.kind);
        if kind.is_none() {
            self.refuse_with("bad_request", "variables", "the type is string, int, bool or array", name);
        }
        let cost = match &document.cost {
            None => Some(Cost::default()),
            Some(word) => Cost::ALL.into_iter().find(|cost| cost.name() == word),
        };
        let source = match (document.source.as_str(), cost, &document.derive) {
            ("eager", _, None) if document.cost.is_none() => Some(Source::Eager),
            ("lazy", Some(cost), None) => Some(Source::Lazy(cost)),
            ("derived", _, Some(derive)) if document.cost.is_none() => Some(Source::Derived(derive.clone())),
            _ => None,
        };
        if source.is_none() {
            let wanted = "the source is eager; or lazy, with a cost; or derived, with how";
            self.refuse_with("bad_request", "variables", wanted, name);
        }
        let right = document.right.as_deref().map(Right::find);
        if right == Some(None) || (right.is_some() && !document.protected) {
            self.refuse_with("bad_request", "variables", "a right is a known one, of a protected variable", name);
        }
        Some(GroupVariable {
            name: name.clone(),
            kind: kind?,
            source: source?,
            is_protected: document.protected,
            right: right.flatten(),
        })
    }
}

/// Whether `text` may name a variable: `[a-z][a-z0-9_]{0,63}`.
pub fn is_variable_name(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

impl Group {
    /// The document that registers it.
    pub fn document(&self) -> GroupDocument {
        let variable = |variable: &GroupVariable| {
            let (source, cost, derive) = match &variable.source {
                Source::Eager | Source::Language => ("eager", None, None),
                Source::Lazy(cost) => ("lazy", Some(cost.name().to_owned()), None),
                Source::Derived(derive) => ("derived", None, Some(derive.clone())),
            };
            VariableDocument {
                name: variable.name.clone(),
                kind: variable.kind.name().to_owned(),
                source: source.to_owned(),
                cost,
                derive,
                protected: variable.is_protected,
                right: variable.right.map(|right| right.name().to_owned()),
            }
        };
        GroupDocument {
            owner: self.owner.clone(),
            label: self.label.clone(),
            kinds: self.kinds.iter().map(|name| KindDocument { name: name.clone() }).collect(),
            include_sets: self.include_sets.iter().map(|set| set.name().to_owned()).collect(),
            variables: self.variables.iter().map(variable).collect(),
            allowed_consequences: self.allowed_consequences.iter().cloned().collect(),
            default_messages: self.default_messages.clone(),
            limits: LimitsDocument {
                conditions: self.limits.conditions,
                wall_ms: self.limits.wall_ms,
                rounds: self.limits.rounds,
            },
            brake: self.brake.clone(),
            fail_mode: match self.fail_mode {
                FailMode::Open => "open",
                FailMode::Closed => "closed",
            }
            .to_owned(),
            degraded_policy: match self.degraded_policy {
                DegradedPolicy::SilentOnly => "silent_only",
                DegradedPolicy::Enforce => "enforce",
                DegradedPolicy::RetryLater => "retry_later",
            }
            .to_owned(),
            require_backtest: self.require_backtest,
            require_reason: self.require_reason,
            shadow_may_need: self.shadow_may_need,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::groups::builtin;

    fn codes(change: impl FnOnce(&mut GroupDocument)) -> Vec<(&'static str, String)> {
        let mut document = builtin::newsletter().document();
        change(&mut document);
        match parse("newsletter", &document, &["review"]) {
            Ok(_) => Vec::new(),
            Err(errors) => errors.into_iter().map(|error| (error.code, error.field)).collect(),
        }
    }

    #[test]
    fn a_group_is_what_its_document_says() {
        for group in builtin::all() {
            let custom: Vec<_> = builtin::consequences().into_iter().map(|custom| custom.name).collect();
            let custom: Vec<_> = custom.iter().map(String::as_str).collect();
            assert_eq!(parse(&group.name, &group.document(), &custom).unwrap(), group);
        }
    }

    #[test]
    fn each_thing_that_is_wrong_is_told() {
        assert_eq!(codes(|_| {}), []);
        assert_eq!(codes(|it| it.owner = " ".into()), [("bad_request", "owner".into())]);
        assert_eq!(codes(|it| it.kinds.clear()), [("bad_request", "kinds".into())]);
        assert_eq!(codes(|it| it.include_sets.push("weather".into())), [("bad_request", "include_sets".into())]);
        assert_eq!(codes(|it| it.limits.rounds = 6), [("bad_request", "limits".into())]);
        assert_eq!(codes(|it| it.fail_mode = "ajar".into()), [("bad_request", "fail_mode".into())]);
        assert_eq!(
            codes(|it| it.allowed_consequences.push("explode".into())),
            [("action_not_allowed", "allowed_consequences".into())]
        );
        for name in ["", "Upper", "_x", "action", "lcase", "old_text", &"v".repeat(65), "newsletter_name"] {
            let found =
                codes(|it| it.variables.push(VariableDocument { name: name.into(), ..it.variables[0].clone() }));
            assert_eq!(found, [("bad_var_name", "variables".into())], "{name}");
        }
        let derived = codes(|it| {
            let derive = Derive::Length { of: "nothing".into() };
            let plain = it.variables[0].clone();
            it.variables.push(VariableDocument {
                name: "n".into(),
                source: "derived".into(),
                derive: Some(derive),
                ..plain
            });
        });
        assert_eq!(derived, [("unknown_variable", "variables".into())]);
    }
}
