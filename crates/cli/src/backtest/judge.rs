//! Judging one edit after another, and counting what was said.

use crate::backtest::actions::ActionMaker;
use crate::backtest::compare::Comparison;
use crate::backtest::examples::{EditRef, Example};
use crate::backtest::mark::excerpt;
use crate::backtest::panel::{Filter, Panel};
use crate::backtest::tally::{PairTally, Tally};
use crate::backtest::visible;
use crate::input::Edit;
use serde::Serialize;
use std::time::{Duration, Instant};
use wikiward_rules::error::ErrorId;
use wikiward_rules::ruleset::{self, Outcome, Verdict};
use wikiward_rules::vocabulary::VariableId;
use wikiward_rules::{Action, Options, Session, evaluate};

/// Each thread times every filter alone on so many edits that it decides, and after them on one of [`TIMED_EVERY`].
/// Timing all of them would cost as much as judging.
const TIMED_FIRST: u64 = 100;

/// See [`TIMED_FIRST`].
const TIMED_EVERY: u64 = 64;

/// What all threads share.
pub(super) struct Judge<'a> {
    /// The filters.
    pub(super) panel: &'a Panel,
    /// What they are compared with.
    pub(super) comparison: Option<&'a Comparison>,
    /// Makes actions of edits.
    pub(super) maker: ActionMaker,
    /// How rules are evaluated.
    pub(super) options: Options<'a>,
    /// Conditions that a filter may use on an edit alone; and all together, before the edit counts as over the limit.
    pub(super) condition_limit: u64,
    /// Most examples of each kind.
    pub(super) examples_max: usize,
    /// Whether every hit is listed.
    pub(super) lists_hits: bool,
}

/// What one thread keeps.
pub(super) struct Desk {
    /// What it counted.
    pub(super) tally: Tally,
    /// Hits as JSON lines, not yet taken.
    pub(super) hits: Vec<u8>,
    new: ruleset::Scratch,
    old: ruleset::Scratch,
    alone: evaluate::Scratch,
}

/// What a filter says of an edit.
#[derive(Clone, Copy)]
enum Said {
    Match,
    NoMatch,
    Undecided(VariableId),
    Failed(ErrorId),
}

#[derive(Serialize)]
struct Hit<'a> {
    filter: &'a str,
    #[serde(flatten)]
    edit: EditRef,
    #[serde(skip_serializing_if = "Option::is_none")]
    reverted: Option<bool>,
}

impl Judge<'_> {
    /// An empty desk.
    pub(super) fn desk(&self) -> Desk {
        let pairs = self.comparison.map_or(0, |comparison| comparison.pairs.len());
        Desk {
            tally: Tally::new(self.panel.filters.len(), pairs, self.examples_max),
            hits: Vec::new(),
            new: ruleset::Scratch::default(),
            old: ruleset::Scratch::default(),
            alone: evaluate::Scratch::default(),
        }
    }

    /// Judges the edit at `place` of the stream; places rise. Returns how many filters matched.
    pub(super) fn judge(&self, place: u64, edit: &Edit, desk: &mut Desk) -> u64 {
        let action = self.maker.action(edit);
        let is_timed = place.is_multiple_of(TIMED_EVERY);
        let is_set_timed = is_timed || desk.tally.time_ns.total() < TIMED_FIRST;
        let started = is_set_timed.then(Instant::now);
        let outcomes = self.panel.set.evaluate(&action, self.options, &mut desk.new);
        if let Some(started) = started {
            desk.tally.time_ns.record(nanoseconds(started.elapsed()));
        }
        let mut hits = 0;
        let mut conditions = 0;
        let counted = self.panel.filters.iter().zip(outcomes).zip(&mut desk.tally.filters);
        for ((filter, outcome), tally) in counted {
            conditions += u64::from(outcome.conditions);
            tally.warned += u64::from(!outcome.warnings.is_empty());
            match self.said(outcome) {
                Said::Match => {
                    hits += 1;
                    tally.hit(place, edit, || self.example(filter, edit, &action));
                    if self.lists_hits {
                        list(filter, edit, &mut desk.hits);
                    }
                }
                Said::NoMatch => tally.not_matched += 1,
                // The evaluation stopped for a variable: neither its cost nor its time says anything of the rule.
                Said::Undecided(variable) => {
                    tally.lacked(variable);
                    continue;
                }
                Said::Failed(error) => {
                    let message = || match &outcome.verdict {
                        Verdict::Error(error) => error.message(),
                        _ => format!("it uses {}", visible::counted(u64::from(outcome.conditions), "condition")),
                    };
                    tally.failure(place, error, message, edit);
                }
            }
            tally.conditions.record(u64::from(outcome.conditions));
            if is_timed || tally.time_ns.total() < TIMED_FIRST {
                tally.time_ns.record(self.time_alone(filter, &action, &mut desk.alone));
            }
        }
        if let Some(comparison) = self.comparison {
            let old = comparison.old.set.evaluate(&action, self.options, &mut desk.old);
            self.compare(place, edit, &action, (comparison, outcomes, old), &mut desk.tally.pairs);
        }
        desk.tally.edit(edit, hits, conditions, conditions > self.condition_limit);
        hits
    }

    /// What the outcome means. A filter that passes the limit alone fails, as on the wiki.
    fn said(&self, outcome: &Outcome) -> Said {
        match &outcome.verdict {
            Verdict::Error(error) => Said::Failed(error.id),
            _ if u64::from(outcome.conditions) > self.condition_limit => Said::Failed(ErrorId::ConditionLimit),
            Verdict::Match => Said::Match,
            Verdict::NoMatch => Said::NoMatch,
            Verdict::Needs(variable) => Said::Undecided(*variable),
        }
    }

    fn compare(
        &self,
        place: u64,
        edit: &Edit,
        action: &Action,
        (comparison, new, old): (&Comparison, &[Outcome], &[Outcome]),
        tallies: &mut [PairTally],
    ) {
        for (&(new_index, old_index), tally) in comparison.pairs.iter().zip(tallies) {
            let (Some(new), Some(old)) = (new.get(new_index), old.get(old_index)) else {
                continue;
            };
            let example =
                |panel: &Panel, index: usize| panel.filters.get(index).map(|filter| self.example(filter, edit, action));
            match (self.said(new), self.said(old)) {
                (Said::Match, Said::Match) => tally.both += 1,
                (Said::NoMatch, Said::NoMatch) => tally.neither += 1,
                (Said::Match, Said::NoMatch) => {
                    tally.gained += 1;
                    tally.gained_outcomes.count(edit);
                    tally.gained_examples.offer_some(place, || example(self.panel, new_index));
                }
                (Said::NoMatch, Said::Match) => {
                    tally.lost += 1;
                    tally.lost_outcomes.count(edit);
                    tally.lost_examples.offer_some(place, || example(&comparison.old, old_index));
                }
                _ => tally.undecided += 1,
            }
        }
    }

    fn example(&self, filter: &Filter, edit: &Edit, action: &Action) -> Example {
        let vocabulary = self.panel.set.vocabulary();
        Example {
            edit: EditRef::of(edit),
            summary: edit.comment.clone(),
            reverted: edit.outcome.map(|outcome| outcome.reverted),
            excerpt: excerpt(&filter.rule, &filter.source.rule, action, vocabulary, self.options),
        }
    }

    /// Nanoseconds of a filter alone, on an action whose derived values are there already.
    fn time_alone(&self, filter: &Filter, action: &Action, scratch: &mut evaluate::Scratch) -> u64 {
        let mut session = Session::new(action, self.panel.set.vocabulary(), self.options, scratch);
        let started = Instant::now();
        session.evaluate(&filter.rule);
        nanoseconds(started.elapsed())
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn list(filter: &Filter, edit: &Edit, hits: &mut Vec<u8>) {
    let hit =
        Hit { filter: &filter.key, edit: EditRef::of(edit), reverted: edit.outcome.map(|outcome| outcome.reverted) };
    // Writing texts and numbers to memory cannot fail.
    if serde_json::to_writer(&mut *hits, &hit).is_ok() {
        hits.push(b'\n');
    }
}
