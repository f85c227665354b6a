//! The last hour of a wiki, counted from its hits: one page of its log, not more.

use super::overview::{MINUTES_SHOWN, Mark, Minute, Standing};
use crate::state::Console;
use crate::visit::Visitor;
use std::collections::{BTreeMap, BTreeSet};
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Limit, Timestamp, WikiId};
use wikiward_filters::hits::list::{HitRow, Log, Question, Selection};
use wikiward_filters::hits::{HitError, Sight};
use wikiward_store::StoreError;

/// Microseconds of a minute.
const MINUTE: i64 = 60_000_000;

/// Minutes at the end of the hour in which a filter can stand out; the fifty before are its measure.
const RECENT: usize = 10;

/// Matches in those that are too few to stand out.
const SPIKE_MIN: u64 = 10;

/// What was counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Counted {
    pub(super) minutes: Vec<Minute>,
    pub(super) standing_out: Vec<Standing>,
    pub(super) is_cut: bool,
}

/// The last hour of `wiki`, as far as the visitor may see its hits.
///
/// # Errors
/// [`StoreError`] as the database answers.
pub(super) async fn last_hour(
    console: &Console,
    visitor: &Visitor,
    wiki: &WikiId,
    sight: &Sight,
    now: Timestamp,
) -> Result<Counted, StoreError> {
    let question = Question {
        log: Log::Wiki(wiki.clone()),
        selection: Selection { from: Some(beginning(now)), ..Selection::default() },
        after: None,
        is_ascending: false,
        limit: Limit::new(Limit::MAX.into()).unwrap_or_default(),
    };
    match console.hits.list(&question, sight, &visitor.viewer).await {
        Ok(page) => Ok(counted(wiki, &page.items, page.next.is_some(), now)),
        Err(HitError::Store(error) | HitError::ReadOnly(error)) => Err(error),
        // Neither a code nor an address was asked for.
        Err(HitError::TooManyGuesses | HitError::ReasonWanted | HitError::NotYet) => Ok(Counted::default()),
    }
}

/// When the first of the minutes began.
fn beginning(now: Timestamp) -> Timestamp {
    let last = micros(now).div_euclid(MINUTE) * MINUTE;
    from_micros(last - offset(MINUTES_SHOWN - 1))
}

fn offset(minutes: usize) -> i64 {
    i64::try_from(minutes).unwrap_or(0).saturating_mul(MINUTE)
}

/// The minute in which something happened.
fn place(at: Timestamp, first: Timestamp) -> Option<usize> {
    usize::try_from((micros(at) - micros(first)).div_euclid(MINUTE)).ok().filter(|place| *place < MINUTES_SHOWN)
}

fn counted(wiki: &WikiId, rows: &[HitRow], is_cut: bool, now: Timestamp) -> Counted {
    let first = beginning(now);
    let empty =
        |number| Minute { at: from_micros(micros(first) + offset(number)), verdicts: None, hits: 0, refused: 0 };
    let mut minutes: Vec<Minute> = (0..MINUTES_SHOWN).map(empty).collect();
    let mut refused = BTreeSet::new();
    for row in rows {
        let Some(minute) = place(row.key.at, first).and_then(|place| minutes.get_mut(place)) else { continue };
        minute.hits += 1;
        // Hits of one action have its evaluation in common; of a redacted one nothing but itself is known.
        let action = row.full.as_ref().map_or(row.key.hit_id, |full| full.evaluation_id);
        if row.decision == "refuse" && refused.insert(action) {
            minute.refused += 1;
        }
    }
    Counted { standing_out: spikes(wiki, rows, is_cut, first), minutes, is_cut }
}

/// Filters that matched at least ten times in the last ten minutes, and in them at least five times as often as before.
fn spikes(wiki: &WikiId, rows: &[HitRow], is_cut: bool, first: Timestamp) -> Vec<Standing> {
    let mut filters: BTreeMap<String, (u64, u64, &str)> = BTreeMap::new();
    for row in rows {
        let (Some(full), Some(place)) = (&row.full, place(row.key.at, first)) else { continue };
        let counts = filters.entry(full.filter.gid()).or_insert((0, 0, &row.filter_name));
        if place + RECENT >= MINUTES_SHOWN { counts.0 += 1 } else { counts.1 += 1 }
    }
    // Without the older hits nothing can be said of before.
    let oldest = rows.last().and_then(|row| place(row.key.at, first)).unwrap_or(0);
    if is_cut && oldest + RECENT >= MINUTES_SHOWN {
        return Vec::new();
    }
    // The fifty minutes before are five times as long.
    let stands_out = |recent: u64, before: u64| recent >= SPIKE_MIN && recent >= before;
    let standing = filters.into_iter().filter(|(_, (recent, before, _))| stands_out(*recent, *before));
    let standing = standing.map(|(gid, (recent, before, name))| Standing {
        wiki: wiki.clone(),
        gid,
        name: name.to_owned(),
        mark: Mark::Spike,
        matches: recent + before,
    });
    standing.collect()
}
