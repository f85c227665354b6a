//! Which filters stand out, and why.

use super::counts::FilterCounts;
use wikiward_farm::Timestamp;

/// Why a filter stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// At least one in a hundred of at least 1,000 runs took more than 50 ms, in the last day and since it was changed.
    Slow,
    /// In the last hour it lacked variables in more than one in a thousand evaluations.
    Degraded,
    /// In the last day its rule failed, or ran out of time or work.
    Failing,
    /// In the last hour it matched at least ten times, and at least five times as often as in the hours of the day before.
    Spike,
    /// It has run for thirty days and never matched.
    NeverMatched,
}

impl Mark {
    /// All of them, the worst first.
    pub const ALL: [Self; 5] = [Self::Slow, Self::Degraded, Self::Failing, Self::Spike, Self::NeverMatched];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Degraded => "degraded",
            Self::Failing => "failing",
            Self::Spike => "spike",
            Self::NeverMatched => "never_matched",
        }
    }
}

/// What is looked at to say whether a filter stands out. Everything is of one wiki.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// The last hour.
    pub hour: FilterCounts,
    /// The 23 hours before.
    pub before: FilterCounts,
    /// The last day, since the filter was last changed.
    pub unchanged: FilterCounts,
}

/// Hours before the last one that are looked at.
const HOURS_BEFORE: u64 = 23;

/// Runs that are too few to call a filter slow.
const SLOW_RUNS_MIN: u64 = 1_000;

/// Matches in an hour that are too few to be a spike.
const SPIKE_MIN: u64 = 10;

/// How many times as many matches as usual are a spike.
const SPIKE_TIMES: u64 = 5;

/// Days after which a filter could have matched.
pub const NEVER_DAYS: i64 = 30;

impl Look {
    /// The marks that follow from what was counted.
    pub fn marks(&self) -> Vec<Mark> {
        let Self { hour, before, unchanged } = self;
        let failures = |counts: &FilterCounts| counts.errors + counts.over_budget;
        let holds = |mark: &Mark| match mark {
            Mark::Slow => unchanged.evaluations >= SLOW_RUNS_MIN && unchanged.slow * 100 >= unchanged.evaluations,
            Mark::Degraded => hour.degraded * 1_000 > hour.evaluations,
            Mark::Failing => failures(hour) + failures(before) > 0,
            // What did not run before has no usual.
            Mark::Spike => {
                before.evaluations > 0
                    && hour.matches >= SPIKE_MIN
                    && hour.matches * HOURS_BEFORE >= before.matches * SPIKE_TIMES
            }
            Mark::NeverMatched => false,
        };
        Mark::ALL.into_iter().filter(holds).collect()
    }
}

/// Whether a filter that has been as it is since `aged_from` ought to have matched by now: it ran in the last day and has
/// no hit at all.
pub fn never_matched(day: &FilterCounts, hits: u64, aged_from: Timestamp, now: Timestamp) -> bool {
    let age_s = now.as_second().saturating_sub(aged_from.as_second());
    hits == 0 && day.matches == 0 && day.evaluations > 0 && age_s >= NEVER_DAYS * 86_400
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(change: impl FnOnce(&mut FilterCounts)) -> FilterCounts {
        let mut counts = FilterCounts::default();
        change(&mut counts);
        counts
    }

    #[test]
    fn slow_is_one_in_a_hundred_of_a_thousand() {
        let of = |evaluations, slow| {
            let unchanged = counts(|it| (it.evaluations, it.slow) = (evaluations, slow));
            Look { unchanged, ..Look::default() }.marks()
        };
        assert_eq!(of(999, 999), []);
        assert_eq!(of(1_000, 9), []);
        assert_eq!(of(1_000, 10), [Mark::Slow]);
    }

    #[test]
    fn degraded_is_more_than_one_in_a_thousand() {
        let of = |evaluations, degraded| {
            let hour = counts(|it| (it.evaluations, it.degraded) = (evaluations, degraded));
            Look { hour, ..Look::default() }.marks()
        };
        assert_eq!(of(1_000, 1), []);
        assert_eq!(of(999, 1), [Mark::Degraded]);
        assert_eq!(of(0, 0), []);
    }

    #[test]
    fn a_spike_is_many_and_more_than_usual() {
        let of = |hour, before| {
            let ran = |matches| counts(|it| (it.evaluations, it.matches) = (1_000, matches));
            Look { hour: ran(hour), before: ran(before), ..Look::default() }.marks()
        };
        let hour = counts(|it| (it.evaluations, it.matches) = (1_000, 500));
        assert_eq!(Look { hour, ..Look::default() }.marks(), [], "a filter's first hour");
        assert_eq!(of(9, 0), []);
        assert_eq!(of(10, 0), [Mark::Spike]);
        assert_eq!(of(10, 46), [Mark::Spike], "two an hour before");
        assert_eq!(of(10, 47), []);
    }

    #[test]
    fn failing_is_seen_for_a_day() {
        let before = counts(|it| it.over_budget = 1);
        assert_eq!(Look { before, ..Look::default() }.marks(), [Mark::Failing]);
    }

    #[test]
    fn a_young_filter_need_not_have_matched() {
        let now = Timestamp::from_second(NEVER_DAYS * 86_400).unwrap();
        let day = counts(|it| it.evaluations = 1);
        assert!(never_matched(&day, 0, Timestamp::UNIX_EPOCH, now));
        assert!(!never_matched(&day, 1, Timestamp::UNIX_EPOCH, now));
        assert!(!never_matched(&FilterCounts::default(), 0, Timestamp::UNIX_EPOCH, now));
        assert!(!never_matched(&day, 0, Timestamp::from_second(1).unwrap(), now));
    }
}
