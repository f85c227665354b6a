//! What a wiki is to undo, and what it reports.

use super::standing::{Executed, RowState};
use crate::model::{Consequence, FilterKey, Privacy};
use std::collections::BTreeMap;
use wikiward_farm::{Id, Timestamp, WikiId};

/// One thing for a wiki to undo.
#[derive(Debug, Clone, PartialEq)]
pub struct Instruction {
    /// Names it: the job and the row.
    pub id: (Id, u32),
    /// The wiki.
    pub wiki: WikiId,
    /// The hit that did it.
    pub hit_id: Id,
    /// When that was.
    pub at: Timestamp,
    /// The filter.
    pub filter: FilterKey,
    /// Its name.
    pub filter_name: String,
    /// Who may see it.
    pub privacy: Privacy,
    /// The user.
    pub user: String,
    /// The user's id.
    pub user_id: Option<i64>,
    /// What to undo.
    pub undo: Undo,
    /// Why, in the words of who confirmed the job.
    pub reason: String,
    /// Who confirmed it.
    pub by: String,
}

/// What to undo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undo {
    /// A block: if it is still the one that the filter placed, unchanged.
    Block {
        /// The block, if the wiki reported it.
        block_id: Option<i64>,
    },
    /// Groups that were taken away: those still missing are put back, if nobody changed the person's groups since.
    Groups {
        /// The groups.
        groups: Vec<String>,
        /// Until when those were given that were not given for good, as the wiki reported it.
        until: BTreeMap<String, String>,
    },
    /// Whatever a custom consequence did.
    Custom {
        /// Its name.
        name: String,
        /// The parameters with which the filter had it.
        params: Vec<String>,
    },
}

impl Undo {
    pub(super) fn new(consequence: &str, executed: Executed, params: Vec<String>) -> Self {
        match Consequence::find(consequence) {
            Some(Consequence::Block) => Self::Block { block_id: executed.block_id },
            Some(Consequence::Degroup) => Self::Groups { groups: executed.groups, until: executed.until },
            _ => Self::Custom { name: consequence.to_owned(), params },
        }
    }
}

/// What a wiki reports of an instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The instruction.
    pub id: (Id, u32),
    /// What came of it.
    pub result: UndoResult,
    /// Why, as a word: 0 to 64 of `[a-z0-9_]`.
    pub cause: String,
    /// In words.
    pub note: String,
}

/// What came of an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndoResult {
    /// It is undone.
    Reverted,
    /// There was nothing to undo any more.
    NothingToDo,
    /// It could not be done.
    Failed,
}

impl UndoResult {
    /// The one of that name.
    pub fn find(name: &str) -> Option<Self> {
        match name {
            "reverted" => Some(Self::Reverted),
            "nothing_to_do" => Some(Self::NothingToDo),
            "failed" => Some(Self::Failed),
            _ => None,
        }
    }

    pub(super) const fn state(self) -> RowState {
        match self {
            Self::Reverted => RowState::Reverted,
            Self::NothingToDo => RowState::NothingToDo,
            Self::Failed => RowState::Failed,
        }
    }
}

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reported {
    /// It is noted.
    Noted,
    /// The same was reported before.
    Before,
    /// Something else was reported before, and stays.
    Other,
    /// There is no such instruction for the wiki.
    Unknown,
}

impl Reported {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Noted => "noted",
            Self::Before => "before",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }
}

/// How an instruction is named: `rj_…-7`.
pub fn instruction_name((job_id, row): (Id, u32)) -> String {
    format!("{}-{row}", super::job_name(job_id))
}

/// The job and row in an instruction's name.
pub fn instruction_id_of(name: &str) -> Option<(Id, u32)> {
    let (job, row) = name.rsplit_once('-')?;
    let is_number = row.bytes().all(|byte| byte.is_ascii_digit());
    Some((super::job_id_of(job)?, row.parse().ok().filter(|_| is_number)?))
}
