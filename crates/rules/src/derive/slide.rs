//! Where a block of changed lines is shown when it could stand in several places.
//!
//! A block may slide up over a line that equals its last one, and down over a line that equals its first. Each block is
//! moved as far up as possible, then as far down as possible, swallowing blocks that it meets, until it no longer grows; then
//! back up to the last place where it stood beside a changed block of the other text, or else to the highest place.
//!
//! This comes from GNU diff 2.7, with two differences of the reference that rules can see: GNU diff leaves a block that never
//! stood beside another at the lowest place, and it compares lines as bytes, where the reference uses PHP's `==`, so that a
//! block slides over another spelling of the same number.

use crate::budget::{Exhausted, Meter};

use super::loose;
use super::pair::Lines;

/// Which lines of a text are changed, and the lowest line that ever was.
pub(super) struct Marks {
    changed: Vec<bool>,
    low: usize,
}

impl Marks {
    /// All lines unchanged but those of `from..to`.
    pub(super) fn new(length: usize, from: usize, to: usize) -> Self {
        let mut changed = vec![false; length];
        changed.get_mut(from..to).unwrap_or_default().fill(true);
        Self { changed, low: from }
    }

    /// Whether line `index` is changed; lines that do not exist are not.
    #[inline]
    pub(super) fn is(&self, index: usize) -> bool {
        self.changed.get(index) == Some(&true)
    }

    pub(super) fn set(&mut self, index: usize, value: bool) {
        if let Some(mark) = self.changed.get_mut(index) {
            *mark = value;
            if value {
                self.low = self.low.min(index);
            }
        }
    }

    /// No line before this one is changed.
    pub(super) fn low(&self) -> usize {
        self.low
    }

    pub(super) fn len(&self) -> usize {
        self.changed.len()
    }

    /// The first changed line from `start` on, or the number of lines.
    pub(super) fn next(&self, start: usize) -> usize {
        let rest = self.changed.get(start..).unwrap_or_default();
        start + rest.iter().position(|changed| *changed).unwrap_or(rest.len())
    }

    /// The first unchanged line from `start` on, or the number of lines.
    pub(super) fn end(&self, start: usize) -> usize {
        let rest = self.changed.get(start..).unwrap_or_default();
        start + rest.iter().position(|changed| !*changed).unwrap_or(rest.len())
    }

    /// The last unchanged line before `end`, or 0.
    fn back(&self, end: usize) -> usize {
        let before = self.changed.get(..end).unwrap_or_default();
        before.iter().rposition(|changed| !*changed).unwrap_or(0)
    }
}

/// Slides the changed blocks of one text; `other` are the marks of the other text.
///
/// # Errors
/// [`Exhausted`] if the budget does not suffice. Texts of few different lines can need time quadratic in their number.
pub(super) fn slide(
    lines: &mut Lines<'_>,
    marks: &mut Marks,
    other: &Marks,
    meter: &mut Meter<'_>,
) -> Result<(), Exhausted> {
    // Below both marks the lines correspond one to one.
    let start = marks.low().min(other.low());
    let mut block = Block { start, end: start, across: start };
    // No block starts behind the middle, and none that was dealt with is met again.
    let middle_end = lines.middle_end();
    while block.find(marks, other, middle_end, meter)? {
        loop {
            let size = block.end - block.start;
            block.rise(lines, marks, other, meter)?;
            let beside = block.sink(lines, marks, other, meter)?;
            if size == block.end - block.start {
                block.settle(beside, marks, other, meter)?;
                break;
            }
        }
    }
    Ok(())
}

/// A block of changed lines, and the place in the other text that corresponds to its end.
///
/// As many unchanged lines stand before `end` as before `across` in the other text, where there is an unchanged line or
/// the end.
struct Block {
    start: usize,
    end: usize,
    across: usize,
}

impl Block {
    /// Goes on to the next block that starts before `limit`.
    fn find(&mut self, marks: &Marks, other: &Marks, limit: usize, meter: &mut Meter<'_>) -> Result<bool, Exhausted> {
        let from = self.across + self.end;
        self.across = other.end(self.across);
        while self.end < limit && !marks.is(self.end) {
            self.end += 1;
            self.across = other.end(self.across + 1);
        }
        self.start = self.end;
        let found = self.start < limit;
        if found {
            self.end = marks.end(self.start);
        }
        meter.spend(4 + (self.across + self.end - from) as u64 * 2)?;
        Ok(found)
    }

    /// Moves the block up as far as possible.
    fn rise(
        &mut self,
        lines: &mut Lines<'_>,
        marks: &mut Marks,
        other: &Marks,
        meter: &mut Meter<'_>,
    ) -> Result<(), Exhausted> {
        while self.start > 0 && same(lines, self.start - 1, self.end - 1, meter)? {
            self.step_up(marks, other);
            while self.start > 0 && marks.is(self.start - 1) {
                self.start -= 1;
            }
        }
        Ok(())
    }

    /// Moves the block down as far as possible. Returns its last end at which it stood beside a changed block of the other
    /// text, or else the end it had before.
    fn sink(
        &mut self,
        lines: &mut Lines<'_>,
        marks: &mut Marks,
        other: &Marks,
        meter: &mut Meter<'_>,
    ) -> Result<usize, Exhausted> {
        // Where the other text has nothing left, no unchanged line follows, and there is no way down either.
        let mut beside = if self.across < other.len() { self.end } else { marks.len() };
        while self.end < marks.len() && same(lines, self.start, self.end, meter)? {
            marks.set(self.start, false);
            self.start += 1;
            marks.set(self.end, true);
            self.end = marks.end(self.end);
            self.across += 1;
            if other.is(self.across) {
                beside = self.end;
                self.across = other.end(self.across);
            }
        }
        Ok(beside)
    }

    /// Moves the block back up until it ends at `beside`.
    fn settle(
        &mut self,
        beside: usize,
        marks: &mut Marks,
        other: &Marks,
        meter: &mut Meter<'_>,
    ) -> Result<(), Exhausted> {
        meter.spend(4 * self.end.saturating_sub(beside) as u64)?;
        while beside < self.end && self.start > 0 {
            self.step_up(marks, other);
        }
        Ok(())
    }

    fn step_up(&mut self, marks: &mut Marks, other: &Marks) {
        self.start -= 1;
        marks.set(self.start, true);
        self.end -= 1;
        marks.set(self.end, false);
        self.across = other.back(self.across);
    }
}

fn same(lines: &mut Lines<'_>, a: usize, b: usize, meter: &mut Meter<'_>) -> Result<bool, Exhausted> {
    let (a, b) = (lines.line(a), lines.line(b));
    meter.spend(loose::cost(a, b))?;
    Ok(loose::same(a, b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::derive::pair::Pair;

    /// Each letter is a line; `marks` has an `x` under each changed one.
    fn check(old: &str, old_marks: &str, new: &str, new_marks: &str, expected: (&str, &str)) {
        let text = |letters: &str| letters.split("").filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
        let (old_text, new_text) = (text(old), text(new));
        let mut pair = Pair::cut(old_text.as_bytes(), new_text.as_bytes(), &mut Meter::unlimited()).unwrap().unwrap();
        let marks = |lines: &Lines<'_>, text: &str| {
            let mut marks = Marks::new(lines.len(), lines.head(), lines.middle_end());
            for (index, mark) in text.bytes().enumerate().filter(|(_, mark)| *mark != b'x') {
                assert_eq!(mark, b'.');
                marks.set(index, false);
            }
            marks
        };
        let (mut removed, mut added) = (marks(&pair.old, old_marks), marks(&pair.new, new_marks));
        slide(&mut pair.old, &mut removed, &added, &mut Meter::unlimited()).unwrap();
        slide(&mut pair.new, &mut added, &removed, &mut Meter::unlimited()).unwrap();
        let shown = |marks: &Marks| (0..marks.len()).map(|n| if marks.is(n) { 'x' } else { '.' }).collect::<String>();
        assert_eq!((shown(&removed).as_str(), shown(&added).as_str()), expected, "{old} {new}");
    }

    #[test]
    fn a_block_that_stands_beside_nothing_ends_at_its_highest_place() {
        check("pabq", "....", "pababq", "...xx.", ("....", ".xx..."));
        check("aab", "...", "aaaab", "..xx.", ("...", "xx..."));
        check("paabq", "..x..", "pabq", "....", (".x...", "...."));
        check("a", ".", "ab", ".x", (".", ".x"));
    }

    #[test]
    fn a_block_stays_beside_a_changed_block_of_the_other_text() {
        check("ayab", ".x..", "azaab", ".xx..", (".x..", ".xx.."));
        check("paxq", "..x.", "paaq", "..x.", ("..x.", "..x."));
    }

    #[test]
    fn blocks_that_meet_become_one() {
        check("pxsk", "...x", "pyxzxsm", ".x.xx.x", ("...x", ".xxx..x"));
        check("aqa", "x.x", "q", ".", ("x.x", "."));
    }

    #[test]
    fn a_block_slides_over_another_spelling_of_its_number() {
        let (old, new) = (b"x\n1.0\ny", b"x\n1.0\n1\ny");
        let mut pair = Pair::cut(old, new, &mut Meter::unlimited()).unwrap().unwrap();
        let (removed, mut added) = (Marks::new(3, 2, 2), Marks::new(4, 2, 3));
        slide(&mut pair.new, &mut added, &removed, &mut Meter::unlimited()).unwrap();
        assert!(added.is(1) && !added.is(2));
    }

    #[test]
    fn a_small_budget_ends_a_long_slide() {
        let (old, new) = ("a\n".repeat(1000), "a\n".repeat(1001));
        let mut pair = Pair::cut(old.as_bytes(), new.as_bytes(), &mut Meter::unlimited()).unwrap().unwrap();
        let removed = Marks::new(pair.old.len(), pair.old.head(), pair.old.middle_end());
        let mut added = Marks::new(pair.new.len(), pair.new.head(), pair.new.middle_end());
        assert_eq!(slide(&mut pair.new, &mut added, &removed, &mut Meter::new(1000, None)), Err(Exhausted));
    }
}
