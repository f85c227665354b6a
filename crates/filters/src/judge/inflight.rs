//! One evaluation at a time per action: a second request for the same action waits for the first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OwnedMutexGuard;
use wikiward_farm::WikiId;

type Key = (WikiId, String);
type Doors = Arc<Mutex<HashMap<Key, Arc<tokio::sync::Mutex<()>>>>>;

/// Actions that are being judged: at most as many as there are requests.
#[derive(Debug, Default)]
pub(super) struct InFlight(Doors);

/// The right to judge an action; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    // Dropped first: the place is given up only when the door is open.
    _door: OwnedMutexGuard<()>,
    _place: Place,
}

/// A place before an action's door, whether in or waiting.
#[derive(Debug)]
struct Place {
    doors: Doors,
    key: Key,
    door: Arc<tokio::sync::Mutex<()>>,
}

impl InFlight {
    /// Waits until nobody else judges the action.
    pub(super) async fn enter(&self, wiki: &WikiId, action_id: &str) -> Turn {
        let key = (wiki.clone(), action_id.to_owned());
        let door = self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key.clone()).or_default().clone();
        let place = Place { doors: self.0.clone(), key, door };
        let door = place.door.clone().lock_owned().await;
        Turn { _door: door, _place: place }
    }

    /// Number of actions that are being judged.
    pub(super) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        // The table's and this one: nobody else is there, and under the table's lock nobody comes.
        if Arc::strong_count(&self.door) <= 2 {
            doors.remove(&self.key);
        }
    }
}
