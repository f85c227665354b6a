//! Rules whose turn comes when the conditions of the action are used up.
//!
//! Such a rule fails at the first condition that it counts. Which one that is shows from its program: before it, most
//! rules only read variables, or make calls that are remembered and count nothing.

use super::graph::{Expr, ExprId};
use super::run::Runner;
use super::{Compiled, Outcome, Verdict};
use crate::budget::Meter;
use crate::error::{ErrorId, RuleError};
use crate::evaluate::memory::Key;
use crate::program::{Op, Program};
use crate::rule::Rule;
use crate::syntax::tree::ArithmeticOp;
use crate::value::Value;
use crate::vocabulary::VariableId;

/// Least budget of work for which it is told beforehand: the beginning of a rule cannot use it up.
const WORK_MIN: u64 = 1_000_000;

/// Most bytes that a beginning with calls may read.
const BYTES_MAX: u64 = 64 << 10;

/// Most instructions of a beginning.
const OPS_MAX: usize = 32;

/// The beginning of a rule's program, to the first condition that it is sure to count.
#[derive(Debug)]
pub(super) struct Beginning {
    /// What it reads.
    variables: Box<[VariableId]>,
    /// What it reckons with: whole numbers, or anything may happen.
    numbers: Box<[VariableId]>,
    /// Calls, which count unless they are remembered, and what is told of each.
    calls: Box<[(ExprId, RuleError)]>,
    /// What is told of the first condition behind; none if something else may happen there.
    error: Option<RuleError>,
}

impl Beginning {
    /// `call` gives the expression of a call by the place of its instruction.
    pub(super) fn of(rule: &Rule, call: impl Fn(usize) -> Option<ExprId>) -> Self {
        let program = &rule.program;
        let (mut variables, mut numbers, mut calls, mut error) = (Vec::new(), Vec::new(), Vec::new(), None);
        for (pc, op) in program.ops.iter().enumerate().take(OPS_MAX) {
            match *op {
                Op::Const(_) | Op::Null | Op::Local(_) | Op::Store(_) | Op::Pop => {}
                Op::Variable(id) => variables.push(id),
                Op::Arithmetic(op) => match reckoned(program, op, pc) {
                    Some(variable) => numbers.push(variable),
                    None => break,
                },
                Op::Call(..) => match call(pc) {
                    Some(call) => calls.push((call, limit_error(program, pc))),
                    None => break,
                },
                Op::Compare(_) | Op::Match(..) => {
                    error = Some(limit_error(program, pc));
                    break;
                }
                _ => break,
            }
        }
        Self { variables: variables.into(), numbers: numbers.into(), calls: calls.into(), error }
    }
}

/// The variable of `variable op number`, which cannot fail if the variable is a whole number.
fn reckoned(program: &Program, op: ArithmeticOp, pc: usize) -> Option<VariableId> {
    let is_harmless =
        matches!(op, ArithmeticOp::Add | ArithmeticOp::Subtract | ArithmeticOp::Divide | ArithmeticOp::Modulo);
    let [Op::Variable(variable), Op::Const(number)] = program.ops.get(pc.checked_sub(2)?..pc)? else { return None };
    let number = program.constants.get(*number as usize);
    (is_harmless && matches!(number, Some(Value::Int(1..)))).then_some(*variable)
}

/// What a rule that counts past the limit ends with.
fn limit_error(program: &Program, pc: usize) -> RuleError {
    let mut error = *RuleError::new(ErrorId::ConditionLimit, program.position(pc), program.span(pc), Vec::new());
    error.position = None;
    error
}

impl<'r> Runner<'r, '_> {
    /// What the next rule ends with, if the conditions are used up and that is all that can happen. Counts as it would.
    #[inline]
    pub(super) fn spent(&mut self, compiled: &'r Compiled) -> Option<&'r RuleError> {
        if self.session.conditions < self.session.options.conditions_max {
            return None;
        }
        let error = self.first_counted(compiled.route.as_ref().map(|route| &route.beginning)?)?;
        self.session.conditions = self.session.conditions.saturating_add(1);
        Some(error)
    }

    fn first_counted(&mut self, beginning: &'r Beginning) -> Option<&'r RuleError> {
        let options = &self.session.options;
        if options.shares_user_variables || options.work_max < WORK_MIN {
            return None;
        }
        let action = self.session.action;
        let is_whole = |variable: &VariableId| matches!(action.value(*variable), Some(Value::Int(_)));
        if !beginning.numbers.iter().all(is_whole) {
            return None;
        }
        let mut values = beginning.variables.iter().map(|variable| action.value(*variable));
        if beginning.calls.is_empty() {
            return values.all(|value| value.is_some()).then_some(beginning.error.as_ref()?);
        }
        let bytes = values.try_fold(0_u64, |sum, value| Some(sum.saturating_add(value?.weight())))?;
        if bytes > BYTES_MAX {
            return None;
        }
        for (call, error) in &beginning.calls {
            if !self.states.is_made(*call) {
                return self.is_surely_new(*call).then_some(error);
            }
        }
        beginning.error.as_ref()
    }

    /// Whether a call that is not made is known not to be remembered.
    fn is_surely_new(&mut self, call: ExprId) -> bool {
        let node = self.set.graph.node(call);
        let Expr::Call(function, operands) = &node.expr else { return false };
        let is_simple = |id: &ExprId| matches!(self.set.graph.node(*id).expr, Expr::Const(_) | Expr::Variable(_));
        if !operands.iter().all(is_simple) {
            return false;
        }
        if self.states.is_mixed {
            let arguments = self.arguments(operands);
            let is_new = self.session.scratch.memory.recall(&Key::new(*function, &arguments)).is_none();
            self.states.arguments = arguments;
            return is_new;
        }
        let fingerprint = self.fingerprint(node.class, operands);
        let mut meter = Meter::new(self.session.options.work_max / 2, None);
        matches!(self.made_before(node.class, fingerprint, operands, &mut meter), Ok(None))
    }
}

impl Outcome {
    /// Makes this the outcome of a rule that counted one condition too many, the first.
    pub(super) fn set_spent(&mut self, error: &RuleError) {
        // The action before mostly ended so too.
        if !matches!(&self.verdict, Verdict::Error(known) if **known == *error) {
            self.verdict = Verdict::Error(Box::new(error.clone()));
        }
        self.conditions = 1;
        self.warnings.clear();
    }
}
