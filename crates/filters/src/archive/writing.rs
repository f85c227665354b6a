//! The writer of the archive: packs what was handed over, and writes many at a time.

use super::archiver::{Ended, NewAction, Shared};
use super::body::{Packed, Packer, title_tells};
use super::records;
use super::strata::StratumRow;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use wikiward_farm::{Id, WikiId};
use wikiward_store::quiet;

/// Actions written in one transaction: few, so that hits need not wait for the writer.
const AT_ONCE: usize = 64;

/// How long what arrives first waits for others. A crash loses at most that.
const LINGER: Duration = Duration::from_millis(500);

/// How often is written how many actions were seen, also if none of them is kept.
const COUNT_EVERY: Duration = Duration::from_mins(1);

/// What the writer is to do.
#[derive(Debug)]
pub(super) enum Job {
    Keep(Box<NewAction>),
    Close(oneshot::Sender<()>),
}

/// An action ready to be written.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) action: NewAction,
    pub(crate) lost: Vec<String>,
    pub(crate) body: Option<Vec<u8>>,
    /// The long values.
    pub(crate) texts: Option<Vec<u8>>,
}

/// Starts the writer on a thread of its own; among the runtime's tasks if there are no more threads.
pub(super) fn start(shared: Arc<Shared>, jobs: mpsc::Receiver<Job>) {
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
    let mut packer = Packer::default();
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
            Ok(Some(job)) => take(job, &mut batch, &mut closing, &shared, &mut packer),
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
                Ok(Some(job)) => take(job, &mut batch, &mut closing, &shared, &mut packer),
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
fn take(
    job: Job,
    batch: &mut Vec<Ready>,
    closing: &mut Option<oneshot::Sender<()>>,
    shared: &Shared,
    packer: &mut Packer,
) {
    match job {
        Job::Close(done) => *closing = Some(done),
        Job::Keep(mut action) => {
            shared.taken(action.bytes());
            let addresses = action.addresses();
            let variables = action.variables.take().map(|variables| packer.pack(&variables, &addresses));
            let (body, texts, mut lost) = match variables {
                Some(Packed { body, texts, lost }) => (Some(body), texts, lost),
                None => (None, None, Vec::new()),
            };
            lost.append(&mut action.protected);
            if title_tells(&action.target.title, &addresses) {
                action.target.title.clear();
            }
            if action.is_named_by_address() {
                action.actor.name.clear();
            }
            batch.push(Ready { action: *action, lost, body, texts });
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
