//! SQL dumps as `mysqldump`, `mariadb-dump` and SQLite's `.dump` write them: rows of `INSERT` statements, one after the
//! other, in constant memory.
//!
//! A dump is a stranger's text. A statement may be of any length, a row may not; escapes are read exactly; a dump that is cut
//! off anywhere is an error with its place, also where it is cut between two statements.

mod read;
mod statement;

pub use read::{Bytes, DumpError, Fault};
pub use statement::{Dump, Item};

/// Most bytes of one row, and of one definition of a table: 64 MiB.
pub const ROW_BYTES_MAX: usize = 64 << 20;

/// Most columns of a row.
pub const COLUMNS_MAX: usize = 1_000;

#[cfg(test)]
mod tests;
