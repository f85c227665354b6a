//! Regular expressions that are written as literals.

use super::{Linter, finding, repetition};
use crate::error::Span;
use crate::program::pattern_argument;
use crate::syntax::tree::{MatchOp, NodeId, NodeKind};

/// Ends of domain names that are looked for behind a dot.
const TOP_DOMAINS: [&str; 12] = ["com", "org", "net", "info", "ru", "de", "cn", "io", "co", "biz", "xyz", "top"];

pub(super) fn check(linter: &mut Linter<'_>) {
    for (span, offset, message) in linter.rule.broken_patterns() {
        let found = finding("broken-pattern", span, "the regular expression does not work")
            .label(format!("{message} (byte {offset} of the pattern)"))
            .help("the rule ends with an error here each time; patterns are PCRE's");
        linter.report(found);
    }
    let program = &linter.rule.program;
    for (op, node) in program.ops.iter().zip(&program.nodes) {
        let Some(Ok(pattern)) = op.pattern().and_then(|index| program.patterns.get(index as usize)) else {
            continue;
        };
        let matches_empty = pattern.matches_empty();
        literal(linter, *node, matches_empty);
    }
}

/// The node of the pattern, and the keyword operator if it is one's.
fn pattern_of(linter: &Linter<'_>, id: NodeId) -> Option<(NodeId, Option<MatchOp>)> {
    let children = linter.tree.children(id);
    if let NodeKind::Match(op) = linter.kind(id) {
        return Some((*children.get(1)?, Some(op)));
    }
    let place = pattern_argument(linter.function(id)?, children.len())?;
    Some((*children.get(place)?, None))
}

fn literal(linter: &mut Linter<'_>, id: NodeId, matches_empty: bool) {
    let Some((node, op)) = pattern_of(linter, id).filter(|(_, op)| *op != Some(MatchOp::Like)) else {
        return;
    };
    let Some(text) = linter.string(node) else {
        return;
    };
    let span = linter.span(node);
    if let Some(part) = repetition::nested(text) {
        let part = String::from_utf8_lossy(part).into_owned();
        let found = finding("nested-repetition", span, format!("`{part}` can be matched in very many ways")).help(
            "a repetition inside of a repetition can take forever: make one of them possessive (a++) or remove it",
        );
        linter.report(found);
    }
    if let Some(domain) = domain(text) {
        let found = finding("loose-dot", span, format!("the dot in `{domain}` matches any character"))
            .help("write \\. for a dot");
        linter.report(found);
    }
    let Some(op) = op else { return };
    if matches_empty {
        let found = finding("matches-empty", span, "this pattern also matches the empty text")
            .help("unless it is anchored it matches every text: require at least one character");
        linter.report(found);
        return;
    }
    let ends = [(text.starts_with(b".*"), "start"), (ends_with_any(text), "end")];
    for (_, end) in ends.iter().filter(|(is, _)| *is) {
        let found = finding("idle-wildcard", span, format!("`.*` at the {end} of a pattern changes nothing"))
            .help("patterns match anywhere in the text");
        linter.report(found);
    }
    if op == MatchOp::Rlike && is_plain(text) {
        let at = linter.tree.node(id).at;
        let keyword = Span { start: at.saturating_sub(5), end: at };
        let found = finding("plain-pattern", span, "this pattern is a plain text")
            .help("`contains` says the same and is quicker")
            .fix(keyword, "contains", "use `contains`");
        linter.report(found);
    }
}

fn ends_with_any(text: &[u8]) -> bool {
    text.strip_suffix(b".*").is_some_and(|rest| rest.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0)
}

/// Whether nothing in it means anything special.
fn is_plain(text: &[u8]) -> bool {
    !text.is_empty() && !text.iter().any(|byte| b"\\^$.[]|()?*+{}/".contains(byte))
}

/// A domain name whose dot is not escaped.
fn domain(text: &[u8]) -> Option<String> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    for dot in memchr::memchr_iter(b'.', text) {
        let (before, behind) = text.split_at_checked(dot)?;
        let behind = behind.get(1..)?;
        let name = before.iter().rev().take(64).take_while(|byte| is_word(byte)).count();
        let end = behind.iter().take(8).take_while(|byte| is_word(byte)).count();
        let top = std::str::from_utf8(behind.get(..end)?).ok()?;
        let start = dot - name;
        let escape = start.checked_sub(1).and_then(|at| text.get(at)) == Some(&b'\\');
        if name >= 3 && !escape && TOP_DOMAINS.contains(&top) {
            return Some(String::from_utf8_lossy(text.get(start..=dot + end)?).into_owned());
        }
    }
    None
}
