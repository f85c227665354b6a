//! Derived variables as values of the language.

use crate::budget::{Exhausted, Meter};
use crate::derive::{self, Derived, Input};
use crate::value::Value;

/// An input, in the form that [`derive`] takes it.
enum Held<'a> {
    Int(i64),
    Bytes(std::borrow::Cow<'a, [u8]>),
    List(Vec<Vec<u8>>),
}

impl<'a> Held<'a> {
    fn new(value: &'a Value) -> Self {
        match value {
            Value::Int(number) => Self::Int(*number),
            Value::Array(list) => {
                Self::List(list.elements().iter().map(|element| element.bytes().into_owned()).collect())
            }
            other => Self::Bytes(other.bytes()),
        }
    }

    fn input(&self) -> Input<'_> {
        match self {
            Self::Int(number) => Input::Int(*number),
            Self::Bytes(bytes) => Input::Bytes(bytes),
            Self::List(list) => Input::List(list),
        }
    }
}

/// The value of a derived variable; none if an input is of a type that gives none.
///
/// # Errors
/// [`Exhausted`] if it costs more than `meter` has left.
pub(super) fn value(name: &str, inputs: &[(&str, &Value)], meter: &mut Meter<'_>) -> Result<Option<Value>, Exhausted> {
    let held: Vec<(&str, Held<'_>)> = inputs.iter().map(|(name, value)| (*name, Held::new(value))).collect();
    let input = |wanted: &str| {
        let (_, held) = held.iter().find(|(name, _)| *name == wanted)?;
        Some(held.input())
    };
    Ok(derive::derive(name, &input, meter)?.map(|derived| match derived {
        Derived::Int(number) => Value::Int(number),
        Derived::Bytes(bytes) => Value::text(bytes),
        Derived::List(list) => Value::texts(list),
    }))
}
