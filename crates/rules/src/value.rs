//! Values of the language.

pub mod arithmetic;
pub mod cast;
pub mod compare;
mod list;
pub mod number;
mod text;

pub use list::List;
pub use text::{Encoding, Text};

/// A value.
#[derive(Debug, Clone)]
pub enum Value {
    /// No value: a user variable whose assignment was skipped.
    Undefined,
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A byte string.
    Str(Text),
    /// Elements, indexed from 0.
    Array(List),
    /// A value whose type tag and payload disagree.
    Odd(Odd),
}

/// A value that the reference evaluator tags as one type but fills with another: unary minus keeps the tag of a text,
/// a bool or null and computes a number; functions that cannot work on invalid UTF-8 yield a string that holds null.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Odd {
    /// The type it claims to be.
    pub tag: Tag,
    /// What it holds.
    pub payload: Payload,
}

/// The tags that [`Odd`] values have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after the types")]
pub enum Tag {
    Null,
    Bool,
    Int,
    Float,
    Str,
}

/// What an [`Odd`] value holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Payload {
    /// A number.
    Float(f64),
    /// The whole number 0.
    Zero,
    /// Nothing.
    Null,
}

impl Value {
    /// A string from bytes.
    pub fn text(bytes: impl AsRef<[u8]>) -> Self {
        Self::Str(Text::new(bytes))
    }

    /// An array of strings.
    pub fn texts<I: IntoIterator<Item = B>, B: AsRef<[u8]>>(elements: I) -> Self {
        Self::Array(elements.into_iter().map(Self::text).collect())
    }

    /// The string that functions yield for text they cannot work on.
    pub(crate) const STRING_OF_NULL: Self = Self::Odd(Odd { tag: Tag::Str, payload: Payload::Null });

    /// Whether it is [`Value::STRING_OF_NULL`]: no text, but not the empty string either.
    pub(crate) fn is_string_of_null(&self) -> bool {
        matches!(self, Self::Odd(Odd { tag: Tag::Str, payload: Payload::Null }))
    }

    /// The share of special characters in the empty text: a float that holds a whole number.
    pub(crate) const FLOAT_OF_ZERO: Self = Self::Odd(Odd { tag: Tag::Float, payload: Payload::Zero });

    /// The type's name: `bool int float string array null undefined`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Null | Self::Odd(Odd { tag: Tag::Null, .. }) => "null",
            Self::Bool(_) | Self::Odd(Odd { tag: Tag::Bool, .. }) => "bool",
            Self::Int(_) | Self::Odd(Odd { tag: Tag::Int, .. }) => "int",
            Self::Float(_) | Self::Odd(Odd { tag: Tag::Float, .. }) => "float",
            Self::Str(_) | Self::Odd(Odd { tag: Tag::Str, .. }) => "string",
            Self::Array(_) => "array",
        }
    }

    /// Whether it is undefined.
    pub fn is_undefined(&self) -> bool {
        matches!(self, Self::Undefined)
    }

    /// Whether it is undefined or an array that holds something undefined, at any depth.
    pub fn holds_undefined(&self) -> bool {
        match self {
            Self::Undefined => true,
            Self::Array(list) => list.holds_undefined(),
            _ => false,
        }
    }

    /// The value with every undefined part replaced by null.
    pub(crate) fn without_undefined(&self) -> Self {
        match self {
            Self::Undefined => Self::Null,
            Self::Array(list) if list.holds_undefined() => {
                Self::Array(list.elements().iter().map(Self::without_undefined).collect())
            }
            other => other.clone(),
        }
    }

    /// About how many bytes its string form has; saturates.
    pub fn weight(&self) -> u64 {
        match self {
            Self::Str(text) => text.len() as u64,
            Self::Array(list) => list.weight(),
            Self::Undefined | Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Int(_) | Self::Float(_) | Self::Odd(_) => 24,
        }
    }

    /// Steps to walk it, each about the time of an integer: a number must be written out before it is compared.
    pub(crate) fn effort(&self) -> u64 {
        match self {
            Self::Array(list) => list.effort().saturating_add(1),
            Self::Float(_) | Self::Odd(_) => 16,
            _ => 1,
        }
    }

    /// Units of work to read all of it once: to copy it, compare it, write it as text.
    pub(crate) fn reading_units(&self) -> u64 {
        match self {
            Self::Array(list) => (list.weight() / 2).saturating_add(list.effort().saturating_mul(20)),
            other => other.weight() / 8,
        }
    }

    /// Whether it counts as true. Undefined does not.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Undefined | Self::Null | Self::Odd(Odd { payload: Payload::Null | Payload::Zero, .. }) => false,
            Self::Bool(value) => *value,
            Self::Int(number) => *number != 0,
            Self::Float(number) | Self::Odd(Odd { payload: Payload::Float(number), .. }) => *number != 0.0,
            Self::Str(text) => !matches!(text.bytes(), b"" | b"0"),
            Self::Array(list) => !list.is_empty(),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(Text::from(text))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}
