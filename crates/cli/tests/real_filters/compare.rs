//! What must be equal, and the list of what is not.

use serde_json::Value as Json;
use std::collections::BTreeMap;
use wikiward_rules::ruleset::{Outcome, Verdict};
use wikiward_rules::{End, Evaluation};
use wikiward_testkit::oracle::same;

/// Fields of an answer that must be equal.
const FIELDS: [&str; 9] = ["ok", "error", "position", "params", "type", "result", "matched", "conditions", "warnings"];
/// Differences of one filter that are printed in full.
const SHOWN_MAX: usize = 2;

/// What one filter said of one edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judged {
    matched: bool,
    error: Option<(&'static str, Option<u32>)>,
    params: String,
    conditions: u32,
    warnings: Vec<(String, u32)>,
}

impl Judged {
    pub(crate) fn evaluation(evaluation: &Evaluation) -> Self {
        let error = match &evaluation.end {
            End::Error(error) => Some(&**error),
            End::Value(_) | End::Needs(_) => None,
        };
        Self::new(evaluation.is_match(), error, evaluation.conditions, &evaluation.warnings)
    }

    pub(crate) fn outcome(outcome: &Outcome) -> Self {
        let error = match &outcome.verdict {
            Verdict::Error(error) => Some(&**error),
            Verdict::Match | Verdict::NoMatch | Verdict::Needs(_) => None,
        };
        Self::new(outcome.is_match(), error, outcome.conditions, &outcome.warnings)
    }

    fn new(
        matched: bool,
        error: Option<&wikiward_rules::RuleError>,
        conditions: u32,
        warnings: &[wikiward_rules::Warning],
    ) -> Self {
        Self {
            matched,
            error: error.map(|error| (error.id.name(), error.position)),
            params: error.map_or_else(String::new, |error| format!("{:?}", error.params)),
            conditions,
            warnings: warnings.iter().map(|warning| (warning.id.to_owned(), warning.position)).collect(),
        }
    }

    /// The same without what moves when a rule is laid out anew.
    pub(crate) fn without_places(&self) -> Self {
        Self {
            error: self.error.map(|(id, _)| (id, None)),
            warnings: self.warnings.iter().map(|(id, _)| (id.clone(), 0)).collect(),
            ..self.clone()
        }
    }
}

/// Where the reference and we disagree, filter by filter.
#[derive(Debug, Default)]
pub(crate) struct Differences {
    answers: usize,
    matches: usize,
    errors: BTreeMap<String, usize>,
    /// Where the reference has no answer: an error of its host language, or a limit of its backtracking where we need
    /// none (the pattern itself is sound: it has answers on other edits).
    failed_there: BTreeMap<String, usize>,
    found: BTreeMap<String, Vec<String>>,
}

impl Differences {
    pub(crate) fn compare(&mut self, filter: &str, edit: &str, theirs: &Json, ours: &Json) {
        self.answers += 1;
        self.matches += usize::from(ours["matched"] == true);
        if let Some(error) = ours["error"].as_str() {
            *self.errors.entry(format!("{filter} {error} at {}", ours["position"])).or_default() += 1;
        }
        let gave_up = theirs["error"] == "regexfailure" && ours["ok"] == true;
        if theirs["error"] == "internal" || gave_up {
            *self.failed_there.entry(filter.to_owned()).or_default() += 1;
            return;
        }
        let different: Vec<&str> = FIELDS.into_iter().filter(|field| !same(&theirs[*field], &ours[*field])).collect();
        if !different.is_empty() {
            let shown: Vec<String> = different
                .iter()
                .map(|field| format!("{field}: theirs {}, ours {}", cut(&theirs[*field]), cut(&ours[*field])))
                .collect();
            self.found.entry(filter.to_owned()).or_default().push(format!("{edit}: {}", shown.join("; ")));
        }
    }

    /// Prints what was compared; fails if something differs.
    pub(crate) fn report(&self) {
        println!("{} answers, {} matches", self.answers, self.matches);
        for (error, times) in &self.errors {
            println!("error of the rule: {error}, on {times} edits");
        }
        for (filter, times) in &self.failed_there {
            println!("the reference has no answer: {filter}, on {times} edits");
        }
        let mut list: Vec<String> = Vec::new();
        for (filter, found) in &self.found {
            list.push(format!("{filter}, on {} edits:", found.len()));
            list.extend(found.iter().take(SHOWN_MAX).map(|one| format!("    {one}")));
        }
        let list = list.join("\n");
        assert!(self.found.is_empty(), "{} filters differ:\n{list}", self.found.len());
    }
}

fn cut(value: &Json) -> String {
    value.to_string().chars().take(200).collect()
}
