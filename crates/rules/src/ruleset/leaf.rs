//! The tests that plans are made of, with the common ones prepared.

use super::calls;
use super::grams::{Ask, Questions};
use super::graph::{Expr, ExprId, Graph, Search};
use super::plan::{self, Plan};
use crate::regex::Pattern;
use crate::syntax::tree::{CompareOp, MatchOp};
use crate::value::{Text, Value, compare};
use crate::vocabulary::VariableId;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Where a rule has matched: a place in the steps of all rules that needs no step.
pub(super) const YES: u32 = plan::YES;

/// Where a rule has not matched.
pub(super) const NO: u32 = plan::NO;

/// Number of places that need no step.
const ENDS: u32 = 2;

/// A step on the way to a rule's answer. One layout for all kinds keeps the walk short.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) kind: Kind,
    /// Conditions that a test counts, calls that are new apart.
    pub(super) cost: u16,
    /// The test, or the flag.
    pub(super) number: u32,
    /// Where to go on if the test is true, or the flag is set, or in any case.
    pub(super) yes: u32,
    /// Where to go on if not.
    pub(super) no: u32,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Makes a test without calls.
    Test,
    /// Makes a test with calls, which count more if they are new.
    TestCalling,
    /// Counts calls whose values can wait.
    PutOff,
    /// Goes on as a flag says.
    TestFlag,
    /// Sets a flag.
    SetFlag,
    /// Takes a flag back.
    UnsetFlag,
}

impl Kind {
    /// Whether the step's number is that of a test.
    fn is_about_test(self) -> bool {
        matches!(self, Self::Test | Self::TestCalling | Self::PutOff)
    }
}

/// A test: whether an expression is true.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) way: Way,
    /// What it asks about a text.
    pub(super) ask: Option<Ask>,
    /// Whether the plain evaluator must do it.
    pub(super) is_plain: bool,
    pub(super) expr: ExprId,
}

/// How a test is made.
#[derive(Debug)]
pub(super) enum Way {
    /// A variable against a whole number.
    Number { variable: VariableId, op: CompareOp, number: i64 },
    /// Whether a variable is a text, or is not.
    Equal { variable: VariableId, text: Text, is_equal: bool },
    /// Looking for something in a text.
    Find { text: Source, what: What },
    /// A call that asks about a text, or a constant beside one: what it is worth if nothing is found.
    Call { call: ExprId, ask: Ask, if_absent: bool },
    /// Anything else.
    Evaluate,
}

/// Where a text comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    pub(super) expr: ExprId,
    /// The variable of which it is the string form.
    pub(super) variable: Option<VariableId>,
}

/// What is looked for.
#[derive(Debug)]
pub(super) enum What {
    Literal(Search),
    Pattern(Arc<Pattern>),
}

/// The tests of all plans, and the steps that make them.
#[derive(Debug, Default)]
pub(super) struct Course {
    pub(super) steps: Vec<Step>,
    pub(super) leaves: Vec<Leaf>,
    numbers: FxHashMap<ExprId, u32>,
}

impl Course {
    /// Appends a plan's steps; where they begin.
    pub(super) fn add(&mut self, graph: &mut Graph, plan: &Plan) -> Option<u32> {
        let base = u32::try_from(self.steps.len()).ok()?;
        let behind = base.checked_add(u32::try_from(plan.steps.len()).ok()?)?.checked_add(1)?;
        // The ends are the first steps of every plan. Plans are made from the end; here they stand as they are walked.
        let place = |at: u32| if at < ENDS { at } else { behind.saturating_sub(at) };
        for step in plan.steps.iter().skip(ENDS as usize).rev() {
            let step = match *step {
                plan::Step::Test { expr, yes, no } => self.test(graph, expr, place(yes), place(no)),
                plan::Step::Evaluate { expr, next } => {
                    let step = self.test(graph, expr, place(next), place(next));
                    if graph.node(expr).can_wait { Step { kind: Kind::PutOff, ..step } } else { step }
                }
                plan::Step::TestFlag { flag, yes, no } => {
                    Step { kind: Kind::TestFlag, cost: 0, number: u32::from(flag), yes: place(yes), no: place(no) }
                }
                plan::Step::SetFlag { flag, value, next } => {
                    let kind = if value { Kind::SetFlag } else { Kind::UnsetFlag };
                    Step { kind, cost: 0, number: u32::from(flag), yes: place(next), no: place(next) }
                }
                plan::Step::End => return None,
            };
            self.steps.push(step);
        }
        Some(place(plan.start))
    }

    /// Puts the tests in another order: that of their numbers before.
    pub(super) fn reorder(&mut self, order: &[usize]) {
        let mut before: Vec<Option<Leaf>> = std::mem::take(&mut self.leaves).into_iter().map(Some).collect();
        let mut numbers = vec![u32::MAX; before.len()];
        for (number, now) in order.iter().zip(0..) {
            if let (Some(leaf), Some(place)) =
                (before.get_mut(*number).and_then(Option::take), numbers.get_mut(*number))
            {
                self.leaves.push(leaf);
                *place = now;
            }
        }
        for step in self.steps.iter_mut().filter(|step| step.kind.is_about_test()) {
            step.number = numbers.get(step.number as usize).copied().unwrap_or(u32::MAX);
        }
    }

    /// The step at a place that is no end.
    #[inline]
    pub(super) fn step(steps: &[Step], at: u32) -> Option<&Step> {
        steps.get(at.wrapping_sub(ENDS) as usize)
    }

    fn test(&mut self, graph: &mut Graph, expr: ExprId, yes: u32, no: u32) -> Step {
        let next = u32::try_from(self.leaves.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(expr).or_insert(next);
        if number == next {
            self.leaves.push(Leaf::new(graph, expr));
        }
        let node = graph.node(expr);
        // A test that costs more is left to the plain evaluator.
        let cost = u16::try_from(node.cost).unwrap_or(u16::MAX);
        let kind = if node.calls.is_empty() { Kind::Test } else { Kind::TestCalling };
        Step { kind, cost, number, yes, no }
    }
}

impl Leaf {
    fn new(graph: &mut Graph, expr: ExprId) -> Self {
        let way = Way::new(graph, expr);
        let node = graph.node(expr);
        Self { way, ask: None, is_plain: node.is_plain || node.cost > u32::from(u16::MAX), expr }
    }

    /// Prepares a test of a call that asks about a text, alone or beside a constant.
    pub(super) fn prepare_call(&mut self, graph: &Graph, questions: &Questions) {
        if !matches!(self.way, Way::Evaluate) || self.is_plain {
            return;
        }
        let absent = |call: ExprId| match &graph.node(call).expr {
            Expr::Call(function, _) => Some((call, questions.of_call(call)?, calls::absent(*function))),
            _ => None,
        };
        let found = match graph.node(self.expr).expr {
            Expr::Compare(op, left, right) => match (graph.constant_of(left), graph.constant_of(right)) {
                (None, Some(Value::Int(number))) => absent(left)
                    .map(|(call, ask, value)| (call, ask, compare::compare(op, &value, &Value::Int(*number)))),
                (Some(Value::Int(number)), None) => absent(right)
                    .map(|(call, ask, value)| (call, ask, compare::compare(op, &Value::Int(*number), &value))),
                _ => None,
            },
            _ => absent(self.expr),
        };
        if let Some((call, ask, value)) = found {
            self.way = Way::Call { call, ask, if_absent: value.is_true() };
        }
    }
}

impl Way {
    fn new(graph: &mut Graph, id: ExprId) -> Self {
        let node = graph.node(id);
        match node.expr {
            Expr::Compare(op, left, right) => Self::number(graph, op, left, right)
                .or_else(|| Self::equal(graph, op, left, right))
                .unwrap_or(Self::Evaluate),
            Expr::Match(op, left, right) => {
                let text = if op == MatchOp::In { right } else { left };
                let pattern = node.pattern.clone().map(What::Pattern);
                let what = pattern.or_else(|| graph.take_search(id).map(What::Literal));
                let variable = match graph.node(text).expr {
                    Expr::Text(inner) => variable(graph, inner),
                    _ => None,
                };
                what.map_or(Self::Evaluate, |what| Self::Find { text: Source { expr: text, variable }, what })
            }
            _ => Self::Evaluate,
        }
    }

    fn equal(graph: &Graph, op: CompareOp, left: ExprId, right: ExprId) -> Option<Self> {
        let is_equal = match op {
            CompareOp::Equal | CompareOp::Identical => true,
            CompareOp::NotEqual | CompareOp::NotIdentical => false,
            _ => return None,
        };
        let (variable, constant) = match (variable(graph, left), variable(graph, right)) {
            (Some(variable), _) => (variable, right),
            (None, variable) => (variable?, left),
        };
        match graph.constant_of(constant) {
            Some(Value::Str(text)) => Some(Self::Equal { variable, text: text.clone(), is_equal }),
            _ => None,
        }
    }

    fn number(graph: &Graph, op: CompareOp, left: ExprId, right: ExprId) -> Option<Self> {
        let variable = |id| variable(graph, id);
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

fn variable(graph: &Graph, id: ExprId) -> Option<VariableId> {
    match graph.node(id).expr {
        Expr::Variable(variable) => Some(variable),
        _ => None,
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
