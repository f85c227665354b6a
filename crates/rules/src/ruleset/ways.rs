//! The ways in which questions about a text could be answered by yes, and which of them a text leaves open.

use super::pieces::Noted;
use crate::text::equivset::Sources;
use crate::text::signs::{Signs, byte_of, places_of};
use rustc_hash::FxHashMap;

/// How much dearer it is to look up a piece of a text among the ways than to look up a way among the noted pieces.
const PIECE_COST: usize = 2;

/// Places of the index for each way: most look-ups end at the first.
const SLOTS_PER_WAY: usize = 4;

/// Fewest ways left open for which longer pieces are noted. That costs about as much as twenty searches of the text, and of
/// the ways that are left open, many are never asked about, and some occur.
pub(super) const WAYS_FOR_LONGER: usize = 64;

/// Ways, each once, with the questions that they belong to.
#[derive(Debug)]
pub(super) struct Ways {
    /// Ways that begin with a single byte come first; those that begin with the same piece lie together.
    held: Box<[Held]>,
    /// Number of ways that begin with a single byte.
    of_bytes: usize,
    bytes: Box<[u8]>,
    /// By the hash of a piece, and the places behind: one more than the number of the first way that begins with it.
    index: Box<[u16]>,
}

/// What a text has if it holds some literals, and the questions that this leaves open.
#[derive(Debug)]
pub(super) struct Held {
    signs: Signs,
    pub(super) questions: Box<[u32]>,
}

impl Ways {
    /// The ways of questions that are numbered from 0.
    pub(super) fn new<'a>(questions: impl Iterator<Item = &'a [Signs]>) -> Self {
        let mut known: FxHashMap<Signs, Vec<u32>> = FxHashMap::default();
        for (ways, number) in questions.zip(0..) {
            for signs in ways {
                let questions = known.entry(*signs).or_default();
                if questions.last() != Some(&number) {
                    questions.push(number);
                }
            }
        }
        let held = known.into_iter().map(|(signs, questions)| Held { signs, questions: questions.into() });
        let mut held: Vec<Held> = held.collect();
        held.sort_unstable_by_key(|held| (byte_of(held.first()).is_none(), held.signs));
        let of_bytes = held.iter().take_while(|held| byte_of(held.first()).is_some()).count();
        let mut bytes: Vec<u8> = held.iter().flat_map(|held| held.signs.places).filter_map(byte_of).collect();
        bytes.sort_unstable();
        bytes.dedup();
        let mut index = vec![0; (held.len() * SLOTS_PER_WAY).next_power_of_two()];
        for (number, way) in (1..=u16::MAX).zip(&held).skip(of_bytes) {
            let is_first = |way: &Held| {
                held.get(usize::from(number).wrapping_sub(2)).is_none_or(|before| before.first() != way.first())
            };
            if is_first(way) {
                let mut at = hash(way.first());
                let mask = index.len() - 1;
                while index[at & mask] != 0 {
                    at += 1;
                }
                index[at & mask] = number;
            }
        }
        // More ways than numbers: they are looked up one by one.
        let index = if held.len() < usize::from(u16::MAX) { index } else { Vec::new() };
        Self { held: held.into(), of_bytes, bytes: bytes.into(), index: index.into() }
    }

    /// Number of ways.
    pub(super) fn len(&self) -> usize {
        self.held.len()
    }

    /// About how many nanoseconds [`Self::list_open`] takes for a text of so many bytes.
    pub(super) fn cost(&self, bytes: usize) -> usize {
        (bytes * PIECE_COST + self.of_bytes).min(self.held.len()) * 2
    }

    /// The single bytes that they ask for.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Lists the ways that are open: `noted` has the pieces of `text`. Longer pieces are noted if that pays.
    pub(super) fn list_open(&self, text: &[u8], noted: &mut Noted, open: &mut Vec<u32>) {
        open.clear();
        let pieces = &*noted;
        let mut look_up = |(number, held): (usize, &Held)| {
            if pieces.has_all(&held.signs.places) {
                open.extend(u32::try_from(number));
            }
        };
        if text.len() * PIECE_COST + self.of_bytes >= self.held.len() || self.index.is_empty() {
            self.held.iter().enumerate().for_each(look_up);
        } else {
            self.held.iter().enumerate().take(self.of_bytes).for_each(&mut look_up);
            for place in places_of(text) {
                self.beginning_with(place).for_each(&mut look_up);
            }
        }
        if open.len() < WAYS_FOR_LONGER {
            return;
        }
        noted.note_longer(text);
        open.retain(|number| self.way(*number).is_some_and(|held| noted.has_longer(&held.signs)));
    }

    pub(super) fn way(&self, number: u32) -> Option<&Held> {
        self.held.get(number as usize)
    }

    /// Calls `leave_open` for the questions of each way that may be open in a text that would be made from the noted one,
    /// each character from one of its `sources`.
    pub(super) fn each_possible(&self, noted: &Noted, sources: &Sources, mut leave_open: impl FnMut(&[u32])) {
        for held in self.held.iter().filter(|held| noted.could_make_all(&held.signs.places, sources)) {
            leave_open(&held.questions);
        }
    }

    /// The ways that begin with a piece.
    #[inline]
    fn beginning_with(&self, place: u16) -> impl Iterator<Item = (usize, &Held)> {
        let mask = self.index.len().wrapping_sub(1);
        let mut at = hash(place);
        let first = loop {
            let number = self.index.get(at & mask).copied().unwrap_or_default();
            let Some(first) = usize::from(number).checked_sub(1) else { break usize::MAX };
            if self.held.get(first).is_none_or(|held| held.first() == place) {
                break first;
            }
            at += 1;
        };
        let held = self.held.get(first..).unwrap_or_default();
        held.iter().zip(first..).map(|(held, number)| (number, held)).take_while(move |(_, held)| held.first() == place)
    }
}

impl Held {
    /// The place of the rarest piece.
    #[inline]
    fn first(&self) -> u16 {
        self.signs.places[0]
    }
}

/// Spreads the places of pieces, which differ most in their middle bits.
#[inline]
fn hash(place: u16) -> usize {
    usize::from(place.wrapping_mul(0x9E35) >> 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::signs::signs;

    #[test]
    fn short_and_long_texts_leave_the_same_ways_open() {
        let literals: Vec<String> = (0..400_u32).map(|number| format!("w{:o}x", number * 7_919 % 4_096)).collect();
        let asked: Vec<[Signs; 1]> = literals.iter().map(|literal| [signs(&[literal]).expect("long enough")]).collect();
        let more = [[signs(&["[["]).expect("not empty")], [signs(&["Q"]).expect("not empty")]];
        let ways = Ways::new(asked.iter().chain(&more).map(<[_; 1]>::as_slice));
        assert_eq!(ways.len(), 402);
        for text in ["", "w7x", "a w1234x, w55x [[w10x]] w7777x", "[", "w12", "Q"] {
            let mut noted = Noted::default();
            noted.note_once(text.as_bytes(), None);
            noted.note_bytes(ways.bytes(), text.as_bytes());
            let mut listed = Vec::new();
            ways.list_open(text.as_bytes(), &mut noted, &mut listed);
            let mut open: Vec<u32> = listed
                .iter()
                .flat_map(|way| ways.way(*way).expect("it was listed").questions.iter().copied())
                .collect();
            open.sort_unstable();
            open.dedup();
            let expected: Vec<u32> = (0..)
                .zip(asked.iter().chain(&more))
                .filter(|(_, [signs])| noted.has_all(&signs.places))
                .map(|(number, _)| number)
                .collect();
            assert_eq!(open, expected, "{text}");
        }
    }

    #[test]
    fn longer_pieces_close_ways_but_none_that_occurs() {
        let literals: Vec<String> = (0..300_u32).map(|number| format!("{:05}", number * 331 % 100_000)).collect();
        let asked: Vec<[Signs; 1]> = literals.iter().map(|literal| [signs(&[literal]).expect("long enough")]).collect();
        let ways = Ways::new(asked.iter().map(<[_; 1]>::as_slice));
        // All pieces of three digits, and every ninth literal.
        let digits = (0..1_000_u32).map(|number| format!("{number:03} ")).collect::<Vec<_>>().concat();
        let text = digits + &literals.iter().step_by(9).cloned().collect::<Vec<_>>().join(" ");
        let mut noted = Noted::default();
        noted.note_once(text.as_bytes(), None);
        let mut listed = Vec::new();
        ways.list_open(text.as_bytes(), &mut noted, &mut listed);
        let open: Vec<u32> =
            listed.iter().flat_map(|way| ways.way(*way).expect("it was listed").questions.iter().copied()).collect();
        for (question, literal) in (0..).zip(&literals) {
            assert!(open.contains(&question) || !text.contains(literal.as_str()), "{literal}");
        }
        assert!(open.len() < 100, "{} of {} open", open.len(), literals.len());
    }
}
