//! Work done ahead: what the filters say of an action that may come.

use super::course::{Course, Standing};
use crate::snapshot::Roster;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use wikiward_farm::{ActorType, Timestamp, WikiId};
use wikiward_rules::vocabulary::VariableId;
use wikiward_rules::{Value, wire};

/// Seconds for which it is kept.
const KEPT_FOR_S: i64 = 60;

/// Most stashed evaluations.
const KEPT_MAX: usize = 10_000;

/// Variables that are other at each request although nothing changed.
const VOLATILE: [&str; 4] = ["timestamp", "user_age", "page_age", "page_last_edit_age"];

/// Who does what where.
type Key = (WikiId, String, i64, String);

#[derive(Debug, Clone)]
struct Kept {
    roster: Arc<Roster>,
    inputs: [u8; 32],
    standings: Vec<Standing>,
    conditions: u32,
    exceeded: bool,
    /// Variables that were asked for, and given.
    computed: Vec<(VariableId, Value)>,
    until: Timestamp,
}

#[derive(Debug, Default)]
struct Table {
    kept: HashMap<Key, Kept>,
    order: VecDeque<(Timestamp, Key)>,
}

/// Evaluations made ahead.
#[derive(Debug, Default)]
pub(super) struct Stash(Mutex<Table>);

impl Stash {
    /// Whether anything is remembered for this person: not for bots, and not for unregistered people who would get a
    /// temporary account, which changes who acts.
    pub(super) fn serves(course: &Course) -> bool {
        let actor = &course.request.actor;
        let is_registered = matches!(actor.kind, ActorType::Named | ActorType::Temp);
        !actor.is_bot && (is_registered || !course.roster.settings.temp_accounts)
    }

    /// The digest of what was sent.
    pub(super) fn inputs(course: &Course, given: &[(VariableId, Value)]) -> [u8; 32] {
        let group = &course.roster.group;
        let mut given: Vec<(&str, &Value)> =
            given.iter().map(|(id, value)| (group.vocabulary().name(*id), value)).collect();
        given.sort_unstable_by_key(|(name, _)| *name);
        let mut hasher = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hasher.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(bytes);
        };
        part(course.request.kind.as_bytes());
        part(course.request.actor.groups.join("\n").as_bytes());
        for (name, value) in given {
            if VOLATILE.contains(&name) {
                continue;
            }
            part(name.as_bytes());
            match value {
                Value::Str(text) => part(text.bytes()),
                other => part(wire::render_value(other).to_string().as_bytes()),
            }
        }
        hasher.finalize().into()
    }

    /// Keeps what was found.
    pub(super) fn keep(&self, course: &Course, inputs: [u8; 32], now: Timestamp) {
        let Ok(until) = now.checked_add(jiff::SignedDuration::from_secs(KEPT_FOR_S)) else { return };
        let computed = course.asked.iter().filter_map(|id| Some((*id, course.action.value(*id)?.clone())));
        let kept = Kept {
            roster: course.roster.clone(),
            inputs,
            standings: course.standings.clone(),
            conditions: course.conditions,
            exceeded: course.exceeded,
            computed: computed.collect(),
            until,
        };
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.expire(now);
        let key = key(course);
        table.order.push_back((until, key.clone()));
        table.kept.insert(key, kept);
    }

    /// Lets `course` take over what was found for the same inputs and the same filters.
    pub(super) fn recall(&self, course: &mut Course, given: &[(VariableId, Value)], now: Timestamp) -> bool {
        let kept = {
            let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            table.expire(now);
            table.kept.get(&key(course)).filter(|kept| Arc::ptr_eq(&kept.roster, &course.roster)).cloned()
        };
        let Some(kept) = kept.filter(|kept| kept.inputs == Self::inputs(course, given)) else { return false };
        for (id, value) in kept.computed {
            course.action.set(id, value);
        }
        course.adopt(kept.standings, kept.conditions, kept.exceeded);
        true
    }

    /// Whether nothing is kept; then nobody need compute digests.
    pub(super) fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).kept.is_empty()
    }
}

fn key(course: &Course) -> Key {
    let request = &course.request;
    (request.wiki.clone(), request.actor.name.clone(), request.target.ns, request.target.title.clone())
}

impl Table {
    fn expire(&mut self, now: Timestamp) {
        while let Some((until, key)) = self.order.front() {
            if *until > now && self.order.len() < KEPT_MAX {
                break;
            }
            if self.kept.get(key).is_some_and(|kept| kept.until == *until) {
                self.kept.remove(key);
            }
            self.order.pop_front();
        }
    }
}
