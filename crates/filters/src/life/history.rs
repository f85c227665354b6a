//! The history of a filter: its versions and what else happened to it, newest first.

use super::events::FilterEvent;
use crate::model::{Editor, Origin, Version};
use wikiward_farm::Timestamp;
use wikiward_farm::clock::micros;

/// One item of a filter's history.
#[derive(Debug, Clone, PartialEq)]
pub enum HistoryItem {
    /// A save.
    Saved {
        /// The version that it made.
        version: Version,
        /// When.
        at: Timestamp,
        /// Who.
        by: Editor,
        /// Why.
        reason: String,
        /// Which fields it changed.
        changed_fields: Vec<String>,
        /// How it came about.
        origin: Origin,
    },
    /// Something else.
    Event(FilterEvent),
}

/// Where a page of a history ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct HistoryKey {
    /// Microseconds since 1970.
    pub at: i64,
    /// 0 for events, 1 for versions: of the same moment, the version is the newer item.
    pub rank: u8,
    /// The event's id or the version's number, as bytes that sort.
    pub tie: Vec<u8>,
}

impl HistoryItem {
    /// Its place in the history; larger is newer.
    pub fn key(&self) -> HistoryKey {
        match self {
            Self::Saved { version, at, .. } => {
                HistoryKey { at: micros(*at), rank: 1, tie: version.0.to_be_bytes().to_vec() }
            }
            Self::Event(event) => HistoryKey { at: micros(event.at), rank: 0, tie: event.id.to_bytes().to_vec() },
        }
    }
}

/// Both lists in one, newest first, at most `most`.
pub(crate) fn merged(saved: Vec<HistoryItem>, events: Vec<HistoryItem>, most: usize) -> Vec<HistoryItem> {
    let mut items: Vec<HistoryItem> = saved.into_iter().chain(events).collect();
    items.sort_by_key(|item| std::cmp::Reverse(item.key()));
    items.truncate(most);
    items
}
