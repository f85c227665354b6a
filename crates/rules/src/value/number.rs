//! Numbers in text, and text of numbers, as PHP reads and writes them.

/// White space that may stand in front of a number.
fn is_space(byte: u8) -> bool {
    matches!(byte, 0x09..=0x0D | 0x20)
}

/// A number at the beginning of a text.
struct Prefix<'a> {
    /// Sign, digits, point, exponent.
    digits: &'a str,
    /// Whether it has neither point nor exponent.
    is_whole: bool,
    /// Bytes in front of it and of it.
    length: usize,
}

/// The longest prefix of the form `space* [+-]? (digits [. digits*] | . digits) ([eE][+-]?digits)?`.
fn prefix(text: &[u8]) -> Option<Prefix<'_>> {
    let digits_at = |at: usize| -> usize {
        text.get(at..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let byte_at = |at: usize| text.get(at).copied();
    let start = text.iter().take_while(|byte| is_space(**byte)).count();
    let unsigned = start + usize::from(matches!(byte_at(start), Some(b'+' | b'-')));
    let whole = digits_at(unsigned);
    let mut end = unsigned + whole;
    let mut is_whole = true;
    if byte_at(end) == Some(b'.') {
        let decimals = digits_at(end + 1);
        if whole > 0 || decimals > 0 {
            end += 1 + decimals;
            is_whole = false;
        }
    }
    if whole == 0 && is_whole {
        return None;
    }
    if matches!(byte_at(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(byte_at(end + 1), Some(b'+' | b'-')));
        let exponent = digits_at(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
            is_whole = false;
        }
    }
    let digits = std::str::from_utf8(text.get(start..end)?).ok()?;
    Some(Prefix { digits, is_whole, length: end })
}

/// The double nearest to the number that `text` begins with, else 0.
pub fn float_of(text: &[u8]) -> f64 {
    prefix(text).map_or(0.0, |prefix| double(prefix.digits))
}

fn double(digits: &str) -> f64 {
    digits.parse().unwrap_or(0.0)
}

/// The whole number that `text` begins with, truncated and saturating, else 0. Infinity is 0.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, which is the rule")]
pub fn int_of(text: &[u8]) -> i64 {
    let Some(prefix) = prefix(text) else { return 0 };
    if prefix.is_whole
        && let Ok(number) = prefix.digits.parse()
    {
        return number;
    }
    let double = double(prefix.digits);
    if double.is_finite() { double as i64 } else { 0 }
}

/// A double truncated to a whole number: modulo 2^64 beyond the range, 0 for NaN and infinities.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is handled here")]
#[expect(clippy::cast_possible_wrap, reason = "reinterpreting modulo 2^64 is the rule")]
pub fn truncate(number: f64) -> i64 {
    const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
    const TWO_TO_64: f64 = 18_446_744_073_709_551_616.0;
    if !number.is_finite() {
        return 0;
    }
    if (-TWO_TO_63..TWO_TO_63).contains(&number) {
        return number as i64;
    }
    let mut rest = number % TWO_TO_64;
    if rest < 0.0 {
        rest += TWO_TO_64;
    }
    rest as u64 as i64
}

/// A double as text: 14 significant digits, trailing zeros dropped, exponents from 10^-5 down and from 10^14 on.
pub fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "NAN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "INF" } else { "-INF" }.to_owned();
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    // One digit, a point, 13 digits, `e`, the exponent; correctly rounded.
    let scientific = format!("{:.13e}", number.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let digits = mantissa.replace('.', "");
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return format!("{sign}0");
    }
    if !(-5 < exponent && exponent < 14) {
        return scientific_text(sign, digits, exponent);
    }
    plain_text(sign, digits, exponent)
}

fn scientific_text(sign: &str, digits: &str, exponent: i32) -> String {
    let (first, rest) = digits.split_at_checked(1).unwrap_or((digits, ""));
    let rest = if rest.is_empty() { "0" } else { rest };
    let plus = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{first}.{rest}E{plus}{}", exponent.unsigned_abs())
}

fn plain_text(sign: &str, digits: &str, exponent: i32) -> String {
    match usize::try_from(exponent) {
        Ok(exponent) if digits.len() <= exponent + 1 => {
            let zeros = "0".repeat(exponent + 1 - digits.len());
            format!("{sign}{digits}{zeros}")
        }
        Ok(exponent) => {
            let (whole, decimals) = digits.split_at_checked(exponent + 1).unwrap_or((digits, ""));
            format!("{sign}{whole}.{decimals}")
        }
        Err(_) => {
            let zeros = "0".repeat(usize::try_from(-exponent - 1).unwrap_or_default());
            format!("{sign}0.{zeros}{digits}")
        }
    }
}

/// A text that is a number and nothing else, as PHP's comparison sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Numeric {
    /// A whole number in range.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A whole number out of range.
    Overflow(f64),
}

/// `text` as a number; white space may stand around it.
pub fn numeric(text: &[u8]) -> Option<Numeric> {
    // Cheap refusal of what is surely no number.
    if !matches!(text.first(), Some(b'0'..=b'9' | b'.' | b'+' | b'-' | 0x09..=0x0D | 0x20)) {
        return None;
    }
    let prefix = prefix(text)?;
    let rest = text.get(prefix.length..).unwrap_or_default();
    if !rest.iter().all(|byte| is_space(*byte)) {
        return None;
    }
    if !prefix.is_whole {
        return Some(Numeric::Float(double(prefix.digits)));
    }
    Some(match prefix.digits.parse() {
        Ok(number) => Numeric::Int(number),
        Err(_) => Numeric::Overflow(double(prefix.digits)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_with_fourteen_digits() {
        for (number, text) in [
            (1.0, "1"),
            (-0.0, "-0"),
            (0.0001, "0.0001"),
            (0.00001, "1.0E-5"),
            (10_000_000_000_000.0, "10000000000000"),
            (100_000_000_000_000.0, "1.0E+14"),
            (1_000_000.0 / 3.0, "333333.33333333"),
            (1.234_567_890_123_456_7e17, "1.2345678901235E+17"),
            (0.1 + 0.2, "0.3"),
            (f64::NEG_INFINITY, "-INF"),
            (f64::NAN, "NAN"),
        ] {
            assert_eq!(float_text(number), text);
        }
    }

    #[test]
    fn a_number_is_the_longest_prefix() {
        for (text, int, float) in [
            ("12abc", 12, 12.0),
            ("1e3", 1000, 1000.0),
            ("1e30", i64::MAX, 1e30),
            ("1e1000", 0, f64::INFINITY),
            ("0x1A", 0, 0.0),
            (" \n-.5e", 0, -0.5),
            ("1e+", 1, 1.0),
            ("inf", 0, 0.0),
            (".", 0, 0.0),
        ] {
            assert_eq!(int_of(text.as_bytes()), int, "{text}");
            assert!((float_of(text.as_bytes()) - float).abs() < 1e-9 || float.is_infinite(), "{text}");
        }
    }

    #[test]
    fn doubles_beyond_the_range_wrap() {
        assert_eq!(truncate(9_300_000_000_000_000_000.0), -9_146_744_073_709_551_616);
        assert_eq!(truncate(f64::NAN), 0);
        assert_eq!(truncate(-9_223_372_036_854_775_808.0), i64::MIN);
    }
}
