//! The report of a run, as `--format json` prints it: one object whose keys stay.
//!
//! The other forms (table, CSV, page) are made of it and know nothing else. Counts are of edits unless a name says
//! otherwise; shares are between 0 and 1; moments are RFC 3339 in UTC, days `YYYY-MM-DD`. A field that is not known is
//! null.

mod build;

use crate::backtest::examples::{EditRef, Example};
use crate::backtest::problems::Problems;
use crate::backtest::selection::LeftOut;
use serde::Serialize;

pub(super) use build::{Facts, build};

/// Version of the report's form: rises when a key changes its meaning or goes.
pub(super) const FORMAT: u32 = 1;

/// The whole report.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Report {
    /// [`FORMAT`].
    pub(super) format: u32,
    /// Verdicts (a filter on an edit) that the records were too poor for; to be read before anything else.
    pub(super) undecided: Undecided,
    /// What was judged.
    pub(super) edits: Edits,
    /// What was assumed where records say too little; null if nothing was.
    pub(super) assumptions: Option<String>,
    /// Every filter that could be judged, most hits first.
    pub(super) filters: Vec<FilterReport>,
    /// Filters with an error, by their order in the input.
    pub(super) invalid_filters: Vec<InvalidReport>,
    /// Keys of filters that matched nothing although every edit was decided.
    pub(super) never_matched: Vec<String>,
    /// Keys of filters that matched every edit.
    pub(super) always_matched: Vec<String>,
    /// Keys of filters that were not decided on a single edit.
    pub(super) never_decided: Vec<String>,
    /// The comparison with `--against`; null without it.
    pub(super) comparison: Option<ComparisonReport>,
    /// The limit of conditions for all filters of an edit.
    pub(super) condition_limit: ConditionLimit,
    /// Edits and hits by day, in order; days without edits are left out.
    pub(super) days: Vec<VolumeReport>,
    /// Edits and hits by wiki, most hits first.
    pub(super) wikis: Vec<VolumeReport>,
    /// How long it took.
    pub(super) timing: Timing,
    /// What was wrong with the input.
    pub(super) problems: Problems,
}

/// Verdicts that could not be given.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Undecided {
    /// Verdicts in all: filters times edits.
    pub(super) verdicts: u64,
    /// Those that are undecided.
    pub(super) count: u64,
    /// Which variables were missing, most often first.
    pub(super) missing: Vec<Missing>,
}

/// A variable that records lacked.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Missing {
    /// Its name.
    pub(super) variable: String,
    /// Verdicts that were undecided for it.
    pub(super) count: u64,
}

/// What was judged.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Edits {
    /// Edits judged.
    pub(super) judged: u64,
    /// Edits that at least one filter matched.
    pub(super) matched: u64,
    /// Matches of all filters.
    pub(super) hits: u64,
    /// When the first was saved.
    pub(super) first: Option<String>,
    /// When the last was saved.
    pub(super) last: Option<String>,
    /// What became of all of them.
    pub(super) outcomes: OutcomesReport,
    /// What was read and not judged.
    pub(super) left_out: LeftOut,
}

/// Edits by what became of them.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct OutcomesReport {
    /// Undone later.
    pub(super) reverted: u64,
    /// Not undone.
    pub(super) kept: u64,
    /// Not recorded.
    pub(super) unknown: u64,
    /// `reverted` of those that are known: of a filter's hits, its precision by this measure.
    pub(super) reverted_share: Option<f64>,
}

/// One filter.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FilterReport {
    /// `wiki/id`, or `id`; unique.
    pub(super) filter: String,
    /// Its description.
    pub(super) name: String,
    /// Where it was read.
    pub(super) source: String,
    /// Whether it is switched on and not deleted.
    pub(super) enabled: bool,
    /// Names of its consequences.
    pub(super) actions: Vec<String>,
    /// The rule.
    pub(super) rule: String,
    /// Edits that it matched.
    pub(super) matched: u64,
    /// Edits that it did not match.
    pub(super) not_matched: u64,
    /// Edits whose record lacks a variable that it read.
    pub(super) undecided: u64,
    /// Edits on which it failed; on a wiki it would not match these.
    pub(super) failed: u64,
    /// Edits on which it used a pattern that matches the empty text.
    pub(super) warned: u64,
    /// `matched` of all decided edits.
    pub(super) matched_share: Option<f64>,
    /// Variables that were missing, most often first.
    pub(super) missing: Vec<Missing>,
    /// Failures by error, most often first.
    pub(super) errors: Vec<FailureReport>,
    /// Patterns that do not compile.
    pub(super) remarks: Vec<String>,
    /// Conditions used on an edit.
    pub(super) conditions: Spread<u64>,
    /// Microseconds of one evaluation alone, on a sample of edits.
    pub(super) time_us: Spread<f64>,
    /// What became of the matched edits.
    pub(super) outcomes: OutcomesReport,
    /// `matched` reverted edits of all reverted ones: its recall by this measure.
    pub(super) reverted_caught_share: Option<f64>,
    /// When the first matched edit was saved.
    pub(super) first_match: Option<String>,
    /// When the last matched edit was saved.
    pub(super) last_match: Option<String>,
    /// The first matched edits.
    pub(super) examples: Vec<Example>,
}

/// How a measure is spread.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Spread<T> {
    /// Measured how often.
    pub(super) count: u64,
    /// Half of the values are not above it.
    pub(super) p50: T,
    /// 95 % of the values are not above it.
    pub(super) p95: T,
    /// 99 % of the values are not above it.
    pub(super) p99: T,
    /// The largest value.
    pub(super) max: T,
}

/// Failures of a filter with one error.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FailureReport {
    /// The error's stable name.
    pub(super) error: String,
    /// Edits on which it happened.
    pub(super) count: u64,
    /// What was said the first time.
    pub(super) message: String,
    /// The edit of the first time.
    pub(super) first: Option<EditRef>,
}

/// A filter with an error.
#[derive(Debug, Clone, Serialize)]
pub(super) struct InvalidReport {
    /// `wiki/id`, or `id`.
    pub(super) filter: String,
    /// Its description.
    pub(super) name: String,
    /// Where it was read.
    pub(super) source: String,
    /// The error's stable name.
    pub(super) error: String,
    /// The error in words.
    pub(super) message: String,
    /// Line in the rule, from 1.
    pub(super) line: Option<usize>,
    /// Column in the rule in characters, from 1.
    pub(super) column: Option<usize>,
}

/// New versions beside old ones.
#[derive(Debug, Clone, Serialize)]
pub(super) struct ComparisonReport {
    /// Each pair, those that changed most first.
    pub(super) pairs: Vec<PairReport>,
    /// Keys of filters without an old version.
    pub(super) only_new: Vec<String>,
    /// Keys of filters without a new version.
    pub(super) only_old: Vec<String>,
    /// Old versions with an error.
    pub(super) invalid_filters: Vec<InvalidReport>,
}

/// Two versions of a filter.
#[derive(Debug, Clone, Serialize)]
pub(super) struct PairReport {
    /// Key of the new version.
    pub(super) filter: String,
    /// Key of the old version.
    pub(super) against: String,
    /// Edits that both match.
    pub(super) both: u64,
    /// Edits that neither matches.
    pub(super) neither: u64,
    /// Edits that only the new one matches.
    pub(super) gained: u64,
    /// Edits that only the old one matches.
    pub(super) lost: u64,
    /// Edits that one of them could not decide, or failed on.
    pub(super) undecided: u64,
    /// What became of the gained ones.
    pub(super) gained_outcomes: OutcomesReport,
    /// What became of the lost ones.
    pub(super) lost_outcomes: OutcomesReport,
    /// The first gained ones, with what the new version found.
    pub(super) gained_examples: Vec<Example>,
    /// The first lost ones, with what the old version found.
    pub(super) lost_examples: Vec<Example>,
}

/// The limit of conditions.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct ConditionLimit {
    /// Conditions that all filters of an edit may use together.
    pub(super) limit: u64,
    /// Whether filters beyond it failed, as on a wiki that runs all of these; otherwise each had the limit for itself.
    pub(super) shared: bool,
    /// Edits on which all filters together use more: a wiki that runs all of these would tag them.
    pub(super) edits_over: u64,
    /// Conditions used by all filters on an edit.
    pub(super) conditions: Spread<u64>,
}

/// Edits and hits of a day or a wiki.
#[derive(Debug, Clone, Serialize)]
pub(super) struct VolumeReport {
    /// The day, or the wiki's database name.
    pub(super) of: String,
    /// Edits judged.
    pub(super) edits: u64,
    /// Edits that at least one filter matched.
    pub(super) matched: u64,
    /// Matches of all filters.
    pub(super) hits: u64,
}

/// How long the run took. The only part of a report that differs from run to run, with each filter's `time_us`.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Timing {
    /// Seconds from the first byte to the last verdict.
    pub(super) seconds: f64,
    /// Edits judged in a second.
    pub(super) edits_per_second: f64,
    /// Threads that judged; one more read.
    pub(super) threads: usize,
    /// Microseconds to judge an edit with all filters, derived variables included, on a sample of edits.
    pub(super) edit_us: Spread<f64>,
}
