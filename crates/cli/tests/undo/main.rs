//! Undoing what filters did, on a real MediaWiki: people are blocked and lose groups there because a verdict said so, others
//! change some of it by hand, and a job undoes the rest.
//!
//! Debian's MediaWiki makes the wiki; `cargo xtask test` installs it and says so in `WIKIWARD_ABUSEFILTER`. The wiki's side
//! is played by `oracle/act.php` and `oracle/undo.php`. The service keeps its own on SQLite, or with
//! `WIKIWARD_SUITE_ON=postgres` on the server of `WIKIWARD_POSTGRES`; `cargo xtask test` does either.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod blocks;
mod groups;
mod house;
