//! What the brake would have said: the actions of a backtest, replayed in the order of time.
//!
//! Replayed are the actions that are in the sample, as the brake saw them then; what the rule would have done goes through the
//! same decision as a verdict. Where everything was kept that is what would have happened, had the rule been saved at the
//! beginning of the time. Where a part was kept, hits and observations are thinned alike: the shares that the brake goes by stay
//! the same, and the latch comes later than it would have.

use crate::archive::{Facts, StoredAction};
use crate::brake::compat::CompatLimits;
use crate::brake::latch::class_letter;
use crate::brake::live::replay::{Foreseen, Replay};
use crate::consequences::{self, Acting, Captcha, Case, Decision, Matched, Met, Observed};
use crate::judge::Counters;
use crate::model::{Actions, BrakeProfile, FilterKey, FilterNumber, Privacy, Tier, Version};
use crate::snapshot::{LiveFilter, Roster, Seat, Snapshot};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{ActorType, Timestamp, WikiId};
use wikiward_rules::Rule;
use wikiward_store::Sealer;

/// Why there is no forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoForecast {
    /// None of the actions was seen by the brake.
    NotObserved,
    /// The rule would do nothing that the brake watches.
    Harmless,
    /// The filter is braked by AbuseFilter's own algorithm.
    Compat,
}

impl NoForecast {
    /// As answered.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotObserved => "not_observed",
            Self::Harmless => "harmless",
            Self::Compat => "compat",
        }
    }
}

/// Whether the brake would have stopped the rule.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Forecast {
    /// Actions that were replayed.
    pub replayed: u64,
    /// Share of the actions of that time that they are, 0 to 1. Below 1 the latch would have come sooner.
    pub coverage: f64,
    /// The consequences that the rule was taken to have.
    pub consequences: Vec<String>,
    /// Matches among the replayed actions before the latch; all of them without one.
    pub matches: u64,
    /// The first latch, if there would have been one.
    pub latch: Option<ForeseenLatch>,
    /// Why nothing can be said, if so.
    pub none: Option<NoForecast>,
}

/// A latch that would have come, with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForeseenLatch {
    /// When, in microseconds since 1970.
    pub at: i64,
    /// On which wiki.
    pub wiki: String,
    /// `D`, `O` or `N`.
    pub class: String,
    /// `A`, `B` or `C`.
    pub path: String,
    /// Kind of action.
    pub kind: String,
    /// People in good standing who had been hit within 24 hours.
    pub people: u32,
    /// Ranges that they came from.
    pub ranges: u32,
    /// The sum of path A.
    pub sum: f64,
    /// What it trips at.
    pub threshold: f64,
    /// Distinct origins hit within the clock hour.
    pub matched_origins: u32,
    /// All distinct origins within the clock hour.
    pub all_origins: u32,
    /// Distinct targets of what was destroyed, within an hour and a day.
    pub destroyed: (u32, u32),
}

/// One action as it is replayed.
#[derive(Debug, Clone)]
pub(super) struct Step {
    at: i64,
    /// Place among the scenes.
    scene: u32,
    observed: Observed,
    /// Who acted on what, if the rule matches.
    hit: Option<Box<Hit>>,
}

#[derive(Debug, Clone)]
struct Hit {
    actor_id: Option<i64>,
    actor_name: String,
    actor_type: ActorType,
    facts: Facts,
    ns: i64,
    title: String,
    page_id: Option<i64>,
}

/// Actions on their way to a replay.
#[derive(Debug, Default)]
pub(crate) struct Film {
    steps: Vec<Step>,
    scenes: Vec<(WikiId, String, String)>,
    stand_for: f64,
}

/// What a rule is taken to be, beside its text.
#[derive(Debug, Clone)]
pub(crate) struct Cast {
    pub(crate) key: Option<FilterKey>,
    pub(crate) actions: Actions,
    pub(crate) brake_profile: BrakeProfile,
}

impl Film {
    /// Takes in an action that is in the sample.
    pub(crate) fn add(&mut self, action: &StoredAction, is_match: bool) {
        let (Some(observed), Some(drawn)) = (action.observed, action.drawn) else { return };
        self.stand_for += drawn;
        let is_it = |it: &(WikiId, String, String)| it.0 == action.wiki && it.1 == action.group && it.2 == action.kind;
        let scene = self.scenes.iter().position(is_it).unwrap_or_else(|| {
            self.scenes.push((action.wiki.clone(), action.group.clone(), action.kind.clone()));
            self.scenes.len() - 1
        });
        let hit = is_match.then(|| {
            Box::new(Hit {
                actor_id: action.actor.id,
                actor_name: action.actor.name.clone(),
                actor_type: action.actor.kind,
                facts: action.facts.clone(),
                ns: action.target.ns,
                title: action.target.title.clone(),
                page_id: action.target.page_id,
            })
        });
        let scene = u32::try_from(scene).unwrap_or(u32::MAX);
        self.steps.push(Step { at: micros(action.at), scene, observed, hit });
    }

    /// Replays what was taken in. `rule` is the rule, which is not asked again.
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 53 bits")]
    pub(crate) fn replay(mut self, snapshot: &Snapshot, rule: &Arc<Rule>, cast: &Cast, sealer: &Sealer) -> Forecast {
        self.steps.sort_by_key(|step| step.at);
        let replayed = u64::try_from(self.steps.len()).unwrap_or(u64::MAX);
        let mut forecast = Forecast {
            replayed,
            coverage: if self.stand_for > 0.0 { (replayed as f64 / self.stand_for).min(1.0) } else { 0.0 },
            consequences: cast.actions.iter().map(|(name, _)| name.to_owned()).collect(),
            ..Forecast::default()
        };
        let Some(first) = self.steps.first() else {
            forecast.none = Some(NoForecast::NotObserved);
            return forecast;
        };
        let seat = seat(rule, cast, from_micros(first.at));
        let rosters: HashMap<u32, Arc<Roster>> = (0_u32..)
            .zip(&self.scenes)
            .filter_map(|(place, (wiki, group, _))| Some((place, snapshot.roster(wiki, group).ok()?)))
            .collect();
        if rosters.values().any(|roster| is_compat(&seat.filter, roster)) {
            forecast.none = Some(NoForecast::Compat);
            return forecast;
        }
        if rosters.values().all(|roster| is_harmless(&seat.filter, roster, snapshot)) {
            forecast.none = Some(NoForecast::Harmless);
            return forecast;
        }
        let (brake, mut counters) = (Replay::default(), Counters::default());
        for step in &self.steps {
            let (Some(roster), Some((wiki, _, kind))) =
                (rosters.get(&step.scene), self.scenes.get(step.scene as usize))
            else {
                continue;
            };
            let acting = acting(step, wiki, kind, roster);
            let observed = brake.see(&acting, &step.observed);
            let Some(hit) = &step.hit else {
                consequences::Brake::over(&brake, &acting, &observed, &[], false);
                continue;
            };
            forecast.matches += 1;
            let matched = Matched { seat: &seat, is_degraded: false, ref_code: String::new() };
            let circumstances = case(step, hit, wiki, kind, roster, snapshot, observed);
            let matched = [matched];
            let decided = consequences::decide(&matched, &circumstances, &counters, sealer, &brake);
            counters.apply(&decided.changes, acting.now);
            let met = decided.filters.first().map(|taken| Met {
                filter: &seat.filter,
                is_effective: !taken.taken.is_empty() && taken.leaves_row() || !taken.withheld.is_empty(),
                leaves_row: taken.leaves_row(),
            });
            let is_stopped = decided.decision == Decision::Refuse;
            consequences::Brake::over(&brake, &acting, &observed, met.as_slice(), is_stopped);
            if let Some(foreseen) = brake.latched_meanwhile() {
                forecast.latch = Some(foreseen.into());
                break;
            }
        }
        forecast
    }
}

fn seat(rule: &Arc<Rule>, cast: &Cast, armed_from: Timestamp) -> Seat {
    let none = || FilterKey { wiki: WikiId::farm(), number: FilterNumber(0) };
    let key = cast.key.clone().unwrap_or_else(none);
    let filter = LiveFilter {
        gid: key.gid(),
        key,
        version: Version(0),
        name: String::new(),
        group: String::new(),
        priority: 0,
        tier: Tier::Normal,
        privacy: Privacy::default(),
        scope: None,
        actions: cast.actions.clone(),
        aged_from: armed_from,
        armed_from,
        brake_profile: cast.brake_profile,
        uses_protected: Vec::new(),
        is_shadow: false,
        rule: rule.clone(),
    };
    Seat { filter: Arc::new(filter), optout: None, candidates: Arc::default() }
}

fn is_compat(filter: &LiveFilter, roster: &Roster) -> bool {
    match filter.brake_profile {
        BrakeProfile::Standard => roster.settings.brake.profile_default == BrakeProfile::Compat,
        profile => profile == BrakeProfile::Compat,
    }
}

/// Whether nothing that the filter does here is of a class that the brake watches.
fn is_harmless(filter: &LiveFilter, roster: &Roster, snapshot: &Snapshot) -> bool {
    use crate::model::{Class, Consequence};
    let class = |name: &str| match Consequence::find(name) {
        Some(consequence) => consequence.class(),
        None => snapshot.registry().consequences.get(name).map(|custom| custom.class),
    };
    let watched = |name: &str| {
        roster.settings.runs(name)
            && roster.group.group.allows(name)
            && class(name).is_some_and(|class| class != Class::Silent)
    };
    !filter.actions.iter().any(|(name, _)| watched(name))
}

fn acting<'a>(step: &'a Step, wiki: &'a WikiId, kind: &'a str, roster: &'a Roster) -> Acting<'a> {
    let facts = step.hit.as_ref();
    Acting {
        now: from_micros(step.at),
        wiki,
        group: &roster.group.group.name,
        kind,
        action_id: "",
        evaluation: 0,
        id: facts.and_then(|hit| hit.actor_id),
        name: facts.map_or("", |hit| &hit.actor_name),
        actor_type: facts.map_or(ActorType::Unknown, |hit| hit.actor_type),
        groups: facts.map_or(&[], |hit| &hit.facts.groups),
        edit_count: facts.and_then(|hit| hit.facts.edit_count),
        age_s: facts.and_then(|hit| hit.facts.age_s),
        is_blocked: facts.and_then(|hit| hit.facts.is_blocked),
        ip: None,
        settings: &roster.settings.brake,
        compat: &[],
        compat_limits: CompatLimits::of_group(&roster.group.group.brake),
        is_central: roster.settings.is_central,
    }
}

fn case<'a>(
    step: &Step,
    hit: &'a Hit,
    wiki: &'a WikiId,
    kind: &'a str,
    roster: &'a Roster,
    snapshot: &'a Snapshot,
    observed: Observed,
) -> Case<'a> {
    Case {
        now: from_micros(step.at),
        wiki,
        kind,
        actor_id: hit.actor_id,
        actor_name: &hit.actor_name,
        actor_type: hit.actor_type,
        actor_groups: &hit.facts.groups,
        edit_count: hit.facts.edit_count,
        age_s: hit.facts.age_s,
        ip: None,
        session_key: None,
        target_ns: hit.ns,
        target_title: &hit.title,
        page_id: hit.page_id,
        captcha: Captcha::Unsolved,
        settings: &roster.settings,
        group: &roster.group.group,
        registry: snapshot.registry(),
        observed: Some(observed),
    }
}

impl From<Foreseen> for ForeseenLatch {
    fn from(it: Foreseen) -> Self {
        // The marks of people stay behind.
        let evidence = it.evidence;
        Self {
            at: micros(it.at),
            wiki: it.wiki.to_string(),
            class: class_letter(it.class).to_string(),
            path: it.path.letter().to_owned(),
            kind: evidence.kind,
            people: evidence.people,
            ranges: evidence.ranges,
            sum: evidence.sum,
            threshold: evidence.threshold,
            matched_origins: evidence.matched_origins,
            all_origins: evidence.all_origins,
            destroyed: evidence.destroyed,
        }
    }
}
