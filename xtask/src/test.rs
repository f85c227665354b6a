//! `cargo xtask test`: all tests, as CI runs them.

use crate::oracle::{self, absolute};
use crate::run::{cargo, step, target};
use anyhow::{Result, bail};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Folder with real filters and edits; the tests on them are left out without it.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Install nothing: tests whose parts are missing are left out, and say so.
    #[arg(long)]
    no_install: bool,
    /// Leave formatting and lints out.
    #[arg(long)]
    only_tests: bool,
}

/// Other packages that tests need: clients of the language server, the browser that reports are opened in.
const PACKAGES: [&str; 2] = ["python3", "chromium"];

pub(crate) fn test(arguments: &Arguments) -> Result<()> {
    if cfg!(not(target_os = "linux")) {
        bail!("the tests run on Linux only");
    }
    let mut took = Vec::new();
    let mut run = |what: &'static str, mut command: std::process::Command| -> Result<()> {
        took.push((what, step(what, &mut command)?));
        Ok(())
    };
    if !arguments.only_tests {
        run("formatting", cargo(["fmt", "--all", "--check"]))?;
    }
    let oracle = reference(arguments.no_install)?;
    let data = arguments.data.clone().or_else(|| std::env::var_os("WIKIWARD_DATA").map(PathBuf::from));
    if !arguments.only_tests {
        let deny = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
        run("lints", cargo(deny))?;
    }
    let mut tests = cargo(["test", "--workspace", "--locked"]);
    match &oracle {
        Some(command) => {
            tests.env("WIKIWARD_ORACLE", command);
            tests.env("WIKIWARD_ORACLE_CONF", target().join("oracle/LocalSettings.php"));
        }
        None => eprintln!("The reference evaluator is not here: comparisons with it are left out."),
    }
    match &data {
        Some(data) => {
            tests.env("WIKIWARD_DATA", absolute(data)?);
        }
        None => eprintln!("No folder of real data is given (--data): tests on it are left out."),
    }
    run("tests", tests)?;
    eprintln!();
    for (what, took) in took {
        eprintln!("{what:<28} {:>7.1} s", took.as_secs_f64());
    }
    Ok(())
}

/// The command that asks the reference evaluator, if it can be had.
fn reference(no_install: bool) -> Result<Option<String>> {
    let has_all = if no_install {
        oracle::PACKAGES.iter().all(|name| oracle::package_version(name).is_ok())
    } else {
        let _ = oracle::install(&PACKAGES)?;
        oracle::install(&oracle::PACKAGES)?
    };
    if !has_all {
        return Ok(None);
    }
    Ok(Some(oracle::command(&oracle::set_up()?)))
}
