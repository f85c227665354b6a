//! Backtests as they are sent and answered.

use super::forecast::ForecastBody;
use crate::hits::{ActorBody, TargetBody};
use crate::problem::{Code, FieldError, Problem};
use crate::text::time;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use wikiward_farm::clock::from_micros;
use wikiward_farm::{ActorType, Timestamp};
use wikiward_filters::backtest::{Against, BacktestAsk, Counts, Diff, Estimate, Example, Job, Report, Sources, Spread};
use wikiward_filters::model::Version;

/// What is to be tested, and on what.
#[derive(Debug, Deserialize, ToSchema)]
pub struct BacktestWrite {
    /// The group that the rule is of.
    #[serde(default = "default_group")]
    pub group: String,
    /// The rule.
    pub rules: String,
    /// What it is compared with.
    #[serde(default)]
    pub against: Option<AgainstBody>,
    /// The consequences that the forecast takes it to have, with their parameters; those of the filter it is compared with if
    /// none are named, or else a refusal.
    #[serde(default)]
    #[schema(value_type = Option<BTreeMap<String, Vec<String>>>)]
    pub consequences: Option<Map<String, Value>>,
    /// Which actions.
    #[serde(default)]
    pub actions: ActionsAsked,
}

/// What a rule is compared with.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AgainstBody {
    /// `17`, or `global-17`.
    pub filter: String,
    /// The version; the present one if none is named.
    #[serde(default)]
    pub version: Option<u32>,
}

/// Which actions.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ActionsAsked {
    /// Kinds; any if none is named.
    pub kinds: Vec<String>,
    /// Not before, RFC 3339.
    pub from: Option<String>,
    /// Before, RFC 3339.
    pub to: Option<String>,
    /// `archive`, `hits` or both; both if none is named.
    pub sources: Vec<String>,
    /// `named`, `temp`, `ip`, `external`, `unknown`; any if none is named.
    pub actor_types: Vec<String>,
    /// Most actions, 1 to 1,000,000; 100,000 if it is not said.
    pub max: Option<u64>,
}

fn default_group() -> String {
    "default".to_owned()
}

fn wrong(field: &str, message: &str) -> Problem {
    Problem::new(Code::BadRequest, format!("`{field}`: {message}")).with_errors(vec![FieldError {
        code: Code::BadRequest.name().into(),
        field: field.into(),
        span: None,
        params: Vec::new(),
        message: message.into(),
    }])
}

impl BacktestWrite {
    pub(super) fn ask(self) -> Result<BacktestAsk, Problem> {
        let instant = |field: &str, text: Option<&String>| -> Result<Option<Timestamp>, Problem> {
            text.map(|text| text.parse().map_err(|_| wrong(field, "a time is written as in RFC 3339"))).transpose()
        };
        let asked = &self.actions;
        let mut sources = Sources { archive: asked.sources.is_empty(), hits: asked.sources.is_empty() };
        for source in &asked.sources {
            match source.as_str() {
                "archive" => sources.archive = true,
                "hits" => sources.hits = true,
                _ => return Err(wrong("actions.sources", "a source is archive or hits")),
            }
        }
        let kind = |name: &String| {
            ActorType::find(name)
                .ok_or_else(|| wrong("actions.actor_types", "a kind of actor is named, temp, ip, external or unknown"))
        };
        let texts = |value: Value| {
            serde_json::from_value(value)
                .map_err(|_| wrong("consequences", "a consequence has a list of texts as its parameters"))
        };
        let consequences = self.consequences.map(|named| {
            named.into_iter().map(|(name, value)| Ok((name, texts(value)?))).collect::<Result<_, Problem>>()
        });
        Ok(BacktestAsk {
            from: instant("actions.from", asked.from.as_ref())?,
            to: instant("actions.to", asked.to.as_ref())?,
            actor_types: asked.actor_types.iter().map(kind).collect::<Result<_, _>>()?,
            kinds: asked.kinds.clone(),
            max: asked.max,
            sources,
            consequences: consequences.transpose()?,
            against: self.against.map(|it| Against { gid: it.filter, version: it.version.map(Version) }),
            group: self.group,
            rules: self.rules,
        })
    }
}

/// How far a backtest is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProgressBody {
    /// 0 to 1.
    share: f64,
    /// Actions a second.
    per_second: f64,
    /// Seconds that it will take from here, if that can be said.
    left_s: Option<u64>,
}

/// A backtest.
#[derive(Debug, Serialize, ToSchema)]
pub struct BacktestBody {
    id: String,
    wiki: String,
    by: String,
    /// `running`, `done`, `cancelled`, `interrupted` (its process ended) or `failed`.
    state: String,
    created_at: String,
    ended_at: Option<String>,
    progress: ProgressBody,
    group: String,
    rules: String,
    against: Option<AgainstBody>,
    actions: ActionsAsked,
    /// What it found, so far or in all.
    report: ReportBody,
}

/// A page of backtests, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct BacktestPage {
    pub(super) items: Vec<BacktestBody>,
    /// Where the next page begins; null on the last one.
    pub(super) next: Option<String>,
}

/// How often a rule said what.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CountsBody {
    /// It matches.
    #[serde(rename = "match")]
    matched: u64,
    /// It does not.
    no_match: u64,
    /// It reads what is not known.
    undecided: u64,
    /// It ends with an error, and so does not match.
    error: u64,
}

/// Beside the rule that it is compared with.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DiffBody {
    /// Only the new one matches.
    gained: u64,
    /// Only the old one does.
    lost: u64,
    /// Both do.
    both: u64,
    /// Neither does.
    neither: u64,
    /// One of them is undecided.
    undecided: u64,
}

/// A number per day, and between which two it lies in 95 of 100 cases.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EstimateBody {
    value: f64,
    low: f64,
    high: f64,
}

/// A distribution in three numbers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SpreadBody {
    p50: u64,
    p95: u64,
    max: u64,
}

/// A variable that was not known.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MissingBody {
    name: String,
    /// Actions on which the rule wanted it.
    actions: u64,
}

/// What a backtest found.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportBody {
    /// Share of the actions of which the rule cannot say whether it matches, 0 to 1.
    undecided_share: f64,
    /// Variables that were not known, the one most wanted first.
    missing: Vec<MissingBody>,
    counts: CountsBody,
    /// Actions that the rule was tried on.
    actions: u64,
    /// How many actions they stand for.
    stand_for: f64,
    /// Why not all actions were looked at: `max` or `time`.
    cut: Option<String>,
    /// The oldest action that was looked at.
    oldest: Option<String>,
    diff: Option<DiffBody>,
    /// Matches a day; null where only hits were looked at.
    per_day: Option<EstimateBody>,
    /// Actions a day of which it is not known.
    undecided_per_day: Option<EstimateBody>,
    /// Days that these cover.
    days: f64,
    by_kind: BTreeMap<String, CountsBody>,
    by_standing: BTreeMap<String, CountsBody>,
    by_actor_type: BTreeMap<String, CountsBody>,
    by_outcome: BTreeMap<String, CountsBody>,
    /// Conditions of one action.
    conditions: SpreadBody,
    /// Microseconds of one action.
    time_us: SpreadBody,
    /// Null until the backtest is done.
    forecast: Option<ForecastBody>,
}

/// Actions of one class of a comparison.
#[derive(Debug, Serialize, ToSchema)]
pub struct BacktestExamples {
    pub(super) class: String,
    pub(super) items: Vec<BacktestExample>,
}

/// An action of a comparison.
#[derive(Debug, Serialize, ToSchema)]
pub struct BacktestExample {
    evaluation_id: String,
    wiki: String,
    at: String,
    kind: String,
    /// The name is empty where it is an address.
    actor: ActorBody,
    /// `good`, `other` or `unknown`.
    standing: String,
    target: TargetBody,
    /// `saved`, `reverted`, `refused`, `failed` or `unknown`.
    outcome: String,
    rev_id: Option<i64>,
    /// A hit of the action that may be seen.
    hit: Option<String>,
    /// The variable that was not known.
    missing: Option<String>,
}

impl From<Job> for BacktestBody {
    fn from(job: Job) -> Self {
        let ask = job.ask;
        let mut sources = Vec::new();
        sources.extend(ask.sources.archive.then(|| "archive".to_owned()));
        sources.extend(ask.sources.hits.then(|| "hits".to_owned()));
        Self {
            id: job.id.to_string(),
            wiki: job.wiki.to_string(),
            by: job.by_name,
            state: job.state.name().to_owned(),
            created_at: time(job.created_at),
            ended_at: job.ended_at.map(time),
            progress: ProgressBody {
                share: job.progress.share,
                per_second: job.progress.per_second,
                left_s: job.progress.left_s,
            },
            group: ask.group,
            rules: ask.rules,
            against: ask.against.map(|it| AgainstBody { filter: it.gid, version: it.version.map(|version| version.0) }),
            actions: ActionsAsked {
                kinds: ask.kinds,
                from: ask.from.map(time),
                to: ask.to.map(time),
                sources,
                actor_types: ask.actor_types.iter().map(|it| it.name().to_owned()).collect(),
                max: ask.max,
            },
            report: job.report.into(),
        }
    }
}

impl From<Counts> for CountsBody {
    fn from(it: Counts) -> Self {
        Self { matched: it.matched, no_match: it.no_match, undecided: it.undecided, error: it.error }
    }
}

impl From<Diff> for DiffBody {
    fn from(it: Diff) -> Self {
        Self { gained: it.gained, lost: it.lost, both: it.both, neither: it.neither, undecided: it.undecided }
    }
}

impl From<Estimate> for EstimateBody {
    fn from(it: Estimate) -> Self {
        Self { value: it.value, low: it.low, high: it.high }
    }
}

impl From<Spread> for SpreadBody {
    fn from(it: Spread) -> Self {
        Self { p50: it.p50, p95: it.p95, max: it.max }
    }
}

impl From<Report> for ReportBody {
    fn from(it: Report) -> Self {
        let split = |counts: BTreeMap<String, Counts>| {
            counts.into_iter().map(|(name, counts)| (name, CountsBody::from(counts))).collect()
        };
        Self {
            undecided_share: it.counts.undecided_share(),
            missing: it.missing.into_iter().map(|(name, actions)| MissingBody { name, actions }).collect(),
            counts: it.counts.into(),
            actions: it.actions,
            stand_for: it.stand_for,
            cut: it.cut.map(|why| why.name().to_owned()),
            oldest: it.oldest.map(|at| time(from_micros(at))),
            diff: it.diff.map(DiffBody::from),
            per_day: it.per_day.map(EstimateBody::from),
            undecided_per_day: it.undecided_per_day.map(EstimateBody::from),
            days: it.days,
            by_kind: split(it.by_kind),
            by_standing: split(it.by_standing),
            by_actor_type: split(it.by_actor_type),
            by_outcome: split(it.by_outcome),
            conditions: it.conditions.into(),
            time_us: it.time_us.into(),
            forecast: it.forecast.map(ForecastBody::from),
        }
    }
}

impl From<Example> for BacktestExample {
    fn from(it: Example) -> Self {
        Self {
            evaluation_id: wikiward_filters::judge::evaluation_name(it.evaluation_id),
            wiki: it.wiki.to_string(),
            at: time(it.at),
            kind: it.kind,
            actor: ActorBody { id: None, name: it.actor_name, kind: it.actor_type.name().to_owned() },
            standing: it.standing.to_owned(),
            target: TargetBody { ns: it.target_ns, title: it.target_title, page_id: None },
            outcome: it.outcome.to_owned(),
            rev_id: it.rev_id,
            hit: it.hit_id.map(|hit| hit.to_string()),
            missing: it.missing,
        }
    }
}
