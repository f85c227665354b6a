//! Statistics: what filters did, step by step.

use crate::auth::Person;
use crate::filters::Place;
use crate::json::{Json, Query};
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::Api;
use crate::text::time;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::{Clock, Timestamp};
use wikiward_filters::model::State as FilterState;
use wikiward_filters::profile::stats::{FilterLine, FilterStats, GroupStats, GroupStep, StatsError, WikiStats};
use wikiward_filters::profile::{FilterCounts, Histogram, Profile, Range};

/// The routes of statistics of filters; [`crate::farm`] mounts them for the farm, too.
pub(crate) fn filter_routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(filter))
}

/// The same for the farm, without the description.
pub(crate) fn farm_routes() -> Router<Api> {
    Router::new().route("/v1/farm/filters/{id}/stats", get(filter))
}

/// The routes of statistics of wikis.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(wiki))
}

/// Which span, in which steps.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct StatsQuery {
    /// Not before: RFC 3339; a day before `to` if it is not said. At most 90 days ago.
    from: Option<String>,
    /// Before: RFC 3339; now if it is not said.
    to: Option<String>,
    /// Seconds of a step: a multiple of 300 within the last day, of 3,600 before; at most 2,400 steps. If it is not said,
    /// five minutes up to six hours, hours up to a week, else six hours.
    step: Option<u32>,
}

impl StatsQuery {
    fn range(&self, now: Timestamp) -> Result<Range, Problem> {
        let time = |name: &str, text: &Option<String>| -> Result<Option<Timestamp>, Problem> {
            let bad = |_| Problem::new(Code::BadRequest, format!("`{name}` must be a time as RFC 3339 writes it"));
            text.as_ref().map(|text| text.parse().map_err(bad)).transpose()
        };
        let range = Range::new(time("from", &self.from)?, time("to", &self.to)?, self.step, now);
        range.map_err(|error| Problem::new(Code::BadRequest, error.to_string()))
    }
}

/// How values are spread. Of single filters these are samples; of a group, every action.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpreadBody {
    /// How many values.
    count: u64,
    /// Half of the values are not above this; read off classes, at most a half too high.
    p50: u64,
    p95: u64,
    p99: u64,
    max: u64,
    /// Their mean; null without values.
    mean: Option<f64>,
}

impl From<&Histogram> for SpreadBody {
    fn from(it: &Histogram) -> Self {
        let count = it.count();
        #[expect(clippy::cast_precision_loss, reason = "a mean that is shown needs no more than 52 bits")]
        let mean = (count > 0).then(|| (it.sum() as f64 / count as f64 * 10.0).round() / 10.0);
        let [p50, p95, p99] = [500, 950, 990].map(|per_mille| it.quantile(per_mille));
        Self { count, p50, p95, p99, max: it.max(), mean }
    }
}

/// What a filter did.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountsBody {
    evaluations: u64,
    matches: u64,
    /// Matches that left a row.
    hits: u64,
    /// Matches that stopped the action, for good or until it was repeated.
    refusals: u64,
    /// Matches by class of their consequences; one match may be of several.
    classes: ClassesBody,
    /// Evaluations that ended in an error.
    errors: u64,
    /// Evaluations that ran out of time or work.
    over_budget: u64,
    /// Evaluations without a variable that the rule asked for.
    degraded: u64,
    /// Actions for which there were no conditions left.
    skipped: u64,
    /// Timed evaluations of more than 50 ms.
    slow: u64,
    /// Of a filter in the shadow: runs that were left out.
    dropped: u64,
    /// Microseconds of timed evaluations: one in 64, and all for a while after a slow one.
    time_us: SpreadBody,
    /// Conditions of timed evaluations.
    conditions: SpreadBody,
}

/// Matches by class of their consequences.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClassesBody {
    destructive: u64,
    obstructive: u64,
    nuisance: u64,
    silent: u64,
}

impl From<&FilterCounts> for CountsBody {
    fn from(it: &FilterCounts) -> Self {
        Self {
            evaluations: it.evaluations,
            matches: it.matches,
            hits: it.hits,
            refusals: it.refusals,
            classes: ClassesBody {
                destructive: it.destructive,
                obstructive: it.obstructive,
                nuisance: it.nuisance,
                silent: it.silent,
            },
            errors: it.errors,
            over_budget: it.over_budget,
            degraded: it.degraded,
            skipped: it.skipped,
            slow: it.slow,
            dropped: it.dropped,
            time_us: SpreadBody::from(&it.time_us),
            conditions: SpreadBody::from(&it.conditions),
        }
    }
}

/// What a filter did in one step.
#[derive(Debug, Serialize, ToSchema)]
pub struct FilterStepBody {
    /// Beginning of the step.
    at: String,
    #[serde(flatten)]
    counts: CountsBody,
}

/// A variable that a filter asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct AskedBody {
    variable: String,
    /// How often the filter waited for it.
    times: u64,
    /// How often no other filter wanted it.
    alone: u64,
}

/// A change of the rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleChangeBody {
    at: String,
    /// The version that it became.
    version: u32,
}

/// What a filter did on a wiki; on the farm, on all wikis.
#[derive(Debug, Serialize, ToSchema)]
pub struct FilterStatsBody {
    /// `17`, or `global-17`.
    filter: String,
    name: String,
    state: &'static str,
    from: String,
    to: String,
    /// Seconds of a step.
    step: u32,
    /// Every step, oldest first, also those in which nothing happened.
    steps: Vec<FilterStepBody>,
    /// All steps together.
    total: CountsBody,
    /// Variables that the filter had the caller asked for.
    asked: Vec<AskedBody>,
    /// When the rule changed: counts before are those of another rule.
    rule_changes: Vec<RuleChangeBody>,
    /// Why it stands out now: `slow`, `degraded`, `failing`, `spike`, `never_matched`.
    marks: Vec<&'static str>,
    /// Of a filter in the shadow: the share of runs that were not left out, 0 to 1; null if it never ran.
    coverage: Option<f64>,
    /// On the farm: each wiki on which it ran, over the whole span.
    #[serde(skip_serializing_if = "Option::is_none")]
    wikis: Option<BTreeMap<String, CountsBody>>,
}

impl From<FilterStats> for FilterStatsBody {
    fn from(stats: FilterStats) -> Self {
        let asked = stats.total.asks.iter();
        let asked = asked.map(|(variable, (times, alone))| AskedBody {
            variable: variable.clone(),
            times: *times,
            alone: *alone,
        });
        let coverage = (stats.state == FilterState::Shadow).then(|| stats.total.coverage()).flatten();
        let steps = stats.range.steps().zip(&stats.steps);
        Self {
            from: time(stats.range.from),
            to: time(stats.range.to),
            step: stats.range.step_s,
            steps: steps.map(|(at, counts)| FilterStepBody { at: time(at), counts: counts.into() }).collect(),
            total: CountsBody::from(&stats.total),
            asked: asked.collect(),
            rule_changes: stats
                .rule_changes
                .iter()
                .map(|(at, version)| RuleChangeBody { at: time(*at), version: *version })
                .collect(),
            marks: stats.marks.iter().map(|mark| mark.name()).collect(),
            coverage,
            wikis: None,
            filter: stats.gid,
            name: stats.name,
            state: stats.state.name(),
        }
    }
}

/// Tells what a filter did, step by step, for a chart. Times and conditions are samples; everything else is exact, up to
/// the last minute of other nodes.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/filters/{id}/stats", tag = "stats", operation_id = "filter_stats",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`"), StatsQuery),
    responses((status = 200, body = FilterStatsBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn filter(
    State(profile): State<Arc<Profile>>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
    Query(query): Query<StatsQuery>,
) -> Result<Json<FilterStatsBody>, Problem> {
    let now = clock.now();
    let (range, gid) = (query.range(now)?, place.part("id"));
    if !place.wiki.is_farm() {
        return Ok(Json(profile.filter(&viewer, &place.wiki, gid, range, now).await?.into()));
    }
    let stats = profile.farm_filter(&viewer, gid, range, now).await?;
    let mut body = FilterStatsBody::from(stats.together);
    body.wikis = Some(stats.wikis.iter().map(|(wiki, counts)| (wiki.to_string(), counts.into())).collect());
    Ok(Json(body))
}

/// What the filters of a group did in one step.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupCountsBody {
    /// Actions that were judged.
    verdicts: u64,
    /// Actions that a filter matched which you may see.
    matched: u64,
    /// Matches that left a row, of filters that you may see; for who may see details.
    #[serde(skip_serializing_if = "Option::is_none")]
    hits: Option<u64>,
    /// Actions that a filter stopped which you may see; for who may see details.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<u64>,
    /// What can be said of all filters together only; for who may see every filter.
    #[serde(skip_serializing_if = "Option::is_none")]
    whole: Option<WholeBody>,
}

/// What all filters of a group did together.
#[derive(Debug, Serialize, ToSchema)]
pub struct WholeBody {
    /// Actions for which the conditions did not last.
    limit_reached: u64,
    /// Answers that asked for variables.
    needs: u64,
    /// Conditions that were used.
    conditions: u64,
    /// Microseconds that all filters took, of every action.
    time_us: SpreadBody,
    /// Actions that were not judged, by the caller's reason.
    not_judged: BTreeMap<String, u64>,
}

impl From<&GroupStep> for GroupCountsBody {
    fn from(it: &GroupStep) -> Self {
        let whole = it.whole.as_ref().map(|whole| WholeBody {
            limit_reached: whole.limit_reached,
            needs: whole.needs,
            conditions: whole.conditions,
            time_us: SpreadBody::from(&whole.time_us),
            not_judged: whole.unjudged.clone(),
        });
        Self { verdicts: it.verdicts, matched: it.matched, hits: it.hits, refused: it.refused, whole }
    }
}

/// What the filters of a group did in one step.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupStepBody {
    /// Beginning of the step.
    at: String,
    #[serde(flatten)]
    counts: GroupCountsBody,
}

/// What the filters of a group did.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupStatsBody {
    group: String,
    /// Every step, oldest first, also those in which nothing happened.
    steps: Vec<GroupStepBody>,
    /// All steps together.
    total: GroupCountsBody,
}

/// A filter over the whole span.
#[derive(Debug, Serialize, ToSchema)]
pub struct FilterLineBody {
    /// `17`, or `global-17`.
    filter: String,
    name: String,
    group: String,
    state: &'static str,
    #[serde(flatten)]
    counts: CountsBody,
}

/// What the filters of a wiki did.
#[derive(Debug, Serialize, ToSchema)]
pub struct WikiStatsBody {
    from: String,
    to: String,
    /// Seconds of a step.
    step: u32,
    /// Groups in which anything was judged.
    groups: Vec<GroupStatsBody>,
    /// Filters that ran and that you may see; for who may see details.
    #[serde(skip_serializing_if = "Option::is_none")]
    filters: Option<Vec<FilterLineBody>>,
}

impl From<WikiStats> for WikiStatsBody {
    fn from(stats: WikiStats) -> Self {
        let range = stats.range;
        let group = |it: GroupStats| {
            let steps = range.steps().zip(&it.steps);
            GroupStatsBody {
                steps: steps.map(|(at, step)| GroupStepBody { at: time(at), counts: step.into() }).collect(),
                total: GroupCountsBody::from(&it.total),
                group: it.group,
            }
        };
        let line = |it: FilterLine| FilterLineBody {
            counts: CountsBody::from(&it.counts),
            filter: it.gid,
            name: it.name,
            group: it.group,
            state: it.state.name(),
        };
        Self {
            from: time(range.from),
            to: time(range.to),
            step: range.step_s,
            groups: stats.groups.into_iter().map(group).collect(),
            filters: stats.filters.map(|filters| filters.into_iter().map(line).collect()),
        }
    }
}

/// Tells what the filters of a wiki did, step by step. Every sum counts filters that the viewer may see only; actions that
/// were judged are counted for everybody.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/stats", tag = "stats", operation_id = "wiki_stats",
    params(("wiki" = String, Path, description = "Database name of the wiki"), StatsQuery),
    responses((status = 200, body = WikiStatsBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn wiki(
    State(profile): State<Arc<Profile>>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
    Query(query): Query<StatsQuery>,
) -> Result<Json<WikiStatsBody>, Problem> {
    let now = clock.now();
    Ok(Json(profile.wiki(&viewer, &place.wiki, query.range(now)?, now).await?.into()))
}

impl From<StatsError> for Problem {
    fn from(error: StatsError) -> Self {
        match error {
            StatsError::NotFound => Self::not_found(),
            StatsError::Forbidden(right) => Self::forbidden(right),
            StatsError::TooMuch => Self::new(Code::BadRequest, error.to_string()),
            StatsError::Store(error) => error.into(),
        }
    }
}
