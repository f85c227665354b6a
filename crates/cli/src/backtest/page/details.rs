//! The details: examples, rules, errors, the input.

use super::chart;
use super::escape::{isolated, text};
use super::sections::label;
use crate::backtest::examples::{EditRef, Example};
use crate::backtest::report::{ComparisonReport, FilterReport, PairReport, Report};
use crate::backtest::visible::{counted, number, percent};
use std::fmt::Write as _;

pub(super) fn comparison(comparison: &ComparisonReport, page: &mut String) {
    page.push_str("<section><h2>Compared with the old versions</h2>\n");
    let (changed, same): (Vec<&PairReport>, Vec<&PairReport>) =
        comparison.pairs.iter().partition(|pair| pair.gained + pair.lost > 0);
    let _ = writeln!(
        page,
        "<p>Pairs of versions: {}. Pairs that matched the same edits, as far as both decided: {}.</p>",
        number(comparison.pairs.len() as u64),
        number(same.len() as u64)
    );
    let rows: Vec<Vec<String>> = changed
        .iter()
        .map(|pair| {
            let ends = |outcomes: &crate::backtest::report::OutcomesReport| {
                percent(outcomes.reverted, outcomes.reverted + outcomes.kept)
            };
            vec![
                isolated(&pair.filter),
                format!("+{}", number(pair.gained)),
                format!("−{}", number(pair.lost)),
                number(pair.both),
                number(pair.neither),
                number(pair.undecided),
                ends(&pair.gained_outcomes),
                ends(&pair.lost_outcomes),
            ]
        })
        .collect();
    let header = ["filter", "gained", "lost", "both match", "neither", "undecided", "gained: undone", "lost: undone"];
    if !rows.is_empty() {
        chart::open_table("Comparison", &header, 1, &rows, page);
    }
    for pair in changed {
        for (kind, shown) in [("gained", &pair.gained_examples), ("lost", &pair.lost_examples)] {
            if !shown.is_empty() {
                let _ = writeln!(page, "<h3>{}: first hits {kind}</h3>", isolated(&pair.filter));
                examples(shown, page);
            }
        }
    }
    for (list, lack) in [(&comparison.only_new, "an old"), (&comparison.only_old, "a new")] {
        if !list.is_empty() {
            let keys: Vec<String> = list.iter().map(|key| isolated(key)).collect();
            let count = number(list.len() as u64);
            let _ = writeln!(page, "<details><summary>Filters without {lack} version: {count}</summary>");
            let _ = writeln!(page, "<p>{}</p></details>", keys.join(", "));
        }
    }
    page.push_str("</section>\n");
}

pub(super) fn errors(report: &Report, page: &mut String) {
    let failed: Vec<_> =
        report.filters.iter().flat_map(|filter| filter.errors.iter().map(move |error| (filter, error))).collect();
    let remarked: Vec<_> = report.filters.iter().filter(|filter| !filter.remarks.is_empty()).collect();
    if failed.is_empty() && remarked.is_empty() && report.invalid_filters.is_empty() {
        return;
    }
    page.push_str("<section><h2>Errors of filters</h2>\n");
    if !report.invalid_filters.is_empty() {
        page.push_str("<p>These cannot be judged at all:</p>\n");
        let rows: Vec<Vec<String>> = report
            .invalid_filters
            .iter()
            .map(|filter| {
                let at = match (filter.line, filter.column) {
                    (Some(line), Some(column)) => format!("line {line}, column {column}"),
                    _ => String::new(),
                };
                let error = format!("{} <code>{}</code>", text(&filter.message), text(&filter.error));
                vec![isolated(&filter.filter), error, at, isolated(&filter.source)]
            })
            .collect();
        chart::open_table("Filters with an error", &["filter", "error", "in its rule", "read from"], 4, &rows, page);
    }
    if !failed.is_empty() {
        page.push_str("<p>These failed on some edits, where they did not match:</p>\n");
        let rows: Vec<Vec<String>> = failed
            .iter()
            .map(|(filter, error)| {
                let first = error.first.as_ref().map(edit).unwrap_or_default();
                let what = format!("{} <code>{}</code>", text(&error.message), text(&error.error));
                vec![isolated(&filter.filter), what, first, number(error.count)]
            })
            .collect();
        chart::open_table("Failures", &["filter", "error", "first on", "edits"], 3, &rows, page);
    }
    for filter in remarked {
        for remark in &filter.remarks {
            let _ = writeln!(page, "<p>{}: {}</p>", isolated(&filter.filter), text(remark));
        }
    }
    page.push_str("</section>\n");
}

pub(super) fn filters(report: &Report, page: &mut String) {
    let shown: Vec<&FilterReport> = report.filters.iter().filter(|filter| filter.matched > 0).collect();
    if shown.is_empty() {
        return;
    }
    page.push_str("<section><h2>Filters with hits</h2>\n");
    for filter in shown {
        let _ = writeln!(
            page,
            "<details class=\"filter\"><summary>{} <small>{}</small></summary>",
            label(filter),
            counted(filter.matched, "hit")
        );
        examples(&filter.examples, page);
        let consequences = if filter.actions.is_empty() { "none".to_owned() } else { text(&filter.actions.join(", ")) };
        let state = if filter.enabled { "switched on" } else { "switched off" };
        let _ = writeln!(
            page,
            "<p>Recorded as {state}; consequences: {consequences}. Read from {}.</p>",
            isolated(&filter.source)
        );
        let _ = writeln!(page, "<pre tabindex=\"0\"><bdi>{}</bdi></pre></details>", text(&filter.rule));
    }
    page.push_str("</section>\n");
}

pub(super) fn problems(report: &Report, page: &mut String) {
    let problems = &report.problems;
    if problems.errors + problems.doubts == 0 {
        return;
    }
    let _ = writeln!(
        page,
        "<section><h2>Input</h2><p>Not used: {}. Doubtful: {}.</p><ul class=\"problems\">",
        number(problems.errors),
        number(problems.doubts)
    );
    for problem in &problems.listed {
        let _ = writeln!(page, "<li>{}</li>", isolated(&problem.message));
    }
    page.push_str("</ul>\n");
    if problems.unlisted() > 0 {
        let _ = writeln!(page, "<p>… and {} more.</p>", number(problems.unlisted()));
    }
    page.push_str("</section>\n");
}

fn examples(examples: &[Example], page: &mut String) {
    if examples.is_empty() {
        return;
    }
    page.push_str("<ul class=\"examples\">\n");
    for example in examples {
        let end = match example.reverted {
            Some(true) => " <small class=\"end\">undone later</small>",
            Some(false) => " <small class=\"end\">not undone</small>",
            None => "",
        };
        let _ = write!(page, "<li><p>{}{end}</p>", edit(&example.edit));
        if let Some(excerpt) = &example.excerpt {
            let matched = match excerpt.matched.as_str() {
                "" => String::new(),
                matched => format!("<mark>{}</mark>", text(matched)),
            };
            let _ = write!(
                page,
                "<p class=\"excerpt\"><small><code>{}</code></small> <bdi>{}{matched}{}</bdi></p>",
                text(&excerpt.of),
                text(&excerpt.before),
                text(&excerpt.after),
            );
        }
        if let Some(summary) = example.summary.as_deref().filter(|summary| !summary.is_empty()) {
            let _ = write!(page, "<p class=\"summary\"><small>summary</small> {}</p>", isolated(summary));
        }
        page.push_str("</li>\n");
    }
    page.push_str("</ul>\n");
}

fn edit(edit: &EditRef) -> String {
    let user = edit.user.as_deref().map_or_else(|| "(hidden)".to_owned(), isolated);
    let revision = match edit.revision {
        Some(revision) => format!("revision {revision}"),
        None => isolated(&edit.source),
    };
    let at = edit.at.replace('T', " ").replace('Z', " UTC");
    format!(
        "<b>{}</b> by {user} <small>{} {} {revision}</small>",
        isolated(&edit.title),
        text(&at),
        isolated(&edit.wiki)
    )
}
