//! Composition: configuration, start and stop, listeners, background loops, metrics, logs.
//!
//! [`Server::open`] puts the parts together: the store, the domains on it, the interface on them. [`Server::run`] listens
//! and works until told to stop.
//!
//! Invariants:
//! * nothing is process-wide: two servers run in one test;
//! * a server that says it is ready has everything in memory that a verdict needs;
//! * stopping takes no more connections, lets requests end, writes what waits to be written, then ends.
//!
//! Deliberately absent: decisions of the domains, SQL, and printing.
//!
//! Begin reading at [`Server::open`].

pub mod checkup;
pub mod compose;
pub mod config;
pub mod health;
pub mod listen;
pub mod local;
pub mod logs;
mod loops;
pub mod metrics;
pub mod run;
pub mod secret;
pub mod systemd;
mod wikis;

pub use compose::{OpenError, Server};
pub use config::{Config, ConfigError};
pub use run::RunError;
