//! `wikiward filter revert`.

use super::all;
use crate::service::connect::Connect;
use crate::service::exit_codes;
use crate::service::path::ApiPath;
use crate::service::show::{self, Column, Output, id, number, text};
use crate::service::{Client, with};
use crate::terminal::Terminal;
use http::Method;
use serde_json::{Value, json};

/// Undo what a filter did, or show what was undone
///
/// First a job is prepared, and what it could undo is shown. It starts when it is confirmed, within an hour; the wikis carry it
/// out and report. Without an option the filter's jobs are listed.
#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes!("Examples:
  See what could be undone:
      wikiward filter revert enwiki 17 --from 2026-03-01T10:00:00Z --consequence block --reason 'the rule was wrong'
  Go on with older hits where a job says that there are some:
      wikiward filter revert enwiki 17 --from 2026-03-01T10:00:00Z --to 2026-03-02T08:15:30.250Z \\
          --consequence block --reason 'the rule was wrong'
  Undo two of the rows:
      wikiward filter revert enwiki 17 --confirm rj_01j… --confirm-token 5f0c… --row 1 --row 4
  Undo all that can be:
      wikiward filter revert enwiki 17 --confirm rj_01j… --confirm-token 5f0c… --all
  See what came of it:
      wikiward filter revert enwiki 17 --show rj_01j…
  Give up what the wikis have not done yet:
      wikiward filter revert enwiki 17 --cancel rj_01j…"))]
pub struct Args {
    /// Database name of the wiki; `*` for the hits of a farm-wide filter on all wikis
    wiki: String,
    /// Number of the filter; global-17 for a farm-wide one
    id: String,
    /// Hits from then
    #[arg(long, value_name = "TIME", requires_all = ["consequence", "reason"])]
    from: Option<String>,
    /// Hits before then; up to now without
    #[arg(long, value_name = "TIME", requires = "from")]
    to: Option<String>,
    /// block, blockautopromote, degroup, or a custom one that can be undone; may be repeated
    #[arg(long, value_name = "NAME", requires = "from")]
    consequence: Vec<String>,
    /// Why, for the history
    #[arg(long, value_name = "TEXT", requires = "from")]
    reason: Option<String>,
    /// Confirm this job
    #[arg(long, value_name = "JOB", conflicts_with_all = ["from", "show", "cancel"])]
    confirm: Option<String>,
    /// The token that was shown when it was prepared
    #[arg(long, value_name = "WORD", requires = "confirm")]
    confirm_token: Option<String>,
    /// Undo this row; may be repeated
    #[arg(long, value_name = "N", requires = "confirm")]
    row: Vec<u32>,
    /// Undo all rows that can be
    #[arg(long, requires = "confirm", conflicts_with = "row")]
    all: bool,
    /// Show this job
    #[arg(long, value_name = "JOB", conflicts_with_all = ["from", "cancel"])]
    show: Option<String>,
    /// Give up what is left of this job
    #[arg(long, value_name = "JOB", conflicts_with = "from")]
    cancel: Option<String>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

const JOBS: [Column; 6] = [
    id("job", "/job_id"),
    text("prepared", "/prepared_at"),
    text("by", "/by"),
    text("state", "/state"),
    text("rows", "/counts"),
    text("reason", "/reason"),
];

const FACTS: [Column; 8] = [
    id("job", "/job_id"),
    id("token", "/confirm_token"),
    text("state", "/state"),
    text("consequences", "/consequences"),
    text("from", "/from"),
    text("to", "/to"),
    text("reason", "/reason"),
    text("confirm until", "/confirm_until"),
];

const ROWS: [Column; 8] = [
    number("row", "/row"),
    text("at", "/at"),
    text("wiki", "/wiki"),
    text("user", "/user"),
    text("consequence", "/consequence"),
    text("state", "/state"),
    text("why", "/cause"),
    text("note", "/note"),
];

fn page(body: &Value, terminal: &Terminal) -> String {
    let rows = body.get("rows").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let facts = show::facts_text(body, &FACTS);
    let table = if rows.is_empty() {
        "Nothing that the filter did then can be seen.\n".to_owned()
    } else {
        show::rows(&ROWS, rows, terminal.width())
    };
    let is_cut = body.get("cut").and_then(Value::as_bool).unwrap_or(false);
    let more = match body.get("rest_to").and_then(Value::as_str) {
        Some(to) => format!("… there are older ones: prepare another job for them, with --to {to}\n"),
        None if is_cut => {
            "… there are more within a millisecond than one job has: ask for one consequence at a time.\n".to_owned()
        }
        None => String::new(),
    };
    format!("{facts}\n{table}{more}")
}

pub(super) async fn run(arguments: &Args, terminal: &Terminal) -> anyhow::Result<()> {
    let Args { wiki, id, output, connect, .. } = arguments;
    let jobs = all(wiki).part(id).part("revert-jobs");
    let send = async |method: Method, path: &ApiPath, body: Option<&Value>| {
        with(connect, async |client: &Client| client.send(method.clone(), path, body, None).await).await
    };
    let body = if let Some(from) = &arguments.from {
        let mut ask = json!({"from": from, "consequences": arguments.consequence, "reason": arguments.reason});
        if let Some(to) = &arguments.to {
            ask["to"] = json!(to);
        }
        send(Method::POST, &jobs, Some(&ask)).await?.body
    } else if let Some(job) = &arguments.confirm {
        let path = jobs.part(job);
        let rows = if arguments.all { open(connect, &path).await? } else { arguments.row.clone() };
        let body = json!({"confirm_token": arguments.confirm_token, "rows": rows});
        send(Method::POST, &path.part("confirm"), Some(&body)).await?.body
    } else if let Some(job) = &arguments.show {
        with(connect, async |client| client.get(&jobs.clone().part(job)).await).await?.body
    } else if let Some(job) = &arguments.cancel {
        send(Method::DELETE, &jobs.part(job), None).await?.body
    } else {
        let rows = with(connect, async |client| client.list(&jobs, 0).await).await?;
        show::list(&rows, &JOBS, "Nothing that the filter did was undone.", *output, terminal)?;
        return Ok(());
    };
    let text = if output.json { show::pretty(&body) } else { page(&body, terminal) };
    terminal.print(text.as_bytes())?;
    Ok(())
}

/// Numbers of the rows of a job that can be chosen.
async fn open(connect: &Connect, path: &ApiPath) -> anyhow::Result<Vec<u32>> {
    let job = with(connect, async |client| client.get(path).await).await?.body;
    let rows = job.get("rows").and_then(Value::as_array).into_iter().flatten();
    let open = rows.filter(|row| row.get("state").and_then(Value::as_str) == Some("open"));
    Ok(open.filter_map(|row| u32::try_from(row.get("row")?.as_u64()?).ok()).collect())
}
