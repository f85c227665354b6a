//! `cargo xtask bench`: how fast the engine is, beside the reference where that is installed.

mod backtest;
mod filled;
mod pages;
mod propagation;
mod serve;
mod steward;

use crate::oracle;
use crate::run::{build_program, root, target};
use anyhow::{Context, Result, bail};
use serde_json::Value as Json;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use wikiward_testkit::filters;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// The filter language: against the reference, and how it grows with filters and texts.
    Rules {
        /// Install the reference's Debian packages first.
        #[arg(long)]
        install: bool,
        /// Where the generated filters and texts begin.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// A rule over archived actions in a running service, and its page meanwhile.
    Backtest(backtest::Arguments),
    /// The console's pages over many hits: how long each takes.
    Pages(pages::Arguments),
    /// How soon a saved filter is in force, here and on another node, and how soon a service is ready.
    Propagation(propagation::Arguments),
    /// The service: verdicts per second on one core, and how long each takes.
    Serve(serve::Arguments),
}

/// Page sizes in bytes.
const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

/// How many times faster than the reference one action through twenty filters must be, by page size.
const RATIOS: [f64; 3] = [150.0, 120.0, 80.0];

/// Variables that extensions add.
const ANNOUNCED: [&str; 6] =
    ["global_user_groups", "global_user_editcount", "tor_exit_node", "user_mobile", "user_app", "oauth_consumer"];

/// Conditions for all filters of an action: more than any of the sets uses, as for the reference.
const CONDITIONS_MAX: &str = "1000000";

/// Numbers of filters.
const COUNTS: [usize; 5] = [20, 100, 200, 1_000, 5_000];

pub(crate) fn bench(arguments: &Arguments) -> Result<()> {
    let (install, seed) = match &arguments.what {
        What::Rules { install, seed } => (*install, *seed),
        What::Backtest(arguments) => return backtest::bench(arguments),
        What::Pages(arguments) => return pages::bench(arguments),
        What::Propagation(arguments) => return propagation::bench(arguments),
        What::Serve(arguments) => return serve::bench(arguments),
    };
    if install && !oracle::install(&oracle::PACKAGES)? {
        bail!("the reference evaluator is not installed");
    }
    let program = build_program("release")?;
    let folder = target().join("bench");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let has_reference = oracle::PACKAGES.iter().all(|name| oracle::package_version(name).is_ok());
    if has_reference {
        against_reference(&program, &folder, seed)?;
    } else {
        println!("The reference evaluator is not installed; `--install` does it.");
    }
    growth(&program, &folder, seed)
}

fn write_inputs(folder: &Path, seed: u64, count: usize, bytes: usize) -> Result<(PathBuf, PathBuf)> {
    let rules = folder.join(format!("filters-{count}.json"));
    let vars = folder.join(format!("action-{bytes}.json"));
    // Only what a wiki without further extensions knows, so that both evaluators take every rule.
    let is_packaged = |text: &str| !ANNOUNCED.iter().any(|name| text.contains(name));
    let list: Vec<Json> = filters::realistic(seed, count + count / 4)
        .into_iter()
        .filter(|filter| is_packaged(&filter.rule))
        .take(count)
        .map(|filter| serde_json::json!({"id": filter.id, "rule": filter.rule}))
        .collect();
    fs::write(&rules, Json::Array(list).to_string())?;
    let mut action = filters::action(seed, bytes);
    action.retain(|name, _| is_packaged(name));
    fs::write(&vars, Json::Object(action).to_string())?;
    Ok((rules, vars))
}

/// What `action_us` of the JSON that a benchmark printed says.
fn action_us(what: &str, command: &mut Command) -> Result<f64> {
    let output = command.output().with_context(|| format!("{what}: cannot run {command:?}"))?;
    if !output.status.success() {
        bail!("{what} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    let json: Json = serde_json::from_slice(&output.stdout).with_context(|| format!("{what} printed no JSON"))?;
    json["action_us"].as_f64().with_context(|| format!("{what} printed no action_us"))
}

fn ours(program: &Path, rules: &Path, vars: &Path) -> Result<f64> {
    let mut command = Command::new(program);
    command.args(["rule", "bench", "--json", "--action-only", "--limit", CONDITIONS_MAX, "--filters"]);
    command.arg(rules).arg("--vars").arg(vars);
    action_us("wikiward rule bench", &mut command)
}

fn theirs(settings: &Path, rules: &Path, vars: &Path) -> Result<f64> {
    let mut command = Command::new("php");
    command.arg(root().join("oracle/bench.php")).arg("--conf").arg(settings);
    command.arg("--filters").arg(rules).arg("--vars").arg(vars).arg("--whole-only");
    action_us("oracle/bench.php", &mut command)
}

fn against_reference(program: &Path, folder: &Path, seed: u64) -> Result<()> {
    let settings = oracle::set_up()?;
    println!("\nOne action through 20 filters, one thread, processor time");
    println!("{:>10} {:>14} {:>14} {:>8} {:>8}", "page", "reference", "wikiward", "ratio", "wanted");
    for (bytes, wanted) in SIZES.into_iter().zip(RATIOS) {
        let (rules, vars) = write_inputs(folder, seed, 20, bytes)?;
        // In turn, so that both meet the same noise.
        let (mut peer, mut own) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            peer.push(theirs(&settings, &rules, &vars)?);
            own.push(ours(program, &rules, &vars)?);
        }
        let (peer, own) = (median(peer), median(own));
        println!("{bytes:>8} B {peer:>11.1} us {own:>11.2} us {:>7.0}x {wanted:>7.0}x", peer / own);
    }
    Ok(())
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn growth(program: &Path, folder: &Path, seed: u64) -> Result<()> {
    println!("\nOne action through more filters and longer texts, in microseconds");
    println!("{:>10} {}", "filters", SIZES.map(|bytes| format!("{:>12}", format!("{bytes} B"))).concat());
    for count in COUNTS {
        let mut row = format!("{count:>10}");
        for bytes in SIZES {
            let (rules, vars) = write_inputs(folder, seed, count, bytes)?;
            write!(row, " {:>12.1}", ours(program, &rules, &vars)?)?;
        }
        println!("{row}");
    }
    Ok(())
}
