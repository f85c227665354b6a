//! Tests kept with a filter: actions, and whether its rule matches them.

use serde_json::{Map, Value, json};
use wikiward_farm::Id;

/// Most tests of one filter.
pub const TESTS_MAX: usize = 50;

/// Most bytes of a test's name.
pub const NAME_BYTES_MAX: usize = 255;

/// Most bytes of the variables of one test, as JSON: 64 KiB.
pub const VARS_BYTES_MAX: usize = 64 << 10;

/// Most bytes of all tests of a filter together, as JSON: 1 MiB.
pub const ALL_BYTES_MAX: usize = 1 << 20;

/// An action, and whether a filter's rule is meant to match it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCase {
    /// What it stands for, in words.
    pub name: String,
    /// The action.
    pub source: TestSource,
    /// Whether the rule is meant to match.
    pub expects_match: bool,
}

/// Where the action of a test comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestSource {
    /// A hit. Nothing of it is copied: who may not see the hit has no such test.
    Hit(Id),
    /// Variables that are written down with it.
    Inline {
        /// Kind of action.
        kind: String,
        /// Values by name.
        vars: Map<String, Value>,
    },
}

/// What is wrong with a list of tests: the place, and what.
pub type BadTest = (String, &'static str);

impl TestCase {
    /// As JSON.
    pub fn to_json(&self) -> Value {
        let expect = if self.expects_match { "match" } else { "no_match" };
        match &self.source {
            TestSource::Hit(id) => {
                json!({"name": self.name, "source": "hit", "hit": id.to_string(), "expect": expect})
            }
            TestSource::Inline { kind, vars } => {
                json!({"name": self.name, "source": "inline", "kind": kind, "vars": vars, "expect": expect})
            }
        }
    }

    /// Reads one from JSON; `place` names it in what is wrong with it.
    ///
    /// # Errors
    /// [`BadTest`].
    pub fn from_json(value: &Value, place: &str) -> Result<Self, BadTest> {
        let bad = |member: &str, what: &'static str| (format!("{place}.{member}"), what);
        let text = |member: &str| value.get(member).and_then(Value::as_str);
        let name = text("name").ok_or_else(|| bad("name", "a text is wanted"))?.to_owned();
        let expects_match = match text("expect") {
            Some("match") => true,
            Some("no_match") => false,
            _ => return Err(bad("expect", "match or no_match is wanted")),
        };
        let source = match text("source") {
            Some("hit") => {
                let id = text("hit").and_then(|id| id.parse().ok());
                TestSource::Hit(id.ok_or_else(|| bad("hit", "the id of a hit is wanted"))?)
            }
            Some("inline") => {
                let vars = match value.get("vars") {
                    Some(Value::Object(vars)) => vars.clone(),
                    // As PHP writes an empty object.
                    Some(Value::Array(items)) if items.is_empty() => Map::new(),
                    _ => return Err(bad("vars", "an object of variables is wanted")),
                };
                TestSource::Inline { kind: text("kind").unwrap_or("edit").to_owned(), vars }
            }
            _ => return Err(bad("source", "hit or inline is wanted")),
        };
        Ok(Self { name, source, expects_match })
    }
}

/// Tests as a JSON list.
pub fn to_json(tests: &[TestCase]) -> Value {
    tests.iter().map(TestCase::to_json).collect()
}

/// Reads a JSON list of tests; `place` names it in what is wrong with it.
///
/// # Errors
/// [`BadTest`].
pub fn from_json(value: &Value, place: &str) -> Result<Vec<TestCase>, BadTest> {
    let Value::Array(items) = value else { return Err((place.to_owned(), "a list of tests is wanted")) };
    items.iter().enumerate().map(|(index, item)| TestCase::from_json(item, &format!("{place}[{index}]"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_read_as_they_are_written() {
        let vars = json!({"summary": "spam", "added_lines": ["a"]}).as_object().cloned().unwrap();
        let tests = vec![
            TestCase {
                name: "a quotation".into(),
                source: TestSource::Hit(Id::from_bytes([7; 16])),
                expects_match: false,
            },
            TestCase {
                name: "plain spam".into(),
                source: TestSource::Inline { kind: "edit".into(), vars },
                expects_match: true,
            },
        ];
        assert_eq!(from_json(&to_json(&tests), "tests").unwrap(), tests);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let wrong = |value: Value| from_json(&value, "tests").unwrap_err().0;
        assert_eq!(wrong(json!({})), "tests");
        assert_eq!(wrong(json!([{}])), "tests[0].name");
        assert_eq!(wrong(json!([{"name": "a", "expect": "yes"}])), "tests[0].expect");
        assert_eq!(wrong(json!([{"name": "a", "expect": "match", "source": "x"}])), "tests[0].source");
        assert_eq!(wrong(json!([{"name": "a", "expect": "match", "source": "hit", "hit": "?"}])), "tests[0].hit");
        assert_eq!(wrong(json!([{"name": "a", "expect": "match", "source": "inline"}])), "tests[0].vars");
    }
}
