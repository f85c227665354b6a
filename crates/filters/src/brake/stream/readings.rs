//! What the evidence comes to, in numbers for people: curves, evidence beside a latch.

use super::{CLASSES, Stream};
use crate::brake::Surroundings;
use crate::brake::limits::Limits;
use crate::brake::missing;
use crate::model::Class;
use wikiward_farm::Timestamp;

/// Path A for one class at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HarmReading {
    /// The class.
    pub class: Class,
    /// The sum, less what observations since the last hit take back.
    pub sum: f64,
    /// What it trips at.
    pub threshold: f64,
    /// People hit who count.
    pub people: u32,
    /// Their ranges.
    pub ranges: u32,
}

/// All paths at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Readings {
    /// Path A, hardest class first.
    pub harm: [HarmReading; 3],
    /// Path B; none while no episode is going on, too little is known, or it does not work.
    pub missing: Option<missing::Reading>,
    /// Path C: distinct targets within an hour, and within a day.
    pub destroyed: (u32, u32),
}

impl Stream {
    /// The evidence at `now`. Changes nothing; costs about as much as a hit.
    pub fn readings(&self, around: &Surroundings, now: Timestamp, limits: &Limits) -> Readings {
        let known = around.around(now);
        let numbers = [&limits.destructive, &limits.obstructive, &limits.nuisance];
        let mut places = self.harm.iter().zip(numbers).zip(CLASSES);
        let mut next = || {
            let ((harm, limits), class) = places.next()?;
            Some(HarmReading {
                class,
                sum: harm.sum_after(known.observations, limits),
                threshold: limits.threshold(known.per_day),
                people: harm.people(now),
                ranges: harm.ranges(now),
            })
        };
        let none = HarmReading { class: Class::Silent, sum: 0.0, threshold: 0.0, people: 0, ranges: 0 };
        let harm = std::array::from_fn(|_| next().unwrap_or(none));
        let missing = around
            .expected(self.moved_at, now, self.matched_in_day, false)
            .zip(limits.missing)
            .and_then(|(expected, limits)| self.episode.reading(now, &expected, &limits));
        Readings { harm, missing, destroyed: self.destroyed.used(now) }
    }
}
