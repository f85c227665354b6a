//! JSON as PHP's `json_encode` writes it with `JSON_HEX_TAG`, `JSON_HEX_AMP` and `JSON_UNESCAPED_SLASHES`.

use serde_json::Value;
use std::fmt::Write as _;

/// Appends `value`. An empty object is written `[]`, as PHP writes an empty array.
pub(super) fn write(out: &mut String, value: &Value) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            let _ = write!(out, "{value}");
        }
        Value::String(text) => string(out, text),
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                write(out, item);
            }
            out.push(']');
        }
        Value::Object(members) if members.is_empty() => out.push_str("[]"),
        Value::Object(members) => {
            out.push('{');
            for (place, (name, value)) in members.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                string(out, name);
                out.push(':');
                write(out, value);
            }
            out.push('}');
        }
    }
}

fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // These are written in upper case, all others in lower case.
            '<' => out.push_str("\\u003C"),
            '>' => out.push_str("\\u003E"),
            '&' => out.push_str("\\u0026"),
            ' '..='~' | '\u{7f}' => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_reads_as_it_was(text in any::<String>()) {
            let mut out = String::new();
            write(&mut out, &Value::String(text.clone()));
            prop_assert!(out.is_ascii() && !out.contains(['<', '>', '&']));
            prop_assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
        }
    }

    #[test]
    fn the_bytes_are_those_of_php() {
        // php -r 'echo json_encode("\x08\x0c\n\r\t\x01\x7f é€😀 <>&\x27/\\\"", JSON_HEX_TAG | JSON_HEX_AMP | JSON_UNESCAPED_SLASHES);'
        let mut out = String::new();
        write(&mut out, &Value::String("\u{8}\u{c}\n\r\t\u{1}\u{7f} é€😀 <>&'/\\\"".into()));
        assert_eq!(
            out,
            "\"\\b\\f\\n\\r\\t\\u0001\u{7f} \\u00e9\\u20ac\\ud83d\\ude00 \\u003C\\u003E\\u0026'/\\\\\\\"\""
        );
    }
}
