//! `cargo xtask bench serve`: what the service bears on one core.
//!
//! The service runs on core 0 with SQLite, the generator on core 1. The load is open (see `benches/src/bin/load`): first
//! the highest rate that the service keeps up with, then latencies at half of it, or at the rate that is asked for.

use crate::run::{build_program, built, cargo, step, target};
use anyhow::{Context, Error, Result, bail, ensure};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::available_parallelism;
use wikiward_testkit::requests;
use wikiward_testkit::service::{Launch, Wiki};

/// The wiki that asks.
const WIKI: &str = "examplewiki";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Numbers of filters.
    #[arg(long, value_delimiter = ',', default_values_t = [20, 200, 1_000])]
    filters: Vec<usize>,
    /// Page sizes in bytes.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000])]
    bytes: Vec<usize>,
    /// The program to measure, instead of building it: to compare with another build in the same minutes.
    #[arg(long)]
    program: Option<PathBuf>,
    /// Cargo profile: `release` for figures to be told, `quick` for iterating.
    #[arg(long, default_value = "release")]
    profile: String,
    /// Requests per second at which latencies are measured; without it, half of the highest rate.
    #[arg(long)]
    rate: Option<f64>,
    /// Seconds of the measurement.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Seconds of each step of the search for the rate.
    #[arg(long, default_value_t = 3.0)]
    step_seconds: f64,
    /// Kept connections.
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Through a socket in the file system instead of TCP.
    #[arg(long)]
    unix: bool,
    /// Pin nothing to cores.
    #[arg(long)]
    no_pin: bool,
    /// Where the generated filters and texts begin.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(super) fn bench(arguments: &Arguments) -> Result<()> {
    let is_pinned = !arguments.no_pin && available_parallelism().is_ok_and(|cores| cores.get() > 1);
    let program = match &arguments.program {
        Some(program) => program.clone(),
        None => build_program(&arguments.profile)?,
    };
    let build = ["build", "--profile", &arguments.profile, "--package", "wikiward-benches", "--bin", "load"];
    step("build load", &mut cargo(build))?;
    let load = built(&arguments.profile, "load");
    let folder = target().join("bench");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    println!(
        "\nOne server{} on SQLite; open load over {} connections{}; edits of pages, old and new text sent; 2 % hit a filter \
         that tags, 0.5 % are refused",
        if is_pinned { " on one core" } else { "" },
        arguments.connections,
        if arguments.unix { " of a socket" } else { "" },
    );
    let pauses = if is_pinned { pauses(&load)? } else { Vec::new() };
    println!(
        "{:>8} {:>9} {:>10} {:>12} {:>12} {:>9} {:>9} {:>9} {:>13} {:>10} {:>8}",
        "filters",
        "page",
        "request",
        "verdicts/s",
        "at",
        "p50 ms",
        "p99 ms",
        "p99.9 ms",
        "refusal p99",
        "(load p99)",
        "MB"
    );
    let mut cells = Vec::new();
    for &count in &arguments.filters {
        ensure!(count >= 2, "at least 2 filters are needed: one that tags and one that refuses");
        for &bytes in &arguments.bytes {
            let cell = measure(arguments, is_pinned, &program, &load, &folder, count, bytes)
                .with_context(|| format!("{count} filters, pages of {bytes} bytes"))?;
            let figure = |path: &str| cell.pointer(path).and_then(Value::as_f64).unwrap_or(f64::NAN);
            println!(
                "{count:>8} {bytes:>7} B {:>8} B {:>12.0} {:>10.0}/s {:>9.3} {:>9.3} {:>9.3} {:>13.3} {:>10.3} {:>8.0}{}",
                cell["request_bytes"],
                figure("/saturation/per_s"),
                figure("/figures/asked_per_s"),
                figure("/figures/p50_ms"),
                figure("/figures/p99_ms"),
                figure("/figures/p999_ms"),
                figure("/figures/refused_p99_ms"),
                figure("/figures/generator_late_p99_ms"),
                figure("/memory_mb"),
                if cell["conditions_exceeded"] == true {
                    "  (conditions exceeded: not all filters evaluated)"
                } else {
                    ""
                },
            );
            cells.push(cell);
        }
    }
    let path = folder.join("serve.json");
    let what = json!({"profile": arguments.profile, "pinned": is_pinned, "connections": arguments.connections, "pauses": pauses,
        "cells": cells});
    fs::write(&path, format!("{what:#}\n")).with_context(|| format!("cannot write {}", path.display()))?;
    println!("\nAll figures: {}", path.display());
    Ok(())
}

/// How often both processors stand still while both are busy: no latency can be told below that.
fn pauses(load: &Path) -> Result<Vec<Value>> {
    let look = |core: &str| {
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", core]).arg(load).arg("--pauses").stdout(Stdio::piped());
        command.spawn().with_context(|| format!("cannot run {command:?}"))
    };
    let looking = [look("0")?, look("1")?];
    let mut seen = Vec::new();
    for (core, child) in looking.into_iter().enumerate() {
        let said: Value = serde_json::from_slice(&child.wait_with_output()?.stdout).context("load printed no JSON")?;
        println!(
            "core {core} stood still for {:.1} % of the time by itself, {} times, {:.1} ms at the longest",
            said["lost_percent"].as_f64().unwrap_or(f64::NAN),
            said["pauses"],
            said["longest_ms"].as_f64().unwrap_or(f64::NAN),
        );
        seen.push(said);
    }
    Ok(seen)
}

fn measure(
    arguments: &Arguments,
    is_pinned: bool,
    program: &Path,
    load: &Path,
    folder: &Path,
    count: usize,
    bytes: usize,
) -> Result<Value> {
    let folder = folder.join("serve");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut launch = Launch::new(program, &folder, None).map_err(Error::from_boxed)?;
    if arguments.unix {
        launch.address = format!("unix:{}", folder.join("socket").display()).parse()?;
    }
    launch.core = is_pinned.then_some(0);
    let mut filters = requests::marked_filters(arguments.seed, count);
    // First, so that they are evaluated even where all filters together need more conditions than they may use.
    filters.rotate_right(2);
    let farm =
        launch.make_farm(&[Wiki { name: WIKI, language: "en", filters: &filters }]).map_err(Error::from_boxed)?;
    ensure!(farm.imported == count, "only {} filters were imported: {}", farm.imported, farm.refused);
    let process = launch.start().map_err(Error::from_boxed)?;
    let mut command = if is_pinned {
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", "1"]).arg(load);
        command
    } else {
        Command::new(load)
    };
    command
        .args(["--address", &process.address().to_string(), "--wiki", WIKI, "--json"])
        .args(["--page-bytes", &bytes.to_string(), "--connections", &arguments.connections.to_string()])
        .args(["--seconds", &arguments.seconds.to_string(), "--step-seconds", &arguments.step_seconds.to_string()])
        .args(["--seed", &arguments.seed.to_string()])
        .env("WIKIWARD_TOKEN", &farm.token);
    match arguments.rate {
        Some(rate) => command.args(["--rate", &rate.to_string()]),
        None => command.arg("--saturate"),
    };
    let output = command.output().with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        bail!("load ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    let mut cell: Value = serde_json::from_slice(&output.stdout).context("load printed no JSON")?;
    cell["filters"] = json!(count);
    cell["memory_mb"] = json!(process.memory_mb());
    process.stop().map_err(Error::from_boxed)?;
    Ok(cell)
}
