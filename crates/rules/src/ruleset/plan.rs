//! From a rule to a plan: which expressions to test in which order.
//!
//! `& | ^ !`, conditionals and statements become jumps between tests. A rule that does more (assigns in branches,
//! reads what may be undefined, uses the value of `a & b` as more than true or false) has no plan and is left to the
//! plain evaluator.

use super::graph::{Expr, ExprId, Graph};
use super::spent::Beginning;
use crate::check::Resolved;
use crate::program::{LiteralPattern, mode, pattern_argument};
use crate::regex::{Mode, Pattern};
use crate::rule::Rule;
use crate::syntax::tree::{Literal, LogicOp, MatchOp, NodeId, NodeKind, Tree};
use crate::value::Value;
use crate::vocabulary::functions::FunctionId;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// An instruction of a plan; `yes`, `no` and `next` are steps of the same plan.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// Goes on at `yes` or `no`, as the expression is true or not.
    Test { expr: ExprId, yes: u32, no: u32 },
    /// Evaluates an expression whose value is of no interest (now).
    Evaluate { expr: ExprId, next: u32 },
    /// Goes on as a flag says.
    TestFlag { flag: u16, yes: u32, no: u32 },
    /// Sets a flag.
    SetFlag { flag: u16, value: bool, next: u32 },
    /// The rule is decided.
    End,
}

/// The plan of a rule.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) steps: Box<[Step]>,
    pub(super) start: u32,
    pub(super) flags: usize,
    /// Most calls that one evaluation can add to the remembered ones.
    pub(super) calls_max: usize,
    pub(super) beginning: Beginning,
}

/// Largest plan; `a ^ (b ^ (c ^ …))` would double with each level.
const STEPS_MAX: usize = 4_096;

/// Deepest nesting on right sides.
const DEPTH_MAX: usize = 64;

/// Largest tree that is planned.
const NODES_MAX: usize = 4_096;

/// What a user variable was given.
#[derive(Debug, Clone, Copy)]
enum Bound {
    Expr(ExprId),
    Flag(u16),
}

/// The plan of `rule`, if it can have one.
pub(super) fn plan(rule: &Rule, graph: &mut Graph) -> Option<Plan> {
    let root = rule.tree.root()?;
    if rule.tree.len() > NODES_MAX || rule.program.has_late_patterns || !assigns_before_reading(rule) {
        return None;
    }
    let mut planner = Planner {
        rule,
        tree: &rule.tree,
        graph,
        patterns: patterns(rule),
        exprs: vec![None; rule.tree.len()],
        bound: FxHashMap::default(),
        flags_at: FxHashMap::default(),
        steps: vec![Step::End, Step::End],
        flags: 0,
    };
    planner.lower()?;
    let start = planner.decide(root, YES, NO, 0)?;
    let calls_max = planner.calls_max();
    let beginning = Beginning::of(rule, |pc| *planner.exprs.get(rule.program.nodes.get(pc)?.index())?);
    Some(Plan { steps: planner.steps.into(), start, flags: usize::from(planner.flags), calls_max, beginning })
}

/// Whether every assignment is a statement, and whatever reads its variable comes later in the same block, so that it
/// has happened by then.
///
/// A block's nodes lie together in the tree, itself last: "later in the same block" is a range of nodes.
fn assigns_before_reading(rule: &Rule) -> bool {
    let tree = &rule.tree;
    let resolved = &rule.checked.resolved;
    let mut assigned: FxHashMap<u16, std::ops::RangeInclusive<usize>> = FxHashMap::default();
    for (index, node) in tree.nodes().iter().enumerate() {
        let Ok(number) = u32::try_from(index) else { return false };
        let id = NodeId(number);
        if node.kind == NodeKind::Block || tree.root() == Some(id) {
            let statements = if node.kind == NodeKind::Block { tree.children(id) } else { &[id] };
            for statement in statements {
                let (NodeKind::Assign(_), Some(Resolved::Local(local))) =
                    (tree.node(*statement).kind, resolved.get(statement.index()))
                else {
                    continue;
                };
                let range = statement.index()..=index;
                // Given again in the same block of the whole rule: each reading sees the latest.
                let widens = tree.root() == Some(id);
                match assigned.get_mut(local) {
                    Some(known) if widens && *known.end() == index => {}
                    Some(_) => return false,
                    None => {
                        assigned.insert(*local, range);
                    }
                }
            }
        }
    }
    let statements = tree.nodes().iter().filter(|node| matches!(node.kind, NodeKind::Assign(_))).count();
    let placed = blocks_assignments(tree);
    let others = tree.nodes().iter().any(|node| matches!(node.kind, NodeKind::Append(_) | NodeKind::SetElement(_)));
    if others || statements != placed || resolved.iter().any(|resolved| matches!(resolved, Resolved::Set(_))) {
        return false;
    }
    tree.nodes().iter().zip(resolved).enumerate().all(|(index, (node, resolved))| match (node.kind, resolved) {
        (NodeKind::Name(_), Resolved::Local(local)) => assigned.get(local).is_some_and(|range| range.contains(&index)),
        _ => true,
    })
}

/// Number of assignments that are statements of a block, or the whole rule.
fn blocks_assignments(tree: &Tree) -> usize {
    let is_assignment = |id: &NodeId| matches!(tree.node(*id).kind, NodeKind::Assign(_));
    let in_blocks: usize = (0..tree.len())
        .filter_map(|index| u32::try_from(index).ok().map(NodeId))
        .filter(|id| tree.node(*id).kind == NodeKind::Block)
        .map(|id| tree.children(id).iter().filter(|child| is_assignment(child)).count())
        .sum();
    in_blocks + usize::from(tree.root().is_some_and(|root| is_assignment(&root)))
}

/// The first step of every plan: the rule matches.
pub(super) const YES: u32 = 0;

/// The second: it does not.
pub(super) const NO: u32 = 1;

fn patterns(rule: &Rule) -> FxHashMap<NodeId, &LiteralPattern> {
    let program = &rule.program;
    let with_nodes = program.ops.iter().zip(&program.nodes);
    with_nodes.filter_map(|(op, node)| Some((*node, program.patterns.get(op.pattern()? as usize)?))).collect()
}

struct Planner<'a> {
    rule: &'a Rule,
    tree: &'a Tree,
    graph: &'a mut Graph,
    patterns: FxHashMap<NodeId, &'a LiteralPattern>,
    /// By node: its expression, if it is one.
    exprs: Vec<Option<ExprId>>,
    /// By user variable: what it was last given.
    bound: FxHashMap<u16, Bound>,
    /// The flags of assignments whose value is only true or false, and of the names that read them.
    flags_at: FxHashMap<NodeId, u16>,
    steps: Vec<Step>,
    flags: u16,
}

impl Planner<'_> {
    /// Plans the statements of a block; the last one decides.
    fn sequence(&mut self, statements: &[NodeId], yes: u32, no: u32, depth: usize) -> Option<u32> {
        let (last, before) = statements.split_last()?;
        let mut next = self.last_statement(*last, yes, no, depth)?;
        for statement in before.iter().rev() {
            let value = self.value_of(*statement);
            next = match (self.flags_at.get(statement).copied(), self.expr(value)) {
                (Some(flag), _) => self.set_flag(value, flag, next, depth)?,
                (None, Some(expr)) => self.step(Step::Evaluate { expr, next })?,
                (None, None) => self.decide(value, next, next, depth + 1)?,
            };
        }
        Some(next)
    }

    fn last_statement(&mut self, statement: NodeId, yes: u32, no: u32, depth: usize) -> Option<u32> {
        let value = self.value_of(statement);
        match self.flags_at.get(&statement).copied() {
            Some(flag) => {
                let decided = self.step(Step::TestFlag { flag, yes, no })?;
                self.set_flag(value, flag, decided, depth)
            }
            None => self.decide(value, yes, no, depth + 1),
        }
    }

    /// What a statement computes: the right side of an assignment, or itself.
    fn value_of(&self, statement: NodeId) -> NodeId {
        match (self.tree.node(statement).kind, self.tree.children(statement)) {
            (NodeKind::Assign(_), [value]) => *value,
            _ => statement,
        }
    }

    fn set_flag(&mut self, value: NodeId, flag: u16, next: u32, depth: usize) -> Option<u32> {
        let yes = self.step(Step::SetFlag { flag, value: true, next })?;
        let no = self.step(Step::SetFlag { flag, value: false, next })?;
        self.decide(value, yes, no, depth + 1)
    }

    fn step(&mut self, step: Step) -> Option<u32> {
        if self.steps.len() >= STEPS_MAX {
            return None;
        }
        self.steps.push(step);
        u32::try_from(self.steps.len() - 1).ok()
    }

    fn expr(&self, id: NodeId) -> Option<ExprId> {
        self.exprs.get(id.index()).copied().flatten()
    }

    /// The step at which deciding whether `node` is true begins.
    fn decide(&mut self, mut node: NodeId, mut yes: u32, mut no: u32, depth: usize) -> Option<u32> {
        if depth > DEPTH_MAX {
            return None;
        }
        loop {
            let tree = self.tree;
            match (tree.node(node).kind, tree.children(node)) {
                (NodeKind::Group | NodeKind::Plus, [inner]) => node = *inner,
                // Also where the whole is an expression: `!x` then shares the test of `x`.
                (NodeKind::Not, [inner]) => {
                    std::mem::swap(&mut yes, &mut no);
                    node = *inner;
                }
                _ if self.expr(node).is_some() => {
                    let expr = self.expr(node)?;
                    return self.step(Step::Test { expr, yes, no });
                }
                (NodeKind::Logic(op), [left, right]) => {
                    (yes, no) = match op {
                        LogicOp::And => (self.decide(*right, yes, no, depth + 1)?, no),
                        LogicOp::Or => (yes, self.decide(*right, yes, no, depth + 1)?),
                        LogicOp::Xor => {
                            (self.decide(*right, no, yes, depth + 1)?, self.decide(*right, yes, no, depth + 1)?)
                        }
                    };
                    node = *left;
                }
                (NodeKind::Conditional, [condition, then, rest @ ..]) => {
                    let other = match rest.first() {
                        Some(other) => self.decide(*other, yes, no, depth + 1)?,
                        None => no,
                    };
                    yes = self.decide(*then, yes, no, depth + 1)?;
                    no = other;
                    node = *condition;
                }
                (NodeKind::Name(_), []) => {
                    let flag = *self.flags_at.get(&node)?;
                    return self.step(Step::TestFlag { flag, yes, no });
                }
                (NodeKind::Block, statements) => return self.sequence(statements, yes, no, depth + 1),
                (NodeKind::Assign(_), _) => return self.last_statement(node, yes, no, depth + 1),
                (NodeKind::Match(_) | NodeKind::Compare(_), [left, right]) => {
                    (node, yes, no) = self.lift(node, *left, *right, yes, no)?;
                }
                _ => return None,
            }
        }
    }

    /// `(c ? a : b) op x` is decided as `c ? a op x : b op x`: the condition, and where it leads.
    fn lift(&mut self, node: NodeId, left: NodeId, right: NodeId, yes: u32, no: u32) -> Option<(NodeId, u32, u32)> {
        let tree = self.tree;
        let conditional = tree.bare(left);
        let (NodeKind::Conditional, [condition, then, other]) =
            (tree.node(conditional).kind, tree.children(conditional))
        else {
            return None;
        };
        let right = self.expr(right)?;
        let mut branch = |branch: NodeId| {
            let left = self.expr(branch)?;
            let expr = match tree.node(node).kind {
                NodeKind::Match(op) => self.matching(node, op, left, right)?,
                NodeKind::Compare(op) => self.graph.add(Expr::Compare(op, left, right), None, false)?,
                _ => return None,
            };
            self.step(Step::Test { expr, yes, no })
        };
        let (then, other) = (branch(*then)?, branch(*other)?);
        Some((*condition, then, other))
    }

    /// Gives the nodes their expressions, in order of the text: children come before parents, assignments before what
    /// reads them.
    fn lower(&mut self) -> Option<()> {
        for index in 0..self.exprs.len() {
            let id = NodeId(u32::try_from(index).ok()?);
            let expr = self.lowered(id);
            *self.exprs.get_mut(index)? = expr;
            if let (NodeKind::Assign(_), [value]) = (self.tree.node(id).kind, self.tree.children(id)) {
                self.bind(id, *value)?;
            }
        }
        Some(())
    }

    /// Binds the variable of an assignment: to an expression, or to a flag if only its truth can be known.
    fn bind(&mut self, assignment: NodeId, value: NodeId) -> Option<()> {
        let Resolved::Local(local) = *self.rule.checked.resolved.get(assignment.index())? else { return None };
        let bound = match self.expr(value) {
            Some(expr) => Bound::Expr(self.graph.known(expr)?),
            None => {
                self.flags_at.insert(assignment, self.flags);
                self.flags = self.flags.checked_add(1)?;
                Bound::Flag(self.flags - 1)
            }
        };
        self.bound.insert(local, bound);
        Some(())
    }

    fn lowered(&mut self, id: NodeId) -> Option<ExprId> {
        let tree = self.tree;
        let operands: Vec<ExprId> = tree.children(id).iter().map(|child| self.expr(*child)).collect::<Option<_>>()?;
        let expr = match (tree.node(id).kind, operands.as_slice()) {
            (NodeKind::Group | NodeKind::Plus, [inner]) => return Some(*inner),
            (NodeKind::Literal(index), []) => {
                return self.graph.literal(tree.literals().get(index as usize)?);
            }
            (NodeKind::Name(_), []) => match self.rule.checked.resolved.get(id.index())? {
                Resolved::Variable(variable) => Expr::Variable(*variable),
                Resolved::Local(local) => match *self.bound.get(local)? {
                    Bound::Expr(expr) => return Some(expr),
                    Bound::Flag(flag) => {
                        self.flags_at.insert(id, flag);
                        return None;
                    }
                },
                _ => return None,
            },
            (NodeKind::Compare(op), [left, right]) => Expr::Compare(op, *left, *right),
            (NodeKind::Arithmetic(op), [left, right]) => Expr::Arithmetic(op, *left, *right),
            (NodeKind::Match(op), [left, right]) => return self.matching(id, op, *left, *right),
            (NodeKind::Not, [inner]) => Expr::Not(*inner),
            (NodeKind::Negate, [inner]) => match self.graph.constant_of(*inner) {
                Some(Value::Int(number)) if *number > 0 => return self.graph.literal(&Literal::Int(-number)),
                _ => Expr::Negate(*inner),
            },
            (NodeKind::Index, [array, index]) => Expr::Index(*array, *index),
            (NodeKind::Array, _) => Expr::Array(operands.into()),
            (NodeKind::Call(_), _) => match self.rule.checked.resolved.get(id.index())? {
                Resolved::Function(function) => return self.calling(id, *function, operands),
                _ => return None,
            },
            _ => return None,
        };
        self.graph.add(expr, None, false)
    }

    fn matching(&mut self, id: NodeId, op: MatchOp, left: ExprId, right: ExprId) -> Option<ExprId> {
        let (left, right) = (self.graph.text(left)?, self.graph.text(right)?);
        let expr = Expr::Match(op, left, right);
        match op {
            MatchOp::In | MatchOp::Contains => self.graph.add(expr, None, false),
            MatchOp::Like | MatchOp::Rlike | MatchOp::Irlike => {
                let pattern = self.pattern(id, right, mode(op)?);
                // A glob that is no pattern never matches, and one that matches nothing warns of nothing.
                let warns = |pattern: &Arc<Pattern>| op != MatchOp::Like && pattern.matches_empty();
                let is_plain = pattern.as_ref().is_none_or(warns);
                self.graph.add(expr, pattern, is_plain)
            }
        }
    }

    /// The pattern of a match or call whose pattern operand is `text`.
    fn pattern(&mut self, id: NodeId, text: ExprId, mode: Mode) -> Option<Arc<Pattern>> {
        let known = self.patterns.get(&id).and_then(|pattern| pattern.as_ref().ok().cloned());
        self.graph.pattern(text, mode, self.rule.release, known)
    }

    fn calling(&mut self, id: NodeId, function: FunctionId, operands: Vec<ExprId>) -> Option<ExprId> {
        let argument = pattern_argument(function, operands.len());
        let pattern = match argument.and_then(|index| operands.get(index)) {
            Some(text) => self.pattern(id, *text, Mode::Perl),
            None => None,
        };
        // str_replace_regexp warns by rules of its own.
        let is_plain = argument.is_some()
            && (function == FunctionId::StrReplaceRegexp
                || pattern.as_ref().is_none_or(|pattern| pattern.matches_empty()));
        let call = self.graph.add(Expr::Call(function, operands.into()), pattern, is_plain)?;
        if matches!(function, FunctionId::CcnormContainsAny | FunctionId::CcnormContainsAll) {
            self.graph.set_normal(call)?;
        }
        Some(call)
    }

    fn calls_max(&self) -> usize {
        let exprs = self.steps.iter().filter_map(|step| match step {
            Step::Test { expr, .. } | Step::Evaluate { expr, .. } => Some(*expr),
            _ => None,
        });
        exprs.map(|expr| self.graph.node(expr).calls.len()).sum()
    }
}
