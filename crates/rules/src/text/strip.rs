//! Removing parts of a text: `rmspecials`, `rmdoubles`, `rmwhitespace`, and `specialratio`.
//!
//! What is a letter, a number or white space, the pattern engine decides (language specification §10): a combining mark,
//! an underscore and an emoji are special. Text that is not UTF-8 has no result.

use super::classes::{Classes, SPACE, WORD};
use super::utf8;
use std::borrow::Cow;

/// How many bytes are looked at together, to find the first that goes.
const BLOCK: usize = 64;

/// Removes whatever is neither letter, number nor white space. `None` if the text is not UTF-8.
pub fn rmspecials(text: &[u8]) -> Option<Cow<'_, [u8]>> {
    retain(text, &WORDS_AND_SPACE, |classes| classes & (WORD | SPACE) != 0)
}

/// Removes white space. `None` if the text is not UTF-8.
pub fn rmwhitespace(text: &[u8]) -> Option<Cow<'_, [u8]>> {
    retain(text, &NO_SPACE, |classes| classes & SPACE == 0)
}

/// Removes whatever is neither letter nor number. `None` if the text is not UTF-8.
pub(super) fn retain_words(text: &[u8]) -> Option<Cow<'_, [u8]>> {
    retain(text, &WORDS, |classes| classes & WORD != 0)
}

/// Keeps bytes of ASCII text by table, characters of other text by their classes.
fn retain<'a>(text: &'a [u8], kept: &Kept, keeps: impl Fn(u8) -> bool) -> Option<Cow<'a, [u8]>> {
    if text.is_ascii() {
        return Some(retain_bytes(text, kept));
    }
    let classes = Classes::table();
    let text = std::str::from_utf8(text).ok()?;
    Some(retain_chars(text, |c| keeps(classes.of(c))))
}

/// Leaves one of each run of the same code point. `None` if the text is not UTF-8.
pub fn rmdoubles(text: &[u8]) -> Option<Cow<'_, [u8]>> {
    if text.is_ascii() {
        return Some(single_bytes(text));
    }
    let text = std::str::from_utf8(text).ok()?;
    let mut last = None;
    Some(retain_chars(text, |c| last.replace(c) != Some(c)))
}

/// The share of code points that [`rmspecials`] removes, between 0 and 1: 0 for the empty text, 1 for what is not UTF-8.
pub fn specialratio(text: &[u8]) -> f64 {
    if text.is_empty() {
        return 0.0;
    }
    let (kept, all) = if text.is_ascii() {
        (count_kept(text, &WORDS_AND_SPACE), text.len())
    } else if let Ok(text) = std::str::from_utf8(text) {
        let classes = Classes::table();
        let kept = text.chars().filter(|c| classes.is(*c, WORD | SPACE)).count();
        (kept, text.chars().count())
    } else {
        return 1.0;
    };
    #[expect(clippy::cast_precision_loss, reason = "no text has 2^53 code points")]
    let share = kept as f64 / all as f64;
    1.0 - share
}

/// For each ASCII byte, whether it stays.
type Kept = [bool; 128];

const WORDS: Kept = kept(false, false);
const WORDS_AND_SPACE: Kept = kept(true, false);
const NO_SPACE: Kept = kept(false, true);

/// Letters and digits, and on request white space and all other bytes.
const fn kept(space: bool, others: bool) -> Kept {
    let mut table = [false; 128];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => true,
            b' ' | b'\t'..=b'\r' => space,
            _ => others,
        };
        byte += 1;
    }
    table
}

/// How many bytes of ASCII text `kept` keeps.
fn count_kept(text: &[u8], kept: &Kept) -> usize {
    text.iter().map(|byte| usize::from(kept[usize::from(byte & 0x7F)])).sum()
}

/// The bytes of ASCII text that `kept` keeps. Written without branches: what goes is scattered over the text.
fn retain_bytes<'a>(text: &'a [u8], kept: &Kept) -> Cow<'a, [u8]> {
    let stays = |byte: &u8| kept[usize::from(byte & 0x7F)];
    let Some(block) = text.chunks(BLOCK).position(|block| !block.iter().all(stays)) else {
        return Cow::Borrowed(text);
    };
    let (same, rest) = text.split_at_checked(block * BLOCK).unwrap_or_default();
    let mut out = vec![0; text.len()];
    out[..same.len()].copy_from_slice(same);
    let mut length = same.len();
    for byte in rest {
        out[length] = *byte;
        length += usize::from(stays(byte));
    }
    out.truncate(length);
    Cow::Owned(out)
}

/// Maps the bytes of ASCII text by a table, leaves one of each run, and of those the letters and digits. In one pass.
pub(super) fn mapped_words(text: &[u8], table: &[u8; 128]) -> Vec<u8> {
    /// Set beside a byte that stays.
    const STAYS: u16 = 1 << 8;
    let mapped: [u16; 256] = std::array::from_fn(|byte| {
        let mapped = table[byte % 128];
        u16::from(mapped) | if WORDS[usize::from(mapped & 0x7F)] { STAYS } else { 0 }
    });
    let mut out = Vec::with_capacity(text.len());
    let mut last = u16::MAX;
    for block in text.chunks(BLOCK) {
        let (mut kept, mut length) = ([0; BLOCK], 0);
        for byte in block {
            let mapped = mapped[usize::from(*byte)];
            kept[length % BLOCK] = mapped.to_le_bytes()[0];
            length += usize::from(mapped != last) & usize::from(mapped >> 8);
            last = mapped;
        }
        out.extend_from_slice(kept.get(..length).unwrap_or_default());
    }
    out
}

/// The bytes that differ from the one before.
fn single_bytes(text: &[u8]) -> Cow<'_, [u8]> {
    let mut unchanged = 0;
    for (block, next) in text.chunks(BLOCK).zip(text.get(1..).unwrap_or_default().chunks(BLOCK)) {
        // No way out of the loop over a block, so that it is one comparison of many bytes.
        if block.iter().zip(next).fold(0, |any, (a, b)| any | u8::from(a == b)) != 0 {
            break;
        }
        unchanged += next.len();
    }
    // All but the last byte has been compared with the next one.
    let Some((same, rest)) = text.split_at_checked(unchanged + 1).filter(|(_, rest)| !rest.is_empty()) else {
        return Cow::Borrowed(text);
    };
    let mut out = vec![0; text.len()];
    out[..same.len()].copy_from_slice(same);
    let mut length = same.len();
    let mut last = same.last().copied().unwrap_or_default();
    for byte in rest {
        out[length] = *byte;
        length += usize::from(*byte != last);
        last = *byte;
    }
    out.truncate(length);
    Cow::Owned(out)
}

/// The characters that `keeps` wants, asked once for each, in order.
fn retain_chars(text: &str, mut keeps: impl FnMut(char) -> bool) -> Cow<'_, [u8]> {
    let Some((first, _)) = text.char_indices().find(|(_, c)| !keeps(*c)) else {
        return Cow::Borrowed(text.as_bytes());
    };
    let (same, rest) = text.split_at_checked(first).unwrap_or_default();
    let mut out = Vec::with_capacity(text.len());
    out.extend_from_slice(same.as_bytes());
    // The first of the rest is the one that goes.
    for c in rest.chars().skip(1) {
        if keeps(c) {
            utf8::push(&mut out, c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Function = fn(&[u8]) -> Option<Cow<'_, [u8]>>;

    fn check(function: Function, cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            let result = function(text.as_bytes());
            assert_eq!(result.as_deref(), Some(expected.as_bytes()), "{text:?}");
            let borrowed = matches!(result, Some(Cow::Borrowed(_)));
            assert_eq!(borrowed, text == expected, "{text:?}");
        }
        assert_eq!(function(b"a\xff"), None);
        assert_eq!(function(b"\xed\xa0\x80"), None);
    }

    #[test]
    fn specials_are_neither_letters_nor_numbers_nor_white_space() {
        check(
            rmspecials,
            &[
                ("", ""),
                ("abc", "abc"),
                ("a!b@c_d^e`f{g", "abcdefg"),
                ("a b\tc\nd\u{b}", "a b\tc\nd\u{b}"),
                ("é日本語ёΩ", "é日本語ёΩ"),
                ("１２٣½Ⅷ²", "１２٣½Ⅷ²"),
                ("a\u{301}👍b", "ab"),
                ("“q”—d…", "qd"),
                ("a\u{3000}b\u{85}\u{180e}\u{200b}c", "a\u{3000}b\u{85}\u{180e}c"),
            ],
        );
    }

    #[test]
    fn doubles_are_runs_of_one_code_point() {
        check(
            rmdoubles,
            &[
                ("", ""),
                ("a", "a"),
                ("aabbcc", "abc"),
                ("abab", "abab"),
                ("aAaA", "aAaA"),
                ("aaa\n\n\nbbb", "a\nb"),
                ("ééé日日👍👍a", "é日👍a"),
            ],
        );
        let long: String = "ab".repeat(200) + "bb";
        assert_eq!(rmdoubles(long.as_bytes()).as_deref(), Some("ab".repeat(200).as_bytes()));
    }

    #[test]
    fn white_space_is_the_pattern_engines() {
        check(
            rmwhitespace,
            &[
                ("", ""),
                ("abc", "abc"),
                (" a b ", "ab"),
                ("a\tb\nc\rd\u{b}e\u{c}f\u{1f}", "abcdef\u{1f}"),
                ("a\u{a0}b\u{2009}c\u{2028}d\u{180e}e\u{feff}", "abcde\u{feff}"),
            ],
        );
    }

    #[test]
    fn the_ratio_is_of_code_points() {
        let cases: [(&[u8], f64); 7] = [
            (b"", 0.0),
            (b"abc", 0.0),
            (b"!!!", 1.0),
            (b"ab!", 1.0 - 2.0 / 3.0),
            ("éé!".as_bytes(), 1.0 - 2.0 / 3.0),
            ("👍a".as_bytes(), 0.5),
            (b"a\xff", 1.0),
        ];
        for (text, expected) in cases {
            assert!((specialratio(text) - expected).abs() < f64::EPSILON, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_double_is_left(text in r"[ab\né!]*") {
            let out = rmdoubles(text.as_bytes()).unwrap().into_owned();
            let out = String::from_utf8(out).unwrap();
            prop_assert!(out.chars().zip(out.chars().skip(1)).all(|(a, b)| a != b));
            prop_assert_eq!(rmdoubles(out.as_bytes()).unwrap(), out.as_bytes());
        }

        #[test]
        fn bytes_and_characters_are_judged_alike(text in r"[\x00-\x7f]{0,300}") {
            for function in [rmspecials as Function, rmdoubles, rmwhitespace] {
                let ascii = function(text.as_bytes()).unwrap();
                let wide = format!("é{text}");
                let wide = function(wide.as_bytes()).unwrap();
                prop_assert_eq!(&*ascii, &wide["é".len()..]);
            }
        }

        #[test]
        fn results_exist_for_utf8_alone(text in proptest::collection::vec(any::<u8>(), 0..20)) {
            for function in [rmspecials as Function, rmdoubles, rmwhitespace] {
                prop_assert_eq!(function(&text).is_some(), std::str::from_utf8(&text).is_ok());
            }
            prop_assert!((0.0..=1.0).contains(&specialratio(&text)));
        }
    }
}
