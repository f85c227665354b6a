//! One wiki of a run: who acts there next, what the brake knows of it, and who is blocked.

use super::chance::Chance;
use super::guard::{Algorithm, Guard};
use super::scenario::Scenario;
use super::traffic::{Crowd, Flow, Someone, attempts};
use super::world::{Past, time};
use crate::brake::{Mark, Surroundings};
use std::collections::HashSet;

/// A wiki.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) chance: Chance,
    crowd: Crowd,
    flow: Flow,
    /// Who acts next, and when; attempts apart.
    next: (f64, Someone),
    /// Attempts that are still to come, the last first.
    attempts: Vec<(f64, Someone)>,
    /// From when on the rule is bad here, in seconds after the save; never on most wikis.
    pub(super) bad_from: f64,
    pub(super) known: Known,
    blocked: HashSet<Mark>,
    blocked_ranges: HashSet<Mark>,
}

/// What the brake knows of a wiki: what a node that is started anew forgets.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) around: Surroundings,
    pub(super) guard: Guard,
    /// Whether the filter hit anybody here.
    pub(super) was_hit: bool,
    /// Whether it latched here by itself.
    pub(super) has_latched: bool,
}

/// What happens next on a wiki.
pub(super) enum Event {
    /// Somebody acts as usual.
    Action(Someone),
    /// The attack goes on.
    Attempt(Someone),
}

impl Place {
    /// The wiki with this number.
    pub(super) fn new(scenario: &Scenario, algorithm: Algorithm, past: &Past, seed: u64, number: u32) -> Self {
        let farm = scenario.farm;
        let first = farm.wikis.saturating_sub(farm.concerned);
        let is_concerned = number >= first;
        let later = f64::from(number.saturating_sub(first)) * farm.apart_minutes * 60.0;
        let mut chance = Chance::new(seed ^ 0x5EED_0001 ^ (u64::from(number) << 40));
        let crowd = Crowd::of(&scenario.wiki);
        let around = past.surroundings().clone();
        let guard = Guard::saved(algorithm, &around, time(0.0), &scenario.limits, &scenario.compat);
        let guard = if number == 0 { guard } else { guard.not_central() };
        let mut attempts = if is_concerned { attempts(scenario, &mut chance) } else { Vec::new() };
        for (at, _) in &mut attempts {
            *at += later;
        }
        let mut traffic = scenario.traffic;
        traffic.share *= (traffic.baseline_error * chance.normal()).exp();
        let mut flow = Flow::new(scenario.wiki.per_day, traffic, 0.0);
        let next = flow.next(&crowd, &mut chance);
        let bad_from = if is_concerned { scenario.begins_hours * 3_600.0 + later } else { f64::INFINITY };
        Self {
            chance,
            crowd,
            flow,
            next,
            attempts,
            bad_from,
            known: Known { around, guard, was_hit: false, has_latched: false },
            blocked: HashSet::new(),
            blocked_ranges: HashSet::new(),
        }
    }

    /// When something happens here next, in seconds after the save.
    pub(super) fn next_at(&self) -> f64 {
        self.attempts.last().map_or(self.next.0, |(at, _)| at.min(self.next.0))
    }

    /// What happens next.
    pub(super) fn next(&mut self) -> Event {
        if let Some((_, attacker)) = self.attempts.pop_if(|(at, _)| *at <= self.next.0) {
            return Event::Attempt(attacker);
        }
        Event::Action(self.next.1)
    }

    /// After somebody acted as usual: who is next.
    pub(super) fn go_on(&mut self) {
        self.next = self.flow.next(&self.crowd, &mut self.chance);
    }

    /// Whether somebody cannot act here any more.
    pub(super) fn is_blocked(&self, someone: &Someone) -> bool {
        self.blocked.contains(&someone.target)
            || (someone.actor.good.is_none() && self.blocked_ranges.contains(&someone.actor.origin))
    }

    /// Blocks somebody, or the whole range.
    pub(super) fn block(&mut self, someone: &Someone, is_range: bool) {
        self.blocked.insert(someone.target);
        if is_range {
            self.blocked_ranges.insert(someone.actor.origin);
        }
    }
}
