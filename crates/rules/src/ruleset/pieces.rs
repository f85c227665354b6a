//! The pieces of three bytes that a text has, in a table: what a literal needs and the table lacks does not occur.

use super::graph::ExprId;
use crate::regex::Needs;
use crate::text::equivset::Sources;

/// Bytes of a piece.
const PIECE_BYTES: usize = 3;

/// Bits of a byte that tell pieces apart: all but those that tell upper from lower case, and letters from the rest.
const BYTE_BITS: u32 = 5;

/// Number of different pieces.
const PIECES: u16 = 1 << (BYTE_BITS * 3);

/// Bytes of a longer piece, which tells more: of three, most occur in any long text.
const LONGER_BYTES: usize = 4;

/// Bits of the number that a longer piece is known by: the table is to fit into the nearest cache.
const LONGER_BITS: u32 = 15;

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
    /// The longer pieces, if there are any yet; for the latest text, only if `has_longer`.
    longer: Box<[u8]>,
    has_longer: bool,
}

/// What a text has if it holds some literals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Signs {
    /// The places of the rarest pieces, or of their bytes if all literals are too short for a piece.
    pub(super) places: [u16; LOOKED_UP],
    /// The numbers of longer pieces, if any literal has one.
    longer: Option<[u16; LOOKED_UP]>,
}

/// What a text has if a pattern matches in it.
#[derive(Debug)]
pub(crate) struct NeededSigns {
    /// Of one of these ways, all.
    pub(super) ways: Box<[Signs]>,
    /// Whether nothing is said about texts with U+212A or U+017F.
    pub(super) folds: bool,
}

impl NeededSigns {
    /// None if some way has no signs, so that every text could be matched.
    pub(crate) fn of(needs: &Needs) -> Option<Self> {
        let ways: Option<Box<[_]>> = needs.ways.iter().map(|way| signs(way)).collect();
        let ways = ways.filter(|ways| !ways.is_empty())?;
        Some(Self { ways, folds: needs.folds })
    }
}

impl Default for Noted {
    fn default() -> Self {
        Self { table: vec![0; PLACES].into(), stamp: 0, base: None, longer: Box::default(), has_longer: false }
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
        self.has_longer = false;
        self.stamp = self.stamp.wrapping_add(1);
        if self.stamp == 0 {
            self.table.fill(0);
            self.longer.fill(0);
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

    /// Notes the longer pieces of a text whose pieces were noted last.
    pub(super) fn note_longer(&mut self, text: &[u8]) {
        if std::mem::replace(&mut self.has_longer, true) {
            return;
        }
        if self.longer.is_empty() {
            self.longer = vec![0; 1 << LONGER_BITS].into();
        }
        if let Some(pieces) = self.longer.first_chunk_mut() {
            note_longer(text, pieces, self.stamp);
        }
    }

    /// Whether all the longer pieces among these signs were noted.
    pub(super) fn has_longer(&self, signs: &Signs) -> bool {
        let has = |number: &u16| self.longer.get(usize::from(*number)) == Some(&self.stamp);
        signs.longer.as_ref().is_none_or(|numbers| numbers.iter().all(has))
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

fn note_longer(text: &[u8], pieces: &mut [u8; 1 << LONGER_BITS], stamp: u8) {
    let mut numbers = [0; BLOCK];
    let mut rest = text;
    while let Some(block) = rest.first_chunk::<{ BLOCK + LONGER_BYTES - 1 }>() {
        // As for the others.
        for (index, slot) in numbers.iter_mut().enumerate() {
            *slot = longer([block[index], block[index + 1], block[index + 2], block[index + 3]]);
        }
        for number in numbers {
            pieces[usize::from(number) % (1 << LONGER_BITS)] = stamp;
        }
        rest = rest.get(BLOCK..).unwrap_or_default();
    }
    for piece in rest.array_windows() {
        pieces[usize::from(longer(*piece)) % (1 << LONGER_BITS)] = stamp;
    }
}

/// The number of a longer piece: the bits of its bytes, mixed.
#[inline]
fn longer(piece: [u8; LONGER_BYTES]) -> u16 {
    const BITS: u32 = 0x1F1F_1F1F;
    let mixed = (u32::from_le_bytes(piece) & BITS).wrapping_mul(0x9E37_79B1);
    (mixed >> (u32::BITS - LONGER_BITS)) as u16
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

/// What a text has that holds all of these; none if all are empty.
pub(super) fn signs(texts: &[impl AsRef<[u8]>]) -> Option<Signs> {
    let mut pieces = rarest_first(texts, PIECE_BYTES);
    if pieces.is_empty() {
        pieces = texts.iter().flat_map(|text| text.as_ref().chunks(1)).collect();
    }
    let places = pieces.iter().filter_map(|piece| match **piece {
        [a, b, c] => Some(place(a, b, c)),
        [byte] => Some(PIECES + u16::from(byte)),
        _ => None,
    });
    let long_pieces = rarest_first(texts, LONGER_BYTES);
    let numbers = long_pieces.iter().filter_map(|piece| Some(longer(*piece.first_chunk()?)));
    Some(Signs { places: filled(places)?, longer: filled(numbers) })
}

/// The pieces of texts, those with the fewest frequent bytes first.
fn rarest_first<T: AsRef<[u8]>>(texts: &[T], bytes: usize) -> Vec<&[u8]> {
    let mut pieces: Vec<&[u8]> = texts.iter().flat_map(|text| text.as_ref().windows(bytes)).collect();
    pieces.sort_by_key(|piece| piece.iter().filter(|byte| is_common(**byte)).count());
    pieces
}

/// The first of these, each once; the very first again where there are fewer.
fn filled(numbers: impl Iterator<Item = u16>) -> Option<[u16; LOOKED_UP]> {
    let mut numbers: Vec<u16> = numbers.collect();
    numbers.dedup();
    let first = *numbers.first()?;
    Some(std::array::from_fn(|at| numbers.get(at).copied().unwrap_or(first)))
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
        noted.note_longer(text);
        let is_open = |literal: &&str| {
            let signs = signs(&[literal]).expect("long enough");
            noted.has_all(&signs.places) && noted.has_longer(&signs)
        };
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
                let places = signs(&[part]).expect("long enough").places;
                assert!(noted.could_make_all(&places, sources), "{text}: {part:?}");
            }
            assert!(!noted.could_make_all(&signs(&["WONDER"]).expect("long enough").places, sources), "{text}");
        }
    }

    #[test]
    fn letters_that_fold_are_found() {
        assert!(holds_folding("\u{212a}elvin".as_bytes()));
        assert!(holds_folding("\u{17f}pam".as_bytes()));
        assert!(!holds_folding("Kelvin, spam".as_bytes()));
    }
}
