//! Evaluation of a rule set on one action.

use super::graph::{Expr, ExprId, Graph};
use super::leaf::{Leaf, Way, What};
use super::plan::{Plan, Step};
use super::scan::{Answer, Found, Slot};
use super::{Compiled, Outcome, RuleSet, Verdict};
use crate::action::{Action, Reading};
use crate::budget::Meter;
use crate::evaluate::functions::{self, Context};
use crate::evaluate::memory::{Key, REMEMBERED_MAX};
use crate::evaluate::{End, Evaluation, Session};
use crate::syntax::tree::MatchOp;
use crate::value::arithmetic::{self, RESULT_BYTES_MAX};
use crate::value::{List, Text, Value, compare};
use crate::vocabulary::functions::FunctionId;

/// What is known of an expression.
#[derive(Debug)]
pub(super) struct State {
    /// The action for which `value` and `is_true` hold.
    epoch: u32,
    /// The stretch in which all calls inside are remembered, so that evaluating it again counts only its own cost.
    stamp: u32,
    is_true: bool,
    value: Value,
}

impl Default for State {
    fn default() -> Self {
        Self { epoch: 0, stamp: 0, is_true: false, value: Value::Null }
    }
}

/// What is known of a test.
#[derive(Debug, Clone, Copy, Default)]
struct Mark {
    /// The action, or for a test with calls the stretch, for which it holds.
    key: u32,
    is_true: bool,
}

/// The expressions' states, from one action to the next.
#[derive(Debug, Default)]
pub(super) struct States {
    pub(super) exprs: Vec<State>,
    pub(super) found: Vec<Found>,
    marks: Vec<Mark>,
    epoch: u32,
    stamp: u32,
    flags: Vec<bool>,
    arguments: Vec<Value>,
}

impl States {
    /// Makes everything unknown, for a new action.
    pub(super) fn begin(&mut self, set: &RuleSet) {
        if self.exprs.len() != set.graph.len() || self.epoch > u32::MAX / 2 || self.stamp > u32::MAX / 2 {
            self.reset(set);
        }
        self.epoch += 1;
        self.stamp += 1;
    }

    /// Forgets everything, for another rule set.
    pub(super) fn reset(&mut self, set: &RuleSet) {
        self.exprs.clear();
        self.exprs.resize_with(set.graph.len(), State::default);
        self.found.clear();
        self.found.resize_with(set.scans.len(), Found::default);
        self.marks.clear();
        self.marks.resize(set.leaves.len(), Mark::default());
        self.epoch = 0;
        self.stamp = 0;
    }
}

/// The plain evaluator must do this rule.
struct Fallback;

type Done = Result<(), Fallback>;

pub(super) struct Runner<'r, 'a> {
    pub(super) set: &'r RuleSet,
    pub(super) session: Session<'a>,
    pub(super) states: &'r mut States,
}

static NULL: Value = Value::Null;

impl Runner<'_, '_> {
    /// Evaluates the next rule of the action.
    pub(super) fn rule(&mut self, compiled: &Compiled) -> Outcome {
        let Some(plan) = &compiled.plan else { return self.plain(compiled) };
        let remembered = self.session.scratch.memory.len();
        if remembered + plan.calls_max >= REMEMBERED_MAX {
            return self.plain(compiled);
        }
        let before = self.session.conditions;
        let mut meter = Meter::new(self.session.options.work_max, self.session.interrupt);
        match self.walk(plan, &mut meter) {
            Ok(is_match) => Outcome {
                verdict: if is_match { Verdict::Match } else { Verdict::NoMatch },
                conditions: self.session.conditions - before,
                warnings: Vec::new(),
            },
            Err(Fallback) => {
                self.session.conditions = before;
                if self.session.scratch.memory.len() > remembered {
                    self.session.scratch.memory.truncate(remembered);
                    self.states.stamp += 1;
                }
                self.plain(compiled)
            }
        }
    }

    fn plain(&mut self, compiled: &Compiled) -> Outcome {
        let generation = self.session.scratch.memory.generation();
        let Evaluation { end, conditions, warnings } = self.session.evaluate(&compiled.rule);
        if self.session.scratch.memory.generation() != generation {
            self.states.stamp += 1;
        }
        let verdict = match end {
            End::Value(value) if value.is_true() => Verdict::Match,
            End::Value(_) => Verdict::NoMatch,
            End::Error(error) => Verdict::Error(error),
            End::Needs(id) => Verdict::Needs(id),
        };
        Outcome { verdict, conditions, warnings }
    }

    fn walk(&mut self, plan: &Plan, meter: &mut Meter<'_>) -> Result<bool, Fallback> {
        if plan.flags > 0 {
            self.states.flags.clear();
            self.states.flags.resize(plan.flags, false);
        }
        let mut at = plan.start;
        loop {
            at = match *plan.steps.get(at as usize).ok_or(Fallback)? {
                Step::Test { leaf, yes, no, .. } => {
                    if self.test(leaf, meter)? {
                        yes
                    } else {
                        no
                    }
                }
                Step::Evaluate { leaf, next, .. } => {
                    self.test(leaf, meter)?;
                    next
                }
                Step::TestFlag { flag, yes, no } => {
                    if self.states.flags.get(usize::from(flag)) == Some(&true) {
                        yes
                    } else {
                        no
                    }
                }
                Step::SetFlag { flag, value, next } => {
                    if let Some(slot) = self.states.flags.get_mut(usize::from(flag)) {
                        *slot = value;
                    }
                    next
                }
                Step::End { is_match } => return Ok(is_match),
            };
        }
    }

    fn state(&self, id: ExprId) -> Result<&State, Fallback> {
        self.states.exprs.get(id.index()).ok_or(Fallback)
    }

    fn set_state(&mut self, id: ExprId, value: Value) {
        let epoch = self.states.epoch;
        let Some(state) = self.states.exprs.get_mut(id.index()) else { return };
        state.epoch = epoch;
        match (&mut state.value, value) {
            // Nearly always; nothing is dropped.
            (Value::Bool(slot), Value::Bool(value)) => {
                *slot = value;
                state.is_true = value;
            }
            (_, value) => {
                state.is_true = value.is_true();
                state.value = value;
            }
        }
    }

    fn is_computed(&self, id: ExprId) -> bool {
        self.state(id).is_ok_and(|state| state.epoch == self.states.epoch)
    }

    /// Notes that the calls inside an expression are remembered.
    fn stamp(&mut self, id: ExprId) {
        if let Some(state) = self.states.exprs.get_mut(id.index()) {
            state.stamp = self.states.stamp;
        }
    }

    /// Makes a test, counting what its evaluation counts.
    #[inline]
    fn test(&mut self, number: u32, meter: &mut Meter<'_>) -> Result<bool, Fallback> {
        let set = self.set;
        let leaf = set.leaves.get(number as usize).ok_or(Fallback)?;
        let mark = *self.states.marks.get(number as usize).ok_or(Fallback)?;
        let key = if leaf.has_calls { self.states.stamp } else { self.states.epoch };
        let is_true = if mark.key == key {
            mark.is_true
        } else {
            let is_true = self.decide(leaf, meter)?;
            if let Some(mark) = self.states.marks.get_mut(number as usize) {
                *mark = Mark { key, is_true };
            }
            is_true
        };
        self.count(leaf.cost)?;
        Ok(is_true)
    }

    fn decide(&mut self, leaf: &Leaf, meter: &mut Meter<'_>) -> Result<bool, Fallback> {
        if leaf.is_plain {
            return Err(Fallback);
        }
        if leaf.has_calls {
            for call in &self.set.graph.node(leaf.expr).calls {
                self.call(*call, meter)?;
            }
        }
        match &leaf.way {
            Way::Number { variable, op, number } => {
                if let Some(Value::Int(value)) = self.session.action.value(*variable) {
                    return Ok(compare::ints(*op, *value, *number));
                }
            }
            Way::Find { text, what, slot } => {
                self.compute(*text, meter)?;
                return self.find(*text, what, *slot, meter);
            }
            Way::Evaluate => {}
        }
        self.compute(leaf.expr, meter)?;
        Ok(self.value(leaf.expr).is_true())
    }

    /// Looks for something in a text that was computed.
    fn find(&mut self, text: ExprId, what: &What, slot: Option<Slot>, meter: &mut Meter<'_>) -> Result<bool, Fallback> {
        let Self { set, session, states } = self;
        let States { exprs, found, epoch, .. } = &mut **states;
        let Value::Str(text) = value(&set.graph, session.action, exprs, text) else { return Err(Fallback) };
        meter.spend(text.len() as u64 / 8 + 20).map_err(|_| Fallback)?;
        if let Some(slot) = slot
            && let (Some(scan), Some(found)) = (set.scans.get(slot.scan as usize), found.get_mut(slot.scan as usize))
        {
            match found.answer(scan, slot, text, *epoch) {
                Answer::Yes => return Ok(true),
                Answer::No => return Ok(false),
                Answer::Unknown => {}
            }
        }
        match what {
            What::Literal(search) => Ok(search.finds(text.bytes())),
            What::Pattern(pattern) => {
                let subject = functions::subject(text);
                pattern.is_match(subject, &mut session.scratch.regex, meter).map_err(|_| Fallback)
            }
        }
    }

    fn count(&mut self, conditions: u32) -> Done {
        self.session.conditions = self.session.conditions.saturating_add(conditions);
        if self.session.conditions > self.session.options.conditions_max { Err(Fallback) } else { Ok(()) }
    }

    /// The value of an expression that was computed.
    fn value(&self, id: ExprId) -> &Value {
        value(&self.set.graph, self.session.action, &self.states.exprs, id)
    }

    /// A value as text; refused if that would be too large.
    fn text(&self, id: ExprId) -> Result<Text, Fallback> {
        let value = self.value(id);
        if value.weight() > RESULT_BYTES_MAX as u64 { Err(Fallback) } else { Ok(value.to_text()) }
    }

    /// Makes sure that a call is remembered, making and counting it if it is not.
    fn call(&mut self, id: ExprId, meter: &mut Meter<'_>) -> Done {
        let state = self.state(id)?;
        if state.epoch == self.states.epoch && state.stamp == self.states.stamp {
            return Ok(());
        }
        let set = self.set;
        let Expr::Call(function, operands) = &set.graph.node(id).expr else { return Err(Fallback) };
        let mut arguments = std::mem::take(&mut self.states.arguments);
        arguments.clear();
        let (mut weight, mut reading) = (0_u64, 0_u64);
        for operand in operands {
            self.compute(*operand, meter)?;
            let value = self.value(*operand).clone();
            weight = weight.saturating_add(value.weight());
            reading = reading.saturating_add(value.reading_units() / 2);
            arguments.push(value);
        }
        if weight > RESULT_BYTES_MAX as u64 {
            return Err(Fallback);
        }
        meter.spend(reading).map_err(|_| Fallback)?;
        let key = Key::new(*function, &arguments);
        if let Some(value) = self.session.scratch.memory.recall(&key) {
            let value = value.clone();
            self.set_state(id, value);
        } else {
            self.count(1)?;
            if !self.is_computed(id) {
                let value = self.result(id, *function, &arguments, meter)?;
                self.set_state(id, value);
            }
            let value = self.state(id)?.value.clone();
            self.session.scratch.memory.remember(&key, &value);
        }
        arguments.clear();
        self.states.arguments = arguments;
        self.stamp(id);
        Ok(())
    }

    fn result(
        &mut self,
        id: ExprId,
        function: FunctionId,
        arguments: &[Value],
        meter: &mut Meter<'_>,
    ) -> Result<Value, Fallback> {
        if let (Some(search), Some(haystack)) = (&self.set.graph.node(id).search, arguments.first())
            && !haystack.is_string_of_null()
        {
            let haystack = haystack.to_text();
            meter.spend(haystack.len() as u64 / 2).map_err(|_| Fallback)?;
            let answer = match self.scanned(id, &haystack) {
                Some(answer) => answer,
                None => search.finds(haystack.bytes()),
            };
            return Ok(Value::Bool(answer));
        }
        if let Some(normal) = self.set.graph.node(id).normal {
            self.compute(normal, meter)?;
            let haystack = self.text(normal)?;
            let needles = arguments.get(1..).unwrap_or_default();
            return self.contains_normalised(function, &haystack, needles, meter);
        }
        let pattern = self.set.graph.node(id).pattern.clone().map(Ok);
        let mut warns = false;
        let scratch = &mut *self.session.scratch;
        let mut context = Context {
            release: self.session.options.release,
            equivset: self.session.options.equivset,
            meter,
            regex: &mut scratch.regex,
            patterns: &mut scratch.patterns,
            literal: pattern.as_ref(),
            warns: &mut warns,
        };
        functions::call(function, arguments, &mut context).map_err(|_| Fallback)
    }

    fn contains_normalised(
        &self,
        function: FunctionId,
        haystack: &Text,
        needles: &[Value],
        meter: &mut Meter<'_>,
    ) -> Result<Value, Fallback> {
        let equivset = self.session.options.equivset;
        let wants_all = function == FunctionId::CcnormContainsAll;
        if haystack.is_empty() {
            // The empty haystack, or one of invisible characters only, which holds no needle but empty ones.
            return Err(Fallback);
        }
        for needle in needles {
            let bytes = needle.bytes();
            let needle = equivset.apply(&bytes);
            if needle.is_empty() {
                continue;
            }
            meter.spend(haystack.len() as u64 / 8 + 20).map_err(|_| Fallback)?;
            if crate::text::search::contains(haystack.bytes(), &needle) != wants_all {
                return Ok(Value::Bool(!wants_all));
            }
        }
        Ok(Value::Bool(wants_all))
    }

    /// What the pass over `text` says of a question, if that settles it.
    fn scanned(&mut self, id: ExprId, text: &Text) -> Option<bool> {
        let slot = self.set.slots.get(id.index()).copied().flatten()?;
        let scan = self.set.scans.get(slot.scan as usize)?;
        let found = self.states.found.get_mut(slot.scan as usize)?;
        match found.answer(scan, slot, text, self.states.epoch) {
            Answer::Yes => Some(true),
            Answer::No => Some(false),
            Answer::Unknown => None,
        }
    }

    /// Computes an expression's value, if it is not known yet. Calls inside were made before.
    fn compute(&mut self, id: ExprId, meter: &mut Meter<'_>) -> Done {
        let set = self.set;
        let expr = &set.graph.node(id).expr;
        match expr {
            Expr::Const(_) => return Ok(()),
            Expr::Variable(variable) => {
                return match self.session.action.read(*variable, self.session.vocabulary, meter) {
                    Ok(Reading::Set(_) | Reading::Unset) => Ok(()),
                    Ok(Reading::Needed(_)) | Err(_) => Err(Fallback),
                };
            }
            _ if self.is_computed(id) => return Ok(()),
            _ => {}
        }
        let value = match expr {
            Expr::Known(inner) => {
                self.compute(*inner, meter)?;
                self.value(*inner).clone()
            }
            Expr::Text(inner) => {
                self.compute(*inner, meter)?;
                if self.value(*inner).is_string_of_null() {
                    return Err(Fallback);
                }
                let text = self.text(*inner)?;
                meter.spend(text.len() as u64 / 8).map_err(|_| Fallback)?;
                Value::Str(text)
            }
            Expr::Normal(inner) => {
                self.compute(*inner, meter)?;
                let text = self.text(*inner)?;
                meter.spend(text.len() as u64 / 4).map_err(|_| Fallback)?;
                Value::text(self.session.options.equivset.apply(text.bytes()))
            }
            Expr::Compare(op, left, right) => {
                self.compute(*left, meter)?;
                self.compute(*right, meter)?;
                match (self.value(*left), self.value(*right)) {
                    (Value::Int(left), Value::Int(right)) => Value::Bool(compare::ints(*op, *left, *right)),
                    (left, right) => {
                        charge(left, right, meter)?;
                        if !op.is_equality() {
                            // Texts that may be numbers are read as numbers first.
                            meter.spend(left.weight().saturating_add(right.weight()) / 2).map_err(|_| Fallback)?;
                        }
                        compare::compare(*op, left, right)
                    }
                }
            }
            Expr::Arithmetic(op, left, right) => {
                self.both(*left, *right, meter)?;
                let (left, right) = (self.value(*left), self.value(*right));
                meter.spend(arithmetic::making_units(*op, left, right)).map_err(|_| Fallback)?;
                arithmetic::apply(*op, left, right).map_err(|_| Fallback)?
            }
            Expr::Match(op, left, right) => {
                self.both(*left, *right, meter)?;
                Value::Bool(self.matches(id, *op, meter)?)
            }
            Expr::Not(inner) => {
                self.compute(*inner, meter)?;
                Value::Bool(!self.value(*inner).is_true())
            }
            Expr::Negate(inner) => {
                self.compute(*inner, meter)?;
                // A text is read as a number.
                meter.spend(self.value(*inner).weight() / 2).map_err(|_| Fallback)?;
                arithmetic::negate(self.value(*inner)).map_err(|_| Fallback)?
            }
            Expr::Index(array, index) => {
                self.both(*array, *index, meter)?;
                let place = usize::try_from(self.value(*index).int()).map_err(|_| Fallback)?;
                match self.value(*array) {
                    Value::Array(list) => list.elements().get(place).cloned().ok_or(Fallback)?,
                    _ => return Err(Fallback),
                }
            }
            Expr::Array(elements) => {
                for element in elements {
                    self.compute(*element, meter)?;
                }
                let list: List = elements.iter().map(|element| self.value(*element).clone()).collect();
                meter.spend(20 * list.len() as u64).map_err(|_| Fallback)?;
                Value::Array(list)
            }
            // Calls were made by call() before anything that holds them.
            Expr::Call(..) | Expr::Const(_) | Expr::Variable(_) => return Err(Fallback),
        };
        self.set_state(id, value);
        Ok(())
    }

    /// Computes both operands, and charges for reading them.
    fn both(&mut self, left: ExprId, right: ExprId, meter: &mut Meter<'_>) -> Done {
        self.compute(left, meter)?;
        self.compute(right, meter)?;
        charge(self.value(left), self.value(right), meter)
    }

    /// A match that is an operand, or whose pattern is not a constant.
    fn matches(&mut self, id: ExprId, op: MatchOp, meter: &mut Meter<'_>) -> Result<bool, Fallback> {
        let Self { set, session, states } = self;
        let node = set.graph.node(id);
        let Expr::Match(_, left, right) = node.expr else { return Err(Fallback) };
        let text = |id| match value(&set.graph, session.action, &states.exprs, id) {
            Value::Str(text) => Ok(text),
            _ => Err(Fallback),
        };
        let (left, right) = (text(left)?, text(right)?);
        if let Some(pattern) = &node.pattern {
            let subject = functions::subject(left);
            return pattern.is_match(subject, &mut session.scratch.regex, meter).map_err(|_| Fallback);
        }
        let (haystack, needle) = if op == MatchOp::In { (right, left) } else { (left, right) };
        Ok(crate::text::search::contains(haystack.bytes(), needle.bytes()))
    }
}

/// Charges for reading operands; refuses what is too large.
fn charge(left: &Value, right: &Value, meter: &mut Meter<'_>) -> Done {
    if left.weight().saturating_add(right.weight()) > RESULT_BYTES_MAX as u64 {
        return Err(Fallback);
    }
    let units = left.reading_units().saturating_add(right.reading_units()).saturating_add(20);
    meter.spend(units).map_err(|_| Fallback)
}

/// The value of an expression that was computed.
fn value<'v>(graph: &'v Graph, action: &'v Action, states: &'v [State], id: ExprId) -> &'v Value {
    match &graph.node(id).expr {
        Expr::Const(index) => graph.constant(*index),
        Expr::Variable(variable) => action.value(*variable).unwrap_or(&NULL),
        _ => states.get(id.index()).map_or(&NULL, |state| &state.value),
    }
}
