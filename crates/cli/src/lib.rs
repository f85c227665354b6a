//! The `wikiward` program: arguments, files, terminal, exit codes.
//!
//! What is clever lives in `wikiward-rules`; here it is fed from files and shown to people (or, with `--json`, to
//! programs). This crate alone prints.
//!
//! Invariants:
//! * standard output carries the result and nothing else; complaints go to standard error, one a line, with file, line
//!   and cause;
//! * bad input costs the part that is bad, never what was good before or after it, and shows in the exit code;
//! * colours are for terminals; a reader that goes away ends the program quietly.
//!
//! Begin reading at [`args::Command`], then [`rule`] and [`service`].

pub mod args;
pub mod backtest;
pub mod brake;
pub mod input;
pub mod lsp;
pub mod rule;
pub mod service;
pub mod terminal;

use args::{Cli, Command};
use clap::{CommandFactory, Parser};
use std::io;
use std::process::ExitCode;
use terminal::Terminal;

/// Something could not be read, or the arguments make no sense.
pub const EXIT_UNUSABLE: u8 = 2;

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let terminal = Terminal::new(cli.color);
    match run(cli.command, &terminal) {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            terminal.complain(&told(&error));
            ExitCode::from(EXIT_UNUSABLE)
        }
    }
}

fn run(command: Command, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    match command {
        Command::Rule { command } => rule::run(command, terminal),
        Command::Backtest(args) => backtest::run(&args),
        Command::Brake { command } => brake::run(command, terminal),
        Command::Service(command) => service::run(command, terminal),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "wikiward", &mut script);
            terminal.print(&script)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// An error with its causes, but for those that were said before: some errors say their cause themselves.
fn told(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |told, cause| match told.as_str() {
        "" => cause,
        _ if told.contains(&cause) => told,
        _ => format!("{told}: {cause}"),
    })
}

/// Whether the reader of our output has gone away: no error of ours.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe))
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;

    #[test]
    fn a_cause_is_said_once() {
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        let open = Err::<(), _>(input::Cause::Open(missing())).context("a.sql").unwrap_err();
        assert_eq!(told(&open), "a.sql: cannot be opened: entity not found");
        let plain = Err::<(), _>(missing()).context("a.sql cannot be read").unwrap_err();
        assert_eq!(told(&plain), "a.sql cannot be read: entity not found");
    }
}
