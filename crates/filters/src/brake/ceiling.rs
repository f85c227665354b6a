//! Path C: a ceiling on what is destroyed, whoever is hit. Bounds any mistake that nobody could detect.

use super::Mark;
use super::limits::Cap;
use super::stored;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use wikiward_farm::Timestamp;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Most times that caps may be doubled by releases, one after another: eightfold in all.
const DOUBLED_MAX: u32 = 3;

/// Targets of what was done, within a day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ceiling {
    #[serde(with = "stored::times")]
    done: VecDeque<(Timestamp, Mark)>,
    doubled: u32,
    #[serde(with = "stored::maybe")]
    doubled_until: Option<Timestamp>,
}

/// What the ceiling says of one more act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Room {
    /// There is enough.
    Enough,
    /// Four fifths are used.
    Little,
    /// There is none: it must not be done.
    None,
}

impl Ceiling {
    /// Counts an act on `target` if there is room for it. A target that was hit within the time counts once.
    pub fn take(&mut self, target: Mark, now: Timestamp, cap: Cap) -> Room {
        while self.done.front().is_some_and(|(at, _)| now.duration_since(*at) >= DAY) {
            self.done.pop_front();
        }
        let cap = cap.times(self.times(now));
        let in_hour = self.distinct(target, now, HOUR);
        let in_day = self.distinct(target, now, DAY);
        if in_hour > cap.hour || in_day > cap.day {
            return Room::None;
        }
        // Known within the hour: nothing new to keep.
        if !self.done.iter().any(|(at, known)| *known == target && now.duration_since(*at) < HOUR) {
            self.done.push_back((now, target));
        }
        let is_little = |used: u32, most: u32| used.saturating_mul(5) >= most.saturating_mul(4);
        if is_little(in_hour, cap.hour) || is_little(in_day, cap.day) { Room::Little } else { Room::Enough }
    }

    /// A target has another mark than before.
    pub fn rename(&mut self, before: Mark, now: Mark) {
        for (_, mark) in self.done.iter_mut().filter(|(_, mark)| *mark == before) {
            *mark = now;
        }
    }

    /// Distinct targets within the hour and the day before `now`.
    pub fn used(&self, now: Timestamp) -> (u32, u32) {
        let within = |time: SignedDuration| {
            let mut all: Vec<Mark> =
                self.done.iter().filter(|(at, _)| now.duration_since(*at) < time).map(|(_, mark)| *mark).collect();
            all.sort_unstable();
            all.dedup();
            u32::try_from(all.len()).unwrap_or(u32::MAX)
        };
        (within(HOUR), within(DAY))
    }

    /// Whether more was done than the cap allows, as after a time in which it was higher.
    pub fn is_over(&self, now: Timestamp, cap: Cap) -> bool {
        let (cap, (in_hour, in_day)) = (cap.times(self.times(now)), self.used(now));
        in_hour > cap.hour || in_day > cap.day
    }

    /// Distinct targets within `time`, with `target`.
    fn distinct(&self, target: Mark, now: Timestamp, time: SignedDuration) -> u32 {
        let within = self.done.iter().filter(|(at, _)| now.duration_since(*at) < time).map(|(_, mark)| *mark);
        let mut all: Vec<Mark> = within.chain([target]).collect();
        all.sort_unstable();
        all.dedup();
        u32::try_from(all.len()).unwrap_or(u32::MAX)
    }

    /// How many times as high caps are now.
    fn times(&self, now: Timestamp) -> u32 {
        if self.doubled_until.is_some_and(|until| now < until) { 1 << self.doubled } else { 1 }
    }

    /// After a release: counting begins anew. A person's word doubles the caps for a day.
    pub fn release(&mut self, now: Timestamp, is_by_person: bool) {
        let before = if self.times(now) > 1 { self.doubled } else { 0 };
        let doubled = if is_by_person { (before + 1).min(DOUBLED_MAX) } else { before };
        let until = if is_by_person { now.checked_add(DAY).ok() } else { self.doubled_until };
        *self = Self { done: VecDeque::new(), doubled, doubled_until: until };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAP: Cap = Cap { hour: 10, day: 50 };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(2_000_000 + second).unwrap()
    }

    #[test]
    fn the_eleventh_target_in_an_hour_is_spared() {
        let mut ceiling = Ceiling::default();
        let rooms: Vec<Room> = (1..=11).map(|target| ceiling.take(Mark(target), at(i64::from(target)), CAP)).collect();
        assert_eq!(rooms.iter().filter(|room| **room == Room::None).count(), 1);
        assert_eq!(rooms[10], Room::None);
        assert_eq!(rooms[7], Room::Little);
        assert_eq!(ceiling.take(Mark(3), at(12), CAP), Room::Little, "a known target needs no room");
        assert_ne!(ceiling.take(Mark(12), at(3_700), CAP), Room::None, "an hour later there is room");
    }

    #[test]
    fn a_day_has_its_own_ceiling() {
        let mut ceiling = Ceiling::default();
        let spared =
            (1..=60_u32).filter(|target| ceiling.take(Mark(*target), at(i64::from(*target) * 600), CAP) == Room::None);
        assert_eq!(spared.count(), 10);
    }

    #[test]
    fn a_person_doubles_it_at_most_eightfold_for_a_day() {
        let mut ceiling = Ceiling::default();
        for _ in 0..5 {
            ceiling.release(at(0), true);
        }
        let done = (1..=100_u32).filter(|target| ceiling.take(Mark(*target), at(1), CAP) != Room::None).count();
        assert_eq!(done, 80);
        ceiling.release(at(86_500), false);
        let done = (1..=100_u32).filter(|target| ceiling.take(Mark(*target), at(86_500), CAP) != Room::None).count();
        assert_eq!(done, 10);
    }
}
