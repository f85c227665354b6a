//! The two algorithms, as they guard the filter of a scenario.

use super::scenario::Consequences;
use super::traffic::Someone;
use crate::brake::compat::{Compat, CompatLimits};
use crate::brake::{Hit, Limits, Path, Readings, Stream, Surroundings};
use crate::model::Class;
use wikiward_farm::Timestamp;

/// Which algorithm guards the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// AbuseFilter's: the profile `compat`.
    AbuseFilter,
    /// The profile `standard`.
    Standard,
}

impl Algorithm {
    /// Both.
    pub const ALL: [Self; 2] = [Self::AbuseFilter, Self::Standard];

    /// Its name: that of the profile.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AbuseFilter => "compat",
            Self::Standard => "standard",
        }
    }
}

/// What becomes of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Does {
    /// It goes on.
    Nothing,
    /// It goes on after a warning.
    Warn,
    /// It is refused.
    Refuse,
    /// It is refused, and something is taken away.
    Take,
}

/// A class that is withheld from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Latched {
    pub(super) class: Class,
    /// The path that led to it; none of AbuseFilter's algorithm, which has but one.
    pub(super) path: Option<Path>,
}

/// What the guard says of an effective match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) does: Does,
    pub(super) latched: Vec<Latched>,
}

/// An algorithm at work.
#[derive(Debug, Clone)]
pub(super) enum Guard {
    Standard(Box<Standard>),
    AbuseFilter { counts: Compat, limits: CompatLimits, is_latched: bool },
}

#[derive(Debug, Clone)]
pub(super) struct Standard {
    stream: Stream,
    limits: Limits,
    /// By class, hardest first.
    is_latched: [bool; 3],
}

impl Guard {
    /// Guards a filter that is saved at `now`.
    pub(super) fn saved(
        algorithm: Algorithm,
        around: &Surroundings,
        now: Timestamp,
        limits: &Limits,
        compat: &CompatLimits,
    ) -> Self {
        match algorithm {
            Algorithm::Standard => Self::Standard(Box::new(Standard {
                stream: Stream::saved(around, now, limits),
                limits: *limits,
                is_latched: [false; 3],
            })),
            Algorithm::AbuseFilter => {
                Self::AbuseFilter { counts: Compat::saved(now, compat), limits: *compat, is_latched: false }
            }
        }
    }

    /// An action that the rule did not match, or matched without consequences.
    pub(super) fn other(&mut self, around: &Surroundings, is_observation: bool, is_match: bool, now: Timestamp) {
        match self {
            Self::Standard(guard) => {
                if is_observation && guard.stream.has_episode(around, now) {
                    guard.stream.unmatched(around, now);
                }
            }
            Self::AbuseFilter { counts, .. } => {
                counts.count(now, is_match);
            }
        }
    }

    /// An action of another kind, which only AbuseFilter counts together with this one.
    pub(super) fn other_kind(&mut self, now: Timestamp) {
        if let Self::AbuseFilter { counts, .. } = self {
            counts.count(now, false);
        }
    }

    /// A match with consequences.
    pub(super) fn hit(
        &mut self,
        someone: &Someone,
        consequences: Consequences,
        is_observation: bool,
        around: &Surroundings,
        now: Timestamp,
    ) -> Said {
        match self {
            Self::Standard(guard) => guard.hit(someone, consequences, is_observation, around, now),
            Self::AbuseFilter { counts, limits, is_latched } => {
                // Nothing takes the place of what is withheld, and what trips still takes effect.
                let does = match (consequences, *is_latched) {
                    (it, false) if it.destroys() => Does::Take,
                    (it, _) if it.disallow => Does::Refuse,
                    (it, _) if it.warn => Does::Warn,
                    _ => Does::Nothing,
                };
                let trips = !*is_latched && counts.latches(now, limits);
                *is_latched |= trips;
                counts.count(now, true);
                let latched = if trips { vec![Latched { class: Class::Destructive, path: None }] } else { Vec::new() };
                Said { does, latched }
            }
        }
    }

    /// The evidence of the standard algorithm.
    pub(super) fn readings(&self, around: &Surroundings, now: Timestamp) -> Option<Readings> {
        match self {
            Self::Standard(guard) => Some(guard.stream.readings(around, now, &guard.limits)),
            Self::AbuseFilter { .. } => None,
        }
    }

    /// Matches and actions that AbuseFilter's algorithm counted.
    pub(super) fn counts(&self) -> Option<(u64, u64)> {
        match self {
            Self::Standard(_) => None,
            Self::AbuseFilter { counts, .. } => Some(counts.counted()),
        }
    }
}

impl Standard {
    fn hit(
        &mut self,
        someone: &Someone,
        does: Consequences,
        is_observation: bool,
        around: &Surroundings,
        now: Timestamp,
    ) -> Said {
        let [destructive, obstructive, nuisance] = self.is_latched;
        // What is withheld already is no effective hit; the refusal in its place is one.
        let hit = Hit {
            actor: someone.actor,
            is_observation,
            destroys: does.destroys() && !destructive,
            stops: does.stops() && !obstructive,
            annoys: does.warn && !nuisance,
            target: someone.target,
            blocks_range: does.block_range && !destructive,
            degroups: does.degroup && !destructive,
        };
        let mut latched = Vec::new();
        if hit.destroys || hit.stops || hit.annoys {
            let verdict = self.stream.hit(&hit, around, now, &self.limits, false);
            for trip in &verdict.trips {
                let places = match trip.class {
                    Class::Destructive => 0..1,
                    Class::Obstructive => 0..3,
                    Class::Nuisance => 2..3,
                    Class::Silent => 0..0,
                };
                let place = places.clone().find(|place| self.is_latched.get(*place) == Some(&false));
                if place.is_some() {
                    latched.push(Latched { class: trip.class, path: Some(trip.path) });
                }
                for place in places {
                    if let Some(is_latched) = self.is_latched.get_mut(place) {
                        *is_latched = true;
                    }
                }
            }
        }
        let [destructive, obstructive, nuisance] = self.is_latched;
        let does = if does.destroys() && !destructive {
            Does::Take
        } else if does.stops() && !obstructive {
            Does::Refuse
        } else if does.warn && !nuisance {
            Does::Warn
        } else {
            Does::Nothing
        };
        Said { does, latched }
    }
}
