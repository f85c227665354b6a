//! What was wrong with the input: counted, and listed as far as a list is readable.

use crate::backtest::panel::InvalidFilter;
use crate::backtest::visible::on_one_line;
use serde::Serialize;
use std::fmt::Display;

/// Most problems that are kept word by word; the others are counted.
pub(crate) const LISTED_MAX: usize = 1_000;

/// Problems of one run, in the order they were met.
#[derive(Debug, Default, Clone, Serialize)]
pub(crate) struct Problems {
    /// Input that could not be used: the run ends with exit code 1.
    pub(crate) errors: u64,
    /// Input that was used but is odd.
    pub(crate) doubts: u64,
    /// The first [`LISTED_MAX`], each naming file, line and cause.
    pub(crate) listed: Vec<Problem>,
}

/// One problem.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub(crate) struct Problem {
    /// `error` or `doubt`.
    pub(crate) severity: &'static str,
    /// Where and why, on one line.
    pub(crate) message: String,
}

impl Problems {
    /// An entry, or the rest of a file, was left out.
    pub(crate) fn error(&mut self, error: &impl Display) {
        self.errors += 1;
        self.list("error", error);
    }

    /// Something was used, but is probably not meant so.
    pub(crate) fn doubt(&mut self, doubt: &impl Display) {
        self.doubts += 1;
        self.list("doubt", doubt);
    }

    /// A filter has an error.
    pub(crate) fn invalid_filter(&mut self, filter: &InvalidFilter) {
        let at = filter.at.map(|(line, column)| format!(" at {line}:{column} of its rule")).unwrap_or_default();
        self.error(&format!("{}: filter {}{at}: {} ({})", filter.place, filter.key, filter.message, filter.error));
    }

    /// Adds those of a later part of the run.
    pub(crate) fn absorb(&mut self, later: Self) {
        self.errors += later.errors;
        self.doubts += later.doubts;
        let room = LISTED_MAX.saturating_sub(self.listed.len());
        self.listed.extend(later.listed.into_iter().take(room));
    }

    /// How many are counted but not listed.
    pub(crate) fn unlisted(&self) -> u64 {
        (self.errors + self.doubts).saturating_sub(self.listed.len() as u64)
    }

    fn list(&mut self, severity: &'static str, message: &impl Display) {
        if self.listed.len() < LISTED_MAX {
            let message = on_one_line(&message.to_string()).into_owned();
            self.listed.push(Problem { severity, message });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_counted_and_the_first_are_listed() {
        let mut problems = Problems::default();
        (0..LISTED_MAX + 5).for_each(|number| problems.error(&number));
        problems.doubt(&"odd");
        assert_eq!((problems.errors, problems.doubts, problems.unlisted()), (1_005, 1, 6));
        assert_eq!(problems.listed.first().map(|problem| problem.message.as_str()), Some("0"));
    }
}
