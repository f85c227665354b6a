//! A throw-away file of tables, filled with rows in any order.

use super::{Cell, WAIT_MAX};
use crate::error::StoreError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, SqlSafeStr, SqliteConnection};
use std::collections::HashMap;
use std::path::Path;

/// A file that is being filled. Nothing of it is safe from a crash: it is made anew then.
#[derive(Debug)]
pub struct Staging {
    connection: SqliteConnection,
    inserts: HashMap<String, String>,
}

impl Staging {
    /// Makes the file; it must not be there yet.
    ///
    /// # Errors
    /// [`StoreError::Open`] if it cannot be made.
    pub async fn create(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .busy_timeout(WAIT_MAX)
            .journal_mode(SqliteJournalMode::Off)
            .synchronous(SqliteSynchronous::Off);
        let connection =
            options.connect().await.map_err(|error| StoreError::Open(path.display().to_string(), error))?;
        let mut staging = Self { connection, inserts: HashMap::new() };
        staging.run("BEGIN".to_owned()).await?;
        Ok(staging)
    }

    /// Makes a table; rows that come twice by `key` are kept once, the last one. An empty `key` means that rows are only
    /// numbered in the order in which they come, as `rowid`.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn table(&mut self, name: &str, columns: &[String], key: &str) -> Result<(), StoreError> {
        let define = |column: &String| {
            let type_of = if *column == key { " INTEGER PRIMARY KEY" } else { "" };
            format!("{}{type_of}", quoted(column))
        };
        let defined: Vec<String> = columns.iter().map(define).collect();
        self.run(format!("CREATE TABLE {} ({})", quoted(name), defined.join(", "))).await?;
        let names: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
        let places: Vec<String> = (1..=columns.len()).map(|place| format!("?{place}")).collect();
        let insert =
            format!("INSERT OR REPLACE INTO {} ({}) VALUES ({})", quoted(name), names.join(", "), places.join(", "));
        self.inserts.insert(name.to_owned(), insert);
        Ok(())
    }

    /// Makes rows quick to find by a column.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn index(&mut self, table: &str, column: &str) -> Result<(), StoreError> {
        let name = quoted(&format!("{table} by {column}"));
        self.run(format!("CREATE INDEX {name} ON {} ({})", quoted(table), quoted(column))).await
    }

    /// Appends rows of a table that was made. What reads as a whole number is kept as one.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn insert(&mut self, table: &str, rows: Vec<Vec<Cell>>) -> Result<(), StoreError> {
        let Some(insert) = self.inserts.get(table) else { return Ok(()) };
        for row in rows {
            let mut query = sqlx::query(AssertSqlSafe(insert.clone()).into_sql_str());
            for cell in row {
                query = match cell {
                    None => query.bind(None::<i64>),
                    Some(bytes) => match whole(&bytes) {
                        Some(number) => query.bind(number),
                        None => query.bind(bytes),
                    },
                };
            }
            query.execute(&mut self.connection).await?;
        }
        Ok(())
    }

    /// Whether a table has a row with this whole number in `column`.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn has(&mut self, table: &str, column: &str, number: i64) -> Result<bool, StoreError> {
        let text = format!("SELECT 1 FROM {} WHERE {} = ?1", quoted(table), quoted(column));
        let query = sqlx::query(AssertSqlSafe(text).into_sql_str()).bind(number);
        Ok(query.fetch_optional(&mut self.connection).await?.is_some())
    }

    /// Makes all of it readable.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn finish(mut self) -> Result<(), StoreError> {
        self.run("COMMIT".to_owned()).await?;
        self.connection.close().await?;
        Ok(())
    }

    async fn run(&mut self, statement: String) -> Result<(), StoreError> {
        // Put together from names that are quoted.
        sqlx::query(AssertSqlSafe(statement).into_sql_str()).execute(&mut self.connection).await?;
        Ok(())
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The whole number that the bytes write in exactly one way.
fn whole(bytes: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= 20)?;
    text.parse::<i64>().ok().filter(|number| number.to_string() == text)
}
