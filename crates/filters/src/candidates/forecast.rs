//! What the brake would have said, had a candidate been in force while it ran beside its filter.
//!
//! Nothing is judged again: what the candidate matched is noted, and how the brake saw everybody is kept with the archived
//! actions of that time.

use super::{Candidate, REPLAYED_MAX, ROWS_MAX, Verdicts, records};
use crate::archive::Ask;
use crate::backtest::Backtests;
use crate::backtest::forecast::{Cast, Film, Forecast, NoForecast};
use crate::hits::Sight;
use crate::hits::list::Log;
use crate::judge::trial::Trial;
use crate::model::Filter;
use std::collections::HashSet;
use wikiward_farm::{Id, Timestamp};
use wikiward_store::StoreError;

impl Backtests {
    /// Replays the kept actions of the time that a candidate of `filter` ran in, the newest [`REPLAYED_MAX`] of them, as far as
    /// the viewer may know of them. Costs some 100 ms at most.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn of_candidate(
        &self,
        filter: &Filter,
        candidate: &Candidate,
        log: &Log,
        sight: &Sight,
    ) -> Result<Forecast, StoreError> {
        let snapshot = self.judge().snapshots().current();
        let group = snapshot.group(&filter.draft.group).cloned();
        let Some(trial) = group.and_then(|group| Trial::new(&candidate.rules, group).ok()) else {
            return Ok(Forecast { none: Some(NoForecast::NotObserved), ..Forecast::default() });
        };
        let matched = records::matched(&mut self.store().reader().await?, log, candidate.id, sight).await?;
        let ends = candidate.ended.map_or(candidate.ends_at, |(at, _)| at);
        let ask = Ask {
            wiki: match log {
                Log::Wiki(wiki) => Some(wiki.clone()),
                Log::Farm => None,
            },
            group: Some(filter.draft.group.clone()),
            from: Some(candidate.started_at),
            to: Some(known_until(candidate, &matched).map_or(ends, |until| until.min(ends))),
            ..Ask::default()
        };
        let matched: HashSet<Id> = matched.into_iter().map(|(id, ..)| id).collect();
        let mut film = Film::default();
        let mut scan = self.archive().scan(ask, sight.clone());
        let mut seen = 0;
        while seen < REPLAYED_MAX
            && let Some(batch) = scan.next_bare().await?
        {
            for action in batch.iter().take(REPLAYED_MAX - seen) {
                film.add(action, matched.contains(&action.id));
            }
            seen += batch.len();
        }
        let cast = Cast {
            key: Some(filter.key.clone()),
            actions: candidate.actions.clone().unwrap_or_else(|| filter.draft.actions.clone()),
            brake_profile: filter.draft.brake_profile,
        };
        let sealer = self.sealer().clone();
        let replay = move || film.replay(&snapshot, trial.rule(), &cast, &sealer);
        let replayed = tokio::task::spawn_blocking(replay).await;
        Ok(replayed.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())))
    }
}

/// Until when it is known what a candidate matched, if not to the end: of what it matches very often only so much is noted.
fn known_until(candidate: &Candidate, matched: &[(Id, Timestamp, Verdicts)]) -> Option<Timestamp> {
    let full = [Verdicts::Both, Verdicts::OnlyCandidate].into_iter();
    let full = full.filter(|verdicts| i64::try_from(candidate.totals.of(*verdicts)).is_ok_and(|it| it > ROWS_MAX));
    let last = |verdicts: Verdicts| {
        let of_kind = matched.iter().filter(|(_, _, of)| *of == verdicts);
        of_kind.map(|(_, at, _)| *at).max().unwrap_or(candidate.started_at)
    };
    full.map(last).min()
}
