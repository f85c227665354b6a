//! Candidates: changed rules that run beside filters in force.

use crate::auth::Person;
use crate::backtests::ForecastBody;
use crate::cursor::Cursors;
use crate::etag::IfMatch;
use crate::filters::{By, Place, PromoteBody, answer, limit};
use crate::hits::{ActorBody, Sights, TargetBody, log_of};
use crate::json::{Json, Query, part};
use crate::problem::{Code, FieldError, Problem, ProblemBody};
use crate::state::Api;
use crate::text::time;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::{Clock, Id, Timestamp};
use wikiward_filters::backtest::Backtests;
use wikiward_filters::candidates::{
    Candidate, CandidateError, CandidateRow, Promote, ROWS_MAX, Share, Start, Verdicts,
};
use wikiward_filters::hits::Sight;
use wikiward_filters::hits::list::HitKey;
use wikiward_filters::life::Filters;
use wikiward_filters::model::{Actions, Filter, Version};

/// The routes of candidates; [`crate::farm`] mounts them for the farm, too.
pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list, start))
        .routes(routes!(one, stop))
        .routes(routes!(actions))
        .routes(routes!(action))
        .routes(routes!(promote))
}

/// The same for the farm, without the description.
pub(crate) fn farm_routes() -> Router<Api> {
    Router::new()
        .route("/v1/farm/filters/{id}/candidates", get(list).post(start))
        .route("/v1/farm/filters/{id}/candidates/{candidate}", get(one).delete(stop))
        .route("/v1/farm/filters/{id}/candidates/{candidate}/actions", get(actions))
        .route("/v1/farm/filters/{id}/candidates/{candidate}/actions/{action}", get(action))
        .route("/v1/farm/filters/{id}/candidates/{candidate}/promote", post(promote))
}

/// What is to run beside a filter.
#[derive(Debug, Deserialize, ToSchema)]
pub struct StartBody {
    /// The rule.
    rules: String,
    /// Consequences and their parameters; those of the filter if it is left out.
    #[serde(default)]
    actions: Option<BTreeMap<String, Vec<String>>>,
    /// For how many days, 1 to 14; 7 if nothing is said.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 14)]
    days: Option<u32>,
    /// Why, for the history.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: String,
}

/// A candidate.
#[derive(Debug, Serialize, ToSchema)]
pub struct CandidateBody {
    id: String,
    /// `17`, or `global-17` for a farm-wide filter.
    filter: String,
    /// The version that it was made from.
    base_version: u32,
    /// The version in force.
    version: u32,
    rules: String,
    /// Consequences and their parameters; null for those of the filter.
    actions: Option<BTreeMap<String, Vec<String>>>,
    reason: String,
    started_at: String,
    started_by: By,
    ends_at: String,
    /// Whether it runs.
    running: bool,
    ended_at: Option<String>,
    /// `stopped`, `over` or `promoted`.
    ended_why: Option<&'static str>,
    /// The share of actions on which it ran; the others were left out under load. Null where actions of other wikis count.
    coverage: Option<f64>,
    /// Actions that were left out. Null where actions of other wikis count.
    dropped: Option<u64>,
    /// Actions on which it failed, which count as not matched. Null for who may not see all of them.
    errors: Option<u64>,
}

/// A candidate with what came of it so far.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparedBody {
    #[serde(flatten)]
    candidate: CandidateBody,
    counts: CountsBody,
    /// The same for people in good standing.
    good_standing: CountsBody,
    /// The same by what the filters in effect decided: `allow`, `warn`, `challenge`, `refuse`.
    decisions: BTreeMap<String, CountsBody>,
    /// Kinds of which there were so many that no more are kept: of them there are more than `counts` says.
    full: Vec<&'static str>,
    /// What the emergency brake would have done, had the candidate been in force: the newest 20,000 kept actions of its time,
    /// replayed.
    forecast: ForecastBody,
}

/// How often the candidate and the filter in force said what.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct CountsBody {
    /// Both matched.
    both: u64,
    /// Only the filter in force did.
    only_live: u64,
    /// Only the candidate did.
    only_candidate: u64,
    /// Neither did; only known of all actions together, and not where actions of other wikis count.
    #[serde(skip_serializing_if = "Option::is_none")]
    neither: Option<u64>,
    /// One of them lacked a variable, or was not evaluated to its end.
    undecided: u64,
}

/// A list that cannot be narrowed.
#[derive(Debug, Deserialize)]
struct NothingAsked {}

/// Candidates of a filter, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct CandidateList {
    items: Vec<CandidateBody>,
}

/// Which actions, how many, and where to begin.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ActionsParams {
    /// `only_live`, `only_candidate`, `both` or `undecided`.
    verdicts: String,
    /// Actions on the page, 1 to 500; 50 if it is not said.
    limit: Option<i64>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// A page of actions beside a candidate, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionsPage {
    items: Vec<ComparedAction>,
    /// Where the next page begins; null on the last one.
    next: Option<String>,
}

/// An action on which a candidate or its filter matched.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparedAction {
    id: String,
    at: String,
    /// `only_live`, `only_candidate`, `both` or `undecided`.
    verdicts: &'static str,
    /// Whether the person was in good standing.
    good_standing: bool,
    wiki: String,
    evaluation_id: String,
    /// The version of the filter in force.
    version: u32,
    action_id: String,
    kind: String,
    actor: ActorBody,
    target: TargetBody,
    /// What the filters in effect decided.
    decision: String,
    rev_id: Option<i64>,
    /// Variables of the action, without protected ones, where only one of the two matched; null in lists.
    variables: Option<Map<String, Value>>,
}

impl CandidateBody {
    fn new(candidate: &Candidate, filter: &Filter, place: &Place, sight: &Sight, now: Timestamp) -> Self {
        let key = &candidate.key;
        let numbers = candidate.numbers(filter, &place.wiki, sight);
        Self {
            id: candidate.id.to_string(),
            filter: if key.wiki == place.wiki { key.number.to_string() } else { key.gid() },
            base_version: candidate.base.0,
            version: filter.version.0,
            rules: candidate.rules.clone(),
            actions: candidate.actions.as_ref().map(|actions| actions.0.clone()),
            reason: candidate.reason.clone(),
            started_at: time(candidate.started_at),
            started_by: By::from(&candidate.started_by),
            ends_at: time(candidate.ends_at),
            running: candidate.is_running(now),
            ended_at: candidate.ended.map(|(at, _)| time(at)),
            ended_why: candidate.ended.map(|(_, why)| why.name()),
            coverage: numbers.coverage.map(|coverage| (coverage * 1_000.0).floor() / 1_000.0),
            dropped: numbers.dropped,
            errors: numbers.errors,
        }
    }
}

impl CountsBody {
    fn add(&mut self, share: &Share) {
        *(match share.verdicts {
            Verdicts::Both => &mut self.both,
            Verdicts::OnlyLive => &mut self.only_live,
            Verdicts::OnlyCandidate => &mut self.only_candidate,
            Verdicts::Undecided => &mut self.undecided,
        }) += share.count;
    }
}

impl From<CandidateRow> for ComparedAction {
    fn from(row: CandidateRow) -> Self {
        Self {
            id: row.key.hit_id.to_string(),
            at: time(row.key.at),
            verdicts: row.verdicts.name(),
            good_standing: row.is_good,
            wiki: row.wiki.to_string(),
            evaluation_id: wikiward_filters::judge::evaluation_name(row.evaluation_id),
            version: row.version.0,
            action_id: row.action_id,
            kind: row.kind,
            actor: ActorBody { id: row.actor_id, name: row.actor_name, kind: row.actor_type },
            target: TargetBody { ns: row.target_ns, title: row.target_title, page_id: row.target_page_id },
            decision: row.decision,
            rev_id: row.rev_id,
            variables: row.variables,
        }
    }
}

/// Starts a candidate: a changed rule that runs beside a filter in force, after the answer and without effect.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/filters/{id}/candidates", tag = "candidates", operation_id = "start_candidate",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`")),
    request_body = StartBody,
    responses((status = 201, body = CandidateBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
        (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn start(
    State(filters): State<Filters>,
    State(sights): State<Sights>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
    Json(body): Json<StartBody>,
) -> Result<Response, Problem> {
    let start = Start {
        rules: body.rules,
        actions: body.actions.map(Actions),
        days: body.days.unwrap_or(7),
        reason: body.reason,
    };
    let (filter, candidate) = filters.start_candidate(&viewer, &place.wiki, place.part("id"), &start).await?;
    let sight = sights.of(&viewer, &place.wiki).await?;
    let body = CandidateBody::new(&candidate, &filter, &place, &sight, clock.now());
    Ok((StatusCode::CREATED, Json::<_>(body)).into_response())
}

/// Lists the candidates of a filter, the newest first.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/filters/{id}/candidates", tag = "candidates", operation_id = "candidates",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`")),
    responses((status = 200, body = CandidateList), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
async fn list(
    State(filters): State<Filters>,
    State(sights): State<Sights>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
    Query(NothingAsked {}): Query<NothingAsked>,
) -> Result<Json<CandidateList>, Problem> {
    let (filter, candidates) = filters.candidates(&viewer, &place.wiki, place.part("id")).await?;
    let sight = sights.of(&viewer, &place.wiki).await?;
    let now = clock.now();
    let body = |candidate: &Candidate| CandidateBody::new(candidate, &filter, &place, &sight, now);
    Ok(Json(CandidateList { items: candidates.iter().map(body).collect() }))
}

/// Reads a candidate and what came of it so far.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/filters/{id}/candidates/{candidate}", tag = "candidates", operation_id = "candidate",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`"),
        ("candidate" = String, Path, description = "Id of the candidate")),
    responses((status = 200, body = ComparedBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
async fn one(
    State(filters): State<Filters>,
    State(sights): State<Sights>,
    State(backtests): State<Backtests>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
) -> Result<Json<ComparedBody>, Problem> {
    let (filter, candidate) = filters.candidate(&viewer, &place.wiki, place.part("id"), named(&place)?).await?;
    let sight = sights.of(&viewer, &place.wiki).await?;
    let log = log_of(&place);
    let shares = filters.candidate_shares(&candidate, &log, &sight).await?;
    let forecast = backtests.of_candidate(&filter, &candidate, &log, &sight).await?;
    let numbers = candidate.numbers(&filter, &place.wiki, &sight);
    let mut counts = CountsBody { neither: numbers.neither, ..CountsBody::default() };
    let mut good = CountsBody::default();
    let mut decisions: BTreeMap<String, CountsBody> = BTreeMap::new();
    for share in &shares {
        counts.add(share);
        decisions.entry(share.decision.clone()).or_default().add(share);
        if share.is_good {
            good.add(share);
        }
    }
    let is_full = |verdicts: &Verdicts| i64::try_from(candidate.totals.of(*verdicts)).is_ok_and(|it| it > ROWS_MAX);
    Ok(Json(ComparedBody {
        candidate: CandidateBody::new(&candidate, &filter, &place, &sight, clock.now()),
        counts,
        good_standing: good,
        decisions,
        full: Verdicts::ALL.into_iter().filter(is_full).map(Verdicts::name).collect(),
        forecast: forecast.into(),
    }))
}

/// Lists the actions on which the candidate and the filter in force said the same, or not.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/filters/{id}/candidates/{candidate}/actions", tag = "candidates", operation_id = "candidate_actions",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`"),
        ("candidate" = String, Path, description = "Id of the candidate"), ActionsParams),
    responses((status = 200, body = ActionsPage), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn actions(
    State(filters): State<Filters>,
    State(sights): State<Sights>,
    State(cursors): State<Cursors>,
    Person(viewer): Person,
    place: Place,
    Query(params): Query<ActionsParams>,
) -> Result<Json<ActionsPage>, Problem> {
    let verdicts = Verdicts::find(&params.verdicts)
        .ok_or_else(|| Problem::new(Code::BadRequest, "`verdicts` is only_live, only_candidate, both or undecided"))?;
    let (_, candidate) = filters.candidate(&viewer, &place.wiki, place.part("id"), named(&place)?).await?;
    let sight = sights.of(&viewer, &place.wiki).await?;
    let name = format!("candidate {} {} {}", place.wiki, candidate.id, verdicts.name());
    let after = cursors.after(params.cursor.as_deref(), &name, &viewer)?.map(|(at, hit_id)| HitKey { at, hit_id });
    let (log, limit) = (log_of(&place), limit(params.limit)?);
    let page = filters.candidate_actions(&candidate, verdicts, &log, after, limit, &sight).await?;
    let next = cursors.next(page.next.map(|key| (key.at, key.hit_id)), &name, &viewer);
    Ok(Json(ActionsPage { items: page.items.into_iter().map(ComparedAction::from).collect(), next }))
}

/// Reads one action beside a candidate; with its variables for who may see details.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/filters/{id}/candidates/{candidate}/actions/{action}", tag = "candidates", operation_id = "candidate_action",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`"),
        ("candidate" = String, Path, description = "Id of the candidate"), ("action" = String, Path, description = "Id in the list")),
    responses((status = 200, body = ComparedAction), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
async fn action(
    State(filters): State<Filters>,
    State(sights): State<Sights>,
    Person(viewer): Person,
    place: Place,
) -> Result<Json<ComparedAction>, Problem> {
    let (_, candidate) = filters.candidate(&viewer, &place.wiki, place.part("id"), named(&place)?).await?;
    let sight = sights.of(&viewer, &place.wiki).await?;
    let row = filters.candidate_action(&candidate, part(place.part("action"))?, &log_of(&place), &sight).await?;
    row.map(|row| Json(row.into())).ok_or_else(Problem::not_found)
}

/// Stops a candidate. What came of it is kept for a month.
#[utoipa::path(delete, path = "/v1/wikis/{wiki}/filters/{id}/candidates/{candidate}", tag = "candidates", operation_id = "stop_candidate",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`"),
        ("candidate" = String, Path, description = "Id of the candidate")),
    responses((status = 200, body = CandidateBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
async fn stop(
    State(filters): State<Filters>,
    State(sights): State<Sights>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
) -> Result<Json<CandidateBody>, Problem> {
    let (filter, candidate) =
        filters.stop_candidate(&viewer, &place.wiki, place.part("id"), named(&place)?, "").await?;
    let sight = sights.of(&viewer, &place.wiki).await?;
    Ok(Json(CandidateBody::new(&candidate, &filter, &place, &sight, clock.now())))
}

/// Saves a candidate as the next version of its filter, over the version named in `If-Match`, with all checks of a save.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/filters/{id}/candidates/{candidate}/promote", tag = "candidates", operation_id = "promote_candidate",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`"),
        ("candidate" = String, Path, description = "Id of the candidate"), ("If-Match" = String, Header, description = "The version in force, in quotes")),
    request_body = PromoteBody,
    responses((status = 200, body = crate::filters::SavedBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 412, body = ProblemBody),
        (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn promote(
    State(filters): State<Filters>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
    IfMatch(base): IfMatch,
    Json(body): Json<PromoteBody>,
) -> Result<Response, Problem> {
    let promote = Promote {
        reason: body.reason,
        skip_backtest_reason: body.skip_backtest_reason,
        override_tests: body.override_tests,
    };
    let id = place.part("id");
    let saved = filters.promote_candidate(&viewer, &place.wiki, id, named(&place)?, Version(base), &promote).await?;
    let braked = filters.braked(&saved.filter.key, &place.wiki).await?;
    let tests = filters.visible_tests(&viewer, &saved.filter.key.wiki, &saved.filter.draft.tests).await?;
    Ok(answer(&saved, &braked, &viewer, &place.wiki, &*clock, &tests))
}

/// The candidate that the path names; what cannot be one is answered like one that is not there.
fn named(place: &Place) -> Result<Id, Problem> {
    part(place.part("candidate"))
}

impl From<CandidateError> for Problem {
    fn from(error: CandidateError) -> Self {
        match error {
            CandidateError::NotFound => Self::not_found(),
            CandidateError::Forbidden(right) => Self::forbidden(right),
            CandidateError::NotEnabled => Self::new(Code::NotEnabled, error.to_string()),
            CandidateError::Ended => Self::new(Code::CandidateEnded, error.to_string()),
            CandidateError::Bad { field, message } => Self::new(Code::Invalid, message).with_errors(vec![FieldError {
                code: Code::Invalid.name().into(),
                field: field.into(),
                span: None,
                params: Vec::new(),
                message: message.into(),
            }]),
            CandidateError::Invalid(found) => wikiward_filters::life::SaveError::Invalid(found).into(),
            CandidateError::Save(error) => error.into(),
            CandidateError::Store(error) => error.into(),
        }
    }
}
