//! Which variables the actions of a group and kind usually need.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use wikiward_rules::vocabulary::VariableId;

/// Evaluations after which old ones count half: the picture follows the filters.
const HALVED_AT: u32 = 10_000;

/// Most pairs of group and kind that are told apart.
const KINDS_MAX: usize = 4_096;

#[derive(Debug, Default)]
struct Asked {
    evaluations: u32,
    by_variable: HashMap<VariableId, u32>,
}

/// What earlier evaluations asked for, by group and kind.
#[derive(Debug, Default)]
pub(super) struct Likely(Mutex<HashMap<(String, String), Asked>>);

impl Likely {
    /// Counts an evaluation and what it asked for.
    pub(super) fn count(&self, group: &str, kind: &str, asked: &[VariableId]) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (group.to_owned(), kind.to_owned());
        if all.len() >= KINDS_MAX && !all.contains_key(&key) {
            return;
        }
        let entry = all.entry(key).or_default();
        if entry.evaluations >= HALVED_AT {
            entry.evaluations /= 2;
            for count in entry.by_variable.values_mut() {
                *count /= 2;
            }
        }
        entry.evaluations += 1;
        for id in asked {
            *entry.by_variable.entry(*id).or_default() += 1;
        }
    }

    /// Those of `candidates` that at least half of the earlier evaluations asked for.
    pub(super) fn among(&self, group: &str, kind: &str, candidates: Vec<VariableId>) -> Vec<VariableId> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(entry) = all.get(&(group.to_owned(), kind.to_owned())) else { return Vec::new() };
        let is_likely = |id: &VariableId| {
            entry.evaluations > 0 && entry.by_variable.get(id).is_some_and(|count| count * 2 >= entry.evaluations)
        };
        candidates.into_iter().filter(is_likely).collect()
    }
}
