//! What the filters said, and what became of the edits.

use super::chart::{self, Bar, Part};
use super::sections::{BARS_MAX, float, label, more};
use crate::backtest::report::{FilterReport, OutcomesReport, Report};
use crate::backtest::visible::{number, percent};
use std::fmt::Write as _;

pub(super) fn hits(report: &Report, page: &mut String) {
    let hit: Vec<&FilterReport> = report.filters.iter().filter(|filter| filter.matched > 0).collect();
    let _ = writeln!(page, "<section><h2>Hits by filter</h2>");
    if hit.is_empty() {
        page.push_str("<p>No filter matched anything.</p></section>\n");
        return;
    }
    let knows_outcomes = report.edits.outcomes.reverted_share.is_some();
    if knows_outcomes {
        outcome_legend(page);
    }
    let bars: Vec<Bar> = hit
        .iter()
        .take(BARS_MAX)
        .map(|filter| Bar {
            label: label(filter),
            parts: if knows_outcomes {
                outcome_parts(&filter.outcomes)
            } else {
                vec![Part { class: "hits", length: float(filter.matched) }]
            },
            value: number(filter.matched),
        })
        .collect();
    chart::bars(&bars, 0.0, page);
    more(hit.len(), page);
    let rows: Vec<Vec<String>> = hit
        .iter()
        .map(|filter| {
            vec![
                label(filter),
                number(filter.matched),
                percent(filter.matched, filter.matched + filter.not_matched),
                number(filter.undecided),
                number(filter.failed),
                number(filter.outcomes.reverted),
                number(filter.outcomes.kept),
                number(filter.outcomes.unknown),
            ]
        })
        .collect();
    let header = ["filter", "hits", "of decided", "undecided", "errors", "undone", "kept", "end unknown"];
    chart::table("Numbers by filter", &header, 1, &rows, page);
    page.push_str("</section>\n");
}

pub(super) fn outcomes(report: &Report, page: &mut String) {
    if report.edits.outcomes.reverted_share.is_none() {
        return;
    }
    let known: Vec<&FilterReport> =
        report.filters.iter().filter(|filter| filter.outcomes.reverted_share.is_some()).collect();
    if known.is_empty() {
        return;
    }
    let all = percent(report.edits.outcomes.reverted, report.edits.outcomes.reverted + report.edits.outcomes.kept);
    let _ = writeln!(
        page,
        "<section><h2>What became of the hits</h2><p>The share of each filter's hits that somebody undid later; of all \
         edits it is {all}. An edit that was not undone may still have been bad, and the other way round.</p>"
    );
    chart::legend(&[("undone", "undone later"), ("kept", "not undone")], page);
    let bars: Vec<Bar> = known
        .iter()
        .take(BARS_MAX)
        .map(|filter| {
            let whole = filter.outcomes.reverted + filter.outcomes.kept;
            let share = filter.outcomes.reverted_share.unwrap_or(0.0) * 100.0;
            Bar {
                label: label(filter),
                parts: vec![Part { class: "undone", length: share }, Part { class: "kept", length: 100.0 - share }],
                value: format!("{} <small>of {}</small>", percent(filter.outcomes.reverted, whole), number(whole)),
            }
        })
        .collect();
    chart::bars(&bars, 100.0, page);
    more(known.len(), page);
    let rows: Vec<Vec<String>> = known
        .iter()
        .map(|filter| {
            vec![
                label(filter),
                number(filter.outcomes.reverted),
                number(filter.outcomes.kept),
                percent(filter.outcomes.reverted, filter.outcomes.reverted + filter.outcomes.kept),
                percent(filter.outcomes.reverted, report.edits.outcomes.reverted),
            ]
        })
        .collect();
    let header = ["filter", "undone", "kept", "undone of its hits", "of all undone edits"];
    chart::table("Numbers by outcome", &header, 1, &rows, page);
    page.push_str("</section>\n");
}

fn outcome_legend(page: &mut String) {
    let entries = [("undone", "undone later"), ("kept", "not undone"), ("unknown", "end unknown")];
    chart::legend(&entries, page);
}

fn outcome_parts(outcomes: &OutcomesReport) -> Vec<Part> {
    vec![
        Part { class: "undone", length: float(outcomes.reverted) },
        Part { class: "kept", length: float(outcomes.kept) },
        Part { class: "unknown", length: float(outcomes.unknown) },
    ]
}
