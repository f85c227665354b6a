//! What a scenario is made of.

use super::expectation::Expectation;
use crate::brake::Limits;
use crate::brake::compat::CompatLimits;

/// A wiki.
#[derive(Debug, Clone, PartialEq)]
pub struct WikiSize {
    /// Its name.
    pub name: String,
    /// Actions of the kind a day.
    pub per_day: f64,
    /// People in good standing.
    pub people: u32,
    /// Share of the actions that are theirs.
    pub good_share: f64,
    /// How unequally they act: the k-th busiest acts `1 / k^zeal` as often as the busiest.
    pub zeal: f64,
    /// Days of which the brake has data when the filter is saved.
    pub days: f64,
    /// Whether the wiki tells what came of actions: its baseline is clean.
    pub has_feedback: bool,
}

/// What ordinary traffic looks like while it is looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Traffic {
    /// Share that comes, of what usually does.
    pub share: f64,
    /// How far the usual is from what comes, beyond `share`: each run has its own factor, `exp` of a normal number with this
    /// deviation.
    pub baseline_error: f64,
    /// How much more comes at the busiest than at the mean time of a day, 0 to 1; as much less at the quietest.
    pub rhythm: f64,
    /// Mean number of actions that somebody does one after another; 1 for actions that do not know of each other.
    pub burst: f64,
    /// Mean seconds between two of them.
    pub burst_gap_s: f64,
}

impl Traffic {
    /// Actions that do not know of each other, as many as usual at every time of the day.
    pub const EVEN: Self = Self { share: 1.0, baseline_error: 0.0, rhythm: 0.0, burst: 1.0, burst_gap_s: 60.0 };
}

/// What the filter does to an action that it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "consequences that a filter has or has not, each by itself")]
pub struct Consequences {
    /// It blocks and thereby refuses; who met it acts no more.
    pub block: bool,
    /// It blocks the range and thereby refuses; nobody of that range acts any more.
    pub block_range: bool,
    /// It takes autopromotion away and thereby refuses; who met it acts on.
    pub take_autopromotion: bool,
    /// It removes from groups and thereby refuses; who met it acts on.
    pub degroup: bool,
    /// It refuses.
    pub disallow: bool,
    /// It warns; who met it may go on.
    pub warn: bool,
}

impl Consequences {
    /// Whether something is taken away.
    pub const fn destroys(self) -> bool {
        self.block || self.block_range || self.take_autopromotion || self.degroup
    }

    /// Whether the action is refused.
    pub const fn stops(self) -> bool {
        self.disallow || self.destroys()
    }
}

/// What is known of the rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Share of ordinary actions that it matches once it is bad.
    pub matches: f64,
    /// Whether those matches have consequences; not below a rate limit.
    pub is_effective: bool,
    /// What it does.
    pub consequences: Consequences,
    /// Of all actions of AbuseFilter's group, the share that is of this kind.
    pub kind_share: f64,
}

/// Attempts that the rule is meant for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attack {
    /// How many, spread evenly by chance.
    pub attempts: u32,
    /// From so many accounts and addresses.
    pub addresses: u32,
    /// In so many ranges.
    pub ranges: u32,
    /// Of the accounts, those in good standing: bought or stolen.
    pub standing: u32,
    /// Within so many minutes.
    pub minutes: f64,
}

/// Several wikis of which each has traffic of its own, and one filter for all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Farm {
    /// How many, all of the same kind. The first is the central one.
    pub wikis: u32,
    /// On so many the rule is bad, and the attack comes; the last ones, so that the central one is among them only if all are.
    pub concerned: u32,
    /// So many minutes later on each than on the one before.
    pub apart_minutes: f64,
}

impl Farm {
    /// A wiki by itself.
    pub const ONE: Self = Self { wikis: 1, concerned: 1, apart_minutes: 0.0 };
}

/// Why a person reactivates the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It was an attack: people of the evidence do not count any more.
    Attack,
    /// The matches are right: people of the evidence are remembered as rightly hit.
    Accepted,
    /// Neither.
    Other,
}

/// A person who reactivates the filter, on all wikis at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reactivation {
    /// So many minutes after a latch.
    pub after_minutes: f64,
    /// Why.
    pub reason: Reason,
    /// How often at most.
    pub times: u32,
}

/// A time in which the service cannot write down what the brake knows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outage {
    /// Minutes after the rule turned bad and the attack began.
    pub begins_minutes: f64,
    /// For so many minutes.
    pub minutes: f64,
    /// Whether destructive consequences are withheld meanwhile.
    pub softens: bool,
    /// Whether the service is started anew at its end: what came since its beginning is forgotten.
    pub restarts: bool,
}

/// A scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Its number or name in the table.
    pub number: String,
    /// What happens.
    pub title: String,
    /// Where.
    pub wiki: WikiSize,
    /// Ordinary traffic.
    pub traffic: Traffic,
    /// The filter.
    pub rule: Rule,
    /// Hours after the save at which the rule turns bad and the attack begins.
    pub begins_hours: f64,
    /// The attack, if there is one.
    pub attack: Option<Attack>,
    /// The wikis that the filter is for.
    pub farm: Farm,
    /// Who reactivates it, if somebody does.
    pub reactivation: Option<Reactivation>,
    /// When nothing can be written, if there is such a time.
    pub outage: Option<Outage>,
    /// Hours that are looked at from then on.
    pub hours: f64,
    /// The numbers of the brake.
    pub limits: Limits,
    /// The numbers of AbuseFilter's algorithm.
    pub compat: CompatLimits,
    /// What AbuseFilter's algorithm is known or wanted to do.
    pub expects_compat: Expectation,
    /// What the brake is known or wanted to do.
    pub expects_standard: Expectation,
}

impl Scenario {
    /// A day on `wiki` with a filter that blocks, matches nobody, and is not attacked.
    pub fn plain(number: &str, title: &str, wiki: WikiSize) -> Self {
        Self {
            number: number.to_owned(),
            title: title.to_owned(),
            wiki,
            traffic: Traffic::EVEN,
            rule: Rule {
                matches: 0.0,
                is_effective: true,
                consequences: Consequences { block: true, ..Consequences::default() },
                kind_share: 1.0,
            },
            begins_hours: 0.0,
            attack: None,
            farm: Farm::ONE,
            reactivation: None,
            outage: None,
            hours: 24.0,
            limits: Limits::default(),
            compat: CompatLimits::default(),
            expects_compat: Expectation::default(),
            expects_standard: Expectation::default(),
        }
    }
}
