//! `cargo xtask brake-attacks`: the brake's property tests, on far more attacks than the ordinary tests generate.

use crate::run::{cargo, step};
use anyhow::Result;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Attacks for each property.
    #[arg(long, default_value_t = 100_000)]
    cases: u64,
    /// Cargo profile.
    #[arg(long, default_value = "quick")]
    profile: String,
}

pub(crate) fn attacks(arguments: &Arguments) -> Result<()> {
    let tests = ["test", "--profile", &arguments.profile, "--package", "wikiward-filters", "--lib"];
    step("build the brake's tests", cargo(tests).arg("--no-run"))?;
    let mut run = cargo(tests);
    run.args(["--", "brake::tests"]).env("WIKIWARD_BRAKE_CASES", arguments.cases.to_string());
    step(&format!("{} attacks for each property", arguments.cases), &mut run)?;
    Ok(())
}
