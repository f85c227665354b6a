//! Parts and places, counted in code points: `substr`, `strpos`.

use super::utf8;
use crate::release::Release;
use memchr::memmem;
use std::borrow::Cow;

/// Part of a text.
///
/// `offset` below zero counts from the end, at most to the start. `length` below zero stops that many code points before
/// the end; `None` takes the rest. What lies outside is empty. In text that is not UTF-8, code points are counted by
/// their first bytes; [`Release::V1_39`] gives the bytes as they are, [`Release::Newest`] decodes and writes `?`.
///
/// Rule: language specification §11, `substr`.
pub fn substr(text: &[u8], offset: i64, length: Option<i64>, release: Release) -> Cow<'_, [u8]> {
    let (first, count) = if offset < 0 || length.is_some_and(|length| length < 0) {
        within(utf8::count(text), offset, length)
    } else {
        (size(offset), length.map_or(usize::MAX, size))
    };
    if count == 0 {
        return Cow::Borrowed(&[]);
    }
    let start = utf8::offset(text, first);
    let rest = text.get(start..).unwrap_or_default();
    let (part, behind) = rest.split_at_checked(utf8::offset(rest, count)).unwrap_or_default();
    let read = text.get(..text.len() - behind.len()).unwrap_or_default();
    if release == Release::Newest && std::str::from_utf8(read).is_err() {
        return Cow::Owned(decoded(text, first, count));
    }
    Cow::Borrowed(part)
}

/// The same for ASCII text, where each byte is a code point.
pub fn substr_ascii(text: &str, offset: i64, length: Option<i64>) -> &str {
    let (first, count) = within(text.len(), offset, length);
    text.get(first.min(text.len())..first.saturating_add(count).min(text.len())).unwrap_or_default()
}

/// The first code point and how many, where one of the numbers counts from the end of `all` code points.
fn within(all: usize, offset: i64, length: Option<i64>) -> (usize, usize) {
    let first = if offset < 0 { all.saturating_sub(size(offset.saturating_neg())) } else { size(offset) };
    let count = match length {
        None => usize::MAX,
        Some(length) if length < 0 => all.saturating_sub(first).saturating_sub(size(length.saturating_neg())),
        Some(length) => size(length),
    };
    (first, count)
}

/// `count` code points from `first` on, where whatever is not UTF-8 is one `?` for each longest invalid part.
fn decoded(text: &[u8], first: usize, count: usize) -> Vec<u8> {
    let mut out = Vec::new();
    text.utf8_chunks()
        .flat_map(|chunk| {
            let invalid = (!chunk.invalid().is_empty()).then_some('?');
            chunk.valid().chars().chain(invalid)
        })
        .skip(first)
        .take(count)
        .for_each(|c| utf8::push(&mut out, c));
    out
}

/// A count that is not negative; more than any text holds is as good as the most.
fn size(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The place of the first `needle` at or behind `offset`, in code points from the start.
///
/// An `offset` below zero counts from the end. `None` if it is not found, if it is empty, or if `offset` is outside.
///
/// Rule: language specification §11, `strpos`, and §19 for an offset before the start.
pub fn strpos(haystack: &[u8], needle: &[u8], offset: i64) -> Option<usize> {
    if needle.is_empty() {
        return None;
    }
    let start = if offset < 0 {
        back_from_end(haystack, size(offset.saturating_neg()))?
    } else {
        utf8::offset(haystack, size(offset))
    };
    let at = start + memmem::find(haystack.get(start..)?, needle)?;
    // The peer counts the way to the place by all bytes that are no continuation, not by first bytes and their widths.
    haystack.get(..at).map(|before| before.iter().filter(|byte| is_start(**byte)).count())
}

/// Whether the byte does not continue a code point.
fn is_start(byte: u8) -> bool {
    !matches!(byte, 0x80..=0xBF)
}

/// Byte offset of the code point that is the `number`th from the end. Continuation bytes do not count.
fn back_from_end(bytes: &[u8], number: usize) -> Option<usize> {
    let nth = number.checked_sub(1)?;
    let starts = bytes.iter().enumerate().rev().filter(|(_, byte)| is_start(**byte));
    starts.map(|(at, _)| at).nth(nth)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_are_counted_from_either_end() {
        let cases: [(&str, i64, Option<i64>, &str); 22] = [
            ("abcdef", 0, None, "abcdef"),
            ("abcdef", 1, None, "bcdef"),
            ("abcdef", 6, None, ""),
            ("abcdef", 7, None, ""),
            ("abcdef", -1, None, "f"),
            ("abcdef", -7, None, "abcdef"),
            ("abcdef", 2, Some(2), "cd"),
            ("abcdef", 2, Some(100), "cdef"),
            ("abcdef", 2, Some(0), ""),
            ("abcdef", 2, Some(-1), "cde"),
            ("abcdef", 2, Some(-4), ""),
            ("abcdef", 2, Some(-5), ""),
            ("abcdef", -3, Some(2), "de"),
            ("abcdef", -3, Some(-1), "de"),
            ("abcdef", -10, Some(3), "abc"),
            ("abcdef", 9, Some(-1), ""),
            ("héllo wörld", 1, Some(7), "éllo wö"),
            ("👍🏽x", 1, Some(1), "🏽"),
            ("日本語", -2, Some(1), "本"),
            ("", 0, None, ""),
            ("abc", i64::MAX, None, ""),
            ("abc", i64::MIN, Some(i64::MAX), "abc"),
        ];
        for (text, offset, length, expected) in cases {
            for release in [Release::Newest, Release::V1_39] {
                let part = substr(text.as_bytes(), offset, length, release);
                assert_eq!(part, expected.as_bytes(), "{text} {offset} {length:?}");
                if text.is_ascii() {
                    assert_eq!(substr_ascii(text, offset, length), expected, "{text} {offset} {length:?}");
                }
            }
        }
    }

    #[test]
    fn broken_text_is_kept_by_the_old_release_and_decoded_by_the_new() {
        // text, offset, length, 1.39, newest
        type Case = (&'static [u8], i64, Option<i64>, &'static [u8], &'static [u8]);
        let cases: [Case; 4] = [
            (b"a\xffb", 1, Some(1), b"\xff", b"?"),
            (b"ab\xff", 0, Some(2), b"ab", b"ab"),
            (b"\xe3\x81a", 1, None, b"", b"a"),
            (b"\x80\x80", 1, None, b"\x80", b"?"),
        ];
        for (text, offset, length, old, new) in cases {
            assert_eq!(substr(text, offset, length, Release::V1_39), old, "{text:?}");
            assert_eq!(substr(text, offset, length, Release::Newest), new, "{text:?}");
        }
    }

    #[test]
    fn places_are_counted_in_code_points() {
        let cases: [(&str, &str, i64, Option<usize>); 17] = [
            ("abcabc", "a", 0, Some(0)),
            ("abcabc", "x", 0, None),
            ("abcabc", "b", 1, Some(1)),
            ("abcabc", "b", 2, Some(4)),
            ("abcabc", "b", 6, None),
            ("abcabc", "b", 7, None),
            ("abcabc", "b", -1, None),
            ("abcabc", "b", -2, Some(4)),
            ("abcabc", "b", -6, Some(1)),
            ("abcabc", "b", -7, None),
            ("abcabc", "b", i64::MIN, None),
            ("abc", "", 0, None),
            ("", "", 0, None),
            ("", "a", 1, None),
            ("éab", "a", 0, Some(1)),
            ("日本語", "語", 1, Some(2)),
            ("日本語日", "日", -2, Some(3)),
        ];
        for (haystack, needle, offset, expected) in cases {
            let found = strpos(haystack.as_bytes(), needle.as_bytes(), offset);
            assert_eq!(found, expected, "{haystack} {needle} {offset}");
        }
    }

    #[test]
    fn places_in_broken_text_are_the_peers() {
        type Case = (&'static [u8], &'static [u8], i64, Option<usize>);
        let cases: [Case; 5] = [
            (b"&#\xe3\x811&x", b"x", 3, Some(5)),
            (b"\xf0\x9f\xc3\xa9", b"\xc3\xa9", 0, Some(1)),
            (b"\xe3\x81a", b"a", 0, Some(1)),
            (b"\xe3\x81a", b"a", 1, None),
            (b"a\xf5\xe3\x81b", b"b", -2, Some(3)),
        ];
        for (haystack, needle, offset, expected) in cases {
            assert_eq!(strpos(haystack, needle, offset), expected, "{haystack:?}");
        }
    }

    proptest! {
        #[test]
        fn a_part_is_what_the_characters_say(text in "[aé日👍]{0,12}", offset in -15_i64..15, length in 0_i64..15) {
            let part = substr(text.as_bytes(), offset, Some(length), Release::Newest);
            let all = i64::try_from(text.chars().count()).unwrap();
            let first = if offset < 0 { (all + offset).max(0) } else { offset };
            let expected: String = text
                .chars()
                .skip(usize::try_from(first).unwrap())
                .take(usize::try_from(length).unwrap())
                .collect();
            prop_assert_eq!(&*part, expected.as_bytes());
        }

        #[test]
        fn any_bytes_have_parts_and_places(
            text in proptest::collection::vec(any::<u8>(), 0..20), offset: i64, length: Option<i64>, near in -9_i64..9
        ) {
            for offset in [offset, near] {
                let part = substr(&text, offset, length, Release::V1_39);
                prop_assert!(part.len() <= text.len());
                let ascii: String = text.iter().map(|byte| char::from(byte & 0x7f)).collect();
                let ascii_part = substr(ascii.as_bytes(), offset, length, Release::Newest);
                prop_assert_eq!(ascii_part, substr_ascii(&ascii, offset, length).as_bytes());
                let _ = substr(&text, offset, length, Release::Newest);
                let _ = strpos(&text, &part, offset);
            }
        }
    }
}
