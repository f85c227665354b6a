//! Why a rule gave what it gave: the value of every part, what was matched where, and what decided.
//!
//! The rule is evaluated once more with a trace; nothing here is on the path of judging edits. All work is bounded:
//! values are shown in pieces of [`PREVIEW_BYTES`], and searching for matches again has the budget of one evaluation.

pub mod aggregate;
mod decisive;
mod found;
mod json;
mod outcome;
mod preview;
mod redact;
mod text;
mod trace;

use crate::diagnostic::{LineColumn, Lines};
use crate::error::{RuleError, Span};
use crate::evaluate::{End, Session};
use crate::program::Program;
use crate::rule::Rule;
use crate::syntax::tree::{ArithmeticOp, CompareOp, LogicOp, MatchOp, Node, NodeId, NodeKind, Tree};
use crate::value::Value;
use outcome::Outcomes;
use trace::Recorder;

/// Bytes of a value that are shown.
pub const PREVIEW_BYTES: usize = 256;

/// How a rule is explained.
#[derive(Clone, Copy, Default)]
pub struct ExplainOptions<'a> {
    /// The rule's text, for line numbers and snippets.
    pub source: &'a [u8],
    /// Whether parts that were skipped are evaluated too, as when a filter is saved: variables that are not set are
    /// then undefined, not null.
    ///
    /// Not done if the rule may read what must not be shown.
    pub full: bool,
    /// Variables whose values, and what would tell them, must not be shown.
    pub redact: &'a [&'a str],
    /// Whether matches and operands are left out: then it costs one evaluation.
    pub brief: bool,
    /// A clock in nanoseconds from any beginning, to measure parts with; without one there are no times.
    pub clock: Option<&'a dyn Fn() -> u64>,
}

/// What became of a part of the rule.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It had this value.
    Value(Value),
    /// It was skipped, but would have had this value.
    Speculative(Value),
    /// It was not evaluated.
    Skipped(Why),
    /// It may not be shown.
    Redacted,
}

/// Why a part was not evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The left side of `&` or `|` had decided already.
    ShortCircuit,
    /// The conditional took the other branch.
    OtherBranch,
    /// The rule had ended with an error, in this part or before it.
    Error,
    /// The rule waits for a variable that the caller must supply.
    Needs,
}

impl Why {
    /// The reason in a few words.
    pub fn name(self) -> &'static str {
        match self {
            Self::ShortCircuit => "short-circuit",
            Self::OtherBranch => "other branch",
            Self::Error => "error",
            Self::Needs => "needs a variable",
        }
    }
}

/// A match that an operator or function found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The matched text, at most [`PREVIEW_BYTES`] of it.
    pub text: String,
    /// Its bytes within the operand.
    pub at: (usize, usize),
    /// The texts of the pattern's groups, up to the last one that is set.
    pub groups: Vec<Option<String>>,
}

/// A value that an operator or function worked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operand {
    /// The variable's name, or the text of the expression.
    pub name: String,
    /// The part of its value around the match, or its beginning.
    pub preview: String,
    /// The length of its string form in bytes.
    pub bytes: u64,
}

/// A part of the rule.
#[derive(Debug, Clone)]
pub struct Part {
    /// The node of the tree.
    pub node: NodeId,
    /// The operator, the function's name, or what kind of part it is.
    pub op: String,
    /// Where it stands.
    pub span: Span,
    /// Where it begins.
    pub place: LineColumn,
    /// Its text on one line, shortened.
    pub snippet: String,
    /// Its parts.
    pub children: Vec<NodeId>,
    /// What became of it.
    pub outcome: Outcome,
    /// Conditions it used itself.
    pub conditions: u32,
    /// Nanoseconds it took itself, if there was a clock.
    pub time_ns: Option<u64>,
    /// What it matched.
    pub found: Option<Found>,
    /// What it worked on.
    pub operands: Vec<Operand>,
}

/// The explanation of one evaluation.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// Whether the rule matches; false if that is hidden.
    pub result: bool,
    /// Whether the result may not be told, and nothing that follows from it: the rule read what must not be shown.
    pub is_redacted: bool,
    /// Conditions used; 0 if that is hidden.
    pub conditions: u32,
    /// Nanoseconds for all of it, if there was a clock.
    pub time_ns: Option<u64>,
    /// A smallest set of parts such that fixing their values fixes the result; of an error, where it arose. Empty if
    /// it would tell what is redacted.
    pub decisive: Vec<NodeId>,
    /// All parts, by number; parts come before what they are parts of.
    pub parts: Vec<Part>,
    /// The whole rule; none if it is empty.
    pub root: Option<NodeId>,
    /// The error it ended with, unless it could tell what is redacted.
    pub error: Option<Box<RuleError>>,
    /// The variable that the caller must supply before the rule can end.
    pub needs: Option<String>,
}

/// Evaluates a rule and explains the result.
///
/// `session` should be one of its own: what it remembers of calls, and counts, changes as in any evaluation. Cost is
/// that of the evaluation, plus one more for matches, plus what is linear in the size of the rule.
pub fn explain(session: &mut Session<'_>, rule: &Rule, options: &ExplainOptions<'_>) -> Explanation {
    let tree = rule.tree();
    let mut recorder = Recorder::new(tree.len(), options.clock);
    let evaluation = session.evaluate_traced(rule, &mut recorder);
    let time_ns = recorder.elapsed();
    let is_full = options.full && !redact::may_read(rule, options.redact);
    let speculative = is_full.then(|| speculate(session, rule));
    let (error, needs) = match &evaluation.end {
        End::Error(error) => (Some(error.clone()), None),
        End::Needs(id) => (None, Some(session.vocabulary.name(*id).to_owned())),
        End::Value(_) => (None, None),
    };
    let stopped = if needs.is_some() { Why::Needs } else { Why::Error };
    let outcomes = Outcomes::new(tree, recorder, speculative, stopped);
    let hidden = redact::hidden(rule, options.redact, &outcomes);
    let decisive = match &error {
        Some(error) => decisive::failed_part(tree, error),
        None => decisive::decisive(rule, &outcomes),
    };
    let parts = parts(session, rule, &outcomes, &hidden, options);
    let is_redacted = hidden.is_reached();
    Explanation {
        result: evaluation.is_match() && !is_redacted,
        is_redacted,
        conditions: if is_redacted { 0 } else { evaluation.conditions },
        time_ns: time_ns.filter(|_| !is_redacted),
        decisive: if is_redacted { Vec::new() } else { decisive },
        parts,
        root: tree.root(),
        error: error.filter(|_| !is_redacted),
        needs: needs.filter(|_| !is_redacted),
    }
}

/// Evaluates every branch; gives the values by node.
fn speculate(session: &mut Session<'_>, rule: &Rule) -> Vec<Option<Value>> {
    let program: Program = rule.program_for_saving(session.options.release);
    let conditions = session.conditions;
    let mut recorder = Recorder::new(rule.tree().len(), None);
    session.run(&program, &mut recorder);
    session.conditions = conditions;
    Outcomes::new(rule.tree(), recorder, None, Why::Error).into_values()
}

fn parts(
    session: &mut Session<'_>,
    rule: &Rule,
    outcomes: &Outcomes,
    hidden: &redact::Hidden,
    options: &ExplainOptions<'_>,
) -> Vec<Part> {
    let tree = rule.tree();
    let lines = Lines::new(options.source);
    let mut finder = found::Finder::new(session, rule, options.source);
    let mut parts = Vec::with_capacity(tree.len());
    for (index, node) in tree.nodes().iter().enumerate() {
        let Ok(number) = u32::try_from(index) else {
            break;
        };
        let id = NodeId(number);
        let is_hidden = hidden.has(id);
        let is_plain = is_hidden || options.brief;
        let (found, operands) = if is_plain { (None, Vec::new()) } else { finder.find(id, outcomes) };
        parts.push(Part {
            node: id,
            op: op_name(tree, node),
            span: node.span,
            place: lines.place(node.span.start),
            snippet: preview::snippet(options.source, node.span),
            children: tree.children(id).to_vec(),
            outcome: if is_hidden { Outcome::Redacted } else { outcomes.outcome(id) },
            conditions: if is_hidden { 0 } else { outcomes.conditions(id) },
            time_ns: outcomes.time_ns(id).filter(|_| !is_hidden),
            found,
            operands,
        });
    }
    parts
}

fn op_name(tree: &Tree, node: &Node) -> String {
    let name = match node.kind {
        NodeKind::Call(name) => tree.name(name),
        NodeKind::Block => ";",
        NodeKind::Group => "()",
        NodeKind::Assign(_) => ":=",
        NodeKind::Append(_) => "[] :=",
        NodeKind::SetElement(_) => "[…] :=",
        NodeKind::Conditional => "?:",
        NodeKind::Logic(LogicOp::And) => "&",
        NodeKind::Logic(LogicOp::Or) => "|",
        NodeKind::Logic(LogicOp::Xor) => "^",
        NodeKind::Compare(op) => compare_name(op),
        NodeKind::Arithmetic(op) => arithmetic_name(op),
        NodeKind::Match(op) => match_name(op),
        NodeKind::Not => "!",
        NodeKind::Negate => "-",
        NodeKind::Plus => "+",
        NodeKind::Index => "[…]",
        NodeKind::Name(_) => "variable",
        NodeKind::Literal(_) => "literal",
        NodeKind::Array => "array",
    };
    name.to_owned()
}

fn compare_name(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Equal => "==",
        CompareOp::NotEqual => "!=",
        CompareOp::Identical => "===",
        CompareOp::NotIdentical => "!==",
        CompareOp::Less => "<",
        CompareOp::LessEqual => "<=",
        CompareOp::Greater => ">",
        CompareOp::GreaterEqual => ">=",
    }
}

fn arithmetic_name(op: ArithmeticOp) -> &'static str {
    match op {
        ArithmeticOp::Add => "+",
        ArithmeticOp::Subtract => "-",
        ArithmeticOp::Multiply => "*",
        ArithmeticOp::Divide => "/",
        ArithmeticOp::Modulo => "%",
        ArithmeticOp::Power => "**",
    }
}

fn match_name(op: MatchOp) -> &'static str {
    match op {
        MatchOp::In => "in",
        MatchOp::Contains => "contains",
        MatchOp::Like => "like",
        MatchOp::Rlike => "rlike",
        MatchOp::Irlike => "irlike",
    }
}

#[cfg(test)]
mod tests;
