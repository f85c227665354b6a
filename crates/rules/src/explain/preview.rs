//! Pieces of texts that are short enough to show.

use super::PREVIEW_BYTES;
use crate::error::Span;
use crate::value::{List, Value};
use std::ops::Range;

/// Bytes of a snippet of the rule.
const SNIPPET_BYTES: usize = 120;

/// Elements of an array that are shown.
pub(super) const ELEMENTS_MAX: usize = 32;

/// The part of `bytes` around `at`, at most [`PREVIEW_BYTES`] long, with `…` where something was cut off.
pub(super) fn around(bytes: &[u8], at: Range<usize>) -> String {
    if bytes.len() <= PREVIEW_BYTES {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let room = PREVIEW_BYTES.saturating_sub(at.len());
    let start = at.start.saturating_sub(room / 2).min(bytes.len() - PREVIEW_BYTES);
    let range = whole_characters(bytes, start..start + PREVIEW_BYTES);
    let (before, behind) = (range.start > 0, range.end < bytes.len());
    let text = String::from_utf8_lossy(bytes.get(range).unwrap_or_default()).into_owned();
    format!("{}{text}{}", if before { "…" } else { "" }, if behind { "…" } else { "" })
}

/// The beginning of `bytes`.
pub(super) fn beginning(bytes: &[u8]) -> String {
    around(bytes, 0..0)
}

/// Makes a range smaller until it does not cut through characters.
fn whole_characters(bytes: &[u8], mut range: Range<usize>) -> Range<usize> {
    let continues = |at: usize| bytes.get(at).is_some_and(|byte| (byte & 0xC0) == 0x80);
    let mut left = 3;
    while left > 0 && range.start < range.end && continues(range.start) {
        range.start += 1;
        left -= 1;
    }
    left = 3;
    while left > 0 && range.end > range.start && continues(range.end) {
        range.end -= 1;
        left -= 1;
    }
    range
}

/// The beginning of a value's string form; of an array only as many elements as needed.
pub(super) fn of_value(value: &Value) -> String {
    let Value::Array(list) = value else {
        return beginning(&value.bytes());
    };
    let mut text = Vec::new();
    for element in list.elements().iter().take(ELEMENTS_MAX) {
        match element {
            Value::Array(inner) => {
                text.extend_from_slice(in_place_of(inner).as_bytes());
            }
            other => text.extend_from_slice(&other.bytes()),
        }
        text.push(b'\n');
        if text.len() > PREVIEW_BYTES {
            break;
        }
    }
    let text = beginning(&text);
    if list.len() > ELEMENTS_MAX && !text.ends_with('…') { text + "…" } else { text }
}

/// A part of the rule on one line.
pub(super) fn snippet(source: &[u8], span: Span) -> String {
    let bytes = source.get(span.start as usize..span.end as usize).unwrap_or_default();
    let range = whole_characters(bytes, 0..bytes.len().min(SNIPPET_BYTES));
    let is_cut = range.end < bytes.len();
    let text = String::from_utf8_lossy(bytes.get(range).unwrap_or_default()).into_owned();
    let mut line = text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    if is_cut {
        line.push('…');
    }
    line
}

/// What stands in place of a list that is not shown: `[2 elements]`.
pub(super) fn in_place_of(list: &List) -> String {
    let noun = if list.len() == 1 { "element" } else { "elements" };
    format!("[{} {noun}]", list.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_has_the_match_in_it_and_cuts_no_character() {
        let text = "é".repeat(300) + "needle" + &"é".repeat(300);
        let preview = around(text.as_bytes(), 600..606);
        assert!(preview.starts_with("…é") && preview.ends_with("é…"), "{preview}");
        assert!(preview.contains("needle"));
        assert!(preview.len() <= PREVIEW_BYTES + 6);
        assert_eq!(around(b"short", 1..2), "short");
    }

    #[test]
    fn an_array_is_shown_up_to_where_the_preview_ends() {
        let long = Value::texts(vec!["x"; 10_000]);
        assert_eq!(of_value(&long), "x\n".repeat(ELEMENTS_MAX) + "…");
    }
}
