//! Which actions are kept: a sample of each day that is fair without knowing beforehand how many there will be.
//!
//! Every action draws a number from 0 to 2^62; divided by its boost that is its rank. The [`PER_DAY`] smallest ranks of a
//! stratum (one wiki, group, kind, day and process) are the sample, at every moment. The smallest rank that is *not* in it is
//! the threshold τ. Given τ, an action is in the sample if its number is below `boost · τ`, so it stands for
//! `1 / min(1, boost · τ / 2^62)` actions. Sums of these weights are unbiased (Cohen and Kaplan, *Summarizing data using
//! bottom-k sketches*, 2007); until something was left out, every weight is 1.

use std::collections::BinaryHeap;

/// Actions kept of each stratum, beside those that filters hit.
pub const PER_DAY: usize = 2_000;

/// How much likelier people in good standing are kept: they are who must not be hit.
pub const BOOST_GOOD: u32 = 3;

/// Numbers that are drawn are below it.
pub const DRAWN_BELOW: u64 = 1 << 62;

/// The sample of one stratum, as far as it must be known to draw on.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// Ranks in the sample, the greatest on top.
    ranks: BinaryHeap<u64>,
    threshold: Option<u64>,
    seen: u64,
    seen_good: u64,
}

impl Sample {
    /// Draws for one more action; gives its rank, and whether it belongs to the sample for now. `number` is evenly distributed
    /// below [`DRAWN_BELOW`].
    pub fn draw(&mut self, number: u64, is_good: bool, per_day: usize) -> (u64, bool) {
        self.seen += 1;
        self.seen_good += u64::from(is_good);
        let rank = number % DRAWN_BELOW / u64::from(boost(is_good));
        if self.ranks.len() < per_day {
            self.ranks.push(rank);
            return (rank, self.holds(rank));
        }
        let greatest = self.ranks.peek().copied().unwrap_or(0);
        if rank < greatest {
            self.ranks.pop();
            self.ranks.push(rank);
        }
        let out = rank.max(greatest);
        self.threshold = Some(self.threshold.map_or(out, |threshold| threshold.min(out)));
        (rank, self.holds(rank))
    }

    /// Whether a rank is in the sample now.
    pub fn holds(&self, rank: u64) -> bool {
        self.threshold.is_none_or(|threshold| rank < threshold)
    }

    /// The smallest rank that is not in it; none while everything is.
    pub fn threshold(&self) -> Option<u64> {
        self.threshold
    }

    /// Actions that were drawn for.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Those of people in good standing.
    pub fn seen_good(&self) -> u64 {
        self.seen_good
    }
}

/// The boost of an action.
pub const fn boost(is_good: bool) -> u32 {
    if is_good { BOOST_GOOD } else { 1 }
}

/// How many actions one in the sample stands for; none if its rank is not in it.
#[expect(clippy::cast_precision_loss, reason = "a share needs no more than 53 bits")]
pub fn weight(rank: u64, boost: u32, threshold: Option<u64>) -> Option<f64> {
    let Some(threshold) = threshold else { return Some(1.0) };
    let reach = threshold.saturating_mul(u64::from(boost));
    (rank < threshold).then(|| (DRAWN_BELOW as f64 / reach as f64).max(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream of numbers that looks random.
    struct Numbers(u64);

    impl Numbers {
        fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = self.0;
            mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^ mixed >> 31
        }
    }

    /// What is in the sample at the end: for each action its weight and whether it was of somebody good.
    fn drawn(actions: &[bool], per_day: usize, seed: u64) -> Vec<(f64, bool)> {
        let (mut sample, mut numbers) = (Sample::default(), Numbers(seed));
        let ranks: Vec<(u64, bool)> =
            actions.iter().map(|is_good| (sample.draw(numbers.next(), *is_good, per_day).0, *is_good)).collect();
        let kept = ranks.iter().filter(|(rank, _)| sample.holds(*rank));
        kept.map(|(rank, good)| (weight(*rank, boost(*good), sample.threshold()).unwrap(), *good)).collect()
    }

    const RUNS: u32 = 400;

    #[test]
    fn sums_of_weights_are_right_on_the_average_and_good_people_three_times_as_likely() {
        let actions: Vec<bool> = (0..4_000).map(|number| number % 10 < 4).collect();
        let (mut all, mut good, mut kept_good) = (0.0, 0.0, 0_u32);
        for run in 0..RUNS {
            let sample = drawn(&actions, 100, u64::from(run) << 32);
            assert_eq!(sample.len(), 100);
            all += sample.iter().map(|(weight, _)| weight).sum::<f64>();
            good += sample.iter().filter(|(_, good)| *good).map(|(weight, _)| weight).sum::<f64>();
            kept_good += u32::try_from(sample.iter().filter(|(_, good)| *good).count()).unwrap();
        }
        let runs = f64::from(RUNS);
        // A run's sums scatter by some 500 and 250: 400 of them by a twentieth of that.
        assert!((all / runs - 4_000.0).abs() < 100.0, "{}", all / runs);
        assert!((good / runs - 1_600.0).abs() < 60.0, "{}", good / runs);
        // 1,600 that count three times beside 2,400: two thirds.
        assert!((f64::from(kept_good) / runs - 66.7).abs() < 2.0, "{}", f64::from(kept_good) / runs);
    }

    proptest::proptest! {
        #[test]
        fn everything_is_kept_up_to_the_number_and_exactly_the_number_beyond(
            actions in proptest::collection::vec(proptest::bool::ANY, 0..300), per_day in 1_usize..100, seed: u64,
        ) {
            let sample = drawn(&actions, per_day, seed);
            assert_eq!(sample.len(), actions.len().min(per_day));
            assert!(sample.iter().all(|(weight, _)| *weight >= 1.0));
            if actions.len() <= per_day {
                assert!(sample.iter().all(|(weight, _)| (*weight - 1.0).abs() < f64::EPSILON));
            }
        }

        #[test]
        fn who_is_in_the_sample_does_not_depend_on_the_order(
            numbers in proptest::collection::btree_set(0..DRAWN_BELOW, 0..200), per_day in 1_usize..50,
        ) {
            let run = |numbers: Vec<u64>| {
                let mut sample = Sample::default();
                for number in &numbers {
                    sample.draw(*number, number.is_multiple_of(2), per_day);
                }
                let rank = |number: &u64| number / u64::from(boost(number.is_multiple_of(2)));
                let mut kept: Vec<u64> = numbers.into_iter().filter(|number| sample.holds(rank(number))).collect();
                kept.sort_unstable();
                (kept, sample.threshold())
            };
            let forward: Vec<u64> = numbers.iter().copied().collect();
            let backward: Vec<u64> = numbers.iter().rev().copied().collect();
            assert_eq!(run(forward), run(backward));
        }
    }
}
