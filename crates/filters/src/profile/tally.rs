//! Counting while actions are judged: one short look at each verdict, nothing written anywhere.
//!
//! A [`Tally`] belongs to the filters of one group on one wiki, as they were compiled together. What every filter does at
//! every action (it is evaluated) is counted once for all; only filters to which something happened are looked at. Times
//! and conditions of single filters are taken from one run in [`TIMED_EVERY`], and from every run for a while after one
//! that was slow.

use super::counts::{Counts, FilterCounts};
use super::slot::minute_of;
use crate::model::{Class, FilterKey};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use wikiward_farm::{Timestamp, WikiId};

/// One run in so many has each of its filters timed.
pub const TIMED_EVERY: u32 = 64;

/// Runs that are timed after a slow one: enough to see whether one in a hundred is.
const WATCHED_FOR: u32 = 1_000;

/// A filter that takes longer was slow, microseconds: 50 ms.
pub const SLOW_US: u64 = 50_000;

/// Counts of the filters that judge together.
#[derive(Debug)]
pub struct Tally {
    pub(super) wiki: WikiId,
    pub(super) group: String,
    /// Names of the filters, those in effect first, then those in the shadow.
    gids: Vec<String>,
    /// How many of them are in effect.
    live: usize,
    runs: AtomicU32,
    watched: AtomicU32,
    /// Whether somebody collects the counts.
    pub(super) is_known: AtomicBool,
    open: Mutex<BTreeMap<i64, Open>>,
}

/// What was counted in one bucket and is not collected yet.
#[derive(Debug, Default)]
struct Open {
    evaluations: u64,
    shadow_runs: u64,
    counts: Counts,
    /// By place of the filter.
    filters: Vec<FilterCounts>,
}

/// What became of a filter in a run, if it is worth counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// Its rule failed.
    Failed,
    /// It ran out of time or work.
    OverBudget,
    /// There were no conditions left for it.
    Skipped,
}

/// A run as it is counted.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// When it ended.
    pub now: Timestamp,
    /// Microseconds of all filters.
    pub rules_us: u64,
    /// Conditions of all filters.
    pub conditions: u32,
    /// Whether the conditions did not last.
    pub is_exceeded: bool,
}

/// A match as it is counted.
#[derive(Debug)]
pub struct MatchOf<'a> {
    /// The filter's place.
    pub place: usize,
    /// Classes of its consequences, whether the brake let them through or not.
    pub classes: &'a [Class],
    /// Whether it stopped the action.
    pub refuses: bool,
    /// Whether it left a row.
    pub leaves_row: bool,
}

/// What timing one filter gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timing {
    /// Nanoseconds.
    pub nanos: u64,
    /// Conditions.
    pub conditions: u32,
}

impl Tally {
    /// Counts nothing yet. `live` are the filters in effect, `shadow` those in the shadow.
    pub fn new<'k>(
        wiki: &WikiId,
        group: &str,
        live: impl Iterator<Item = &'k FilterKey>,
        shadow: impl Iterator<Item = &'k FilterKey>,
    ) -> Self {
        let mut gids: Vec<String> = live.map(FilterKey::gid).collect();
        let count = gids.len();
        gids.extend(shadow.map(FilterKey::gid));
        Self {
            wiki: wiki.clone(),
            group: group.to_owned(),
            gids,
            live: count,
            // The first runs after a change are those of cold caches.
            runs: AtomicU32::new(TIMED_EVERY / 2),
            watched: AtomicU32::new(0),
            is_known: AtomicBool::new(false),
            open: Mutex::default(),
        }
    }

    /// Whether each filter of the run that begins now is to be timed.
    pub fn times_this_run(&self) -> bool {
        self.runs.fetch_add(1, Ordering::Relaxed) % TIMED_EVERY == TIMED_EVERY - 1
            || self.watched.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }

    /// Counts a run. `mishaps` and `matches` name only filters to which something happened; `timings` are by place.
    pub fn run<'m>(
        &self,
        run: Run,
        mishaps: impl Iterator<Item = (usize, Mishap)>,
        degraded: impl Iterator<Item = usize>,
        matches: impl Iterator<Item = MatchOf<'m>>,
        timings: Option<&[Timing]>,
    ) {
        if run.rules_us > SLOW_US {
            self.watched.store(WATCHED_FOR, Ordering::Relaxed);
        }
        self.with(run.now, |open, minute| {
            open.evaluations += 1;
            let group = &mut open.counts.group;
            group.verdicts += 1;
            group.limit_reached += u64::from(run.is_exceeded);
            group.conditions += u64::from(run.conditions);
            group.time_us.add(run.rules_us);
            for (place, mishap) in mishaps {
                let Some(filter) = open.filters.get_mut(place) else { continue };
                match mishap {
                    Mishap::Failed => filter.errors += 1,
                    Mishap::OverBudget => filter.over_budget += 1,
                    Mishap::Skipped => filter.skipped += 1,
                }
            }
            for place in degraded {
                if let Some(filter) = open.filters.get_mut(place) {
                    filter.degraded += 1;
                }
            }
            let mut list = String::new();
            for it in matches {
                let (Some(filter), Some(gid)) = (open.filters.get_mut(it.place), self.gids.get(it.place)) else {
                    continue;
                };
                filter.add_match(it.classes.iter().copied(), it.refuses, it.leaves_row);
                if !list.is_empty() {
                    list.push(',');
                }
                list.push_str(gid);
                if it.refuses {
                    list.push('!');
                } else if !it.leaves_row {
                    list.push('~');
                }
            }
            if let Some(minute) = open.counts.minute(minute) {
                minute.verdicts += 1;
                if !list.is_empty() {
                    minute.lists.add(list, 1);
                }
            }
            for (filter, timing) in open.filters.iter_mut().zip(timings.unwrap_or_default()) {
                filter.time(*timing);
            }
        });
    }

    /// Counts a run of the filters in the shadow. `matches` and `mishaps` are places as in [`Tally::run`]; `left_out` are
    /// those that could not be decided.
    pub fn shadow_run(
        &self,
        now: Timestamp,
        matches: impl Iterator<Item = usize>,
        mishaps: impl Iterator<Item = (usize, Mishap)>,
        left_out: impl Iterator<Item = usize>,
        timings: Option<&[Timing]>,
    ) {
        self.with(now, |open, _| {
            open.shadow_runs += 1;
            for place in matches {
                if let Some(filter) = open.filters.get_mut(place) {
                    filter.matches += 1;
                }
            }
            for (place, mishap) in mishaps {
                let Some(filter) = open.filters.get_mut(place) else { continue };
                match mishap {
                    Mishap::Failed => filter.errors += 1,
                    Mishap::OverBudget => filter.over_budget += 1,
                    Mishap::Skipped => filter.skipped += 1,
                }
            }
            for place in left_out {
                if let Some(filter) = open.filters.get_mut(place) {
                    filter.dropped += 1;
                }
            }
            for (filter, timing) in open.filters.iter_mut().skip(self.live).zip(timings.unwrap_or_default()) {
                filter.time(*timing);
            }
        });
    }

    /// Counts an action for which the filters in the shadow were not run.
    pub fn shadow_dropped(&self, now: Timestamp) {
        self.with(now, |open, _| {
            open.shadow_runs += 1;
            for filter in open.filters.iter_mut().skip(self.live) {
                filter.dropped += 1;
            }
        });
    }

    /// Counts an answer that asked for variables: for each filter that waits, the variable, and whether nobody else wants it.
    pub fn asked<'n>(&self, now: Timestamp, wants: impl Iterator<Item = (usize, &'n str, bool)>) {
        self.with(now, |open, _| {
            open.counts.group.needs += 1;
            for (place, name, is_alone) in wants {
                let Some(filter) = open.filters.get_mut(place) else { continue };
                let asked = match filter.asks.get_mut(name) {
                    Some(asked) => asked,
                    None => filter.asks.entry(name.to_owned()).or_default(),
                };
                asked.0 += 1;
                asked.1 += u64::from(is_alone);
            }
        });
    }

    /// Counts an action that the caller did not want judged.
    pub fn unjudged(&self, now: Timestamp, reason: &str) {
        self.with(now, |open, _| open.counts.group.add_unjudged(reason, 1));
    }

    fn with(&self, now: Timestamp, work: impl FnOnce(&mut Open, usize)) {
        let (slot, minute) = minute_of(now);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let open = open.entry(slot).or_default();
        if open.filters.is_empty() {
            open.filters.resize_with(self.gids.len(), FilterCounts::default);
        }
        work(open, minute);
    }

    /// Takes out what was counted, by the beginning of its bucket.
    pub(super) fn take(&self) -> Vec<(i64, Counts)> {
        let taken = std::mem::take(&mut *self.open.lock().unwrap_or_else(PoisonError::into_inner));
        taken.into_iter().map(|(slot, open)| (slot, self.close(open))).collect()
    }

    fn close(&self, open: Open) -> Counts {
        let mut counts = open.counts;
        for (place, (gid, mut filter)) in self.gids.iter().zip(open.filters).enumerate() {
            let runs = if place < self.live { open.evaluations } else { open.shadow_runs };
            filter.evaluations = runs.saturating_sub(filter.skipped).saturating_sub(filter.dropped);
            if !filter.is_empty() {
                counts.filters.insert(gid.clone(), filter);
            }
        }
        counts
    }
}

impl FilterCounts {
    fn time(&mut self, timing: Timing) {
        let micros = timing.nanos.div_ceil(1_000);
        self.time_us.add(micros);
        self.conditions.add(timing.conditions.into());
        self.slow += u64::from(micros > SLOW_US);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FilterNumber;

    fn key(wiki: &str, number: u32) -> FilterKey {
        FilterKey { wiki: wiki.parse().unwrap(), number: FilterNumber(number) }
    }

    fn tally() -> Tally {
        let live = [key("enwiki", 1), key("enwiki", 2), key("*", 3)];
        Tally::new(&"enwiki".parse().unwrap(), "default", live.iter(), [key("enwiki", 9)].iter())
    }

    fn run(second: i64, rules_us: u64) -> Run {
        Run { now: Timestamp::from_second(second).unwrap(), rules_us, conditions: 5, is_exceeded: false }
    }

    fn quiet(tally: &Tally, run: Run) {
        tally.run(run, [].into_iter(), [].into_iter(), [].into_iter(), None);
    }

    #[test]
    fn every_filter_is_evaluated_unless_something_was_in_its_way() {
        let tally = tally();
        quiet(&tally, run(0, 10));
        let matched = MatchOf { place: 0, classes: &[Class::Obstructive], refuses: true, leaves_row: true };
        let counted = MatchOf { place: 2, classes: &[], refuses: false, leaves_row: false };
        let mishaps = [(1, Mishap::Skipped), (2, Mishap::Failed), (99, Mishap::Failed)];
        tally.run(run(61, 20), mishaps.into_iter(), [0].into_iter(), [matched, counted].into_iter(), None);
        quiet(&tally, run(300, 10));
        tally.shadow_dropped(Timestamp::from_second(299).unwrap());
        let taken = tally.take();
        assert_eq!(taken.iter().map(|(slot, _)| *slot).collect::<Vec<_>>(), [0, 300_000_000]);
        let counts = &taken[0].1;
        assert_eq!((counts.group.verdicts, counts.group.conditions, counts.group.time_us.max()), (2, 10, 20));
        let of = |gid: &str| &counts.filters[gid];
        assert_eq!((of("1").evaluations, of("1").matches, of("1").refusals, of("1").degraded), (2, 1, 1, 1));
        assert_eq!((of("2").evaluations, of("2").skipped), (1, 1));
        assert_eq!((of("global-3").evaluations, of("global-3").errors, of("global-3").hits), (2, 1, 0));
        assert_eq!((of("9").evaluations, of("9").dropped), (0, 1));
        let minutes: Vec<u64> = counts.minutes().iter().map(|minute| minute.verdicts).collect();
        assert_eq!(minutes, [1, 1, 0, 0, 0]);
        assert_eq!(counts.minutes()[1].lists.seen(|_| true).hits, 1);
        assert_eq!(taken[1].1.filters["1"].evaluations, 1);
        assert!(tally.take().is_empty());
    }

    #[test]
    fn one_run_in_64_is_timed_and_many_after_a_slow_one() {
        let tally = tally();
        let timed = (0..640).filter(|_| tally.times_this_run()).count();
        assert_eq!(timed, 10);
        quiet(&tally, run(0, SLOW_US));
        assert_eq!((0..64).filter(|_| tally.times_this_run()).count(), 1);
        quiet(&tally, run(0, SLOW_US + 1));
        assert_eq!((0..500).filter(|_| tally.times_this_run()).count(), 500);
    }

    #[test]
    fn times_are_counted_by_place() {
        let tally = tally();
        let timings =
            [Timing { nanos: 1, conditions: 2 }, Timing { nanos: 60_000_000, conditions: 0 }, Timing::default()];
        tally.run(run(0, 1), [].into_iter(), [].into_iter(), [].into_iter(), Some(&timings));
        tally.shadow_run(
            run(0, 1).now,
            [3].into_iter(),
            [].into_iter(),
            [].into_iter(),
            Some(&[Timing { nanos: 7_000, conditions: 4 }]),
        );
        let (_, counts) = tally.take().remove(0);
        assert_eq!((counts.filters["1"].time_us.max(), counts.filters["1"].conditions.sum()), (1, 2));
        assert_eq!((counts.filters["2"].time_us.max(), counts.filters["2"].slow), (60_000, 1));
        assert_eq!((counts.filters["9"].time_us.max(), counts.filters["9"].matches), (7, 1));
    }

    #[test]
    fn variables_are_counted_for_who_wants_them() {
        let tally = tally();
        let now = run(0, 1).now;
        tally.asked(now, [(0, "new_links", false), (1, "new_links", false), (2, "user_rights", true)].into_iter());
        tally.asked(now, [(0, "new_links", true)].into_iter());
        tally.unjudged(now, "bot");
        let (_, counts) = tally.take().remove(0);
        assert_eq!((counts.group.needs, counts.group.unjudged["bot"]), (2, 1));
        assert_eq!(counts.filters["1"].asks["new_links"], (2, 1));
        assert_eq!(counts.filters["global-3"].asks["user_rights"], (1, 1));
    }
}
