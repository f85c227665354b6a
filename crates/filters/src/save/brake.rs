//! What a save does to the emergency brake.

use crate::model::BrakeProfile;

/// What a save does to what the brake knows of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrakeEffect {
    /// Whether its latches are released and its evidence starts anew.
    pub clears_latches: bool,
    /// Whether the counters of the compatible profile, and its age window, start anew.
    pub resets_compat: bool,
}

/// What a save that changes `changed` does to the brake of a filter with `profile`.
///
/// Rules, consequences, group and scope make another filter of it, whose old evidence says nothing. In the compatible
/// profile any change of an enabled filter counts as one, as in AbuseFilter.
pub fn effect(changed: &[&str], profile: BrakeProfile, is_enabled: bool) -> BrakeEffect {
    let is_another = changed.iter().any(|field| matches!(*field, "rules" | "actions" | "group" | "scope"));
    let any_counts = profile == BrakeProfile::Compat && is_enabled && !changed.is_empty();
    BrakeEffect { clears_latches: is_another || any_counts, resets_compat: is_another || any_counts }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_name_keeps_the_brake_and_a_new_rule_clears_it() {
        let clears = |changed: &[&str], profile| effect(changed, profile, true).clears_latches;
        for field in ["rules", "actions", "group", "scope"] {
            assert!(clears(&[field], BrakeProfile::Standard));
        }
        for field in ["name", "notes", "priority", "tier", "maintainers", "privacy"] {
            assert!(!clears(&[field], BrakeProfile::Standard));
            assert!(clears(&[field], BrakeProfile::Compat));
            assert!(!effect(&[field], BrakeProfile::Compat, false).clears_latches);
        }
        assert!(!clears(&[], BrakeProfile::Compat));
    }
}
