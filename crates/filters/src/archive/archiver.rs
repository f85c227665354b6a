//! Takes in actions that were judged, and writes them a moment later.
//!
//! Judging never waits for it: an action is drawn for under a short lock, and what is kept goes into a bounded queue. A
//! thread of its own, at a lower priority, packs and writes (`writing`). What the queue does not take, or the database does not take
//! twice, is dropped and counted: a sample with a gap is still a sample.

use super::read::{Facts, Standing};
use super::sample;
use super::strata::{Place, Strata};
use super::writing::{self, Job};
use crate::consequences::Observed;
use crate::hits::record::{Actor, Target};
use crate::hits::steer;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, oneshot};
use wikiward_farm::{ActorType, Entropy, Id, Timestamp, WikiId};
use wikiward_store::Store;

/// Most actions that wait to be written.
pub(super) const WAITING_MAX: usize = 1_024;

/// Most bytes of variables that wait: 64 MiB.
const WAITING_BYTES_MAX: usize = 64 << 20;

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

/// What callers and the writer share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) store: Store,
    entropy: Arc<dyn Entropy>,
    strata: Mutex<Strata>,
    /// Actions that wait, and what became of them meanwhile.
    pending: Mutex<HashMap<[u8; 16], Option<Ended>>>,
    per_day: usize,
    waiting: AtomicUsize,
    waiting_bytes: AtomicUsize,
    pub(super) kept: AtomicU64,
    pub(super) dropped: AtomicU64,
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
        writing::start(shared.clone(), jobs);
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
        let (entropy, per_day) = (&*self.shared.entropy, self.shared.per_day);
        self.shared.strata().draw(wiki, group, kind, (number, is_good), now, entropy, per_day)
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
            strata: shared.strata().count(),
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
    pub(super) fn addresses(&self) -> Vec<IpAddr> {
        self.ip.into_iter().chain(self.actor.name.parse().ok()).collect()
    }

    /// Whether the name is an address. At account creations it is the name asked for.
    pub(super) fn is_named_by_address(&self) -> bool {
        let creates = self.kind.ends_with("createaccount");
        self.actor.name.parse::<IpAddr>().is_ok() || self.actor.kind == ActorType::Ip && !creates
    }

    pub(super) fn bytes(&self) -> usize {
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
    pub(super) fn strata(&self) -> MutexGuard<'_, Strata> {
        self.strata.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn pending(&self) -> MutexGuard<'_, HashMap<[u8; 16], Option<Ended>>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn taken(&self, bytes: usize) {
        self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The random end of an id.
fn low_half(id: Id) -> u64 {
    u64::try_from(u128::from_be_bytes(id.to_bytes()) & u128::from(u64::MAX)).unwrap_or(0)
}
