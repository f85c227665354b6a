//! What binds all wikis of a run: latches of the whole farm, people who reactivate, and times in which nothing can be written.

use super::guard::Guard;
use super::place::{Known, Place};
use super::scenario::{Outage, Reactivation};
use crate::brake::live::UNWRITTEN_MAX;
use crate::brake::{Evidence, Path, farm, latch};
use crate::consequences::Latched as Withheld;
use crate::model::Class;
use wikiward_farm::Timestamp;

/// Latches that bind the whole farm.
#[derive(Debug, Clone, Default)]
pub(super) struct Farmwide(latch::Guard);

impl Farmwide {
    /// What is withheld on the wiki with this number by what happened elsewhere.
    pub(super) fn withheld(&self, places: &[Place], number: usize) -> Withheld {
        // AbuseFilter's latch on the central wiki binds all.
        let central = places.first().filter(|_| number > 0).map(|place| &place.known.guard);
        let central = central.filter(|guard| matches!(guard, Guard::AbuseFilter { .. })).map(Guard::withheld);
        self.0.latched().with(central.unwrap_or_default())
    }

    /// A class was latched on one of the wikis: whether it is latched on all from now on.
    pub(super) fn spreads(&mut self, class: Class, places: &[Place], now: Timestamp) -> bool {
        let latched = places.iter().filter(|place| place.known.guard.latched_lately(class, now)).count();
        let hit = places.iter().filter(|place| place.known.was_hit).count();
        if places.len() < 2 || !farm::is_together(latched, hit) {
            return false;
        }
        !self.0.trip(class, Path::Farm, Evidence::default(), "", now).latched.is_empty()
    }

    /// Whether anything is latched on all wikis.
    pub(super) fn is_latched(&self) -> bool {
        self.0.is_latched()
    }

    /// Whether missing traffic on the wiki with this number says nothing, because the others miss theirs, too.
    pub(super) fn is_frozen(places: &[Place], number: usize, now: Timestamp) -> bool {
        let others = places.iter().enumerate().filter(|(other, _)| *other != number);
        let (seen, expected) = others
            .filter_map(|(_, place)| {
                let (seen, expected) = place.known.around.this_hour(now);
                Some((f64::from(seen), expected?))
            })
            .fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
        farm::is_quiet(seen, expected)
    }
}

/// The person who reactivates.
#[derive(Debug, Clone, Default)]
pub(super) struct Person {
    /// When, in seconds after the save.
    pub(super) comes_at: Option<f64>,
    /// How often so far.
    pub(super) came: u32,
    /// Effective matches since; none until the first time, and again after the filter latched.
    since: Option<u32>,
}

impl Person {
    /// An effective match.
    pub(super) fn hit(&mut self) {
        if let Some(since) = &mut self.since {
            *since = since.saturating_add(1);
        }
    }

    /// The filter latched. Tells how many matches after the last reactivation, if it is the first latch since one.
    pub(super) fn latched(&mut self, reactivation: Option<Reactivation>, now: f64) -> Option<u32> {
        if let Some(reactivation) = reactivation.filter(|it| self.came < it.times && self.comes_at.is_none()) {
            self.comes_at = Some(now + reactivation.after_minutes * 60.0);
        }
        self.since.take()
    }

    /// Reactivates the filter on all wikis.
    pub(super) fn reactivate(
        &mut self,
        reactivation: Reactivation,
        farmwide: &mut Farmwide,
        places: &mut [Place],
        now: Timestamp,
    ) {
        let is_everywhere = farmwide.is_latched();
        for place in places {
            let Known { around, guard, .. } = &mut place.known;
            guard.reactivate(reactivation.reason, is_everywhere, around, now);
        }
        *farmwide = Farmwide::default();
        self.comes_at = None;
        self.came += 1;
        self.since = Some(0);
    }
}

/// The store, as far as the brake needs it.
#[derive(Debug, Clone, Default)]
pub(super) enum Storage {
    /// What happens is written.
    #[default]
    Well,
    /// Nothing can be written; this was the last that was.
    Away(Vec<Known>, Box<Farmwide>),
    /// It was away, and is back.
    Back,
}

impl Storage {
    /// Looks whether the store is away `minutes` after the attack began, and starts the service anew if it is to be.
    pub(super) fn look(&mut self, outage: Outage, minutes: f64, farmwide: &mut Farmwide, places: &mut [Place]) {
        match self {
            Self::Well if minutes >= outage.begins_minutes => {
                let known =
                    if outage.restarts { places.iter().map(|it| it.known.clone()).collect() } else { Vec::new() };
                *self = Self::Away(known, Box::new(farmwide.clone()));
            }
            Self::Away(known, farm) if minutes >= outage.begins_minutes + outage.minutes => {
                if outage.restarts {
                    for (place, known) in places.iter_mut().zip(known.drain(..)) {
                        place.known = known;
                    }
                    *farmwide = std::mem::take(&mut **farm);
                }
                *self = Self::Back;
            }
            _ => {}
        }
    }

    /// What is withheld because nothing can be written.
    pub(super) fn softened(&self, outage: Option<Outage>, minutes: f64) -> Withheld {
        let Some(outage) = outage.filter(|outage| outage.softens && matches!(self, Self::Away(..))) else {
            return Withheld::default();
        };
        #[expect(clippy::cast_precision_loss, reason = "ten seconds")]
        let noticed = outage.begins_minutes + UNWRITTEN_MAX as f64 / 60e6;
        Withheld { destructive: minutes > noticed, ..Withheld::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_withheld_in_an_outage_begins_ten_seconds_later_and_ends_with_it() {
        let outage = Outage { begins_minutes: 1.0, minutes: 2.0, softens: true, restarts: false };
        let mut storage = Storage::default();
        let mut softened = |minutes| {
            storage.look(outage, minutes, &mut Farmwide::default(), &mut []);
            storage.softened(Some(outage), minutes).destructive
        };
        let found = [0.9, 1.0, 1.1, 1.2, 2.9, 3.0, 9.0].map(&mut softened);
        assert_eq!(found, [false, false, false, true, true, false, false]);
        assert!(!Storage::Away(Vec::new(), Box::default()).softened(None, 5.0).destructive);
    }

    #[test]
    fn a_person_comes_so_often_and_the_matches_between_are_counted() {
        let reactivation = Reactivation { after_minutes: 5.0, reason: super::super::Reason::Other, times: 1 };
        let mut person = Person::default();
        person.hit();
        assert_eq!(person.latched(Some(reactivation), 60.0), None, "nobody had reactivated it");
        assert_eq!(person.comes_at, Some(360.0));
        person.reactivate(reactivation, &mut Farmwide::default(), &mut [], Timestamp::UNIX_EPOCH);
        person.hit();
        person.hit();
        assert_eq!(person.latched(Some(reactivation), 900.0), Some(2));
        assert_eq!(person.latched(Some(reactivation), 901.0), None, "another class of the same latch");
        assert_eq!(person.comes_at, None, "not a second time");
    }
}
