//! Durations by the million, in a few kilobytes.

use std::time::Duration;

/// Buckets per doubling: a reported duration is at most 1/64 too long.
const STEPS: usize = 64;

/// Doublings above the first `STEPS` nanoseconds: up to two hours and more.
const DOUBLINGS: usize = 37;

/// Counts of durations in buckets that grow with them, so that every quantile has the same relative error: 1.6 %.
#[derive(Debug, Clone)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    longest: u64,
    sum: u128,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; STEPS * (DOUBLINGS + 1)], total: 0, longest: 0, sum: 0 }
    }
}

impl Histogram {
    /// Counts one.
    pub fn record(&mut self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let at = bucket(nanos).min(self.counts.len() - 1);
        if let Some(count) = self.counts.get_mut(at) {
            *count += 1;
        }
        self.total += 1;
        self.sum += u128::from(nanos);
        self.longest = self.longest.max(nanos);
    }

    /// Adds what another one counted.
    pub fn add(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.total += other.total;
        self.sum += other.sum;
        self.longest = self.longest.max(other.longest);
    }

    /// How many were counted.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The longest, exactly.
    pub fn longest(&self) -> Duration {
        Duration::from_nanos(self.longest)
    }

    /// The mean; zero if nothing was counted.
    pub fn mean(&self) -> Duration {
        let mean = self.sum.checked_div(u128::from(self.total)).unwrap_or(0);
        Duration::from_nanos(u64::try_from(mean).unwrap_or(u64::MAX))
    }

    /// The duration that `share` (0 to 1) of all do not exceed; zero if nothing was counted.
    pub fn quantile(&self, share: f64) -> Duration {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "counts are far below 2^52, and the share of one is not negative"
        )]
        let wanted = ((self.total as f64 * share.clamp(0.0, 1.0)).ceil() as u64).max(1);
        let mut seen = 0;
        for (at, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return Duration::from_nanos(upper_end(at).min(self.longest));
            }
        }
        Duration::ZERO
    }
}

/// The bucket of a duration: exact below `STEPS`, then `STEPS` for each doubling.
fn bucket(nanos: u64) -> usize {
    let steps = STEPS as u64;
    if nanos < steps {
        return usize::try_from(nanos).unwrap_or(0);
    }
    let doubling = u64::from(nanos.ilog2()) - u64::from(steps.ilog2());
    let within = (nanos >> doubling) - steps;
    usize::try_from((doubling + 1) * steps + within).unwrap_or(usize::MAX)
}

/// The longest duration of a bucket.
fn upper_end(at: usize) -> u64 {
    let (doubling, within) = (at / STEPS, at % STEPS);
    match doubling.checked_sub(1) {
        None => within as u64,
        Some(doubling) => (((STEPS + within + 1) as u64) << doubling) - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_lie_side_by_side_and_are_narrow() {
        for nanos in (0..5_000).chain([1 << 20, (1 << 20) - 1, 123_456_789, 3_600_000_000_000]) {
            let end = upper_end(bucket(nanos));
            assert!(end >= nanos, "{nanos} is above the end {end} of its bucket");
            assert!(end - nanos <= nanos / 64 + 1, "{nanos} is far below {end}");
        }
        for at in 0..STEPS * DOUBLINGS {
            assert_eq!(bucket(upper_end(at)), at);
            assert_eq!(bucket(upper_end(at) + 1), at + 1);
        }
    }

    #[test]
    fn quantiles_are_those_of_the_sorted_list() {
        let mut histogram = Histogram::default();
        for micros in 1..=1_000 {
            histogram.record(Duration::from_micros(micros));
        }
        for (share, micros) in [(0.5, 500.0), (0.99, 990.0), (0.999, 999.0), (1.0, 1_000.0), (0.0, 1.0)] {
            let found = histogram.quantile(share).as_secs_f64() * 1e6;
            assert!((micros..micros * 1.017).contains(&found), "{share}: {found}");
        }
        assert_eq!((histogram.total(), histogram.longest()), (1_000, Duration::from_millis(1)));
        assert_eq!(histogram.mean(), Duration::from_nanos(500_500));
        let mut sum = Histogram::default();
        sum.add(&histogram);
        sum.add(&histogram);
        assert_eq!((sum.total(), sum.quantile(0.5)), (2_000, histogram.quantile(0.5)));
        assert_eq!(Histogram::default().quantile(0.5), Duration::ZERO);
    }
}
