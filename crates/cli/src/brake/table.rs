//! What simulations came to, for people at a terminal.

use super::report::{Found, Report, found, number, wanted, words};
use super::simulate::Tolerated;
use crate::backtest::visible::on_one_line;
use crate::terminal::{Style, Terminal};
use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use std::fmt::Write as _;
use wikiward_filters::brake::simulate::{BAND, Figure};

/// An empty table of the program's looks.
pub(super) fn plain(header: &[&str], numbers: &[usize], rows: Vec<Vec<String>>, terminal: &Terminal) -> String {
    let mut table = Table::new();
    table
        .load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')))
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(terminal.width().max(60)).unwrap_or(u16::MAX))
        .set_header(header.iter().map(Cell::new));
    for row in rows {
        table.add_row(row);
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        let alignment = if numbers.contains(&index) { CellAlignment::Right } else { CellAlignment::Left };
        column.set_cell_alignment(alignment);
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The report: a line for each figure that says something, with both algorithms side by side.
pub(super) fn scenarios(report: &Report, terminal: &Terminal) -> String {
    let mut text = format!("{:26}{:>24}        {:>24}\n", "", "compat (AbuseFilter)", "standard");
    let columns = format!("{:>9}{:>15} {:4}", "expected", "simulated", "");
    let _ = writeln!(text, "{:26}{columns}   {}", "", columns.trim_end());
    for row in &report.scenarios {
        let scenario = &row.scenario;
        let heading =
            format!("{}  {} ({})", scenario.number, on_one_line(&scenario.title), on_one_line(&scenario.wiki.name));
        let _ = writeln!(text, "\n{}", Style::Strong.paint(&heading, terminal.has_color()));
        let figures = row.results.each_ref().map(Found::figures);
        let mut is_quiet = true;
        for figure in Figure::ALL {
            if !figures.iter().flatten().any(|it| it.figure == figure) {
                continue;
            }
            is_quiet = false;
            let mut line = format!("   {:23}", words(figure));
            for it in &row.results {
                let cell = it.cells.iter().find(|cell| cell.figure == figure);
                let verdict = match cell.and_then(|cell| cell.is_met) {
                    None => "  ".to_owned(),
                    Some(true) => Style::Good.paint("ok", terminal.has_color()),
                    Some(false) => Style::Bad.paint("NO", terminal.has_color()),
                };
                let expected = wanted(cell.map(|cell| cell.wanted), figure);
                let value = found(figure.found(&it.summary), figure, &it.summary);
                let _ = write!(line, "{expected:>9}{value:>15} {verdict}     ");
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        if is_quiet {
            text.push_str("   nothing was withheld, and nobody was hit\n");
        }
    }
    let (missed, expected) = report.missed();
    let verdict = if expected == 0 {
        "no figures are expected: say which with [expect.standard]".to_owned()
    } else {
        format!("{} of {expected} figures as expected", expected - missed)
    };
    let style = if missed == 0 { Style::Good } else { Style::Bad };
    let _ = writeln!(
        text,
        "\n{} (within {:.0} %; means of {} runs, seed {})",
        style.paint(&verdict, terminal.has_color()),
        BAND * 100.0,
        report.runs,
        report.seed
    );
    for (number, why) in report.disputes() {
        let _ = writeln!(text, "* {number}: {why}");
    }
    text
}

/// Latches of filters that hit people at a tolerated rate.
pub(super) fn tolerated(all: &[Tolerated], terminal: &Terminal) -> String {
    let rows = all
        .iter()
        .map(|it| {
            vec![
                it.class.to_owned(),
                format!("{} %", number(it.rate * 100.0)),
                it.wiki.to_owned(),
                it.expected.map_or_else(|| "–".to_owned(), |known| format!("{known:.2}")),
                format!("{:.2}", it.found),
                it.runs.to_string(),
            ]
        })
        .collect();
    let header = ["class", "hit", "wiki", "known", "simulated", "runs"];
    let mut text = plain(&header, &[1, 3, 4, 5], rows, terminal);
    text.push_str(
        "\nLatches of one filter in 30 days that hits people in good standing at the tolerated rate; class D at 0.5 % is \
         above it.\nAfter each latch somebody releases it, and the filter goes on.\n",
    );
    text
}
