//! The brake at work: in memory for every evaluation, written down a moment later.
//!
//! An evaluation asks [`LiveBrake`] through [`Brake`]. Nothing of that waits for the database: a latch is in force at once
//! on this node, in the very evaluation that gave the last evidence, and [`LiveBrake::run`] writes and tells it within a
//! moment; other nodes hear of it on the change feed. On actions that a filter does not hit nothing is done for it.
//!
//! Kept in memory for each wiki: counts of what is done there, by group and kind of action; evidence about each filter that
//! hit; what was decided about it. Each of them is bounded where it is declared.
//!
//! Evidence is shared: every half second a node tells the others what it counted and whom filters hit, and each counts it as
//! its own (`exchange`). What is latched, held and released is told at once.
//!
//! Begin reading at `hitting`, then `writing`.

mod counts;
mod deeds;
mod dirty;
mod exchange;
mod hitting;
mod memory;
mod people;
pub mod replay;
mod sharing;
mod statistics;
mod struck;
mod telling;
mod tick;
mod writing;

#[cfg(test)]
mod tests;

use super::limits::Limits;
use super::mark::Marks;
use super::{BrakeSettings, Guard};
use crate::consequences::{Acting, Brake, EffectiveHit, Latched, Met, Observed};
use crate::model::FilterKey;
use crate::snapshot::Snapshots;
use memory::Memory;
pub use statistics::{States, Statistics};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
pub use struck::ByStanding;
pub use telling::numbers;
use wikiward_farm::clock::micros;
use wikiward_farm::{Clock, Entropy, Id, Timestamp, WikiId};
use wikiward_store::{Keyring, Store};
pub(crate) use writing::{TOPIC, subject};

/// How long the brake may be unable to write before destructive consequences are withheld: 10 s, in microseconds.
pub(super) const UNWRITTEN_MAX: i64 = 10_000_000;

/// The brake of all filters. One per process.
pub struct LiveBrake {
    store: Store,
    snapshots: Arc<Snapshots>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// A name of this process among those that share the store.
    node: String,
    marks: Marks,
    memory: Mutex<Memory>,
    /// Held while rows are written or read, so that they are seen in order.
    moving: tokio::sync::Mutex<writing::Moving>,
    woken: tokio::sync::Notify,
    /// Since when nothing can be written, in microseconds; 0 if all is well.
    failing_since: AtomicI64,
}

impl std::fmt::Debug for LiveBrake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (wikis, streams, waiting) = self.held();
        let mut shown = f.debug_struct("LiveBrake");
        shown.field("wikis", &wikis).field("streams", &streams).field("waiting", &waiting).finish_non_exhaustive()
    }
}

impl LiveBrake {
    fn of(store: Store, snapshots: Arc<Snapshots>, keyring: &Keyring, entropy: Arc<dyn Entropy>) -> Self {
        let clock = store.clock().clone();
        Self {
            clock: clock.clone(),
            store,
            snapshots,
            node: Id::new(clock.now(), &*entropy).to_string(),
            entropy,
            marks: Marks::new(keyring),
            memory: Mutex::default(),
            moving: tokio::sync::Mutex::default(),
            woken: tokio::sync::Notify::new(),
            failing_since: AtomicI64::new(0),
        }
    }

    /// What the installation says about the brake; wikis may say otherwise.
    pub fn defaults(&self) -> BrakeSettings {
        self.snapshots.current().defaults().brake.clone()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wikis, and streams of evidence, that are held; and what waits to be written and told.
    pub fn held(&self) -> (usize, usize, usize) {
        let memory = self.memory();
        let kinds = memory.wikis.values().flat_map(|wiki| &wiki.kinds);
        (memory.wikis.len(), kinds.map(|kind| kind.streams.len()).sum(), memory.outbox.len())
    }

    /// What is decided about a filter on a wiki, as this node has it.
    pub fn guard(&self, key: &FilterKey, wiki: &WikiId) -> Option<Guard> {
        self.memory().guards.get(key)?.get(wiki).cloned()
    }

    /// The numbers of a group.
    pub(crate) fn limits(&self, group: &str) -> Limits {
        let snapshot = self.snapshots.current();
        snapshot.group(group).map_or_else(Limits::default, |group| Limits::of_group(&group.group.brake))
    }

    /// What is withheld besides because nothing can be written down.
    fn softened(&self, settings: &BrakeSettings, now: Timestamp) -> Latched {
        let since = self.failing_since.load(Ordering::Relaxed);
        let destructive = settings.softens && since > 0 && micros(now) - since > UNWRITTEN_MAX;
        Latched { destructive, ..Latched::default() }
    }

    fn new_name(&self, prefix: &str) -> String {
        format!("{prefix}_{}", Id::new(self.clock.now(), &*self.entropy))
    }
}

impl Brake for LiveBrake {
    fn observe(&self, acting: &Acting<'_>) -> Option<Observed> {
        Some(self.memory().observe(acting, &self.marks))
    }

    fn latched(&self, hit: &EffectiveHit<'_>) -> Latched {
        let case = hit.case;
        let softened = self.softened(&case.settings.brake, case.now);
        let Some(observed) = &case.observed else {
            return self.memory().withheld(hit.filter, case.wiki).with(softened);
        };
        let mut memory = self.memory();
        let before = memory.outbox.len();
        let latched = memory.hit(hit, observed, Some(&self.marks), || self.new_name("lt"));
        if memory.outbox.len() > before {
            self.woken.notify_one();
        }
        latched.with(softened)
    }

    fn over(&self, acting: &Acting<'_>, observed: &Observed, matched: &[Met<'_>], is_stopped: bool) {
        let mut memory = self.memory();
        let names = || (self.marks.action(acting.wiki, acting.action_id), acting.evaluation);
        memory.over(acting, observed, matched, is_stopped, names);
        if !acting.compat.is_empty() && memory.count_compat(acting, matched, || self.new_name("lt")) {
            self.woken.notify_one();
        }
    }
}
