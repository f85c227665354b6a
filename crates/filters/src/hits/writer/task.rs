//! The writing task: takes what waits, makes it ready, writes it, acknowledges it.

use super::prepared::Prepared;
use super::records::{self, Fate};
use super::{Job, Shared, Stored, lock, replay};
use crate::hits::record::Record;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use wikiward_farm::Coded;
use wikiward_store::{StoreError, quiet};

/// A batch of this many makes the writer a busy one.
const BUSY_FROM: usize = 8;

/// Why a batch was not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotWritten {
    /// The database takes longer than it may.
    #[error("the database takes longer than it may")]
    Late,
    /// It answered with an error.
    #[error("the database does not take the hits")]
    Store(#[from] StoreError),
}

impl NotWritten {
    /// Whether the same may work a moment later.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Late => true,
            Self::Store(error) => error.is_passing(),
        }
    }
}

impl Coded for NotWritten {
    fn code(&self) -> &'static str {
        match self {
            Self::Late => "store_unavailable",
            Self::Store(error) => error.code(),
        }
    }
}

type Waiting = (Box<Record>, oneshot::Sender<Stored>);

/// Starts the writer on a thread of its own; among the runtime's tasks if there are no more threads.
pub(super) fn start(shared: Arc<Shared>, jobs: mpsc::Receiver<Job>) {
    let runtime = Handle::current();
    // The receiver must not be lost with a thread that does not start.
    let work = Arc::new(Mutex::new(Some((shared, jobs))));
    let given = work.clone();
    let run_there = move || {
        if let Some((shared, jobs)) = lock(&given).take() {
            runtime.block_on(run(shared, jobs));
        }
    };
    if let Err(error) = quiet::spawn("hits", run_there) {
        tracing::warn!(error = &error as &dyn std::error::Error, "hits are written without a thread of their own");
        if let Some((shared, jobs)) = lock(&work).take() {
            tokio::spawn(run(shared, jobs));
        }
    }
}

/// Runs until everybody who could submit is gone, or it is told to close.
pub(super) async fn run(shared: Arc<Shared>, mut jobs: mpsc::Receiver<Job>) {
    let replaying = tokio::spawn(replay::run(shared.clone()));
    let mut was_busy = false;
    let mut closing = None;
    while closing.is_none() {
        let Some(job) = jobs.recv().await else { break };
        let mut batch = Vec::new();
        take(job, &mut batch, &mut closing);
        fill(&shared, &mut jobs, &mut batch, &mut closing, was_busy).await;
        was_busy = batch.len() >= BUSY_FROM;
        write(&shared, batch).await;
    }
    // What was submitted at the same time as the closing still counts.
    jobs.close();
    while let Some(job) = jobs.recv().await {
        let mut batch = Vec::new();
        take(job, &mut batch, &mut None);
        fill(&shared, &mut jobs, &mut batch, &mut None, false).await;
        write(&shared, batch).await;
    }
    // What it has not done yet waits in the file for the next start.
    replaying.abort();
    let _ = replaying.await;
    if let Some(done) = closing {
        let _ = done.send(());
    }
}

fn take(job: Job, batch: &mut Vec<Waiting>, closing: &mut Option<oneshot::Sender<()>>) {
    match job {
        Job::Write(record, to) => batch.push((record, to)),
        Job::Close(done) => *closing = Some(done),
    }
}

/// Takes what waits. A busy writer waits a moment for more: one flush to disk then serves more records.
async fn fill(
    shared: &Shared,
    jobs: &mut mpsc::Receiver<Job>,
    batch: &mut Vec<Waiting>,
    closing: &mut Option<oneshot::Sender<()>>,
    was_busy: bool,
) {
    let until = Instant::now() + shared.settings.linger;
    while batch.len() < shared.settings.batch_max && closing.is_none() {
        match jobs.try_recv() {
            Ok(job) => take(job, batch, closing),
            Err(_) if was_busy => match tokio::time::timeout_at(until, jobs.recv()).await {
                Ok(Some(job)) => take(job, batch, closing),
                _ => return,
            },
            Err(_) => return,
        }
    }
}

async fn write(shared: &Arc<Shared>, batch: Vec<Waiting>) {
    let mut ready = Vec::with_capacity(batch.len());
    let mut waiting = Vec::with_capacity(batch.len());
    for (record, to) in batch {
        ready.push(Arc::new(Prepared::new(&record, &shared.sealer, &*shared.entropy)));
        waiting.push((record, to));
        // Packing takes its time for each: who asks for a verdict may go on in between.
        std::thread::yield_now();
    }
    let stored = keep(shared, &ready).await;
    shared.unqueue(ready.iter().map(|record| record.evaluation_id));
    for ((record, to), stored) in waiting.into_iter().zip(stored) {
        shared.waiting.fetch_sub(1, Ordering::Relaxed);
        let counter = match &stored {
            Stored::New => &shared.stored,
            Stored::Before(_) => &shared.repeated,
            Stored::Spooled => &shared.spooled,
            Stored::Lost => &shared.lost,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        if stored != Stored::Lost {
            shared.note(&record.wiki, &record.action_id, record.at);
        }
        // Nobody may wait any more; it is stored all the same.
        let _ = to.send(stored);
    }
}

/// Puts records into the database; into the spool file if that is away, or has records that came before them.
async fn keep(shared: &Arc<Shared>, ready: &[Arc<Prepared>]) -> Vec<Stored> {
    if ready.is_empty() {
        return Vec::new();
    }
    if shared.is_spooling.load(Ordering::Acquire) {
        if let Some(stored) = spool(shared, ready).await {
            return stored;
        }
        tracing::warn!("the spool file takes no more; hits go past it");
    }
    match store(shared, ready).await {
        Ok(stored) => stored,
        Err(error) => {
            tracing::error!(
                code = error.code(),
                records = ready.len(),
                error = &error as &dyn std::error::Error,
                "hits cannot be written to the database; they are written to the spool file"
            );
            let spooled = spool(shared, ready).await;
            shared.replay.notify_one();
            spooled.unwrap_or_else(|| {
                tracing::error!(
                    records = ready.len(),
                    "hits are lost: neither the database nor the spool file takes them"
                );
                vec![Stored::Lost; ready.len()]
            })
        }
    }
}

/// Writes records to the database in one transaction; one by one if it refuses them together.
async fn store(shared: &Arc<Shared>, ready: &[Arc<Prepared>]) -> Result<Vec<Stored>, NotWritten> {
    match in_time(shared, ready).await {
        Ok(fates) => Ok(fates.into_iter().map(Stored::from).collect()),
        Err(error) if error.is_passing() || ready.len() == 1 => Err(error),
        Err(_) => {
            // One of them is refused: the others must not suffer.
            let mut stored = Vec::with_capacity(ready.len());
            for (place, record) in ready.iter().enumerate() {
                match in_time(shared, std::slice::from_ref(record)).await {
                    Ok(fates) => stored.extend(fates.into_iter().map(Stored::from)),
                    Err(error) if error.is_passing() => {
                        // Those before are stored already and will be found so when all are replayed.
                        let rest = spool(shared, ready.get(place..).unwrap_or_default()).await;
                        stored.extend(rest.unwrap_or_else(|| vec![Stored::Lost; ready.len() - place]));
                        shared.replay.notify_one();
                        return Ok(stored);
                    }
                    Err(error) => stored.push(refuse(shared, record, &error)),
                }
            }
            Ok(stored)
        }
    }
}

/// Writes records, unless the database takes too long. If it did so in the end, that is found when they are replayed.
pub(super) async fn in_time(shared: &Shared, ready: &[Arc<Prepared>]) -> Result<Vec<Fate>, NotWritten> {
    let records: Vec<&Prepared> = ready.iter().map(|record| &**record).collect();
    let fates = tokio::time::timeout(shared.settings.store_wait, records::store(&shared.store, &records)).await;
    shared.commits.fetch_add(1, Ordering::Relaxed);
    Ok(fates.map_err(|_| NotWritten::Late)??)
}

/// Sets a record aside that the database refuses for good.
pub(super) fn refuse(shared: &Shared, record: &Prepared, error: &NotWritten) -> Stored {
    shared.refused.fetch_add(1, Ordering::Relaxed);
    let kept = lock(&shared.spool).as_ref().map(|spool| spool.set_aside(record));
    let is_kept = matches!(kept, Some(Ok(())));
    tracing::error!(
        evaluation = %record.evaluation(), code = error.code(), error = error as &dyn std::error::Error, is_kept,
        "the database refuses the hits of an evaluation for good. Where a spool folder is set they are in hits.refused"
    );
    if is_kept { Stored::Spooled } else { Stored::Lost }
}

/// Writes records to the spool file and flushes it; none if it cannot be written.
async fn spool(shared: &Arc<Shared>, ready: &[Arc<Prepared>]) -> Option<Vec<Stored>> {
    let (work, shared) = (ready.to_vec(), shared.clone());
    let write = move || {
        let mut guard = lock(&shared.spool);
        let spool = guard.as_mut()?;
        let mut stored: Vec<Stored> = Vec::with_capacity(work.len());
        let mut new: Vec<&Prepared> = Vec::new();
        let mut answers: HashMap<(&str, &str), &Prepared> = HashMap::new();
        for record in &work {
            let key = (record.wiki.as_str(), record.action_id.as_str());
            let before = answers.get(&key).map(|first| first.answer.clone());
            let before = before.or_else(|| spool.find(key.0, key.1).map(|first| first.answer));
            stored.push(before.map_or(Stored::Spooled, |answer| Stored::Before(answer.into())));
            if stored.last() == Some(&Stored::Spooled) {
                answers.insert(key, record);
                new.push(record);
            }
        }
        let written = spool.append(&new);
        shared.look_at_spool(Some(spool));
        if let Err(error) = written {
            tracing::error!(error = &error as &dyn std::error::Error, "the spool file of hits cannot be written");
            return None;
        }
        Some(stored)
    };
    tokio::task::spawn_blocking(write).await.ok().flatten()
}

impl From<Fate> for Stored {
    fn from(fate: Fate) -> Self {
        match fate {
            Fate::New => Self::New,
            Fate::Before(answer) => Self::Before(answer),
        }
    }
}
