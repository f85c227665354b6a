//! Loads a running service with `POST /v1/evaluate`, and says how fast it answers.
//!
//! `WIKIWARD_TOKEN=… cargo run --release --package wikiward-benches --bin load -- --address 127.0.0.1:8480 --saturate`
//!
//! The load is open: requests are due at a constant rate, whatever the answers do, and a latency counts from when its
//! request was *due*, not from when a connection was free to send it. A service that stops for a second shows a second in
//! the figures of every request that was due meanwhile.
//!
//! Begin reading at [`run::run`].

mod bodies;
mod figures;
mod floor;
mod run;
mod search;
mod template;
mod unpaused;
mod watch;
mod wire;

use anyhow::{Context as _, Result};
use bodies::Bodies;
use clap::Parser;
use figures::Figures;
use run::{Course, Plan};
use search::Found;
use serde_json::{Value, json};
use std::process::ExitCode;
use std::time::Duration;
use template::Shares;
use wikiward_testkit::service::Address;

/// Loads a running service with edits to judge.
#[derive(Debug, Parser)]
#[command(after_help = "The environment variable WIKIWARD_TOKEN holds a service token with the scope `evaluate`.")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
struct Arguments {
    /// Where the service listens: HOST:PORT as numbers, or unix:PATH.
    #[arg(long, default_value = "127.0.0.1:8480")]
    address: Address,
    /// The wiki that asks.
    #[arg(long, default_value = "examplewiki")]
    wiki: String,
    /// Size of the page before and after the edit; a request holds both texts.
    #[arg(long, default_value_t = 10_000)]
    page_bytes: usize,
    /// Requests per second; without it and without --saturate, as many as the connections bear.
    #[arg(long)]
    rate: Option<f64>,
    /// Search the highest rate that the service keeps up with, then measure at half of it.
    #[arg(long, conflicts_with = "rate")]
    saturate: bool,
    /// Kept connections.
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Seconds that are measured.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Seconds before that, which do not count.
    #[arg(long, default_value_t = 2.0)]
    warm_up: f64,
    /// Seconds of each step of the search.
    #[arg(long, default_value_t = 3.0)]
    step_seconds: f64,
    /// Percent of the edits that hit the filter that only tags.
    #[arg(long, default_value_t = 2.0)]
    tag_percent: f64,
    /// Percent of the edits that are refused.
    #[arg(long, default_value_t = 0.5)]
    refuse_percent: f64,
    /// Where the generated edits begin.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Measure the generator itself, against a stand-in that does nothing.
    #[arg(long, conflicts_with = "address")]
    floor: bool,
    /// Be that stand-in: say where it listens, and answer until the input ends.
    #[arg(long)]
    stand_in: bool,
    /// Watch these processors meanwhile for pauses of the machine, and tell beside the figures of all requests those of the
    /// requests that no pause touched. Needs chrt, and the permission for real-time priority.
    #[arg(long, value_name = "PROCESSOR", value_delimiter = ',')]
    watch_pauses: Vec<String>,
    /// With --watch-pauses: only say whether that is possible.
    #[arg(long, requires = "watch_pauses")]
    may_watch: bool,
    /// Be a watcher: note when this processor stood still, until the input ends, and tell it as JSON.
    #[arg(long, hide = true)]
    look: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    match load(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn load(arguments: &Arguments) -> Result<()> {
    if arguments.look {
        return watch::look();
    }
    if arguments.may_watch {
        return watch::Watch::start(&arguments.watch_pauses)?.end().map(|_| ());
    }
    if arguments.stand_in {
        return Ok(floor::stand_in()?);
    }
    let shares =
        Shares::percent(arguments.tag_percent, arguments.refuse_percent).context("shares must add up to 100")?;
    let (address, token) = if arguments.floor {
        (floor::start()?, String::new())
    } else {
        (arguments.address.clone(), std::env::var("WIKIWARD_TOKEN").context("WIKIWARD_TOKEN holds no token")?)
    };
    let bodies = Bodies::choose(&address, &token, &arguments.wiki, arguments.page_bytes, arguments.seed)?;
    let plan = Plan {
        address,
        templates: bodies.templates(&token, shares)?,
        connections: arguments.connections.max(1),
        warm_up: Duration::from_secs_f64(arguments.warm_up),
        measured: Duration::from_secs_f64(arguments.seconds),
        seed: arguments.seed,
        watched: arguments.watch_pauses.clone(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (found, figures) = runtime.block_on(async {
        if arguments.saturate {
            let found = search::saturation(&plan, Duration::from_secs_f64(arguments.step_seconds)).await?;
            let half = run::run(&plan, Course::Constant(found.rate / 2.0)).await?;
            anyhow::Ok((Some(found), half))
        } else {
            let course = arguments.rate.map_or(Course::Closed, Course::Constant);
            Ok((None, run::run(&plan, course).await?))
        }
    })?;
    if arguments.json {
        println!("{}", as_json(&bodies, shares, found.as_ref(), &figures));
    } else {
        print_text(&bodies, shares, found.as_ref(), &figures);
    }
    anyhow::ensure!(figures.is_sound(), "{}", figures.complaint());
    Ok(())
}

fn as_json(bodies: &Bodies, shares: Shares, found: Option<&Found>, figures: &Figures) -> Value {
    json!({
        "page_bytes": bodies.page_bytes, "request_bytes": bodies.request_bytes(), "bodies": bodies.len(),
        "tag_percent": shares.tag_percent, "refuse_percent": shares.refuse_percent,
        "conditions_exceeded": bodies.conditions_exceeded,
        "saturation": found.map(Found::to_json),
        "figures": figures.to_json(),
    })
}

fn print_text(bodies: &Bodies, shares: Shares, found: Option<&Found>, figures: &Figures) {
    println!(
        "edits of pages of {} bytes, {} different ones, requests of {} bytes; {} % hit a filter that tags, {} % are refused",
        bodies.page_bytes,
        bodies.len(),
        bodies.request_bytes(),
        shares.tag_percent,
        shares.refuse_percent
    );
    if bodies.conditions_exceeded {
        println!("the filters need more conditions than the group allows: some were not evaluated");
    }
    if let Some(found) = found {
        for step in &found.steps {
            println!(
                "  asked {:>8.0}/s, answered {:>8.0}/s{}",
                step.asked,
                step.answered,
                if step.is_kept_up { "" } else { "  falls behind" }
            );
        }
        println!("keeps up with {:.0} requests/s", found.rate);
    }
    print!("{figures}");
}
