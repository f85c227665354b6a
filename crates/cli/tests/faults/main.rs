//! The real program while what it stands on fails: its disk is full, its database server is away, what it reads is broken.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod database;
mod disk;
mod farm;
mod input;
