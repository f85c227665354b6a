//! Counts of values, from which shares of them can be told.

/// Values below this are counted exactly.
const EXACT: u64 = 64;

/// Steps into which each doubling above is cut: a value is told to about 3 %.
const STEPS: u64 = 32;

/// Counts of whole numbers in constant memory: about 16 KiB at most, whatever is counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Histogram {
    counts: Vec<u64>,
    total: u64,
    max: u64,
}

impl Histogram {
    /// Counts one value.
    #[inline]
    pub(super) fn record(&mut self, value: u64) {
        let slot = slot_of(value);
        if slot >= self.counts.len() {
            self.counts.resize(slot + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(slot) {
            *count += 1;
        }
        self.total += 1;
        self.max = self.max.max(value);
    }

    /// Adds the counts of another one.
    pub(super) fn absorb(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.total += other.total;
        self.max = self.max.max(other.max);
    }

    /// How many values were counted.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// The largest value; 0 if there is none.
    pub(super) fn max(&self) -> u64 {
        self.max
    }

    /// The value that `per_mille` thousandths of all values do not exceed, to about 3 %, never above the largest;
    /// 0 if there is none.
    pub(super) fn quantile(&self, per_mille: u64) -> u64 {
        let rank = (self.total * per_mille).div_ceil(1_000).max(1);
        let mut seen = 0;
        for (slot, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return highest_in(slot).min(self.max);
            }
        }
        self.max
    }
}

#[expect(clippy::cast_possible_truncation, reason = "there are fewer than 2,000 slots")]
fn slot_of(value: u64) -> usize {
    if value < EXACT {
        return value as usize;
    }
    let shift = u64::from(value.ilog2()) - 5;
    (EXACT + (shift - 1) * STEPS + (value >> shift) - STEPS) as usize
}

fn highest_in(slot: usize) -> u64 {
    let slot = slot as u64;
    if slot < EXACT {
        return slot;
    }
    let (shift, step) = ((slot - EXACT) / STEPS + 1, (slot - EXACT) % STEPS + STEPS);
    let lowest = u128::from(step) << shift;
    u64::try_from(lowest + (1 << shift) - 1).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_in_its_slot_and_slots_follow_each_other() {
        for slot in 0..slot_of(u64::MAX) {
            assert_eq!(slot_of(highest_in(slot)), slot);
            assert_eq!(slot_of(highest_in(slot) + 1), slot + 1);
        }
        assert_eq!(highest_in(slot_of(u64::MAX)), u64::MAX);
    }

    #[test]
    fn quantiles_are_exact_for_small_values_and_near_for_large_ones() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile(500), 0);
        (1..=50).for_each(|value| histogram.record(value));
        assert_eq!((histogram.quantile(500), histogram.quantile(950), histogram.max()), (25, 48, 50));
        histogram.record(1_000_000);
        assert_eq!(histogram.quantile(1_000), 1_000_000);
        let mut large = Histogram::default();
        (1..=100_000).for_each(|value| large.record(value));
        assert!((48_500..=51_600).contains(&large.quantile(500)), "{}", large.quantile(500));
    }

    #[test]
    fn two_halves_absorbed_are_the_whole() {
        let (mut left, mut right, mut whole) = (Histogram::default(), Histogram::default(), Histogram::default());
        for value in 0..1_000 {
            if value % 3 == 0 {
                left.record(value * 7);
            } else {
                right.record(value * 7);
            }
            whole.record(value * 7);
        }
        left.absorb(&right);
        assert_eq!((left.counts, left.total, left.max), (whole.counts, whole.total, whole.max));
    }
}
