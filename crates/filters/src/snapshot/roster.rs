//! The filters that judge the actions of one group on one wiki, ready to run.

use super::compile::{Compiler, Words};
use super::live::{LiveCandidate, LiveFilter, OptOut};
use super::settings::{BudgetPolicy, WikiSettings};
use crate::groups::{Cost, Derive, Group, Source};
use crate::model::{BrakeProfile, Tier};
use crate::profile::Tally;
use std::sync::Arc;
use wikiward_farm::WikiId;
use wikiward_rules::vocabulary::VariableId;
use wikiward_rules::{RuleSet, Vocabulary, derive};

/// A group with the words of its rules.
#[derive(Debug)]
pub struct LiveGroup {
    /// The group.
    pub group: Group,
    /// Its words.
    pub(super) words: Words,
    /// By number of the variable: what is known of it, for those that the group offers.
    offered: Vec<Option<OfferedVariable>>,
    /// Numbers of the variables that the group offers.
    pub ids: Vec<VariableId>,
    /// Variables of the group that are computed here, with their inputs.
    pub derived: Vec<DerivedVariable>,
}

/// What is known of a variable that a group offers.
#[derive(Debug, Clone, Copy)]
pub struct OfferedVariable {
    /// What it costs the wiki when it is asked for.
    pub cost: Cost,
    /// Whether only protected filters may read it.
    pub is_protected: bool,
}

/// A variable of the group that is computed here.
#[derive(Debug)]
pub struct DerivedVariable {
    /// Which one.
    pub id: VariableId,
    /// How.
    pub derive: Derive,
    /// From which.
    pub inputs: Vec<VariableId>,
}

impl LiveGroup {
    pub(super) fn new(group: Group, compiler: &Compiler) -> Self {
        let words = compiler.words(group.vocabulary());
        let vocabulary = &words.vocabulary;
        let mut offered = vec![None; vocabulary.len()];
        let mut derived = Vec::new();
        let mut ids = Vec::new();
        for variable in group.offered() {
            let Some(id) = vocabulary.exact_id(variable.name) else { continue };
            let cost = if let Source::Lazy(cost) = variable.source { cost } else { Cost::default() };
            if let Some(slot) = offered.get_mut(id.index()) {
                *slot = Some(OfferedVariable { cost, is_protected: variable.is_protected });
            }
            ids.push(id);
            if let Source::Derived(derive) = variable.source {
                let inputs = derive.inputs().into_iter().filter_map(|name| vocabulary.exact_id(name)).collect();
                derived.push(DerivedVariable { id, derive, inputs });
            }
        }
        Self { group, words, offered, ids, derived }
    }

    /// A group by itself, whose words are shared with nobody.
    pub(crate) fn alone(group: Group) -> Self {
        Self::new(group, &Compiler::default())
    }

    /// The words of its rules.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.words.vocabulary
    }

    /// What is known of a variable, if the group offers it.
    pub fn offered(&self, id: VariableId) -> Option<OfferedVariable> {
        self.offered.get(id.index()).copied().flatten()
    }

    /// The variable of that name, if the group offers it.
    pub fn variable(&self, name: &str) -> Option<VariableId> {
        self.vocabulary().exact_id(name).filter(|id| self.offered(*id).is_some())
    }

    /// Inputs of a derived variable, whether the group or the language derives it; empty for others.
    pub fn inputs(&self, id: VariableId) -> Vec<VariableId> {
        if let Some(own) = self.derived.iter().find(|own| own.id == id) {
            return own.inputs.clone();
        }
        let names = derive::derivable(self.vocabulary().name(id)).unwrap_or_default();
        names.iter().filter_map(|name| self.vocabulary().exact_id(name)).collect()
    }
}

/// A filter's place in a roster.
#[derive(Debug, Clone)]
pub struct Seat {
    /// The filter.
    pub filter: Arc<LiveFilter>,
    /// How the wiki has it differently.
    pub optout: Option<OptOut>,
    /// Candidates that run beside it.
    pub candidates: Arc<[Arc<LiveCandidate>]>,
}

impl Seat {
    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.filter, &other.filter)
            && self.optout == other.optout
            && self.candidates.iter().map(|candidate| candidate.id).eq(other.candidates.iter().map(|it| it.id))
    }
}

/// Filters that run together.
#[derive(Debug)]
pub struct Part {
    /// Their rules.
    pub rules: Arc<RuleSet>,
    /// Places of their filters in [`Roster::seats`], in the order of the rules.
    pub seats: Vec<usize>,
}

/// The filters that judge the actions of one group on one wiki, in the order of the book: higher priority first, then the
/// wiki's own before farm-wide ones, then by number.
#[derive(Debug)]
pub struct Roster {
    /// The wiki.
    pub wiki: WikiId,
    /// The group.
    pub group: Arc<LiveGroup>,
    /// The wiki's settings.
    pub settings: Arc<WikiSettings>,
    /// Number of the change since which it is as it is.
    pub since: i64,
    /// The filters.
    pub seats: Vec<Seat>,
    /// Filters in the shadow, which run after the answer and have no effect.
    pub shadow: Vec<Seat>,
    /// The rules of those in the shadow, in their order.
    pub shadow_rules: Arc<RuleSet>,
    /// Candidates, each with the place of its filter in [`Roster::seats`]; they run after the answer, too.
    pub candidates: Vec<(usize, Arc<LiveCandidate>)>,
    /// Their rules, in their order.
    pub candidate_rules: Arc<RuleSet>,
    /// What all of them did.
    pub tally: Arc<Tally>,
    /// Those that run together: critical ones before the others, or all in their order.
    pub parts: Vec<Part>,
    /// Filters whose brake is AbuseFilter's own.
    pub compat: Vec<Arc<LiveFilter>>,
    /// By number of the variable: whether a rule reads it, or a derived variable that needs it.
    uses: Vec<bool>,
}

impl Roster {
    pub(super) fn new(
        wiki: WikiId,
        group: Arc<LiveGroup>,
        settings: Arc<WikiSettings>,
        seats: Vec<Seat>,
        since: i64,
        compiler: &Compiler,
    ) -> Self {
        let (shadow, seats): (Vec<Seat>, Vec<Seat>) = seats.into_iter().partition(|seat| seat.filter.is_shadow);
        let all: Vec<usize> = (0..seats.len()).collect();
        let is_critical = |place: &usize| seats.get(*place).is_some_and(|seat| seat.filter.tier == Tier::Critical);
        let lists = match settings.budget_policy {
            BudgetPolicy::Compat => vec![all],
            BudgetPolicy::Tiered => {
                let (critical, normal): (Vec<usize>, Vec<usize>) = all.into_iter().partition(is_critical);
                vec![critical, normal]
            }
        };
        let parts = lists.into_iter().filter(|list| !list.is_empty()).map(|list| Part {
            rules: compiler.set(list.iter().filter_map(|place| seats.get(*place)), &group.words),
            seats: list,
        });
        let parts = parts.collect();
        let mut uses = vec![false; group.vocabulary().len()];
        let beside = |(place, seat): (usize, &Seat)| -> Vec<(usize, Arc<LiveCandidate>)> {
            seat.candidates.iter().map(|candidate| (place, candidate.clone())).collect()
        };
        let candidates: Vec<_> = seats.iter().enumerate().flat_map(beside).collect();
        let rules = seats.iter().chain(&shadow).map(|seat| &seat.filter.rule);
        let rules = rules.chain(candidates.iter().map(|(_, candidate)| &candidate.filter.rule));
        for name in rules.clone().flat_map(|rule| rule.variables()) {
            if let Some(id) = group.vocabulary().id(name) {
                mark(&group, id, &mut uses);
            }
        }
        let shadow_rules = compiler.set(shadow.iter(), &group.words);
        let tried: Vec<Seat> = candidates
            .iter()
            .map(|(_, candidate)| Seat {
                filter: Arc::new(candidate.filter.clone()),
                optout: None,
                candidates: Arc::default(),
            })
            .collect();
        let candidate_rules = compiler.set(tried.iter(), &group.words);
        let keys = |seats: &'_ [Seat]| seats.iter().map(|seat| seat.filter.key.clone()).collect::<Vec<_>>();
        let tally = Tally::new(&wiki, &group.group.name, keys(&seats).iter(), keys(&shadow).iter());
        let is_compat = |seat: &&Seat| match seat.filter.brake_profile {
            BrakeProfile::Standard => settings.brake.profile_default == BrakeProfile::Compat,
            profile => profile == BrakeProfile::Compat,
        };
        let compat = seats.iter().filter(is_compat).map(|seat| seat.filter.clone()).collect();
        let tally = Arc::new(tally);
        Self {
            wiki,
            group,
            settings,
            since,
            seats,
            shadow,
            shadow_rules,
            candidates,
            candidate_rules,
            tally,
            parts,
            compat,
            uses,
        }
    }

    pub(super) fn is_same(&self, group: &Arc<LiveGroup>, settings: &Arc<WikiSettings>, seats: &[Seat]) -> bool {
        Arc::ptr_eq(&self.group, group)
            && self.settings == *settings
            && self.seats.len() + self.shadow.len() == seats.len()
            && {
                let (shadow, live): (Vec<&Seat>, Vec<&Seat>) = seats.iter().partition(|seat| seat.filter.is_shadow);
                let are_same = |ours: &[Seat], theirs: &[&Seat]| {
                    ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| ours.is_same(theirs))
                };
                are_same(&self.seats, &live) && are_same(&self.shadow, &shadow)
            }
    }

    /// Whether any rule may read the variable.
    pub fn uses(&self, id: VariableId) -> bool {
        self.uses.get(id.index()).copied().unwrap_or(false)
    }

    /// Conditions that its filters may use together.
    pub fn conditions_limit(&self) -> u32 {
        self.settings.conditions_limit.unwrap_or(self.group.group.limits.conditions)
    }

    /// Its name and state in answers: `default@5123`.
    pub fn label(&self) -> String {
        format!("{}@{}", self.group.group.name, self.since)
    }
}

/// Marks a variable and what it is derived from. Chains of derivation are at most two long.
fn mark(group: &LiveGroup, id: VariableId, uses: &mut [bool]) {
    if let Some(used) = uses.get_mut(id.index())
        && !std::mem::replace(used, true)
    {
        for input in group.inputs(id) {
            mark(group, input, uses);
        }
    }
}

/// Puts filters into the order in which they run.
pub(super) fn sort(seats: &mut [Seat]) {
    seats.sort_by_key(|seat| {
        let filter = &seat.filter;
        (std::cmp::Reverse(filter.priority), filter.key.wiki.is_farm(), filter.key.number)
    });
}
