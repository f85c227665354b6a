//! What an installation, a wiki or a group says about the brake.

use super::compat::CompatLimits;
use super::limits::{Cap, HarmLimits, Limits, MissingLimits, SmallWiki};
use super::standing::TRUSTED_GROUPS;
use crate::model::BrakeProfile;
use serde_json::Value;
use std::collections::BTreeSet;

/// Most targets that any setting allows: a ceiling stays one.
const CAP_MAX: u32 = 500;

/// Greatest threshold that any setting allows; e^30 is more than the actions of a thousand years.
const THRESHOLD_CEILING: f64 = 30.0;

/// Most origins that a group may ask for. More than twice as many in an episode are taken for a flood.
const ORIGINS_MAX: u32 = 64;

/// Longest hold that any setting allows: a day.
pub const HOLD_SECONDS_CEILING: u32 = 86_400;

/// Shortest hold: a minute.
pub const HOLD_SECONDS_MIN: u32 = 60;

/// Settings of the brake on a wiki: the members of `brake` and `hold` in the book's table of settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrakeSettings {
    /// The profile of filters that have the standard one; `compat` makes the whole installation behave as AbuseFilter.
    pub profile_default: BrakeProfile,
    /// Groups whose members are in good standing without age and edits.
    pub trusted_groups: BTreeSet<String>,
    /// Whether latches are released by themselves after a quiet time.
    pub auto_rearm: bool,
    /// Whether destructive consequences are withheld while what the brake knows cannot be written down.
    pub softens: bool,
    /// Longest hold, in seconds.
    pub hold_seconds_max: u32,
    /// Seconds of holds of one filter in 24 hours without a second person.
    pub hold_per_day_max: u32,
    /// The ceilings while a filter is held.
    pub hold_caps: Cap,
}

impl Default for BrakeSettings {
    fn default() -> Self {
        Self {
            profile_default: BrakeProfile::Standard,
            trusted_groups: TRUSTED_GROUPS.map(str::to_owned).into(),
            auto_rearm: false,
            softens: true,
            hold_seconds_max: 3_600,
            hold_per_day_max: 10_800,
            hold_caps: Cap { hour: 100, day: 500 },
        }
    }
}

impl BrakeSettings {
    /// These settings with what `overrides`, a JSON object, says otherwise. What is of another type is passed over.
    #[must_use]
    pub fn with(mut self, overrides: &Value) -> Self {
        if overrides.get("compat").and_then(Value::as_str) == Some("abusefilter") {
            self.profile_default = BrakeProfile::Compat;
        }
        let (brake, hold) = (overrides.get("brake"), overrides.get("hold"));
        let of = |object: Option<&Value>, name: &str| object.and_then(|object| object.get(name)).cloned();
        if let Some(profile) = of(brake, "profile_default").and_then(|it| BrakeProfile::find(it.as_str()?)) {
            self.profile_default = profile;
        }
        if let Some(Value::Array(groups)) = of(brake, "trusted_groups") {
            self.trusted_groups = groups.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        }
        self.softens = match of(brake, "on_store_failure").as_ref().and_then(Value::as_str) {
            Some("soften") => true,
            Some("ignore") => false,
            _ => self.softens,
        };
        self.auto_rearm = overrides.get("auto_rearm").and_then(Value::as_bool).unwrap_or(self.auto_rearm);
        let seconds = |name: &str, before: u32| number(of(hold, name).as_ref()).unwrap_or(before);
        self.hold_seconds_max =
            seconds("max_seconds", self.hold_seconds_max).clamp(HOLD_SECONDS_MIN, HOLD_SECONDS_CEILING);
        self.hold_per_day_max = seconds("max_per_day", self.hold_per_day_max).min(HOLD_SECONDS_CEILING);
        if let Some(caps) = of(hold, "caps") {
            self.hold_caps = Cap {
                hour: number(caps.get("h")).unwrap_or(self.hold_caps.hour).min(CAP_MAX),
                day: number(caps.get("day")).unwrap_or(self.hold_caps.day).min(CAP_MAX),
            };
        }
        self
    }
}

fn number(value: Option<&Value>) -> Option<u32> {
    value.and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok())
}

/// A number; JSON has none that is infinite.
fn real(value: Option<&Value>) -> Option<f64> {
    value.and_then(Value::as_f64)
}

impl Limits {
    /// The numbers with what a group says otherwise under `standard`: the ceilings `cap_1h` and `cap_24h`, the same in
    /// `rangeblock` and `degroup` for those consequences alone; for each class (`D`, `O`, `N`) `p0`, `p1`, `h`, `h_max`, `k`,
    /// `r`, and for all of them in `small` what `times`, `ranges`, `ranges_a_day` make of a small wiki; for path B in `missing`
    /// `expected`, `h`, `h_max`, `k_d`, `k_o`, `quiet_hours`, `quiet_expected`. What makes no sense is passed over, and what is
    /// out of bounds is taken as the nearest bound. Which share of everybody path B looks for, and how well matches must fit what
    /// is missing, follow from one another and are the same everywhere.
    #[must_use]
    pub fn of_group(group: &Value) -> Self {
        let mut limits = Self::default();
        let Some(own) = group.get("standard") else { return limits };
        limits.destroyed.overridden(own);
        for (name, cap) in [("rangeblock", &mut limits.range_blocks), ("degroup", &mut limits.degroups)] {
            if let Some(own) = own.get(name) {
                cap.overridden(own);
            }
        }
        let small = own.get("small");
        for (name, harm) in
            [("D", &mut limits.destructive), ("O", &mut limits.obstructive), ("N", &mut limits.nuisance)]
        {
            if let Some(own) = own.get(name) {
                harm.overridden(own);
            }
            if let Some(own) = small {
                harm.small.overridden(own);
            }
        }
        if let (Some(missing), Some(own)) = (&mut limits.missing, own.get("missing")) {
            missing.overridden(own);
        }
        limits
    }
}

impl Cap {
    fn overridden(&mut self, own: &Value) {
        let cap = |name: &str, before: u32| number(own.get(name)).filter(|cap| *cap > 0).unwrap_or(before).min(CAP_MAX);
        *self = Self { hour: cap("cap_1h", self.hour), day: cap("cap_24h", self.day) };
    }
}

impl HarmLimits {
    fn overridden(&mut self, own: &Value) {
        let share = |name: &str, before: f64| real(own.get(name)).unwrap_or(before);
        let (tolerated, intolerable) = (share("p0", self.tolerated), share("p1", self.intolerable));
        if 0.0 < tolerated && tolerated < intolerable && intolerable < 1.0 {
            (self.tolerated, self.intolerable) = (tolerated, intolerable);
        }
        self.threshold_max = share("h_max", self.threshold_max).clamp(1.0, THRESHOLD_CEILING);
        self.threshold_min = share("h", self.threshold_min).clamp(1.0, self.threshold_max);
        // One person alone never trips, whatever is set.
        self.people_min = number(own.get("k")).unwrap_or(self.people_min).clamp(2, 16);
        self.ranges_min = number(own.get("r")).unwrap_or(self.ranges_min).clamp(1, 16);
    }
}

impl SmallWiki {
    fn overridden(&mut self, own: &Value) {
        let count = |name: &str, before: u32, most: u32| number(own.get(name)).unwrap_or(before).min(most);
        self.people_times = count("times", self.people_times, 16);
        self.ranges_max = count("ranges", self.ranges_max, 16).max(1);
        self.ranges_a_day = count("ranges_a_day", self.ranges_a_day, 100);
    }
}

impl MissingLimits {
    fn overridden(&mut self, own: &Value) {
        let within =
            |name: &str, before: f64, least: f64, most: f64| real(own.get(name)).unwrap_or(before).clamp(least, most);
        self.expected_min = within("expected", self.expected_min, 1.0, 1_000.0);
        self.threshold_max = within("h_max", self.threshold_max, 1.0, THRESHOLD_CEILING);
        self.threshold_min = within("h", self.threshold_min, 1.0, self.threshold_max);
        // One origin alone never trips, and what takes more along never asks for fewer.
        let origins =
            |name: &str, before: u32, least: u32| number(own.get(name)).unwrap_or(before).clamp(least, ORIGINS_MAX);
        self.destructive_origins = origins("k_d", self.destructive_origins, 2);
        self.obstructive_origins = origins("k_o", self.obstructive_origins, self.destructive_origins);
        self.quiet.seconds = within("quiet_hours", self.quiet.seconds / 3_600.0, 0.25, 168.0) * 3_600.0;
        self.quiet.expected = within("quiet_expected", self.quiet.expected, 1.0, 1_000.0);
    }
}

impl CompatLimits {
    /// The numbers with what a group says otherwise under `compat`: `threshold`, `count`, `age` in seconds.
    #[must_use]
    pub fn of_group(group: &Value) -> Self {
        let mut limits = Self::default();
        let Some(own) = group.get("compat") else { return limits };
        limits.threshold = own.get("threshold").and_then(Value::as_f64).unwrap_or(limits.threshold).clamp(0.0, 1.0);
        limits.count = own.get("count").and_then(Value::as_u64).unwrap_or(limits.count);
        if let Some(age) = number(own.get("age")) {
            limits.age = jiff::SignedDuration::from_secs(age.into());
        }
        limits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brake::limits::Quiet;
    use serde_json::json;

    #[test]
    fn what_a_wiki_says_counts_within_what_is_possible() {
        let settings = BrakeSettings::default().with(&json!({
            "brake": {"on_store_failure": "ignore", "trusted_groups": ["sysop"], "profile_default": "none"},
            "hold": {"max_seconds": 1_000_000, "max_per_day": 7_200, "caps": {"h": 9_999, "day": 5}}, "auto_rearm": true,
        }));
        assert!(!settings.softens && settings.auto_rearm);
        assert_eq!(settings.profile_default, BrakeProfile::Standard, "a word that is none changes nothing");
        assert_eq!(settings.trusted_groups.len(), 1);
        assert_eq!((settings.hold_seconds_max, settings.hold_per_day_max), (86_400, 7_200));
        assert_eq!(settings.hold_caps, Cap { hour: 500, day: 5 });
        let compat = BrakeSettings::default().with(&json!({"compat": "abusefilter"}));
        assert_eq!(compat.profile_default, BrakeProfile::Compat);
    }

    #[test]
    fn a_group_has_numbers_of_its_own() {
        let own = json!({
            "cap_1h": 5, "O": {"k": 1, "p0": 0.5},
            "degroup": {"cap_1h": 8, "cap_24h": 40}, "rangeblock": {"cap_1h": 0, "cap_24h": 9_999},
        });
        let group = json!({"compat": {"threshold": 0.1, "count": 50}, "standard": own});
        let limits = Limits::of_group(&group);
        assert_eq!(limits.destroyed, Cap { hour: 5, day: 50 });
        assert_eq!(limits.degroups, Cap { hour: 8, day: 40 });
        assert_eq!(limits.range_blocks, Cap { hour: 3, day: 500 }, "none at all is no ceiling, and 500 is the highest");
        assert_eq!((limits.obstructive.people_min, limits.obstructive.tolerated), (2, 0.01));
        assert_eq!(CompatLimits::of_group(&group).count, 50);
        assert_eq!(Limits::of_group(&Value::Null), Limits::default());
    }

    #[test]
    fn a_group_has_numbers_of_its_own_for_what_is_missing() {
        let of = |missing: Value| Limits::of_group(&json!({"standard": {"missing": missing}})).missing.unwrap();
        let usual = MissingLimits::default();
        let own = of(json!({
            "expected": 12, "h": 4.5, "h_max": 20, "k_d": 5, "k_o": 9, "quiet_hours": 0.5, "quiet_expected": 3,
        }));
        let quiet = Quiet { seconds: 1_800.0, expected: 3.0 };
        let wanted = MissingLimits {
            expected_min: 12.0,
            threshold_min: 4.5,
            threshold_max: 20.0,
            destructive_origins: 5,
            obstructive_origins: 9,
            quiet,
        };
        assert_eq!(own, wanted);
        assert_eq!(of(json!({})), usual);
        assert_eq!(of(json!({"h": "much", "k_o": -1, "quiet_hours": null, "expected": []})), usual, "no numbers");
        assert_eq!(
            (usual.destructive_origins, of(json!({"k_o": 0})).obstructive_origins),
            (4, 4),
            "never fewer than D"
        );
        assert_eq!(of(json!({"k_d": 9})).obstructive_origins, 9);
        let low = of(json!({
            "expected": -5, "h": 0, "h_max": -1e300, "k_d": 0, "k_o": 0, "quiet_hours": 0, "quiet_expected": 0,
        }));
        assert_eq!((low.expected_min, low.threshold_min, low.threshold_max), (1.0, 1.0, 1.0));
        assert_eq!((low.destructive_origins, low.obstructive_origins), (2, 2), "one origin alone never trips");
        assert_eq!(low.quiet, Quiet { seconds: 900.0, expected: 1.0 });
        let high = of(json!({"h_max": 1e300, "h": 1e300, "k_d": 4_000_000_000_u32, "quiet_hours": 1e300}));
        assert_eq!((high.threshold_min, high.threshold_max, high.destructive_origins), (30.0, 30.0, 64));
        assert_eq!(high.quiet, Quiet { seconds: 604_800.0, expected: 6.0 });
    }

    #[test]
    fn a_group_has_thresholds_and_small_wikis_of_its_own() {
        let group = json!({"standard": {
            "O": {"h": 16, "h_max": 18}, "N": {"h": 16}, "small": {"times": 0, "ranges": 0, "ranges_a_day": 2},
        }});
        let limits = Limits::of_group(&group);
        assert_eq!((limits.obstructive.threshold_min, limits.obstructive.threshold_max), (16.0, 18.0));
        assert_eq!((limits.nuisance.threshold_min, limits.nuisance.threshold_max), (14.5, 14.5));
        assert_eq!((limits.obstructive.threshold(1e9), limits.nuisance.threshold(1e9)), (18.0, 14.5));
        let small = SmallWiki { people_times: 0, ranges_max: 1, ranges_a_day: 2 };
        assert!([limits.destructive, limits.obstructive, limits.nuisance].iter().all(|it| it.small == small));
    }
}
