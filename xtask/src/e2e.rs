//! `cargo xtask e2e`: the console in Chromium.
//!
//! Builds the assets and the program, and runs `e2e/*.test.mjs` with node's own test runner: each file starts a farm of
//! its own. The browser is Debian's, or the one that `CHROMIUM` names.

use crate::run::{build_program, cargo, is_installed, root, step, target};
use crate::{assets, oracle};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::Command;

/// Debian's package of the browser.
const PACKAGES: [&str; 1] = ["chromium"];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Runs only the files of `e2e/` whose names contain this, such as `samples`.
    files: Option<String>,
    /// Runs only the tests whose names match this pattern.
    #[arg(long)]
    only: Option<String>,
    /// Tests this program, instead of building one.
    #[arg(long)]
    program: Option<PathBuf>,
    /// Cargo profile.
    #[arg(long, default_value = "dev")]
    profile: String,
    /// Installs nothing: fails where something is missing.
    #[arg(long)]
    no_install: bool,
}

pub(crate) fn e2e(arguments: &Arguments) -> Result<()> {
    let browser = browser(arguments.no_install)?;
    assets::assets(&assets::Arguments::quick(arguments.no_install))?;
    let program = match &arguments.program {
        Some(program) => oracle::absolute(program)?,
        None => build_program(&arguments.profile)?,
    };
    let gallery = target().join("gallery");
    let example = ["run", "--quiet", "--profile", &arguments.profile, "-p", "wikiward-console", "--example", "gallery"];
    step("write the gallery", cargo(example).arg("--").arg(&gallery))?;
    let mut node = Command::new("node");
    node.current_dir(root()).args(["--test", "--test-concurrency=1"]);
    if let Some(only) = &arguments.only {
        node.args(["--test-name-pattern", only]);
    }
    node.args(files(arguments.files.as_deref())?)
        .env("WIKIWARD_PROGRAM", program)
        .env("WIKIWARD_GALLERY", gallery)
        .env("CHROMIUM", browser);
    step("browser tests", &mut node)?;
    Ok(())
}

/// As part of all tests: says so and goes on where node, its packages or the browser cannot be had.
pub(crate) fn of_tests(no_install: bool) -> Result<()> {
    let arguments = Arguments { files: None, only: None, program: None, profile: "dev".to_owned(), no_install };
    if let Err(error) = browser(no_install).and_then(|_| assets::can_be_had(no_install)) {
        eprintln!("The console is not tried in a browser: {error:#}.");
        return Ok(());
    }
    e2e(&arguments)
}

/// The browser's program.
pub(crate) fn browser(no_install: bool) -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Ok(named.into());
    }
    if !is_installed("chromium") && (no_install || !oracle::install(&PACKAGES)?) {
        bail!("chromium is not here. Debian's package chromium brings it; CHROMIUM names another browser of its kind");
    }
    let found = Command::new("sh").args(["-c", "command -v chromium"]).output().context("sh")?;
    Ok(String::from_utf8_lossy(&found.stdout).trim().into())
}

/// The files of tests whose names contain `part`.
fn files(part: Option<&str>) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(root().join("e2e"))?.collect::<Result<Vec<_>, _>>()?;
    let mut files: Vec<PathBuf> = entries
        .into_iter()
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.ends_with(".test.mjs") && part.is_none_or(|part| name.contains(part))
        })
        .collect();
    files.sort();
    if files.is_empty() {
        bail!("e2e holds no tests called {}", part.unwrap_or("*.test.mjs"));
    }
    Ok(files)
}
