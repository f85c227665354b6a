//! Hits: lists, one hit, its private details, what people say of it, hiding.

mod query;
mod wire;

pub use query::HitQuery;
pub use wire::{ActorBody, AssessmentBody, FullBody, HitBody, HitPage, OneHitBody, TargetBody};

use crate::auth::Person;
use crate::blocked_domains::AttemptBody;
use crate::cursor::Cursors;
use crate::filters::{Place, limit};
use crate::json::{Json, Query, part};
use crate::problem::{Code, FieldError, Problem, ProblemBody};
use crate::state::Api;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::{Id, Right, Viewer, WikiId};
use wikiward_filters::hits::list::{HitKey, Log, Question};
use wikiward_filters::hits::steer::{HIDDEN_AT_ONCE_MAX, NOTE_CHARACTERS_MAX, Verdict};
use wikiward_filters::hits::{HitError, HitSettings, Hits, Sight};
use wikiward_filters::life::Filters;
use wikiward_people::People;

/// The routes of hits on wikis.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(private_details))
        .routes(routes!(assess))
        .routes(routes!(set_visibility))
}

/// The same for the farm, without the description.
pub(crate) fn farm_routes() -> Router<Api> {
    Router::new()
        .route("/v1/farm/hits", get(list))
        .route("/v1/farm/hits/{hit}", get(one))
        .route("/v1/farm/hits/{hit}/private-details", post(private_details))
        .route("/v1/farm/hits/{hit}/assessment", post(assess))
}

/// What is needed to know what somebody may see of hits.
#[derive(Clone)]
pub(crate) struct Sights {
    people: Arc<People>,
    filters: Filters,
}

impl axum::extract::FromRef<Api> for Sights {
    fn from_ref(api: &Api) -> Self {
        Self { people: api.people.clone(), filters: api.filters.clone() }
    }
}

impl Sights {
    /// Settings of hits on `wiki`.
    pub(crate) fn settings(&self, wiki: &WikiId) -> HitSettings {
        let own = self.people.wiki(wiki).map(|wiki| Value::Object(wiki.draft.settings.clone()));
        HitSettings::default().with(&own.unwrap_or_default())
    }

    /// What `viewer` may see of hits on `wiki`. Refuses who may not see the log at all.
    pub(crate) async fn of(&self, viewer: &Viewer, wiki: &WikiId) -> Result<Sight, Problem> {
        if !viewer.may(Right::Log, wiki) {
            return Err(Problem::forbidden(Right::Log));
        }
        let registry = self.filters.registry().await?;
        Ok(Sight::under(viewer, wiki, self.settings(wiki).restricted_rows, &registry))
    }
}

/// Whose log the path names.
pub(crate) fn log_of(place: &Place) -> Log {
    if place.wiki.is_farm() { Log::Farm } else { Log::Wiki(place.wiki.clone()) }
}

/// The hit that the path names; what cannot be one is answered like one that is not there.
fn hit_of(place: &Place) -> Result<Id, Problem> {
    part(place.part("hit"))
}

/// Lists hits: full pages of what the viewer may see.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/hits", tag = "hits", operation_id = "hits",
    params(("wiki" = String, Path, description = "Database name of the wiki"), HitQuery),
    responses((status = 200, body = HitPage), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 423, body = ProblemBody), (status = 429, body = ProblemBody)))]
async fn list(
    State(hits): State<Hits>,
    State(sights): State<Sights>,
    State(cursors): State<Cursors>,
    Person(viewer): Person,
    place: Place,
    Query(query): Query<HitQuery>,
) -> Result<Json<HitPage>, Problem> {
    let sight = sights.of(&viewer, &place.wiki).await?;
    let selection = query.selection(&place.wiki)?;
    if selection.address.is_some() && !viewer.may(Right::PrivateDetails, &place.wiki) {
        return Err(Problem::forbidden(Right::PrivateDetails));
    }
    let is_ascending = query.is_ascending()?;
    let name = format!("hits {} {is_ascending} {selection:?}", place.wiki);
    let after = cursors.after(query.cursor.as_deref(), &name, &viewer)?.map(|(at, hit_id)| HitKey { at, hit_id });
    let question = Question { log: log_of(&place), selection, after, is_ascending, limit: limit(query.limit)? };
    let page = hits.list(&question, &sight, &viewer).await?;
    let attempt = if page.items.is_empty() { hits.attempt(&question, &viewer).await? } else { None };
    let next = cursors.next(page.next.map(|key| (key.at, key.hit_id)), &name, &viewer);
    let blocked_domain_hits = attempt.into_iter().map(AttemptBody::from).collect();
    Ok(Json(HitPage { items: page.items.into_iter().map(HitBody::from).collect(), next, blocked_domain_hits }))
}

/// Reads one hit; with its variables for who may see details. Protected values that are shown are logged.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/hits/{hit}", tag = "hits", operation_id = "hit",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("hit" = String, Path, description = "Id of the hit")),
    responses((status = 200, body = OneHitBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 423, body = ProblemBody)))]
async fn one(
    State(hits): State<Hits>,
    State(sights): State<Sights>,
    Person(viewer): Person,
    place: Place,
) -> Result<Json<OneHitBody>, Problem> {
    let sight = sights.of(&viewer, &place.wiki).await?;
    let one = hits.one(&log_of(&place), hit_of(&place)?, &sight, &viewer).await?;
    one.map(|one| Json(one.into())).ok_or_else(Problem::not_found)
}

/// Why private details are asked for.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PrivateDetailsBody {
    /// The reason, for the log; wikis may demand one.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub reason: String,
}

/// Private details of a hit.
#[derive(Debug, Serialize, ToSchema)]
pub struct PrivateDetailsAnswer {
    hit_id: String,
    user: String,
    /// `17`, or `global-17` for a farm-wide filter.
    filter: String,
    /// The filter's name.
    name: String,
    /// The address; null if it was not kept, or is not any more.
    ip: Option<String>,
}

/// Tells the address of a hit. Every answer leaves an entry in the access log first.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/hits/{hit}/private-details", tag = "hits", operation_id = "private_details",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("hit" = String, Path, description = "Id of the hit")),
    request_body = PrivateDetailsBody,
    responses((status = 200, body = PrivateDetailsAnswer), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 413, body = ProblemBody),
        (status = 415, body = ProblemBody), (status = 422, body = ProblemBody), (status = 423, body = ProblemBody)))]
async fn private_details(
    State(hits): State<Hits>,
    State(sights): State<Sights>,
    person: Person,
    place: Place,
    Json(body): Json<PrivateDetailsBody>,
) -> Result<Json<PrivateDetailsAnswer>, Problem> {
    person.need(Right::PrivateDetails, &place.wiki)?;
    let viewer = &person.0;
    let sight = sights.of(viewer, &place.wiki).await?;
    short("reason", &body.reason)?;
    let (log, hit_id) = (log_of(&place), hit_of(&place)?);
    let needs_reason = sights.settings(&place.wiki).privatedetails_reason;
    let details = hits.private_details(&log, hit_id, &sight, viewer, &body.reason, needs_reason).await?;
    let details = details.ok_or_else(Problem::not_found)?;
    Ok(Json(PrivateDetailsAnswer {
        hit_id: hit_id.to_string(),
        user: details.user,
        filter: details.gid,
        name: details.filter_name,
        ip: details.address,
    }))
}

/// What somebody says of a hit.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AssessBody {
    /// `true_positive`, `false_positive` or `unsure`.
    pub verdict: String,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub note: String,
}

/// Keeps what a person says of a hit. Said again, it replaces what the same person said before.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/hits/{hit}/assessment", tag = "hits", operation_id = "assess_hit",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("hit" = String, Path, description = "Id of the hit")),
    request_body = AssessBody,
    responses((status = 204), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn assess(
    State(hits): State<Hits>,
    State(sights): State<Sights>,
    person: Person,
    place: Place,
    Json(body): Json<AssessBody>,
) -> Result<StatusCode, Problem> {
    person.need(Right::LogDetail, &place.wiki)?;
    let sight = sights.of(&person.0, &place.wiki).await?;
    let verdict = Verdict::find(&body.verdict)
        .ok_or_else(|| invalid("verdict", "the verdict can be `true_positive`, `false_positive` or `unsure`"))?;
    short("note", &body.note)?;
    if hits.assess(&log_of(&place), hit_of(&place)?, &sight, &person.0, verdict, &body.note).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found())
    }
}

/// Which hits to hide or show.
#[derive(Debug, Deserialize, ToSchema)]
pub struct VisibilityBody {
    /// Ids of hits, 1 to 500.
    #[schema(min_items = 1, max_items = 500)]
    pub hits: Vec<String>,
    /// Whether they are to be hidden.
    pub hidden: bool,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub reason: String,
}

/// Hides hits, or shows them again: all of them or none. Every hit that changes leaves an entry in the access log.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/hits/visibility", tag = "hits", operation_id = "set_hit_visibility",
    params(("wiki" = String, Path, description = "Database name of the wiki")), request_body = VisibilityBody,
    responses((status = 204), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn set_visibility(
    State(hits): State<Hits>,
    State(sights): State<Sights>,
    person: Person,
    place: Place,
    Json(body): Json<VisibilityBody>,
) -> Result<StatusCode, Problem> {
    person.need(Right::HideLog, &place.wiki)?;
    let sight = sights.of(&person.0, &place.wiki).await?;
    short("reason", &body.reason)?;
    if !(1..=HIDDEN_AT_ONCE_MAX).contains(&body.hits.len()) {
        return Err(invalid("hits", &format!("1 to {HIDDEN_AT_ONCE_MAX} hits can be hidden or shown at once")));
    }
    let ids = body.hits.iter().map(|id| part(id)).collect::<Result<Vec<Id>, _>>()?;
    if hits.set_hidden(&place.wiki, &ids, body.hidden, &body.reason, &sight, &person.0).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found())
    }
}

fn short(field: &str, text: &str) -> Result<(), Problem> {
    if text.chars().count() > NOTE_CHARACTERS_MAX {
        return Err(invalid(field, &format!("`{field}` has more than {NOTE_CHARACTERS_MAX} characters")));
    }
    Ok(())
}

fn invalid(field: &str, message: &str) -> Problem {
    Problem::new(Code::Invalid, message).with_errors(vec![FieldError {
        code: Code::Invalid.name().into(),
        field: field.into(),
        span: None,
        params: Vec::new(),
        message: message.into(),
    }])
}

impl From<HitError> for Problem {
    fn from(error: HitError) -> Self {
        match error {
            HitError::Store(error) => error.into(),
            HitError::NotYet => Self::new(Code::StoreUnavailable, error.to_string()).retry_after_s(5),
            HitError::ReasonWanted => {
                invalid("reason", "say why: this wiki demands a reason for looking at private details")
            }
            HitError::TooManyGuesses => {
                let detail = "too many codes that do not exist were asked for. Try again in an hour";
                Self::new(Code::RateLimited, detail).retry_after_s(3600)
            }
            HitError::ReadOnly(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the access log cannot be written; private data was not shown"
                );
                let detail = "this is logged, and the log cannot be written now. Nothing was shown";
                Self::new(Code::ReadOnly, detail).with("retry", json!(true))
            }
        }
    }
}
