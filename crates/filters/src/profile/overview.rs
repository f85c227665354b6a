//! What a start page shows: the last hour, and the filters that stand out.

use super::marks::Mark;
use super::slot::{DAY, HOUR, MINUTE, start};
use super::stats::StatsError;
use super::{Profile, Span};
use crate::model::State;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Timestamp, Viewer, WikiId};

/// Minutes that are shown.
pub const MINUTES_SHOWN: usize = 60;

/// The last hour of a wiki, and the filters that stand out there.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    /// The last sixty minutes, oldest first; the last one is not over yet.
    pub minutes: Vec<OverviewMinute>,
    /// Filters that stand out and may be seen, the worst first; empty for who may not see details.
    pub standing_out: Vec<StandingOut>,
}

/// One minute of a wiki.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverviewMinute {
    /// When it began.
    pub at: Timestamp,
    /// Actions that were judged, of all groups.
    pub verdicts: u64,
    /// Actions that a filter matched which may be seen.
    pub matched: u64,
    /// Matches of filters that may be seen which left a row; none for who may not see details.
    pub hits: Option<u64>,
    /// Actions that a filter stopped which may be seen; none for who may not see details.
    pub refused: Option<u64>,
}

/// A filter that stands out.
#[derive(Debug, Clone, PartialEq)]
pub struct StandingOut {
    /// How it is named on the wiki.
    pub gid: String,
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: State,
    /// Why; at least one.
    pub marks: Vec<Mark>,
    /// Matches in the last hour.
    pub matches_hour: u64,
    /// Matches in the last day.
    pub matches_day: u64,
}

impl Profile {
    /// The last hour of `wiki`, and the filters that stand out there, as far as `viewer` may know.
    ///
    /// Reads a day of buckets, some 300 short rows per group: a few milliseconds. What this node counted in the last minute
    /// is in it; of other nodes, what they have written. `hits` and `refused` count filters that the viewer may see, so that two
    /// viewers may be told different numbers; an action that two filters stopped was stopped once.
    ///
    /// The farm itself (`*`) has no actions of its own: ask for its wikis.
    ///
    /// # Errors
    /// [`StatsError::Forbidden`] without the right to list filters; [`StatsError::Store`].
    pub async fn overview(&self, viewer: &Viewer, wiki: &WikiId, now: Timestamp) -> Result<Overview, StatsError> {
        let sees = self.sees(viewer, wiki).await?;
        let day = Span { from: from_micros(micros(now) - DAY), to: Timestamp::MAX, now };
        let groups = self.read(wiki, day).await?;
        let last = start(micros(now), MINUTE);
        let first = last - HOUR + MINUTE;
        let empty = |number: usize| OverviewMinute {
            at: from_micros(first + i64::try_from(number).unwrap_or(0) * MINUTE),
            verdicts: 0,
            matched: 0,
            hits: sees.details.then_some(0),
            refused: sees.details.then_some(0),
        };
        let mut minutes: Vec<OverviewMinute> = (0..MINUTES_SHOWN).map(empty).collect();
        for (at, counts) in groups.values().flatten() {
            for (number, minute) in counts.minutes().iter().enumerate() {
                let after = at + i64::try_from(number).unwrap_or(0) * MINUTE - first;
                let place = usize::try_from(after / MINUTE).ok().filter(|_| after >= 0);
                let Some(shown) = place.and_then(|place| minutes.get_mut(place)) else { continue };
                let more = minute.lists.seen(|gid| sees.filter(gid).is_some());
                shown.verdicts += minute.verdicts;
                shown.matched += more.matched;
                shown.hits = shown.hits.map(|hits| hits + more.hits);
                shown.refused = shown.refused.map(|refused| refused + more.refused);
            }
        }
        let mut standing_out = Vec::new();
        for gid in sees.named.keys().filter(|_| sees.details) {
            let Some(filter) = sees.filter(gid) else { continue };
            let marks = Self::marks(filter, &groups, now);
            if marks.is_empty() {
                continue;
            }
            let look = super::notices::look(&groups, gid, filter.aged_from, now);
            standing_out.push(StandingOut {
                gid: gid.clone(),
                name: filter.name.clone(),
                state: filter.state,
                marks,
                matches_hour: look.hour.matches,
                matches_day: look.hour.matches + look.before.matches,
            });
        }
        standing_out.sort_by(|one, other| one.marks.cmp(&other.marks).then_with(|| one.gid.cmp(&other.gid)));
        Ok(Overview { minutes, standing_out })
    }
}
