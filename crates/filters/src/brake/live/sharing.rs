//! What a node tells the others, and itself after a crash: who acted, and whom filters hit.
//!
//! An evaluation only appends to a buffer. The buffer is written as one batch a moment later; see `exchange`.

use crate::brake::Mark;
use crate::brake::hour::Actor;
use crate::brake::mark::Known;
use crate::brake::stored::Wiki;
use crate::consequences::Observed;
use crate::model::{FilterKey, FilterNumber};
use serde::{Deserialize, Serialize};
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Timestamp, WikiId};

/// Most observations of a batch. Beyond it the others are not told: they expect a little less than there is.
const SEEN_MAX: usize = 20_000;

/// Most hits of a batch. Far more than any path needs to trip.
const STRUCK_MAX: usize = 20_000;

/// Most counts of other kinds in a batch.
const COUNTS_MAX: usize = 5_000;

/// Where something has its place in the tables of a buffer, if it is there: number of the buffer, place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Slot {
    buffer: u64,
    place: u32,
}

/// What is known of an actor, packed: bits of [`Seen`] and [`Struck`].
mod bits {
    pub(super) const GOOD: u16 = 1;
    pub(super) const GROWN: u16 = 2;
    pub(super) const STOPPED: u16 = 4;
    pub(super) const DESTROYS: u16 = 8;
    pub(super) const OBSTRUCTS: u16 = 16;
    pub(super) const REFUSES: u16 = 32;
    pub(super) const ANNOYS: u16 = 64;
    pub(super) const BLOCKS_RANGE: u16 = 128;
    pub(super) const DEGROUPS: u16 = 256;
    pub(super) const AGAIN: u16 = 512;
    pub(super) const COUNTS: u16 = 1024;
    pub(super) const SILENT: u16 = 2048;
    pub(super) const NAMED: u16 = 4096;
}

/// What a filter would do, whatever is latched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "what a filter would do, each by itself")]
pub(super) struct Means {
    pub(super) destroys: bool,
    pub(super) obstructs: bool,
    pub(super) refuses: bool,
    pub(super) annoys: bool,
    pub(super) blocks_range: bool,
    pub(super) degroups: bool,
    /// The filter was asked about already in the same evaluation.
    pub(super) is_again: bool,
    /// The filter does nothing that anybody notices; it is counted as if it refused.
    pub(super) is_silent: bool,
}

/// An observation: microseconds after the batch's first, place, origin, person, range, bits, names of the action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen(i64, u32, Mark, Mark, Mark, u16, Names);

/// What names an action later: a hash of its id, and a part of its evaluation's.
pub(super) type Names = (u64, u64);

/// A hit: microseconds after the batch's first, place, filter, origin, person, range, bits; and, when a week has just begun,
/// the marks of the week before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Struck(i64, u32, u32, Mark, Mark, Mark, u16, Option<Known>);

/// Actions and matches that AbuseFilter's own algorithm counts: wiki, filter, since which save, actions, matches.
pub(super) type Compared = (Wiki, Wiki, u32, i64, u64, u64);

/// What came of an action: the hash that names it, and whether it is unclean now.
pub(super) type Turned = (u64, bool);

/// An observation as [`Batch::named`] tells of it: when, its wiki, group and kind, and what names it.
pub(super) type Named<'b> = (Timestamp, (&'b WikiId, &'b str, &'b str), Names);

/// What happened on a node, until it is written.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Batch {
    #[serde(skip)]
    number: u64,
    /// Microseconds since 1970 that the others count from.
    begin: i64,
    places: Vec<(Wiki, String, String)>,
    /// Filters, and since when their rules are what they are, in microseconds.
    filters: Vec<(Wiki, u32, i64)>,
    seen: Vec<Seen>,
    struck: Vec<Struck>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) compared: Vec<Compared>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) turned: Vec<Turned>,
    /// Other names of actions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) linked: Vec<(u64, u64)>,
}

/// An action of a batch.
pub(super) struct ThenSeen<'b> {
    pub(super) at: Timestamp,
    pub(super) wiki: &'b WikiId,
    pub(super) group: &'b str,
    pub(super) kind: &'b str,
    pub(super) observed: Observed,
    pub(super) is_stopped: bool,
    pub(super) names: Names,
}

/// A hit of a batch.
pub(super) struct ThenStruck<'b> {
    pub(super) at: Timestamp,
    pub(super) wiki: &'b WikiId,
    pub(super) group: &'b str,
    pub(super) kind: &'b str,
    pub(super) key: FilterKey,
    pub(super) armed_from: i64,
    pub(super) observed: Observed,
    pub(super) means: Means,
    /// Whether the actor counted as in good standing against this filter.
    pub(super) counts: bool,
    /// Who was hit, by the marks of the week before.
    pub(super) before: Option<Known>,
}

impl Slot {
    /// Its place in `batch`, if it has one there.
    fn of(self, batch: &Batch) -> Option<u32> {
        (self.buffer == batch.number).then_some(self.place)
    }
}

/// Bits of who acts.
fn standing(observed: &Observed) -> u16 {
    let bit = |is: bool, bit: u16| if is { bit } else { 0 };
    bit(observed.is_good, bits::GOOD) | bit(observed.is_grown, bits::GROWN) | bit(observed.is_named, bits::NAMED)
}

impl Means {
    fn pack(self) -> u16 {
        let all = [
            (self.destroys, bits::DESTROYS),
            (self.obstructs, bits::OBSTRUCTS),
            (self.refuses, bits::REFUSES),
            (self.annoys, bits::ANNOYS),
            (self.blocks_range, bits::BLOCKS_RANGE),
            (self.degroups, bits::DEGROUPS),
            (self.is_again, bits::AGAIN),
            (self.is_silent, bits::SILENT),
        ];
        all.into_iter().fold(0, |sum, (is, bit)| if is { sum | bit } else { sum })
    }

    fn unpack(packed: u16) -> Self {
        Self {
            destroys: packed & bits::DESTROYS != 0,
            obstructs: packed & bits::OBSTRUCTS != 0,
            refuses: packed & bits::REFUSES != 0,
            annoys: packed & bits::ANNOYS != 0,
            blocks_range: packed & bits::BLOCKS_RANGE != 0,
            degroups: packed & bits::DEGROUPS != 0,
            is_again: packed & bits::AGAIN != 0,
            is_silent: packed & bits::SILENT != 0,
        }
    }
}

impl Batch {
    /// The first of a process.
    pub(super) fn first() -> Self {
        Self { number: 1, ..Self::default() }
    }

    /// Whether there is nothing to tell.
    pub(super) fn is_empty(&self) -> bool {
        self.seen.is_empty()
            && self.struck.is_empty()
            && self.compared.is_empty()
            && self.turned.is_empty()
            && self.linked.is_empty()
    }

    /// Whether others should hear of it at once.
    pub(super) fn is_urgent(&self) -> bool {
        !self.struck.is_empty()
    }

    /// What there is to tell; another one begins.
    pub(super) fn take(&mut self) -> Self {
        let next = Self { number: self.number + 1, ..Self::default() };
        std::mem::replace(self, next)
    }

    fn since(&mut self, now: Timestamp) -> i64 {
        if self.begin == 0 {
            self.begin = micros(now);
        }
        micros(now) - self.begin
    }

    fn place(&mut self, slot: &mut Slot, name: impl FnOnce() -> (WikiId, String, String)) -> u32 {
        if let Some(place) = slot.of(self) {
            return place;
        }
        let place = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        let (wiki, group, kind) = name();
        self.places.push((Wiki(wiki), group, kind));
        *slot = Slot { buffer: self.number, place };
        place
    }

    /// An observation.
    pub(super) fn see(
        &mut self,
        now: Timestamp,
        slot: &mut Slot,
        place: impl FnOnce() -> (WikiId, String, String),
        observed: &Observed,
        is_stopped: bool,
        names: Names,
    ) {
        if self.seen.len() >= SEEN_MAX {
            return;
        }
        let place = self.place(slot, place);
        let since = self.since(now);
        let packed = standing(observed) | (if is_stopped { bits::STOPPED } else { 0 });
        self.seen.push(Seen(since, place, observed.origin, observed.person, observed.range, packed, names));
    }

    /// A hit. `counts` says whether the actor is in good standing against this filter.
    #[expect(clippy::too_many_arguments, reason = "where, whom, what: each is needed")]
    pub(super) fn strike(
        &mut self,
        now: Timestamp,
        slot: &mut Slot,
        place: impl FnOnce() -> (WikiId, String, String),
        filter: (&mut Slot, &FilterKey, i64),
        observed: &Observed,
        means: Means,
        counts: bool,
        before: Option<Known>,
    ) {
        if self.struck.len() >= STRUCK_MAX {
            return;
        }
        let place = self.place(slot, place);
        let (slot, key, armed_from) = filter;
        let number = slot.of(self).unwrap_or_else(|| {
            let number = u32::try_from(self.filters.len()).unwrap_or(u32::MAX);
            self.filters.push((Wiki(key.wiki.clone()), key.number.0, armed_from));
            *slot = Slot { buffer: self.number, place: number };
            number
        });
        let since = self.since(now);
        let packed = standing(observed) | means.pack() | (if counts { bits::COUNTS } else { 0 });
        self.struck.push(Struck(
            since,
            place,
            number,
            observed.origin,
            observed.person,
            observed.range,
            packed,
            before,
        ));
    }

    /// AbuseFilter's own algorithm counted an action.
    pub(super) fn compare(&mut self, wiki: &WikiId, key: &FilterKey, saved_at: i64, is_match: bool) {
        let is_it =
            |it: &&mut Compared| it.0.0 == *wiki && it.1.0 == key.wiki && it.2 == key.number.0 && it.3 == saved_at;
        if let Some(it) = self.compared.iter_mut().find(is_it) {
            it.4 += 1;
            it.5 += u64::from(is_match);
        } else if self.compared.len() < COUNTS_MAX {
            let one = (Wiki(wiki.clone()), Wiki(key.wiki.clone()), key.number.0, saved_at, 1, u64::from(is_match));
            self.compared.push(one);
        }
    }

    /// It turned out what came of an action.
    pub(super) fn turn(&mut self, name: u64, is_unclean: bool) {
        if self.turned.len() < COUNTS_MAX {
            self.turned.push((name, is_unclean));
        }
    }

    /// An action has another name.
    pub(super) fn link(&mut self, name: u64, action: u64) {
        if self.linked.len() < COUNTS_MAX {
            self.linked.push((name, action));
        }
    }

    /// Observations by what names them.
    pub(super) fn named(&self) -> impl Iterator<Item = Named<'_>> {
        self.seen.iter().filter_map(|seen| {
            let seen = self.seen(seen)?;
            Some((seen.at, (seen.wiki, seen.group, seen.kind), seen.names))
        })
    }

    /// The actions of the batch in the order of time, each with the filters that hit it.
    pub(super) fn in_order(&self) -> Vec<(Option<ThenSeen<'_>>, Vec<ThenStruck<'_>>)> {
        let mut seen: Vec<&Seen> = self.seen.iter().collect();
        seen.sort_by_key(|it| (it.0, it.1, it.2));
        let mut struck: Vec<&Struck> = self.struck.iter().collect();
        struck.sort_by_key(|it| (it.0, it.1, it.3));
        let mut all = Vec::with_capacity(seen.len() + struck.len());
        let mut struck = struck.into_iter().peekable();
        for seen in seen {
            // Hits whose action was counted in another batch.
            while let Some(hit) = struck.next_if(|it| (it.0, it.1, it.3) < (seen.0, seen.1, seen.2)) {
                all.push((None, self.struck(hit).into_iter().collect()));
            }
            let mut hits = Vec::new();
            while let Some(hit) = struck.next_if(|it| (it.0, it.1, it.3) == (seen.0, seen.1, seen.2)) {
                hits.extend(self.struck(hit));
            }
            if let Some(seen) = self.seen(seen) {
                all.push((Some(seen), hits));
            }
        }
        all.extend(struck.map(|hit| (None, self.struck(hit).into_iter().collect())));
        all
    }

    fn seen(&self, Seen(since, place, origin, person, range, packed, names): &Seen) -> Option<ThenSeen<'_>> {
        let (Wiki(wiki), group, kind) = self.places.get(usize::try_from(*place).ok()?)?;
        let observed = observed(*origin, *person, *range, *packed);
        let at = from_micros(self.begin.saturating_add(*since));
        let is_stopped = packed & bits::STOPPED != 0;
        Some(ThenSeen { at, wiki, group, kind, observed, is_stopped, names: *names })
    }

    fn struck(
        &self,
        Struck(since, place, filter, origin, person, range, packed, before): &Struck,
    ) -> Option<ThenStruck<'_>> {
        let (Wiki(wiki), group, kind) = self.places.get(usize::try_from(*place).ok()?)?;
        let (Wiki(owner), number, armed_from) = self.filters.get(usize::try_from(*filter).ok()?)?;
        Some(ThenStruck {
            at: from_micros(self.begin.saturating_add(*since)),
            wiki,
            group,
            kind,
            key: FilterKey { wiki: owner.clone(), number: FilterNumber(*number) },
            armed_from: *armed_from,
            observed: observed(*origin, *person, *range, *packed),
            means: Means::unpack(*packed),
            counts: packed & bits::COUNTS != 0,
            before: *before,
        })
    }
}

impl ThenSeen<'_> {
    /// Who acted.
    pub(super) fn actor(&self) -> Actor {
        let Observed { origin, person, range, is_good, .. } = self.observed;
        Actor { origin, good: is_good.then_some((person, range)) }
    }
}

fn observed(origin: Mark, person: Mark, range: Mark, packed: u16) -> Observed {
    Observed {
        person,
        range,
        origin,
        is_good: packed & bits::GOOD != 0,
        is_grown: packed & bits::GROWN != 0,
        is_named: packed & bits::NAMED != 0,
        is_observation: false,
    }
}
