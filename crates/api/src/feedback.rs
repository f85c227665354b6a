//! What wikis report afterwards: what became of an action, and what happened to it later.

use crate::auth::Program;
use crate::json::Json;
use crate::problem::{Code, FieldError, Problem, ProblemBody};
use crate::state::Api;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::{Timestamp, WikiId};
use wikiward_filters::hits::steer::{Ended, Feedback, FeedbackEvent, Outcome};
use wikiward_filters::hits::{HitError, Hits};
use wikiward_filters::judge::evaluation_id_of;
use wikiward_filters::life::Filters;
use wikiward_people::Scope;

/// Most reports in one request.
const REPORTS_MAX: usize = 500;

/// Most consequences in the report of an action.
const EXECUTED_MAX: usize = 100;

/// Most groups in the report of a consequence.
const GROUPS_MAX: usize = 100;

/// The routes of reports.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(outcome)).routes(routes!(feedback))
}

/// What became of an action.
#[derive(Debug, Deserialize, ToSchema)]
pub struct OutcomeBody {
    /// The wiki; needed only from tokens that serve every wiki.
    #[serde(default)]
    pub wiki: Option<String>,
    /// `saved`, `refused` or `failed`.
    pub result: String,
    /// The revision that was saved.
    #[serde(default)]
    pub rev_id: Option<i64>,
    /// The log entry that was made.
    #[serde(default)]
    pub log_id: Option<i64>,
    /// Which consequences were carried out.
    #[serde(default)]
    pub executed: Vec<Executed>,
    /// What became of a challenge: `passed`, `failed` or `none`.
    #[serde(default)]
    pub captcha: Option<String>,
}

/// A consequence that was carried out, or was tried.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Executed {
    /// Its name.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it worked.
    pub ok: bool,
    /// `degroup`: the groups that were taken away, at most 100. They are what is put back if it is undone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// `degroup`: until when those of `groups` had been given that were not given for good, RFC 3339 by group.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub until: BTreeMap<String, String>,
    /// `block`: the block's id on the wiki.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_id: Option<i64>,
}

/// What happened to actions later.
#[derive(Debug, Deserialize, ToSchema)]
pub struct FeedbackBody {
    /// The reports, at most 500.
    pub events: Vec<ReportBody>,
}

/// What happened to one action later.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ReportBody {
    /// The wiki.
    pub wiki: String,
    /// The revision meant.
    #[serde(default)]
    pub rev_id: Option<i64>,
    /// Or the action meant.
    #[serde(default)]
    pub action_id: Option<String>,
    /// `reverted`, `deleted`, `suppressed`, `actor_blocked` or `restored`.
    pub event: String,
    /// When, RFC 3339.
    pub at: String,
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

/// Notes what became of an action.
#[utoipa::path(post, path = "/v1/evaluations/{id}/outcome", tag = "evaluation", request_body = OutcomeBody,
    params(("id" = String, Path, description = "The evaluation")),
    responses((status = 200, body = Object), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 413, body = ProblemBody),
        (status = 415, body = ProblemBody), (status = 503, body = ProblemBody)))]
async fn outcome(
    State(hits): State<Hits>,
    State(filters): State<Filters>,
    program: Program,
    Path(evaluation_id): Path<String>,
    Json(body): Json<OutcomeBody>,
) -> Result<Json<Value>, Problem> {
    let wiki = match &body.wiki {
        Some(name) => name.parse().map_err(|_| wrong("wiki", "this is no name of a wiki"))?,
        None => program.0.wiki.clone(),
    };
    program.need(Scope::Evaluate, &wiki)?;
    if wiki.is_farm() {
        return Err(wrong("wiki", "this token serves every wiki: say which one is meant"));
    }
    let result = Ended::find(&body.result).ok_or_else(|| wrong("result", "a result is saved, refused or failed"))?;
    let captcha = body.captcha.as_deref().unwrap_or("none");
    if !["passed", "failed", "none"].contains(&captcha) {
        return Err(wrong("captcha", "a challenge is passed, failed or none"));
    }
    if body.executed.len() > EXECUTED_MAX {
        return Err(wrong("executed", "at most 100 consequences are reported"));
    }
    let is_long = |it: &Executed| it.groups.len() > GROUPS_MAX || it.groups.iter().any(|group| group.len() > 255);
    if body.executed.iter().any(is_long) {
        return Err(wrong("executed", "at most 100 groups of at most 255 bytes are reported"));
    }
    let is_odd = |it: &Executed| {
        it.until.iter().any(|(group, until)| !it.groups.contains(group) || until.parse::<Timestamp>().is_err())
    };
    if body.executed.iter().any(is_odd) {
        return Err(wrong("executed", "`until` gives times, written as RFC 3339, of groups among `groups`"));
    }
    let mut executed = json!(body.executed);
    if captcha != "none"
        && let Value::Array(list) = &mut executed
    {
        list.push(json!({"type": "captcha", "ok": captcha == "passed"}));
    }
    let id = evaluation_id_of(&evaluation_id).map_err(|_| Problem::not_found())?;
    let outcome = Outcome { result, rev_id: body.rev_id, log_id: body.log_id, executed };
    let noted = hits.outcome(&wiki, id, &outcome).await.map_err(not_kept)?;
    if let (Some(brake), Some(rev_id)) = (filters.live_brake(), body.rev_id) {
        brake.saved(&wiki, id, rev_id);
    }
    Ok(Json(json!({ "hits": noted })))
}

/// Notes what happened to actions later.
#[utoipa::path(post, path = "/v1/feedback", tag = "evaluation", request_body = FeedbackBody,
    responses((status = 204), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody),
        (status = 503, body = ProblemBody)))]
async fn feedback(
    State(hits): State<Hits>,
    State(filters): State<Filters>,
    program: Program,
    Json(body): Json<FeedbackBody>,
) -> Result<StatusCode, Problem> {
    if body.events.len() > REPORTS_MAX {
        return Err(wrong("events", "at most 500 reports are taken at once"));
    }
    let mut by_wiki: BTreeMap<WikiId, Vec<Feedback>> = BTreeMap::new();
    for (place, report) in body.events.into_iter().enumerate() {
        let (wiki, report) = report.read(place)?;
        program.need(Scope::Evaluate, &wiki)?;
        by_wiki.entry(wiki).or_default().push(report);
    }
    for (wiki, reports) in by_wiki {
        hits.feedback(&wiki, &reports).await.map_err(not_kept)?;
        if let Some(brake) = filters.live_brake() {
            brake.reported(&wiki, &reports);
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

fn not_kept(error: HitError) -> Problem {
    match error {
        HitError::Store(_) | HitError::NotYet => error.into(),
        // Of reading only.
        HitError::ReadOnly(_) | HitError::ReasonWanted | HitError::TooManyGuesses => {
            Problem::new(Code::Internal, "something went wrong here; the log says what")
        }
    }
}

impl ReportBody {
    fn read(self, place: usize) -> Result<(WikiId, Feedback), Problem> {
        let field = |name: &str| format!("events[{place}].{name}");
        let wiki: WikiId = self.wiki.parse().map_err(|_| wrong(field("wiki"), "this is no name of a wiki"))?;
        let words = "an event is reverted, deleted, suppressed, actor_blocked or restored";
        let event = FeedbackEvent::find(&self.event).ok_or_else(|| wrong(field("event"), words))?;
        let at: Timestamp = self.at.parse().map_err(|_| wrong(field("at"), "a time is written as RFC 3339"))?;
        if self.rev_id.is_some() == self.action_id.is_some() {
            return Err(wrong(field("rev_id"), "say which revision is meant, or which action, and not both"));
        }
        if self.action_id.as_ref().is_some_and(|id| id.is_empty() || id.len() > 256) {
            return Err(wrong(field("action_id"), "an action's id has 1 to 256 bytes"));
        }
        Ok((wiki, Feedback { rev_id: self.rev_id, action_id: self.action_id, event, at }))
    }
}
