//! Databases for tests: each case runs on SQLite, and on PostgreSQL where there is one.

use super::keyring;
use crate::hits::settings::WriterSettings;
use crate::hits::writer::HitWriter;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use wikiward_farm::clock::from_micros;
use wikiward_farm::{Clock, SystemEntropy, Timestamp};
use wikiward_store::{Bind, Database, OpenOptions, Sql, Store};

/// A clock that stands until it is moved.
#[derive(Debug)]
pub(crate) struct FakeClock(Mutex<i64>);

impl FakeClock {
    pub(crate) fn advance_hours(&self, hours: i64) {
        *self.0.lock().unwrap() += hours * 3_600_000_000;
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        from_micros(*self.0.lock().unwrap())
    }
}

/// A store on a new database with some filters.
pub(crate) struct Fresh {
    pub(crate) store: Store,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) database: Database,
    pub(crate) folder: tempfile::TempDir,
}

impl Fresh {
    async fn open(database: Option<Database>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = database.unwrap_or_else(|| Database::Sqlite(folder.path().join("wikiward.db")));
        let clock = Arc::new(FakeClock(Mutex::new(super::START)));
        let store = Store::open(&database, &OpenOptions::default(), clock.clone()).await.unwrap();
        let fresh = Self { store, clock, database, folder };
        // 1 public, 2 hidden, 3 protected, 4 suppressed, 5 hidden and protected; farm-wide 1 public and 2 hidden.
        for (wiki, number, privacy) in [
            ("enwiki", 1, 0),
            ("enwiki", 2, 1),
            ("enwiki", 3, 2),
            ("enwiki", 4, 4),
            ("enwiki", 5, 3),
            ("*", 1, 0),
            ("*", 2, 1),
        ] {
            fresh.add_filter(wiki, number, privacy).await;
        }
        fresh
    }

    pub(crate) async fn sqlite() -> Self {
        Self::open(None).await
    }

    pub(crate) async fn postgres() -> Option<Self> {
        let url = wikiward_testkit::postgres::fresh_database()?;
        Some(Self::open(Some(Database::Postgres(url))).await)
    }

    pub(crate) async fn add_filter(&self, wiki: &str, number: i64, privacy: i64) {
        const INSERT: &str = "INSERT INTO filters (wiki, filter_id, version, state, filter_group, name, name_key, rules, notes, \
            actions, priority, tier, privacy, brake_profile, hits, maintainers, uses_vars, uses_protected, created_at, \
            created_by_name, edited_at, edited_by_key, edited_by_name, aged_from) VALUES ($1, $2, 1, 'enabled', $3, $4, $7, '1', \
            '', '{}', 0, 'normal', $5, 'standard', 0, '[]', '[]', $6, 0, 'A', 0, 'account:1', 'A', 0)";
        let uses = if privacy & 2 == 0 { "[]" } else { "[\"user_unnamed_ip\"]" };
        let binds: Vec<Bind> = vec![
            wiki.into(),
            number.into(),
            "default".into(),
            format!("filter {wiki} {number}").into(),
            privacy.into(),
            uses.into(),
            vec![1_u8].into(),
        ];
        self.execute(Sql::new(INSERT, binds)).await;
    }

    pub(crate) fn writer(&self) -> HitWriter {
        // On a busy machine a database may take its time; what happens when it takes too long has tests of its own.
        let settings = WriterSettings { store_wait: std::time::Duration::from_mins(1), ..WriterSettings::default() };
        self.writer_with(Some(self.spool_folder()), settings)
    }

    pub(crate) fn writer_with(&self, spool: Option<PathBuf>, settings: WriterSettings) -> HitWriter {
        HitWriter::start(self.store.clone(), &keyring(), Arc::new(SystemEntropy), self.clock.clone(), spool, settings)
    }

    pub(crate) fn spool_folder(&self) -> PathBuf {
        self.folder.path().join("spool")
    }

    pub(crate) async fn execute(&self, sql: impl Into<Sql>) -> u64 {
        let mut tx = self.store.begin().await.unwrap();
        let touched = tx.execute(sql).await.unwrap();
        tx.commit().await.unwrap();
        touched
    }

    /// The way that the database goes for a statement, whatever its values are: what is known only from them is not relied upon.
    pub(crate) async fn plan(&self, sql: &Sql) -> String {
        let words = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
        if matches!(self.database, Database::Sqlite(_)) {
            let explain = words(format!("EXPLAIN QUERY PLAN {}", sql.text()));
            let rows = self.store.reader().await.unwrap().rows(explain).await.unwrap();
            return rows.iter().map(|row| row.get::<String>(3).unwrap() + "\n").collect();
        }
        // In a table of a few rows, reading all of them is always quicker.
        let mut tx = self.store.begin().await.unwrap();
        for setting in ["enable_seqscan = off", "enable_bitmapscan = off", "plan_cache_mode = force_generic_plan"] {
            tx.execute(words(format!("SET LOCAL {setting}"))).await.unwrap();
        }
        tx.execute(words(format!("PREPARE planned AS {}", sql.text()))).await.unwrap();
        let values = (1..).take_while(|number| sql.text().contains(&format!("${number}"))).map(|_| "NULL");
        let execute = words(format!("EXPLAIN EXECUTE planned({})", values.collect::<Vec<_>>().join(", ")));
        let rows = tx.rows(execute).await.unwrap();
        tx.execute("DEALLOCATE planned").await.unwrap();
        rows.iter().map(|row| row.get::<String>(0).unwrap() + "\n").collect()
    }

    pub(crate) async fn number(&self, sql: impl Into<Sql>) -> i64 {
        self.store.reader().await.unwrap().one(sql).await.unwrap().get(0).unwrap()
    }

    pub(crate) async fn texts(&self, sql: impl Into<Sql>) -> Vec<String> {
        let rows = self.store.reader().await.unwrap().rows(sql).await.unwrap();
        rows.iter().map(|row| row.get(0).unwrap()).collect()
    }
}

/// Makes a test for each database of each case: `async fn case(fresh: Fresh)`.
macro_rules! on_both {
    ($($case:ident,)+) => {
        mod on_sqlite {
            $(#[tokio::test] async fn $case() { super::$case($crate::hits::tests::on_both::Fresh::sqlite().await).await; })+
        }
        mod on_postgres {
            $(#[tokio::test] async fn $case() {
                let Some(fresh) = $crate::hits::tests::on_both::Fresh::postgres().await else { return };
                super::$case(fresh).await;
            })+
        }
    };
}
pub(crate) use on_both;
