//! Medians of batches, in processor time.

use crate::rule::language::Language;
use crate::rule::variables::Variables;
use cpu_time::ThreadTime;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;
use wikiward_rules::{Action, End, ErrorId, Rule, RuleSet, Scratch, Session, ruleset};

/// Processor time that one batch of a filter alone should take: long against what the clock can tell apart.
const FILTER_TIME: Duration = Duration::from_millis(1);

/// The same for all filters as one action, of which there is only one measurement.
const ACTION_TIME: Duration = Duration::from_millis(20);

/// Most evaluations in one batch.
const BATCH_RUNS_MAX: u32 = 1 << 16;

/// What is the same for all measurements of one call.
pub(super) struct Bench<'a> {
    pub(super) language: &'a Language,
    pub(super) variables: &'a Variables,
    pub(super) limit: u32,
    pub(super) batches: usize,
}

/// What was found out about one filter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    pub(super) us: f64,
    pub(super) is_match: bool,
    pub(super) conditions: u32,
    pub(super) error: Option<ErrorId>,
}

impl Bench<'_> {
    /// One filter alone.
    pub(super) fn filter(&self, rule: &Rule) -> Measured {
        let vocabulary = &*self.language.vocabulary;
        let options = self.language.options(self.limit);
        let mut scratch = Scratch::default();
        let mut last = None;
        let us = self.median(FILTER_TIME, |action| {
            last = Some(black_box(Session::new(action, vocabulary, options, &mut scratch).evaluate(rule)));
        });
        let error = last.as_ref().and_then(|last| match &last.end {
            End::Error(error) => Some(error.id),
            _ => None,
        });
        Measured {
            us,
            is_match: last.as_ref().is_some_and(wikiward_rules::Evaluation::is_match),
            conditions: last.map_or(0, |last| last.conditions),
            error,
        }
    }

    /// All filters as one action; in microseconds.
    pub(super) fn action(&self, rules: Vec<Arc<Rule>>) -> f64 {
        let vocabulary = &self.language.vocabulary;
        let set = RuleSet::new(rules, vocabulary.clone());
        let options = self.language.options(self.limit);
        let mut scratch = ruleset::Scratch::default();
        self.median(ACTION_TIME, |action| {
            black_box(set.evaluate(action, options, &mut scratch));
        })
    }

    /// Microseconds of one run, from batches of `time`.
    fn median(&self, time: Duration, mut run: impl FnMut(&Action)) -> f64 {
        let action = self.variables.action(&self.language.vocabulary);
        // The first run builds automata, which must not be taken for the time of a run. More runs fill caches and
        // buffers, and tell how many make a batch.
        batch(&action, 1, &mut run);
        let mut runs = 1;
        while batch(&action, runs, &mut run) < time && runs < BATCH_RUNS_MAX {
            runs *= 2;
        }
        let mut batches: Vec<Duration> = (0..self.batches).map(|_| batch(&action, runs, &mut run)).collect();
        batches.sort_unstable();
        let middle = batches.get(batches.len() / 2).copied().unwrap_or_default();
        middle.as_secs_f64() * 1e6 / f64::from(runs)
    }
}

/// Processor time of `runs` runs, each on an action of its own. They share the values that the caller set, as those of
/// the reference's benchmark do.
fn batch(action: &Action, runs: u32, run: &mut impl FnMut(&Action)) -> Duration {
    let start = ThreadTime::now();
    for _ in 0..runs {
        run(&action.renewed());
    }
    start.elapsed()
}
