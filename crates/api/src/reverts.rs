//! Undoing what filters did: jobs of people, and what wikis fetch and report.

use crate::auth::{Person, Program};
use crate::cursor::Cursors;
use crate::filters::{Place, limit};
use crate::hits::Sights;
use crate::json::{Json, Query, part};
use crate::problem::{Code, FieldError, Problem, ProblemBody};
use crate::state::Api;
use crate::text::time;
use axum::Router;
use axum::extract::{FromRef, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Clock, Id, Timestamp, WikiId};
use wikiward_filters::messages;
use wikiward_filters::reverts::{
    Ask, FETCHED_MAX, Instruction, Job, JobKey, Report, RevertError, Reverts, Row, Undo, UndoResult, instruction_id_of,
    instruction_name, job_id_of, job_name,
};
use wikiward_people::Scope;
use wikiward_store::Store;

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

/// What a person wants to have undone.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AskBody {
    /// Hits from then, RFC 3339.
    pub from: String,
    /// Hits before then; up to now if it is not said.
    #[serde(default)]
    pub to: Option<String>,
    /// `block`, `blockautopromote`, `degroup`, and custom ones that can be undone.
    pub consequences: Vec<String>,
    /// Why, in 3 to 500 characters.
    pub reason: String,
}

/// A job with its rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobBody {
    #[serde(flatten)]
    head: JobHead,
    rows: Vec<RowBody>,
    /// Confirms the job: only in the answer to who prepared it.
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm_token: Option<String>,
}

/// A job.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobHead {
    job_id: String,
    /// `prepared`, `lapsed`, `running`, `done` or `cancelled`.
    state: &'static str,
    /// The wiki whose hits it is about; null for those on all wikis.
    wiki: Option<String>,
    filter: String,
    from: String,
    to: String,
    consequences: Vec<String>,
    reason: String,
    /// Whether there were more than 500 rows: those left out are older.
    cut: bool,
    prepared_at: String,
    by: String,
    /// Until when it can be confirmed; null once it was, or was given up.
    confirm_until: Option<String>,
    confirmed_at: Option<String>,
    cancelled_at: Option<String>,
    /// Rows by state.
    #[schema(value_type = BTreeMap<String, u32>)]
    counts: BTreeMap<&'static str, u32>,
}

/// One consequence of one hit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RevertRowBody)]
pub struct RowBody {
    /// Its number, by which it is chosen.
    row: u32,
    hit_id: String,
    at: String,
    wiki: String,
    user: String,
    user_id: Option<i64>,
    kind: String,
    consequence: String,
    /// `open` (can be chosen), `skipped`, `left`, `pending`, `reverted`, `nothing_to_do`, `failed` or `cancelled`.
    state: &'static str,
    /// Why: `already_reverted`, `under_way`, `changed_since`, `superseded`, `not_executed`, `not_reported`, `ended`, or a word
    /// of the wiki's.
    cause: String,
    /// What the wiki notes.
    note: String,
    changed_at: String,
}

/// A page of jobs, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobsPage {
    items: Vec<JobHead>,
    /// Where the next page begins; null on the last one.
    next: Option<String>,
}

/// Which jobs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct JobsQuery {
    /// Jobs on the page, 1 to 500; 50 if it is not said.
    limit: Option<i64>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// What is confirmed.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ConfirmBody {
    /// The token of the job.
    #[serde(default)]
    pub confirm_token: Option<String>,
    /// Numbers of the rows to be undone.
    #[serde(default)]
    pub rows: Vec<u32>,
}

/// Which instructions.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct InstructionsQuery {
    /// After the instruction of this name.
    after: Option<String>,
    /// At most as many, 1 to 100; 100 if it is not said.
    limit: Option<u32>,
    /// Seconds to wait if there are none, at most 25.
    wait_s: Option<u32>,
}

/// What a wiki has yet to undo.
#[derive(Debug, Serialize, ToSchema)]
pub struct InstructionsBody {
    #[schema(value_type = Vec<UndoBody>)]
    items: Vec<Value>,
}

/// One thing for a wiki to undo.
#[derive(Debug, Serialize, ToSchema)]
pub struct UndoBody {
    /// Names it in the report.
    id: String,
    /// `unblock`, `regroup`, or `undo` for a custom consequence.
    #[serde(rename = "type")]
    kind: String,
    hit_id: String,
    /// When the filter did it.
    at: String,
    /// The user: `{"user": "Example", "id": 7}`.
    target: Value,
    /// `unblock`: the block that the wiki reported, if it did.
    block_id: Option<i64>,
    /// `regroup`: the groups that were taken away.
    groups: Option<Vec<String>>,
    /// `undo`: the custom consequence.
    consequence: Option<String>,
    /// `undo`: its parameters.
    params: Option<Vec<String>>,
    /// Only for tokens that may know it.
    filter: Option<String>,
    /// Name and number of the filter, as far as everybody may learn them.
    filter_params: Vec<String>,
    reason: String,
    /// Who confirmed it.
    by: String,
}

/// What a wiki did.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ResultsBody {
    /// 1 to 500.
    pub results: Vec<ResultBody>,
}

/// What came of one instruction.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ResultBody {
    /// The instruction.
    pub id: String,
    /// `reverted`, `nothing_to_do` or `failed`.
    pub result: String,
    /// Why, as a word: at most 64 of `[a-z0-9_]`, such as `changed_since`, `not_blocked`, `groups_changed`.
    #[serde(default)]
    pub cause: String,
    /// In words, at most 500 characters.
    #[serde(default)]
    pub note: String,
}

/// What became of the reports.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotedBody {
    items: Vec<NotedItem>,
}

/// What became of one report.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotedItem {
    id: String,
    /// `noted`; `before` if the same was reported before; `other` if something else was, which stays; `unknown`.
    status: &'static str,
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

impl JobHead {
    fn new(job: &Job, now: Timestamp) -> Self {
        let is_over = job.confirmed_at.is_some() || job.cancelled_at.is_some();
        let counts = job.counts.iter().map(|(state, count)| (state.name(), *count)).collect();
        Self {
            job_id: job_name(job.job_id),
            state: job.state(now).name(),
            wiki: (!job.wiki.is_farm()).then(|| job.wiki.to_string()),
            filter: job.filter.gid(),
            from: time(job.from),
            to: time(job.to),
            consequences: job.consequences.clone(),
            reason: job.reason.clone(),
            cut: job.is_cut,
            prepared_at: time(job.prepared_at),
            by: job.by.clone(),
            confirm_until: (!is_over).then(|| time(job.confirm_until())),
            confirmed_at: job.confirmed_at.map(time),
            cancelled_at: job.cancelled_at.map(time),
            counts,
        }
    }
}

impl From<Row> for RowBody {
    fn from(row: Row) -> Self {
        Self {
            row: row.number,
            hit_id: row.hit.key.hit_id.to_string(),
            at: time(row.hit.key.at),
            wiki: row.hit.wiki.to_string(),
            user: row.hit.actor_name,
            user_id: row.hit.actor_id,
            kind: row.hit.kind,
            consequence: row.consequence,
            state: row.state.name(),
            cause: row.cause,
            note: row.note,
            changed_at: time(row.changed_at),
        }
    }
}

fn body((job, rows): (Job, Vec<Row>), now: Timestamp) -> JobBody {
    JobBody { head: JobHead::new(&job, now), rows: rows.into_iter().map(RowBody::from).collect(), confirm_token: None }
}

fn job_of(place: &Place) -> Result<Id, Problem> {
    job_id_of(place.part("job")).ok_or_else(Problem::not_found)
}

/// Prepares undoing what a filter did: shows what could be undone. Nothing happens before it is confirmed, within an hour.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/filters/{id}/revert-jobs", tag = "reverting", operation_id = "prepare_revert",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`")),
    request_body = AskBody,
    responses((status = 201, body = JobBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody)))]
async fn prepare(
    State(reverts): State<Reverts>,
    State(sights): State<Sights>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
    Json(ask): Json<AskBody>,
) -> Result<Response, Problem> {
    let now = clock.now();
    let moment = |field: &str, text: &str| text.parse().map_err(|_| wrong(field, "a time is written as RFC 3339"));
    let from = moment("from", &ask.from)?;
    let to = ask.to.as_deref().map_or(Ok(now), |to| moment("to", to))?;
    let ask = Ask { from, to, consequences: ask.consequences, reason: ask.reason };
    let sight = sights.of(&viewer, &place.wiki).await?;
    let prepared = reverts.prepare(&viewer, &place.wiki, place.part("id"), &ask, &sight).await?;
    let mut body = body((prepared.job, prepared.rows), now);
    body.confirm_token = Some(prepared.confirm_token);
    Ok((StatusCode::CREATED, axum::Extension(crate::idempotency::HoldsSecret), Json::<_>(body)).into_response())
}

/// Lists the jobs that undo what a filter did here.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/filters/{id}/revert-jobs", tag = "reverting", operation_id = "revert_jobs",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`"), JobsQuery),
    responses((status = 200, body = JobsPage), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn jobs(
    State(reverts): State<Reverts>,
    State(sights): State<Sights>,
    State(cursors): State<Cursors>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
    Query(query): Query<JobsQuery>,
) -> Result<Json<JobsPage>, Problem> {
    let gid = place.part("id");
    let name = format!("revert-jobs {} {gid}", place.wiki);
    let after =
        query.cursor.as_deref().map(|cursor| cursors.open::<(i64, String)>(cursor, &name, &viewer)).transpose()?;
    let after = after.map(|(at, id)| Ok::<_, Problem>(JobKey { at: from_micros(at), job_id: part::<Id>(&id)? }));
    let sight = sights.of(&viewer, &place.wiki).await?;
    let page = reverts.jobs(&viewer, &place.wiki, gid, &sight, after.transpose()?, limit(query.limit)?).await?;
    let next = page.next.map(|key| cursors.seal(&(micros(key.at), key.job_id.to_string()), &name, &viewer));
    let now = clock.now();
    Ok(Json(JobsPage { items: page.items.iter().map(|job| JobHead::new(job, now)).collect(), next }))
}

/// Reads a job: its rows, and what came of them.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/filters/{id}/revert-jobs/{job}", tag = "reverting", operation_id = "revert_job",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`"), ("job" = String, Path, description = "The job")),
    responses((status = 200, body = JobBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn job(
    State(reverts): State<Reverts>,
    State(sights): State<Sights>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
) -> Result<Json<JobBody>, Problem> {
    let sight = sights.of(&viewer, &place.wiki).await?;
    let job = reverts.job(&viewer, &place.wiki, place.part("id"), job_of(&place)?, &sight).await?;
    Ok(Json(body(job, clock.now())))
}

/// Confirms a job: the rows named are undone, by the service itself or by their wikis; the others are left.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/filters/{id}/revert-jobs/{job}/confirm", tag = "reverting", operation_id = "confirm_revert",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`"), ("job" = String, Path, description = "The job")),
    request_body = ConfirmBody,
    responses((status = 200, body = JobBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 428, body = ProblemBody)))]
async fn confirm(
    State(reverts): State<Reverts>,
    State(sights): State<Sights>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
    Json(write): Json<ConfirmBody>,
) -> Result<Json<JobBody>, Problem> {
    let sight = sights.of(&viewer, &place.wiki).await?;
    let (gid, job_id, token) = (place.part("id"), job_of(&place)?, write.confirm_token.as_deref());
    let job = reverts.confirm(&viewer, &place.wiki, gid, job_id, token, &write.rows, &sight).await?;
    Ok(Json(body(job, clock.now())))
}

/// Gives up what is left of a job. What wikis have done stays done.
#[utoipa::path(delete, path = "/v1/wikis/{wiki}/filters/{id}/revert-jobs/{job}", tag = "reverting", operation_id = "cancel_revert",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`"), ("job" = String, Path, description = "The job")),
    responses((status = 200, body = JobBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
async fn cancel(
    State(reverts): State<Reverts>,
    State(sights): State<Sights>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
) -> Result<Json<JobBody>, Problem> {
    let sight = sights.of(&viewer, &place.wiki).await?;
    let job = reverts.cancel(&viewer, &place.wiki, place.part("id"), job_of(&place)?, &sight).await?;
    Ok(Json(body(job, clock.now())))
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

fn instruction(it: &Instruction, is_full: bool) -> Value {
    let mut body = match &it.undo {
        Undo::Block { block_id } => json!({"type": "unblock", "block_id": block_id}),
        Undo::Groups { groups } => json!({"type": "regroup", "groups": groups}),
        Undo::Custom { name, params } => json!({"type": "undo", "consequence": name, "params": params}),
    };
    let gid = it.filter.gid();
    let filter_params = messages::params(&it.filter_name, &gid, it.privacy);
    if let Value::Object(members) = &mut body {
        members.insert("id".into(), json!(instruction_name(it.id)));
        members.insert("hit_id".into(), json!(it.hit_id.to_string()));
        members.insert("at".into(), json!(time(it.at)));
        members.insert("target".into(), json!({"user": it.user, "id": it.user_id}));
        members.insert("filter".into(), json!((is_full || it.privacy.is_public()).then_some(gid)));
        members.insert("filter_params".into(), json!(filter_params));
        members.insert("reason".into(), json!(it.reason));
        members.insert("by".into(), json!(it.by));
    }
    body
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

impl ResultBody {
    fn read(self, place: usize) -> Result<(String, Report), Problem> {
        let field = |name: &str| format!("results[{place}].{name}");
        let id = instruction_id_of(&self.id).ok_or_else(|| wrong(field("id"), "this is no name of an instruction"))?;
        let result = UndoResult::find(&self.result)
            .ok_or_else(|| wrong(field("result"), "a result is reverted, nothing_to_do or failed"))?;
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if self.cause.len() > 64 || !self.cause.bytes().all(is_word) {
            return Err(wrong(field("cause"), "a cause is a word of at most 64 of a-z, 0-9 and _"));
        }
        if self.note.chars().count() > 500 {
            return Err(wrong(field("note"), "a note has at most 500 characters"));
        }
        Ok((self.id, Report { id, result, cause: self.cause, note: self.note }))
    }
}
