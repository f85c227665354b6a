//! Moving what was committed from SQLite's log into its file, beside the writer instead of within one of its commits.
//!
//! A writer that moves the log itself makes whoever waits for that commit wait for the whole file to be flushed.

use crate::error::StoreError;
use crate::open::{Pools, Store};
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};
use std::time::Duration;

/// How often the log is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// Pages (of 4 KiB) beyond which the log is begun anew even if writers must wait a moment for that: 16 MiB. Shorter ones
/// are begun anew when nobody writes.
const PAGES_MAX: i64 = 4_000;

/// Pages at which a commit moves the log itself, in case this has stopped: 128 MiB.
pub(crate) const PAGES_FULL: &str = "32000";

/// How long a beginning anew waits for readers and a writer; the next time is soon.
pub(crate) const WAIT_MAX: Duration = Duration::from_millis(20);

/// Moves what nobody is in the way of; waits for nobody.
const PASSIVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";
/// Moves all of it, so that the log begins anew.
const RESTART: &str = "PRAGMA wal_checkpoint(RESTART)";

/// Pages of the log, and how many of them are in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// Pages of the log.
    pub pages: i64,
    /// Pages of it that are in the file.
    pub in_file: i64,
}

impl Store {
    /// Keeps the log short for as long as the process lives. Does nothing on PostgreSQL.
    pub async fn run_checkpoints(&self) {
        if !self.is_sqlite() {
            return;
        }
        let mut done = 0;
        loop {
            tokio::time::sleep(EVERY).await;
            let commits = self.commits();
            if commits == done {
                continue;
            }
            match self.checkpoint().await {
                Ok(_) => done = commits,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the database's log was not moved");
                }
            }
        }
    }

    /// Moves the log into the file; none on PostgreSQL.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn checkpoint(&self) -> Result<Option<Moved>, StoreError> {
        let Pools::Sqlite { keeper, .. } = &self.pools else { return Ok(None) };
        let mut keeper = keeper.acquire().await?;
        let moved = run(&mut keeper, PASSIVE).await?;
        Ok(Some(if moved.pages > PAGES_MAX { run(&mut keeper, RESTART).await? } else { moved }))
    }
}

async fn run(keeper: &mut SqliteConnection, pragma: &'static str) -> Result<Moved, StoreError> {
    let row = sqlx::query(AssertSqlSafe(pragma)).fetch_one(keeper).await?;
    Ok(Moved { pages: row.try_get(1)?, in_file: row.try_get(2)? })
}
