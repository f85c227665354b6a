//! What a backtest found, in numbers.

use super::estimate::{Estimate, Weighed};
use super::forecast::Forecast;
use crate::archive::{Outcome, StoredAction};
use crate::judge::trial::{Tried, Verdict};
use crate::profile::histogram::Histogram;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Id, Timestamp, WikiId};

/// The newest actions of each class that are kept to look at.
pub const EXAMPLES_MAX: usize = 100;

/// Variables whose lack is counted by name.
const MISSING_MAX: usize = 64;

/// How often the rule said what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// It matches.
    #[serde(rename = "match")]
    pub matched: u64,
    /// It does not.
    pub no_match: u64,
    /// It reads what is not known.
    pub undecided: u64,
    /// It ends with an error, and so does not match.
    pub error: u64,
}

/// Beside the rule that it is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Diff {
    /// Only the new one matches.
    pub gained: u64,
    /// Only the old one does.
    pub lost: u64,
    /// Both do.
    pub both: u64,
    /// Neither does.
    pub neither: u64,
    /// One of them is undecided.
    pub undecided: u64,
}

/// A class of actions in the comparison. Without one, every match is gained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiffClass {
    /// Only the new rule matches.
    Gained,
    /// Only the old one does.
    Lost,
    /// Both do.
    Both,
    /// One of them is undecided.
    Undecided,
}

/// A distribution in three numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Spread {
    /// The middle one.
    pub p50: u64,
    /// Exceeded by one in twenty.
    pub p95: u64,
    /// The greatest.
    pub max: u64,
}

/// Why a backtest ended before it had seen all actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CutWhy {
    /// It had seen as many as it was to.
    Max,
    /// It took too long.
    Time,
}

/// What a backtest found.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Actions that the rule was tried on.
    pub actions: u64,
    /// How many actions they stand for.
    pub stand_for: f64,
    /// What it said.
    pub counts: Counts,
    /// Names of variables that were not known, with how often the rule wanted them, most often first.
    pub missing: Vec<(String, u64)>,
    /// Beside the rule that it is compared with.
    pub diff: Option<Diff>,
    /// Matches a day, if all actions of the time were sampled.
    pub per_day: Option<Estimate>,
    /// Actions a day that would match or not, which is not known.
    pub undecided_per_day: Option<Estimate>,
    /// Days that the sampled actions cover.
    pub days: f64,
    /// By kind of action.
    pub by_kind: BTreeMap<String, Counts>,
    /// By standing of the actor: `good`, `other`, `unknown`.
    pub by_standing: BTreeMap<String, Counts>,
    /// By kind of actor.
    pub by_actor_type: BTreeMap<String, Counts>,
    /// By what became of the action: `saved`, `reverted`, `refused`, `failed`, `unknown`.
    pub by_outcome: BTreeMap<String, Counts>,
    /// Conditions of one action.
    pub conditions: Spread,
    /// Microseconds of one action.
    pub time_us: Spread,
    /// Whether the brake would have stopped the rule; none until all actions were seen.
    pub forecast: Option<Forecast>,
    /// Why not all actions were seen, if so.
    pub cut: Option<CutWhy>,
    /// The oldest action that was seen, in microseconds since 1970.
    pub oldest: Option<i64>,
}

/// An action that is kept to look at: where to find it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) wiki: String,
    pub(super) id: String,
    /// The hit, where the action is known by one only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) hit: Option<String>,
    /// What the rule wanted to know, or how it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
}

/// By class, newest first.
pub(super) type Examples = BTreeMap<String, Vec<Kept>>;

impl CutWhy {
    /// As answered.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Max => "max",
            Self::Time => "time",
        }
    }
}

impl Counts {
    /// All of them.
    pub fn all(self) -> u64 {
        self.matched + self.no_match + self.undecided + self.error
    }

    /// The share of what is undecided, 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 53 bits")]
    pub fn undecided_share(self) -> f64 {
        if self.all() == 0 { 0.0 } else { self.undecided as f64 / self.all() as f64 }
    }

    fn add(&mut self, verdict: &Verdict) {
        *match verdict {
            Verdict::Match => &mut self.matched,
            Verdict::NoMatch => &mut self.no_match,
            Verdict::Undecided(_) => &mut self.undecided,
            Verdict::Failed(_) => &mut self.error,
        } += 1;
    }
}

impl DiffClass {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Gained, Self::Lost, Self::Both, Self::Undecided];

    /// As answered.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gained => "gained",
            Self::Lost => "lost",
            Self::Both => "both",
            Self::Undecided => "undecided",
        }
    }

    /// The one of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// Where an action belongs; none if neither rule matches.
    fn of(mine: &Verdict, other: Option<&Verdict>) -> Option<Self> {
        let matches = |verdict: &Verdict| matches!(verdict, Verdict::Match);
        let is_open = |verdict: &Verdict| matches!(verdict, Verdict::Undecided(_));
        if is_open(mine) || other.is_some_and(is_open) {
            return Some(Self::Undecided);
        }
        match (matches(mine), other.is_some_and(matches)) {
            (true, true) => Some(Self::Both),
            (true, false) => Some(Self::Gained),
            (false, true) => Some(Self::Lost),
            (false, false) => None,
        }
    }
}

/// Adds up what a backtest finds.
#[derive(Debug, Default)]
pub(super) struct Tally {
    report: Report,
    pub(super) examples: Examples,
    missing: BTreeMap<String, u64>,
    matches: Weighed,
    undecided: Weighed,
    heaviest: f64,
    conditions: Histogram,
    micros: Histogram,
    /// The oldest action of the archive.
    sampled_from: Option<Timestamp>,
}

impl Tally {
    pub(super) fn new(compares: bool) -> Self {
        let diff = compares.then(Diff::default);
        Self { report: Report { diff, ..Report::default() }, ..Self::default() }
    }

    /// Counts an action. `hit` is the hit that it is known by, if it is not in the archive.
    pub(super) fn add(
        &mut self,
        action: &StoredAction,
        hit: Option<Id>,
        mine: &Tried,
        other: Option<&Tried>,
        nanos: u64,
    ) {
        let report = &mut self.report;
        let verdict = &mine.verdict;
        report.actions += 1;
        report.stand_for += action.weight;
        report.counts.add(verdict);
        report.oldest = Some(micros(action.at));
        let groups: [(&mut BTreeMap<String, Counts>, &str); 4] = [
            (&mut report.by_kind, &action.kind),
            (&mut report.by_standing, action.standing.name()),
            (&mut report.by_actor_type, action.actor.kind.name()),
            (&mut report.by_outcome, action.outcome.name()),
        ];
        for (counts, name) in groups {
            if let Some(counts) = counts.get_mut(name) {
                counts.add(verdict);
            } else {
                counts.entry(name.to_owned()).or_default().add(verdict);
            }
        }
        self.conditions.add(mine.conditions.into());
        self.micros.add(nanos / 1_000);
        if hit.is_none() {
            self.sampled_from = Some(action.at);
            self.heaviest = self.heaviest.max(action.weight);
            match verdict {
                Verdict::Match => self.matches.add(action.weight),
                Verdict::Undecided(_) => self.undecided.add(action.weight),
                Verdict::NoMatch | Verdict::Failed(_) => {}
            }
        }
        if let Verdict::Undecided(name) = verdict
            && (self.missing.contains_key(name) || self.missing.len() < MISSING_MAX)
        {
            *self.missing.entry(name.clone()).or_default() += 1;
        }
        let other = other.map(|other| &other.verdict);
        let class = DiffClass::of(verdict, other);
        if let Some(diff) = &mut self.report.diff {
            *match class {
                Some(DiffClass::Gained) => &mut diff.gained,
                Some(DiffClass::Lost) => &mut diff.lost,
                Some(DiffClass::Both) => &mut diff.both,
                Some(DiffClass::Undecided) => &mut diff.undecided,
                None => &mut diff.neither,
            } += 1;
        }
        if let Some(class) = class {
            self.keep(class, action, hit, verdict, other);
        }
    }

    fn keep(
        &mut self,
        class: DiffClass,
        action: &StoredAction,
        hit: Option<Id>,
        mine: &Verdict,
        other: Option<&Verdict>,
    ) {
        let examples = self.examples.entry(class.name().to_owned()).or_default();
        if examples.len() >= EXAMPLES_MAX {
            return;
        }
        let why = |verdict: &Verdict| match verdict {
            Verdict::Undecided(name) => Some(name.clone()),
            _ => None,
        };
        examples.push(Kept {
            wiki: action.wiki.to_string(),
            id: action.id.to_string(),
            hit: hit.map(|hit| hit.to_string()),
            why: why(mine).or_else(|| other.and_then(why)),
        });
    }

    /// The report as it stands. `from` is where the time that was asked for begins, if the archive reaches back so far; `to`
    /// where it ends.
    pub(super) fn report(&self, from: Option<Timestamp>, to: Timestamp) -> Report {
        let mut report = self.report.clone();
        let mut missing: Vec<(String, u64)> = self.missing.iter().map(|(name, count)| (name.clone(), *count)).collect();
        missing.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        report.missing = missing;
        report.conditions = spread(&self.conditions);
        report.time_us = spread(&self.micros);
        if let Some(oldest) = self.sampled_from {
            let begin = from.map_or(oldest, |from| from.min(oldest));
            report.days = days(begin, to);
            let heaviest = self.heaviest.max(1.0);
            report.per_day = Some(self.matches.per_day(report.days, heaviest));
            report.undecided_per_day =
                (self.undecided.sum() > 0.0).then(|| self.undecided.per_day(report.days, heaviest));
        }
        report
    }

    /// Actions seen so far.
    pub(super) fn actions(&self) -> u64 {
        self.report.actions
    }

    /// The oldest action seen so far.
    pub(super) fn oldest(&self) -> Option<Timestamp> {
        self.report.oldest.map(from_micros)
    }
}

fn spread(of: &Histogram) -> Spread {
    Spread { p50: of.quantile(500), p95: of.quantile(950), max: of.max() }
}

/// Days between two times, an hour at least.
fn days(from: Timestamp, to: Timestamp) -> f64 {
    (to.duration_since(from).as_secs_f64() / 86_400.0).max(1.0 / 24.0)
}

/// The wiki of an example; none if it is none.
pub(super) fn place(kept: &Kept) -> Option<(WikiId, Id)> {
    Some((kept.wiki.parse().ok()?, kept.id.parse().ok()?))
}

/// What an outcome is called in reports.
pub(super) fn outcome_of_hit(outcome: &str, decision: &str) -> Outcome {
    Outcome::of(outcome, false, decision)
}
