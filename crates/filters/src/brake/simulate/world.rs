//! One run of one scenario.

use super::chance::Chance;
use super::guard::{Algorithm, Does, Latched, Scene};
use super::place::{Event, Known, Place};
use super::scenario::{Scenario, Traffic};
use super::together::{Farmwide, Person, Storage};
use super::trace::{Counts, LATCHES_MAX, Latch, Moment, Trace};
use super::traffic::{Crowd, Flow, Someone};
use crate::brake::{Path, Surroundings};
use crate::model::Class;
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
    /// Minutes to the latch of destructive consequences on all wikis.
    pub farm_destructive_at: Option<f64>,
    /// Minutes to the latch of refusals on all wikis.
    pub farm_obstructive_at: Option<f64>,
    /// Of several wikis, those that latched by themselves.
    pub wikis_latched: u32,
    /// Times that it latched again after a person had reactivated it.
    pub relatched: u32,
    /// Fewest effective matches from a reactivation to the next latch.
    pub matches_to_relatch: Option<u32>,
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

    /// What the brake knows.
    pub(super) fn surroundings(&self) -> &Surroundings {
        &self.0
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
    let is_farm = scenario.farm.wikis > 1;
    world.trace = Some(Trace {
        outage: scenario.outage.map(|it| (it.begins_minutes, it.begins_minutes + it.minutes)),
        wiki: is_farm.then(|| scenario.farm.wikis.saturating_sub(scenario.farm.concerned)),
        ..Trace::new(scenario.hours * 60.0)
    });
    world.live();
    (world.outcome, world.trace.unwrap_or_default())
}

struct World<'a> {
    scenario: &'a Scenario,
    places: Vec<Place>,
    farmwide: Farmwide,
    person: Person,
    storage: Storage,
    outcome: Outcome,
    trace: Option<Trace>,
}

impl<'a> World<'a> {
    fn new(scenario: &'a Scenario, algorithm: Algorithm, past: &Past, seed: u64) -> Self {
        Self {
            scenario,
            places: (0..scenario.farm.wikis).map(|it| Place::new(scenario, algorithm, past, seed, it)).collect(),
            farmwide: Farmwide::default(),
            person: Person::default(),
            storage: Storage::default(),
            outcome: Outcome::default(),
            trace: None,
        }
    }

    /// When the rule turns bad on the first wiki, in seconds after the save.
    fn begins(&self) -> f64 {
        self.scenario.begins_hours * 3_600.0
    }

    fn minutes(&self, now: f64) -> f64 {
        (now - self.begins()) / 60.0
    }

    /// The wiki of which curves are drawn: the first on which the rule is bad.
    fn watched(&self) -> usize {
        usize::try_from(self.scenario.farm.wikis.saturating_sub(self.scenario.farm.concerned)).unwrap_or(0)
    }

    fn live(&mut self) {
        let ends = self.begins() + self.scenario.hours * 3_600.0;
        loop {
            let soonest = |a: &(usize, f64), b: &(usize, f64)| a.1.total_cmp(&b.1);
            let Some((number, now)) = self.places.iter().map(Place::next_at).enumerate().min_by(soonest) else {
                return;
            };
            if now >= ends {
                return;
            }
            self.meanwhile(now);
            let Some(place) = self.places.get_mut(number) else { return };
            match place.next() {
                Event::Attempt(attacker) => self.act(number, &attacker, true, true, now),
                Event::Action(someone) => {
                    self.action(number, &someone, now);
                    if let Some(place) = self.places.get_mut(number) {
                        place.go_on();
                    }
                }
            }
        }
    }

    /// What happened between two actions: the store went away or came back, somebody reactivated the filter.
    fn meanwhile(&mut self, now: f64) {
        if let Some(outage) = self.scenario.outage {
            self.storage.look(outage, self.minutes(now), &mut self.farmwide, &mut self.places);
        }
        if let Some(reactivation) = self.scenario.reactivation
            && let Some(at) = self.person.comes_at.filter(|at| *at <= now)
        {
            self.person.reactivate(reactivation, &mut self.farmwide, &mut self.places, time(at));
            let minutes = self.minutes(at);
            if let Some(trace) = &mut self.trace {
                trace.releases.push(minutes);
            }
        }
    }

    /// Somebody acts as usual.
    fn action(&mut self, number: usize, someone: &Someone, now: f64) {
        let rule = self.scenario.rule;
        let Some(place) = self.places.get_mut(number) else { return };
        if place.is_blocked(someone) {
            return;
        }
        let is_match = now >= place.bad_from && place.chance.share() < rule.matches;
        // A rate limit is matched from the save on; its consequences are for others.
        let is_match = is_match || (!rule.is_effective && rule.matches > 0.0);
        self.act(number, someone, is_match, is_match && rule.is_effective, now);
        self.others(number, now);
    }

    /// Actions of other kinds, which AbuseFilter counts together with this one.
    fn others(&mut self, number: usize, now: f64) {
        let mut left = 1.0 / self.scenario.rule.kind_share - 1.0;
        let Some(place) = self.places.get_mut(number) else { return };
        while left >= 1.0 {
            place.known.guard.other_kind(time(now));
            left -= 1.0;
        }
    }

    fn act(&mut self, number: usize, someone: &Someone, is_match: bool, is_effective: bool, now: f64) {
        let (at, minutes) = (time(now), self.minutes(now));
        let elsewhere = self.farmwide.withheld(&self.places, number);
        let is_frozen = is_effective && Farmwide::is_frozen(&self.places, number, at);
        let Some(place) = self.places.get_mut(number) else { return };
        if place.is_blocked(someone) {
            return;
        }
        let Known { around, guard, was_hit, .. } = &mut place.known;
        let is_observation = around.observe(&someone.actor, at);
        if is_effective {
            *was_hit = true;
            self.person.hit();
            let scene = Scene {
                consequences: self.scenario.rule.consequences,
                is_observation,
                around,
                now: at,
                elsewhere,
                softened: self.storage.softened(self.scenario.outage, minutes),
                is_frozen,
            };
            let said = guard.hit(someone, &scene);
            self.note(number, someone, said.does);
            for latched in said.latched {
                self.latched(number, latched, now);
            }
        } else {
            guard.other(around, is_observation, is_match, at);
        }
        self.remember(number, minutes, is_effective, at);
    }

    /// A class latched on one wiki.
    fn latched(&mut self, number: usize, latched: Latched, now: f64) {
        let minutes = self.minutes(now);
        let is_farm = self.places.len() > 1;
        if is_farm
            && let Some(place) = self.places.get_mut(number)
            && !std::mem::replace(&mut place.known.has_latched, true)
        {
            self.outcome.wikis_latched += 1;
        }
        let matches = self.person.latched(self.scenario.reactivation, now);
        if let Some(matches) = matches {
            self.outcome.relatched += 1;
            let fewest = self.outcome.matches_to_relatch.map_or(matches, |fewest| fewest.min(matches));
            self.outcome.matches_to_relatch = Some(fewest);
        }
        let Latched { class, path } = latched;
        // AbuseFilter's latch on the central wiki binds all.
        let binds_all = is_farm && path.is_none();
        let wiki = (is_farm && !binds_all).then(|| u32::try_from(number).unwrap_or(u32::MAX));
        self.latch(Latch { minutes, class, path, wiki }, binds_all);
        if self.farmwide.spreads(class, &self.places, time(now)) {
            self.latch(Latch { minutes, class, path: Some(Path::Farm), wiki: None }, true);
        }
    }

    fn latch(&mut self, latch: Latch, binds_all: bool) {
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
        match latch.class {
            Class::Destructive if binds_all => first(&mut outcome.farm_destructive_at),
            Class::Obstructive if binds_all => first(&mut outcome.farm_obstructive_at),
            _ => {}
        }
        if let Some(trace) = self.trace.as_mut().filter(|trace| trace.latches.len() < LATCHES_MAX) {
            trace.latches.push(latch);
        }
    }

    fn note(&mut self, number: usize, someone: &Someone, does: Does) {
        self.outcome.counts.note(someone.is_attacker, does);
        let consequences = self.scenario.rule.consequences;
        if does == Does::Take
            && (consequences.block || consequences.block_range)
            && let Some(place) = self.places.get_mut(number)
        {
            place.block(someone, consequences.block_range);
        }
    }

    fn remember(&mut self, number: usize, minutes: f64, is_hit: bool, at: Timestamp) {
        let is_watched = number == self.watched() && minutes >= 0.0;
        let Some(trace) = self.trace.as_mut().filter(|trace| is_watched && trace.wants(minutes, is_hit)) else {
            return;
        };
        let Some(Place { known: Known { guard, around, .. }, .. }) = self.places.get(number) else { return };
        let (readings, counted) = (guard.readings(around, at), guard.counts());
        trace.moments.push(Moment { minutes, readings, counted, counts: self.outcome.counts });
    }
}

/// The moment so many seconds after the save.
#[expect(clippy::cast_possible_truncation, reason = "microseconds of some weeks")]
pub(super) fn time(seconds: f64) -> Timestamp {
    Timestamp::from_microsecond(SAVED_AT * 1_000_000 + (seconds * 1e6) as i64).unwrap_or_default()
}
