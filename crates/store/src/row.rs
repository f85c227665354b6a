//! Rows, whichever database gave them.

use crate::error::StoreError;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, ValueRef as _};
use wikiward_farm::clock::{Timestamp, from_micros};

/// One row of an answer.
#[derive(Debug)]
pub enum Row {
    /// From SQLite.
    Sqlite(SqliteRow),
    /// From PostgreSQL.
    Postgres(PgRow),
}

/// A type that a column can be read as.
pub trait Column: Sized {
    /// Reads column `index` of `row`, counted from 0.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the column holds something else.
    fn read(row: &Row, index: usize) -> Result<Self, StoreError>;
}

impl Row {
    /// Column `index`, counted from 0.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if there is no such column or it holds something else.
    pub fn get<T: Column>(&self, index: usize) -> Result<T, StoreError> {
        T::read(self, index)
    }

    /// Number of columns.
    pub fn len(&self) -> usize {
        match self {
            Self::Sqlite(row) => row.len(),
            Self::Postgres(row) => row.len(),
        }
    }

    /// Whether it has no columns.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether column `index` is `NULL`.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if there is no such column.
    pub fn is_null(&self, index: usize) -> Result<bool, StoreError> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get_raw(index)?.is_null(),
            Self::Postgres(row) => row.try_get_raw(index)?.is_null(),
        })
    }
}

macro_rules! columns {
    ($($type:ty),+) => {
        $(impl Column for $type {
            fn read(row: &Row, index: usize) -> Result<Self, StoreError> {
                match row {
                    Row::Sqlite(row) => row.try_get_unchecked(index),
                    Row::Postgres(row) => row.try_get(index),
                }
                .map_err(|_| StoreError::Corrupt(format!("column {index}")))
            }
        })+
    };
}

columns!(i64, bool, f64, String, Vec<u8>);

impl<T: Column> Column for Option<T> {
    fn read(row: &Row, index: usize) -> Result<Self, StoreError> {
        if row.is_null(index)? { Ok(None) } else { T::read(row, index).map(Some) }
    }
}

impl Column for Timestamp {
    fn read(row: &Row, index: usize) -> Result<Self, StoreError> {
        i64::read(row, index).map(from_micros)
    }
}

impl Column for u32 {
    fn read(row: &Row, index: usize) -> Result<Self, StoreError> {
        Self::try_from(i64::read(row, index)?).map_err(|_| StoreError::Corrupt(format!("column {index}")))
    }
}

impl<const N: usize> Column for [u8; N] {
    fn read(row: &Row, index: usize) -> Result<Self, StoreError> {
        Self::try_from(Vec::<u8>::read(row, index)?).map_err(|_| StoreError::Corrupt(format!("column {index}")))
    }
}

impl Column for wikiward_farm::Id {
    fn read(row: &Row, index: usize) -> Result<Self, StoreError> {
        <[u8; 16]>::read(row, index).map(Self::from_bytes)
    }
}

impl Column for wikiward_farm::WikiId {
    fn read(row: &Row, index: usize) -> Result<Self, StoreError> {
        String::read(row, index)?.parse().map_err(|_| StoreError::Corrupt(format!("column {index}")))
    }
}

impl Column for wikiward_farm::UserName {
    fn read(row: &Row, index: usize) -> Result<Self, StoreError> {
        String::read(row, index)?.parse().map_err(|_| StoreError::Corrupt(format!("column {index}")))
    }
}

impl Column for serde_json::Value {
    fn read(row: &Row, index: usize) -> Result<Self, StoreError> {
        serde_json::from_str(&String::read(row, index)?).map_err(|_| StoreError::Corrupt(format!("column {index}")))
    }
}
