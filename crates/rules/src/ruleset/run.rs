//! Evaluation of a rule set on one action.

use super::grams::Ask;
use super::graph::ExprId;
use super::leaf::{Course, Kind, Leaf, NO, Step, Way, YES};
use super::states::States;
use super::{Compiled, Outcome, Route, RuleSet, Verdict};
use crate::budget::Meter;
use crate::evaluate::memory::REMEMBERED_MAX;
use crate::evaluate::{End, Evaluation, Session};
use crate::value::{Value, compare};

/// The plain evaluator must do this rule.
pub(super) struct Fallback;

pub(super) type Done = Result<(), Fallback>;

pub(super) struct Runner<'r, 'a> {
    pub(super) set: &'r RuleSet,
    pub(super) session: Session<'a>,
    pub(super) states: &'r mut States,
}

impl Runner<'_, '_> {
    /// Evaluates the next rule of the action by its route: whether it matches, and the conditions used. Nothing if it
    /// must be done plainly.
    #[inline]
    pub(super) fn quickly(&mut self, compiled: &Compiled) -> Option<(bool, u32)> {
        let route = compiled.route.as_ref()?;
        let remembered = self.remembered();
        if remembered + route.calls_max >= REMEMBERED_MAX {
            return None;
        }
        let before = self.session.conditions;
        // What is too dear for half of the budget is begun anew with all of it, so that the sum is bounded.
        let mut meter = Meter::new(self.session.options.work_max / 2, self.session.interrupt);
        if let Ok(is_match) = self.walk(route, &mut meter) {
            return Some((is_match, self.session.conditions - before));
        }
        self.session.conditions = before;
        self.forget(remembered);
        None
    }

    /// Evaluates the next rule of the action with the plain evaluator.
    #[cold]
    pub(super) fn plainly(&mut self, compiled: &Compiled) -> Outcome {
        if compiled.has_calls {
            self.hand_over();
        }
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

    fn walk(&mut self, route: &Route, meter: &mut Meter<'_>) -> Result<bool, Fallback> {
        if route.flags > 0 {
            self.states.flags.clear();
            self.states.flags.resize(route.flags, false);
        }
        let steps = self.set.steps.as_slice();
        let mut at = route.start;
        // Conditions that are not counted yet.
        let mut cost = 0_u32;
        loop {
            if at == YES || at == NO {
                self.count(cost)?;
                return Ok(at == YES);
            }
            let step = Course::step(steps, at).ok_or(Fallback)?;
            let is_true = match step.kind {
                // Nearly all steps, nearly always known: the others must not slow them down.
                Kind::Test | Kind::TestCalling => {
                    let mark = *self.states.marks.get(step.number as usize).ok_or(Fallback)?;
                    let key = if step.kind == Kind::Test { self.states.epoch } else { self.states.stamp };
                    let is_true = if mark >> 1 == key { mark & 1 == 1 } else { self.test(step, meter)? };
                    cost = cost.saturating_add(u32::from(step.cost));
                    is_true
                }
                Kind::PutOff => {
                    let waiting = *self.states.waiting.get(step.number as usize).ok_or(Fallback)?;
                    if waiting != self.states.stamp {
                        self.later(step, meter)?;
                    }
                    true
                }
                _ => self.flag(step),
            };
            at = if is_true { step.yes } else { step.no };
        }
    }

    /// Makes a test that is not known.
    #[inline(never)]
    fn test(&mut self, step: &Step, meter: &mut Meter<'_>) -> Result<bool, Fallback> {
        let leaf = self.set.leaves.get(step.number as usize).ok_or(Fallback)?;
        if leaf.is_plain {
            return Err(Fallback);
        }
        let mut key = self.states.epoch;
        if step.kind == Kind::TestCalling {
            // It costs no more only as long as its calls are remembered.
            key = self.states.stamp;
            let set = self.set;
            let calls = &*set.graph.node(leaf.expr).calls;
            // The last is the one that is asked about: the others are in its operands.
            if let (Way::Call { call, ask, if_absent }, Some((last, before))) = (&leaf.way, calls.split_last())
                && call == last
            {
                self.make(before, Some(*ask), meter)?;
                if self.ask(*call, *ask, meter)? {
                    return Ok(self.know(step, key, *if_absent));
                }
            } else {
                self.make(calls, leaf.ask, meter)?;
            }
        }
        let is_true = self.decide(leaf, meter)?;
        Ok(self.know(step, key, is_true))
    }

    /// Makes the calls of a test. Where the text that it asks about may not be needed, they are only counted.
    fn make(&mut self, calls: &[ExprId], ask: Option<Ask>, meter: &mut Meter<'_>) -> Done {
        let is_made_later = ask.is_some_and(|ask| self.set.questions.origin(ask).is_some());
        for call in calls {
            if is_made_later {
                self.put_off(*call, meter)?;
            } else {
                self.call(*call, meter)?;
            }
        }
        Ok(())
    }

    /// Notes what a test gave.
    fn know(&mut self, step: &Step, key: u32, is_true: bool) -> bool {
        if let Some(mark) = self.states.marks.get_mut(step.number as usize) {
            *mark = key << 1 | u32::from(is_true);
        }
        is_true
    }

    /// Counts the calls of a test that nobody may ever make.
    #[inline(never)]
    fn later(&mut self, step: &Step, meter: &mut Meter<'_>) -> Done {
        let leaf = self.set.leaves.get(step.number as usize).ok_or(Fallback)?;
        if leaf.is_plain {
            return Err(Fallback);
        }
        for call in &self.set.graph.node(leaf.expr).calls {
            self.put_off(*call, meter)?;
        }
        if let Some(waiting) = self.states.waiting.get_mut(step.number as usize) {
            *waiting = self.states.stamp;
        }
        Ok(())
    }

    #[inline(never)]
    fn flag(&mut self, step: &Step) -> bool {
        let Some(flag) = self.states.flags.get_mut(step.number as usize) else { return false };
        match step.kind {
            Kind::SetFlag => *flag = true,
            Kind::UnsetFlag => *flag = false,
            _ => {}
        }
        *flag
    }

    fn decide(&mut self, leaf: &Leaf, meter: &mut Meter<'_>) -> Result<bool, Fallback> {
        match &leaf.way {
            Way::Number { variable, op, number } => {
                if let Some(Value::Int(value)) = self.session.action.value(*variable) {
                    return Ok(compare::ints(*op, *value, *number));
                }
            }
            Way::Equal { variable, text, is_equal } => {
                if let Some(Value::Str(value)) = self.session.action.value(*variable) {
                    meter.spend(value.len() as u64 / 8).map_err(|_| Fallback)?;
                    return Ok((value == text) == *is_equal);
                }
            }
            Way::Find { text, what } => return self.find(*text, what, leaf.ask, meter),
            Way::Call { .. } | Way::Evaluate => {}
        }
        self.compute(leaf.expr, meter)?;
        Ok(self.value(leaf.expr).is_true())
    }

    #[inline]
    pub(super) fn count(&mut self, conditions: u32) -> Done {
        self.session.conditions = self.session.conditions.saturating_add(conditions);
        if self.session.conditions > self.session.options.conditions_max { Err(Fallback) } else { Ok(()) }
    }
}
