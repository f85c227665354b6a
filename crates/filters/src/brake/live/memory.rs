//! What is held in memory, and what an evaluation makes of it.

use super::counts::Counted;
use super::deeds::Deeds;
use super::people::People;
use super::sharing::{Batch, Names, Slot};
use super::struck::Struck;
use crate::brake::evidence::Evidence;
use crate::brake::harm::Released;
use crate::brake::hour::{Actor, Surroundings};
use crate::brake::latch::{Event, Followed, Guard};
use crate::brake::mark::{Marks, WEEKS, Week, week_of};
use crate::brake::quick::QuickMap;
use crate::brake::standing::Facts;
use crate::brake::stream::Stream;
use crate::brake::{Limits, Path, stored};
use crate::consequences::{Acting, Latched, Met, Observed};
use crate::model::{Class, FilterKey};
use crate::snapshot::LiveFilter;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use wikiward_farm::clock::micros;
use wikiward_farm::{ActorType, Timestamp, WikiId};

/// Evidence about one filter, wiki and kind of action.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Tracked {
    pub(super) stream: Stream,
    /// The filter's, when the stream began.
    #[serde(with = "stored::at")]
    pub(super) armed_from: Timestamp,
    /// A clock hour, and the distinct origins that were hit in it.
    pub(super) matched: (i64, u32),
    /// When somebody in good standing was, or would have been, hit last; and the running number of observations then.
    #[serde(with = "stored::at")]
    pub(super) hit_at: Timestamp,
    pub(super) hit_number: u64,
    /// The week in which it began.
    #[serde(default)]
    pub(super) began: Week,
    /// When it was released last, or began, in microseconds.
    #[serde(default)]
    pub(super) released_at: i64,
    /// Whom it hit within a day.
    #[serde(default)]
    pub(super) struck: Struck,
    /// Of a filter that nobody notices: what would have latched, by which path, and when first, in microseconds.
    #[serde(default)]
    pub(super) would_have: Option<(char, Path, i64)>,
    #[serde(skip)]
    pub(super) is_dirty: bool,
    #[serde(skip)]
    pub(super) slot: Slot,
    /// The batch up to which it had counted everything when it was read.
    #[serde(skip)]
    pub(super) upto: i64,
}

/// One kind of action of one group on a wiki.
#[derive(Debug, Default)]
pub(super) struct Kind {
    pub(super) group: String,
    pub(super) name: String,
    pub(super) around: Surroundings,
    pub(super) streams: QuickMap<FilterKey, Tracked>,
    /// Filters whose episode of path B goes on.
    pub(super) open: Vec<FilterKey>,
    pub(super) is_dirty: bool,
    /// When its counts were written last, in seconds since 1970.
    pub(super) written_at: i64,
    pub(super) slot: Slot,
    /// The batch up to which its counts had counted everything when they were read.
    pub(super) upto: i64,
}

/// One wiki.
#[derive(Debug, Default)]
pub(super) struct WikiMemory {
    pub(super) kinds: Vec<Kind>,
    pub(super) people: People,
    /// The batch up to which its people were known when they were read.
    pub(super) upto: i64,
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
    Trip {
        class: Class,
        path: Path,
        evidence: Evidence,
        id: String,
    },
    Alert {
        class: Class,
        evidence: Evidence,
    },
    Follows {
        event: Event,
        classes: Vec<Class>,
    },
    LockdownEnds,
    /// Five minutes before the end.
    HoldNears {
        hold_id: String,
    },
}

/// Everything.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) wikis: QuickMap<WikiId, WikiMemory>,
    pub(super) guards: QuickMap<FilterKey, QuickMap<WikiId, Guard>>,
    pub(super) outbox: VecDeque<Happened>,
    /// Counts of AbuseFilter's own algorithm, by filter and the wiki that counts for it.
    pub(super) compat: QuickMap<FilterKey, QuickMap<WikiId, Counted>>,
    /// Number of the newest change that was followed.
    pub(super) seq: i64,
    /// What was done within two days.
    pub(super) deeds: Deeds,
    /// What the others are to be told.
    pub(super) batch: Batch,
    /// Makes this week's marks.
    pub(super) weekly: Option<(Week, Marks)>,
    /// Number of the newest batch that is counted.
    pub(super) heard: i64,
}

impl WikiMemory {
    pub(super) fn kind(&mut self, group: &str, kind: &str) -> &mut Kind {
        let place = self.kinds.iter().position(|it| it.name == kind && it.group == group).unwrap_or_else(|| {
            self.kinds.push(Kind { group: group.to_owned(), name: kind.to_owned(), ..Kind::default() });
            self.kinds.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "found or pushed a moment ago")]
        &mut self.kinds[place]
    }

    fn days(&self, now: Timestamp) -> u32 {
        self.kinds.iter().map(|kind| kind.around.days(now)).max().unwrap_or(0)
    }
}

impl Kind {
    /// An observation at `now`: filters whose episode goes on and that did not match it.
    pub(super) fn unmatched(&mut self, now: Timestamp, matches: impl Fn(&FilterKey) -> bool) {
        let Self { around, streams, open, .. } = self;
        open.retain(|key| {
            let Some(tracked) = streams.get_mut(key) else { return false };
            if !matches(key) {
                tracked.stream.unmatched(around, now);
                tracked.is_dirty = true;
            }
            tracked.stream.has_episode(around, now)
        });
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
            What::HoldNears { hold_id } => {
                if let Some(hold) = guard.hold.as_mut().filter(|hold| hold.id == *hold_id) {
                    hold.is_told = true;
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
    pub(super) fn observe(&mut self, acting: &Acting<'_>, keys: &Marks) -> Observed {
        let now = acting.now;
        let week = week_of(now);
        let marks = match self.weekly {
            Some((known, weekly)) if known == week => weekly,
            _ => self.weekly.insert((week, keys.of_week(week))).1,
        };
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
            let is_named = facts.is_named;
            return Observed {
                person,
                range,
                origin: person,
                is_good: false,
                is_grown,
                is_named,
                is_observation: false,
            };
        };
        let named = acting.named();
        if is_grown {
            facts.was_seen = wiki.people.was_seen(person, now)
                // Known by the marks of weeks before.
                || (1..WEEKS).any(|back| wiki.people.rename(keys.known(&named, week - back).person, person, now));
            facts.days_of_data = wiki.days(now);
            facts.other_filters_tripped = wiki.people.others_tripped(person, None, now);
        }
        let is_good = is_grown && facts.is_good();
        let origin = if is_good { person } else { acting.ip.map_or(person, |ip| marks.origin(ip)) };
        let kind = wiki.kind(acting.group, acting.kind);
        let actor = Actor { origin, good: is_good.then_some((person, range)) };
        if is_good && kind.around.may_know(person) {
            let _ = (1..WEEKS).any(|back| kind.around.rename(keys.known(&named, week - back).person, person));
        }
        let is_observation = kind.around.observe(&actor, now);
        kind.is_dirty |= is_observation;
        Observed { person, range, origin, is_good, is_grown, is_named: facts.is_named, is_observation }
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

    /// An action that was observed is decided. `names` names it, should something come of it later.
    pub(super) fn over(
        &mut self,
        acting: &Acting<'_>,
        observed: &Observed,
        matched: &[Met<'_>],
        is_stopped: bool,
        names: impl FnOnce() -> Names,
    ) {
        let Self { wikis, batch, .. } = self;
        let Some(wiki) = wikis.get_mut(acting.wiki) else { return };
        if observed.is_grown && !is_stopped {
            wiki.people.saw(observed.person, acting.now);
        }
        if !observed.is_observation {
            return;
        }
        let kind = wiki.kind(acting.group, acting.kind);
        let place = || (acting.wiki.clone(), acting.group.to_owned(), acting.kind.to_owned());
        batch.see(acting.now, &mut kind.slot, place, observed, is_stopped, names());
        kind.unmatched(acting.now, |key| matched.iter().any(|met| met.is_effective && met.filter.key == *key));
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
            tracked.released_at = micros(now);
            tracked.is_dirty = true;
            kind.open.retain(|open| open != key);
        }
    }
}

impl Tracked {
    pub(super) fn count_match(&mut self, now: Timestamp, is_observation: bool) {
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
