//! Texts and values that people and programs wrote, shown as text and within bounds.

use crate::html as h;
use crate::text::Text;
use maud::{Markup, html};
use serde_json::Value;
use std::ops::Range;

/// Most bytes of one value that stand on a page; the rest is on a page of its own.
pub(super) const VALUE_BYTES_MAX: usize = 20_000;

/// Bytes of a value that are shown without unfolding.
const FOLDED_BEYOND: usize = 200;

/// Most matches that are marked in one value.
const MARKS_MAX: usize = 200;

/// A name or title, linked if there is somewhere to go: what has more than `letters` is cut, and folded beneath.
pub(super) fn short(text: Text, value: &str, letters: usize, href: Option<&str>) -> Markup {
    let end = value.char_indices().nth(letters).map(|(end, _)| end);
    let head =
        html! { (h::foreign(value.get(..end.unwrap_or(value.len())).unwrap_or_default())) @if end.is_some() { "…" } };
    let whole = cut(value, VALUE_BYTES_MAX);
    html! {
        @match href { Some(href) => a href=(href) { (head) }, None => (head) }
        @if end.is_some() {
            (h::fold(
                html! { (text.with("hits-show-whole", crate::args![value.chars().count()])) },
                html! { div.ww-fold-body.ww-text { (h::foreign(whole)) @if whole.len() < value.len() { "…" } } },
                false,
            ))
        }
    }
}

/// The beginning of `value`, at most `bytes` long.
pub(super) fn cut(value: &str, bytes: usize) -> &str {
    value.get(..value.floor_char_boundary(bytes)).unwrap_or_default()
}

/// A value of a variable as text: what is text as it is, other values as JSON writes them.
pub(super) fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
        }
        other => other.to_string(),
    }
}

/// The value of a variable, `marks` of it (ranges of its bytes) marked. `whole` is the address of all of it.
pub(super) fn value(text: Text, value: &Value, marks: &[Range<usize>], whole: &str) -> Markup {
    let shown = as_text(value);
    let kind = match value {
        Value::Null => Some("null"),
        Value::Bool(_) | Value::Number(_) => Some("plain"),
        Value::String(text) if text.is_empty() => Some("empty"),
        Value::Array(items) if items.is_empty() => Some("none"),
        _ => None,
    };
    match kind {
        Some("null") => return html! { span.ww-muted { (text.say("hits-value-null")) } },
        Some("plain") => return html! { code.ww-code { (shown) } },
        Some("empty") => return html! { span.ww-muted { (text.say("hits-value-empty")) } },
        Some(_) => return html! { span.ww-muted { (text.say("hits-value-none")) } },
        None => {}
    }
    let items = value.as_array().map(Vec::len);
    let body = cut(&shown, VALUE_BYTES_MAX);
    let inner = html! { div.ww-text dir="auto" { (marked(body, marks)) @if body.len() < shown.len() { "…" } } };
    let is_short = shown.len() <= FOLDED_BEYOND && shown.matches('\n').count() < 4;
    html! {
        @if is_short { (inner) }
        @else {
            (h::fold(summary(text, &shown, items, !marks.is_empty()), html! { div.ww-fold-body tabindex="0" role="group" aria-label=(text.say("hits-value")) { (inner) } }, false))
            @if body.len() < shown.len() { p { a href=(whole) { (text.say("hits-value-whole")) } } }
        }
    }
}

fn summary(text: Text, shown: &str, items: Option<usize>, has_marks: bool) -> Markup {
    let begin = cut(shown.lines().next().unwrap_or_default(), 60);
    html! {
        (h::foreign(begin)) "… "
        span.ww-muted {
            @match items {
                Some(items) => (text.with("hits-items", crate::args![items])),
                None => (text.with("hits-letters", crate::args![shown.chars().count()])),
            }
            @if has_marks { " · " (text.say("hits-has-matches")) }
        }
    }
}

/// The text with ranges of its bytes marked. Ranges that overlap become one; what does not fit the text is passed over.
pub(super) fn marked(shown: &str, marks: &[Range<usize>]) -> Markup {
    let mut sorted: Vec<&Range<usize>> = marks.iter().take(MARKS_MAX).collect();
    sorted.sort_by_key(|range| (range.start, range.end));
    let mut pieces = Vec::new();
    let mut at = 0;
    for range in sorted {
        let begin = range.start.max(at);
        let (Some(before), Some(inside)) = (shown.get(at..begin), shown.get(begin..range.end.max(begin))) else {
            continue;
        };
        if !inside.is_empty() {
            pieces.push((before, inside));
            at = begin + inside.len();
        }
    }
    html! {
        @for (before, inside) in pieces { (h::visible(before)) mark.ww-match { (h::visible(inside)) } }
        (h::visible(shown.get(at..).unwrap_or_default()))
    }
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "one match is marked")]
mod tests {
    use super::*;

    #[test]
    fn matches_are_marked_and_everything_stays_text() {
        let shown = marked("<b>ab\u{202e}</b>", &[3..5]).into_string();
        assert_eq!(
            shown,
            "&lt;b&gt;<mark class=\"ww-match\">ab</mark><span class=\"ww-control\">⟨U+202E⟩</span>&lt;/b&gt;"
        );
        assert_eq!(marked("äb", &[1..2, 7..9]).into_string(), "äb", "what cuts letters or lies outside marks nothing");
        assert_eq!(marked("abcd", &[0..2, 1..3]).into_string().matches("<mark").count(), 2);
    }

    #[test]
    fn long_values_are_cut_and_lead_to_all_of_them() {
        let text = Text::new(crate::text::Language::En);
        let long = Value::from("x".repeat(1_000_000));
        let shown = value(text, &long, &[], "/whole").into_string();
        assert!(shown.len() < VALUE_BYTES_MAX + 2_000, "{}", shown.len());
        assert!(shown.contains("/whole"));
        assert!(short(text, &"ä".repeat(100_000), 80, None).into_string().len() < VALUE_BYTES_MAX + 2_000);
    }
}
