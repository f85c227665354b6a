//! The whole service, from outside.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod farm;
mod listening;
mod starting;
