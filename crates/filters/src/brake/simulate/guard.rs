//! The two algorithms, as they guard the filter of a scenario.

use super::scenario::{Consequences, Reason};
use super::traffic::Someone;
use crate::brake::compat::{Compat, CompatLimits};
use crate::brake::harm::Released;
use crate::brake::hour::Actor;
use crate::brake::stream::CLASSES;
use crate::brake::{Hit, Limits, Path, Readings, Stream, Surroundings, latch};
use crate::consequences::Latched as Withheld;
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

/// What is known around an effective match, apart from who made it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) consequences: Consequences,
    pub(super) is_observation: bool,
    pub(super) around: &'a Surroundings,
    pub(super) now: Timestamp,
    /// What is withheld on all wikis.
    pub(super) elsewhere: Withheld,
    /// What is withheld because nothing can be written.
    pub(super) softened: Withheld,
    /// Whether the other wikis miss their traffic, too.
    pub(super) is_frozen: bool,
}

/// An algorithm at work on one wiki.
#[derive(Debug, Clone)]
pub(super) enum Guard {
    Standard(Box<Standard>),
    AbuseFilter {
        counts: Compat,
        limits: CompatLimits,
        is_latched: bool,
        /// Whether this is the wiki that counts.
        is_central: bool,
    },
}

#[derive(Debug, Clone)]
pub(super) struct Standard {
    stream: Stream,
    limits: Limits,
    decided: latch::Guard,
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
                decided: latch::Guard::default(),
            })),
            Algorithm::AbuseFilter => Self::AbuseFilter {
                counts: Compat::saved(now, compat),
                limits: *compat,
                is_latched: false,
                is_central: true,
            },
        }
    }

    /// The same on a wiki that is not the central one: AbuseFilter counts nothing there.
    pub(super) fn not_central(mut self) -> Self {
        if let Self::AbuseFilter { is_central, .. } = &mut self {
            *is_central = false;
        }
        self
    }

    /// An action that the rule did not match, or matched without consequences.
    pub(super) fn other(&mut self, around: &Surroundings, is_observation: bool, is_match: bool, now: Timestamp) {
        match self {
            Self::Standard(guard) => {
                if is_observation && guard.stream.has_episode(around, now) {
                    guard.stream.unmatched(around, now);
                }
            }
            Self::AbuseFilter { counts, is_central: true, .. } => {
                counts.count(now, is_match);
            }
            Self::AbuseFilter { .. } => {}
        }
    }

    /// An action of another kind, which only AbuseFilter counts together with this one.
    pub(super) fn other_kind(&mut self, now: Timestamp) {
        if let Self::AbuseFilter { counts, is_central: true, .. } = self {
            counts.count(now, false);
        }
    }

    /// A match with consequences.
    pub(super) fn hit(&mut self, someone: &Someone, scene: &Scene<'_>) -> Said {
        match self {
            Self::Standard(guard) => guard.hit(someone, scene),
            Self::AbuseFilter { counts, limits, is_latched, is_central } => {
                // What trips still takes effect.
                let own = compat_withholds(*is_latched);
                let does = does(scene.consequences, own.with(scene.elsewhere).with(scene.softened));
                let trips = *is_central && !*is_latched && counts.latches(scene.now, limits);
                *is_latched |= trips;
                if *is_central {
                    counts.count(scene.now, true);
                }
                let latched = if trips { vec![Latched { class: Class::Destructive, path: None }] } else { Vec::new() };
                Said { does, latched }
            }
        }
    }

    /// What is withheld by what happened on this wiki.
    pub(super) fn withheld(&self) -> Withheld {
        match self {
            Self::Standard(guard) => guard.decided.latched(),
            Self::AbuseFilter { is_latched, .. } => compat_withholds(*is_latched),
        }
    }

    /// Whether a class was latched here within the hour before `now`.
    pub(super) fn latched_lately(&self, class: Class, now: Timestamp) -> bool {
        match self {
            Self::Standard(guard) => guard
                .decided
                .latch(class)
                .is_some_and(|latch| now.duration_since(latch.since) <= crate::brake::farm::TOGETHER),
            Self::AbuseFilter { .. } => false,
        }
    }

    /// A person reactivates the filter. `is_everywhere` if it is latched on the whole farm: evidence then begins anew on every
    /// wiki.
    pub(super) fn reactivate(&mut self, reason: Reason, is_everywhere: bool, around: &Surroundings, now: Timestamp) {
        match self {
            Self::Standard(guard) => {
                let is_accepted = reason == Reason::Accepted;
                let followed = guard.decided.reactivate(&CLASSES, reason == Reason::Attack, is_accepted, now);
                if is_everywhere || !followed.released.is_empty() {
                    let how = if is_accepted { Released::Accepted } else { Released::Otherwise };
                    guard.stream.release(around, now, &guard.limits, how);
                }
            }
            Self::AbuseFilter { counts, is_latched, .. } => {
                counts.release();
                *is_latched = false;
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

/// AbuseFilter withholds what is destructive, and nothing takes its place.
fn compat_withholds(is_latched: bool) -> Withheld {
    Withheld { destructive: is_latched, without_refusal: is_latched, ..Withheld::default() }
}

/// What becomes of a matched action when some of the consequences are withheld.
fn does(consequences: Consequences, withheld: Withheld) -> Does {
    let destroys = consequences.destroys();
    if destroys && !withheld.holds(Class::Destructive) {
        return Does::Take;
    }
    let refuses = consequences.disallow || (destroys && !withheld.without_refusal);
    if refuses && !withheld.holds(Class::Obstructive) {
        Does::Refuse
    } else if consequences.warn && !withheld.holds(Class::Nuisance) {
        Does::Warn
    } else {
        Does::Nothing
    }
}

impl Standard {
    fn hit(&mut self, someone: &Someone, scene: &Scene<'_>) -> Said {
        let Scene { consequences, around, now, .. } = *scene;
        let before = self.decided.latched().with(scene.elsewhere);
        let Actor { origin, good } = someone.actor;
        let counts = |(person, range): &(_, _)| !self.decided.is_discredited(*person, *range, now);
        // What is withheld already is no effective hit; the refusal in its place is one. What is withheld only because
        // nothing can be written goes on being counted.
        let destroys = consequences.destroys() && !before.holds(Class::Destructive);
        let hit = Hit {
            actor: Actor { origin, good: good.filter(counts) },
            is_observation: scene.is_observation,
            destroys,
            stops: consequences.stops() && !before.holds(Class::Obstructive),
            annoys: consequences.warn && !before.holds(Class::Nuisance),
            target: someone.target,
            blocks_range: consequences.block_range && destroys,
            degroups: consequences.degroup && destroys,
        };
        let mut latched = Vec::new();
        if hit.destroys || hit.stops || hit.annoys {
            let verdict = self.stream.hit(&hit, around, now, &self.limits, scene.is_frozen);
            for trip in &verdict.trips {
                // Who was withheld already by a harder class stays so.
                let is_news = !self.decided.latched().holds(trip.class);
                let evidence = self.stream.evidence(trip.class, around, now, &self.limits);
                let followed = self.decided.trip(trip.class, trip.path, evidence, "", now);
                if is_news && !followed.latched.is_empty() {
                    latched.push(Latched { class: trip.class, path: Some(trip.path) });
                }
            }
        }
        let withheld = self.decided.latched().with(scene.elsewhere).with(scene.softened);
        Said { does: does(consequences, withheld), latched }
    }
}
