//! What was counted since the start of the process, for metrics.

use super::counts::Counts;
use super::histogram::Histogram;
use crate::model::FilterKey;
use crate::snapshot::Snapshot;
use std::collections::BTreeMap;
use wikiward_farm::WikiId;

/// Most filters on wikis whose matches are told apart; further ones share one number.
const TOLD_MAX: usize = 5_000;

/// Counts since the start of the process.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// By group: microseconds that all its filters took, of every action.
    pub time_us: BTreeMap<String, Histogram>,
    /// By wiki and filter (`17`, `global-17`): matches. Those of restricted filters are under `restricted`, and all that are
    /// too many to be told apart under `other`.
    pub matches: BTreeMap<(WikiId, String), u64>,
    /// Evaluations of filters for which there were no conditions left.
    pub skipped: u64,
    /// Evaluations of filters that ran out of time or work.
    pub over_budget: u64,
    /// Runs of shadow filters that were left out.
    pub shadow_dropped: u64,
}

impl Totals {
    pub(super) fn add(&mut self, wiki: &WikiId, group: &str, counts: &Counts, snapshot: &Snapshot) {
        self.time_us.entry(group.to_owned()).or_default().merge(&counts.group.time_us);
        for (gid, filter) in &counts.filters {
            self.shadow_dropped += filter.dropped;
            self.skipped += filter.skipped;
            self.over_budget += filter.over_budget;
            if filter.matches == 0 {
                continue;
            }
            let is_public = FilterKey::from_gid(wiki, gid)
                .and_then(|key| snapshot.filter(&key))
                .is_some_and(|filter| filter.privacy.is_public() && filter.uses_protected.is_empty());
            let label = if is_public { gid.as_str() } else { "restricted" };
            let mut key = (wiki.clone(), label.to_owned());
            if !self.matches.contains_key(&key) && self.matches.len() >= TOLD_MAX {
                "other".clone_into(&mut key.1);
            }
            *self.matches.entry(key).or_default() += filter.matches;
        }
    }
}
