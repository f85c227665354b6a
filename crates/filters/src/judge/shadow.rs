//! Filters in the shadow: they run after the answer is given, and nobody notices.
//!
//! They see what the verdict saw. A filter that would need a variable that nobody asked for is left out of this run, and so
//! are all when the node has more to do than it can; what was left out is counted.

use super::course::{Course, Standing, Watch, failed};
use super::finish::variables;
use super::scratch::Pool;
use super::{Judge, Mode, counting};
use crate::brake::standing::Facts;
use crate::candidates::{CandidateLog, Judged, Seen, Verdicts};

use crate::hits::shadow::{ShadowHit, ShadowLog};
use crate::profile::{Mishap, Profile, Timing};
use crate::snapshot::{Roster, Seat};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use wikiward_farm::{ActorType, Clock, Entropy, Id, Timestamp};
use wikiward_rules::evaluate::Options;
use wikiward_rules::ruleset::Verdict;

/// Most actions that wait for the filters in the shadow: some 100 ms of work, and 100 MB at the very most.
const WAITING_MAX: usize = 128;

/// Runs the filters in the shadow.
#[derive(Debug)]
pub(super) struct Shadows {
    pub(super) log: Arc<ShadowLog>,
    pub(super) candidates: Arc<CandidateLog>,
    pub(super) profile: Arc<Profile>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    waiting: AtomicUsize,
    pool: Pool,
    candidate_pool: Pool,
}

impl Shadows {
    pub(super) fn new(
        log: Arc<ShadowLog>,
        candidates: Arc<CandidateLog>,
        profile: Arc<Profile>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let waiting = AtomicUsize::new(0);
        Self {
            log,
            candidates,
            profile,
            clock,
            entropy,
            waiting,
            pool: Pool::default(),
            candidate_pool: Pool::default(),
        }
    }

    /// Runs them on an action that was answered with `decision`.
    fn run(&self, course: &Course, decision: &'static str) {
        let roster = course.roster.clone();
        let began = self.clock.now();
        let wall = jiff::SignedDuration::from_millis(roster.group.group.limits.wall_ms.into());
        let until = began.checked_add(wall).unwrap_or(Timestamp::MAX);
        let watch = Watch { clock: &*self.clock, until, is_over: Cell::new(false) };
        let interrupt = || watch.is_over();
        let options = Options { conditions_max: roster.conditions_limit(), ..Options::default() };
        let mut timings = roster.tally.times_this_run().then(|| vec![Timing::default(); roster.shadow.len()]);
        let mut last = began;
        let standings: Vec<Standing> = self.pool.with(Some(&roster.shadow_rules), |scratch| {
            let after = |number: usize| {
                if let Some(timing) = timings.as_mut().and_then(|timings| timings.get_mut(number)) {
                    let now = self.clock.now();
                    timing.nanos = nanos(last, now);
                    last = now;
                }
            };
            let rules = &roster.shadow_rules;
            let outcomes = rules.evaluate_watched(&course.action, options, &mut scratch.set, Some(&interrupt), after);
            let standing = |verdict: &Verdict| match verdict {
                Verdict::Match => Standing::Match,
                Verdict::NoMatch => Standing::NoMatch,
                Verdict::Needs(id) => Standing::Open(Some(*id)),
                Verdict::Error(error) => failed(error, &watch),
            };
            outcomes.iter().map(|outcome| standing(&outcome.verdict)).collect()
        });
        let now = self.clock.now();
        self.count(&roster, &standings, timings.as_deref(), now);
        let matched: Vec<&Seat> = roster
            .shadow
            .iter()
            .zip(&standings)
            .filter(|(_, standing)| matches!(standing, Standing::Match))
            .map(|(seat, _)| seat)
            .collect();
        if matched.is_empty() {
            return;
        }
        let (values, protected) = variables(course);
        for seat in matched {
            let hit_id = Id::new(now, &*self.entropy);
            self.log.keep(ShadowHit::new(
                hit_id,
                course.id,
                &course.request,
                seat,
                &roster,
                decision,
                now,
                &values,
                &protected,
            ));
        }
    }

    /// Runs the candidates, and puts their verdicts beside those of their filters.
    fn run_candidates(&self, course: &Course, decision: &'static str) {
        let roster = course.roster.clone();
        let began = self.clock.now();
        let wall = jiff::SignedDuration::from_millis(roster.group.group.limits.wall_ms.into());
        let until = began.checked_add(wall).unwrap_or(Timestamp::MAX);
        let watch = Watch { clock: &*self.clock, until, is_over: Cell::new(false) };
        let interrupt = || watch.is_over();
        let options = Options { conditions_max: roster.conditions_limit(), ..Options::default() };
        let tried: Vec<(Option<bool>, bool)> = self.candidate_pool.with(Some(&roster.candidate_rules), |scratch| {
            let rules = &roster.candidate_rules;
            let outcomes = rules.evaluate_until(&course.action, options, &mut scratch.set, Some(&interrupt));
            let said = |verdict: &Verdict| match verdict {
                Verdict::Match => (Some(true), false),
                Verdict::NoMatch => (Some(false), false),
                Verdict::Needs(_) => (None, false),
                Verdict::Error(error) => match failed(error, &watch) {
                    Standing::Failed(..) => (Some(false), true),
                    _ => (None, false),
                },
            };
            outcomes.iter().map(|outcome| said(&outcome.verdict)).collect()
        });
        let mut kept = Vec::new();
        for ((place, candidate), (said, has_failed)) in roster.candidates.iter().zip(tried) {
            if began >= candidate.ends_at {
                continue;
            }
            let live = match course.standings.get(*place) {
                Some(Standing::Match) => Some(true),
                Some(Standing::NoMatch | Standing::Failed(..)) => Some(false),
                Some(Standing::Open(_) | Standing::LeftOut(_)) | None => None,
            };
            match Verdicts::of(live, said) {
                None => self.candidates.neither(candidate.id, has_failed),
                Some(verdicts) => kept.push((*place, candidate, verdicts, has_failed)),
            }
        }
        if kept.is_empty() {
            return;
        }
        let now = self.clock.now();
        let (values, protected) = variables(course);
        let judged = Judged { evaluation_id: course.id, request: &course.request, decision, now };
        let is_good = is_good(course);
        for (place, candidate, verdicts, has_failed) in kept {
            let Some(seat) = roster.seats.get(place) else { continue };
            let hit_id = Id::new(now, &*self.entropy);
            let (version, said, all) = (seat.filter.version, (verdicts, has_failed), (&values, &protected));
            self.candidates.keep(Seen::new(hit_id, candidate, version, said, is_good, &judged, all));
        }
    }

    fn count(&self, roster: &Roster, standings: &[Standing], timings: Option<&[Timing]>, now: Timestamp) {
        self.profile.collect(&roster.tally);
        let live = roster.seats.len();
        let places = || standings.iter().enumerate().map(|(number, standing)| (live + number, standing));
        let matches = places().filter(|(_, standing)| matches!(standing, Standing::Match)).map(|(place, _)| place);
        let mishaps = places().filter_map(|(place, standing)| Some((place, counting::mishap(standing)?)));
        let open = places().filter(|(_, standing)| matches!(standing, Standing::Open(_))).map(|(place, _)| place);
        roster.tally.shadow_run(now, matches, mishaps.map(|(place, it): (usize, Mishap)| (place, it)), open, timings);
    }
}

impl Judge {
    /// Lets the filters in the shadow have a look at an action that was answered.
    pub(super) fn shadow(&self, course: Box<Course>, decision: &'static str) {
        let roster = &course.roster;
        let has_none = roster.shadow.is_empty() && roster.candidates.is_empty();
        if has_none || !matches!(course.request.mode, Mode::Enforce | Mode::Late) {
            return;
        }
        let shadows = self.shadows.clone();
        // What nobody waits for gives way first.
        let is_busy = self.in_flight.len() > self.in_flight_max / 4;
        if is_busy || shadows.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING_MAX {
            if !is_busy {
                shadows.waiting.fetch_sub(1, Ordering::Relaxed);
            }
            for (_, candidate) in &roster.candidates {
                shadows.candidates.dropped(candidate.id);
            }
            if !roster.shadow.is_empty() {
                shadows.profile.collect(&roster.tally);
                roster.tally.shadow_dropped(self.clock.now());
            }
            return;
        }
        tokio::spawn(async move {
            if !course.roster.shadow.is_empty() {
                shadows.run(&course, decision);
            }
            if !course.roster.candidates.is_empty() {
                shadows.run_candidates(&course, decision);
            }
            shadows.waiting.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

/// Whether the actor is in good standing, as far as the request itself says.
fn is_good(course: &Course) -> bool {
    let (actor, settings) = (&course.request.actor, &course.roster.settings.brake);
    let facts = Facts {
        is_named: actor.kind == ActorType::Named,
        is_blocked: actor.is_blocked,
        age_s: actor.age_s,
        edits: actor.edit_count,
        is_trusted: actor.groups.iter().any(|group| settings.trusted_groups.contains(group)),
        was_seen: true,
        ..Facts::default()
    };
    facts.is_good()
}

/// Nanoseconds from `from` to `to`.
pub(super) fn nanos(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_nanos()).unwrap_or(0)
}
