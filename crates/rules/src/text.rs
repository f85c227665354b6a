//! What functions do to strings of bytes, which need not be UTF-8.
//!
//! Everything here is pure, takes time in proportion to the text, and gives the text back as it is
//! ([`Cow::Borrowed`]) where nothing changes. ASCII, which most texts are, has a fast way of its own.
//!
//! Begin reading at [`equivset`] or at the module of the function in question.

mod classes;
mod pages;
mod rescape;
pub(crate) mod signs;
mod utf8;

pub mod case;
pub mod entities;
pub mod equivset;
pub mod ip;
pub mod search;
pub mod strip;
pub mod substring;

pub use rescape::rescape;

use equivset::Equivset;
use std::borrow::Cow;

/// Number of code points.
///
/// Counts by the first byte of each, as PHP's `mb_strlen`: one that is cut off or broken inside takes as many bytes as
/// its first byte says, and a byte that starts none counts 1.
pub fn length(text: &[u8]) -> usize {
    utf8::count(text)
}

/// Decodes character references once, then maps look-alike characters: `ccnorm`.
pub fn ccnorm<'a>(equivset: &Equivset, text: &'a [u8]) -> Cow<'a, [u8]> {
    match entities::decode(text) {
        Cow::Borrowed(same) => equivset.apply(same),
        Cow::Owned(decoded) => match equivset.apply(&decoded) {
            Cow::Owned(mapped) => Cow::Owned(mapped),
            Cow::Borrowed(_) => Cow::Owned(decoded),
        },
    }
}

/// Maps look-alike characters, then leaves one of each run and letters and numbers only: `norm`.
///
/// Text that is not UTF-8 gives the empty text.
pub fn norm<'a>(equivset: &Equivset, text: &'a [u8]) -> Cow<'a, [u8]> {
    if let Some(table) = equivset.ascii_table()
        && text.is_ascii()
    {
        let out = strip::mapped_words(text, table);
        return if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) };
    }
    let mapped = equivset.apply(text);
    match strip::rmdoubles(&mapped).as_deref().and_then(strip::retain_words) {
        // Each step only maps or removes, so that the same length after all of them is the same text.
        Some(words) if words.len() == mapped.len() => mapped,
        Some(words) => Cow::Owned(words.into_owned()),
        None => Cow::Borrowed(&[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn length_counts_code_points() {
        let cases: [(&[u8], usize); 6] =
            [(b"", 0), (b"abc", 3), ("é日👍🏽".as_bytes(), 4), (b"a\xffb", 3), (b"\xe3\x81a", 1), (b"\x80\x80", 2)];
        for (text, expected) in cases {
            assert_eq!(length(text), expected, "{text:?}");
        }
    }

    #[test]
    fn ccnorm_decodes_once() {
        let cases = [
            ("abc", "ABC"),
            ("ABC", "ABC"),
            ("&amp;", "&"),
            ("&#65;&#x42;&lt;", "AB<"),
            ("&amp;#65;", "&#GS;"),
            ("&eacute;", "E"),
            ("&lt;", "<"),
        ];
        for (text, expected) in cases {
            assert_eq!(ccnorm(Equivset::builtin(), text.as_bytes()), expected.as_bytes());
        }
    }

    #[test]
    fn norm_leaves_single_letters_and_numbers() {
        let cases: [(&[u8], &[u8]); 7] = [
            (b"", b""),
            (b"ABC", b"ABC"),
            (b"a  b!", b"AB"),
            (b"aaa a", b"AA"),
            (b"h3ll0, w0rld", b"HELOWORLD"),
            (b"&amp;", b"AMP"),
            (b"a\xff", b""),
        ];
        for (text, expected) in cases {
            assert_eq!(norm(Equivset::builtin(), text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn norm_is_the_three_functions_one_after_the_other(text in r"[a-c1é日!_\s\u{301}👍]{0,40}") {
            let table = Equivset::builtin();
            let mapped = table.apply(text.as_bytes());
            let single = strip::rmdoubles(&mapped).unwrap();
            let letters = strip::rmspecials(&single).unwrap();
            let expected = strip::rmwhitespace(&letters).unwrap();
            prop_assert_eq!(norm(table, text.as_bytes()), expected);
        }

        #[test]
        fn norm_of_ascii_is_that_of_any_text(text in r"[a-c1!_\s\x00-\x7f]{0,40}") {
            let table = Equivset::builtin();
            let wide = format!("{text}日");
            let expected = norm(table, wide.as_bytes()).into_owned();
            let end = norm(table, "日".as_bytes()).len();
            prop_assert_eq!(&*norm(table, text.as_bytes()), &expected[..expected.len() - end]);
        }

        #[test]
        fn length_of_utf8_is_the_number_of_characters(text in r"[a\PC]{0,40}") {
            prop_assert_eq!(length(text.as_bytes()), text.chars().count());
        }

        #[test]
        fn any_bytes_can_be_normalised(text in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = norm(Equivset::builtin(), &text);
            let _ = ccnorm(Equivset::builtin(), &text);
            prop_assert!(length(&text) <= text.len());
        }
    }
}
