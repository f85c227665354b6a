//! The HTTP interface: JSON in and out, OpenAPI, one module a resource.
//!
//! A handler takes out what was sent, asks who sends it, calls one service and shapes the answer; it decides nothing.
//! Errors are problems (RFC 9457) with a stable [`Code`]; lists are pages with sealed cursors; documents have an `ETag`.
//!
//! Invariants:
//! * what may not be seen and what is not there get the same answer, byte for byte;
//! * bodies are bounded before they are read, after they are unpacked;
//! * an unknown field in a write is an error, so that a misspelt one never does less than was meant.
//!
//! Deliberately absent: SQL, rules about filters or people, and listening on sockets.
//!
//! Begin reading at [`router`], then [`auth`].

pub mod access_log;
pub mod accounts;
pub mod audit;
pub mod auth;
pub mod autopromote_holds;
pub mod backtests;
pub mod blocked_domains;
pub mod brakes;
pub mod browse;
pub mod candidates;
pub mod check;
pub mod consequences;
pub mod cursor;
pub mod etag;
pub mod evaluate;
pub mod explain;
pub mod farm;
pub mod feedback;
pub mod filter_history;
pub mod filters;
pub mod group_rights;
pub mod groups;
pub mod hits;
pub mod idempotency;
pub mod json;
pub mod notices;
pub mod portable;
pub mod problem;
pub mod renames;
pub mod reverts;
pub mod router;
pub mod sessions;
pub mod shadow_hits;
pub mod state;
pub mod stats;
pub mod text;
pub mod tokens;
pub mod unanswered;
pub mod wiki_sets;
pub mod wikis;

pub use auth::{Operator, Person, Program};
pub use cursor::Cursors;
pub use json::{Json, Query};
pub use problem::{Code, FieldError, Problem};
pub use router::router;
pub use state::{Api, Services};
