//! The filters of a run: read, compiled, numbered.

use crate::backtest::problems::Problems;
use crate::input::{FilterSource, Place, load_filters};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use wikiward_rules::{ErrorId, Release, Rule, RuleError, RuleSet, Vocabulary};

/// The filters that are judged together.
#[derive(Debug)]
pub(crate) struct Panel {
    /// Filters whose rules can be evaluated, in the order of the set's rules.
    pub(crate) filters: Vec<Filter>,
    /// Filters that have an error.
    pub(crate) invalid: Vec<InvalidFilter>,
    /// Their rules.
    pub(crate) set: RuleSet,
}

/// A filter that can be judged.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    /// What names it in a report: `wiki/id`, or the id alone if it names no wiki. Unique in its panel.
    pub(crate) key: String,
    /// What it was read from.
    pub(crate) source: FilterSource,
    /// Its rule, ready.
    pub(crate) rule: Arc<Rule>,
    /// Patterns that do not compile: the filter fails wherever it reaches them.
    pub(crate) remarks: Vec<String>,
}

/// A filter that cannot be judged; it harms no other.
#[derive(Debug, Clone)]
pub(crate) struct InvalidFilter {
    /// As [`Filter::key`].
    pub(crate) key: String,
    /// Its name.
    pub(crate) name: String,
    /// Where its entry begins.
    pub(crate) place: Place,
    /// Line and column in the rule, from 1; the column counts characters.
    pub(crate) at: Option<(usize, usize)>,
    /// Stable name of the error.
    pub(crate) error: &'static str,
    /// The error in words, with what to do.
    pub(crate) message: String,
}

/// Which filters of the files are wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Ids or keys; all if empty.
    pub(crate) ids: Vec<String>,
    /// Leaves out filters that are switched off or deleted.
    pub(crate) only_enabled: bool,
}

impl Wanted {
    fn takes(&self, filter: &FilterSource) -> bool {
        let is_named = self.ids.is_empty() || self.ids.iter().any(|id| *id == filter.id || *id == key_of(filter));
        is_named && (!self.only_enabled || (filter.enabled && !filter.deleted))
    }
}

impl Panel {
    /// Reads and compiles the filters of all `files`. What cannot be read or compiled is told to `problems`.
    pub(crate) fn load(
        files: &[PathBuf],
        wanted: &Wanted,
        vocabulary: &Arc<Vocabulary>,
        release: Release,
        problems: &mut Problems,
    ) -> Self {
        let mut filters = Vec::new();
        let mut invalid = Vec::new();
        let mut used: HashMap<String, u32> = HashMap::new();
        for file in files {
            let loaded = load_filters(file, None);
            loaded.errors.iter().for_each(|error| problems.error(error));
            loaded.doubts.iter().for_each(|doubt| problems.doubt(doubt));
            for source in loaded.filters.into_iter().filter(|source| wanted.takes(source)) {
                let key = unique(key_of(&source), &mut used);
                match Rule::compile(source.rule.as_bytes(), vocabulary, release) {
                    Ok(rule) => {
                        let remarks = broken_patterns(&rule, &source.rule);
                        filters.push(Filter { key, source, rule: Arc::new(rule), remarks });
                    }
                    Err(error) => {
                        let filter = InvalidFilter {
                            at: error.position.map(|_| line_column(&source.rule, error.span.start as usize)),
                            error: error.id.name(),
                            message: in_words(&error, vocabulary),
                            name: source.name,
                            place: source.place,
                            key,
                        };
                        problems.invalid_filter(&filter);
                        invalid.push(filter);
                    }
                }
            }
        }
        let rules = filters.iter().map(|filter| Arc::clone(&filter.rule)).collect();
        Self { set: RuleSet::new(rules, Arc::clone(vocabulary)), filters, invalid }
    }
}

/// The error, and what to do about it.
fn in_words(error: &RuleError, vocabulary: &Vocabulary) -> String {
    let message = error.message();
    if let (ErrorId::UnrecognisedVar, Some(name)) = (error.id, error.params.first()) {
        let name = name.to_string();
        return match vocabulary.nearest(&name) {
            Some(nearest) => format!("{message}; perhaps `{nearest}` is meant"),
            None => {
                format!("{message}; if an extension of the wiki announces it, add --known {name}")
            }
        };
    }
    match error.help() {
        Some(help) => format!("{message}; {help}"),
        None => message,
    }
}

/// What names a filter: with its wiki, if it says so.
fn key_of(filter: &FilterSource) -> String {
    match &filter.wiki {
        Some(wiki) => format!("{wiki}/{}", filter.id),
        None => filter.id.clone(),
    }
}

/// The key, or if it is taken already, the key with a number.
fn unique(key: String, used: &mut HashMap<String, u32>) -> String {
    let times = used.entry(key.clone()).or_default();
    *times += 1;
    match *times {
        1 => key,
        times => unique(format!("{key}#{times}"), used),
    }
}

fn broken_patterns(rule: &Rule, source: &str) -> Vec<String> {
    let remark = |(span, _, message): (wikiward_rules::error::Span, usize, String)| {
        let (line, column) = line_column(source, span.start as usize);
        format!("the pattern of line {line}, column {column} does not compile: {message}")
    };
    rule.broken_patterns().into_iter().map(remark).collect()
}

/// Line and column (in characters) of a byte of the text, from 1.
fn line_column(text: &str, byte: usize) -> (usize, usize) {
    let before = text.as_bytes().get(..byte).unwrap_or(text.as_bytes());
    let before = String::from_utf8_lossy(before);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique_whatever_the_files_say() {
        let mut used = HashMap::new();
        let keys: Vec<String> = ["a/1", "a/1", "a/1#2", "a/1"].map(|key| unique(key.to_owned(), &mut used)).into();
        assert_eq!(keys, ["a/1", "a/1#2", "a/1#2#2", "a/1#3"]);
    }

    #[test]
    fn a_place_in_a_rule_is_counted_in_lines_and_characters() {
        assert_eq!(line_column("ab\nä c", 3), (2, 1));
        assert_eq!(line_column("ab\nä c", 6), (2, 3));
        assert_eq!(line_column("ab", 99), (1, 3));
    }
}
