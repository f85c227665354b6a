//! What filters did, how long it took, and which of them stand out.
//!
//! Judging counts in memory ([`tally`]); every minute the counts of this node are added to those in the database, in
//! buckets of five minutes that are kept for a day. Each hour is summed up from them and kept for 90 days. Nothing is set
//! back when a rule changes: answers say when that was.
//!
//! Invariants:
//! * a crash loses at most the counts of the last [`FLUSH_EVERY_S`] seconds; a database that is away loses none for an hour;
//! * no answer tells of a filter that the asker may not see, in no sum either;
//! * counting takes no lock while rules run, and allocates nothing per filter.
//!
//! Times and conditions of single filters are samples: one run in [`tally::TIMED_EVERY`] has each filter timed, and every
//! run for a while after a slow one. What several filters compute together is paid for by the first of them. Everything
//! else is counted exactly.
//!
//! Distinct origins, and who of them is in good standing, are the emergency brake's ([`crate::brake::live`]).
//!
//! Begin reading at [`Profile`].

pub mod counts;
pub mod histogram;
pub mod marks;
mod notices;
pub mod overview;
mod records;
pub mod slot;
pub mod stats;
pub mod tally;
pub mod totals;

pub use counts::{Counts, FilterCounts, GroupCounts};
pub use histogram::Histogram;
pub use overview::Overview;
pub use slot::{Range, RangeError};
pub use stats::{FarmFilterStats, FilterStats, StatsError, WikiStats};
pub use tally::{MatchOf, Mishap, Run, Tally, Timing};
pub use totals::Totals;

use crate::snapshot::Snapshots;
use slot::{DAY, HOUR, LONG_DAYS, SHORT_HOURS, Width};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Entropy, Timestamp, WikiId};
use wikiward_store::{Store, StoreError};

/// Seconds after which counts are written; what a crash loses.
pub const FLUSH_EVERY_S: u64 = 60;

/// Most buckets that wait for the database; beyond it the oldest go. An hour of a hundred busy wikis.
const WAITING_MAX: usize = 2_000;

/// Buckets written in one transaction, so that nobody waits long for the writer.
const AT_ONCE: usize = 200;

/// Rows removed, or hours summed up, at once.
const PORTION: u32 = 200;

/// A bucket of a group on a wiki, by its beginning.
type Key = (WikiId, String, i64);

/// What filters did. One per process.
#[derive(Debug)]
pub struct Profile {
    store: Store,
    snapshots: Arc<Snapshots>,
    entropy: Arc<dyn Entropy>,
    tallies: Mutex<Vec<Arc<Tally>>>,
    /// Counts that are not in the database yet.
    waiting: Mutex<BTreeMap<Key, Counts>>,
    totals: Mutex<Totals>,
    /// Held while counts go over, and while the two halves are read, so that nothing is seen twice or not at all.
    moving: tokio::sync::Mutex<()>,
}

impl Profile {
    /// Nothing counted yet; what was counted before is in `store`.
    pub fn new(store: Store, snapshots: Arc<Snapshots>, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            store,
            snapshots,
            entropy,
            tallies: Mutex::default(),
            waiting: Mutex::default(),
            totals: Mutex::default(),
            moving: tokio::sync::Mutex::default(),
        }
    }

    /// Sees to it that the counts of a tally are collected. Cheap if they are.
    pub fn collect(&self, tally: &Arc<Tally>) {
        if !tally.is_known.swap(true, Ordering::Relaxed) {
            lock(&self.tallies).push(tally.clone());
        }
    }

    /// Takes the counts out of the tallies.
    fn drain(&self) {
        let mut tallies = lock(&self.tallies);
        let mut waiting = lock(&self.waiting);
        let mut totals = lock(&self.totals);
        let filters = self.snapshots.current();
        for tally in tallies.iter() {
            for (at, counts) in tally.take() {
                totals.add(&tally.wiki, &tally.group, &counts, &filters);
                waiting.entry((tally.wiki.clone(), tally.group.clone(), at)).or_default().merge(&counts);
            }
        }
        // Those of filters that were changed since are not used again.
        tallies.retain(|tally| Arc::strong_count(tally) > 1);
        while waiting.len() > WAITING_MAX {
            let oldest = waiting.keys().min_by_key(|(_, _, at)| *at).cloned();
            oldest.and_then(|oldest| waiting.remove(&oldest));
        }
    }

    /// What was counted since the start of this process: for metrics.
    pub fn totals(&self) -> Totals {
        self.drain();
        lock(&self.totals).clone()
    }

    /// Adds the counts of this node to those in the database, and tells of filters that became slow or lack variables.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers; the counts are kept for the next time.
    pub async fn flush(&self, now: Timestamp) -> Result<(), StoreError> {
        let moving = self.moving.lock().await;
        self.drain();
        let oldest = micros(now) - SHORT_HOURS * HOUR;
        let mut taken = std::mem::take(&mut *lock(&self.waiting));
        // Their hours are summed up from short buckets that are gone.
        taken.retain(|(_, _, at), _| *at >= oldest);
        let suspects = notices::suspects(&taken);
        while !taken.is_empty() {
            let portion: Vec<(&Key, &Counts)> = taken.iter().take(AT_ONCE).collect();
            if let Err(error) = self.write(&portion).await {
                let mut waiting = lock(&self.waiting);
                for (key, counts) in taken {
                    waiting.entry(key).or_default().merge(&counts);
                }
                return Err(error);
            }
            taken = taken.into_iter().skip(AT_ONCE).collect();
        }
        self.tell(&suspects, now, &moving).await
    }

    async fn write(&self, portion: &[(&Key, &Counts)]) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        records::hold(&mut tx).await?;
        for ((wiki, group, at), counts) in portion {
            records::add(&mut tx, wiki, group, *at, counts).await?;
        }
        tx.commit().await
    }

    /// Sums up the hours that are over, and removes what has had its day. Gives the number of buckets removed.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers; what was done until then stays so.
    pub async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        // Other nodes have written an hour's counts a little after it ended.
        let over = slot::start(micros(now) - 10 * slot::MINUTE, HOUR);
        loop {
            let ripe = {
                let mut conn = self.store.reader().await?;
                records::ripe(&mut conn, over, PORTION).await?
            };
            if ripe.is_empty() {
                break;
            }
            let mut tx = self.store.begin().await?;
            records::hold(&mut tx).await?;
            for (wiki, group, hour) in ripe {
                records::sum_up(&mut tx, &wiki, &group, hour).await?;
            }
            tx.commit().await?;
        }
        let short = slot::start(micros(now) - (SHORT_HOURS + 1) * HOUR, HOUR);
        let long = micros(now) - LONG_DAYS * DAY;
        Ok(self.expire(Width::Short, short).await? + self.expire(Width::Long, long).await?)
    }

    async fn expire(&self, width: Width, before: i64) -> Result<u64, StoreError> {
        let mut all = 0;
        loop {
            let mut tx = self.store.begin().await?;
            let gone = records::expire(&mut tx, width, before, PORTION).await?;
            tx.commit().await?;
            all += gone;
            if gone == 0 {
                return Ok(all);
            }
        }
    }

    /// Buckets of a wiki in a range, by group and beginning, those not written yet included.
    pub(crate) async fn read(&self, wiki: &WikiId, range: Span) -> Result<Groups, StoreError> {
        let moving = self.moving.lock().await;
        self.read_held(wiki, range, &moving).await
    }

    async fn read_held(&self, wiki: &WikiId, range: Span, _: &Moving<'_>) -> Result<Groups, StoreError> {
        self.drain();
        let mut kept = {
            let mut conn = self.store.reader().await?;
            records::between(&mut conn, wiki, range.from, range.to, range.short_from()).await?
        };
        kept.extend(self.unwritten(range).filter(|bucket| bucket.wiki == *wiki));
        Ok(by_group(kept))
    }

    /// The same of all wikis; none if there are more than `limit` buckets.
    pub(crate) async fn read_all(
        &self,
        range: Span,
        limit: u32,
    ) -> Result<Option<BTreeMap<WikiId, Groups>>, StoreError> {
        let _moving = self.moving.lock().await;
        self.drain();
        let mut kept = {
            let mut conn = self.store.reader().await?;
            let limit = limit.saturating_add(1);
            records::on_all(&mut conn, range.from, range.to, range.short_from(), limit).await?
        };
        if kept.len() > limit as usize {
            return Ok(None);
        }
        kept.extend(self.unwritten(range));
        let mut wikis: BTreeMap<WikiId, Vec<records::Kept>> = BTreeMap::new();
        for bucket in kept {
            wikis.entry(bucket.wiki.clone()).or_default().push(bucket);
        }
        Ok(Some(wikis.into_iter().map(|(wiki, kept)| (wiki, by_group(kept))).collect()))
    }

    /// What this node has not written yet.
    fn unwritten(&self, range: Span) -> impl Iterator<Item = records::Kept> {
        let waiting = lock(&self.waiting);
        let in_range = waiting.iter().filter(|((_, _, at), _)| *at >= micros(range.from) && *at < micros(range.to));
        let kept = in_range.map(|((wiki, group, at), counts)| records::Kept {
            wiki: wiki.clone(),
            group: group.clone(),
            width: Width::Short,
            at: *at,
            counts: counts.clone(),
        });
        kept.collect::<Vec<_>>().into_iter()
    }
}

/// Shows that no counts go over meanwhile.
type Moving<'a> = tokio::sync::MutexGuard<'a, ()>;

/// Buckets by group, in time.
pub(crate) type Groups = BTreeMap<String, Vec<(i64, Counts)>>;

/// What is to be read, at the moment `now`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    pub(crate) now: Timestamp,
}

impl Span {
    /// Short buckets before this are on their way out; their hours hold what they held.
    fn short_from(self) -> Timestamp {
        from_micros(slot::start(micros(self.now) - SHORT_HOURS * HOUR, HOUR))
    }
}

/// Where there is an hour and its short buckets, the short ones count: the hour is the sum of them.
fn by_group(kept: Vec<records::Kept>) -> Groups {
    let short = |bucket: &&records::Kept| bucket.width == Width::Short;
    let has_short: BTreeSet<(String, i64)> =
        kept.iter().filter(short).map(|bucket| (bucket.group.clone(), slot::start(bucket.at, HOUR))).collect();
    let mut groups: BTreeMap<String, BTreeMap<i64, Counts>> = BTreeMap::new();
    for bucket in kept {
        if bucket.width == Width::Short || !has_short.contains(&(bucket.group.clone(), bucket.at)) {
            groups.entry(bucket.group).or_default().entry(bucket.at).or_default().merge(&bucket.counts);
        }
    }
    groups.into_iter().map(|(group, buckets)| (group, buckets.into_iter().collect())).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
