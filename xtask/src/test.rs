//! `cargo xtask test`: all tests, as CI runs them.

use crate::beside::Beside;
use crate::oracle::{self, absolute};
use crate::run::{cargo, root, step, target};
use crate::{assets, crash, e2e, schema};
use anyhow::{Result, bail};
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;
use wikiward_testkit::{codes, mediawiki, postgres};

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

/// Other packages that tests need: clients of the language server, the browser that reports are opened in, the database
/// server that the service also runs on.
const PACKAGES: [&str; 3] = ["python3", "chromium", "postgresql"];

/// What wikis on MariaDB need, which are brought over in tests.
const MARIADB: [&str; 3] = ["mariadb-server-core", "mariadb-client", "php-mysql"];

pub(crate) fn test(arguments: &Arguments) -> Result<()> {
    if cfg!(not(target_os = "linux")) {
        bail!("the tests run on Linux only");
    }
    let mut took = Vec::new();
    let mut run = |what: &'static str, mut command: Command| -> Result<()> {
        took.push((what, step(what, &mut command)?));
        Ok(())
    };
    if !arguments.only_tests {
        run("formatting", cargo(["fmt", "--all", "--check"]))?;
    }
    assets::of_tests(arguments.no_install)?;
    let oracle = reference(arguments.no_install)?;
    let data = arguments.data.clone().or_else(|| std::env::var_os("WIKIWARD_DATA").map(PathBuf::from));
    if !arguments.only_tests {
        let deny = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
        run("lints", cargo(deny))?;
    }
    let mut tests = cargo(["test", "--workspace", "--locked"]);
    // In the system's folder for temporary files: the server's own user must be able to get there.
    let database =
        postgres::Server::start(&std::env::temp_dir().join(format!("wikiward-tests-{}", std::process::id())));
    match &database {
        Some(server) => {
            tests.env(postgres::VARIABLE, server.url());
        }
        None => eprintln!("PostgreSQL is not here: what is tested on both databases is tested on SQLite only."),
    }
    match &oracle {
        Some(command) => {
            tests.env("WIKIWARD_ORACLE", command);
            // Where the reference runs, whole wikis can be made.
            tests.env(mediawiki::VARIABLE, "1");
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
    oidc_provider(arguments.no_install);
    let notes = empty_notes()?;
    tests.env(codes::NOTED, &notes);
    run("tests", tests)?;
    let mut check = cargo(["test", "--locked", "--package", "wikiward-api", "--test", "codes"]);
    check.env(codes::TO_CHECK, &notes);
    run("codes of errors", check)?;
    // None of these uses more than one processor for long.
    let beside = Beside::start(of_the_service(database.as_ref(), oracle.is_some(), arguments.no_install)?)?;
    let console = Instant::now();
    let tried = e2e::of_tests(arguments.no_install);
    took.push(("console in a browser", console.elapsed()));
    took.extend(beside.end()?);
    tried?;
    eprintln!();
    for (what, took) in took {
        eprintln!("{what:<28} {:>7.1} s", took.as_secs_f64());
    }
    Ok(())
}

/// What tries the service as a whole, without a browser.
fn of_the_service(
    database: Option<&postgres::Server>,
    has_mediawiki: bool,
    no_install: bool,
) -> Result<Vec<(&'static str, Command)>> {
    let mut steps = Vec::new();
    if let Some(server) = database {
        let mut again = cargo(["test", "--locked", "--package", "wikiward-api", "--tests"]);
        again.env(postgres::VARIABLE, server.url()).env(postgres::CHOICE, "postgres");
        steps.push(("interface on PostgreSQL", again));
    }
    if let Some(server) = database.filter(|_| has_mediawiki) {
        let mut again = cargo(["test", "--locked", "--package", "wikiward-cli", "--test", "undo"]);
        again.env(postgres::VARIABLE, server.url()).env(postgres::CHOICE, "postgres").env(mediawiki::VARIABLE, "1");
        steps.push(("undoing on PostgreSQL", again));
    }
    let own = std::env::current_exe()?;
    let mut killed = Command::new(&own);
    killed.args(crash::SHORT);
    steps.push(("crash", killed));
    let mut generated = Command::new(&own);
    generated.args(schema::SHORT).args(no_install.then_some("--no-install"));
    steps.push(("generated requests", generated));
    Ok(steps)
}

/// A folder for the codes that the tests are answered with, without those of an earlier run.
fn empty_notes() -> Result<PathBuf> {
    let folder = target().join("tmp/codes");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    absolute(&folder)
}

/// Brings the provider of identities that signing in is tested against, from npm.
fn oidc_provider(no_install: bool) {
    let folder = root().join("crates/people/tests/oidc");
    if folder.join("node_modules").exists() {
        return;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
    if no_install || !npm.status().is_ok_and(|status| status.success()) {
        eprintln!("npm brought no provider of identities: signing in by OpenID Connect is not tested.");
    }
}

/// The command that asks the reference evaluator, if it can be had.
fn reference(no_install: bool) -> Result<Option<String>> {
    let has_all = if no_install {
        oracle::PACKAGES.iter().all(|name| oracle::package_version(name).is_ok())
    } else {
        let _ = oracle::install(&PACKAGES)?;
        let _ = oracle::install(&MARIADB)?;
        oracle::install(&oracle::PACKAGES)?
    };
    if !has_all {
        return Ok(None);
    }
    Ok(Some(oracle::command(&oracle::set_up()?)))
}
