//! A filter matches and would do something: what that proves, and whether it still does it.

use super::memory::{Happened, Kind, Memory, Tracked, What};
use super::sharing::{Means, Slot};
use super::struck::Struck;
use crate::brake::evidence::Evidence;
use crate::brake::hour::{Actor, Surroundings};
use crate::brake::latch::{Event, Guard, State, class_letter};
use crate::brake::mark::{Known, Marks, Named, WEEKS, Week, week_of};
use crate::brake::quick::QuickMap;
use crate::brake::stream::{CLASSES, Hit, Stream, Verdict};
use crate::brake::{BrakeSettings, Limits};
use crate::consequences::{EffectiveHit, Latched, Observed};
use crate::model::{BrakeProfile, Class, FilterKey};
use crate::snapshot::LiveFilter;
use jiff::SignedDuration;
use std::collections::VecDeque;
use wikiward_farm::clock::micros;
use wikiward_farm::{Timestamp, WikiId};

/// How long nobody is told again to have a look at a filter.
const ALERT_EVERY: SignedDuration = SignedDuration::from_hours(6);

/// For how long a filter saved with the profile `lockdown` has it, if nobody declared an end.
const LOCKDOWN_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Origins that must have been hit in an hour before their share is looked at.
const SHARE_ORIGINS_MIN: u32 = 5;

/// Seconds of a week in which marks of the one before are looked for in evidence.
const NEW_WEEK_S: i64 = 2 * 86_400;

/// Other filters that somebody may have met within a day and still count.
const OTHERS_TRIPPED_MAX: u32 = 1;

/// A hit, and all that it may change.
struct Scene<'m> {
    blow: &'m Blow<'m>,
    kind: &'m str,
    limits: Limits,
    around: &'m Surroundings,
    guard: &'m mut Guard,
    tracked: &'m mut Tracked,
    outbox: &'m mut VecDeque<Happened>,
}

/// A hit that counts, on this node or another.
pub(super) struct Blow<'b> {
    pub(super) filter: &'b LiveFilter,
    /// Since when its rule is what it is.
    pub(super) armed_from: Timestamp,
    pub(super) wiki: &'b WikiId,
    pub(super) group: &'b str,
    pub(super) kind: &'b str,
    pub(super) now: Timestamp,
    pub(super) settings: &'b BrakeSettings,
    /// The group's.
    pub(super) limits: Limits,
    pub(super) observed: Observed,
    pub(super) means: Means,
    /// Whether the actor counts as in good standing against this filter; none if that is to be found out, and others told.
    pub(super) counts: Option<bool>,
    /// Who acts, by the marks of an earlier week.
    pub(super) earlier: &'b dyn Fn(Week) -> Option<Known>,
}

impl Memory {
    /// A filter matches and would do something: whether it still does, this match taken into account. `marks` find out who
    /// somebody was in earlier weeks; `id` makes names of latches.
    pub(super) fn hit(
        &mut self,
        hit: &EffectiveHit<'_>,
        observed: &Observed,
        marks: Option<&Marks>,
        id: impl Fn() -> String,
    ) -> Latched {
        let EffectiveHit { filter, case, .. } = *hit;
        let is_of = |class: Class| hit.classes.contains(&class);
        let means = Means {
            destroys: is_of(Class::Destructive),
            obstructs: is_of(Class::Obstructive),
            refuses: hit.refuses,
            annoys: is_of(Class::Nuisance),
            blocks_range: hit.blocks_range,
            degroups: hit.degroups,
            is_again: hit.is_again,
            is_silent: !hit.refuses && hit.classes.iter().all(|it| *it == Class::Silent) && filter.is_silent(),
        };
        let named = Named { wiki: case.wiki, id: case.actor_id, name: case.actor_name, ip: case.ip };
        let blow = Blow {
            earlier: &|week| Some(marks?.known(&named, week)),
            filter,
            armed_from: filter.armed_from,
            wiki: case.wiki,
            group: &case.group.name,
            kind: case.kind,
            now: case.now,
            settings: &case.settings.brake,
            limits: Limits::of_group(&case.group.brake),
            observed: *observed,
            means,
            counts: None,
        };
        self.strike(&blow, id)
    }

    /// Counts a hit, and says what is withheld then.
    pub(super) fn strike(&mut self, blow: &Blow<'_>, id: impl Fn() -> String) -> Latched {
        let Blow { filter, now, ref observed, means, settings, .. } = *blow;
        let (key, week) = (&filter.key, week_of(now));
        let Self { wikis, guards, outbox, batch, .. } = self;
        let Some(wiki) = wikis.get_mut(blow.wiki) else { return Latched::default() };
        let of_filter = match guards.get_mut(key) {
            Some(of_filter) => of_filter,
            None => guards.entry(key.clone()).or_default(),
        };
        let armed_from = micros(blow.armed_from);
        let farm = of_filter.get(&key.wiki).filter(|it| key.wiki.is_farm() && it.armed_from >= armed_from);
        let farm = farm.map_or_else(Latched::default, Guard::latched);
        if !of_filter.contains_key(blow.wiki) {
            of_filter.insert(blow.wiki.clone(), Guard { armed_from, ..Guard::default() });
        }
        let Some(guard) = of_filter.get_mut(blow.wiki) else { return farm };
        if guard.armed_from < armed_from {
            guard.edit(blow.armed_from, now);
        }
        let profile = profile(filter, guard, settings.profile_default, now);
        let before = guard.latched().with(farm);
        let is_good = blow.counts.unwrap_or_else(|| {
            observed.is_good
                && !guard.is_discredited(observed.person, observed.range, now)
                && (guard.discredited.is_empty()
                    || !(1..WEEKS)
                        .filter_map(|back| (blow.earlier)(week - back))
                        .any(|known| guard.is_discredited(known.person, known.range, now)))
                && wiki.people.others_tripped(observed.person, Some(key), now) <= OTHERS_TRIPPED_MAX
        });
        if observed.is_good && (means.destroys || means.obstructs) {
            wiki.people.tripped(observed.person, key, now);
        }
        let limits = limits(guard.caps(blow.limits), settings, profile, guard.hold_at(now).is_some());
        let is_frozen = wiki.is_frozen;
        let Kind { around, streams, open, name, slot, .. } = wiki.kind(blow.group, blow.kind);
        let around = &*around;
        let Some(tracked) = track(streams, around, blow, &limits) else { return before };
        let last_week = is_new_week(now).then(|| (blow.earlier)(week - 1)).flatten();
        if let Some(before) = last_week.filter(|_| tracked.began < week) {
            let Observed { person, range, origin, .. } = *observed;
            tracked.stream.rename(&before, &Known { person, range, origin });
        }
        if blow.counts.is_none() {
            let place = || (blow.wiki.clone(), blow.group.to_owned(), blow.kind.to_owned());
            batch.strike(now, slot, place, (&mut tracked.slot, key, armed_from), observed, means, is_good, last_week);
        }
        let mut scene = Scene { blow, kind: name, limits, around, guard, tracked, outbox };
        let is_observation = observed.is_observation && !means.is_again;
        scene.count(is_good, is_observation);
        let effective = Hit {
            actor: Actor { origin: observed.origin, good: is_good.then_some((observed.person, observed.range)) },
            is_observation,
            destroys: means.destroys && !before.holds(Class::Destructive),
            stops: means.is_silent || means.refuses && !before.holds(Class::Obstructive),
            annoys: means.annoys && !before.holds(Class::Nuisance),
            target: if means.blocks_range { observed.origin } else { observed.person },
            blocks_range: means.blocks_range,
            degroups: means.degroups,
        };
        if profile == BrakeProfile::Compat || !(effective.destroys || effective.stops || effective.annoys) {
            return before;
        }
        let verdict = scene.tracked.stream.hit(&effective, around, now, &limits, is_frozen);
        if means.is_silent {
            scene.would_trip(&verdict);
        } else {
            scene.trip(&verdict, id);
            scene.alert(&verdict, &effective);
        }
        let has_episode = limits.missing.is_some() && scene.tracked.stream.has_episode(around, now);
        let latched = scene.guard.latched().with(farm);
        if has_episode && !open.contains(key) {
            open.push(key.clone());
        }
        latched
    }
}

impl Scene<'_> {
    /// Counts the match; somebody in good standing who was hit, or would have been, ends a quiet time.
    fn count(&mut self, is_good: bool, is_observation: bool) {
        let Blow { now, means, observed, .. } = self.blow;
        self.tracked.count_match(*now, is_observation);
        if !means.is_again {
            self.tracked.struck.hit(*now, is_good, observed.is_named);
        }
        self.tracked.is_dirty = true;
        if !is_good {
            return;
        }
        (self.tracked.hit_at, self.tracked.hit_number) = (self.blow.now, self.around.observations());
        let recovering = CLASSES.into_iter().filter(|it| self.guard.state(*it, self.blow.now) == State::Recovering);
        let classes: Vec<Class> = recovering.collect();
        if !classes.is_empty() {
            let happened = self.happened(What::Follows { event: Event::Unquiet, classes });
            happened.apply(self.guard);
            self.outbox.push_back(happened);
        }
    }

    fn trip(&mut self, verdict: &Verdict, id: impl Fn() -> String) {
        for trip in &verdict.trips {
            let (class, path) = (trip.class, trip.path);
            let happened = self.happened(What::Trip { class, path, evidence: self.evidence(class), id: id() });
            let followed = happened.apply(self.guard);
            if !followed.latched.is_empty() || !followed.recorded.is_empty() {
                self.outbox.push_back(happened);
            }
        }
    }

    /// Notes what would have latched, had the filter refused.
    fn would_trip(&mut self, verdict: &Verdict) {
        if let Some(trip) = verdict.trips.first().filter(|_| self.tracked.would_have.is_none()) {
            self.tracked.would_have = Some((class_letter(trip.class), trip.path, micros(self.blow.now)));
        }
    }

    /// Tells people to have a look, now and then, if the filter is on its way to a latch.
    fn alert(&mut self, verdict: &Verdict, hit: &Hit) {
        let (matched, all) = (self.tracked.matched(self.blow.now), self.around.this_hour(self.blow.now).0);
        let is_large = matched >= SHARE_ORIGINS_MIN && matched.saturating_mul(20) >= all;
        let every = i64::try_from(ALERT_EVERY.as_micros()).unwrap_or(i64::MAX);
        let is_told = micros(self.blow.now).saturating_sub(self.guard.alerted_at) < every;
        if !(verdict.is_alert || is_large) || is_told || !verdict.trips.is_empty() {
            return;
        }
        let class = match hit {
            Hit { destroys: true, .. } => Class::Destructive,
            Hit { stops: true, .. } => Class::Obstructive,
            _ => Class::Nuisance,
        };
        let happened = self.happened(What::Alert { class, evidence: self.evidence(class) });
        happened.apply(self.guard);
        self.outbox.push_back(happened);
    }

    fn evidence(&self, class: Class) -> Evidence {
        Evidence {
            kind: self.kind.to_owned(),
            matched_origins: self.tracked.matched(self.blow.now),
            ..self.tracked.stream.evidence(class, self.around, self.blow.now, &self.limits)
        }
    }

    fn happened(&self, what: What) -> Happened {
        Happened {
            key: self.blow.filter.key.clone(),
            wiki: self.blow.wiki.clone(),
            at: self.blow.now,
            armed_from: self.blow.armed_from,
            what,
        }
    }
}

/// Whether evidence may still hold marks of the week before: what is kept is a day old at most, but for episodes.
fn is_new_week(now: Timestamp) -> bool {
    now.as_second() - week_of(now) * 7 * 86_400 < NEW_WEEK_S
}

/// The numbers of a group, as a hold or a lockdown has them.
fn limits(group: Limits, settings: &BrakeSettings, profile: BrakeProfile, is_held: bool) -> Limits {
    let mut limits = Limits { missing: group.missing.filter(|_| profile != BrakeProfile::Lockdown), ..group };
    if is_held {
        limits.destroyed = settings.hold_caps;
        limits.range_blocks = settings.hold_caps;
        limits.degroups = settings.hold_caps;
    }
    limits
}

/// The evidence about a filter; begun if there is none, or if the rule became another one.
fn track<'t>(
    streams: &'t mut QuickMap<FilterKey, Tracked>,
    around: &Surroundings,
    blow: &Blow<'_>,
    limits: &Limits,
) -> Option<&'t mut Tracked> {
    let Blow { armed_from, now, .. } = *blow;
    let begin = || Tracked {
        stream: Stream::saved_since(around, armed_from, now, limits),
        armed_from,
        matched: (0, 0),
        hit_at: now,
        hit_number: around.observations(),
        began: week_of(now),
        released_at: micros(now),
        struck: Struck::default(),
        would_have: None,
        is_dirty: true,
        slot: Slot::default(),
        upto: 0,
    };
    let key = &blow.filter.key;
    let is_known = streams.get(key).is_some_and(|tracked| tracked.armed_from >= armed_from);
    if !is_known {
        streams.insert(key.clone(), begin());
    }
    streams.get_mut(key)
}

/// The profile that holds for a filter on a wiki.
pub(super) fn profile(filter: &LiveFilter, guard: &Guard, default: BrakeProfile, now: Timestamp) -> BrakeProfile {
    let is_declared = micros(now) < guard.lockdown_until;
    let is_saved = now.duration_since(filter.armed_from) < LOCKDOWN_FOR;
    match filter.brake_profile {
        _ if is_declared => BrakeProfile::Lockdown,
        BrakeProfile::Lockdown if is_saved => BrakeProfile::Lockdown,
        BrakeProfile::Standard | BrakeProfile::Lockdown => default,
        BrakeProfile::Compat => BrakeProfile::Compat,
    }
}
