//! Whole wikis of a real MediaWiki with AbuseFilter, brought over by the program: every count and every row as there.
//!
//! Debian's MediaWiki makes them; `cargo xtask test` installs it and says so in `WIKIWARD_ABUSEFILTER`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod compare;
mod house;
mod leftover;
mod mariadb;
mod rows;
mod sqlite;
