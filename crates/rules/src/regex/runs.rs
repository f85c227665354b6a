//! Runs of characters that a match must contain: `[A-Z]{5,}`, `(.)\1{10,}`, `(.{1,9})\1{7}`.
//!
//! Every run of `n` bytes covers a multiple of `n`, so only every n-th byte has to be looked at.

use super::translate::Subjects;
use super::tree::{Node, Referred};
use std::ops::RangeInclusive;

/// Shortest run worth looking for.
const BYTES_MIN: usize = 3;

/// A run that every match contains.
pub(super) struct Run {
    kind: Kind,
    bytes_min: usize,
    is_exact: bool,
}

enum Kind {
    /// Bytes of a set.
    Of(Box<[bool; 256]>),
    /// The same few characters of a set, of so many bytes, again and again; letter case aside if told so.
    Same { bytes: RangeInclusive<usize>, caseless: bool, of: Box<[bool; 256]> },
}

impl Run {
    /// The longest run that a pattern needs, if there is one.
    pub(super) fn required(node: &Node, subjects: Subjects) -> Option<Self> {
        match node {
            Node::Concat(parts) => parts
                .iter()
                .filter_map(|part| Self::required(part, subjects))
                .max_by_key(|run| run.bytes_min)
                .map(|run| Self { is_exact: run.is_exact && parts.len() == 1, ..run }),
            Node::Atomic(node) => Self::required(node, subjects).map(|run| Self { is_exact: false, ..run }),
            Node::Repeat { node, min, possessive, .. } if *min >= 1 => {
                let bytes_min = *min as usize;
                let (kind, is_exact) = match node.as_ref() {
                    Node::Set(set) => {
                        let ascii = set.ascii();
                        let table = table(ascii, !set.is_ascii());
                        let are_chars_bytes = subjects == Subjects::Ascii || set.is_ascii();
                        (Kind::Of(table), are_chars_bytes && !possessive)
                    }
                    // A reference to nothing at all repeats nothing.
                    Node::Backreference(Some(Referred { chars_min, chars_max, caseless, members }))
                        if *chars_min > 0 =>
                    {
                        let char_bytes_max = match (subjects, caseless) {
                            (Subjects::Ascii, _) => 1,
                            (Subjects::Utf8, false) => 4,
                            (Subjects::Utf8, true) => return None,
                        };
                        let bytes = *chars_min..=chars_max * char_bytes_max;
                        let ascii = if *caseless { with_other_case(members.ascii) } else { members.ascii };
                        let of = table(ascii, members.has_others);
                        (Kind::Same { bytes, caseless: *caseless, of }, false)
                    }
                    other => {
                        let run = Self::required(other, subjects)?;
                        return Some(Self { is_exact: false, ..run });
                    }
                };
                (bytes_min >= BYTES_MIN).then_some(Self { kind, bytes_min, is_exact })
            }
            _ => None,
        }
    }

    /// Whether such a run is all that a match needs.
    pub(super) fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// Whether the subject contains the run.
    pub(super) fn occurs(&self, subject: &[u8]) -> bool {
        match &self.kind {
            Kind::Of(table) => has_run(subject.len(), self.bytes_min, |at| {
                subject.get(at).is_some_and(|&byte| table[usize::from(byte)])
            }),
            Kind::Same { bytes, caseless, of } => bytes.clone().any(|lag| {
                let fold = if *caseless { 0x20 } else { 0 };
                let repeats = |at: usize| match (subject.get(at), subject.get(at + lag)) {
                    (Some(one), Some(other)) => one | fold == other | fold && of[usize::from(*one)],
                    _ => false,
                };
                // Of n copies each byte equals the one a copy later, but for the last copy's.
                let equal = (self.bytes_min - 1) * lag;
                has_run(subject.len(), equal, repeats)
            }),
        }
    }
}

/// Of each byte, whether it occurs in characters of a set.
fn table(ascii: u128, has_others: bool) -> Box<[bool; 256]> {
    let mut table = Box::new([false; 256]);
    for (byte, is_in) in table.iter_mut().enumerate() {
        *is_in = if byte < 128 { ascii >> byte & 1 == 1 } else { has_others };
    }
    table
}

/// The set with the other case of its letters.
fn with_other_case(ascii: u128) -> u128 {
    const LOWER: u128 = 0x03ff_fffe << 96;
    const UPPER: u128 = 0x03ff_fffe << 64;
    ascii | (ascii & LOWER) >> 32 | (ascii & UPPER) << 32
}

/// Whether `least` neighbouring places fulfil the condition. Looks at few more than `length / least` of them where few
/// do, and at none more than twice.
fn has_run(length: usize, least: usize, fulfils: impl Fn(usize) -> bool) -> bool {
    let least = least.max(1);
    let mut probe = least - 1;
    while probe < length {
        if !fulfils(probe) {
            probe += least;
            continue;
        }
        // The run around the probe: back to its start or to behind the last probe, and on until it is long enough.
        let lowest = probe + 1 - least;
        let mut start = probe;
        while start > lowest && fulfils(start - 1) {
            start -= 1;
        }
        let mut end = probe + 1;
        while end - start < least && end < length && fulfils(end) {
            end += 1;
        }
        if end - start >= least {
            return true;
        }
        // The place at `end` does not fulfil it.
        probe = end + least;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_found_wherever_it_lies() {
        for length in 0..14usize {
            for bits in 0..1u32 << length {
                for least in 1..5usize {
                    let fulfils = |at: usize| at < length && bits >> at & 1 == 1;
                    let expected = (0..length).any(|start| (start..start + least).all(fulfils));
                    assert_eq!(has_run(length, least, fulfils), expected, "{bits:b} of {length}, {least}");
                }
            }
        }
    }
}
