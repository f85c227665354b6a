//! `wikiward rule check`: errors and likely mistakes.

use super::language::{KnownArgs, Language, ReleaseArgs};
use super::one::origin;
use super::report;
use crate::input::{FilterSource, load_filters};
use crate::terminal::Terminal;
use anyhow::Result;
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use wikiward_rules::diagnostic::{Diagnostic, Severity};
use wikiward_rules::error::{Span, Warning};
use wikiward_rules::evaluate::Options;
use wikiward_rules::lint::lint;
use wikiward_rules::{End, ErrorId, Rule, Vocabulary, static_vars};

/// Exit code where a rule has an error.
const EXIT_FOUND: u8 = 1;

/// Arguments of `rule check`.
#[derive(Debug, clap::Args)]
#[command(
    about = "Find errors and likely mistakes in rules",
    long_about = "Find errors and likely mistakes in rules.\n\n\
        Each rule is parsed, checked, evaluated with every branch taken (as a wiki does when a filter is saved), and \
        searched for what is probably not meant.",
    after_help = EXAMPLES
)]
pub struct Args {
    /// Files of rules: plain text, JSON lines with `id` and `rule`, AbuseFilter's export (JSON), or folders of them;
    /// `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    known: KnownArgs,
    #[command(flatten)]
    release: ReleaseArgs,
    /// Let warnings count as errors
    #[arg(long)]
    deny_warnings: bool,
    /// Show errors only
    #[arg(long, short)]
    quiet: bool,
    /// Print one line of JSON for each rule
    ///
    /// Fields: file, line, id, ok, variables (the built-in ones it reads), diagnostics (severity, code, message, span in
    /// bytes, line, column, label, notes, help, fix).
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  wikiward rule check spam.rule
  wikiward rule check filters.jsonl --known tor_exit_node,user_app
  wikiward rule check --json exported.json | jq 'select(.ok | not) | .id'

Exit codes:
  0  no rule has an error
  1  a rule has an error (with --deny-warnings: or a warning)
  2  something cannot be read (the rest was checked)";

/// Runs `rule check`.
///
/// # Errors
/// The table of look-alikes cannot be read, or the output cannot be written.
pub fn run(args: &Args, terminal: &Terminal) -> Result<ExitCode> {
    let language = Language::new(&args.known, &args.release)?;
    let mut out = terminal.out();
    let mut tally = Tally::default();
    for path in &args.files {
        let loaded = load_filters(path, None);
        for filter in &loaded.filters {
            let options = language.options(u32::MAX);
            let mut diagnostics = diagnostics(&filter.rule, &language.vocabulary, options);
            diagnostics.iter_mut().for_each(advise);
            tally.add(&diagnostics);
            if args.json {
                writeln!(out, "{}", line(filter, &diagnostics, &language.vocabulary))?;
            } else {
                show(filter, &diagnostics, args.quiet, &mut out, terminal)?;
            }
        }
        out.flush()?;
        for doubt in &loaded.doubts {
            terminal.warn(&doubt.to_string());
        }
        for error in &loaded.errors {
            tally.unreadable += 1;
            terminal.complain(&error.to_string());
        }
    }
    if !args.json && !args.quiet {
        writeln!(out, "{}", tally.summary())?;
    }
    out.flush()?;
    Ok(match tally {
        Tally { unreadable: 1.., .. } => ExitCode::from(crate::EXIT_UNUSABLE),
        Tally { errors: 1.., .. } => ExitCode::from(EXIT_FOUND),
        Tally { warnings: 1.., .. } if args.deny_warnings => ExitCode::from(EXIT_FOUND),
        _ => ExitCode::SUCCESS,
    })
}

/// Everything there is to say about a rule, in order of the text; an error that ends the analysis stands alone.
pub fn diagnostics(source: &str, vocabulary: &Vocabulary, options: Options<'_>) -> Vec<Diagnostic> {
    let rule = match Rule::compile(source.as_bytes(), vocabulary, options.release) {
        Ok(rule) => rule,
        Err(error) => {
            return vec![Diagnostic::of_error_in(source.as_bytes(), &error, vocabulary)];
        }
    };
    let mut found = lint(source.as_bytes(), &rule, vocabulary);
    let saving = rule.check_for_saving(vocabulary, options);
    if let End::Error(error) = &saving.end {
        let error = Diagnostic::of_error_in(source.as_bytes(), error, vocabulary);
        // The linter says more of a pattern that does not compile; that it is an error the check decides.
        let same = |other: &&mut Diagnostic| other.code == "broken-pattern" && other.span == error.span;
        match found.iter_mut().find(same) {
            Some(told) => (told.severity, told.code) = (error.severity, error.code),
            None => found.push(error),
        }
    }
    for warning in &saving.warnings {
        let is_told =
            |other: &Diagnostic| other.code == "matches-empty" && is_next(source, warning.position, other.span);
        if !found.iter().any(is_told) {
            found.push(warned(warning));
        }
    }
    found.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.span.end));
    found
}

/// Says what this command can do about an error.
fn advise(diagnostic: &mut Diagnostic) {
    if diagnostic.code == ErrorId::UnrecognisedVar.name() && diagnostic.fix.is_none() {
        let mut help = diagnostic.help.take().unwrap_or_default();
        if !help.is_empty() {
            help.push_str("; ");
        }
        help.push_str("a variable that an extension of the wiki adds is named with --known");
        diagnostic.help = Some(help);
    }
}

/// Whether nothing but a bracket and white space stands between the position and the span.
fn is_next(source: &str, position: u32, span: Span) -> bool {
    source
        .get(position as usize..span.start as usize)
        .is_some_and(|between| between.trim_matches([' ', '\t', '\r', '\n', '(']).is_empty())
}

/// A warning of the check at save time. It knows no values: a pattern that is put together from variables often counts
/// as empty there.
fn warned(warning: &Warning) -> Diagnostic {
    let at = warning.position;
    let span = Span { start: at.saturating_sub(1), end: at };
    let message = "a wiki that saves this rule warns that the pattern matches the empty text";
    Diagnostic::new(Severity::Hint, warning.id, span, message)
        .help("a pattern made of variables looks empty then; if this one never is, pass over it")
}

#[derive(Default)]
struct Tally {
    rules: usize,
    errors: usize,
    warnings: usize,
    hints: usize,
    unreadable: usize,
}

impl Tally {
    fn add(&mut self, diagnostics: &[Diagnostic]) {
        self.rules += 1;
        for diagnostic in diagnostics {
            match diagnostic.severity {
                Severity::Error => self.errors += 1,
                Severity::Warning => self.warnings += 1,
                Severity::Hint => self.hints += 1,
            }
        }
    }

    fn summary(&self) -> String {
        let count = |count: usize, word: &str| match count {
            1 => format!("1 {word}"),
            _ => format!("{count} {word}s"),
        };
        format!(
            "{}: {}, {}, {}",
            count(self.rules, "rule"),
            count(self.errors, "error"),
            count(self.warnings, "warning"),
            count(self.hints, "hint")
        )
    }
}

fn show(
    filter: &FilterSource,
    diagnostics: &[Diagnostic],
    quiet: bool,
    out: &mut impl Write,
    terminal: &Terminal,
) -> std::io::Result<()> {
    let origin = origin(filter);
    for diagnostic in diagnostics {
        if !quiet || diagnostic.severity == Severity::Error {
            let report = report::render(diagnostic, &filter.rule, &origin, terminal.has_color(), terminal.width());
            writeln!(out, "{report}")?;
        }
    }
    Ok(())
}

fn line(filter: &FilterSource, diagnostics: &[Diagnostic], vocabulary: &Vocabulary) -> serde_json::Value {
    json!({
        "file": &*filter.place.file,
        "line": filter.place.line,
        "id": filter.id,
        "ok": diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error),
        "variables": static_vars(filter.rule.as_bytes(), vocabulary).unwrap_or_default(),
        "diagnostics": diagnostics.iter().map(|one| report::to_json(one, &filter.rule)).collect::<Vec<_>>(),
    })
}
