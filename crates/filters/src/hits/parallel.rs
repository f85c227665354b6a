//! Matches of actions that were judged on trial (`mode: test`), where a wiki has the setting `parallel_run`: who runs another
//! program beside this one compares them with what that one logged.
//!
//! They hold no variables, no addresses and no consequences: only which filter matched which action.

pub(crate) mod records;

use crate::hits::record::Target;
use crate::judge::Request;
use crate::model::FilterKey;
use std::sync::{Mutex, PoisonError};
use wikiward_farm::{Id, Timestamp, WikiId};
use wikiward_store::{Store, StoreError};

/// Most matches that wait for the database; beyond it new ones are dropped: the comparison then shows them as missing.
const WAITING_MAX: usize = 16_384;

/// Matches written in one transaction.
const AT_ONCE: usize = 256;

/// A match of a filter on an action that was judged on trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestHit {
    /// Names it; sorts by time.
    pub hit_id: Id,
    /// The wiki.
    pub wiki: WikiId,
    /// Which filter.
    pub filter: FilterKey,
    /// When the action was, as the caller says; else when it was judged.
    pub at: Timestamp,
    /// The caller's name for the action.
    pub action_id: String,
    /// Kind of action.
    pub kind: String,
    /// The user's name.
    pub actor_name: String,
    /// The page.
    pub target: Target,
    /// The filter's rate was not reached: it would leave no hit.
    pub is_held_back: bool,
}

impl TestHit {
    /// The match of `filter` on what `request` asked about.
    pub(crate) fn new(hit_id: Id, request: &Request, filter: &FilterKey, now: Timestamp, is_held_back: bool) -> Self {
        Self {
            hit_id,
            wiki: request.wiki.clone(),
            filter: filter.clone(),
            at: request.at.unwrap_or(now).min(now),
            action_id: request.action_id.clone(),
            kind: request.kind.clone(),
            actor_name: request.actor.name.clone(),
            target: request.target.clone(),
            is_held_back,
        }
    }
}

/// Matches that wait to be written.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Mutex<Vec<TestHit>>);

impl Waiting {
    /// Keeps matches until they are written; false if too many wait.
    pub(crate) fn keep(&self, hits: Vec<TestHit>) -> bool {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let has_room = waiting.len() + hits.len() <= WAITING_MAX;
        if has_room {
            waiting.extend(hits);
        }
        has_room
    }

    /// Writes what waits; what was not written waits on.
    pub(crate) async fn flush(&self, store: &Store) -> Result<(), StoreError> {
        let mut taken = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        while !taken.is_empty() {
            let length = AT_ONCE.min(taken.len());
            if let Err(error) = records::store(store, taken.get(..length).unwrap_or_default()).await {
                let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                taken.append(&mut waiting);
                taken.truncate(WAITING_MAX);
                *waiting = taken;
                return Err(error);
            }
            taken.drain(..length);
        }
        Ok(())
    }
}
