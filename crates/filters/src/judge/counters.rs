//! Counters of `throttle` and states of `warn`, in memory.

mod records;

use crate::consequences::States;
use crate::hits::record::CounterChange;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use wikiward_farm::Timestamp;
use wikiward_store::{Store, StoreError};

type Digest = [u8; 32];

/// Most counters, and most warnings, that are held: some 60 MB. Beyond it those that end soonest go.
const HELD_MAX: usize = 250_000;

/// Counters and warnings that run.
#[derive(Debug, Default)]
pub struct Counters {
    throttles: Ending<(u64, Timestamp)>,
    warnings: Ending<Timestamp>,
}

/// What a change replaced, so that it can be taken back.
#[derive(Debug)]
pub(crate) enum Undo {
    Throttle(Digest, Timestamp),
    Warning(Digest, Option<Timestamp>),
}

impl Counters {
    /// Those that still run at `now`, from the database.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn load(store: &Store, now: Timestamp) -> Result<Self, StoreError> {
        let mut counters = Self::default();
        let mut conn = store.reader().await?;
        for (digest, hits, ends_at) in records::throttles(&mut conn, now, HELD_MAX).await? {
            counters.throttles.insert(digest, (hits, ends_at), ends_at);
        }
        for (digest, ends_at) in records::warnings(&mut conn, now, HELD_MAX).await? {
            counters.warnings.insert(digest, ends_at, ends_at);
        }
        Ok(counters)
    }

    /// Number of counters and of warnings that are held.
    pub fn held(&self) -> (usize, usize) {
        (self.throttles.values.len(), self.warnings.values.len())
    }

    /// Makes changes, after what ended before `now` is gone.
    pub(crate) fn apply(&mut self, changes: &[CounterChange], now: Timestamp) -> Vec<Undo> {
        self.throttles.expire(now);
        self.warnings.expire(now);
        let apply = |change: &CounterChange| match *change {
            CounterChange::Throttle { digest, hits, ends_at } => {
                self.throttles.insert(digest, (hits, ends_at), ends_at);
                Undo::Throttle(digest, ends_at)
            }
            CounterChange::WarnShown { digest, ends_at } => {
                let before = self.warnings.insert(digest, ends_at, ends_at);
                Undo::Warning(digest, before)
            }
            CounterChange::WarnUsed { digest } => Undo::Warning(digest, self.warnings.remove(&digest)),
        };
        changes.iter().map(apply).collect()
    }

    /// Takes changes back: the action turned out to have been judged before, elsewhere.
    pub(super) fn undo(&mut self, undos: Vec<Undo>) {
        for undo in undos {
            match undo {
                // Others may have counted since: one less, if the same window runs.
                Undo::Throttle(digest, ends_at) => {
                    if let Some((hits, end)) = self.throttles.values.get_mut(&digest)
                        && *end == ends_at
                    {
                        *hits = hits.saturating_sub(1);
                    }
                }
                Undo::Warning(digest, Some(ends_at)) => drop(self.warnings.insert(digest, ends_at, ends_at)),
                Undo::Warning(digest, None) => drop(self.warnings.remove(&digest)),
            }
        }
    }
}

impl States for Counters {
    fn counted(&self, digest: &Digest, now: Timestamp) -> Option<(u64, Timestamp)> {
        self.throttles.values.get(digest).copied().filter(|(_, ends_at)| *ends_at > now)
    }

    fn is_warned(&self, digest: &Digest, now: Timestamp) -> bool {
        self.warnings.values.get(digest).is_some_and(|ends_at| *ends_at > now)
    }
}

/// Values that end, at most [`HELD_MAX`].
#[derive(Debug)]
struct Ending<V> {
    values: HashMap<Digest, V>,
    ends: BTreeSet<(Timestamp, Digest)>,
}

impl<V> Default for Ending<V> {
    fn default() -> Self {
        Self { values: HashMap::new(), ends: BTreeSet::new() }
    }
}

trait Ends {
    fn ends_at(&self) -> Timestamp;
}

impl Ends for Timestamp {
    fn ends_at(&self) -> Timestamp {
        *self
    }
}

impl Ends for (u64, Timestamp) {
    fn ends_at(&self) -> Timestamp {
        self.1
    }
}

impl<V: Ends> Ending<V>
where
    Digest: Hash + Eq,
{
    fn insert(&mut self, digest: Digest, value: V, ends_at: Timestamp) -> Option<V> {
        let before = self.remove(&digest);
        if self.values.len() >= HELD_MAX
            && let Some((_, soonest)) = self.ends.pop_first()
        {
            self.values.remove(&soonest);
        }
        self.ends.insert((ends_at, digest));
        self.values.insert(digest, value);
        before
    }

    fn remove(&mut self, digest: &Digest) -> Option<V> {
        let value = self.values.remove(digest)?;
        self.ends.remove(&(value.ends_at(), *digest));
        Some(value)
    }

    fn expire(&mut self, now: Timestamp) {
        while let Some((ends_at, digest)) = self.ends.first().copied()
            && ends_at <= now
        {
            self.ends.pop_first();
            self.values.remove(&digest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn counters_end_with_their_window_and_changes_can_be_taken_back() {
        let mut counters = Counters::default();
        let (a, b) = ([1; 32], [2; 32]);
        counters.apply(&[CounterChange::Throttle { digest: a, hits: 1, ends_at: at(60) }], at(0));
        assert_eq!(counters.counted(&a, at(59)), Some((1, at(60))));
        assert_eq!(counters.counted(&a, at(60)), None);
        let undo = counters.apply(&[CounterChange::Throttle { digest: a, hits: 2, ends_at: at(60) }], at(1));
        counters.undo(undo);
        assert_eq!(counters.counted(&a, at(2)), Some((1, at(60))));
        let shown = counters.apply(&[CounterChange::WarnShown { digest: b, ends_at: at(100) }], at(2));
        assert!(counters.is_warned(&b, at(99)) && !counters.is_warned(&b, at(100)));
        counters.undo(shown);
        assert!(!counters.is_warned(&b, at(3)));
        counters.apply(&[CounterChange::WarnShown { digest: b, ends_at: at(100) }], at(3));
        let used = counters.apply(&[CounterChange::WarnUsed { digest: b }], at(4));
        assert!(!counters.is_warned(&b, at(5)));
        counters.undo(used);
        assert!(counters.is_warned(&b, at(5)));
        counters.apply(&[], at(1_000));
        assert_eq!(counters.held(), (0, 0));
    }

    #[test]
    fn what_ends_soonest_makes_room() {
        let mut ending = Ending::default();
        for number in 0..=HELD_MAX as u64 {
            let mut digest = [0; 32];
            digest[..8].copy_from_slice(&number.to_be_bytes());
            let ends_at = at(i64::try_from(number).unwrap() + 10);
            ending.insert(digest, ends_at, ends_at);
        }
        assert_eq!((ending.values.len(), ending.ends.len()), (HELD_MAX, HELD_MAX));
        assert!(!ending.values.contains_key(&[0; 32]));
    }
}
