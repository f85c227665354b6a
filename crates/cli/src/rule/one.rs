//! One rule, given on the command line or in a file.

use super::language::Language;
use super::report;
use crate::input::{FilterSource, load_filters};
use crate::terminal::Terminal;
use anyhow::bail;
use std::path::{Path, PathBuf};
use wikiward_rules::diagnostic::Diagnostic;
use wikiward_rules::{Rule, RuleError};

/// Arguments that give one rule.
#[derive(Debug, clap::Args)]
#[group(id = "one_rule", required = true, multiple = false)]
pub struct RuleArgs {
    /// The rule
    pub rule: Option<String>,
    /// Read the rule from a file: plain text, a record or AbuseFilter's export (JSON); `-` is standard input
    #[arg(long, short, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// Which rule of a file with several.
#[derive(Debug, Default, clap::Args)]
pub struct IdArgs {
    /// The filter's id, where the file holds several
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
}

/// A rule's text and where it came from.
#[derive(Debug)]
pub struct RuleText {
    /// Shown in messages.
    pub origin: String,
    /// The text.
    pub text: String,
}

impl RuleText {
    /// Reads the rule that the arguments give.
    ///
    /// # Errors
    /// The file cannot be read, or does not hold exactly one rule of that id.
    pub fn read(rule: Option<&str>, file: Option<&Path>, id: &IdArgs, terminal: &Terminal) -> anyhow::Result<Self> {
        if let Some(text) = rule {
            return Ok(Self { origin: "rule".to_owned(), text: text.to_owned() });
        }
        let Some(path) = file else { bail!("give a rule, or --file FILE") };
        let loaded = load_filters(path, None);
        for doubt in &loaded.doubts {
            terminal.warn(&doubt.to_string());
        }
        let mut chosen = loaded.filters.into_iter().filter(|filter| id.id.as_ref().is_none_or(|id| *id == filter.id));
        match (chosen.next(), chosen.next(), &id.id) {
            (Some(filter), None, _) => Ok(Self { origin: origin(&filter), text: filter.rule }),
            (Some(_), Some(_), _) => {
                bail!("{}: holds several filters; choose one with --id", path.display())
            }
            (None, _, _) if !loaded.errors.is_empty() => {
                let causes: Vec<String> = loaded.errors.iter().map(ToString::to_string).collect();
                bail!("{}", causes.join("\n"))
            }
            (None, _, Some(id)) => bail!("{}: holds no filter {id}", path.display()),
            (None, _, None) => bail!("{}: holds no filter", path.display()),
        }
    }

    /// Compiles it.
    ///
    /// # Errors
    /// The rule's first error.
    pub fn compile(&self, language: &Language) -> Result<Rule, Box<RuleError>> {
        Rule::compile(self.text.as_bytes(), &language.vocabulary, language.release)
    }

    /// Shows an error of this rule on standard error, with the place in its text.
    pub fn show_error(&self, error: &RuleError, language: &Language, terminal: &Terminal) {
        let diagnostic = Diagnostic::of_error_in(self.text.as_bytes(), error, &language.vocabulary);
        let report = report::render(&diagnostic, &self.text, &self.origin, terminal.has_color_err(), terminal.width());
        terminal.note(report.trim_end());
    }
}

/// How a filter is called in messages: its file; and line and id, where a file can hold several.
pub fn origin(filter: &FilterSource) -> String {
    let file = &filter.place.file;
    let stem = Path::new(&**file).file_stem().map(|stem| stem.to_string_lossy());
    let is_plain = filter.place.line <= 1 && stem.is_some_and(|stem| stem == filter.id) && filter.name == filter.id;
    if is_plain || &**file == "standard input" && filter.id == "stdin" {
        file.to_string()
    } else {
        format!("{}, filter {}", filter.place, filter.id)
    }
}
