//! Rows of what changed since it was written.

use super::LiveBrake;
use super::memory::{Kind, Memory, WikiMemory};
use crate::brake::records;
use crate::model::FilterKey;
use wikiward_farm::{Timestamp, WikiId};
use wikiward_store::{StoreError, Tx};

/// Rows made and written at once, so that neither verdicts nor other writers wait long.
const AT_ONCE: usize = 20;

/// What is to be written of one place.
pub(super) enum Row {
    Stream(records::Place, FilterKey, String),
    Counts(records::Place, String),
    People(WikiId, Vec<u8>),
    Compat(WikiId, FilterKey, String),
}

impl LiveBrake {
    /// Writes some rows that have counted every batch up to `upto`.
    pub(super) async fn write_rows(
        &self,
        tx: &mut Tx,
        rows: &[Row],
        upto: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for row in rows {
            match row {
                Row::Stream(place, key, document) => records::put_stream(tx, place, key, document, upto, now).await?,
                Row::Counts(place, document) => records::put_surroundings(tx, place, document, upto, now).await?,
                Row::People(wiki, document) => records::put_people(tx, wiki, document.clone(), upto, now).await?,
                Row::Compat(wiki, key, document) => records::put_compat(tx, wiki, key, document, upto, now).await?,
            }
        }
        Ok(())
    }
}

impl Memory {
    /// Some of what changed since it was written, and counts as written from `second` on: of counts, those written last at
    /// `counts_before` or earlier.
    pub(super) fn dirty(&mut self, counts_before: i64, people: bool, second: i64) -> Vec<Row> {
        let mut rows = Vec::new();
        for (wiki, memory) in &mut self.wikis {
            for kind in &mut memory.kinds {
                if rows.len() >= AT_ONCE {
                    return rows;
                }
                let place = || (wiki.clone(), kind.group.clone(), kind.name.clone());
                for (key, tracked) in kind.streams.iter_mut().filter(|(_, tracked)| tracked.is_dirty) {
                    tracked.is_dirty = false;
                    if let Ok(document) = serde_json::to_string(tracked) {
                        rows.push(Row::Stream(place(), key.clone(), document));
                    }
                }
                if kind.is_dirty && kind.written_at <= counts_before {
                    (kind.is_dirty, kind.written_at) = (false, second);
                    if let Ok(document) = serde_json::to_string(&kind.around) {
                        rows.push(Row::Counts((wiki.clone(), kind.group.clone(), kind.name.clone()), document));
                    }
                }
            }
            if people && memory.people.is_dirty {
                memory.people.is_dirty = false;
                rows.push(Row::People(wiki.clone(), memory.people.to_bytes()));
            }
        }
        let compat = self.compat.iter_mut().flat_map(|(key, of)| of.iter_mut().map(move |(wiki, it)| (key, wiki, it)));
        for (key, wiki, counted) in compat.filter(|(.., counted)| counted.is_dirty) {
            if rows.len() >= AT_ONCE {
                break;
            }
            counted.is_dirty = false;
            if let Ok(document) = serde_json::to_string(counted) {
                rows.push(Row::Compat(wiki.clone(), key.clone(), document));
            }
        }
        rows
    }

    /// Whether [`Memory::dirty`] would find anything.
    pub(super) fn is_dirty(&self, counts_before: i64, people: bool) -> bool {
        let of_kind = |kind: &Kind| {
            kind.is_dirty && kind.written_at <= counts_before || kind.streams.values().any(|tracked| tracked.is_dirty)
        };
        let of_wiki = |wiki: &WikiMemory| people && wiki.people.is_dirty || wiki.kinds.iter().any(of_kind);
        self.wikis.values().any(of_wiki) || self.compat.values().flatten().any(|(_, counted)| counted.is_dirty)
    }

    /// Rows that could not be written are to be written again.
    pub(super) fn soil(&mut self, rows: &[Row]) {
        for row in rows {
            match row {
                Row::Stream((wiki, group, kind), key, _) => {
                    let kind = self.wikis.get_mut(wiki).map(|memory| memory.kind(group, kind));
                    if let Some(tracked) = kind.and_then(|kind| kind.streams.get_mut(key)) {
                        tracked.is_dirty = true;
                    }
                }
                Row::Counts((wiki, group, kind), _) => {
                    if let Some(memory) = self.wikis.get_mut(wiki) {
                        let kind = memory.kind(group, kind);
                        (kind.is_dirty, kind.written_at) = (true, 0);
                    }
                }
                Row::Compat(wiki, key, _) => {
                    if let Some(counted) = self.compat.get_mut(key).and_then(|of| of.get_mut(wiki)) {
                        counted.is_dirty = true;
                    }
                }
                Row::People(wiki, _) => {
                    if let Some(memory) = self.wikis.get_mut(wiki) {
                        memory.people.is_dirty = true;
                    }
                }
            }
        }
    }
}
