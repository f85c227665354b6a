//! The diff of two texts, as rules see it, and its lines.

use std::io::Write;

use memchr::{memchr, memchr_iter};

use crate::budget::{Exhausted, Meter};

use super::intern::shared;
use super::pair::{Lines, Pair};
use super::slide::{Marks, slide};
use super::snake;

/// Unchanged lines shown before and after a change, if there are as many.
const CONTEXT: usize = 2;

/// The unified diff of two texts: `edit_diff`.
///
/// Hunks start with `@@ -a,b +c,d @@`: the first line, counted from 1, and the number of lines, in the old and in the new text;
/// with nothing before it, an empty side is `1,0`. Two unchanged lines stand around changes; up to four between two changes
/// or after the last one are shown whole. Every line ends with a line feed, and there is no file header. The texts are not
/// normalised; lines end at line feeds only. Equal texts have an empty diff.
///
/// # Errors
/// [`Exhausted`] if the budget does not suffice, or if a text is larger than 4 GB.
///
/// Rule: filter-language specification, 16.4; MediaWiki's `DiffEngine` and `UnifiedDiffFormatter`.
pub fn edit_diff(old: &[u8], new: &[u8], meter: &mut Meter<'_>) -> Result<Vec<u8>, Exhausted> {
    let Some(mut pair) = Pair::cut(old, new, meter)? else {
        return Ok(Vec::new());
    };
    let changes = changes(&mut pair, meter)?;
    print(&mut pair, &changes, meter)
}

/// The lines a diff adds, without their `+`: `added_lines`.
///
/// They are lent from `diff`, which need not be one of ours.
pub fn added_lines(diff: &[u8]) -> DiffLines<'_> {
    DiffLines { rest: diff, sign: b'+' }
}

/// The lines a diff removes, without their `-`: `removed_lines`.
pub fn removed_lines(diff: &[u8]) -> DiffLines<'_> {
    DiffLines { rest: diff, sign: b'-' }
}

/// Lines of a diff that begin with one sign; see [`added_lines`] and [`removed_lines`].
#[derive(Debug, Clone)]
pub struct DiffLines<'a> {
    rest: &'a [u8],
    sign: u8,
}

impl<'a> Iterator for DiffLines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while !self.rest.is_empty() {
            let end = memchr(b'\n', self.rest).unwrap_or(self.rest.len());
            let (line, rest) = self.rest.split_at(end);
            self.rest = rest.get(1..).unwrap_or_default();
            if let Some((sign, line)) = line.split_first()
                && *sign == self.sign
            {
                return Some(line);
            }
        }
        None
    }
}

/// Lines `old..old_end` were replaced by `new..new_end`; one side may be empty.
struct Change {
    old: usize,
    old_end: usize,
    new: usize,
    new_end: usize,
}

/// The changes between two texts, in order, with at least one common line between two of them.
fn changes(pair: &mut Pair<'_>, meter: &mut Meter<'_>) -> Result<Vec<Change>, Exhausted> {
    let head = pair.old.head();
    let lines = pair.old.len() + pair.new.len();
    meter.spend(lines as u64 / 8)?;
    let mut removed = Marks::new(pair.old.len(), head, pair.old.middle_end());
    let mut added = Marks::new(pair.new.len(), head, pair.new.middle_end());
    let shared = shared(pair, meter)?;
    snake::common(&shared.old.ids, &shared.new.ids, meter, &mut |old, new| {
        if let (Some(old), Some(new)) = (shared.old.at.get(old), shared.new.at.get(new)) {
            removed.set(head + *old as usize, false);
            added.set(head + *new as usize, false);
        }
    })?;
    slide(&mut pair.old, &mut removed, &added, meter)?;
    slide(&mut pair.new, &mut added, &removed, meter)?;

    let mut changes = Vec::new();
    let (mut old, mut new) = (0, 0);
    let (mut next_old, mut next_new) = (removed.next(0), added.next(0));
    while next_old < removed.len() || next_new < added.len() {
        // Lines before the nearer change correspond one to one.
        let common = (next_old - old).min(next_new - new);
        (old, new) = (old + common, new + common);
        let change = Change { old, old_end: removed.end(old), new, new_end: added.end(new) };
        (old, new) = (change.old_end, change.new_end);
        if change.old_end > change.old {
            next_old = removed.next(old);
        }
        if change.new_end > change.new {
            next_new = added.next(new);
        }
        changes.push(change);
    }
    meter.spend(lines as u64 / 2 + changes.len() as u64 * 8)?;
    Ok(changes)
}

fn print(pair: &mut Pair<'_>, changes: &[Change], meter: &mut Meter<'_>) -> Result<Vec<u8>, Exhausted> {
    let mut out = Vec::new();
    // Within a hunk, at most two contexts of common lines separate two changes.
    for hunk in changes.chunk_by(|change, next| next.old - change.old_end <= 2 * CONTEXT) {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else {
            continue;
        };
        let lead = first.old.min(CONTEXT);
        let left = pair.old.len() - last.old_end;
        let trail = if left <= 2 * CONTEXT { left } else { CONTEXT };
        let start = (first.old - lead, first.new - lead);
        let size = (last.old_end + trail - start.0, last.new_end + trail - start.1);
        meter.spend(250)?;
        // Writing to a vector cannot fail.
        let _ = writeln!(out, "@@ -{},{} +{},{} @@", start.0 + 1, size.0, start.1 + 1, size.1);
        let mut common = start.0;
        for change in hunk {
            write_lines(&mut out, b' ', &mut pair.old, common, change.old, meter)?;
            write_lines(&mut out, b'-', &mut pair.old, change.old, change.old_end, meter)?;
            write_lines(&mut out, b'+', &mut pair.new, change.new, change.new_end, meter)?;
            common = change.old_end;
        }
        write_lines(&mut out, b' ', &mut pair.old, common, common + trail, meter)?;
    }
    Ok(out)
}

fn write_lines(
    out: &mut Vec<u8>,
    sign: u8,
    lines: &mut Lines<'_>,
    first: usize,
    end: usize,
    meter: &mut Meter<'_>,
) -> Result<(), Exhausted> {
    if first >= end {
        return Ok(());
    }
    let span = lines.span(first, end);
    meter.spend(10 * (end - first) as u64 + span.len() as u64 / 8)?;
    out.reserve(span.len() + 1 + end - first);
    let mut rest = span;
    for line_end in memchr_iter(b'\n', span) {
        let (line, after) = rest.split_at(line_end - (span.len() - rest.len()));
        out.push(sign);
        out.extend_from_slice(line);
        out.push(b'\n');
        rest = after.get(1..).unwrap_or_default();
    }
    out.push(sign);
    out.extend_from_slice(rest);
    out.push(b'\n');
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn diff(old: &str, new: &str) -> String {
        String::from_utf8(edit_diff(old.as_bytes(), new.as_bytes(), &mut Meter::unlimited()).unwrap()).unwrap()
    }

    #[test]
    fn hunks_have_two_lines_of_context_and_join_when_four_lines_or_fewer_part_them() {
        for (old, new, expected) in [
            ("a", "a", ""),
            ("", "", ""),
            ("", "a\nb", "@@ -1,0 +1,2 @@\n+a\n+b\n"),
            ("a", "", "@@ -1,1 +1,0 @@\n-a\n"),
            ("a", "a\n", "@@ -1,1 +1,2 @@\n a\n+\n"),
            ("1a\n2a\n3a\n4a", "1a\n2a\n3a\n4a\n5a", "@@ -3,2 +3,3 @@\n 3a\n 4a\n+5a\n"),
            ("x\na\nb\nc\nd", "y\na\nb\nc\nd", "@@ -1,5 +1,5 @@\n-x\n+y\n a\n b\n c\n d\n"),
            ("x\na\nb\nc\nd\ne", "y\na\nb\nc\nd\ne", "@@ -1,3 +1,3 @@\n-x\n+y\n a\n b\n"),
            ("x\na\nb\nc\nd\nx", "y\na\nb\nc\nd\ny", "@@ -1,6 +1,6 @@\n-x\n+y\n a\n b\n c\n d\n-x\n+y\n"),
            (
                "x\na\nb\nc\nd\ne\nx",
                "y\na\nb\nc\nd\ne\ny",
                "@@ -1,3 +1,3 @@\n-x\n+y\n a\n b\n@@ -5,3 +5,3 @@\n d\n e\n-x\n+y\n",
            ),
        ] {
            assert_eq!(diff(old, new), expected, "{old:?} {new:?}");
        }
    }

    #[test]
    fn lines_are_taken_by_their_first_byte_from_any_text() {
        let added = |text: &'static str| added_lines(text.as_bytes()).map(<[u8]>::to_vec).collect::<Vec<_>>();
        assert_eq!(added("@@ -1,2 +1,2 @@\n a\n-b\n+c\n+\n++\n"), [b"c".to_vec(), b"".to_vec(), b"+".to_vec()]);
        assert_eq!(added("+a"), [b"a".to_vec()]);
        assert!(added("\n\nx").is_empty());
        assert_eq!(removed_lines(b"-a\n+b\n--").collect::<Vec<_>>(), [&b"a"[..], b"-"]);
    }

    /// Puts the changes of a diff into the old text.
    fn patched(old: &str, diff: &str) -> Vec<String> {
        let old: Vec<&str> = if old.is_empty() { Vec::new() } else { old.split('\n').collect() };
        let (mut new, mut at) = (Vec::new(), 0);
        for line in diff.split_terminator('\n') {
            let (sign, rest) = line.split_at(1);
            match sign {
                "@" => {
                    let start = rest.split(['-', ',']).nth(1).unwrap().parse::<usize>().unwrap();
                    new.extend(old[at..start - 1].iter().map(ToString::to_string));
                    at = start - 1;
                }
                "+" => new.push(rest.to_owned()),
                _ => {
                    assert_eq!(old[at], rest);
                    at += 1;
                    if sign == " " {
                        new.push(rest.to_owned());
                    }
                }
            }
        }
        new.extend(old[at..].iter().map(ToString::to_string));
        new
    }

    proptest! {
        #[test]
        fn a_diff_put_into_the_old_text_gives_the_new_one(old in "[ab]{0,2}(\n[ab]{0,2}){0,30}", new in "[ab]{0,2}(\n[ab]{0,2}){0,30}") {
            prop_assert_eq!(patched(&old, &diff(&old, &new)).join("\n"), new);
        }

        #[test]
        fn no_bytes_and_no_budget_make_a_diff_panic(
            old in prop::collection::vec(prop::sample::select(b"1 .e\n\n\xff+-".to_vec()), 0..60),
            new in prop::collection::vec(prop::sample::select(b"1 .e\n\n\xff+-".to_vec()), 0..60),
            units in 0u64..3000,
        ) {
            let whole = edit_diff(&old, &new, &mut Meter::unlimited()).unwrap();
            if let Ok(diff) = edit_diff(&old, &new, &mut Meter::new(units, None)) {
                prop_assert_eq!(diff, whole);
            }
        }
    }
}
