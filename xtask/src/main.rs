//! `cargo xtask`: everything that is done to this project, as commands.
//!
//! `cargo xtask demo` shows the program at work, `cargo xtask test` tests all of it; each says what it needs and how to
//! get it.

mod assets;
mod bench;
mod beside;
mod brake;
mod crash;
mod demo;
mod e2e;
mod entities;
mod equivset;
mod exports;
mod fuzz;
mod oracle;
mod real;
mod run;
mod schema;
mod test;
mod timing;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Runs, tests and measures Wikiward.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts the service with a farm of three wikis and replays edits through it.
    Demo(demo::Arguments),
    /// Formats, lints and tests everything, with the real parts installed first.
    Test(test::Arguments),
    /// Makes the console's styles and scripts, from its sources and pinned npm packages.
    Assets(assets::Arguments),
    /// Tries the console in Chromium.
    E2e(e2e::Arguments),
    /// Measures the engine, beside the reference evaluator if it is there, and the service.
    Bench(bench::Arguments),
    /// Compares with the reference evaluator on many random programs and on real filters.
    Differential(oracle::Arguments),
    /// Judges real edits by real filters through the service, and compares with the reference evaluator.
    Real(real::Arguments),
    /// Compares the times of answers about what may not be seen and what is not there.
    Timing(timing::Arguments),
    /// Tries many generated attacks on the emergency brake: none may switch a refusal off.
    BrakeAttacks(brake::Arguments),
    /// Kills the service again and again under load, and looks whether anything was lost or doubled.
    Crash(crash::Arguments),
    /// Tries the service's interface with generated requests, against its own description.
    SchemaTest(schema::Arguments),
    /// Runs the fuzz targets.
    Fuzz(fuzz::Arguments),
    /// Writes the table of look-alike characters anew from the Debian package's file.
    Equivset {
        /// The package's table.
        #[arg(default_value = oracle::EQUIVSET)]
        source: PathBuf,
    },
    /// Writes the tables of HTML's named entities anew.
    Entities,
    /// Writes the exports of a real AbuseFilter anew that ours are compared with.
    Exports(exports::Arguments),
}

fn main() -> ExitCode {
    match run_command(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run_command(command: Command) -> Result<()> {
    match command {
        Command::Demo(arguments) => demo::demo(&arguments),
        Command::Test(arguments) => test::test(&arguments),
        Command::Assets(arguments) => assets::assets(&arguments),
        Command::E2e(arguments) => e2e::e2e(&arguments),
        Command::Bench(arguments) => bench::bench(&arguments),
        Command::Differential(arguments) => oracle::differential(&arguments),
        Command::Real(arguments) => real::real(&arguments),
        Command::Timing(arguments) => timing::timing(&arguments),
        Command::BrakeAttacks(arguments) => brake::attacks(&arguments),
        Command::Crash(arguments) => crash::crash(&arguments),
        Command::SchemaTest(arguments) => schema::schema_test(&arguments),
        Command::Fuzz(arguments) => fuzz::fuzz(&arguments),
        Command::Equivset { source } => {
            let out = run::root().join("crates/rules/src/text/equivset/table.rs");
            equivset::generate(&source, &out, &oracle::package_version("mediawiki")?)
        }
        Command::Exports(arguments) => exports::exports(&arguments),
        Command::Entities => entities::generate(&run::root().join("crates/rules/src/text/entities")),
    }
}
