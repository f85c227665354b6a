//! `wikiward filter candidate`: a changed rule beside a filter in force.

use super::all;
use super::backtest::text::brake;
use super::source::{self, Source};
use crate::service::connect::Connect;
use crate::service::exit_codes;
use crate::service::path::ApiPath;
use crate::service::show::{self, Column, Limit, Output, id, number, text};
use crate::service::with;
use crate::terminal::Terminal;
use clap::Subcommand;
use http::Method;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;

/// What to do with candidates.
#[derive(Debug, Subcommand)]
pub enum CandidateCommand {
    /// Start a candidate: run a changed rule beside the filter, without effect
    #[command(after_help = exit_codes!("Examples:
  wikiward filter candidate start enwiki 17 narrower.rule --days 7 --reason 'fewer false positives'
  With other consequences, as a document:
      wikiward filter candidate start enwiki 17 17.json"))]
    Start {
        #[command(flatten)]
        of: Of,
        /// Plain text of a rule, or a document (JSON) with rules and perhaps actions; `-` is standard input
        file: PathBuf,
        /// For how many days, 1 to 14
        #[arg(long, value_name = "N", default_value_t = 7)]
        days: u32,
        /// Why, for the history
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// Show candidates of a filter, or what came of one
    #[command(after_help = exit_codes!("Examples:
  wikiward filter candidate show enwiki 17
  What did one do differently?
      wikiward filter candidate show enwiki 17 0192…
  On which actions?
      wikiward filter candidate show enwiki 17 0192… --actions only-candidate"))]
    Show {
        #[command(flatten)]
        of: Of,
        /// Id of the candidate
        candidate: Option<String>,
        /// List the actions: only-live, only-candidate, both or undecided
        #[arg(long, value_name = "WHICH", requires = "candidate",
            value_parser = ["only-live", "only-candidate", "both", "undecided"], hide_possible_values = true)]
        actions: Option<String>,
        #[command(flatten)]
        limit: Limit,
    },
    /// Stop a candidate; what came of it is kept for a month
    #[command(after_help = exit_codes!("Example:
  wikiward filter candidate stop enwiki 17 0192…"))]
    Stop {
        #[command(flatten)]
        of: Of,
        /// Id of the candidate
        candidate: String,
    },
    /// Save a candidate as the next version of its filter
    #[command(after_help = exit_codes!("Example:
  wikiward filter candidate promote enwiki 17 0192… --reason 'a week without a false positive'"))]
    Promote {
        #[command(flatten)]
        of: Of,
        /// Id of the candidate
        candidate: String,
        /// Version that it replaces; the present one if nothing is said
        #[arg(long, value_name = "N")]
        over: Option<u64>,
        /// Why, for the history
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
        /// Why a rule that destroys was not tested on past actions
        #[arg(long, value_name = "WHY", default_value = "")]
        skip_backtest: String,
        /// Why tests that fail do not matter
        #[arg(long, value_name = "WHY", default_value = "")]
        override_tests: String,
    },
}

/// Which filter, and how to reach the service.
#[derive(Debug, clap::Args)]
pub struct Of {
    /// Database name of the wiki; `*` for the farm
    wiki: String,
    /// Number of the filter; global-17 for a farm-wide one
    id: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

const LIST: [Column; 6] = [
    id("candidate", "/id"),
    text("running", "/running"),
    text("started", "/started_at"),
    text("by", "/started_by/name"),
    text("ended", "/ended_why"),
    text("reason", "/reason"),
];

const FACTS: [Column; 17] = [
    text("filter", "/filter"),
    id("candidate", "/id"),
    text("running", "/running"),
    number("made from version", "/base_version"),
    number("version in force", "/version"),
    text("started", "/started_at"),
    text("by", "/started_by/name"),
    text("ends", "/ends_at"),
    text("ended", "/ended_why"),
    text("reason", "/reason"),
    number("both match", "/counts/both"),
    number("only in force", "/counts/only_live"),
    number("only candidate", "/counts/only_candidate"),
    number("neither", "/counts/neither"),
    number("undecided", "/counts/undecided"),
    number("errors", "/errors"),
    number("coverage", "/coverage"),
];

const GOOD: [Column; 3] =
    [number("both match", "/both"), number("only in force", "/only_live"), number("only candidate", "/only_candidate")];

const ACTIONS: [Column; 6] = [
    id("when", "/at"),
    text("actor", "/actor/name"),
    text("good standing", "/good_standing"),
    text("page", "/target/title"),
    text("decision", "/decision"),
    id("action", "/action_id"),
];

impl Of {
    fn path(&self) -> ApiPath {
        all(&self.wiki).part(&self.id).part("candidates")
    }
}

pub(super) async fn run(command: &CandidateCommand, terminal: &Terminal) -> anyhow::Result<()> {
    match command {
        CandidateCommand::Start { of, file, days, reason } => {
            let mut body = match source::read(file)? {
                Source::Rule(rules) => json!({"rules": rules}),
                Source::Document { body, .. } => {
                    let kept =
                        ["rules", "actions"].into_iter().filter_map(|name| Some((name, body.get(name)?.clone())));
                    Value::Object(kept.map(|(name, value)| (name.to_owned(), value)).collect())
                }
            };
            body["days"] = json!(days);
            body["reason"] = json!(reason);
            let path = of.path();
            let sent = with(&of.connect, async |client| client.send(Method::POST, &path, Some(&body), None).await);
            print(&sent.await?.body, of.output, terminal)
        }
        CandidateCommand::Show { of, candidate: None, limit: _, .. } => {
            let path = of.path();
            let body = with(&of.connect, async |client| client.get(&path).await).await?.body;
            let rows = body.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let text = match (of.output.json, rows) {
                (true, _) => show::pretty(&body),
                (false, []) => "There is no candidate.\n".to_owned(),
                (false, rows) => show::rows(&LIST, rows, terminal.width()),
            };
            terminal.print(text.as_bytes())?;
            Ok(())
        }
        CandidateCommand::Show { of, candidate: Some(candidate), actions: Some(which), limit } => {
            let path = of.path().part(candidate).part("actions").query("verdicts", &which.replace('-', "_"));
            let rows = with(&of.connect, async |client| client.list(&path, limit.limit).await).await?;
            Ok(show::list(&rows, &ACTIONS, "There is no such action.", of.output, terminal)?)
        }
        CandidateCommand::Show { of, candidate: Some(candidate), .. } => {
            let path = of.path().part(candidate);
            let body = with(&of.connect, async |client| client.get(&path).await).await?.body;
            print(&body, of.output, terminal)
        }
        CandidateCommand::Stop { of, candidate } => {
            let path = of.path().part(candidate);
            let sent = with(&of.connect, async |client| client.send(Method::DELETE, &path, None, None).await);
            print(&sent.await?.body, of.output, terminal)
        }
        CandidateCommand::Promote { of, candidate, over, reason, skip_backtest, override_tests } => {
            let body =
                json!({"reason": reason, "skip_backtest_reason": skip_backtest, "override_tests": override_tests});
            let (filter, path) = (all(&of.wiki).part(&of.id), of.path().part(candidate).part("promote"));
            let saved = with(&of.connect, async |client| {
                let version = match over {
                    Some(over) => Some(format!("\"{over}\"")),
                    None => client.get(&filter).await?.etag,
                };
                client.send(Method::POST, &path, Some(&body), version.as_deref()).await
            });
            let saved = saved.await?.body;
            let text = if of.output.json {
                show::pretty(&saved)
            } else {
                let version = saved.pointer("/filter/version").map(show::whole).unwrap_or_default();
                format!("Filter {} is now at version {version}.\n", of.id)
            };
            terminal.print(text.as_bytes())?;
            Ok(())
        }
    }
}

fn print(body: &Value, output: Output, terminal: &Terminal) -> anyhow::Result<()> {
    let text = if output.json { show::pretty(body) } else { page(body) };
    terminal.print(text.as_bytes())?;
    Ok(())
}

/// A candidate for people: facts, what it did to people in good standing, then its rule.
fn page(body: &Value) -> String {
    let mut page = show::facts_text(body, &FACTS);
    if let Some(good) = body.get("good_standing") {
        let _ = write!(page, "\nof people in good standing\n{}", show::facts_text(good, &GOOD));
    }
    if let Some(forecast) = body.get("forecast") {
        let _ = write!(page, "\n{}\n", brake(forecast));
    }
    page.push_str("\nrule\n");
    for line in body.get("rules").and_then(Value::as_str).unwrap_or("").trim_end().lines() {
        let line = crate::backtest::visible::on_one_line(line);
        page.push_str(format!("  {line}").trim_end());
        page.push('\n');
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candidate_is_told_of_with_what_the_brake_would_have_done() {
        let forecast = json!({"replayed": 900, "coverage": 1.0, "matches": 7, "none": null, "latch": null});
        let one = page(&json!({"id": "0192", "filter": "17", "rules": "1 &\n2", "forecast": forecast}));
        assert!(one.contains("\nThe emergency brake would not have stopped it: 7 matches.\n"), "{one}");
        assert!(one.ends_with("\nrule\n  1 &\n  2\n"), "{one}");
        let started = page(&json!({"id": "0192", "filter": "17", "rules": "1"}));
        assert!(!started.contains("brake"), "nothing is known of one that was just started");
    }
}
