//! Answers given lately: a repeated request gets the first one, also where nothing was left behind.

use super::answer::Answer;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::sync::Arc;
use wikiward_farm::{Timestamp, WikiId};

/// Bytes, about, that are kept: some 80,000 usual answers. Where many filters are left out, one answer lists hundreds of
/// them.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// How many answers there is room for at first.
const EXPECTED: usize = 50_000;

/// Seconds for which an action's id is its own.
const ACTION_ID_FOR_S: i64 = 24 * 60 * 60;

type Key = (WikiId, String);

/// How much memory an answer is taken for.
#[derive(Debug, Clone, Copy)]
struct Bytes;

impl Weighter<Key, (Timestamp, Arc<Answer>)> for Bytes {
    fn weight(&self, key: &Key, (_, answer): &(Timestamp, Arc<Answer>)) -> u64 {
        let kept = key.0.as_str().len() + key.1.len() + answer.weight();
        u64::try_from(kept).unwrap_or(u64::MAX)
    }
}

/// What was answered, by wiki and action id.
pub(super) struct Recent(Cache<Key, (Timestamp, Arc<Answer>), Bytes>);

impl Default for Recent {
    fn default() -> Self {
        Self(Cache::with_weighter(EXPECTED, BYTES_MAX, Bytes))
    }
}

impl Recent {
    /// The answer that the action got within the day before `now`.
    pub(super) fn get(&self, wiki: &WikiId, action_id: &str, now: Timestamp) -> Option<Arc<Answer>> {
        let oldest = now.checked_sub(jiff::SignedDuration::from_secs(ACTION_ID_FOR_S)).ok()?;
        let (at, answer) = self.0.get(&(wiki.clone(), action_id.to_owned()))?;
        (at >= oldest).then_some(answer)
    }

    /// The action was answered at `now`.
    pub(super) fn keep(&self, wiki: &WikiId, action_id: &str, answer: &Arc<Answer>, now: Timestamp) {
        self.0.insert((wiki.clone(), action_id.to_owned()), (now, answer.clone()));
    }
}
