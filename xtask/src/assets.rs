//! `cargo xtask assets`: makes what the console sends to browsers, out of its sources and pinned npm packages.
//!
//! The packages are installed again only when the lock file changed; without them, or without npm, pages work all the
//! same, unstyled. What is made lies in `crates/console/web/dist`, which the program embeds.

use crate::run::{is_installed, root, step};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is said where the programs are missing.
const HELP: &str = "the console's styles and scripts are made by node and npm. Debian's packages nodejs and npm bring \
                    them: apt-get install nodejs npm";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Also runs the scripts' own tests.
    #[arg(long)]
    check: bool,
    /// Installs no packages: fails where they are missing or of another lock file.
    #[arg(long)]
    no_install: bool,
}

impl Arguments {
    /// Without the tests.
    pub(crate) const fn quick(no_install: bool) -> Self {
        Self { check: false, no_install }
    }
}

/// Where the browser's side of the console lies.
pub(crate) fn folder() -> PathBuf {
    root().join("crates/console/web")
}

pub(crate) fn assets(arguments: &Arguments) -> Result<()> {
    install(arguments.no_install)?;
    build()?;
    if arguments.check {
        check()?;
    }
    Ok(())
}

/// Builds and tests as part of all tests; says so and goes on where node or the packages cannot be had.
pub(crate) fn of_tests(no_install: bool) -> Result<()> {
    if let Err(error) = install(no_install) {
        eprintln!("The console's assets are not built, and their tests are left out: {error:#}.");
        return Ok(());
    }
    build()?;
    check()
}

/// Builds before a program that embeds them; says so and goes on where that cannot be done.
pub(crate) fn for_program() {
    if let Err(error) = install(false).and_then(|()| build()) {
        eprintln!("The console will look plain: {error:#}.");
    }
}

/// Whether node and the packages are here, or can be brought.
pub(crate) fn can_be_had(no_install: bool) -> Result<()> {
    install(no_install)
}

/// Installs the packages that the lock file names, unless they are there.
///
/// # Errors
/// If node or npm is missing, or npm cannot bring the packages.
fn install(no_install: bool) -> Result<()> {
    if !is_installed("node") || !is_installed("npm") {
        bail!(HELP);
    }
    let folder = folder();
    let lock = fs::read(folder.join("package-lock.json")).context("crates/console/web/package-lock.json")?;
    let stamp = folder.join("node_modules/.wikiward-lock");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    if no_install {
        bail!("the packages in crates/console/web/node_modules are missing or old. `cargo xtask assets` installs them");
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--omit=peer", "--no-audit", "--no-fund"]).current_dir(&folder);
    step("install the console's packages", &mut npm).context(
        "npm did not bring the packages of crates/console/web/package-lock.json. It needs its registry once",
    )?;
    fs::write(&stamp, lock).with_context(|| stamp.display().to_string())
}

/// Makes `dist`. If that changed, the console is compiled anew, since it embeds the files.
fn build() -> Result<()> {
    let folder = folder();
    let manifest = folder.join("dist/manifest.json");
    let before = fs::read(&manifest).ok();
    step("build the console's assets", Command::new("node").arg("build.mjs").current_dir(&folder))?;
    if fs::read(&manifest).ok() != before {
        touch(&root().join("crates/console/src/lib.rs"), &manifest)?;
    }
    Ok(())
}

/// Runs the scripts' tests with node's own runner.
fn check() -> Result<()> {
    let folder = folder();
    let mut tests = fs::read_dir(folder.join("tests"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect::<Vec<_>>();
    tests.sort();
    if tests.is_empty() {
        bail!("crates/console/web/tests holds no *.test.mjs");
    }
    step("test the console's scripts", Command::new("node").arg("--test").args(tests).current_dir(&folder))?;
    Ok(())
}

/// Makes a file as new as another.
fn touch(path: &Path, as_new_as: &Path) -> Result<()> {
    if path.exists() {
        let file = fs::File::options().append(true).open(path).with_context(|| path.display().to_string())?;
        file.set_modified(fs::metadata(as_new_as)?.modified()?)?;
    }
    Ok(())
}
