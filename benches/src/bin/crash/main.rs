//! Kills the service again and again under load, and looks whether anything was lost or doubled.
//!
//! `cargo xtask crash --times 200`
//!
//! Each round: start, check what the round before left, load over several connections, kill with SIGKILL at a random
//! moment. What must hold, however it ends:
//! * an action that was answered `refuse` has its hit;
//! * no action has two hits of one filter;
//! * asked again, an answered action gets the same answer;
//! * an action whose answer never came is judged once when it is asked again.

mod ledger;
mod load;
mod records;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use ledger::{Ledger, Totals};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;
use wikiward_testkit::random::Random;
use wikiward_testkit::requests;
use wikiward_testkit::service::{Launch, Wiki};

/// The wiki that asks.
const WIKI: &str = "examplewiki";

/// Kills the service under load and checks what is left.
#[derive(Debug, Parser)]
struct Arguments {
    /// The program.
    #[arg(long)]
    program: PathBuf,
    /// Folder for the service's data; what an earlier run left there is removed.
    #[arg(long)]
    folder: PathBuf,
    /// How often to kill it.
    #[arg(long, default_value_t = 5)]
    times: u32,
    /// Connections that load it.
    #[arg(long, default_value_t = 4)]
    connections: usize,
    /// Longest time under load before it is killed, in milliseconds.
    #[arg(long, default_value_t = 800)]
    load_ms_max: u64,
    /// Most milliseconds from a start to ready.
    #[arg(long, default_value_t = 2_000)]
    ready_ms_max: u64,
    /// Where the random moments begin.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    match crash(&Arguments::parse()) {
        Ok(totals) => {
            println!("{totals}");
            if totals.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("crash: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn crash(arguments: &Arguments) -> Result<Totals> {
    let folder = arguments.folder.join("crash");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("{} cannot be emptied", folder.display()))?;
    }
    let mut launch = Launch::new(&arguments.program, &folder, None).map_err(anyhow::Error::from_boxed)?;
    launch.environment.push(("WIKIWARD_LOG".to_owned(), "error".to_owned()));
    let filters = requests::marked_filters(arguments.seed, 20);
    let farm = launch
        .make_farm(&[Wiki { name: WIKI, language: "en", filters: &filters }])
        .map_err(anyhow::Error::from_boxed)?;
    ensure!(
        farm.imported == filters.len(),
        "{} of {} filters are there: {}",
        farm.imported,
        filters.len(),
        farm.refused
    );
    let edits = load::Edits::new(WIKI, arguments.seed, &farm.token);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut random = Random::new(arguments.seed);
    let mut totals = Totals::new(Duration::from_millis(arguments.ready_ms_max));
    let mut ledger = Ledger::default();
    for round in 0..=arguments.times {
        let process = launch.start().map_err(anyhow::Error::from_boxed)?;
        totals.started(process.ready_after, round > 0);
        // What the killed service had answered, and what it had not.
        ledger.check(&edits, process.address(), &mut totals)?;
        runtime.block_on(ledger.check_stored(&launch.database(), &mut totals))?;
        if round == arguments.times {
            process.stop().map_err(anyhow::Error::from_boxed)?;
            break;
        }
        let moment = 20 + random.below(usize::try_from(arguments.load_ms_max.saturating_sub(20)).unwrap_or(usize::MAX));
        let moment = Duration::from_millis(u64::try_from(moment).unwrap_or(u64::MAX));
        let address = process.address().clone();
        ledger = load::under_load(&edits, &address, arguments.connections, round, &mut random, || {
            sleep(moment);
            process.kill().map_err(anyhow::Error::from_boxed)
        })?;
        totals.killed(&ledger);
    }
    Ok(totals)
}
