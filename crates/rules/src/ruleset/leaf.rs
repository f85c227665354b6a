//! The tests that plans are made of, with the common ones prepared.

use super::graph::{Expr, ExprId, Graph, Search};
use super::plan::{Plan, Step};
use super::scan::Slot;
use crate::regex::Pattern;
use crate::syntax::tree::{CompareOp, MatchOp};
use crate::value::Value;
use crate::vocabulary::VariableId;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A test: whether an expression is true.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) way: Way,
    /// Conditions that it counts, apart from calls.
    pub(super) cost: u32,
    /// Whether calls are inside, which must be remembered for it to cost no more.
    pub(super) has_calls: bool,
    /// Whether the plain evaluator must do it.
    pub(super) is_plain: bool,
    pub(super) expr: ExprId,
}

/// How a test is made.
#[derive(Debug)]
pub(super) enum Way {
    /// A variable against a whole number.
    Number { variable: VariableId, op: CompareOp, number: i64 },
    /// Looking for something in a text.
    Find { text: ExprId, what: Box<What>, slot: Option<Slot> },
    /// Anything else.
    Evaluate,
}

/// What is looked for.
#[derive(Debug)]
pub(super) enum What {
    Literal(Search),
    Pattern(Arc<Pattern>),
}

/// Numbers the tests of the plans; the steps then name tests instead of expressions.
pub(super) fn number<'p>(
    graph: &mut Graph,
    slots: &[Option<Slot>],
    plans: impl Iterator<Item = &'p mut Plan>,
) -> Vec<Leaf> {
    let mut leaves: Vec<Leaf> = Vec::new();
    let mut numbers: FxHashMap<ExprId, u32> = FxHashMap::default();
    for plan in plans {
        for step in &mut plan.steps {
            let (Step::Test { expr, leaf, .. } | Step::Evaluate { expr, leaf, .. }) = step else { continue };
            let next = u32::try_from(leaves.len()).unwrap_or(u32::MAX);
            *leaf = *numbers.entry(*expr).or_insert(next);
            if *leaf == next {
                let slot = slots.get(expr.index()).copied().flatten();
                leaves.push(Leaf::new(graph, *expr, slot));
            }
        }
    }
    leaves
}

impl Leaf {
    fn new(graph: &mut Graph, expr: ExprId, slot: Option<Slot>) -> Self {
        let way = Way::new(graph, expr, slot);
        let node = graph.node(expr);
        Self { way, cost: node.cost, has_calls: !node.calls.is_empty(), is_plain: node.is_plain, expr }
    }
}

impl Way {
    fn new(graph: &mut Graph, id: ExprId, slot: Option<Slot>) -> Self {
        let node = graph.node(id);
        match node.expr {
            Expr::Compare(op, left, right) => Self::number(graph, op, left, right).unwrap_or(Self::Evaluate),
            Expr::Match(op, left, right) => {
                let text = if op == MatchOp::In { right } else { left };
                let pattern = node.pattern.clone().map(What::Pattern);
                let what = pattern.or_else(|| graph.take_search(id).map(What::Literal));
                what.map_or(Self::Evaluate, |what| Self::Find { text, what: Box::new(what), slot })
            }
            _ => Self::Evaluate,
        }
    }

    fn number(graph: &Graph, op: CompareOp, left: ExprId, right: ExprId) -> Option<Self> {
        let variable = |id| match graph.node(id).expr {
            Expr::Variable(variable) => Some(variable),
            _ => None,
        };
        let number = |id| match graph.constant_of(id) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        };
        match (variable(left), number(right), number(left), variable(right)) {
            (Some(variable), Some(number), ..) => Some(Self::Number { variable, op, number }),
            (.., Some(number), Some(variable)) => Some(Self::Number { variable, op: turned(op), number }),
            _ => None,
        }
    }
}

/// The operator that means the same with its operands exchanged.
fn turned(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Less => CompareOp::Greater,
        CompareOp::LessEqual => CompareOp::GreaterEqual,
        CompareOp::Greater => CompareOp::Less,
        CompareOp::GreaterEqual => CompareOp::LessEqual,
        equality => equality,
    }
}
