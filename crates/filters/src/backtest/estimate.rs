//! From a weighted sample to a number per day.

use serde::{Deserialize, Serialize};

/// A number per day, and between which two it lies in 95 of 100 cases.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Estimate {
    /// The best guess.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Weights of what was found, summed up.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Weighed {
    sum: f64,
    squares: f64,
}

/// Standard deviations of a normal distribution within which lie 95 %.
const NORMAL_95: f64 = 1.959_964;

impl Weighed {
    pub(super) fn add(&mut self, weight: f64) {
        self.sum += weight;
        self.squares += weight * weight;
    }

    pub(super) fn sum(self) -> f64 {
        self.sum
    }

    /// What it comes to per day over `days`, where one more would weigh at most `heaviest`.
    ///
    /// The interval is that of Fay and Feuer for weighted counts of rare events (*Statistics in Medicine* 16, 1997): that of
    /// a gamma distribution with the sum's mean and variance, with one more event of the greatest weight at the upper end. It is
    /// exact for equal weights, never empty, and holds its level for few events, too.
    pub(super) fn per_day(self, days: f64, heaviest: f64) -> Estimate {
        let days = days.max(1.0 / 24.0);
        let low = if self.sum > 0.0 {
            let freedom = 2.0 * self.sum * self.sum / self.squares;
            self.squares / (2.0 * self.sum) * chi_squared(freedom, -NORMAL_95)
        } else {
            0.0
        };
        let (sum, squares) = (self.sum + heaviest, self.squares + heaviest * heaviest);
        let high = squares / (2.0 * sum) * chi_squared(2.0 * sum * sum / squares, NORMAL_95);
        Estimate { value: self.sum / days, low: low / days, high: high / days }
    }
}

/// The quantile of a chi-squared distribution that lies where that of a normal one is `deviations`: Wilson's and Hilferty's
/// approximation, within 1 % from two degrees of freedom on.
fn chi_squared(freedom: f64, deviations: f64) -> f64 {
    let part = 2.0 / (9.0 * freedom);
    freedom * (1.0 - part + deviations * part.sqrt()).max(0.0).powi(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(weights: &[f64], days: f64, heaviest: f64) -> [f64; 3] {
        let mut weighed = Weighed::default();
        for weight in weights {
            weighed.add(*weight);
        }
        let it = weighed.per_day(days, heaviest);
        [it.value, it.low, it.high]
    }

    fn near(found: [f64; 3], wanted: [f64; 3]) {
        for (found, wanted) in found.into_iter().zip(wanted) {
            assert!((found - wanted).abs() <= 0.015 * wanted.max(0.1), "{found} is not {wanted}");
        }
    }

    #[test]
    fn equal_weights_give_the_exact_interval_of_a_count() {
        // Tables of Poisson intervals: 0 → 0 to 3.689, 1 → 0.0253 to 5.572, 10 → 4.795 to 18.39, 100 → 81.36 to 121.63.
        near(of(&[], 1.0, 1.0), [0.0, 0.0, 3.689]);
        near(of(&[1.0; 10], 1.0, 1.0), [10.0, 4.795, 18.39]);
        near(of(&[1.0; 100], 2.0, 1.0), [50.0, 40.68, 60.815]);
        near(of(&[7.0; 10], 7.0, 7.0), [10.0, 4.795, 18.39]);
        let [value, low, high] = of(&[1.0], 1.0, 1.0);
        assert!((value - 1.0).abs() < 1e-9 && low < 0.1 && (high - 5.572).abs() < 0.1);
    }

    proptest::proptest! {
        #[test]
        fn the_value_lies_in_the_interval(weights in proptest::collection::vec(1.0_f64..100.0, 0..50), days in 0.1_f64..30.0) {
            let [value, low, high] = of(&weights, days, 100.0);
            proptest::prop_assert!(0.0 <= low && low <= value && value < high, "{low} {value} {high}");
        }
    }
}
