//! Hits of filters in the shadow: what would have matched. They have no effect, no part in any count of hits, and a short life.
//!
//! They are written a little later, many at a time; a crash may lose those of the last [`FLUSH_EVERY`]. Protected values and
//! addresses are not kept with them at all.

mod records;
#[cfg(test)]
mod tests;

use crate::hits::ask::{HitError, Hits};
use crate::hits::dump;
use crate::hits::list::{HitKey, Log};
use crate::hits::parallel::{self, TestHit};
use crate::hits::record::{Actor, Target};
use crate::hits::visible::{Level, Sight};
use crate::judge::Request;
use crate::model::{FilterKey, Version};
use crate::snapshot::{Roster, Seat};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use wikiward_farm::{Id, Limit, Page, Timestamp, WikiId};
use wikiward_store::{Store, StoreError};

/// How often they are written; what a crash loses.
pub const FLUSH_EVERY: Duration = Duration::from_secs(1);

/// Most hits that wait for the database; beyond it new ones are dropped, and counted.
const WAITING_MAX: usize = 4_096;

/// Most bytes of packed variables that wait: 64 MiB.
const WAITING_BYTES_MAX: usize = 64 << 20;

/// Hits written in one transaction.
const AT_ONCE: usize = 256;

/// A match of a filter in the shadow, to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct ShadowHit {
    hit_id: Id,
    evaluation_id: Id,
    wiki: WikiId,
    filter: FilterKey,
    version: Version,
    at: Timestamp,
    action_id: String,
    kind: String,
    actor: Actor,
    target: Target,
    decision: &'static str,
    consequences: Vec<String>,
    dump: Vec<u8>,
    protected_names: Vec<String>,
}

impl ShadowHit {
    /// The match of `seat` on an action that was answered with `decision` at `now`. `values` are the action's variables,
    /// `protected` those of them that are protected, of which only the names are kept.
    #[expect(clippy::too_many_arguments, reason = "a hit is made of what the judge has at hand, in one place")]
    pub(crate) fn new(
        hit_id: Id,
        evaluation_id: Id,
        request: &Request,
        seat: &Seat,
        roster: &Roster,
        decision: &'static str,
        now: Timestamp,
        values: &BTreeMap<String, Value>,
        protected: &BTreeMap<String, Value>,
    ) -> Self {
        let filter = &seat.filter;
        let names: Vec<&str> =
            filter.uses_protected.iter().map(String::as_str).filter(|name| protected.contains_key(*name)).collect();
        let runs = |name: &str| {
            let is_dropped = seat.optout.as_ref().is_some_and(|optout| optout.drops(name));
            !is_dropped && roster.settings.runs(name) && roster.group.group.allows(name)
        };
        Self {
            hit_id,
            evaluation_id,
            wiki: request.wiki.clone(),
            filter: filter.key.clone(),
            version: filter.version,
            at: now,
            action_id: request.action_id.clone(),
            kind: request.kind.clone(),
            actor: Actor { id: request.actor.id, name: request.actor.name.clone(), kind: request.actor.kind },
            target: request.target.clone(),
            decision,
            consequences: filter
                .actions
                .iter()
                .map(|(name, _)| name)
                .filter(|name| runs(name))
                .map(str::to_owned)
                .collect(),
            dump: dump::pack(values, &names, request.ip).body,
            protected_names: names.into_iter().map(str::to_owned).collect(),
        }
    }
}

/// Keeps hits of filters in the shadow.
#[derive(Debug)]
pub struct ShadowLog {
    store: Store,
    waiting: Mutex<Vec<ShadowHit>>,
    on_trial: parallel::Waiting,
    dropped: AtomicU64,
}

impl ShadowLog {
    /// A log in `store`.
    pub fn new(store: Store) -> Self {
        Self { store, waiting: Mutex::default(), on_trial: parallel::Waiting::default(), dropped: AtomicU64::new(0) }
    }

    /// Keeps a hit until it is written; drops it if too many wait.
    pub fn keep(&self, hit: ShadowHit) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: usize = waiting.iter().map(|hit| hit.dump.len()).sum();
        if waiting.len() < WAITING_MAX && bytes + hit.dump.len() <= WAITING_BYTES_MAX {
            waiting.push(hit);
        } else {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Keeps matches of an action that was judged on trial until they are written; drops them if too many wait.
    pub fn keep_on_trial(&self, hits: Vec<TestHit>) {
        let count = u64::try_from(hits.len()).unwrap_or(0);
        if !self.on_trial.keep(hits) {
            self.dropped.fetch_add(count, Ordering::Relaxed);
        }
    }

    /// Hits that were dropped because too many waited, since the start.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Writes what waits.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers; what was not written waits on.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.on_trial.flush(&self.store).await?;
        let mut taken = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        while !taken.is_empty() {
            let portion = taken.get(..AT_ONCE.min(taken.len())).unwrap_or_default();
            if let Err(error) = records::store(&self.store, portion).await {
                let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                taken.append(&mut waiting);
                let over = taken.len().saturating_sub(WAITING_MAX);
                taken.truncate(WAITING_MAX);
                self.dropped.fetch_add(u64::try_from(over).unwrap_or(0), Ordering::Relaxed);
                *waiting = taken;
                return Err(error);
            }
            taken.drain(..AT_ONCE.min(taken.len()));
        }
        Ok(())
    }
}

/// A hit in the shadow, as far as it may be seen.
#[derive(Debug, Clone, PartialEq)]
pub struct ShadowRow {
    /// Its place in lists.
    pub key: HitKey,
    /// How much of it is shown.
    pub level: Level,
    /// The wiki.
    pub wiki: WikiId,
    /// The evaluation.
    pub evaluation_id: Id,
    /// Which filter.
    pub filter: FilterKey,
    /// Which version of it.
    pub version: Version,
    /// The caller's name for the action.
    pub action_id: String,
    /// Kind of action.
    pub kind: String,
    /// The user's id, if registered.
    pub actor_id: Option<i64>,
    /// The user's name.
    pub actor_name: String,
    /// What kind of user.
    pub actor_type: String,
    /// Namespace number of the page.
    pub target_ns: i64,
    /// Title of the page without namespace.
    pub target_title: String,
    /// The page's id.
    pub target_page_id: Option<i64>,
    /// What the filters in effect decided.
    pub decision: String,
    /// Consequences that would have run.
    pub consequences: Vec<String>,
    /// The revision that was saved.
    pub rev_id: Option<i64>,
    /// The variables of the action, for who may see details; none in lists.
    pub variables: Option<Map<String, Value>>,
}

impl Hits {
    /// A page of the hits of one filter in the shadow, newest first, as far as `sight` goes.
    ///
    /// # Errors
    /// [`HitError::Store`].
    pub async fn shadow_list(
        &self,
        log: &Log,
        filter: &FilterKey,
        after: Option<HitKey>,
        limit: Limit,
        sight: &Sight,
    ) -> Result<Page<ShadowRow, HitKey>, HitError> {
        let mut conn = self.store.reader().await?;
        let rows = records::list(&mut conn, log, filter, after, limit, sight).await?;
        Ok(Page::cut(rows, limit, |row| row.key))
    }

    /// One hit of a filter in the shadow, with its variables; none if it is not there or may not be seen.
    ///
    /// # Errors
    /// [`HitError::Store`].
    pub async fn shadow_one(
        &self,
        log: &Log,
        filter: &FilterKey,
        hit_id: Id,
        sight: &Sight,
    ) -> Result<Option<ShadowRow>, HitError> {
        let mut conn = self.store.reader().await?;
        let Some((mut row, packed)) = records::one(&mut conn, log, filter, hit_id, sight).await? else {
            return Ok(None);
        };
        if row.level == Level::Details {
            row.variables = packed.as_deref().and_then(dump::unpack).map(|(variables, _)| variables);
        }
        Ok(Some(row))
    }
}
