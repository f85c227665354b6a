//! Which actions were judged in the last day: an index in memory that never says no to one that was.
//!
//! One set of Bloom filters per hour. It may say *maybe* to an action that was not judged (less than once in a hundred
//! at 200 records a second); then the database is asked.

use wikiward_farm::{Timestamp, WikiId};

/// How long the same action gets the same answer.
pub const KEPT_HOURS: i64 = 24;

/// Bits per action in a filter, and how many of them are set: a wrong *maybe* once in 3,000 per filter.
const BITS_PER_ID: usize = 20;
const PROBES: u64 = 6;

/// Bytes of an hour's first filter, and of its largest. Filters double when they are full; five of them, 2 MiB an hour and
/// 50 MiB in all, hold 230 actions a second. Beyond that wrong *maybes* grow.
const FIRST_BYTES: usize = 64 * 1024;
const FILTERS_MAX: usize = 5;

const HOUR_MICROS: i64 = 3_600_000_000;

#[derive(Debug)]
struct Bloom {
    words: Box<[u64]>,
    held: usize,
}

#[derive(Debug)]
struct Hour {
    number: i64,
    filters: Vec<Bloom>,
}

/// The index.
#[derive(Debug)]
pub struct ActionIds {
    hours: Vec<Hour>,
    hasher: std::hash::RandomState,
}

impl Bloom {
    fn new(bytes: usize) -> Self {
        Self { words: vec![0; bytes / 8].into_boxed_slice(), held: 0 }
    }

    fn is_full(&self) -> bool {
        self.held * BITS_PER_ID >= self.words.len() * 64
    }

    /// Word and bit of each probe, from the two halves of one hash.
    fn probes(&self, hash: u64) -> impl Iterator<Item = (usize, u64)> + use<> {
        let bits = u64::try_from(self.words.len()).unwrap_or(1) * 64;
        let step = hash >> 32 | 1;
        (0..PROBES).map(move |probe| {
            let bit = hash.wrapping_add(step.wrapping_mul(probe)).wrapping_mul(0x9E37_79B9_7F4A_7C15) % bits;
            (usize::try_from(bit / 64).unwrap_or(0), 1 << (bit % 64))
        })
    }

    fn insert(&mut self, hash: u64) {
        for (word, bit) in self.probes(hash) {
            if let Some(word) = self.words.get_mut(word) {
                *word |= bit;
            }
        }
        self.held += 1;
    }

    fn may_hold(&self, hash: u64) -> bool {
        self.probes(hash).all(|(word, bit)| self.words.get(word).is_some_and(|word| word & bit != 0))
    }
}

impl ActionIds {
    /// An empty index.
    pub fn new() -> Self {
        Self { hours: Vec::new(), hasher: std::hash::RandomState::new() }
    }

    fn hash(&self, wiki: &WikiId, action_id: &str) -> u64 {
        std::hash::BuildHasher::hash_one(&self.hasher, (wiki.as_str(), action_id))
    }

    /// Notes an action that was judged at `at`; forgets those of more than a day before `now`.
    pub fn insert(&mut self, wiki: &WikiId, action_id: &str, at: Timestamp, now: Timestamp) {
        let (number, newest) = (hour_of(at), hour_of(now));
        self.hours.retain(|hour| hour.number >= newest - KEPT_HOURS);
        // A record from a clock that is off counts as of now: it must be found for a day.
        let number = number.clamp(newest - KEPT_HOURS, newest);
        let hash = self.hash(wiki, action_id);
        let place = self.hours.iter().position(|hour| hour.number == number);
        let place = place.unwrap_or_else(|| {
            self.hours.push(Hour { number, filters: Vec::new() });
            self.hours.len() - 1
        });
        let Some(hour) = self.hours.get_mut(place) else { return };
        let bytes = FIRST_BYTES << hour.filters.len();
        if hour.filters.len() < FILTERS_MAX && hour.filters.last().is_none_or(Bloom::is_full) {
            hour.filters.push(Bloom::new(bytes));
        }
        if let Some(filter) = hour.filters.last_mut() {
            filter.insert(hash);
        }
    }

    /// Whether the action may have been judged. *No* is certain.
    pub fn may_hold(&self, wiki: &WikiId, action_id: &str) -> bool {
        let hash = self.hash(wiki, action_id);
        self.hours.iter().flat_map(|hour| &hour.filters).any(|filter| filter.may_hold(hash))
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        self.hours.iter().flat_map(|hour| &hour.filters).map(|filter| filter.words.len() * 8).sum()
    }
}

impl Default for ActionIds {
    fn default() -> Self {
        Self::new()
    }
}

fn hour_of(at: Timestamp) -> i64 {
    at.as_microsecond().div_euclid(HOUR_MICROS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wikiward_farm::clock::from_micros;

    fn wiki() -> WikiId {
        "enwiki".parse().unwrap()
    }

    #[test]
    fn an_action_that_was_judged_is_never_denied_and_others_hardly_ever_claimed() {
        let now = from_micros(1_772_000_000_000_000);
        let mut ids = ActionIds::new();
        for n in 0..100_000 {
            ids.insert(&wiki(), &format!("a{n}"), now, now);
        }
        assert!((0..100_000).all(|n| ids.may_hold(&wiki(), &format!("a{n}"))));
        let wrong = (0..100_000).filter(|n| ids.may_hold(&wiki(), &format!("b{n}"))).count();
        assert!(wrong < 1000, "{wrong} of 100,000");
        assert!(!(0..100).all(|n| ids.may_hold(&"dewiki".parse().unwrap(), &format!("a{n}"))));
        assert!(ids.bytes() <= 1 << 20, "{}", ids.bytes());
    }

    #[test]
    fn memory_is_bounded_whatever_comes() {
        let now = from_micros(1_772_000_000_000_000);
        let mut ids = ActionIds::new();
        for n in 0..1_500_000_u32 {
            ids.insert(&wiki(), &n.to_string(), now, now);
        }
        assert_eq!(ids.bytes(), 31 * FIRST_BYTES);
        assert!((0..1_500_000_u32).step_by(997).all(|n| ids.may_hold(&wiki(), &n.to_string())));
    }

    #[test]
    fn after_a_day_an_action_is_forgotten() {
        let start = 1_772_000_000_000_000;
        let mut ids = ActionIds::new();
        ids.insert(&wiki(), "old", from_micros(start), from_micros(start));
        for hour in 1..=KEPT_HOURS {
            let now = from_micros(start + hour * HOUR_MICROS);
            ids.insert(&wiki(), "new", now, now);
            assert!(ids.may_hold(&wiki(), "old"), "after {hour} hours");
        }
        let now = from_micros(start + (KEPT_HOURS + 1) * HOUR_MICROS);
        ids.insert(&wiki(), "new", now, now);
        assert!(!ids.may_hold(&wiki(), "old"));
        assert!(ids.hours.len() <= 25);
    }
}
