//! What would change, at a glance.

use crate::terminal::Style;
use std::fmt::Write as _;

/// Lines that are shown of each side.
const LINES_MAX: usize = 12;

/// The lines that differ, from the first to the last one; in between some may be equal.
pub(super) fn show(name: &str, old: &str, new: &str, has_color: bool) -> String {
    let old_lines: Vec<&str> = old.lines().collect();
    let new_lines: Vec<&str> = new.lines().collect();
    let same = |(old, new): &(&&str, &&str)| old == new;
    let before = old_lines.iter().zip(&new_lines).take_while(same).count();
    let rest = old_lines.len().min(new_lines.len()) - before;
    let after = old_lines.iter().rev().zip(new_lines.iter().rev()).take(rest).take_while(same).count();
    let removed = old_lines.get(before..old_lines.len() - after).unwrap_or_default();
    let added = new_lines.get(before..new_lines.len() - after).unwrap_or_default();
    let mut text = format!("{}\n", Style::Strong.paint(&format!("{name}:{}: would change", before + 1), has_color));
    write_side(&mut text, '-', removed, Style::Bad, has_color);
    write_side(&mut text, '+', added, Style::Good, has_color);
    if removed.is_empty() && added.is_empty() {
        text.push_str("  (white space at the end of the file)\n");
    }
    text
}

fn write_side(text: &mut String, sign: char, lines: &[&str], style: Style, has_color: bool) {
    for line in lines.iter().take(LINES_MAX) {
        let _ = writeln!(text, "{}", style.paint(&format!("{sign} {}", visible(line)), has_color));
    }
    if let Some(more @ 1..) = lines.len().checked_sub(LINES_MAX) {
        let _ = writeln!(text, "{sign} … {more} more lines");
    }
}

/// Makes visible what a terminal would act on.
fn visible(line: &str) -> String {
    line.chars()
        .map(|char| if char.is_control() && char != '\t' { char.escape_unicode().to_string() } else { char.into() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_lines_around_the_change_are_left_out() {
        assert_eq!(show("a.rule", "1 &\n2&\n3\n", "1 &\n2 &\n3\n", false), "a.rule:2: would change\n- 2&\n+ 2 &\n");
        assert_eq!(show("a", "1", "1\n", false), "a:2: would change\n  (white space at the end of the file)\n");
        assert_eq!(show("a", "x\nx\n", "x\n", false), "a:2: would change\n- x\n");
    }

    #[test]
    fn long_changes_are_cut_and_controls_are_shown() {
        let shown = show("a", &"\x1b\n".repeat(20), "", false);
        assert!(shown.contains("- \\u{1b}\n- … 8 more lines\n"), "{shown}");
    }
}
