//! Values for people, written as the language writes them.

use std::fmt::Write as _;
use wikiward_rules::Value;
use wikiward_rules::value::number;
use wikiward_rules::wire;

/// A value as one line, at most about `chars_max` characters.
///
/// Texts are string literals: what a terminal would act on, or what would change the direction of writing, is escaped.
pub fn shown(value: &Value, chars_max: usize) -> String {
    let mut line = String::new();
    let mut left = chars_max;
    write_value(value, &mut line, &mut left);
    line
}

fn write_value(value: &Value, line: &mut String, left: &mut usize) {
    match value {
        Value::Str(text) => write_text(text.bytes(), line, left),
        Value::Array(list) => {
            line.push('[');
            for (number, element) in list.elements().iter().enumerate() {
                if number > 0 {
                    line.push_str(", ");
                }
                // Nested arrays are cut too: `left` is shared by all levels, and each element costs something.
                if *left == 0 {
                    line.push('…');
                    break;
                }
                *left = left.saturating_sub(1);
                write_value(element, line, left);
            }
            line.push(']');
        }
        Value::Undefined => line.push_str("undefined"),
        Value::Odd(_) => line.push_str(&wire::render_value(value).to_string()),
        plain => {
            let text = match plain {
                Value::Bool(flag) => flag.to_string(),
                Value::Int(number) => number.to_string(),
                Value::Float(number) => float(*number),
                _ => "null".to_owned(),
            };
            *left = left.saturating_sub(text.len());
            line.push_str(&text);
        }
    }
}

/// A float, recognisable as one.
fn float(number: f64) -> String {
    let text = number::float_text(number);
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') { text + ".0" } else { text }
}

fn write_text(bytes: &[u8], line: &mut String, left: &mut usize) {
    line.push('"');
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            if *left == 0 {
                line.push_str("\"…");
                return;
            }
            *left -= 1;
            write_char(char, line);
        }
        for byte in chunk.invalid() {
            let _ = write!(line, "\\x{byte:02X}");
        }
    }
    line.push('"');
}

fn write_char(char: char, line: &mut String) {
    match char {
        '"' => line.push_str("\\\""),
        '\\' => line.push_str("\\\\"),
        '\n' => line.push_str("\\n"),
        '\r' => line.push_str("\\r"),
        '\t' => line.push_str("\\t"),
        char if char.is_control() || is_invisible(char) => {
            for byte in char.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(line, "\\x{byte:02X}");
            }
        }
        char => line.push(char),
    }
}

/// Marks of direction, joiners and other characters of no width.
fn is_invisible(char: char) -> bool {
    matches!(char, '\u{AD}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_the_language_writes_them() {
        let check = |value: Value, expected: &str| assert_eq!(shown(&value, 20), expected);
        check(Value::Null, "null");
        check(Value::Bool(true), "true");
        check(Value::Int(-3), "-3");
        check(Value::Float(2.0), "2.0");
        check(Value::Float(0.25), "0.25");
        check(Value::from("a\"b\\\n"), r#""a\"b\\\n""#);
        check(Value::text(b"\xFFa".as_slice()), r#""\xFFa""#);
        check(Value::from("\u{202E}\x1b"), r#""\xE2\x80\xAE\x1B""#);
        check(Value::texts(["a", "b"]), r#"["a", "b"]"#);
        check(Value::from("123456789012345678901"), r#""12345678901234567890"…"#);
        check(Value::Undefined, "undefined");
    }
}
