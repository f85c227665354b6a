//! What was done within two days, so that what comes of it later finds its place: who was reverted, deleted or blocked since
//! is not expected to come again.

use super::LiveBrake;
use super::memory::Memory;
use super::sharing::Batch;
use crate::brake::quick::QuickMap;
use crate::brake::records::{self, Place};
use crate::brake::stored::Wiki;
use crate::hits::steer::{Feedback, FeedbackEvent};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use wikiward_farm::{Id, Timestamp, WikiId};
use wikiward_store::{Conn, StoreError};

/// Hours after which what comes of an action says nothing any more.
const FOR_H: u32 = 48;

/// Most names of actions and revisions that are kept, some 40 bytes each; beyond it the oldest are forgotten, and count as
/// clean.
const NAMES_MAX: usize = 500_000;

/// Most outcomes that are kept although their evaluation is not known yet.
const EARLY_MAX: usize = 1_000;

/// An observation.
#[derive(Debug, Clone, Copy)]
struct Deed {
    place: u16,
    hour: u32,
    is_unclean: bool,
}

/// What is written once a minute.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Chunk {
    places: Vec<(Wiki, String, String)>,
    /// Place, hour, name of the action.
    deeds: Vec<(u16, u32, u64)>,
    /// Another name, and the action's.
    links: Vec<(u64, u64)>,
    /// Names of actions, and whether they are unclean.
    turned: Vec<(u64, bool)>,
}

/// Observations of two days by their names.
#[derive(Debug, Default)]
pub(super) struct Deeds {
    places: Vec<Place>,
    known: QuickMap<u64, Deed>,
    links: QuickMap<u64, u64>,
    /// Revisions by evaluations that are not known yet.
    early: QuickMap<u64, u64>,
    /// Names in the order in which they came, and the hour.
    order: VecDeque<(u32, u64)>,
    news: Chunk,
}

fn hour(at: Timestamp) -> u32 {
    u32::try_from(at.as_second().div_euclid(3_600)).unwrap_or(0)
}

impl Deeds {
    fn place(&mut self, wiki: &WikiId, group: &str, kind: &str) -> u16 {
        let is_it = |it: &Place| it.0 == *wiki && it.1 == group && it.2 == kind;
        let place = self.places.iter().position(is_it).unwrap_or_else(|| {
            self.places.push((wiki.clone(), group.to_owned(), kind.to_owned()));
            self.places.len() - 1
        });
        u16::try_from(place).unwrap_or(u16::MAX)
    }

    /// Notes what a batch tells of. `is_ours` says whether to write it down: its own node does.
    pub(super) fn note(&mut self, batch: &Batch, is_ours: bool) {
        for (at, (wiki, group, kind), (action, evaluation)) in batch.named() {
            let (place, hour) = (self.place(wiki, group, kind), hour(at));
            self.put(place, hour, action);
            self.link(hour, evaluation, action);
            if is_ours {
                self.news.deeds.push((place, hour, action));
            }
            if let Some(revision) = self.early.remove(&evaluation) {
                self.link(hour, revision, action);
                self.news.links.push((revision, action));
            }
        }
        for (name, action) in &batch.linked {
            let of = self.known.get(action).map(|deed| deed.hour);
            if let Some(hour) = of {
                self.link(hour, *name, *action);
                if is_ours {
                    self.news.links.push((*name, *action));
                }
            }
        }
    }

    fn put(&mut self, place: u16, hour: u32, action: u64) {
        let deed = Deed { place, hour, is_unclean: false };
        if self.known.insert(action, deed).is_none() {
            self.keep(hour, action);
        }
    }

    fn link(&mut self, hour: u32, name: u64, action: u64) {
        if self.links.insert(name, action).is_none() {
            self.keep(hour, name);
        }
    }

    fn keep(&mut self, hour: u32, name: u64) {
        self.order.push_back((hour, name));
        while self.order.len() > NAMES_MAX {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, name)) = self.order.pop_front() {
            self.known.remove(&name);
            self.links.remove(&name);
        }
    }

    /// Forgets what is too old.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        let now = hour(now);
        while self.order.front().is_some_and(|(hour, _)| hour.saturating_add(FOR_H) < now) {
            self.forget_first();
        }
    }

    /// An evaluation's action led to a revision. The action, if it is known.
    fn saved(&mut self, evaluation: u64, revision: u64) -> Option<u64> {
        let Some(action) = self.links.get(&evaluation).copied() else {
            // Most of what waits for long was no observation.
            if self.early.len() >= EARLY_MAX {
                self.early.clear();
            }
            self.early.insert(evaluation, revision);
            return None;
        };
        let hour = self.known.get(&action)?.hour;
        self.link(hour, revision, action);
        self.news.links.push((revision, action));
        Some(action)
    }

    /// It turned out that an action is unclean, or clean after all: where it was counted, and in which hour, if that is new.
    fn turn(&mut self, name: u64, is_unclean: bool, now: Timestamp) -> Option<(Place, Timestamp, u64)> {
        let action = self.links.get(&name).copied().unwrap_or(name);
        let deed = self.known.get_mut(&action)?;
        if deed.is_unclean == is_unclean || deed.hour.saturating_add(FOR_H) < hour(now) {
            return None;
        }
        deed.is_unclean = is_unclean;
        let place = self.places.get(usize::from(deed.place))?.clone();
        let at = Timestamp::from_second(i64::from(deed.hour) * 3_600).ok()?;
        self.news.turned.push((action, is_unclean));
        Some((place, at, action))
    }

    /// What was not written yet.
    pub(super) fn news(&mut self) -> Option<String> {
        let Chunk { deeds, links, turned, .. } = &self.news;
        if deeds.is_empty() && links.is_empty() && turned.is_empty() {
            return None;
        }
        let mut news = std::mem::take(&mut self.news);
        let places = self.places.iter();
        news.places = places.map(|(wiki, group, kind)| (Wiki(wiki.clone()), group.clone(), kind.clone())).collect();
        serde_json::to_string(&news).ok()
    }

    fn read(&mut self, chunk: &Chunk) {
        let places: Vec<u16> =
            chunk.places.iter().map(|(wiki, group, kind)| self.place(&wiki.0, group, kind)).collect();
        for (place, hour, action) in &chunk.deeds {
            if let Some(place) = places.get(usize::from(*place)) {
                self.put(*place, *hour, *action);
            }
        }
        for (name, action) in &chunk.links {
            if let Some(hour) = self.known.get(action).map(|deed| deed.hour) {
                self.link(hour, *name, *action);
            }
        }
        for (action, is_unclean) in &chunk.turned {
            if let Some(deed) = self.known.get_mut(action) {
                deed.is_unclean = *is_unclean;
            }
        }
    }
}

impl LiveBrake {
    /// An evaluation's action led to a revision.
    pub fn saved(&self, wiki: &WikiId, evaluation: Id, rev_id: i64) {
        let revision = self.marks.revision(wiki, rev_id);
        let mut memory = self.memory();
        if let Some(action) = memory.deeds.saved(evaluation.tail(), revision) {
            memory.batch.link(revision, action);
        }
    }

    /// A wiki reports what came of actions: who was reverted, deleted or blocked within two days is not expected again.
    pub fn reported(&self, wiki: &WikiId, reports: &[Feedback]) {
        let now = self.clock.now();
        for report in reports {
            let name = match (report.rev_id, &report.action_id) {
                (Some(rev_id), _) => self.marks.revision(wiki, rev_id),
                (None, Some(action_id)) => self.marks.action(wiki, action_id),
                (None, None) => continue,
            };
            let is_unclean = report.event != FeedbackEvent::Restored;
            let mut memory = self.memory();
            memory.turned(name, is_unclean, i64::MAX, now);
            memory.batch.turn(name, is_unclean);
        }
    }

    /// What was done within two days, as it was written.
    pub(super) async fn read_deeds(&self, conn: &mut Conn, memory: &mut Memory) -> Result<(), StoreError> {
        let hours = i64::from(FOR_H) * 3_600;
        let since = Timestamp::from_second(self.clock.now().as_second() - hours).unwrap_or(Timestamp::MIN);
        for document in records::deeds_since(conn, since).await? {
            match serde_json::from_str::<Chunk>(&document) {
                Ok(chunk) => memory.deeds.read(&chunk),
                Err(_) => tracing::error!("names of actions cannot be read; what comes of these is not heard"),
            }
        }
        Ok(())
    }
}

impl Memory {
    /// Counts that an action is unclean, or clean after all, in what has not counted batch `seq` yet.
    pub(super) fn turned(&mut self, name: u64, is_unclean: bool, seq: i64, now: Timestamp) {
        let Some(((wiki, group, kind), at, _)) = self.deeds.turn(name, is_unclean, now) else { return };
        let Some(wiki) = self.wikis.get_mut(&wiki) else { return };
        let kind = wiki.kind(&group, &kind);
        if kind.upto >= seq {
            return;
        }
        if is_unclean {
            kind.around.unclean(at);
        } else {
            kind.around.clean_again(at);
        }
        kind.is_dirty = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3_600 + 90).unwrap()
    }

    #[test]
    fn an_action_is_found_by_its_revision_once_and_for_two_days() {
        let mut deeds = Deeds::default();
        let place = deeds.place(&"enwiki".parse().unwrap(), "default", "edit");
        assert_eq!(deeds.saved(71, 500), None, "the outcome comes before the batch");
        for (hour, action) in [(10, 1), (11, 2)] {
            deeds.put(place, hour, action);
            deeds.link(hour, 70 + action, action);
            deeds.news.deeds.push((place, hour, action));
        }
        assert_eq!(deeds.saved(72, 501), Some(2));
        let (found, hour, action) = deeds.turn(501, true, at(12)).unwrap();
        assert_eq!((found.2.as_str(), hour.as_second() / 3_600, action), ("edit", 11, 2));
        assert!(deeds.turn(501, true, at(12)).is_none() && deeds.turn(2, true, at(12)).is_none(), "once");
        assert!(deeds.turn(2, false, at(12)).is_some(), "it was restored");
        assert!(deeds.turn(1, true, at(59)).is_none(), "too late");
        let chunk: Chunk = serde_json::from_str(&deeds.news().unwrap()).unwrap();
        assert!(deeds.news().is_none());
        let mut read = Deeds::default();
        read.read(&chunk);
        assert!(read.turn(501, false, at(12)).is_none() && read.turn(501, true, at(12)).is_some());
        deeds.sweep(at(59));
        assert_eq!((deeds.known.len(), deeds.links.len(), deeds.order.len()), (1, 2, 3));
        deeds.sweep(at(60));
        assert_eq!((deeds.known.len(), deeds.links.len()), (0, 0));
    }
}
