//! Who may know of an archived action: one pure decision.

use super::sample;
use crate::hits::Level;

/// What is known of an archived action that decides who may see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) rank: u64,
    pub(super) boost: u32,
    /// The threshold of its stratum; none if it has none.
    pub(super) threshold: Option<u64>,
    /// Whether the stratum is known: what was drawn for in none is in no sample.
    pub(super) has_stratum: bool,
    /// Whether the action was let through.
    pub(super) is_allowed: bool,
    /// Whether any filter hit it.
    pub(super) has_hits: bool,
    /// The most that the viewer may see of one of its hits.
    pub(super) level: Option<Level>,
}

/// How many actions it stands for, and how many it does as one of the sample, if it is; none if the viewer must not learn of it.
///
/// Who may see the details of a hit knows the action by it: it stands for itself. Otherwise it counts if it is in the sample,
/// as if no filter had hit it; what was stopped by filters that the viewer may not know is not there.
pub(super) fn weight(kept: &Kept) -> Option<(f64, Option<f64>)> {
    let drawn = sample::weight(kept.rank, kept.boost, kept.threshold).filter(|_| kept.has_stratum);
    if kept.level == Some(Level::Details) {
        return Some((1.0, drawn));
    }
    if kept.has_hits && !kept.is_allowed {
        return None;
    }
    drawn.map(|weight| (weight, drawn))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(kept: &Kept) -> Option<f64> {
        super::weight(kept).map(|(weight, _)| weight)
    }

    const SAMPLED: Kept = Kept {
        rank: 5,
        boost: 1,
        threshold: Some(sample::DRAWN_BELOW / 4),
        has_stratum: true,
        is_allowed: true,
        has_hits: false,
        level: None,
    };

    #[test]
    fn a_hit_that_may_not_be_seen_changes_nothing() {
        assert_eq!(weight(&SAMPLED), Some(4.0));
        assert_eq!(weight(&Kept { has_hits: true, ..SAMPLED }), Some(4.0));
        assert_eq!(weight(&Kept { has_hits: true, level: Some(Level::Row), ..SAMPLED }), Some(4.0));
        assert_eq!(weight(&Kept { has_hits: true, level: Some(Level::Details), ..SAMPLED }), Some(1.0));
        let beyond = Kept { rank: sample::DRAWN_BELOW / 4, ..SAMPLED };
        assert_eq!(weight(&beyond), None);
        assert_eq!(weight(&Kept { has_hits: true, ..beyond }), None, "kept for a hit that may not be seen");
        assert_eq!(weight(&Kept { has_hits: true, level: Some(Level::Details), ..beyond }), Some(1.0));
    }

    #[test]
    fn what_unseen_filters_stopped_is_not_there() {
        let stopped = Kept { has_hits: true, is_allowed: false, ..SAMPLED };
        assert_eq!(weight(&stopped), None);
        assert_eq!(weight(&Kept { level: Some(Level::Details), ..stopped }), Some(1.0));
        assert_eq!(weight(&Kept { has_stratum: false, threshold: None, ..SAMPLED }), None);
    }
}
