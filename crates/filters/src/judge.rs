//! Judging: from an action to a verdict.
//!
//! [`Judge::evaluate`] answers with a verdict, or with the variables that it needs first; then [`Judge::resume`] goes on.
//! Everything is read from memory; only what a verdict leaves behind is handed to the [`Journal`], and an answer that
//! leaves something behind is given when that is kept.
//!
//! Invariants:
//! * the same action is judged once: a second request waits for the first, and gets its answer;
//! * nothing is left behind before an evaluation is complete;
//! * an evaluation that waits is bound to the filters that it began with.
//!
//! Begin reading at [`Judge::evaluate`], then `finish`.

mod answer;
mod archiving;
mod counters;
mod counting;
mod counts;
mod course;
mod derived;
mod error;
mod finish;
mod inflight;
mod journal;
mod likely;
mod links;
mod pending;
mod recent;
mod request;
mod scratch;
mod shadow;
mod stash;
pub mod tools;
pub mod trial;

pub use answer::{
    Answer, DegradedFilter, FailedFilter, MatchedFilter, Need, Needs, NotEvaluated, NotEvaluatedWhy, Reply,
};
pub use counters::Counters;
pub use counts::JudgeCounts;
pub use error::EvaluateError;
pub use journal::{Journal, Kept, Later};
pub use pending::HELD_FOR_MS;
pub use request::{Actor, BODY_BYTES_MAX, Mode, Request, VARIABLE_BYTES_MAX, VARIABLES_MAX};

use crate::archive::Archiver;
use crate::candidates::CandidateLog;
use crate::consequences::{Brake, Decision};
use crate::hits::shadow::ShadowLog;
use crate::profile::Profile;
use crate::snapshot::{NoRoster, Roster, Snapshots};
use counts::Counts;
use course::{Course, Watch};
use inflight::InFlight;
use likely::Likely;
use pending::Pending;
use recent::Recent;
use request::Variables;
use scratch::Pool;
use shadow::Shadows;
use stash::Stash;
use std::cell::Cell;
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;
use wikiward_farm::{Clock, Entropy, Id, Timestamp, WikiId};
use wikiward_rules::Value;
use wikiward_rules::vocabulary::VariableId;
use wikiward_store::{Keyring, Sealer, Store};

/// Judges actions.
pub struct Judge {
    snapshots: Arc<Snapshots>,
    journal: Arc<dyn Journal>,
    brake: Arc<dyn Brake>,
    counters: Mutex<Counters>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    sealer: Sealer,
    /// Names this node in resume tokens.
    node: String,
    in_flight_max: usize,
    pool: Pool,
    in_flight: InFlight,
    pending: Pending,
    stash: Stash,
    likely: Likely,
    recent: Recent,
    profile: Arc<Profile>,
    shadows: Arc<Shadows>,
    archiver: Option<Archiver>,
    /// Turns to sum up explanations.
    explaining: Semaphore,
    counts: Counts,
}

/// What a judge is made of.
pub struct Parts {
    /// The filters in force.
    pub snapshots: Arc<Snapshots>,
    /// Keeps what verdicts leave behind.
    pub journal: Arc<dyn Journal>,
    /// Withholds consequences.
    pub brake: Arc<dyn Brake>,
    /// Counters and warnings as they stand ([`Counters::load`]).
    pub counters: Counters,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The installation's keys.
    pub keyring: Keyring,
    /// Keeps what filters did, and the matches of those in the shadow.
    pub store: Store,
    /// Names this node in resume tokens: 1 to 64 of `[a-z0-9-]`.
    pub node: String,
    /// Most actions that are judged at once; further ones are turned away, so that their wikis need not wait.
    pub in_flight_max: usize,
}

/// Actions judged at once where nothing else is said: what a core judges in half a second.
pub const IN_FLIGHT_MAX: usize = 2_000;

/// Variables for an evaluation that waits for them.
#[derive(Debug, Clone)]
pub struct Resume {
    /// Names the evaluation.
    pub evaluation_id: String,
    /// The token of the answer that asked.
    pub resume_token: String,
    /// Values.
    pub vars: Vec<(String, Value)>,
    /// Names of those that cannot be had.
    pub unavailable: Vec<String>,
}

impl Judge {
    /// A judge of these parts.
    pub fn new(parts: Parts) -> Self {
        let Parts { store, snapshots, clock, entropy, .. } = &parts;
        let profile = Arc::new(Profile::new(store.clone(), snapshots.clone(), entropy.clone()));
        let log = Arc::new(ShadowLog::new(store.clone()));
        let candidates = Arc::new(CandidateLog::new(store.clone()));
        let shadows = Shadows::new(log, candidates, profile.clone(), clock.clone(), entropy.clone());
        Self {
            profile,
            shadows: Arc::new(shadows),
            snapshots: parts.snapshots,
            journal: parts.journal,
            brake: parts.brake,
            counters: Mutex::new(parts.counters),
            clock: parts.clock,
            entropy: parts.entropy,
            sealer: parts.keyring.sealer("judge"),
            node: parts.node,
            in_flight_max: parts.in_flight_max,
            pool: Pool::default(),
            in_flight: InFlight::default(),
            pending: Pending::default(),
            stash: Stash::default(),
            likely: Likely::default(),
            recent: Recent::default(),
            archiver: None,
            explaining: Semaphore::new(crate::explain::SUMS_MAX),
            counts: Counts::default(),
        }
    }

    /// The same, keeping actions for backtests.
    #[must_use]
    pub fn archived_by(mut self, archiver: Archiver) -> Self {
        self.archiver = Some(archiver);
        self
    }

    /// What keeps actions for backtests, if anything does.
    pub fn archiver(&self) -> Option<&Archiver> {
        self.archiver.as_ref()
    }

    /// The filters in force.
    pub fn snapshots(&self) -> &Arc<Snapshots> {
        &self.snapshots
    }

    /// Turns to sum up explanations, which take seconds.
    pub(crate) fn explaining(&self) -> &Semaphore {
        &self.explaining
    }

    /// What filters did.
    pub fn profile(&self) -> &Arc<Profile> {
        &self.profile
    }

    /// Where matches of filters in the shadow are kept.
    pub fn shadow_log(&self) -> &Arc<ShadowLog> {
        &self.shadows.log
    }

    /// Where what candidates say is kept.
    pub fn candidate_log(&self) -> &Arc<CandidateLog> {
        &self.shadows.candidates
    }

    /// Judges an action.
    ///
    /// # Errors
    /// [`EvaluateError`]; nothing is left behind then.
    pub async fn evaluate(&self, mut request: Request) -> Result<Reply, EvaluateError> {
        if self.in_flight.len() >= self.in_flight_max {
            return Err(EvaluateError::Overloaded);
        }
        let roster = self.roster(&request)?;
        request.check(&roster)?;
        let vars = std::mem::take(&mut request.vars);
        let lazy = std::mem::take(&mut request.lazy);
        let variables = request::look_up(vars, &lazy, &roster.group)?;
        let _turn = match request.mode {
            Mode::Enforce | Mode::Late => Some(self.in_flight.enter(&request.wiki, &request.action_id).await),
            Mode::Stash | Mode::Test => None,
        };
        if let Some(first) = self.first_answer(&request).await {
            return Ok(Reply::Complete(first));
        }
        let id = Id::new(self.clock.now(), &*self.entropy);
        if let Some(reason) = request.skip.first() {
            Counts::add(&self.counts.skipped, 1);
            self.profile.collect(&roster.tally);
            roster.tally.unjudged(self.clock.now(), reason);
            let answer = Arc::new(finish::skipped(id, &roster, reason));
            self.remember(&request, &answer);
            return Ok(Reply::Complete(answer));
        }
        let is_stash = request.mode == Mode::Stash;
        // The digest covers what was sent, not what was asked for later.
        let given = if is_stash || !self.stash.is_empty() { variables.given.clone() } else { Vec::new() };
        let mut course = Box::new(Course::new(id, request, variables, roster));
        let may_stash = Stash::serves(&course);
        course.is_recalled = course.request.mode == Mode::Enforce
            && may_stash
            && !self.stash.is_empty()
            && self.stash.recall(&mut course, &given, self.clock.now());
        if !course.is_recalled {
            self.run(&mut course, Course::begin);
        }
        course.stash = (is_stash && may_stash).then(|| Stash::inputs(&course, &given));
        self.answer(course).await
    }

    /// The wiki whose action an evaluation judges that waits for variables here.
    ///
    /// # Errors
    /// [`EvaluateError::ResumeLost`] if none of that name waits here.
    pub fn waiting_for(&self, evaluation_id: &str) -> Result<WikiId, EvaluateError> {
        let id = evaluation_id_of(evaluation_id)?;
        self.pending.wiki(id, self.clock.now()).ok_or(EvaluateError::ResumeLost)
    }

    /// Goes on with an evaluation.
    ///
    /// # Errors
    /// [`EvaluateError`]; the evaluation goes on waiting if what was sent is wrong.
    pub async fn resume(&self, resume: Resume) -> Result<Reply, EvaluateError> {
        let id = evaluation_id_of(&resume.evaluation_id)?;
        let Resume { resume_token, vars, unavailable, .. } = resume;
        let mut supplied: Option<(Variables, Vec<VariableId>)> = None;
        let course = self.pending.take(id, &resume_token, self.clock.now(), |course| {
            let group = &course.roster.group;
            let variables = request::look_up(vars, &[], group)?;
            let unavailable: Result<Vec<VariableId>, EvaluateError> =
                unavailable.iter().take(VARIABLES_MAX).map(|name| request::variable(name, group)).collect();
            supplied = Some((variables, unavailable?));
            Ok::<(), EvaluateError>(())
        })?;
        let (Some(mut course), Some((variables, unavailable))) = (course, supplied) else {
            return Err(EvaluateError::ResumeLost);
        };
        let _turn = match course.request.mode {
            Mode::Enforce | Mode::Late => {
                Some(self.in_flight.enter(&course.request.wiki, &course.request.action_id).await)
            }
            Mode::Stash | Mode::Test => None,
        };
        if let Some(first) = self.first_answer(&course.request).await {
            return Ok(Reply::Complete(first));
        }
        course.supply(variables, unavailable);
        // `rounds` counts requests; asking is done one time less than that.
        let is_last = course.rounds > course.roster.group.group.limits.rounds;
        self.run(&mut course, |course, scratch, watch| course.go_on(is_last, scratch, watch));
        self.answer(course).await
    }

    fn roster(&self, request: &Request) -> Result<Arc<Roster>, EvaluateError> {
        self.snapshots.current().roster(&request.wiki, &request.group).map_err(|none| match none {
            NoRoster::UnknownWiki => EvaluateError::UnknownWiki,
            NoRoster::UnknownGroup => EvaluateError::UnknownGroup(request.group.chars().take(64).collect()),
        })
    }

    /// Lets rules run, and stops them when the time is up.
    fn run(&self, course: &mut Course, work: impl FnOnce(&mut Course, &mut scratch::Scratch, &Watch<'_>)) {
        let began = self.clock.now();
        let wall_ms = course.roster.group.group.limits.wall_ms;
        let wall_ms = course.request.deadline_ms.map_or(wall_ms, |deadline| wall_ms.min(deadline.max(1)));
        let until = began.checked_add(jiff::SignedDuration::from_millis(wall_ms.into())).unwrap_or(Timestamp::MAX);
        let watch = Watch { clock: &*self.clock, until, is_over: Cell::new(false) };
        let set = course.roster.parts.last().map(|part| part.rules.clone());
        self.pool.with(set.as_ref(), |scratch| work(course, scratch, &watch));
        let took = self.clock.now().duration_since(began).as_micros();
        course.rules_us = course.rules_us.saturating_add(u64::try_from(took).unwrap_or(0));
    }

    /// The answer, or what is needed for one.
    async fn answer(&self, mut course: Box<Course>) -> Result<Reply, EvaluateError> {
        // What blocked domains are looked up in is asked for together with what filters need.
        let links = links::missing(&self.snapshots.current(), &course);
        if course.is_waiting() || !links.is_empty() {
            let rounds = course.roster.group.group.limits.rounds;
            if course.rounds <= rounds && course.request.mode != Mode::Late {
                let needs = course.needs(&links);
                if !needs.is_empty() {
                    return self.ask(course, &needs).map(Reply::Needs);
                }
            }
        }
        if course.is_waiting() {
            // Nobody can be asked any more.
            self.run(&mut course, |course, scratch, watch| course.go_on(true, scratch, watch));
        }
        course.likely = self.likely_next(&course);
        if let Some(inputs) = course.stash {
            self.stash.keep(&course, inputs, self.clock.now());
        }
        let answer = self.finish(&course).await?;
        let has_more = !course.roster.shadow.is_empty() || !course.roster.candidates.is_empty();
        if has_more && answer.evaluation_id == evaluation_name(course.id) {
            self.shadow(course, answer.decision.name());
        }
        Ok(Reply::Complete(answer))
    }

    /// Counts what the evaluation asked for; gives the names of what the next one will probably ask for.
    fn likely_next(&self, course: &Course) -> Vec<String> {
        if course.request.mode == Mode::Late || course.is_recalled {
            return Vec::new();
        }
        let likely = self.likely.count(&course.roster, &course.request.kind, &course.could_ask(), &course.asked);
        let vocabulary = course.roster.group.vocabulary();
        likely.into_iter().map(|id| vocabulary.name(id).to_owned()).collect()
    }

    fn ask(&self, mut course: Box<Course>, needs: &[(VariableId, u32)]) -> Result<Needs, EvaluateError> {
        Counts::add(&self.counts.needs, 1);
        self.count_needs(&course);
        for (id, _) in needs {
            if !course.asked.contains(id) {
                course.asked.push(*id);
            }
        }
        let group = course.roster.group.clone();
        let candidates: Vec<VariableId> =
            course.may_need().into_iter().filter(|id| needs.iter().all(|(needed, _)| needed != id)).collect();
        let likely = self.likely.among(&course.roster, &course.request.kind, candidates);
        let name = |id: VariableId| group.vocabulary().name(id).to_owned();
        let token = format!("{}.{}", self.node, hex(&self.entropy.bytes::<16>()));
        let answer = Needs {
            evaluation_id: evaluation_name(course.id),
            resume_token: token.clone(),
            round: course.rounds,
            rounds_left: group.group.limits.rounds.saturating_sub(course.rounds),
            needs: needs
                .iter()
                .map(|(id, wanted_by)| Need {
                    name: name(*id),
                    cost: group.offered(*id).map(|offered| offered.cost).unwrap_or_default(),
                    wanted_by: *wanted_by,
                })
                .collect(),
            also_likely: likely.into_iter().map(name).collect(),
            expires_ms: HELD_FOR_MS,
        };
        let now = self.clock.now();
        let until = now.checked_add(jiff::SignedDuration::from_millis(HELD_FOR_MS.into())).unwrap_or(Timestamp::MAX);
        self.pending.hold(course, token, now, until).map_err(|_| EvaluateError::Overloaded)?;
        Ok(answer)
    }

    /// The answer that the action got before. Only verdicts that count are remembered.
    async fn first_answer(&self, request: &Request) -> Option<Arc<Answer>> {
        if !matches!(request.mode, Mode::Enforce | Mode::Late) {
            return None;
        }
        let first = match self.recent.get(&request.wiki, &request.action_id, self.clock.now()) {
            Some(answer) => Some(answer),
            None => {
                let kept = self.journal.first_answer(&request.wiki, &request.action_id).await;
                kept.and_then(|bytes| Answer::from_bytes(&bytes)).map(Arc::new)
            }
        };
        if first.is_some() {
            Counts::add(&self.counts.repeated, 1);
        }
        first
    }

    fn remember(&self, request: &Request, answer: &Arc<Answer>) {
        if matches!(request.mode, Mode::Enforce | Mode::Late) {
            self.recent.keep(&request.wiki, &request.action_id, answer, self.clock.now());
        }
    }
}

impl std::fmt::Debug for Judge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judge").field("node", &self.node).field("counts", &self.counts()).finish_non_exhaustive()
    }
}

/// How an evaluation is named: `ev_` and its id.
pub fn evaluation_name(id: Id) -> String {
    format!("ev_{id}")
}

/// The id in an evaluation's name.
///
/// # Errors
/// [`EvaluateError::ResumeLost`]: what was never named so is not held here.
pub fn evaluation_id_of(name: &str) -> Result<Id, EvaluateError> {
    name.strip_prefix("ev_").and_then(|id| id.parse().ok()).ok_or(EvaluateError::ResumeLost)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether a verdict must not be given before what it leaves behind is kept.
fn must_be_kept(decision: Decision) -> bool {
    decision != Decision::Allow
}

#[cfg(test)]
pub(crate) mod tests;
