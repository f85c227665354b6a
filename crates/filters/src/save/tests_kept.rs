//! Tests kept with a filter: whether they can be, and what running them found.

use super::Finding;
use crate::judge::trial::{Known, Trial, Verdict};
use crate::model::test_case::{ALL_BYTES_MAX, NAME_BYTES_MAX, TESTS_MAX, VARS_BYTES_MAX, to_json};
use crate::model::{TestCase, TestSource};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What running a test gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actual {
    /// The rule matches.
    Match,
    /// It does not.
    NoMatch,
    /// It reads this variable, whose value is not known.
    Undecided(String),
    /// It ends with this error.
    Failed(String),
    /// The variables of the hit are not kept any more.
    Unavailable,
}

/// A test that was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestOutcome {
    /// Its place in the list.
    pub place: usize,
    /// Its name.
    pub name: String,
    /// Whether the rule is meant to match.
    pub expects_match: bool,
    /// What it gave.
    pub actual: Actual,
}

impl TestOutcome {
    /// Whether it passes; none if that cannot be told.
    pub fn passes(&self) -> Option<bool> {
        match self.actual {
            Actual::Match => Some(self.expects_match),
            Actual::NoMatch => Some(!self.expects_match),
            Actual::Failed(_) => Some(false),
            Actual::Undecided(_) | Actual::Unavailable => None,
        }
    }
}

impl Actual {
    /// Its word.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::NoMatch => "no_match",
            Self::Undecided(_) => "undecided",
            Self::Failed(_) => "error",
            Self::Unavailable => "unavailable",
        }
    }

    /// What a test on `known` gives.
    pub fn of(trial: &mut Trial, kind: &str, values: &Map<String, Value>, lost: &[String]) -> Self {
        match trial.on(&Known { kind, values, lost }).verdict {
            Verdict::Match => Self::Match,
            Verdict::NoMatch => Self::NoMatch,
            Verdict::Undecided(name) => Self::Undecided(name),
            Verdict::Failed(error) => Self::Failed(error.message()),
        }
    }
}

/// What is wrong with tests themselves.
pub fn check(tests: &[TestCase], errors: &mut Vec<Finding>) {
    if tests.len() > TESTS_MAX {
        let message = format!("{} tests are too many: at most {TESTS_MAX} are allowed", tests.len());
        errors.push(Finding::new("tests_too_many", "tests", message).with(TESTS_MAX.to_string()));
    }
    let mut names = BTreeSet::new();
    for (index, test) in tests.iter().enumerate().take(TESTS_MAX) {
        let mut bad = |member: &str, message: &str| {
            errors.push(Finding::new("bad_test", format!("tests[{index}].{member}"), message));
        };
        if test.name.trim().is_empty() || test.name.len() > NAME_BYTES_MAX || test.name.chars().any(char::is_control) {
            bad("name", "a test has a name of at most 255 bytes on one line");
        } else if !names.insert(test.name.as_str()) {
            bad("name", "another test has the same name");
        }
        if let TestSource::Inline { kind, vars } = &test.source {
            if kind.is_empty() || kind.len() > 64 {
                bad("kind", "a kind of action has 1 to 64 bytes");
            }
            let text = Value::Object(vars.clone()).to_string();
            if text.len() > VARS_BYTES_MAX {
                bad("vars", "the variables of a test have at most 64 KiB");
            } else if text.contains("\\u0000") {
                bad("vars", "a text cannot hold a zero byte");
            }
        }
    }
    if to_json(tests).to_string().len() > ALL_BYTES_MAX {
        errors.push(Finding::new("bad_test", "tests", "the tests of a filter have at most 1 MiB together"));
    }
}

/// What tests that were run say about a save: what fails, and what could not be told.
pub fn findings(outcomes: &[TestOutcome]) -> (Vec<Finding>, Vec<Finding>) {
    let (mut failed, mut open) = (Vec::new(), Vec::new());
    for outcome in outcomes {
        let field = format!("tests[{}]", outcome.place);
        let expected = if outcome.expects_match { "match" } else { "no_match" };
        let finding = |code, message: String| {
            let finding = Finding::new(code, field, message).with(outcome.name.as_str());
            finding.with(expected).with(outcome.actual.name())
        };
        let words = |matches: bool| if matches { "matches" } else { "does not match" };
        match (&outcome.actual, outcome.passes()) {
            (_, Some(true)) => {}
            (Actual::Failed(error), _) => {
                let message = format!("the test `{}` ends with an error: {error}", outcome.name);
                failed.push(finding("tests_failed", message));
            }
            (Actual::Undecided(name), _) => {
                let message = format!("the test `{}` cannot be decided: it has no `{name}`", outcome.name);
                open.push(finding("test_undecided", message));
            }
            (Actual::Unavailable, _) => {
                let message = format!("the test `{}` cannot be run: its hit has no variables any more", outcome.name);
                open.push(finding("test_undecided", message));
            }
            (actual, _) => {
                let is = *actual == Actual::Match;
                let message = format!(
                    "in the test `{}` the rule {}, and is meant to {}",
                    outcome.name,
                    words(is),
                    if is { "not match" } else { "match" }
                );
                failed.push(finding("tests_failed", message));
            }
        }
    }
    (failed, open)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(expects_match: bool, actual: Actual) -> TestOutcome {
        TestOutcome { place: 3, name: "a".into(), expects_match, actual }
    }

    #[test]
    fn unknown_is_neither_passed_nor_failed() {
        let outcomes = [
            outcome(true, Actual::Match),
            outcome(false, Actual::Match),
            outcome(true, Actual::NoMatch),
            outcome(false, Actual::NoMatch),
            outcome(false, Actual::Failed("division by zero".into())),
            outcome(false, Actual::Undecided("page_age".into())),
            outcome(true, Actual::Unavailable),
        ];
        let passes: Vec<_> = outcomes.iter().map(TestOutcome::passes).collect();
        assert_eq!(passes, [Some(true), Some(false), Some(false), Some(true), Some(false), None, None]);
        let (failed, open) = findings(&outcomes);
        assert_eq!((failed.len(), open.len()), (3, 2));
        assert_eq!(failed[0].params, ["a", "no_match", "match"]);
        assert_eq!((failed[0].code, failed[0].field.as_str()), ("tests_failed", "tests[3]"));
    }

    #[test]
    fn tests_have_names_of_their_own_and_bounds() {
        let test = |name: &str, vars: Value| TestCase {
            name: name.into(),
            source: TestSource::Inline { kind: "edit".into(), vars: vars.as_object().cloned().unwrap_or_default() },
            expects_match: true,
        };
        let codes = |tests: &[TestCase]| {
            let mut errors = Vec::new();
            check(tests, &mut errors);
            errors.into_iter().map(|it| (it.code, it.field)).collect::<Vec<_>>()
        };
        let large = serde_json::json!({"summary": "x".repeat(VARS_BYTES_MAX)});
        assert_eq!(codes(&[test("a", Value::Null), test("b", Value::Null)]), []);
        assert_eq!(codes(&[test("a", Value::Null), test("a", Value::Null)]), [("bad_test", "tests[1].name".into())]);
        assert_eq!(codes(&[test(" ", Value::Null)]), [("bad_test", "tests[0].name".into())]);
        assert_eq!(codes(&[test("a", large)]), [("bad_test", "tests[0].vars".into())]);
        let many: Vec<TestCase> = (0..=TESTS_MAX).map(|number| test(&number.to_string(), Value::Null)).collect();
        assert_eq!(codes(&many), [("tests_too_many", "tests".into())]);
    }
}
