//! What a text has if it holds some literals: the pieces of three and four bytes by which a text is told to lack them.

/// Bytes of a piece.
pub(crate) const PIECE_BYTES: usize = 3;

/// Bits of a byte that tell pieces apart: all but those that tell upper from lower case, and letters from the rest.
pub(crate) const BYTE_BITS: u32 = 5;

/// Number of different pieces.
pub(crate) const PIECES: u16 = 1 << (BYTE_BITS * 3);

/// Bytes of a longer piece, which tells more: of three, most occur in any long text.
pub(crate) const LONGER_BYTES: usize = 4;

/// Bits of the number that a longer piece is known by: the table is to fit into the nearest cache.
pub(crate) const LONGER_BITS: u32 = 15;

/// Pieces of a literal that are looked up: those that are rarest in texts.
pub(crate) const LOOKED_UP: usize = 8;

/// What a text has if it holds some literals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Signs {
    /// The places of the rarest pieces, or of their bytes if all literals are too short for a piece.
    pub(crate) places: [u16; LOOKED_UP],
    /// The numbers of longer pieces, if any literal has one.
    pub(crate) longer: Option<[u16; LOOKED_UP]>,
}

/// What a text has if a pattern matches in it.
#[derive(Debug)]
pub(crate) struct NeededSigns {
    /// Of one of these ways, all.
    pub(crate) ways: Box<[Signs]>,
    /// Whether nothing is said about texts with U+212A or U+017F.
    pub(crate) folds: bool,
}

impl NeededSigns {
    /// None if some way has no signs, so that every text could be matched.
    pub(crate) fn of(ways: &[Vec<Vec<u8>>], folds: bool) -> Option<Self> {
        let ways: Option<Box<[_]>> = ways.iter().map(|way| signs(way)).collect();
        let ways = ways.filter(|ways| !ways.is_empty())?;
        Some(Self { ways, folds })
    }
}

/// The place of a piece in the table.
#[inline]
pub(crate) fn place(a: u8, b: u8, c: u8) -> u16 {
    const MASK: u8 = (1 << BYTE_BITS) - 1;
    u16::from(a & MASK) | u16::from(b & MASK) << BYTE_BITS | u16::from(c & MASK) << (2 * BYTE_BITS)
}

/// The number of a longer piece: the bits of its bytes, mixed.
#[inline]
pub(crate) fn longer(piece: [u8; LONGER_BYTES]) -> u16 {
    const BITS: u32 = 0x1F1F_1F1F;
    let mixed = (u32::from_le_bytes(piece) & BITS).wrapping_mul(0x9E37_79B1);
    (mixed >> (u32::BITS - LONGER_BITS)) as u16
}

/// The places of a text's pieces, in order.
pub(crate) fn places_of(text: &[u8]) -> impl Iterator<Item = u16> {
    text.array_windows().map(|[a, b, c]| place(*a, *b, *c))
}

/// The byte whose place this is, if it is not that of a piece.
pub(crate) fn byte_of(place: u16) -> Option<u8> {
    u8::try_from(place.checked_sub(PIECES)?).ok()
}

/// What a text has that holds all of these; none if all are empty.
pub(crate) fn signs(texts: &[impl AsRef<[u8]>]) -> Option<Signs> {
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
