//! When the reference takes two different lines for the same.
//!
//! The engine of the reference finds common lines by identity, but slides changed blocks with PHP's `==` on strings, which
//! compares numbers if both strings are numeric: `1.0`, `01` and ` 1` are equal there. So are they here, and only there.
//!
//! Rule: PHP manual, "Numeric strings" and "Comparison operators"; behaviour of PHP 8.

/// PHP's `==` of two strings.
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    if a == b {
        return true;
    }
    if !may_be_numbers(a, b) {
        return false;
    }
    match (Number::parse(a), Number::parse(b)) {
        (Some(a), Some(b)) => a.equals(b),
        _ => false,
    }
}

/// What [`same`] costs: most lines need a look at their bytes, those that may be numbers are read.
pub(super) fn cost(a: &[u8], b: &[u8]) -> u64 {
    if may_be_numbers(a, b) { 50 + 4 * (a.len() as u64 + b.len() as u64) } else { 8 + a.len().min(b.len()) as u64 / 16 }
}

/// What a numeric string stands for.
#[derive(Clone, Copy)]
enum Number {
    Whole(i64),
    /// Whole in form, but outside 64 bits; read as a float.
    TooLarge(f64),
    Float(f64),
}

impl Number {
    fn parse(text: &[u8]) -> Option<Self> {
        let text = trimmed(text);
        let digits = match text {
            [b'-' | b'+', rest @ ..] => rest,
            _ => text,
        };
        let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
        let form = std::str::from_utf8(text).ok()?;
        if end == digits.len() && end > 0 {
            // Rust's reader of numbers takes the same signs.
            return match form.parse() {
                Ok(whole) => Some(Self::Whole(whole)),
                Err(_) => Some(Self::TooLarge(form.parse().ok()?)),
            };
        }
        // A float starts with a digit, or with a point that a digit follows; this keeps words such as `inf` out.
        let starts = end > 0 || matches!(digits, [b'.', b'0'..=b'9', ..]);
        if starts { form.parse().ok().map(Self::Float) } else { None }
    }

    #[expect(clippy::float_cmp, clippy::cast_precision_loss, reason = "PHP compares exactly this way")]
    fn equals(self, other: Self) -> bool {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => a == b,
            // A whole number beyond 64 bits equals none within; two of them are compared as text, and the texts differ.
            (Self::Whole(_) | Self::TooLarge(_), Self::TooLarge(_)) | (Self::TooLarge(_), Self::Whole(_)) => false,
            (Self::Whole(whole), Self::Float(float)) | (Self::Float(float), Self::Whole(whole)) => {
                whole as f64 == float
            }
            (Self::Float(a) | Self::TooLarge(a), Self::Float(b) | Self::TooLarge(b)) => a == b && a.is_finite(),
        }
    }
}

/// False for nearly all pairs of lines, at the cost of a look at four bytes.
fn may_be_numbers(a: &[u8], b: &[u8]) -> bool {
    may_be_numeric(a) && may_be_numeric(b)
}

fn may_be_numeric(text: &[u8]) -> bool {
    matches!(text.first(), Some(b'0'..=b'9' | b'.' | b'+' | b'-' | b' ' | b'\t' | b'\n' | b'\r' | 0x0B | 0x0C))
        && matches!(text.last(), Some(b'0'..=b'9' | b'.' | b' ' | b'\t' | b'\n' | b'\r' | 0x0B | 0x0C))
}

/// Without the white space that PHP allows around a number.
fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\n' | b'\r' | 0x0B | 0x0C, rest @ ..]
    | [rest @ .., b' ' | b'\t' | b'\n' | b'\r' | 0x0B | 0x0C] = text
    {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numeric_strings_are_the_same_when_their_numbers_are() {
        for (a, b) in [
            ("1", "01"),
            ("1", " 1"),
            ("1", "1 "),
            ("1", "+1"),
            ("1", "1.0"),
            ("10", "1e1"),
            (".5", "0.50"),
            ("1.", "1"),
            ("0", "-0"),
            ("100", "1.e2"),
            ("\t7", "7\u{c}"),
            ("9007199254740993", "9007199254740992.0"),
            ("9223372036854775808", "9223372036854775808.0"),
            ("x", "x"),
            ("1e999", "1e999"),
        ] {
            assert!(same(a.as_bytes(), b.as_bytes()), "{a:?} {b:?}");
            assert!(same(b.as_bytes(), a.as_bytes()), "{b:?} {a:?}");
        }
    }

    #[test]
    fn everything_else_is_compared_byte_by_byte() {
        for (a, b) in [
            ("1", "2"),
            ("1", "1x"),
            ("1", "0x1"),
            ("", "0"),
            ("", " "),
            (" ", "  "),
            ("a", "A"),
            ("1e", "1"),
            ("1e+", "1"),
            (".", "0"),
            ("-", "0"),
            ("inf", "INF"),
            ("nan", "nan "),
            ("1 1", "1 01"),
            ("- 1", "-1"),
            ("1\u{a0}", "1"),
            ("9223372036854775808", "9223372036854775809"),
            ("9223372036854775808", "09223372036854775808"),
            ("9223372036854775807", "9223372036854775808"),
            ("1e999", "2e999"),
            ("1e999", "-1e999"),
        ] {
            assert!(!same(a.as_bytes(), b.as_bytes()), "{a:?} {b:?}");
        }
    }
}
