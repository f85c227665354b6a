//! What speaks against a filter, in numbers that are kept with a latch and shown to people.

use super::hour::Surroundings;
use super::limits::Limits;
use super::missing::Missing;
use super::stream::{CLASSES, Stream, Trip};
use super::{Mark, Path, harm};
use crate::model::Class;
use serde::{Deserialize, Serialize};
use wikiward_farm::Timestamp;

/// The numbers behind a latch, as they stood when it came.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// Kind of action whose stream it is.
    pub kind: String,
    /// People in good standing who were hit within 24 hours.
    pub people: u32,
    /// Ranges that they came from.
    pub ranges: u32,
    /// The sum of path A.
    pub sum: f64,
    /// What it trips at.
    pub threshold: f64,
    /// Observations of people in good standing, a day on average.
    pub per_day: f64,
    /// Distinct origins that the filter hit within the clock hour.
    pub matched_origins: u32,
    /// All distinct origins within the clock hour.
    pub all_origins: u32,
    /// Origins that were hit in the episode of path B.
    pub episode_origins: u32,
    /// Observations that are missing in it.
    pub missing: f64,
    /// Distinct targets of what was destroyed, within an hour and a day.
    pub destroyed: (u32, u32),
    /// The people and their ranges, as marks: never shown.
    pub marks: Vec<(Mark, Mark)>,
}

impl Stream {
    /// What speaks against `class` now.
    pub fn evidence(&self, class: Class, around: &Surroundings, now: Timestamp, limits: &Limits) -> Evidence {
        let known = around.around(now);
        let (matched, missing) = self.episode.counts();
        let mut evidence = Evidence {
            per_day: known.per_day,
            episode_origins: u32::try_from(matched).unwrap_or(u32::MAX),
            missing,
            destroyed: self.destroyed.used(now),
            all_origins: around.this_hour(now).0,
            ..Evidence::default()
        };
        let harm = CLASSES.iter().position(|it| *it == class).and_then(|place| self.harm.get(place));
        if let (Some(harm), Some(limits)) = (harm, limits.harm(class)) {
            evidence.people = harm.people(now);
            evidence.ranges = harm.ranges(now);
            evidence.sum = harm.sum();
            evidence.threshold = limits.threshold(known.per_day);
            evidence.marks = harm.marks(now);
        }
        evidence
    }

    /// What trips on the evidence as it stands, without a new hit: after a hold.
    pub fn standing(&self, around: &Surroundings, now: Timestamp, limits: &Limits, is_frozen: bool) -> Vec<Trip> {
        let known = around.around(now);
        let mut trips = Vec::new();
        for (harm, class) in self.harm.iter().zip(CLASSES) {
            if limits.harm(class).is_some_and(|limits| harm.level(now, &known, limits) == harm::Level::Trip) {
                trips.push(Trip { class, path: Path::Harm });
            }
        }
        let expected = around.expected(self.moved_at, now, self.matched_in_day, is_frozen);
        let expected = expected.filter(|it| self.episode.is_open(now, it));
        if let (Some(expected), Some(limits)) = (expected, &limits.missing) {
            let found = self.episode.verdict(&expected, limits);
            if found >= Missing::Destructive {
                trips.push(Trip { class: Class::Destructive, path: Path::Missing });
            }
            if found == Missing::Obstructive {
                trips.push(Trip { class: Class::Obstructive, path: Path::Missing });
            }
        }
        let ceilings = [
            (&self.destroyed, limits.destroyed),
            (&self.range_blocks, limits.range_blocks),
            (&self.degroups, limits.degroups),
        ];
        if ceilings.into_iter().any(|(ceiling, cap)| ceiling.is_over(now, cap)) {
            trips.push(Trip { class: Class::Destructive, path: Path::Ceiling });
        }
        trips
    }

    /// Up to which observation its evidence has counted.
    pub fn counted_to(&self) -> u64 {
        self.harm.iter().map(harm::Harm::counted_to).max().unwrap_or(0)
    }
}
