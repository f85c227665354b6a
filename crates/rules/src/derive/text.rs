//! Texts as the reference prepares them: normal line endings, and HTML without its tags.

use std::borrow::Cow;

use memchr::memchr;

/// A text without trailing white space and with `\n` for `\r\n` and for a lone `\r`.
///
/// White space here is space, tab, line feed, carriage return, vertical tab and NUL. This is what `old_wikitext`,
/// `new_wikitext` and `new_text` went through. Borrows when nothing has to change.
///
/// Rule: filter-language specification, 16.4; the reference's `TextContent::normalizeLineEndings`.
pub fn normalized(text: &[u8]) -> Cow<'_, [u8]> {
    let text = right_trimmed(text);
    if memchr(b'\r', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr(b'\r', rest) {
        let (before, after) = rest.split_at(at);
        out.extend_from_slice(before);
        out.push(b'\n');
        rest = after.strip_prefix(b"\r\n").or_else(|| after.get(1..)).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

/// HTML without everything from a `<` to the next `>`, normalised: `new_text` of `new_html`.
///
/// A `<` inside a tag means nothing; a `<` that is never closed and a `>` that closes nothing stay. Comments, scripts and
/// character references get no special treatment.
pub fn new_text(html: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(html.len());
    let mut rest = html;
    while let Some(open) = memchr(b'<', rest) {
        let (before, tag) = rest.split_at(open);
        let Some(close) = memchr(b'>', tag) else {
            break;
        };
        out.extend_from_slice(before);
        rest = tag.get(close + 1..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    match normalized(&out) {
        Cow::Borrowed(kept) => {
            let length = kept.len();
            out.truncate(length);
            out
        }
        Cow::Owned(changed) => changed,
    }
}

fn right_trimmed(mut text: &[u8]) -> &[u8] {
    while let [rest @ .., b' ' | b'\t' | b'\n' | b'\r' | 0x0B | 0] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_become_line_feeds_and_white_space_at_the_end_goes() {
        for (text, expected) in [
            ("", ""),
            ("a", "a"),
            ("a\r\nb\rc\n\rd", "a\nb\nc\n\nd"),
            ("\r\r\n\r", ""),
            (" a \t\n\r\u{b}\0 ", " a"),
            ("a\u{c}", "a\u{c}"),
            ("a\u{a0}", "a\u{a0}"),
        ] {
            assert_eq!(normalized(text.as_bytes()), expected.as_bytes(), "{text:?}");
        }
        assert!(matches!(normalized(b"a\nb \n"), Cow::Borrowed(b"a\nb")));
    }

    #[test]
    fn tags_vanish_and_unpaired_angle_brackets_stay() {
        for (html, expected) in [
            ("<p>a <b>b</b>\n</p>\n", "a b"),
            ("a < b", "a < b"),
            ("a > b", "a > b"),
            ("a < b < c > d", "a  d"),
            ("<<>>", ">"),
            ("<", "<"),
            ("x<a", "x<a"),
            ("<a>x<b", "x<b"),
            ("a\r\n<br/>\r\nb<", "a\n\nb<"),
            ("&lt;b&gt;<!-- > -->", "&lt;b&gt; -->"),
        ] {
            assert_eq!(new_text(html.as_bytes()), expected.as_bytes(), "{html:?}");
        }
    }
}
