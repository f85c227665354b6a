//! Writing down what happened, and hearing what happened elsewhere.

use super::memory::{Happened, Kind, Memory, Tracked};
use super::people::People;
use super::telling::{Told, told};
use super::{LiveBrake, Ordering};
use crate::brake::latch::Guard;
use crate::brake::{Surroundings, records};
use crate::life::events::{self, NewEvent};
use crate::life::records as filters;
use crate::model::{FilterKey, FilterNumber};
use crate::snapshot::Snapshots;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{AuditEntry, Entropy, Principal, Timestamp, WikiId};
use wikiward_store::{Keyring, Store, StoreError};

/// The topic on the change feed; subjects are [`subject`]s.
pub(crate) const TOPIC: &str = "brake";

/// How often evidence is written: what a crash loses.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// Seconds after which counts of what is done are written: they change with every action, and matter little.
const COUNTS_EVERY_S: i64 = 60;

/// Seconds after which is written who was seen.
const PEOPLE_EVERY_S: i64 = 600;

/// Seconds after which evidence that nothing was added to is removed: 40 days.
const STREAMS_FOR_S: i64 = 40 * 86_400;

/// Seconds after which holds that were prepared are removed: 30 days.
const HOLDS_FOR_S: i64 = 30 * 86_400;

/// More changes than these are not followed one by one.
const FOLLOWED_MAX: u32 = 1_000;

/// When what was written last, in seconds since 1970.
#[derive(Debug, Default)]
pub(super) struct Due {
    people_at: i64,
    swept_at: i64,
}

/// How the change feed names what was decided about a filter on a wiki: `enwiki:17@enwiki`.
pub(crate) fn subject(key: &FilterKey, wiki: &WikiId) -> String {
    format!("{}:{}@{wiki}", key.wiki, key.number)
}

fn named(subject: &str) -> Option<(FilterKey, WikiId)> {
    let (filter, wiki) = subject.rsplit_once('@')?;
    let (owner, number) = filter.rsplit_once(':')?;
    let key = FilterKey { wiki: owner.parse().ok()?, number: FilterNumber(number.parse().ok()?) };
    Some((key, wiki.parse().ok()?))
}

impl LiveBrake {
    /// Everything as it was written last.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers. Evidence that cannot be read is reported and left out.
    pub async fn load(
        store: Store,
        snapshots: Arc<Snapshots>,
        keyring: &Keyring,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, StoreError> {
        let live = Self::of(store, snapshots, keyring, entropy);
        let mut conn = live.store.snapshot().await?;
        let mut memory = Memory { seq: records::seq(&mut conn).await?, ..Memory::default() };
        for (key, wiki, guard) in records::guards(&mut conn).await? {
            memory.guards.entry(key).or_default().insert(wiki, guard);
        }
        for ((wiki, group, kind), document) in records::surroundings(&mut conn).await? {
            let Ok(around) = serde_json::from_str::<Surroundings>(&document) else {
                tracing::error!(wiki = %wiki, group, kind, "counts of the brake cannot be read; they begin anew");
                continue;
            };
            memory.wikis.entry(wiki).or_default().kind(&group, &kind).around = around;
        }
        for ((wiki, group, kind), key, document) in records::streams(&mut conn).await? {
            let Ok(tracked) = serde_json::from_str::<Tracked>(&document) else {
                tracing::error!(wiki = %wiki, filter.id = %key.gid(), kind, "evidence of the brake cannot be read; it begins anew");
                continue;
            };
            let kind = memory.wikis.entry(wiki).or_default().kind(&group, &kind);
            kind.take(key, tracked, live.clock.now());
        }
        for (wiki, document) in records::people(&mut conn).await? {
            memory.wikis.entry(wiki).or_default().people = People::from_bytes(&document);
        }
        drop(conn);
        *live.memory() = memory;
        Ok(live)
    }

    /// Writes, hears and looks after time for as long as the process lives.
    pub async fn run(&self) {
        let mut newest = self.store.feed().watch();
        let mut is_told = false;
        loop {
            let now = self.clock.now();
            self.tick(now);
            let done = match self.refresh().await {
                Ok(()) => self.flush(now, false).await,
                Err(error) => Err(error),
            };
            match done {
                Ok(()) => {
                    self.failing_since.store(0, Ordering::Relaxed);
                    is_told = false;
                }
                Err(error) => {
                    let _ = self.failing_since.compare_exchange(
                        0,
                        micros(now).max(1),
                        Ordering::Relaxed,
                        Ordering::Relaxed,
                    );
                    if !is_told {
                        is_told = true;
                        let error = &error as &dyn std::error::Error;
                        tracing::error!(error, "what the brake knows is not written yet");
                    }
                }
            }
            tokio::select! {
                () = self.woken.notified() => {}
                changed = newest.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(WRITE_EVERY) => {}
            }
        }
    }

    /// Brings what is decided up to every change that was committed before the call.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let _moving = self.moving.lock().await;
        let before = self.memory().seq;
        let changes = self.store.changes_since(before, FOLLOWED_MAX).await?;
        let (Some(first), Some(last)) = (changes.first(), changes.last()) else { return Ok(()) };
        let is_whole = first.seq == before + 1 && changes.len() < FOLLOWED_MAX as usize;
        let ours = || changes.iter().filter(|change| change.topic == TOPIC);
        if is_whole {
            let mut conn = self.store.reader().await?;
            for (key, wiki) in ours().filter_map(|change| named(&change.subject)) {
                if let Some(guard) = records::guard_of(&mut conn, &key, &wiki).await? {
                    self.take(&key, &wiki, guard);
                }
            }
            self.memory().seq = last.seq;
        } else {
            let mut conn = self.store.snapshot().await?;
            let seq = records::seq(&mut conn).await?;
            for (key, wiki, guard) in records::guards(&mut conn).await? {
                self.take(&key, &wiki, guard);
            }
            self.memory().seq = seq;
        }
        Ok(())
    }

    /// What was decided about a filter, as it was read. What this node has not written yet happens to it again.
    fn take(&self, key: &FilterKey, wiki: &WikiId, mut guard: Guard) {
        let mut memory = self.memory();
        let before = memory.guards.get(key).and_then(|of| of.get(wiki));
        let was_released = before.and_then(|guard| guard.released);
        let was_held = before.is_some_and(|guard| guard.hold.is_some());
        let release = guard.released.filter(|release| was_released.is_none_or(|before| before.at < release.at));
        for happened in memory.outbox.iter().filter(|it| it.key == *key && it.wiki == *wiki) {
            if micros(happened.armed_from) >= guard.armed_from
                && release.is_none_or(|release| release.at <= happened.at)
            {
                happened.apply(&mut guard);
            }
        }
        let (is_held, armed_from) = (guard.hold.is_some(), from_micros(guard.armed_from));
        memory.guards.entry(key.clone()).or_default().insert(wiki.clone(), guard);
        if let Some(release) = release {
            memory.release(key, wiki, release.at, release.how, |group| self.limits(group));
        }
        if was_held && !is_held {
            self.retest(&mut memory, key, wiki, armed_from, self.clock.now());
        }
    }

    /// Writes what happened and what was counted; everything, if `is_last`.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers; what was not written is kept for the next time.
    pub async fn flush(&self, now: Timestamp, is_last: bool) -> Result<(), StoreError> {
        let mut due = self.moving.lock().await;
        loop {
            let Some(happened) = self.memory().outbox.front().cloned() else { break };
            let written = self.write(&happened).await?;
            let mut memory = self.memory();
            memory.outbox.pop_front();
            drop(memory);
            if let Some(guard) = written {
                self.take(&happened.key, &happened.wiki, guard);
                self.spread(&happened);
            }
        }
        let second = now.as_second();
        let counts_before = if is_last { i64::MAX } else { second - COUNTS_EVERY_S };
        let people = is_last || second - due.people_at >= PEOPLE_EVERY_S;
        loop {
            let rows = self.memory().dirty(counts_before, people, second);
            if rows.is_empty() {
                break;
            }
            if let Err(error) = self.write_rows(&rows, now).await {
                self.memory().soil(&rows);
                return Err(error);
            }
        }
        if people {
            due.people_at = second;
        }
        if second - due.swept_at >= 3_600 {
            let ago = |seconds: i64| Timestamp::from_second(second - seconds).unwrap_or(Timestamp::MIN);
            let mut tx = self.store.begin().await?;
            records::sweep(&mut tx, ago(STREAMS_FOR_S), ago(HOLDS_FOR_S)).await?;
            tx.commit().await?;
            due.swept_at = second;
        }
        Ok(())
    }

    /// Writes one thing that happened, into history and audit log, too. None if it says nothing any more: the filter was
    /// changed or released since, or another node was first.
    async fn write(&self, happened: &Happened) -> Result<Option<Guard>, StoreError> {
        let Happened { key, wiki, at, armed_from, what } = happened;
        let mut tx = self.store.begin().await?;
        filters::hold(&mut tx, key).await?;
        let Some(filter) = filters::one(&mut tx, key).await? else { return Ok(None) };
        let begin = || Guard { armed_from: micros(*armed_from), ..Guard::default() };
        let mut guard = records::guard_of(&mut tx, key, wiki).await?.unwrap_or_else(begin);
        let is_old = guard.armed_from > micros(*armed_from) || guard.released.is_some_and(|release| release.at > *at);
        if is_old {
            return Ok(Some(guard));
        }
        guard.armed_from = micros(*armed_from);
        let (alerted_at, was_locked) = (guard.alerted_at, guard.lockdown_until > 0);
        let followed = happened.apply(&mut guard);
        let ended = (was_locked && guard.lockdown_until == 0).then(|| Told {
            kind: "lockdown.expire",
            reason_code: "",
            details: json!({}),
            is_logged: true,
        });
        for told in told(what, &followed, guard.latch_id.as_str(), alerted_at, *at).into_iter().chain(ended) {
            let mut details = told.details;
            if let Some(details) = details.as_object_mut() {
                details.insert("wiki".into(), json!(wiki.as_str()));
                details.insert("version".into(), json!(filter.version.0));
            }
            let event = NewEvent {
                key,
                privacy: filter.draft.privacy,
                by: &Principal::System,
                kind: told.kind,
                reason_code: told.reason_code,
                reason: "",
                details: details.clone(),
            };
            events::append(&mut tx, &event, *at, &*self.entropy).await?;
            if told.is_logged {
                tx.audit(&AuditEntry {
                    at: *at,
                    by: Principal::System,
                    wiki: wiki.clone(),
                    action: told.kind,
                    subject: format!("filter:{}", key.gid()),
                    reason: String::new(),
                    details,
                })
                .await?;
            }
            tracing::warn!(wiki = %wiki, filter.id = %key.gid(), kind = told.kind, path = told.reason_code, "the brake of a filter");
        }
        if let Some(hold) = &followed.ended {
            records::end_hold(&mut tx, &hold.id, *at).await?;
        }
        records::put_guard(&mut tx, key, wiki, &guard, *at).await?;
        tx.announce(TOPIC, &subject(key, wiki)).await?;
        tx.commit().await?;
        Ok(Some(guard))
    }
}

impl Kind {
    /// Takes in evidence that was written.
    fn take(&mut self, key: FilterKey, tracked: Tracked, now: Timestamp) {
        self.around.at_least(tracked.stream.counted_to());
        if tracked.stream.has_episode(&self.around, now) {
            self.open.push(key.clone());
        }
        self.streams.insert(key, tracked);
    }
}
