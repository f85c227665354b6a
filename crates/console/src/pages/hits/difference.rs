//! The difference of two texts, side by side: lines that changed and a few around them.

use crate::args;
use crate::html as h;
use crate::text::Text;
use maud::{Markup, html};
use std::ops::Range;
use wikiward_filters::diff::lines::{LineDiff, LineKind, diff};

/// Lines that stayed the same and are shown around a change.
const AROUND: usize = 2;

/// Most rows that are shown.
const ROWS_MAX: usize = 300;

/// Most bytes of a line that are shown.
const LINE_BYTES_MAX: usize = 4_000;

/// Most bytes of both texts that are compared.
const BYTES_MAX: usize = 2_000_000;

/// A line of one side: its number and text, and the part of it that the other side lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Side {
    number: u32,
    text: String,
    changed: Range<usize>,
    is_changed: bool,
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Row {
    Lines(Option<Side>, Option<Side>),
    /// So many lines that stayed the same are left out.
    Gap(usize),
}

/// A difference, ready to be shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Difference {
    rows: Vec<Row>,
    is_cut: bool,
}

/// The difference from `old` to `new`; none if they are too long to be compared.
pub(super) fn difference(old: &str, new: &str) -> Option<Difference> {
    if old.len() + new.len() > BYTES_MAX {
        return None;
    }
    let lines = diff(old, new);
    let mut rows = Vec::new();
    let mut rest = lines.as_slice();
    while let Some(first) = rest.first() {
        let same = rest.iter().take_while(|line| line.kind == LineKind::Same).count();
        if first.kind == LineKind::Same {
            unchanged(rest.get(..same).unwrap_or_default(), rows.is_empty(), same == rest.len(), &mut rows);
            rest = rest.get(same..).unwrap_or_default();
            continue;
        }
        let count = rest.iter().take_while(|line| line.kind != LineKind::Same).count();
        let block = rest.get(..count).unwrap_or_default();
        changed(block, &mut rows);
        rest = rest.get(count..).unwrap_or_default();
    }
    let is_cut = rows.len() > ROWS_MAX;
    rows.truncate(ROWS_MAX);
    Some(Difference { rows, is_cut })
}

/// Lines that stayed the same: those next to changes, and a gap between.
fn unchanged(lines: &[LineDiff], is_first: bool, is_last: bool, rows: &mut Vec<Row>) {
    let (head, tail) = (if is_first { 0 } else { AROUND }, if is_last { 0 } else { AROUND });
    let row = |line: &LineDiff| Row::Lines(side(line, line.old), side(line, line.new));
    if lines.len() <= head + tail + 1 {
        rows.extend(lines.iter().map(row));
        return;
    }
    rows.extend(lines.iter().take(head).map(row));
    rows.push(Row::Gap(lines.len() - head - tail));
    rows.extend(lines.iter().skip(lines.len() - tail).map(row));
}

/// Lines that changed: the first that went stands beside the first that came, and so on.
fn changed(block: &[LineDiff], rows: &mut Vec<Row>) {
    let of = |kind: LineKind| block.iter().filter(move |line| line.kind == kind);
    let (removed, added): (Vec<_>, Vec<_>) = (of(LineKind::Removed).collect(), of(LineKind::Added).collect());
    for place in 0..removed.len().max(added.len()) {
        let mut old = removed.get(place).and_then(|line| side(line, line.old));
        let mut new = added.get(place).and_then(|line| side(line, line.new));
        for side in [&mut old, &mut new].into_iter().flatten() {
            side.is_changed = true;
        }
        if let (Some(old), Some(new)) = (&mut old, &mut new) {
            (old.changed, new.changed) = within(&old.text, &new.text);
        }
        rows.push(Row::Lines(old, new));
    }
}

fn side(line: &LineDiff, number: Option<u32>) -> Option<Side> {
    let text = line.text.trim_end_matches(['\n', '\r']);
    let is_long = text.len() > LINE_BYTES_MAX;
    let shown = super::values::cut(text, LINE_BYTES_MAX);
    let text = if is_long { format!("{shown}…") } else { shown.to_owned() };
    Some(Side { number: number?, text, changed: 0..0, is_changed: false })
}

/// What is between the beginning and the end that two lines have in common; nothing if they have hardly anything.
fn within(old: &str, new: &str) -> (Range<usize>, Range<usize>) {
    let head: usize = old.chars().zip(new.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let (old_rest, new_rest) = (old.get(head..).unwrap_or_default(), new.get(head..).unwrap_or_default());
    let tail: usize =
        old_rest.chars().rev().zip(new_rest.chars().rev()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    if (head + tail) * 4 < old.len().min(new.len()) {
        return (0..0, 0..0);
    }
    (head..old.len() - tail, head..new.len() - tail)
}

/// The difference as a table.
pub(super) fn table(text: Text, difference: &Difference) -> Markup {
    html! {
        table.ww-diff {
            caption.ww-hidden { (text.say("hits-diff")) }
            colgroup { col.ww-diff-n {} col {} col.ww-diff-n {} col {} }
            thead { tr { th colspan="2" scope="colgroup" { (text.say("hits-diff-old")) } th colspan="2" scope="colgroup" { (text.say("hits-diff-new")) } } }
            tbody {
                @for row in &difference.rows {
                    @match row {
                        Row::Gap(lines) => tr.ww-diff-gap { td colspan="4" { (text.with("hits-diff-gap", args![*lines])) } },
                        Row::Lines(old, new) => tr { (cells(old.as_ref(), "ww-diff-old", false)) (cells(new.as_ref(), "ww-diff-new", old == new)) },
                    }
                }
            }
        }
        @if difference.rows.is_empty() { p.ww-muted { (text.say("hits-diff-none")) } }
        @if difference.is_cut { p.ww-muted { (text.with("hits-diff-cut", args![ROWS_MAX])) } }
    }
}

/// The two cells of a side. A twin says what the other side says, and is left out where there is no room.
fn cells(side: Option<&Side>, class: &str, is_same_number: bool) -> Markup {
    let is_twin = side.is_some_and(|side| !side.is_changed) && (class == "ww-diff-new" || is_same_number);
    let twin = if is_twin { "ww-diff-twin" } else { "" };
    html! {
        @match side {
            None => { td.ww-diff-n.ww-diff-none {} td.ww-diff-none {} }
            Some(side) => {
                td.ww-diff-n.(twin) { (side.number) }
                td.(if side.is_changed { class } else { twin }) dir="auto" { (content(side, class)) }
            }
        }
    }
}

fn content(side: &Side, class: &str) -> Markup {
    let (before, rest) = side.text.split_at_checked(side.changed.start).unwrap_or((&side.text, ""));
    let (inside, after) = rest.split_at_checked(side.changed.len()).unwrap_or((rest, ""));
    html! {
        (h::visible(before))
        @if !inside.is_empty() {
            @if class == "ww-diff-old" { del { (h::visible(inside)) } } @else { ins { (h::visible(inside)) } }
        }
        (h::visible(after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    fn numbered(lines: u32) -> String {
        let lines: Vec<String> = (0..lines).map(|line| format!("line {line}\n")).collect();
        lines.concat()
    }

    fn shown(old: &str, new: &str) -> String {
        table(Text::new(Language::En), &difference(old, new).unwrap()).into_string()
    }

    #[test]
    fn what_changed_within_a_line_is_marked() {
        let html = shown("a\nbuy some bread\nc", "a\nbuy cheap <b>bread\nc");
        assert!(html.contains("<del>some </del>") && html.contains("<ins>cheap &lt;b&gt;</ins>"), "{html}");
    }

    #[test]
    fn lines_far_from_changes_are_left_out_and_counted() {
        let old = numbered(50);
        let html = shown(&old, &format!("{old}new\n"));
        assert!(html.contains("48 lines without changes"), "{html}");
        assert_eq!(html.matches("ww-diff-new\"").count(), 1);
    }

    #[test]
    fn work_and_output_are_bounded() {
        assert_eq!(difference(&"a".repeat(BYTES_MAX), "b"), None);
        let made = difference("", &numbered(5_000)).unwrap();
        assert!(made.is_cut && made.rows.len() == ROWS_MAX);
        assert!(shown("", &"x".repeat(1_000_000)).len() < 10_000);
    }

    #[test]
    fn texts_that_are_the_same_have_no_rows_of_changes() {
        assert_eq!(difference("", "").unwrap(), Difference::default());
        assert!(!shown("a\nb\n", "a\nb\n").contains("ww-diff-old\""));
    }
}
