//! Whom a filter hit within a day, by their standing.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use wikiward_farm::Timestamp;

/// Hours that are kept.
const HOURS: i64 = 24;

/// Hits by the standing of who was hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ByStanding {
    /// Of people in good standing.
    pub good: u32,
    /// Of other accounts with a name.
    pub named: u32,
    /// Of addresses and temporary accounts.
    pub unnamed: u32,
}

/// Hits of a day by clock hours, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Struck(VecDeque<(i64, ByStanding)>);

impl ByStanding {
    /// Both together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            good: self.good.saturating_add(other.good),
            named: self.named.saturating_add(other.named),
            unnamed: self.unnamed.saturating_add(other.unnamed),
        }
    }
}

fn hour(at: Timestamp) -> i64 {
    at.as_second().div_euclid(3_600)
}

impl Struck {
    /// Somebody was hit.
    pub(super) fn hit(&mut self, now: Timestamp, is_good: bool, is_named: bool) {
        let now = hour(now);
        if self.0.back().is_none_or(|(hour, _)| *hour < now) {
            self.0.push_back((now, ByStanding::default()));
            while self.0.front().is_some_and(|(hour, _)| now - hour > HOURS) {
                self.0.pop_front();
            }
        }
        let Some((_, counts)) = self.0.back_mut() else { return };
        let count = match (is_good, is_named) {
            (true, _) => &mut counts.good,
            (false, true) => &mut counts.named,
            (false, false) => &mut counts.unnamed,
        };
        *count = count.saturating_add(1);
    }

    /// Hits of the 24 hours before `now`, and of the present one.
    pub(super) fn in_day(&self, now: Timestamp) -> ByStanding {
        let now = hour(now);
        let within = self.0.iter().filter(|(hour, _)| now - hour <= HOURS);
        within.fold(ByStanding::default(), |sum, (_, counts)| sum.with(*counts))
    }

    /// Hits of each of the 24 hours before `now` and of the present one, oldest first.
    pub(super) fn by_hour(&self, now: Timestamp) -> Vec<ByStanding> {
        let now = hour(now);
        let of = |hour: i64| self.0.iter().find(|(it, _)| *it == hour).map(|(_, counts)| *counts);
        (0..=HOURS).rev().map(|back| of(now - back).unwrap_or_default()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_kept_by_standing() {
        let at = |hour: i64| Timestamp::from_second(hour * 3_600 + 60).unwrap();
        let mut struck = Struck::default();
        for hour in 0..100 {
            struck.hit(at(hour), hour % 2 == 0, true);
            struck.hit(at(hour), false, false);
        }
        assert_eq!(struck.in_day(at(99)), ByStanding { good: 12, named: 13, unnamed: 25 });
        assert_eq!(struck.in_day(at(120)).unnamed, 4);
        assert_eq!((struck.0.len(), struck.by_hour(at(99)).len()), (25, 25));
        assert_eq!(struck.by_hour(at(100)).last(), Some(&ByStanding::default()));
    }
}
