//! What is known of one kind of action on a wiki: who acts, how often, and how often at this hour of the week.
//!
//! An *observation* is the first action of an origin within a clock hour. An origin is the account for people in good standing,
//! else the address range.

use super::harm::Around;
use super::missing::Expected;
use super::quick::QuickSet;
use super::{Mark, stored};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::OnceLock;
use wikiward_farm::Timestamp;

/// Hours in the four weeks that are kept.
const HOURS: usize = 4 * 168;

/// Days whose observations of people in good standing are averaged.
const DAYS: usize = 14;

/// Observations a day that are assumed until there are three days of them.
const PER_DAY_ASSUMED: f64 = 200.0;

/// Most people who are told apart to see whether a wiki is small: twice what any class needs is enough.
const PEOPLE_MAX: usize = 32;

/// Days after which a person who was not seen any more is not counted.
const PEOPLE_DAYS: i64 = 30;

/// Most origins of one hour; further ones count as seen, so that a flood cannot fill the memory.
const ORIGINS_MAX: usize = 100_000;

/// Counts of one clock hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "(u32, u32)", into = "(u32, u32)")]
struct Hour {
    all: u32,
    /// Of them, those that turned out to be of people who were reverted, deleted or blocked.
    unclean: u32,
}

impl From<(u32, u32)> for Hour {
    fn from((all, unclean): (u32, u32)) -> Self {
        Self { all, unclean }
    }
}

impl From<Hour> for (u32, u32) {
    fn from(hour: Hour) -> Self {
        (hour.all, hour.unclean)
    }
}

/// Counts of one day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Day {
    number: i64,
    good: u64,
    ranges: Vec<Mark>,
}

/// A kind of action of a group on a wiki.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Surroundings {
    first_hour: Option<i64>,
    hour: i64,
    /// The newest is `hour`; at most four weeks.
    hours: VecDeque<Hour>,
    #[serde(with = "stored::few")]
    origins: QuickSet<Mark>,
    good: u64,
    days: VecDeque<Day>,
    people: Vec<(Mark, i64)>,
    has_feedback: bool,
    #[serde(skip)]
    baseline: OnceLock<Option<Baseline>>,
}

/// What follows from the hours before the present one; worked out when it is first asked for in an hour.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Baseline {
    per_hour: f64,
    /// The mean of the last seven days, for hours of the week that are not known.
    in_week: f64,
    per_day: f64,
    in_day_before: f64,
    seen_day_before: f64,
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// The account for people in good standing, else the address range (/16, /32).
    pub origin: Mark,
    /// The account and its range (/24, /48), for people in good standing.
    pub good: Option<(Mark, Mark)>,
}

impl Surroundings {
    /// An action of `actor` at `now`. Whether it is an observation.
    pub fn observe(&mut self, actor: &Actor, now: Timestamp) -> bool {
        self.turn(now);
        if self.origins.len() >= ORIGINS_MAX || !self.origins.insert(actor.origin) {
            return false;
        }
        if let Some(hour) = self.hours.back_mut() {
            hour.all = hour.all.saturating_add(1);
        }
        if let Some((person, range)) = actor.good {
            self.observe_good(person, range, now);
        }
        true
    }

    fn observe_good(&mut self, person: Mark, range: Mark, now: Timestamp) {
        self.good += 1;
        let today = day_of(now);
        if self.days.back().is_none_or(|day| day.number != today) {
            self.days.push_back(Day { number: today, ..Day::default() });
            while self.days.len() > DAYS + 1 {
                self.days.pop_front();
            }
        }
        if let Some(day) = self.days.back_mut() {
            day.good += 1;
            if day.ranges.len() < 4 && !day.ranges.contains(&range) {
                day.ranges.push(range);
            }
        }
        if let Some(known) = self.people.iter_mut().find(|(known, _)| *known == person) {
            known.1 = today;
            return;
        }
        self.people.retain(|(_, seen)| today - seen < PEOPLE_DAYS);
        if self.people.len() < PEOPLE_MAX {
            self.people.push((person, today));
        }
    }

    /// Whether a person who is not among the few that are told apart may be there by an older mark.
    pub fn may_know(&self, person: Mark) -> bool {
        self.people.len() < PEOPLE_MAX && !self.people.iter().any(|(known, _)| *known == person)
    }

    /// A person has another mark than before. Whether the person was there.
    pub fn rename(&mut self, before: Mark, person: Mark) -> bool {
        let known = self.people.iter_mut().find(|(known, _)| *known == before);
        known.map(|known| known.0 = person).is_some()
    }

    /// It turned out that an observation at `at` was of somebody who was reverted, deleted or blocked since.
    pub fn unclean(&mut self, at: Timestamp) {
        self.has_feedback = true;
        let back = usize::try_from(self.hour - hour_of(at)).ok();
        let place = back.and_then(|back| self.hours.len().checked_sub(back + 1));
        if let Some(hour) = place.and_then(|place| self.hours.get_mut(place)) {
            hour.unclean = hour.unclean.saturating_add(1).min(hour.all);
        }
    }

    /// An observation at `at` that was taken for unclean is clean after all.
    pub fn clean_again(&mut self, at: Timestamp) {
        let back = usize::try_from(self.hour - hour_of(at)).ok();
        let place = back.and_then(|back| self.hours.len().checked_sub(back + 1));
        if let Some(hour) = place.and_then(|place| self.hours.get_mut(place)) {
            hour.unclean = hour.unclean.saturating_sub(1);
        }
    }

    /// Whether the wiki tells what comes of actions, so that the baseline counts as clean.
    pub fn is_clean(&self) -> bool {
        self.has_feedback
    }

    /// Observations of the last four weeks that turned out to be unclean.
    pub fn uncleaned(&self) -> u64 {
        self.hours.iter().map(|hour| u64::from(hour.unclean)).sum()
    }

    /// The wiki tells what came of actions: the baseline counts as clean.
    pub fn has_feedback(&mut self) {
        self.has_feedback = true;
    }

    /// Observations of people in good standing between `since` and `now`, about: the part of the first day is taken as even.
    pub fn good_since(&self, since: Timestamp, now: Timestamp) -> u64 {
        let first = day_of(since);
        let after: u64 = self.days.iter().filter(|day| day.number > first).map(|day| day.good).sum();
        let Some(day) = self.days.iter().find(|day| day.number == first) else { return after };
        #[expect(clippy::cast_precision_loss, reason = "seconds of a day")]
        let (begin, end) = (first as f64 * 86_400.0, ((first + 1) as f64 * 86_400.0).min(seconds(now)));
        let share = ((end - seconds(since)) / (end - begin).max(1.0)).clamp(0.0, 1.0);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "part of a count"
        )]
        let part = (day.good as f64 * share).round() as u64;
        after + part
    }

    /// Observations of the present hour, and how many of them are expected until `now`; none without a baseline.
    pub fn this_hour(&self, now: Timestamp) -> (u32, Option<f64>) {
        if hour_of(now) != self.hour {
            return (0, self.baseline().map(|it| it.per_hour));
        }
        let all = self.hours.back().map_or(0, |hour| hour.all);
        let passed = seconds(now).rem_euclid(3_600.0) / 3_600.0;
        (all, self.baseline().map(|it| it.per_hour * passed))
    }

    /// What the hours before the present one say; worked out at most once an hour.
    fn baseline(&self) -> Option<Baseline> {
        *self.baseline.get_or_init(|| self.known())
    }

    /// Running number of observations of people in good standing.
    pub fn observations(&self) -> u64 {
        self.good
    }

    /// Days since the first action.
    pub fn days(&self, now: Timestamp) -> u32 {
        let days = self.first_hour.map_or(0, |first| (hour_of(now) - first).div_euclid(24));
        u32::try_from(days).unwrap_or(0)
    }

    /// What was lost of the running number in a crash is made good: evidence knows of `observations`.
    pub fn at_least(&mut self, observations: u64) {
        self.good = self.good.max(observations);
    }

    /// What path A needs to know.
    pub fn around(&self, now: Timestamp) -> Around {
        let today = day_of(now);
        let full = || self.days.iter().filter(|day| day.number < today && today - day.number <= DAYS_I64);
        let since = self.first_hour.map_or(0, |first| today - first.div_euclid(24));
        let has_days = since >= 3;
        #[expect(clippy::cast_precision_loss, reason = "counts of two weeks")]
        let mean = |sum: u64| sum as f64 / since.clamp(1, DAYS_I64) as f64;
        let (count, ranges) = full().fold((0, 0), |(count, sum), day| (count + 1, sum + day.ranges.len()));
        let people = self.people.iter().filter(|(_, seen)| today - seen < PEOPLE_DAYS).count();
        Around {
            observations: self.good,
            per_day: if has_days { mean(full().map(|day| day.good).sum()).max(1.0) } else { PER_DAY_ASSUMED },
            people: (has_days && people < PEOPLE_MAX).then(|| u32::try_from(people).unwrap_or(u32::MAX)),
            ranges: (has_days && count > 0).then(|| u32::try_from(ranges / count).unwrap_or(u32::MAX)),
        }
    }

    /// What path B needs to know about the time from `since` to `now`; nothing while there are fewer than three days of data.
    /// `matched_day_before` are this filter's own observations in the day before, `is_frozen` says that other wikis miss their
    /// traffic, too.
    ///
    /// Costs little: what the hours before say is worked out at most once an hour.
    pub fn expected(
        &self,
        since: Timestamp,
        now: Timestamp,
        matched_day_before: f64,
        is_frozen: bool,
    ) -> Option<Expected> {
        // An action after it will turn the hour; until then the last one speaks for it.
        let baseline = self.baseline()?;
        Some(Expected {
            per_second: baseline.per_hour / 3_600.0,
            since: self.between(since, now, baseline.in_week),
            in_day_before: baseline.in_day_before,
            unmatched_day_before: (baseline.seen_day_before - matched_day_before).max(0.0),
            per_day: baseline.per_day,
            is_clean: self.has_feedback,
            is_frozen,
        })
    }

    /// The baseline for the present hour; none with fewer than three days of data.
    fn known(&self) -> Option<Baseline> {
        let hour = self.hour;
        if hour - self.first_hour? < 72 {
            return None;
        }
        let before = || (1..=24).map(|back| hour - back);
        let in_week = self.in_week();
        Some(Baseline {
            per_hour: self.per_hour(hour, in_week),
            in_week,
            per_day: (0..168).map(|back| self.per_hour(hour - back, in_week)).sum::<f64>() / 7.0,
            in_day_before: before().map(|it| self.per_hour(it, in_week)).sum(),
            seen_day_before: before().map(|it| f64::from(self.at(it).unwrap_or_default().all)).sum(),
        })
    }

    /// Observations expected between two times.
    fn between(&self, since: Timestamp, now: Timestamp, in_week: f64) -> f64 {
        let (mut from, to) = (seconds(since), seconds(now));
        let mut sum = 0.0;
        // A longer time than this begins a new episode anyway.
        let mut steps = 0;
        while from < to && steps < HOURS {
            #[expect(clippy::cast_possible_truncation, reason = "whole hours of a time")]
            let hour = (from / 3_600.0).floor() as i64;
            #[expect(clippy::cast_precision_loss, reason = "hours since 1970")]
            let end = ((hour + 1) as f64 * 3_600.0).min(to);
            sum += (end - from) / 3_600.0 * self.per_hour(hour, in_week);
            from = end;
            steps += 1;
        }
        sum
    }

    /// Clean observations expected in a clock hour: the median of that hour of the week in the four weeks before, each as the
    /// mean with its neighbours, since single hours of quiet kinds count next to nothing; with less than two of them, the mean
    /// of the last seven days, `in_week`.
    fn per_hour(&self, hour: i64, in_week: f64) -> f64 {
        let mut same: Vec<f64> = (1..=4).filter_map(|week| self.near(hour - week * 168)).collect();
        if same.len() < 2 {
            return in_week;
        }
        same.sort_by(f64::total_cmp);
        let (low, high) = (same.get((same.len() - 1) / 2), same.get(same.len() / 2));
        low.zip(high).map_or(0.0, |(low, high)| f64::midpoint(*low, *high))
    }

    /// Clean observations of an hour on average, of the last seven days.
    fn in_week(&self) -> f64 {
        let week: Vec<Hour> = (1..=168).filter_map(|back| self.at(self.hour - back)).collect();
        let sum: u32 = week.iter().map(|it| it.all - it.unclean).sum();
        #[expect(clippy::cast_precision_loss, reason = "at most 168")]
        let count = week.len().max(1) as f64;
        f64::from(sum) / count
    }

    /// Clean observations of an hour and its two neighbours, on average.
    fn near(&self, hour: i64) -> Option<f64> {
        let sum: u32 = [hour - 1, hour, hour + 1]
            .into_iter()
            .map(|it| self.at(it).map(|it| it.all - it.unclean))
            .sum::<Option<u32>>()?;
        Some(f64::from(sum) / 3.0)
    }

    fn at(&self, hour: i64) -> Option<Hour> {
        let back = usize::try_from(self.hour - hour).ok()?;
        self.hours.get(self.hours.len().checked_sub(back + 1)?).copied()
    }

    fn turn(&mut self, now: Timestamp) {
        let hour = hour_of(now);
        if self.first_hour.is_none() {
            self.first_hour = Some(hour);
            self.hour = hour;
            self.hours.push_back(Hour::default());
        }
        // A clock that goes back changes nothing.
        let passed = usize::try_from(hour - self.hour).unwrap_or(0);
        if passed > 0 {
            self.origins.clear();
            if passed > HOURS {
                self.hours.clear();
            }
            for _ in 0..passed.min(HOURS) {
                self.hours.push_back(Hour::default());
            }
            while self.hours.len() > HOURS + 1 {
                self.hours.pop_front();
            }
            self.hour = hour;
            self.baseline = OnceLock::new();
        }
    }
}

#[expect(clippy::cast_possible_wrap, reason = "14")]
const DAYS_I64: i64 = DAYS as i64;

fn hour_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(3_600)
}

fn day_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(86_400)
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a time within centuries")]
fn seconds(at: Timestamp) -> f64 {
    at.as_microsecond() as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second((490_000 + hour) * 3_600 + 60).unwrap()
    }

    fn good(person: u32) -> Actor {
        Actor { origin: Mark(person), good: Some((Mark(person), Mark(person % 100))) }
    }

    #[test]
    fn an_origin_is_observed_once_an_hour() {
        let mut around = Surroundings::default();
        assert!(around.observe(&good(1), at(0)));
        assert!(!around.observe(&good(1), at(0)));
        assert!(around.observe(&good(1), at(1)));
        assert_eq!(around.around(at(1)).observations, 2);
    }

    #[test]
    fn a_new_wiki_is_taken_for_a_middling_one() {
        let mut around = Surroundings::default();
        around.observe(&good(1), at(0));
        let new = around.around(at(1));
        assert_eq!((new.per_day, new.people, new.ranges), (200.0, None, None));
        assert_eq!(around.expected(at(0), at(1), 0.0, false), None);
    }

    #[test]
    fn what_is_expected_follows_the_hour_of_the_week() {
        let mut around = Surroundings::default();
        for hour in 0..24 * 28 {
            let many = if hour % 24 < 8 { 1 } else { 7 };
            for person in 0..many {
                around.observe(&good(person), at(hour));
            }
        }
        let day = 24 * 28;
        let mut expected = |from: i64, to: i64| {
            around.observe(&good(0), at(day + from));
            around.expected(at(day + from), at(day + to), 0.0, false).unwrap()
        };
        let per_day = 8.0 + 16.0 * 7.0;
        // Hours 3 and 15 lie in the middle of the quiet and the busy time.
        assert!((expected(3, 3).per_second * 3_600.0 - 1.0).abs() < 1e-9);
        assert!((expected(15, 15).per_second * 3_600.0 - 7.0).abs() < 1e-9);
        assert!((expected(24, 48).since - per_day).abs() < 7.0, "{}", expected(24, 48).since);
        assert!((expected(24, 24).per_day - per_day).abs() < 7.0);
        let known = around.around(at(day + 24));
        assert!((known.per_day - per_day).abs() < 8.0, "{known:?}");
        assert_eq!(known.people, Some(7));
    }

    #[test]
    fn who_turns_out_to_be_unclean_is_not_expected_again() {
        let mut around = Surroundings::default();
        for hour in 0..24 * 10 {
            around.observe(&good(1), at(hour));
            around.observe(&good(2), at(hour));
            around.unclean(at(hour));
        }
        let expected = around.expected(at(240), at(240), 0.0, false).unwrap();
        assert!((expected.per_day - 24.0).abs() < 0.2, "{expected:?}");
        assert!(expected.is_clean);
    }

    #[test]
    fn a_long_silence_and_a_clock_that_goes_back_are_borne() {
        let mut around = Surroundings::default();
        around.observe(&good(1), at(0));
        around.observe(&good(1), at(1_000_000));
        around.observe(&good(2), at(5));
        assert!(around.hours.len() <= HOURS + 1);
        assert!(around.between(at(0), at(1_000_000), 1.0).is_finite());
    }
}
