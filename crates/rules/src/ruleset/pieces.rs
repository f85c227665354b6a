//! The pieces of three bytes that a text has, in a table: what a literal needs and the table lacks does not occur.

use super::graph::ExprId;
use crate::text::equivset::Sources;

/// Bytes of a piece.
const PIECE_BYTES: usize = 3;

/// Bits of a byte that tell pieces apart: all but those that tell upper from lower case, and letters from the rest.
const BYTE_BITS: u32 = 5;

/// Number of different pieces.
const PIECES: u16 = 1 << (BYTE_BITS * 3);

/// Places of the table: pieces, then single bytes.
const PLACES: usize = PIECES as usize + 256;

/// Longest text whose pieces are dear enough to be kept while those of shorter ones are noted.
pub(super) const SHORT_BYTES_MAX: usize = 1_024;

/// Pieces of a literal that are looked up: those that are rarest in texts.
pub(super) const LOOKED_UP: usize = 8;

/// Pieces from which another could be made that are looked up; if there are more it counts as one that could.
const MADE_FROM_MAX: u32 = 100;

/// Pieces that are noted at a time.
const BLOCK: usize = 64;

/// The pieces of one text.
#[derive(Debug)]
pub(super) struct Noted {
    /// By place: [`PLACES`] of them.
    table: Box<[u8]>,
    /// What stands in the table for each piece of the latest text.
    stamp: u8,
    /// What that text was made from by changing case, and the action, if it was ASCII.
    base: Option<(ExprId, u32)>,
}

impl Default for Noted {
    fn default() -> Self {
        Self { table: vec![0; PLACES].into(), stamp: 0, base: None }
    }
}

/// The place of a piece in the table.
#[inline]
fn place(a: u8, b: u8, c: u8) -> u16 {
    const MASK: u8 = (1 << BYTE_BITS) - 1;
    u16::from(a & MASK) | u16::from(b & MASK) << BYTE_BITS | u16::from(c & MASK) << (2 * BYTE_BITS)
}

impl Noted {
    /// Whether this is what was noted last.
    pub(super) fn is_about(&self, base: Option<(ExprId, u32)>) -> bool {
        base.is_some() && base == self.base
    }

    /// Notes all pieces of a text, unless they are: upper and lower case of ASCII have the same pieces.
    pub(super) fn note_once(&mut self, text: &[u8], base: Option<(ExprId, u32)>) {
        if !self.is_about(base) {
            self.note(text);
            self.base = base;
        }
    }

    /// Notes all pieces of a text, and forgets what was noted of the text before.
    fn note(&mut self, text: &[u8]) {
        self.stamp = self.stamp.wrapping_add(1);
        if self.stamp == 0 {
            self.table.fill(0);
            self.stamp = 1;
        }
        if let Some((pieces, _)) = self.table.split_first_chunk_mut() {
            note_pieces(text, pieces, self.stamp);
        }
    }

    /// Notes those of these bytes that the text has whose pieces were noted, letters in either case.
    pub(super) fn note_bytes(&mut self, bytes: &[u8], text: &[u8]) {
        for byte in bytes {
            let Some(slot) = self.table.get_mut(usize::from(PIECES) + usize::from(*byte)) else { continue };
            let occurs = || match byte {
                b'A'..=b'Z' | b'a'..=b'z' => memchr::memchr2(*byte, byte ^ 0x20, text).is_some(),
                _ => memchr::memchr(*byte, text).is_some(),
            };
            if *slot != self.stamp && occurs() {
                *slot = self.stamp;
            }
        }
    }

    /// Whether all of these places are noted.
    pub(super) fn has_all(&self, places: &[u16]) -> bool {
        places.iter().all(|place| self.has(*place))
    }

    /// Whether all of these places are noted, or others from which they could be made: each character of a piece from one
    /// of its `sources`. Nothing is said of single bytes.
    pub(super) fn could_make_all(&self, places: &[u16], sources: &Sources) -> bool {
        places.iter().all(|place| is_of_byte(*place) || self.has(*place) || self.could_make(*place, sources))
    }

    fn could_make(&self, place: u16, sources: &Sources) -> bool {
        const MASK: u16 = (1 << BYTE_BITS) - 1;
        let classes = [0, 1, 2].map(|number| sources[usize::from(place >> (number * BYTE_BITS) & MASK)]);
        if classes.iter().map(|set| set.count_ones()).product::<u32>() > MADE_FROM_MAX {
            return true;
        }
        let has = |a: u16, b: u16, c: u16| self.has(a | b << BYTE_BITS | c << (2 * BYTE_BITS));
        let [first, second, third] = classes;
        bits(first).any(|a| bits(second).any(|b| bits(third).any(|c| has(a, b, c))))
    }

    fn has(&self, place: u16) -> bool {
        self.table.get(usize::from(place)) == Some(&self.stamp)
    }
}

fn note_pieces(text: &[u8], pieces: &mut [u8; PIECES as usize], stamp: u8) {
    let mut places = [0; BLOCK];
    let mut rest = text;
    while let Some(block) = rest.first_chunk::<{ BLOCK + PIECE_BYTES - 1 }>() {
        // Computed many at a time, then stored one by one.
        for (index, slot) in places.iter_mut().enumerate() {
            *slot = place(block[index], block[index + 1], block[index + 2]);
        }
        for place in places {
            pieces[usize::from(place % PIECES)] = stamp;
        }
        rest = rest.get(BLOCK..).unwrap_or_default();
    }
    for place in places_of(rest) {
        pieces[usize::from(place % PIECES)] = stamp;
    }
}

/// The numbers of the bits that are set.
fn bits(mut set: u32) -> impl Iterator<Item = u16> {
    std::iter::from_fn(move || {
        let number = (set != 0).then(|| set.trailing_zeros())?;
        set &= set - 1;
        u16::try_from(number).ok()
    })
}

/// The places of a text's pieces, in order.
pub(super) fn places_of(text: &[u8]) -> impl Iterator<Item = u16> {
    text.array_windows().map(|[a, b, c]| place(*a, *b, *c))
}

/// The byte whose place this is, if it is not that of a piece.
pub(super) fn byte_of(place: u16) -> Option<u8> {
    u8::try_from(place.checked_sub(PIECES)?).ok()
}

fn is_of_byte(place: u16) -> bool {
    place >= PIECES
}

/// The places of the rarest pieces of texts, or of their bytes if all are too short for a piece; none if all are empty.
pub(super) fn looked_up(texts: &[impl AsRef<[u8]>]) -> Option<[u16; LOOKED_UP]> {
    let mut pieces: Vec<&[u8]> = texts.iter().flat_map(|text| text.as_ref().windows(PIECE_BYTES)).collect();
    if pieces.is_empty() {
        pieces = texts.iter().flat_map(|text| text.as_ref().chunks(1)).collect();
    }
    pieces.sort_by_key(|piece| piece.iter().filter(|byte| is_common(**byte)).count());
    let mut places: Vec<u16> = pieces
        .iter()
        .filter_map(|piece| match **piece {
            [a, b, c] => Some(place(a, b, c)),
            [byte] => Some(PIECES + u16::from(byte)),
            _ => None,
        })
        .collect();
    places.dedup();
    let first = *places.first()?;
    Some(std::array::from_fn(|number| places.get(number).copied().unwrap_or(first)))
}

/// Whether a byte is frequent in texts of many languages.
fn is_common(byte: u8) -> bool {
    b"etaoinsrhldcu ".contains(&byte.to_ascii_lowercase()) || byte >= 0x80
}

/// Whether U+212A (Kelvin sign) or U+017F (long s) occurs.
pub(super) fn holds_folding(text: &[u8]) -> bool {
    memchr::memmem::find(text, "\u{212A}".as_bytes()).is_some()
        || memchr::memmem::find(text, "\u{17F}".as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::equivset::Equivset;

    /// Whether the pieces of a text leave none of the literals open.
    fn excludes(text: &[u8], literals: &[&str]) -> bool {
        let mut noted = Noted::default();
        noted.note(text);
        noted.note_bytes(&(0..=u8::MAX).collect::<Vec<_>>(), text);
        let is_open = |literal: &&str| noted.has_all(&looked_up(&[literal]).expect("long enough"));
        !literals.iter().any(is_open)
    }

    #[test]
    fn what_occurs_is_never_excluded() {
        let text =
            "The quick brown fox, ein Zwölftel \u{212a}elvin; {{delete}} \\x @` and so on, for longer than a block";
        for start in 0..text.len() {
            for end in start + PIECE_BYTES..=text.len() {
                let (Some(literal), prefix) = (text.get(start..end), text.get(..end)) else { continue };
                assert!(!excludes(text.as_bytes(), &[literal]), "{literal}");
                assert!(!excludes(prefix.unwrap_or(text).as_bytes(), &["zzz", literal]), "{literal}");
                assert!(!excludes(text.as_bytes(), &[&literal.to_ascii_lowercase()]), "{literal}");
            }
        }
    }

    #[test]
    fn what_does_not_occur_mostly_is() {
        let text = "The quick brown fox jumps over the lazy dog. ".repeat(300);
        assert!(excludes(text.as_bytes(), &["turnip", "wonder pills", "{{delete"]));
        assert!(excludes(b"", &["abc"]));
        assert!(excludes(b"ab", &["abc"]));
        assert!(!excludes(b"abd", &["xyz", "abd"]));
    }

    #[test]
    fn what_other_bytes_become_is_not_excluded() {
        let table = Equivset::builtin();
        let sources = table.sources().expect("it maps ASCII to ASCII");
        for text in ["c4$1n0 b0nu5", "cas|no bonus", "call me now", "6n0me 31 p0Opyhead"] {
            let mut noted = Noted::default();
            noted.note(text.as_bytes());
            let mapped = table.apply(text.as_bytes());
            for part in mapped.windows(5) {
                let places = looked_up(&[part]).expect("long enough");
                assert!(noted.could_make_all(&places, sources), "{text}: {part:?}");
            }
            assert!(!noted.could_make_all(&looked_up(&["WONDER"]).expect("long enough"), sources), "{text}");
        }
    }

    #[test]
    fn letters_that_fold_are_found() {
        assert!(holds_folding("\u{212a}elvin".as_bytes()));
        assert!(holds_folding("\u{17f}pam".as_bytes()));
        assert!(!holds_folding("Kelvin, spam".as_bytes()));
    }
}
