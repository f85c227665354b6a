//! `wikiward filter optout`.

use super::all;
use crate::service::connect::Connect;
use crate::service::exit_codes;
use crate::service::show::{self, Output, whole};
use crate::service::with;
use crate::terminal::Terminal;
use http::Method;
use serde_json::{Value, json};

/// Show what a wiki leaves of a farm-wide filter, or change it
///
/// Without --mode it is shown.
#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes!("Examples:
  wikiward filter optout enwiki global-3
  Let it match and do nothing:
      wikiward filter optout enwiki global-3 --mode log --reason 'too many false positives'
  Let it do everything but block:
      wikiward filter optout enwiki global-3 --mode without --consequence block
  As the farm has it again:
      wikiward filter optout enwiki global-3 --mode on"))]
pub struct Args {
    /// Database name of the wiki
    wiki: String,
    /// The farm-wide filter, such as global-3
    id: String,
    /// on: as the farm has it; off: not at all; log: rows only; without: all but some consequences
    #[arg(long, value_parser = ["on", "off", "log", "without"], hide_possible_values = true)]
    mode: Option<String>,
    /// A consequence to do without, with the mode without; may be repeated
    #[arg(long, value_name = "NAME", requires = "mode")]
    consequence: Vec<String>,
    /// Why, for the history
    #[arg(long, value_name = "TEXT", requires = "mode")]
    reason: Option<String>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

pub(super) async fn run(arguments: &Args, terminal: &Terminal) -> anyhow::Result<()> {
    let path = all(&arguments.wiki).part(&arguments.id).part("optout");
    let body = arguments.mode.as_ref().map(|mode| {
        json!({"mode": mode, "consequences": arguments.consequence, "reason": arguments.reason.as_deref().unwrap_or("")})
    });
    let answer = with(&arguments.connect, async |client| match &body {
        Some(body) => client.send(Method::PUT, &path, Some(body), None).await,
        None => client.get(&path).await,
    });
    let answer = answer.await?.body;
    let text = if arguments.output.json { show::pretty(&answer) } else { sentence(arguments, &answer) };
    terminal.print(text.as_bytes())?;
    Ok(())
}

fn sentence(arguments: &Args, answer: &Value) -> String {
    let Args { wiki, id, .. } = arguments;
    let without = answer.get("consequences").map(whole).unwrap_or_default();
    match answer.get("mode").and_then(Value::as_str) {
        Some("off") => format!("{wiki} has switched {id} off.\n"),
        Some("log") => format!("On {wiki}, {id} leaves rows and does nothing.\n"),
        Some("without") => format!("On {wiki}, {id} runs without: {without}.\n"),
        _ => format!("{wiki} has {id} as the farm has it.\n"),
    }
}
