//! Reading ahead: the next actions are read on another thread while these are judged.

use super::source::{Source, Sourced};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use wikiward_farm::Clock;
use wikiward_store::{StoreError, quiet};

/// Batches that are read, or being read, and wait to be judged. With the one that is being judged, at most 768 actions are
/// held.
const WAITING_MAX: usize = 2;

/// How often a batch is asked for again when the database does not answer.
const TRIES: u32 = 5;

/// Actions that were read.
pub(super) struct Batch {
    pub(super) actions: Vec<Sourced>,
    /// How long it took to read them.
    pub(super) took: Duration,
}

/// A source that is read ahead. Reading waits until what was read is taken, so a job that rests lets it rest, too; it ends
/// when this is dropped.
pub(super) struct Ahead {
    batches: mpsc::Receiver<Result<Option<Batch>, StoreError>>,
}

impl Ahead {
    /// Begins to read on a thread of its own, at a lower priority. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// As the system answers when it starts no more threads.
    pub(super) fn start(mut source: Source, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let (to, batches) = mpsc::channel(WAITING_MAX);
        let runtime = Handle::current();
        let read = async move {
            // A place first, so that no more is read than can wait.
            while let Ok(place) = to.reserve().await {
                let began = clock.now();
                let actions = next(&mut source).await;
                let took = elapsed(began, clock.now());
                let goes_on = matches!(actions, Ok(Some(_)));
                place.send(actions.map(|actions| Some(Batch { actions: actions?, took })));
                if !goes_on {
                    return;
                }
            }
        };
        quiet::spawn("backtest-read", move || runtime.block_on(read))?;
        Ok(Self { batches })
    }

    /// The next actions; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Batch>, StoreError> {
        // Without its last word it did not come to its end.
        self.batches.recv().await.unwrap_or_else(|| Err(StoreError::Corrupt("actions kept for backtests".into())))
    }
}

/// The next batch; asked for again when the database does not answer.
async fn next(source: &mut Source) -> Result<Option<Vec<Sourced>>, StoreError> {
    let mut tries = 0;
    loop {
        match source.next().await {
            Err(error) if error.is_passing() && tries < TRIES => {
                tries += 1;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            answer => return answer,
        }
    }
}

/// The time between two moments.
pub(super) fn elapsed(from: wikiward_farm::Timestamp, to: wikiward_farm::Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}
