//! Path B: the background that went missing.
//!
//! For kinds of actions where nobody has standing, such as creating accounts. A flood *adds* hits to normal traffic; a rule
//! that matches too much *takes normal traffic away*. So what the filter does not match is compared with what is expected.

use super::limits::{MissingLimits, Quiet};
use super::{Mark, stored};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use wikiward_farm::Timestamp;

/// Share of the expected that counts as evidence when it stays away: a rule that matches four fifths of everybody.
const PULL: f64 = 0.8;

/// What one observation that is not matched takes back: `ln 0.2`.
const PUSH: f64 = -1.609_437_912_434_100_3;

/// Most origins that are kept of an episode. Where more are matched, a flood is at work, whatever is missing.
const MATCHED_MAX: usize = 128;

/// What is expected of a kind of action on a wiki.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// Observations per second at this time.
    pub per_second: f64,
    /// Observations between the last event and now.
    pub since: f64,
    /// Observations in the 24 hours before now.
    pub in_day_before: f64,
    /// Observations in those 24 hours that the filter did not match.
    pub unmatched_day_before: f64,
    /// Observations of a day on average.
    pub per_day: f64,
    /// Whether observations of people who were reverted, deleted or blocked since are left out.
    pub is_clean: bool,
    /// Whether the farm's other wikis miss their traffic, too: an outage, from which nothing follows.
    pub is_frozen: bool,
}

/// A time in which a filter hits, compared with what is expected of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Episode {
    pull: f64,
    expected: f64,
    unmatched: u64,
    matched: Vec<Mark>,
    is_flood: bool,
    level: f64,
    #[serde(with = "stored::maybe")]
    hit_at: Option<Timestamp>,
    /// What ends it, as the group had it at the last hit: actions that are not matched ask for it without the group's numbers.
    #[serde(default, skip_serializing_if = "Quiet::is_default")]
    quiet: Quiet,
}

/// An episode in numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// The evidence.
    pub pull: f64,
    /// What it trips at.
    pub threshold: f64,
    /// Observations that were expected.
    pub expected: f64,
    /// Those that came and were not matched.
    pub unmatched: u64,
    /// Distinct origins that were matched; 128 if there were more.
    pub matched: usize,
}

/// What path B says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// Nothing is missing that the matches could explain.
    Nothing,
    /// Somebody should look.
    Alert,
    /// Destructive consequences are to be withheld.
    Destructive,
    /// Whatever stops actions is to be withheld.
    Obstructive,
}

impl Episode {
    /// Whether an episode is going on at `now`.
    pub fn is_open(&self, now: Timestamp, expected: &Expected) -> bool {
        self.hit_at.is_some_and(|at| now.duration_since(at) < gap(self.quiet, expected))
    }

    /// An observation that the filter did not match; nothing outside an episode.
    pub fn unmatched(&mut self, now: Timestamp, expected: &Expected) {
        if !self.is_open(now, expected) {
            return;
        }
        self.advance(expected.since);
        self.unmatched += 1;
        self.pull += PUSH;
        if self.pull <= 0.0 {
            self.begin();
        }
    }

    /// A group's numbers hold from now on, also for the episode that is going on.
    pub fn adopt(&mut self, limits: &MissingLimits) {
        self.quiet = limits.quiet;
    }

    /// A hit of `origin`.
    pub fn hit(&mut self, origin: Mark, now: Timestamp, expected: &Expected, limits: &MissingLimits) -> Missing {
        self.adopt(limits);
        if self.is_open(now, expected) {
            self.advance(expected.since);
        } else {
            self.begin();
            // What quiet days and weeks look like is part of the expectation.
            self.level = if expected.in_day_before < limits.expected_min {
                1.0
            } else {
                (expected.unmatched_day_before / expected.in_day_before).clamp(0.2, 1.0)
            };
        }
        self.hit_at = Some(now);
        if !self.matched.contains(&origin) {
            if self.matched.len() < MATCHED_MAX { self.matched.push(origin) } else { self.is_flood = true }
        }
        self.verdict(expected, limits)
    }

    /// An origin has another mark than before.
    pub fn rename(&mut self, before: Mark, now: Mark) {
        if self.matched.contains(&now) {
            self.matched.retain(|mark| *mark != before);
        } else if let Some(mark) = self.matched.iter_mut().find(|mark| **mark == before) {
            *mark = now;
        }
    }

    /// Distinct origins that were matched, and how many observations are missing.
    pub fn counts(&self) -> (usize, f64) {
        #[expect(clippy::cast_precision_loss, reason = "counts of an episode are small")]
        let unmatched = self.unmatched as f64;
        (self.matched.len(), self.expected - unmatched)
    }

    /// What the episode comes to at `now`, for people; none if none is going on.
    pub fn reading(&self, now: Timestamp, expected: &Expected, limits: &MissingLimits) -> Option<Reading> {
        self.is_open(now, expected).then(|| Reading {
            pull: self.pull + PULL * self.level * expected.since,
            threshold: limits.threshold(expected.per_day),
            expected: self.expected + self.level * expected.since,
            unmatched: self.unmatched,
            matched: self.matched.len(),
        })
    }

    /// What it says as it stands.
    pub fn verdict(&self, expected: &Expected, limits: &MissingLimits) -> Missing {
        #[expect(clippy::cast_precision_loss, reason = "counts of an episode are small")]
        let (matched, unmatched) = (self.matched.len() as f64, self.unmatched as f64);
        let threshold = limits.threshold(expected.per_day);
        let missing = self.expected - unmatched;
        // A flood is not commensurate with what is missing.
        let fits = !self.is_flood && matched >= 0.3 * missing && matched <= 1.5 * missing + 2.0;
        let is_sure = self.pull >= threshold && self.expected >= limits.expected_min && fits && !expected.is_frozen;
        let is_many = |least: u32| matched >= f64::from(least);
        if is_sure && is_many(limits.obstructive_origins) && self.pull >= threshold + 2.0 && expected.is_clean {
            Missing::Obstructive
        } else if is_sure && is_many(limits.destructive_origins) {
            Missing::Destructive
        } else if self.pull >= threshold / 2.0 && matched >= 3.0 {
            Missing::Alert
        } else {
            Missing::Nothing
        }
    }

    fn advance(&mut self, since: f64) {
        self.pull += PULL * self.level * since;
        self.expected += self.level * since;
    }

    fn begin(&mut self) {
        *self = Self { level: self.level, hit_at: self.hit_at, quiet: self.quiet, ..Self::default() };
    }

    /// After a release: a new episode begins with the next hit.
    pub fn release(&mut self) {
        *self = Self::default();
    }
}

/// For how long no hit must come until the next begins a new episode.
fn gap(quiet: Quiet, expected: &Expected) -> SignedDuration {
    // The day's mean, too: what one hour of the week saw in four weeks is a rough guess where little happens.
    let slowest = expected.per_second.min(expected.per_day / 86_400.0);
    let seconds = if slowest > 0.0 { (quiet.expected / slowest).max(quiet.seconds).min(1e9) } else { 1e9 };
    SignedDuration::from_secs_f64(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(since: f64) -> Expected {
        Expected {
            per_second: 1.0 / 600.0,
            since,
            in_day_before: 144.0,
            unmatched_day_before: 144.0,
            per_day: 144.0,
            is_clean: true,
            is_frozen: false,
        }
    }

    fn usual() -> MissingLimits {
        MissingLimits::default()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(3_000_000 + second).unwrap()
    }

    #[test]
    fn a_rule_that_matches_everybody_is_found_after_a_dozen() {
        // ln(30 * 144) = 8.37 / 0.8 = 10.5 missing.
        assert_eq!(firsts(&usual()), (Some(11), Some(13)));
    }

    #[test]
    fn a_flood_beside_normal_traffic_is_none() {
        let mut episode = Episode::default();
        for minute in 0..600_u32 {
            let now = at(i64::from(minute) * 60);
            assert!(episode.hit(Mark(minute), now, &expected(0.05), &usual()) < Missing::Destructive);
            if minute.is_multiple_of(10) {
                episode.unmatched(now, &expected(0.05));
            }
        }
    }

    #[test]
    fn an_outage_latches_nothing() {
        let mut episode = Episode::default();
        for hit in 0..40_u32 {
            let frozen = Expected { is_frozen: true, ..expected(1.0) };
            assert!(episode.hit(Mark(hit), at(i64::from(hit) * 600), &frozen, &usual()) < Missing::Destructive);
        }
    }

    #[test]
    fn a_raw_baseline_never_stops_refusals() {
        let mut episode = Episode::default();
        for hit in 0..100_u32 {
            let raw = Expected { is_clean: false, ..expected(1.0) };
            assert!(episode.hit(Mark(hit), at(i64::from(hit) * 600), &raw, &usual()) < Missing::Obstructive);
        }
    }

    /// Number of the hit at which what destroys, and what stops, is withheld when a rule matches everybody.
    fn firsts(limits: &MissingLimits) -> (Option<u32>, Option<u32>) {
        let mut episode = Episode::default();
        let mut first = (None, None);
        for hit in 0..60_u32 {
            let verdict = episode.hit(Mark(hit), at(i64::from(hit) * 600), &expected(1.0), limits);
            first.0 = first.0.or((verdict >= Missing::Destructive).then_some(hit));
            first.1 = first.1.or((verdict == Missing::Obstructive).then_some(hit));
        }
        first
    }

    #[test]
    fn each_number_of_a_group_counts() {
        // 5 / 0.8 = 6.25 missing, and 7 / 0.8 = 8.75.
        let low = MissingLimits { threshold_min: 1.0, threshold_max: 5.0, ..usual() };
        assert_eq!(firsts(&low), (Some(7), Some(9)));
        assert_eq!(firsts(&MissingLimits { threshold_min: 12.0, ..usual() }), (Some(15), Some(18)));
        assert_eq!(firsts(&MissingLimits { expected_min: 25.0, ..usual() }), (Some(25), Some(25)));
        assert_eq!(
            firsts(&MissingLimits { destructive_origins: 15, ..usual() }),
            (Some(13), Some(13)),
            "O goes with D"
        );
        let many = MissingLimits { destructive_origins: 15, obstructive_origins: 20, ..usual() };
        assert_eq!(firsts(&many), (Some(14), Some(19)));
    }

    #[test]
    fn an_episode_keeps_the_quiet_time_of_its_group() {
        let limits = MissingLimits { quiet: Quiet { seconds: 7_200.0, expected: 1.0 }, ..usual() };
        let open_after = |limits: &MissingLimits, seconds: i64| {
            let mut episode = Episode::default();
            episode.hit(Mark(1), at(0), &expected(0.0), limits);
            let written: Episode = serde_json::from_str(&serde_json::to_string(&episode).unwrap()).unwrap();
            assert_eq!(written, episode);
            written.is_open(at(seconds), &expected(0.0))
        };
        // One action in ten minutes: six of them are the hour.
        assert!(open_after(&usual(), 3_599) && !open_after(&usual(), 3_600));
        assert!(open_after(&limits, 7_199) && !open_after(&limits, 7_200));
        let written = serde_json::to_string(&Episode::default()).unwrap();
        assert!(!written.contains("quiet"), "what is usual takes no room: {written}");
    }
}
