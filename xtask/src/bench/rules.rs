//! The filter language: against the reference, and how it grows with filters and texts.

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
pub(super) struct Arguments {
    /// Install the reference's Debian packages first.
    #[arg(long)]
    install: bool,
    /// Where the generated filters and texts begin.
    #[arg(long, default_value_t = 1)]
    seed: u64,
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

/// Filters of the set whose growth is judged, and of its parts.
const GROWTH: (usize, usize) = (1_000, 100);

/// How many times the time of a part the whole set may take.
const GROWTH_MAX: f64 = 3.0;

/// Numbers of filters.
const COUNTS: [usize; 5] = [20, 100, 200, 1_000, 5_000];

pub(super) fn bench(arguments: &Arguments) -> Result<()> {
    if arguments.install && !oracle::install(&oracle::PACKAGES)? {
        bail!("the reference evaluator is not installed");
    }
    let program = build_program("release")?;
    let folder = target().join("bench");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let has_reference = oracle::PACKAGES.iter().all(|name| oracle::package_version(name).is_ok());
    if has_reference {
        against_reference(&program, &folder, arguments.seed)?;
    } else {
        println!("The reference evaluator is not installed; `--install` does it.");
    }
    sizes(&program, &folder, arguments.seed)?;
    growth(&program, &folder, arguments.seed)
}

fn write_inputs(folder: &Path, seed: u64, count: usize, bytes: usize) -> Result<(PathBuf, PathBuf)> {
    let rules = folder.join(format!("filters-{count}.json"));
    write_rules(&rules, &rule_list(seed, count))?;
    Ok((rules, write_action(folder, seed, bytes)?))
}

/// Only what a wiki without further extensions knows, so that both evaluators take every rule.
fn is_packaged(text: &str) -> bool {
    !ANNOUNCED.iter().any(|name| text.contains(name))
}

fn rule_list(seed: u64, count: usize) -> Vec<Json> {
    filters::realistic(seed, count + count / 4)
        .into_iter()
        .filter(|filter| is_packaged(&filter.rule))
        .take(count)
        .map(|filter| serde_json::json!({"id": filter.id, "rule": filter.rule}))
        .collect()
}

fn write_rules(path: &Path, rules: &[Json]) -> Result<()> {
    fs::write(path, serde_json::to_vec(rules)?).with_context(|| format!("cannot write {}", path.display()))
}

fn write_action(folder: &Path, seed: u64, bytes: usize) -> Result<PathBuf> {
    let path = folder.join(format!("action-{bytes}.json"));
    let mut action = filters::action(seed, bytes);
    action.retain(|name, _| is_packaged(name));
    fs::write(&path, Json::Object(action).to_string()).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
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

fn sizes(program: &Path, folder: &Path, seed: u64) -> Result<()> {
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

/// A thousand filters beside each hundred of them, in the same run: a single hundred may be a cheap one by chance.
fn growth(program: &Path, folder: &Path, seed: u64) -> Result<()> {
    let (count, part) = GROWTH;
    let vars = write_action(folder, seed, 10_000)?;
    let list = rule_list(seed, count);
    let whole = folder.join(format!("filters-{count}.json"));
    write_rules(&whole, &list)?;
    let (mut parts, mut wholes) = (Vec::new(), Vec::new());
    for (number, rules) in list.chunks(part).enumerate() {
        let path = folder.join(format!("filters-{part}-{number}.json"));
        write_rules(&path, rules)?;
        parts.push(ours(program, &path, &vars)?);
        wholes.push(ours(program, &whole, &vars)?);
    }
    let each = parts.iter().map(|us| format!("{us:.1}")).collect::<Vec<_>>().join(", ");
    let (of_part, of_whole) = (median(parts), median(wholes));
    println!("\n{count} filters beside each {part} of them, page of 10000 B: {each} us");
    println!(
        "median {of_part:.1} us, all {count}: {of_whole:.1} us, {:.1} times as much (wanted: {GROWTH_MAX:.0})",
        of_whole / of_part
    );
    Ok(())
}
