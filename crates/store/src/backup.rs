//! Backups: everything the database holds, in one portable file, taken while the service runs.
//!
//! A backup is zstd over lines of JSON: a head (format, schema, time), then for each table its name and columns and one
//! array per row, and an end with the number of rows. It restores on either database, so it is also how a farm moves from
//! SQLite to PostgreSQL. Bytes are written as `{"b": base64}`. It holds everything secret that the database holds, sealed
//! where the database has it sealed; the key file is not in it.

mod read;
mod tables;
mod write;

pub use read::restore;
pub use write::{Written, backup};

use crate::error::StoreError;
use serde::{Deserialize, Serialize};
use wikiward_farm::Coded;

/// Number of the file's format.
const FORMAT: u32 = 1;

/// Rows that are read or written at once.
const ROWS_AT_ONCE: usize = 500;

/// Why a backup could not be written or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file cannot be read or written.
    #[error("the backup file cannot be read or written")]
    File(#[from] std::io::Error),
    /// The file is not a whole backup.
    #[error("the backup is damaged in line {line}: {what}. Nothing was restored")]
    Damaged {
        /// Line of the unpacked file, from 1.
        line: u64,
        /// What is wrong there.
        what: String,
    },
    /// The backup is of another schema.
    #[error(
        "the backup has schema {found}, this program restores schema {known}. Restore it with the program that wrote it"
    )]
    Schema {
        /// Schema of the backup.
        found: i64,
        /// Schema of this program.
        known: i64,
    },
    /// The database has rows already.
    #[error("the database is not empty: table {table} has rows. Restore into a new one")]
    NotEmpty {
        /// A table that has rows.
        table: String,
    },
    /// The database refused.
    #[error("the database refused")]
    Store(#[from] StoreError),
}

impl Coded for BackupError {
    fn code(&self) -> &'static str {
        match self {
            Self::File(_) => "backup_file",
            Self::Damaged { .. } => "backup_damaged",
            Self::Schema { .. } => "backup_schema",
            Self::NotEmpty { .. } => "backup_not_empty",
            Self::Store(error) => error.code(),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Head { format: u32, schema: i64, at: i64 },
    Table { name: String, columns: Vec<String> },
    Row(Vec<serde_json::Value>),
    End { rows: u64 },
}
