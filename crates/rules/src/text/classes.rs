//! Kinds of code points, as the pattern engine sees them in Unicode mode.
//!
//! The tables come from the Unicode release of the `regex-syntax` crate, which may be newer than the peer's: code points
//! that the peer's release did not know yet have no class there, and count as what they are here.

use super::pages::Pages;
use regex_syntax::Parser;
use regex_syntax::hir::{Class, HirKind};
use std::sync::LazyLock;

/// A letter or a number: `\p{L}`, `\p{N}`.
pub(super) const WORD: u8 = 1;
/// White space as the pattern engine's `\s`: separators, horizontal and vertical white space.
pub(super) const SPACE: u8 = 2;
/// A cased letter (Unicode's `Cased`).
pub(super) const CASED: u8 = 4;
/// Skipped where a word's end is looked for (Unicode's `Case_Ignorable`).
pub(super) const CASE_IGNORABLE: u8 = 8;

/// What each class is, in the syntax of `regex-syntax`. U+180E is a space to the engine (`\h`) though no longer to Unicode.
const PATTERNS: [(u8, &str); 4] = [
    (WORD, r"[\p{L}\p{N}]"),
    (SPACE, r"[\p{Z}\t-\r\x{85}\x{180E}]"),
    (CASED, r"\p{Cased}"),
    (CASE_IGNORABLE, r"\p{Case_Ignorable}"),
];

/// The classes of all code points.
pub(super) struct Classes(Pages<u8>);

static CLASSES: LazyLock<Classes> = LazyLock::new(|| {
    let mut table = Pages::new(0);
    for (bit, pattern) in PATTERNS {
        for (first, last) in ranges(pattern) {
            for code_point in first..=last {
                table.update(code_point, |bits| *bits |= bit);
            }
        }
    }
    Classes(table.shared())
});

impl Classes {
    /// The table. Built at the first call, in about a millisecond.
    pub(super) fn table() -> &'static Self {
        &CLASSES
    }

    /// The classes of a code point, as bits.
    #[inline]
    pub(super) fn of(&self, code_point: char) -> u8 {
        self.0.get(code_point)
    }

    /// Whether the code point is in any of the classes.
    #[inline]
    pub(super) fn is(&self, code_point: char, classes: u8) -> bool {
        self.of(code_point) & classes != 0
    }
}

/// The code points that a character class matches, as inclusive ranges.
fn ranges(pattern: &str) -> Vec<(u32, u32)> {
    match Parser::new().parse(pattern).map(regex_syntax::hir::Hir::into_kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => {
            class.iter().map(|range| (u32::from(range.start()), u32::from(range.end()))).collect()
        }
        _ => unreachable!("the patterns are constants, each one class of characters"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_those_of_the_pattern_engine() {
        let cases = [
            ('a', WORD | CASED),
            ('5', WORD),
            ('½', WORD),
            ('Ⅷ', WORD | CASED),
            ('日', WORD),
            ('ʰ', WORD | CASED | CASE_IGNORABLE),
            ('_', 0),
            ('👍', 0),
            ('\'', CASE_IGNORABLE),
            ('\u{301}', CASE_IGNORABLE),
            (' ', SPACE),
            ('\n', SPACE),
            ('\u{B}', SPACE),
            ('\u{1F}', 0),
            ('\u{85}', SPACE),
            ('\u{A0}', SPACE),
            ('\u{180E}', SPACE | CASE_IGNORABLE),
            ('\u{200B}', CASE_IGNORABLE),
            ('\u{2028}', SPACE),
            ('\u{3000}', SPACE),
            ('\u{FEFF}', CASE_IGNORABLE),
        ];
        for (code_point, expected) in cases {
            assert_eq!(Classes::table().of(code_point), expected, "{code_point:?}");
        }
    }
}
