//! Medians of batches, in processor time.

use crate::rule::language::Language;
use crate::rule::variables::Variables;
use cpu_time::ThreadTime;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;
use wikiward_rules::{End, ErrorId, Rule, RuleSet, Scratch, Session, ruleset};

/// Processor time that one batch should take: long against what the clock can tell apart.
const BATCH_TIME: Duration = Duration::from_millis(1);

/// Most evaluations in one batch.
const BATCH_RUNS_MAX: usize = 4_096;

/// Most bytes of fresh texts that lie ready for one batch.
const BATCH_BYTES_MAX: u64 = 32 << 20;

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
        let us = self.median(|variables| {
            let action = variables.action(vocabulary);
            last = Some(black_box(Session::new(&action, vocabulary, options, &mut scratch).evaluate(rule)));
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
        self.median(|variables| {
            let action = variables.action(vocabulary);
            black_box(set.evaluate(&action, options, &mut scratch));
        })
    }

    /// Microseconds of one run.
    fn median(&self, mut run: impl FnMut(&Variables)) -> f64 {
        let most = usize::try_from(BATCH_BYTES_MAX / self.variables.weight().max(1)).unwrap_or(BATCH_RUNS_MAX);
        let most = most.clamp(1, BATCH_RUNS_MAX);
        // The warm-up fills caches and buffers, and finds how many runs make a batch.
        let mut runs = 1;
        loop {
            let time = self.batch(runs, &mut run);
            if time >= BATCH_TIME || runs >= most {
                break;
            }
            runs = (runs * 2).min(most);
        }
        let mut batches: Vec<Duration> = (0..self.batches).map(|_| self.batch(runs, &mut run)).collect();
        batches.sort_unstable();
        let middle = batches.get(batches.len() / 2).copied().unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "at most BATCH_RUNS_MAX")]
        let runs = runs as f64;
        middle.as_secs_f64() * 1e6 / runs
    }

    /// Processor time of `runs` runs, each on variables of its own.
    fn batch(&self, runs: usize, run: &mut impl FnMut(&Variables)) -> Duration {
        let ready: Vec<Variables> = (0..runs).map(|_| self.variables.fresh()).collect();
        let start = ThreadTime::now();
        for variables in &ready {
            run(variables);
        }
        start.elapsed()
    }
}
