//! `wikiward rule`: everything about the rules of filters.

pub mod bench;
pub mod check;
pub mod eval;
pub mod explain;
pub mod fmt;
pub mod language;
pub mod literal;
pub mod one;
pub mod report;
pub mod variables;

use crate::lsp;
use crate::terminal::Terminal;
use clap::Subcommand;
use std::process::ExitCode;

/// The commands below `wikiward rule`.
#[derive(Debug, Subcommand)]
pub enum RuleCommand {
    /// Evaluate a rule, or answer requests in JSON lines
    Eval(eval::Args),
    /// Find errors and likely mistakes in rules
    Check(check::Args),
    /// Lay out rules in the usual way
    Fmt(fmt::Args),
    /// Show how a rule came to its result, part by part
    Explain(explain::Args),
    /// Measure how long filters take
    Bench(bench::Args),
    /// Serve an editor over the language server protocol, on standard input and output
    Lsp(lsp::Args),
}

/// Runs one of the commands.
///
/// # Errors
/// What kept it from doing anything; the program then ends with exit code 2.
pub fn run(command: RuleCommand, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    match command {
        RuleCommand::Eval(args) => eval::run(&args, terminal),
        RuleCommand::Check(args) => check::run(&args, terminal),
        RuleCommand::Fmt(args) => fmt::run(&args, terminal),
        RuleCommand::Explain(args) => explain::run(&args, terminal),
        RuleCommand::Bench(args) => bench::run(&args, terminal),
        RuleCommand::Lsp(args) => lsp::run(&args),
    }
}
