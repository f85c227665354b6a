//! What a verdict tells the profile.

use super::course::{Course, Standing};
use super::{Judge, Mode};
use crate::consequences::{Matched, Taken};
use crate::groups::Registry;
use crate::judge::answer::NotEvaluatedWhy;
use crate::model::{Class, Consequence};
use crate::profile::{MatchOf, Mishap, Run};
use wikiward_farm::Timestamp;
use wikiward_rules::ErrorId;

impl Judge {
    /// Counts a verdict that counts.
    pub(super) fn count(&self, course: &Course, matched: &[Matched<'_>], taken: &[Taken], now: Timestamp) {
        if !matches!(course.request.mode, Mode::Enforce | Mode::Late) {
            return;
        }
        let tally = &course.roster.tally;
        self.profile.collect(tally);
        let run = Run { now, rules_us: course.rules_us, conditions: course.conditions, is_exceeded: course.exceeded };
        let standings = course.standings.iter().enumerate();
        let mishaps = standings.clone().filter_map(|(place, standing)| Some((place, mishap(standing)?)));
        let degraded = course.lacking.iter().enumerate().filter(|(number, (place, _))| {
            // A filter that lacks two variables is degraded once.
            !course.lacking.iter().take(*number).any(|(other, _)| other == place)
        });
        let places = standings.filter(|(_, standing)| matches!(standing, Standing::Match)).map(|(place, _)| place);
        // Most actions match nothing, and need no names looked up.
        let snapshot = (!taken.is_empty()).then(|| self.snapshots.current());
        let effects: Vec<(usize, Vec<Class>, bool, bool)> = places
            .zip(taken)
            .zip(snapshot.iter().cycle())
            .map(|((place, taken), snapshot)| {
                let registry = snapshot.registry();
                let names = || taken.taken.iter().chain(&taken.withheld);
                let classes = names().filter_map(|name| class(name, registry)).collect();
                (place, classes, taken.taken.iter().any(|name| refuses(name, registry)), taken.leaves_row())
            })
            .collect();
        let effective = effects.iter().map(|(place, classes, refuses, leaves_row)| MatchOf {
            place: *place,
            classes,
            refuses: *refuses,
            leaves_row: *leaves_row,
        });
        tally.run(run, mishaps, degraded.map(|(_, (place, _))| *place), effective, course.timings.as_deref());
        Self::tell_slow(course, matched.len());
    }

    /// Counts an answer that asks for variables.
    pub(super) fn count_needs(&self, course: &Course) {
        let tally = &course.roster.tally;
        self.profile.collect(tally);
        let vocabulary = course.roster.group.vocabulary();
        let wants = course.wants();
        let named = wants.iter().map(|(place, id)| {
            let is_alone = wants.iter().filter(|(_, other)| other == id).count() == 1;
            (*place, vocabulary.name(*id), is_alone)
        });
        tally.asked(self.clock.now(), named);
    }

    /// Logs a run, and the filters of it that were timed, if they took too long.
    fn tell_slow(course: &Course, matched: usize) {
        let slow_ms = u64::from(course.roster.settings.slow_ms);
        if course.rules_us < slow_ms * 1_000 {
            return;
        }
        let (request, group) = (&course.request, &course.roster.group.group.name);
        tracing::warn!(
            wiki = %request.wiki, group, kind = request.kind, duration_ms = course.rules_us / 1_000,
            conditions = course.conditions, matched, "the filters took long over an action"
        );
        let timings = course.timings.iter().flatten();
        for ((seat, timing), standing) in course.roster.seats.iter().zip(timings).zip(&course.standings) {
            let duration_ms = timing.nanos / 1_000_000;
            if duration_ms >= slow_ms {
                tracing::warn!(
                    wiki = %request.wiki, filter.id = seat.filter.gid, kind = request.kind, duration_ms,
                    conditions = timing.conditions, is_match = matches!(standing, Standing::Match),
                    "a filter took long over an action"
                );
            }
        }
    }
}

/// What was in a filter's way, if anything.
pub(super) fn mishap(standing: &Standing) -> Option<Mishap> {
    match standing {
        Standing::Failed(ErrorId::WorkLimit, _) | Standing::LeftOut(NotEvaluatedWhy::Time) => Some(Mishap::OverBudget),
        Standing::Failed(..) => Some(Mishap::Failed),
        Standing::LeftOut(NotEvaluatedWhy::Conditions) => Some(Mishap::Skipped),
        Standing::Open(_) | Standing::NoMatch | Standing::Match => None,
    }
}

fn class(name: &str, registry: &Registry) -> Option<Class> {
    match Consequence::find(name) {
        Some(consequence) => consequence.class(),
        None => registry.consequences.get(name).map(|custom| custom.class),
    }
}

/// Whether a consequence stops the action, for good or until it is repeated.
fn refuses(name: &str, registry: &Registry) -> bool {
    match Consequence::find(name) {
        Some(Consequence::Warn | Consequence::Disallow) => true,
        Some(consequence) => consequence.class() == Some(Class::Destructive),
        None => registry.consequences.get(name).is_some_and(|custom| custom.refuses),
    }
}
