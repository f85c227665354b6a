//! The numbers of the brake. Any of them may be set otherwise for a group.

use crate::model::Class;
use serde::{Deserialize, Serialize};

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
    /// Greatest threshold, however many people there are. It wins over the least.
    pub threshold_max: f64,
    /// Where fewer people and ranges are enough.
    pub small: SmallWiki,
}

/// Where path A asks for fewer people and ranges, because there are few.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmallWiki {
    /// A wiki is small with fewer than this many times the people that must have been hit. Half of those who are there, and at
    /// least two, are enough then.
    pub people_times: u32,
    /// Most ranges that are asked for on a small wiki.
    pub ranges_max: u32,
    /// With people from fewer ranges than this a day, one range is enough.
    pub ranges_a_day: u32,
}

impl Default for SmallWiki {
    fn default() -> Self {
        Self { people_times: 2, ranges_max: 2, ranges_a_day: 4 }
    }
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
        (30.0 * per_day).ln().max(self.threshold_min).min(self.threshold_max)
    }
}

/// Path B's numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MissingLimits {
    /// Least expected observations before anything is concluded.
    pub expected_min: f64,
    /// Least threshold.
    pub threshold_min: f64,
    /// Greatest threshold, however much happens in a day. It wins over the least.
    pub threshold_max: f64,
    /// Distinct origins that must have been matched before what destroys is withheld.
    pub destructive_origins: u32,
    /// The same for what stops actions.
    pub obstructive_origins: u32,
    /// For how long no hit must come until the next begins a new episode.
    pub quiet: Quiet,
}

/// A quiet time: the longer of two.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quiet {
    /// Least seconds.
    pub seconds: f64,
    /// Observations that are to be expected in it.
    pub expected: f64,
}

impl Default for Quiet {
    fn default() -> Self {
        Self { seconds: 3_600.0, expected: 6.0 }
    }
}

impl Quiet {
    /// Whether it is the one that counts where nobody says otherwise.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for MissingLimits {
    fn default() -> Self {
        Self {
            expected_min: 6.0,
            threshold_min: 5.5,
            threshold_max: 12.0,
            destructive_origins: 4,
            obstructive_origins: 6,
            quiet: Quiet::default(),
        }
    }
}

impl MissingLimits {
    /// The threshold where there are `per_day` observations a day: rarer than once a month by chance.
    pub fn threshold(&self, per_day: f64) -> f64 {
        (30.0 * per_day).ln().max(self.threshold_min).min(self.threshold_max)
    }
}

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
    /// Path B; none under a declared lockdown, where it does not work.
    pub missing: Option<MissingLimits>,
}

impl Default for Limits {
    fn default() -> Self {
        let harm = |tolerated, intolerable, threshold_min, people_min, ranges_min| HarmLimits {
            tolerated,
            intolerable,
            threshold_min,
            people_min,
            ranges_min,
            threshold_max: 14.5,
            small: SmallWiki::default(),
        };
        Self {
            destructive: harm(0.002, 0.05, 6.4, 3, 2),
            obstructive: harm(0.01, 0.20, 7.5, 5, 3),
            nuisance: harm(0.05, 0.50, 9.0, 8, 3),
            destroyed: Cap { hour: 10, day: 50 },
            range_blocks: Cap { hour: 3, day: 10 },
            degroups: Cap { hour: 2, day: 5 },
            missing: Some(MissingLimits::default()),
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
        let missing = limits.missing.unwrap();
        close(missing.threshold(1.0), 5.5);
        close(missing.threshold(144.0), 8.3710);
        close(missing.threshold(1e9), 12.0);
    }
}
