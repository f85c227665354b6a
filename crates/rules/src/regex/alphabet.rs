//! A smaller alphabet, in which automata know word boundaries.
//!
//! Automata tell word characters from others by the byte, so `\b` is beyond them where a word can contain other letters
//! than ASCII's. Characters that a pattern does not tell apart can stand for each other, though: each becomes the one
//! byte of its class, a byte of a word if the class is one of word characters. What the pattern says of the text and
//! what its translation says of the bytes is then the same.

use super::tree::{Assertion, Node, Set};
use super::unicode;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// Different sets that a pattern may use.
const SETS_MAX: usize = 128;
/// Ranges in all of them together.
const RANGES_MAX: usize = 20_000;

/// The classes of the characters that a pattern does not tell apart, and a byte for each.
pub(super) struct Alphabet {
    ascii: [u8; 128],
    /// From the code point on, up to the next entry's, the class of that byte. The first entry is for U+0080.
    ranges: Box<[(u32, u8)]>,
}

/// Bits: word character, line feed, then one for each set.
type Signature = Vec<u64>;

const WORD_BIT: usize = 0;

impl Alphabet {
    /// The alphabet of a pattern with word boundaries; nothing if it has none, or not all of its sets are known, or there
    /// are too many classes.
    pub(super) fn new(node: &Node) -> Option<Self> {
        if !has_boundary(node) {
            return None;
        }
        let mut sets = FxHashSet::default();
        collect(node, &mut sets)?;
        let mut sets: Vec<Vec<(u32, u32)>> = sets.into_iter().collect();
        sets.sort_unstable();
        let word = unicode::WORD.iter().map(|&(start, end)| (u32::from(start), u32::from(end))).collect();
        let line_feed = vec![(u32::from('\n'), u32::from('\n'))];
        let all = [vec![word, line_feed], sets].concat();
        if all.iter().map(Vec::len).sum::<usize>() > RANGES_MAX {
            return None;
        }
        let mut bytes = Bytes::default();
        let mut ascii = [0; 128];
        let mut ranges: Vec<(u32, u8)> = Vec::new();
        let pieces = pieces(&all);
        let of_ascii = |code: u32| pieces.range(..=code).next_back().map(|(_, signature)| signature);
        for (byte, code) in ascii.iter_mut().zip(0u8..) {
            *byte = bytes.of_ascii(code, of_ascii(code.into())?);
        }
        let first = (0x80, of_ascii(0x80)?);
        let others = pieces.range(0x81..).map(|(start, signature)| (*start, signature));
        for (start, signature) in std::iter::once(first).chain(others) {
            let byte = bytes.of_other(signature)?;
            if ranges.last().is_none_or(|(_, last)| *last != byte) {
                ranges.push((start, byte));
            }
        }
        Some(Self { ascii, ranges: ranges.into() })
    }

    /// The text in this alphabet: one byte for each character.
    pub(super) fn spell(&self, text: &str, out: &mut Vec<u8>) {
        out.clear();
        out.reserve(text.len());
        out.extend(text.chars().map(|char| self.byte(char)));
    }

    /// The bytes of a set that the pattern uses, or of the set of all characters.
    pub(super) fn members(&self, set: &Set) -> [bool; 256] {
        let mut members = [false; 256];
        let mut add = |byte: u8| members[usize::from(byte)] = true;
        let ascii = set.ascii();
        self.ascii.iter().enumerate().filter(|(code, _)| ascii >> code & 1 == 1).for_each(|(_, byte)| add(*byte));
        for range in set.chars.iter().filter(|range| !range.end().is_ascii()) {
            let first = self.index(u32::from(range.start()).max(0x80));
            let within = self.ranges.iter().skip(first).take_while(|(start, _)| *start <= u32::from(range.end()));
            within.for_each(|(_, byte)| add(*byte));
        }
        members
    }

    fn byte(&self, char: char) -> u8 {
        let code = u32::from(char);
        match self.ascii.get(code as usize) {
            Some(byte) => *byte,
            None => self.ranges.get(self.index(code)).map_or(0, |(_, byte)| *byte),
        }
    }

    fn index(&self, code: u32) -> usize {
        self.ranges.partition_point(|(start, _)| *start <= code).saturating_sub(1)
    }
}

/// The bytes given to classes so far.
#[derive(Default)]
struct Bytes {
    given: FxHashMap<Signature, u8>,
    /// Bytes of words whose characters have the byte of another.
    free: Vec<u8>,
    beyond_ascii: u8,
}

impl Bytes {
    fn of_ascii(&mut self, code: u8, signature: &Signature) -> u8 {
        let byte = *self.given.entry(signature.clone()).or_insert(code);
        if byte != code && has(signature, WORD_BIT) {
            self.free.push(code);
        }
        byte
    }

    fn of_other(&mut self, signature: &Signature) -> Option<u8> {
        if let Some(byte) = self.given.get(signature) {
            return Some(*byte);
        }
        let byte = if has(signature, WORD_BIT) {
            self.free.pop()?
        } else {
            self.beyond_ascii = self.beyond_ascii.checked_add(1).filter(|number| *number < 0x80)?;
            0x80 + self.beyond_ascii
        };
        self.given.insert(signature.clone(), byte);
        Some(byte)
    }
}

fn has(signature: &Signature, bit: usize) -> bool {
    signature.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
}

/// Where membership changes, and which sets contain what follows there.
fn pieces(sets: &[Vec<(u32, u32)>]) -> BTreeMap<u32, Signature> {
    let mut changes: BTreeMap<u32, Vec<usize>> = BTreeMap::from([(0, Vec::new())]);
    for (bit, set) in sets.iter().enumerate() {
        for (start, end) in set {
            changes.entry(*start).or_default().push(bit);
            changes.entry(end + 1).or_default().push(bit);
        }
    }
    let mut signature = vec![0u64; sets.len().div_ceil(64)];
    let pieces = changes.into_iter().map(|(start, bits)| {
        for bit in bits {
            signature[bit / 64] ^= 1 << (bit % 64);
        }
        (start, signature.clone())
    });
    pieces.collect()
}

fn has_boundary(node: &Node) -> bool {
    match node {
        Node::Assert(assertion) => matches!(assertion, Assertion::WordBoundary | Assertion::NoWordBoundary),
        Node::Concat(parts) | Node::Alternate(parts) => parts.iter().any(has_boundary),
        // What is inside of a look is not translated.
        Node::Repeat { node, .. } | Node::Atomic(node) => has_boundary(node),
        _ => false,
    }
}

/// The sets that are translated; nothing if there are too many, or one is not known.
fn collect(node: &Node, sets: &mut FxHashSet<Vec<(u32, u32)>>) -> Option<()> {
    match node {
        Node::Set(set) => {
            let ranges = set.chars.iter().map(|range| (u32::from(range.start()), u32::from(range.end())));
            sets.insert(ranges.collect());
            (set.known && sets.len() <= SETS_MAX).then_some(())
        }
        Node::Concat(parts) | Node::Alternate(parts) => parts.iter().try_for_each(|part| collect(part, sets)),
        Node::Repeat { node, .. } | Node::Atomic(node) => collect(node, sets),
        _ => Some(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parser::parse;
    use super::*;

    #[test]
    fn characters_have_one_byte_exactly_if_the_pattern_does_not_tell_them_apart() {
        let node = parse(r"\b[ak][é中]\w", false).expect("understood");
        let alphabet = Alphabet::new(&node).expect("few classes");
        let mut out = Vec::new();
        for (one, other, same) in [
            ("a", "k", true),
            ("a", "b", false),
            ("b", "z", true),
            ("b", "ж", true),
            ("é", "中", true),
            ("é", "ж", false),
            ("é", "a", false),
            (" ", "\n", false),
            (" ", "\u{2028}", true),
            ("-", "_", false),
        ] {
            alphabet.spell(&[one, other].concat(), &mut out);
            assert_eq!(out[0] == out[1], same, "{one:?} {other:?}");
        }
        alphabet.spell("\n", &mut out);
        assert_eq!(out, b"\n");
    }

    #[test]
    fn there_is_none_without_boundaries_or_with_unknown_sets() {
        for text in ["a", r"\b\p{Lu}", r"(?=\b)a"] {
            assert!(Alphabet::new(&parse(text, false).expect("understood")).is_none(), "{text}");
        }
    }
}
