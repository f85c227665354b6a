//! What came over, for people.

use crate::backtest::visible::number;
use crate::terminal::{Style, Terminal};
use std::fmt::Write as _;
use wikiward_filters::migrate::compare::{Comparison, Counts, Difference};
use wikiward_filters::migrate::{Cause, Report, TABLES};

/// The report as text.
pub(super) fn text(report: &Report, terminal: &Terminal) -> String {
    let mut text = String::new();
    let strong = |word: &str| Style::Strong.paint(word, terminal.has_color());
    let head = ["table", "rows", "before", "now", "other wikis", "refused"];
    let row = |name: &str, cells: [String; 5]| {
        let [rows, before, now, mirrored, refused] = cells;
        format!("{name:<22}{rows:>12}{before:>12}{now:>12}{mirrored:>13}{refused:>10}\n")
    };
    let [name, rest @ ..] = head;
    text.push_str(&strong(&row(name, rest.map(str::to_owned))));
    for table in TABLES {
        let Some(it) = report.tables.get(table) else { continue };
        text.push_str(&row(table, [it.source, it.before, it.now, it.mirrored, it.refused].map(number)));
    }
    let (before, after) = (&report.here_before, &report.here_after);
    let verb = if report.is_dry_run { "There would be here" } else { "There are here" };
    let _ = writeln!(
        text,
        "\n{verb}: {} filters (before: {}), {} versions ({}), {} hits of AbuseFilter's log ({}).",
        number(after.filters),
        number(before.filters),
        number(after.versions),
        number(before.versions),
        number(after.hits),
        number(before.hits)
    );
    if report.versions_added > 0 {
        let _ = writeln!(
            text,
            "{} versions were added for filters whose history lacks what they are now.",
            number(report.versions_added)
        );
    }
    if !report.problems.is_empty() {
        text.push_str("\nWhat could not come over as it is:\n");
    }
    for (table, causes) in &report.problems {
        for (code, count) in causes {
            let about = Cause::find(code).map_or("", Cause::about);
            let _ = writeln!(text, "  {table} {code}: {} ({about})", number(*count));
        }
    }
    if report.is_dry_run {
        text.push_str("\nNothing was written.\n");
    } else if report.is_unchanged() && report.is_whole() {
        text.push_str("\nNothing was left to bring over.\n");
    }
    if !report.is_whole() {
        let wrong = "\nThe counts do not add up: the tables changed while they were read. Run it once more.\n";
        text.push_str(&Style::Bad.paint(wrong, terminal.has_color()));
    }
    text
}

/// Filters of which each difference is shown.
const SHOWN_MAX: usize = 20;

/// A comparison as text.
pub(super) fn comparison(found: &Comparison, terminal: &Terminal) -> String {
    let row = |name: &str, cells: [String; 4]| {
        let [both, there, here, held] = cells;
        format!("{name:<16}{both:>12}{there:>18}{here:>12}{held:>12}\n")
    };
    let numbers = |counts: &Counts| [counts.both, counts.only_there, counts.only_here, counts.held_back].map(number);
    let mut text = format!(
        "{} from {} to {}: {} rows of AbuseFilter's log, {} matches here\n\n",
        found.wiki,
        found.since,
        found.until,
        number(found.there),
        number(found.here)
    );
    let head = row("filter", ["both", "only AbuseFilter", "only here", "held back"].map(str::to_owned));
    text.push_str(&Style::Strong.paint(&head, terminal.has_color()));
    let mut filters: Vec<_> = found.filters.iter().collect();
    // Where most differs first.
    filters.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.only_there + counts.only_here));
    for (filter, counts) in &filters {
        text.push_str(&row(filter, numbers(counts)));
    }
    text.push_str(&row("all", numbers(&found.all)));
    let mut list = |what: &str, differences: &[Difference]| {
        for it in differences.iter().take(SHOWN_MAX) {
            let Difference { filter, at, kind, actor, title, name, .. } = it;
            let _ = writeln!(text, "{what}: filter {filter}, {at}, {kind} of {title} by {actor} ({name})");
        }
    };
    list("only AbuseFilter", &found.only_there);
    list("only here", &found.only_here);
    if found.here == 0 && found.there > 0 {
        text.push_str(
            "\nNothing was judged on trial here: has the wiki the setting parallel_run, and does it ask with mode test?\n",
        );
    } else if found.is_same() {
        text.push_str("\nNothing differs.\n");
    }
    text
}
