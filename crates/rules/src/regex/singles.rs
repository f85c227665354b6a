//! Counting characters of a set: `rcount( "[a-z]", … )`.

use super::translate::Subjects;
use super::tree::{Node, Set};

/// A pattern that is one character of a set.
pub(super) struct Singles {
    /// Of each byte, whether it is such a character or its first byte.
    begins: Box<[bool; 256]>,
    /// The same as a few ranges, first byte and number of bytes more; nothing if they are many.
    ranges: Option<[(u8, u8); RANGES_MAX]>,
}

/// Ranges of bytes that are compared at once.
const RANGES_MAX: usize = 3;

/// Bytes of a subject that are looked at together.
const BLOCK: usize = 64;

impl Singles {
    /// Nothing if the pattern is something else, or the bytes alone do not tell.
    pub(super) fn new(node: &Node, subjects: Subjects) -> Option<Self> {
        let set = match node {
            Node::Set(set) => set,
            Node::Concat(parts) => match parts.as_slice() {
                [Node::Set(set)] => set,
                _ => return None,
            },
            _ => return None,
        };
        let has_all = has_all_others(set);
        if subjects == Subjects::Utf8 && !set.is_ascii() && !has_all {
            return None;
        }
        let ascii = set.ascii();
        let mut begins = Box::new([false; 256]);
        for (byte, is_in) in begins.iter_mut().enumerate() {
            *is_in = if byte < 0x80 { ascii >> byte & 1 == 1 } else { byte >= 0xc0 && has_all };
        }
        let ranges = ranges(&begins);
        Some(Self { begins, ranges })
    }

    /// Whether there is one in a valid text.
    pub(super) fn occur(&self, text: &[u8]) -> bool {
        let Some(ranges) = &self.ranges else { return text.iter().any(|byte| self.begins[usize::from(*byte)]) };
        let is_in =
            |byte: u8| ranges.iter().fold(false, |any, (start, more)| any | (byte.wrapping_sub(*start) <= *more));
        // No way out of the loop over a block, so that it is one comparison of many bytes.
        text.chunks(BLOCK).any(|block| block.iter().fold(false, |any, byte| any | is_in(*byte)))
    }

    /// How many there are in a valid text.
    pub(super) fn count(&self, text: &[u8]) -> usize {
        text.iter().filter(|byte| self.begins[usize::from(**byte)]).count()
    }
}

fn ranges(begins: &[bool; 256]) -> Option<[(u8, u8); RANGES_MAX]> {
    let mut ranges: Vec<(u8, u8)> = Vec::new();
    for byte in (0..=u8::MAX).filter(|byte| begins[usize::from(*byte)]) {
        match ranges.last_mut() {
            Some((start, more)) if byte - *start == *more + 1 => *more += 1,
            _ => ranges.push((byte, 0)),
        }
    }
    let first = *ranges.first()?;
    (ranges.len() <= RANGES_MAX).then(|| std::array::from_fn(|number| ranges.get(number).copied().unwrap_or(first)))
}

/// Whether all characters outside of ASCII are in, and known to be.
fn has_all_others(set: &Set) -> bool {
    let covers = |start: char, end: char| set.chars.iter().any(|range| range.start() <= start && end <= range.end());
    set.known && (covers('\u{80}', char::MAX) || covers('\u{80}', '\u{d7ff}') && covers('\u{e000}', char::MAX))
}

#[cfg(test)]
mod tests {
    use super::super::parser::parse;
    use super::*;

    #[test]
    fn characters_are_counted_where_bytes_tell_them() {
        for (text, subject, expected) in [
            ("[a-c]", "abcdé", Some(3)),
            ("[^a-c]", "abcdé中", Some(3)),
            ("[x-z]", "abcdé中", Some(0)),
            ("[aeiou1]", "xyz é", Some(0)),
            ("[aeiou1]", "xyz éo1", Some(2)),
            (".", "aé\n", Some(2)),
            ("é", "é", None),
            (r"\w", "é", None),
            ("ab", "ab", None),
            (r"\p{L}", "a", None),
        ] {
            let singles = Singles::new(&parse(text, false).expect("understood"), Subjects::Utf8);
            assert_eq!(singles.as_ref().map(|singles| singles.count(subject.as_bytes())), expected, "{text}");
            let occur = singles.map(|singles| singles.occur(subject.as_bytes()));
            assert_eq!(occur, expected.map(|count| count > 0), "{text}");
        }
    }
}
