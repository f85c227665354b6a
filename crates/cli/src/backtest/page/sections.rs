//! The overview: counts, cost and lists.

use super::chart::{self, Bar, Part};
use super::escape::{isolated, text};
use crate::backtest::report::{FilterReport, Report};
use crate::backtest::visible::{counted, cut, number, percent};
use std::fmt::Write as _;

/// Most bars of a chart; its table has all.
pub(super) const BARS_MAX: usize = 25;

pub(super) fn headline(report: &Report, page: &mut String) {
    let edits = &report.edits;
    page.push_str("<header><h1>Backtest</h1>\n<dl class=\"facts\">\n");
    let mut fact = |name: &str, value: &str, note: &str| {
        let _ = writeln!(page, "<div><dt>{name}</dt><dd>{value}<small>{note}</small></dd></div>");
    };
    let span = match (&edits.first, &edits.last) {
        (Some(first), Some(last)) => format!("{} to {}", day(first), day(last)),
        _ => String::new(),
    };
    fact("edits judged", &number(edits.judged), &span);
    fact(
        "filters",
        &number(report.filters.len() as u64),
        &match report.invalid_filters.len() {
            0 => String::new(),
            invalid => format!("{} with an error left out", number(invalid as u64)),
        },
    );
    fact(
        "hits",
        &number(edits.hits),
        &format!("on {} ({})", counted(edits.matched, "edit"), percent(edits.matched, edits.judged)),
    );
    let undecided = &report.undecided;
    fact("undecided", &percent(undecided.count, undecided.verdicts), "of all verdicts");
    let known = edits.outcomes.reverted + edits.outcomes.kept;
    if known > 0 {
        let note = format!("of {} whose end is recorded", number(known));
        fact("undone later", &percent(edits.outcomes.reverted, known), &note);
    }
    page.push_str("</dl>\n");
    let left_out = edits.left_out;
    let mut reasons = Vec::new();
    for (count, reason) in [
        (left_out.other_time, "of another time"),
        (left_out.other_wiki, "of another wiki"),
        (left_out.null_edits, "that changed nothing"),
        (left_out.other_records, "that are no edits"),
    ] {
        if count > 0 {
            reasons.push(format!("{} {reason}", number(count)));
        }
    }
    if !reasons.is_empty() {
        let _ = writeln!(page, "<p>Records left out: {}.</p>", reasons.join(", "));
    }
    if let Some(assumptions) = &report.assumptions {
        let _ = writeln!(page, "<p>Assumed: {}.</p>", text(assumptions));
    }
    page.push_str("</header>\n");
}

pub(super) fn undecided(report: &Report, page: &mut String) {
    let undecided = &report.undecided;
    if undecided.count == 0 {
        return;
    }
    let _ = writeln!(
        page,
        "<section><h2>Undecided</h2><p>{} of {} verdicts could not be given, because the records lack what the filter \
         reads. They count neither as hit nor as miss.</p>",
        number(undecided.count),
        number(undecided.verdicts)
    );
    let bars: Vec<Bar> = undecided
        .missing
        .iter()
        .take(12)
        .map(|missing| Bar {
            label: format!("<code>{}</code>", text(&missing.variable)),
            parts: vec![Part { class: "unknown", length: float(missing.count) }],
            value: percent(missing.count, undecided.verdicts),
        })
        .collect();
    chart::bars(&bars, 0.0, page);
    let rows: Vec<Vec<String>> = undecided
        .missing
        .iter()
        .map(|missing| {
            let share = percent(missing.count, undecided.verdicts);
            vec![format!("<code>{}</code>", text(&missing.variable)), number(missing.count), share]
        })
        .collect();
    chart::table("Numbers by missing variable", &["variable", "verdicts", "of all"], 1, &rows, page);
    page.push_str("</section>\n");
}

pub(super) fn slowest(report: &Report, page: &mut String) {
    let mut timed: Vec<&FilterReport> = report.filters.iter().filter(|filter| filter.time_us.count > 0).collect();
    if timed.is_empty() {
        return;
    }
    timed.sort_by(|a, b| b.time_us.p99.total_cmp(&a.time_us.p99));
    let edit = report.timing.edit_us;
    let limit = &report.condition_limit;
    let _ = writeln!(
        page,
        "<section><h2>Slowest filters</h2><p>Microseconds of each filter alone, after the diff was made, on a sample of \
         the edits that it decided. All filters together, diff included, take {} µs at the median and {} µs at p99. They \
         use {} at the median and {} at most; {} of the edits pass the limit of {}.</p>",
        us(edit.p50),
        us(edit.p99),
        counted(limit.conditions.p50, "condition"),
        number(limit.conditions.max),
        percent(limit.edits_over, report.edits.judged),
        number(limit.limit),
    );
    chart::legend(&[("strong", "median"), ("hits", "p99")], page);
    let bars: Vec<Bar> = timed
        .iter()
        .take(15)
        .map(|filter| Bar {
            label: label(filter),
            parts: vec![
                Part { class: "strong", length: filter.time_us.p50 },
                Part { class: "hits", length: (filter.time_us.p99 - filter.time_us.p50).max(0.0) },
            ],
            value: format!("{} <small>µs</small>", us(filter.time_us.p99)),
        })
        .collect();
    chart::bars(&bars, 0.0, page);
    let rows: Vec<Vec<String>> = timed
        .iter()
        .map(|filter| {
            let (time, conditions) = (filter.time_us, filter.conditions);
            vec![
                label(filter),
                number(time.count),
                us(time.p50),
                us(time.p99),
                us(time.max),
                number(conditions.p50),
                number(conditions.p95),
                number(conditions.max),
            ]
        })
        .collect();
    let header = ["filter", "measured", "µs p50", "p99", "max", "conditions p50", "p95", "max"];
    chart::table("Numbers by cost", &header, 1, &rows, page);
    page.push_str("</section>\n");
}

pub(super) fn wikis(report: &Report, page: &mut String) {
    if report.wikis.len() < 2 {
        return;
    }
    page.push_str("<section><h2>Wikis</h2>\n");
    let bars: Vec<Bar> = report
        .wikis
        .iter()
        .take(BARS_MAX)
        .map(|wiki| Bar {
            label: isolated(&wiki.of),
            parts: vec![Part { class: "hits", length: float(wiki.hits) }],
            value: number(wiki.hits),
        })
        .collect();
    chart::bars(&bars, 0.0, page);
    more(report.wikis.len(), page);
    let rows: Vec<Vec<String>> = report
        .wikis
        .iter()
        .map(|wiki| {
            let share = percent(wiki.matched, wiki.edits);
            vec![isolated(&wiki.of), number(wiki.hits), number(wiki.edits), number(wiki.matched), share]
        })
        .collect();
    chart::table("Numbers by wiki", &["wiki", "hits", "edits", "edits with hits", "share"], 1, &rows, page);
    page.push_str("</section>\n");
}

pub(super) fn never_and_always(report: &Report, page: &mut String) {
    for (title, meaning, list) in [
        ("Always matched", "These matched every edit.", &report.always_matched),
        ("Never matched", "These were decided on every edit and matched none.", &report.never_matched),
        ("Never decided", "These read something that no record holds.", &report.never_decided),
    ] {
        if list.is_empty() {
            continue;
        }
        let keys: Vec<String> = list.iter().map(|key| isolated(key)).collect();
        let count = number(list.len() as u64);
        let _ = writeln!(page, "<section><h2>{title}</h2><p>{meaning}</p>");
        let _ = writeln!(page, "<details><summary>Filters: {count}</summary><p>{}</p></details>", keys.join(", "));
        page.push_str("</section>\n");
    }
}

/// Key and name of a filter.
pub(super) fn label(filter: &FilterReport) -> String {
    format!("<b>{}</b> {}", isolated(&filter.filter), isolated(&cut(&filter.name, 60)))
}

pub(super) fn more(all: usize, page: &mut String) {
    if all > BARS_MAX {
        let _ = writeln!(page, "<p class=\"note\">… and {} more in the table.</p>", number((all - BARS_MAX) as u64));
    }
}

fn day(moment: &str) -> &str {
    moment.get(..10).unwrap_or(moment)
}

#[expect(clippy::cast_precision_loss, reason = "drawn")]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "times are not negative and short")]
fn us(us: f64) -> String {
    if us < 100.0 { format!("{us:.1}") } else { number(us.round() as u64) }
}
