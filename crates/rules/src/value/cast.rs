//! Casts.

use super::arithmetic::RESULT_BYTES_MAX;
use super::number::{float_of, float_text, int_of, truncate};
use super::{Odd, Payload, Tag, Text, Value};
use std::borrow::Cow;

impl Value {
    /// The value as a string; [`Odd`] strings keep their payload. Undefined if it holds something undefined.
    pub(crate) fn to_str(&self) -> Self {
        match self {
            Self::Str(_) | Self::Odd(Odd { tag: Tag::Str, .. }) => self.clone(),
            _ if self.holds_undefined() => Self::Undefined,
            other => Self::Str(other.to_text()),
        }
    }

    /// The bytes of the value's string form, whatever its tag. Undefined parts count as null.
    pub(crate) fn to_text(&self) -> Text {
        match self {
            Self::Str(text) => text.clone(),
            Self::Array(list) if list.is_ascii() => {
                let weight = usize::try_from(list.weight()).unwrap_or_default();
                let mut lines = String::with_capacity(weight.min(RESULT_BYTES_MAX));
                for element in list.elements() {
                    if let Self::Str(text) = element {
                        lines.push_str(text.as_str().unwrap_or_default());
                        lines.push('\n');
                    }
                }
                Text::ascii(&lines)
            }
            other => Text::new(other.bytes()),
        }
    }

    /// The bytes of the value's string form.
    pub(crate) fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Undefined | Self::Null | Self::Bool(false) | Self::Odd(Odd { payload: Payload::Null, .. }) => {
                Cow::Borrowed(b"")
            }
            Self::Odd(Odd { payload: Payload::Zero, .. }) => Cow::Borrowed(b"0"),
            Self::Bool(true) => Cow::Borrowed(b"1"),
            Self::Int(number) => Cow::Owned(number.to_string().into_bytes()),
            Self::Float(number) | Self::Odd(Odd { payload: Payload::Float(number), .. }) => {
                Cow::Owned(float_text(*number).into_bytes())
            }
            Self::Str(text) => Cow::Borrowed(text.bytes()),
            Self::Array(list) => {
                let weight = usize::try_from(list.weight()).unwrap_or_default();
                let mut lines = Vec::with_capacity(weight.min(RESULT_BYTES_MAX));
                for element in list.elements() {
                    lines.extend_from_slice(&element.bytes());
                    lines.push(b'\n');
                }
                Cow::Owned(lines)
            }
        }
    }

    /// The value as an int. Undefined if it is undefined.
    pub(crate) fn to_int(&self) -> Self {
        match self {
            Self::Undefined => Self::Undefined,
            Self::Odd(Odd { tag: Tag::Int, .. }) => self.clone(),
            other => Self::Int(other.int()),
        }
    }

    /// The value as a whole number; undefined counts as 0.
    pub(crate) fn int(&self) -> i64 {
        match self {
            Self::Undefined | Self::Null | Self::Odd(Odd { payload: Payload::Null | Payload::Zero, .. }) => 0,
            Self::Bool(value) => i64::from(*value),
            Self::Int(number) => *number,
            Self::Float(number) | Self::Odd(Odd { payload: Payload::Float(number), .. }) => truncate(*number),
            Self::Str(text) => int_of(text.bytes()),
            Self::Array(list) => i64::try_from(list.len()).unwrap_or(i64::MAX),
        }
    }

    /// The value as a float. Undefined if it is undefined.
    pub(crate) fn to_float(&self) -> Self {
        match self {
            Self::Undefined | Self::Odd(Odd { tag: Tag::Float, .. }) => self.clone(),
            other => Self::Float(other.float()),
        }
    }

    /// The value as a double; undefined counts as 0.
    #[expect(clippy::cast_precision_loss, reason = "the nearest double is the rule")]
    pub(crate) fn float(&self) -> f64 {
        match self {
            Self::Undefined | Self::Null | Self::Odd(Odd { payload: Payload::Null | Payload::Zero, .. }) => 0.0,
            Self::Bool(value) => f64::from(u8::from(*value)),
            Self::Int(number) => *number as f64,
            Self::Float(number) | Self::Odd(Odd { payload: Payload::Float(number), .. }) => *number,
            Self::Str(text) => float_of(text.bytes()),
            Self::Array(list) => list.len() as f64,
        }
    }

    /// The value as a bool; [`Odd`] bools keep their payload. Undefined if it is undefined.
    pub(crate) fn to_bool(&self) -> Self {
        match self {
            Self::Undefined => Self::Undefined,
            Self::Bool(_) | Self::Odd(Odd { tag: Tag::Bool, .. }) => self.clone(),
            other => Self::Bool(other.is_true()),
        }
    }
}
