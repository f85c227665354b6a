//! `cargo xtask fuzz`: searches for inputs that break the engine's promises.
//!
//! The ordinary tests run the same targets over the committed corpus and some thousand mutations of it (the tests of
//! `crates/fuzz-targets`); this goes on from there, guided by coverage, for as long as it is given.

use crate::oracle;
use crate::run::{root, step, target};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Targets to run; all of them if none is named.
    targets: Vec<String>,
    /// Seconds for each target.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Processes that search side by side, for one target at a time.
    #[arg(long, default_value_t = 1)]
    jobs: usize,
    /// Install the reference evaluator's packages, for the target `oracle`.
    #[arg(long)]
    install: bool,
}

/// Coverage for libFuzzer without a nightly toolchain.
const FLAGS: [&str; 7] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg fuzzing",
    "-Cdebug-assertions",
];

/// Flags are for programs of this platform only, so that build scripts are built without.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// Longest input, in bytes.
const INPUT_BYTES_MAX: usize = 16_384;

/// What one input may cost before it counts as a find: seconds, and megabytes for the whole process.
const INPUT_SECONDS_MAX: u64 = 5;
const MEMORY_MB_MAX: u64 = 2_048;

pub(crate) fn fuzz(arguments: &Arguments) -> Result<()> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        bail!("the fuzz targets run on 64-bit Linux only");
    }
    let folder = root().join("fuzz");
    let all = targets(&folder)?;
    if let Some(unknown) = arguments.targets.iter().find(|name| !all.contains(name)) {
        bail!("there is no target `{unknown}`; targets are {}", all.join(", "));
    }
    let chosen = if arguments.targets.is_empty() { &all } else { &arguments.targets };
    let reference = reference(chosen, arguments.install)?;
    let programs = build(&folder)?;
    let mut failed = Vec::new();
    for name in chosen {
        if name == "oracle" && reference.is_none() {
            eprintln!("The reference evaluator is not here: the target `oracle` is left out (--install gets it).");
            continue;
        }
        if let Err(error) = search(&folder, &programs, name, arguments, reference.as_deref()) {
            eprintln!("{error:#}");
            failed.push(name.as_str());
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    let repeat = "run the program named above with the file as its argument; cut it down with -minimize_crash=1";
    bail!("finds in fuzz/artifacts for {}: {repeat}", failed.join(", "))
}

/// The targets: one program each.
fn targets(folder: &Path) -> Result<Vec<String>> {
    let programs = folder.join("programs");
    let mut names = Vec::new();
    for entry in fs::read_dir(&programs).with_context(|| format!("cannot read {}", programs.display()))? {
        let path = entry?.path();
        names.extend(path.file_stem().and_then(|name| name.to_str()).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

fn reference(chosen: &[String], installs: bool) -> Result<Option<String>> {
    if !chosen.iter().any(|name| name == "oracle") {
        return Ok(None);
    }
    let is_here = if installs {
        oracle::install(&oracle::PACKAGES)?
    } else {
        oracle::PACKAGES.iter().all(|name| oracle::package_version(name).is_ok())
    };
    if is_here { Ok(Some(oracle::command(&oracle::set_up()?))) } else { Ok(None) }
}

/// Builds all programs in a workspace and a target folder of their own, and says where they lie.
fn build(folder: &Path) -> Result<PathBuf> {
    let out = target().join("fuzz");
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .current_dir(folder)
        .args(["build", "--release", "--locked", "--target", PLATFORM, "--target-dir"])
        .arg(&out)
        .env("RUSTFLAGS", FLAGS.join(" "));
    step("build the fuzz targets", &mut command)?;
    Ok(out.join(PLATFORM).join("release"))
}

/// Runs one target. What it learns is kept under the target folder, for the next time.
fn search(folder: &Path, programs: &Path, name: &str, arguments: &Arguments, reference: Option<&str>) -> Result<()> {
    let learnt = target().join("fuzz/corpus").join(name);
    let finds = folder.join("artifacts").join(name);
    for made in [&learnt, &finds] {
        fs::create_dir_all(made).with_context(|| format!("cannot make {}", made.display()))?;
    }
    let mut command = Command::new(programs.join(name));
    command.current_dir(folder).arg(&learnt).arg(folder.join("corpus").join(name)).args([
        format!("-dict={}", folder.join("tokens.dict").display()),
        format!("-artifact_prefix={}/", finds.display()),
        format!("-max_total_time={}", arguments.seconds),
        format!("-max_len={INPUT_BYTES_MAX}"),
        format!("-timeout={INPUT_SECONDS_MAX}"),
        format!("-rss_limit_mb={MEMORY_MB_MAX}"),
        "-print_final_stats=1".to_owned(),
    ]);
    if arguments.jobs > 1 {
        command.arg(format!("-fork={}", arguments.jobs));
    }
    if let Some(reference) = reference {
        command.env("WIKIWARD_ORACLE", reference);
    }
    step(&format!("fuzz {name} for {} s", arguments.seconds), &mut command)?;
    Ok(())
}
