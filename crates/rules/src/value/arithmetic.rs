//! Arithmetic.

use super::number::truncate;
use super::{Odd, Payload, Tag, Text, Value};
use crate::error::Param;
use crate::syntax::tree::ArithmeticOp;

/// Why an operation has no result.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// Division by zero; the left number.
    DivideByZero(Param),
    /// Unary minus on an array.
    BadOperand,
    /// The result would be too large.
    TooLarge,
}

/// Longest string or array that an operation may make: bytes, or elements times 16.
pub const RESULT_BYTES_MAX: usize = 16 << 20;

/// Units of work to make the result, reading the operands left out: new memory costs more than reading.
pub(crate) fn making_units(op: ArithmeticOp, left: &Value, right: &Value) -> u64 {
    match (op, left, right) {
        (ArithmeticOp::Add, Value::Array(a), Value::Array(b)) => 8 * (a.len() + b.len()) as u64,
        // A text is read as a number.
        (_, a, b) => {
            let bytes = a.weight().saturating_add(b.weight());
            let fresh = if bytes > FRESH_BYTES { bytes / 4 } else { 0 };
            bytes / 2 + fresh
        }
    }
}

/// Bytes from which on the allocator takes memory from the system and gives it back: each page of it is cleared anew.
const FRESH_BYTES: u64 = 128 << 10;

#[derive(Clone, Copy)]
enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    #[expect(clippy::cast_precision_loss, reason = "the nearest double is the rule")]
    fn float(self) -> f64 {
        match self {
            Self::Int(number) => number as f64,
            Self::Float(number) => number,
        }
    }

    fn int(self) -> i64 {
        match self {
            Self::Int(number) => number,
            Self::Float(number) => truncate(number),
        }
    }

    fn param(self) -> Param {
        match self {
            Self::Int(number) => Param::Int(number),
            Self::Float(number) => Param::Float(number),
        }
    }
}

/// Int, bool and null become an int, everything else a float.
fn number(value: &Value) -> Number {
    match value {
        Value::Odd(Odd { tag: Tag::Int, payload: Payload::Float(number) }) => Number::Float(*number),
        Value::Undefined
        | Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Odd(Odd { tag: Tag::Bool | Tag::Null | Tag::Int | Tag::Float, .. }) => Number::Int(value.int()),
        other => Number::Float(other.float()),
    }
}

/// Applies an operator of two operands. Undefined if an operand is.
///
/// # Errors
/// [`Failure`]; division by a defined zero fails even if the left side is undefined.
pub fn apply(op: ArithmeticOp, left: &Value, right: &Value) -> Result<Value, Failure> {
    let undefined = left.is_undefined() || right.is_undefined();
    match op {
        ArithmeticOp::Divide | ArithmeticOp::Modulo if !right.is_undefined() => {
            let result = divide(op, number(left), number(right))?;
            Ok(if undefined { Value::Undefined } else { result })
        }
        _ if undefined => Ok(Value::Undefined),
        ArithmeticOp::Add => add(left, right),
        ArithmeticOp::Subtract => Ok(calculate(number(left), number(right), i64::checked_sub, |a, b| a - b)),
        ArithmeticOp::Multiply => Ok(calculate(number(left), number(right), i64::checked_mul, |a, b| a * b)),
        ArithmeticOp::Power => Ok(power(number(left), number(right))),
        ArithmeticOp::Divide | ArithmeticOp::Modulo => Ok(Value::Undefined),
    }
}

fn calculate(left: Number, right: Number, ints: fn(i64, i64) -> Option<i64>, floats: fn(f64, f64) -> f64) -> Value {
    if let (Number::Int(a), Number::Int(b)) = (left, right)
        && let Some(result) = ints(a, b)
    {
        return Value::Int(result);
    }
    Value::Float(floats(left.float(), right.float()))
}

fn is_string(value: &Value) -> bool {
    matches!(value, Value::Str(_) | Value::Odd(Odd { tag: Tag::Str, .. }))
}

fn add(left: &Value, right: &Value) -> Result<Value, Failure> {
    if is_string(left) || is_string(right) {
        if left.holds_undefined() || right.holds_undefined() {
            return Ok(Value::Undefined);
        }
        let (a, b) = (left.bytes(), right.bytes());
        if a.len() + b.len() > RESULT_BYTES_MAX {
            return Err(Failure::TooLarge);
        }
        return Ok(Value::Str(Text::new([a.as_ref(), b.as_ref()].concat())));
    }
    if let (Value::Array(a), Value::Array(b)) = (left, right) {
        if (a.len() + b.len()) * 16 > RESULT_BYTES_MAX {
            return Err(Failure::TooLarge);
        }
        return Ok(Value::Array(a.elements().iter().chain(b.elements()).cloned().collect()));
    }
    Ok(calculate(number(left), number(right), i64::checked_add, |a, b| a + b))
}

fn divide(op: ArithmeticOp, left: Number, right: Number) -> Result<Value, Failure> {
    if op == ArithmeticOp::Modulo {
        let (a, b) = (left.int(), right.int());
        if b == 0 {
            return Err(Failure::DivideByZero(left.param()));
        }
        return Ok(Value::Int(a.wrapping_rem(b)));
    }
    if right.float() == 0.0 {
        return Err(Failure::DivideByZero(left.param()));
    }
    if let (Number::Int(a), Number::Int(b)) = (left, right)
        && a.checked_rem(b) == Some(0)
        && let Some(quotient) = a.checked_div(b)
    {
        return Ok(Value::Int(quotient));
    }
    Ok(Value::Float(left.float() / right.float()))
}

fn power(base: Number, exponent: Number) -> Value {
    if let (Number::Int(base), Number::Int(exponent)) = (base, exponent)
        && let Ok(exponent) = u64::try_from(exponent)
    {
        return int_power(base, exponent);
    }
    Value::Float(base.float().powf(exponent.float()))
}

/// Squares and multiplies while the numbers fit; what is left then is done with doubles, which decides the last digit.
#[expect(clippy::cast_precision_loss, reason = "the nearest double is the rule")]
fn int_power(base: i64, exponent: u64) -> Value {
    let (mut result, mut base, mut left) = (1_i64, base, exponent);
    while left > 0 {
        if left % 2 == 1 {
            left -= 1;
            match result.checked_mul(base) {
                Some(product) => result = product,
                None => return Value::Float(result as f64 * base as f64 * (base as f64).powf(left as f64)),
            }
        } else {
            left /= 2;
            match base.checked_mul(base) {
                Some(square) => base = square,
                None => return Value::Float(result as f64 * (base as f64 * base as f64).powf(left as f64)),
            }
        }
    }
    Value::Int(result)
}

/// Unary minus.
///
/// # Errors
/// [`Failure::BadOperand`] for an array.
#[expect(clippy::cast_precision_loss, reason = "the nearest double is the rule")]
pub fn negate(value: &Value) -> Result<Value, Failure> {
    let odd = |tag, number: f64| Value::Odd(Odd { tag, payload: Payload::Float(-number) });
    Ok(match value {
        Value::Undefined => Value::Undefined,
        Value::Int(number) => match number.checked_neg() {
            Some(result) => Value::Int(result),
            None => odd(Tag::Int, *number as f64),
        },
        Value::Float(number) => Value::Float(-number),
        Value::Null => odd(Tag::Null, 0.0),
        Value::Bool(value) => odd(Tag::Bool, f64::from(u8::from(*value))),
        Value::Str(_) => odd(Tag::Str, value.float()),
        Value::Odd(Odd { tag: Tag::Int, payload: Payload::Float(number) }) => odd(Tag::Int, *number),
        Value::Odd(Odd { tag, .. }) => odd(*tag, value.float()),
        Value::Array(_) => return Err(Failure::BadOperand),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_ints_stay_ints_while_they_fit() {
        assert!(matches!(int_power(2, 62), Value::Int(number) if number == 1 << 62));
        assert!(matches!(int_power(2, 63), Value::Float(_)));
        assert!(matches!(int_power(-1, u64::MAX), Value::Int(-1)));
    }

    #[test]
    fn zero_divides_nothing_even_when_the_left_side_is_undefined() {
        let result = apply(ArithmeticOp::Divide, &Value::Undefined, &Value::Int(0));
        assert_eq!(result.unwrap_err(), Failure::DivideByZero(Param::Int(0)));
    }
}
