//! One filter on one wiki for one kind of action: all paths together.

mod readings;

pub use readings::{HarmReading, Readings};

use super::ceiling::{Ceiling, Room};
use super::harm::{Around, Harm, Level, Released};
use super::hour::{Actor, Surroundings};
use super::limits::{Limits, MissingLimits};
use super::mark::Known;
use super::missing::{Episode, Missing};
use super::{Mark, Path, stored};
use crate::model::Class;
use serde::{Deserialize, Serialize};
use wikiward_farm::Timestamp;

/// The classes that the brake knows, hardest first.
pub const CLASSES: [Class; 3] = [Class::Destructive, Class::Obstructive, Class::Nuisance];

/// A match, and what of the filter would take effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "what a filter would do, each by itself")]
pub struct Hit {
    /// Who acts.
    pub actor: Actor,
    /// Whether this is the actor's first action within the clock hour.
    pub is_observation: bool,
    /// Whether something would be taken away.
    pub destroys: bool,
    /// Whether the action would be stopped, by whatever consequence, a substituted refusal included.
    pub stops: bool,
    /// Whether it would be a nuisance.
    pub annoys: bool,
    /// Whom something would be taken away from.
    pub target: Mark,
    /// Whether a range would be blocked.
    pub blocks_range: bool,
    /// Whether groups would be removed.
    pub degroups: bool,
}

impl Hit {
    fn is_of(&self, class: Class) -> bool {
        match class {
            Class::Destructive => self.destroys,
            Class::Obstructive => self.stops,
            Class::Nuisance => self.annoys,
            Class::Silent => false,
        }
    }
}

/// A class that is to be withheld, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trip {
    /// The class.
    pub class: Class,
    /// The path.
    pub path: Path,
}

/// What the brake says of a hit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// What trips, hardest first.
    pub trips: Vec<Trip>,
    /// Whether somebody should look.
    pub is_alert: bool,
}

impl Verdict {
    /// Whether `class` trips, by whatever path. What stops actions takes what destroys and what annoys along.
    pub fn trips(&self, class: Class) -> bool {
        self.trips.iter().any(|trip| trip.class == class || trip.class == Class::Obstructive)
    }
}

/// Evidence about one filter, wiki and kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stream {
    pub(super) harm: [Harm; 3],
    pub(super) episode: Episode,
    #[serde(with = "stored::at")]
    pub(super) moved_at: Timestamp,
    pub(super) matched_in_day: f64,
    pub(super) destroyed: Ceiling,
    pub(super) range_blocks: Ceiling,
    pub(super) degroups: Ceiling,
}

impl Stream {
    /// A stream of a rule that was just saved: it is unproven.
    pub fn saved(around: &Surroundings, now: Timestamp, limits: &Limits) -> Self {
        let known = around.around(now);
        Self {
            harm: [&limits.destructive, &limits.obstructive, &limits.nuisance].map(|it| Harm::unproven(it, &known)),
            ..Self::old(around, now)
        }
    }

    /// A stream of a rule that was saved at `since`, found out at `now`: what was observed in between has melted its lead.
    pub fn saved_since(around: &Surroundings, since: Timestamp, now: Timestamp, limits: &Limits) -> Self {
        let known = around.around(now);
        let begin = Around { observations: known.observations.saturating_sub(around.good_since(since, now)), ..known };
        Self {
            harm: [&limits.destructive, &limits.obstructive, &limits.nuisance].map(|it| Harm::unproven(it, &begin)),
            ..Self::old(around, now)
        }
    }

    /// A stream of a rule that has long been there.
    pub fn old(around: &Surroundings, now: Timestamp) -> Self {
        let none = Harm::none(around.around(now).observations);
        Self {
            harm: [none.clone(), none.clone(), none],
            episode: Episode::default(),
            moved_at: now,
            matched_in_day: 0.0,
            destroyed: Ceiling::default(),
            range_blocks: Ceiling::default(),
            degroups: Ceiling::default(),
        }
    }

    /// A match at `now`, before its consequences run. `is_frozen` says that other wikis miss their traffic, too.
    pub fn hit(
        &mut self,
        hit: &Hit,
        around: &Surroundings,
        now: Timestamp,
        limits: &Limits,
        is_frozen: bool,
    ) -> Verdict {
        let mut verdict = Verdict::default();
        self.harm(hit, around, now, limits, &mut verdict);
        if let Some(limits) = limits.missing.as_ref().filter(|_| hit.stops || hit.destroys) {
            self.missing(hit, around, now, limits, is_frozen, &mut verdict);
        }
        self.ceilings(hit, now, limits, &mut verdict);
        verdict
    }

    /// Who acts has other marks than in the week before: what is known of that week is known of them now.
    pub fn rename(&mut self, before: &Known, now: &Known) {
        for harm in &mut self.harm {
            harm.rename(before, now);
        }
        // An origin is the account for people in good standing.
        for (old, new) in [(before.origin, now.origin), (before.person, now.person)] {
            self.episode.rename(old, new);
            for ceiling in [&mut self.destroyed, &mut self.range_blocks, &mut self.degroups] {
                ceiling.rename(old, new);
            }
        }
    }

    fn harm(&mut self, hit: &Hit, around: &Surroundings, now: Timestamp, limits: &Limits, verdict: &mut Verdict) {
        let Some((person, range)) = hit.actor.good else { return };
        let known = around.around(now);
        for (harm, class) in self.harm.iter_mut().zip(CLASSES) {
            let Some(limits) = limits.harm(class).filter(|_| hit.is_of(class)) else { continue };
            match harm.hit(person, range, now, &known, limits) {
                Level::Trip => verdict.trips.push(Trip { class, path: Path::Harm }),
                Level::Alert => verdict.is_alert = true,
                Level::Calm => {}
            }
        }
    }

    fn missing(
        &mut self,
        hit: &Hit,
        around: &Surroundings,
        now: Timestamp,
        limits: &MissingLimits,
        is_frozen: bool,
        verdict: &mut Verdict,
    ) {
        let Some(expected) = around.expected(self.moved_at, now, self.matched_in_day, is_frozen) else { return };
        self.episode.adopt(limits);
        if !self.episode.is_open(now, &expected) {
            self.matched_in_day = 0.0;
        }
        self.matched_in_day += f64::from(u8::from(hit.is_observation));
        self.moved_at = now;
        let found = self.episode.hit(hit.actor.origin, now, &expected, limits);
        let mut trip = |class, is_of: bool| {
            if is_of {
                verdict.trips.push(Trip { class, path: Path::Missing });
            }
        };
        match found {
            Missing::Obstructive => {
                trip(Class::Destructive, hit.destroys);
                trip(Class::Obstructive, hit.stops);
            }
            Missing::Destructive => trip(Class::Destructive, hit.destroys),
            Missing::Alert => verdict.is_alert = true,
            Missing::Nothing => {}
        }
    }

    fn ceilings(&mut self, hit: &Hit, now: Timestamp, limits: &Limits, verdict: &mut Verdict) {
        // What is withheld already destroys nothing.
        if !hit.destroys || verdict.trips(Class::Destructive) {
            return;
        }
        let rooms = [
            Some(self.destroyed.take(hit.target, now, limits.destroyed)),
            hit.blocks_range.then(|| self.range_blocks.take(hit.target, now, limits.range_blocks)),
            hit.degroups.then(|| self.degroups.take(hit.target, now, limits.degroups)),
        ];
        match rooms.into_iter().flatten().max() {
            Some(Room::None) => verdict.trips.push(Trip { class: Class::Destructive, path: Path::Ceiling }),
            Some(Room::Little) => verdict.is_alert = true,
            Some(Room::Enough) | None => {}
        }
    }

    /// An observation of this kind of action that the filter did not match. Costs nothing outside an episode.
    pub fn unmatched(&mut self, around: &Surroundings, now: Timestamp) {
        let Some(expected) = around.expected(self.moved_at, now, self.matched_in_day, false) else { return };
        self.episode.unmatched(now, &expected);
        self.moved_at = now;
    }

    /// Whether [`Stream::unmatched`] has anything to count.
    pub fn has_episode(&self, around: &Surroundings, now: Timestamp) -> bool {
        around.expected(now, now, 0.0, false).is_some_and(|expected| self.episode.is_open(now, &expected))
    }

    /// After a release of its latch: the next single hit does not latch again.
    pub fn release(&mut self, around: &Surroundings, now: Timestamp, limits: &Limits, released: Released) {
        let known = around.around(now);
        for (harm, class) in self.harm.iter_mut().zip(CLASSES) {
            if let Some(limits) = limits.harm(class) {
                harm.release(now, &known, limits, released);
            }
        }
        self.episode.release();
        self.moved_at = now;
        for ceiling in [&mut self.destroyed, &mut self.range_blocks, &mut self.degroups] {
            ceiling.release(now, released != Released::ByItself);
        }
    }
}
