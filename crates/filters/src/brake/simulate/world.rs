//! One run of one scenario.

use super::chance::Chance;
use super::guard::{Algorithm, Does, Guard};
use super::scenario::{Scenario, Traffic};
use super::trace::{Counts, Latch, Moment, Trace};
use super::traffic::{Crowd, Flow, Someone, attempts};
use crate::brake::{Mark, Surroundings};
use crate::model::Class;
use std::collections::HashSet;
use wikiward_farm::Timestamp;

/// What came of a run.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Outcome {
    /// Minutes to the latch of destructive consequences.
    pub destructive_at: Option<f64>,
    /// Minutes to the latch of refusals.
    pub obstructive_at: Option<f64>,
    /// Minutes to the latch of nuisances.
    pub nuisance_at: Option<f64>,
    /// What happened to people and attempts.
    pub counts: Counts,
}

/// The moment of the save: an hour of a Monday, as any.
const SAVED_AT: i64 = 1_790_000_000;

/// What a wiki usually looks like, as the brake knows it when the filter is saved.
#[derive(Debug, Clone)]
pub struct Past(Surroundings);

impl Past {
    /// The weeks before. The same seed gives the same.
    pub fn of(scenario: &Scenario, seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let crowd = Crowd::of(&scenario.wiki);
        let mut around = Surroundings::default();
        let usual = Traffic { share: 1.0, baseline_error: 0.0, ..scenario.traffic };
        let mut flow = Flow::new(scenario.wiki.per_day, usual, -scenario.wiki.days * 86_400.0);
        loop {
            let (now, someone) = flow.next(&crowd, &mut chance);
            if now >= 0.0 {
                break;
            }
            around.observe(&someone.actor, time(now));
        }
        if scenario.wiki.has_feedback {
            around.has_feedback();
        }
        Self(around)
    }

    /// Nothing is known yet.
    pub fn unknown() -> Self {
        Self(Surroundings::default())
    }
}

/// Runs `scenario` once. The same seed gives the same traffic until the algorithms' decisions change it.
pub fn run(scenario: &Scenario, algorithm: Algorithm, past: &Past, seed: u64) -> Outcome {
    let mut world = World::new(scenario, algorithm, past, seed);
    world.live();
    world.outcome
}

/// Runs it once and keeps what happened.
pub fn trace(scenario: &Scenario, algorithm: Algorithm, past: &Past, seed: u64) -> (Outcome, Trace) {
    let mut world = World::new(scenario, algorithm, past, seed);
    world.trace = Some(Trace::new(scenario.hours * 60.0));
    world.live();
    (world.outcome, world.trace.unwrap_or_default())
}

struct World<'a> {
    scenario: &'a Scenario,
    chance: Chance,
    crowd: Crowd,
    around: Surroundings,
    guard: Guard,
    blocked: HashSet<Mark>,
    blocked_ranges: HashSet<Mark>,
    outcome: Outcome,
    trace: Option<Trace>,
}

impl<'a> World<'a> {
    fn new(scenario: &'a Scenario, algorithm: Algorithm, past: &Past, seed: u64) -> Self {
        let around = past.0.clone();
        Self {
            scenario,
            chance: Chance::new(seed ^ 0x5EED_0001),
            crowd: Crowd::of(&scenario.wiki),
            guard: Guard::saved(algorithm, &around, time(0.0), &scenario.limits, &scenario.compat),
            around,
            blocked: HashSet::new(),
            blocked_ranges: HashSet::new(),
            outcome: Outcome::default(),
            trace: None,
        }
    }

    fn live(&mut self) {
        let begins = self.scenario.begins_hours * 3_600.0;
        let ends = begins + self.scenario.hours * 3_600.0;
        let rule = self.scenario.rule;
        let mut attempts = attempts(self.scenario, &mut self.chance);
        let mut traffic = self.scenario.traffic;
        traffic.share *= (traffic.baseline_error * self.chance.normal()).exp();
        let mut flow = Flow::new(self.scenario.wiki.per_day, traffic, 0.0);
        loop {
            let (now, someone) = flow.next(&self.crowd, &mut self.chance);
            while let Some((at, attacker)) = attempts.pop_if(|(at, _)| *at <= now.min(ends)) {
                self.act(&attacker, true, true, at, begins);
            }
            if now >= ends {
                break;
            }
            if self.is_blocked(&someone) {
                continue;
            }
            let is_match = now >= begins && self.chance.share() < rule.matches;
            // A rate limit is matched from the save on; its consequences are for others.
            let is_match = is_match || (!rule.is_effective && rule.matches > 0.0);
            self.act(&someone, is_match, is_match && rule.is_effective, now, begins);
            self.others(now);
        }
    }

    /// Actions of other kinds, which AbuseFilter counts together with this one.
    fn others(&mut self, now: f64) {
        let mut left = 1.0 / self.scenario.rule.kind_share - 1.0;
        while left >= 1.0 {
            self.guard.other_kind(time(now));
            left -= 1.0;
        }
    }

    fn is_blocked(&self, someone: &Someone) -> bool {
        self.blocked.contains(&someone.target)
            || (someone.actor.good.is_none() && self.blocked_ranges.contains(&someone.actor.origin))
    }

    fn act(&mut self, someone: &Someone, is_match: bool, is_effective: bool, now: f64, begins: f64) {
        if self.is_blocked(someone) {
            return;
        }
        let at = time(now);
        let minutes = (now - begins) / 60.0;
        let is_observation = self.around.observe(&someone.actor, at);
        if is_effective {
            let said = self.guard.hit(someone, self.scenario.rule.consequences, is_observation, &self.around, at);
            for latched in said.latched {
                self.latch(Latch { minutes, class: latched.class, path: latched.path });
            }
            self.note(someone, said.does);
        } else {
            self.guard.other(&self.around, is_observation, is_match, at);
        }
        self.remember(minutes, is_effective, at);
    }

    fn latch(&mut self, latch: Latch) {
        let outcome = &mut self.outcome;
        let first = |place: &mut Option<f64>| {
            place.get_or_insert(latch.minutes);
        };
        match latch.class {
            Class::Destructive => first(&mut outcome.destructive_at),
            // What stops actions takes the others along; their own times tell when that began by themselves.
            Class::Obstructive => first(&mut outcome.obstructive_at),
            Class::Nuisance => first(&mut outcome.nuisance_at),
            Class::Silent => {}
        }
        if let Some(trace) = &mut self.trace {
            trace.latches.push(latch);
        }
    }

    fn note(&mut self, someone: &Someone, does: Does) {
        self.outcome.counts.note(someone.is_attacker, does);
        let consequences = self.scenario.rule.consequences;
        if does == Does::Take && consequences.block {
            self.blocked.insert(someone.target);
        }
        if does == Does::Take && consequences.block_range {
            self.blocked.insert(someone.target);
            self.blocked_ranges.insert(someone.actor.origin);
        }
    }

    fn remember(&mut self, minutes: f64, is_hit: bool, at: Timestamp) {
        let wants = minutes >= 0.0 && self.trace.as_ref().is_some_and(|trace| trace.wants(minutes, is_hit));
        if !wants {
            return;
        }
        let moment = Moment {
            minutes,
            readings: self.guard.readings(&self.around, at),
            counted: self.guard.counts(),
            counts: self.outcome.counts,
        };
        if let Some(trace) = &mut self.trace {
            trace.moments.push(moment);
        }
    }
}

/// The moment so many seconds after the save.
#[expect(clippy::cast_possible_truncation, reason = "microseconds of some weeks")]
pub(super) fn time(seconds: f64) -> Timestamp {
    Timestamp::from_microsecond(SAVED_AT * 1_000_000 + (seconds * 1e6) as i64).unwrap_or_default()
}
