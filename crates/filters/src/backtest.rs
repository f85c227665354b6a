//! Backtests: a rule, tried on stored actions before anybody relies on it.
//!
//! A job reads the archive and the hits, as far as the person who started it may know of them, newest first, and asks the
//! rule, and the one that it is compared with. Unknown is not false: what cannot be decided is counted by itself.
//! [`Backtests`] starts jobs and answers for them; a [`Report`] is made by a pure tally; [`forecast`] replays the actions
//! through the brake.
//!
//! Invariants:
//! * judging always goes first: jobs run at a lower priority, and give way while actions are judged;
//! * reports hold numbers and names of variables; who acted and on what is looked up when somebody asks, so that what is
//!   hidden or removed later is gone from here at once;
//! * a job that nobody runs any more says so.
//!
//! Begin reading at [`Backtests::start`], then `run`.

mod ahead;
mod ask;
mod error;
mod estimate;
pub mod forecast;
mod job;
mod look;
mod pace;
pub(crate) mod records;
mod report;
mod run;
mod service;
mod source;

pub use ask::{Against, AskError, BacktestAsk, MAX_ACTIONS, Sources};
pub use error::BacktestError;
pub use estimate::Estimate;
pub use job::{Example, Job, JobKey, JobState, Progress};
pub use report::{Counts, CutWhy, Diff, DiffClass, EXAMPLES_MAX, Report, Spread};
pub use service::{Backtests, PER_INSTALLATION_MAX, PER_PERSON_MAX};
pub(crate) use service::{UNHEARD_MAX, rules_digest};

#[cfg(test)]
mod tests;
