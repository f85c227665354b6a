//! Where in an edit a rule found what it looked for.
//!
//! The rule is evaluated once more, with a trace; of the tests that held and look into a text, the one that looks into
//! what the edit changed is shown, in its line. A rule without such a test is shown by what the edit added.

use serde::Serialize;
use std::ops::Range;
use wikiward_rules::budget::Meter;
use wikiward_rules::evaluate::{Scratch, Trace};
use wikiward_rules::regex::{Mode, Pattern, Subject};
use wikiward_rules::syntax::tree::{MatchOp, NodeId, NodeKind, Step, Tree};
use wikiward_rules::value::{Text, Value};
use wikiward_rules::{Action, Options, Release, Rule, Session, Vocabulary};

/// Most characters shown before and after the match.
const AROUND_MAX: usize = 70;

/// Most characters shown of the match itself.
const MATCH_MAX: usize = 160;

/// Work that finding the match may cost: the rule itself found it with less.
const WORK_MAX: u64 = 50_000_000;

/// A line of a text with the part that matched.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// The text it is from, as the rule writes it: `added_lines`, `lcase(summary)`.
    pub(super) of: String,
    /// What stands before the match on its line, cut.
    pub(super) before: String,
    /// The match, cut; empty if the rule looked for no text and this is just the beginning of what was added.
    pub(super) matched: String,
    /// What stands after it on its line, cut.
    pub(super) after: String,
}

/// Shows where `rule`, which matched `action`, found its match; none if the edit has no text to show.
///
/// `source` is the rule's text. Costs about two evaluations; meant for a few examples, not for every hit.
pub(super) fn excerpt(
    rule: &Rule,
    source: &str,
    action: &Action,
    vocabulary: &Vocabulary,
    options: Options<'_>,
) -> Option<Excerpt> {
    let mut values = Values(vec![None; rule.tree().len()]);
    let mut scratch = Scratch::default();
    Session::new(action, vocabulary, options, &mut scratch).evaluate_traced(rule, &mut values);
    let finder = Finder { tree: rule.tree(), values: &values, source, release: options.release };
    finder.best().or_else(|| beginning(action, vocabulary))
}

/// The value that each node had, if it was evaluated.
struct Values(Vec<Option<Value>>);

impl Trace for Values {
    const RECORDS: bool = true;

    fn value(&mut self, node: NodeId, value: &Value, _: u32) {
        if let Some(slot) = self.0.get_mut(node.index()) {
            *slot = Some(value.clone());
        }
    }
}

struct Finder<'a> {
    tree: &'a Tree,
    values: &'a Values,
    source: &'a str,
    release: Release,
}

/// A test that looks for something in a text.
struct Test {
    haystack: NodeId,
    needle: NodeId,
    /// How a pattern is read; none for plain text.
    mode: Option<Mode>,
}

impl Finder<'_> {
    /// The first match of the test that looks into the most telling text.
    fn best(&self) -> Option<Excerpt> {
        let mut tests: Vec<(u8, Test)> = self.tests().into_iter().map(|test| (self.interest(&test), test)).collect();
        tests.sort_by_key(|(interest, _)| std::cmp::Reverse(*interest));
        tests.into_iter().find_map(|(_, test)| self.show(&test))
    }

    /// The tests that held, outside of negations.
    fn tests(&self) -> Vec<Test> {
        let Some(root) = self.tree.root() else {
            return Vec::new();
        };
        let mut tests = Vec::new();
        let mut negations = 0_u32;
        for step in self.tree.walk(root) {
            match step {
                Step::Enter(id) if self.is_not(id) => negations += 1,
                Step::Leave(id) if self.is_not(id) => negations -= 1,
                Step::Enter(id) if negations.is_multiple_of(2) && self.held(id) => {
                    self.push_tests(id, &mut tests);
                }
                _ => {}
            }
        }
        tests
    }

    fn is_not(&self, id: NodeId) -> bool {
        matches!(self.tree.node(id).kind, NodeKind::Not)
    }

    fn held(&self, id: NodeId) -> bool {
        matches!(self.values.0.get(id.index()), Some(Some(value)) if value.is_true())
    }

    fn push_tests(&self, id: NodeId, tests: &mut Vec<Test>) {
        match (self.tree.node(id).kind, self.tree.children(id)) {
            (NodeKind::Match(op), &[left, right]) => {
                let (haystack, needle) = if op == MatchOp::In { (right, left) } else { (left, right) };
                let mode = match op {
                    MatchOp::In | MatchOp::Contains => None,
                    MatchOp::Like => Some(Mode::Like),
                    MatchOp::Rlike => Some(Mode::Perl),
                    MatchOp::Irlike => Some(Mode::PerlCaseless),
                };
                tests.push(Test { haystack, needle, mode });
            }
            (NodeKind::Call(name), [first, rest @ ..]) => match (self.tree.name(name), rest) {
                ("contains_any" | "contains_all", needles) => {
                    tests.extend(needles.iter().map(|needle| Test { haystack: *first, needle: *needle, mode: None }));
                }
                ("count", [haystack]) => tests.push(Test { haystack: *haystack, needle: *first, mode: None }),
                ("rcount" | "get_matches", [haystack, ..]) => {
                    tests.push(Test { haystack: *haystack, needle: *first, mode: Some(Mode::Perl) });
                }
                _ => {}
            },
            _ => {}
        }
    }

    /// How telling the searched text is: what was added before what was there, texts before names.
    fn interest(&self, test: &Test) -> u8 {
        let walk = self.tree.walk(test.haystack);
        let names = walk.filter_map(|step| match step {
            Step::Enter(id) => match self.tree.node(id).kind {
                NodeKind::Name(name) => Some(self.tree.name(name)),
                _ => None,
            },
            _ => None,
        });
        let interest = |name: &str| match name {
            "added_lines" | "added_lines_pst" | "added_links" => 6,
            "new_wikitext" | "new_pst" | "new_text" | "new_html" | "edit_diff" | "edit_diff_pst" => 5,
            "removed_lines" | "removed_links" | "summary" => 4,
            "old_wikitext" => 3,
            name if name.starts_with("user_") || name.ends_with("contributors") => 1,
            name if name.starts_with("page_") || name.starts_with("article_") || name == "action" => 2,
            // A variable of the rule's own: most often a text it prepared.
            _ => 5,
        };
        names.map(interest).max().unwrap_or(0)
    }

    fn show(&self, test: &Test) -> Option<Excerpt> {
        let haystack = self.text(test.haystack)?;
        let needle = self.text(test.needle)?;
        let found = match test.mode {
            None if needle.is_empty() => None,
            None => memchr::memmem::find(haystack.bytes(), needle.bytes()).map(|at| at..at + needle.len()),
            Some(mode) => self.find(&haystack, &needle, mode),
        }?;
        let span = self.tree.node(test.haystack).span;
        let of = self.source.as_bytes().get(span.start as usize..span.end as usize).unwrap_or_default();
        let of = super::visible::cut(&String::from_utf8_lossy(of), 60).into_owned();
        Some(line_around(haystack.bytes(), found, of))
    }

    fn find(&self, haystack: &Text, pattern: &Text, mode: Mode) -> Option<Range<usize>> {
        let pattern = Pattern::compile(pattern.bytes(), mode, self.release).ok()?;
        let mut scratch = wikiward_rules::regex::Scratch::new();
        let mut meter = Meter::new(WORK_MAX, None);
        pattern.find_at(Subject::new(haystack.bytes()), 0, &mut scratch, &mut meter).ok()?
    }

    /// The node's value as a text; a list's elements become lines, as where the language casts it.
    fn text(&self, id: NodeId) -> Option<Text> {
        if let Some(wikiward_rules::syntax::tree::Literal::Str(bytes)) = self.tree.literal(id) {
            return Some(Text::new(bytes.clone()));
        }
        match self.values.0.get(id.index())?.as_ref()? {
            Value::Str(text) => Some(text.clone()),
            Value::Array(list) => Some(Text::new(lines_of(list.elements()))),
            Value::Int(number) => Some(Text::new(number.to_string().into_bytes())),
            _ => None,
        }
    }
}

fn lines_of(elements: &[Value]) -> Vec<u8> {
    let mut lines = Vec::new();
    for element in elements {
        if let Value::Str(text) = element {
            lines.extend_from_slice(text.bytes());
        }
        lines.push(b'\n');
    }
    lines
}

/// The first line that was added, else removed, else of the new text or the summary, as far as they are known.
fn beginning(action: &Action, vocabulary: &Vocabulary) -> Option<Excerpt> {
    ["added_lines", "removed_lines", "new_wikitext", "summary"].into_iter().find_map(|name| {
        let text = match action.value(vocabulary.id(name)?)? {
            Value::Str(text) => text.bytes().to_vec(),
            Value::Array(list) => lines_of(list.elements()),
            _ => return None,
        };
        let start = text.iter().position(|byte| !byte.is_ascii_whitespace())?;
        Some(line_around(&text, start..start, name.to_owned()))
    })
}

/// The line of `found`, cut around it. A match of several lines is shown whole, to its own limit.
fn line_around(text: &[u8], found: Range<usize>, of: String) -> Excerpt {
    let (before, rest) = text.split_at_checked(found.start).unwrap_or((text, &[]));
    let (matched, after) = rest.split_at_checked(found.len()).unwrap_or((rest, &[]));
    let before = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let after = after.split(|byte| *byte == b'\n').next().unwrap_or_default();
    // Four bytes are the longest character.
    let near = before.get(before.len().saturating_sub(AROUND_MAX * 4)..).unwrap_or_default();
    let before = String::from_utf8_lossy(near);
    let before: String = match before.char_indices().nth_back(AROUND_MAX) {
        Some((start, _)) => "…".chars().chain(before.get(start..).unwrap_or_default().chars().skip(1)).collect(),
        None => before.trim_start_matches('\u{fffd}').to_owned(),
    };
    let lossy_cut = |bytes: &[u8], characters: usize| {
        let bytes = bytes.get(..characters * 4 + 4).unwrap_or(bytes);
        super::visible::cut(&String::from_utf8_lossy(bytes), characters).into_owned()
    };
    Excerpt { of, before, matched: lossy_cut(matched, MATCH_MAX), after: lossy_cut(after, AROUND_MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::actions::ActionMaker;
    use crate::backtest::tests::edit;
    use crate::input::Assumptions;
    use std::sync::Arc;

    /// Rule, and the excerpt as `of: before[matched]after`.
    fn check(rule: &str, expected: &str) {
        let vocabulary = Arc::new(Vocabulary::new(Release::Newest, [""; 0]));
        let maker = ActionMaker::new(&vocabulary, Assumptions::default());
        let action = maker.action(&edit(
            r#""comment":"nice Summary","old_wikitext":"one","new_wikitext":"one\nBuy viagra now, ä cheap\nlast""#,
        ));
        let compiled = Rule::compile(rule.as_bytes(), &vocabulary, Release::Newest).unwrap();
        let shown = excerpt(&compiled, rule, &action, &vocabulary, Options::default());
        let shown = shown.map_or_else(String::new, |e| format!("{}: {}[{}]{}", e.of, e.before, e.matched, e.after));
        assert_eq!(shown, expected, "{rule}");
    }

    #[test]
    fn the_match_is_marked_in_its_line() {
        check("added_lines contains 'viagra'", "added_lines: Buy [viagra] now, ä cheap");
        check("'cheap' in new_wikitext", "new_wikitext: Buy viagra now, ä [cheap]");
        check("added_lines irlike 'BUY.*now'", "added_lines: [Buy viagra now], ä cheap");
        check("lcase(added_lines) rlike 'buy'", "lcase(added_lines): [buy] viagra now, ä cheap");
        check("contains_any(added_lines, 'spam', 'now')", "added_lines: Buy viagra [now], ä cheap");
        check("rcount('[aeiou]', added_lines) > 3", "added_lines: B[u]y viagra now, ä cheap");
        check("text := new_wikitext; text contains 'last'", "text: [last]");
    }

    #[test]
    fn the_most_telling_text_is_shown_and_negated_tests_are_not() {
        check("summary rlike 'nice' & added_lines rlike 'now'", "added_lines: Buy viagra [now], ä cheap");
        check("!(added_lines contains 'spam') & summary contains 'Summary'", "summary: nice [Summary]");
        check("!(!(summary contains 'nice'))", "summary: [nice] Summary");
        check("summary contains 'absent' | summary contains 'nice'", "summary: [nice] Summary");
    }

    #[test]
    fn a_rule_that_looks_for_no_text_shows_the_beginning_of_what_was_added() {
        check("page_namespace == 0 & length(added_lines) > 0", "added_lines: []Buy viagra now, ä cheap");
        check("page_namespace == 0", "new_wikitext: []one");
    }

    #[test]
    fn long_lines_are_cut_around_the_match() {
        let text = format!("{}ä{}MATCH{}", "x".repeat(500), "y".repeat(100), "z".repeat(500));
        let start = text.find("MATCH").unwrap();
        let excerpt = line_around(text.as_bytes(), start..start + 5, String::new());
        assert_eq!(excerpt.before, format!("…{}", "y".repeat(AROUND_MAX)));
        assert_eq!(excerpt.matched, "MATCH");
        assert_eq!(excerpt.after, format!("{}…", "z".repeat(AROUND_MAX - 1)));
    }
}
