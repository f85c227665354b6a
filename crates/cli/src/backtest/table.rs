//! The report for people at a terminal.

mod examples;
mod sections;

use crate::backtest::report::Report;
use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use std::io::{self, Write};

/// Most rows of the longest table; the rest is counted.
const ROWS_MAX: usize = 40;

/// How the report is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// Whether to use colours.
    pub(super) colour: bool,
    /// Columns of the terminal, or what stands in for them.
    pub(super) width: u16,
}

/// Writes the report: first what could not be decided, then hits, examples, comparison, cost, errors, input.
///
/// # Errors
/// Those of `to`.
pub(super) fn write(report: &Report, style: Style, to: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { style, to };
    sections::headline(report, &mut page)?;
    sections::undecided(report, &mut page)?;
    sections::hits(report, &mut page)?;
    if let Some(comparison) = &report.comparison {
        examples::comparison(comparison, &mut page)?;
    }
    examples::examples(report, &mut page)?;
    sections::never_and_always(report, &mut page)?;
    sections::cost(report, &mut page)?;
    sections::errors(report, &mut page)?;
    sections::wikis(report, &mut page)?;
    sections::problems(report, &mut page)
}

/// Where the report is written.
struct Page<'a> {
    style: Style,
    to: &'a mut dyn Write,
}

impl Page<'_> {
    fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.to, "{text}")
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        let text = self.bold(text);
        writeln!(self.to, "\n{text}")
    }

    fn bold(&self, text: &str) -> String {
        self.painted(text, "1")
    }

    fn faint(&self, text: &str) -> String {
        self.painted(text, "2")
    }

    /// Marked text: in colours if there are any, else in brackets.
    fn marked(&self, text: &str) -> String {
        if self.style.colour { self.painted(text, "30;43") } else { format!("⟦{text}⟧") }
    }

    fn red(&self, text: &str) -> String {
        self.painted(text, "31")
    }

    fn painted(&self, text: &str, code: &str) -> String {
        if self.style.colour && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// A table; the columns named in `texts` are text, all others numbers.
    fn table(&mut self, header: &[&str], texts: &[usize], rows: Vec<Vec<String>>) -> io::Result<()> {
        let mut table = Table::new();
        table
            .load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')))
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(self.style.width)
            .set_header(header.iter().map(Cell::new));
        let count = rows.len();
        for row in rows.into_iter().take(ROWS_MAX) {
            table.add_row(row);
        }
        for (index, column) in table.column_iter_mut().enumerate() {
            let is_text = texts.contains(&index);
            column.set_cell_alignment(if is_text { CellAlignment::Left } else { CellAlignment::Right });
        }
        for line in table.lines() {
            writeln!(self.to, "{}", line.trim_end())?;
        }
        if count > ROWS_MAX {
            let rest = format!("… and {} more; --format json or csv has them all", count - ROWS_MAX);
            self.line(&rest)?;
        }
        Ok(())
    }
}
