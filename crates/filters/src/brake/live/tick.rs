//! What follows from time alone: holds end, quiet latches recover, an outage freezes path B, several wikis make a farm.

use super::LiveBrake;
use super::memory::{Happened, Memory, What, WikiMemory};
use crate::brake::evidence::Evidence;
use crate::brake::latch::{Event, Guard, State};
use crate::brake::stream::CLASSES;
use crate::brake::{Limits, Path, farm};
use crate::model::{BrakeProfile, Class, FilterKey};
use jiff::SignedDuration;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Timestamp, WikiId};

/// How long nobody in good standing must have been hit before a latch looks safe to release.
const QUIET_FOR: SignedDuration = SignedDuration::from_hours(1);

/// How long before the end of a hold people are told.
const NEARS: SignedDuration = SignedDuration::from_mins(5);

/// Observations of people in good standing in that time, at least.
const QUIET_OBSERVATIONS_MIN: f64 = 20.0;

impl LiveBrake {
    /// What follows from time alone: [`LiveBrake::run`] calls it, and whoever has no loop.
    pub fn look_after_time(&self, now: Timestamp) {
        self.tick(now);
    }

    /// Looks after time.
    pub(super) fn tick(&self, now: Timestamp) {
        let snapshot = self.snapshots.current();
        let mut memory = self.memory();
        memory.freeze(now);
        memory.deeds.sweep(now);
        for wiki in memory.wikis.values_mut() {
            wiki.people.sweep(now);
        }
        let due: Vec<(FilterKey, WikiId)> = memory
            .guards
            .iter()
            .flat_map(|(key, of)| of.iter().map(move |(wiki, guard)| (key, wiki, guard)))
            .filter(|(_, _, guard)| guard.is_latched() || guard.hold.is_some() || guard.lockdown_until > 0)
            .map(|(key, wiki, _)| (key.clone(), wiki.clone()))
            .collect();
        for (key, wiki) in due {
            // A disabled filter keeps its latch as it is; its hold is over.
            let filter = snapshot.filter(&key).filter(|filter| !filter.is_shadow);
            let rearms = snapshot.settings(&wiki).brake.auto_rearm;
            let armed_from = filter.map(|filter| filter.armed_from);
            self.look_after(&mut memory, &key, &wiki, armed_from, rearms, now);
        }
        if !memory.outbox.is_empty() {
            self.woken.notify_one();
        }
    }

    fn look_after(
        &self,
        memory: &mut Memory,
        key: &FilterKey,
        wiki: &WikiId,
        armed_from: Option<Timestamp>,
        rearms: bool,
        now: Timestamp,
    ) {
        let is_quiet = armed_from.is_some() && memory.is_quiet(key, wiki, now);
        let Some(guard) = memory.guards.get_mut(key).and_then(|of| of.get_mut(wiki)) else { return };
        let armed_from = armed_from.unwrap_or_else(|| from_micros(guard.armed_from));
        if guard.lockdown_until > 0 && guard.lockdown_until <= micros(now) {
            let what = What::LockdownEnds;
            let happened = Happened { key: key.clone(), wiki: wiki.clone(), at: now, armed_from, what };
            happened.apply(guard);
            memory.outbox.push_back(happened);
        }
        let nears = guard.hold.as_ref().filter(|hold| {
            !hold.is_told && now < hold.until && hold.until.duration_since(now) <= NEARS && hold.is_long()
        });
        if let Some(hold_id) = nears.map(|hold| hold.id.clone()) {
            let what = What::HoldNears { hold_id };
            let happened = Happened { key: key.clone(), wiki: wiki.clone(), at: now, armed_from, what };
            happened.apply(guard);
            memory.outbox.push_back(happened);
        }
        let mut events = Vec::new();
        if guard.hold.as_ref().is_some_and(|hold| hold.until <= now) {
            events.push((Event::HoldEnds, CLASSES.to_vec()));
        }
        let latched = CLASSES.into_iter().filter(|class| guard.state(*class, now) == State::Latched);
        let quiet: Vec<Class> = latched.collect();
        if is_quiet && !quiet.is_empty() {
            let rearms = rearms && guard.may_release_by_itself(now);
            events.push((Event::Quiet { rearms }, quiet));
        }
        let mut retests = false;
        let mut followed = Vec::new();
        for (event, classes) in events {
            let what = What::Follows { event, classes };
            let happened = Happened { key: key.clone(), wiki: wiki.clone(), at: now, armed_from, what };
            let guard_after = happened.apply(guard);
            retests |= guard_after.retests;
            followed.push(happened);
        }
        let released = guard.released.filter(|release| release.at == now);
        memory.outbox.extend(followed);
        if let Some(release) = released {
            memory.release(key, wiki, now, release.how, |group| self.limits(group));
        }
        if retests {
            self.retest(memory, key, wiki, armed_from, now);
        }
    }

    /// Looks at the evidence that stands, after a hold.
    pub(super) fn retest(
        &self,
        memory: &mut Memory,
        key: &FilterKey,
        on: &WikiId,
        armed_from: Timestamp,
        now: Timestamp,
    ) {
        let Memory { wikis, guards, outbox, .. } = memory;
        let Some(wiki) = wikis.get(on) else { return };
        let Some(guard) = guards.get_mut(key).and_then(|of| of.get_mut(on)) else { return };
        // A moment later than what it follows, so that histories tell it in that order.
        let now = now.checked_add(SignedDuration::from_micros(1)).unwrap_or(now);
        let snapshot = self.snapshots.current();
        let is_lockdown = snapshot.filter(key).is_some_and(|it| it.brake_profile == BrakeProfile::Lockdown);
        for kind in &wiki.kinds {
            let Some(tracked) = kind.streams.get(key).filter(|it| it.armed_from >= armed_from) else { continue };
            let own = guard.caps(self.limits(&kind.group));
            let limits = Limits { missing: own.missing.filter(|_| !is_lockdown), ..own };
            for trip in tracked.stream.standing(&kind.around, now, &limits, wiki.is_frozen) {
                let evidence = Evidence {
                    kind: kind.name.clone(),
                    matched_origins: tracked.matched(now),
                    ..tracked.stream.evidence(trip.class, &kind.around, now, &limits)
                };
                let what = What::Trip { class: trip.class, path: trip.path, evidence, id: self.new_name("lt") };
                let happened = Happened { key: key.clone(), wiki: on.clone(), at: now, armed_from, what };
                if !happened.apply(guard).latched.is_empty() {
                    outbox.push_back(happened);
                }
            }
        }
    }

    /// A farm-wide filter was latched on a wiki: on enough of them at about the same time, it is latched on all.
    pub(super) fn spread(&self, happened: &Happened) {
        let What::Trip { class, path, .. } = &happened.what else { return };
        let key = &happened.key;
        if !key.wiki.is_farm() || happened.wiki.is_farm() || *path == Path::Farm {
            return;
        }
        let mut memory = self.memory();
        let together: Vec<WikiId> = memory.latched_together(key, *class, happened.at);
        let there = memory.wikis.values().filter(|wiki| wiki.knows(key)).count();
        if !farm::is_together(together.len(), there) {
            return;
        }
        let evidence = Evidence { all_origins: 0, matched_origins: 0, ..Evidence::default() };
        let what = What::Trip { class: *class, path: Path::Farm, evidence, id: self.new_name("lt") };
        let farm = key.wiki.clone();
        let (at, armed_from) = (happened.at, happened.armed_from);
        let happened = Happened { key: key.clone(), wiki: farm.clone(), at, armed_from, what };
        let guards = memory.guards.entry(key.clone()).or_default();
        let new = || Guard { armed_from: micros(armed_from), ..Guard::default() };
        let guard = guards.entry(farm).or_insert_with(new);
        if !happened.apply(guard).latched.is_empty() {
            memory.outbox.push_back(happened);
            self.woken.notify_one();
        }
    }
}

impl WikiMemory {
    /// Whether a filter was ever hit here.
    fn knows(&self, key: &FilterKey) -> bool {
        self.kinds.iter().any(|kind| kind.streams.contains_key(key))
    }
}

impl Memory {
    /// Wikis on which a class of a filter was latched within the hour before `now`.
    fn latched_together(&self, key: &FilterKey, class: Class, now: Timestamp) -> Vec<WikiId> {
        let of = self.guards.get(key).into_iter().flatten();
        let together = of.filter(|(wiki, guard)| {
            !wiki.is_farm() && guard.latch(class).is_some_and(|latch| now.duration_since(latch.since) <= farm::TOGETHER)
        });
        together.map(|(wiki, _)| wiki.clone()).collect()
    }

    /// Whether nobody in good standing has been hit, or would have been, for long enough.
    fn is_quiet(&self, key: &FilterKey, on: &WikiId, now: Timestamp) -> bool {
        let wikis = self.wikis.iter().filter(|(wiki, _)| on.is_farm() || *wiki == on);
        let mut streams =
            wikis.flat_map(|(_, wiki)| &wiki.kinds).filter_map(|kind| Some((kind, kind.streams.get(key)?))).peekable();
        let since = |guard: &Guard| CLASSES.iter().filter_map(|class| Some(guard.latch(*class)?.since)).max();
        let guard = self.guards.get(key).and_then(|of| of.get(on));
        let is_old = guard.and_then(since).is_some_and(|since| now.duration_since(since) >= QUIET_FOR);
        is_old
            && streams.peek().is_some()
            && streams.all(|(kind, tracked)| {
                let known = kind.around.around(now);
                let passed = known.observations.saturating_sub(tracked.hit_number);
                let wanted = QUIET_OBSERVATIONS_MIN.max(known.per_day / 24.0);
                #[expect(clippy::cast_precision_loss, reason = "a count of observations")]
                let is_enough = passed as f64 >= wanted;
                now.duration_since(tracked.hit_at) >= QUIET_FOR && is_enough
            })
    }

    /// Notes for each wiki whether the others miss their traffic.
    fn freeze(&mut self, now: Timestamp) {
        let of = |wiki: &WikiMemory| {
            let hours = wiki.kinds.iter().map(|kind| kind.around.this_hour(now));
            hours
                .filter_map(|(seen, expected)| Some((f64::from(seen), expected?)))
                .fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1))
        };
        let each: Vec<(f64, f64)> = self.wikis.values().map(of).collect();
        let (seen, expected) = each.iter().fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
        for (wiki, own) in self.wikis.values_mut().zip(each) {
            wiki.is_frozen = farm::is_quiet(seen - own.0, expected - own.1);
        }
    }
}
