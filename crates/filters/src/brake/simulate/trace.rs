//! What happened in one run, moment by moment: for curves.

use crate::brake::{Path, Readings};
use crate::model::Class;

/// Most moments that are kept of a run.
pub const MOMENTS_MAX: usize = 600;

/// Of them, those at even distances; the others are moments of hits.
const EVEN: usize = 300;

/// Most latches that are kept of a run.
pub(super) const LATCHES_MAX: usize = 200;

/// A latch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Latch {
    /// Minutes from the moment the rule turned bad or the attack began.
    pub minutes: f64,
    /// The class.
    pub class: Class,
    /// The path that led to it; none of AbuseFilter's algorithm, which has but one.
    pub path: Option<Path>,
    /// On which of several wikis; none if there is but one, or if it binds all.
    pub wiki: Option<u32>,
}

/// Counts up to a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// People who meant well and were blocked, or lost something else.
    pub blocked: u32,
    /// Their actions that were refused, those above included.
    pub refused: u32,
    /// Their actions that went on after a warning.
    pub warned: u32,
    /// Attempts that passed.
    pub passed: u32,
    /// Attempts that were refused.
    pub stopped: u32,
    /// Accounts and addresses of the attack that were blocked, or lost something else.
    pub attackers_blocked: u32,
}

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Minutes from the moment the rule turned bad or the attack began.
    pub minutes: f64,
    /// Evidence of the standard algorithm.
    pub readings: Option<Readings>,
    /// Matches and actions that AbuseFilter's algorithm counted.
    pub counted: Option<(u64, u64)>,
    /// What had happened.
    pub counts: Counts,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trace {
    /// Minutes that were looked at.
    pub minutes: f64,
    /// In the order of time.
    pub moments: Vec<Moment>,
    /// In the order of time.
    pub latches: Vec<Latch>,
    /// Minutes at which somebody reactivated the filter.
    pub releases: Vec<f64>,
    /// From when to when nothing could be written, in minutes.
    pub outage: Option<(f64, f64)>,
    /// Of several wikis, the one whose evidence the moments have.
    pub wiki: Option<u32>,
}

impl Trace {
    /// Of a run that is looked at for so long.
    pub(super) fn new(minutes: f64) -> Self {
        Self { minutes, ..Self::default() }
    }

    /// Whether a moment is to be kept: each hit while there is room, and else one at every step.
    pub(super) fn wants(&self, minutes: f64, is_hit: bool) -> bool {
        let last = self.moments.last().map_or(f64::NEG_INFINITY, |moment| moment.minutes);
        #[expect(clippy::cast_precision_loss, reason = "300")]
        let step = self.minutes / EVEN as f64;
        self.moments.len() < MOMENTS_MAX && (minutes >= last + step || (is_hit && self.moments.len() < EVEN))
    }
}
