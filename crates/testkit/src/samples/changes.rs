//! What changed between two texts, line by line: enough to fill `edit_diff`, `added_lines` and `removed_lines`.

use std::fmt::Write;

/// Largest table of the line comparison, in cells; beyond it the changed middle counts as replaced whole.
const CELLS_MAX: usize = 1_000_000;

/// Lines around a change that a diff shows.
const CONTEXT: usize = 2;

/// The difference of two texts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) added: Vec<String>,
    pub(crate) removed: Vec<String>,
    /// Unified diff with two lines of context, without file header.
    pub(crate) diff: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Keep,
    Remove,
    Add,
}

/// Compares two texts by line. An empty text has no lines.
pub(crate) fn changes(old: &str, new: &str) -> Changes {
    let old: Vec<&str> = lines(old);
    let new: Vec<&str> = lines(new);
    let steps = steps(&old, &new);
    let mut found = Changes { diff: unified(&steps, &old, &new), ..Changes::default() };
    let (mut from_old, mut from_new) = (old.iter(), new.iter());
    for step in steps {
        match step {
            Step::Keep => {
                from_old.next();
                from_new.next();
            }
            Step::Remove => found.removed.extend(from_old.next().map(ToString::to_string)),
            Step::Add => found.added.extend(from_new.next().map(ToString::to_string)),
        }
    }
    found
}

fn lines(text: &str) -> Vec<&str> {
    if text.is_empty() { Vec::new() } else { text.split('\n').collect() }
}

fn steps(old: &[&str], new: &[&str]) -> Vec<Step> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let mut steps = vec![Step::Keep; head];
    middle_steps(&old[head..old.len() - tail], &new[head..new.len() - tail], &mut steps);
    steps.extend(std::iter::repeat_n(Step::Keep, tail));
    steps
}

/// Longest common subsequence of what is between the common ends.
fn middle_steps(old: &[&str], new: &[&str], steps: &mut Vec<Step>) {
    let width = new.len() + 1;
    if (old.len() + 1).saturating_mul(width) > CELLS_MAX {
        steps.extend(std::iter::repeat_n(Step::Remove, old.len()));
        steps.extend(std::iter::repeat_n(Step::Add, new.len()));
        return;
    }
    let mut longest = vec![0_u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            longest[i * width + j] = if old[i] == new[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        let step = if i == old.len() {
            Step::Add
        } else if j == new.len() {
            Step::Remove
        } else if old[i] == new[j] {
            Step::Keep
        } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            Step::Remove
        } else {
            Step::Add
        };
        i += usize::from(step != Step::Add);
        j += usize::from(step != Step::Remove);
        steps.push(step);
    }
}

fn unified(steps: &[Step], old: &[&str], new: &[&str]) -> String {
    let mut text = String::new();
    let changed: Vec<usize> =
        steps.iter().enumerate().filter(|(_, step)| **step != Step::Keep).map(|(at, _)| at).collect();
    let mut groups = changed.chunk_by(|a, b| b - a <= 2 * CONTEXT + 1);
    let (mut at, mut in_old, mut in_new) = (0, 0, 0);
    while let Some([first, .., last] | [first @ last]) = groups.next() {
        let start = first.saturating_sub(CONTEXT).max(at);
        let end = (last + CONTEXT + 1).min(steps.len());
        in_old += start - at;
        in_new += start - at;
        at = end;
        let hunk = &steps[start..end];
        let removed = hunk.iter().filter(|step| **step != Step::Add).count();
        let added = hunk.iter().filter(|step| **step != Step::Remove).count();
        let _ = writeln!(text, "@@ -{} +{} @@", span(in_old, removed), span(in_new, added));
        for step in hunk {
            let (mark, line) = match step {
                Step::Keep => (' ', old[in_old]),
                Step::Remove => ('-', old[in_old]),
                Step::Add => ('+', new[in_new]),
            };
            in_old += usize::from(*step != Step::Add);
            in_new += usize::from(*step != Step::Remove);
            text.push(mark);
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

fn span(before: usize, count: usize) -> String {
    format!("{},{count}", if count == 0 { before } else { before + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_line_is_removed_and_added() {
        let found = changes("a\nb\nc", "a\nB\nc");
        assert_eq!(found.removed, ["b"]);
        assert_eq!(found.added, ["B"]);
        assert_eq!(found.diff, "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
    }

    #[test]
    fn an_empty_text_has_no_lines() {
        assert_eq!(changes("", "a\nb").diff, "@@ -0,0 +1,2 @@\n+a\n+b\n");
        assert_eq!(changes("a", "").removed, ["a"]);
        assert_eq!(changes("same", "same"), Changes::default());
    }

    #[test]
    fn changes_far_apart_make_two_hunks() {
        let old: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        let new = old.join("\n").replacen("3\n", "x\n", 1).replace("17", "y");
        let found = changes(&old.join("\n"), &new);
        assert_eq!(found.diff.matches("@@ -").count(), 2);
        assert!(found.diff.contains("@@ -16,5 +16,5 @@\n 15\n 16\n-17\n+y\n 18\n 19\n"), "{}", found.diff);
    }

    #[test]
    fn replaying_a_diff_gives_the_new_text() {
        let mut random = crate::random::Random::new(9);
        for _ in 0..200 {
            let mut draw = || (0..random.below(12)).map(|_| random.choose(&["a", "b", "c"])).collect::<Vec<_>>();
            let (old, new) = (draw(), draw());
            let mut rest = old.iter();
            let mut added = new.iter();
            let rebuilt: Vec<&str> = steps(&old, &new)
                .into_iter()
                .filter_map(|step| match step {
                    Step::Keep => added.next().and(rest.next()),
                    Step::Remove => rest.next().and(None),
                    Step::Add => added.next(),
                })
                .copied()
                .collect();
            assert_eq!(rebuilt, new);
            assert_eq!(rest.next(), None);
        }
    }
}
