//! Takes in actions that were judged, and writes them a moment later.
//!
//! Judging never waits for it: an action is drawn for under a short lock, and what is kept goes into a bounded queue. A
//! thread of its own, at a lower priority, packs and writes. What the queue does not take, or the database does not take
//! twice, is dropped and counted: a sample with a gap is still a sample.

use super::body;
use super::read::{Facts, Standing};
use super::records;
use super::sample::{self, Sample};
use crate::consequences::Observed;
use crate::hits::record::{Actor, Target};
use crate::hits::steer;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use wikiward_farm::{ActorType, Entropy, Id, Timestamp, WikiId};
use wikiward_store::{Store, quiet};

/// Most actions that wait to be written.
pub(super) const WAITING_MAX: usize = 1_024;

/// Most bytes of variables that wait: 64 MiB.
const WAITING_BYTES_MAX: usize = 64 << 20;

/// Actions written in one transaction: few, so that hits need not wait for the writer.
const AT_ONCE: usize = 64;

/// How long what arrives first waits for others. A crash loses at most that.
const LINGER: Duration = Duration::from_millis(500);

/// How often is written how many actions were seen, also if none of them is kept.
const COUNT_EVERY: Duration = Duration::from_mins(1);

/// Strata drawn for at the same time: 16 KB each when full. Beyond it, actions without hits are not kept.
pub(super) const STRATA_MAX: usize = 4_096;

/// Where an action stands in the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) stratum: [u8; 16],
    pub(crate) rank: u64,
    pub(crate) boost: u32,
    /// Whether it is in the sample for now.
    pub(crate) is_drawn: bool,
}

/// An action to be kept.
#[derive(Debug)]
pub(crate) struct NewAction {
    pub(crate) evaluation_id: Id,
    pub(crate) wiki: WikiId,
    pub(crate) group: String,
    pub(crate) kind: String,
    pub(crate) at: Timestamp,
    pub(crate) action_id: String,
    pub(crate) actor: Actor,
    pub(crate) target: Target,
    pub(crate) facts: Facts,
    pub(crate) standing: Standing,
    pub(crate) observed: Option<Observed>,
    pub(crate) decision: &'static str,
    pub(crate) has_hits: bool,
    pub(crate) place: Place,
    /// Names of protected variables that had a value.
    pub(crate) protected: Vec<String>,
    /// Names of variables that could have been had, and were not asked for.
    pub(crate) offered: Vec<String>,
    /// Values; none where the hits of the action have them.
    pub(crate) variables: Option<BTreeMap<String, Value>>,
    /// The address of the request, so that it can be taken out.
    pub(crate) ip: Option<IpAddr>,
}

/// What became of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) result: &'static str,
    pub(crate) rev_id: Option<i64>,
    pub(crate) log_id: Option<i64>,
}

/// An action ready to be written.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) action: NewAction,
    pub(crate) lost: Vec<String>,
    pub(crate) body: Option<Vec<u8>>,
}

/// A stratum as it is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StratumRow {
    pub(crate) stratum: [u8; 16],
    pub(crate) wiki: WikiId,
    pub(crate) group: String,
    pub(crate) kind: String,
    pub(crate) day: i64,
    pub(crate) threshold: Option<u64>,
    pub(crate) seen: u64,
    pub(crate) seen_good: u64,
}

/// Numbers to watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ArchiverCounts {
    /// Actions that wait to be written; at most 1,024.
    pub waiting: usize,
    /// Actions written, since the start.
    pub kept: u64,
    /// Actions that were to be kept and are not.
    pub dropped: u64,
    /// Strata held; at most 4,096.
    pub strata: usize,
}

/// Keeps actions. One per process; cheap to clone.
#[derive(Debug, Clone)]
pub struct Archiver {
    queue: mpsc::Sender<Job>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
enum Job {
    Keep(Box<NewAction>),
    Close(oneshot::Sender<()>),
}

#[derive(Debug)]
struct Shared {
    store: Store,
    entropy: Arc<dyn Entropy>,
    strata: Mutex<Strata>,
    /// Actions that wait, and what became of them meanwhile.
    pending: Mutex<HashMap<[u8; 16], Option<Ended>>>,
    per_day: usize,
    waiting: AtomicUsize,
    waiting_bytes: AtomicUsize,
    kept: AtomicU64,
    dropped: AtomicU64,
}

/// Strata of one day.
#[derive(Debug, Default)]
struct Strata {
    day: i64,
    /// Those of the day before, which may have something to write.
    before: Option<Box<Strata>>,
    wikis: HashMap<WikiId, Vec<Stratum>>,
    count: usize,
    by_id: HashMap<[u8; 16], WikiId>,
}

#[derive(Debug)]
struct Stratum {
    id: [u8; 16],
    group: String,
    kind: String,
    sample: Sample,
    /// Actions seen when it was last written.
    written: u64,
}

impl Archiver {
    /// Keeps actions in `store`. Must be called within a Tokio runtime.
    pub fn start(store: Store, entropy: Arc<dyn Entropy>) -> Self {
        Self::with(store, entropy, sample::PER_DAY)
    }

    /// The same with another size of samples.
    pub(crate) fn with(store: Store, entropy: Arc<dyn Entropy>, per_day: usize) -> Self {
        let (queue, jobs) = mpsc::channel(WAITING_MAX);
        let shared = Arc::new(Shared {
            store,
            entropy,
            strata: Mutex::default(),
            pending: Mutex::default(),
            per_day,
            waiting: AtomicUsize::new(0),
            waiting_bytes: AtomicUsize::new(0),
            kept: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        });
        start(shared.clone(), jobs);
        Self { queue, shared }
    }

    /// Draws for an action that was judged at `now`. `evaluation_id` is random enough to draw with.
    pub(crate) fn draw(
        &self,
        wiki: &WikiId,
        group: &str,
        kind: &str,
        evaluation_id: Id,
        is_good: bool,
        now: Timestamp,
    ) -> Place {
        let number = low_half(evaluation_id) & (sample::DRAWN_BELOW - 1);
        self.shared.strata().draw(wiki, group, kind, number, is_good, now, &self.shared)
    }

    /// Keeps an action; drops it if too many wait.
    pub(crate) fn keep(&self, action: NewAction) {
        let shared = &*self.shared;
        let (bytes, id) = (action.bytes(), action.evaluation_id.to_bytes());
        shared.pending().insert(id, None);
        let before = shared.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        shared.waiting.fetch_add(1, Ordering::Relaxed);
        if before + bytes > WAITING_BYTES_MAX || self.queue.try_send(Job::Keep(Box::new(action))).is_err() {
            shared.taken(bytes);
            shared.pending().remove(&id);
            shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Notes what became of an action that may still wait to be written.
    pub(crate) fn outcome(&self, evaluation_id: Id, outcome: &steer::Outcome) {
        if let Some(pending) = self.shared.pending().get_mut(&evaluation_id.to_bytes()) {
            *pending = Some(Ended { result: outcome.result.name(), rev_id: outcome.rev_id, log_id: outcome.log_id });
        }
    }

    /// Numbers to watch.
    pub fn counts(&self) -> ArchiverCounts {
        let shared = &*self.shared;
        ArchiverCounts {
            waiting: shared.waiting.load(Ordering::Relaxed),
            kept: shared.kept.load(Ordering::Relaxed),
            dropped: shared.dropped.load(Ordering::Relaxed),
            strata: shared.strata().count,
        }
    }

    /// Writes what waits and stops. What is handed over afterwards is dropped.
    pub async fn close(&self) {
        let (to, done) = oneshot::channel();
        if self.queue.send(Job::Close(to)).await.is_ok() {
            // An error means that it has stopped already.
            let _ = done.await;
        }
    }
}

impl NewAction {
    /// Addresses that tell who acted.
    fn addresses(&self) -> Vec<IpAddr> {
        self.ip.into_iter().chain(self.actor.name.parse().ok()).collect()
    }

    /// Whether the name is an address. At account creations it is the name asked for.
    fn is_named_by_address(&self) -> bool {
        let creates = self.kind.ends_with("createaccount");
        self.actor.name.parse::<IpAddr>().is_ok() || self.actor.kind == ActorType::Ip && !creates
    }

    fn bytes(&self) -> usize {
        fn weight(value: &Value) -> usize {
            match value {
                Value::String(text) => text.len(),
                Value::Array(items) => items.iter().map(weight).sum(),
                _ => 8,
            }
        }
        let variables = self.variables.iter().flatten();
        variables.map(|(name, value)| name.len() + weight(value)).sum::<usize>() + 1_024
    }
}

impl Shared {
    /// A poisoned lock still guards whole values.
    fn strata(&self) -> MutexGuard<'_, Strata> {
        self.strata.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pending(&self) -> MutexGuard<'_, HashMap<[u8; 16], Option<Ended>>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn taken(&self, bytes: usize) {
        self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Strata {
    #[expect(clippy::too_many_arguments, reason = "a stratum is named by what it is of")]
    fn draw(
        &mut self,
        wiki: &WikiId,
        group: &str,
        kind: &str,
        number: u64,
        is_good: bool,
        now: Timestamp,
        shared: &Shared,
    ) -> Place {
        let day = day(now);
        if day != self.day {
            let before = std::mem::take(self);
            *self = Self { day, before: Some(Box::new(Self { before: None, ..before })), ..Self::default() };
        }
        if !self.wikis.contains_key(wiki) {
            self.wikis.insert(wiki.clone(), Vec::new());
        }
        let strata = self.wikis.entry(wiki.clone()).or_default();
        let found = strata.iter().position(|it| it.kind == kind && it.group == group);
        let Some(place) = found.or_else(|| {
            if self.count >= STRATA_MAX {
                return None;
            }
            let id = shared.entropy.bytes();
            self.count += 1;
            self.by_id.insert(id, wiki.clone());
            strata.push(Stratum {
                id,
                group: group.to_owned(),
                kind: kind.to_owned(),
                sample: Sample::default(),
                written: 0,
            });
            Some(strata.len() - 1)
        }) else {
            return Place { stratum: [0; 16], rank: sample::DRAWN_BELOW, boost: 1, is_drawn: false };
        };
        #[expect(clippy::indexing_slicing, reason = "found or pushed a moment ago")]
        let stratum = &mut strata[place];
        let (rank, is_drawn) = stratum.sample.draw(number, is_good, shared.per_day);
        Place { stratum: stratum.id, rank, boost: sample::boost(is_good), is_drawn }
    }

    /// The strata with these ids, as they stand.
    fn rows(&mut self, ids: &[[u8; 16]]) -> Vec<StratumRow> {
        let day = self.day;
        let mut rows: Vec<StratumRow> = Vec::new();
        for id in ids {
            let Some(wiki) = self.by_id.get(id) else { continue };
            let strata = self.wikis.get_mut(wiki).into_iter().flatten();
            rows.extend(strata.filter(|stratum| stratum.id == *id).map(|stratum| stratum.row(wiki, day)));
        }
        if let Some(before) = &mut self.before {
            rows.extend(before.rows(ids));
        }
        rows
    }

    /// Strata that saw actions since they were written.
    fn dirty(&self) -> Vec<[u8; 16]> {
        let own = self.wikis.values().flatten().filter(|stratum| stratum.written != stratum.sample.seen());
        let own = own.map(|stratum| stratum.id);
        own.chain(self.before.iter().flat_map(|before| before.dirty())).collect()
    }
}

impl Stratum {
    fn row(&mut self, wiki: &WikiId, day: i64) -> StratumRow {
        self.written = self.sample.seen();
        StratumRow {
            stratum: self.id,
            wiki: wiki.clone(),
            group: self.group.clone(),
            kind: self.kind.clone(),
            day,
            threshold: self.sample.threshold(),
            seen: self.sample.seen(),
            seen_good: self.sample.seen_good(),
        }
    }
}

/// Days since 1970, UTC.
pub(crate) fn day(at: Timestamp) -> i64 {
    at.as_second().div_euclid(86_400)
}

/// The random end of an id.
fn low_half(id: Id) -> u64 {
    u64::try_from(u128::from_be_bytes(id.to_bytes()) & u128::from(u64::MAX)).unwrap_or(0)
}

/// Starts the writer on a thread of its own; among the runtime's tasks if there are no more threads.
fn start(shared: Arc<Shared>, jobs: mpsc::Receiver<Job>) {
    let runtime = Handle::current();
    // The receiver must not be lost with a thread that does not start.
    let work = Arc::new(Mutex::new(Some((shared, jobs))));
    let given = work.clone();
    let take = |work: &Mutex<Option<_>>| work.lock().unwrap_or_else(PoisonError::into_inner).take();
    let there = move || {
        if let Some((shared, jobs)) = take(&given) {
            runtime.block_on(run(shared, jobs));
        }
    };
    if let Err(error) = quiet::spawn("archive", there) {
        tracing::warn!(error = &error as &dyn std::error::Error, "the archive is written without a thread of its own");
        if let Some((shared, jobs)) = take(&work) {
            tokio::spawn(run(shared, jobs));
        }
    }
}

async fn run(shared: Arc<Shared>, mut jobs: mpsc::Receiver<Job>) {
    let mut is_failing = false;
    let mut counted_at = tokio::time::Instant::now();
    loop {
        let mut closing = None;
        let mut batch = Vec::new();
        // A busy queue has something ready at any time.
        if counted_at.elapsed() > COUNT_EVERY {
            count(&shared, &mut is_failing).await;
            counted_at = tokio::time::Instant::now();
        }
        match tokio::time::timeout_at(counted_at + COUNT_EVERY, jobs.recv()).await {
            Ok(Some(job)) => take(job, &mut batch, &mut closing, &shared),
            Ok(None) => return,
            Err(_) => {
                count(&shared, &mut is_failing).await;
                counted_at = tokio::time::Instant::now();
                continue;
            }
        }
        let until = tokio::time::Instant::now() + LINGER;
        while batch.len() < AT_ONCE && closing.is_none() {
            match tokio::time::timeout_at(until, jobs.recv()).await {
                Ok(Some(job)) => take(job, &mut batch, &mut closing, &shared),
                _ => break,
            }
        }
        write(&shared, batch, &mut is_failing).await;
        if let Some(done) = closing {
            count(&shared, &mut is_failing).await;
            // Whoever waited may be gone.
            let _ = done.send(());
            return;
        }
    }
}

/// Takes a job in; packs it at once, so that what waits is small.
fn take(job: Job, batch: &mut Vec<Ready>, closing: &mut Option<oneshot::Sender<()>>, shared: &Shared) {
    match job {
        Job::Close(done) => *closing = Some(done),
        Job::Keep(mut action) => {
            shared.taken(action.bytes());
            let addresses = action.addresses();
            let packed = action.variables.take().map(|variables| body::pack(&variables, &addresses));
            let (body, lost) = packed.map_or((None, Vec::new()), |packed| (Some(packed.body), packed.lost));
            let mut lost = lost;
            lost.append(&mut action.protected);
            if body::title_tells(&action.target.title, &addresses) {
                action.target.title.clear();
            }
            if action.is_named_by_address() {
                action.actor.name.clear();
            }
            batch.push(Ready { action: *action, lost, body });
            // Packing takes its time for each: who asks for a verdict may go on in between.
            std::thread::yield_now();
        }
    }
}

/// Writes how many actions were seen, and how far the samples reach now.
async fn count(shared: &Shared, is_failing: &mut bool) {
    let dirty = shared.strata().dirty();
    for ids in dirty.chunks(AT_ONCE) {
        let rows = shared.strata().rows(ids);
        written(shared, &[], &rows, is_failing).await;
    }
}

async fn write(shared: &Shared, mut batch: Vec<Ready>, is_failing: &mut bool) {
    let mut ids: Vec<[u8; 16]> = batch.iter().map(|ready| ready.action.place.stratum).collect();
    ids.sort_unstable();
    ids.dedup();
    let strata = shared.strata().rows(&ids);
    // The sample went on meanwhile.
    let is_wanted = |ready: &Ready| {
        let row = strata.iter().find(|row| row.stratum == ready.action.place.stratum);
        ready.action.has_hits
            || row.is_none_or(|row| row.threshold.is_none_or(|threshold| ready.action.place.rank < threshold))
    };
    let ids: Vec<[u8; 16]> = batch.iter().map(|ready| ready.action.evaluation_id.to_bytes()).collect();
    batch.retain(is_wanted);
    written(shared, &batch, &strata, is_failing).await;
    // Whoever reports from now on finds the row; what was reported meanwhile did not.
    let ended: Vec<(WikiId, Id, Ended)> = {
        let mut pending = shared.pending();
        let ended = ids.iter().filter_map(|id| Some((*id, pending.remove(id)??)));
        let ended: HashMap<[u8; 16], Ended> = ended.collect();
        let of = |ready: &Ready| {
            let id = ready.action.evaluation_id;
            Some((ready.action.wiki.clone(), id, *ended.get(&id.to_bytes())?))
        };
        batch.iter().filter_map(of).collect()
    };
    if !ended.is_empty()
        && let Err(error) = records::outcomes(&shared.store, &ended).await
    {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, actions = ended.len(), "what became of actions was not noted in the archive");
    }
}

async fn written(shared: &Shared, batch: &[Ready], strata: &[StratumRow], is_failing: &mut bool) {
    if batch.is_empty() && strata.is_empty() {
        return;
    }
    let mut result = records::store(&shared.store, batch, strata).await;
    if result.as_ref().is_err_and(wikiward_store::StoreError::is_passing) {
        tokio::time::sleep(LINGER).await;
        result = records::store(&shared.store, batch, strata).await;
    }
    let count = u64::try_from(batch.len()).unwrap_or(u64::MAX);
    match result {
        Ok(()) => {
            shared.kept.fetch_add(count, Ordering::Relaxed);
            *is_failing = false;
        }
        Err(error) => {
            shared.dropped.fetch_add(count, Ordering::Relaxed);
            if !std::mem::replace(is_failing, true) {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "actions for backtests cannot be kept now");
            }
        }
    }
}
