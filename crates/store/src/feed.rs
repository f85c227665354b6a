//! The change feed: how nodes hear what others changed.
//!
//! Every change is a row of `changes`, numbered in the order of commits. On PostgreSQL a notification carries the number;
//! in one process a commit tells the others directly; and whatever gets lost is found by looking, every
//! [`POLL_EVERY`].

use crate::error::StoreError;
use crate::open::{Pools, Store};
use crate::sql;
use sqlx::postgres::PgListener;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use wikiward_farm::clock::{Timestamp, micros};

/// How often the feed is looked at although nobody called: a lost notification costs this long.
pub const POLL_EVERY: Duration = Duration::from_millis(500);

/// How long changes are kept for nodes that were away: a day. Who was away longer loads everything anyway.
pub const KEPT_FOR: Duration = Duration::from_hours(24);

/// The number of the newest change that this process knows of.
#[derive(Debug, Clone)]
pub struct Feed {
    newest: Arc<watch::Sender<i64>>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its number.
    pub seq: i64,
    /// What kind of thing changed, such as `filters`.
    pub topic: String,
    /// Which one, in the words of who announced it.
    pub subject: String,
}

impl Feed {
    pub(crate) fn new() -> Self {
        Self { newest: Arc::new(watch::Sender::new(0)) }
    }

    /// Wakes when there are new changes; its value is the newest one's number.
    pub fn watch(&self) -> watch::Receiver<i64> {
        self.newest.subscribe()
    }

    /// The newest change's number.
    pub fn newest(&self) -> i64 {
        *self.newest.borrow()
    }

    pub(crate) fn advance(&self, seq: i64) {
        self.newest.send_if_modified(|newest| {
            let is_newer = seq > *newest;
            *newest = seq.max(*newest);
            is_newer
        });
    }

    /// Looks whether there are changes that nobody told us of.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn look(&self, store: &Store) -> Result<(), StoreError> {
        let mut conn = store.reader().await?;
        let seq = conn.one("SELECT seq FROM heads WHERE name = 'changes'").await?.get(0)?;
        self.advance(seq);
        Ok(())
    }

    /// Listens for as long as the process lives: to notifications where there are any, and by looking.
    pub async fn run(&self, store: &Store) {
        let mut listener = None;
        let mut is_silent = false;
        loop {
            if listener.is_none() {
                listener = listen(store).await;
            }
            match &mut listener {
                Some(heard) => match tokio::time::timeout(POLL_EVERY, heard.recv()).await {
                    Ok(Ok(notification)) => {
                        if let Ok(seq) = notification.payload().parse() {
                            self.advance(seq);
                        }
                        continue;
                    }
                    Ok(Err(_)) => listener = None,
                    Err(_) => {}
                },
                None => tokio::time::sleep(POLL_EVERY).await,
            }
            match self.look(store).await {
                Ok(()) if is_silent => {
                    is_silent = false;
                    tracing::info!("the database answers again");
                }
                Err(error) if !is_silent => {
                    is_silent = true;
                    tracing::error!(error = &error as &dyn std::error::Error, "changes of other nodes cannot be read");
                }
                Ok(()) | Err(_) => {}
            }
        }
    }
}

async fn listen(store: &Store) -> Option<PgListener> {
    let Pools::Postgres(pool) = &store.pools else { return None };
    let mut listener = PgListener::connect_with(pool).await.ok()?;
    listener.listen("wikiward").await.ok()?;
    Some(listener)
}

impl Store {
    /// Changes after number `seq`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn changes_since(&self, seq: i64, limit: u32) -> Result<Vec<Change>, StoreError> {
        const SINCE: &str = "SELECT seq, topic, subject FROM changes WHERE seq > $1 ORDER BY seq LIMIT $2";
        let rows = self.reader().await?.rows(sql!(SINCE, seq, limit)).await?;
        rows.iter().map(|row| Ok(Change { seq: row.get(0)?, topic: row.get(1)?, subject: row.get(2)? })).collect()
    }

    /// Removes changes older than [`KEPT_FOR`] and answers to repeated writes older than a day.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        let oldest = micros(now) - i64::try_from(KEPT_FOR.as_micros()).unwrap_or(i64::MAX);
        let mut tx = self.begin().await?;
        let changes = tx.execute(sql!("DELETE FROM changes WHERE at < $1", oldest)).await?;
        let answers = tx.execute(sql!("DELETE FROM idempotency_keys WHERE at < $1", oldest)).await?;
        tx.commit().await?;
        Ok(changes + answers)
    }
}
