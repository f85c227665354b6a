//! What would have been done, for people and as JSON.

use super::replay::{Case, Judged};
use crate::backtest::visible::{counted, on_one_line};
use crate::brake::report::{letter, number, path};
use crate::brake::table::plain;
use crate::terminal::Terminal;
use serde_json::{Value, json};
use std::fmt::Write as _;
use wikiward_filters::brake::Path;
use wikiward_filters::brake::simulate::{Algorithm, Consequences, Evidence};
use wikiward_filters::model::Class;

impl Case {
    /// A line for each latch of each algorithm: algorithm, what, when, on what evidence.
    pub(in crate::brake) fn lines(&self) -> Vec<[String; 4]> {
        let mut lines = Vec::new();
        for (algorithm, watch) in Algorithm::ALL.iter().zip(&self.watches) {
            let counts = watch.counts;
            let after = format!(
                "in all {} of people refused, {} passed that were undone",
                counted(u64::from(counts.refused), "edit"),
                counts.passed
            );
            if watch.latches.is_empty() {
                lines.push([algorithm.name().to_owned(), "nothing".to_owned(), "–".to_owned(), after]);
                continue;
            }
            for evidence in &watch.latches {
                lines.push([
                    algorithm.name().to_owned(),
                    format!("latch {}", letter(evidence.latch.class)),
                    evidence.at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
                    in_words(evidence),
                ]);
            }
            lines.push([algorithm.name().to_owned(), "after it".to_owned(), String::new(), after]);
        }
        lines
    }
}

/// Evidence in words.
fn in_words(evidence: &Evidence) -> String {
    if let Some((matches, actions)) = evidence.counted {
        return format!("{matches} matches of {actions} edits");
    }
    let Some(readings) = &evidence.readings else { return String::new() };
    let how = match evidence.latch.path {
        Some(Path::Harm) => {
            let harm = readings.harm.iter().find(|it| it.class == evidence.latch.class);
            harm.map(|it| {
                format!(
                    "S {} ≥ h {}, {} people in good standing from {} ranges",
                    number(it.sum),
                    number(it.threshold),
                    it.people,
                    it.ranges
                )
            })
        }
        Some(Path::Missing) => readings.missing.map(|it| {
            format!(
                "T {} ≥ {}, {} expected, {} came unmatched, {} origins matched",
                number(it.pull),
                number(it.threshold),
                number(it.expected),
                it.unmatched,
                it.matched
            )
        }),
        Some(Path::Ceiling) => Some(format!(
            "{} targets in an hour, {} in a day, and one more",
            readings.destroyed.0, readings.destroyed.1
        )),
        Some(Path::Compat | Path::Farm | Path::Migrated) | None => None,
    };
    format!("{}; {}", path(evidence.latch.path), how.unwrap_or_default())
}

/// The table.
pub(super) fn table(judged: &Judged, terminal: &Terminal) -> String {
    let mut text = format!("{} judged", counted(judged.edits, "edit"));
    if let (Some(first), Some(last), Some(saved)) = (judged.first, judged.last, judged.saved) {
        let _ = write!(text, " from {first} to {last}; filters count as saved at {saved}");
    }
    text.push('\n');
    for case in &judged.cases {
        let _ = writeln!(
            text,
            "\n{} on {} ({}): {} of {} matched, {} of them by people in good standing, {} undone later{}",
            on_one_line(&case.filter),
            on_one_line(if case.wiki.is_empty() { "an unnamed wiki" } else { &case.wiki }),
            names(case.consequences).join(", "),
            case.matched,
            counted(case.edits, "edit"),
            case.matched_good,
            case.matched_undone,
            if case.undecided > 0 { format!("; {} undecided", case.undecided) } else { String::new() }
        );
        let rows = case.lines().into_iter().map(Vec::from).collect();
        text.push_str(&plain(&["algorithm", "what", "when", "evidence"], &[], rows, terminal));
    }
    if !judged.silent.is_empty() {
        let _ = writeln!(text, "\nmatched nothing: {}", on_one_line(&judged.silent.join(", ")));
    }
    text
}

fn names(of: Consequences) -> Vec<&'static str> {
    let all = [
        (of.block, "block"),
        (of.block_range, "rangeblock"),
        (of.take_autopromotion, "blockautopromote"),
        (of.degroup, "degroup"),
        (of.disallow, "disallow"),
        (of.warn, "warn"),
    ];
    all.into_iter().filter(|(has, _)| *has).map(|(_, name)| name).collect()
}

/// The same as JSON.
pub(super) fn json(judged: &Judged) -> serde_json::Result<String> {
    let cases: Vec<Value> = judged.cases.iter().map(case_json).collect();
    serde_json::to_string_pretty(&json!({
        "edits": judged.edits,
        "first": judged.first.map(|at| at.to_string()),
        "last": judged.last.map(|at| at.to_string()),
        "saved": judged.saved.map(|at| at.to_string()),
        "silent": judged.silent,
        "filters": cases,
    }))
}

fn case_json(case: &Case) -> Value {
    let results: Vec<Value> = Algorithm::ALL
        .iter()
        .zip(&case.watches)
        .map(|(algorithm, watch)| {
            let counts = watch.counts;
            json!({
                "algorithm": algorithm.name(),
                "latches": watch.latches.iter().map(latch_json).collect::<Vec<_>>(),
                "refused": counts.refused,
                "blocked": counts.blocked,
                "warned": counts.warned,
                "passed": counts.passed,
                "stopped": counts.stopped,
            })
        })
        .collect();
    json!({
        "filter": case.filter,
        "wiki": case.wiki,
        "consequences": names(case.consequences),
        "edits": case.edits,
        "matched": case.matched,
        "matched_in_standing": case.matched_good,
        "matched_undone": case.matched_undone,
        "undecided": case.undecided,
        "results": results,
    })
}

fn latch_json(evidence: &Evidence) -> Value {
    let harm = |class: Class| evidence.readings.and_then(|it| it.harm.into_iter().find(|it| it.class == class));
    let missing = evidence.readings.and_then(|it| it.missing);
    json!({
        "class": letter(evidence.latch.class),
        "path": evidence.latch.path.map(Path::letter),
        "at": evidence.at.to_string(),
        "minutes": evidence.latch.minutes,
        "harm": harm(evidence.latch.class).map(|it| json!({
            "sum": it.sum, "threshold": it.threshold, "people": it.people, "ranges": it.ranges,
        })),
        "missing": missing.map(|it| json!({
            "evidence": it.pull, "threshold": it.threshold, "expected": it.expected,
            "unmatched": it.unmatched, "matched": it.matched,
        })),
        "destroyed": evidence.readings.map(|it| json!({"hour": it.destroyed.0, "day": it.destroyed.1})),
        "counted": evidence.counted.map(|(matches, actions)| json!({"matches": matches, "actions": actions})),
    })
}
