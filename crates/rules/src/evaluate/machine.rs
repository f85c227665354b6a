//! The machine that runs a rule's program.

use super::functions::{self, CallError, Context};
use super::memory::Key;
use super::{End, Session, Trace};
use crate::action::Reading;
use crate::budget::{Exhausted, Meter};
use crate::error::{ErrorId, Param, RuleError, Warning};
use crate::program::{Op, PatternIndex, Program};
use crate::syntax::tree::{LogicOp, MatchOp, NodeId};
use crate::value::arithmetic::{self, Failure};
use crate::value::{List, Value, compare};
use crate::vocabulary::VariableId;
use crate::vocabulary::functions::FunctionId;

/// Units of work of one instruction.
const OP_COST: u64 = 20;

/// Units of work to copy one element of an array.
const ELEMENT_COST: u64 = 20;

/// Deepest nesting of arrays.
const LIST_DEPTH_MAX: u32 = 1_000;

pub(super) struct Machine<'m, 'a, 'i> {
    pub(super) program: &'m Program,
    pub(super) session: &'m mut Session<'a>,
    pub(super) meter: &'m mut Meter<'i>,
    pub(super) warnings: &'m mut Vec<Warning>,
    pub(super) locals: &'m mut [Option<Value>],
    pub(super) stack: &'m mut Vec<Value>,
    pub(super) conditions_before: u32,
}

/// Why a run ends early.
enum Stop {
    Error(Box<RuleError>),
    Needs(VariableId),
}

/// Where to go on behind a branch that was evaluated at save time.
enum Frame {
    /// The discarded branch is done: take its value away, go to the other.
    Discard(u32),
    /// The other is done too.
    End(u32),
}

impl Machine<'_, '_, '_> {
    pub(super) fn run<T: Trace>(mut self, trace: &mut T) -> End {
        match self.execute(trace) {
            Ok(value) => End::Value(value),
            Err(Stop::Error(error)) => End::Error(error),
            Err(Stop::Needs(id)) => End::Needs(id),
        }
    }

    fn execute<T: Trace>(&mut self, trace: &mut T) -> Result<Value, Stop> {
        let mut frames: Vec<Frame> = Vec::new();
        let mut pc = 0;
        while let Some(op) = self.program.ops.get(pc) {
            self.charge(pc, OP_COST)?;
            let at = pc;
            pc = match *op {
                Op::Branch(_) | Op::Return => self.branch(*op, &mut frames, pc),
                Op::Jump(_) | Op::JumpUnless(_) | Op::AndJump(_) | Op::OrJump(_) => {
                    let to = self.jump(*op, pc);
                    if T::RECORDS && to != pc + 1 && matches!(op, Op::AndJump(_) | Op::OrJump(_)) {
                        self.record(at, trace);
                    }
                    to
                }
                other => {
                    self.step(other, pc)?;
                    if T::RECORDS && !matches!(other, Op::Pop | Op::Base(_) | Op::Place) {
                        self.record(at, trace);
                    }
                    pc + 1
                }
            };
        }
        Ok(self.pop())
    }

    fn record<T: Trace>(&self, at: usize, trace: &mut T) {
        let node = self.program.nodes.get(at).copied().unwrap_or(NodeId(0));
        if let Some(value) = self.stack.last() {
            trace.value(node, value, self.session.conditions.saturating_sub(self.conditions_before));
        }
    }

    fn pop(&mut self) -> Value {
        self.stack.pop().unwrap_or(Value::Null)
    }

    fn push(&mut self, value: Value) {
        self.stack.push(value);
    }

    fn jump(&mut self, op: Op, pc: usize) -> usize {
        let is_true = self.stack.last().is_some_and(Value::is_true);
        let (to, jumps, keeps) = match op {
            Op::Jump(to) => return to as usize,
            Op::JumpUnless(to) => (to, !is_true, false),
            Op::AndJump(to) => (to, !is_true, !is_true),
            Op::OrJump(to) => (to, is_true, is_true),
            _ => unreachable!("only called for jumps"),
        };
        if !keeps {
            self.stack.pop();
        }
        if jumps { to as usize } else { pc + 1 }
    }

    /// Evaluating both branches of a conditional: the discarded one first.
    fn branch(&mut self, op: Op, frames: &mut Vec<Frame>, pc: usize) -> usize {
        if let Op::Branch(index) = op {
            let Some(branches) = self.program.branches.get(index as usize).copied() else { return pc + 1 };
            let (discarded, taken) =
                if self.pop().is_true() { (branches.other, branches.then) } else { (branches.then, branches.other) };
            frames.push(Frame::End(branches.end));
            frames.push(Frame::Discard(taken));
            return discarded as usize;
        }
        match frames.pop() {
            Some(Frame::Discard(taken)) => {
                self.stack.pop();
                taken as usize
            }
            Some(Frame::End(end)) => end as usize,
            None => pc + 1,
        }
    }

    fn step(&mut self, op: Op, pc: usize) -> Result<(), Stop> {
        match op {
            Op::Const(index) => {
                let value = self.program.constants.get(index as usize).cloned();
                self.push(value.unwrap_or(Value::Null));
            }
            Op::Null => self.push(Value::Null),
            Op::Variable(id) => self.variable(id, pc)?,
            Op::Local(local) => {
                let value = self.local(local);
                self.push(value);
            }
            Op::Store(local) => self.store(local, self.stack.last().cloned().unwrap_or(Value::Null)),
            Op::Base(local) => {
                let base = self.local(local);
                if !matches!(base, Value::Array(_) | Value::Undefined) {
                    return Err(self.error(ErrorId::NotArray, pc, Vec::new()));
                }
                self.push(base);
            }
            Op::Place => self.place(pc)?,
            Op::StoreElement(local) => self.store_element(local, pc)?,
            Op::Append(local) => self.append(local, pc)?,
            Op::Pop => {
                self.stack.pop();
            }
            Op::ToBool => {
                let value = self.pop();
                self.push(truth(&value));
            }
            Op::Xor => {
                let (right, left) = (self.pop(), self.pop());
                self.push(Value::Bool(left.is_true() != right.is_true()));
            }
            Op::Both(op) => self.both(op),
            Op::Compare(op) => {
                let (right, left) = (self.pop(), self.pop());
                self.count(pc)?;
                self.check_text(&left, pc)?;
                self.check_text(&right, pc)?;
                if !op.is_equality() {
                    // Texts that may be numbers are read as numbers first.
                    self.charge(pc, left.weight().saturating_add(right.weight()) / 2)?;
                }
                self.push(compare::compare(op, &left, &right));
            }
            Op::Arithmetic(op) => {
                let (right, left) = (self.pop(), self.pop());
                self.check_text(&left, pc)?;
                self.check_text(&right, pc)?;
                self.charge(pc, arithmetic::making_units(op, &left, &right))?;
                let result = arithmetic::apply(op, &left, &right);
                self.push_or_fail(result, pc)?;
            }
            Op::Match(op, pattern) => self.matches(op, pattern, pc)?,
            Op::Not => {
                let value = self.pop();
                let result = if value.is_undefined() { value } else { Value::Bool(!value.is_true()) };
                self.push(result);
            }
            Op::Negate => {
                let value = self.pop();
                self.check_text(&value, pc)?;
                self.charge(pc, value.weight() / 2)?;
                let result = arithmetic::negate(&value);
                self.push_or_fail(result, pc)?;
            }
            Op::Index => self.index(pc)?,
            Op::Call(function, arguments, pattern) => self.call(function, arguments as usize, pattern, pc)?,
            Op::Set(local) => self.set(local, pc)?,
            Op::Array(count) => {
                let start = self.stack.len().saturating_sub(count as usize);
                let list: List = self.stack.drain(start..).collect();
                self.check_list(&list, pc)?;
                self.push(Value::Array(list));
            }
            Op::Branch(_) | Op::Return | Op::Jump(_) | Op::JumpUnless(_) | Op::AndJump(_) | Op::OrJump(_) => {
                unreachable!("execute() deals with these")
            }
        }
        Ok(())
    }

    #[cold]
    fn error(&self, id: ErrorId, pc: usize, params: Vec<Param>) -> Stop {
        Stop::Error(RuleError::new(id, self.program.position(pc), self.program.span(pc), params))
    }

    fn charge(&mut self, pc: usize, units: u64) -> Result<(), Stop> {
        self.meter.spend(units).map_err(|Exhausted| self.error(ErrorId::WorkLimit, pc, Vec::new()))
    }

    /// Counts a condition.
    fn count(&mut self, pc: usize) -> Result<(), Stop> {
        self.session.conditions = self.session.conditions.saturating_add(1);
        if self.session.conditions > self.session.options.conditions_max {
            let Stop::Error(mut error) = self.error(ErrorId::ConditionLimit, pc, Vec::new()) else {
                unreachable!("error() makes errors")
            };
            error.position = None;
            return Err(Stop::Error(error));
        }
        Ok(())
    }

    fn push_or_fail(&mut self, result: Result<Value, Failure>, pc: usize) -> Result<(), Stop> {
        match result {
            Ok(value) => {
                self.push(value);
                Ok(())
            }
            Err(Failure::DivideByZero(left)) => Err(self.error(ErrorId::DivideByZero, pc, vec![left])),
            Err(Failure::BadOperand) => Err(self.error(ErrorId::BadOperand, pc, Vec::new())),
            Err(Failure::TooLarge) => Err(self.error(ErrorId::WorkLimit, pc, Vec::new())),
        }
    }

    fn variable(&mut self, id: VariableId, pc: usize) -> Result<(), Stop> {
        let action = self.session.action;
        let reading = action.read(id, self.session.vocabulary, self.meter);
        let value = match reading {
            Ok(Reading::Set(value)) => value.clone(),
            Ok(Reading::Unset) if self.program.purpose == crate::program::Purpose::Save => Value::Undefined,
            Ok(Reading::Unset) => Value::Null,
            Ok(Reading::Needed(id)) => return Err(Stop::Needs(id)),
            Err(Exhausted) => return Err(self.error(ErrorId::WorkLimit, pc, Vec::new())),
        };
        self.push(value);
        Ok(())
    }

    fn local(&self, local: u16) -> Value {
        self.locals.get(usize::from(local)).cloned().flatten().unwrap_or(Value::Undefined)
    }

    fn store(&mut self, local: u16, value: Value) {
        if let Some(slot) = self.locals.get_mut(usize::from(local)) {
            *slot = Some(value);
        }
    }

    fn check_list(&mut self, list: &List, pc: usize) -> Result<(), Stop> {
        if list.depth() > LIST_DEPTH_MAX {
            return Err(self.error(ErrorId::TooDeep, pc, Vec::new()));
        }
        self.charge(pc, ELEMENT_COST * list.len() as u64)
    }

    /// Whether the string form of `value` may be made.
    fn check_text(&mut self, value: &Value, pc: usize) -> Result<(), Stop> {
        if value.weight() > arithmetic::RESULT_BYTES_MAX as u64 {
            return Err(self.error(ErrorId::WorkLimit, pc, Vec::new()));
        }
        self.charge(pc, value.reading_units())
    }

    /// Checks an index, and leaves the number in its place.
    fn place(&mut self, pc: usize) -> Result<(), Stop> {
        let index = self.pop();
        let place = match self.stack.last() {
            Some(Value::Array(_)) if index.is_undefined() => Value::Undefined,
            Some(Value::Array(list)) => {
                let length = list.len();
                Value::Int(self.checked_index(&index, length, pc)?)
            }
            _ => Value::Undefined,
        };
        self.push(place);
        Ok(())
    }

    fn checked_index(&mut self, index: &Value, length: usize, pc: usize) -> Result<i64, Stop> {
        self.charge(pc, index.reading_units())?;
        let index = index.int();
        if index < 0 {
            return Err(self.error(ErrorId::NegativeIndex, pc, vec![Param::Int(index)]));
        }
        if usize::try_from(index).is_ok_and(|index| index < length) {
            return Ok(index);
        }
        Err(self.error(ErrorId::OutOfBounds, pc, vec![Param::Int(index), Param::from(length)]))
    }

    fn store_element(&mut self, local: u16, pc: usize) -> Result<(), Stop> {
        let (value, place, base) = (self.pop(), self.pop(), self.pop());
        match (base, place) {
            (Value::Array(list), Value::Int(place)) => {
                self.charge(pc, ELEMENT_COST * list.len() as u64)?;
                let mut elements = list.elements().to_vec();
                if let Some(slot) = usize::try_from(place).ok().and_then(|place| elements.get_mut(place)) {
                    *slot = value.clone();
                }
                let list = List::new(elements);
                self.check_list(&list, pc)?;
                self.store(local, Value::Array(list));
            }
            (Value::Array(_), _) => self.store(local, Value::Undefined),
            _ => {}
        }
        self.push(value);
        Ok(())
    }

    fn append(&mut self, local: u16, pc: usize) -> Result<(), Stop> {
        let (value, base) = (self.pop(), self.pop());
        match base {
            Value::Array(list) => {
                self.charge(pc, ELEMENT_COST * list.len() as u64)?;
                let longer: List = list.elements().iter().chain([&value]).cloned().collect();
                self.check_list(&longer, pc)?;
                self.store(local, Value::Array(longer));
            }
            Value::Undefined => {}
            _ => return Err(self.error(ErrorId::NotArray, pc, Vec::new())),
        }
        self.push(value);
        Ok(())
    }

    fn both(&mut self, op: LogicOp) {
        let (right, left) = (self.pop(), self.pop());
        let decided = match op {
            LogicOp::And => !left.is_true(),
            LogicOp::Or => left.is_true(),
            LogicOp::Xor => false,
        };
        self.push(if decided { left } else { truth(&right) });
    }

    fn index(&mut self, pc: usize) -> Result<(), Stop> {
        let (index, array) = (self.pop(), self.pop());
        let value = match (&array, &index) {
            (Value::Undefined, _) | (_, Value::Undefined) => Value::Undefined,
            (Value::Array(list), _) => {
                let place = self.checked_index(&index, list.len(), pc)?;
                let place = usize::try_from(place).unwrap_or_default();
                list.elements().get(place).cloned().unwrap_or(Value::Undefined)
            }
            _ => return Err(self.error(ErrorId::NotArray, pc, Vec::new())),
        };
        self.push(value);
        Ok(())
    }

    fn matches(&mut self, op: MatchOp, pattern: PatternIndex, pc: usize) -> Result<(), Stop> {
        let (right, left) = (self.pop(), self.pop());
        self.count(pc)?;
        self.check_text(&left, pc)?;
        self.check_text(&right, pc)?;
        let undefined = left.holds_undefined() || right.holds_undefined();
        if let Some(found) = found_null(op, &left, &right) {
            self.push(if undefined { Value::Undefined } else { Value::Bool(found) });
            return Ok(());
        }
        let result = self
            .with_context(pc, pattern, |context| functions::matches(op, &left.to_text(), &right.to_text(), context))?;
        self.push(if undefined { Value::Undefined } else { Value::Bool(result) });
        Ok(())
    }

    fn call(&mut self, function: FunctionId, arguments: usize, pattern: PatternIndex, pc: usize) -> Result<(), Stop> {
        let start = self.stack.len().saturating_sub(arguments);
        let arguments = self.stack.get(start..).unwrap_or_default();
        let weight = arguments.iter().fold(0_u64, |sum, value| sum.saturating_add(value.weight()));
        if weight > arithmetic::RESULT_BYTES_MAX as u64 {
            return Err(self.error(ErrorId::WorkLimit, pc, Vec::new()));
        }
        let reading = arguments.iter().fold(0_u64, |sum, value| sum.saturating_add(value.reading_units() / 2));
        self.meter.spend(reading).map_err(|Exhausted| self.error(ErrorId::WorkLimit, pc, Vec::new()))?;
        if let Some(result) = self.session.scratch.memory.recall(&Key::new(function, arguments)) {
            let result = result.clone();
            self.stack.truncate(start);
            self.push(result);
            return Ok(());
        }
        self.count(pc)?;
        let arguments: Vec<Value> = self.stack.drain(start..).collect();
        let undefined = arguments.iter().any(Value::holds_undefined);
        let result = if undefined {
            // Replacing what is undefined copies what was shared.
            let copying = arguments.iter().fold(0_u64, |sum, value| sum.saturating_add(value.reading_units()));
            self.charge(pc, copying)?;
            let defined: Vec<Value> = arguments.iter().map(Value::without_undefined).collect();
            self.with_context(pc, pattern, |context| functions::call(function, &defined, context))?;
            Value::Undefined
        } else {
            self.with_context(pc, pattern, |context| functions::call(function, &arguments, context))?
        };
        self.session.scratch.memory.remember(&Key::new(function, &arguments), &result);
        self.push(result);
        Ok(())
    }

    fn set(&mut self, local: u16, pc: usize) -> Result<(), Stop> {
        let value = self.pop();
        self.stack.pop();
        self.count(pc)?;
        let undefined = value.holds_undefined();
        if undefined {
            // Replacing what is undefined copies what was shared.
            self.check_text(&value, pc)?;
        }
        self.store(local, value.without_undefined());
        self.push(if undefined { Value::Undefined } else { value });
        Ok(())
    }

    fn with_context<R>(
        &mut self,
        pc: usize,
        pattern: PatternIndex,
        work: impl FnOnce(&mut Context<'_, '_>) -> Result<R, CallError>,
    ) -> Result<R, Stop> {
        let mut warns = false;
        let literal = pattern.and_then(|index| self.program.patterns.get(index as usize));
        let scratch = &mut *self.session.scratch;
        let result = work(&mut Context {
            release: self.session.options.release,
            equivset: self.session.options.equivset,
            meter: self.meter,
            regex: &mut scratch.regex,
            patterns: &mut scratch.patterns,
            literal,
            warns: &mut warns,
        });
        if warns {
            self.warnings.push(Warning { id: "match-empty-regex", position: self.program.position(pc) });
        }
        result.map_err(|error| match error {
            CallError::Regex(pattern) => self.error(ErrorId::RegexFailure, pc, vec![Param::Text(pattern)]),
            CallError::IpRange(range) => self.error(ErrorId::InvalidIpRange, pc, vec![Param::Text(range)]),
            CallError::Work => self.error(ErrorId::WorkLimit, pc, Vec::new()),
        })
    }
}

/// What `in` and `contains` say of a needle that is a string of null: it is in every text but the empty one.
fn found_null(op: MatchOp, left: &Value, right: &Value) -> Option<bool> {
    let (needle, haystack) = match op {
        MatchOp::In => (left, right),
        MatchOp::Contains => (right, left),
        _ => return None,
    };
    needle
        .is_string_of_null()
        .then(|| haystack.is_string_of_null() || haystack.weight() > 0 && !haystack.bytes().is_empty())
}

/// The value of `a & b` and `a | b` when `b` decides: a plain bool, whatever payload `b` has; undefined counts as false.
fn truth(value: &Value) -> Value {
    Value::Bool(!value.is_undefined() && value.is_true())
}
