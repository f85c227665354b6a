//! The pieces of three bytes that a text has, in a table: what a literal needs and the table lacks does not occur.

use super::graph::ExprId;

/// Bytes of a piece.
const PIECE_BYTES: usize = 3;

/// Bits of a byte that tell pieces apart: all but those that tell upper from lower case, and letters from the rest.
const BYTE_BITS: u32 = 5;

/// Number of different pieces.
const PIECES: u16 = 1 << (BYTE_BITS * 3);

/// Places of the table: pieces, then single bytes.
const PLACES: usize = PIECES as usize + 256;

/// Longest text whose single bytes are noted; longer ones have most.
pub(super) const BYTES_NOTED_MAX: usize = 1_024;

/// Pieces of a literal that are looked up: those that are rarest in texts.
pub(super) const LOOKED_UP: usize = 8;

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
    pub(super) base: Option<(ExprId, u32)>,
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
    /// Notes all pieces of a text, and forgets those of the text before.
    pub(super) fn note(&mut self, text: &[u8]) {
        self.stamp = self.stamp.wrapping_add(1);
        if self.stamp == 0 {
            self.table.fill(0);
            self.stamp = 1;
        }
        note(text, &mut self.table, self.stamp);
    }

    /// Whether all of these places are noted.
    pub(super) fn has_all(&self, places: &[u16]) -> bool {
        places.iter().all(|place| self.table.get(usize::from(*place)) == Some(&self.stamp))
    }
}

/// Notes all pieces of a text in a table of [`PLACES`].
fn note(text: &[u8], table: &mut [u8], stamp: u8) {
    let Some((pieces, bytes)) = table.split_first_chunk_mut::<{ PIECES as usize }>() else { return };
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
    for piece in rest.windows(PIECE_BYTES) {
        if let [a, b, c] = *piece {
            pieces[usize::from(place(a, b, c) % PIECES)] = stamp;
        }
    }
    if text.len() > BYTES_NOTED_MAX {
        bytes.fill(stamp);
        return;
    }
    for byte in text {
        // Asked for in lower case, whatever the case.
        for byte in [*byte, byte.to_ascii_lowercase()] {
            if let Some(slot) = bytes.get_mut(usize::from(byte)) {
                *slot = stamp;
            }
        }
    }
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

    /// Whether the pieces of a text leave none of the literals open.
    fn excludes(text: &[u8], literals: &[&str]) -> bool {
        let mut table = vec![0; PLACES];
        note(text, &mut table, 1);
        let is_open = |literal: &&str| {
            let places = looked_up(&[literal]).expect("long enough");
            places.iter().all(|place| table[usize::from(*place)] == 1)
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
    fn letters_that_fold_are_found() {
        assert!(holds_folding("\u{212a}elvin".as_bytes()));
        assert!(holds_folding("\u{17f}pam".as_bytes()));
        assert!(!holds_folding("Kelvin, spam".as_bytes()));
    }
}
