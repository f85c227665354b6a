//! Answers as people read them: tables and lists of facts.

use super::client::Rows;
use crate::backtest::visible::{cut, on_one_line};
use crate::terminal::Terminal;
use clap::Args;
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width};
use serde_json::Value;
use std::io::{self, Write as _};

/// Most characters of one cell; `--json` has the whole text.
const CELL_CHARACTERS_MAX: usize = 80;

/// How the answer is printed.
#[derive(Debug, Clone, Copy, Args)]
pub struct Output {
    /// Print JSON for programs: the document, or one line for each row of a list
    #[arg(long, display_order = 700)]
    pub json: bool,
}

/// How much of a list.
#[derive(Debug, Clone, Copy, Args)]
pub struct Limit {
    /// Most rows to print; 0 prints all
    #[arg(long, value_name = "N", default_value_t = 50, display_order = 690)]
    pub limit: usize,
}

/// A column of a table: its heading and where its value stands.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// What stands above it.
    pub heading: &'static str,
    /// Where the value is in a row, as a JSON pointer.
    pub pointer: &'static str,
    /// Whether it is a number.
    pub is_number: bool,
    /// Whether it stays on one line, however narrow the terminal: it is to be copied.
    pub is_whole: bool,
}

/// A column of texts.
pub const fn text(heading: &'static str, pointer: &'static str) -> Column {
    Column { heading, pointer, is_number: false, is_whole: false }
}

/// A column of numbers.
pub const fn number(heading: &'static str, pointer: &'static str) -> Column {
    Column { heading, pointer, is_number: true, is_whole: true }
}

/// A column of texts that are copied, such as ids.
pub const fn id(heading: &'static str, pointer: &'static str) -> Column {
    Column { heading, pointer, is_number: false, is_whole: true }
}

/// Prints a list: a table for people, a line of JSON per row for programs. `empty` says what it means that there is none.
///
/// # Errors
/// Those of standard output.
pub fn list(rows: &Rows, columns: &[Column], empty: &str, output: Output, terminal: &Terminal) -> io::Result<()> {
    let mut out = terminal.out();
    if output.json {
        for item in &rows.items {
            writeln!(out, "{item}")?;
        }
        return out.flush();
    }
    if rows.items.is_empty() {
        writeln!(out, "{empty}")?;
        return out.flush();
    }
    write!(out, "{}", self::rows(columns, &rows.items, terminal.width()))?;
    out.flush()?;
    if rows.has_more {
        terminal.note(&format!("… these are the first {}; --limit N shows more, --limit 0 all", rows.items.len()));
    }
    Ok(())
}

/// Prints a document: facts for people, JSON for programs.
///
/// # Errors
/// Those of standard output.
pub fn document(body: &Value, facts: &[Column], output: Output, terminal: &Terminal) -> io::Result<()> {
    let text = if output.json { pretty(body) } else { facts_text(body, facts) };
    terminal.print(text.as_bytes())
}

/// A document as JSON for people and programs.
pub fn pretty(body: &Value) -> String {
    format!("{body:#}\n")
}

/// One line a fact; what has no value is left out.
pub fn facts_text(body: &Value, facts: &[Column]) -> String {
    let width = facts.iter().map(|fact| fact.heading.len()).max().unwrap_or(0);
    let lines = facts.iter().filter_map(|fact| {
        let value = whole(body.pointer(fact.pointer)?);
        (!value.is_empty()).then(|| format!("{:width$}  {value}\n", fact.heading))
    });
    lines.collect()
}

/// Rows of JSON as a table.
pub fn rows(columns: &[Column], rows: &[Value], width: usize) -> String {
    let cells = |item: &Value| columns.iter().map(|column| cell(item.pointer(column.pointer))).collect();
    let header: Vec<&str> = columns.iter().map(|column| column.heading).collect();
    let those = |is_one: fn(&Column) -> bool| -> Vec<usize> {
        columns.iter().enumerate().filter(|(_, column)| is_one(column)).map(|(index, _)| index).collect()
    };
    let (numbers, whole) = (those(|column| column.is_number), those(|column| column.is_whole));
    drawn(&header, &numbers, &whole, rows.iter().map(cells).collect(), width)
}

/// A table; the columns in `numbers` are set to the right.
pub fn table(header: &[&str], numbers: &[usize], rows: Vec<Vec<String>>, width: usize) -> String {
    drawn(header, numbers, &[], rows, width)
}

/// Longest word that is never broken, in characters: long enough for the names of consequences and states.
const WORD_CHARACTERS_MAX: usize = 16;

/// The longest word of a column that is not broken, in characters. Longer ones are, where there is no room.
fn longest_word<'c>(cells: impl Iterator<Item = &'c str>) -> usize {
    let words = cells.flat_map(|cell| cell.split(' ')).map(|word| word.chars().count());
    words.filter(|length| *length <= WORD_CHARACTERS_MAX).max().unwrap_or(1)
}

/// Columns in `whole` are as wide as their longest cell, whatever becomes of the others.
fn drawn(header: &[&str], numbers: &[usize], whole: &[usize], rows: Vec<Vec<String>>, width: usize) -> String {
    let mut table = Table::new();
    table
        .load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')))
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width).unwrap_or(u16::MAX))
        .set_header(header.iter().map(Cell::new));
    let words: Vec<usize> = (0..header.len())
        .map(|index| {
            let cells = rows.iter().filter_map(|row| row.get(index)).map(String::as_str);
            longest_word(header.get(index).copied().into_iter().chain(cells))
        })
        .collect();
    for row in rows {
        table.add_row(row);
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        let is_number = numbers.contains(&index);
        column.set_cell_alignment(if is_number { CellAlignment::Right } else { CellAlignment::Left });
        if whole.contains(&index) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        } else if let Some(word) = words.get(index) {
            // With a blank on either side.
            let least = u16::try_from(word + 2).unwrap_or(u16::MAX);
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
        }
    }
    table.lines().fold(String::new(), |text, line| text + line.trim_end() + "\n")
}

/// A value in a cell: on one line, and not too long.
pub fn cell(value: Option<&Value>) -> String {
    cut(&value.map(whole).unwrap_or_default(), CELL_CHARACTERS_MAX).into_owned()
}

/// A value on one line. Texts come from strangers: nothing in them moves the cursor.
pub fn whole(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => on_one_line(&moment(text)).into_owned(),
        Value::Array(items) => items.iter().map(whole).collect::<Vec<_>>().join(", "),
        Value::Object(members) => {
            let set = members.iter().filter(|(_, value)| **value == Value::Bool(true)).map(|(name, _)| name.as_str());
            // Flags are read best as the names of those that are set.
            if !members.is_empty() && members.values().all(Value::is_boolean) {
                set.collect::<Vec<_>>().join(", ")
            } else if members.is_empty() {
                String::new()
            } else {
                on_one_line(&value.to_string()).into_owned()
            }
        }
    }
}

/// A time of the interface (`2026-11-21T14:00:00.123Z`) to the second, as people write it; any other text as it is.
fn moment(text: &str) -> String {
    let is_time = (20..=30).contains(&text.len()) && text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T');
    match text.parse::<jiff::Timestamp>() {
        Ok(_) if is_time => text.get(..19).unwrap_or(text).replace('T', " "),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_shown_on_one_line_without_surprises() {
        let check = |value: Value, shown: &str| assert_eq!(whole(&value), shown, "{value}");
        check(json!(null), "");
        check(json!([true, 3, "a"]), "yes, 3, a");
        check(json!("a\u{1b}[2Jb\nc"), "a⟨U+001B⟩[2Jb c");
        check(json!("2026-11-21T14:00:01.123Z"), "2026-11-21 14:00:01");
        check(json!("2026-11-21T14:00:01 and more Z"), "2026-11-21T14:00:01 and more Z");
        check(json!({"hidden": true, "protected": false}), "hidden");
        check(json!({"hidden": false}), "");
        check(json!({"mode": "off"}), "{\"mode\":\"off\"}");
    }

    #[test]
    fn a_table_sets_numbers_to_the_right_and_ends_no_line_with_blanks() {
        let rows = vec![vec!["1".into(), "Link spam".into()], vec!["12".into(), String::new()]];
        assert_eq!(table(&["id", "name"], &[0], rows, 60), " id   name\n────────────────\n  1   Link spam\n 12\n");
    }

    #[test]
    fn short_words_are_never_broken() {
        let columns = [id("hit", "/id"), text("actor", "/actor"), text("page", "/page"), text("taken", "/taken")];
        let row = json!({
            "id": "01jd3q5v7m8n9p0q1r2s3t4v5w", "actor": "Example editor", "page": "Https://a-very-long-title-without-a-blank",
            "taken": ["disallow", "blockautopromote"],
        });
        let shown = rows(&columns, &[row], 60);
        for word in ["01jd3q5v7m8n9p0q1r2s3t4v5w", "Example", "editor", "disallow,", "blockautopromote"] {
            assert!(shown.split_whitespace().any(|found| found == word), "{word}:\n{shown}");
        }
    }

    #[test]
    fn facts_without_a_value_are_left_out() {
        let facts = [text("name", "/name"), text("until", "/until"), number("hits", "/hits")];
        assert_eq!(facts_text(&json!({"name": "a", "until": null, "hits": 3}), &facts), "name   a\nhits   3\n");
    }
}
