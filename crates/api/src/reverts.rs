//! Undoing what filters did: jobs of people, and what wikis fetch and report.

mod wire;

pub use wire::{
    AskBody, ConfirmBody, InstructionsBody, InstructionsQuery, JobBody, JobHead, JobsPage, JobsQuery, NotedBody,
    NotedItem, ResultBody, ResultsBody, RowBody, UndoBody,
};

use crate::auth::{Person, Program};
use crate::cursor::Cursors;
use crate::filters::{Place, limit};
use crate::hits::Sights;
use crate::json::{Json, Query, part};
use crate::problem::{Code, FieldError, Problem, ProblemBody};
use crate::state::Api;
use axum::Router;
use axum::extract::{FromRef, FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::time::Duration;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Id, Timestamp, Viewer, WikiId};
use wikiward_filters::hits::Sight;
use wikiward_filters::reverts::{
    Ask, FETCHED_MAX, Job, JobKey, RevertError, Reverts, Row, instruction_id_of, job_id_of,
};
use wikiward_people::Scope;
use wikiward_store::Store;
use wire::{body, instruction};

/// Most seconds that a request for instructions waits.
const WAIT_S_MAX: u32 = 25;

/// The least pause between two looks for instructions.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The routes of jobs; [`crate::farm`] mounts them for the farm, too.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(jobs, prepare)).routes(routes!(job, cancel)).routes(routes!(confirm))
}

/// The same for the farm, without the description.
pub(crate) fn farm_routes() -> Router<Api> {
    Router::new()
        .route("/v1/farm/filters/{id}/revert-jobs", get(jobs).post(prepare))
        .route("/v1/farm/filters/{id}/revert-jobs/{job}", get(job).delete(cancel))
        .route("/v1/farm/filters/{id}/revert-jobs/{job}/confirm", post(confirm))
}

/// The routes of what wikis fetch and report.
pub fn program_routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(instructions)).routes(routes!(results))
}

impl FromRef<Api> for Reverts {
    fn from_ref(api: &Api) -> Self {
        Self::new(api.store.clone(), api.judge.snapshots().clone(), api.filters.clone(), api.entropy.clone())
    }
}

impl From<RevertError> for Problem {
    fn from(error: RevertError) -> Self {
        let detail = error.to_string();
        match error {
            RevertError::NotFound => Self::not_found(),
            RevertError::Forbidden(right) => Self::forbidden(right),
            RevertError::Bad { field, message } => wrong(field, &message),
            RevertError::ConfirmRequired => Self::new(Code::ConfirmRequired, detail),
            RevertError::ConfirmExpired => Self::new(Code::ConfirmExpired, detail),
            RevertError::NotNow(not_now) => Self::new(Code::RateLimited, detail).retry_after_s(not_now.retry_after_s()),
            RevertError::Over => Self::new(Code::JobOver, detail),
            RevertError::Store(error) => error.into(),
        }
    }
}

fn wrong(field: impl Into<String>, message: &str) -> Problem {
    let field = field.into();
    Problem::new(Code::BadRequest, format!("`{field}`: {message}")).with_errors(vec![FieldError {
        code: Code::BadRequest.name().into(),
        field,
        span: None,
        params: Vec::new(),
        message: message.into(),
    }])
}

/// A person at a filter's jobs, and what of its hits that person may see.
struct Desk {
    reverts: Reverts,
    viewer: Viewer,
    place: Place,
    sight: Sight,
    now: Timestamp,
}

impl FromRequestParts<Api> for Desk {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let Person(viewer) = Person::from_request_parts(parts, api).await?;
        let place = Place::from_request_parts(parts, api).await?;
        let sight = Sights::from_ref(api).of(&viewer, &place.wiki).await?;
        Ok(Self { reverts: Reverts::from_ref(api), viewer, place, sight, now: api.clock.now() })
    }
}

impl Desk {
    fn gid(&self) -> &str {
        self.place.part("id")
    }

    /// The job that the path names.
    fn job(&self) -> Result<Id, Problem> {
        job_id_of(self.place.part("job")).ok_or_else(Problem::not_found)
    }

    fn answer(&self, job: Result<(Job, Vec<Row>), RevertError>) -> Result<Json<JobBody>, Problem> {
        Ok(Json(body(job?, self.now)))
    }
}

/// Prepares undoing what a filter did: shows what could be undone. Nothing happens before it is confirmed, within an hour.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/filters/{id}/revert-jobs", tag = "reverting", operation_id = "prepare_revert",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`")),
    request_body = AskBody,
    responses((status = 201, body = JobBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 429, body = ProblemBody)))]
async fn prepare(desk: Desk, Json(ask): Json<AskBody>) -> Result<Response, Problem> {
    let moment = |field: &str, text: &str| text.parse().map_err(|_| wrong(field, "a time is written as RFC 3339"));
    let from = moment("from", &ask.from)?;
    let to = ask.to.as_deref().map_or(Ok(desk.now), |to| moment("to", to))?;
    let ask = Ask { from, to, consequences: ask.consequences, reason: ask.reason };
    let Desk { reverts, viewer, place, sight, .. } = &desk;
    let prepared = reverts.prepare(viewer, &place.wiki, desk.gid(), &ask, sight).await?;
    let mut body = body((prepared.job, prepared.rows), desk.now);
    body.confirm_token = Some(prepared.confirm_token);
    Ok((StatusCode::CREATED, axum::Extension(crate::idempotency::HoldsSecret), Json::<_>(body)).into_response())
}

/// Lists the jobs that undo what a filter did here.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/filters/{id}/revert-jobs", tag = "reverting", operation_id = "revert_jobs",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`"), JobsQuery),
    responses((status = 200, body = JobsPage), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn jobs(
    State(cursors): State<Cursors>,
    desk: Desk,
    Query(query): Query<JobsQuery>,
) -> Result<Json<JobsPage>, Problem> {
    let Desk { reverts, viewer, place, sight, now } = &desk;
    let name = format!("revert-jobs {} {}", place.wiki, desk.gid());
    let after =
        query.cursor.as_deref().map(|cursor| cursors.open::<(i64, String)>(cursor, &name, viewer)).transpose()?;
    let after = after.map(|(at, id)| Ok::<_, Problem>(JobKey { at: from_micros(at), job_id: part::<Id>(&id)? }));
    let page = reverts.jobs(viewer, &place.wiki, desk.gid(), sight, after.transpose()?, limit(query.limit)?).await?;
    let next = page.next.map(|key| cursors.seal(&(micros(key.at), key.job_id.to_string()), &name, viewer));
    Ok(Json(JobsPage { items: page.items.iter().map(|job| JobHead::new(job, *now)).collect(), next }))
}

/// Reads a job: its rows, and what came of them.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/filters/{id}/revert-jobs/{job}", tag = "reverting", operation_id = "revert_job",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`"), ("job" = String, Path, description = "The job")),
    responses((status = 200, body = JobBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn job(desk: Desk) -> Result<Json<JobBody>, Problem> {
    let Desk { reverts, viewer, place, sight, .. } = &desk;
    desk.answer(reverts.job(viewer, &place.wiki, desk.gid(), desk.job()?, sight).await)
}

/// Confirms a job: the rows named are undone, by the service itself or by their wikis; the others are left.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/filters/{id}/revert-jobs/{job}/confirm", tag = "reverting", operation_id = "confirm_revert",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`"), ("job" = String, Path, description = "The job")),
    request_body = ConfirmBody,
    responses((status = 200, body = JobBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 428, body = ProblemBody)))]
async fn confirm(desk: Desk, Json(write): Json<ConfirmBody>) -> Result<Json<JobBody>, Problem> {
    let Desk { reverts, viewer, place, sight, .. } = &desk;
    let token = write.confirm_token.as_deref();
    desk.answer(reverts.confirm(viewer, &place.wiki, desk.gid(), desk.job()?, token, &write.rows, sight).await)
}

/// Gives up what is left of a job. What wikis have done stays done.
#[utoipa::path(delete, path = "/v1/wikis/{wiki}/filters/{id}/revert-jobs/{job}", tag = "reverting", operation_id = "cancel_revert",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`"), ("job" = String, Path, description = "The job")),
    responses((status = 200, body = JobBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
async fn cancel(desk: Desk) -> Result<Json<JobBody>, Problem> {
    let Desk { reverts, viewer, place, sight, .. } = &desk;
    desk.answer(reverts.cancel(viewer, &place.wiki, desk.gid(), desk.job()?, sight).await)
}

/// What the wiki has yet to undo, oldest first. The same comes again until it is reported. With `wait_s`, the answer waits for
/// something to come.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/revert-instructions", tag = "reverting", operation_id = "revert_instructions",
    params(("wiki" = String, Path, description = "Database name of the wiki"), InstructionsQuery),
    responses((status = 200, body = InstructionsBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn instructions(
    State(reverts): State<Reverts>,
    State(store): State<Store>,
    program: Program,
    Path(wiki): Path<String>,
    Query(query): Query<InstructionsQuery>,
) -> Result<Json<InstructionsBody>, Problem> {
    let wiki = wiki_of(&program, &wiki)?;
    let wait_s = query.wait_s.unwrap_or(0);
    if wait_s > WAIT_S_MAX {
        return Err(wrong("wait_s", "an answer waits at most 25 seconds"));
    }
    let limit = usize::try_from(query.limit.unwrap_or(100)).unwrap_or(0);
    if !(1..=FETCHED_MAX).contains(&limit) {
        return Err(wrong("limit", "1 to 100 instructions are fetched at once"));
    }
    let after = query
        .after
        .as_deref()
        .map(|name| instruction_id_of(name).ok_or_else(|| wrong("after", "this is no name of an instruction")));
    let after = after.transpose()?;
    let is_full = program.0.may(Scope::VerdictFull);
    let mut feed = store.feed().watch();
    let until = tokio::time::Instant::now() + Duration::from_secs(wait_s.into());
    loop {
        let found = reverts.pending(&wiki, after, limit).await?;
        if !found.is_empty() || tokio::time::Instant::now() >= until {
            return Ok(Json(InstructionsBody { items: found.iter().map(|it| instruction(it, is_full)).collect() }));
        }
        // Every change wakes everybody who waits: not more often than this.
        let pause = tokio::time::Instant::now() + LOOK_EVERY;
        let _ = tokio::time::timeout_at(until, feed.changed()).await;
        tokio::time::sleep_until(pause.min(until)).await;
    }
}

fn wiki_of(program: &Program, wiki: &str) -> Result<WikiId, Problem> {
    let wiki: WikiId = part(wiki)?;
    if wiki.is_farm() {
        return Err(Problem::not_found());
    }
    program.need(Scope::Evaluate, &wiki)?;
    Ok(wiki)
}

/// Notes what the wiki did. Reports may be repeated: the first one of each instruction counts, but what failed may be reported
/// again.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/revert-results", tag = "reverting", operation_id = "revert_results",
    params(("wiki" = String, Path, description = "Database name of the wiki")), request_body = ResultsBody,
    responses((status = 200, body = NotedBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody)))]
async fn results(
    State(reverts): State<Reverts>,
    program: Program,
    Path(wiki): Path<String>,
    Json(body): Json<ResultsBody>,
) -> Result<Json<NotedBody>, Problem> {
    let wiki = wiki_of(&program, &wiki)?;
    let (mut names, mut reports) = (Vec::new(), Vec::new());
    for (place, result) in body.results.into_iter().enumerate() {
        let (name, report) = result.read(place)?;
        names.push(name);
        reports.push(report);
    }
    let noted = reverts.report(&wiki, &reports).await?;
    let items = names.into_iter().zip(noted).map(|(id, noted)| NotedItem { id, status: noted.name() });
    Ok(Json(NotedBody { items: items.collect() }))
}
