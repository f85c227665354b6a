//! Differences by lines.

use imara_diff::{Algorithm, Diff, InternedInput, Interner};

/// What happened to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// It is in both texts.
    Same,
    /// Only the old text has it.
    Removed,
    /// Only the new text has it.
    Added,
}

/// One line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineDiff {
    /// What happened to it.
    pub kind: LineKind,
    /// Its number in the old text, from 1; none if it was added.
    pub old: Option<u32>,
    /// Its number in the new text, from 1; none if it was removed.
    pub new: Option<u32>,
    /// The line, with its line break if it has one.
    pub text: String,
}

/// The difference from `old` to `new`, every line of both in it.
///
/// Taking the lines that are not added gives `old`, those that are not removed `new`. Cost: about linear for texts that
/// share most lines.
pub fn diff(old: &str, new: &str) -> Vec<LineDiff> {
    let (old_lines, new_lines) = (split(old), split(new));
    let mut lines = Vec::new();
    let mut at = (0_usize, 0_usize);
    for (before, after) in hunks(&old_lines, &new_lines) {
        same(&old_lines, &mut at, before.start, &mut lines);
        for (index, text) in range(&old_lines, &before) {
            lines.push(LineDiff { kind: LineKind::Removed, old: number(index), new: None, text: text.to_owned() });
        }
        for (index, text) in range(&new_lines, &after) {
            lines.push(LineDiff { kind: LineKind::Added, old: None, new: number(index), text: text.to_owned() });
        }
        at = (before.end, after.end);
    }
    same(&old_lines, &mut at, old_lines.len(), &mut lines);
    lines
}

/// The lines of a text, each with its line break; nothing for an empty text.
pub(super) fn split(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// A range of indexes.
pub(super) type Range = std::ops::Range<usize>;

/// Ranges of lines that differ, in order: those of `old` and what `new` has instead.
pub(super) fn hunks<T: std::hash::Hash + Eq + Clone>(old: &[T], new: &[T]) -> Vec<(Range, Range)> {
    let interner = Interner::new(old.len() + new.len());
    let mut input = InternedInput { before: Vec::new(), after: Vec::new(), interner };
    input.update_before(old.iter().cloned());
    input.update_after(new.iter().cloned());
    let diff = Diff::compute(Algorithm::Histogram, &input);
    let wide = |range: std::ops::Range<u32>| range.start as usize..range.end as usize;
    diff.hunks().map(|hunk| (wide(hunk.before), wide(hunk.after))).collect()
}

fn same(old: &[&str], at: &mut (usize, usize), until: usize, lines: &mut Vec<LineDiff>) {
    for (index, text) in range(old, &(at.0..until)) {
        let new = number(at.1 + (index - at.0));
        lines.push(LineDiff { kind: LineKind::Same, old: number(index), new, text: text.to_owned() });
    }
}

fn range<'t>(lines: &[&'t str], range: &Range) -> impl Iterator<Item = (usize, &'t str)> {
    let texts = lines.get(range.clone()).unwrap_or_default().to_vec();
    range.clone().zip(texts)
}

fn number(index: usize) -> Option<u32> {
    u32::try_from(index + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn joined(lines: &[LineDiff], without: LineKind) -> String {
        lines.iter().filter(|line| line.kind != without).map(|line| line.text.as_str()).collect()
    }

    proptest! {
        #[test]
        fn both_texts_are_in_the_difference(old in "([abc]\r?\n?){0,12}", new in "([abc]\r?\n?){0,12}") {
            let lines = diff(&old, &new);
            prop_assert_eq!(joined(&lines, LineKind::Added), old);
            prop_assert_eq!(joined(&lines, LineKind::Removed), new);
            let numbers: Vec<u32> = lines.iter().filter_map(|line| line.new).collect();
            prop_assert!(numbers.iter().copied().eq(1..=u32::try_from(numbers.len()).unwrap()));
        }
    }

    #[test]
    fn a_changed_line_is_removed_and_added() {
        let kinds: Vec<_> = diff("a\nb\nc\n", "a\nx\nc\n").into_iter().map(|line| (line.kind, line.text)).collect();
        let expected =
            [(LineKind::Same, "a\n"), (LineKind::Removed, "b\n"), (LineKind::Added, "x\n"), (LineKind::Same, "c\n")];
        assert_eq!(kinds, expected.map(|(kind, text)| (kind, text.to_owned())));
    }
}
