//! Path A: harm to people in good standing.
//!
//! A cumulative sum over observations of people in good standing: each person hit raises it, each observation in between
//! lowers it. It trips when the sum passes a threshold *and* enough distinct people from enough ranges were hit, so that no
//! single account or range can trip it.

use super::Mark;
use super::limits::HarmLimits;
use super::mark::Known;
use super::stored;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use wikiward_farm::Timestamp;

/// How long a person who was hit counts, and counts only once.
pub const PERSON_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Most people that are kept for a class; beyond, the one hit longest ago makes room. Far above what any class needs to trip.
pub const PEOPLE_MAX: usize = 32;

/// What must be known of the wiki and kind of action around a hit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Around {
    /// Running number of observations of people in good standing, hit or not, this one included.
    pub observations: u64,
    /// Mean number of them a day.
    pub per_day: f64,
    /// Distinct people in good standing who were seen within 30 days; none if that is not known yet.
    pub people: Option<u32>,
    /// Ranges from which they normally come in a day; none if that is not known yet.
    pub ranges: Option<u32>,
}

/// A person who was hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    person: Mark,
    range: Mark,
    #[serde(with = "stored::at")]
    at: Timestamp,
    /// Not for people whom somebody looked at and found rightly hit.
    counts: bool,
}

/// Evidence of harm by one class of consequences of one stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Harm {
    sum: f64,
    counted_to: u64,
    seen: Vec<Seen>,
    people_less: u32,
}

/// How things stand after a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing to be seen.
    Calm,
    /// Halfway: somebody should look.
    Alert,
    /// The rule harms people.
    Trip,
}

impl Harm {
    /// No evidence, at observation number `observations`.
    pub const fn none(observations: u64) -> Self {
        Self { sum: 0.0, counted_to: observations, seen: Vec::new(), people_less: 0 }
    }

    /// The evidence against a rule that is new, changed or was just released: half of what trips. The lead melts away with
    /// observations that are not hit.
    pub fn unproven(limits: &HarmLimits, around: &Around) -> Self {
        Self { sum: limits.threshold(around.per_day) / 2.0, ..Self::none(around.observations) }
    }

    /// The sum as it stood after the last hit.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// Up to which observation it has counted.
    pub fn counted_to(&self) -> u64 {
        self.counted_to
    }

    /// People who count at `now`, each with the range.
    pub fn marks(&self, now: Timestamp) -> Vec<(Mark, Mark)> {
        self.counting(now).map(|seen| (seen.person, seen.range)).collect()
    }

    /// The sum at observation number `observations`: those since the last hit were not hit.
    pub fn sum_after(&self, observations: u64, limits: &HarmLimits) -> f64 {
        (self.sum - limits.drift() * as_f64(observations.saturating_sub(self.counted_to))).max(0.0)
    }

    /// People who count at `now`.
    pub fn people(&self, now: Timestamp) -> u32 {
        count(&self.counting(now).map(|seen| seen.person))
    }

    /// Ranges of people who count at `now`.
    pub fn ranges(&self, now: Timestamp) -> u32 {
        count(&self.counting(now).map(|seen| seen.range))
    }

    /// A person in good standing was hit.
    pub fn hit(&mut self, person: Mark, range: Mark, now: Timestamp, around: &Around, limits: &HarmLimits) -> Level {
        self.seen.retain(|seen| now.duration_since(seen.at) < PERSON_FOR);
        if !self.seen.iter().any(|seen| seen.person == person) {
            self.sum = self.sum_after(around.observations, limits) + limits.step();
            self.counted_to = around.observations;
            if self.seen.len() >= PEOPLE_MAX {
                self.seen.remove(0);
            }
            self.seen.push(Seen { person, range, at: now, counts: true });
        }
        self.level(now, around, limits)
    }

    /// Somebody, and the range, have other marks than before.
    pub fn rename(&mut self, before: &Known, now: &Known) {
        for seen in &mut self.seen {
            if seen.person == before.person {
                seen.person = now.person;
            }
            if seen.range == before.range {
                seen.range = now.range;
            }
        }
    }

    /// How things stand at `now`, without a new hit.
    pub fn level(&self, now: Timestamp, around: &Around, limits: &HarmLimits) -> Level {
        let threshold = limits.threshold(around.per_day);
        if self.sum < threshold / 2.0 {
            return Level::Calm;
        }
        let (wanted_people, wanted_ranges) = self.wanted(around, limits);
        let (people, ranges) = (self.people(now), self.ranges(now));
        if self.sum >= threshold && people >= wanted_people && ranges >= wanted_ranges {
            Level::Trip
        } else if self.sum >= threshold / 2.0 && people >= 2 {
            Level::Alert
        } else {
            Level::Calm
        }
    }

    /// How many people and ranges must be hit on a wiki like this: fewer where there are few.
    fn wanted(&self, around: &Around, limits: &HarmLimits) -> (u32, u32) {
        let (mut people, mut ranges) = (limits.people_min, limits.ranges_min);
        if let Some(there) = around.people.filter(|there| *there < limits.small.people_times * people) {
            people = there.div_ceil(2).max(2);
            ranges = ranges.min(limits.small.ranges_max);
        }
        if around.ranges.is_some_and(|there| there < limits.small.ranges_a_day) {
            ranges = 1;
        }
        (people.saturating_sub(self.people_less).max(2), ranges)
    }

    fn counting(&self, now: Timestamp) -> impl Iterator<Item = &Seen> + Clone {
        self.seen.iter().filter(move |seen| seen.counts && now.duration_since(seen.at) < PERSON_FOR)
    }

    /// After a release: the lead of an unproven rule, and only new people count. People found rightly hit are remembered, so
    /// that they do not count again for a day. A release by itself makes the next latch need one person less.
    pub fn release(&mut self, now: Timestamp, around: &Around, limits: &HarmLimits, released: Released) {
        let kept = match released {
            Released::Accepted => std::mem::take(&mut self.seen),
            Released::Otherwise | Released::ByItself => Vec::new(),
        };
        *self = Self::unproven(limits, around);
        self.seen = kept.into_iter().map(|seen| Seen { at: now, counts: false, ..seen }).collect();
        self.people_less = u32::from(released == Released::ByItself);
    }
}

/// How a latch was released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Released {
    /// A person looked at the hits and found them right.
    Accepted,
    /// A person released it for another reason.
    Otherwise,
    /// After a quiet time, by itself.
    ByItself,
}

/// Distinct marks among the few that are kept.
fn count(marks: &(impl Iterator<Item = Mark> + Clone)) -> u32 {
    let is_first = |(place, mark): &(usize, Mark)| !marks.clone().take(*place).any(|before| before == *mark);
    u32::try_from(marks.clone().enumerate().filter(is_first).count()).unwrap_or(u32::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "counts of observations stay far below 2^52")]
fn as_f64(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brake::Limits;

    fn around(observations: u64, per_day: f64) -> Around {
        Around { observations, per_day, people: Some(1_000), ranges: Some(100) }
    }

    /// Feeds hits by ever new people at these observations and gives the sums and the number of the hit that trips.
    fn run(limits: &HarmLimits, per_day: f64, is_unproven: bool, at: &[u64], people: u32) -> (Vec<f64>, Option<usize>) {
        let begin = Around { people: Some(people), ..around(0, per_day) };
        let mut harm = if is_unproven { Harm::unproven(limits, &begin) } else { Harm::none(0) };
        let mut trip = None;
        let sums = at.iter().enumerate().map(|(number, observations)| {
            let mark = Mark(u32::try_from(number).unwrap());
            let now = Timestamp::from_second(1_000_000 + i64::try_from(number).unwrap()).unwrap();
            let around = Around { observations: *observations, ..begin };
            if harm.hit(mark, mark, now, &around, limits) == Level::Trip && trip.is_none() {
                trip = Some(number + 1);
            }
            harm.sum()
        });
        (sums.collect(), trip)
    }

    #[track_caller]
    fn check((found, tripped): (Vec<f64>, Option<usize>), sums: &[f64], trip: Option<usize>) {
        for (found, expected) in found.iter().zip(sums) {
            assert!((found - expected).abs() < 5e-4, "{found} is not {expected}");
        }
        assert_eq!((found.len(), tripped), (sums.len(), trip));
    }

    #[test]
    fn sums_and_latches_are_those_of_the_worked_vectors() {
        let limits = Limits::default();
        check(run(&limits.destructive, 172.0, true, &[1, 2, 3], 1_000), &[7.4439, 10.6135, 13.7831], Some(3));
        let hits = [10, 200, 210, 215, 216];
        let sums = [3.2189, 3.2189, 5.9448, 8.9173, 12.0868];
        check(run(&limits.destructive, 2_401.0, false, &hits, 1_000), &sums, Some(5));
        let hits = [3, 9, 12, 30, 31, 33];
        let sums = [2.9957, 4.7129, 7.0694, 6.2294, 9.0121, 11.5816];
        check(run(&limits.obstructive, 2_401.0, false, &hits, 1_000), &sums, Some(6));
        check(run(&limits.destructive, 11.0, true, &[1, 3, 6], 1_000), &[6.3696, 9.4899, 12.5609], Some(3));
        check(run(&limits.destructive, 11.0, true, &[1, 3, 6], 4), &[6.3696, 9.4899, 12.5609], Some(2));
    }

    #[test]
    fn one_person_and_one_range_never_trip() {
        let limits = Limits::default();
        let mut harm = Harm::unproven(&limits.destructive, &around(0, 172.0));
        for hit in 0..10_000_u32 {
            let now = Timestamp::from_second(i64::from(hit) * 60).unwrap();
            let level = harm.hit(Mark(1), Mark(1), now, &around(u64::from(hit), 172.0), &limits.destructive);
            assert_ne!(level, Level::Trip, "one person, hit {hit}");
        }
        let mut harm = Harm::unproven(&limits.destructive, &around(0, 172.0));
        for hit in 0..10_000_u32 {
            let now = Timestamp::from_second(i64::from(hit)).unwrap();
            let level = harm.hit(Mark(hit), Mark(1), now, &around(u64::from(hit), 172.0), &limits.destructive);
            assert_ne!(level, Level::Trip, "one range, hit {hit}");
        }
        assert!(harm.seen.len() <= PEOPLE_MAX);
    }

    #[test]
    fn after_a_release_the_same_people_do_not_latch_again_at_once() {
        let limits = Limits::default().destructive;
        for released in [Released::Accepted, Released::Otherwise, Released::ByItself] {
            let now = Timestamp::from_second(1_000_000).unwrap();
            let mut harm = Harm::unproven(&limits, &around(0, 172.0));
            for person in 1..=3 {
                harm.hit(Mark(person), Mark(person), now, &around(u64::from(person), 172.0), &limits);
            }
            assert_eq!(harm.level(now, &around(3, 172.0), &limits), Level::Trip);
            harm.release(now, &around(3, 172.0), &limits, released);
            assert_ne!(harm.hit(Mark(1), Mark(1), now, &around(4, 172.0), &limits), Level::Trip, "{released:?}");
            if released == Released::Accepted {
                harm.hit(Mark(2), Mark(2), now, &around(5, 172.0), &limits);
                harm.hit(Mark(3), Mark(3), now, &around(6, 172.0), &limits);
                assert_eq!(harm.people(now), 0, "they were found rightly hit");
            }
            let mut level = Level::Calm;
            for person in 11..=13 {
                level = harm.hit(Mark(person), Mark(person), now, &around(u64::from(person), 172.0), &limits);
            }
            assert_eq!(level, Level::Trip, "a second latch is possible: {released:?}");
        }
    }
}
