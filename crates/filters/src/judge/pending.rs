//! Evaluations that wait for variables.

use super::course::Course;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use wikiward_farm::{Id, Timestamp, WikiId};

/// Milliseconds for which an evaluation is held.
pub const HELD_FOR_MS: u32 = 15_000;

/// Most evaluations that are held.
const HELD_MAX: usize = 20_000;

/// Most bytes that held evaluations have together: 256 MiB.
const HELD_BYTES_MAX: u64 = 256 * 1024 * 1024;

#[derive(Debug)]
struct Held {
    course: Box<Course>,
    token: String,
    until: Timestamp,
    weight: u64,
}

#[derive(Debug, Default)]
struct Table {
    held: HashMap<Id, Held>,
    /// In the order in which they end; may name some that are gone.
    order: VecDeque<(Timestamp, Id)>,
    bytes: u64,
    abandoned: u64,
}

/// Evaluations that wait for variables, in bounded memory.
#[derive(Debug, Default)]
pub(super) struct Pending(Mutex<Table>);

/// There is no room for another.
pub(super) struct Full;

impl Pending {
    /// Holds an evaluation until `until`, for who shows `token`.
    pub(super) fn hold(
        &self,
        course: Box<Course>,
        token: String,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), Full> {
        let weight = course.weight();
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.expire(now);
        if table.held.len() >= HELD_MAX || table.bytes.saturating_add(weight) > HELD_BYTES_MAX {
            return Err(Full);
        }
        table.bytes += weight;
        table.order.push_back((until, course.id));
        table.held.insert(course.id, Held { course, token, until, weight });
        Ok(())
    }

    /// The wiki whose action it judges.
    pub(super) fn wiki(&self, id: Id, now: Timestamp) -> Option<WikiId> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.expire(now);
        table.held.get(&id).map(|held| held.course.request.wiki.clone())
    }

    /// Takes an evaluation out, if `token` is its token and `may_go_on` does not mind.
    pub(super) fn take<E>(
        &self,
        id: Id,
        token: &str,
        now: Timestamp,
        may_go_on: impl FnOnce(&Course) -> Result<(), E>,
    ) -> Result<Option<Box<Course>>, E> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.expire(now);
        let Some(held) = table.held.get(&id).filter(|held| held.token == token) else { return Ok(None) };
        may_go_on(&held.course)?;
        let Some(held) = table.held.remove(&id) else { return Ok(None) };
        table.bytes = table.bytes.saturating_sub(held.weight);
        Ok(Some(held.course))
    }

    /// Number of evaluations held, of their bytes, and of those that nobody went on with.
    pub(super) fn counts(&self, now: Timestamp) -> (usize, u64, u64) {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.expire(now);
        (table.held.len(), table.bytes, table.abandoned)
    }
}

impl Table {
    fn expire(&mut self, now: Timestamp) {
        while let Some((until, id)) = self.order.front().copied() {
            if until > now && self.order.len() <= 2 * HELD_MAX {
                break;
            }
            self.order.pop_front();
            // A later round of the same evaluation ends later.
            if self.held.get(&id).is_some_and(|held| held.until == until)
                && let Some(held) = self.held.remove(&id)
            {
                self.bytes = self.bytes.saturating_sub(held.weight);
                self.abandoned += 1;
            }
        }
    }
}
