//! The one writer of hits: a bounded queue, many records per transaction, a file when there is no database.
//!
//! A record is acknowledged after it is on disk, in the database or in the spool file, never before. Records that were
//! spooled are written in their order when the database is back, and at start; until then later ones queue up behind
//! them.

mod hex;
pub(crate) mod prepared;
mod records;
mod replay;
pub mod spool;
mod task;

use crate::hits::ids::ActionIds;
use crate::hits::record::Record;
use crate::hits::settings::WriterSettings;
use prepared::storable;
pub(crate) use records::WITHHELD;
use spool::Spool;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, mpsc, oneshot};
use wikiward_farm::{Clock, Coded as _, Entropy, Id, Timestamp, WikiId};
use wikiward_store::{Keyring, Sealer, Store};

/// Purpose of the keys that hits are sealed with.
pub(crate) const PURPOSE: &str = "hits";

/// Where a submitted record is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// In the database.
    New,
    /// Nowhere: the same action was judged before. This answer was given then, and is the answer.
    Before(Arc<[u8]>),
    /// In the spool file, on disk; the database gets it later.
    Spooled,
    /// Nowhere: neither the database nor the spool file took it. It was logged and counted.
    Lost,
}

/// Numbers to watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriterCounts {
    /// Records waiting to be written; at most [`WriterSettings::waiting_max`].
    pub waiting: usize,
    /// Records stored in the database, since the start.
    pub stored: u64,
    /// Records whose action had been judged before.
    pub repeated: u64,
    /// Records written to the spool file.
    pub spooled: u64,
    /// Records lost.
    pub lost: u64,
    /// Records or lines set aside in `hits.refused`.
    pub refused: u64,
    /// Transactions.
    pub commits: u64,
    /// Bytes in the spool file that wait for the database.
    pub spool_bytes: u64,
    /// Bytes of the index of actions.
    pub index_bytes: usize,
}

/// Hands records to the writer. Cheap to clone.
#[derive(Debug, Clone)]
pub struct HitWriter {
    queue: mpsc::Sender<Job>,
    shared: Arc<Shared>,
}

/// A submitted record. Wait for it: a record that found the queue full is handed over by waiting.
#[derive(Debug)]
#[must_use = "a record is handed over and acknowledged by waiting for its ticket"]
pub struct Ticket {
    state: TicketState,
}

#[derive(Debug)]
enum TicketState {
    Queued(oneshot::Receiver<Stored>),
    Full(mpsc::Sender<Job>, Box<Record>, Arc<Shared>),
}

#[derive(Debug)]
enum Job {
    Write(Box<Record>, oneshot::Sender<Stored>),
    Close(oneshot::Sender<()>),
}

#[derive(Debug)]
struct Shared {
    store: Store,
    sealer: Sealer,
    entropy: Arc<dyn Entropy>,
    clock: Arc<dyn Clock>,
    settings: WriterSettings,
    ids: Mutex<Index>,
    /// Evaluations whose records were handed over and are nowhere yet.
    queued: Mutex<HashSet<[u8; 16]>>,
    /// Wakes those who wait for one of them.
    settled: Notify,
    spool: Mutex<Option<Spool>>,
    /// Whether records wait in the spool file: then later ones go there, too.
    is_spooling: AtomicBool,
    spool_bytes: AtomicU64,
    /// Wakes the task that writes what was spooled.
    replay: Notify,
    waiting: AtomicUsize,
    stored: AtomicU64,
    repeated: AtomicU64,
    spooled: AtomicU64,
    lost: AtomicU64,
    refused: AtomicU64,
    commits: AtomicU64,
}

/// The index; not known until the last day was read from the database.
#[derive(Debug, Default)]
struct Index {
    ids: ActionIds,
    is_whole: bool,
}

impl HitWriter {
    /// Starts the writer. Spooled records are written first; without `spool_dir` there is no spool file. `keyring` and
    /// `entropy` seal what must not lie in the clear.
    ///
    /// Must be called within a Tokio runtime. The writer has a thread of its own, at a lower priority: what is packed and
    /// written does not keep verdicts waiting.
    pub fn start(
        store: Store,
        keyring: &Keyring,
        entropy: Arc<dyn Entropy>,
        clock: Arc<dyn Clock>,
        spool_dir: Option<PathBuf>,
        settings: WriterSettings,
    ) -> Self {
        let spool = spool_dir.and_then(|folder| open_spool(&folder, settings.spool_bytes_max));
        let (queue, jobs) = mpsc::channel(settings.waiting_max.max(1));
        let shared = Arc::new(Shared {
            store,
            sealer: keyring.sealer(PURPOSE),
            entropy,
            clock,
            settings,
            ids: Mutex::default(),
            queued: Mutex::default(),
            settled: Notify::new(),
            is_spooling: AtomicBool::new(false),
            spool_bytes: AtomicU64::new(0),
            replay: Notify::new(),
            spool: Mutex::new(None),
            waiting: AtomicUsize::new(0),
            stored: AtomicU64::new(0),
            repeated: AtomicU64::new(0),
            spooled: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            commits: AtomicU64::new(0),
        });
        shared.look_at_spool(spool.as_ref());
        *lock(&shared.spool) = spool;
        task::start(shared.clone(), jobs);
        Self { queue, shared }
    }

    /// Hands over a record.
    pub fn submit(&self, record: Record) -> Ticket {
        let (to, stored) = oneshot::channel();
        self.shared.waiting.fetch_add(1, Ordering::Relaxed);
        let evaluation = record.evaluation_id.to_bytes();
        lock(&self.shared.queued).insert(evaluation);
        let state = match self.queue.try_send(Job::Write(Box::new(record), to)) {
            Ok(()) => TicketState::Queued(stored),
            Err(
                mpsc::error::TrySendError::Full(Job::Write(record, _))
                | mpsc::error::TrySendError::Closed(Job::Write(record, _)),
            ) => {
                self.shared.waiting.fetch_sub(1, Ordering::Relaxed);
                self.shared.unqueue([evaluation]);
                TicketState::Full(self.queue.clone(), record, self.shared.clone())
            }
            Err(_) => unreachable!("what was sent was a record"),
        };
        Ticket { state }
    }

    /// Whether the action may have been judged within the last day; if not, it was not. Asks memory.
    pub fn may_be_known(&self, wiki: &WikiId, action_id: &str) -> bool {
        self.shared.may_be_known(wiki, action_id)
    }

    /// The answer given to this action within the last day, if it left one. Asks memory; the database only if memory says
    /// *maybe*. A database that does not answer gives none.
    pub async fn first_answer(&self, wiki: &WikiId, action_id: &str) -> Option<Arc<[u8]>> {
        if !self.shared.may_be_known(wiki, action_id) {
            return None;
        }
        let action_id = storable(action_id);
        if let Some(answer) = self.shared.spooled_answer(wiki, &action_id).await {
            return Some(answer);
        }
        match records::answer(&self.shared.store, wiki, &action_id).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::warn!(code = error.code(), "whether an action was judged before cannot be asked now");
                None
            }
        }
    }

    /// Waits until the record of an evaluation is in the database, if it was handed over here. False if it is not there yet:
    /// it waits in the spool file, or the database takes long.
    pub async fn settled(&self, evaluation: Id) -> bool {
        let (shared, evaluation) = (&self.shared, evaluation.to_bytes());
        let queue = async {
            loop {
                let settled = shared.settled.notified();
                tokio::pin!(settled);
                // Before looking: what settles in between must wake us.
                settled.as_mut().enable();
                if !lock(&shared.queued).contains(&evaluation) {
                    break;
                }
                settled.await;
            }
        };
        if tokio::time::timeout(shared.settings.store_wait, queue).await.is_err() {
            return false;
        }
        if !shared.is_spooling.load(Ordering::Acquire) {
            return true;
        }
        let shared = shared.clone();
        let find = move || lock(&shared.spool).as_ref().is_some_and(|spool| spool.holds(&evaluation));
        !tokio::task::spawn_blocking(find).await.unwrap_or(true)
    }

    /// Numbers to watch.
    pub fn counts(&self) -> WriterCounts {
        let shared = &*self.shared;
        WriterCounts {
            waiting: shared.waiting.load(Ordering::Relaxed),
            stored: shared.stored.load(Ordering::Relaxed),
            repeated: shared.repeated.load(Ordering::Relaxed),
            spooled: shared.spooled.load(Ordering::Relaxed),
            lost: shared.lost.load(Ordering::Relaxed),
            refused: shared.refused.load(Ordering::Relaxed),
            commits: shared.commits.load(Ordering::Relaxed),
            spool_bytes: shared.spool_bytes.load(Ordering::Relaxed),
            index_bytes: lock(&shared.ids).ids.bytes(),
        }
    }

    /// Writes what waits and stops. Records submitted afterwards are lost.
    pub async fn close(&self) {
        let (to, done) = oneshot::channel();
        if self.queue.send(Job::Close(to)).await.is_ok() {
            // An error means that the writer has stopped already.
            let _ = done.await;
        }
    }
}

impl Ticket {
    /// Waits until the record is on disk.
    pub async fn stored(self) -> Stored {
        let (receiver, shared) = match self.state {
            TicketState::Queued(stored) => (stored, None),
            TicketState::Full(queue, record, shared) => {
                let (to, stored) = oneshot::channel();
                shared.waiting.fetch_add(1, Ordering::Relaxed);
                let evaluation = record.evaluation_id.to_bytes();
                lock(&shared.queued).insert(evaluation);
                if queue.send(Job::Write(record, to)).await.is_err() {
                    shared.waiting.fetch_sub(1, Ordering::Relaxed);
                    shared.unqueue([evaluation]);
                }
                (stored, Some(shared))
            }
        };
        receiver.await.unwrap_or_else(|_| {
            if let Some(shared) = shared {
                shared.lost.fetch_add(1, Ordering::Relaxed);
            }
            tracing::error!("a record of hits came after the writer had stopped and is lost");
            Stored::Lost
        })
    }
}

impl Shared {
    fn may_be_known(&self, wiki: &WikiId, action_id: &str) -> bool {
        let index = lock(&self.ids);
        !index.is_whole || index.ids.may_hold(wiki, action_id)
    }

    /// The answer of a record that waits in the spool file. Its lock may be held while the disk works.
    async fn spooled_answer(self: &Arc<Self>, wiki: &WikiId, action_id: &str) -> Option<Arc<[u8]>> {
        let (shared, wiki, action_id) = (self.clone(), wiki.clone(), action_id.to_owned());
        let find = move || lock(&shared.spool).as_ref().and_then(|spool| spool.find(wiki.as_str(), &action_id));
        if self.is_spooling.load(Ordering::Acquire) {
            tokio::task::spawn_blocking(find).await.ok().flatten().map(|record| record.answer.into())
        } else {
            None
        }
    }

    /// Tells the metrics and the quick path whether records wait in the spool file.
    fn look_at_spool(&self, spool: Option<&Spool>) {
        self.spool_bytes.store(spool.map_or(0, Spool::bytes), Ordering::Relaxed);
        self.is_spooling.store(spool.is_some_and(|spool| !spool.is_empty()), Ordering::Release);
    }

    /// Notes that the records of these evaluations are where they stay, or come to be in the end.
    fn unqueue(&self, evaluations: impl IntoIterator<Item = [u8; 16]>) {
        let mut queued = lock(&self.queued);
        for evaluation in evaluations {
            queued.remove(&evaluation);
        }
        drop(queued);
        self.settled.notify_waiters();
    }

    fn note(&self, wiki: &WikiId, action_id: &str, at: Timestamp) {
        let now = self.clock.now();
        lock(&self.ids).ids.insert(wiki, action_id, at, now);
    }
}

/// A poisoned lock still guards whole values: nothing here panics half-way through a change.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn open_spool(folder: &Path, bytes_max: u64) -> Option<Spool> {
    match Spool::open(folder, bytes_max) {
        Ok(spool) => Some(spool),
        Err(error) => {
            tracing::error!(
                folder = %folder.display(), error = &error as &dyn std::error::Error,
                "the spool file of hits cannot be opened. While the database is away, hits will be lost"
            );
            None
        }
    }
}
