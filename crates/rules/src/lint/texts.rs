//! Searches for texts, and globs.

use super::{Linter, finding};
use crate::error::Span;
use crate::syntax::tree::{MatchOp, NodeId, NodeKind};
use crate::vocabulary::functions::FunctionId;

/// Groups whose names have that of another group in them. Not `autoconfirmed`: whoever asks for `confirmed` nearly
/// always means both.
const GROUPS: [&str; 6] =
    ["copyviobot", "flow-bot", "checkuser", "autoreviewer", "interface-editor", "eventcoordinator"];

pub(super) fn check(linter: &mut Linter<'_>, id: NodeId) {
    let NodeKind::Match(op) = linter.kind(id) else {
        return;
    };
    let Some((left, right)) = linter.sides(id) else {
        return;
    };
    match op {
        MatchOp::In => search(linter, id, left, right),
        MatchOp::Contains => search(linter, id, right, left),
        MatchOp::Like => glob(linter, right),
        MatchOp::Irlike => redundant_case(linter, left),
        MatchOp::Rlike => {}
    }
}

fn search(linter: &mut Linter<'_>, id: NodeId, needle: NodeId, text: NodeId) {
    let Some(bytes) = linter.string(needle) else {
        return;
    };
    let span = linter.span(needle);
    if bytes.is_empty() {
        let message = "an empty text is never found";
        let found = finding("empty-needle", linter.span(id), message);
        linter.report(found.help("compare with == \"\" to test whether a text is empty"));
        return;
    }
    if let Some(function) = linter.function(text)
        && let Some(why) = impossible(function, bytes)
    {
        let found = finding("impossible-text", span, why);
        linter.report(found.note(linter.span(text), "the text that is searched"));
    }
    if linter.variable(text).is_some_and(|variable| variable.name.ends_with("user_groups"))
        && let Some(other) = GROUPS
            .iter()
            .find(|group| group.as_bytes() != bytes && memchr::memmem::find(group.as_bytes(), bytes).is_some())
    {
        let name = String::from_utf8_lossy(bytes).into_owned();
        let found = finding("group-part", span, format!("`{name}` is also found in `{other}`"))
            .help(format!("the array is searched as text; for exactly this group: rlike \"(?m)^{name}$\""));
        linter.report(found);
    }
}

/// Why `needle` never stands in what `function` returns.
pub(super) fn impossible(function: FunctionId, needle: &[u8]) -> Option<&'static str> {
    match function {
        FunctionId::Lcase if needle.iter().any(u8::is_ascii_uppercase) => {
            Some("capital letters never stand in what lcase() returns")
        }
        FunctionId::Ucase if needle.iter().any(u8::is_ascii_lowercase) => {
            Some("small letters never stand in what ucase() returns")
        }
        FunctionId::Ccnorm | FunctionId::Norm
            if needle.iter().any(|byte| byte.is_ascii_lowercase() || b"$013456@|".contains(byte)) =>
        {
            Some("small letters and $ 0 1 3 4 5 6 @ | never stand in what ccnorm() and norm() return")
        }
        _ => None,
    }
}

pub(super) fn check_call(linter: &mut Linter<'_>, id: NodeId) {
    let needles_follow = matches!(linter.function(id), Some(FunctionId::ContainsAny | FunctionId::ContainsAll));
    let [text, needles @ ..] = linter.tree.children(id) else {
        return;
    };
    let Some(function) = linter.function(*text).filter(|_| needles_follow) else {
        return;
    };
    for needle in needles {
        if let Some(bytes) = linter.string(*needle)
            && let Some(why) = impossible(function, bytes)
        {
            let found = finding("impossible-text", linter.span(*needle), why);
            linter.report(found.note(linter.span(*text), "the text that is searched"));
        }
    }
}

/// `lcase(x) irlike …`
fn redundant_case(linter: &mut Linter<'_>, text: NodeId) {
    if matches!(linter.function(text), Some(FunctionId::Lcase | FunctionId::Ucase)) {
        let found = finding("redundant-case", linter.span(text), "`irlike` ignores case already")
            .help("leave the function out: it costs a condition and a copy of the text");
        linter.report(found);
    }
}

/// Characters that mean something unexpected in a glob.
fn glob(linter: &mut Linter<'_>, pattern: NodeId) {
    let Some(bytes) = linter.string(pattern) else {
        return;
    };
    let mut before = None;
    for byte in bytes {
        let is_trap = match byte {
            b'!' => before != Some(b'['),
            b'#' | b'(' | b')' | b'{' | b'}' | b'=' | b'<' | b'>' | b'|' | b':' | b'$' | b'^' => true,
            _ => false,
        };
        if is_trap {
            let span: Span = linter.span(pattern);
            let sign = char::from(*byte);
            let message = match byte {
                b'#' => "a pattern of `like` with `#` never matches".to_owned(),
                _ => format!("`{sign}` in a pattern of `like` only matches behind a backslash"),
            };
            let found = finding("glob-trap", span, message)
                .help("`like` escapes these characters wrongly, and so must we; use `rlike` or `contains`");
            linter.report(found);
            return;
        }
        before = Some(*byte);
    }
}
