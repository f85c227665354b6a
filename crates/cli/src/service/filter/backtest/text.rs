//! The report of a backtest for people.

use crate::backtest::visible::{counted, number, on_one_line, percent};
use crate::service::show::{self, Column, id, text};
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// Classes of a comparison, in the order in which they are shown.
pub(super) const CLASSES: [&str; 4] = ["gained", "lost", "both", "undecided"];

/// Variables that are named as missing.
const MISSING_MAX: usize = 5;

const EXAMPLE: [Column; 7] = [
    id("when", "/at"),
    text("kind", "/kind"),
    text("actor", "/actor/name"),
    text("page", "/target/title"),
    text("became", "/outcome"),
    id("hit", "/hit"),
    text("not known", "/missing"),
];

/// Everything that the service says of a backtest.
pub(super) fn report(job: &Value, examples: &Map<String, Value>, width: usize) -> String {
    let mut page = String::new();
    let report = job.get("report").unwrap_or(&Value::Null);
    let count = |pointer: &str| report.pointer(pointer).and_then(Value::as_u64).unwrap_or(0);
    let real = |pointer: &str| report.pointer(pointer).and_then(Value::as_f64);
    let actions = count("/actions");
    if actions == 0 {
        return "Nothing that was asked for is kept, or may be seen.\n".to_owned();
    }
    // Writing to a string does not fail.
    let _ = write!(page, "Tried on {}", counted(actions, "action"));
    if let Some(oldest) = report.get("oldest").filter(|oldest| !oldest.is_null()) {
        let _ = write!(page, ", the oldest of {}", show::whole(oldest));
    }
    let _ = writeln!(
        page,
        "{}.",
        match report.get("cut").and_then(Value::as_str) {
            Some("max") => "; there are more",
            Some("time") => "; then the time was up",
            _ => "",
        }
    );
    page.push('\n');
    let mut facts: Vec<(&str, String)> = Vec::new();
    let mut counts = |name: &'static str, pointer: &str| {
        let found = count(pointer);
        facts.push((name, format!("{}  {}", number(found), percent(found, actions))));
    };
    counts("undecided", "/counts/undecided");
    counts("match", "/counts/match");
    counts("no match", "/counts/no_match");
    counts("error", "/counts/error");
    if let Some(missing) = report.get("missing").and_then(Value::as_array).filter(|missing| !missing.is_empty()) {
        let one = |it: &Value| {
            let (name, times) = (it.get("name").and_then(Value::as_str), it.get("actions").and_then(Value::as_u64));
            format!("{} ({})", name.unwrap_or_default(), number(times.unwrap_or(0)))
        };
        let names: Vec<String> = missing.iter().take(MISSING_MAX).map(one).collect();
        facts.insert(1, ("not known", names.join(", ")));
    }
    for (name, pointer) in [("matches a day", "/per_day"), ("undecided a day", "/undecided_per_day")] {
        let of = |member: &str| real(&format!("{pointer}/{member}"));
        if let (Some(value), Some(low), Some(high)) = (of("value"), of("low"), of("high")) {
            facts.push((name, format!("{}  ({} to {} in 95 of 100 cases)", round(value), round(low), round(high))));
        }
    }
    if let Some(diff) = report.get("diff").and_then(Value::as_object) {
        let of = |name: &str| number(diff.get(name).and_then(Value::as_u64).unwrap_or(0));
        facts.push(("gained", of("gained")));
        facts.push(("lost", of("lost")));
        facts.push(("both", of("both")));
    }
    for (name, pointer) in [("conditions", "/conditions"), ("microseconds", "/time_us")] {
        let of = |member: &str| number(count(&format!("{pointer}/{member}")));
        facts.push((name, format!("{} (half), {} (95 %), {} at most", of("p50"), of("p95"), of("max"))));
    }
    let widest = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, value) in facts {
        let _ = writeln!(page, "{name:widest$}  {value}");
    }
    for (heading, member) in
        [("outcome", "by_outcome"), ("standing", "by_standing"), ("actor", "by_actor_type"), ("kind", "by_kind")]
    {
        split(&mut page, heading, report.get(member), width);
    }
    if let Some(forecast) = report.get("forecast").filter(|it| it.is_object()) {
        let _ = write!(page, "\n{}\n", brake(forecast));
    }
    for class in CLASSES {
        let Some(items) = examples.get(class).and_then(Value::as_array).filter(|items| !items.is_empty()) else {
            continue;
        };
        let _ = write!(page, "\n{class}, the newest\n{}", show::rows(&EXAMPLE, items, width));
    }
    page
}

/// Counts by one property, if there are several values.
fn split(page: &mut String, heading: &str, counts: Option<&Value>, width: usize) {
    let Some(counts) = counts.and_then(Value::as_object).filter(|counts| counts.len() > 1) else { return };
    let row = |(name, counts): (&String, &Value)| {
        let of = |member: &str| number(counts.get(member).and_then(Value::as_u64).unwrap_or(0));
        vec![on_one_line(name).into_owned(), of("match"), of("no_match"), of("undecided"), of("error")]
    };
    let rows: Vec<Vec<String>> = counts.iter().map(row).collect();
    let header = [heading, "match", "no match", "undecided", "error"];
    page.push('\n');
    page.push_str(&show::table(&header, &[1, 2, 3, 4], rows, width));
}

/// What the emergency brake would have done, in words.
pub(in crate::service::filter) fn brake(forecast: &Value) -> String {
    let text = |pointer: &str| forecast.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let count = |pointer: &str| forecast.pointer(pointer).and_then(Value::as_u64).unwrap_or(0);
    let coverage = forecast.get("coverage").and_then(Value::as_f64).unwrap_or(0.0);
    let mut words = match text("/none").as_str() {
        "harmless" => return "The emergency brake does not watch a rule that does nothing to people.".to_owned(),
        "not_observed" => {
            return "Nothing can be said of the emergency brake: none of the actions was in the sample.".to_owned();
        }
        "compat" => return "Nothing can be said of the emergency brake: the filter has AbuseFilter's own.".to_owned(),
        _ if forecast.get("latch").is_none_or(Value::is_null) => {
            format!("The emergency brake would not have stopped it: {}.", matches(count("/matches")))
        }
        _ => {
            let why = match text("/latch/path").as_str() {
                "A" => format!(
                    "{} in good standing from {} were hit",
                    counted_people(count("/latch/people")),
                    counted(count("/latch/ranges"), "range")
                ),
                "B" => "normal traffic went missing".to_owned(),
                _ => "too much was taken away at once".to_owned(),
            };
            let what = match text("/latch/class").as_str() {
                "D" => "its destructive consequences",
                "O" => "all that it does but tags",
                _ => "its warnings and challenges",
            };
            let at = forecast.pointer("/latch/at").map(show::whole).unwrap_or_default();
            format!(
                "The emergency brake would have withheld {what} from {at} on, after {}: {why}.",
                matches(count("/matches"))
            )
        }
    };
    if coverage > 0.0 && coverage < 0.995 {
        let _ = write!(
            words,
            " That is by {:.1} % of the actions; with all of them it would have come sooner.",
            coverage * 100.0
        );
    }
    words
}

fn matches(count: u64) -> String {
    if count == 1 { "one match".to_owned() } else { format!("{} matches", number(count)) }
}

fn counted_people(count: u64) -> String {
    if count == 1 { "one person".to_owned() } else { format!("{} people", number(count)) }
}

/// A number with as many places as say something.
fn round(value: f64) -> String {
    if value >= 100.0 {
        format!("{value:.0}")
    } else if value >= 1.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_report_begins_with_what_is_not_known() {
        let counts =
            |matched: u64, undecided: u64| json!({"match": matched, "no_match": 5, "undecided": undecided, "error": 0});
        let job = json!({"report": {
            "actions": 1000, "oldest": "2026-11-07T14:00:00.000Z", "cut": null, "counts": {"match": 30, "no_match": 770, "undecided": 200, "error": 0},
            "missing": [{"name": "page_age", "actions": 200}], "per_day": {"value": 12.34, "low": 8.0, "high": 18.9},
            "undecided_per_day": null, "diff": {"gained": 10, "lost": 2, "both": 20, "neither": 768, "undecided": 200},
            "conditions": {"p50": 3, "p95": 4, "max": 9}, "time_us": {"p50": 12, "p95": 64, "max": 4000},
            "by_outcome": {"saved": counts(20, 100), "refused": counts(10, 100)}, "by_kind": {"edit": counts(30, 200)},
            "forecast": {"replayed": 900, "coverage": 0.5, "matches": 7, "none": null,
                "latch": {"at": "2026-11-08T14:00:00.000Z", "class": "O", "path": "A", "people": 5, "ranges": 3}},
        }});
        let example = json!([{"at": "2026-11-08T14:00:00.000Z", "kind": "edit", "actor": {"name": "A\u{1b}[2J"},
            "target": {"title": "Foo"}, "outcome": "saved", "hit": null, "missing": null}]);
        let examples = Map::from_iter([("gained".to_owned(), example)]);
        let wanted = "\
Tried on 1,000 actions, the oldest of 2026-11-07 14:00:00.

undecided      200  20.0 %
not known      page_age (200)
match          30  3.0 %
no match       770  77.0 %
error          0  0 %
matches a day  12.3  (8.0 to 18.9 in 95 of 100 cases)
gained         10
lost           2
both           20
conditions     3 (half), 4 (95 %), 9 at most
microseconds   12 (half), 64 (95 %), 4,000 at most
";
        let page = report(&job, &examples, 120);
        assert!(page.starts_with(wanted), "{page}");
        assert!(
            page.contains(
                "The emergency brake would have withheld all that it does but tags from 2026-11-08 14:00:00 on"
            )
        );
        assert!(page.contains("5 people in good standing from 3 ranges were hit. That is by 50.0 %"));
        assert!(page.contains("gained, the newest") && !page.contains('\u{1b}'), "{page}");
        let empty = json!({"report": {"actions": 0}});
        assert_eq!(report(&empty, &Map::new(), 80), "Nothing that was asked for is kept, or may be seen.\n");
    }
}
