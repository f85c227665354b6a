//! The reference evaluator: Debian's MediaWiki with AbuseFilter, asked through the scripts in `oracle/`.

use crate::run::{cargo, is_installed, root, step, target};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Debian's package keeps the table of look-alikes.
pub(crate) const EQUIVSET: &str = "/usr/share/mediawiki/vendor/wikimedia/equivset/dist/equivset.json";

/// The Debian packages that the reference needs.
pub(crate) const PACKAGES: [&str; 7] =
    ["mediawiki", "php-cli", "php-sqlite3", "php-mbstring", "php-intl", "php-apcu", "php-xml"];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Random programs to compare.
    #[arg(long, default_value_t = 100_000)]
    programs: u64,
    /// Where the random programs begin.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder with real filters and edits, to compare on them too.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Real edits to compare on.
    #[arg(long, default_value_t = 2_000)]
    edits: usize,
}

/// Installs Debian packages if this user may; says whether all are there afterwards.
pub(crate) fn install(packages: &[&str]) -> Result<bool> {
    let missing: Vec<&str> = packages.iter().copied().filter(|name| !has_package(name)).collect();
    if missing.is_empty() {
        return Ok(true);
    }
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if !is_root || !is_installed("apt-get") {
        eprintln!("These Debian packages are missing; without them some tests are left out:");
        eprintln!("    sudo apt-get install --no-install-recommends {}", missing.join(" "));
        return Ok(false);
    }
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        command
    };
    step("apt-get update", &mut apt(&["update", "-q"]))?;
    let mut arguments = vec!["install", "-q", "-y", "--no-install-recommends"];
    arguments.extend(missing);
    step("apt-get install", &mut apt(&arguments))?;
    Ok(true)
}

fn has_package(name: &str) -> bool {
    package_version(name).is_ok()
}

/// The version of an installed Debian package.
pub(crate) fn package_version(name: &str) -> Result<String> {
    let output = Command::new("dpkg-query")
        .args(["--show", "--showformat=${db:Status-Status} ${Version}", name])
        .output()
        .context("dpkg-query does not run: is this Debian?")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    match text.strip_prefix("installed ") {
        Some(version) => Ok(version.to_owned()),
        None => bail!("the Debian package {name} is not installed"),
    }
}

/// Makes the throw-away wiki that the reference runs in; returns its settings file.
pub(crate) fn set_up() -> Result<PathBuf> {
    let folder = target().join("oracle");
    let settings = folder.join("LocalSettings.php");
    if !settings.exists() {
        let mut command = Command::new("sh");
        command.arg(root().join("oracle/setup.sh")).arg("--wiki-only").arg(&folder);
        step("set up the reference wiki", &mut command)?;
    }
    Ok(settings)
}

/// The shell command that answers requests as the reference does.
pub(crate) fn command(settings: &Path) -> String {
    let folder = root().join("oracle");
    format!(
        "php {} --conf {} --names {}",
        folder.join("oracle.php").display(),
        settings.display(),
        folder.join("newest-names.txt").display()
    )
}

/// The comparison at full length.
pub(crate) fn differential(arguments: &Arguments) -> Result<()> {
    if !install(&PACKAGES)? {
        bail!("the reference evaluator is not installed");
    }
    let settings = set_up()?;
    let mut tests = cargo(["test", "--profile", "quick", "--package", "wikiward-rules"]);
    tests
        .args(["--test", "differential", "--", "--nocapture", "--test-threads=1"])
        .env("WIKIWARD_ORACLE", command(&settings))
        .env("WIKIWARD_PROGRAMS", arguments.programs.to_string())
        .env("WIKIWARD_SEED", arguments.seed.to_string());
    step("compare random programs with the reference", &mut tests)?;
    let Some(data) = &arguments.data else {
        eprintln!("No folder of real data is given (--data): real filters are left out.");
        return Ok(());
    };
    let mut tests = cargo(["test", "--profile", "quick", "--package", "wikiward-cli"]);
    tests
        .args(["--test", "real_filters", "--", "--nocapture", "--test-threads=1"])
        .env("WIKIWARD_ORACLE", command(&settings))
        .env("WIKIWARD_EDITS", arguments.edits.to_string())
        .env("WIKIWARD_DATA", absolute(data)?);
    step("compare real filters on real edits with the reference", &mut tests)?;
    Ok(())
}

/// The path of an existing folder, absolute.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf> {
    std::fs::canonicalize(path).with_context(|| format!("{} cannot be read", path.display()))
}
