//! How often something may be done, by whom: in memory, and bounded.
//!
//! Each time is paid for. Who has paid all there is waits until something is earned again. The state is a process's own and
//! lost at a restart: what must hold beyond is counted in the database.

use crate::clock::Timestamp;
use std::collections::HashMap;
use std::hash::Hash;

/// Most keys that are remembered. Beyond it the one that has paid least is forgotten.
pub const REMEMBERED_MAX: usize = 20_000;

/// How often something may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// How many times at once.
    pub burst: u32,
    /// Seconds until it may be done once more.
    pub every_s: u32,
}

/// For each, the second at which everything it paid is earned back.
#[derive(Debug)]
pub struct Paid<K>(HashMap<K, i64>);

impl<K> Default for Paid<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Hash + Eq + Clone> Paid<K> {
    /// Seconds until `key` can pay; 0 if it can.
    pub fn wait_s(&self, key: &K, allowance: Allowance, now: Timestamp) -> u32 {
        let free_at = self.0.get(key).copied().unwrap_or(i64::MIN).max(now.as_second());
        let (burst, every) = (i64::from(allowance.burst), i64::from(allowance.every_s));
        let owed = free_at - now.as_second();
        u32::try_from((owed + every - burst * every).max(0)).unwrap_or(u32::MAX)
    }

    /// Pays, also what cannot be paid: ask [`Paid::wait_s`] first.
    pub fn pay(&mut self, key: K, allowance: Allowance, now: Timestamp) {
        if self.0.len() >= REMEMBERED_MAX && !self.0.contains_key(&key) {
            self.make_room(now);
        }
        let free_at = self.0.entry(key).or_insert(i64::MIN);
        *free_at = (*free_at).max(now.as_second()) + i64::from(allowance.every_s);
    }

    /// Gives back what was paid once.
    pub fn pay_back(&mut self, key: &K, allowance: Allowance) {
        if let Some(free_at) = self.0.get_mut(key) {
            *free_at -= i64::from(allowance.every_s);
        }
    }

    /// Forgets who has earned everything back; if that is nobody, who is nearest to it.
    fn make_room(&mut self, now: Timestamp) {
        self.0.retain(|_, free_at| *free_at > now.as_second());
        if self.0.len() >= REMEMBERED_MAX {
            let nearest = self.0.iter().min_by_key(|(_, free_at)| **free_at).map(|(key, _)| key.clone());
            nearest.map(|key| self.0.remove(&key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWANCE: Allowance = Allowance { burst: 10, every_s: 60 };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn memory_is_bounded_and_who_owes_most_is_not_forgotten() {
        let mut paid = Paid::default();
        for _ in 0..ALLOWANCE.burst {
            paid.pay(usize::MAX, ALLOWANCE, at(0));
        }
        for number in 0..REMEMBERED_MAX + 10 {
            paid.pay(number, ALLOWANCE, at(0));
        }
        assert_eq!(paid.0.len(), REMEMBERED_MAX);
        assert!(paid.wait_s(&usize::MAX, ALLOWANCE, at(0)) > 0);
    }
}
