//! Looking at a database without changing it, to say how it does.

use crate::error::StoreError;
use crate::open::{Database, OpenOptions, Store};
use std::sync::Arc;
use wikiward_farm::{Clock, Timestamp};

impl Store {
    /// Opens `database` as it stands: makes no file and changes no table.
    ///
    /// Nearly everything else a store does needs the present schema: compare [`Store::schema_found`] with
    /// [`Store::schema`] first.
    ///
    /// # Errors
    /// [`StoreError::Open`] if it is not there or cannot be opened.
    pub async fn open_as_is(
        database: &Database,
        options: &OpenOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        Self::connect(database, options, clock, false).await
    }

    /// The schema that its tables have; 0 if it has none of our tables.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn schema_found(&self) -> Result<i64, StoreError> {
        let mut conn = self.reader().await?;
        let is_there = if self.is_sqlite() {
            "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations')"
        } else {
            "SELECT to_regclass('_sqlx_migrations') IS NOT NULL"
        };
        if !conn.one(is_there).await?.get::<bool>(0)? {
            return Ok(0);
        }
        conn.one("SELECT coalesce(max(version), 0) FROM _sqlx_migrations WHERE success").await?.get(0)
    }

    /// The time by the database's own clock; none for SQLite, which has none of its own.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn time_there(&self) -> Result<Option<Timestamp>, StoreError> {
        const NOW: &str = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)";
        if self.is_sqlite() {
            return Ok(None);
        }
        Ok(Some(self.reader().await?.one(NOW).await?.get(0)?))
    }

    /// Writes as the service does, and takes it back.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers: it is read-only, full, or another writer is in the way.
    pub async fn try_writing(&self) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        tx.announce("trial", "").await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wikiward_farm::SystemClock;

    #[tokio::test]
    async fn looking_makes_nothing_and_writing_on_trial_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::Sqlite(folder.path().join("w.db"));
        let (options, clock) = (OpenOptions::default(), Arc::new(SystemClock));
        assert!(matches!(Store::open_as_is(&database, &options, clock.clone()).await, Err(StoreError::Open(..))));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

        std::fs::write(folder.path().join("w.db"), "").unwrap();
        let empty = Store::open_as_is(&database, &options, clock.clone()).await.unwrap();
        assert_eq!(empty.schema_found().await.unwrap(), 0);
        empty.close().await;

        Store::open(&database, &options, clock.clone()).await.unwrap().close().await;
        let store = Store::open_as_is(&database, &options, clock).await.unwrap();
        assert_eq!(store.schema_found().await.unwrap(), Store::schema());
        let changes = "SELECT count(*) FROM changes";
        let before: i64 = store.reader().await.unwrap().one(changes).await.unwrap().get(0).unwrap();
        store.try_writing().await.unwrap();
        let after: i64 = store.reader().await.unwrap().one(changes).await.unwrap().get(0).unwrap();
        assert_eq!(before, after);
    }
}
