//! Filters: their life, their groups, how they judge actions, and what is kept of it.
//!
//! Judging reads memory only: a snapshot of all filters in force ([`snapshot`]), counters, and states of warnings. What it
//! leaves behind goes through one bounded writer ([`hits`]).
//!
//! Invariants (the book, *What always holds*):
//! * a rule that fails, or runs out of budget, does not match; it is reported, never silent;
//! * the same action is judged once: a second request gets the first answer and leaves nothing;
//! * an answer that refuses is given after its hits are stored, never before;
//! * who may not see a filter or hit learns nothing of it, from no list, count or error.
//!
//! Deliberately absent: HTTP, and calling wikis. The engine decides; wikis act and report.
//!
//! Begin reading at [`model::Filter`].

pub mod archive;
pub mod autopromote;
pub mod backtest;
pub mod brake;
pub mod candidates;
pub mod consequences;
pub mod diff;
pub mod domains;
pub mod explain;
pub mod groups;
pub mod hits;
pub mod judge;
pub mod life;
pub mod messages;
pub mod migrate;
pub mod model;
pub mod notices;
pub mod portable;
pub mod profile;
pub mod reverts;
pub mod save;
pub mod snapshot;
