//! Inputs as text: a rule, or several, and variables.
//!
//! Sections are separated by lines that hold only `%%`. A section that begins with `$` is a variable: `$name`, a space,
//! and the value. Everything else is a rule.
//!
//! | value begins with | it is |
//! |---|---|
//! | `#` | a whole number |
//! | `@` | an array of the texts between `\|` |
//! | `?` | a bool: the rest is `1` or not |
//! | `~` | null |
//! | `!` | not set, but offered by the caller |
//! | `*` | a number N, a space, a text: the text N times, up to 64 KiB |
//! | anything else | a text |

use wikiward_rules::action::Action;
use wikiward_rules::value::Value;
use wikiward_rules::vocabulary::Vocabulary;

/// Most bytes that a repeated text makes.
const REPEATED_BYTES_MAX: usize = 64 << 10;

/// An input, taken apart.
#[derive(Debug)]
pub(crate) struct Case<'a> {
    pub(crate) rules: Vec<&'a [u8]>,
    variables: Vec<(&'a str, &'a [u8])>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(input: &'a [u8]) -> Self {
        let mut case = Self { rules: Vec::new(), variables: Vec::new() };
        for section in sections(input) {
            match variable(section) {
                Some(variable) => case.variables.push(variable),
                None => case.rules.push(section),
            }
        }
        case
    }

    /// The action with the case's variables; `offers` says whether offered ones are offered or left out.
    pub(crate) fn action(&self, vocabulary: &Vocabulary, offers: bool) -> Action {
        let mut action = Action::new(vocabulary);
        for (name, text) in &self.variables {
            let Some(id) = vocabulary.exact_id(name) else {
                continue;
            };
            match value(text) {
                Some(value) => action.set(id, value),
                None if offers => action.offer(id),
                None => {}
            }
        }
        action
    }

    /// The variables that have values, for a request.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&'a str, Value)> {
        self.variables.iter().filter_map(|(name, text)| Some((*name, value(text)?)))
    }
}

/// The parts of `input` between lines of `%%`.
fn sections(input: &[u8]) -> Vec<&[u8]> {
    let mut sections = Vec::new();
    let (mut start, mut line) = (0, 0);
    while let Some(rest) = input.get(line..).filter(|rest| !rest.is_empty()) {
        let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let next = line + length + 1;
        if rest.get(..length) == Some(b"%%") {
            // The line feed before the separator belongs to it.
            sections.push(input.get(start..line.saturating_sub(1).max(start)).unwrap_or_default());
            start = next;
        }
        line = next;
    }
    sections.push(input.get(start..).unwrap_or_default());
    sections
}

fn variable(section: &[u8]) -> Option<(&str, &[u8])> {
    let section = section.strip_prefix(b"$")?;
    let space = section.iter().position(|byte| *byte == b' ')?;
    let name = std::str::from_utf8(section.get(..space)?).ok()?;
    Some((name, section.get(space + 1..)?))
}

/// The value written; none if it is only offered.
fn value(text: &[u8]) -> Option<Value> {
    let Some((sign, rest)) = text.split_first() else {
        return Some(Value::text(text));
    };
    Some(match sign {
        b'#' => Value::Int(number(rest).unwrap_or_default()),
        b'@' => Value::texts(rest.split(|byte| *byte == b'|')),
        b'?' => Value::Bool(rest.starts_with(b"1")),
        b'~' => Value::Null,
        b'!' => return None,
        b'*' => repeated(rest),
        _ => Value::text(text),
    })
}

fn number(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.trim().parse().ok()
}

fn repeated(text: &[u8]) -> Value {
    let space = text.iter().position(|byte| *byte == b' ').unwrap_or(text.len());
    let times = text.get(..space).and_then(number).and_then(|times| usize::try_from(times).ok());
    let text = text.get(space + 1..).unwrap_or_default();
    let times = times.unwrap_or(1).min(REPEATED_BYTES_MAX / text.len().max(1));
    Value::text(text.repeat(times))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_rules_and_variables() {
        let case = Case::new(b"a := 1;\n%%\n$user_name Bob\n%%\n$page_id #7\n%%\nb");
        assert_eq!(case.rules, [b"a := 1;".as_slice(), b"b"]);
        assert_eq!(case.variables, [("user_name", b"Bob".as_slice()), ("page_id", b"#7")]);
    }

    #[test]
    fn a_separator_stands_alone_on_its_line() {
        assert_eq!(sections(b"a %%\n%% b"), [b"a %%\n%% b".as_slice()]);
        assert_eq!(sections(b"%%\na\n%%"), [b"".as_slice(), b"a", b""]);
        assert_eq!(sections(b""), [b"".as_slice()]);
    }

    #[test]
    fn values_say_their_type() {
        let name = |text: &str| value(text.as_bytes()).map(|value| value.type_name());
        assert_eq!(
            ["#1", "@a|b", "?1", "~", "*3 ab", "x", ""].map(name).map(Option::unwrap),
            ["int", "array", "bool", "null", "string", "string", "string"]
        );
        assert_eq!(name("!"), None);
        assert_eq!(repeated(b"3 ab").weight(), 6);
        assert_eq!(repeated(b"99999999999 ab").weight(), 65_536);
    }
}
