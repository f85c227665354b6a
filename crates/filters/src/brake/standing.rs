//! Who counts as a person in good standing: whose being hit speaks against a rule.

/// Groups whose members count without age and edits, unless a group of filters says otherwise. MediaWiki's names.
pub const TRUSTED_GROUPS: [&str; 7] =
    ["sysop", "bureaucrat", "patroller", "autopatrolled", "rollbacker", "extendedconfirmed", "bot"];

/// Least age of an account in seconds: 30 days.
pub const AGE_S_MIN: i64 = 30 * 86_400;

/// Least number of edits.
pub const EDITS_MIN: i64 = 50;

/// Days of data that a wiki needs before earlier actions are asked for.
pub const DAYS_MIN: u32 = 7;

/// What is known of an actor. What is not known speaks against good standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "facts that are each true or not, by themselves")]
pub struct Facts {
    /// Whether it is a named account, not a temporary one and no address.
    pub is_named: bool,
    /// Whether it is blocked, if that is known.
    pub is_blocked: Option<bool>,
    /// Seconds since it was registered.
    pub age_s: Option<i64>,
    /// Number of its edits.
    pub edits: Option<i64>,
    /// Whether it is a member of a trusted group.
    pub is_trusted: bool,
    /// Whether an action of it was seen on the wiki 30 days to 24 hours ago that no filter refused.
    pub was_seen: bool,
    /// Days for which the wiki has data.
    pub days_of_data: u32,
    /// Other filters whose consequences that stop or take away it has met within 24 hours.
    pub other_filters_tripped: u32,
    /// Whether it is discredited for this filter.
    pub is_discredited: bool,
}

impl Facts {
    /// Whether the actor is in good standing.
    pub fn is_good(&self) -> bool {
        let has_grown =
            self.age_s.is_some_and(|age| age >= AGE_S_MIN) && self.edits.is_some_and(|edits| edits >= EDITS_MIN);
        // Shuts out accounts that slept until an attack.
        let is_awake = self.was_seen || self.days_of_data < DAYS_MIN;
        self.is_named
            && self.is_blocked == Some(false)
            && (has_grown || self.is_trusted)
            && is_awake
            && self.other_filters_tripped < 2
            && !self.is_discredited
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_condition_is_needed() {
        let good = Facts {
            is_named: true,
            is_blocked: Some(false),
            age_s: Some(AGE_S_MIN),
            edits: Some(EDITS_MIN),
            was_seen: true,
            days_of_data: 100,
            other_filters_tripped: 1,
            ..Facts::default()
        };
        assert!(good.is_good());
        let not = [
            Facts { is_named: false, ..good },
            Facts { is_blocked: Some(true), ..good },
            Facts { is_blocked: None, ..good },
            Facts { age_s: Some(AGE_S_MIN - 1), ..good },
            Facts { age_s: None, ..good },
            Facts { edits: Some(EDITS_MIN - 1), ..good },
            Facts { edits: None, ..good },
            Facts { was_seen: false, ..good },
            Facts { other_filters_tripped: 2, ..good },
            Facts { is_discredited: true, ..good },
        ];
        for facts in not {
            assert!(!facts.is_good(), "{facts:?}");
        }
        assert!(Facts { age_s: None, edits: None, is_trusted: true, ..good }.is_good());
        assert!(Facts { was_seen: false, days_of_data: 6, ..good }.is_good());
    }
}
