//! How many rows there are, and what became of them.

use super::problem::Cause;
use serde::Serialize;
use std::collections::BTreeMap;

/// The rows of one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counted {
    /// Rows in the table.
    pub source: u64,
    /// Brought over by earlier runs.
    pub before: u64,
    /// Brought over by this run.
    pub now: u64,
    /// Of other wikis, which bring them over themselves.
    pub mirrored: u64,
    /// Not brought over: each is a problem.
    pub refused: u64,
}

impl Counted {
    /// Whether every row is accounted for.
    pub fn is_whole(&self) -> bool {
        self.source == self.before + self.now + self.mirrored + self.refused
    }
}

/// What there is here of the wiki.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Here {
    /// Filters, the farm-wide ones included if the wiki is the central one.
    pub filters: u64,
    /// Versions of them.
    pub versions: u64,
    /// Hits that were brought over from the wiki's log.
    pub hits: u64,
}

/// What became of a wiki's tables.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Report {
    /// The wiki.
    pub wiki: String,
    /// Whether nothing was written.
    pub is_dry_run: bool,
    /// The tables, by name.
    pub tables: BTreeMap<&'static str, Counted>,
    /// Here before the run.
    pub here_before: Here,
    /// Here after it; in a dry run, what there would be.
    pub here_after: Here,
    /// Versions that stand for filters whose history lacks what they are now.
    pub versions_added: u64,
    /// Problems of all runs by table and cause, those that were solved left out.
    pub problems: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
}

impl Report {
    /// Whether every row of every table is accounted for.
    pub fn is_whole(&self) -> bool {
        self.tables.values().all(Counted::is_whole)
    }

    /// Rows that are not here.
    pub fn refused(&self) -> u64 {
        self.tables.values().map(|counted| counted.refused).sum()
    }

    /// Whether this run brought nothing over: all was here before.
    pub fn is_unchanged(&self) -> bool {
        self.tables.values().all(|counted| counted.now == 0)
    }

    pub(super) fn note(&mut self, table: &'static str, cause: Cause) {
        *self.problems.entry(table).or_default().entry(cause.code()).or_default() += 1;
    }
}
