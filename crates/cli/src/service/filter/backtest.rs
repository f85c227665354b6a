//! `wikiward filter backtest`.

pub(super) mod text;

use super::all;
use super::source::{self, Source};
use crate::backtest::visible::{counted, number};
use crate::service::client::Client;
use crate::service::connect::Connect;
use crate::service::exit_codes;
use crate::service::path::ApiPath;
use crate::service::show;
use crate::service::with;
use crate::terminal::Terminal;
use anyhow::bail;
use http::Method;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Map, Value, json};
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// How often the service is asked how far it is.
const ASK_EVERY: Duration = Duration::from_millis(250);

/// Steps of the bar.
const STEPS: u64 = 1_000;

/// Try a rule on actions that the service has kept, before anybody relies on it
///
/// The service keeps actions that filters hit, and a fair sample of the rest, for 14 days unless the configuration says
/// otherwise. What the rule reads and nobody kept is told as undecided, never as no match. At the end stands whether the
/// emergency brake would have stopped the rule. With a number alone, the filter's present rule is tried; with `--rules`,
/// that of a file, beside the filter's.
#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes!("Examples:
  What does filter 17 do?
      wikiward filter backtest enwiki 17
  What would change if its rule were this one?
      wikiward filter backtest enwiki 17 --rules 17.rule
  A rule that is no filter yet, on edits of unregistered people in March:
      wikiward filter backtest enwiki --rules new.rule --kind edit --actor-type ip --actor-type temp \\
          --from 2026-03-01T00:00:00Z --to 2026-04-01T00:00:00Z
  How many actions would match in a day, for a program:
      wikiward filter backtest enwiki 17 --json | jq .report.per_day.value"))]
pub struct Args {
    /// Database name of the wiki; `*` for the farm
    wiki: String,
    /// Number of the filter; global-17 for a farm-wide one
    #[arg(required_unless_present = "rules")]
    id: Option<String>,
    /// Try the rule in this file, which is compared with the filter's; `-` is standard input
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Compare with this version of the filter instead of the present one
    #[arg(long, value_name = "N", requires_all = ["id", "rules"])]
    version: Option<u32>,
    /// The group of the rule; that of the filter if it is not said, or else `default`
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// Only actions of this kind; may be repeated
    #[arg(long, value_name = "KIND")]
    kind: Vec<String>,
    /// Only actions of these: named, temp, ip; may be repeated
    #[arg(long, value_name = "TYPE")]
    actor_type: Vec<String>,
    /// Not before this time, such as 2026-03-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Only actions from here: archive or hits
    #[arg(long, value_name = "SOURCE")]
    source: Vec<String>,
    /// Most actions
    #[arg(long, value_name = "N")]
    max: Option<u64>,
    /// Most actions to show of each class of the comparison; 0 shows none
    #[arg(long, value_name = "N", default_value_t = 5)]
    examples: usize,
    /// Print JSON for programs: the backtest with its report, and the actions of each class
    #[arg(long, display_order = 700)]
    json: bool,
    #[command(flatten)]
    connect: Connect,
}

pub(super) async fn run(arguments: &Args, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let (job, examples) = with(&arguments.connect, async |client| {
        let body = wanted(arguments, client).await?;
        let jobs = ApiPath::of_wiki(&arguments.wiki).part("backtests");
        let started = client.send(Method::POST, &jobs, Some(&body), None).await?.body;
        let Some(id) = started.get("id").and_then(Value::as_str).map(str::to_owned) else {
            bail!("the answer is no backtest. Is the service of the same version as this program?")
        };
        let path = jobs.part(&id);
        let job = follow(client, &path, started, arguments.json).await?;
        let mut examples = Map::new();
        if arguments.examples > 0 {
            for class in text::CLASSES {
                let found = client.get(&path.clone().part("diff").query("class", &class)).await?.body;
                let items = found.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
                examples.insert(class.to_owned(), items.into_iter().take(arguments.examples).collect());
            }
        }
        Ok((job, examples))
    })
    .await?;
    let state = job.get("state").and_then(Value::as_str).unwrap_or_default().to_owned();
    if arguments.json {
        let mut job = job;
        if let Some(members) = job.as_object_mut() {
            members.insert("examples".to_owned(), Value::Object(examples));
        }
        terminal.print(show::pretty(&job).as_bytes())?;
    } else {
        terminal.print(text::report(&job, &examples, terminal.width()).as_bytes())?;
    }
    if state != "done" {
        terminal.complain(&format!("the backtest was {state}: these numbers are not all"));
        return Ok(ExitCode::from(crate::service::EXIT_REFUSED));
    }
    Ok(ExitCode::SUCCESS)
}

/// What is sent.
async fn wanted(arguments: &Args, client: &Client) -> anyhow::Result<Value> {
    let filter = match &arguments.id {
        Some(id) => Some(client.get(&all(&arguments.wiki).part(id)).await?.body),
        None => None,
    };
    let of_filter = |name: &str| filter.as_ref().and_then(|filter| filter.get(name)).cloned();
    let mut body = json!({
        "actions": {
            "kinds": arguments.kind,
            "actor_types": arguments.actor_type,
            "from": arguments.from,
            "to": arguments.to,
            "sources": arguments.source,
            "max": arguments.max,
        },
    });
    let group = arguments.group.clone().map(Value::from).or_else(|| of_filter("group"));
    if let Some(group) = group {
        body["group"] = group;
    }
    match &arguments.rules {
        Some(path) => {
            let (rules, actions) = match source::read(path)? {
                Source::Rule(rules) => (Value::from(rules), None),
                Source::Document { body, .. } => {
                    (body.get("rules").cloned().unwrap_or_default(), body.get("actions").cloned())
                }
            };
            body["rules"] = rules;
            if let Some(actions) = actions {
                body["consequences"] = actions;
            }
            if let Some(id) = &arguments.id {
                body["against"] = json!({"filter": id, "version": arguments.version});
            }
        }
        None => {
            body["rules"] = of_filter("rules").unwrap_or_default();
            body["consequences"] = of_filter("actions").unwrap_or_else(|| json!({}));
        }
    }
    Ok(body)
}

/// Waits until the backtest is over; shows how far it is.
async fn follow(client: &Client, path: &ApiPath, mut job: Value, is_quiet: bool) -> anyhow::Result<Value> {
    let bar = bar(is_quiet);
    while job.get("state").and_then(Value::as_str) == Some("running") {
        tokio::time::sleep(ASK_EVERY).await;
        job = client.get(path).await?.body;
        let share = job.pointer("/progress/share").and_then(Value::as_f64).unwrap_or(0.0);
        let count = |pointer: &str| job.pointer(pointer).and_then(Value::as_u64).unwrap_or(0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "shown")]
        let rate = job.pointer("/progress/per_second").and_then(Value::as_f64).unwrap_or(0.0) as u64;
        let (actions, matches) = (count("/report/actions"), count("/report/counts/match"));
        bar.set_message(format!("{}, {}/s, {} matched", counted(actions, "action"), number(rate), number(matches)));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "shown"
        )]
        bar.set_position((share * STEPS as f64) as u64);
    }
    bar.finish_and_clear();
    Ok(job)
}

fn bar(is_quiet: bool) -> ProgressBar {
    if is_quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(STEPS), ProgressDrawTarget::stderr_with_hz(8));
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}  {eta} left") {
        bar.set_style(style);
    }
    bar
}
