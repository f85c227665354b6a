//! Buffers that evaluations reuse.

use std::sync::{Arc, Mutex, PoisonError};
use wikiward_rules::{RuleSet, evaluate, ruleset};

/// What one evaluation at a time works in.
#[derive(Default)]
pub(super) struct Scratch {
    pub(super) set: ruleset::Scratch,
    pub(super) plain: evaluate::Scratch,
    pub(super) blind: evaluate::Scratch,
    /// The rule set that it worked for last: it is fastest for the same one again. An address, never followed.
    owner: usize,
}

/// Buffers at rest.
#[derive(Default)]
#[expect(clippy::vec_box, reason = "they are moved in and out at each evaluation, and are large")]
pub(super) struct Pool(Mutex<Vec<Box<Scratch>>>);

/// Most buffers at rest: as many as evaluations run at once on a large machine.
const RESTING_MAX: usize = 64;

impl Pool {
    /// Runs `work` with a buffer, by preference the one that last worked for `set`.
    pub(super) fn with<T>(&self, set: Option<&Arc<RuleSet>>, work: impl FnOnce(&mut Scratch) -> T) -> T {
        let owner = set.map_or(0, |set| Arc::as_ptr(set).addr());
        let mut scratch = self.take(owner);
        scratch.owner = owner;
        let done = work(&mut scratch);
        let mut resting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if resting.len() < RESTING_MAX {
            resting.push(scratch);
        }
        done
    }

    fn take(&self, owner: usize) -> Box<Scratch> {
        let mut resting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Backwards: the one used last is in the caches.
        match resting.iter().rposition(|scratch| scratch.owner == owner) {
            Some(place) => resting.swap_remove(place),
            None if resting.len() < RESTING_MAX / 2 => Box::default(),
            None => resting.pop().unwrap_or_default(),
        }
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pool")
    }
}
