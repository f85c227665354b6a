//! Calls whose values can wait: counted when their turn comes, made when they are read.
//!
//! A rule that begins with `s := lcase(rmspecials(added_lines));` is mostly decided before it reads `s`. Only calls that
//! cannot fail wait. Whether such a call is the same as one made before often shows without its arguments.

use super::graph::{Expr, ExprId, Graph};
use super::run::{Done, Fallback, Runner};
use crate::budget::Meter;
use crate::value::Value;
use crate::vocabulary::functions::FunctionId;

/// Longest text whose calls wait, in bytes. For longer ones the work that is set aside could use up a rule's budget.
const TEXT_BYTES_MAX: u64 = 256 << 10;

/// Units of work for each byte of the text, taken when a call is put off: more than any of the functions takes.
const UNITS_PER_BYTE: u64 = 5;

/// Whether an expression is a call that gives a text, never fails, and never warns, whatever the action.
pub(super) fn can_wait(graph: &Graph, expr: &Expr) -> bool {
    let Expr::Call(function, operands) = expr else { return false };
    let Some((text, others)) = operands.split_first() else { return false };
    let text = graph.node(*text);
    if !matches!(text.expr, Expr::Variable(_)) && !text.can_wait {
        return false;
    }
    match (function, others) {
        (
            FunctionId::Lcase
            | FunctionId::Ucase
            | FunctionId::Norm
            | FunctionId::Ccnorm
            | FunctionId::Rmspecials
            | FunctionId::Rmdoubles
            | FunctionId::Rmwhitespace
            | FunctionId::Rescape,
            [],
        ) => true,
        (FunctionId::Substr, others) => {
            others.iter().all(|other| matches!(graph.constant_of(*other), Some(Value::Int(_))))
        }
        (FunctionId::StrReplace, [search, replacement]) => {
            let length = |id: &ExprId| match graph.constant_of(*id) {
                Some(Value::Str(text)) => Some(text.len()),
                _ => None,
            };
            // What grows can become too large.
            length(search).zip(length(replacement)).is_some_and(|(search, replacement)| replacement <= search)
        }
        _ => false,
    }
}

impl Runner<'_, '_> {
    /// Makes sure that a call is counted. Its value waits if it can.
    pub(super) fn put_off(&mut self, id: ExprId, meter: &mut Meter<'_>) -> Done {
        if self.states.is_made(id) {
            return Ok(());
        }
        let set = self.set;
        let node = set.graph.node(id);
        if self.states.is_mixed || !node.can_wait || self.states.is_computed(id) {
            return self.call(id, meter);
        }
        let text = origin(&set.graph, id);
        self.compute(text, meter)?;
        let weight = self.value(text).weight();
        if weight > TEXT_BYTES_MAX {
            return self.call(id, meter);
        }
        meter.spend(weight * UNITS_PER_BYTE + 20).map_err(|_| Fallback)?;
        self.make_unseen(id, meter)
    }

    /// Whether an operand is a call whose value still waits.
    #[inline]
    pub(super) fn waits(&self, id: ExprId) -> bool {
        matches!(self.set.graph.node(id).expr, Expr::Call(..)) && !self.states.is_computed(id)
    }

    /// Whether the value of one operand, which waits, is known to differ from that of another, which does not.
    pub(super) fn surely_differ(&self, one: ExprId, other: ExprId) -> bool {
        let (waiting, known) = match (self.waits(one), self.waits(other)) {
            (true, false) => (one, other),
            (false, true) => (other, one),
            _ => return false,
        };
        let Expr::Call(function, _) = &self.set.graph.node(waiting).expr else { return false };
        match self.value(known) {
            Value::Str(text) => never_gives(*function, text.bytes()),
            // What a text function says of bytes that are no text.
            Value::Odd(_) => false,
            _ => true,
        }
    }
}

/// The variable at the bottom of calls that can wait.
fn origin(graph: &Graph, mut id: ExprId) -> ExprId {
    while let Expr::Call(_, operands) = &graph.node(id).expr
        && let Some(text) = operands.first()
    {
        id = *text;
    }
    id
}

/// Whether a text has something that the function leaves nowhere. Ends at the first.
fn never_gives(function: FunctionId, text: &[u8]) -> bool {
    match function {
        FunctionId::Rmspecials | FunctionId::Norm => text.iter().any(u8::is_ascii_punctuation),
        FunctionId::Rmwhitespace => text.iter().any(|byte| matches!(byte, b' ' | b'\n' | b'\t')),
        _ => false,
    }
}
