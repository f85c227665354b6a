//! How often the machine itself stands still: what it withholds from a program that only looks at the clock, no service can give.

use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Between two looks at the clock this much may pass; more is a pause.
const PAUSE: Duration = Duration::from_micros(200);

/// Looks at the clock for so long.
const LOOKED_AT: Duration = Duration::from_secs(4);

/// Pauses of the processor that this thread runs on, seen by a thread that never waits.
#[derive(Debug, Default)]
pub(crate) struct Pauses {
    looked: Duration,
    lost: Duration,
    longest: Duration,
    count: u32,
}

impl Pauses {
    /// Looks at the clock for four seconds.
    pub(crate) fn seen() -> Self {
        let begun = Instant::now();
        let (mut pauses, mut last) = (Self::default(), begun);
        while pauses.looked < LOOKED_AT {
            let now = Instant::now();
            pauses.note(now - last);
            pauses.looked = now - begun;
            last = now;
        }
        pauses
    }

    fn note(&mut self, between: Duration) {
        if between > PAUSE {
            self.count += 1;
            self.lost += between;
            self.longest = self.longest.max(between);
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let share = self.lost.as_secs_f64() / self.looked.as_secs_f64().max(f64::MIN_POSITIVE);
        json!({"pauses": self.count, "lost_percent": share * 100.0, "longest_ms": self.longest.as_secs_f64() * 1e3})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_gaps_are_pauses() {
        let mut pauses = Pauses { looked: Duration::from_millis(100), ..Pauses::default() };
        for micros in [1, 200, 300, 4_700] {
            pauses.note(Duration::from_micros(micros));
        }
        assert_eq!(pauses.to_json(), json!({"pauses": 2, "lost_percent": 5.0, "longest_ms": 4.7}));
    }
}
