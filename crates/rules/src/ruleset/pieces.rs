//! The pieces of three bytes that a text has, in a table: what a literal needs and the table lacks does not occur.

use super::graph::ExprId;
use crate::text::equivset::Sources;
use crate::text::signs::{BYTE_BITS, LONGER_BITS, LONGER_BYTES, PIECE_BYTES, PIECES, Signs, longer, place, places_of};

/// Places of the table: pieces, then single bytes.
const PLACES: usize = PIECES as usize + 256;

/// Longest text whose pieces are dear enough to be kept while those of shorter ones are noted.
pub(super) const SHORT_BYTES_MAX: usize = 1_024;

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

impl Default for Noted {
    fn default() -> Self {
        Self { table: vec![0; PLACES].into(), stamp: 0, base: None, longer: Box::default(), has_longer: false }
    }
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

/// The numbers of the bits that are set.
fn bits(mut set: u32) -> impl Iterator<Item = u16> {
    std::iter::from_fn(move || {
        let number = (set != 0).then(|| set.trailing_zeros())?;
        set &= set - 1;
        u16::try_from(number).ok()
    })
}

fn is_of_byte(place: u16) -> bool {
    place >= PIECES
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
    use crate::text::signs::signs;

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
