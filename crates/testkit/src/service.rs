//! The service as a process of its own, and a farm in it: for the demonstration, measurements and tests that kill it.
//!
//! [`Process`] starts `wikiward serve` in a folder, waits until it is ready, and ends it, gently or not. [`Client`] speaks
//! HTTP to it on one kept connection. [`Launch::make_farm`] makes what a newcomer makes first, by the program's own
//! commands: wikis, filters, a token.

mod client;
mod farm;
mod process;

pub use client::{Address, Answer, Client};
pub use farm::{Farm, Wiki};
pub use process::{Launch, Process};

/// What went wrong, for people.
pub type Trouble = Box<dyn std::error::Error + Send + Sync>;
