//! Diffs: what a diff says leads from the old text to the new one.

use wikiward_rules::budget::Meter;
use wikiward_rules::derive::{added_lines, added_links, edit_diff, new_text, removed_lines, removed_links};

/// Work for one diff.
const WORK_MAX: u64 = 50_000_000;

/// Derives variables from two texts, which a line of `%%` separates.
///
/// # Panics
/// If the diff does not lead from the first to the second, or its lines are not those that differ.
pub fn derive(input: &[u8]) {
    let mut meter = Meter::new(WORK_MAX, None);
    let (old, new) = halves(input);
    if let Ok(diff) = edit_diff(old, new, &mut meter) {
        assert_eq!(old == new, diff.is_empty(), "only equal texts have an empty diff");
        let patched = patched(old, &diff);
        let is_new = patched.as_ref().is_some_and(|patched| all_alike(patched, &lines(new)));
        assert!(is_new, "the diff leads to {patched:?}");
        let signs = |sign: u8| body(&diff).filter(|line| line.first() == Some(&sign)).count();
        assert_eq!(added_lines(&diff).count(), signs(b'+'), "added lines");
        assert_eq!(removed_lines(&diff).count(), signs(b'-'), "removed lines");
    }
    let links = |text: &[u8]| lines(text).into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (before, after) = (links(old), links(new));
    if let (Ok(added), Ok(removed)) =
        (added_links(&before, &after, &mut meter), removed_links(&before, &after, &mut meter))
    {
        assert!(added.len() <= after.len() && removed.len() <= before.len(), "links come from nowhere");
    }
    assert!(new_text(new).len() <= new.len(), "taking tags away makes nothing longer");
}

fn halves(input: &[u8]) -> (&[u8], &[u8]) {
    let separator = b"\n%%\n";
    match input.windows(separator.len()).position(|window| window == separator) {
        Some(at) => (input.get(..at).unwrap_or_default(), input.get(at + separator.len()..).unwrap_or_default()),
        None => (&[], input),
    }
}

/// The lines of a text, as diffs see them.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    if text.is_empty() { Vec::new() } else { text.split(|byte| *byte == b'\n').collect() }
}

/// The lines of a diff without the heads of its hunks.
fn body(diff: &[u8]) -> impl Iterator<Item = &[u8]> {
    diff.split(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"@@"))
}

/// The lines that `diff` makes of `old`; none if it does not fit.
fn patched<'a>(old: &'a [u8], diff: &'a [u8]) -> Option<Vec<&'a [u8]>> {
    let old = lines(old);
    let (mut made, mut at) = (Vec::new(), 0);
    for line in diff.strip_suffix(b"\n").unwrap_or(diff).split(|byte| *byte == b'\n') {
        let Some((sign, rest)) = line.split_first() else {
            break;
        };
        match sign {
            b'@' => {
                let start = first_line(line)?.saturating_sub(1);
                made.extend_from_slice(old.get(at..start)?);
                at = start;
            }
            b'+' => made.push(rest),
            _ => {
                if !old.get(at).is_some_and(|line| alike(line, rest)) {
                    return None;
                }
                at += 1;
                if *sign == b' ' {
                    made.push(rest);
                }
            }
        }
    }
    made.extend_from_slice(old.get(at..)?);
    Some(made)
}

/// Whether two lines are alike, as the reference compares some: numbers by their value.
fn alike(a: &[u8], b: &[u8]) -> bool {
    let number = |line: &[u8]| std::str::from_utf8(line).ok()?.trim().parse::<f64>().ok();
    a == b || number(a).is_some_and(|a| number(b) == Some(a))
}

fn all_alike(a: &[&[u8]], b: &[&[u8]]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b))
}

/// The `a` of `@@ -a,b +c,d @@`.
fn first_line(head: &[u8]) -> Option<usize> {
    let numbers = std::str::from_utf8(head.strip_prefix(b"@@ -")?).ok()?;
    numbers.split(',').next()?.parse().ok()
}
