//! What brakes look like over HTTP.

use crate::filters::Place;
use crate::text::time;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use wikiward_farm::{Right, Timestamp, Viewer, WikiId};
use wikiward_filters::brake::latch::class_letter;
use wikiward_filters::brake::live::{ByStanding, Statistics, numbers};
use wikiward_filters::life::Braked;
use wikiward_filters::model::{Class, Filter};

/// A hold of the brake that is going on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HoldBody {
    pub(super) hold_id: String,
    pub(super) from: String,
    pub(super) until: String,
    pub(super) by: String,
    pub(super) reason: String,
    /// Letters of the classes that would have latched meanwhile.
    pub(super) would_have_latched: Vec<String>,
}

/// What the brake has decided about a filter on a wiki.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BrakeState {
    /// Letters of the classes that are withheld: `D`, `O` (with it all), `N`.
    pub(super) latched: Vec<String>,
    /// Names the latches as they stand; another one with each new latch.
    pub(super) latch_id: Option<String>,
    pub(super) since: Option<String>,
    /// Whether it is latched on all wikis.
    pub(super) farm_wide: bool,
    /// Whether nobody in good standing has been hit for long enough: it looks safe to reactivate.
    pub(super) recovering: bool,
    pub(super) hold: Option<HoldBody>,
    /// The end of a lockdown that was declared.
    pub(super) lockdown_until: Option<String>,
    /// What led to the hardest latch; of it only path and time for who may not see details.
    pub(super) evidence: Option<Value>,
}

/// One class that is withheld.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LatchBody {
    /// `D`, `O` or `N`.
    pub(super) class: String,
    /// `A`: harm to people in good standing; `B`: normal traffic went missing; `C`: too much was destroyed; `farm`: latched on
    /// several wikis.
    pub(super) path: &'static str,
    pub(super) since: String,
    pub(super) recovering_since: Option<String>,
    /// The numbers; absent for who may not see details.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) evidence: Option<Value>,
}

/// A filter's brake.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BrakeBody {
    pub(super) id: String,
    pub(super) wiki: String,
    pub(super) version: u32,
    /// `standard`, `lockdown` or `compat`.
    pub(super) profile: &'static str,
    #[serde(flatten)]
    pub(super) state: BrakeState,
    pub(super) latches: Vec<LatchBody>,
    /// Ceilings of the filter's own: distinct targets in an hour (`h`) and a day (`day`); null if it has those of its group.
    pub(super) caps: Option<Value>,
    /// What is counted, by kind of action; absent for who may not see details.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) statistics: Option<Vec<StatisticsBody>>,
}

/// Path A for one class.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct HarmBody {
    pub(super) class: String,
    /// The sum, less what observations since the last hit take back.
    #[serde(rename = "S")]
    pub(super) sum: f64,
    /// What it trips at.
    pub(super) h: f64,
    /// People in good standing who were hit within 24 hours.
    pub(super) people: u32,
    /// Ranges that they came from.
    pub(super) ranges: u32,
}

/// Path B; absent while nothing is expected, or the filter hits nobody.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MissingBody {
    /// The evidence.
    #[serde(rename = "T")]
    pub(super) pull: f64,
    /// What it trips at.
    pub(super) h: f64,
    /// Observations that were expected.
    pub(super) expected: f64,
    /// Those that came and were not matched.
    pub(super) unmatched: u64,
    /// Distinct origins that were matched.
    pub(super) matched: usize,
}

/// Hits of the last day by the standing of who was hit.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ByStandingBody {
    /// People in good standing.
    pub(super) good: u32,
    /// Other accounts with a name.
    pub(super) named: u32,
    /// Addresses and temporary accounts.
    pub(super) unnamed: u32,
}

/// What would have latched.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WouldBody {
    pub(super) class: String,
    pub(super) path: &'static str,
    pub(super) at: String,
}

/// What the brake has counted for one kind of action.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StatisticsBody {
    pub(super) kind: String,
    pub(super) harm: Vec<HarmBody>,
    pub(super) missing: Option<MissingBody>,
    /// Distinct targets of what was destroyed within an hour and a day, and the ceilings.
    pub(super) destroyed_1h: u32,
    pub(super) destroyed_24h: u32,
    pub(super) cap_1h: u32,
    pub(super) cap_24h: u32,
    pub(super) good_per_day: f64,
    pub(super) matched_origins_1h: u32,
    pub(super) all_origins_1h: u32,
    /// Whether what is expected leaves out who was reverted, deleted or blocked since.
    pub(super) is_clean: bool,
    pub(super) hits_24h: ByStandingBody,
    /// Of a filter that only tags or leaves rows: what would have been braked, had it refused.
    pub(super) would_have_latched: Option<WouldBody>,
}

impl From<ByStanding> for ByStandingBody {
    fn from(ByStanding { good, named, unnamed }: ByStanding) -> Self {
        Self { good, named, unnamed }
    }
}

impl From<Statistics> for StatisticsBody {
    fn from(it: Statistics) -> Self {
        let round = |number: f64| (number * 1e4).round() / 1e4;
        let harm = it.readings.harm.iter().map(|harm| HarmBody {
            class: letter(harm.class),
            sum: round(harm.sum),
            h: round(harm.threshold),
            people: harm.people,
            ranges: harm.ranges,
        });
        let missing = it.readings.missing.map(|missing| MissingBody {
            pull: round(missing.pull),
            h: round(missing.threshold),
            expected: round(missing.expected),
            unmatched: missing.unmatched,
            matched: missing.matched,
        });
        let would = it.would_have.map(|(class, path, at)| WouldBody {
            class: class.to_string(),
            path: path.letter(),
            at: time(at),
        });
        Self {
            harm: harm.collect(),
            missing,
            destroyed_1h: it.readings.destroyed.0,
            destroyed_24h: it.readings.destroyed.1,
            cap_1h: it.caps.0,
            cap_24h: it.caps.1,
            good_per_day: round(it.good_per_day),
            matched_origins_1h: it.origins.0,
            all_origins_1h: it.origins.1,
            is_clean: it.is_clean,
            hits_24h: it.hits.into(),
            would_have_latched: would,
            kind: it.kind,
        }
    }
}

/// Ceilings of a filter's own.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CapsWrite {
    /// Distinct targets in an hour, 1 to 500; both null: those of the group.
    pub(super) cap_1h: Option<u32>,
    /// Distinct targets in a day, `cap_1h` to 500.
    pub(super) cap_24h: Option<u32>,
    /// 3 to 500 characters.
    pub(super) reason: String,
}

/// Why latches are released.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ReactivateBody {
    /// `attack`: its people do not count against the filter for 30 days; `accepted`: the matches are right; `other`: see
    /// `reason`.
    pub(super) reason_code: String,
    /// 3 to 500 characters with `other`.
    #[serde(default)]
    pub(super) reason: String,
    /// Letters of the classes meant; all if none is named.
    #[serde(default)]
    pub(super) classes: Vec<String>,
    /// The latch that was looked at: if there is another one now, nothing is done.
    #[serde(default)]
    pub(super) expect_latch: Option<String>,
}

/// Several filters to be reactivated.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ReactivateManyBody {
    /// 1 to 50 filters.
    pub(super) ids: Vec<String>,
    /// `attack`, `accepted` or `other`.
    pub(super) reason_code: String,
    /// 3 to 500 characters with `other`.
    #[serde(default)]
    pub(super) reason: String,
    /// Letters of the classes meant; all if none is named.
    #[serde(default)]
    pub(super) classes: Vec<String>,
}

/// What came of one of several filters.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReactivatedBody {
    pub(super) id: String,
    pub(super) reactivated: bool,
    /// The problem's code, if it was not.
    pub(super) code: Option<&'static str>,
    pub(super) detail: Option<String>,
}

/// What came of several filters.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReactivatedManyBody {
    pub(super) items: Vec<ReactivatedBody>,
}

/// A hold that is wished for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct HoldWrite {
    /// 60 to what the wiki allows (3,600 if it says nothing).
    pub(super) seconds: u32,
    /// 3 to 500 characters.
    pub(super) reason: String,
    /// Another person with the right will confirm it; needed beyond the holds of a day, and for one's own fresh edits.
    #[serde(default)]
    pub(super) second_person: bool,
}

/// What a hold would do; to be looked at, then confirmed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HoldSheetBody {
    pub(super) hold_id: String,
    pub(super) confirm_token: String,
    pub(super) confirm_until: String,
    /// Whether somebody else must confirm it.
    pub(super) second_person: bool,
    /// Letters of the classes that would be released.
    pub(super) releases: Vec<String>,
    /// Distinct targets of destructive consequences, in an hour and a day, at which it latches all the same.
    pub(super) caps: Value,
    /// Holds of the filter here in the last seven days.
    pub(super) holds_7d: u32,
    /// Seconds of holds in the last 24 hours.
    pub(super) held_24h_s: u32,
    /// Who was hit within 24 hours, by standing; null for who may not see details.
    pub(super) hits_24h: Option<ByStandingBody>,
    /// The brake as it stands.
    pub(super) brake: BrakeBody,
}

/// A lockdown: the rule is meant to be broad.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct LockdownBody {
    /// 60 to 604,800; 0 ends one that goes on.
    pub(super) seconds: u32,
    /// 3 to 500 characters.
    pub(super) reason: String,
}

/// A hold that is confirmed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct HoldConfirm {
    pub(super) confirm_token: String,
    /// What was looked at, in 3 to 500 characters.
    pub(super) acknowledge: String,
}

pub(super) fn letter(class: Class) -> String {
    class_letter(class).to_string()
}

fn evidence(braked: &Braked, class: Class, shows_detail: bool) -> Option<Value> {
    let latch = braked.latch(class)?;
    let mut numbers = if shows_detail { numbers(class, &latch.evidence) } else { json!({}) };
    if let Some(numbers) = numbers.as_object_mut() {
        numbers.insert("path".into(), json!(latch.path.letter()));
        numbers.insert("since".into(), json!(time(latch.since)));
    }
    Some(numbers)
}

/// What led to the hardest latch; only path and time unless `shows_detail`.
pub(super) fn newest_evidence(braked: &Braked, shows_detail: bool) -> Option<Value> {
    evidence(braked, *braked.latched().first()?, shows_detail)
}

/// Whether the caller sees who and how many stand behind a latch.
pub(crate) fn shows_detail(viewer: &Viewer, wiki: &WikiId) -> bool {
    viewer.may(Right::LogDetail, wiki)
}

impl BrakeState {
    /// What was decided, as it is seen at `now`.
    pub fn new(braked: &Braked, shows_detail: bool, now: Timestamp) -> Self {
        let latched = braked.latched();
        let hold = braked.hold(now).map(|hold| HoldBody {
            hold_id: hold.id.clone(),
            from: time(hold.from),
            until: time(hold.until),
            by: hold.by.clone(),
            reason: hold.reason.clone(),
            would_have_latched: hold.would_have.iter().map(|(letter, ..)| letter.to_string()).collect(),
        });
        Self {
            latch_id: braked.latch_id().map(str::to_owned),
            since: braked.since().map(time),
            farm_wide: braked.farm.is_latched(),
            recovering: braked.is_recovering(),
            hold,
            lockdown_until: braked.lockdown(now).map(time),
            evidence: newest_evidence(braked, shows_detail),
            latched: latched.into_iter().map(letter).collect(),
        }
    }
}

/// A filter's brake, as `viewer` may see it at `now`.
pub(super) fn body(filter: &Filter, braked: &Braked, viewer: &Viewer, place: &Place, now: Timestamp) -> BrakeBody {
    let shows_detail = shows_detail(viewer, &place.wiki);
    let latches = braked.latched().into_iter().filter_map(|class| {
        let latch = braked.latch(class)?;
        Some(LatchBody {
            class: letter(class),
            path: latch.path.letter(),
            since: time(latch.since),
            recovering_since: latch.recovering_since.map(time),
            evidence: shows_detail.then(|| numbers(class, &latch.evidence)),
        })
    });
    BrakeBody {
        id: if filter.key.wiki == place.wiki { filter.key.number.to_string() } else { filter.key.gid() },
        wiki: filter.key.wiki.to_string(),
        version: filter.version.0,
        profile: filter.draft.brake_profile.name(),
        latches: latches.collect(),
        caps: braked.own.caps.map(|(hour, day)| json!({"h": hour, "day": day})),
        statistics: None,
        state: BrakeState::new(braked, shows_detail, now),
    }
}
