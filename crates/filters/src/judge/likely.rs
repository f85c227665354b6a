//! Which variables actions usually need that their wiki does not send at once.
//!
//! Counted per wiki, group and kind, over the evaluations in which a variable could be asked for: one that was sent ahead
//! says nothing about whether it was needed. So that callers who send ahead what is named here do not freeze the picture, one
//! answer in [`LOOKED_AT_EVERY`] names nothing, and the next evaluation shows what is needed.

use crate::snapshot::Roster;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use wikiward_rules::vocabulary::VariableId;

/// Evaluations after which old ones count half: the picture follows the edits.
const HALVED_AT: u32 = 10_000;

/// Most wikis' groups' kinds that are told apart; about half a kilobyte each.
const KINDS_MAX: usize = 16_384;

/// Evaluations before a verdict names what is likely: fewer say little, and a page parsed in vain is dear.
const LEARNT_FROM: u32 = 8;

/// A verdict names a variable that one evaluation in so many asks for: a second round costs more than twenty values computed in
/// vain, which are queries of a fraction of a millisecond, or parts of a page that is parsed for saving anyway.
const NAMED_FROM_ONE_IN: u32 = 20;

/// One verdict in so many names nothing.
const LOOKED_AT_EVERY: u32 = 64;

/// How often a variable could be asked for, and was.
#[derive(Debug, Clone, Copy)]
struct Counted {
    id: VariableId,
    offered: u32,
    asked: u32,
}

impl Counted {
    fn is_likely(self) -> bool {
        self.offered > 0 && self.asked * 2 >= self.offered
    }

    fn is_worth_sending(self) -> bool {
        self.offered >= LEARNT_FROM && self.asked * NAMED_FROM_ONE_IN >= self.offered
    }
}

#[derive(Debug, Default)]
struct Kind {
    /// The state of the filters that was counted: other filters need other variables.
    since: i64,
    answers: u32,
    variables: Vec<Counted>,
}

/// What earlier evaluations asked for.
#[derive(Debug, Default)]
pub(super) struct Likely(Mutex<HashMap<String, Kind>>);

impl Likely {
    /// Counts an evaluation: what it could ask for and what it did. Gives what the next action's first request should bring.
    pub(super) fn count(
        &self,
        roster: &Roster,
        kind: &str,
        offered: &[VariableId],
        asked: &[VariableId],
    ) -> Vec<VariableId> {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = key(roster, kind);
        if kinds.len() >= KINDS_MAX && !kinds.contains_key(&key) {
            return Vec::new();
        }
        let kind = kinds.entry(key).or_default();
        if kind.since != roster.since {
            *kind = Kind { since: roster.since, ..Kind::default() };
        }
        kind.answers = kind.answers.wrapping_add(1);
        for id in offered {
            let place = kind.variables.iter().position(|counted| counted.id == *id).unwrap_or_else(|| {
                kind.variables.push(Counted { id: *id, offered: 0, asked: 0 });
                kind.variables.len() - 1
            });
            let Some(counted) = kind.variables.get_mut(place) else { continue };
            if counted.offered >= HALVED_AT {
                (counted.offered, counted.asked) = (counted.offered / 2, counted.asked / 2);
            }
            counted.offered += 1;
            counted.asked += u32::from(asked.contains(id));
        }
        if kind.answers.is_multiple_of(LOOKED_AT_EVERY) {
            return Vec::new();
        }
        let known = kind.variables.iter().filter(|counted| counted.is_worth_sending());
        known.map(|counted| counted.id).collect()
    }

    /// Those of `candidates` that at least half of the earlier evaluations that could ask for them asked for.
    pub(super) fn among(&self, roster: &Roster, kind: &str, candidates: Vec<VariableId>) -> Vec<VariableId> {
        let kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(kind) = kinds.get(&key(roster, kind)).filter(|kind| kind.since == roster.since) else {
            return Vec::new();
        };
        let is_likely = |id: &VariableId| kind.variables.iter().any(|counted| counted.id == *id && counted.is_likely());
        candidates.into_iter().filter(is_likely).collect()
    }
}

/// Names of wikis and groups have no slash.
fn key(roster: &Roster, kind: &str) -> String {
    [roster.wiki.as_str(), &roster.group.group.name, kind].join("/")
}
