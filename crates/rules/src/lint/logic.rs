//! `&`, `|` and conditions.

use super::{Linter, finding, order};
use crate::error::Span;
use crate::syntax::tree::{Literal, LogicOp, NodeId, NodeKind};
use rustc_hash::FxHashMap;

/// Longest condition that is compared with others: chains within chains would be read again and again.
const OPERAND_BYTES_MAX: usize = 2_000;
/// Most findings about one chain.
const DUPLICATES_MAX: usize = 10;

pub(super) fn check(linter: &mut Linter<'_>, id: NodeId) {
    let NodeKind::Logic(op) = linter.kind(id) else {
        return;
    };
    let Some((left, right)) = linter.sides(id) else {
        return;
    };
    // One finding for a chain is enough; children come before parents.
    if linter.mixed.contains(&left) {
        linter.mixed.insert(id);
    } else if let (LogicOp::And, NodeKind::Logic(other @ (LogicOp::Or | LogicOp::Xor))) = (op, linter.kind(left)) {
        linter.mixed.insert(id);
        mixed(linter, left, right, other);
    }
    for side in [left, right] {
        constant(linter, side);
    }
    let is_whole_chain = linter.parent(id).is_none_or(|parent| linter.kind(parent) != NodeKind::Logic(op));
    if is_whole_chain && op != LogicOp::Xor {
        let operands = operands(linter, id, op);
        duplicates(linter, &operands);
        if op == LogicOp::And {
            order::check(linter, &operands);
        }
    }
}

/// `a | b & c`
fn mixed(linter: &mut Linter<'_>, left: NodeId, right: NodeId, other: LogicOp) {
    let (span, sign) = (linter.span(left), if other == LogicOp::Or { "|" } else { "^" });
    let bracketed = format!("({})", String::from_utf8_lossy(linter.text(span)));
    let message = format!("`&` does not bind tighter than `{sign}`");
    let found = finding("mixed-logic", span, message)
        .label("all of this is one side of the `&`")
        .note(linter.span(right), "this is required whatever stands before")
        .help("operators of logic are read from left to right; write brackets around what belongs together")
        .fix(span, bracketed, "write the brackets that are there now, unseen");
    linter.report(found);
}

/// The operands of a chain of one operator, from left to right.
fn operands(linter: &Linter<'_>, id: NodeId, op: LogicOp) -> Vec<NodeId> {
    let mut operands = Vec::new();
    let mut at = id;
    while linter.kind(at) == NodeKind::Logic(op)
        && let Some((left, right)) = linter.sides(at)
    {
        operands.push(right);
        at = left;
    }
    operands.push(at);
    operands.reverse();
    operands
}

fn duplicates(linter: &mut Linter<'_>, operands: &[NodeId]) {
    let mut seen: FxHashMap<&[u8], Span> = FxHashMap::default();
    let mut count = 0;
    for operand in operands {
        let span = linter.span(*operand);
        let text = linter.text(span);
        // What assigns is not the same the second time.
        if text.len() > OPERAND_BYTES_MAX || text.windows(2).any(|pair| pair == b":=") {
            continue;
        }
        if let Some(first) = seen.insert(text, span) {
            let found =
                finding("duplicate-condition", span, "this condition stands here twice").note(first, "here first");
            linter.report(found);
            count += 1;
            if count == DUPLICATES_MAX {
                return;
            }
        }
    }
}

fn constant(linter: &mut Linter<'_>, id: NodeId) {
    let value = match linter.tree.literal(id) {
        Some(Literal::Bool(value)) => value.to_string(),
        Some(Literal::Null) => "null".to_owned(),
        Some(Literal::Int(number)) => number.to_string(),
        _ => return,
    };
    let message = format!("the condition `{value}` is always the same");
    let found = finding("constant-condition", linter.span(id), message);
    linter.report(found.help("leave it out, or the part that it makes unreachable"));
}

pub(super) fn check_condition(linter: &mut Linter<'_>, id: NodeId) {
    if let Some(condition) = linter.tree.children(id).first() {
        constant(linter, *condition);
    }
}
