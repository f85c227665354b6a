//! What editors try a rule with: its syntax, its value, whether it matches given variables. Nothing is looked up and
//! nothing is left behind.

use super::error::EvaluateError;
use super::request;
use crate::snapshot::LiveGroup;
use serde_json::{Map, Value as Json};
use wikiward_farm::{Timestamp, WikiId};
use wikiward_rules::evaluate::{End, Evaluation, Options, Scratch, Session};
use wikiward_rules::wire::parse_value;
use wikiward_rules::{Action, Release, Rule, RuleError, Value};

/// Why a rule gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum TryError {
    /// The rule is none, or failed.
    #[error(transparent)]
    Rule(#[from] Box<RuleError>),
    /// A variable is wrong.
    #[error(transparent)]
    Variable(#[from] EvaluateError),
}

/// What a rule gave.
#[derive(Debug, Clone)]
pub struct Tried {
    /// Its value.
    pub value: Value,
    /// Conditions that it used.
    pub conditions: u32,
}

/// Checks a rule as a save does: every branch is taken. Gives its warnings.
///
/// # Errors
/// The first error.
pub fn check_syntax(rule: &str, group: &LiveGroup) -> Result<Vec<wikiward_rules::Warning>, Box<RuleError>> {
    let vocabulary = group.vocabulary();
    let rule = Rule::compile(rule.as_bytes(), vocabulary, Release::Newest)?;
    let Evaluation { end, warnings, .. } = rule.check_for_saving(vocabulary, Options::default());
    match end {
        End::Error(error) => Err(error),
        End::Value(_) | End::Needs(_) => Ok(warnings),
    }
}

/// The value of an expression, which may read what every action has: the time and the wiki.
///
/// # Errors
/// [`TryError::Rule`].
pub fn evaluate(expression: &str, wiki: &WikiId, now: Timestamp, group: &LiveGroup) -> Result<Tried, TryError> {
    let vars = vec![
        ("timestamp".to_owned(), Value::text(now.as_second().to_string())),
        ("wiki_name".to_owned(), Value::text(wiki.as_str())),
    ];
    check_match(expression, vars, group)
}

/// The value of a rule on given variables; derived ones follow from them.
///
/// # Errors
/// [`TryError`].
pub fn check_match(rule: &str, vars: Vec<(String, Value)>, group: &LiveGroup) -> Result<Tried, TryError> {
    let vocabulary = group.vocabulary();
    let rule = Rule::compile(rule.as_bytes(), vocabulary, Release::Newest)?;
    let mut action = Action::new(vocabulary);
    for (id, value) in request::look_up(vars, &[], group)?.given {
        action.set(id, value);
    }
    super::derived::fill_all(&mut action, group);
    let mut scratch = Scratch::default();
    let Evaluation { end, conditions, .. } =
        Session::new(&action, vocabulary, Options::default(), &mut scratch).evaluate(&rule);
    match end {
        End::Value(value) => Ok(Tried { value, conditions }),
        End::Error(error) => Err(error.into()),
        // Nothing is offered, so nothing can be asked for.
        End::Needs(_) => Ok(Tried { value: Value::Null, conditions }),
    }
}

/// Whether these can be variables of an action of the group.
///
/// # Errors
/// [`EvaluateError`] as for an action.
pub fn check_variables(values: &Map<String, Json>, group: &LiveGroup) -> Result<(), EvaluateError> {
    let mut vars = Vec::with_capacity(values.len());
    for (name, value) in values {
        let value = parse_value(value).map_err(|_| EvaluateError::BadRequest {
            field: "vars",
            message: "a variable is no value of the language",
        })?;
        vars.push((name.clone(), value));
    }
    request::look_up(vars, &[], group).map(|_| ())
}
