//! Undoing what a filter did: a job is prepared, looked at, confirmed; the wikis carry it out and report.
//!
//! A job is about single consequences of single hits. Preparing one says of each whether it can be undone; confirming starts
//! those that a person chose. Holds of automatic promotion are kept here and end at once; for everything else the wiki
//! fetches instructions ([`Reverts::pending`]) and reports what came of them ([`Reverts::report`]), as often as it likes.
//!
//! Invariants:
//! * nothing is undone that was not shown to the person who confirmed it;
//! * no consequence of a hit is undone twice: one that waits or was undone is not taken into another job;
//! * rows whose hits a viewer may not see are not there for that viewer, in no list and no count;
//! * the engine never calls a wiki.
//!
//! What only the wiki can know is the wiki's to decide: whether a block is still the one that the filter placed, and which
//! groups are still missing.
//!
//! Begin reading at [`Reverts::prepare`], then [`standing`].

mod confirm;
mod instruction;
pub(crate) mod records;
mod service;
pub mod standing;
#[cfg(test)]
mod tests;

pub use instruction::{Instruction, Report, Reported, Undo, UndoResult, instruction_id_of, instruction_name};
pub use service::{Ask, Prepared, Reverts};
pub use standing::{Cause, RowState};

use crate::hits::list::HitRow;
use crate::life::NotNow;
use crate::model::FilterKey;
use std::collections::BTreeMap;
use wikiward_farm::{Coded, Id, Right, Timestamp, WikiId};
use wikiward_store::StoreError;

/// Most rows of one job.
pub const ROWS_MAX: usize = 500;

/// Hits that are looked at for one consequence of a job, the newest ones; it says where the others begin.
pub const LOOKED_AT_MAX: usize = 100_000;

/// Seconds for which a job that was prepared can be confirmed.
pub const CONFIRM_FOR_S: i64 = 3_600;

/// Most instructions fetched at once.
pub const FETCHED_MAX: usize = 100;

/// Most results reported at once.
pub const REPORTED_MAX: usize = 500;

/// Most characters of a reason, and of what a wiki notes.
pub const REASON_CHARACTERS_MAX: usize = 500;

/// Topic of changes: the subject is the wiki that has instructions.
pub const TOPIC: &str = "reverts";

/// A job.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Names it.
    pub job_id: Id,
    /// Whose hits: a wiki's, or those on all wikis.
    pub wiki: WikiId,
    /// The filter.
    pub filter: FilterKey,
    /// Hits from then.
    pub from: Timestamp,
    /// Hits before then.
    pub to: Timestamp,
    /// Consequences meant.
    pub consequences: Vec<String>,
    /// Why.
    pub reason: String,
    /// Whether there were more hits than one job has, or are looked at for one.
    pub is_cut: bool,
    /// Where the next job goes on: the newest hits before then are those that were left out, or not looked at. A hit at that
    /// very time may be in both. None if nothing was left out, or more within a millisecond than one job has.
    pub rest_to: Option<Timestamp>,
    /// When it was prepared.
    pub prepared_at: Timestamp,
    /// Who did.
    pub by: String,
    /// When it was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When what was left of it was given up.
    pub cancelled_at: Option<Timestamp>,
    /// Rows by state, as far as they may be seen.
    pub counts: BTreeMap<RowState, u32>,
}

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// It can be confirmed.
    Prepared,
    /// It was not confirmed in time.
    Lapsed,
    /// Wikis have yet to carry some of it out.
    Running,
    /// Everything that can come of it has.
    Done,
    /// It was given up.
    Cancelled,
}

impl JobState {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prepared => "prepared",
            Self::Lapsed => "lapsed",
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Job {
    /// Until when it can be confirmed.
    pub fn confirm_until(&self) -> Timestamp {
        self.prepared_at.checked_add(jiff::SignedDuration::from_secs(CONFIRM_FOR_S)).unwrap_or(Timestamp::MAX)
    }

    /// How it stands at `now`.
    pub fn state(&self, now: Timestamp) -> JobState {
        if self.cancelled_at.is_some() {
            JobState::Cancelled
        } else if self.confirmed_at.is_none() {
            if now <= self.confirm_until() { JobState::Prepared } else { JobState::Lapsed }
        } else if self.counts.get(&RowState::Pending).is_some_and(|count| *count > 0) {
            JobState::Running
        } else {
            JobState::Done
        }
    }
}

/// One consequence of one hit, in a job.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its number in the job, from 1.
    pub number: u32,
    /// The hit.
    pub hit: HitRow,
    /// The consequence.
    pub consequence: String,
    /// How it stands.
    pub state: RowState,
    /// Why: a word of ours ([`Cause`]) or of the wiki's.
    pub cause: String,
    /// What the wiki notes.
    pub note: String,
    /// When it last changed.
    pub changed_at: Timestamp,
}

/// What has come of a wiki's instructions, for monitoring. Names no filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// How they stand: waiting for the wiki, undone, nothing to do, or failed.
    pub state: RowState,
    /// The wiki that does it.
    pub wiki: WikiId,
    /// How many.
    pub rows: u64,
    /// When the oldest of them came to stand so.
    pub since: Timestamp,
}

/// The place of a job in lists: newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobKey {
    /// When it was prepared.
    pub at: Timestamp,
    /// Which.
    pub job_id: Id,
}

/// Why something could not be done with a job.
#[derive(Debug, thiserror::Error)]
pub enum RevertError {
    /// Filter or job are not there, or may not be seen.
    #[error("there is no such job to be seen")]
    NotFound,
    /// A right is missing.
    #[error("this needs the right {0}")]
    Forbidden(Right),
    /// What was sent means nothing.
    #[error("{message}")]
    Bad {
        /// The field meant.
        field: &'static str,
        /// What is wrong.
        message: String,
    },
    /// The token that shows that the rows were looked at is missing.
    #[error("this undoes what a filter did. Look at the rows, then send the job's `confirm_token` with those meant")]
    ConfirmRequired,
    /// The job was prepared too long ago, confirmed or given up before, or the token is not its own.
    #[error("the job cannot be confirmed any more. Prepare it anew")]
    ConfirmExpired,
    /// Too much was prepared.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// There is nothing left to give up.
    #[error("nothing of the job is left to be given up")]
    Over,
    /// The database did not answer.
    #[error("the filter store did not answer")]
    Store(#[from] StoreError),
}

impl Coded for RevertError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Forbidden(_) => "forbidden",
            Self::Bad { .. } => "bad_request",
            Self::ConfirmRequired => "confirm_required",
            Self::ConfirmExpired => "confirm_expired",
            Self::NotNow(_) => "rate_limited",
            Self::Over => "job_over",
            Self::Store(error) => error.code(),
        }
    }
}

/// How a job is named: `rj_` and its id.
pub fn job_name(id: Id) -> String {
    format!("rj_{id}")
}

/// The id in a job's name.
pub fn job_id_of(name: &str) -> Option<Id> {
    name.strip_prefix("rj_")?.parse().ok()
}
