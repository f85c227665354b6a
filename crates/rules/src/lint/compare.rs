//! Comparisons and arithmetic.

use super::{Linter, finding};
use crate::error::Span;
use crate::syntax::tree::{ArithmeticOp, CompareOp, Literal, NodeId, NodeKind};
use crate::vocabulary::functions::FunctionId;

pub(super) fn check(linter: &mut Linter<'_>, id: NodeId) {
    let NodeKind::Compare(op) = linter.kind(id) else {
        return;
    };
    let Some((left, right)) = linter.sides(id) else {
        return;
    };
    if linter.kind(left) == NodeKind::Not {
        negated(linter, left);
    }
    if op == CompareOp::Equal {
        single_equals(linter, id);
    }
    if linter.tree.literal(left).is_some() && linter.tree.literal(right).is_some() {
        let found = finding("constant-condition", linter.span(id), "both sides of this comparison are constants");
        linter.report(found);
    }
    if op.is_equality() {
        for (one, other) in [(left, right), (right, left)] {
            array_as_text(linter, id, one, other);
            wildcard(linter, one, other);
            case(linter, id, one, other);
        }
    } else {
        unset_number(linter, id, op, left, right);
    }
}

/// `!x == y`
fn negated(linter: &mut Linter<'_>, not: NodeId) {
    let found = finding("negated-side", linter.span(not), "`!` negates only the left side of the comparison")
        .label("this is compared as true or false")
        .help("write != , or put the comparison in brackets: !(a == b)");
    linter.report(found);
}

fn single_equals(linter: &mut Linter<'_>, id: NodeId) {
    let at = linter.tree.node(id).at;
    let before = Span { start: at.saturating_sub(2), end: at };
    if linter.text(before) == b"==" {
        return;
    }
    let sign = Span { start: at.saturating_sub(1), end: at };
    let found = finding("single-equals", sign, "`=` compares, as `==` does")
        .help("write `==` to compare; an assignment is written `:=`")
        .fix(sign, "==", "replace it by `==`");
    linter.report(found);
}

/// `user_groups == "sysop"`
fn array_as_text(linter: &mut Linter<'_>, id: NodeId, array: NodeId, other: NodeId) {
    let is_scalar = matches!(linter.tree.literal(other), Some(Literal::Str(_) | Literal::Int(_) | Literal::Float(_)));
    if !is_scalar || !linter.is_array(array) {
        return;
    }
    let name = linter.shown(array);
    let message = format!("`{name}` is an array and never equals a text or number");
    let found = finding("array-compared", linter.span(id), message)
        .help("write \"…\" in it for an element, or compare its length()");
    linter.report(found);
}

/// `page_title == "List of *"`
fn wildcard(linter: &mut Linter<'_>, value: NodeId, pattern: NodeId) {
    let Some(text) = linter.string(pattern) else {
        return;
    };
    let looks_like_pattern = text.len() > 2
        && (text.starts_with(b"*")
            || text.ends_with(b"*")
            || text.windows(2).any(|pair| pair == b".*")
            || text.starts_with(b"^"));
    if !looks_like_pattern || linter.variable(value).is_none() {
        return;
    }
    let found = finding("pattern-compared", linter.span(pattern), "`==` knows no wildcards")
        .help("use `like` for * and ?, or `rlike` for a regular expression");
    linter.report(found);
}

/// `lcase(x) == "Foo"`
fn case(linter: &mut Linter<'_>, id: NodeId, value: NodeId, literal: NodeId) {
    if let Some(text) = linter.string(literal)
        && let Some(function) = linter.function(value)
        && let Some(why) = super::texts::impossible(function, text)
    {
        let found = finding("impossible-text", linter.span(literal), why)
            .note(linter.span(id), "so this comparison always ends the same way");
        linter.report(found);
    }
}

/// `edit_delta < -5000`, true where there is no edit.
fn unset_number(linter: &mut Linter<'_>, id: NodeId, op: CompareOp, left: NodeId, right: NodeId) {
    let smaller = match op {
        CompareOp::Less | CompareOp::LessEqual => left,
        _ => right,
    };
    let Some(variable) = linter.variable(smaller) else {
        return;
    };
    let is_text_size = matches!(variable.name, "edit_delta" | "old_size" | "new_size");
    let reads = |name: &str| linter.rule.variables().iter().any(|read| read == name);
    let texts = ["added_lines", "removed_lines", "edit_diff", "new_wikitext", "old_wikitext", "added_links"];
    if !is_text_size || reads("action") || texts.iter().any(|text| reads(text)) {
        return;
    }
    let name = variable.name;
    let message = format!("this is also true for actions that have no `{name}`");
    let found = finding("unset-number", linter.span(id), message)
        .help("a variable that is not set counts as the smallest value; write action == \"edit\" & … in front");
    linter.report(found);
}

pub(super) fn check_arithmetic(linter: &mut Linter<'_>, id: NodeId) {
    let NodeKind::Arithmetic(op) = linter.kind(id) else {
        return;
    };
    let Some((left, right)) = linter.sides(id) else {
        return;
    };
    for side in [left, right] {
        if matches!(linter.kind(side), NodeKind::Match(_)) {
            let found = finding("tight-keyword", linter.span(side), "this is tested before the arithmetic")
                .label("the operand is true or false")
                .help("keyword operators bind tighter than + and the others: put brackets around the sum");
            linter.report(found);
        }
    }
    if op == ArithmeticOp::Add {
        for (one, other) in [(left, right), (right, left)] {
            text_sum(linter, one, other);
        }
    }
}

/// `timestamp + 1`
fn text_sum(linter: &mut Linter<'_>, text: NodeId, number: NodeId) {
    let is_number = matches!(linter.tree.literal(number), Some(Literal::Int(_) | Literal::Float(_)))
        || linter.function(number) == Some(FunctionId::Int);
    if !is_number || linter.variable(text).is_none_or(|variable| variable.name != "timestamp") {
        return;
    }
    let span = linter.span(text);
    let name = linter.shown(text);
    let found = finding("text-sum", span, "`timestamp` is a text, so `+` joins instead of adding").fix(
        span,
        format!("int({name})"),
        "make it a number first",
    );
    linter.report(found);
}
