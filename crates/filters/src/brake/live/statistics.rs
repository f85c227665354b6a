//! What the brake has counted about a filter, for people: how near it is to a latch, and whom it hit.

use super::LiveBrake;
use super::struck::ByStanding;
use crate::brake::stream::{CLASSES, Readings};
use crate::brake::{Limits, Path};
use crate::model::{BrakeProfile, Class, FilterKey};
use std::collections::BTreeMap;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Timestamp, WikiId};

/// What is counted about a filter for one kind of action.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistics {
    /// The kind of action.
    pub kind: String,
    /// The evidence of all paths.
    pub readings: Readings,
    /// What path C trips at: distinct targets in an hour, in a day.
    pub caps: (u32, u32),
    /// Observations of people in good standing, a day on average.
    pub good_per_day: f64,
    /// Distinct origins that were hit in this clock hour, and all.
    pub origins: (u32, u32),
    /// Whether the expectation of path B leaves out what was reverted, deleted or blocked since.
    pub is_clean: bool,
    /// Hits of the last day by standing.
    pub hits: ByStanding,
    /// The same for each of the last 24 clock hours and the present one, oldest first.
    pub hours: Vec<ByStanding>,
    /// Of a filter that nobody notices: which class would have been braked had it refused, by which path, and when first.
    pub would_have: Option<(char, Path, Timestamp)>,
}

/// Most filters that [`LiveBrake::states`] tells apart; those beyond count as `other`.
const TOLD_APART_MAX: usize = 5_000;

/// Which filters are braked or held where: wiki, filter, and `D`, `O`, `N` or `held`; and how many.
pub type States = BTreeMap<(String, String, &'static str), u64>;

impl LiveBrake {
    /// Which filters in force are braked or held, for monitoring: restricted ones count together as `restricted`.
    pub fn states(&self) -> States {
        let now = self.clock.now();
        let snapshot = self.snapshots.current();
        let memory = self.memory();
        let mut states = States::new();
        for (key, of) in &memory.guards {
            let Some(filter) = snapshot.filter(key).filter(|filter| !filter.is_shadow) else { continue };
            for (wiki, guard) in of.iter().filter(|(_, it)| it.armed_from >= micros(filter.armed_from)) {
                let classes =
                    CLASSES.into_iter().filter(|class| guard.latch(*class).is_some()).map(|class| match class {
                        Class::Destructive => "D",
                        Class::Obstructive => "O",
                        Class::Nuisance | Class::Silent => "N",
                    });
                for state in classes.chain(guard.hold_at(now).map(|_| "held")) {
                    let name = if !filter.privacy.is_public() {
                        "restricted".to_owned()
                    } else if states.len() >= TOLD_APART_MAX {
                        "other".to_owned()
                    } else {
                        filter.gid.clone()
                    };
                    *states.entry((wiki.to_string(), name, state)).or_default() += 1;
                }
            }
        }
        states
    }

    /// What is counted about a filter on a wiki, by kind of action; nothing if it has not matched since its rule changed.
    pub fn statistics(&self, key: &FilterKey, wiki: &WikiId) -> Vec<Statistics> {
        let now = self.clock.now();
        let snapshot = self.snapshots.current();
        let armed_from = snapshot.filter(key).map(|filter| filter.armed_from);
        let is_lockdown = snapshot.filter(key).is_some_and(|filter| filter.brake_profile == BrakeProfile::Lockdown);
        let memory = self.memory();
        let guard = memory.guards.get(key).and_then(|of| of.get(wiki));
        let Some(kinds) = memory.wikis.get(wiki).map(|wiki| &wiki.kinds) else { return Vec::new() };
        let of_kind = |kind: &super::memory::Kind| {
            let tracked = kind.streams.get(key).filter(|it| armed_from.is_none_or(|from| it.armed_from >= from))?;
            let group = self.limits(&kind.group);
            let own = guard.map_or(group, |guard| guard.caps(group));
            let limits = Limits { missing: own.missing.filter(|_| !is_lockdown), ..own };
            Some(Statistics {
                kind: kind.name.clone(),
                readings: tracked.stream.readings(&kind.around, now, &limits),
                caps: (limits.destroyed.hour, limits.destroyed.day),
                good_per_day: kind.around.around(now).per_day,
                origins: (tracked.matched(now), kind.around.this_hour(now).0),
                is_clean: kind.around.is_clean(),
                hits: tracked.struck.in_day(now),
                hours: tracked.struck.by_hour(now),
                would_have: tracked.would_have.map(|(class, path, at)| (class, path, from_micros(at))),
            })
        };
        let mut all: Vec<Statistics> = kinds.iter().filter_map(of_kind).collect();
        all.sort_by(|a, b| a.kind.cmp(&b.kind));
        all
    }
}
