//! The variables of one action.

mod derived;

use crate::budget::{Exhausted, Meter};
use crate::derive;
use crate::value::Value;
use crate::vocabulary::{VariableId, Vocabulary};
use std::sync::{Arc, OnceLock};

/// What rules read: the values that the caller set, and what can be derived from them.
///
/// A variable is *set*, *offered* (the caller can supply its value, but has not yet) or neither; then it is null.
#[derive(Debug)]
pub struct Action {
    slots: Arc<[Slot]>,
    /// Values computed from others, by the number that the vocabulary gives derivable variables.
    derived: Box<[OnceLock<Value>]>,
    derives: bool,
}

#[derive(Debug, Clone)]
enum Slot {
    Unset,
    Offered,
    Set(Value),
    /// Number in [`Action::derived`]; whether it is offered too.
    Derivable(u8, bool),
}

/// What reading a variable gives.
#[derive(Debug, Clone, Copy)]
pub enum Reading<'a> {
    /// Its value.
    Set(&'a Value),
    /// It has none.
    Unset,
    /// The caller must supply this one first.
    Needed(VariableId),
}

impl Action {
    /// An action without variables.
    pub fn new(vocabulary: &Vocabulary) -> Self {
        let slots = vocabulary.derivable().iter().map(|number| match number {
            Some(number) => Slot::Derivable(*number, false),
            None => Slot::Unset,
        });
        let derived = std::iter::repeat_with(OnceLock::new).take(vocabulary.derivable_count());
        Self { slots: slots.collect(), derived: derived.collect(), derives: true }
    }

    /// Another action with the same variables, of which nothing has been derived yet. Cheap: the values are shared.
    #[must_use]
    pub fn renewed(&self) -> Self {
        let derived = self.derived.iter().map(|_| OnceLock::new()).collect();
        Self { slots: self.slots.clone(), derived, derives: self.derives }
    }

    /// Turns the derivation of variables (`added_lines` from the texts and the like) on or off; it is on at first.
    pub fn set_deriving(&mut self, derives: bool) {
        self.derives = derives;
    }

    /// Gives a variable its value.
    pub fn set(&mut self, id: VariableId, value: Value) {
        if let Some(slot) = Arc::make_mut(&mut self.slots).get_mut(id.index()) {
            *slot = Slot::Set(value);
        }
    }

    /// Says that the caller can supply the variable's value when asked.
    pub fn offer(&mut self, id: VariableId) {
        match Arc::make_mut(&mut self.slots).get_mut(id.index()) {
            Some(Slot::Derivable(_, is_offered)) => *is_offered = true,
            Some(slot @ Slot::Unset) => *slot = Slot::Offered,
            _ => {}
        }
    }

    /// The value, if it is set or was derived.
    #[inline]
    pub fn value(&self, id: VariableId) -> Option<&Value> {
        match self.slots.get(id.index())? {
            Slot::Set(value) => Some(value),
            Slot::Derivable(number, _) => self.derived.get(usize::from(*number))?.get(),
            Slot::Unset | Slot::Offered => None,
        }
    }

    /// Reads a variable, deriving its value if that is possible.
    ///
    /// # Errors
    /// [`Exhausted`] if deriving costs more than `meter` has left.
    #[inline]
    pub fn read(
        &self,
        id: VariableId,
        vocabulary: &Vocabulary,
        meter: &mut Meter<'_>,
    ) -> Result<Reading<'_>, Exhausted> {
        match self.value(id) {
            Some(value) => Ok(Reading::Set(value)),
            None => self.read_unset(id, vocabulary, meter),
        }
    }

    fn read_unset(
        &self,
        id: VariableId,
        vocabulary: &Vocabulary,
        meter: &mut Meter<'_>,
    ) -> Result<Reading<'_>, Exhausted> {
        let is_offered = match self.slots.get(id.index()) {
            Some(Slot::Offered) => true,
            Some(Slot::Derivable(number, is_offered)) => {
                if self.derives
                    && let Some(inputs) = derive::derivable(vocabulary.name(id))
                {
                    match self.derive(id, *number, inputs, vocabulary, meter)? {
                        Reading::Unset => {}
                        reading => return Ok(reading),
                    }
                }
                *is_offered
            }
            _ => false,
        };
        Ok(if is_offered { Reading::Needed(id) } else { Reading::Unset })
    }

    /// Derives `id` if all its inputs have values; asks for the first one that the caller offers.
    fn derive(
        &self,
        id: VariableId,
        number: u8,
        inputs: &[&str],
        vocabulary: &Vocabulary,
        meter: &mut Meter<'_>,
    ) -> Result<Reading<'_>, Exhausted> {
        let mut values = Vec::with_capacity(inputs.len());
        for input in inputs {
            let Some(input) = vocabulary.id(input) else { return Ok(Reading::Unset) };
            match self.read(input, vocabulary, meter)? {
                Reading::Set(value) => values.push((vocabulary.name(input), value)),
                other => return Ok(other),
            }
        }
        let Some(slot) = self.derived.get(usize::from(number)) else { return Ok(Reading::Unset) };
        let Some(value) = derived::value(vocabulary.name(id), &values, meter)? else {
            return Ok(Reading::Unset);
        };
        Ok(Reading::Set(slot.get_or_init(|| value)))
    }
}
