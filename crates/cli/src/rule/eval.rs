//! `wikiward rule eval`: the value of a rule; or many answers, in JSON lines.

mod stream;

use super::language::{KnownArgs, Language, ReleaseArgs};
use super::literal::shown;
use super::one::{IdArgs, RuleText};
use super::variables::{Variables, VarsArgs};
use crate::terminal::{Style, Terminal};
use anyhow::Result;
use serde_json::json;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use wikiward_rules::{End, Evaluation, Scratch, Session, wire};

/// Exit code where the rule does not match.
pub const EXIT_NO_MATCH: u8 = 1;

/// Exit code where the rule has an error.
pub const EXIT_ERROR: u8 = 2;

/// Characters of a value that are shown.
const VALUE_CHARS: usize = 2_000;

/// Arguments of `rule eval`.
#[derive(Debug, clap::Args)]
#[command(
    about = "Evaluate a rule, or answer requests in JSON lines",
    after_help = EXAMPLES
)]
#[group(id = "what", required = true, multiple = false, args = ["rule", "file", "jsonl"])]
pub struct Args {
    /// The rule
    rule: Option<String>,
    /// Read the rule from a file: plain text, a record or AbuseFilter's export (JSON); `-` is standard input
    #[arg(long, short, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Answer requests, one JSON object a line, from a file or (`-`, or nothing) standard input
    ///
    /// A request has `rule` (or `rules`: several of one action), `vars`, and perhaps `id`, `known`, `mode` ("eval" or
    /// "check"), `limit` (of conditions). Each gets one line: `ok`, `type`, `result`, `matched`, `conditions`,
    /// `warnings`, or `error`, `position`, `params`. Variables are taken as given: nothing is derived, and names that no
    /// rule can read are passed over. A line that is no request is answered with `"error":"badrequest"`; a field that nobody knows is named
    /// and ignored.
    #[arg(
        long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-",
        conflicts_with_all = ["vars", "known", "id", "json", "limit"]
    )]
    jsonl: Option<PathBuf>,
    #[command(flatten)]
    id: IdArgs,
    #[command(flatten)]
    vars: VarsArgs,
    #[command(flatten)]
    known: KnownArgs,
    #[command(flatten)]
    release: ReleaseArgs,
    /// Conditions that the rule may use
    #[arg(long, value_name = "N", default_value_t = wikiward_rules::evaluate::CONDITIONS_MAX)]
    limit: u32,
    /// Print the answer as one line of JSON, in the form of `--jsonl`
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  wikiward rule eval '1 + 1 == 2'
  wikiward rule eval 'user_editcount < 10 & \"http\" in added_lines' --vars edit.json
  wikiward rule eval --file spam.rule --vars edit.json --json
  echo '{\"rule\":\"page_id > 3\",\"vars\":{\"page_id\":7}}' | wikiward rule eval --jsonl

Exit codes:
  0  the rule matches; with --jsonl: every line was a request
  1  it does not match; with --jsonl: some lines were no requests, or had unknown fields
  2  the rule has an error, or something cannot be read";

/// Runs `rule eval`.
///
/// # Errors
/// A file cannot be read, or the arguments make no sense.
pub fn run(args: &Args, terminal: &Terminal) -> Result<ExitCode> {
    if let Some(path) = &args.jsonl {
        return stream::run(path, &args.release, terminal);
    }
    let language = Language::new(&args.known, &args.release)?;
    let text = RuleText::read(args.rule.as_deref(), args.file.as_deref(), &args.id, terminal)?;
    let variables = Variables::read(&args.vars, &language.vocabulary)?;
    let action = variables.action(&language.vocabulary);
    let mut scratch = Scratch::default();
    let evaluation = match text.compile(&language) {
        Ok(rule) => {
            Session::new(&action, &language.vocabulary, language.options(args.limit), &mut scratch).evaluate(&rule)
        }
        Err(error) => Evaluation { end: End::Error(error), conditions: 0, warnings: Vec::new() },
    };
    if args.json {
        let answer = wire::evaluated(&evaluation, &language.vocabulary);
        terminal.print(format!("{answer}\n").as_bytes())?;
    } else {
        terminal.print(for_people(&evaluation, terminal.has_color()).as_bytes())?;
        if let End::Error(error) = &evaluation.end {
            text.show_error(error, &language, terminal);
        }
    }
    Ok(exit_code(&evaluation))
}

/// 0 where the rule matches, [`EXIT_NO_MATCH`] or [`EXIT_ERROR`].
pub fn exit_code(evaluation: &Evaluation) -> ExitCode {
    match evaluation.end {
        End::Value(_) if evaluation.is_match() => ExitCode::SUCCESS,
        End::Value(_) => ExitCode::from(EXIT_NO_MATCH),
        End::Error(_) | End::Needs(_) => ExitCode::from(EXIT_ERROR),
    }
}

fn for_people(evaluation: &Evaluation, has_color: bool) -> String {
    let mut text = String::new();
    if let End::Value(value) = &evaluation.end {
        let verdict = if evaluation.is_match() { Style::Good.paint("yes", has_color) } else { "no".to_owned() };
        let _ = writeln!(text, "matched     {verdict}");
        let _ = writeln!(text, "value       {}", shown(value, VALUE_CHARS));
        let _ = writeln!(text, "type        {}", value.type_name());
        let _ = writeln!(text, "conditions  {}", evaluation.conditions);
    }
    for warning in &evaluation.warnings {
        let word = Style::Warning.paint("warning", has_color);
        let about = match warning.id {
            "match-empty-regex" => "the pattern matches the empty text, so it matches everything",
            other => other,
        };
        let _ = writeln!(text, "{word}     {about} (byte {})", warning.position);
    }
    text
}

/// The answer of a rule that was not evaluated, for programs that read several answers.
pub fn unanswered(cause: &str) -> serde_json::Value {
    json!({"ok": false, "error": "badrequest", "detail": cause})
}
