//! Distributions of times and conditions, in classes that grow by half to a third.

use serde::{Deserialize, Serialize};

/// Upper bounds of the classes: 1, 2, 3, 4, 6, 8, 12 … 2^20. Microseconds reach a second so; conditions, a million.
const BOUNDS: [u64; 41] = bounds();

const fn bounds() -> [u64; 41] {
    let mut bounds = [1; 41];
    let mut class = 1;
    while class < bounds.len() {
        // 2, 3, 4, 6, 8, 12 …: powers of two and one and a half of each.
        let power = 1_u64 << class.div_ceil(2);
        bounds[class] = if class % 2 == 1 { power } else { power / 2 * 3 };
        class += 1;
    }
    bounds
}

/// How often values of each class were seen. A value above the last bound counts in the last class.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Histogram {
    /// By class; classes behind the last that was seen are left out.
    #[serde(rename = "c", default, skip_serializing_if = "Vec::is_empty")]
    classes: Vec<u64>,
    #[serde(rename = "s", default)]
    sum: u64,
    #[serde(rename = "m", default)]
    max: u64,
}

impl Histogram {
    /// Counts a value.
    pub fn add(&mut self, value: u64) {
        let class = BOUNDS.partition_point(|bound| *bound < value).min(BOUNDS.len() - 1);
        if self.classes.len() <= class {
            self.classes.resize(class + 1, 0);
        }
        if let Some(count) = self.classes.get_mut(class) {
            *count += 1;
        }
        self.sum = self.sum.saturating_add(value);
        self.max = self.max.max(value);
    }

    /// Adds what another counted.
    pub fn merge(&mut self, other: &Self) {
        if self.classes.len() < other.classes.len() {
            self.classes.resize(other.classes.len().min(BOUNDS.len()), 0);
        }
        for (count, more) in self.classes.iter_mut().zip(&other.classes) {
            *count = count.saturating_add(*more);
        }
        self.sum = self.sum.saturating_add(other.sum);
        self.max = self.max.max(other.max);
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.classes.iter().fold(0, |all, count| all.saturating_add(*count))
    }

    /// Number of values up to each power of two and above the one before; the last holds all that are greater, too.
    pub fn by_octave(&self) -> Vec<(u64, u64)> {
        let mut octaves: Vec<(u64, u64)> = Vec::new();
        for (class, bound) in BOUNDS.iter().enumerate() {
            let count = self.classes.get(class).copied().unwrap_or(0);
            let octave = bound.next_power_of_two();
            match octaves.last_mut() {
                Some((last, all)) if *last == octave => *all += count,
                _ => octaves.push((octave, count)),
            }
        }
        octaves
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// Sum of all values.
    pub fn sum(&self) -> u64 {
        self.sum
    }

    /// The greatest value; 0 if there is none.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// A value that `per_mille` of a thousand values do not exceed: the upper bound of its class, at most a half too high,
    /// never above the greatest value. 0 if nothing was counted.
    pub fn quantile(&self, per_mille: u64) -> u64 {
        let rank = self.count().saturating_mul(per_mille).div_ceil(1_000).max(1);
        let mut seen = 0_u64;
        for (count, bound) in self.classes.iter().zip(BOUNDS) {
            seen = seen.saturating_add(*count);
            if seen >= rank {
                return bound.min(self.max);
            }
        }
        self.max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_grow_by_at_most_a_half() {
        assert_eq!(BOUNDS[..9], [1, 2, 3, 4, 6, 8, 12, 16, 24]);
        assert_eq!(BOUNDS.last(), Some(&(3 << 19)));
        assert!(BOUNDS.windows(2).skip(1).all(|pair| pair[0] < pair[1] && pair[1] * 2 <= pair[0] * 3));
    }

    #[test]
    fn quantiles_are_the_bounds_of_their_classes() {
        let mut histogram = Histogram::default();
        assert_eq!((histogram.quantile(500), histogram.max(), histogram.count()), (0, 0, 0));
        for value in 1..=100 {
            histogram.add(value);
        }
        assert_eq!(histogram.quantile(500), 64, "the 50th of 100 lies between 49 and 64");
        assert_eq!((histogram.quantile(990), histogram.quantile(1_000)), (100, 100));
        assert_eq!((histogram.sum(), histogram.max(), histogram.count()), (5_050, 100, 100));
        let mut other = Histogram::default();
        other.add(u64::MAX);
        other.add(0);
        histogram.merge(&other);
        assert_eq!((histogram.count(), histogram.max(), histogram.quantile(1_000)), (102, u64::MAX, 3 << 19));
    }

    #[test]
    fn octaves_hold_every_value_once() {
        let mut histogram = Histogram::default();
        for value in [1, 2, 3, 4, 5, 1_000, u64::MAX] {
            histogram.add(value);
        }
        let octaves = histogram.by_octave();
        assert_eq!(octaves[..4], [(1, 1), (2, 1), (4, 2), (8, 1)]);
        assert_eq!(octaves.iter().map(|(_, count)| count).sum::<u64>(), 7);
        assert_eq!(octaves.last(), Some(&(1 << 21, 1)));
    }

    proptest::proptest! {
        #[test]
        fn merging_is_counting_together(left: Vec<u64>, right: Vec<u64>) {
            let of = |values: &[u64]| {
                let mut histogram = Histogram::default();
                for value in values {
                    histogram.add(*value);
                }
                histogram
            };
            let mut merged = of(&left);
            merged.merge(&of(&right));
            let text = serde_json::to_string(&merged).unwrap();
            proptest::prop_assert_eq!(&serde_json::from_str::<Histogram>(&text).unwrap(), &merged);
            proptest::prop_assert_eq!(merged, of(&[left, right].concat()));
        }
    }
}
