//! `wikiward stats` and `wikiward filter stats`.

use super::connect::Connect;
use super::path::ApiPath;
use super::show::{self, Column, Output, id, number, text, whole};
use super::{exit_codes, with};
use crate::terminal::Terminal;
use serde_json::Value;
use std::fmt::Write as _;
use std::process::ExitCode;

/// Show what the filters of a wiki did: how often they ran and matched, how long they took
#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes!("Examples:
  wikiward stats enwiki
  The last week, day by day:
      wikiward stats enwiki --from 2026-11-14 --step 86400 --steps
  Filters by the time that they take:
      wikiward stats enwiki --json | jq -r '.filters | sort_by(-.time_us.mean)[] | [.filter, .time_us.mean] | @tsv'
Counts of a running service are written every minute: without --server, what is shown is up to a minute old."))]
pub struct Stats {
    /// Database name of the wiki
    wiki: String,
    #[command(flatten)]
    span: Span,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

/// Show what a filter did: how often it ran and matched, how long it took, what it asked for
#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes!("Examples:
  wikiward filter stats enwiki 17
  In steps of five minutes since a moment:
      wikiward filter stats enwiki 17 --from 2026-11-21T12:00:00Z --step 300 --steps
  A farm-wide filter on all wikis:
      wikiward filter stats '*' 3
Times and conditions are samples: one run in 64, and every run for a while after a slow one. Counts of a running service are
written every minute: without --server, what is shown is up to a minute old."))]
pub struct OfFilter {
    /// Database name of the wiki; `*` for the farm
    wiki: String,
    /// Number of the filter; global-17 for a farm-wide one
    id: String,
    #[command(flatten)]
    span: Span,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

/// Which time.
#[derive(Debug, clap::Args)]
struct Span {
    /// Not before this time: 2026-11-21, or 2026-11-21T14:00:00Z; a day ago if it is not said
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Seconds of a step: a multiple of 300 within the last day, of 3600 before
    #[arg(long, value_name = "SECONDS")]
    step: Option<u32>,
    /// Show every step in which anything happened
    #[arg(long)]
    steps: bool,
}

impl Span {
    fn on(&self, path: ApiPath) -> anyhow::Result<ApiPath> {
        Ok(path
            .query_if("from", self.from.as_deref().map(super::hit::moment).transpose()?)
            .query_if("to", self.to.as_deref().map(super::hit::moment).transpose()?)
            .query_if("step", self.step))
    }
}

const GROUP: [Column; 6] = [
    text("group", "/group"),
    number("judged", "/total/verdicts"),
    number("matched", "/total/matched"),
    number("hits", "/total/hits"),
    number("stopped", "/total/refused"),
    number("p95 µs", "/total/whole/time_us/p95"),
];

const GROUP_STEP: [Column; 5] = [
    id("from", "/at"),
    number("judged", "/verdicts"),
    number("matched", "/matched"),
    number("hits", "/hits"),
    number("stopped", "/refused"),
];

const LINES: [Column; 8] = [
    id("filter", "/filter"),
    text("name", "/name"),
    number("runs", "/evaluations"),
    number("matches", "/matches"),
    number("hits", "/hits"),
    number("p95 µs", "/time_us/p95"),
    number("cond.", "/conditions/mean"),
    number("errors", "/errors"),
];

const STEPS: [Column; 6] = [
    id("from", "/at"),
    number("runs", "/evaluations"),
    number("matches", "/matches"),
    number("hits", "/hits"),
    number("stopped", "/refusals"),
    number("p95 µs", "/time_us/p95"),
];

const ASKED: [Column; 3] = [text("variable", "/variable"), number("times", "/times"), number("alone", "/alone")];

const FACTS: [Column; 20] = [
    text("filter", "/filter"),
    text("name", "/name"),
    text("state", "/state"),
    text("from", "/from"),
    text("to", "/to"),
    text("stands out", "/marks"),
    number("coverage", "/coverage"),
    number("runs", "/total/evaluations"),
    number("matches", "/total/matches"),
    number("hits", "/total/hits"),
    number("stopped", "/total/refusals"),
    number("errors", "/total/errors"),
    number("over budget", "/total/over_budget"),
    number("degraded", "/total/degraded"),
    number("skipped", "/total/skipped"),
    number("slow", "/total/slow"),
    number("µs, half below", "/total/time_us/p50"),
    number("µs, 99 % below", "/total/time_us/p99"),
    number("µs, most", "/total/time_us/max"),
    number("conditions", "/total/conditions/mean"),
];

pub(super) async fn run(arguments: &Stats, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let path = arguments.span.on(ApiPath::of_wiki(&arguments.wiki).part("stats"))?;
    let body = with(&arguments.connect, async |client| client.get(&path).await).await?.body;
    let text = if arguments.output.json {
        show::pretty(&body)
    } else {
        wiki_page(&body, arguments.span.steps, terminal.width())
    };
    terminal.print(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn of_filter(arguments: &OfFilter, terminal: &Terminal) -> anyhow::Result<()> {
    let path = ApiPath::of_wiki(&arguments.wiki).part("filters").part(&arguments.id).part("stats");
    let path = arguments.span.on(path)?;
    let body = with(&arguments.connect, async |client| client.get(&path).await).await?.body;
    let text = if arguments.output.json {
        show::pretty(&body)
    } else {
        filter_page(&body, arguments.span.steps, terminal.width())
    };
    terminal.print(text.as_bytes())?;
    Ok(())
}

fn list<'b>(body: &'b Value, name: &str) -> &'b [Value] {
    body.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn wiki_page(body: &Value, with_steps: bool, width: usize) -> String {
    let groups = list(body, "groups");
    if groups.is_empty() {
        return "Nothing was judged in this time.\n".into();
    }
    let mut page = format!("{} to {}\n\n", moment(body, "from"), moment(body, "to"));
    page.push_str(&show::rows(&GROUP, groups, width));
    for group in groups.iter().filter(|_| with_steps) {
        let _ = write!(page, "\n{}\n", group.get("group").map(whole).unwrap_or_default());
        page.push_str(&show::rows(&GROUP_STEP, &busy(list(group, "steps"), "verdicts"), width));
    }
    let filters = list(body, "filters");
    if !filters.is_empty() {
        page.push('\n');
        page.push_str(&show::rows(&LINES, filters, width));
    }
    page
}

fn filter_page(body: &Value, with_steps: bool, width: usize) -> String {
    let mut page = show::facts_text(body, &FACTS);
    for change in list(body, "rule_changes") {
        let version = change.get("version").map(whole).unwrap_or_default();
        let _ = writeln!(page, "the rule became version {version} on {}", moment(change, "at"));
    }
    let asked = list(body, "asked");
    if !asked.is_empty() {
        page.push('\n');
        page.push_str(&show::rows(&ASKED, asked, width));
    }
    if let Some(wikis) = body.get("wikis").and_then(Value::as_object).filter(|wikis| !wikis.is_empty()) {
        let count = |counts: &Value, name: &str| counts.get(name).map(whole).unwrap_or_default();
        let line = |(wiki, counts): (&String, &Value)| {
            vec![wiki.clone(), count(counts, "evaluations"), count(counts, "matches"), count(counts, "hits")]
        };
        page.push('\n');
        let rows = wikis.iter().map(line).collect();
        page.push_str(&show::table(&["wiki", "runs", "matches", "hits"], &[1, 2, 3], rows, width));
    }
    if with_steps {
        page.push('\n');
        page.push_str(&show::rows(&STEPS, &busy(list(body, "steps"), "evaluations"), width));
    }
    page
}

/// Steps in which anything happened.
fn busy(steps: &[Value], name: &str) -> Vec<Value> {
    steps.iter().filter(|step| step.get(name).and_then(Value::as_u64).unwrap_or(0) > 0).cloned().collect()
}

fn moment(body: &Value, name: &str) -> String {
    body.get(name).map(whole).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_filters_page_says_what_it_did() {
        let body = json!({
            "filter": "17", "name": "Link spam", "state": "shadow", "from": "2026-11-20T12:00:00.000Z",
            "to": "2026-11-21T13:00:00.000Z", "marks": ["slow", "spike"], "coverage": 0.993,
            "total": {"evaluations": 1000, "matches": 3, "time_us": {"p50": 12, "p99": 64, "max": 70}, "conditions": {"mean": 2.5}},
            "steps": [{"at": "2026-11-20T12:00:00.000Z", "evaluations": 0}, {"at": "2026-11-20T13:00:00.000Z", "evaluations": 1000,
                "matches": 3, "time_us": {"p95": 48}}],
            "asked": [{"variable": "new_links", "times": 7, "alone": 2}],
            "rule_changes": [{"at": "2026-11-20T12:30:00.000Z", "version": 4}],
        });
        let page = filter_page(&body, true, 100);
        assert!(
            page.starts_with("filter           17\nname             Link spam\nstate            shadow\n"),
            "{page}"
        );
        assert!(
            page.contains("\nstands out       slow, spike\ncoverage         0.993\nruns             1000\n"),
            "{page}"
        );
        assert!(page.contains("\nthe rule became version 4 on 2026-11-20 12:30:00\n"), "{page}");
        assert!(page.contains(" new_links       7       2\n"), "{page}");
        assert!(page.contains(" 2026-11-20 13:00:00   1000         3                        48\n"), "{page}");
        assert!(!page.contains("2026-11-20 12:00:00  "), "a step in which nothing happened is left out: {page}");
    }

    #[test]
    fn a_wikis_page_says_so_when_nothing_was_judged() {
        assert_eq!(wiki_page(&json!({"groups": []}), false, 80), "Nothing was judged in this time.\n");
    }
}
