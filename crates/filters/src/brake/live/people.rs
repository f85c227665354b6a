//! Who was seen on a wiki before and not refused, and who trips filter after filter.

use crate::brake::Mark;
use crate::brake::quick::QuickMap;
use crate::brake::stored::Wiki;
use crate::model::{FilterKey, FilterNumber};
use wikiward_farm::Timestamp;

/// Most people of a wiki that are remembered: 12 bytes each. Beyond it, new ones have to wait for others to stay away.
const SEEN_MAX: usize = 250_000;

/// Most people of a wiki who are remembered for what they tripped.
const TRIPPED_MAX: usize = 20_000;

/// Most filters that are told apart for one of them: two are too many already.
const TRIPS_MAX: usize = 4;

/// Hours for which an action is remembered: 30 days.
const SEEN_FOR_H: u32 = 720;

/// Hours after which an action counts.
const SEEN_AFTER_H: u32 = 24;

/// Seconds for which a trip counts.
const TRIPPED_FOR_S: i64 = 86_400;

/// When somebody acted, in hours since 1970. The first counts, once it is a day old; the second takes its place when it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    counts: u32,
    waits: u32,
}

/// Somebody tripped a filter: who, its wiki and number, when in seconds since 1970.
type Trip = (Mark, Wiki, u32, i64);

/// People of one wiki.
#[derive(Debug, Default)]
pub(super) struct People {
    seen: QuickMap<Mark, Seen>,
    tripped: QuickMap<Mark, Vec<(FilterKey, i64)>>,
    swept_at: u32,
    pub(super) is_dirty: bool,
}

fn hour(at: Timestamp) -> u32 {
    u32::try_from(at.as_second().div_euclid(3_600)).unwrap_or(0)
}

impl People {
    /// Whether somebody was seen between 30 days and 24 hours before `now`.
    pub(super) fn was_seen(&self, person: Mark, now: Timestamp) -> bool {
        let now = hour(now);
        let is_within = |at: u32| at > 0 && now >= at + SEEN_AFTER_H && now - at <= SEEN_FOR_H;
        self.seen.get(&person).is_some_and(|seen| is_within(seen.counts) || is_within(seen.waits))
    }

    /// Somebody who was known by a mark of a week before has another one now. Whether that one was seen between 30 days and
    /// 24 hours before `now`.
    pub(super) fn rename(&mut self, before: Mark, person: Mark, now: Timestamp) -> bool {
        if let Some(trips) = self.tripped.remove(&before) {
            self.tripped.entry(person).or_default().extend(trips);
        }
        let Some(old) = self.seen.remove(&before) else { return false };
        let counts = if hour(now) >= old.waits + SEEN_AFTER_H { old.waits } else { old.counts };
        let waits = self.seen.get(&person).map_or(old.waits, |seen| seen.waits);
        self.seen.insert(person, Seen { counts, waits });
        self.is_dirty = true;
        self.was_seen(person, now)
    }

    /// Somebody acted and was not stopped.
    pub(super) fn saw(&mut self, person: Mark, now: Timestamp) {
        let now = hour(now);
        if let Some(seen) = self.seen.get_mut(&person) {
            if now >= seen.waits + SEEN_AFTER_H {
                *seen = Seen { counts: seen.waits, waits: now };
                self.is_dirty = true;
            }
            return;
        }
        if self.seen.len() < SEEN_MAX {
            self.seen.insert(person, Seen { counts: 0, waits: now });
            self.is_dirty = true;
        }
    }

    /// Somebody met a filter that stops or takes away.
    pub(super) fn tripped(&mut self, person: Mark, filter: &FilterKey, now: Timestamp) {
        if self.tripped.len() >= TRIPPED_MAX && !self.tripped.contains_key(&person) {
            return;
        }
        let now = now.as_second();
        let trips = self.tripped.entry(person).or_default();
        trips.retain(|(key, at)| now - at < TRIPPED_FOR_S && key != filter);
        if trips.len() < TRIPS_MAX {
            trips.push((filter.clone(), now));
        }
        self.is_dirty = true;
    }

    /// How many filters beside `filter` somebody met within 24 hours.
    pub(super) fn others_tripped(&self, person: Mark, filter: Option<&FilterKey>, now: Timestamp) -> u32 {
        let now = now.as_second();
        let trips = self.tripped.get(&person).into_iter().flatten();
        let others = trips.filter(|(key, at)| now - at < TRIPPED_FOR_S && filter != Some(key));
        u32::try_from(others.count()).unwrap_or(u32::MAX)
    }

    /// Forgets who was not seen for long, at most once an hour.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        let hour = hour(now);
        if hour <= self.swept_at {
            return;
        }
        self.swept_at = hour;
        self.seen.retain(|_, seen| hour.saturating_sub(seen.waits) <= SEEN_FOR_H);
        let now = now.as_second();
        self.tripped.retain(|_, trips| trips.iter().any(|(_, at)| now - at < TRIPPED_FOR_S));
    }

    /// What is known: how many were seen, 12 bytes for each of them, and who tripped what.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let count = u32::try_from(self.seen.len()).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(4 + self.seen.len() * 12);
        bytes.extend(count.to_le_bytes());
        let each = self.seen.iter();
        bytes.extend(each.flat_map(|(mark, seen)| [mark.0, seen.counts, seen.waits]).flat_map(u32::to_le_bytes));
        let trips = self.tripped.iter().flat_map(|(mark, trips)| trips.iter().map(move |trip| (mark, trip)));
        let trips: Vec<Trip> =
            trips.map(|(mark, (key, at))| (*mark, Wiki(key.wiki.clone()), key.number.0, *at)).collect();
        // Plain values are always written.
        bytes.extend(serde_json::to_vec(&trips).unwrap_or_default());
        bytes
    }

    /// The people that were written so.
    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        let mut people = Self::default();
        let Some((count, rest)) = bytes.split_first_chunk::<4>() else { return people };
        let count = usize::try_from(u32::from_le_bytes(*count)).unwrap_or(usize::MAX);
        let Some((seen, trips)) = rest.split_at_checked(count.saturating_mul(12)) else { return people };
        let (each, _) = seen.as_chunks::<12>();
        let read = |[a, b, c, d, e, f, g, h, i, j, k, l]: &[u8; 12]| {
            let counts = u32::from_le_bytes([*e, *f, *g, *h]);
            let waits = u32::from_le_bytes([*i, *j, *k, *l]);
            (Mark(u32::from_le_bytes([*a, *b, *c, *d])), Seen { counts, waits })
        };
        people.seen = each.iter().take(SEEN_MAX).map(read).collect();
        let trips: Vec<Trip> = serde_json::from_slice(trips).unwrap_or_default();
        for (mark, Wiki(wiki), number, at) in trips {
            people.tripped.entry(mark).or_default().push((FilterKey { wiki, number: FilterNumber(number) }, at));
        }
        people
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second((490_000 + hour) * 3_600 + 5).unwrap()
    }

    #[test]
    fn who_comes_daily_stays_seen_and_who_slept_is_not() {
        let mut people = People::default();
        let (often, sleeper) = (Mark(1), Mark(2));
        people.saw(sleeper, at(0));
        for hour in 0..24 * 60 {
            people.saw(often, at(hour));
            assert_eq!(people.was_seen(often, at(hour)), hour >= 24, "hour {hour}");
        }
        assert!(people.was_seen(sleeper, at(24)) && people.was_seen(sleeper, at(720)));
        assert!(!people.was_seen(sleeper, at(721)) && !people.was_seen(sleeper, at(23)));
        let read = People::from_bytes(&people.to_bytes());
        assert!(read.was_seen(often, at(24 * 60)));
        people.sweep(at(24 * 60));
        assert_eq!(people.seen.len(), 1);
    }

    #[test]
    fn other_filters_are_counted_each_once_for_a_day() {
        let key = |number| FilterKey { wiki: "enwiki".parse().unwrap(), number: crate::model::FilterNumber(number) };
        let mut people = People::default();
        people.saw(Mark(9), at(0));
        for _ in 0..3 {
            people.tripped(Mark(1), &key(1), at(0));
            people.tripped(Mark(1), &key(2), at(0));
        }
        assert_eq!(people.others_tripped(Mark(1), Some(&key(1)), at(1)), 1);
        assert_eq!(people.others_tripped(Mark(1), Some(&key(3)), at(1)), 2);
        assert_eq!(people.others_tripped(Mark(1), Some(&key(3)), at(24)), 0);
        let read = People::from_bytes(&people.to_bytes());
        assert_eq!((read.others_tripped(Mark(1), Some(&key(3)), at(1)), read.seen.len()), (2, 1));
        let whole = people.to_bytes();
        for end in 0..whole.len() {
            People::from_bytes(&whole[..end]);
        }
    }
}
