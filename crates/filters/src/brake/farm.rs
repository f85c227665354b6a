//! What several wikis say together: the same latch on many of them binds all, and traffic that is missing everywhere is no
//! filter's doing.

use jiff::SignedDuration;

/// Within which time latches on several wikis make one for the farm.
pub const TOGETHER: SignedDuration = SignedDuration::from_mins(60);

/// Wikis that always suffice for that.
const TOGETHER_WIKIS: usize = 3;

/// Least number of wikis of which a share suffices.
const SHARE_WIKIS_MIN: usize = 2;

/// One wiki in so many, of those where the filter hit anybody, is enough of a share.
const SHARE_ONE_IN: usize = 5;

/// Share of the others' expected traffic below which something else than filters is at work.
const OUTAGE_BELOW: f64 = 0.6;

/// Least expected observations of the others before that is concluded.
const OUTAGE_EXPECTED_MIN: f64 = 10.0;

/// Whether the same class latched on `latched` wikis within [`TOGETHER`] latches it on the whole farm. `hit` counts the wikis
/// where the farm-wide filter hit anybody.
pub fn is_together(latched: usize, hit: usize) -> bool {
    latched >= TOGETHER_WIKIS || (latched >= SHARE_WIKIS_MIN && latched * SHARE_ONE_IN >= hit)
}

/// Whether a wiki's missing traffic says nothing of a filter, because the other wikis of the farm miss theirs as well: `seen`
/// observations of them within the hour, where `expected` were to come.
pub fn is_quiet(seen: f64, expected: f64) -> bool {
    expected >= OUTAGE_EXPECTED_MIN && seen < OUTAGE_BELOW * expected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_wikis_or_a_fifth_of_those_that_were_hit_make_a_farm() {
        assert!(!is_together(1, 1), "one wiki speaks for itself");
        assert!(is_together(2, 2) && is_together(2, 10) && !is_together(2, 11));
        assert!(is_together(3, 1_000));
    }

    #[test]
    fn traffic_is_missing_everywhere_only_where_some_was_expected() {
        assert!(is_quiet(5.9, 10.0) && !is_quiet(6.0, 10.0));
        assert!(!is_quiet(0.0, 9.9), "too few to conclude from");
    }
}
