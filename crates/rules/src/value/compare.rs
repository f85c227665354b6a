//! Equality and order.

use super::number::{Numeric, numeric};
use super::{Odd, Payload, Tag, Value};
use crate::syntax::tree::CompareOp;
use std::cmp::Ordering;

/// Applies a comparison. Undefined if an operand is, or if an undefined element has to be looked at.
pub fn compare(op: CompareOp, left: &Value, right: &Value) -> Value {
    if left.is_undefined() || right.is_undefined() {
        return Value::Undefined;
    }
    let answer = match op {
        CompareOp::Equal => equal(left, right, false),
        CompareOp::NotEqual => equal(left, right, false).map(|equal| !equal),
        CompareOp::Identical => equal(left, right, true),
        CompareOp::NotIdentical => equal(left, right, true).map(|equal| !equal),
        _ if left.holds_undefined() || right.holds_undefined() => None,
        _ => Some(fits(op, order(left, right))),
    };
    answer.map_or(Value::Undefined, Value::Bool)
}

/// Compares whole numbers: as their texts, or as numbers, which is the same.
pub(crate) fn ints(op: CompareOp, left: i64, right: i64) -> bool {
    match op {
        CompareOp::Equal | CompareOp::Identical => left == right,
        CompareOp::NotEqual | CompareOp::NotIdentical => left != right,
        order => fits(order, Some(left.cmp(&right))),
    }
}

fn fits(op: CompareOp, ordering: Option<Ordering>) -> bool {
    match op {
        CompareOp::Less => ordering == Some(Ordering::Less),
        CompareOp::Greater => ordering == Some(Ordering::Greater),
        CompareOp::LessEqual => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
        _ => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
    }
}

/// Equality; `strict` compares types too, at every level. None if an undefined element has to be looked at.
pub(crate) fn equal(left: &Value, right: &Value, strict: bool) -> Option<bool> {
    match (left, right) {
        (Value::Undefined, _) | (_, Value::Undefined) => None,
        (Value::Array(a), Value::Array(b)) if a.len() != b.len() => Some(false),
        (Value::Array(a), Value::Array(b)) => {
            let pairs = a.elements().iter().zip(b.elements());
            for (x, y) in pairs {
                if !equal(x, y, strict)? {
                    return Some(false);
                }
            }
            Some(true)
        }
        (Value::Array(array), other) | (other, Value::Array(array)) => {
            Some(!strict && array.is_empty() && matches!(other, Value::Null | Value::Bool(false)))
        }
        _ if strict && left.type_name() != right.type_name() => Some(false),
        (Value::Null, Value::Null) => Some(true),
        (Value::Bool(a), Value::Bool(b)) => Some(a == b),
        (Value::Int(a), Value::Int(b)) => Some(a == b),
        (Value::Str(a), Value::Str(b)) => Some(a == b),
        _ => Some(equal_as_strings(left, right)),
    }
}

/// Strings are equal byte by byte; an odd string equals only another with the same payload.
fn equal_as_strings(left: &Value, right: &Value) -> bool {
    let odd = |value: &Value| match value {
        Value::Odd(Odd { tag: Tag::Str, payload }) => Some(*payload),
        _ => None,
    };
    match (odd(left), odd(right)) {
        (None, None) => left.bytes() == right.bytes(),
        (a, b) => a == b,
    }
}

/// PHP's comparison of the string forms; none if they cannot be ordered (NaN).
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    if let (Value::Int(a), Value::Int(b)) = (left, right) {
        return Some(a.cmp(b));
    }
    if let (Some(a), Some(b)) = (plain_number(left), plain_number(right))
        && (a - b).abs() > a.abs().max(b.abs()) * SURELY_APART
    {
        return a.partial_cmp(&b);
    }
    match (odd_string(left), odd_string(right)) {
        (None, None) => Some(order_bytes(&left.bytes(), &right.bytes())),
        (Some(Payload::Float(a)), Some(Payload::Float(b))) => a.partial_cmp(&b),
        (Some(Payload::Float(a)), None) => order_with_float(a, &right.bytes()),
        (None, Some(Payload::Float(b))) => order_with_float(b, &left.bytes()).map(Ordering::reverse),
        // Null against a number compares as bools, against text as the empty string.
        (Some(_), Some(_)) => Some(left.is_true().cmp(&right.is_true())),
        (Some(_), None) => Some(b"".as_slice().cmp(&right.bytes())),
        (None, Some(_)) => Some(left.bytes().as_ref().cmp(b"")),
    }
}

/// Share of the larger of two numbers by which they must differ to be ordered as their texts are: those have 14 digits,
/// so that each is off by less than a twentieth of a billionth of a thousandth.
const SURELY_APART: f64 = 1e-12;

/// A number whose text is that of a number near to it.
fn plain_number(value: &Value) -> Option<f64> {
    /// Whole numbers up to here are exact as doubles.
    const EXACT_MAX: u64 = 1 << 53;
    match value {
        Value::Float(number) if number.is_finite() => Some(*number),
        #[expect(clippy::cast_precision_loss, reason = "exact up to the limit")]
        Value::Int(number) if number.unsigned_abs() <= EXACT_MAX => Some(*number as f64),
        _ => None,
    }
}

fn odd_string(value: &Value) -> Option<Payload> {
    match value {
        Value::Odd(Odd { tag: Tag::Str, payload }) => Some(*payload),
        _ => None,
    }
}

/// A number against text: as numbers if the text is one, else as strings.
fn order_with_float(number: f64, text: &[u8]) -> Option<Ordering> {
    match numeric(text) {
        Some(other) => number.partial_cmp(&other.float()),
        None => Some(super::number::float_text(number).as_bytes().cmp(text)),
    }
}

impl Numeric {
    #[expect(clippy::cast_precision_loss, reason = "the nearest double is the rule")]
    fn float(self) -> f64 {
        match self {
            Self::Int(number) => number as f64,
            Self::Float(number) | Self::Overflow(number) => number,
        }
    }
}

/// PHP's comparison of two strings.
pub(crate) fn order_bytes(left: &[u8], right: &[u8]) -> Ordering {
    let by_bytes = || left.cmp(right);
    let (Some(a), Some(b)) = (numeric(left), numeric(right)) else {
        return by_bytes();
    };
    match (a, b) {
        (Numeric::Int(a), Numeric::Int(b)) => a.cmp(&b),
        (Numeric::Overflow(a), Numeric::Overflow(b)) if (a > 0.0) == (b > 0.0) => by_bytes(),
        (Numeric::Int(_), Numeric::Overflow(b)) => {
            if b > 0.0 {
                Ordering::Less
            } else {
                Ordering::Greater
            }
        }
        (Numeric::Overflow(a), Numeric::Int(_)) => {
            if a > 0.0 {
                Ordering::Greater
            } else {
                Ordering::Less
            }
        }
        (a, b) => {
            let (a, b) = (a.float(), b.float());
            match a.partial_cmp(&b) {
                Some(Ordering::Equal) if a.is_infinite() => by_bytes(),
                Some(ordering) => ordering,
                None => by_bytes(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_ordered_as_their_texts(
            a in any::<f64>(), b in any::<f64>(), near in -20_i32..20, whole in any::<i64>(), small in -50_i64..50,
        ) {
            let close = a * (1.0 + f64::from(near) * 1e-13);
            let values = [a, b, close, a / 3.0, 0.1 + 0.2, 0.3, 1e14, -0.0].map(Value::Float);
            let values: Vec<Value> = values.into_iter().chain([whole, small, 0].map(Value::Int)).collect();
            for left in &values {
                for right in &values {
                    let expected = order_bytes(&left.bytes(), &right.bytes());
                    prop_assert_eq!(order(left, right), Some(expected), "{:?} {:?}", left, right);
                }
            }
        }
    }

    #[test]
    fn numbers_in_text_are_ordered_as_numbers() {
        for (left, right, expected) in [
            ("2", "10", Ordering::Less),
            ("10", "9a", Ordering::Less),
            ("1e3", "1000", Ordering::Equal),
            (" 1", "1\n", Ordering::Equal),
            ("", "-5000", Ordering::Less),
            ("9223372036854775808", "9223372036854775807", Ordering::Greater),
            ("9223372036854775808", "9223372036854775809", Ordering::Less),
            ("1e1000", "2e1000", Ordering::Less),
        ] {
            assert_eq!(order_bytes(left.as_bytes(), right.as_bytes()), expected, "{left} {right}");
        }
    }
}
