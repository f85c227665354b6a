//! Beside the writing task: writes what was spooled, and learns at the start which actions were judged.

use super::prepared::Prepared;
use super::spool::Chunk;
use super::task::{NotWritten, in_time, refuse};
use super::{Index, Shared, lock, records};
use crate::hits::ids::KEPT_HOURS;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use wikiward_farm::Coded as _;
use wikiward_farm::clock::{from_micros, micros};

/// Records of the spool file written in one transaction.
const CHUNK_RECORDS: usize = 256;

/// Runs until it is aborted.
pub(super) async fn run(shared: Arc<Shared>) {
    let pause = shared.settings.retry_after;
    note_spooled(&shared).await;
    let mut is_learned = false;
    loop {
        if !is_learned {
            is_learned = learn(&shared).await;
        }
        while shared.is_spooling.load(Ordering::Acquire) {
            if !replay(&shared).await {
                tokio::time::sleep(pause).await;
            }
        }
        if is_learned {
            shared.replay.notified().await;
        } else {
            tokio::time::sleep(pause).await;
        }
    }
}

/// What waits in the spool file was judged, too.
async fn note_spooled(shared: &Arc<Shared>) {
    let reading = shared.clone();
    let note = move || {
        let guard = lock(&reading.spool);
        let keys: Vec<_> = guard.iter().flat_map(super::Spool::keys).collect();
        for (wiki, action_id) in keys {
            if let Ok(wiki) = wiki.parse() {
                reading.note(&wiki, action_id, reading.clock.now());
            }
        }
    };
    let _ = tokio::task::spawn_blocking(note).await;
}

/// Reads which actions were judged in the last day.
async fn learn(shared: &Shared) -> bool {
    let day = KEPT_HOURS * 3_600_000_000;
    let mut after = (from_micros(micros(shared.clock.now()) - day), Vec::new());
    loop {
        match records::recent(&shared.store, after.clone()).await {
            Ok(rows) => {
                let now = shared.clock.now();
                let mut guard = lock(&shared.ids);
                let Index { ids, is_whole } = &mut *guard;
                let Some((_, _, at, id)) = rows.last() else {
                    *is_whole = true;
                    return true;
                };
                after = (*at, id.clone());
                for (wiki, action_id, at, _) in &rows {
                    ids.insert(wiki, action_id, *at, now);
                }
            }
            Err(error) => {
                tracing::warn!(code = error.code(), "which actions were judged in the last day cannot be read yet");
                return false;
            }
        }
    }
}

/// Writes the next records of the spool file; false if the database does not take them now.
async fn replay(shared: &Arc<Shared>) -> bool {
    let reading = shared.clone();
    let next = move || lock(&reading.spool).as_ref().map(|spool| spool.next(CHUNK_RECORDS));
    let chunk = match tokio::task::spawn_blocking(next).await {
        Ok(Some(Ok(chunk))) => chunk,
        Ok(Some(Err(error))) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the spool file of hits cannot be read");
            return false;
        }
        Ok(None) | Err(_) => return false,
    };
    if chunk.damaged > 0 {
        shared.refused.fetch_add(u64::try_from(chunk.damaged).unwrap_or(u64::MAX), Ordering::Relaxed);
        tracing::error!(lines = chunk.damaged, "lines of the spool file are damaged; they are in hits.refused");
    }
    let Chunk { records, end, .. } = chunk;
    let records: Vec<Arc<Prepared>> = records.into_iter().map(Arc::new).collect();
    match store(shared, &records).await {
        Ok(()) => {}
        Err(error) => {
            tracing::debug!(code = error.code(), "the database does not take spooled hits yet");
            return false;
        }
    }
    let writing = shared.clone();
    let count = records.len();
    let done = move || {
        let mut guard = lock(&writing.spool);
        let Some(spool) = guard.as_mut() else { return Ok(()) };
        let done = spool.done(end, records.iter().map(|record| &**record));
        writing.look_at_spool(Some(spool));
        done
    };
    match tokio::task::spawn_blocking(done).await {
        Ok(Ok(())) => {
            tracing::info!(records = count, "spooled hits are in the database now");
            true
        }
        Ok(Err(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the spool file of hits cannot be emptied");
            false
        }
        Err(_) => false,
    }
}

async fn store(shared: &Shared, records: &[Arc<Prepared>]) -> Result<(), NotWritten> {
    if records.is_empty() {
        return Ok(());
    }
    match in_time(shared, records).await {
        Ok(_) => return Ok(()),
        Err(error) if error.is_passing() => return Err(error),
        Err(_) => {}
    }
    for record in records {
        match in_time(shared, std::slice::from_ref(record)).await {
            Ok(_) => {}
            Err(error) if error.is_passing() => return Err(error),
            Err(error) => drop(refuse(shared, record, &error)),
        }
    }
    Ok(())
}
