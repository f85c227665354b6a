//! Variables that a group derives from others of its own.

use crate::groups::{Derive, Side};
use crate::snapshot::{DerivedVariable, LiveGroup, Roster};
use std::collections::HashSet;
use wikiward_rules::budget::Meter;
use wikiward_rules::vocabulary::VariableId;
use wikiward_rules::{Action, Value, derive};

/// Work that deriving one variable may take: as much as a rule.
const WORK_MAX: u64 = wikiward_rules::evaluate::WORK_MAX;

/// Sets what can be derived now, and offers what can be once the caller has supplied more. Only what a filter reads.
pub(super) fn fill(action: &mut Action, roster: &Roster, is_offered: &dyn Fn(VariableId) -> bool) {
    for variable in &roster.group.derived {
        if !roster.uses(variable.id) || action.value(variable.id).is_some() {
            continue;
        }
        let is_set = |id: &VariableId| action.value(*id).is_some();
        if variable.inputs.iter().all(is_set) {
            if let Some(value) = value(variable, &roster.group, action) {
                action.set(variable.id, value);
            }
        } else if variable.inputs.iter().all(|id| is_set(id) || is_offered(*id)) {
            action.offer(variable.id);
        }
    }
}

/// Sets every variable of the group that can be derived now.
pub(super) fn fill_all(action: &mut Action, group: &LiveGroup) {
    fill_those(action, group, |_| true);
}

/// The same of those variables only that are wanted.
pub(super) fn fill_those(action: &mut Action, group: &LiveGroup, is_wanted: impl Fn(VariableId) -> bool) {
    for variable in &group.derived {
        if is_wanted(variable.id)
            && action.value(variable.id).is_none()
            && let Some(value) = value(variable, group, action)
        {
            action.set(variable.id, value);
        }
    }
}

/// The variable that the caller must supply for `asked`: itself, or the first input that is missing.
pub(super) fn wanted(asked: VariableId, action: &Action, group: &LiveGroup) -> VariableId {
    let own = group.derived.iter().find(|variable| variable.id == asked);
    let missing = own.and_then(|variable| variable.inputs.iter().find(|id| action.value(**id).is_none()));
    missing.copied().unwrap_or(asked)
}

/// The value; none if an input is of another kind or the work is too much.
fn value(variable: &DerivedVariable, group: &LiveGroup, action: &Action) -> Option<Value> {
    let input = |name: &str| group.vocabulary().exact_id(name).and_then(|id| action.value(id));
    let text = |name: &str| match input(name) {
        Some(Value::Str(text)) => Some(text.bytes()),
        _ => None,
    };
    let mut meter = Meter::new(WORK_MAX, None);
    Some(match &variable.derive {
        Derive::ArrayDiff { base, minus } => {
            let (Value::Array(base), Value::Array(minus)) = (input(base)?, input(minus)?) else { return None };
            let known: HashSet<&[u8]> = minus.elements().iter().filter_map(bytes).collect();
            let is_new = |element: &&Value| bytes(element).is_none_or(|element| !known.contains(element));
            Value::Array(base.elements().iter().filter(is_new).cloned().collect())
        }
        Derive::Length { of } => {
            let length = match input(of)? {
                Value::Array(list) => list.len(),
                Value::Str(text) => text.len(),
                _ => return None,
            };
            Value::Int(i64::try_from(length).unwrap_or(i64::MAX))
        }
        Derive::Subtract { base, minus } => {
            let (Value::Int(base), Value::Int(minus)) = (input(base)?, input(minus)?) else { return None };
            Value::Int(base.saturating_sub(*minus))
        }
        Derive::Diff { old, new } => Value::text(derive::edit_diff(text(old)?, text(new)?, &mut meter).ok()?),
        Derive::DiffSplit { old, new, side } => {
            let diff = derive::edit_diff(text(old)?, text(new)?, &mut meter).ok()?;
            match side {
                Side::Added => Value::texts(derive::added_lines(&diff)),
                Side::Removed => Value::texts(derive::removed_lines(&diff)),
            }
        }
        Derive::StripHtml { of } => Value::text(derive::new_text(text(of)?)),
    })
}

fn bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::Str(text) => Some(text.bytes()),
        _ => None,
    }
}
