//! Writing down what happened, and hearing what happened elsewhere.

use super::counts::Counted;
use super::exchange::Waiting;
use super::memory::{Happened, Kind, Memory, Tracked};
use super::people::People;
use super::sharing::Batch;
use super::telling::{Told, told};
use super::{LiveBrake, Ordering};
use crate::brake::latch::Guard;
use crate::brake::{Surroundings, records};
use crate::life::events::{self, NewEvent};
use crate::life::records as filters;
use crate::model::{FilterKey, FilterNumber};
use crate::notices::{self, News};
use crate::snapshot::Snapshots;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{AuditEntry, Entropy, Principal, Timestamp, WikiId};
use wikiward_store::{Conn, Keyring, Store, StoreError};

/// The topic on the change feed; subjects are [`subject`]s.
pub(crate) const TOPIC: &str = "brake";

/// How often evidence is written: what a crash loses, and, with as much for hearing of it, how late other nodes know.
const WRITE_EVERY: Duration = Duration::from_millis(500);

/// Seconds after which batches are removed: every row is written far sooner. Who was away for longer reads all anew.
const BATCHES_FOR_S: i64 = 900;

/// Seconds after which counts of what is done are written: they change with every action, and matter little.
const COUNTS_EVERY_S: i64 = 60;

/// Seconds after which is written who was seen.
const PEOPLE_EVERY_S: i64 = 600;

/// Seconds after which evidence that nothing was added to is removed: 40 days.
const STREAMS_FOR_S: i64 = 40 * 86_400;

/// Seconds after which holds that were prepared are removed: 30 days.
const HOLDS_FOR_S: i64 = 30 * 86_400;

/// Seconds after which names of actions are removed: 50 hours.
const DEEDS_FOR_S: i64 = 50 * 3_600;

/// More changes than these are not followed one by one.
const FOLLOWED_MAX: u32 = 1_000;

/// When what was written last, in seconds since 1970.
#[derive(Debug, Default)]
pub(super) struct Due {
    people: i64,
    deeds: i64,
    batches: i64,
    swept: i64,
}

/// What is in the hands of who writes or reads rows.
#[derive(Debug, Default)]
pub(super) struct Moving {
    due: Due,
    waiting: Waiting,
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
        let memory = live.read(&mut conn).await?;
        let head = records::head(&mut conn).await?;
        *live.memory() = memory;
        live.catch_up(&mut conn, head).await?;
        Ok(live)
    }

    /// Everything as it was written last, and what was counted since the oldest of it.
    pub(super) async fn read(&self, conn: &mut Conn) -> Result<Memory, StoreError> {
        let mut memory = Memory { seq: records::seq(conn).await?, batch: Batch::first(), ..Memory::default() };
        for (key, wiki, guard) in records::guards(conn).await? {
            memory.guards.entry(key).or_default().insert(wiki, guard);
        }
        for ((wiki, group, kind), document, upto) in records::surroundings(conn).await? {
            let Ok(around) = serde_json::from_str::<Surroundings>(&document) else {
                tracing::error!(wiki = %wiki, group, kind, "counts of the brake cannot be read; they begin anew");
                continue;
            };
            let kind = memory.wikis.entry(wiki).or_default().kind(&group, &kind);
            (kind.around, kind.upto) = (around, upto);
        }
        for ((wiki, group, kind), key, document, upto) in records::streams(conn).await? {
            let Ok(mut tracked) = serde_json::from_str::<Tracked>(&document) else {
                tracing::error!(wiki = %wiki, filter.id = %key.gid(), kind, "evidence of the brake cannot be read; it begins anew");
                continue;
            };
            tracked.upto = upto;
            let guards = memory.guards.get(&key);
            let released = [&wiki, &key.wiki].into_iter().filter_map(|on| guards?.get(on)?.released);
            let release = released.max_by_key(|release| release.at);
            let kind = memory.wikis.entry(wiki).or_default().kind(&group, &kind);
            // Released, and not written since: the process was killed in between.
            if let Some(release) = release.filter(|release| micros(release.at) > tracked.released_at) {
                let limits = self.limits(&group);
                tracked.stream.release(&kind.around, release.at, &limits, release.how);
                (tracked.released_at, tracked.is_dirty) = (micros(release.at), true);
            }
            kind.take(key, tracked, self.clock.now());
        }
        for (wiki, document, upto) in records::people(conn).await? {
            let memory = memory.wikis.entry(wiki).or_default();
            (memory.people, memory.upto) = (People::from_bytes(&document), upto);
        }
        for (wiki, key, document, upto) in records::compat(conn).await? {
            if let Ok(counted) = serde_json::from_str::<Counted>(&document) {
                memory.compat.entry(key).or_default().insert(wiki, Counted { upto, ..counted });
            }
        }
        self.read_deeds(conn, &mut memory).await?;
        Ok(memory)
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
        let mut moving = self.moving.lock().await;
        self.follow().await?;
        self.hear_others(&mut moving.waiting).await
    }

    /// Takes over what was decided elsewhere.
    async fn follow(&self) -> Result<(), StoreError> {
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
        let mut moving = self.moving.lock().await;
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
        let Moving { due, waiting } = &mut *moving;
        let counts_before = if is_last { i64::MAX } else { second - COUNTS_EVERY_S };
        let people = is_last || second - due.people >= PEOPLE_EVERY_S;
        while self.write_some(waiting, counts_before, people, now).await? {}
        if people {
            due.people = second;
        }
        if is_last || second - due.deeds >= COUNTS_EVERY_S {
            due.deeds = second;
            let news = self.memory().deeds.news();
            if let Some(document) = news {
                let mut tx = self.store.begin().await?;
                records::put_deeds(&mut tx, &self.node, self.entropy.bytes(), &document, now).await?;
                tx.commit().await?;
            }
        }
        let ago = |seconds: i64| Timestamp::from_second(second - seconds).unwrap_or(Timestamp::MIN);
        if second - due.batches >= BATCHES_FOR_S / 3 {
            let mut tx = self.store.begin().await?;
            records::sweep_batches(&mut tx, ago(BATCHES_FOR_S)).await?;
            tx.commit().await?;
            due.batches = second;
        }
        if second - due.swept >= 3_600 {
            let mut tx = self.store.begin().await?;
            records::sweep(&mut tx, ago(STREAMS_FOR_S), ago(HOLDS_FOR_S)).await?;
            records::sweep_deeds(&mut tx, ago(DEEDS_FOR_S)).await?;
            notices::sweep(&mut tx, now).await?;
            tx.commit().await?;
            due.swept = second;
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
            // That a hold is near its end is for people who hear of it in time, not for histories.
            if told.kind != "hold.nears" {
                events::append(&mut tx, &event, *at, &*self.entropy).await?;
            }
            let (event, reason_code) = (told.kind, told.reason_code);
            let by = &Principal::System;
            let news = News { filter: &filter, wiki, by, event, reason_code, reason: "", details: &details };
            notices::tell(&mut tx, &news, *at, &*self.entropy).await?;
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

impl Memory {
    /// What was lost of running numbers is made good: evidence knows of them.
    pub(super) fn make_good(&mut self) {
        for kind in self.wikis.values_mut().flat_map(|wiki| &mut wiki.kinds) {
            let counted = kind.streams.values().map(|tracked| tracked.stream.counted_to()).max().unwrap_or(0);
            kind.around.at_least(counted);
        }
    }
}

impl Kind {
    /// Takes in evidence that was written.
    fn take(&mut self, key: FilterKey, tracked: Tracked, now: Timestamp) {
        if tracked.stream.has_episode(&self.around, now) {
            self.open.push(key.clone());
        }
        self.streams.insert(key, tracked);
    }
}
