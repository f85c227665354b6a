//! The last hour of a wiki and the filters that stand out there, as they were counted while judging.

use super::overview::{Mark, Minute, Standing};
use crate::state::Console;
use crate::visit::Visitor;
use wikiward_farm::{Timestamp, WikiId};
use wikiward_filters::profile::marks::Mark as Marked;
use wikiward_filters::profile::{Overview, StatsError};
use wikiward_store::StoreError;

/// Filters that are shown of one wiki, where all are.
const STANDING_MAX: usize = 100;

/// What was counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Counted {
    pub(super) minutes: Vec<Minute>,
    pub(super) standing_out: Vec<Standing>,
}

/// The last hour of `wiki`, as far as the visitor may know.
///
/// # Errors
/// [`StoreError`] as the database answers.
pub(super) async fn last_hour(
    console: &Console,
    visitor: &Visitor,
    wiki: &WikiId,
    now: Timestamp,
) -> Result<Counted, StoreError> {
    match console.judge.profile().overview(&visitor.viewer, wiki, now).await {
        Ok(overview) => Ok(counted(wiki, overview)),
        Err(StatsError::Store(error)) => Err(error),
        // A wiki that was closed in between, or whose filters may not be listed, has no numbers.
        Err(StatsError::NotFound | StatsError::Forbidden(_) | StatsError::TooMuch) => Ok(Counted::default()),
    }
}

fn counted(wiki: &WikiId, overview: Overview) -> Counted {
    let minute = |minute: &wikiward_filters::profile::overview::OverviewMinute| Minute {
        at: minute.at,
        verdicts: minute.verdicts,
        matched: minute.matched,
        refused: minute.refused,
    };
    let standing = overview.standing_out.into_iter().take(STANDING_MAX).map(|filter| Standing {
        wiki: wiki.clone(),
        gid: filter.gid,
        name: filter.name,
        marks: filter.marks.into_iter().map(mark).collect(),
        matches: filter.matches_hour,
    });
    Counted { standing_out: standing.collect(), minutes: overview.minutes.iter().map(minute).collect() }
}

fn mark(mark: Marked) -> Mark {
    match mark {
        Marked::Slow => Mark::Slow,
        Marked::Degraded => Mark::Degraded,
        Marked::Failing => Mark::Failing,
        Marked::Spike => Mark::Spike,
        Marked::NeverMatched => Mark::NeverMatched,
    }
}
