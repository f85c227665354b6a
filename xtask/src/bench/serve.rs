//! `cargo xtask bench serve`: what the service bears on one core.
//!
//! The service runs on core 0 with SQLite, the generator on core 1. The load is open (see `benches/src/bin/load`): first
//! the highest rate that the service keeps up with, then latencies at half of it, or at the rate that is asked for.
//!
//! Under each line stands what the machine took away meanwhile, and the figures of the requests that this did not touch; what
//! that means exactly is said in `benches/src/bin/load/watch/touched.rs`.

use crate::run::{build_program, built, cargo, step, target};
use anyhow::{Context, Error, Result, bail, ensure};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader};
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
    /// Then the same with a stand-in that reads, answers and does nothing else in the service's place: what the machine, the
    /// system and the generator make of it.
    #[arg(long)]
    floor: bool,
    /// Where the generated filters and texts begin.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// The service's processor, and the generator's.
const CORES: [usize; 2] = [0, 1];

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
    let is_watched = is_pinned && may_watch(&load)?;
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
            let cell = Cell { arguments, is_pinned, is_watched, load: &load, bytes };
            let cell = cell
                .measure(&program, &folder, count)
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
            if let Some(said) = unpaused(&cell["figures"]) {
                println!("{said}");
            }
            if let Some(floor) = cell.get("floor") {
                println!("{}", of_stand_in(floor));
            }
            cells.push(cell);
        }
    }
    let path = folder.join("serve.json");
    let what = json!({"profile": arguments.profile, "pinned": is_pinned, "connections": arguments.connections,
        "pauses_watched": is_watched, "cells": cells});
    fs::write(&path, format!("{what:#}\n")).with_context(|| format!("cannot write {}", path.display()))?;
    println!("\nAll figures: {}", path.display());
    Ok(())
}

/// Whether pauses of the machine can be watched; says why not.
fn may_watch(load: &Path) -> Result<bool> {
    let mut command = Command::new(load);
    command.args(["--watch-pauses", &CORES.map(|core| core.to_string()).join(","), "--may-watch"]);
    let output = command.output().with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        println!(
            "Pauses of the machine are not watched, and show in all figures: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(output.status.success())
}

/// What one line of the table is measured with.
struct Cell<'a> {
    arguments: &'a Arguments,
    is_pinned: bool,
    is_watched: bool,
    load: &'a Path,
    bytes: usize,
}

impl Cell<'_> {
    fn measure(&self, program: &Path, folder: &Path, count: usize) -> Result<Value> {
        let folder = folder.join("serve");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let mut launch = Launch::new(program, &folder, None).map_err(Error::from_boxed)?;
        if self.arguments.unix {
            launch.address = format!("unix:{}", folder.join("socket").display()).parse()?;
        }
        launch.core = self.is_pinned.then_some(CORES[0]);
        let mut filters = requests::marked_filters(self.arguments.seed, count);
        // First, so that they are evaluated even where all filters together need more conditions than they may use.
        filters.rotate_right(2);
        let farm =
            launch.make_farm(&[Wiki { name: WIKI, language: "en", filters: &filters }]).map_err(Error::from_boxed)?;
        ensure!(farm.imported == count, "only {} filters were imported: {}", farm.imported, farm.refused);
        let process = launch.start().map_err(Error::from_boxed)?;
        let mut cell = self.load(&process.address().to_string(), &farm.token, self.arguments.rate)?;
        cell["filters"] = json!(count);
        cell["memory_mb"] = json!(process.memory_mb());
        process.stop().map_err(Error::from_boxed)?;
        if self.arguments.floor {
            cell["floor"] = self.floor(cell["figures"]["asked_per_s"].as_f64())?["figures"].take();
        }
        Ok(cell)
    }

    /// The same load on a stand-in on the service's processor.
    fn floor(&self, rate: Option<f64>) -> Result<Value> {
        let mut command = self.pinned(CORES[0]);
        command.arg("--stand-in").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("cannot run {command:?}"))?;
        let mut address = String::new();
        let said = child.stdout.as_mut().context("the stand-in has an output")?;
        BufReader::new(said).read_line(&mut address)?;
        let told = self.load(address.trim(), "none", rate);
        // It ends with its input.
        drop(child.stdin.take());
        child.wait()?;
        told
    }

    fn load(&self, address: &str, token: &str, rate: Option<f64>) -> Result<Value> {
        let Arguments { connections, seconds, step_seconds, seed, .. } = self.arguments;
        let mut command = self.pinned(CORES[1]);
        command
            .args(["--address", address, "--wiki", WIKI, "--json"])
            .args(["--page-bytes", &self.bytes.to_string(), "--connections", &connections.to_string()])
            .args(["--seconds", &seconds.to_string(), "--step-seconds", &step_seconds.to_string()])
            .args(["--seed", &seed.to_string()])
            .env("WIKIWARD_TOKEN", token);
        if self.is_watched {
            command.args(["--watch-pauses", &CORES.map(|core| core.to_string()).join(",")]);
        }
        match rate {
            Some(rate) => command.args(["--rate", &rate.to_string()]),
            None => command.arg("--saturate"),
        };
        let output = command.output().with_context(|| format!("cannot run {command:?}"))?;
        if !output.status.success() {
            bail!("load ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
        }
        serde_json::from_slice(&output.stdout).context("load printed no JSON")
    }

    /// The program `load` on a processor of its own, if anything is pinned.
    fn pinned(&self, core: usize) -> Command {
        if !self.is_pinned {
            return Command::new(self.load);
        }
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", &core.to_string()]).arg(self.load);
        command
    }
}

fn figure(of: &Value, name: &str) -> f64 {
    of[name].as_f64().unwrap_or(f64::NAN)
}

/// The figures without what pauses of the machine touched, if they were watched.
fn unpaused(figures: &Value) -> Option<String> {
    let told = figures.get("unpaused")?;
    Some(format!(
        "{:>20} {} pauses of the machine, {:.2} % of the time, {:.1} ms at the longest; without the {:.2} % of the requests \
         that they touched: p50 {:.3}, p99 {:.3}, p99.9 {:.3}, refusal p99 {:.3} ms (watching: {:.1} % of a processor)",
        "",
        told["pauses"],
        figure(told, "paused_percent"),
        figure(told, "longest_pause_ms"),
        figure(told, "left_out_percent"),
        figure(told, "p50_ms"),
        figure(told, "p99_ms"),
        figure(told, "p999_ms"),
        figure(told, "refused_p99_ms"),
        figure(told, "watcher_percent"),
    ))
}

/// What the stand-in made of the same load.
fn of_stand_in(figures: &Value) -> String {
    let all = format!(
        "{:>20} a stand-in at {:.0}/s: p50 {:.3}, p99 {:.3}, p99.9 {:.3} ms",
        "",
        figure(figures, "asked_per_s"),
        figure(figures, "p50_ms"),
        figure(figures, "p99_ms"),
        figure(figures, "p999_ms"),
    );
    unpaused(figures).map_or_else(|| all.clone(), |unpaused| format!("{all}\n{unpaused}"))
}
