//! Two texts cut into lines, with what both have in common at their ends set apart.
//!
//! An edit usually changes a few lines of a long page. Common lines at both ends are found by comparing bytes, and are cut
//! into lines only when somebody asks for one of them.

use memchr::{memchr, memchr_iter, memrchr};

use crate::budget::{Exhausted, Meter};

/// Two texts that differ, seen as lines.
pub(super) struct Pair<'a> {
    pub(super) old: Lines<'a>,
    pub(super) new: Lines<'a>,
}

impl<'a> Pair<'a> {
    /// Cuts both texts; `None` if they are equal.
    ///
    /// Lines are what stands between line feeds, so that a text that ends with one has an empty last line. The empty text
    /// has no lines.
    ///
    /// # Errors
    /// [`Exhausted`] if the budget does not suffice, or if a text is larger than 4 GB.
    pub(super) fn cut(old: &'a [u8], new: &'a [u8], meter: &mut Meter<'_>) -> Result<Option<Self>, Exhausted> {
        let length = old.len().max(new.len());
        if u32::try_from(length).is_err() {
            return Err(Exhausted);
        }
        // Comparing and counting run at tens of bytes a nanosecond.
        meter.spend(100 + (old.len() as u64 + new.len() as u64) / 32)?;
        if old == new {
            return Ok(None);
        }
        if old.is_empty() || new.is_empty() {
            let ends = Ends { head: 0, tail: 0, start: 0, old_end: past(old), new_end: past(new) };
            return ends.pair(old, new, meter).map(Some);
        }
        Ends::find(old, new).pair(old, new, meter).map(Some)
    }
}

/// Where the common lines at the ends of two texts are.
struct Ends {
    /// Common lines at the start.
    head: usize,
    /// Common lines at the end.
    tail: usize,
    /// Where the first line after the head starts, in both texts.
    start: usize,
    /// Where the tail starts.
    old_end: usize,
    new_end: usize,
}

impl Ends {
    /// Both texts have lines, and they differ.
    fn find(old: &[u8], new: &[u8]) -> Self {
        let same = common_prefix(old, new);
        let prefix = old.get(..same).unwrap_or_default();
        let mut head = memchr_iter(b'\n', prefix).count();
        let ends_at = |text: &[u8]| text.len() == same;
        let feeds_at = |text: &[u8]| text.get(same) == Some(&b'\n');
        // One text ends where the other goes on with a new line: its last line is common too.
        let whole = (ends_at(old) && feeds_at(new)) || (ends_at(new) && feeds_at(old));
        let start = if whole { same + 1 } else { memrchr(b'\n', prefix).map_or(0, |at| at + 1) };
        head += usize::from(whole);

        let (Some(old_rest), Some(new_rest)) = (old.get(start..), new.get(start..)) else {
            // One of them has no lines left.
            return Self { head, tail: 0, start, old_end: past(old), new_end: past(new) };
        };
        let same = common_suffix(old_rest, new_rest);
        let (old_at, new_at) = (old.len() - same, new.len() - same);
        let suffix = old.get(old_at..).unwrap_or_default();
        let mut tail = memchr_iter(b'\n', suffix).count();
        let at_line = |text: &[u8], at: usize| at == start || text.get(at.wrapping_sub(1)) == Some(&b'\n');
        let offset = if at_line(old, old_at) && at_line(new, new_at) {
            tail += 1;
            0
        } else {
            memchr(b'\n', suffix).map_or(same + 1, |at| at + 1)
        };
        Self { head, tail, start, old_end: old_at + offset, new_end: new_at + offset }
    }

    fn pair<'a>(&self, old: &'a [u8], new: &'a [u8], meter: &mut Meter<'_>) -> Result<Pair<'a>, Exhausted> {
        Ok(Pair { old: Lines::new(old, self, self.old_end, meter)?, new: Lines::new(new, self, self.new_end, meter)? })
    }
}

/// The lines of one text. Line `n` starts at `start(n)` and ends one byte before `start(n + 1)`.
pub(super) struct Lines<'a> {
    text: &'a [u8],
    head: usize,
    tail: usize,
    /// Where the lines between head and tail start, and where the tail starts.
    middle: Vec<u32>,
    /// Where lines of the head start, the last one first; as many as were asked for.
    before: Vec<u32>,
    /// Where lines after the first one of the tail start; as many as were asked for.
    after: Vec<u32>,
}

impl<'a> Lines<'a> {
    fn new(text: &'a [u8], ends: &Ends, end: usize, meter: &mut Meter<'_>) -> Result<Self, Exhausted> {
        let mut middle = vec![offset(ends.start)];
        if ends.start < end {
            let inner = text.get(ends.start..end - 1).unwrap_or_default();
            middle.extend(memchr_iter(b'\n', inner).map(|at| offset(ends.start + at + 1)));
            middle.push(offset(end));
        }
        meter.spend(middle.len() as u64 * 4)?;
        Ok(Self { text, head: ends.head, tail: ends.tail, middle, before: Vec::new(), after: Vec::new() })
    }

    /// Number of lines.
    pub(super) fn len(&self) -> usize {
        self.middle_end() + self.tail
    }

    /// Index of the first line that is not common at the start.
    pub(super) fn head(&self) -> usize {
        self.head
    }

    /// Index of the first line that is common at the end.
    pub(super) fn middle_end(&self) -> usize {
        self.head + self.middle.len() - 1
    }

    /// The lines between head and tail.
    pub(super) fn middle(&self) -> impl Iterator<Item = &'a [u8]> {
        let text = self.text;
        self.middle.windows(2).map(move |pair| match pair {
            [start, next] => slice(text, *start, *next),
            _ => &[],
        })
    }

    /// Line `index`, without its line feed; empty if there is no such line.
    pub(super) fn line(&mut self, index: usize) -> &'a [u8] {
        if index >= self.len() {
            return &[];
        }
        slice(self.text, self.start(index), self.start(index + 1))
    }

    /// The lines from `first` to before `end`, with what is between them: one slice of the text.
    pub(super) fn span(&mut self, first: usize, end: usize) -> &'a [u8] {
        if first >= end || end > self.len() {
            return &[];
        }
        slice(self.text, self.start(first), self.start(end))
    }

    fn start(&mut self, index: usize) -> u32 {
        if let Some(inside) = index.checked_sub(self.head) {
            if let Some(start) = self.middle.get(inside) {
                return *start;
            }
            return self.start_after(inside - self.middle.len());
        }
        self.start_before(self.head - 1 - index)
    }

    fn start_before(&mut self, back: usize) -> u32 {
        while self.before.len() <= back {
            let next = self.before.last().or(self.middle.first()).map_or(0, |start| *start as usize);
            // The byte before `next` ends the line that is looked for.
            let text = self.text.get(..next.saturating_sub(1)).unwrap_or_default();
            self.before.push(memrchr(b'\n', text).map_or(0, |at| offset(at + 1)));
        }
        self.before.get(back).copied().unwrap_or(0)
    }

    fn start_after(&mut self, ahead: usize) -> u32 {
        while self.after.len() <= ahead {
            let start = self.after.last().or(self.middle.last()).map_or(0, |start| *start as usize);
            let rest = self.text.get(start..).unwrap_or_default();
            let length = memchr(b'\n', rest).unwrap_or(rest.len());
            self.after.push(offset(start + length + 1));
        }
        self.after.get(ahead).copied().unwrap_or(0)
    }
}

/// Where a line after the last one would start.
fn past(text: &[u8]) -> usize {
    if text.is_empty() { 0 } else { text.len() + 1 }
}

fn slice(text: &[u8], start: u32, next: u32) -> &[u8] {
    text.get(start as usize..(next as usize).saturating_sub(1)).unwrap_or_default()
}

/// Texts are below 4 GB; see [`Pair::cut`].
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Bytes compared at once.
const STRIDE: usize = 32;

fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    let (chunks_a, _) = a.as_chunks::<STRIDE>();
    let (chunks_b, _) = b.as_chunks::<STRIDE>();
    let skipped = STRIDE * chunks_a.iter().zip(chunks_b).take_while(|(a, b)| a == b).count();
    let (_, rest_a) = a.split_at(skipped);
    let (_, rest_b) = b.split_at(skipped);
    skipped + rest_a.iter().zip(rest_b).take_while(|(a, b)| a == b).count()
}

fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    let (_, chunks_a) = a.as_rchunks::<STRIDE>();
    let (_, chunks_b) = b.as_rchunks::<STRIDE>();
    let skipped = STRIDE * chunks_a.iter().rev().zip(chunks_b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (rest_a, _) = a.split_at(a.len() - skipped);
    let (rest_b, _) = b.split_at(b.len() - skipped);
    skipped + rest_a.iter().rev().zip(rest_b.iter().rev()).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(text: &[u8]) -> Vec<&[u8]> {
        if text.is_empty() { Vec::new() } else { text.split(|byte| *byte == b'\n').collect() }
    }

    fn check(old: &[u8], new: &[u8]) {
        let pair = Pair::cut(old, new, &mut Meter::unlimited()).unwrap();
        let Some(mut pair) = pair else {
            assert_eq!(old, new);
            return;
        };
        let (lines_old, lines_new) = (split(old), split(new));
        let head = lines_old.iter().zip(&lines_new).take_while(|(a, b)| a == b).count();
        let rest = lines_old[head..].iter().rev().zip(lines_new[head..].iter().rev());
        let tail = rest.take_while(|(a, b)| a == b).count();
        for (lines, expected) in [(&mut pair.old, lines_old), (&mut pair.new, lines_new)] {
            assert_eq!(lines.len(), expected.len(), "{old:?} {new:?}");
            assert_eq!((lines.head(), lines.middle_end()), (head, expected.len() - tail), "{old:?} {new:?}");
            assert_eq!(lines.middle().collect::<Vec<_>>(), expected[head..expected.len() - tail], "{old:?} {new:?}");
            for (index, line) in expected.iter().enumerate().rev() {
                assert_eq!(lines.line(index), *line, "line {index} of {old:?} {new:?}");
                assert_eq!(lines.span(index, expected.len()), expected[index..].join(&b'\n'), "{old:?} {new:?}");
            }
            assert_eq!(lines.line(expected.len()), b"");
        }
    }

    #[test]
    fn common_lines_at_both_ends_are_set_apart_and_lines_are_those_of_a_plain_split() {
        for (old, new) in [
            ("", "a"),
            ("", "\n"),
            ("a", "a\n"),
            ("a", "a\nb"),
            ("a\nb", "b"),
            ("a\nb", "xa\nb"),
            ("ab\nc\nb", "ab\nb"),
            ("\n", "\n\n"),
            ("x\n", "x\nfoo\n"),
            ("a\nb\nc", "a\nbb\nc"),
            ("same", "same"),
        ] {
            check(old.as_bytes(), new.as_bytes());
            check(new.as_bytes(), old.as_bytes());
        }
        let long = "a line of some length, so that whole strides are compared\n".repeat(9);
        check(long.as_bytes(), format!("{long}x").as_bytes());
        check(long.as_bytes(), format!("x{long}").as_bytes());
        check(long.as_bytes(), format!("{long}{long}").as_bytes());
    }

    proptest! {
        #[test]
        fn any_two_texts_are_cut_as_a_plain_split_would(old in "[ab\n]{0,12}", new in "[ab\n]{0,12}", ends in "[ab\n]{0,70}") {
            check(old.as_bytes(), new.as_bytes());
            check(format!("{ends}{old}{ends}").as_bytes(), format!("{ends}{new}{ends}").as_bytes());
        }
    }
}
