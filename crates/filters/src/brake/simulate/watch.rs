//! Both algorithms on actions that really happened: what they would have done.
//!
//! What happened stays as it was: who would have been blocked acts on, and who would have been refused was not.

use super::guard::{Algorithm, Does, Guard, Scene};
use super::scenario::Consequences;
use super::trace::{Counts, Latch, Moment, Trace};
use super::traffic::Someone;
use crate::brake::compat::CompatLimits;
use crate::brake::hour::Actor;
use crate::brake::{Limits, Mark, Readings, Surroundings};
use crate::consequences::Latched as Withheld;
use crate::model::Class;
use wikiward_farm::Timestamp;

/// An action that was recorded, and what the filter says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Who acted.
    pub actor: Actor,
    /// The account or address.
    pub target: Mark,
    /// Whether it is the actor's first within the clock hour, as [`Surroundings::observe`] said.
    pub is_observation: bool,
    /// Whether the rule matches.
    pub is_match: bool,
    /// Whether it was undone later: it counts as an attempt, else as somebody's who meant well.
    pub was_undone: bool,
}

/// A latch with its evidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// When.
    pub at: Timestamp,
    /// What, by which path, and how many minutes after the save.
    pub latch: Latch,
    /// The evidence of the standard algorithm.
    pub readings: Option<Readings>,
    /// Matches and actions that AbuseFilter's algorithm had counted.
    pub counted: Option<(u64, u64)>,
}

/// One algorithm, watching one filter on one wiki.
#[derive(Debug, Clone)]
pub struct Watch {
    guard: Guard,
    saved_at: Timestamp,
    consequences: Consequences,
    /// What happened so far.
    pub counts: Counts,
    /// In the order of time.
    pub latches: Vec<Evidence>,
    /// For curves.
    pub trace: Trace,
}

impl Watch {
    /// Watches a filter that is saved at `now`, for about so many minutes.
    pub fn saved(
        algorithm: Algorithm,
        consequences: Consequences,
        around: &Surroundings,
        now: Timestamp,
        minutes: f64,
    ) -> Self {
        Self {
            guard: Guard::saved(algorithm, around, now, &Limits::default(), &CompatLimits::default()),
            saved_at: now,
            consequences,
            counts: Counts::default(),
            latches: Vec::new(),
            trace: Trace::new(minutes),
        }
    }

    /// An action, in the order of time.
    pub fn action(&mut self, recorded: &Recorded, around: &Surroundings, now: Timestamp) {
        let minutes = now.duration_since(self.saved_at).as_secs_f64() / 60.0;
        if recorded.is_match {
            let Recorded { actor, target, was_undone, .. } = *recorded;
            let someone = Someone { actor, target, is_attacker: was_undone };
            let scene = Scene {
                consequences: self.consequences,
                is_observation: recorded.is_observation,
                around,
                now,
                elsewhere: Withheld::default(),
                softened: Withheld::default(),
                is_frozen: false,
            };
            let said = self.guard.hit(&someone, &scene);
            for latched in said.latched {
                let latch = Latch { minutes, class: latched.class, path: latched.path, wiki: None };
                let readings = self.guard.readings(around, now);
                self.latches.push(Evidence { at: now, latch, readings, counted: self.guard.counts() });
                self.trace.latches.push(latch);
            }
            self.counts.note(was_undone, said.does);
        } else {
            self.guard.other(around, recorded.is_observation, false, now);
        }
        if self.trace.wants(minutes, recorded.is_match) {
            let (readings, counted) = (self.guard.readings(around, now), self.guard.counts());
            self.trace.moments.push(Moment { minutes, readings, counted, counts: self.counts });
        }
    }

    /// When a class was latched first.
    pub fn latched(&self, class: Class) -> Option<&Evidence> {
        self.latches.iter().find(|it| it.latch.class == class)
    }
}

impl Counts {
    /// What became of an effective match.
    pub(super) fn note(&mut self, is_attack: bool, does: Does) {
        match (does, is_attack) {
            (Does::Nothing | Does::Warn, true) => self.passed += 1,
            (Does::Nothing, false) => {}
            (Does::Warn, false) => self.warned += 1,
            (Does::Refuse, true) => self.stopped += 1,
            (Does::Refuse, false) => self.refused += 1,
            (Does::Take, true) => {
                self.stopped += 1;
                self.attackers_blocked += 1;
            }
            (Does::Take, false) => {
                self.refused += 1;
                self.blocked += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    #[test]
    fn a_rule_that_matches_people_in_standing_would_have_latched() {
        let mut around = Surroundings::default();
        let disallow = Consequences { disallow: true, ..Consequences::default() };
        let mut watches = Algorithm::ALL.map(|algorithm| Watch::saved(algorithm, disallow, &around, at(0), 60.0));
        for person in 0..20_u32 {
            let mark = Mark(person);
            let now = at(i64::from(person) * 60);
            let actor = Actor { origin: mark, good: Some((mark, mark)) };
            let is_observation = around.observe(&actor, now);
            let recorded = Recorded { actor, target: mark, is_observation, is_match: true, was_undone: person == 19 };
            for watch in &mut watches {
                watch.action(&recorded, &around, now);
            }
        }
        let [compat, standard] = &watches;
        let evidence = standard.latched(Class::Obstructive).unwrap();
        assert_eq!(evidence.at, at(4 * 60), "the fifth person");
        assert_eq!(evidence.readings.unwrap().harm[1].people, 5);
        assert_eq!((standard.counts.refused, standard.counts.passed), (4, 1));
        assert_eq!(compat.latched(Class::Destructive).unwrap().counted, Some((4, 4)));
        assert_eq!((compat.counts.refused, compat.counts.stopped), (19, 1), "its latch leaves refusals alone");
    }
}
