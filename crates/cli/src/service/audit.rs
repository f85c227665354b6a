//! `wikiward audit`.

use super::connect::Connect;
use super::path::ApiPath;
use super::show::{self, Column, Limit, Output, id, number, text, whole};
use super::{EXIT_REFUSED, exit_codes, with};
use crate::terminal::Terminal;
use clap::Subcommand;
use serde_json::Value;
use std::process::ExitCode;

/// What to do with the audit log.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// List entries, newest first
    #[command(after_help = exit_codes!("Examples:
  wikiward audit list --wiki enwiki
  What became of one token:
      wikiward audit list --subject token:01jd3q…"))]
    List {
        /// Those of this wiki only; `*` for the farm
        #[arg(long, value_name = "WIKI")]
        wiki: Option<String>,
        /// Those about this thing only, such as wiki:enwiki
        #[arg(long, value_name = "SUBJECT")]
        subject: Option<String>,
        /// Those by this person or program only, as `--json` names it in `by`
        #[arg(long, value_name = "KEY")]
        by: Option<String>,
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
    /// Go through the whole log and say whether an entry was changed or removed
    #[command(
        after_help = "Each entry has a digest that covers the one before it. Who can write the database could write the whole log anew: a copy
of it elsewhere (`audit list --limit 0 --json`) shows that, too.

Example:
  wikiward audit verify || mail -s 'audit log broken' root

Exit codes:
  0  the log is whole
  1  it is not
  2  the service or its database cannot be reached"
    )]
    Verify {
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        output: Output,
        #[command(flatten)]
        #[expect(missing_docs, reason = "its arguments bring their own text, which one here would hide")]
        connect: Connect,
    },
}

const COLUMNS: [Column; 7] = [
    number("no.", "/seq"),
    id("when", "/at"),
    text("by", "/by_name"),
    text("wiki", "/wiki"),
    text("what", "/action"),
    id("to", "/subject"),
    text("reason", "/reason"),
];

pub(super) async fn run(command: &AuditCommand, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let all = ApiPath::new("/v1/audit");
    match command {
        AuditCommand::List { wiki, subject, by, limit, output, connect } => {
            let path = all
                .query_if("wiki", wiki.as_deref())
                .query_if("subject", subject.as_deref())
                .query_if("by", by.as_deref());
            let rows = with(connect, async |client| client.list(&path, limit.limit).await).await?;
            show::list(&rows, &COLUMNS, "There is no such entry.", *output, terminal)?;
            Ok(ExitCode::SUCCESS)
        }
        AuditCommand::Verify { output, connect } => {
            let body = with(connect, async |client| client.get(&all.part("verify")).await).await?.body;
            let (is_whole, text) = verdict(&body);
            let text = if output.json { show::pretty(&body) } else { text };
            terminal.print(text.as_bytes())?;
            Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::from(EXIT_REFUSED) })
        }
    }
}

fn verdict(body: &Value) -> (bool, String) {
    let fact = |name: &str| body.get(name).map(whole).unwrap_or_default();
    match body.get("status").and_then(Value::as_str) {
        Some("whole") => (true, format!("The audit log is whole: {} entries.\n", fact("entries"))),
        Some("short") => {
            (false, format!("Entries are gone: the last is {}, but there was a {}.\n", fact("found"), fact("wanted")))
        }
        _ => (false, format!("Entry {} was changed, or the one before it removed.\n", fact("seq"))),
    }
}
