//! `cargo xtask schema-test`: generated requests against the interface, which must keep to its own description.
//!
//! Schemathesis makes the requests from `/v1/openapi.json`. An answer 5xx, or one that the description does not allow,
//! fails the test.

use crate::run::{build_program, is_installed, step, target};
use anyhow::{Context, Error, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use wikiward_testkit::requests;
use wikiward_testkit::service::{Launch, Wiki};

/// What is installed: one version, so that a test that passed goes on passing.
const PACKAGE: &str = "schemathesis==4.32.5";

/// What is looked for in every answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Requests per operation and phase.
    #[arg(long, default_value_t = 40)]
    examples: u32,
    /// Where the random requests begin.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Install nothing: without Schemathesis the test is left out, and says so.
    #[arg(long)]
    no_install: bool,
    /// Cargo profile.
    #[arg(long, default_value = "dev")]
    profile: String,
}

/// The run that belongs to the tests.
pub(crate) const SHORT: [&str; 3] = ["schema-test", "--examples", "20"];

pub(crate) fn schema_test(arguments: &Arguments) -> Result<()> {
    let Some(schemathesis) = schemathesis(arguments.no_install) else {
        eprintln!("Schemathesis is not here: the interface is not tried with generated requests.");
        eprintln!(
            "`cargo xtask schema-test` installs it in target/schemathesis; it needs python3 with venv, and PyPI."
        );
        return Ok(());
    };
    let program = build_program(&arguments.profile)?;
    let folder = target().join("schema-test");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("{} cannot be emptied", folder.display()))?;
    }
    let launch = Launch::new(&program, &folder, None).map_err(Error::from_boxed)?;
    let filters = requests::marked_filters(arguments.seed, 10);
    let wikis = ["examplewiki", "beispielwiki"].map(|name| Wiki { name, language: "en", filters: &filters });
    let farm = launch.make_farm(&wikis).map_err(Error::from_boxed)?;
    let process = launch.start().map_err(Error::from_boxed)?;
    let mut command = Command::new(schemathesis);
    command
        .current_dir(&folder)
        .arg("run")
        .arg(format!("http://{}/v1/openapi.json", process.address()))
        .args(["--header", &format!("Authorization: Bearer {}", farm.token)])
        .args(["--checks", CHECKS, "--max-examples", &arguments.examples.to_string()])
        .args(["--seed", &arguments.seed.to_string(), "--generation-database", "none"])
        // It cannot write filters one a line; imports have tests of their own.
        .args(["--exclude-path-regex", "/import$"])
        .args(["--request-timeout", "30", "--no-color"]);
    let tried = step("schemathesis", &mut command);
    process.stop().map_err(Error::from_boxed)?;
    tried.with_context(|| format!("the service's log: {}", launch.log().display()))?;
    Ok(())
}

/// The program, installed if need be; none if it cannot be had.
fn schemathesis(no_install: bool) -> Option<PathBuf> {
    let folder = target().join("schemathesis");
    let program = folder.join("bin/schemathesis");
    if is_there(&program) {
        return Some(program);
    }
    if no_install || !is_installed("python3") {
        return None;
    }
    let made = step("make a place for schemathesis", Command::new("python3").args(["-m", "venv"]).arg(&folder));
    let pip = folder.join("bin/pip");
    let install = ["install", "--quiet", "--disable-pip-version-check", PACKAGE];
    let installed = made.and_then(|_| step("install schemathesis", Command::new(pip).args(install)));
    if let Err(error) = installed {
        eprintln!("Schemathesis cannot be installed: {error:#}");
        return None;
    }
    is_there(&program).then_some(program)
}

fn is_there(program: &Path) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}
