//! One evaluation under way: which filters are decided, which wait for a variable.

use super::answer::NotEvaluatedWhy;
use super::derived;
use super::request::{Request, Variables};
use super::scratch::Scratch;
use super::shadow::nanos;
use crate::profile::Timing;
use crate::snapshot::Roster;
use std::cell::Cell;
use std::sync::Arc;
use wikiward_farm::{Id, Timestamp};
use wikiward_rules::evaluate::{End, Options, Session};
use wikiward_rules::ruleset::Verdict;
use wikiward_rules::vocabulary::VariableId;
use wikiward_rules::{Action, ErrorId, RuleError};

/// Where one filter stands.
#[derive(Debug, Clone)]
pub(super) enum Standing {
    /// Not evaluated to its end: it waits for this variable, or for others to leave it conditions.
    Open(Option<VariableId>),
    /// It does not match.
    NoMatch,
    /// It matches.
    Match,
    /// It failed.
    Failed(ErrorId, Option<u32>),
    /// It was left out.
    LeftOut(NotEvaluatedWhy),
}

/// One evaluation under way.
#[derive(Debug)]
pub(super) struct Course {
    pub(super) id: Id,
    /// The request, its variables taken out.
    pub(super) request: Request,
    pub(super) roster: Arc<Roster>,
    /// The variables that are known; those that the caller can supply are offered, also if it could not.
    pub(super) action: Action,
    /// The same without what the caller could not supply; made when there is such a thing.
    blind: Option<Action>,
    pub(super) offered: Vec<VariableId>,
    unavailable: Vec<VariableId>,
    pub(super) standings: Vec<Standing>,
    /// By seat: variables that the filter asked for and did not get.
    pub(super) lacking: Vec<(usize, VariableId)>,
    pub(super) conditions: u32,
    pub(super) exceeded: bool,
    /// Requests so far.
    pub(super) rounds: u32,
    pub(super) rules_us: u64,
    /// By seat, if this run has each filter timed.
    pub(super) timings: Option<Vec<Timing>>,
    /// Variables that were asked for, for what is likely next time.
    pub(super) asked: Vec<VariableId>,
    /// Variables that were supplied without having been asked for: whether they would have been is not known.
    volunteered: Vec<VariableId>,
    /// Names of variables that the next action's first request should bring.
    pub(super) likely: Vec<String>,
    /// Whether another evaluation had found it all.
    pub(super) is_recalled: bool,
    /// Digest of what was sent first, if what is found is to be stashed.
    pub(super) stash: Option<[u8; 32]>,
}

/// When rules must stop.
pub(super) struct Watch<'c> {
    pub(super) clock: &'c dyn wikiward_farm::Clock,
    pub(super) until: Timestamp,
    pub(super) is_over: Cell<bool>,
}

impl Watch<'_> {
    pub(super) fn is_over(&self) -> bool {
        if !self.is_over.get() && self.clock.now() >= self.until {
            self.is_over.set(true);
        }
        self.is_over.get()
    }
}

impl Course {
    pub(super) fn new(id: Id, request: Request, variables: Variables, roster: Arc<Roster>) -> Self {
        let mut action = Action::new(roster.group.vocabulary());
        for (id, value) in variables.given {
            action.set(id, value);
        }
        let offered = variables.offered;
        for id in &offered {
            action.offer(*id);
        }
        derived::fill(&mut action, &roster, &|id| offered.contains(&id));
        let standings = vec![Standing::Open(None); roster.seats.len()];
        let timings = roster.tally.times_this_run().then(|| vec![Timing::default(); roster.seats.len()]);
        Self {
            id,
            request,
            roster,
            action,
            blind: None,
            offered,
            unavailable: Vec::new(),
            standings,
            lacking: Vec::new(),
            conditions: 0,
            exceeded: false,
            rounds: 1,
            rules_us: 0,
            timings,
            asked: Vec::new(),
            volunteered: Vec::new(),
            likely: Vec::new(),
            is_recalled: false,
            stash: None,
        }
    }

    /// Takes over what another evaluation of the same inputs found.
    pub(super) fn adopt(&mut self, standings: Vec<Standing>, conditions: u32, exceeded: bool) {
        self.standings = standings;
        self.conditions = conditions;
        self.exceeded = exceeded;
    }

    /// Bytes that it holds, about.
    pub(super) fn weight(&self) -> u64 {
        let ids = &self.roster.group.ids;
        let values = ids.iter().filter_map(|id| self.action.value(*id)).map(wikiward_rules::Value::weight);
        values.sum::<u64>().saturating_add(4096)
    }

    /// Evaluates all filters for the first time.
    pub(super) fn begin(&mut self, scratch: &mut Scratch, watch: &Watch<'_>) {
        let roster = self.roster.clone();
        let limit = roster.conditions_limit();
        let interrupt = || watch.is_over();
        let is_compat = roster.settings.budget_policy == crate::snapshot::BudgetPolicy::Compat;
        let mut has_open = false;
        let mut open_limited = Vec::new();
        for part in &roster.parts {
            let options = Options { conditions_max: limit.saturating_sub(self.conditions), ..Options::default() };
            let rules = &part.rules;
            let outcomes = match &mut self.timings {
                None => rules.evaluate_until(&self.action, options, &mut scratch.set, Some(&interrupt)),
                Some(timings) => {
                    let mut last = watch.clock.now();
                    let after = |number: usize| {
                        let seat = part.seats.get(number);
                        if let Some(timing) = seat.and_then(|seat| timings.get_mut(*seat)) {
                            let now = watch.clock.now();
                            timing.nanos += nanos(last, now);
                            last = now;
                        }
                    };
                    rules.evaluate_watched(&self.action, options, &mut scratch.set, Some(&interrupt), after)
                }
            };
            let mut is_spent = false;
            for (seat, outcome) in part.seats.iter().zip(outcomes) {
                let standing = match &outcome.verdict {
                    _ if is_spent => Standing::LeftOut(NotEvaluatedWhy::Conditions),
                    Verdict::Match => Standing::Match,
                    Verdict::NoMatch => Standing::NoMatch,
                    Verdict::Needs(id) => Standing::Open(Some(*id)),
                    Verdict::Error(error) => failed(error, watch),
                };
                match standing {
                    Standing::Open(_) => has_open = true,
                    Standing::LeftOut(NotEvaluatedWhy::Conditions) => {
                        self.exceeded = true;
                        is_spent = !is_compat;
                        open_limited.push(*seat);
                    }
                    _ => self.conditions = self.conditions.saturating_add(outcome.conditions),
                }
                if let Some(slot) = self.standings.get_mut(*seat) {
                    *slot = standing;
                }
                if let Some(timing) = self.timings.as_mut().and_then(|timings| timings.get_mut(*seat)) {
                    timing.conditions = outcome.conditions;
                }
            }
        }
        if has_open && self.exceeded && !is_compat {
            // What the waiting filters used is not spent yet: those behind them get their turn when it is known.
            self.exceeded = false;
            for seat in open_limited {
                if let Some(slot) = self.standings.get_mut(seat) {
                    *slot = Standing::Open(None);
                }
            }
        }
    }

    /// Takes in what the caller supplied, and what it could not.
    pub(super) fn supply(&mut self, variables: Variables, unavailable: Vec<VariableId>) {
        for (id, value) in variables.given {
            if !self.asked.contains(&id) {
                self.volunteered.push(id);
            }
            self.unavailable.retain(|other| *other != id);
            if let Some(blind) = &mut self.blind {
                blind.set(id, value.clone());
            }
            self.action.set(id, value);
        }
        let is_new = |id: &VariableId| self.action.value(*id).is_none() && !self.unavailable.contains(id);
        let unavailable: Vec<VariableId> = unavailable.into_iter().filter(is_new).collect();
        self.fill();
        self.lose(unavailable);
        self.rounds += 1;
    }

    fn fill(&mut self) {
        let (offered, roster) = (&self.offered, &self.roster);
        derived::fill(&mut self.action, roster, &|id| offered.contains(&id));
    }

    fn lose(&mut self, ids: Vec<VariableId>) {
        if ids.is_empty() && self.blind.is_some() {
            let (offered, unavailable, roster) = (&self.offered, &self.unavailable, &self.roster);
            if let Some(blind) = &mut self.blind {
                derived::fill(blind, roster, &|id| offered.contains(&id) && !unavailable.contains(&id));
            }
            return;
        }
        if ids.is_empty() {
            return;
        }
        for id in ids {
            // A name that was never offered can be had no more than one that was.
            if !self.offered.contains(&id) {
                self.offered.push(id);
                self.action.offer(id);
            }
            self.unavailable.push(id);
        }
        let group = &self.roster.group;
        let mut blind = Action::new(group.vocabulary());
        for id in &group.ids {
            if let Some(value) = self.action.value(*id) {
                blind.set(*id, value.clone());
            }
        }
        let is_offered = |id: VariableId| self.offered.contains(&id) && !self.unavailable.contains(&id);
        for id in &self.offered {
            if is_offered(*id) {
                blind.offer(*id);
            }
        }
        derived::fill(&mut blind, &self.roster, &is_offered);
        self.blind = Some(blind);
    }

    /// Evaluates the filters that wait, from their start. If `is_last`, what is still missing counts as unavailable.
    pub(super) fn go_on(&mut self, is_last: bool, scratch: &mut Scratch, watch: &Watch<'_>) {
        if is_last {
            let missing = self.offered.iter().copied();
            let missing = missing.filter(|id| self.action.value(*id).is_none() && !self.unavailable.contains(id));
            let missing: Vec<VariableId> = missing.collect();
            self.lose(missing);
        }
        let roster = self.roster.clone();
        let limit = roster.conditions_limit();
        let interrupt = || watch.is_over();
        let options = Options { conditions_max: limit.saturating_sub(self.conditions), ..Options::default() };
        let vocabulary = roster.group.vocabulary();
        let Scratch { plain, blind: blind_scratch, .. } = scratch;
        let mut full = Session::new(&self.action, vocabulary, options, plain);
        full.set_interrupt(&interrupt);
        let mut blind = self.blind.as_ref().map(|action| {
            let mut session = Session::new(action, vocabulary, options, blind_scratch);
            session.set_interrupt(&interrupt);
            session
        });
        let is_compat = roster.settings.budget_policy == crate::snapshot::BudgetPolicy::Compat;
        let mut left = options.conditions_max;
        let order = roster.parts.iter().flat_map(|part| part.seats.iter().copied());
        for seat in order {
            let Some(standing @ Standing::Open(_)) = self.standings.get_mut(seat) else { continue };
            let Some(filter) = roster.seats.get(seat).map(|seat| &seat.filter) else { continue };
            if self.exceeded && !is_compat {
                *standing = Standing::LeftOut(NotEvaluatedWhy::Conditions);
                continue;
            }
            let began = self.timings.is_some().then(|| watch.clock.now());
            let mut evaluation = full.evaluate(&filter.rule);
            if let (End::Needs(asked), Some(blind)) = (&evaluation.end, &mut blind) {
                let wanted = derived::wanted(*asked, &self.action, &roster.group);
                if self.unavailable.contains(&wanted) {
                    if !self.lacking.contains(&(seat, wanted)) {
                        self.lacking.push((seat, wanted));
                    }
                    evaluation = blind.evaluate(&filter.rule);
                }
            }
            if let (Some(began), Some(timing)) = (began, self.timings.as_mut().and_then(|it| it.get_mut(seat))) {
                timing.nanos += nanos(began, watch.clock.now());
                timing.conditions = evaluation.conditions;
            }
            let is_over = evaluation.conditions > left;
            *standing = match &evaluation.end {
                _ if is_over => Standing::LeftOut(NotEvaluatedWhy::Conditions),
                End::Value(value) if value.is_true() => Standing::Match,
                End::Value(_) => Standing::NoMatch,
                End::Needs(id) => Standing::Open(Some(*id)),
                End::Error(error) => failed(error, watch),
            };
            match standing {
                Standing::Open(_) => {}
                Standing::LeftOut(NotEvaluatedWhy::Conditions) => self.exceeded = true,
                _ => {
                    left = left.saturating_sub(evaluation.conditions);
                    self.conditions = self.conditions.saturating_add(evaluation.conditions);
                }
            }
        }
    }

    /// Seats of the filters that wait for a variable, each with the variable that the caller must supply.
    pub(super) fn wants(&self) -> Vec<(usize, VariableId)> {
        let action = self.blind.as_ref().unwrap_or(&self.action);
        let wanted = |(seat, standing): (usize, &Standing)| match standing {
            Standing::Open(Some(asked)) => Some((seat, derived::wanted(*asked, action, &self.roster.group))),
            _ => None,
        };
        self.standings.iter().enumerate().filter_map(wanted).collect()
    }

    /// Variables that the waiting filters need, each with the number of filters; the cheapest first. `others` are needed by
    /// something else.
    pub(super) fn needs(&self, others: &[VariableId]) -> Vec<(VariableId, u32)> {
        let group = &self.roster.group;
        let mut needs: Vec<(VariableId, u32)> = others.iter().map(|id| (*id, 0)).collect();
        for (_, wanted) in self.wants() {
            match needs.iter_mut().find(|(id, _)| *id == wanted) {
                Some((_, count)) => *count += 1,
                None => needs.push((wanted, 1)),
            }
        }
        needs.sort_by_key(|(id, _)| (group.offered(*id).map(|offered| offered.cost), *id));
        needs
    }

    /// Variables of which is known whether the filters needed them.
    pub(super) fn could_ask(&self) -> Vec<VariableId> {
        self.offered.iter().copied().filter(|id| !self.volunteered.contains(id)).collect()
    }

    /// Whether the caller can still be asked for a variable.
    pub(super) fn can_ask(&self, id: VariableId) -> bool {
        self.offered.contains(&id) && !self.unavailable.contains(&id) && self.action.value(id).is_none()
    }

    /// Whether the caller offered a variable and could not supply it.
    pub(super) fn is_lost(&self, id: VariableId) -> bool {
        self.unavailable.contains(&id)
    }

    /// Whether a filter waits for a variable.
    pub(super) fn is_waiting(&self) -> bool {
        self.standings.iter().any(|standing| matches!(standing, Standing::Open(_)))
    }

    /// Variables that the waiting filters may read beside those that they ask for now.
    pub(super) fn may_need(&self) -> Vec<VariableId> {
        let group = &self.roster.group;
        let mut found = Vec::new();
        let waiting = self.standings.iter().zip(&self.roster.seats);
        for (_, seat) in waiting.filter(|(standing, _)| matches!(standing, Standing::Open(_))) {
            for name in seat.filter.rule.variables() {
                if let Some(id) = group.vocabulary().id(name) {
                    self.reach(id, &mut found);
                }
            }
        }
        found
    }

    fn reach(&self, id: VariableId, found: &mut Vec<VariableId>) {
        if found.contains(&id) || self.action.value(id).is_some() {
            return;
        }
        if self.offered.contains(&id) && !self.unavailable.contains(&id) {
            found.push(id);
        }
        for input in self.roster.group.inputs(id) {
            self.reach(input, found);
        }
    }
}

pub(super) fn failed(error: &RuleError, watch: &Watch<'_>) -> Standing {
    match error.id {
        ErrorId::ConditionLimit => Standing::LeftOut(NotEvaluatedWhy::Conditions),
        ErrorId::WorkLimit if watch.is_over.get() => Standing::LeftOut(NotEvaluatedWhy::Time),
        id => Standing::Failed(id, error.position),
    }
}
