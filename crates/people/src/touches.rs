//! When tokens and sessions were used last, gathered in memory and written once a minute.
//!
//! A crash loses at most a minute of it: a token's last use, and up to a minute of a session's idle time.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use wikiward_farm::Timestamp;

/// How often it is written.
pub(crate) const WRITE_EVERY: Duration = Duration::from_mins(1);

/// Most tokens and sessions gathered of each; beyond it further ones are noted after the next writing.
pub(crate) const GATHERED_MAX: usize = 100_000;

/// What is gathered.
#[derive(Debug, Default)]
pub(crate) struct Touches {
    pub(crate) tokens: Gathered,
    pub(crate) sessions: Gathered,
}

/// Moments by id.
#[derive(Debug, Default)]
pub(crate) struct Gathered(Mutex<HashMap<String, Timestamp>>);

impl Gathered {
    pub(crate) fn note(&self, id: &str, now: Timestamp) {
        let mut gathered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = gathered.get_mut(id) {
            *at = now.max(*at);
        } else if gathered.len() < GATHERED_MAX {
            gathered.insert(id.to_owned(), now);
        }
    }

    pub(crate) fn at(&self, id: &str) -> Option<Timestamp> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).copied()
    }

    /// What was gathered, to be written.
    pub(crate) fn all(&self) -> Vec<(String, Timestamp)> {
        let gathered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gathered.iter().map(|(id, at)| (id.clone(), *at)).collect()
    }

    /// Forgets what was written, unless something newer came since.
    pub(crate) fn written(&self, written: &[(String, Timestamp)]) {
        let mut gathered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, at) in written {
            if gathered.get(id) == Some(at) {
                gathered.remove(id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_moment_is_kept_until_it_is_written() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let gathered = Gathered::default();
        gathered.note("a", at(2));
        gathered.note("a", at(1));
        let written = gathered.all();
        assert_eq!(written, [("a".to_owned(), at(2))]);
        gathered.note("a", at(3));
        gathered.written(&written);
        assert_eq!(gathered.at("a"), Some(at(3)));
        gathered.written(&gathered.all());
        assert_eq!(gathered.at("a"), None);
    }
}
