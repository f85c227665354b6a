//! Counting characters of a set: `rcount( "[a-z]", … )`.

use super::translate::Subjects;
use super::tree::{Node, Set};

/// A pattern that is one character of a set.
pub(super) struct Singles {
    /// Of each byte, whether it is such a character or its first byte.
    begins: Box<[bool; 256]>,
}

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
        Some(Self { begins })
    }

    /// How many there are in a valid text.
    pub(super) fn count(&self, text: &[u8]) -> usize {
        text.iter().filter(|byte| self.begins[usize::from(**byte)]).count()
    }
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
            (".", "aé\n", Some(2)),
            ("é", "é", None),
            (r"\w", "é", None),
            ("ab", "ab", None),
            (r"\p{L}", "a", None),
        ] {
            let singles = Singles::new(&parse(text, false).expect("understood"), Subjects::Utf8);
            assert_eq!(singles.map(|singles| singles.count(subject.as_bytes())), expected, "{text}");
        }
    }
}
