//! AbuseFilter's own algorithm, for installations that choose the profile `compat`.
//!
//! It counts for a time after each save which share of a group's actions a filter matched. Whoever trips a new filter a few
//! times switches its destructive consequences off, which is why it is not the default.

use super::stored;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use wikiward_farm::Timestamp;

/// Its numbers, as in AbuseFilter's configuration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CompatLimits {
    /// `AbuseFilterEmergencyDisableThreshold`: greatest share of actions that may be matched.
    pub threshold: f64,
    /// `AbuseFilterEmergencyDisableCount`: matches that are too few to conclude from.
    pub count: u64,
    /// `AbuseFilterEmergencyDisableAge`: for how long after a save it works.
    pub age: SignedDuration,
}

impl Default for CompatLimits {
    fn default() -> Self {
        Self { threshold: 0.05, count: 2, age: SignedDuration::from_hours(24) }
    }
}

/// Counts since a save.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compat {
    #[serde(with = "stored::at")]
    edited_at: Timestamp,
    #[serde(with = "stored::at")]
    until: Timestamp,
    total: u64,
    matches: u64,
}

impl Compat {
    /// An enabled filter was saved.
    pub fn saved(now: Timestamp, limits: &CompatLimits) -> Self {
        Self { edited_at: now, until: now.checked_add(limits.age).unwrap_or(Timestamp::MAX), total: 0, matches: 0 }
    }

    /// Whether a match that was logged now latches, on the counts without this action. It takes effect with the next one.
    pub fn latches(&self, now: Timestamp, limits: &CompatLimits) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "counts of a day")]
        let share = self.matches as f64 / self.total.max(1) as f64;
        now.duration_since(self.edited_at) < limits.age
            && now < self.until
            && self.matches > limits.count
            && share > limits.threshold
    }

    /// An action of the group was evaluated; counted after its answer. Whether it counts.
    pub fn count(&mut self, now: Timestamp, is_match: bool) -> bool {
        let counts = now < self.until;
        if counts {
            self.total += 1;
            self.matches += u64::from(is_match);
        }
        counts
    }

    /// Actions and matches of them were counted elsewhere.
    pub fn add(&mut self, total: u64, matches: u64) {
        self.total = self.total.saturating_add(total);
        self.matches = self.matches.saturating_add(matches);
    }

    /// Matches and actions so far.
    pub const fn counted(&self) -> (u64, u64) {
        (self.matches, self.total)
    }

    /// A person released the latch. Were the counts kept, the next match would latch again.
    pub fn release(&mut self) {
        self.total = 0;
        self.matches = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(4_000_000 + second).unwrap()
    }

    /// For each match in a row, whether it takes effect.
    fn effects(compat: &mut Compat, limits: &CompatLimits, matches: i64) -> Vec<bool> {
        let mut is_latched = false;
        let mut effect = |second: i64| {
            let is_effective = !is_latched;
            is_latched |= compat.latches(at(second), limits);
            compat.count(at(second), true);
            is_effective
        };
        (0..matches).map(&mut effect).collect()
    }

    #[test]
    fn the_fourth_match_in_a_row_trips_and_still_takes_effect() {
        let limits = CompatLimits::default();
        let mut compat = Compat::saved(at(0), &limits);
        assert_eq!(effects(&mut compat, &limits, 6), [true, true, true, true, false, false]);
        compat.release();
        assert_eq!(
            effects(&mut compat, &limits, 6),
            [true, true, true, true, false, false],
            "the button is worth something"
        );
    }

    #[test]
    fn a_small_share_and_an_old_filter_never_trip() {
        let limits = CompatLimits::default();
        let mut compat = Compat::saved(at(0), &limits);
        for action in 0..10_000 {
            let is_match = action % 25 == 24;
            assert!(!is_match || !compat.latches(at(action), &limits), "4 %, action {action}");
            compat.count(at(action), is_match);
        }
        let mut compat = Compat::saved(at(0), &limits);
        for second in 86_400..86_500 {
            assert!(!compat.latches(at(second), &limits));
            compat.count(at(second), true);
        }
    }
}
