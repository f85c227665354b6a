//! The numbers of the brake. Any of them may be set otherwise for a group.

use crate::model::Class;

/// What path A tolerates of one class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HarmLimits {
    /// Share of observations of people in good standing that may be hit: the rate that is tolerated.
    pub tolerated: f64,
    /// The share that is not.
    pub intolerable: f64,
    /// Least threshold.
    pub threshold_min: f64,
    /// Distinct people that must have been hit.
    pub people_min: u32,
    /// Distinct address ranges (/24, /48) they must come from.
    pub ranges_min: u32,
}

impl HarmLimits {
    /// By how much one more person hit raises the sum: `ln(intolerable / tolerated)`.
    pub fn step(&self) -> f64 {
        (self.intolerable / self.tolerated).ln()
    }

    /// By how much an observation lowers it: `ln((1 − tolerated) / (1 − intolerable))`.
    pub fn drift(&self) -> f64 {
        ((1.0 - self.tolerated) / (1.0 - self.intolerable)).ln()
    }

    /// The threshold where there are `per_day` observations a day: about one false trip a month at most on a rule that hits
    /// people at exactly the tolerated rate, whatever the wiki's size.
    pub fn threshold(&self, per_day: f64) -> f64 {
        (30.0 * per_day).ln().max(self.threshold_min).min(THRESHOLD_MAX)
    }
}

/// Greatest threshold of path A.
const THRESHOLD_MAX: f64 = 14.5;

/// Most distinct targets of a consequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap {
    /// In an hour.
    pub hour: u32,
    /// In a day.
    pub day: u32,
}

impl Cap {
    /// The cap, `times` as high.
    #[must_use]
    pub const fn times(self, times: u32) -> Self {
        Self { hour: self.hour.saturating_mul(times), day: self.day.saturating_mul(times) }
    }
}

/// All numbers for one group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Path A for consequences that take something away.
    pub destructive: HarmLimits,
    /// Path A for those that stop the action.
    pub obstructive: HarmLimits,
    /// Path A for nuisances.
    pub nuisance: HarmLimits,
    /// Path C for all destructive consequences together.
    pub destroyed: Cap,
    /// Path C for blocks of ranges.
    pub range_blocks: Cap,
    /// Path C for removals from groups.
    pub degroups: Cap,
    /// Whether path B works; not under a declared lockdown.
    pub has_missing: bool,
}

impl Default for Limits {
    fn default() -> Self {
        let harm = |tolerated, intolerable, threshold_min, people_min, ranges_min| HarmLimits {
            tolerated,
            intolerable,
            threshold_min,
            people_min,
            ranges_min,
        };
        Self {
            destructive: harm(0.002, 0.05, 6.4, 3, 2),
            obstructive: harm(0.01, 0.20, 7.5, 5, 3),
            nuisance: harm(0.05, 0.50, 9.0, 8, 3),
            destroyed: Cap { hour: 10, day: 50 },
            range_blocks: Cap { hour: 3, day: 10 },
            degroups: Cap { hour: 2, day: 5 },
            has_missing: true,
        }
    }
}

impl Limits {
    /// Path A's numbers for a class; none for what nobody notices.
    pub const fn harm(&self, class: Class) -> Option<&HarmLimits> {
        match class {
            Class::Destructive => Some(&self.destructive),
            Class::Obstructive => Some(&self.obstructive),
            Class::Nuisance => Some(&self.nuisance),
            Class::Silent => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_drifts_and_thresholds_are_those_of_the_table() {
        let limits = Limits::default();
        let close = |a: f64, b: f64| assert!((a - b).abs() < 5e-5, "{a} is not {b}");
        close(limits.destructive.step(), 3.218_876);
        close(limits.destructive.drift(), 0.049_291);
        close(limits.obstructive.step(), 2.995_732);
        close(limits.obstructive.drift(), 0.213_093);
        close(limits.nuisance.step(), std::f64::consts::LN_10);
        close(limits.nuisance.drift(), 0.641_854);
        close(limits.destructive.threshold(172.0), 8.5487);
        close(limits.destructive.threshold(2_401.0), 11.1848);
        close(limits.destructive.threshold(11.0), 6.4);
        close(limits.nuisance.threshold(1e9), 14.5);
    }
}
