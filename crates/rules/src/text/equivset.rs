//! The table of look-alike characters behind `ccnorm` and `norm`.
//!
//! It maps one code point to one code point, or to nothing. A farm loads the table of its own MediaWiki, so that both
//! sides agree; [`Equivset::builtin`] is there for everything that has no farm.
//!
//! Rule: language specification §12.

mod table;

use super::pages::Pages;
use super::utf8;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt::Write;
use std::sync::LazyLock;

/// A table of look-alike characters.
#[derive(Debug, Clone)]
pub struct Equivset {
    pages: Pages<u32>,
    /// What the 128 ASCII characters become, if each becomes an ASCII character.
    ascii: Option<Box<[u8; 128]>>,
    sources: Option<Box<Sources>>,
    entries: usize,
    digest: [u8; 32],
}

/// In a table's page: the code point stays as it is.
const SAME: u32 = u32::MAX;
/// In a table's page: the code point goes.
const NOTHING: u32 = u32::MAX - 1;

/// The key under which the file explains itself.
const README: &str = "_readme";

/// Why a text is no table.
#[derive(Debug, thiserror::Error)]
pub enum EquivsetError {
    /// It is not JSON.
    #[error("the table of look-alike characters is not JSON")]
    Json(#[from] serde_json::Error),
    /// It is JSON, but not an object from characters to characters.
    #[error("the table of look-alike characters is not a JSON object")]
    NotAnObject,
    /// A key is not one code point.
    #[error("the table of look-alike characters has the key {key:?}, which is not one character")]
    Key {
        /// The key.
        key: String,
    },
    /// What a key maps to is neither a string of one code point nor the empty string.
    #[error("the table of look-alike characters maps {key:?} to more or other than one character")]
    Replacement {
        /// The key.
        key: String,
    },
}

impl Equivset {
    /// The table that is compiled in: release 1.4.3, as Debian 12 packages it.
    pub fn builtin() -> &'static Self {
        static BUILTIN: LazyLock<Equivset> = LazyLock::new(|| {
            let pairs = table::PAIRS.split_ascii_whitespace().filter_map(|pair| {
                let (from, to) = pair.split_once('>')?;
                let to = if to.is_empty() { None } else { Some(hexadecimal(to)?) };
                Some((hexadecimal(from)?, to))
            });
            Equivset::from_pairs(pairs.collect())
        });
        &BUILTIN
    }

    /// Whether it maps as the table that is compiled in.
    pub(crate) fn is_builtin(&self) -> bool {
        let builtin = Self::builtin();
        std::ptr::eq(self, builtin) || self.digest == builtin.digest
    }

    /// Reads the JSON file of the `equivset` library: an object from character to replacement. The key `_readme` is
    /// skipped.
    ///
    /// # Errors
    /// [`EquivsetError`] says what is wrong, and at which key.
    pub fn from_json(json: &[u8]) -> Result<Self, EquivsetError> {
        let serde_json::Value::Object(object) = serde_json::from_slice(json)? else {
            return Err(EquivsetError::NotAnObject);
        };
        let mut pairs = Vec::with_capacity(object.len());
        for (key, value) in object {
            if key == README {
                continue;
            }
            let Some(from) = only_char(&key) else {
                return Err(EquivsetError::Key { key });
            };
            let to = match value.as_str() {
                Some("") => None,
                Some(text) => match only_char(text) {
                    Some(to) => Some(to),
                    None => return Err(EquivsetError::Replacement { key }),
                },
                None => return Err(EquivsetError::Replacement { key }),
            };
            pairs.push((from, to));
        }
        Ok(Self::from_pairs(pairs))
    }

    /// A table of these pairs; `None` stands for nothing. If a code point comes twice, the later one counts.
    fn from_pairs(mut pairs: Vec<(char, Option<char>)>) -> Self {
        pairs.sort_by_key(|(from, _)| *from);
        pairs.reverse();
        pairs.dedup_by_key(|(from, _)| *from);
        pairs.reverse();
        let mut pages = Pages::new(SAME);
        let mut ascii = Some(Box::new(std::array::from_fn(|byte| u8::try_from(byte).unwrap_or(0))));
        let mut digest = Sha256::new();
        for (from, to) in &pairs {
            pages.update(u32::from(*from), |entry| {
                *entry = to.map_or(NOTHING, u32::from);
            });
            if from.is_ascii() {
                let slot = ascii.as_mut().and_then(|ascii: &mut Box<[u8; 128]>| ascii.get_mut(*from as usize));
                match (slot, to.filter(char::is_ascii)) {
                    (Some(slot), Some(to)) => *slot = to as u8,
                    _ => ascii = None,
                }
            }
            digest.update(u32::from(*from).to_le_bytes());
            digest.update(to.map_or(NOTHING, u32::from).to_le_bytes());
        }
        let sources = ascii.as_deref().map(|table| Box::new(sources(table)));
        Self { pages: pages.shared(), ascii, sources, entries: pairs.len(), digest: digest.finalize().into() }
    }

    /// Number of code points that the table maps.
    pub fn len(&self) -> usize {
        self.entries
    }

    /// Whether the table maps nothing.
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// SHA-256 over the pairs in the order of their keys, each as two numbers of 32 bits (little-endian; 4294967294 for
    /// nothing). Tables that map alike have the same digest, however their files look.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// [`Self::digest`] in hexadecimal, lower case.
    pub fn digest_hex(&self) -> String {
        self.digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    /// What a code point becomes; `None` if nothing.
    #[inline]
    pub fn map(&self, code_point: char) -> Option<char> {
        match self.pages.get(code_point) {
            SAME => Some(code_point),
            NOTHING => None,
            other => char::from_u32(other),
        }
    }

    /// What the ASCII characters become, if each becomes an ASCII character.
    pub(super) fn ascii_table(&self) -> Option<&[u8; 128]> {
        self.ascii.as_deref()
    }

    /// From which classes of ASCII characters those of each class come; none if some ASCII character becomes nothing or
    /// leaves ASCII.
    pub(crate) fn sources(&self) -> Option<&Sources> {
        self.sources.as_deref()
    }

    /// Maps each code point of a text, once. Bytes that are not UTF-8 stay.
    pub fn apply<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        let out = match &self.ascii {
            Some(table) if text.is_ascii() => text.iter().map(|byte| table[usize::from(byte & 0x7F)]).collect(),
            _ => self.apply_to_any(text),
        };
        if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
    }

    fn apply_to_any(&self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        for chunk in text.utf8_chunks() {
            for code_point in chunk.valid().chars() {
                if let Some(mapped) = self.map(code_point) {
                    utf8::push(&mut out, mapped);
                }
            }
            out.extend_from_slice(chunk.invalid());
        }
        out
    }
}

/// For each class of ASCII characters, from which classes they are mapped: one bit for each. A class is what has the same
/// lowest five bits, as have upper and lower case of a letter.
pub(crate) type Sources = [u32; 32];

fn sources(table: &[u8; 128]) -> Sources {
    let mut sources = [0; 32];
    for (from, to) in (0_u8..).zip(table) {
        sources[usize::from(to & 31)] |= 1 << (from & 31);
    }
    sources
}

fn only_char(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

fn hexadecimal(digits: &str) -> Option<char> {
    u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn apply(table: &Equivset, text: &str) -> String {
        String::from_utf8(table.apply(text.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn the_builtin_table_is_whole() {
        let table = Equivset::builtin();
        assert_eq!(table.len(), 6_154);
        assert_eq!(table.entries, table::PAIRS.split_ascii_whitespace().count());
        let deleted = ('\0'..=char::MAX).filter(|c| table.map(*c).is_none()).count();
        assert_eq!(deleted, 6);
        assert_eq!(table.digest_hex(), "fcfcee427b0017f33e93a95f16ea6a458957a26ca5b20b54998b1d5d5a081ada");
    }

    #[test]
    fn look_alikes_become_one() {
        let cases = [
            ("", ""),
            ("h3ll0 w0rld", "HELLO WORLD"),
            ("$@|", "SAI"),
            ("!?.,-_ABC", "!?.,-_ABC"),
            ("àéîõü", "AEIOU"),
            ("АВС ѕсаm", "ABC SCAM"),
            ("Ｆｕｌｌ", "FULL"),
            ("𝐬𝐩𝐚𝐦", "SPAM"),
            ("国國", "囯囯"),
        ];
        for (text, expected) in cases {
            assert_eq!(apply(Equivset::builtin(), text), expected);
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_stay() {
        let table = Equivset::builtin();
        assert_eq!(table.apply(b"a\xffb\xe3\x81"), b"A\xffB\xe3\x81".as_slice());
        assert_eq!(table.apply(b"\xf0\x9f\xc3\xa9"), b"\xf0\x9fE".as_slice());
    }

    #[test]
    fn what_does_not_change_is_borrowed() {
        for text in ["", "ABC 789", "É日"] {
            assert!(matches!(Equivset::builtin().apply(text.as_bytes()), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn a_file_may_delete_characters_and_leave_ascii() {
        let json = r#"{"_readme": ["x"], "a": "b", "b": "é", "ü": "", "日": "c", "-": ""}"#;
        let table = Equivset::from_json(json.as_bytes()).unwrap();
        assert_eq!(table.len(), 5);
        assert_eq!(apply(&table, "aab-zü日日"), "bbézcc");
        assert_eq!(apply(&table, "ab-"), "bé");
        assert_eq!(table.map('ü'), None);
        assert!(Equivset::from_json(b"{}").unwrap().is_empty());
    }

    #[test]
    fn classes_know_where_their_characters_come_from() {
        let bits = |bytes: &[u8]| bytes.iter().fold(0_u32, |bits, byte| bits | 1 << (byte & 31));
        let sources = Equivset::builtin().sources().unwrap();
        for (to, from) in [(b'B', b"b".as_slice()), (b'k', b"k"), (b'O', b"o0/"), (b'e', b"e3%"), (b'S', b"s5$")] {
            assert_eq!(sources[usize::from(to & 31)] & !bits(b"/%"), bits(from) & !bits(b"/%"), "{to}");
        }
        let table = Equivset::from_json(br#"{"x": "Y", "a": "A"}"#).unwrap();
        assert_eq!(table.sources().map(|sources| [sources[24], sources[25]]), Some([bits(b"x"), bits(b"xy")]));
        assert!(Equivset::from_json(br#"{"x": ""}"#).unwrap().sources().is_none());
    }

    #[test]
    fn the_digest_is_of_the_pairs() {
        let one = Equivset::from_json(br#"{"a": "b", "c": ""}"#).unwrap();
        let same = Equivset::from_json(br#" {"c":"", "\u0061": "x", "a": "b"}"#).unwrap();
        let other = Equivset::from_json(br#"{"a": "b", "c": "d"}"#).unwrap();
        assert_eq!(one.digest(), same.digest());
        assert_ne!(one.digest(), other.digest());
    }

    #[test]
    fn errors_name_the_key() {
        let error = |json: &str| Equivset::from_json(json.as_bytes()).unwrap_err().to_string();
        assert!(error(r#"{"ab": "c"}"#).contains("\"ab\""));
        assert!(error(r#"{"": "c"}"#).contains("\"\""));
        assert!(error(r#"{"x": "yz"}"#).contains("\"x\""));
        assert!(error(r#"{"x": 1}"#).contains("\"x\""));
        assert!(error("[]").contains("not a JSON object"));
        assert!(error("{").contains("not JSON"));
    }

    proptest! {
        #[test]
        fn ascii_goes_the_same_way_in_any_company(text in r"[\x00-\x7f]{0,80}") {
            let table = Equivset::builtin();
            prop_assert_eq!(table.apply(text.as_bytes()).into_owned(), table.apply_to_any(text.as_bytes()));
        }

        #[test]
        fn any_bytes_can_be_mapped(text in proptest::collection::vec(any::<u8>(), 0..60)) {
            let mapped = Equivset::builtin().apply(&text).into_owned();
            let valid = std::str::from_utf8(&text).is_ok();
            prop_assert_eq!(std::str::from_utf8(&mapped).is_ok(), valid);
        }
    }
}
