//! Upper and lower case: `ucase`, `lcase`.
//!
//! Mappings are Unicode's full ones, independent of language, from Rust's standard library. Its Unicode release may be
//! newer than the peer's; it then maps letters that the peer does not know yet, and no others differently.

use super::classes::{CASE_IGNORABLE, CASED, Classes};
use super::pages::Pages;
use super::utf8;
use crate::release::Release;
use memchr::memmem;
use std::borrow::Cow;
use std::sync::LazyLock;

/// What stands for bytes that are not UTF-8.
const INVALID: u8 = b'?';
const SIGMA: &str = "Σ";
const SMALL_SIGMA: &str = "σ";
const FINAL_SIGMA: &str = "ς";
/// No letter with another case stands above.
const LAST_CASED: char = '\u{1FFFF}';

/// Lower case, as `lcase` gives it.
///
/// If there are as many code points as bytes (all ASCII, or the rest not UTF-8), only ASCII letters change. Otherwise
/// everything does; bytes that are not UTF-8 become `?`; and since [`Release::Newest`], Σ at the end of a word is ς.
///
/// Rule: language specification §11, `lcase`.
pub fn lower(text: &[u8], release: Release) -> Cow<'_, [u8]> {
    if is_single_byte(text) {
        return unless_same(text, text.to_ascii_lowercase());
    }
    let mut out = Vec::with_capacity(text.len() + text.len() / 8);
    let sigmas = memmem::Finder::new(SIGMA);
    for chunk in text.utf8_chunks() {
        match release {
            Release::Newest => lower_words(chunk.valid(), &sigmas, &mut out),
            Release::V1_39 => LOWER.append(chunk.valid(), &mut out),
        }
        if !chunk.invalid().is_empty() {
            out.push(INVALID);
        }
    }
    unless_same(text, out)
}

/// Upper case, as `ucase` gives it: like [`lower`], without a rule for sigma.
///
/// Rule: language specification §11, `ucase`.
pub fn upper(text: &[u8]) -> Cow<'_, [u8]> {
    if is_single_byte(text) {
        return unless_same(text, text.to_ascii_uppercase());
    }
    let mut out = Vec::with_capacity(text.len() + text.len() / 8);
    for chunk in text.utf8_chunks() {
        UPPER.append(chunk.valid(), &mut out);
        if !chunk.invalid().is_empty() {
            out.push(INVALID);
        }
    }
    unless_same(text, out)
}

/// Whether the text has as many code points as bytes, so that the peer maps ASCII letters only.
fn is_single_byte(text: &[u8]) -> bool {
    // What is cut off at the end counts one, whatever it promised.
    text.is_ascii() || text.split_last().is_none_or(|(_, rest)| rest.iter().all(|first| utf8::width(*first) == 1))
}

fn unless_same(text: &[u8], out: Vec<u8>) -> Cow<'_, [u8]> {
    if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

/// Appends the lower case of a text, with ς for each Σ at the end of a word.
fn lower_words(text: &str, sigmas: &memmem::Finder<'_>, out: &mut Vec<u8>) {
    let mut rest = text;
    let mut done = 0;
    for at in sigmas.find_iter(text.as_bytes()) {
        let (before, after) = (text.get(..at), text.get(at + SIGMA.len()..));
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        LOWER.append(before.get(done..).unwrap_or_default(), out);
        let ends_word = meets_cased(before.chars().rev()) && !meets_cased(after.chars());
        out.extend_from_slice(if ends_word { FINAL_SIGMA } else { SMALL_SIGMA }.as_bytes());
        rest = after;
        done = at + SIGMA.len();
    }
    LOWER.append(rest, out);
}

/// Whether a cased letter comes before anything that is not ignored. Letters that are both cased and ignored count as
/// cased, as in PHP. Between two Σ each character is read at most twice.
fn meets_cased(mut text: impl Iterator<Item = char>) -> bool {
    let classes = Classes::table();
    text.find(|c| classes.is(*c, CASED) || !classes.is(*c, CASE_IGNORABLE)).is_some_and(|c| classes.is(c, CASED))
}

/// A mapping: for most code points the one that takes its place.
struct Mapping {
    is_upper: bool,
    /// The only code point that a code point becomes, or [`SAME`], or [`SEVERAL`].
    single: Pages<u32>,
    /// The few mappings to several code points, sorted.
    several: Vec<(char, String)>,
}

/// In a table: the code point stays.
const SAME: u32 = 0;
/// In a table: the code point becomes several.
const SEVERAL: u32 = u32::MAX;

static LOWER: LazyLock<Mapping> = LazyLock::new(|| Mapping::new(false, char::to_lowercase));
static UPPER: LazyLock<Mapping> = LazyLock::new(|| Mapping::new(true, char::to_uppercase));

impl Mapping {
    fn new<M: Iterator<Item = char> + Clone>(is_upper: bool, of: impl Fn(char) -> M) -> Self {
        let mut single = Pages::new(SAME);
        let mut several = Vec::new();
        for code_point in '\u{80}'..=LAST_CASED {
            let mapped = of(code_point);
            let mut parts = mapped.clone();
            let value = match (parts.next(), parts.next()) {
                (Some(same), None) if same == code_point => continue,
                (Some(other), None) => u32::from(other),
                _ => {
                    several.push((code_point, mapped.collect()));
                    SEVERAL
                }
            };
            single.update(u32::from(code_point), |entry| *entry = value);
        }
        Self { is_upper, single: single.shared(), several }
    }

    /// Appends the mapped text.
    fn append(&self, text: &str, out: &mut Vec<u8>) {
        for code_point in text.chars() {
            if code_point.is_ascii() {
                let byte = code_point as u8;
                let changes = byte.wrapping_sub(if self.is_upper { b'a' } else { b'A' }) < 26;
                out.push(byte ^ (u8::from(changes) << 5));
                continue;
            }
            match self.single.get(code_point) {
                SAME => utf8::push(out, code_point),
                SEVERAL => out.extend_from_slice(self.several(code_point).as_bytes()),
                other => utf8::push(out, char::from_u32(other).unwrap_or(code_point)),
            }
        }
    }

    fn several(&self, code_point: char) -> &str {
        let found = self.several.binary_search_by_key(&code_point, |(key, _)| *key);
        found.ok().and_then(|at| self.several.get(at)).map_or("", |(_, mapped)| mapped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lower_case_is_full_and_knows_the_end_of_a_word() {
        // text, newest, 1.39
        let cases = [
            ("ABC def", "abc def", "abc def"),
            ("ÀÉ ЖЩ", "àé жщ", "àé жщ"),
            ("İ", "i\u{307}", "i\u{307}"),
            ("K", "k", "k"),
            ("ẞ", "ß", "ß"),
            ("Ǆǅ", "ǆǆ", "ǆǆ"),
            ("𐐀", "𐐨", "𐐨"),
            ("ΑΣ", "ας", "ασ"),
            ("ΣΑΣ ΟΔΟΣ", "σας οδος", "σασ οδοσ"),
            ("Σ", "σ", "σ"),
            ("ΑΣ.", "ας.", "ασ."),
            ("Α'Σ.'Α", "α'σ.'α", "α'σ.'α"),
            ("Α.Σ ", "α.ς ", "α.σ "),
            ("ΣΣΣ", "σσς", "σσσ"),
            ("ʰΣ", "ʰς", "ʰσ"),
            ("日本", "日本", "日本"),
        ];
        for (text, newest, v1_39) in cases {
            let text = text.as_bytes();
            assert_eq!(lower(text, Release::Newest), newest.as_bytes(), "{newest}");
            assert_eq!(lower(text, Release::V1_39), v1_39.as_bytes(), "{v1_39}");
        }
    }

    #[test]
    fn upper_case_is_full() {
        let cases = [
            ("abc DEF", "ABC DEF"),
            ("straße", "STRASSE"),
            ("ŉ", "ʼN"),
            ("ﬁ", "FI"),
            ("ᾳ", "ΑΙ"),
            ("ΐ", "Ι\u{308}\u{301}"),
            ("ς", "Σ"),
            ("ა", "Ა"),
        ];
        for (text, expected) in cases {
            assert_eq!(upper(text.as_bytes()), expected.as_bytes());
        }
    }

    #[test]
    fn broken_text_is_mapped_as_the_peer_does() {
        // text, lower, upper
        let cases: [(&[u8], &[u8], &[u8]); 7] = [
            (b"aB\xff", b"ab\xff", b"AB\xff"),
            (b"aB\xe3", b"ab\xe3", b"AB\xe3"),
            (b"aB\xe3\x81", b"ab?", b"AB?"),
            (b"\xc3\xa9B\xffa", b"\xc3\xa9b?a", b"\xc3\x89B?A"),
            (b"\xed\xa0\x80", b"???", b"???"),
            (b"\xf0\x9f\xc3\xa9", b"?\xc3\xa9", b"?\xc3\x89"),
            (b"\xce\x91\xce\xa3\xff\xce\x91", b"\xce\xb1\xcf\x82?\xce\xb1", b"\xce\x91\xce\xa3?\xce\x91"),
        ];
        for (text, lowered, raised) in cases {
            assert_eq!(lower(text, Release::Newest), lowered, "{text:?}");
            assert_eq!(upper(text), raised, "{text:?}");
        }
    }

    #[test]
    fn what_does_not_change_is_borrowed() {
        for text in ["", "abc", "é", "日本", "ςσ"] {
            assert!(matches!(lower(text.as_bytes(), Release::Newest), Cow::Borrowed(_)), "{text}");
        }
        assert!(matches!(upper("ABC ß".to_uppercase().as_bytes()), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn valid_text_is_mapped_as_the_standard_library_does(text in r"[\PCΣAa'.é ]*") {
            prop_assert_eq!(upper(text.as_bytes()).into_owned(), text.to_uppercase().into_bytes());
            let expected: String = text.chars().flat_map(char::to_lowercase).collect();
            prop_assert_eq!(lower(text.as_bytes(), Release::V1_39).into_owned(), expected.into_bytes());
        }

        #[test]
        fn any_bytes_have_both_cases(text in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = lower(&text, Release::Newest);
            let _ = upper(&text);
        }
    }
}
