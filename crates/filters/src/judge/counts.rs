//! How often what happened while judging, and what is held: for metrics.

use super::Judge;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

/// How often what happened, since the start.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) evaluations: AtomicU64,
    pub(super) needs: AtomicU64,
    pub(super) repeated: AtomicU64,
    pub(super) skipped: AtomicU64,
    pub(super) degraded: AtomicU64,
    pub(super) not_evaluated: AtomicU64,
    pub(super) errors: AtomicU64,
    pub(super) domain_attempts: AtomicU64,
}

/// How often what happened, since the start, and what is held now: for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JudgeCounts {
    /// Verdicts.
    pub evaluations: u64,
    /// Answers that asked for variables.
    pub needs: u64,
    /// Requests that got the answer of an earlier one.
    pub repeated: u64,
    /// Actions that were not judged because the caller said so.
    pub skipped: u64,
    /// Filters that lacked a variable.
    pub degraded: u64,
    /// Filters that were not evaluated to their end.
    pub not_evaluated: u64,
    /// Filters that failed.
    pub errors: u64,
    /// Evaluations that nobody went on with.
    pub abandoned: u64,
    /// Evaluations that wait for variables.
    pub waiting: u64,
    /// Their bytes.
    pub waiting_bytes: u64,
    /// Actions that are being judged.
    pub in_flight: u64,
    /// Throttle counters held.
    pub throttles: u64,
    /// Warnings held.
    pub warnings: u64,
    /// Actions refused because they link to blocked domains.
    pub domain_attempts: u64,
    /// Blocked domains in all lists.
    pub domains: u64,
}

impl Counts {
    /// Adds to one of them.
    pub(super) fn add(count: &AtomicU64, number: usize) {
        count.fetch_add(u64::try_from(number).unwrap_or(0), Ordering::Relaxed);
    }
}

impl Judge {
    /// Number of verdicts since the start.
    pub fn judged(&self) -> u64 {
        self.counts.evaluations.load(Ordering::Relaxed)
    }

    /// How often what happened, and what is held.
    pub fn counts(&self) -> JudgeCounts {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let (waiting, waiting_bytes, abandoned) = self.pending.counts(self.clock.now());
        let (throttles, warnings) = self.counters.lock().unwrap_or_else(PoisonError::into_inner).held();
        JudgeCounts {
            evaluations: of(&self.counts.evaluations),
            needs: of(&self.counts.needs),
            repeated: of(&self.counts.repeated),
            skipped: of(&self.counts.skipped),
            degraded: of(&self.counts.degraded),
            not_evaluated: of(&self.counts.not_evaluated),
            errors: of(&self.counts.errors),
            abandoned,
            waiting: number(waiting),
            waiting_bytes,
            in_flight: number(self.in_flight.len()),
            throttles: number(throttles),
            warnings: number(warnings),
            domain_attempts: of(&self.counts.domain_attempts),
            domains: number(self.snapshots.current().domains().len()),
        }
    }
}
