//! What actions are drawn from: those of one wiki, group, kind and day.

use super::sample::{self, Sample};
use std::collections::HashMap;
use wikiward_farm::{Entropy, Timestamp, WikiId};

/// Strata drawn for at the same time: 16 KB each when full. Beyond it, actions without hits are not kept.
pub(super) const STRATA_MAX: usize = 4_096;

/// Where an action stands in the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) stratum: [u8; 16],
    pub(crate) rank: u64,
    pub(crate) boost: u32,
    /// Whether it is in the sample for now.
    pub(crate) is_drawn: bool,
}

/// A stratum as it is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StratumRow {
    pub(crate) stratum: [u8; 16],
    pub(crate) wiki: WikiId,
    pub(crate) group: String,
    pub(crate) kind: String,
    pub(crate) day: i64,
    pub(crate) threshold: Option<u64>,
    pub(crate) seen: u64,
    pub(crate) seen_good: u64,
}

/// Strata of one day.
#[derive(Debug, Default)]
pub(super) struct Strata {
    day: i64,
    /// Those of the day before, which may have something to write.
    before: Option<Box<Strata>>,
    wikis: HashMap<WikiId, Vec<Stratum>>,
    count: usize,
    by_id: HashMap<[u8; 16], WikiId>,
}

#[derive(Debug)]
struct Stratum {
    id: [u8; 16],
    group: String,
    kind: String,
    sample: Sample,
    /// Actions seen when it was last written.
    written: u64,
}

impl Strata {
    /// Draws for an action with `number`, whose actor `is_good` or not, judged at `now`; `per_day` are to be in a sample.
    #[expect(clippy::too_many_arguments, reason = "a stratum is named by what it is of")]
    pub(super) fn draw(
        &mut self,
        wiki: &WikiId,
        group: &str,
        kind: &str,
        (number, is_good): (u64, bool),
        now: Timestamp,
        entropy: &dyn Entropy,
        per_day: usize,
    ) -> Place {
        let day = day(now);
        if day != self.day {
            let before = std::mem::take(self);
            *self = Self { day, before: Some(Box::new(Self { before: None, ..before })), ..Self::default() };
        }
        if !self.wikis.contains_key(wiki) {
            self.wikis.insert(wiki.clone(), Vec::new());
        }
        let strata = self.wikis.entry(wiki.clone()).or_default();
        let found = strata.iter().position(|it| it.kind == kind && it.group == group);
        let Some(place) = found.or_else(|| {
            if self.count >= STRATA_MAX {
                return None;
            }
            let id = entropy.bytes();
            self.count += 1;
            self.by_id.insert(id, wiki.clone());
            strata.push(Stratum {
                id,
                group: group.to_owned(),
                kind: kind.to_owned(),
                sample: Sample::default(),
                written: 0,
            });
            Some(strata.len() - 1)
        }) else {
            return Place { stratum: [0; 16], rank: sample::DRAWN_BELOW, boost: 1, is_drawn: false };
        };
        #[expect(clippy::indexing_slicing, reason = "found or pushed a moment ago")]
        let stratum = &mut strata[place];
        let (rank, is_drawn) = stratum.sample.draw(number, is_good, per_day);
        Place { stratum: stratum.id, rank, boost: sample::boost(is_good), is_drawn }
    }

    /// Strata held.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The strata with these ids, as they stand.
    pub(super) fn rows(&mut self, ids: &[[u8; 16]]) -> Vec<StratumRow> {
        let day = self.day;
        let mut rows: Vec<StratumRow> = Vec::new();
        for id in ids {
            let Some(wiki) = self.by_id.get(id) else { continue };
            let strata = self.wikis.get_mut(wiki).into_iter().flatten();
            rows.extend(strata.filter(|stratum| stratum.id == *id).map(|stratum| stratum.row(wiki, day)));
        }
        if let Some(before) = &mut self.before {
            rows.extend(before.rows(ids));
        }
        rows
    }

    /// Strata that saw actions since they were written.
    pub(super) fn dirty(&self) -> Vec<[u8; 16]> {
        let own = self.wikis.values().flatten().filter(|stratum| stratum.written != stratum.sample.seen());
        let own = own.map(|stratum| stratum.id);
        own.chain(self.before.iter().flat_map(|before| before.dirty())).collect()
    }
}

impl Stratum {
    fn row(&mut self, wiki: &WikiId, day: i64) -> StratumRow {
        self.written = self.sample.seen();
        StratumRow {
            stratum: self.id,
            wiki: wiki.clone(),
            group: self.group.clone(),
            kind: self.kind.clone(),
            day,
            threshold: self.sample.threshold(),
            seen: self.sample.seen(),
            seen_good: self.sample.seen_good(),
        }
    }
}

/// Days since 1970, UTC.
pub(crate) fn day(at: Timestamp) -> i64 {
    at.as_second().div_euclid(86_400)
}
