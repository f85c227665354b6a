//! `wikiward brake`: the emergency brake without a service.
//!
//! [`simulate`] runs scenarios and recorded edits through the brake and through AbuseFilter's algorithm. Begin there.

mod args;
mod edits;
mod page;
mod report;
mod scenario;
pub mod simulate;
mod table;

pub use args::Simulate;
pub use scenario::{KEYS, Key, Kind};

use crate::terminal::Terminal;
use clap::Subcommand;
use std::process::ExitCode;

/// The commands below `wikiward brake`.
#[derive(Debug, Subcommand)]
pub enum BrakeCommand {
    /// Show what the emergency brake would do: in worked scenarios, in your own, or on recorded edits
    Simulate(Simulate),
}

/// Runs one of the commands.
///
/// # Errors
/// What kept it from doing anything; the program then ends with exit code 2.
pub fn run(command: BrakeCommand, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    match command {
        BrakeCommand::Simulate(args) => simulate::run(&args, terminal),
    }
}
