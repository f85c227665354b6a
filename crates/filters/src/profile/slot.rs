//! Buckets of time: five minutes, and hours.

use wikiward_farm::Timestamp;
use wikiward_farm::clock::{from_micros, micros};

/// How long a bucket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Width {
    /// Five minutes; kept for a day.
    Short,
    /// An hour; kept for 90 days.
    Long,
}

/// Microseconds of a minute.
pub(super) const MINUTE: i64 = 60_000_000;

/// Microseconds of an hour.
pub(super) const HOUR: i64 = 60 * MINUTE;

/// Microseconds of a day.
pub(super) const DAY: i64 = 24 * HOUR;

impl Width {
    /// Its microseconds.
    pub const fn micros(self) -> i64 {
        match self {
            Self::Short => 5 * MINUTE,
            Self::Long => HOUR,
        }
    }

    /// Its seconds, by which it is named where it is stored.
    pub const fn seconds(self) -> i64 {
        self.micros() / 1_000_000
    }
}

/// The beginning, in microseconds, of the bucket of `width` microseconds that `at` lies in.
pub(super) fn start(at: i64, width: i64) -> i64 {
    at - at.rem_euclid(width)
}

/// The beginning of the short bucket of `now`, and the minute in it.
pub(super) fn minute_of(now: Timestamp) -> (i64, usize) {
    let begin = start(micros(now), Width::Short.micros());
    (begin, usize::try_from((micros(now) - begin) / MINUTE).unwrap_or(0))
}

/// A span of time and the steps that it is shown in, all of them whole buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Where it begins.
    pub from: Timestamp,
    /// Where it ends; not in it.
    pub to: Timestamp,
    /// Seconds of a step.
    pub step_s: u32,
}

/// Why there is no such range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// It ends before it begins.
    #[error("`from` must be before `to`")]
    Empty,
    /// The step is no whole number of buckets, or has too many.
    #[error("`step` must be a multiple of 300 seconds within the last day, and of 3,600 seconds before, up to 90 days")]
    Step,
    /// It has too many steps.
    #[error("a range has at most 2,400 steps. Ask for longer steps, or less")]
    TooMany,
}

/// Most steps of a range: 90 days of hours, and some more.
pub const STEPS_MAX: i64 = 2_400;

/// Days for which there are long buckets.
pub const LONG_DAYS: i64 = 90;

/// Hours for which there are short buckets.
pub const SHORT_HOURS: i64 = 24;

impl Range {
    /// The range that is asked for at `now`: the last day if nothing is said; five-minute steps up to six hours, hours up to
    /// a week, six hours beyond. It is widened to whole steps, begins at most 90 days ago and ends at most one step after `now`.
    ///
    /// # Errors
    /// [`RangeError`].
    pub fn new(
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        step_s: Option<u32>,
        now: Timestamp,
    ) -> Result<Self, RangeError> {
        let now = micros(now);
        // The present moment is in it.
        let to = to.map_or(now + 1, micros).min(now + 1);
        let from = from.map_or(to.saturating_sub(DAY), micros).max(now - LONG_DAYS * DAY);
        if from >= to {
            return Err(RangeError::Empty);
        }
        let is_recent = from >= start(now - SHORT_HOURS * HOUR, HOUR);
        let step = match step_s {
            Some(step_s) => i64::from(step_s) * 1_000_000,
            None if is_recent && to - from <= 6 * HOUR => Width::Short.micros(),
            None if to - from <= 7 * DAY => HOUR,
            None => 6 * HOUR,
        };
        let unit = if is_recent { Width::Short.micros() } else { HOUR };
        if step < unit || step % unit != 0 || step > LONG_DAYS * DAY {
            return Err(RangeError::Step);
        }
        let (from, to) = (start(from, step), start(to - 1, step) + step);
        if (to - from) / step > STEPS_MAX {
            return Err(RangeError::TooMany);
        }
        Ok(Self { from: from_micros(from), to: from_micros(to), step_s: u32::try_from(step / 1_000_000).unwrap_or(0) })
    }

    /// Beginnings of its steps.
    pub fn steps(self) -> impl ExactSizeIterator<Item = Timestamp> {
        let (from, step) = (micros(self.from), self.step());
        let count = usize::try_from((micros(self.to) - from) / step).unwrap_or(0);
        (0..count).map(move |number| from_micros(from + i64::try_from(number).unwrap_or(0) * step))
    }

    /// The number of the step that `at` lies in.
    pub(super) fn place(self, at: i64) -> Option<usize> {
        let after = at - micros(self.from);
        (after >= 0 && at < micros(self.to)).then(|| usize::try_from(after / self.step()).ok()).flatten()
    }

    fn step(self) -> i64 {
        (i64::from(self.step_s) * 1_000_000).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn range(from: Option<&str>, to: Option<&str>, step_s: Option<u32>) -> Result<(String, String, u32), RangeError> {
        let now = at("2026-03-10T12:34:56Z");
        let range = Range::new(from.map(at), to.map(at), step_s, now)?;
        Ok((range.from.to_string(), range.to.to_string(), range.step_s))
    }

    #[test]
    fn a_range_consists_of_whole_steps() {
        let ok = |from: &str, to: &str, step: u32| Ok((from.to_owned(), to.to_owned(), step));
        assert_eq!(range(None, None, None), ok("2026-03-09T12:00:00Z", "2026-03-10T13:00:00Z", 3600));
        assert_eq!(
            range(Some("2026-03-10T11:01:00Z"), None, None),
            ok("2026-03-10T11:00:00Z", "2026-03-10T12:35:00Z", 300)
        );
        let two = range(Some("2026-03-01T00:00:00Z"), Some("2026-03-03T00:00:00Z"), None);
        assert_eq!(two, ok("2026-03-01T00:00:00Z", "2026-03-03T00:00:00Z", 3600));
        assert_eq!(range(Some("2020-01-01T00:00:00Z"), None, None).unwrap().2, 6 * 3600);
        assert_eq!(range(Some("2020-01-01T00:00:00Z"), None, Some(3600)).unwrap().0, "2025-12-10T12:00:00Z");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert_eq!(range(Some("2026-03-10T12:00:00Z"), Some("2026-03-10T12:00:00Z"), None), Err(RangeError::Empty));
        assert_eq!(range(Some("2027-01-01T00:00:00Z"), None, None), Err(RangeError::Empty));
        for step in [0, 1, 299, 301, u32::MAX] {
            assert_eq!(range(None, None, Some(step)), Err(RangeError::Step), "{step}");
        }
        assert_eq!(range(Some("2026-03-01T00:00:00Z"), None, Some(300)), Err(RangeError::Step), "those are gone");
        assert!(range(Some("2026-03-10T00:00:00Z"), None, Some(300)).is_ok());
    }

    proptest::proptest! {
        #[test]
        fn every_moment_of_a_range_has_a_step(from in -100_000_i64..100_000, length in 1_i64..10_000_000, step in 1_u32..30) {
            let now = Timestamp::from_second(1_800_000_000).unwrap();
            let from = Timestamp::from_second(1_799_000_000 + from).unwrap();
            let to = Timestamp::from_second(from.as_second() + length).unwrap();
            if let Ok(range) = Range::new(Some(from), Some(to), Some(step * 3600), now) {
                let steps = range.steps().len();
                proptest::prop_assert!(range.from <= from && steps > 0 && steps <= 2_400);
                proptest::prop_assert_eq!(range.place(micros(from)), Some(0));
                proptest::prop_assert_eq!(range.place(micros(range.to) - 1), Some(steps - 1));
                proptest::prop_assert_eq!(range.place(micros(range.to)), None);
            }
        }
    }
}
