//! What is held in memory, and what an evaluation makes of it.

use super::counts::Counted;
use super::people::People;
use crate::brake::evidence::Evidence;
use crate::brake::harm::Released;
use crate::brake::hour::{Actor, Surroundings};
use crate::brake::latch::{Event, Followed, Guard, State};
use crate::brake::mark::Marks;
use crate::brake::standing::Facts;
use crate::brake::stream::{CLASSES, Hit, Stream};
use crate::brake::{Limits, Path, stored};
use crate::consequences::{Acting, EffectiveHit, Latched, Met, Observed};
use crate::model::{BrakeProfile, Class, FilterKey};
use crate::snapshot::LiveFilter;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};
use wikiward_farm::clock::micros;
use wikiward_farm::{ActorType, Timestamp, WikiId};

/// How long nobody is told again to have a look at a filter.
const ALERT_EVERY: SignedDuration = SignedDuration::from_hours(6);

/// For how long a filter saved with the profile `lockdown` has it, if nobody declared an end.
const LOCKDOWN_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Origins that must have been hit in an hour before their share is looked at.
const SHARE_ORIGINS_MIN: u32 = 5;

/// Evidence about one filter, wiki and kind of action.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Tracked {
    pub(super) stream: Stream,
    /// The filter's, when the stream began.
    #[serde(with = "stored::at")]
    pub(super) armed_from: Timestamp,
    /// A clock hour, and the distinct origins that were hit in it.
    matched: (i64, u32),
    /// When somebody in good standing was, or would have been, hit last; and the running number of observations then.
    #[serde(with = "stored::at")]
    pub(super) hit_at: Timestamp,
    pub(super) hit_number: u64,
    #[serde(skip)]
    pub(super) is_dirty: bool,
}

/// One kind of action of one group on a wiki.
#[derive(Debug, Default)]
pub(super) struct Kind {
    pub(super) group: String,
    pub(super) kind: String,
    pub(super) around: Surroundings,
    pub(super) streams: HashMap<FilterKey, Tracked>,
    /// Filters whose episode of path B goes on.
    pub(super) open: Vec<FilterKey>,
    pub(super) is_dirty: bool,
    /// When its counts were written last, in seconds since 1970.
    pub(super) written_at: i64,
}

/// One wiki.
#[derive(Debug, Default)]
pub(super) struct WikiMemory {
    pub(super) kinds: Vec<Kind>,
    pub(super) people: People,
    /// Whether the farm's other wikis miss their traffic.
    pub(super) is_frozen: bool,
}

/// What is to be written down and told.
#[derive(Debug, Clone)]
pub(super) struct Happened {
    pub(super) key: FilterKey,
    pub(super) wiki: WikiId,
    pub(super) at: Timestamp,
    /// The filter's; what happened before a later edit says nothing.
    pub(super) armed_from: Timestamp,
    pub(super) what: What,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    Trip { class: Class, path: Path, evidence: Evidence, id: String },
    Alert { class: Class, evidence: Evidence },
    Follows { event: Event, classes: Vec<Class> },
    LockdownEnds,
}

/// Everything.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) wikis: HashMap<WikiId, WikiMemory>,
    pub(super) guards: HashMap<FilterKey, HashMap<WikiId, Guard>>,
    pub(super) outbox: VecDeque<Happened>,
    /// Counts of AbuseFilter's own algorithm, by filter and the wiki that counts for it.
    pub(super) compat: HashMap<FilterKey, HashMap<WikiId, Counted>>,
    /// Number of the newest change that was followed.
    pub(super) seq: i64,
}

impl WikiMemory {
    pub(super) fn kind(&mut self, group: &str, kind: &str) -> &mut Kind {
        let place = self.kinds.iter().position(|it| it.kind == kind && it.group == group).unwrap_or_else(|| {
            self.kinds.push(Kind { group: group.to_owned(), kind: kind.to_owned(), ..Kind::default() });
            self.kinds.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "found or pushed a moment ago")]
        &mut self.kinds[place]
    }

    fn days(&self, now: Timestamp) -> u32 {
        self.kinds.iter().map(|kind| kind.around.days(now)).max().unwrap_or(0)
    }
}

impl Happened {
    /// Makes it happen to a guard.
    pub(super) fn apply(&self, guard: &mut Guard) -> Followed {
        match &self.what {
            What::Trip { class, path, evidence, id } => guard.trip(*class, *path, evidence.clone(), id, self.at),
            // Another hold may have begun since.
            What::Follows { event: Event::HoldEnds, .. } if guard.hold_at(self.at).is_some() => Followed::default(),
            What::Follows { event, classes } => guard.follow(*event, classes, self.at),
            What::LockdownEnds => {
                if guard.lockdown_until <= micros(self.at) {
                    guard.lockdown_until = 0;
                }
                Followed::default()
            }
            What::Alert { .. } => {
                guard.alerted_at = micros(self.at);
                Followed::default()
            }
        }
    }
}

impl Memory {
    /// Counts an action.
    pub(super) fn observe(&mut self, acting: &Acting<'_>, marks: &Marks) -> Observed {
        let now = acting.now;
        if !self.wikis.contains_key(acting.wiki) {
            self.wikis.insert(acting.wiki.clone(), WikiMemory::default());
        }
        let person = marks.person(acting.wiki, acting.id, acting.name);
        let range = acting.ip.map_or(person, |ip| marks.range(ip));
        let mut facts = Facts {
            is_named: acting.actor_type == ActorType::Named,
            is_blocked: acting.is_blocked,
            age_s: acting.age_s,
            edits: acting.edit_count,
            is_trusted: acting.groups.iter().any(|group| acting.settings.trusted_groups.contains(group)),
            was_seen: true,
            ..Facts::default()
        };
        let is_grown = facts.is_good();
        let Some(wiki) = self.wikis.get_mut(acting.wiki) else {
            return Observed { person, range, origin: person, is_good: false, is_grown, is_observation: false };
        };
        if is_grown {
            facts.was_seen = wiki.people.was_seen(person, now);
            facts.days_of_data = wiki.days(now);
            facts.other_filters_tripped = wiki.people.others_tripped(person, None, now);
        }
        let is_good = is_grown && facts.is_good();
        let origin = if is_good { person } else { acting.ip.map_or(person, |ip| marks.origin(ip)) };
        let kind = wiki.kind(acting.group, acting.kind);
        let actor = Actor { origin, good: is_good.then_some((person, range)) };
        let is_observation = kind.around.observe(&actor, now);
        kind.is_dirty |= is_observation;
        Observed { person, range, origin, is_good, is_grown, is_observation }
    }

    /// What is withheld of a filter on a wiki.
    pub(super) fn withheld(&self, filter: &LiveFilter, wiki: &WikiId) -> Latched {
        let Some(guards) = self.guards.get(&filter.key) else { return Latched::default() };
        let of = |wiki: &WikiId| {
            let guard = guards.get(wiki).filter(|guard| guard.armed_from >= micros(filter.armed_from));
            guard.map_or_else(Latched::default, Guard::latched)
        };
        let own = of(wiki);
        if filter.key.wiki.is_farm() { own.with(of(&filter.key.wiki)) } else { own }
    }

    /// A filter matches and would do something: whether it still does, this match taken into account. `id` makes names of
    /// latches.
    pub(super) fn hit(&mut self, hit: &EffectiveHit<'_>, observed: &Observed, id: impl Fn() -> String) -> Latched {
        let EffectiveHit { filter, case, .. } = *hit;
        let (key, now, settings) = (&filter.key, case.now, &case.settings.brake);
        let Self { wikis, guards, outbox, .. } = self;
        let Some(wiki) = wikis.get_mut(case.wiki) else { return Latched::default() };
        let of_filter = guards.entry(key.clone()).or_default();
        let armed_from = filter.armed_from;
        let farm = of_filter.get(&key.wiki).filter(|it| key.wiki.is_farm() && it.armed_from >= micros(armed_from));
        let farm = farm.map_or_else(Latched::default, Guard::latched);
        if !of_filter.contains_key(case.wiki) {
            let new = Guard { armed_from: micros(armed_from), ..Guard::default() };
            of_filter.insert(case.wiki.clone(), new);
        }
        let Some(guard) = of_filter.get_mut(case.wiki) else { return farm };
        if guard.armed_from < micros(armed_from) {
            guard.edit(armed_from, now);
        }
        let profile = profile(filter, guard, settings.profile_default, now);
        let before = guard.latched().with(farm);
        let is_of = |class: Class| hit.classes.contains(&class);
        let mut limits = Limits::of_group(&case.group.brake);
        if guard.hold_at(now).is_some() {
            (limits.destroyed, limits.range_blocks, limits.degroups) =
                (settings.hold_caps, settings.hold_caps, settings.hold_caps);
        }
        limits.has_missing = profile != BrakeProfile::Lockdown;
        let is_good = observed.is_good
            && !guard.is_discredited(observed.person, observed.range, now)
            && wiki.people.others_tripped(observed.person, Some(key), now) < 2;
        if observed.is_good && (is_of(Class::Destructive) || is_of(Class::Obstructive)) {
            wiki.people.tripped(observed.person, key, now);
        }
        let is_frozen = wiki.is_frozen;
        let Kind { around, streams, open, kind, .. } = wiki.kind(&case.group.name, case.kind);
        let tracked = track(streams, around, filter, now, &limits);
        if is_good {
            (tracked.hit_at, tracked.hit_number) = (now, around.observations());
            let recovering = CLASSES.into_iter().filter(|it| guard.state(*it, now) == State::Recovering);
            let classes: Vec<Class> = recovering.collect();
            if !classes.is_empty() {
                let what = What::Follows { event: Event::Unquiet, classes };
                let happened = Happened { key: key.clone(), wiki: case.wiki.clone(), at: now, armed_from, what };
                happened.apply(guard);
                outbox.push_back(happened);
            }
        }
        let is_observation = observed.is_observation && !hit.is_again;
        tracked.count_match(now, is_observation);
        tracked.is_dirty = true;
        let effective = Hit {
            actor: Actor { origin: observed.origin, good: is_good.then_some((observed.person, observed.range)) },
            is_observation,
            destroys: is_of(Class::Destructive) && !before.holds(Class::Destructive),
            stops: hit.refuses && !before.holds(Class::Obstructive),
            annoys: is_of(Class::Nuisance) && !before.holds(Class::Nuisance),
            target: if hit.blocks_range { observed.origin } else { observed.person },
            blocks_range: hit.blocks_range,
            degroups: hit.degroups,
        };
        if profile == BrakeProfile::Compat || !(effective.destroys || effective.stops || effective.annoys) {
            return before;
        }
        let verdict = tracked.stream.hit(&effective, around, now, &limits, is_frozen);
        let happened = |what| Happened { key: key.clone(), wiki: case.wiki.clone(), at: now, armed_from, what };
        let evidence = |class: Class| Evidence {
            kind: kind.clone(),
            matched_origins: tracked.matched.1,
            ..tracked.stream.evidence(class, around, now, &limits)
        };
        for trip in &verdict.trips {
            let (class, path) = (trip.class, trip.path);
            let what = What::Trip { class, path, evidence: evidence(class), id: id() };
            let happened = happened(what);
            let followed = happened.apply(guard);
            if !followed.latched.is_empty() || !followed.recorded.is_empty() {
                outbox.push_back(happened);
            }
        }
        let all = around.this_hour(now).0;
        let matched = tracked.matched.1;
        let is_alert = verdict.is_alert || matched >= SHARE_ORIGINS_MIN && matched.saturating_mul(20) >= all;
        let is_told = now.as_microsecond() - guard.alerted_at < micros_of(ALERT_EVERY);
        if is_alert && !is_told && verdict.trips.is_empty() {
            let class = if effective.stops { Class::Obstructive } else { Class::Nuisance };
            let class = if effective.destroys { Class::Destructive } else { class };
            let happened = happened(What::Alert { class, evidence: evidence(class) });
            happened.apply(guard);
            outbox.push_back(happened);
        }
        if limits.has_missing && !open.contains(key) && tracked.stream.has_episode(around, now) {
            open.push(key.clone());
        }
        guard.latched().with(farm)
    }

    /// An action that was observed is decided.
    pub(super) fn over(&mut self, acting: &Acting<'_>, observed: &Observed, matched: &[Met<'_>], is_stopped: bool) {
        let Some(wiki) = self.wikis.get_mut(acting.wiki) else { return };
        if observed.is_grown && !is_stopped {
            wiki.people.saw(observed.person, acting.now);
        }
        if !observed.is_observation {
            return;
        }
        let Kind { around, streams, open, .. } = wiki.kind(acting.group, acting.kind);
        open.retain(|key| {
            let Some(tracked) = streams.get_mut(key) else { return false };
            if !matched.iter().any(|met| met.is_effective && met.filter.key == *key) {
                tracked.stream.unmatched(around, acting.now);
                tracked.is_dirty = true;
            }
            tracked.stream.has_episode(around, acting.now)
        });
    }

    /// Latches of a filter on a wiki were released: its streams there begin anew.
    pub(super) fn release(
        &mut self,
        key: &FilterKey,
        on: &WikiId,
        now: Timestamp,
        how: Released,
        limits: impl Fn(&str) -> Limits,
    ) {
        for (_, counted) in
            self.compat.get_mut(key).into_iter().flatten().filter(|(wiki, _)| on.is_farm() || *wiki == on)
        {
            counted.compat.release();
        }
        let wikis = self.wikis.iter_mut().filter(|(wiki, _)| on.is_farm() || *wiki == on);
        for kind in wikis.flat_map(|(_, wiki)| &mut wiki.kinds) {
            let Some(tracked) = kind.streams.get_mut(key) else { continue };
            tracked.stream.release(&kind.around, now, &limits(&kind.group), how);
            tracked.is_dirty = true;
            kind.open.retain(|open| open != key);
        }
    }
}

/// The evidence about a filter; begun if there is none, or if the rule became another one.
fn track<'t>(
    streams: &'t mut HashMap<FilterKey, Tracked>,
    around: &Surroundings,
    filter: &LiveFilter,
    now: Timestamp,
    limits: &Limits,
) -> &'t mut Tracked {
    let armed_from = filter.armed_from;
    let begin = || Tracked {
        stream: Stream::saved_since(around, armed_from, now, limits),
        armed_from,
        matched: (0, 0),
        hit_at: now,
        hit_number: around.observations(),
        is_dirty: true,
    };
    let tracked = streams.entry(filter.key.clone()).or_insert_with(begin);
    if tracked.armed_from < armed_from {
        *tracked = begin();
    }
    tracked
}

impl Tracked {
    fn count_match(&mut self, now: Timestamp, is_observation: bool) {
        let hour = now.as_second().div_euclid(3_600);
        if self.matched.0 != hour {
            self.matched = (hour, 0);
        }
        self.matched.1 = self.matched.1.saturating_add(u32::from(is_observation));
    }

    /// Distinct origins that were hit in the clock hour of `now`.
    pub(super) fn matched(&self, now: Timestamp) -> u32 {
        if self.matched.0 == now.as_second().div_euclid(3_600) { self.matched.1 } else { 0 }
    }
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

fn micros_of(time: SignedDuration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
