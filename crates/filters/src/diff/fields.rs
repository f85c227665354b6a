//! Differences by fields.

use crate::model::Draft;
use serde_json::{Value, json};

/// One field that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// The field, as a path: `privacy.hidden`, `actions.block`.
    pub field: String,
    /// Its value before; null if it was not there.
    pub old: Value,
    /// Its value after; null if it is not there.
    pub new: Value,
}

/// The fields in which two versions differ, rule and notes left out; consequences one by one.
pub fn diff(old: &Draft, new: &Draft) -> Vec<FieldChange> {
    let (before, after) = (values(old), values(new));
    let mut names: Vec<&String> = before.iter().chain(&after).map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    let find = |values: &[(String, Value)], name: &str| {
        values.iter().find(|(field, _)| field == name).map_or(Value::Null, |(_, value)| value.clone())
    };
    let changes = names.into_iter().map(|name| FieldChange {
        field: name.clone(),
        old: find(&before, name),
        new: find(&after, name),
    });
    changes.filter(|change| change.old != change.new).collect()
}

/// Fields and their values, texts of many lines left out.
pub(super) fn values(draft: &Draft) -> Vec<(String, Value)> {
    let scope = draft.scope.as_ref().map_or(Value::Null, |scope| {
        let entries =
            |list: &[wikiward_farm::wiki::WikiOrSet]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        json!({"include": entries(&scope.include), "exclude": entries(&scope.exclude)})
    });
    let mut values = vec![
        ("state".to_owned(), json!(draft.state.name())),
        ("group".to_owned(), json!(draft.group)),
        ("name".to_owned(), json!(draft.name)),
        ("privacy.hidden".to_owned(), json!(draft.privacy.is_hidden)),
        ("privacy.protected".to_owned(), json!(draft.privacy.is_protected)),
        ("privacy.suppressed".to_owned(), json!(draft.privacy.is_suppressed)),
        ("priority".to_owned(), json!(draft.priority)),
        ("tier".to_owned(), json!(draft.tier.name())),
        ("scope".to_owned(), scope),
        ("brake.profile".to_owned(), json!(draft.brake_profile.name())),
        ("maintainers".to_owned(), json!(draft.maintainers.iter().map(ToString::to_string).collect::<Vec<_>>())),
    ];
    values.extend(draft.tests.iter().map(|test| (format!("tests.{}", test.name), test.to_json())));
    values.extend(draft.actions.iter().map(|(name, params)| (format!("actions.{name}"), json!(params))));
    values
}
