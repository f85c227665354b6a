//! What goes on beside requests.

use crate::compose::Server;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use wikiward_farm::Clock;
use wikiward_filters::autopromote::AutopromoteHolds;
use wikiward_filters::hits::{Hits, shadow};
use wikiward_filters::life::Filters;
use wikiward_filters::profile::FLUSH_EVERY_S;
use wikiward_filters::reverts::Reverts;
use wikiward_filters::snapshot::{BrokenFilter, Snapshots};
use wikiward_store::{Store, StoreError};

/// How often what has had its day is removed. Retention is promised to run at least hourly.
const SWEEP_EVERY: Duration = Duration::from_mins(20);

/// How often candidates whose time is over are ended. They say nothing more from the moment on.
const CANDIDATES_EVERY: Duration = Duration::from_mins(1);

impl Server {
    /// Starts what goes on beside requests; dropping the set ends it.
    pub(crate) fn background(&self) -> JoinSet<()> {
        let mut work = JoinSet::new();
        let store = self.store.clone();
        work.spawn(async move { store.feed().run(&store).await });
        let store = self.store.clone();
        work.spawn(async move { store.run_checkpoints().await });
        let people = self.api.people.clone();
        work.spawn(async move { people.run().await });
        let snapshots = self.snapshots.clone();
        work.spawn(async move { snapshots.run().await });
        let brake = self.brake.clone();
        work.spawn(async move { brake.run().await });
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
        let profile = self.api.judge.profile().clone();
        work.spawn(every(SWEEP_EVERY, clock.clone(), "statistics", move |now| {
            let profile = profile.clone();
            async move { profile.sweep(now).await.map(|_| ()) }
        }));
        let profile = self.api.judge.profile().clone();
        let pause = Duration::from_secs(FLUSH_EVERY_S);
        work.spawn(regularly(pause, clock.clone(), "the counts of the last minute are not written yet", move |now| {
            let profile = profile.clone();
            async move { profile.flush(now).await }
        }));
        let judge = self.api.judge.clone();
        let late = "hits of filters in the shadow are not written yet";
        work.spawn(regularly(shadow::FLUSH_EVERY, clock.clone(), late, move |_| {
            let judge = judge.clone();
            async move {
                judge.shadow_log().flush().await?;
                judge.candidate_log().flush().await
            }
        }));
        let filters = self.api.filters.clone();
        let late = "candidates whose time is over go on a little";
        work.spawn(regularly(CANDIDATES_EVERY, clock.clone(), late, move |now| {
            let filters = filters.clone();
            async move { filters.end_due_candidates(now).await.map(|_| ()) }
        }));
        work.spawn(tell_broken(self.store.clone(), self.snapshots.clone(), self.api.filters.clone()));
        let (store, snapshots, entropy) = (&self.store, &self.snapshots, &self.api.entropy);
        let holds = AutopromoteHolds::new(store.clone(), snapshots.clone(), entropy.clone());
        work.spawn(every(SWEEP_EVERY, clock.clone(), "holds of automatic promotion", move |now| {
            let holds = holds.clone();
            async move { holds.sweep(now).await.map(|_| ()) }
        }));
        let reverts = Reverts::new(store.clone(), snapshots.clone(), self.api.filters.clone(), entropy.clone());
        work.spawn(every(SWEEP_EVERY, clock.clone(), "jobs that nobody confirmed", move |now| {
            let reverts = reverts.clone();
            async move { reverts.sweep(now).await.map(|_| ()) }
        }));
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

/// Does `work` after every pause; says `what` is the matter if it does not succeed, once until it does again.
async fn regularly<W, F, E>(pause: Duration, clock: Arc<dyn Clock>, what: &'static str, work: W)
where
    W: Fn(wikiward_farm::Timestamp) -> F,
    F: Future<Output = Result<(), E>>,
    E: std::error::Error + 'static,
{
    let mut is_told = false;
    loop {
        tokio::time::sleep(pause).await;
        match work(clock.now()).await {
            Ok(()) => is_told = false,
            Err(error) if !is_told => {
                tracing::warn!(error = &error as &dyn std::error::Error, "{what}");
                is_told = true;
            }
            Err(_) => {}
        }
    }
}

/// Writes into the histories of filters whose stored rule is none any more that they do not run: at start, and after every
/// change.
async fn tell_broken(store: Store, snapshots: Arc<Snapshots>, filters: Filters) {
    let mut feed = store.feed().watch();
    let mut told: Vec<BrokenFilter> = Vec::new();
    loop {
        let broken: Vec<BrokenFilter> = snapshots.current().broken().cloned().collect();
        if broken != told {
            match filters.tell_broken(&broken).await {
                Ok(_) => told = broken,
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, "histories do not say yet which filters do not run");
                }
            }
        }
        // Looked at again a little later: the snapshot follows the feed in its own time.
        let _ = tokio::time::timeout(LOOK_AGAIN_AFTER, feed.changed()).await;
        tokio::time::sleep(LOOK_AFTER_CHANGE).await;
    }
}

/// How long broken filters are at most not looked at.
const LOOK_AGAIN_AFTER: Duration = Duration::from_mins(1);

/// How long after a change they are looked at.
const LOOK_AFTER_CHANGE: Duration = Duration::from_secs(1);

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
