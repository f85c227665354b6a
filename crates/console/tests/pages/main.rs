//! The console: every page in every state, and visits over HTTP.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod accounts;
mod aftermath;
mod audit;
mod filters;
mod forms;
mod gallery;
mod groups;
mod health;
mod hits;
mod leaks;
mod profile;
mod rights;
mod signed_out;
mod site;
mod stage;
mod start;
mod tokens;
mod visits;
mod wikis;
