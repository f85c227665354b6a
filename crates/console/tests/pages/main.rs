//! The console: every page in every state, and visits over HTTP.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod accounts;
mod gallery;
mod hits;
mod leaks;
mod site;
mod stage;
mod start;
mod rights;
mod tokens;
mod visits;
