//! `wikiward filter`.

mod backtest;
mod brake;
mod candidate;
mod diff;
mod findings;
mod list;
mod optout;
mod port;
mod revert;
mod save;
mod source;
mod test;

use super::connect::Connect;
use super::path::ApiPath;
use super::show::{self, Column, Limit, Output, id, number, text};
use super::{exit_codes, with};
use crate::terminal::Terminal;
use clap::Subcommand;
use serde_json::Value;
use std::fmt::Write as _;
use std::process::ExitCode;

/// What to do with filters.
#[derive(Debug, Subcommand)]
pub enum FilterCommand {
    /// List filters
    #[command(after_help = exit_codes!("Examples:
  wikiward filter list enwiki
  The farm's own filters:
      wikiward filter list '*'
  Which filters block somebody?
      wikiward filter list enwiki --consequence block --state enabled
  Which rules read a variable?
      wikiward filter list enwiki --search added_links --scope all
  Rules of all filters, for another tool:
      wikiward filter list enwiki --limit 0 --json | jq -r '[.id, .rules] | @tsv'"))]
    List(Box<list::Args>),
    /// Show one filter, or one of its versions
    #[command(after_help = exit_codes!("Examples:
  wikiward filter show enwiki 17
  As it was:
      wikiward filter show enwiki 17 --version 3
  Its rule, for `wikiward rule`:
      wikiward filter show enwiki 17 --rule > 17.rule
  Change it as a document:
      wikiward filter show enwiki 17 --json > 17.json
      wikiward filter save enwiki 17.json"))]
    Show {
        /// Database name of the wiki; `*` for the farm
        wiki: String,
        /// Number of the filter; global-17 for a farm-wide one
        id: String,
        /// Show this version instead of the present one
        #[arg(long, value_name = "N")]
        version: Option<u32>,
        /// Print the rule's text only
        #[arg(long, conflicts_with = "json")]
        rule: bool,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        output: Output,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        connect: Connect,
    },
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Save(Box<save::Args>),
    /// Show what became of a filter over time, newest first
    #[command(after_help = exit_codes!("Example:
  wikiward filter history enwiki 17"))]
    History {
        /// Database name of the wiki; `*` for the farm
        wiki: String,
        /// Number of the filter; global-17 for a farm-wide one
        id: String,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        limit: Limit,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        output: Output,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        connect: Connect,
    },
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Diff(diff::Args),
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Stats(super::stats::OfFilter),
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Explain(super::explain::OfFilter),
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Optout(optout::Args),
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Backtest(Box<backtest::Args>),
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Brake(brake::Status),
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Reactivate(brake::Reactivate),
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Hold(Box<brake::Hold>),
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Revert(Box<revert::Args>),
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Import(port::Import),
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Test(test::Args),
    /// Run a changed rule beside a filter in force, without effect, and make it the next version
    #[command(subcommand)]
    Candidate(Box<candidate::CandidateCommand>),
    #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
    Export(port::Export),
}

const FACTS: [Column; 18] = [
    text("filter", "/id"),
    text("wiki", "/wiki"),
    text("name", "/name"),
    text("state", "/state"),
    number("version", "/version"),
    text("group", "/group"),
    text("actions", "/actions"),
    text("privacy", "/privacy"),
    number("priority", "/priority"),
    text("tier", "/tier"),
    text("scope", "/scope"),
    text("maintainers", "/maintainers"),
    text("edited", "/edited_at"),
    text("by", "/edited_by/name"),
    text("reason", "/reason"),
    number("hits", "/hits"),
    text("changed fields", "/changed_fields"),
    text("origin", "/origin"),
];

const HISTORY: [Column; 7] = [
    id("when", "/at"),
    text("what", "/kind"),
    number("version", "/version"),
    text("by", "/by/name"),
    text("changed", "/changed_fields"),
    text("because", "/reason_code"),
    text("reason", "/reason"),
];

fn all(wiki: &str) -> ApiPath {
    ApiPath::of_wiki(wiki).part("filters")
}

pub(super) async fn run(command: &FilterCommand, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    match command {
        FilterCommand::List(arguments) => list::run(arguments, terminal).await?,
        FilterCommand::Show { wiki, id, version, rule, output, connect } => {
            let path = all(wiki).part(id);
            let path = version.map_or(path.clone(), |version| path.part("versions").part(&version.to_string()));
            let body = with(connect, async |client| client.get(&path).await).await?.body;
            let rules = body.get("rules").and_then(Value::as_str).unwrap_or("");
            if *rule {
                terminal.print(format!("{rules}\n").as_bytes())?;
            } else if output.json {
                terminal.print(show::pretty(&body).as_bytes())?;
            } else {
                terminal.print(page(&body).as_bytes())?;
            }
        }
        FilterCommand::Save(arguments) => return save::run(arguments, terminal).await,
        FilterCommand::History { wiki, id, limit, output, connect } => {
            let path = all(wiki).part(id).part("history");
            let rows = with(connect, async |client| client.list(&path, limit.limit).await).await?;
            show::list(&rows, &HISTORY, "Nothing has become of it.", *output, terminal)?;
        }
        FilterCommand::Diff(arguments) => diff::run(arguments, terminal).await?,
        FilterCommand::Stats(arguments) => super::stats::of_filter(arguments, terminal).await?,
        FilterCommand::Explain(arguments) => super::explain::of_filter(arguments, terminal).await?,
        FilterCommand::Optout(arguments) => optout::run(arguments, terminal).await?,
        FilterCommand::Backtest(arguments) => return backtest::run(arguments, terminal).await,
        FilterCommand::Brake(arguments) => brake::status(arguments, terminal).await?,
        FilterCommand::Reactivate(arguments) => return brake::reactivate(arguments, terminal).await,
        FilterCommand::Hold(arguments) => brake::hold(arguments, terminal).await?,
        FilterCommand::Revert(arguments) => revert::run(arguments, terminal).await?,
        FilterCommand::Import(arguments) => return port::import(arguments, terminal).await,
        FilterCommand::Test(arguments) => return test::run(arguments, terminal).await,
        FilterCommand::Candidate(command) => candidate::run(command, terminal).await?,
        FilterCommand::Export(arguments) => port::export(arguments, terminal).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A filter for people: facts, then rule and notes with their own lines.
fn page(body: &Value) -> String {
    let mut page = show::facts_text(body, &FACTS);
    for (name, heading) in [("rules", "rule"), ("notes", "notes")] {
        let lines = body.get(name).and_then(Value::as_str).unwrap_or("").trim_end();
        if !lines.is_empty() {
            let _ = write!(page, "\n{heading}\n");
            for line in lines.lines() {
                // Text of a filter comes from people: nothing in it moves the cursor.
                let line = crate::backtest::visible::on_one_line(line);
                page.push_str(format!("  {line}").trim_end());
                page.push('\n');
            }
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_filter_is_shown_with_its_rule() {
        let body = json!({
            "id": "17", "wiki": "enwiki", "name": "Link spam", "state": "enabled", "version": 9, "group": "default",
            "actions": {"tag": ["possible spam"], "warn": ["a-message"]}, "privacy": {"hidden": true, "protected": false},
            "scope": null, "rules": "a == 1 &\n\u{1b}[2J b", "notes": "", "edited_by": {"id": 5, "name": "Admin"},
        });
        let wanted = "filter          17\n\
                      wiki            enwiki\n\
                      name            Link spam\n\
                      state           enabled\n\
                      version         9\n\
                      group           default\n\
                      actions         {\"tag\":[\"possible spam\"],\"warn\":[\"a-message\"]}\n\
                      privacy         hidden\n\
                      by              Admin\n\
                      \n\
                      rule\n\
                      \x20 a == 1 &\n\
                      \x20 ⟨U+001B⟩[2J b\n";
        assert_eq!(page(&body), wanted);
    }
}
