//! Running other programs.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The project's root.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

/// The folder for what is built and generated.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// `cargo`, at the project's root.
pub(crate) fn cargo<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(arguments);
    command
}

/// Whether a program of that name can be run.
pub(crate) fn is_installed(program: &str) -> bool {
    let found = Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    found.is_ok_and(|status| status.success())
}

/// Runs a step, saying what it is and how long it took.
pub(crate) fn step(what: &str, command: &mut Command) -> Result<Duration> {
    eprintln!("\n==> {what}");
    let start = Instant::now();
    let status = command.status().with_context(|| format!("{what}: cannot run {command:?}"))?;
    let took = start.elapsed();
    if !status.success() {
        bail!("{what} ended with {status}");
    }
    eprintln!("==> {what}: {:.1} s", took.as_secs_f64());
    Ok(took)
}

/// Builds the program, optimised, and says where it lies.
pub(crate) fn build_program(profile: &str) -> Result<PathBuf> {
    step("build wikiward", &mut cargo(["build", "--profile", profile, "--package", "wikiward-cli"]))?;
    Ok(built(profile, "wikiward"))
}

/// Where a program of a profile lies.
pub(crate) fn built(profile: &str, program: &str) -> PathBuf {
    target().join(if profile == "dev" { "debug" } else { profile }).join(program)
}
