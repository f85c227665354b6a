//! `wikiward filter brake`, `reactivate` and `hold`.

use super::all;
use crate::service::connect::Connect;
use crate::service::path::ApiPath;
use crate::service::show::{self, Column, Output, id, number, text};
use crate::service::with;
use crate::service::{EXIT_REFUSED, exit_codes};
use crate::terminal::Terminal;
use http::Method;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Show what the emergency brake has decided about a filter, and why
#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes!("Example:
  wikiward filter brake enwiki 17"))]
pub struct Status {
    /// Database name of the wiki; `*` for the farm
    wiki: String,
    /// Number of the filter; global-17 for a farm-wide one
    id: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

/// Reactivate braked filters
///
/// The filter does again what it did. Its version, editor, age and counts stay what they are, and it may be braked again.
#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes!("Examples:
  It was an attack: its people do not count against the filter for 30 days:
      wikiward filter reactivate enwiki 17 --because attack
  The matches are right:
      wikiward filter reactivate enwiki 17 --because accepted
  Several at once, after an attack on all of them:
      wikiward filter reactivate enwiki 17 18 global-3 --because attack
  Only the latch that was looked at:
      wikiward filter reactivate enwiki 17 --because accepted --latch lt_0192…"))]
pub struct Reactivate {
    /// Database name of the wiki; `*` for the farm
    wiki: String,
    /// Numbers of the filters; global-17 for a farm-wide one
    #[arg(required = true)]
    id: Vec<String>,
    /// attack, accepted (the matches are right), or other with --reason
    #[arg(long, value_name = "WHY", value_parser = ["attack", "accepted", "other"], hide_possible_values = true)]
    because: String,
    /// Why, in words, for the history
    #[arg(long, value_name = "TEXT", required_if_eq("because", "other"))]
    reason: Option<String>,
    /// Only these classes: D, O or N; may be repeated
    #[arg(long, value_name = "CLASS")]
    class: Vec<String>,
    /// Only if this is still the latch; with one filter
    #[arg(long, value_name = "NAME")]
    latch: Option<String>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

/// Do not brake a filter for a while, or end such a hold
///
/// First the hold is prepared, and what it would do is shown. It counts when it is confirmed, within two minutes, and always
/// ends by itself.
#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes!("Examples:
  Prepare it, and see what it would do:
      wikiward filter hold enwiki 17 --seconds 3600 --reason 'registration flood, the rule was looked at'
  Confirm it:
      wikiward filter hold enwiki 17 --confirm ho_0192… --confirm-token 5f0c… --looked-at 'the last matches'
  End it before its time:
      wikiward filter hold enwiki 17 --end ho_0192…"))]
pub struct Hold {
    /// Database name of the wiki; `*` for the farm
    wiki: String,
    /// Number of the filter; global-17 for a farm-wide one
    id: String,
    /// For how long
    #[arg(long, value_name = "N", requires = "reason", required_unless_present_any = ["confirm", "end"])]
    seconds: Option<u32>,
    /// Why, for the history
    #[arg(long, value_name = "TEXT", requires = "seconds")]
    reason: Option<String>,
    /// Another person will confirm it
    #[arg(long, requires = "seconds")]
    second_person: bool,
    /// Confirm this hold
    #[arg(long, value_name = "HOLD", requires_all = ["confirm_token", "looked_at"], conflicts_with_all = ["seconds", "end"])]
    confirm: Option<String>,
    /// The token that was shown when it was prepared
    #[arg(long, value_name = "WORD", requires = "confirm")]
    confirm_token: Option<String>,
    /// What you looked at
    #[arg(long, value_name = "TEXT", requires = "confirm")]
    looked_at: Option<String>,
    /// End this hold
    #[arg(long, value_name = "HOLD", conflicts_with = "seconds")]
    end: Option<String>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

const FACTS: [Column; 12] = [
    text("filter", "/id"),
    text("wiki", "/wiki"),
    text("profile", "/profile"),
    text("braked", "/latched"),
    text("since", "/since"),
    id("latch", "/latch_id"),
    text("looks safe", "/recovering"),
    text("on all wikis", "/farm_wide"),
    id("held until", "/hold/until"),
    text("held by", "/hold/by"),
    id("hold", "/hold/hold_id"),
    text("ceilings of its own", "/caps"),
];

/// What says nothing where nothing is braked.
const OF_LATCHES: [&str; 2] = ["recovering", "farm_wide"];

const LATCHES: [Column; 8] = [
    text("class", "/class"),
    text("path", "/path"),
    text("since", "/since"),
    number("people", "/evidence/people"),
    number("ranges", "/evidence/ranges"),
    number("S", "/evidence/S"),
    number("h", "/evidence/h"),
    number("destroyed in 1 h", "/evidence/destroyed_1h"),
];

const SHEET: [Column; 9] = [
    id("hold", "/hold_id"),
    id("token", "/confirm_token"),
    text("confirm until", "/confirm_until"),
    text("second person", "/second_person"),
    text("releases", "/releases"),
    text("still latches at", "/caps"),
    number("holds in 7 days", "/holds_7d"),
    number("seconds held in 24 h", "/held_24h_s"),
    text("hit in 24 h", "/hits_24h"),
];

const COUNTED: [Column; 9] = [
    text("kind", "/kind"),
    number("people hit", "/harm/1/people"),
    number("S", "/harm/1/S"),
    number("h", "/harm/1/h"),
    number("missing T", "/missing/T"),
    number("destroyed in 1 h", "/destroyed_1h"),
    number("hit this hour", "/matched_origins_1h"),
    number("of", "/all_origins_1h"),
    text("would have braked", "/would_have_latched/path"),
];

const DONE: [Column; 4] =
    [id("filter", "/id"), text("reactivated", "/reactivated"), text("code", "/code"), text("why not", "/detail")];

fn brake(wiki: &str, id: &str) -> ApiPath {
    all(wiki).part(id).part("brake")
}

/// A brake for people: facts, then a table of latches.
fn page(body: &Value, terminal: &Terminal) -> String {
    let latches = body.get("latches").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if latches.is_empty() {
        let mut calm = body.clone();
        if let Some(fields) = calm.as_object_mut() {
            fields.retain(|name, _| !OF_LATCHES.contains(&name.as_str()));
        }
        return format!("{}The filter is not braked.\n{}", show::facts_text(&calm, &FACTS), counted(body, terminal));
    }
    let latches = show::rows(&LATCHES, latches, terminal.width());
    format!("{}\n{latches}{}", show::facts_text(body, &FACTS), counted(body, terminal))
}

/// What is counted, by kind of action; nothing for who may not see it.
fn counted(body: &Value, terminal: &Terminal) -> String {
    let counted = body.get("statistics").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if counted.is_empty() {
        return String::new();
    }
    format!("\nCounted, of refusals\n{}", show::rows(&COUNTED, counted, terminal.width()))
}

fn print(body: &Value, output: Output, terminal: &Terminal) -> anyhow::Result<()> {
    let text = if output.json { show::pretty(body) } else { page(body, terminal) };
    terminal.print(text.as_bytes())?;
    Ok(())
}

pub(super) async fn status(arguments: &Status, terminal: &Terminal) -> anyhow::Result<()> {
    let path = brake(&arguments.wiki, &arguments.id);
    let answer = with(&arguments.connect, async |client| client.get(&path).await).await?;
    print(&answer.body, arguments.output, terminal)
}

pub(super) async fn reactivate(arguments: &Reactivate, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let Reactivate { wiki, id, because, reason, class, latch, output, connect } = arguments;
    let reason = reason.as_deref().unwrap_or("");
    let mut body = json!({"reason_code": because, "reason": reason, "classes": class});
    if let [id] = id.as_slice() {
        if let Some(latch) = latch {
            body["expect_latch"] = json!(latch);
        }
        let path = brake(wiki, id).part("reactivate");
        let answer = with(connect, async |client| client.send(Method::POST, &path, Some(&body), None).await).await?;
        print(&answer.body, *output, terminal)?;
        return Ok(ExitCode::SUCCESS);
    }
    if latch.is_some() {
        anyhow::bail!("--latch belongs to one filter, and {} are named", id.len());
    }
    body["ids"] = json!(id);
    let path = all(wiki).part("brake").part("reactivate");
    let answer = with(connect, async |client| client.send(Method::POST, &path, Some(&body), None).await).await?.body;
    let items = answer.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let text = if output.json { show::pretty(&answer) } else { show::rows(&DONE, items, terminal.width()) };
    terminal.print(text.as_bytes())?;
    let is_done = |item: &Value| item.get("reactivated").and_then(Value::as_bool).unwrap_or(false);
    Ok(if items.iter().all(is_done) { ExitCode::SUCCESS } else { ExitCode::from(EXIT_REFUSED) })
}

pub(super) async fn hold(arguments: &Hold, terminal: &Terminal) -> anyhow::Result<()> {
    let Hold { wiki, id, output, connect, .. } = arguments;
    let holds = brake(wiki, id).part("holds");
    let send = async |method: Method, path: &ApiPath, body: Option<&Value>| {
        with(connect, async |client| client.send(method.clone(), path, body, None).await).await
    };
    if let Some(hold) = &arguments.end {
        let answer = send(Method::DELETE, &holds.part(hold), None).await?;
        return print(&answer.body, *output, terminal);
    }
    if let Some(hold) = &arguments.confirm {
        let body = json!({"confirm_token": arguments.confirm_token, "acknowledge": arguments.looked_at});
        let answer = send(Method::POST, &holds.part(hold).part("confirm"), Some(&body)).await?;
        return print(&answer.body, *output, terminal);
    }
    let body = json!({
        "seconds": arguments.seconds, "reason": arguments.reason, "second_person": arguments.second_person,
    });
    let sheet = send(Method::POST, &holds, Some(&body)).await?.body;
    let text = if output.json {
        show::pretty(&sheet)
    } else {
        let now = sheet.get("brake").map(|brake| page(brake, terminal)).unwrap_or_default();
        format!("{}\nThe brake as it stands\n{now}", show::facts_text(&sheet, &SHEET))
    };
    terminal.print(text.as_bytes())?;
    Ok(())
}
