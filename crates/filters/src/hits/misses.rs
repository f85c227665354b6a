//! How often somebody may guess codes.

use std::collections::HashMap;
use wikiward_farm::Timestamp;
use wikiward_farm::clock::micros;

/// Codes that are not there, or may not be seen, per viewer and hour.
pub const MISSES_PER_HOUR: u32 = 20;

/// Viewers remembered. With more at once, the one whose hour began first is forgotten.
const VIEWERS_MAX: usize = 10_000;

const HOUR_MICROS: i64 = 3_600_000_000;

/// Misses of each viewer within an hour that begins with the first.
#[derive(Debug, Default)]
pub struct Misses(HashMap<String, (i64, u32)>);

impl Misses {
    /// Whether `viewer` may try a code. What it answers does not depend on the code.
    pub fn may_try(&self, viewer: &str, now: Timestamp) -> bool {
        let spent = self.0.get(viewer).filter(|(since, _)| micros(now) - since < HOUR_MICROS);
        spent.is_none_or(|(_, misses)| *misses < MISSES_PER_HOUR)
    }

    /// Notes a miss.
    pub fn note(&mut self, viewer: &str, now: Timestamp) {
        let now = micros(now);
        if self.0.len() >= VIEWERS_MAX && !self.0.contains_key(viewer) {
            self.0.retain(|_, (since, _)| now - *since < HOUR_MICROS);
            if self.0.len() >= VIEWERS_MAX {
                let first = self.0.iter().min_by_key(|(_, (since, _))| *since).map(|(viewer, _)| viewer.clone());
                first.and_then(|viewer| self.0.remove(&viewer));
            }
        }
        let entry = self.0.entry(viewer.to_owned()).or_insert((now, 0));
        if now - entry.0 >= HOUR_MICROS {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wikiward_farm::clock::from_micros;

    #[test]
    fn the_twenty_first_guess_within_an_hour_has_to_wait() {
        let mut misses = Misses::default();
        for guess in 0..MISSES_PER_HOUR {
            assert!(misses.may_try("a", from_micros(i64::from(guess))));
            misses.note("a", from_micros(i64::from(guess)));
        }
        assert!(!misses.may_try("a", from_micros(HOUR_MICROS - 1)));
        assert!(misses.may_try("b", from_micros(0)));
        assert!(misses.may_try("a", from_micros(HOUR_MICROS)));
        misses.note("a", from_micros(HOUR_MICROS));
        assert!(misses.may_try("a", from_micros(HOUR_MICROS)));
    }

    #[test]
    fn memory_is_bounded() {
        let mut misses = Misses::default();
        for viewer in 0..VIEWERS_MAX + 100 {
            misses.note(&viewer.to_string(), from_micros(i64::try_from(viewer).unwrap()));
        }
        assert_eq!(misses.0.len(), VIEWERS_MAX);
    }
}
