//! `wikiward rule explain`: how a rule came to its result.

use super::eval::{EXIT_ERROR, EXIT_NO_MATCH};
use super::language::{KnownArgs, Language, ReleaseArgs};
use super::one::{IdArgs, RuleArgs, RuleText};
use super::variables::{Variables, VarsArgs};
use crate::terminal::Terminal;
use anyhow::Result;
use std::process::ExitCode;
use std::time::Instant;
use wikiward_rules::explain::{ExplainOptions, explain};
use wikiward_rules::vocabulary::variables::PROTECTED;
use wikiward_rules::{Scratch, Session};

/// Arguments of `rule explain`.
#[derive(Debug, clap::Args)]
#[command(
    about = "Show how a rule came to its result, part by part",
    long_about = "Show how a rule came to its result, part by part: the value of every part, what was matched and where, \
        the conditions and the time it took, what was skipped and why, and which parts decided.",
    after_help = EXAMPLES
)]
pub struct Args {
    #[command(flatten)]
    rule: RuleArgs,
    #[command(flatten)]
    id: IdArgs,
    #[command(flatten)]
    vars: VarsArgs,
    #[command(flatten)]
    known: KnownArgs,
    #[command(flatten)]
    release: ReleaseArgs,
    /// Evaluate skipped parts too; variables that are not set are undefined there
    #[arg(long)]
    full: bool,
    /// Hide the values of protected variables, and what would reveal them
    #[arg(long)]
    redact: bool,
    /// Print JSON: `result`, `conditions`, `time_us`, `decisive`, `nodes`
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  wikiward rule explain 'page_namespace == 0 & !(\"sysop\" in user_groups)' --vars edit.json
  wikiward rule explain --file spam.rule --vars edit.json --json | jq .decisive

Exit codes:
  0  the rule matches
  1  it does not match
  2  it has an error (what was evaluated before is shown), or something cannot be read";

/// Runs `rule explain`.
///
/// # Errors
/// A file cannot be read.
pub fn run(args: &Args, terminal: &Terminal) -> Result<ExitCode> {
    let language = Language::new(&args.known, &args.release)?;
    let text = RuleText::read(args.rule.rule.as_deref(), args.rule.file.as_deref(), &args.id, terminal)?;
    let variables = Variables::read(&args.vars, &language.vocabulary)?;
    let rule = match text.compile(&language) {
        Ok(rule) => rule,
        Err(error) => {
            text.show_error(&error, &language, terminal);
            return Ok(ExitCode::from(EXIT_ERROR));
        }
    };
    let action = variables.action(&language.vocabulary);
    let mut scratch = Scratch::default();
    let options = language.options(wikiward_rules::evaluate::CONDITIONS_MAX);
    let mut session = Session::new(&action, &language.vocabulary, options, &mut scratch);
    let start = Instant::now();
    let clock = || u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let redact: &[&str] = if args.redact { &PROTECTED } else { &[] };
    let source = text.text.as_bytes();
    let options = ExplainOptions { source, full: args.full, redact, brief: false, clock: Some(&clock) };
    let explanation = explain(&mut session, &rule, &options);
    let shown = if args.json {
        format!("{}\n", explanation.to_json())
    } else {
        explanation.to_text(terminal.has_color(), terminal.width())
    };
    terminal.print(shown.as_bytes())?;
    if let (Some(error), false) = (&explanation.error, args.json) {
        text.show_error(error, &language, terminal);
    }
    Ok(match (&explanation.error, explanation.result) {
        (None, true) => ExitCode::SUCCESS,
        (None, false) => ExitCode::from(EXIT_NO_MATCH),
        (Some(_), _) => ExitCode::from(EXIT_ERROR),
    })
}
