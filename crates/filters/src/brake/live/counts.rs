//! AbuseFilter's own algorithm at work, for filters whose profile is `compat`.
//!
use super::LiveBrake;
use super::memory::{Happened, Memory, What};
use super::sharing::Batch;
use crate::brake::Path;
use crate::brake::compat::{Compat, CompatLimits};
use crate::brake::evidence::Evidence;
use crate::brake::latch::{Guard, State};
use crate::brake::stored::{self, Wiki};
use crate::consequences::{Acting, Met};
use crate::model::{Class, FilterKey, FilterNumber};
use crate::snapshot::LiveFilter;
use serde::{Deserialize, Serialize};
use wikiward_farm::Timestamp;
use wikiward_farm::clock::micros;

/// Counts of one filter since a save.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Counted {
    pub(super) compat: Compat,
    #[serde(with = "stored::at")]
    pub(super) saved_at: Timestamp,
    #[serde(skip)]
    pub(super) is_dirty: bool,
    /// The batch up to which it had counted everything when it was read.
    #[serde(skip)]
    pub(super) upto: i64,
}

impl Counted {
    fn new(filter: &LiveFilter, limits: &CompatLimits) -> Self {
        Self { compat: Compat::saved(filter.aged_from, limits), saved_at: filter.aged_from, is_dirty: true, upto: 0 }
    }
}

impl Memory {
    /// An action is decided: it counts, and a match may latch, from the next action on. Whether one did.
    pub(super) fn count_compat(&mut self, acting: &Acting<'_>, matched: &[Met<'_>], id: impl Fn() -> String) -> bool {
        let now = acting.now;
        let before = self.outbox.len();
        for filter in acting.compat {
            let key = &filter.key;
            if key.wiki.is_farm() && !acting.is_central {
                continue;
            }
            let counts = self.compat.entry(key.clone()).or_default();
            let limits = &acting.compat_limits;
            let counted = counts.entry(acting.wiki.clone()).or_insert_with(|| Counted::new(filter, limits));
            if counted.saved_at != filter.aged_from {
                *counted = Counted::new(filter, limits);
            }
            let met = matched.iter().find(|met| met.filter.key == *key);
            if met.is_some_and(|met| met.leaves_row) && counted.compat.latches(now, limits) {
                // What is counted on the central wiki holds for all.
                let on = if key.wiki.is_farm() { key.wiki.clone() } else { acting.wiki.clone() };
                let armed_from = filter.armed_from;
                let new = || Guard { armed_from: micros(armed_from), ..Guard::default() };
                let guard = self.guards.entry(key.clone()).or_default().entry(on.clone()).or_insert_with(new);
                if guard.armed_from < micros(armed_from) {
                    guard.edit(armed_from, now);
                }
                if guard.state(Class::Destructive, now) == State::Armed {
                    let evidence = Evidence { kind: acting.kind.to_owned(), ..Evidence::default() };
                    let what = What::Trip { class: Class::Destructive, path: Path::Compat, evidence, id: id() };
                    let happened = Happened { key: key.clone(), wiki: on, at: now, armed_from, what };
                    happened.apply(guard);
                    self.outbox.push_back(happened);
                }
            }
            if counted.compat.count(now, met.is_some()) {
                counted.is_dirty = true;
                self.batch.compare(acting.wiki, key, micros(filter.aged_from), met.is_some());
            }
        }
        self.outbox.len() > before
    }
}

impl LiveBrake {
    /// Counts what another node, or this one before a restart, counted.
    pub(super) fn compared(&self, memory: &mut Memory, seq: i64, batch: &Batch) {
        let snapshot = self.snapshots.current();
        for (Wiki(wiki), Wiki(owner), number, saved_at, total, matches) in &batch.compared {
            let key = FilterKey { wiki: owner.clone(), number: FilterNumber(*number) };
            let Some(filter) = snapshot.filter(&key).filter(|filter| micros(filter.aged_from) == *saved_at) else {
                continue;
            };
            let group = snapshot.group(&filter.group);
            let limits = group.map_or_else(CompatLimits::default, |it| CompatLimits::of_group(&it.group.brake));
            let of_filter = memory.compat.entry(key).or_default();
            let counted = of_filter.entry(wiki.clone()).or_insert_with(|| Counted::new(filter, &limits));
            if counted.saved_at != filter.aged_from {
                *counted = Counted::new(filter, &limits);
            }
            if counted.upto < seq {
                counted.compat.add(*total, *matches);
                counted.is_dirty = true;
            }
        }
    }
}
