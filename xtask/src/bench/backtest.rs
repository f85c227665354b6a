//! `cargo xtask bench backtest`: how long a rule takes over archived actions in a running service, and its page meanwhile.

use super::{filled, steward};
use crate::run::{build_program, built, cargo, step, target};
use anyhow::{Context, Error, Result, ensure};
use serde_json::{Value, json};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};
use wikiward_testkit::service::{Client, Launch, Wiki};

/// The wiki whose actions the archive's measuring program writes.
const WIKI: &str = "enwiki";

/// A rule as people write them, one that matches nothing, and one that everything matches.
const RULES: [&str; 3] = [
    "action == 'edit' & user_editcount < 100 & lcase(added_lines) rlike '(buy|cheap|http)' & !('sysop' in user_groups)",
    "summary contains 'never written'",
    "1",
];

/// How long actions are kept, in days: the longest there is.
const DAYS: u32 = 90;

/// Longest time of a backtest.
const JOB_MAX: Duration = Duration::from_secs(5);

/// Longest time of its page, 95 of 100 times, in milliseconds.
const PAGE_MS_MAX: f64 = 50.0;

/// How often somebody looks at the page.
const LOOKS_EVERY: Duration = Duration::from_millis(50);

/// Most looks at one backtest.
const LOOKS_MAX: usize = 2_000;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Actions that are there; days of them are kept, at 2,000 a day.
    #[arg(long, default_value_t = 100_000)]
    actions: u64,
    /// Cargo profile: `release` for figures to be told, `quick` for iterating.
    #[arg(long, default_value = "release")]
    profile: String,
}

pub(super) fn bench(arguments: &Arguments) -> Result<()> {
    let program = build_program(&arguments.profile)?;
    let build = ["build", "--profile", &arguments.profile, "--package", "wikiward-benches", "--bin", "archive"];
    step("build archive", &mut cargo(build))?;
    let mut launch = Launch::new(&program, &target().join("bench/backtest"), None).map_err(Error::from_boxed)?;
    launch.environment.push(("WIKIWARD_ARCHIVE_DAYS".to_owned(), DAYS.to_string()));
    let mut filling = Command::new(built(&arguments.profile, "archive"));
    filled::store(&launch, filling.arg(launch.database()).args([&arguments.actions.to_string(), "fill"]))?;
    launch.make_farm(&[Wiki { name: WIKI, language: "en", filters: &[] }]).map_err(Error::from_boxed)?;
    let node = launch.start().map_err(Error::from_boxed)?;
    let session = steward::session(&node)?;
    let mut asking = Client::new(node.address().clone(), Some(&session));
    let cookie = format!("wikiward-session={session}");
    let mut browser = Client::new(node.address().clone(), None).with_header("Cookie", &cookie);
    println!("\n{:>9} {:>8} {:>7} {:>8} {:>8} {:>8}  rule", "actions", "took s", "looks", "p50 ms", "p95", "longest");
    for rule in RULES {
        watched(&mut asking, &mut browser, rule, arguments.actions)?;
    }
    node.stop().map_err(Error::from_boxed)?;
    Ok(())
}

/// Starts a backtest and looks at its page until it has ended.
fn watched(asking: &mut Client, browser: &mut Client, rule: &str, wanted: u64) -> Result<()> {
    let list = format!("/v1/wikis/{WIKI}/backtests");
    let begun = Instant::now();
    let ask = json!({"rules": rule, "actions": {"from": "2000-01-01T00:00:00Z", "max": 1_000_000}});
    let job = asking.json("POST", &list, Some(&ask)).map_err(Error::from_boxed)?;
    let number = &job["id"];
    let mut looks = Vec::new();
    let mut job = Value::Null;
    while looks.len() < LOOKS_MAX {
        let look = Instant::now();
        let page = browser.call("GET", &format!("/w/{WIKI}/backtests/{}", plain(number)), "", &[])?;
        looks.push(look.elapsed());
        ensure!(page.status == 200, "the page was answered {}", page.status);
        job = asking.json("GET", &format!("{list}/{}", plain(number)), None).map_err(Error::from_boxed)?;
        if job["state"] != "running" {
            break;
        }
        thread::sleep(LOOKS_EVERY);
    }
    let took = begun.elapsed();
    ensure!(job["state"] == "done", "the backtest ended as {}", job["state"]);
    let actions = job["report"]["actions"].as_u64().context("the report counts no actions")?;
    ensure!(actions > wanted - wanted / 20, "only {actions} actions were there: the others were not kept");
    looks.sort_unstable();
    let high = filled::ms(&looks, 95);
    let is_good = took <= JOB_MAX && high <= PAGE_MS_MAX;
    println!(
        "{actions:>9} {:>8.1} {:>7} {:>8.1} {high:>8.1} {:>8.1}  {rule}{}",
        took.as_secs_f64(),
        looks.len(),
        filled::ms(&looks, 50),
        filled::ms(&looks, 100),
        if is_good { "" } else { "  (wanted: 5 s, p95 below 50 ms)" },
    );
    Ok(())
}

/// An id as it stands in an address.
fn plain(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}
