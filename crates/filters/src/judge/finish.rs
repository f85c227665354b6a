//! From decided filters to an answer and what it leaves behind.

use super::answer::{Answer, DegradedFilter, FailedFilter, MatchedFilter, NotEvaluated};
use super::counters::Undo;
use super::course::{Course, Standing};
use super::error::EvaluateError;
use super::journal::Kept;
use super::links;
use super::request::Mode;
use super::{Counts, Judge, evaluation_name, must_be_kept};
use crate::brake::compat::CompatLimits;
use crate::consequences::{
    self, Acting, Case, Decided, Decision, Effect, Instruction, Matched, Message, Met, Observed, Taken, filter_ref,
};
use crate::groups::DegradedPolicy;
use crate::hits::parallel::TestHit;
use crate::hits::record::{Actor, DomainAttempt, NewHit, NewHold, Record, Target};
use crate::messages;
use crate::model::{Consequence, Tier};
use crate::snapshot::{Roster, Seat};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use wikiward_farm::{Id, Timestamp};
use wikiward_rules::ErrorId;
use wikiward_rules::wire::render_value;

/// The tag of an action whose filters used more conditions than there are.
const LIMIT_TAG: &str = "abusefilter-condition-limit";

impl Judge {
    /// Decides what follows from the filters' verdicts, has it kept, and answers.
    pub(super) async fn finish<'c>(&self, course: &'c Course) -> Result<Arc<Answer>, EvaluateError> {
        Counts::add(&self.counts.evaluations, 1);
        let now = self.clock.now();
        let mode = course.request.mode;
        let matched = self.matched(course);
        let acting = (mode == Mode::Enforce).then(|| acting(course, now));
        let observed = acting.as_ref().and_then(|acting| self.brake.observe(acting));
        let (decided, undos) = self.decide(course, &matched, observed, now);
        let attempt = self.attempt(course, &decided, now);
        if let Some((acting, observed)) = acting.as_ref().zip(observed) {
            let met = |(matched, taken): (&Matched<'c>, &Taken)| Met {
                filter: &matched.seat.filter,
                is_effective: !taken.taken.is_empty() && taken.leaves_row() || !taken.withheld.is_empty(),
                leaves_row: taken.leaves_row(),
            };
            let met: Vec<Met<'_>> = matched.iter().zip(&decided.filters).map(met).collect();
            let is_stopped = decided.decision == Decision::Refuse || attempt.is_some();
            self.brake.over(acting, &observed, &met, is_stopped);
        }
        self.count(course, &matched, &decided.filters, now);
        let is_postponed = attempt.is_none() && (postpones(course, &decided) || self.lacks_links(course, &decided));
        let mut answer = answer(course, &matched, &decided, is_postponed);
        if let Some(attempt) = &attempt {
            answer.decision = Decision::Refuse;
            answer.messages.push(blocked_domains(attempt));
        }
        let answer = Arc::new(answer);
        Counts::add(&self.counts.domain_attempts, usize::from(attempt.is_some()));
        Counts::add(&self.counts.errors, answer.errors.len());
        Counts::add(&self.counts.not_evaluated, answer.not_evaluated.len());
        Counts::add(&self.counts.degraded, answer.degraded.len());
        if mode == Mode::Test && course.roster.settings.parallel_run && !matched.is_empty() {
            let hits = matched.iter().zip(&decided.filters).enumerate().map(|(place, (matched, taken))| {
                let (id, key) = (hit_id(course.id, place, now), &matched.seat.filter.key);
                TestHit::new(id, &course.request, key, now, !taken.leaves_row())
            });
            self.shadows.log.keep_on_trial(hits.collect());
        }
        let has_rows = attempt.is_some() || decided.filters.iter().any(Taken::leaves_row);
        let mut protected = None;
        if matches!(mode, Mode::Enforce | Mode::Late) && (has_rows || !decided.changes.is_empty()) {
            let mut record = record(course, &matched, &decided, &answer, now);
            protected = has_rows.then(|| record.protected.clone());
            record.attempt = attempt;
            let kept = self.journal.keep(record);
            if has_rows && must_be_kept(answer.decision) {
                match kept.await {
                    Kept::Before(bytes) => {
                        self.undo(undos);
                        if let Some(first) = Answer::from_bytes(&bytes) {
                            return Ok(Arc::new(first));
                        }
                    }
                    Kept::No => {
                        self.undo(undos);
                        return Err(EvaluateError::Overloaded);
                    }
                    Kept::Yes => {}
                }
            } else {
                // What allows is answered at once: a crash may lose its rows, and a commit is worth a hundred verdicts.
                tokio::spawn(kept);
            }
        }
        if !is_postponed {
            self.remember(&course.request, &answer);
            self.archive(course, observed, answer.decision.name(), protected.as_deref(), now);
        }
        Ok(answer)
    }

    /// The attempt to link to blocked domains that an action is, if the filters allow it.
    fn attempt(&self, course: &Course, decided: &Decided, now: Timestamp) -> Option<DomainAttempt> {
        let is_judged = matches!(course.request.mode, Mode::Enforce | Mode::Test);
        if !is_judged || decided.decision != Decision::Allow {
            return None;
        }
        let domains = links::blocked(&self.snapshots.current(), course);
        (!domains.is_empty()).then(|| DomainAttempt {
            hit_id: hit_id(course.id, course.roster.seats.len(), now),
            domains,
            ref_code: messages::ref_code(&*self.entropy),
        })
    }

    /// Whether the action is refused for now because its links cannot be looked up: a page that is slow to render is no way
    /// around a list, where the group says so.
    fn lacks_links(&self, course: &Course, decided: &Decided) -> bool {
        course.roster.group.group.degraded_policy == DegradedPolicy::RetryLater
            && course.request.mode == Mode::Enforce
            && decided.decision == Decision::Allow
            && links::are_lost(&self.snapshots.current(), course)
    }

    fn matched<'c>(&self, course: &'c Course) -> Vec<Matched<'c>> {
        let seats = course.roster.seats.iter().zip(&course.standings).enumerate();
        let matched = seats.filter(|(_, (_, standing))| matches!(standing, Standing::Match));
        matched
            .map(|(place, (seat, _))| Matched {
                seat,
                is_degraded: course.lacking.iter().any(|(lacking, _)| *lacking == place),
                ref_code: messages::ref_code(&*self.entropy),
            })
            .collect()
    }

    /// Decides, and makes the changes of counters that follow.
    fn decide(
        &self,
        course: &Course,
        matched: &[Matched<'_>],
        observed: Option<Observed>,
        now: Timestamp,
    ) -> (Decided, Vec<Undo>) {
        if matched.is_empty() {
            return (Decided::default(), Vec::new());
        }
        let quiet = || Decided { filters: matched.iter().map(|_| Taken::default()).collect(), ..Decided::default() };
        if matches!(course.request.mode, Mode::Stash | Mode::Late) {
            return (quiet(), Vec::new());
        }
        let request = &course.request;
        let snapshot = self.snapshots.current();
        let case = Case {
            now,
            wiki: &request.wiki,
            kind: &request.kind,
            actor_id: request.actor.id,
            actor_name: &request.actor.name,
            actor_type: request.actor.kind,
            actor_groups: &request.actor.groups,
            edit_count: request.actor.edit_count,
            age_s: request.actor.age_s,
            ip: request.ip,
            session_key: request.session_key.as_deref(),
            target_ns: request.target.ns,
            target_title: &request.target.title,
            page_id: request.target.page_id,
            captcha: request.captcha,
            settings: &course.roster.settings,
            group: &course.roster.group.group,
            registry: snapshot.registry(),
            observed,
        };
        // Held while deciding and changing, so that two actions never count the same place in a window.
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let decided = consequences::decide(matched, &case, &*counters, &self.sealer, &*self.brake);
        let undos = if request.mode == Mode::Enforce { counters.apply(&decided.changes, now) } else { Vec::new() };
        (decided, undos)
    }

    fn undo(&self, undos: Vec<Undo>) {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner).undo(undos);
    }
}

/// What the brake needs to know of the action.
fn acting(course: &Course, now: Timestamp) -> Acting<'_> {
    let (request, actor) = (&course.request, &course.request.actor);
    Acting {
        now,
        wiki: &request.wiki,
        group: &course.roster.group.group.name,
        kind: &request.kind,
        action_id: &request.action_id,
        evaluation: course.id.tail(),
        id: actor.id,
        name: &actor.name,
        actor_type: actor.kind,
        groups: &actor.groups,
        edit_count: actor.edit_count,
        age_s: actor.age_s,
        is_blocked: actor.is_blocked,
        ip: request.ip,
        settings: &course.roster.settings.brake,
        compat: &course.roster.compat,
        compat_limits: CompatLimits::of_group(&course.roster.group.group.brake),
        is_central: course.roster.settings.is_central,
    }
}

/// The answer to an action that need not be judged.
pub(super) fn skipped(id: Id, roster: &Roster, reason: &str) -> Answer {
    Answer {
        evaluation_id: evaluation_name(id),
        ruleset: roster.label(),
        decision: Decision::Allow,
        instructions: Vec::new(),
        messages: Vec::new(),
        matched: Vec::new(),
        not_evaluated: Vec::new(),
        errors: Vec::new(),
        degraded: Vec::new(),
        conditions_used: 0,
        conditions_limit: roster.conditions_limit(),
        conditions_exceeded: false,
        rules_us: 0,
        rounds: 1,
        also_likely: Vec::new(),
        skipped: Some(reason.to_owned()),
    }
}

/// Whether the action is refused for now: a critical filter lacks a variable, and nothing else refuses.
fn postpones(course: &Course, decided: &Decided) -> bool {
    let is_critical =
        |place: &usize| course.roster.seats.get(*place).is_some_and(|seat| seat.filter.tier == Tier::Critical);
    course.roster.group.group.degraded_policy == DegradedPolicy::RetryLater
        && course.request.mode == Mode::Enforce
        && decided.decision != Decision::Refuse
        && course.lacking.iter().any(|(place, _)| is_critical(place))
}

fn answer(course: &Course, matched: &[Matched<'_>], decided: &Decided, is_postponed: bool) -> Answer {
    let roster = &course.roster;
    let mut answer = skipped(course.id, roster, "");
    answer.skipped = None;
    answer.decision = decided.decision;
    answer.instructions.clone_from(&decided.instructions);
    answer.messages.clone_from(&decided.messages);
    answer.conditions_used = course.conditions;
    answer.conditions_exceeded = course.exceeded;
    answer.rules_us = course.rules_us;
    answer.rounds = course.rounds;
    answer.also_likely.clone_from(&course.likely);
    answer.matched =
        matched.iter().zip(&decided.filters).map(|(matched, taken)| matched_filter(matched, taken)).collect();
    for (place, (seat, standing)) in roster.seats.iter().zip(&course.standings).enumerate() {
        match standing {
            Standing::Failed(id, position) => answer.errors.push(FailedFilter {
                filter: filter_ref(seat),
                reason: if *id == ErrorId::WorkLimit { "work_limit" } else { id.name() }.to_owned(),
                position: *position,
            }),
            Standing::LeftOut(why) => answer.not_evaluated.push(NotEvaluated { filter: filter_ref(seat), why: *why }),
            Standing::Open(_) | Standing::Match | Standing::NoMatch => {}
        }
        if !course.lacking.is_empty() {
            answer.degraded.extend(degraded(course, place, seat));
        }
    }
    if course.exceeded && course.request.mode != Mode::Late {
        let effect = Effect::Tag { tags: vec![LIMIT_TAG.to_owned()] };
        answer.instructions.push(Instruction { effect, filter: None });
    }
    if is_postponed {
        answer.decision = Decision::Refuse;
        answer.messages.push(Message {
            key: messages::UNAVAILABLE.to_owned(),
            params: Vec::new(),
            code: messages::UNAVAILABLE.to_owned(),
            filter: None,
            actions: Vec::new(),
            ref_code: String::new(),
        });
    }
    answer
}

/// What the person is told whose links are blocked: the domains as a list, and their number.
fn blocked_domains(attempt: &DomainAttempt) -> Message {
    Message {
        key: messages::BLOCKED_DOMAINS.to_owned(),
        params: vec![attempt.domains.join(", "), attempt.domains.len().to_string()],
        code: messages::BLOCKED_DOMAINS.to_owned(),
        filter: None,
        actions: Vec::new(),
        ref_code: attempt.ref_code.clone(),
    }
}

fn matched_filter(matched: &Matched<'_>, taken: &Taken) -> MatchedFilter {
    MatchedFilter {
        filter: filter_ref(matched.seat),
        version: matched.seat.filter.version.0,
        taken: taken.taken.clone(),
        withheld: taken.withheld.clone(),
        substituted: taken.substituted.clone(),
    }
}

fn degraded(course: &Course, place: usize, seat: &Seat) -> Option<DegradedFilter> {
    let vocabulary = course.roster.group.vocabulary();
    let lacking = course.lacking.iter().filter(|(lacking, _)| *lacking == place);
    let variables: Vec<String> = lacking.map(|(_, id)| vocabulary.name(*id).to_owned()).collect();
    (!variables.is_empty()).then(|| DegradedFilter { filter: filter_ref(seat), variables })
}

fn record(course: &Course, matched: &[Matched<'_>], decided: &Decided, answer: &Answer, now: Timestamp) -> Record {
    let request = &course.request;
    let rows = matched.iter().zip(&decided.filters).filter(|(_, taken)| taken.leaves_row());
    let hits: Vec<NewHit> = rows.map(|(matched, taken)| new_hit(course, matched, taken, now)).collect();
    let (variables, protected) = if hits.is_empty() { Default::default() } else { variables(course) };
    Record {
        evaluation_id: course.id,
        wiki: request.wiki.clone(),
        action_id: request.action_id.clone(),
        at: if request.mode == Mode::Late { request.at.unwrap_or(now).min(now) } else { now },
        kind: request.kind.clone(),
        actor: Actor { id: request.actor.id, name: request.actor.name.clone(), kind: request.actor.kind },
        target: Target { ns: request.target.ns, title: request.target.title.clone(), page_id: request.target.page_id },
        ip: request.ip.filter(|_| course.roster.settings.log_ip),
        decision: answer.decision.name(),
        answer: answer.to_bytes().into(),
        hits,
        variables: Arc::new(variables),
        protected: Arc::new(protected),
        counters: decided.changes.clone(),
        holds: holds(course, matched, decided, now),
        attempt: None,
    }
}

/// The holds of automatic promotion that follow.
fn holds(course: &Course, matched: &[Matched<'_>], decided: &Decided, now: Timestamp) -> Vec<NewHold> {
    let days = course.roster.settings.autopromote_hold_days;
    let lasts = jiff::SignedDuration::from_hours(i64::from(days) * 24);
    let name = Consequence::BlockAutopromote.name();
    let given = matched.iter().zip(&decided.filters).filter(|(_, taken)| taken.taken.iter().any(|taken| taken == name));
    given
        .map(|(matched, _)| NewHold {
            hit_id: hit_id(course.id, place(course, matched), now),
            filter: matched.seat.filter.key.clone(),
            until: now.checked_add(lasts).unwrap_or(Timestamp::MAX),
        })
        .collect()
}

/// The place of a filter among those that judge.
fn place(course: &Course, matched: &Matched<'_>) -> usize {
    course.roster.seats.iter().position(|seat| std::ptr::eq(seat, matched.seat)).unwrap_or(0)
}

fn new_hit(course: &Course, matched: &Matched<'_>, taken: &Taken, now: Timestamp) -> NewHit {
    let filter = &matched.seat.filter;
    NewHit {
        hit_id: hit_id(course.id, place(course, matched), now),
        filter: filter.key.clone(),
        version: filter.version,
        taken: taken.taken.clone(),
        withheld: taken.withheld.clone(),
        substituted: taken.substituted.clone(),
        ref_code: matched.ref_code.clone(),
        uses_protected: filter.uses_protected.clone(),
    }
}

/// The id of an evaluation's hit: the evaluation's, with the filter's place in it, and the time of the verdict.
fn hit_id(evaluation: Id, place: usize, now: Timestamp) -> Id {
    let millis = u128::from(now.as_millisecond().unsigned_abs()) & 0xFFFF_FFFF_FFFF;
    let random = u128::from_be_bytes(evaluation.to_bytes()) & ((1 << 80) - 1);
    let mixed = random.wrapping_add(u128::try_from(place).unwrap_or(0).wrapping_add(1)) & ((1 << 80) - 1);
    Id::from_bytes((millis << 80 | mixed).to_be_bytes())
}

pub(super) type Values = BTreeMap<String, Json>;

/// Values of all variables that were computed, those that are protected apart.
pub(super) fn variables(course: &Course) -> (Values, Values) {
    let (group, settings) = (&course.roster.group, &course.roster.settings);
    let (mut open, mut protected) = (Values::new(), Values::new());
    for id in &group.ids {
        let Some(value) = course.action.value(*id) else { continue };
        let name = group.vocabulary().name(*id);
        let is_protected = group.offered(*id).is_some_and(|offered| offered.is_protected)
            || settings.protected_variables.contains(name);
        let values = if is_protected { &mut protected } else { &mut open };
        values.insert(name.to_owned(), render_value(value));
    }
    (open, protected)
}
