//! The parts of the report, but for the examples.

use super::Page;
use super::examples::edit;
use crate::backtest::report::{FilterReport, Report};
use crate::backtest::visible::{counted, cut, number, on_one_line, percent};
use std::io;

/// Most keys in a list.
const KEYS_MAX: usize = 60;

pub(super) fn headline(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let edits = &report.edits;
    let judged = format!(
        "{} judged by {} in {}: {} on {} of them ({})",
        counted(edits.judged, "edit"),
        counted(report.filters.len() as u64, "filter"),
        duration(report.timing.seconds),
        counted(edits.hits, "hit"),
        number(edits.matched),
        percent(edits.matched, edits.judged),
    );
    let judged = page.bold(&judged);
    page.line(&judged)?;
    if let (Some(first), Some(last)) = (&edits.first, &edits.last) {
        page.line(&format!("saved from {first} to {last}"))?;
    }
    if edits.outcomes.reverted_share.is_some() {
        let known = edits.outcomes.reverted + edits.outcomes.kept;
        let share = percent(edits.outcomes.reverted, known);
        page.line(&format!("{} of the {} whose end is recorded were undone later", share, number(known)))?;
    }
    let left_out = edits.left_out;
    let reasons = [
        (left_out.other_time, "of another time"),
        (left_out.other_wiki, "of another wiki"),
        (left_out.null_edits, "changed nothing"),
        (left_out.other_records, "are no edits"),
    ];
    for (count, reason) in reasons {
        if count > 0 {
            page.line(&format!("left out: {} that {reason}", number(count)).replace("that of", "of"))?;
        }
    }
    if let Some(assumptions) = &report.assumptions {
        page.line(&format!("assumed: {assumptions}"))?;
    }
    Ok(())
}

pub(super) fn undecided(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let undecided = &report.undecided;
    if undecided.count == 0 {
        return Ok(());
    }
    page.heading(&format!("Undecided: {} of all verdicts", percent(undecided.count, undecided.verdicts)))?;
    let missing: Vec<String> = undecided
        .missing
        .iter()
        .take(12)
        .map(|missing| format!("{} ({})", missing.variable, percent(missing.count, undecided.verdicts)))
        .collect();
    page.line(&format!("the records lack {}", missing.join(", ")))?;
    if report.assumptions.is_none() {
        page.line("--assume fills some of them by stated rules (see --help)")?;
    }
    Ok(())
}

pub(super) fn hits(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let hit: Vec<&FilterReport> = report.filters.iter().filter(|filter| filter.matched > 0).collect();
    page.heading(&format!(
        "Hits: {} of {} matched something",
        hit.len(),
        counted(report.filters.len() as u64, "filter")
    ))?;
    if hit.is_empty() {
        return Ok(());
    }
    let knows_outcomes = report.edits.outcomes.reverted_share.is_some();
    let mut header = vec!["filter", "name", "hits", "of decided", "undecided", "errors"];
    if knows_outcomes {
        header.extend(["undone", "of all undone"]);
    }
    let rows = hit.iter().map(|filter| {
        let mut row = vec![
            safe(&filter.filter, 24),
            safe(&filter.name, 44),
            number(filter.matched),
            percent(filter.matched, filter.matched + filter.not_matched),
            percent(filter.undecided, report.edits.judged),
            number(filter.failed),
        ];
        if knows_outcomes {
            row.push(percent(filter.outcomes.reverted, filter.outcomes.reverted + filter.outcomes.kept));
            row.push(percent(filter.outcomes.reverted, report.edits.outcomes.reverted));
        }
        row
    });
    let rows = rows.collect();
    page.table(&header, &[0, 1], rows)
}

pub(super) fn never_and_always(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let lists = [
        ("Always matched", "every edit", &report.always_matched),
        ("Never matched", "every edit was decided, none matched", &report.never_matched),
        ("Never decided", "every record lacks something that they read", &report.never_decided),
    ];
    for (title, meaning, list) in lists {
        if !list.is_empty() {
            page.heading(&format!("{title}: {} ({meaning})", counted(list.len() as u64, "filter")))?;
            page.line(&keys(list, KEYS_MAX))?;
        }
    }
    Ok(())
}

pub(super) fn cost(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let mut slowest: Vec<&FilterReport> = report.filters.iter().filter(|filter| filter.time_us.count > 0).collect();
    slowest.sort_by(|a, b| b.time_us.p99.total_cmp(&a.time_us.p99));
    if slowest.is_empty() {
        return Ok(());
    }
    page.heading("Slowest filters")?;
    let rows = slowest.iter().take(10).map(|filter| {
        vec![
            safe(&filter.filter, 24),
            safe(&filter.name, 40),
            us(filter.time_us.p50),
            us(filter.time_us.p99),
            us(filter.time_us.max),
            number(filter.conditions.p50),
            number(filter.conditions.p95),
            number(filter.conditions.max),
        ]
    });
    let rows = rows.collect();
    let header = ["filter", "name", "µs p50", "p99", "max", "conditions p50", "p95", "max"];
    page.table(&header, &[0, 1], rows)?;
    let timing = &report.timing;
    page.line("Times are of each filter alone, after the diff was made, on a sample of the edits that it decided.")?;
    page.line(&format!(
        "All filters together, diff included: p50 {} µs, p99 {} µs; {} edits/s with {}.",
        us(timing.edit_us.p50),
        us(timing.edit_us.p99),
        number(whole(timing.edits_per_second)),
        counted(timing.threads as u64, "judging thread"),
    ))?;
    let limit = &report.condition_limit;
    page.line(&format!(
        "All filters together use {} at p50, {} at p95, {} at most; {} of the edits pass the limit of {}.",
        counted(limit.conditions.p50, "condition"),
        number(limit.conditions.p95),
        number(limit.conditions.max),
        percent(limit.edits_over, report.edits.judged),
        number(limit.limit),
    ))
}

pub(super) fn errors(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let failed: Vec<_> =
        report.filters.iter().flat_map(|filter| filter.errors.iter().map(move |error| (filter, error))).collect();
    if !failed.is_empty() {
        page.heading("Errors while judging")?;
    }
    for (filter, error) in failed.iter().take(super::ROWS_MAX) {
        let title = page.red(&format!("{}: {}", safe(&filter.filter, 40), error.error));
        page.line(&format!("{title} on {}: {}", counted(error.count, "edit"), safe(&error.message, 200)))?;
        if let Some(first) = &error.first {
            page.line(&format!("  first {}", edit(first)))?;
        }
    }
    let remarked: Vec<_> = report.filters.iter().filter(|filter| !filter.remarks.is_empty()).collect();
    for filter in remarked {
        for remark in &filter.remarks {
            page.line(&format!("{}: {}", safe(&filter.filter, 40), safe(remark, 200)))?;
        }
    }
    Ok(())
}

pub(super) fn wikis(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    if report.wikis.len() < 2 {
        return Ok(());
    }
    page.heading("Wikis")?;
    let rows = report.wikis.iter().take(15).map(|wiki| {
        vec![safe(&wiki.of, 40), number(wiki.edits), number(wiki.matched), percent(wiki.matched, wiki.edits)]
    });
    let rows = rows.collect();
    page.table(&["wiki", "edits", "with hits", "share"], &[0], rows)?;
    if report.wikis.len() > 15 {
        page.line(&format!("… and {} more", report.wikis.len() - 15))?;
    }
    Ok(())
}

pub(super) fn problems(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let problems = &report.problems;
    if problems.errors + problems.doubts == 0 {
        return Ok(());
    }
    page.heading(&format!("Input: {} not used, {} doubtful", number(problems.errors), number(problems.doubts)))?;
    for problem in problems.listed.iter().take(super::ROWS_MAX) {
        let text = cut(&problem.message, 400).into_owned();
        let line = if problem.severity == "error" { page.red(&text) } else { text };
        page.line(&line)?;
    }
    let rest = (problems.errors + problems.doubts).saturating_sub(super::ROWS_MAX as u64);
    if rest > 0 {
        page.line(&format!("… and {} more", number(rest)))?;
    }
    Ok(())
}

pub(super) fn safe(text: &str, characters_max: usize) -> String {
    cut(&on_one_line(text), characters_max).into_owned()
}

pub(super) fn keys(keys: &[String], most: usize) -> String {
    let mut shown: Vec<String> = keys.iter().take(most).map(|key| safe(key, 40)).collect();
    if keys.len() > most {
        shown.push(format!("and {} more", keys.len() - most));
    }
    shown.join(", ")
}

fn us(us: f64) -> String {
    if us < 100.0 { format!("{us:.1}") } else { number(whole(us)) }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "shown; rates and times are not negative")]
fn whole(value: f64) -> u64 {
    value.round() as u64
}

fn duration(seconds: f64) -> String {
    match whole(seconds) {
        0..60 => format!("{seconds:.1} s"),
        whole @ 60..3_600 => format!("{} min {} s", whole / 60, whole % 60),
        whole => format!("{} h {} min", whole / 3_600, whole / 60 % 60),
    }
}
