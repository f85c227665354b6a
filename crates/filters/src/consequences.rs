//! What becomes of an action that filters matched.
//!
//! [`decide`] is a pure function of the matched filters, the circumstances, the counters as they stand and the brake. It
//! goes by the book's order: what runs here; `throttle`, then `warn`; the brake; of several blocks the longest; no plain
//! refusal beside one that comes with more; and within a filter a fixed order.
//!
//! What cannot be taken against a person (a group that nobody gave, an address that is not known) is left out first, so
//! that it never takes the place of a refusal.
//!
//! Begin reading at [`decide`].

pub mod brake;
mod expiry;
pub mod instruction;
mod plan;
pub mod states;

pub use brake::{Acting, Brake, EffectiveHit, Latched, Met, NoBrake, Observed};
pub use instruction::{Decision, Effect, FilterRef, Instruction, Message, Reason};
pub use states::States;

use crate::groups::{Group, Registry};
use crate::hits::record::CounterChange;
use crate::messages;
use crate::model::Consequence;
use crate::snapshot::{Seat, WikiSettings};
use plan::{Plan, Step, What};
use std::collections::BTreeMap;
use std::net::IpAddr;
use wikiward_farm::{ActorType, Timestamp, WikiId};
use wikiward_store::Sealer;

/// How long `rangeblock` lasts, in the wiki's words.
const RANGE_BLOCK_EXPIRY: &str = "1 week";

/// The reason of blocks and removals.
const REASON_KEY: &str = "abusefilter-blockreason";

/// How the person stands to challenges in this attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Captcha {
    /// None was solved.
    #[default]
    Unsolved,
    /// One was solved.
    Solved,
    /// The person never sees any.
    Exempt,
}

/// The circumstances of an action.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The moment.
    pub now: Timestamp,
    /// The wiki.
    pub wiki: &'a WikiId,
    /// Kind of action.
    pub kind: &'a str,
    /// The user's id, if registered.
    pub actor_id: Option<i64>,
    /// The user's name.
    pub actor_name: &'a str,
    /// What kind of user.
    pub actor_type: ActorType,
    /// The user's groups.
    pub actor_groups: &'a [String],
    /// The user's edits.
    pub edit_count: Option<i64>,
    /// Seconds since registration.
    pub age_s: Option<i64>,
    /// The address.
    pub ip: Option<IpAddr>,
    /// Tells apart sessions.
    pub session_key: Option<&'a str>,
    /// Namespace of the page.
    pub target_ns: i64,
    /// Title of the page, without the namespace.
    pub target_title: &'a str,
    /// The page's id; none or 0 if there is no page yet.
    pub page_id: Option<i64>,
    /// Challenges.
    pub captcha: Captcha,
    /// The wiki's settings.
    pub settings: &'a WikiSettings,
    /// The group of filters.
    pub group: &'a Group,
    /// Custom consequences.
    pub registry: &'a Registry,
    /// The action as the brake counted it; none if it does not count.
    pub observed: Option<Observed>,
}

/// A filter that matched.
#[derive(Debug)]
pub struct Matched<'a> {
    /// The filter.
    pub seat: &'a Seat,
    /// Whether it matched without a variable that it asked for.
    pub is_degraded: bool,
    /// By which people find its hit.
    pub ref_code: String,
}

/// What becomes of the action, and why.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decided {
    /// What becomes of it.
    pub decision: Decision,
    /// What the wiki does.
    pub instructions: Vec<Instruction>,
    /// What the person is told.
    pub messages: Vec<Message>,
    /// What each matched filter does, in their order.
    pub filters: Vec<Taken>,
    /// Counters and warnings that change.
    pub changes: Vec<CounterChange>,
}

/// What one matched filter does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taken {
    /// Names of the consequences taken, in the order in which they run.
    pub taken: Vec<String>,
    /// Names of those that the brake withheld.
    pub withheld: Vec<String>,
    /// What stands in for withheld ones, by name.
    pub substituted: BTreeMap<String, String>,
}

impl Taken {
    /// Whether the match leaves a row: all do but those that only counted.
    pub fn leaves_row(&self) -> bool {
        self.taken != [Consequence::Throttle.name()] || !self.withheld.is_empty()
    }
}

/// Decides what becomes of an action that `matched`, in filter order, matched.
pub fn decide(
    matched: &[Matched<'_>],
    case: &Case<'_>,
    states: &dyn States,
    sealer: &Sealer,
    brake: &dyn Brake,
) -> Decided {
    let mut plans: Vec<Plan<'_>> = matched.iter().map(|matched| Plan::new(matched, case)).collect();
    for plan in &mut plans {
        plan.hold_back(case, states, sealer, brake);
    }
    plan::keep_longest_block(&mut plans, case);
    plan::drop_redundant_refusals(&mut plans);
    let mut decided = Decided::default();
    for plan in plans {
        run(plan, case, &mut decided);
    }
    decided
}

fn run(plan: Plan<'_>, case: &Case<'_>, decided: &mut Decided) {
    let taken: Vec<String> = plan.steps.iter().map(|step| step.name().to_owned()).collect();
    for step in &plan.steps {
        decided.decision = decided.decision.max(decision_of(step));
        decided.instructions.extend(instruction(&plan, step, case));
        decided.messages.extend(message(&plan, step, case, &taken));
    }
    let Plan { withheld, substituted, changes, .. } = plan;
    decided.changes.extend(changes);
    decided.filters.push(Taken { taken, withheld, substituted });
}

fn decision_of(step: &Step<'_>) -> Decision {
    if step.refuses() {
        Decision::Refuse
    } else if step.is(Consequence::ShowCaptcha) {
        Decision::Challenge
    } else if step.is(Consequence::Warn) {
        Decision::Warn
    } else {
        Decision::Allow
    }
}

/// How answers name the filter of `seat`.
pub fn filter_ref(seat: &Seat) -> FilterRef {
    FilterRef { gid: seat.filter.gid.clone(), is_restricted: !seat.filter.privacy.is_public() }
}

fn params(plan: &Plan<'_>) -> Vec<String> {
    let filter = &plan.matched.seat.filter;
    messages::params(&filter.name, &filter.gid, filter.privacy).to_vec()
}

fn instruction(plan: &Plan<'_>, step: &Step<'_>, case: &Case<'_>) -> Option<Instruction> {
    let reason = || Reason { key: REASON_KEY.to_owned(), params: params(plan) };
    let user = || case.actor_name.to_owned();
    let effect = match step.what {
        What::Known(Consequence::Throttle | Consequence::Warn | Consequence::Disallow) => return None,
        What::Known(Consequence::ShowCaptcha) => Effect::ShowCaptcha,
        What::Known(Consequence::Tag) => Effect::Tag { tags: step.params.to_vec() },
        What::Known(Consequence::BlockAutopromote) => {
            let seconds = u64::from(case.settings.autopromote_hold_days) * 86_400;
            Effect::BlockAutopromote { user: user(), seconds }
        }
        What::Known(Consequence::Degroup) => {
            Effect::Degroup { user: user(), groups: plan::explicit_groups(case).cloned().collect(), reason: reason() }
        }
        What::Known(Consequence::RangeBlock) => Effect::RangeBlock {
            range: states::range(case.ip?, case.settings.range_v4, case.settings.range_v6),
            expiry: RANGE_BLOCK_EXPIRY.to_owned(),
            reason: reason(),
        },
        What::Known(Consequence::Block) => {
            let is_address = matches!(case.actor_type, ActorType::Ip);
            let creates = matches!(case.kind, "createaccount" | "autocreateaccount");
            Effect::Block {
                // Where nobody is registered the name may be the one asked for: the address is meant.
                user: case.ip.filter(|_| is_address).map_or_else(user, |ip| ip.to_string()),
                expiry: plan.block_expiry(case)?.to_owned(),
                talk: step.params.first().is_some_and(|flag| flag == "blocktalk"),
                suppress_log: is_address && creates,
                reason: reason(),
            }
        }
        What::Custom(custom) => Effect::Custom { name: custom.name.clone(), params: step.params.to_vec() },
    };
    Some(Instruction { effect, filter: Some(filter_ref(plan.matched.seat)) })
}

fn message(plan: &Plan<'_>, step: &Step<'_>, case: &Case<'_>, taken: &[String]) -> Option<Message> {
    let own = step.params.first().filter(|key| !key.is_empty());
    let key = match step.what {
        What::Known(consequence @ (Consequence::Warn | Consequence::Disallow)) => {
            own.map_or_else(|| case.group.default_message(consequence).to_owned(), Clone::clone)
        }
        What::Known(consequence) if step.refuses() => messages::key_of(consequence).to_owned(),
        What::Custom(_) if step.refuses() => case.group.default_message(Consequence::Disallow).to_owned(),
        _ => return None,
    };
    let is_warning = taken == [Consequence::Warn.name()];
    Some(Message {
        key,
        params: params(plan),
        code: if is_warning { "abusefilter-warning" } else { "abusefilter-disallowed" }.to_owned(),
        filter: Some(filter_ref(plan.matched.seat)),
        actions: taken.to_vec(),
        ref_code: plan.matched.ref_code.clone(),
    })
}

#[cfg(test)]
mod tests;
