//! One run of one scenario.

use super::chance::Chance;
use super::scenario::{Consequences, Scenario, WikiSize};
use crate::brake::compat::{Compat, CompatLimits};
use crate::brake::hour::{Actor, Surroundings};
use crate::brake::{Hit, Limits, Mark, Stream};
use crate::model::Class;
use std::collections::HashSet;
use wikiward_farm::Timestamp;

/// Which algorithm guards the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// AbuseFilter's.
    AbuseFilter,
    /// The profile `standard`.
    Standard,
}

/// What came of a run.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Outcome {
    /// Minutes to the latch of destructive consequences.
    pub destructive_at: Option<f64>,
    /// Minutes to the latch of refusals.
    pub obstructive_at: Option<f64>,
    /// People who meant well and were blocked.
    pub blocked: u32,
    /// Their actions that were refused.
    pub refused: u32,
    /// Attempts that passed.
    pub passed: u32,
    /// Addresses of the attack that were blocked.
    pub attackers_blocked: u32,
}

/// The moment of the save: an hour of a Monday, as any.
const SAVED_AT: i64 = 1_790_000_000;

/// Somebody who does something.
#[derive(Debug, Clone, Copy)]
struct Someone {
    actor: Actor,
    /// The account or address that would be blocked.
    target: Mark,
    is_attacker: bool,
}

/// Runs `scenario` once. The same seed gives the same traffic until the algorithms' decisions change it.
pub fn run(scenario: &Scenario, algorithm: Algorithm, seed: u64) -> Outcome {
    let mut world = World::new(scenario, algorithm, seed);
    world.live();
    world.outcome
}

enum Guard {
    Standard(Box<Standard>),
    AbuseFilter { counts: Compat, limits: CompatLimits, is_latched: bool },
}

struct Standard {
    stream: Stream,
    limits: Limits,
    is_destructive_latched: bool,
    is_obstructive_latched: bool,
}

struct World<'a> {
    scenario: &'a Scenario,
    chance: Chance,
    zeal: Vec<f64>,
    around: Surroundings,
    guard: Guard,
    blocked: HashSet<Mark>,
    outcome: Outcome,
}

impl<'a> World<'a> {
    fn new(scenario: &'a Scenario, algorithm: Algorithm, seed: u64) -> Self {
        let mut world = Self {
            scenario,
            chance: Chance::new(seed),
            zeal: zeal(scenario.wiki),
            around: Surroundings::default(),
            guard: Guard::AbuseFilter {
                counts: Compat::saved(time(0.0), &CompatLimits::default()),
                limits: CompatLimits { count: scenario.af_count, ..CompatLimits::default() },
                is_latched: false,
            },
            blocked: HashSet::new(),
            outcome: Outcome::default(),
        };
        if algorithm == Algorithm::Standard {
            world.remember();
            world.guard = Guard::Standard(Box::new(Standard {
                stream: Stream::saved(&world.around, time(0.0), &Limits::default()),
                limits: Limits::default(),
                is_destructive_latched: false,
                is_obstructive_latched: false,
            }));
        }
        world
    }

    /// The weeks before: what the wiki usually looks like. Large wikis are known after a few days.
    fn remember(&mut self) {
        let days = if self.scenario.wiki.per_day > 1_000.0 { 4.0 } else { 28.0 };
        let mut now = -days * 86_400.0;
        loop {
            now += self.chance.wait(self.rate(now, 1.0));
            if now >= 0.0 {
                break;
            }
            let someone = self.somebody();
            self.around.observe(&someone.actor, time(now));
        }
        self.around.has_feedback();
    }

    /// Actions a second at a time. Chosen anew with each one: the rate changes slowly against the time between two.
    fn rate(&self, now: f64, traffic: f64) -> f64 {
        let hour = (now / 86_400.0) * std::f64::consts::TAU;
        self.scenario.wiki.per_day / 86_400.0 * traffic * (1.0 + self.scenario.rhythm * hour.sin())
    }

    fn live(&mut self) {
        let begins = self.scenario.begins_hours * 3_600.0;
        let ends = begins + self.scenario.hours * 3_600.0;
        let mut attempts = self.attempts(begins);
        let mut now = 0.0;
        loop {
            now += self.chance.wait(self.rate(now, self.scenario.traffic));
            while let Some((at, someone)) = attempts.pop_if(|(at, _)| *at <= now.min(ends)) {
                self.act(someone, true, true, at, at - begins);
            }
            if now >= ends {
                break;
            }
            let someone = self.somebody();
            if self.blocked.contains(&someone.target) {
                continue;
            }
            let is_match = now >= begins && self.chance.share() < self.scenario.matches;
            // A rate limit is matched from the save on; its consequences are for others.
            let is_match = is_match || (!self.scenario.is_effective && self.scenario.matches > 0.0);
            self.act(someone, is_match, self.scenario.is_effective, now, now - begins);
            self.others(now);
        }
    }

    /// Actions of other kinds, which AbuseFilter counts together with this one.
    fn others(&mut self, now: f64) {
        if let Guard::AbuseFilter { counts, .. } = &mut self.guard {
            let others = 1.0 / self.scenario.kind_share - 1.0;
            let mut left = others;
            while left >= 1.0 {
                counts.count(time(now), false);
                left -= 1.0;
            }
        }
    }

    /// The attack's attempts, the last first.
    fn attempts(&mut self, begins: f64) -> Vec<(f64, Someone)> {
        let Some(attack) = self.scenario.attack else { return Vec::new() };
        let mut all: Vec<(f64, Someone)> = (0..attack.attempts)
            .map(|number| {
                let (at, address) = if self.scenario.is_effective {
                    (begins + self.chance.share() * attack.minutes * 60.0, self.chance.below(attack.addresses))
                } else {
                    // One after another.
                    let share = f64::from(number) / f64::from(attack.attempts);
                    (begins + share * attack.minutes * 60.0, number * attack.addresses / attack.attempts)
                };
                let origin = Mark(0x4000_0000 + address % attack.ranges);
                let someone = Someone {
                    actor: Actor { origin, good: None },
                    target: Mark(0x5000_0000 + address),
                    is_attacker: true,
                };
                (at, someone)
            })
            .collect();
        all.sort_by(|a, b| b.0.total_cmp(&a.0));
        all
    }

    fn somebody(&mut self) -> Someone {
        let WikiSize { people, good_share, .. } = self.scenario.wiki;
        if people > 0 && self.chance.share() < good_share {
            let wanted = self.chance.share();
            let place = u32::try_from(self.zeal.partition_point(|share| *share < wanted)).unwrap_or(0).min(people - 1);
            let mark = Mark(place);
            return Someone {
                actor: Actor { origin: mark, good: Some((mark, Mark(0x1000_0000 + place))) },
                target: mark,
                is_attacker: false,
            };
        }
        let newcomer = self.chance.below(0x1000_0000);
        Someone {
            actor: Actor { origin: Mark(0x2000_0000 + newcomer % 40_000), good: None },
            target: Mark(0x6000_0000 + newcomer),
            is_attacker: false,
        }
    }

    fn act(&mut self, someone: Someone, is_match: bool, is_effective: bool, now: f64, since: f64) {
        if self.blocked.contains(&someone.target) {
            return;
        }
        let is_effective = is_match && (is_effective || someone.is_attacker);
        let does = match &mut self.guard {
            Guard::Standard(guard) => {
                let at = time(now);
                let is_observation = self.around.observe(&someone.actor, at);
                if is_effective {
                    let hit = hit(someone, is_observation, self.scenario.consequences);
                    let blocks = self.scenario.consequences == Consequences::Block;
                    guard.hit(&hit, blocks, &self.around, at, since, &mut self.outcome)
                } else {
                    if is_observation && guard.stream.has_episode(&self.around, at) {
                        guard.stream.unmatched(&self.around, at);
                    }
                    Does::Nothing
                }
            }
            Guard::AbuseFilter { counts, limits, is_latched } => {
                let at = time(now);
                let does = match (is_effective, self.scenario.consequences, *is_latched) {
                    (true, Consequences::Disallow, _) | (true, Consequences::BlockAutopromote, false) => Does::Refuse,
                    (true, Consequences::Block, false) => Does::Block,
                    (false, _, _) | (true, _, true) => Does::Nothing,
                };
                if is_effective && !*is_latched && counts.latches(at, limits) {
                    *is_latched = true;
                    self.outcome.destructive_at = Some(since / 60.0);
                }
                counts.count(at, is_match);
                does
            }
        };
        self.note(someone, is_effective, does);
    }

    fn note(&mut self, someone: Someone, is_effective: bool, does: Does) {
        let outcome = &mut self.outcome;
        match (does, someone.is_attacker) {
            (Does::Nothing, true) => outcome.passed += u32::from(is_effective),
            (Does::Nothing, false) | (Does::Refuse, true) => {}
            (Does::Refuse, false) => outcome.refused += 1,
            (Does::Block, true) => outcome.attackers_blocked += 1,
            (Does::Block, false) => {
                outcome.blocked += 1;
                outcome.refused += 1;
            }
        }
        if does == Does::Block {
            self.blocked.insert(someone.target);
        }
    }
}

/// What becomes of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    Nothing,
    Refuse,
    Block,
}

impl Standard {
    fn hit(
        &mut self,
        hit: &Hit,
        blocks: bool,
        around: &Surroundings,
        at: Timestamp,
        since: f64,
        outcome: &mut Outcome,
    ) -> Does {
        // What is withheld already is no effective hit; the refusal in its place is one.
        let hit = Hit { destroys: hit.destroys && !self.is_destructive_latched, ..*hit };
        if !self.is_obstructive_latched {
            let verdict = self.stream.hit(&hit, around, at, &self.limits, false);
            if verdict.trips(Class::Obstructive) {
                self.is_obstructive_latched = true;
                outcome.obstructive_at = Some(since / 60.0);
            }
            if hit.destroys && verdict.trips(Class::Destructive) {
                self.is_destructive_latched = true;
                outcome.destructive_at = Some(since / 60.0);
            }
        }
        match (self.is_obstructive_latched, hit.destroys && !self.is_destructive_latched && blocks) {
            (true, _) => Does::Nothing,
            (false, true) => Does::Block,
            (false, false) => Does::Refuse,
        }
    }
}

fn hit(someone: Someone, is_observation: bool, consequences: Consequences) -> Hit {
    Hit {
        actor: someone.actor,
        is_observation,
        destroys: consequences != Consequences::Disallow,
        stops: true,
        annoys: false,
        target: someone.target,
        blocks_range: false,
        degroups: false,
    }
}

/// Shares of the actions that are of the first, the first two, … people.
fn zeal(wiki: WikiSize) -> Vec<f64> {
    let weights: Vec<f64> = (1..=wiki.people).map(|rank| f64::from(rank).powf(-wiki.zeal)).collect();
    let all: f64 = weights.iter().sum();
    let mut sum = 0.0;
    weights
        .into_iter()
        .map(|weight| {
            sum += weight / all;
            sum
        })
        .collect()
}

#[expect(clippy::cast_possible_truncation, reason = "microseconds of some weeks")]
fn time(seconds: f64) -> Timestamp {
    Timestamp::from_microsecond(SAVED_AT * 1_000_000 + (seconds * 1e6) as i64).unwrap_or_default()
}
