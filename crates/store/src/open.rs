//! Opening a database.

use crate::checkpoint;
use crate::conn::{Conn, Link};
use crate::error::StoreError;
use crate::feed::Feed;
use crate::migrate;
use crate::quiet;
use crate::tx::Tx;
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgPool};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use sqlx::{Connection, Postgres, Sqlite};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use wikiward_farm::Clock;

/// Where the data lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// One file on this machine, made if it is not there.
    Sqlite(PathBuf),
    /// A server, as a URL `postgres://…`. May hold a password: never shown.
    Postgres(String),
}

impl Database {
    /// How it is named to people: without a password.
    pub fn label(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres(url) => without_password(url),
        }
    }
}

/// The URL with a mark in the place of its password, whether it stands before the host or among the parameters.
pub fn without_password(url: &str) -> String {
    /// Stands where a secret is.
    const HIDDEN: &str = "…";
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    // The last `@`: a password may hold one that nobody has encoded.
    let rest = match rest.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((name, _)) => format!("{name}:{HIDDEN}@{host}"),
            None => format!("{user}@{host}"),
        },
        None => rest.to_owned(),
    };
    let query = query.map(|query| {
        let shown = query.split('&').map(|part| match part.split_once('=') {
            Some((key, _)) if key.to_ascii_lowercase().contains("password") => format!("{key}={HIDDEN}"),
            _ => part.to_owned(),
        });
        format!("?{}", shown.collect::<Vec<_>>().join("&"))
    });
    format!("{scheme}://{rest}{}", query.unwrap_or_default())
}

/// How to open a database.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// Most connections for reading (SQLite) or in all (PostgreSQL). 1 to 100.
    pub connections_max: u32,
    /// How long to wait for a free connection or another writer before giving up.
    pub wait_max: Duration,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { connections_max: 8, wait_max: Duration::from_secs(5) }
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Pools {
    /// SQLite lets one write at a time: one connection does, and the others never wait for it.
    Sqlite {
        reader: SqlitePool,
        writer: SqlitePool,
        /// Moves the log into the file, see [`checkpoint`].
        keeper: SqlitePool,
    },
    Postgres(PgPool),
}

/// An open database. Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) pools: Pools,
    pub(crate) feed: Feed,
    pub(crate) clock: Arc<dyn Clock>,
    label: Arc<str>,
    commits: Arc<AtomicU64>,
    statements: Arc<AtomicU64>,
}

impl Store {
    /// Opens `database` and brings its tables to the present schema.
    ///
    /// # Errors
    /// [`StoreError::Open`] if it cannot be opened, [`StoreError::Newer`] if a newer program wrote it,
    /// [`StoreError::Migrate`] if its tables cannot be brought to the present schema.
    pub async fn open(database: &Database, options: &OpenOptions, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let store = Self::connect(database, options, clock, true).await?;
        migrate::run(&store.pools).await?;
        store.feed.look(&store).await?;
        Ok(store)
    }

    /// Connects; `makes` says whether a file that is not there is made.
    pub(crate) async fn connect(
        database: &Database,
        options: &OpenOptions,
        clock: Arc<dyn Clock>,
        makes: bool,
    ) -> Result<Self, StoreError> {
        let label = database.label();
        let unopened = |error| StoreError::Open(label.clone(), error);
        let pools = match database {
            Database::Sqlite(path) => {
                let connect = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(makes)
                    .journal_mode(SqliteJournalMode::Wal)
                    // FULL: what was committed stays so after a power cut. Writers commit many rows at once, so one
                    // flush to disk serves them all.
                    .synchronous(SqliteSynchronous::Full)
                    .foreign_keys(true)
                    .busy_timeout(options.wait_max)
                    .pragma("temp_store", "memory")
                    .pragma("cache_size", "-16384")
                    .optimize_on_close(true, None);
                let keeping = connect.clone().busy_timeout(checkpoint::WAIT_MAX);
                let writing = connect.clone().pragma("wal_autocheckpoint", checkpoint::PAGES_FULL);
                let writer = quiet_pool(options, writing).await.map_err(unopened)?;
                let keeper = quiet_pool(options, keeping).await.map_err(unopened)?;
                let reader = pool::<Sqlite>(options, options.connections_max).connect_lazy_with(connect);
                Pools::Sqlite { reader, writer, keeper }
            }
            Database::Postgres(url) => {
                let connect = PgConnectOptions::from_str(url).map_err(unopened)?.application_name("wikiward");
                let opened = pool::<Postgres>(options, options.connections_max).connect_with(connect.clone()).await;
                Pools::Postgres(match opened {
                    Ok(pool) => pool,
                    // The pool tried again and again, and says only that time ran out: one more try tells why.
                    Err(sqlx::Error::PoolTimedOut) => {
                        let again = sqlx::PgConnection::connect_with(&connect);
                        let why = tokio::time::timeout(options.wait_max, again).await.ok().and_then(Result::err);
                        return Err(unopened(why.unwrap_or(sqlx::Error::PoolTimedOut)));
                    }
                    Err(error) => return Err(unopened(error)),
                })
            }
        };
        Ok(Self {
            pools,
            feed: Feed::new(),
            clock,
            label: label.clone().into(),
            commits: Arc::default(),
            statements: Arc::default(),
        })
    }

    /// How the database is named to people.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Whether it is SQLite.
    pub fn is_sqlite(&self) -> bool {
        matches!(self.pools, Pools::Sqlite { .. })
    }

    /// A connection for reading.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if none is free in time.
    pub async fn reader(&self) -> Result<Conn, StoreError> {
        let link = match &self.pools {
            Pools::Sqlite { reader, .. } => Link::Sqlite(reader.acquire().await?),
            Pools::Postgres(pool) => Link::Postgres(pool.acquire().await?),
        };
        Ok(self.conn(link))
    }

    /// A transaction for reading: every statement in it sees the same moment. Ends when it is dropped.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if no connection is free in time.
    pub async fn snapshot(&self) -> Result<Conn, StoreError> {
        let link = match &self.pools {
            Pools::Sqlite { reader, .. } => Link::SqliteTx(reader.begin().await?),
            Pools::Postgres(pool) => {
                Link::PostgresTx(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
            }
        };
        Ok(self.conn(link))
    }

    /// A transaction for writing. Nothing of it stays unless it is committed.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Busy`] if it cannot begin in time.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let link = match &self.pools {
            // IMMEDIATE: a transaction that began as a reader could not become a writer while another writes.
            Pools::Sqlite { writer, .. } => Link::SqliteTx(writer.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => Link::PostgresTx(pool.begin().await?),
        };
        Ok(Tx::new(self.conn(link), self.clone()))
    }

    fn conn(&self, link: Link) -> Conn {
        Conn::new(link, self.statements.clone())
    }

    /// Number of statements that this process ran on it: what a request asks of the database shows in the difference.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// What other nodes and this one changed.
    pub fn feed(&self) -> &Feed {
        &self.feed
    }

    /// The clock that entries are stamped with.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The schema that this program writes.
    pub fn schema() -> i64 {
        migrate::newest()
    }

    /// Number of transactions that this process committed.
    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    pub(crate) fn count_commit(&self) {
        self.commits.fetch_add(1, Ordering::Relaxed);
    }

    /// Closes all connections, after what they are doing.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { reader, writer, keeper } => {
                reader.close().await;
                keeper.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

fn pool<D: sqlx::Database>(options: &OpenOptions, connections_max: u32) -> PoolOptions<D> {
    PoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(options.wait_max)
        // Asking whether a connection lives costs more than a point read; a dead one is an error that says so.
        .test_before_acquire(false)
        .before_acquire(|conn, _| Box::pin(is_free(conn)))
}

/// Whether a connection has no transaction any more.
///
/// A full disk ends SQLite's transaction at `COMMIT`; the driver goes on counting it and could never begin another one. Such a
/// connection is given up.
async fn is_free<C: Connection>(conn: &mut C) -> Result<bool, sqlx::Error> {
    if conn.is_in_transaction() {
        // Usually the end of a dropped one is under way: what is asked now comes after it.
        conn.ping().await?;
    }
    Ok(!conn.is_in_transaction())
}

/// A pool of one connection that is kept, whose thread works at a lower priority.
async fn quiet_pool(options: &OpenOptions, connect: SqliteConnectOptions) -> Result<SqlitePool, sqlx::Error> {
    let pool = pool::<Sqlite>(options, 1).idle_timeout(None).max_lifetime(None).connect_lazy_with(connect);
    let (opening, runtime) = (pool.clone(), tokio::runtime::Handle::current());
    let (to, opened) = tokio::sync::oneshot::channel();
    // A connection's thread has the priority of the thread that opens it.
    quiet::spawn("open", move || {
        let opened = runtime.block_on(async move { opening.acquire().await.map(drop) });
        let _ = to.send(opened);
    })?;
    opened.await.map_err(|_| sqlx::Error::WorkerCrashed)??;
    Ok(pool)
}
