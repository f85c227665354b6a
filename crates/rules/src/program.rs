//! A checked rule as a flat program: no recursion at run time, whatever the shape of the rule.

use crate::check::{Checked, Resolved};
use crate::error::Span;
use crate::regex::{Allowance, Mode, Pattern, PatternError};
use crate::release::Release;
use crate::syntax::tree::{ArithmeticOp, CompareOp, Literal, LogicOp, MatchOp, Node, NodeId, NodeKind, Step, Tree};
use crate::value::Value;
use crate::vocabulary::VariableId;
use crate::vocabulary::functions::FunctionId;
use std::sync::Arc;

/// An instruction. Operands lie on a stack.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Op {
    Const(u32),
    Null,
    Variable(VariableId),
    Local(u16),
    Store(u16),
    /// Pushes a local that is about to get an element: it must be an array, if it is set.
    Base(u16),
    /// Checks the index on top against the base below.
    Place,
    StoreElement(u16),
    Append(u16),
    Pop,
    Jump(u32),
    /// Takes the top away and jumps if it is not true.
    JumpUnless(u32),
    /// Keeps the top and jumps if it is not true; else takes it away.
    AndJump(u32),
    /// Keeps the top and jumps if it is true; else takes it away.
    OrJump(u32),
    ToBool,
    Xor,
    /// At save time: both operands were evaluated; what the operator yields.
    Both(LogicOp),
    /// At save time: evaluates both branches, the discarded one first: index into the branch table.
    Branch(u32),
    Return,
    Compare(CompareOp),
    Arithmetic(ArithmeticOp),
    Match(MatchOp, PatternIndex),
    Not,
    Negate,
    Index,
    Call(FunctionId, u32, PatternIndex),
    Set(u16),
    Array(u32),
}

impl Op {
    /// The instruction's literal pattern.
    pub(crate) fn pattern(self) -> PatternIndex {
        match self {
            Self::Match(_, pattern) | Self::Call(_, _, pattern) => pattern,
            _ => None,
        }
    }
}

/// Index into [`Program::patterns`], or none.
pub(crate) type PatternIndex = Option<u32>;

/// A pattern that is written as a literal, compiled once, with its rule.
pub(crate) type LiteralPattern = Result<Arc<Pattern>, PatternError>;

/// Where the parts of a conditional lie that is evaluated with both branches.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Branches {
    pub(crate) then: u32,
    pub(crate) other: u32,
    pub(crate) end: u32,
}

/// Whether skipped branches are evaluated too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// As when filters run.
    Run,
    /// As when a filter is saved.
    Save,
}

/// The program of one rule.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) ops: Vec<Op>,
    /// By instruction: the node whose value it computes.
    pub(crate) nodes: Vec<NodeId>,
    tree: Arc<Tree>,
    pub(crate) constants: Vec<Value>,
    pub(crate) patterns: Vec<LiteralPattern>,
    /// Whether the rule has so many or so large patterns that some are left to the evaluation.
    pub(crate) has_late_patterns: bool,
    pub(crate) branches: Vec<Branches>,
    pub(crate) locals: Vec<Box<str>>,
    pub(crate) purpose: Purpose,
}

/// The function's argument that is a pattern.
pub(crate) fn pattern_argument(function: FunctionId, arguments: usize) -> Option<usize> {
    match function {
        FunctionId::Rcount if arguments == 2 => Some(0),
        FunctionId::GetMatches => Some(0),
        FunctionId::StrReplaceRegexp => Some(1),
        _ => None,
    }
}

pub(crate) fn mode(op: MatchOp) -> Option<Mode> {
    match op {
        MatchOp::Rlike => Some(Mode::Perl),
        MatchOp::Irlike => Some(Mode::PerlCaseless),
        MatchOp::Like => Some(Mode::Like),
        MatchOp::In | MatchOp::Contains => None,
    }
}

/// The constant as a value.
pub(crate) fn constant(literal: &Literal) -> Value {
    match literal {
        Literal::Null => Value::Null,
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(number) => Value::Int(*number),
        Literal::Float(number) => Value::Float(*number),
        Literal::Str(bytes) => Value::text(bytes.clone()),
    }
}

impl Program {
    pub(crate) fn new(tree: &Arc<Tree>, checked: &Checked, release: Release, purpose: Purpose) -> Self {
        let mut emitter = Emitter {
            tree,
            checked,
            release,
            patches: Vec::new(),
            allowance: Allowance::new(),
            program: Self {
                ops: Vec::with_capacity(tree.len()),
                nodes: Vec::with_capacity(tree.len()),
                tree: Arc::clone(tree),
                constants: tree.literals().iter().map(constant).collect(),
                patterns: Vec::new(),
                has_late_patterns: false,
                branches: Vec::new(),
                locals: checked.locals.clone(),
                purpose,
            },
        };
        if let Some(root) = tree.root() {
            for step in tree.walk(root) {
                emitter.step(step);
            }
        } else {
            emitter.program.ops.push(Op::Null);
            emitter.program.nodes.push(NodeId(0));
        }
        emitter.program
    }

    /// Whether it calls functions whose results are remembered.
    pub(crate) fn has_calls(&self) -> bool {
        self.ops.iter().any(|op| matches!(op, Op::Call(..)))
    }

    /// The position that errors of an instruction report.
    pub(crate) fn position(&self, pc: usize) -> u32 {
        self.node(pc).map_or(0, |node| node.at)
    }

    /// The text that errors of an instruction are about.
    pub(crate) fn span(&self, pc: usize) -> Span {
        self.node(pc).map_or_else(Span::default, |node| node.span)
    }

    fn node(&self, pc: usize) -> Option<&Node> {
        self.tree.nodes().get(self.nodes.get(pc)?.index())
    }
}

struct Emitter<'a> {
    tree: &'a Tree,
    checked: &'a Checked,
    release: Release,
    /// Jumps whose targets are not known yet, innermost last.
    patches: Vec<usize>,
    allowance: Allowance,
    program: Program,
}

impl Emitter<'_> {
    #[expect(clippy::cast_possible_truncation, reason = "fewer instructions than bytes of text")]
    fn here(&self) -> u32 {
        self.program.ops.len() as u32
    }

    fn emit(&mut self, op: Op, id: NodeId) {
        self.program.ops.push(op);
        self.program.nodes.push(id);
    }

    fn emit_jump(&mut self, op: Op, id: NodeId) {
        self.patches.push(self.program.ops.len());
        self.emit(op, id);
    }

    /// Lets the innermost open jump lead here.
    fn land(&mut self) {
        let here = self.here();
        let jump = self.patches.pop().and_then(|at| self.program.ops.get_mut(at));
        if let Some(Op::Jump(to) | Op::JumpUnless(to) | Op::AndJump(to) | Op::OrJump(to)) = jump {
            *to = here;
        }
    }

    fn resolved(&self, id: NodeId) -> Resolved {
        self.checked.resolved.get(id.index()).copied().unwrap_or(Resolved::Nothing)
    }

    fn local(&self, id: NodeId) -> u16 {
        match self.resolved(id) {
            Resolved::Local(local) | Resolved::Set(local) => local,
            _ => unreachable!("the checker resolves every assignment"),
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Enter(id) => match self.tree.node(id).kind {
                NodeKind::Append(_) => self.emit(Op::Local(self.local(id)), id),
                NodeKind::SetElement(_) => self.emit(Op::Base(self.local(id)), id),
                _ => {}
            },
            Step::Child(id, number) => self.between(id, self.tree.node(id).kind, number),
            Step::Leave(id) => self.leave(id, *self.tree.node(id)),
        }
    }

    fn between(&mut self, id: NodeId, kind: NodeKind, number: usize) {
        let run = self.program.purpose == Purpose::Run;
        match (kind, number) {
            (NodeKind::Block, 1..) => self.emit(Op::Pop, id),
            (NodeKind::SetElement(_), 1) => self.emit(Op::Place, id),
            (NodeKind::Logic(LogicOp::And), 1) if run => self.emit_jump(Op::AndJump(0), id),
            (NodeKind::Logic(LogicOp::Or), 1) if run => self.emit_jump(Op::OrJump(0), id),
            (NodeKind::Conditional, 1) if run => self.emit_jump(Op::JumpUnless(0), id),
            (NodeKind::Conditional, 1) => {
                let index = u32::try_from(self.program.branches.len()).unwrap_or(u32::MAX);
                self.emit(Op::Branch(index), id);
                self.patches.push(self.program.branches.len());
                self.program.branches.push(Branches { then: self.here(), ..Branches::default() });
            }
            (NodeKind::Conditional, 2) => self.second_branch(id),
            _ => {}
        }
    }

    /// Behind the first branch of a conditional.
    fn second_branch(&mut self, id: NodeId) {
        if self.program.purpose == Purpose::Run {
            let over = self.program.ops.len();
            self.emit(Op::Jump(0), id);
            self.land();
            self.patches.push(over);
        } else {
            self.emit(Op::Return, id);
            let here = self.here();
            if let Some(branches) = self.open_branches() {
                branches.other = here;
            }
        }
    }

    fn open_branches(&mut self) -> Option<&mut Branches> {
        let index = *self.patches.last()?;
        self.program.branches.get_mut(index)
    }

    fn leave(&mut self, id: NodeId, node: Node) {
        match node.kind {
            NodeKind::Block | NodeKind::Group | NodeKind::Plus => {}
            NodeKind::Assign(_) => self.emit(Op::Store(self.local(id)), id),
            NodeKind::Append(_) => self.emit(Op::Append(self.local(id)), id),
            NodeKind::SetElement(_) => self.emit(Op::StoreElement(self.local(id)), id),
            NodeKind::Conditional => self.leave_conditional(id),
            NodeKind::Logic(LogicOp::Xor) => self.emit(Op::Xor, id),
            NodeKind::Logic(op) if self.program.purpose == Purpose::Save => self.emit(Op::Both(op), id),
            NodeKind::Logic(_) => {
                self.emit(Op::ToBool, id);
                self.land();
            }
            NodeKind::Compare(op) => self.emit(Op::Compare(op), id),
            NodeKind::Arithmetic(op) => self.emit(Op::Arithmetic(op), id),
            NodeKind::Match(op) => {
                let right = self.tree.children(id).get(1).copied();
                let pattern = self.pattern(right, mode(op));
                self.emit(Op::Match(op, pattern), id);
            }
            NodeKind::Not => self.emit(Op::Not, id),
            NodeKind::Negate => self.emit(Op::Negate, id),
            NodeKind::Index => self.emit(Op::Index, id),
            NodeKind::Call(_) => self.leave_call(id),
            NodeKind::Name(_) => self.leave_name(id),
            NodeKind::Literal(index) => self.emit(Op::Const(index), id),
            NodeKind::Array => {
                let count = u32::try_from(self.tree.children(id).len()).unwrap_or(u32::MAX);
                self.emit(Op::Array(count), id);
            }
        }
    }

    fn leave_name(&mut self, id: NodeId) {
        match self.resolved(id) {
            Resolved::Variable(variable) => self.emit(Op::Variable(variable), id),
            Resolved::Local(local) => self.emit(Op::Local(local), id),
            _ => unreachable!("the checker resolves every name"),
        }
    }

    fn leave_conditional(&mut self, id: NodeId) {
        let has_other = self.tree.children(id).len() == 3;
        if !has_other {
            self.second_branch(id);
            self.emit(Op::Null, id);
        }
        if self.program.purpose == Purpose::Run {
            self.land();
            return;
        }
        self.emit(Op::Return, id);
        let here = self.here();
        if let Some(branches) = self.open_branches() {
            branches.end = here;
        }
        self.patches.pop();
    }

    fn leave_call(&mut self, id: NodeId) {
        match self.resolved(id) {
            Resolved::Set(local) => self.emit(Op::Set(local), id),
            Resolved::Function(function) => {
                let arguments = self.tree.children(id);
                let argument = pattern_argument(function, arguments.len());
                let pattern = argument.and_then(|index| arguments.get(index).copied());
                let pattern = self.pattern(pattern, Some(Mode::Perl));
                let count = u32::try_from(arguments.len()).unwrap_or(u32::MAX);
                self.emit(Op::Call(function, count, pattern), id);
            }
            _ => unreachable!("the checker resolves every call"),
        }
    }

    /// Compiles a pattern that is written as a string literal, if the rule's allowance has something left.
    fn pattern(&mut self, literal: Option<NodeId>, mode: Option<Mode>) -> PatternIndex {
        let Literal::Str(text) = self.tree.literal(literal?)? else { return None };
        let Some(pattern) = self.allowance.compile(text, mode?, self.release) else {
            self.program.has_late_patterns = true;
            return None;
        };
        self.program.patterns.push(pattern);
        u32::try_from(self.program.patterns.len() - 1).ok()
    }
}
