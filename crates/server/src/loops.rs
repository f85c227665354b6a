//! What goes on beside requests.

use crate::compose::Server;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use wikiward_farm::Clock;
use wikiward_filters::hits::Hits;
use wikiward_store::{Store, StoreError};

/// How often what has had its day is removed. Retention is promised to run at least hourly.
const SWEEP_EVERY: Duration = Duration::from_mins(20);

impl Server {
    /// Starts what goes on beside requests; dropping the set ends it.
    pub(crate) fn background(&self) -> JoinSet<()> {
        let mut work = JoinSet::new();
        let store = self.store.clone();
        work.spawn(async move { store.feed().run(&store).await });
        let people = self.api.people.clone();
        work.spawn(async move { people.run().await });
        let snapshots = self.snapshots.clone();
        work.spawn(async move { snapshots.run().await });
        let clock = self.api.clock.clone();
        let store = self.store.clone();
        work.spawn(every(SWEEP_EVERY, clock.clone(), "changes", move |now| {
            let store = store.clone();
            async move { store.sweep(now).await.map(|_| ()) }
        }));
        let (hits, settings) = (self.api.hits.clone(), self.config.hits());
        work.spawn(every(SWEEP_EVERY, clock.clone(), "hits, addresses and protected values", move |now| {
            let (hits, settings) = (hits.clone(), settings.clone());
            async move { hits.sweep(&settings, now).await.map(|_| ()) }
        }));
        work.spawn(realign(self.store.clone(), self.api.hits.clone()));
        let people = self.api.people.clone();
        work.spawn(every(SWEEP_EVERY, clock, "sessions and links", move |now| {
            let people = people.clone();
            async move { people.sweep(now).await }
        }));
        work
    }
}

/// Does `work` now and then; says what goes wrong, and tries again the next time.
async fn every<W, F, E>(pause: Duration, clock: Arc<dyn Clock>, what: &'static str, work: W)
where
    W: Fn(wikiward_farm::Timestamp) -> F,
    F: Future<Output = Result<(), E>>,
    E: std::error::Error + 'static,
{
    loop {
        if let Err(error) = work(clock.now()).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                what,
                "what has had its day could not be removed"
            );
        }
        tokio::time::sleep(pause).await;
    }
}

/// Most changes looked at at once.
const CHANGES_AT_ONCE: u32 = 500;

/// Moves hits of filters whose privacy changed to where their viewers look, whichever node changed them.
async fn realign(store: Store, hits: Hits) {
    let mut feed = store.feed().watch();
    let mut seen = store.feed().newest();
    loop {
        match realigned(&store, &hits, seen).await {
            Ok(newest) => seen = newest,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "hits of changed filters are not in their place yet"
                );
                tokio::time::sleep(Duration::from_secs(5)).await;
                continue;
            }
        }
        if feed.wait_for(|newest| *newest > seen).await.is_err() {
            return;
        }
    }
}

/// Gives the number of the last change that was looked at.
async fn realigned(store: &Store, hits: &Hits, mut seen: i64) -> Result<i64, StoreError> {
    loop {
        let changes = store.changes_since(seen, CHANGES_AT_ONCE).await?;
        let Some(last) = changes.last() else { return Ok(seen) };
        let last = last.seq;
        for change in changes.iter().filter(|change| change.topic == "filters") {
            let named =
                change.subject.split_once(':').and_then(|(wiki, id)| Some((wiki.parse().ok()?, id.parse().ok()?)));
            if let Some((wiki, id)) = named {
                hits.realign(&wiki, id).await?;
            }
        }
        seen = last;
    }
}
