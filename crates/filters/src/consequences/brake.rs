//! What the emergency brake is asked before consequences run.

use super::Case;
use crate::brake::compat::CompatLimits;
use crate::brake::mark::Named;
use crate::brake::{BrakeSettings, Mark};
use crate::model::Class;
use crate::snapshot::LiveFilter;
use std::net::IpAddr;
use std::sync::Arc;
use wikiward_farm::{ActorType, Timestamp, WikiId};

/// Classes of consequences that are withheld.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "classes that are each withheld or not, by themselves")]
pub struct Latched {
    /// Class D.
    pub destructive: bool,
    /// Class O; with it, D and N.
    pub obstructive: bool,
    /// Class N.
    pub nuisance: bool,
    /// Nothing takes the place of a withheld consequence that would have stopped the action: AbuseFilter's way.
    pub without_refusal: bool,
}

impl Latched {
    /// What is withheld by one or the other.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            destructive: self.destructive || other.destructive,
            obstructive: self.obstructive || other.obstructive,
            nuisance: self.nuisance || other.nuisance,
            // A plain refusal stays as soon as one of them wants it.
            without_refusal: (self.without_refusal || !self.destructive)
                && (other.without_refusal || !other.destructive),
        }
    }

    /// Whether consequences of `class` are withheld. Silent ones never are.
    pub fn holds(self, class: Class) -> bool {
        match class {
            Class::Silent => false,
            Class::Nuisance => self.nuisance || self.obstructive,
            Class::Obstructive => self.obstructive,
            Class::Destructive => self.destructive || self.obstructive,
        }
    }
}

/// A match that would have an effect: what the brake's statistics count.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what a filter would do, each by itself")]
pub struct EffectiveHit<'a> {
    /// The filter.
    pub filter: &'a LiveFilter,
    /// The action.
    pub case: &'a Case<'a>,
    /// Classes of the consequences that would run.
    pub classes: &'a [Class],
    /// Whether one of them would stop the action.
    pub refuses: bool,
    /// Whether a range would be blocked.
    pub blocks_range: bool,
    /// Whether groups would be removed.
    pub degroups: bool,
    /// Whether the filter was asked about already in this evaluation: its warning was withheld, and now the rest is meant.
    pub is_again: bool,
}

/// Somebody who does something on a wiki: what the brake needs to know of an action, whether any filter matches it or not.
#[derive(Debug, Clone, Copy)]
pub struct Acting<'a> {
    /// The moment.
    pub now: Timestamp,
    /// The wiki.
    pub wiki: &'a WikiId,
    /// The group of filters.
    pub group: &'a str,
    /// Kind of action.
    pub kind: &'a str,
    /// What names the action on the wiki.
    pub action_id: &'a str,
    /// A part of its evaluation's id.
    pub evaluation: u64,
    /// The user's id, if registered.
    pub id: Option<i64>,
    /// The user's name.
    pub name: &'a str,
    /// What kind of user.
    pub actor_type: ActorType,
    /// The user's groups.
    pub groups: &'a [String],
    /// The user's edits.
    pub edit_count: Option<i64>,
    /// Seconds since registration.
    pub age_s: Option<i64>,
    /// Whether the user is blocked, if that is known.
    pub is_blocked: Option<bool>,
    /// The address.
    pub ip: Option<IpAddr>,
    /// What the wiki says about the brake.
    pub settings: &'a BrakeSettings,
    /// Filters whose brake is AbuseFilter's own.
    pub compat: &'a [Arc<LiveFilter>],
    /// Its numbers for the group.
    pub compat_limits: CompatLimits,
    /// Whether it is the farm's central wiki: only there it counts for farm-wide filters.
    pub is_central: bool,
}

impl<'a> Acting<'a> {
    /// Who acts, in clear.
    pub fn named(&self) -> Named<'a> {
        Named { wiki: self.wiki, id: self.id, name: self.name, ip: self.ip }
    }
}

/// An action as the brake's statistics have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "facts that are each true or not, by themselves")]
pub struct Observed {
    /// The account.
    pub person: Mark,
    /// Its range (/24, /48).
    pub range: Mark,
    /// The account for people in good standing, else the range (/16, /32).
    pub origin: Mark,
    /// Whether the actor is in good standing, single filters apart.
    pub is_good: bool,
    /// Whether the actor would be in good standing, had it been seen before.
    pub is_grown: bool,
    /// Whether it is an account with a name of its own.
    pub is_named: bool,
    /// Whether it is the origin's first action of this kind within the clock hour.
    pub is_observation: bool,
}

/// What came of a filter that matched.
#[derive(Debug, Clone, Copy)]
pub struct Met<'a> {
    /// The filter.
    pub filter: &'a LiveFilter,
    /// Whether it did anything beside counting, or would have without the brake.
    pub is_effective: bool,
    /// Whether it left a row.
    pub leaves_row: bool,
}

/// Says, inside the evaluation and before anything runs, which classes of a filter's consequences are withheld on a wiki.
pub trait Brake: Send + Sync {
    /// Counts an action that is judged in earnest, before what its matches do is decided.
    fn observe(&self, acting: &Acting<'_>) -> Option<Observed>;

    /// The classes that are withheld, this match taken into account; it counts if the case was observed.
    fn latched(&self, hit: &EffectiveHit<'_>) -> Latched;

    /// What was observed is decided: the filters that matched, and whether the action is stopped.
    fn over(&self, acting: &Acting<'_>, observed: &Observed, matched: &[Met<'_>], is_stopped: bool);
}

/// Withholds nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoBrake;

impl Brake for NoBrake {
    fn observe(&self, _: &Acting<'_>) -> Option<Observed> {
        None
    }

    fn over(&self, _: &Acting<'_>, _: &Observed, _: &[Met<'_>], _: bool) {}

    fn latched(&self, _: &EffectiveHit<'_>) -> Latched {
        Latched::default()
    }
}
