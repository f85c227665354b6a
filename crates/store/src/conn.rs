//! One connection, whichever database it leads to.

use crate::error::StoreError;
use crate::row::Row;
use crate::sql::{Bind, Sql};
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, PgConnection, Postgres, SqlSafeStr, SqlStr, Sqlite, SqliteConnection, Transaction};
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// One connection. Hold one for a unit of work instead of taking one per statement: on PostgreSQL that saves most of a
/// point read's time.
#[derive(Debug)]
pub struct Conn {
    link: Link,
    /// Statements of all connections of the store.
    statements: Arc<AtomicU64>,
}

#[derive(Debug)]
pub(crate) enum Link {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
    SqliteTx(Transaction<'static, Sqlite>),
    PostgresTx(Transaction<'static, Postgres>),
}

enum Peer<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl Conn {
    pub(crate) fn new(link: Link, statements: Arc<AtomicU64>) -> Self {
        Self { link, statements }
    }

    pub(crate) fn into_link(self) -> Link {
        self.link
    }

    /// The connection for one more statement.
    fn counted(&mut self) -> Peer<'_> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        self.peer()
    }

    fn peer(&mut self) -> Peer<'_> {
        match &mut self.link {
            Link::Sqlite(connection) => Peer::Sqlite(connection),
            Link::Postgres(connection) => Peer::Postgres(connection),
            Link::SqliteTx(tx) => Peer::Sqlite(tx),
            Link::PostgresTx(tx) => Peer::Postgres(tx),
        }
    }

    /// Whether it leads to SQLite.
    pub fn is_sqlite(&self) -> bool {
        matches!(self.link, Link::Sqlite(_) | Link::SqliteTx(_))
    }

    /// Runs a statement; gives the number of rows it touched.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn execute(&mut self, sql: impl Into<Sql>) -> Result<u64, StoreError> {
        let (text, binds) = sql.into().into_parts();
        Ok(match self.counted() {
            Peer::Sqlite(peer) => sqlite(text, binds).execute(peer).await?.rows_affected(),
            Peer::Postgres(peer) => postgres(text, binds).execute(peer).await?.rows_affected(),
        })
    }

    /// All rows of a statement's answer.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn rows(&mut self, sql: impl Into<Sql>) -> Result<Vec<Row>, StoreError> {
        let (text, binds) = sql.into().into_parts();
        Ok(match self.counted() {
            Peer::Sqlite(peer) => sqlite(text, binds).fetch_all(peer).await?.into_iter().map(Row::Sqlite).collect(),
            Peer::Postgres(peer) => {
                postgres(text, binds).fetch_all(peer).await?.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// The first row of a statement's answer, if it has one.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn row(&mut self, sql: impl Into<Sql>) -> Result<Option<Row>, StoreError> {
        let (text, binds) = sql.into().into_parts();
        Ok(match self.counted() {
            Peer::Sqlite(peer) => sqlite(text, binds).fetch_optional(peer).await?.map(Row::Sqlite),
            Peer::Postgres(peer) => postgres(text, binds).fetch_optional(peer).await?.map(Row::Postgres),
        })
    }

    /// The only row of a statement's answer.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if there is none; otherwise as the database answers.
    pub async fn one(&mut self, sql: impl Into<Sql>) -> Result<Row, StoreError> {
        self.row(sql).await?.ok_or_else(|| StoreError::Corrupt("an answer without its row".into()))
    }
}

fn text_of(text: Cow<'static, str>) -> SqlStr {
    match text {
        Cow::Borrowed(text) => text.into_sql_str(),
        // `Sql` is put together from static texts and placeholders only.
        Cow::Owned(text) => AssertSqlSafe(text).into_sql_str(),
    }
}

/// A text as both databases can hold it: in PostgreSQL's, U+0000 cannot stand. It is replaced in
/// what is written and in what is searched for, so that no request can be one that the database refuses.
fn storable(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{FFFD}") } else { text }
}

macro_rules! query {
    ($name:ident, $database:ty, $arguments:ty) => {
        fn $name(text: Cow<'static, str>, binds: Vec<Bind>) -> Query<'static, $database, $arguments> {
            binds.into_iter().fold(sqlx::query(text_of(text)), |query, bind| match bind {
                Bind::Int(value) => query.bind(value),
                Bind::Bool(value) => query.bind(value),
                Bind::Real(value) => query.bind(value),
                Bind::Text(value) => query.bind(value.map(storable)),
                Bind::Bytes(value) => query.bind(value),
            })
        }
    };
}

query!(sqlite, Sqlite, SqliteArguments);
query!(postgres, Postgres, PgArguments);
