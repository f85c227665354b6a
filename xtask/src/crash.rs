//! `cargo xtask crash`: nothing is lost and nothing doubled when the service is killed.

use crate::run::{build_program, built, cargo, step, target};
use anyhow::Result;
use std::process::Command;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How often to kill it.
    #[arg(long, default_value_t = 200)]
    times: u32,
    /// Where the random moments begin.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Connections that load it.
    #[arg(long, default_value_t = 4)]
    connections: usize,
    /// Longest time under load before it is killed, in milliseconds.
    #[arg(long, default_value_t = 800)]
    load_ms_max: u64,
    /// Cargo profile.
    #[arg(long, default_value = "quick")]
    profile: String,
}

/// The short run that belongs to the tests.
pub(crate) const SHORT: [&str; 7] = ["crash", "--times", "5", "--load-ms-max", "500", "--profile", "dev"];

pub(crate) fn crash(arguments: &Arguments) -> Result<()> {
    let program = build_program(&arguments.profile)?;
    let build = ["build", "--profile", &arguments.profile, "--package", "wikiward-benches", "--bin", "crash"];
    step("build crash", &mut cargo(build))?;
    let mut command = Command::new(built(&arguments.profile, "crash"));
    command.arg("--program").arg(program).arg("--folder").arg(target().join("crash"));
    for (name, value) in [
        ("--times", u64::from(arguments.times)),
        ("--seed", arguments.seed),
        ("--connections", arguments.connections as u64),
        ("--load-ms-max", arguments.load_ms_max),
    ] {
        command.args([name, &value.to_string()]);
    }
    // A debug build starts slowly on a busy machine; the bound is for optimised ones.
    if arguments.profile == "dev" {
        command.args(["--ready-ms-max", "20000"]);
    }
    step("crash", &mut command)?;
    Ok(())
}
