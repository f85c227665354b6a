//! Edits and what was found in them; the comparison of two versions.

use super::Page;
use super::sections::{keys, safe};
use crate::backtest::examples::{EditRef, Example};
use crate::backtest::report::{ComparisonReport, FilterReport, PairReport, Report};
use crate::backtest::visible::{counted, number, on_one_line};
use std::io;

/// Most filters whose examples are shown.
const SHOWN_FILTERS_MAX: usize = 10;

pub(super) fn examples(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let shown: Vec<&FilterReport> =
        report.filters.iter().filter(|filter| !filter.examples.is_empty()).take(SHOWN_FILTERS_MAX).collect();
    if shown.is_empty() {
        return Ok(());
    }
    page.heading("Examples")?;
    for filter in shown {
        let title = page.bold(&safe(&filter.filter, 40));
        page.line(&format!("{title} {}", safe(&filter.name, 60)))?;
        for shown in &filter.examples {
            example(shown, page)?;
        }
    }
    Ok(())
}

fn example(example: &Example, page: &mut Page<'_>) -> io::Result<()> {
    let end = match example.reverted {
        Some(true) => "  undone later",
        Some(false) | None => "",
    };
    page.line(&format!("  {}{end}", edit(&example.edit)))?;
    if let Some(excerpt) = &example.excerpt {
        let matched =
            if excerpt.matched.is_empty() { String::new() } else { page.marked(&on_one_line(&excerpt.matched)) };
        let of = page.faint(&safe(&excerpt.of, 60));
        page.line(&format!("    {of}: {}{matched}{}", on_one_line(&excerpt.before), on_one_line(&excerpt.after)))?;
    }
    Ok(())
}

pub(super) fn edit(edit: &EditRef) -> String {
    let revision = edit.revision.map_or_else(|| edit.source.clone(), |revision| format!("revision {revision}"));
    let user = edit.user.as_deref().unwrap_or("(hidden)");
    let wiki = if edit.wiki.is_empty() { String::new() } else { format!("{} ", edit.wiki) };
    format!(
        "{} {}{}: \"{}\" by {}",
        edit.at,
        safe(&wiki, 40),
        safe(&revision, 80),
        safe(&edit.title, 80),
        safe(user, 40)
    )
}

pub(super) fn comparison(comparison: &ComparisonReport, page: &mut Page<'_>) -> io::Result<()> {
    page.heading("Compared with the old versions")?;
    let (changed, same): (Vec<&PairReport>, Vec<&PairReport>) =
        comparison.pairs.iter().partition(|pair| pair.gained + pair.lost > 0);
    let rows = changed.iter().map(|pair| {
        let name = if pair.filter == pair.against {
            pair.filter.clone()
        } else {
            format!("{} / {}", pair.filter, pair.against)
        };
        vec![
            safe(&name, 50),
            format!("+{}", number(pair.gained)),
            format!("−{}", number(pair.lost)),
            number(pair.both),
            number(pair.undecided),
            share_of(pair.gained_outcomes.reverted_share),
            share_of(pair.lost_outcomes.reverted_share),
        ]
    });
    let header = ["filter", "gained", "lost", "both match", "undecided", "gained undone", "lost undone"];
    let rows = rows.collect();
    if !changed.is_empty() {
        page.table(&header, &[0], rows)?;
    }
    if !same.is_empty() {
        page.line(&format!(
            "{} matched the same edits in both versions, as far as both decided",
            counted(same.len() as u64, "filter")
        ))?;
    }
    for pair in changed.iter().take(SHOWN_FILTERS_MAX) {
        for (sign, kind, examples) in [("+", "gained", &pair.gained_examples), ("−", "lost", &pair.lost_examples)] {
            if !examples.is_empty() {
                let title = page.bold(&format!("{sign} {}", safe(&pair.filter, 40)));
                page.line(&format!("{title} {kind}"))?;
            }
            for shown in examples {
                example(shown, page)?;
            }
        }
    }
    for (list, lack) in [(&comparison.only_new, "an old"), (&comparison.only_old, "a new")] {
        if !list.is_empty() {
            let shown = keys(list, 12);
            page.line(&format!("{} without {lack} version: {shown}", counted(list.len() as u64, "filter")))?;
        }
    }
    Ok(())
}

fn share_of(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", share * 100.0))
}
