//! Lines as numbers: the same number for the same bytes.
//!
//! Only lines that occur on both sides get that far; a line that one side lacks can match nothing.

use crate::budget::{Exhausted, Meter};

use super::pair::Pair;

/// The middle lines that occur in both texts, in order.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) old: Side,
    pub(super) new: Side,
}

/// One text's part of [`Shared`]; both lists are equally long.
#[derive(Default)]
pub(super) struct Side {
    /// Equal numbers are equal lines, in this text and in the other.
    pub(super) ids: Vec<u32>,
    /// Which line of the middle it is.
    pub(super) at: Vec<u32>,
}

impl Side {
    fn push(&mut self, id: u32, at: usize) {
        self.ids.push(id);
        self.at.push(u32::try_from(at).unwrap_or(u32::MAX));
    }
}

/// Numbers the middle lines of both texts and leaves out those that only one has.
///
/// # Errors
/// [`Exhausted`] if the budget does not suffice; texts made so that their lines fall together in the table use it up.
pub(super) fn shared(pair: &Pair<'_>, meter: &mut Meter<'_>) -> Result<Shared, Exhausted> {
    let old_lines = pair.old.middle_end() - pair.old.head();
    let new_lines = pair.new.middle_end() - pair.new.head();
    // The first lines of the middle differ, so that one line each has nothing in common.
    if old_lines == 0 || new_lines == 0 || (old_lines == 1 && new_lines == 1) {
        return Ok(Shared::default());
    }
    let mut table = Table::new(old_lines);
    let mut old_ids = Vec::with_capacity(old_lines);
    for line in pair.old.middle() {
        old_ids.push(table.intern(line, meter)?);
    }
    let mut used = vec![false; table.lines.len()];
    let mut shared = Shared::default();
    for (at, line) in pair.new.middle().enumerate() {
        if let Some(id) = table.find(line, meter)? {
            shared.new.push(id, at);
            if let Some(used) = used.get_mut(id as usize) {
                *used = true;
            }
        }
    }
    for (at, id) in old_ids.into_iter().enumerate() {
        if used.get(id as usize) == Some(&true) {
            shared.old.push(id, at);
        }
    }
    Ok(shared)
}

/// The upper half of a hash.
const TAG: u64 = !(u32::MAX as u64);

/// A hash table with open addressing that charges each look at a slot.
///
/// The map of the standard library cannot be metered, and texts are written by people who may want it to be slow.
struct Table<'a> {
    /// Number of a line plus one, 0 being free, above the upper half of its hash: most lines that are not the one looked
    /// for need not be read. A power of two, at least twice as many as lines.
    slots: Vec<u64>,
    lines: Vec<(u64, &'a [u8])>,
}

impl<'a> Table<'a> {
    fn new(lines: usize) -> Self {
        Self { slots: vec![0; (lines * 2).next_power_of_two()], lines: Vec::with_capacity(lines) }
    }

    fn intern(&mut self, line: &'a [u8], meter: &mut Meter<'_>) -> Result<u32, Exhausted> {
        let hash = hash(line);
        let (slot, found) = self.look(line, hash, meter)?;
        if let Some(id) = found {
            return Ok(id);
        }
        let id = u32::try_from(self.lines.len()).unwrap_or(u32::MAX);
        self.lines.push((hash, line));
        if let Some(slot) = self.slots.get_mut(slot) {
            *slot = u64::from(id + 1) | hash & TAG;
        }
        Ok(id)
    }

    /// What reaching a slot costs because the lines known so far fill the caches.
    fn reach_units(&self) -> u64 {
        match self.lines.len() {
            0..8_192 => 0,
            8_192..65_536 => 25,
            _ => 60,
        }
    }

    fn find(&self, line: &[u8], meter: &mut Meter<'_>) -> Result<Option<u32>, Exhausted> {
        Ok(self.look(line, hash(line), meter)?.1)
    }

    /// The slot where the search for `line` ended, and its number if it is there.
    fn look(&self, line: &[u8], hash: u64, meter: &mut Meter<'_>) -> Result<(usize, Option<u32>), Exhausted> {
        let mask = self.slots.len() - 1;
        #[expect(clippy::cast_possible_truncation, reason = "the low bits choose the slot")]
        let mut slot = hash as usize & mask;
        meter.spend(10 + self.reach_units() + line.len() as u64 / 8)?;
        while let Some(taken) = self.slots.get(slot).filter(|taken| **taken != 0) {
            #[expect(clippy::cast_possible_truncation, reason = "the lower half is the number")]
            let id = (*taken as u32).wrapping_sub(1);
            if *taken & TAG == hash & TAG
                && let Some((known, bytes)) = self.lines.get(id as usize)
                && *known == hash
            {
                meter.spend(4 + line.len() as u64 / 16)?;
                if *bytes == line {
                    return Ok((slot, Some(id)));
                }
            }
            meter.spend(2)?;
            slot = (slot + 1) & mask;
        }
        Ok((slot, None))
    }
}

/// A hash of folded products, sixteen bytes a step. Not for anything that must resist an adversary; see [`Table`].
fn hash(line: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let (blocks, rest) = line.as_chunks::<16>();
    let mut last = [0; 16];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    let mut state = line.len() as u64 ^ FACTOR.rotate_left(32);
    for block in blocks.iter().chain([&last]) {
        let block = u128::from_le_bytes(*block);
        state = fold(state ^ low(block), low(block >> 64) ^ FACTOR);
    }
    fold(state, FACTOR)
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    low(product >> 64) ^ low(product)
}

#[expect(clippy::cast_possible_truncation, reason = "the other half is used elsewhere")]
fn low(value: u128) -> u64 {
    value as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(old: &str, new: &str, expected_old: &[(u32, &str)], expected_new: &[(u32, &str)]) {
        let pair = Pair::cut(old.as_bytes(), new.as_bytes(), &mut Meter::unlimited()).unwrap().unwrap();
        let shared = shared(&pair, &mut Meter::unlimited()).unwrap();
        let lines = |side: &Side, text: &str| -> Vec<(u32, String)> {
            let lines: Vec<&str> = text.split('\n').collect();
            side.at.iter().map(|at| (*at, lines[*at as usize].to_owned())).collect()
        };
        let owned = |expected: &[(u32, &str)]| -> Vec<(u32, String)> {
            expected.iter().map(|(at, line)| (*at, (*line).to_owned())).collect()
        };
        assert_eq!(lines(&shared.old, old), owned(expected_old), "{old:?} {new:?}");
        assert_eq!(lines(&shared.new, new), owned(expected_new), "{old:?} {new:?}");
        for (old_id, (_, old_line)) in shared.old.ids.iter().zip(expected_old) {
            for (new_id, (_, new_line)) in shared.new.ids.iter().zip(expected_new) {
                assert_eq!(old_id == new_id, old_line == new_line);
            }
        }
    }

    #[test]
    fn only_lines_of_both_texts_stay_and_equal_lines_have_equal_numbers() {
        check("a\nb", "c\nd", &[], &[]);
        check("a\nb\nx", "b\na\ny", &[(0, "a"), (1, "b")], &[(0, "b"), (1, "a")]);
        check("a\nb\na\n1", "01\na\nz\na\nb\n?", &[(0, "a"), (1, "b"), (2, "a")], &[(1, "a"), (3, "a"), (4, "b")]);
        check("\nq\n0", "p\n\nr", &[(0, "")], &[(1, "")]);
    }

    #[test]
    fn lines_of_zeros_differ_by_their_length() {
        let (long, short) = ("\0".repeat(15), "\0".repeat(14));
        assert_ne!(hash(long.as_bytes()), hash(short.as_bytes()));
        check(&format!("{long}\nb"), &format!("b\n{short}"), &[(1, "b")], &[(0, "b")]);
    }
}
