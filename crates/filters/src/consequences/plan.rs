//! What one matched filter would do, step by step until it is what it will do.

use super::brake::{Brake, EffectiveHit};
use super::states::{self, States};
use super::{Captcha, Case, Matched, expiry};
use crate::groups::{CustomConsequence, DegradedPolicy};
use crate::hits::record::CounterChange;
use crate::model::{Class, Consequence};
use std::collections::BTreeMap;
use wikiward_farm::ActorType;
use wikiward_store::Sealer;

/// A consequence of a filter with its parameters.
#[derive(Debug, Clone)]
pub(super) struct Step<'a> {
    pub(super) what: What<'a>,
    pub(super) params: &'a [String],
}

#[derive(Debug, Clone, Copy)]
pub(super) enum What<'a> {
    Known(Consequence),
    Custom(&'a CustomConsequence),
}

/// Groups that nobody gives and nobody can take away.
const IMPLICIT_GROUPS: [&str; 5] = ["*", "user", "autoconfirmed", "named", "temp"];

impl<'a> Step<'a> {
    pub(super) fn is(&self, consequence: Consequence) -> bool {
        matches!(self.what, What::Known(known) if known == consequence)
    }

    pub(super) fn name(&self) -> &'a str {
        match self.what {
            What::Known(consequence) => consequence.name(),
            What::Custom(custom) => &custom.name,
        }
    }

    pub(super) fn class(&self) -> Option<Class> {
        match self.what {
            What::Known(consequence) => consequence.class(),
            What::Custom(custom) => Some(custom.class),
        }
    }

    fn is_destructive(&self) -> bool {
        self.class() == Some(Class::Destructive)
    }

    /// Whether it stops the action.
    pub(super) fn refuses(&self) -> bool {
        match self.what {
            What::Known(Consequence::Disallow) => true,
            What::Known(consequence) => consequence.class() == Some(Class::Destructive),
            What::Custom(custom) => custom.refuses,
        }
    }

    /// Whether it can be taken against this person at all.
    fn applies(&self, case: &Case<'_>) -> bool {
        let is_named = case.actor_type == ActorType::Named;
        match self.what {
            What::Known(Consequence::BlockAutopromote) => is_named,
            What::Known(Consequence::Degroup) => is_named && explicit_groups(case).next().is_some(),
            What::Known(Consequence::RangeBlock) => case.ip.is_some(),
            What::Known(Consequence::ShowCaptcha) => {
                let is_new_page = case.kind == "edit" && case.page_id.is_none_or(|id| id == 0);
                let triggers = &case.settings.captcha_triggers;
                let is_trigger = triggers.contains(case.kind) || (is_new_page && triggers.contains("create"));
                is_trigger && case.captcha == Captcha::Unsolved
            }
            What::Known(_) | What::Custom(_) => true,
        }
    }
}

/// Groups of the acting person that were given by somebody.
pub(super) fn explicit_groups<'c>(case: &Case<'c>) -> impl Iterator<Item = &'c String> {
    case.actor_groups.iter().filter(|group| !IMPLICIT_GROUPS.contains(&group.as_str()))
}

/// One matched filter on its way to what it does.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) matched: &'a Matched<'a>,
    /// What is still to be done, in the order in which it runs.
    pub(super) steps: Vec<Step<'a>>,
    pub(super) withheld: Vec<String>,
    pub(super) substituted: BTreeMap<String, String>,
    pub(super) changes: Vec<CounterChange>,
}

impl<'a> Plan<'a> {
    /// The filter's consequences that run here and can be taken against this person.
    pub(super) fn new(matched: &'a Matched<'a>, case: &Case<'a>) -> Self {
        let filter = &*matched.seat.filter;
        let is_farm = filter.key.wiki.is_farm();
        let may = |name: &str| {
            let is_dropped = matched.seat.optout.as_ref().is_some_and(|optout| optout.drops(name))
                || (is_farm && case.settings.locally_disabled.contains(name));
            !is_dropped && case.settings.runs(name) && case.group.allows(name)
        };
        let is_muted = matched.is_degraded && case.group.degraded_policy != DegradedPolicy::Enforce;
        let mut steps: Vec<Step<'a>> = filter
            .actions
            .iter()
            .filter(|(name, _)| may(name))
            .filter_map(|(name, params)| {
                let what = match Consequence::find(name) {
                    Some(consequence) => What::Known(consequence),
                    None => What::Custom(case.registry.consequences.get(name)?),
                };
                Some(Step { what, params })
            })
            .filter(|step| step.applies(case))
            .filter(|step| !is_muted || matches!(step.class(), None | Some(Class::Silent)))
            .collect();
        // Custom ones run last, by name.
        steps.sort_by_key(|step| match step.what {
            What::Known(consequence) => (0, Some(consequence)),
            What::Custom(_) => (1, None),
        });
        Self { matched, steps, withheld: Vec::new(), substituted: BTreeMap::new(), changes: Vec::new() }
    }

    pub(super) fn has(&self, consequence: Consequence) -> bool {
        self.steps.iter().any(|step| step.is(consequence))
    }

    fn keep_only(&mut self, consequence: Consequence) {
        self.steps.retain(|step| step.is(consequence));
    }

    fn drop(&mut self, consequence: Consequence) {
        self.steps.retain(|step| !step.is(consequence));
    }

    /// Lets `throttle` and then `warn` hold back the rest, and asks the brake about what is left.
    pub(super) fn hold_back(&mut self, case: &Case<'_>, states: &dyn States, sealer: &Sealer, brake: &dyn Brake) {
        let filter = &*self.matched.seat.filter;
        let mut counted = Vec::new();
        if self.has(Consequence::Throttle) {
            let throttled = states::throttle(filter, case, states, sealer);
            if !throttled.is_over {
                self.keep_only(Consequence::Throttle);
                self.changes = throttled.counted;
                return;
            }
            counted = throttled.counted;
            self.drop(Consequence::Throttle);
        }
        if self.has(Consequence::Warn) {
            let (digest, lasts_s) = states::warning(filter, case, sealer);
            if states.is_warned(&digest, case.now) {
                self.changes.push(CounterChange::WarnUsed { digest });
                self.drop(Consequence::Warn);
            } else {
                let rest: Vec<Step<'a>> =
                    self.steps.iter().filter(|step| !step.is(Consequence::Warn)).cloned().collect();
                self.keep_only(Consequence::Warn);
                self.brake(case, brake, false);
                if self.has(Consequence::Warn) {
                    // The counter is not increased for this attempt.
                    let ends_at = states::later(case.now, lasts_s);
                    self.changes.push(CounterChange::WarnShown { digest, ends_at });
                    return;
                }
                // Withheld: the rest proceeds as if the warning had been shown.
                self.steps = rest;
                self.changes.append(&mut counted);
                self.brake(case, brake, true);
                return;
            }
        }
        self.changes.append(&mut counted);
        self.brake(case, brake, false);
    }

    /// Takes away what the brake withholds; a plain refusal takes the place of one that stopped the action.
    fn brake(&mut self, case: &Case<'_>, brake: &dyn Brake, is_again: bool) {
        let mut classes: Vec<Class> = self.steps.iter().filter_map(Step::class).collect();
        let filter = &*self.matched.seat.filter;
        if classes.is_empty() {
            // What only leaves rows is counted, too: its editor is told what would become of it.
            if !filter.is_silent() {
                return;
            }
            classes.push(Class::Silent);
        }
        let refuses = self.steps.iter().any(Step::refuses);
        let (blocks_range, degroups) = (self.has(Consequence::RangeBlock), self.has(Consequence::Degroup));
        let hit = EffectiveHit { filter, case, classes: &classes, refuses, blocks_range, degroups, is_again };
        let latched = brake.latched(&hit);
        if !(latched.destructive || latched.obstructive || latched.nuisance) {
            return;
        }
        let has_disallow = self.has(Consequence::Disallow);
        let (withheld, left): (Vec<_>, Vec<_>) = std::mem::take(&mut self.steps)
            .into_iter()
            .partition(|step| step.class().is_some_and(|c| latched.holds(c)));
        self.steps = left;
        for step in &withheld {
            self.withheld.push(step.name().to_owned());
            let stays = !latched.obstructive && !latched.without_refusal && !has_disallow;
            if step.is_destructive() && step.refuses() && stays {
                self.substituted.insert(step.name().to_owned(), Consequence::Disallow.name().to_owned());
            }
        }
        if !self.substituted.is_empty() && !self.has(Consequence::Disallow) {
            let place = self.steps.iter().position(|step| match step.what {
                What::Known(consequence) => consequence > Consequence::Disallow,
                What::Custom(_) => true,
            });
            let plain = Step { what: What::Known(Consequence::Disallow), params: &[] };
            self.steps.insert(place.unwrap_or(self.steps.len()), plain);
        }
    }

    /// How long the filter's block lasts, in the wiki's words; none if it does not block.
    pub(super) fn block_expiry(&self, case: &'a Case<'_>) -> Option<&'a str> {
        let step = self.steps.iter().find(|step| step.is(Consequence::Block))?;
        let settings = case.settings;
        Some(match step.params {
            [_, unnamed, named, ..] => {
                if case.actor_type == ActorType::Named {
                    named
                } else {
                    unnamed
                }
            }
            // Older records hold the first parameter alone.
            _ if case.actor_type == ActorType::Named => &settings.block_duration,
            _ => settings.anon_block_duration.as_deref().unwrap_or(&settings.block_duration),
        })
    }
}

/// Keeps of several blocks the one that ends last, the first of equals.
pub(super) fn keep_longest_block(plans: &mut [Plan<'_>], case: &Case<'_>) {
    let mut longest: Option<(usize, expiry::Expiry)> = None;
    for (place, plan) in plans.iter().enumerate() {
        let Some(text) = plan.block_expiry(case) else { continue };
        let end = expiry::parse(text, case.now);
        if longest.is_none_or(|(_, other)| end > other) {
            longest = Some((place, end));
        }
    }
    for (place, plan) in plans.iter_mut().enumerate() {
        if longest.is_some_and(|(longest, _)| longest != place) {
            plan.drop(Consequence::Block);
        }
    }
}

/// Leaves out a plain refusal where a destructive consequence refuses anyway.
pub(super) fn drop_redundant_refusals(plans: &mut [Plan<'_>]) {
    for plan in plans {
        if plan.steps.iter().any(|step| step.is_destructive() && step.refuses()) {
            plan.drop(Consequence::Disallow);
        }
    }
}
