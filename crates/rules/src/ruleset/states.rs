//! What a thread knows of the present action.

use super::RuleSet;
use super::grams::Answers;
use super::graph::{Expr, ExprId, Graph};
use crate::action::Action;
use crate::text::equivset::Equivset;
use crate::value::Value;

/// What is known of an expression.
#[derive(Debug)]
pub(super) struct State {
    /// The action for which `value` holds.
    pub(super) epoch: u32,
    /// The stretch in which all calls inside are remembered, so that evaluating it again counts only its own cost.
    pub(super) stamp: u32,
    pub(super) value: Value,
}

impl Default for State {
    fn default() -> Self {
        Self { epoch: 0, stamp: 0, value: Value::Null }
    }
}

/// A call that was made and counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Made {
    pub(super) call: ExprId,
    /// Of the arguments that its class does not share; none if one of them was waiting.
    pub(super) fingerprint: Option<u64>,
    /// The call of the same class that was made before it.
    pub(super) previous: Option<u32>,
}

/// The calls of one class that were made last.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Latest {
    pub(super) stamp: u32,
    pub(super) made: u32,
}

/// The states of a rule set's expressions and tests, from one action to the next.
#[derive(Debug, Default)]
pub(super) struct States {
    pub(super) exprs: Vec<State>,
    /// What is known of texts that questions are about.
    pub(super) answers: Answers,
    /// By test: twice the key that tells for which action (or stretch) it is known, plus one if it is true.
    pub(super) marks: Vec<u32>,
    /// By test: the stretch in which the calls of its expression are counted, if it is no test but made later.
    pub(super) waiting: Vec<u32>,
    /// Number of the action.
    pub(super) epoch: u32,
    /// Number of the stretch in which nothing remembered was forgotten.
    pub(super) stamp: u32,
    pub(super) flags: Vec<bool>,
    pub(super) arguments: Vec<Value>,
    /// The calls made so far, in order, unless the session remembers them.
    pub(super) made: Vec<Made>,
    /// By class.
    pub(super) latest: Vec<Latest>,
    /// Whether the plain evaluator has made calls in this action: then the session remembers all of them.
    pub(super) is_mixed: bool,
    /// Whether the table of look-alikes maps as the built-in one.
    pub(super) maps_as_built_in: bool,
}

impl States {
    /// Makes everything unknown, for a new action.
    pub(super) fn begin(&mut self, set: &RuleSet, equivset: &Equivset) {
        if self.exprs.len() != set.graph.len() || self.epoch > u32::MAX / 4 || self.stamp > u32::MAX / 4 {
            self.reset(set);
        }
        self.epoch += 1;
        self.stamp += 1;
        self.made.clear();
        self.is_mixed = false;
        self.maps_as_built_in = equivset.is_builtin();
    }

    /// Forgets everything, for another rule set.
    pub(super) fn reset(&mut self, set: &RuleSet) {
        *self = Self::default();
        self.exprs.resize_with(set.graph.len(), State::default);
        self.answers.reset(&set.questions);
        self.marks.resize(set.leaves.len(), 0);
        self.waiting.resize(set.leaves.len(), 0);
        self.latest.resize(set.classes.len(), Latest::default());
    }

    pub(super) fn set(&mut self, id: ExprId, value: Value) {
        let Some(state) = self.exprs.get_mut(id.index()) else { return };
        state.epoch = self.epoch;
        match (&mut state.value, value) {
            // Nearly always; nothing is dropped.
            (Value::Bool(slot), Value::Bool(value)) => *slot = value,
            (slot, value) => *slot = value,
        }
    }

    pub(super) fn is_computed(&self, id: ExprId) -> bool {
        self.exprs.get(id.index()).is_some_and(|state| state.epoch == self.epoch)
    }

    /// Whether a call is made and remembered.
    pub(super) fn is_made(&self, id: ExprId) -> bool {
        self.exprs.get(id.index()).is_some_and(|state| state.stamp == self.stamp)
    }

    /// Notes that a call is made and remembered.
    pub(super) fn stamp(&mut self, id: ExprId) {
        if let Some(state) = self.exprs.get_mut(id.index()) {
            state.stamp = self.stamp;
        }
    }
}

static NULL: Value = Value::Null;

/// The value of an expression that was computed.
#[inline]
pub(super) fn value<'v>(graph: &'v Graph, action: &'v Action, states: &'v [State], id: ExprId) -> &'v Value {
    match &graph.node(id).expr {
        Expr::Const(index) => graph.constant(*index),
        Expr::Variable(variable) => action.value(*variable).unwrap_or(&NULL),
        Expr::Known(inner) => value(graph, action, states, *inner),
        Expr::Text(inner) => match value(graph, action, states, *inner) {
            text @ Value::Str(_) => text,
            _ => states.get(id.index()).map_or(&NULL, |state| &state.value),
        },
        _ => states.get(id.index()).map_or(&NULL, |state| &state.value),
    }
}
