//! Bringing filters, their history and their log over from AbuseFilter's tables.
//!
//! [`Tables`] reads: a wiki's own database on SQLite, MySQL or MariaDB, or a dump of it that was put into a file by
//! [`staging`]. What becomes of a row is decided by pure functions ([`filter`], [`hit`], [`variables`]); [`Migration`] goes
//! through the tables in the order of their keys, writes a batch and how far it got in one transaction, and keeps count.
//!
//! Invariants:
//! * every row read is counted once: brought over, another wiki's own, or refused with table, number and cause;
//! * what was brought over is not brought over again, however often it is run, and whenever it was interrupted;
//! * what people changed here since is never overwritten;
//! * addresses and protected values are sealed as in hits of our own, and stand in no report.
//!
//! Begin reading at [`Migration::run`].

pub mod compare;
pub mod dump;
mod filter;
mod hit;
mod log;
pub mod php;
mod problem;
mod progress;
mod records;
mod row;
mod run;
pub mod staging;
mod tables;
mod take;
mod variables;

pub use problem::{Cause, Problem};
pub use progress::{Counted, Report};
pub use run::{MigrateError, Migration, Plan, Told};
pub use tables::Tables;

/// The tables of AbuseFilter that are brought over, by their names without a prefix.
pub const TABLES: [&str; 4] = ["abuse_filter", "abuse_filter_action", "abuse_filter_history", "abuse_filter_log"];

#[cfg(test)]
mod tests;
