//! Many explanations of one rule in one: by part, how often which value it had and how often it decided.

use super::{Explanation, Outcome, json};
use crate::diagnostic::LineColumn;
use crate::error::Span;
use crate::rule::Rule;
use crate::syntax::tree::NodeId;
use crate::value::Value;
use serde_json::{Map, Value as Json, json};

/// Different values of one part that are counted apart; beyond them, values count as others.
pub const VALUES_MAX: usize = 32;

/// Values of one part that are shown, the most frequent ones.
pub const VALUES_SHOWN_MAX: usize = 5;

/// Explanations of one rule, summed up.
#[derive(Debug, Clone, Default)]
pub struct Aggregate {
    /// Actions on which the rule matched.
    pub matches: u64,
    /// Actions on which it did not.
    pub others: u64,
    /// Actions on which it lacked a variable.
    pub undecided: u64,
    /// Actions on which it failed.
    pub errors: u64,
    /// Actions whose result may not be told.
    pub redacted: u64,
    /// By part of the rule.
    pub parts: Vec<PartSum>,
}

/// What one part of the rule was on many actions.
#[derive(Debug, Clone, Default)]
pub struct PartSum {
    /// The operator, the function's name, or what kind of part it is.
    pub op: String,
    /// Where it stands.
    pub span: Span,
    /// Where it begins.
    pub place: LineColumn,
    /// Its text on one line, shortened.
    pub snippet: String,
    /// Its parts.
    pub children: Vec<NodeId>,
    /// How often its value counted as true.
    pub truthy: u64,
    /// How often it did not.
    pub falsy: u64,
    /// How often it was not evaluated.
    pub skipped: u64,
    /// How often it may not be told.
    pub redacted: u64,
    /// How often it decided that the rule matches.
    pub decided_match: u64,
    /// How often it decided that the rule does not match, or fails.
    pub decided_other: u64,
    values: Vec<(Json, u64)>,
    other_values: u64,
}

impl Aggregate {
    /// No explanation of `rule` yet.
    pub fn new(rule: &Rule) -> Self {
        Self { parts: vec![PartSum::default(); rule.tree().len()], ..Self::default() }
    }

    /// Adds one explanation of the same rule.
    pub fn add(&mut self, explanation: &Explanation) {
        let count = match explanation {
            Explanation { is_redacted: true, .. } => &mut self.redacted,
            Explanation { error: Some(_), .. } => &mut self.errors,
            Explanation { needs: Some(_), .. } => &mut self.undecided,
            Explanation { result: true, .. } => &mut self.matches,
            _ => &mut self.others,
        };
        *count += 1;
        for (sum, part) in self.parts.iter_mut().zip(&explanation.parts) {
            if sum.op.is_empty() {
                sum.op.clone_from(&part.op);
                sum.span = part.span;
                sum.place = part.place;
                sum.snippet.clone_from(&part.snippet);
                sum.children.clone_from(&part.children);
            }
            match &part.outcome {
                Outcome::Value(value) => sum.value(value),
                Outcome::Speculative(_) | Outcome::Skipped(_) => sum.skipped += 1,
                Outcome::Redacted => sum.redacted += 1,
            }
        }
        if explanation.needs.is_none() {
            for id in &explanation.decisive {
                if let Some(sum) = self.parts.get_mut(id.index()) {
                    *(if explanation.result { &mut sum.decided_match } else { &mut sum.decided_other }) += 1;
                }
            }
        }
    }

    /// How many explanations it sums up.
    pub fn actions(&self) -> u64 {
        self.matches + self.others + self.undecided + self.errors + self.redacted
    }

    /// As the API shows it: how the actions ended, and `nodes`.
    pub fn to_json(&self) -> Json {
        json!({
            "actions": self.actions(),
            "matches": self.matches,
            "no_matches": self.others,
            "undecided": self.undecided,
            "errors": self.errors,
            "redacted": self.redacted,
            "nodes": self.parts.iter().enumerate().filter(|(_, part)| !part.op.is_empty()).map(node).collect::<Vec<_>>(),
        })
    }
}

impl PartSum {
    /// The most frequent values that are neither true nor false, each with how often; and how often there were others.
    pub fn values(&self) -> (Vec<(&Json, u64)>, u64) {
        let mut values: Vec<(&Json, u64)> = self.values.iter().map(|(value, count)| (value, *count)).collect();
        values.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let rest: u64 = values.iter().skip(VALUES_SHOWN_MAX).map(|(_, count)| count).sum();
        values.truncate(VALUES_SHOWN_MAX);
        (values, self.other_values + rest)
    }

    fn value(&mut self, value: &Value) {
        *(if value.is_true() { &mut self.truthy } else { &mut self.falsy }) += 1;
        if matches!(value, Value::Bool(_)) {
            return;
        }
        let shown = json::shown(value);
        if let Some((_, count)) = self.values.iter_mut().find(|(known, _)| *known == shown) {
            *count += 1;
        } else if self.values.len() < VALUES_MAX {
            self.values.push((shown, 1));
        } else {
            self.other_values += 1;
        }
    }
}

fn node((id, part): (usize, &PartSum)) -> Json {
    let mut json = Map::new();
    let mut put = |name: &str, value: Json| drop(json.insert(name.to_owned(), value));
    put("id", json!(id));
    put("op", json!(part.op));
    put("span", json!([part.span.start, part.span.end]));
    put("line", json!(part.place.line));
    put("column", json!(part.place.column));
    if !part.children.is_empty() {
        put("children", part.children.iter().map(|id| json!(id.index())).collect());
    }
    put("true", json!(part.truthy));
    put("false", json!(part.falsy));
    put("not_evaluated", json!(part.skipped));
    if part.redacted > 0 {
        put("redacted", json!(part.redacted));
    }
    put("decisive", json!({"match": part.decided_match, "no_match": part.decided_other}));
    let (values, others) = part.values();
    if !values.is_empty() {
        let values: Vec<Json> = values.iter().map(|(value, count)| json!({"value": value, "count": count})).collect();
        put("values", Json::Array(values));
        put("other_values", json!(others));
    }
    Json::Object(json)
}
