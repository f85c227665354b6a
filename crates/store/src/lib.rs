//! One door to the database: SQLite in one file by default, PostgreSQL when a farm outgrows one machine.
//!
//! A [`Store`] gives connections for reading and transactions for writing. Both speak the same SQL, written once: `$1`
//! placeholders, `BIGINT`, `TEXT`, `BOOLEAN`, `DOUBLE PRECISION` and bytes. What is changed is announced in the same
//! transaction ([`Tx::announce`]), so that every node hears of it; what people change leaves an entry in the audit log
//! ([`Tx::audit`]), in the same transaction too.
//!
//! Invariants:
//! * announcements and audit entries are numbered in the order of commits, without gaps that fill later;
//! * an audit entry's digest covers the one before it; nothing in this crate changes or removes one;
//! * SQL is put together from texts of this program only, never from values.
//!
//! Deliberately absent: what the tables of the domains mean. Their statements stand in files called `records.rs`.
//!
//! Begin reading at [`Store::open`], then [`Conn`].

pub mod audit;
pub mod backup;
pub mod checkpoint;
mod conn;
mod error;
pub mod feed;
pub mod foreign;
mod look;
mod migrate;
mod open;
pub mod quiet;
mod row;
mod seal;
mod sql;
mod tx;

pub use conn::Conn;
pub use error::StoreError;
pub use feed::Feed;
pub use open::{Database, OpenOptions, Store, without_password};
pub use row::{Column, Row};
pub use seal::{Keyring, Sealer};
pub use sql::{Bind, Sql};
pub use tx::Tx;
