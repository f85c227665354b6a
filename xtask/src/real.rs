//! `cargo xtask real`: real filters on real edits through the service, against the reference.

use crate::oracle;
use crate::run::{cargo, step};
use anyhow::{Result, bail};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Folder with real filters and edits.
    #[arg(long, env = "WIKIWARD_DATA")]
    data: Option<PathBuf>,
    /// Real edits to judge.
    #[arg(long, default_value_t = 2_000)]
    edits: usize,
    /// Cargo profile.
    #[arg(long, default_value = "quick")]
    profile: String,
}

pub(crate) fn real(arguments: &Arguments) -> Result<()> {
    let Some(data) = &arguments.data else {
        bail!("there is no real data here: name its folder with --data, or in WIKIWARD_DATA");
    };
    let data = oracle::absolute(data)?;
    if !oracle::install(&oracle::PACKAGES)? {
        bail!("the reference evaluator is not installed");
    }
    let settings = oracle::set_up()?;
    let mut test = cargo(["test", "--profile", &arguments.profile, "--package", "wikiward-cli"]);
    test.args(["--test", "real_service", "--", "--nocapture"])
        .env("WIKIWARD_ORACLE", oracle::command(&settings))
        .env("WIKIWARD_EDITS", arguments.edits.to_string())
        .env("WIKIWARD_DATA", data);
    step("judge real edits by real filters through the service, and compare with the reference", &mut test)?;
    Ok(())
}
