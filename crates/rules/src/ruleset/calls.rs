//! Calls of functions: each is made and counted once per action, whichever rules make it.
//!
//! Two calls are one if their functions and arguments are the same. For most calls it is known beforehand which others
//! could be the same: those of its *class*. So few have to be compared, and most need not be. Only when the plain
//! evaluator makes calls too, the session's memory is asked, as it does itself.

use super::grams::Ask;
use super::graph::{Expr, ExprId, Graph};
use super::run::{Done, Fallback, Runner};
use super::states::{Latest, Made};
use crate::budget::Meter;
use crate::evaluate::functions::{self, Context};
use crate::evaluate::memory::{self, Key};
use crate::text::search;
use crate::value::arithmetic::RESULT_BYTES_MAX;
use crate::value::{Text, Value, compare};
use crate::vocabulary::functions::FunctionId;
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::Hasher;

/// Calls that may turn out to be the same call.
#[derive(Debug)]
pub(super) struct Class {
    /// The arguments that are not the same constant in all of them.
    varying: Box<[usize]>,
}

/// Tells the calls of a rule set which others they may be the same as.
pub(super) fn classify(graph: &mut Graph) -> Vec<Class> {
    type Calls = Vec<(ExprId, Box<[ExprId]>)>;
    let mut calls: FxHashMap<(FunctionId, usize), Calls> = FxHashMap::default();
    for id in graph.ids() {
        if let Expr::Call(function, operands) = &graph.node(id).expr {
            calls.entry((*function, operands.len())).or_default().push((id, operands.clone()));
        }
    }
    let mut classes = Vec::new();
    for ((_, arguments), calls) in calls {
        let is_constant = |place: usize| {
            let at = |operands: &[ExprId]| operands.get(place).copied();
            calls.iter().all(|(_, operands)| at(operands).is_some_and(|operand| graph.constant_of(operand).is_some()))
        };
        let (constant, varying): (Vec<usize>, Vec<usize>) = (0..arguments).partition(|place| is_constant(*place));
        // Equal constants are one expression.
        let mut alike: FxHashMap<Vec<ExprId>, Vec<ExprId>> = FxHashMap::default();
        for (id, operands) in &calls {
            let key = constant.iter().filter_map(|place| operands.get(*place).copied()).collect();
            alike.entry(key).or_default().push(*id);
        }
        for members in alike.into_values().filter(|members| members.len() > 1) {
            let class = u32::try_from(classes.len()).unwrap_or(u32::MAX);
            classes.push(Class { varying: varying.clone().into() });
            for member in members {
                graph.set_class(member, class);
            }
        }
    }
    classes
}

impl Runner<'_, '_> {
    /// Number of calls that are remembered.
    pub(super) fn remembered(&self) -> usize {
        if self.states.is_mixed { self.session.scratch.memory.len() } else { self.states.made.len() }
    }

    /// Makes sure that a call is remembered, making and counting it if it is not.
    pub(super) fn call(&mut self, id: ExprId, meter: &mut Meter<'_>) -> Done {
        if self.states.is_made(id) {
            return Ok(());
        }
        let set = self.set;
        let node = set.graph.node(id);
        let Expr::Call(function, operands) = &node.expr else { return Err(Fallback) };
        let (mut weight, mut reading) = (0_u64, 0_u64);
        for operand in operands {
            self.compute(*operand, meter)?;
            let value = self.value(*operand);
            weight = weight.saturating_add(value.weight());
            reading = reading.saturating_add(value.reading_units() / 2);
        }
        if weight > RESULT_BYTES_MAX as u64 {
            return Err(Fallback);
        }
        meter.spend(reading).map_err(|_| Fallback)?;
        if self.states.is_mixed {
            self.call_plainly(id, *function, operands, meter)?;
        } else {
            let fingerprint = self.fingerprint(node.class, operands);
            match self.made_before(node.class, fingerprint, operands, meter)? {
                Some(same) => {
                    self.compute(same, meter)?;
                    let value = self.value(same).clone();
                    self.states.set(id, value);
                }
                None => {
                    self.count(1)?;
                    if !self.states.is_computed(id) {
                        let value = self.result(id, *function, operands, meter)?;
                        self.states.set(id, value);
                    }
                    self.note(id, node.class, fingerprint);
                }
            }
        }
        self.states.stamp(id);
        Ok(())
    }

    /// Counts a call that asks about a text, if nothing is found there: then its value need not be computed. Otherwise
    /// makes it. Whether nothing was found.
    pub(super) fn ask(&mut self, call: ExprId, ask: Ask, meter: &mut Meter<'_>) -> Result<bool, Fallback> {
        let set = self.set;
        let is_absent = self.foresees_nothing(ask, meter)? || {
            self.compute(set.questions.text(ask).ok_or(Fallback)?, meter)?;
            meter.spend(20).map_err(|_| Fallback)?;
            self.excludes(ask)?
        };
        if is_absent && !self.states.is_mixed {
            self.make_unseen(call, meter)?;
        } else {
            self.call(call, meter)?;
        }
        Ok(is_absent)
    }

    /// Makes sure that a call is counted. Its value is left to whoever reads it.
    pub(super) fn make_unseen(&mut self, id: ExprId, meter: &mut Meter<'_>) -> Done {
        if self.states.is_made(id) {
            return Ok(());
        }
        let set = self.set;
        let node = set.graph.node(id);
        let Expr::Call(_, operands) = &node.expr else { return Err(Fallback) };
        let mut fingerprint = None;
        if node.class.is_some() {
            for operand in operands {
                if !self.waits(*operand) {
                    self.compute(*operand, meter)?;
                }
            }
            fingerprint = self.fingerprint(node.class, operands);
        }
        if self.made_before(node.class, fingerprint, operands, meter)?.is_none() {
            self.count(1)?;
            self.note(id, node.class, fingerprint);
        }
        self.states.stamp(id);
        Ok(())
    }

    /// Makes a call as the plain evaluator does.
    fn call_plainly(&mut self, id: ExprId, function: FunctionId, operands: &[ExprId], meter: &mut Meter<'_>) -> Done {
        let arguments = self.arguments(operands);
        let key = Key::new(function, &arguments);
        if let Some(value) = self.session.scratch.memory.recall(&key) {
            let value = value.clone();
            self.states.set(id, value);
        } else {
            self.count(1)?;
            if !self.states.is_computed(id) {
                let value = self.result(id, function, operands, meter)?;
                self.states.set(id, value);
            }
            let value = self.value(id).clone();
            self.session.scratch.memory.remember(&key, &value);
        }
        self.states.arguments = arguments;
        Ok(())
    }

    /// The values of operands, in a buffer that is to be given back.
    pub(super) fn arguments(&mut self, operands: &[ExprId]) -> Vec<Value> {
        let mut arguments = std::mem::take(&mut self.states.arguments);
        arguments.clear();
        arguments.extend(operands.iter().map(|operand| self.value(*operand).clone()));
        arguments
    }

    /// Lets the session remember what was made, before the plain evaluator goes on.
    pub(super) fn hand_over(&mut self) {
        if std::mem::replace(&mut self.states.is_mixed, true) {
            return;
        }
        let set = self.set;
        for made in std::mem::take(&mut self.states.made) {
            let Expr::Call(function, operands) = &set.graph.node(made.call).expr else { continue };
            // What waits cannot fail, and was paid for.
            if self.compute(made.call, &mut Meter::unlimited()).is_err() {
                continue;
            }
            let arguments = self.arguments(operands);
            let value = self.value(made.call).clone();
            self.session.scratch.memory.remember(&Key::new(*function, &arguments), &value);
            self.states.arguments = arguments;
        }
    }

    /// Forgets all but the first calls.
    pub(super) fn forget(&mut self, remembered: usize) {
        if self.remembered() <= remembered {
            return;
        }
        if self.states.is_mixed {
            self.session.scratch.memory.truncate(remembered);
        } else {
            self.states.made.truncate(remembered);
        }
        // What was made before is still remembered, but only the session can tell from now on.
        self.hand_over();
        self.states.stamp += 1;
    }

    pub(super) fn note(&mut self, call: ExprId, class: Option<u32>, fingerprint: Option<u64>) {
        let made = u32::try_from(self.states.made.len()).unwrap_or(u32::MAX);
        let stamp = self.states.stamp;
        let latest = class.and_then(|class| self.states.latest.get_mut(class as usize));
        let previous = latest.and_then(|latest| {
            let before = std::mem::replace(latest, Latest { stamp, made });
            (before.stamp == stamp).then_some(before.made)
        });
        self.states.made.push(Made { call, fingerprint, previous });
    }

    pub(super) fn fingerprint(&self, class: Option<u32>, operands: &[ExprId]) -> Option<u64> {
        let class = self.set.classes.get(class? as usize)?;
        let mut hasher = FxHasher::default();
        for operand in class.varying.iter().filter_map(|place| operands.get(*place)) {
            if self.waits(*operand) {
                return None;
            }
            match self.value(*operand) {
                Value::Str(text) => {
                    let bytes = text.bytes();
                    hasher.write_usize(bytes.len());
                    hasher.write(bytes.first_chunk::<8>().map_or(bytes, |first| first));
                    hasher.write(bytes.last_chunk::<8>().map_or(&[], |last| last));
                }
                Value::Int(number) => hasher.write_i64(*number),
                other => hasher.write_u64(other.weight()),
            }
        }
        Some(hasher.finish())
    }

    /// The call with the same arguments that was made before.
    pub(super) fn made_before(
        &mut self,
        class: Option<u32>,
        fingerprint: Option<u64>,
        operands: &[ExprId],
        meter: &mut Meter<'_>,
    ) -> Result<Option<ExprId>, Fallback> {
        let latest = class.and_then(|class| self.states.latest.get(class as usize));
        let mut at = latest.filter(|latest| latest.stamp == self.states.stamp).map(|latest| latest.made);
        while let Some(made) = at.and_then(|at| self.states.made.get(at as usize)) {
            at = made.previous;
            meter.spend(1).map_err(|_| Fallback)?;
            if fingerprint.zip(made.fingerprint).is_some_and(|(one, other)| one != other) {
                continue;
            }
            let (call, set) = (made.call, self.set);
            let Expr::Call(_, others) = &set.graph.node(call).expr else { continue };
            let mut is_same = true;
            for (one, other) in operands.iter().zip(others).filter(|(one, other)| one != other) {
                is_same = !self.surely_differ(*one, *other) && self.are_same(*one, *other, meter)?;
                if !is_same {
                    break;
                }
            }
            if is_same {
                return Ok(Some(call));
            }
        }
        Ok(None)
    }

    fn are_same(&mut self, one: ExprId, other: ExprId, meter: &mut Meter<'_>) -> Result<bool, Fallback> {
        self.compute(one, meter)?;
        self.compute(other, meter)?;
        let (one, other) = (self.value(one), self.value(other));
        meter.spend(one.reading_units()).map_err(|_| Fallback)?;
        Ok(memory::same(one, other))
    }

    pub(super) fn result(
        &mut self,
        id: ExprId,
        function: FunctionId,
        operands: &[ExprId],
        meter: &mut Meter<'_>,
    ) -> Result<Value, Fallback> {
        let set = self.set;
        let node = set.graph.node(id);
        if let Some(ask) = set.questions.of_call(id) {
            self.compute(set.questions.text(ask).ok_or(Fallback)?, meter)?;
            meter.spend(20).map_err(|_| Fallback)?;
            if self.excludes(ask)? {
                return Ok(absent(function));
            }
        }
        if let (Some(search), Some(haystack)) = (&node.search, operands.first())
            && !self.value(*haystack).is_string_of_null()
        {
            let haystack = self.text(*haystack)?;
            meter.spend(haystack.len() as u64 / 2).map_err(|_| Fallback)?;
            return Ok(Value::Bool(search.finds(haystack.bytes())));
        }
        if let Some(normal) = &node.normal {
            self.compute(normal.haystack, meter)?;
            let haystack = self.text(normal.haystack)?;
            if let Some(search) = normal.search.as_ref().filter(|_| self.states.maps_as_built_in) {
                meter.spend(haystack.len() as u64 / 2 + 20).map_err(|_| Fallback)?;
                return Ok(Value::Bool(search.finds(haystack.bytes())));
            }
            return self.contains_normalised(function, &haystack, operands.get(1..).unwrap_or_default(), meter);
        }
        if let (FunctionId::EqualsToAny, Some((first, others))) = (function, operands.split_first()) {
            let is_equal = |other: &ExprId| compare::equal(self.value(*first), self.value(*other), true) == Some(true);
            return Ok(Value::Bool(others.iter().any(is_equal)));
        }
        let pattern = node.pattern.clone().map(Ok);
        let mut warns = false;
        let arguments = self.arguments(operands);
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
        let called = functions::call(function, &arguments, &mut context);
        self.states.arguments = arguments;
        called.map_err(|_| Fallback)
    }

    fn contains_normalised(
        &self,
        function: FunctionId,
        haystack: &Text,
        needles: &[ExprId],
        meter: &mut Meter<'_>,
    ) -> Result<Value, Fallback> {
        let equivset = self.session.options.equivset;
        let wants_all = function == FunctionId::CcnormContainsAll;
        if haystack.is_empty() {
            // The empty haystack, or one of invisible characters only, which holds no needle but empty ones.
            return Err(Fallback);
        }
        for needle in needles {
            let bytes = self.value(*needle).bytes();
            let needle = equivset.apply(&bytes);
            if needle.is_empty() {
                continue;
            }
            meter.spend(haystack.len() as u64 / 8 + 20).map_err(|_| Fallback)?;
            if search::contains(haystack.bytes(), &needle) != wants_all {
                return Ok(Value::Bool(!wants_all));
            }
        }
        Ok(Value::Bool(wants_all))
    }
}

/// What a function says that looks for something which does not occur.
pub(super) fn absent(function: FunctionId) -> Value {
    match function {
        FunctionId::Count | FunctionId::Rcount => Value::Int(0),
        FunctionId::Strpos => Value::Int(-1),
        _ => Value::Bool(false),
    }
}
