//! What nodes hear of each other: batches of what was counted, in one order for all.
//!
//! A batch gets its number while its writer holds the head of `brake`, after it has counted every batch before. So a row
//! written with it has counted exactly what stands in the batches up to it, and none is counted twice: neither by the others,
//! which count what is newer than the last they heard of, nor after a restart, when each row counts what is newer than
//! itself.

use super::LiveBrake;
use super::dirty::Row;
use super::hitting::Blow;
use super::memory::{Memory, WikiMemory};
use super::sharing::{Batch, ThenSeen, ThenStruck};
use crate::brake::latch::Guard;
use crate::brake::mark::week_of;
use crate::brake::records;
use crate::consequences::Observed;
use std::collections::VecDeque;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Timestamp, WikiId};
use wikiward_store::{Conn, StoreError};

/// The topic on the change feed: another node hit somebody.
pub(super) const TOPIC: &str = "brake-evidence";

/// Batches read at once.
const READ_MAX: u32 = 200;

/// Actions counted while verdicts wait: some hundreds of microseconds.
const COUNTED_AT_ONCE: usize = 200;

/// Most bytes of batches that wait while the database is away; beyond it the oldest are given up, and the others learn of
/// them from the rows that are written afterwards.
const WAITING_BYTES_MAX: usize = 16 << 20;

/// Batches that could not be written yet.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    batches: VecDeque<(String, bool)>,
    bytes: usize,
}

/// What is to be written in one transaction.
pub(super) struct Load {
    pub(super) rows: Vec<Row>,
    pub(super) is_urgent: bool,
}

impl Waiting {
    fn push(&mut self, batch: &Batch) {
        let Ok(document) = serde_json::to_string(batch) else { return };
        self.bytes += document.len();
        self.batches.push_back((document, batch.is_urgent()));
        while self.bytes > WAITING_BYTES_MAX {
            let Some((gone, _)) = self.batches.pop_front() else { break };
            self.bytes -= gone.len();
            tracing::warn!(bytes = gone.len(), "what the brake counted is not told to other nodes: too much waits");
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    fn first_is_written(&mut self) {
        if let Some((gone, _)) = self.batches.pop_front() {
            self.bytes -= gone.len();
        }
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

impl LiveBrake {
    /// Counts what other nodes wrote since the last time.
    pub(super) async fn hear_others(&self, waiting: &mut Waiting) -> Result<(), StoreError> {
        let mut conn = self.store.reader().await?;
        if !self.hear(&mut conn, waiting).await? {
            drop(conn);
            self.reread(waiting).await?;
        }
        Ok(())
    }

    /// Counts what other nodes wrote since; false if some of it is gone, and everything is to be read anew.
    async fn hear(&self, conn: &mut Conn, waiting: &mut Waiting) -> Result<bool, StoreError> {
        loop {
            let before = self.memory().heard;
            let batches = records::batches_after(conn, before, READ_MAX).await?;
            let count = batches.len();
            for (place, (seq, node, document)) in (1_i64..).zip(batches) {
                if seq != before + place {
                    return Ok(false);
                }
                if node == self.node {
                    // Its commit was not confirmed, and went through all the same.
                    waiting.first_is_written();
                    self.memory().heard = seq;
                } else {
                    self.count(seq, &document);
                }
            }
            if count < READ_MAX as usize {
                return Ok(true);
            }
        }
    }

    /// Counts what was counted after the rows that were read.
    pub(super) async fn catch_up(&self, conn: &mut Conn, head: i64) -> Result<(), StoreError> {
        loop {
            let before = self.memory().heard;
            let batches = records::batches_after(conn, before, READ_MAX).await?;
            let count = batches.len();
            for (seq, _, document) in batches {
                self.count(seq, &document);
            }
            if count < READ_MAX as usize {
                break;
            }
        }
        let mut memory = self.memory();
        memory.heard = head;
        memory.make_good();
        Ok(())
    }

    /// Counts a batch.
    pub(super) fn count(&self, seq: i64, document: &str) {
        let Ok(batch) = serde_json::from_str::<Batch>(document) else {
            tracing::error!(batch = seq, "what another node counted cannot be read; it is passed over");
            self.memory().heard = seq;
            return;
        };
        let actions = batch.in_order();
        for some in actions.chunks(COUNTED_AT_ONCE) {
            let mut memory = self.memory();
            for (seen, struck) in some {
                let is_observation = seen.as_ref().is_some_and(|seen| memory.saw(seq, seen, struck));
                for hit in struck {
                    self.struck(&mut memory, seq, hit, is_observation);
                }
            }
        }
        let mut memory = self.memory();
        self.compared(&mut memory, seq, &batch);
        memory.deeds.note(&batch, false);
        for (name, is_unclean) in &batch.turned {
            memory.turned(*name, *is_unclean, seq, self.clock.now());
        }
        memory.heard = memory.heard.max(seq);
        if !memory.outbox.is_empty() {
            self.woken.notify_one();
        }
    }

    /// A hit on another node, or before a restart.
    fn struck(&self, memory: &mut Memory, seq: i64, hit: &ThenStruck<'_>, is_observation: bool) {
        let snapshot = self.snapshots.current();
        let Some(filter) = snapshot.filter(&hit.key).filter(|filter| !filter.is_shadow) else { return };
        let is_old = hit.armed_from < micros(filter.armed_from);
        let is_released = |guard: &Guard| guard.released.is_some_and(|release| release.at >= hit.at);
        let guards = memory.guards.get(&hit.key);
        let on = [hit.wiki, &hit.key.wiki];
        let is_released = guards.is_some_and(|of| on.into_iter().any(|on| of.get(on).is_some_and(is_released)));
        let wiki = memory.wikis.entry(hit.wiki.clone()).or_default();
        let known = wiki.kind(hit.group, hit.kind).streams.get(&hit.key);
        let is_counted = known.is_some_and(|tracked| tracked.upto >= seq);
        if is_old || is_released || is_counted {
            return;
        }
        let settings = &snapshot.settings(hit.wiki).brake;
        let blow = Blow {
            earlier: &|week| hit.before.filter(|_| week == week_of(hit.at) - 1),
            filter,
            armed_from: from_micros(hit.armed_from),
            wiki: hit.wiki,
            group: hit.group,
            kind: hit.kind,
            now: hit.at,
            settings,
            limits: self.limits(hit.group),
            observed: Observed { is_observation, ..hit.observed },
            means: hit.means,
            counts: Some(hit.counts),
        };
        memory.strike(&blow, || self.new_name("lt"));
    }

    /// Writes what is to be told and what changed: a part of it, in one transaction. Whether there was anything.
    pub(super) async fn write_some(
        &self,
        waiting: &mut Waiting,
        counts_before: i64,
        people: bool,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if waiting.is_empty() && !self.memory().has_news(counts_before, people) {
            return Ok(false);
        }
        let mut tx = self.store.begin().await?;
        let head = records::hold_head(&mut tx).await?;
        if !self.hear(&mut tx, waiting).await? || self.memory().heard < head {
            drop(tx);
            self.reread(waiting).await?;
            return Ok(true);
        }
        let load = {
            let mut memory = self.memory();
            let batch = memory.batch.take();
            if !batch.is_empty() {
                memory.deeds.note(&batch, true);
                waiting.push(&batch);
            }
            let is_urgent = waiting.batches.iter().any(|(_, is_urgent)| *is_urgent);
            Load { rows: memory.dirty(counts_before, people, now.as_second()), is_urgent }
        };
        match self.write_load(tx, head, waiting, &load, now).await {
            Ok(last) => {
                waiting.clear();
                self.memory().heard = last;
                Ok(!load.rows.is_empty())
            }
            Err(error) => {
                self.memory().soil(&load.rows);
                Err(error)
            }
        }
    }

    async fn write_load(
        &self,
        mut tx: wikiward_store::Tx,
        head: i64,
        waiting: &Waiting,
        load: &Load,
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        let mut last = head;
        for (document, _) in &waiting.batches {
            last += 1;
            records::put_batch(&mut tx, last, &self.node, document, now).await?;
        }
        records::put_head(&mut tx, last).await?;
        self.write_rows(&mut tx, &load.rows, last, now).await?;
        // Processes that share a file look often enough by themselves, and mostly there is but one.
        if load.is_urgent && !tx.is_sqlite() {
            tx.announce(TOPIC, &self.node).await?;
        }
        tx.commit().await?;
        Ok(last)
    }

    /// Reads everything anew, and counts again what this node has not written yet.
    async fn reread(&self, waiting: &mut Waiting) -> Result<(), StoreError> {
        tracing::warn!("this node was away for long: what the brake knows is read anew");
        let mut conn = self.store.snapshot().await?;
        let fresh = self.read(&mut conn).await?;
        let head = records::head(&mut conn).await?;
        let own = {
            let mut memory = self.memory();
            let batch = memory.batch.take();
            if !batch.is_empty() {
                waiting.push(&batch);
            }
            memory.deeds.note(&batch, true);
            let before = std::mem::replace(&mut *memory, fresh);
            memory.deeds = before.deeds;
            memory.batch = before.batch;
            memory.outbox = before.outbox;
            memory.seq = memory.seq.max(before.seq);
            waiting.batches.iter().map(|(document, _)| document.clone()).collect::<Vec<_>>()
        };
        self.catch_up(&mut conn, head).await?;
        for document in own {
            self.count(i64::MAX, &document);
        }
        self.memory().heard = head;
        Ok(())
    }
}

impl WikiMemory {
    /// Somebody acted on another node, or before a restart. Whether it is an observation here.
    fn saw(&mut self, seq: i64, seen: &ThenSeen<'_>, struck: &[ThenStruck<'_>]) -> bool {
        if seen.observed.is_grown && !seen.is_stopped && self.upto < seq {
            self.people.saw(seen.observed.person, seen.at);
        }
        let kind = self.kind(seen.group, seen.kind);
        if kind.upto >= seq {
            return true;
        }
        let is_observation = kind.around.observe(&seen.actor(), seen.at);
        kind.is_dirty |= is_observation;
        if is_observation {
            let matched = |key: &_| struck.iter().any(|hit| hit.key == *key);
            kind.unmatched(seen.at, matched);
        }
        is_observation
    }
}

impl Memory {
    fn saw(&mut self, seq: i64, seen: &ThenSeen<'_>, struck: &[ThenStruck<'_>]) -> bool {
        let wiki: &WikiId = seen.wiki;
        if !self.wikis.contains_key(wiki) {
            self.wikis.insert(wiki.clone(), WikiMemory::default());
        }
        self.wikis.get_mut(wiki).is_some_and(|memory| memory.saw(seq, seen, struck))
    }

    /// Whether there is anything to write.
    fn has_news(&self, counts_before: i64, people: bool) -> bool {
        !self.batch.is_empty() || self.is_dirty(counts_before, people)
    }
}
