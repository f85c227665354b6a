//! `cargo xtask timing`: no answer's time tells what may not be known.

use crate::run::{build_program, built, cargo, step, target};
use anyhow::Result;
use std::process::Command;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How often each of two things is asked for.
    #[arg(long, default_value_t = 1_000)]
    times: usize,
    /// Where the random turns begin.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Cargo profile.
    #[arg(long, default_value = "quick")]
    profile: String,
}

pub(crate) fn timing(arguments: &Arguments) -> Result<()> {
    let program = build_program(&arguments.profile)?;
    let build = ["build", "--profile", &arguments.profile, "--package", "wikiward-benches", "--bin", "timing"];
    step("build timing", &mut cargo(build))?;
    let mut command = Command::new(built(&arguments.profile, "timing"));
    command.arg("--program").arg(program).arg("--folder").arg(target().join("timing"));
    command.args(["--times", &arguments.times.to_string(), "--seed", &arguments.seed.to_string()]);
    step("compare times of answers about what is restricted and what is not there", &mut command)?;
    Ok(())
}
