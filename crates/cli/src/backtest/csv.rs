//! The filters of a report as CSV (RFC 4180), one a row.

use crate::backtest::report::{FilterReport, Report};
use std::io::{self, Write};

/// The columns, in order. New ones are added at the end.
const COLUMNS: [&str; 22] = [
    "filter",
    "name",
    "enabled",
    "matched",
    "not_matched",
    "undecided",
    "failed",
    "matched_share",
    "reverted",
    "kept",
    "outcome_unknown",
    "reverted_share",
    "conditions_p50",
    "conditions_p95",
    "conditions_max",
    "time_us_p50",
    "time_us_p99",
    "time_us_max",
    "first_match",
    "last_match",
    "missing",
    "error",
];

/// Writes a header and a row for each filter; filters with an error follow, with their counts empty.
///
/// # Errors
/// Those of `to`.
pub(super) fn write(report: &Report, to: &mut dyn Write) -> io::Result<()> {
    row(&COLUMNS.map(str::to_owned), to)?;
    for filter in &report.filters {
        row(&cells(filter), to)?;
    }
    for filter in &report.invalid_filters {
        let mut cells: [String; COLUMNS.len()] = std::array::from_fn(|_| String::new());
        let [key, name, .., error] = &mut cells;
        key.clone_from(&filter.filter);
        name.clone_from(&filter.name);
        *error = format!("{}: {}", filter.error, filter.message);
        row(&cells, to)?;
    }
    Ok(())
}

fn cells(filter: &FilterReport) -> [String; COLUMNS.len()] {
    let share = |share: Option<f64>| share.map(|share| format!("{share:.6}")).unwrap_or_default();
    let us = |us: f64| format!("{us:.2}");
    let list = |names: Vec<&str>| names.join(" ");
    [
        filter.filter.clone(),
        filter.name.clone(),
        filter.enabled.to_string(),
        filter.matched.to_string(),
        filter.not_matched.to_string(),
        filter.undecided.to_string(),
        filter.failed.to_string(),
        share(filter.matched_share),
        filter.outcomes.reverted.to_string(),
        filter.outcomes.kept.to_string(),
        filter.outcomes.unknown.to_string(),
        share(filter.outcomes.reverted_share),
        filter.conditions.p50.to_string(),
        filter.conditions.p95.to_string(),
        filter.conditions.max.to_string(),
        us(filter.time_us.p50),
        us(filter.time_us.p99),
        us(filter.time_us.max),
        filter.first_match.clone().unwrap_or_default(),
        filter.last_match.clone().unwrap_or_default(),
        list(filter.missing.iter().map(|missing| missing.variable.as_str()).collect()),
        list(filter.errors.iter().map(|error| error.error.as_str()).collect()),
    ]
}

fn row(cells: &[String], to: &mut dyn Write) -> io::Result<()> {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            to.write_all(b",")?;
        }
        to.write_all(quoted(cell).as_bytes())?;
    }
    to.write_all(b"\r\n")
}

/// A cell as it is written. A text that a spreadsheet would take for a formula gets an apostrophe before it.
fn quoted(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
    let apostrophe = if is_formula { "'" } else { "" };
    if is_formula || cell.contains([',', '"', '\n', '\r']) {
        format!("\"{apostrophe}{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_survive_separators_and_are_never_formulas() {
        for (cell, expected) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("-3.5", "-3.5"),
            ("", ""),
        ] {
            assert_eq!(quoted(cell), expected);
        }
    }
}
