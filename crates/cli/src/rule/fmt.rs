//! `wikiward rule fmt`: rules in the usual layout.

mod difference;

use super::report;
use crate::terminal::Terminal;
use anyhow::{Context, Result, anyhow, bail};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use wikiward_rules::Vocabulary;
use wikiward_rules::diagnostic::Diagnostic;
use wikiward_rules::format::format;
use wikiward_rules::syntax::lexer::SOURCE_BYTES_MAX;

/// Exit code where a rule is laid out differently, or has an error.
const EXIT_DIFFERS: u8 = 1;

/// Arguments of `rule fmt`.
#[derive(Debug, clap::Args)]
#[command(
    about = "Lay out rules in the usual way",
    long_about = "Lay out rules in the usual way, in place.\n\n\
        Only white space changes: the meaning, the comments and the order stay. Files hold one rule each, as plain text; \
        a rule with an error is left as it is.",
    after_help = EXAMPLES
)]
pub struct Args {
    /// Files of one rule each; `-` is standard input, laid out to standard output
    #[arg(required_unless_present = "stdin", conflicts_with = "stdin", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Change nothing; show what would change
    #[arg(long)]
    check: bool,
    /// Read a rule from standard input and write it to standard output
    #[arg(long)]
    stdin: bool,
}

const EXAMPLES: &str = "Examples:
  wikiward rule fmt spam.rule
  wikiward rule fmt --check rules/*.rule
  wikiward rule fmt --stdin < spam.rule

Exit codes:
  0  done; with --check: everything is laid out already
  1  a rule has an error and was left alone; with --check: something would change
  2  something cannot be read or written (the rest was done)";

/// What became of one rule.
enum Done {
    Same,
    Changed,
    Erroneous,
}

/// Runs `rule fmt`.
///
/// # Errors
/// Standard output cannot be written.
pub fn run(args: &Args, terminal: &Terminal) -> Result<ExitCode> {
    let stdin = PathBuf::from("-");
    let files = if args.stdin { std::slice::from_ref(&stdin) } else { &args.files };
    let mut code = 0;
    for path in files {
        let done = one(path, args.check, terminal);
        code = code.max(match done {
            Ok(Done::Same) => 0,
            Ok(Done::Changed) => u8::from(args.check) * EXIT_DIFFERS,
            Ok(Done::Erroneous) => EXIT_DIFFERS,
            Err(error) if crate::is_broken_pipe(&error) => return Err(error),
            Err(error) => {
                terminal.complain(&format!("{error:#}"));
                crate::EXIT_UNUSABLE
            }
        });
    }
    Ok(ExitCode::from(code))
}

fn one(path: &Path, checks: bool, terminal: &Terminal) -> Result<Done> {
    let (name, source) = read(path)?;
    let mut formatted = match format(source.as_bytes()) {
        Ok(formatted) => String::from_utf8(formatted).with_context(|| format!("{name}: the layout is not UTF-8"))?,
        Err(error) => {
            let diagnostic = Diagnostic::of_error_in(source.as_bytes(), &error, &Vocabulary::default());
            terminal.note(
                report::render(&diagnostic, &source, &name, terminal.has_color_err(), terminal.width()).trim_end(),
            );
            return Ok(Done::Erroneous);
        }
    };
    if !formatted.is_empty() && !formatted.ends_with('\n') {
        formatted.push('\n');
    }
    let done = if formatted == source { Done::Same } else { Done::Changed };
    match done {
        Done::Changed if checks => {
            let difference = difference::show(&name, &source, &formatted, terminal.has_color());
            terminal.print(difference.as_bytes())?;
        }
        _ if checks => {}
        _ if is_stdin(path) => terminal.print(formatted.as_bytes())?,
        Done::Changed => {
            replace(path, &formatted).with_context(|| format!("{name}: cannot be written"))?;
        }
        _ => {}
    }
    Ok(done)
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn read(path: &Path) -> Result<(String, String)> {
    let name = if is_stdin(path) { "standard input".to_owned() } else { path.display().to_string() };
    let mut bytes = Vec::new();
    if is_stdin(path) {
        std::io::stdin().lock().take(SOURCE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(SOURCE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes))
    }
    .with_context(|| format!("{name}: cannot be read"))?;
    if bytes.len() > SOURCE_BYTES_MAX {
        bail!("{name}: longer than {SOURCE_BYTES_MAX} bytes, which no rule may be");
    }
    let source = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = memchr::memchr_iter(b'\n', error.as_bytes().get(..at).unwrap_or_default()).count() + 1;
        anyhow!("{name}:{line}: not UTF-8")
    })?;
    if source.trim_start().starts_with('{') {
        bail!("{name}: holds JSON; fmt lays out files of one plain rule each");
    }
    Ok((name, source))
}

/// Writes a file whole or not at all; its permissions stay, and what a link points to is replaced, not the link.
fn replace(path: &Path, text: &str) -> Result<()> {
    let path = path.canonicalize()?;
    let folder = path.parent().context("it is in no folder")?;
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().set_permissions(path.metadata()?.permissions())?;
    new.persist(&path)?;
    Ok(())
}
