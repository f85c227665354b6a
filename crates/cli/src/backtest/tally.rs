//! What a run counts. Tallies of threads add up to the tally of the run, in any order.

use crate::backtest::examples::{EditRef, Example, First};
use crate::backtest::histogram::Histogram;
use crate::input::Edit;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use wikiward_rules::error::ErrorId;
use wikiward_rules::vocabulary::VariableId;

/// Most wikis that are counted one by one; edits of further ones count together under `(others)`.
pub(super) const WIKIS_MAX: usize = 5_000;

/// Most days that are counted one by one (54 years); edits of further ones are counted in no day.
pub(super) const DAYS_MAX: usize = 20_000;

/// Days since 1970, in UTC.
pub(super) type Day = i64;

/// Counts of one run, or of one thread's part of it.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    /// One for each filter of the panel.
    pub(super) filters: Vec<FilterTally>,
    /// One for each compared pair.
    pub(super) pairs: Vec<PairTally>,
    /// Edits judged.
    pub(super) edits: u64,
    /// Edits that some filter matched.
    pub(super) edits_hit: u64,
    /// Edits whose filters together used more conditions than the limit allows.
    pub(super) edits_over_limit: u64,
    /// Conditions that all filters used on an edit.
    pub(super) conditions: Histogram,
    /// Time to judge a sampled edit with all filters, in nanoseconds.
    pub(super) time_ns: Histogram,
    /// When the first and the last edit were saved.
    pub(super) span: Option<(Timestamp, Timestamp)>,
    /// Edits by what became of them.
    pub(super) outcomes: Outcomes,
    /// Edits and hits of each wiki.
    pub(super) wikis: BTreeMap<Arc<str>, Volume>,
    /// Edits and hits of each day.
    pub(super) days: BTreeMap<Day, Volume>,
}

/// Edits, and what filters said of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Volume {
    /// Edits judged.
    pub(super) edits: u64,
    /// Edits that some filter matched.
    pub(super) edits_hit: u64,
    /// Matches of all filters.
    pub(super) hits: u64,
}

/// Edits by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Outcomes {
    /// Undone later.
    pub(super) reverted: u64,
    /// Not undone, as far as the records go.
    pub(super) kept: u64,
    /// The record does not say.
    pub(super) unknown: u64,
}

/// Counts of one filter.
#[derive(Debug, Clone)]
pub(super) struct FilterTally {
    pub(super) matched: u64,
    pub(super) not_matched: u64,
    pub(super) undecided: u64,
    pub(super) failed: u64,
    /// Evaluations with a warning: a pattern that matches the empty text.
    pub(super) warned: u64,
    /// Undecided edits by the variable that the record lacked.
    pub(super) missing: BTreeMap<VariableId, u64>,
    /// Failures by error.
    pub(super) errors: BTreeMap<&'static str, Failures>,
    /// Conditions used on an edit.
    pub(super) conditions: Histogram,
    /// Time of a sampled evaluation alone, in nanoseconds.
    pub(super) time_ns: Histogram,
    /// Hits by what became of the edit.
    pub(super) outcomes: Outcomes,
    /// When the first and the last matched edit were saved.
    pub(super) span: Option<(Timestamp, Timestamp)>,
    /// The first edits that it matched.
    pub(super) examples: First<Example>,
}

/// Failures of one kind.
#[derive(Debug, Clone)]
pub(super) struct Failures {
    pub(super) count: u64,
    /// The first one: what was said, and of which edit.
    pub(super) first: First<(String, EditRef)>,
}

/// What two versions of a filter said of the same edits.
#[derive(Debug, Clone)]
pub(super) struct PairTally {
    pub(super) both: u64,
    pub(super) neither: u64,
    pub(super) gained: u64,
    pub(super) lost: u64,
    /// Edits on which one of them failed or was undecided.
    pub(super) undecided: u64,
    /// What became of the edits that only the new version matched.
    pub(super) gained_outcomes: Outcomes,
    /// What became of the edits that only the old version matched.
    pub(super) lost_outcomes: Outcomes,
    pub(super) gained_examples: First<Example>,
    pub(super) lost_examples: First<Example>,
}

impl Tally {
    /// Nothing counted yet, for so many filters and pairs; at most `examples_max` examples are kept of each kind.
    pub(super) fn new(filters: usize, pairs: usize, examples_max: usize) -> Self {
        Self {
            filters: vec![FilterTally::new(examples_max); filters],
            pairs: vec![PairTally::new(examples_max); pairs],
            edits: 0,
            edits_hit: 0,
            edits_over_limit: 0,
            conditions: Histogram::default(),
            time_ns: Histogram::default(),
            span: None,
            outcomes: Outcomes::default(),
            wikis: BTreeMap::new(),
            days: BTreeMap::new(),
        }
    }

    /// Counts an edit that `hits` filters matched, using `conditions` together.
    pub(super) fn edit(&mut self, edit: &Edit, hits: u64, conditions: u64, is_over_limit: bool) {
        self.edits += 1;
        self.edits_hit += u64::from(hits > 0);
        self.edits_over_limit += u64::from(is_over_limit);
        self.conditions.record(conditions);
        self.outcomes.count(edit);
        widen(&mut self.span, edit.at);
        let volume = Volume { edits: 1, edits_hit: u64::from(hits > 0), hits };
        add_wiki(&mut self.wikis, &edit.wiki, volume);
        add_day(&mut self.days, edit.at.as_second().div_euclid(86_400), volume);
    }

    /// Adds another part of the run.
    pub(super) fn absorb(&mut self, other: Self) {
        for (mine, theirs) in self.filters.iter_mut().zip(other.filters) {
            mine.absorb(theirs);
        }
        for (mine, theirs) in self.pairs.iter_mut().zip(other.pairs) {
            mine.absorb(theirs);
        }
        self.edits += other.edits;
        self.edits_hit += other.edits_hit;
        self.edits_over_limit += other.edits_over_limit;
        self.conditions.absorb(&other.conditions);
        self.time_ns.absorb(&other.time_ns);
        self.outcomes.absorb(other.outcomes);
        for at in other.span.into_iter().flat_map(|(first, last)| [first, last]) {
            widen(&mut self.span, at);
        }
        for (wiki, volume) in other.wikis {
            add_wiki(&mut self.wikis, &wiki, volume);
        }
        for (day, volume) in other.days {
            add_day(&mut self.days, day, volume);
        }
    }
}

impl Volume {
    /// Adds another one.
    pub(super) fn absorb(&mut self, other: Self) {
        self.edits += other.edits;
        self.edits_hit += other.edits_hit;
        self.hits += other.hits;
    }
}

impl Outcomes {
    /// Counts an edit.
    pub(super) fn count(&mut self, edit: &Edit) {
        match edit.outcome {
            Some(outcome) if outcome.reverted => self.reverted += 1,
            Some(_) => self.kept += 1,
            None => self.unknown += 1,
        }
    }

    /// Edits whose end is known.
    pub(super) fn known(self) -> u64 {
        self.reverted + self.kept
    }

    fn absorb(&mut self, other: Self) {
        self.reverted += other.reverted;
        self.kept += other.kept;
        self.unknown += other.unknown;
    }
}

impl FilterTally {
    fn new(examples_max: usize) -> Self {
        Self {
            matched: 0,
            not_matched: 0,
            undecided: 0,
            failed: 0,
            warned: 0,
            missing: BTreeMap::new(),
            errors: BTreeMap::new(),
            conditions: Histogram::default(),
            time_ns: Histogram::default(),
            outcomes: Outcomes::default(),
            span: None,
            examples: First::new(examples_max),
        }
    }

    /// Counts a match; `make` makes the example if one is still wanted.
    pub(super) fn hit(&mut self, place: u64, edit: &Edit, make: impl FnOnce() -> Example) {
        self.matched += 1;
        self.outcomes.count(edit);
        widen(&mut self.span, edit.at);
        self.examples.offer(place, make);
    }

    /// Counts a failure.
    pub(super) fn failure(&mut self, place: u64, error: ErrorId, message: impl FnOnce() -> String, edit: &Edit) {
        self.failed += 1;
        let failures = self.errors.entry(error.name()).or_insert_with(|| Failures { count: 0, first: First::new(1) });
        failures.count += 1;
        failures.first.offer(place, || (message(), EditRef::of(edit)));
    }

    /// Counts an edit whose record lacks a variable that the rule reads.
    pub(super) fn lacked(&mut self, variable: VariableId) {
        self.undecided += 1;
        *self.missing.entry(variable).or_default() += 1;
    }

    fn absorb(&mut self, other: Self) {
        self.matched += other.matched;
        self.not_matched += other.not_matched;
        self.undecided += other.undecided;
        self.failed += other.failed;
        self.warned += other.warned;
        for (variable, count) in other.missing {
            *self.missing.entry(variable).or_default() += count;
        }
        for (error, theirs) in other.errors {
            match self.errors.entry(error) {
                std::collections::btree_map::Entry::Vacant(entry) => {
                    entry.insert(theirs);
                }
                std::collections::btree_map::Entry::Occupied(mut entry) => {
                    entry.get_mut().count += theirs.count;
                    entry.get_mut().first.absorb(theirs.first);
                }
            }
        }
        self.conditions.absorb(&other.conditions);
        self.time_ns.absorb(&other.time_ns);
        self.outcomes.absorb(other.outcomes);
        for at in other.span.into_iter().flat_map(|(first, last)| [first, last]) {
            widen(&mut self.span, at);
        }
        self.examples.absorb(other.examples);
    }
}

impl PairTally {
    fn new(examples_max: usize) -> Self {
        Self {
            both: 0,
            neither: 0,
            gained: 0,
            lost: 0,
            undecided: 0,
            gained_outcomes: Outcomes::default(),
            lost_outcomes: Outcomes::default(),
            gained_examples: First::new(examples_max),
            lost_examples: First::new(examples_max),
        }
    }

    fn absorb(&mut self, other: Self) {
        self.both += other.both;
        self.neither += other.neither;
        self.gained += other.gained;
        self.lost += other.lost;
        self.undecided += other.undecided;
        self.gained_outcomes.absorb(other.gained_outcomes);
        self.lost_outcomes.absorb(other.lost_outcomes);
        self.gained_examples.absorb(other.gained_examples);
        self.lost_examples.absorb(other.lost_examples);
    }
}

fn widen(span: &mut Option<(Timestamp, Timestamp)>, at: Timestamp) {
    *span = Some(span.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
}

fn add_wiki(wikis: &mut BTreeMap<Arc<str>, Volume>, wiki: &Arc<str>, volume: Volume) {
    if let Some(counted) = wikis.get_mut(wiki) {
        counted.absorb(volume);
    } else if wikis.len() < WIKIS_MAX {
        wikis.insert(Arc::clone(wiki), volume);
    } else {
        wikis.entry(Arc::from("(others)")).or_default().absorb(volume);
    }
}

fn add_day(days: &mut BTreeMap<Day, Volume>, day: Day, volume: Volume) {
    if days.len() < DAYS_MAX || days.contains_key(&day) {
        days.entry(day).or_default().absorb(volume);
    }
}
