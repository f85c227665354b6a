//! Holds of automatic promotion: what wikis ask, and what people do with them.

use crate::auth::{ACTOR_HEADER, Person, Program};
use crate::cursor::Cursors;
use crate::filters::{Place, limit};
use crate::hits::Sights;
use crate::json::{Json, Query};
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::Api;
use crate::text::time;
use axum::extract::{FromRef, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{UserName, Viewer, WikiId};
use wikiward_filters::autopromote::{
    AutopromoteError, AutopromoteHolds, CACHED_S, Give, HoldKey, Person as Whom, SeenHold,
};
use wikiward_people::Scope;

/// The routes of holds of automatic promotion.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one, give, end))
}

impl FromRef<Api> for AutopromoteHolds {
    fn from_ref(api: &Api) -> Self {
        Self::new(api.store.clone(), api.judge.snapshots().clone(), api.entropy.clone())
    }
}

/// Which person is meant beside the name.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct WhomQuery {
    /// The user's id on the wiki: finds the hold of a user who was renamed a moment ago.
    user_id: Option<i64>,
    /// Why, of an end; at most 500 characters.
    reason: Option<String>,
}

/// Which holds.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct HoldsQuery {
    /// Holds on the page, 1 to 500; 50 if it is not said.
    limit: Option<i64>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// A hold that is given.
#[derive(Debug, Deserialize, ToSchema)]
pub struct GiveBody {
    /// 60 to 31,622,400; as many as the wiki's setting says if it is not said (5 days).
    #[serde(default)]
    pub seconds: Option<u32>,
    /// Why; at most 500 characters.
    #[serde(default)]
    pub reason: String,
    /// The user's id on the wiki.
    #[serde(default)]
    pub user_id: Option<i64>,
}

/// Whether a person's promotion is held.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldBody {
    user: String,
    held: bool,
    until: Option<String>,
    /// The hold; for people who may end it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<HoldBody>,
}

/// A hold.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AutopromoteHoldBody)]
pub struct HoldBody {
    user: String,
    user_id: Option<i64>,
    /// Null if it comes from a hit that the viewer may not see.
    since: Option<String>,
    until: String,
    /// The person who gave it; null if a filter did.
    by: Option<String>,
    reason: String,
    /// The filter that gave it, if the viewer may see the hit.
    filter: Option<String>,
    hit_id: Option<String>,
}

/// A page of holds, those that end last first.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldsPage {
    items: Vec<HoldBody>,
    /// Where the next page begins; null on the last one.
    next: Option<String>,
}

impl From<SeenHold> for HoldBody {
    fn from(hold: SeenHold) -> Self {
        Self {
            user: hold.user,
            user_id: hold.user_id,
            since: hold.since.map(time),
            until: time(hold.until),
            by: hold.by,
            reason: hold.reason,
            filter: hold.hit.as_ref().map(|(filter, _)| filter.gid()),
            hit_id: hold.hit.as_ref().map(|(_, hit_id)| hit_id.to_string()),
        }
    }
}

impl From<AutopromoteError> for Problem {
    fn from(error: AutopromoteError) -> Self {
        let detail = error.to_string();
        match error {
            AutopromoteError::NotFound => Self::not_found(),
            AutopromoteError::Forbidden(right) => Self::forbidden(right),
            AutopromoteError::Bad { field, message } => Self::new(Code::BadRequest, format!("`{field}`: {message}")),
            AutopromoteError::NotSuspended => Self::new(Code::NotSuspended, detail),
            AutopromoteError::Store(error) => error.into(),
        }
    }
}

fn whom(place: &Place, user_id: Option<i64>) -> Result<Whom, Problem> {
    let name: UserName = place.part("user").parse().map_err(|error: wikiward_farm::people::BadUserName| {
        Problem::new(Code::BadRequest, format!("`user`: {error}"))
    })?;
    // 0 is MediaWiki's number of who has none.
    Ok(Whom { name, id: user_id.filter(|id| *id != 0) })
}

/// What the viewer may see of hits: holds name them. Who may not see the log sees none.
async fn shown(
    sights: &Sights,
    viewer: &Viewer,
    wiki: &WikiId,
) -> Result<impl Fn(wikiward_filters::autopromote::AutopromoteHold) -> HoldBody, Problem> {
    let sight = sights.of(viewer, wiki).await?;
    Ok(move |hold: wikiward_filters::autopromote::AutopromoteHold| HoldBody::from(hold.seen(&sight)))
}

/// Lists the holds that go on.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/autopromote-holds", tag = "autopromotion", operation_id = "autopromote_holds",
    params(("wiki" = String, Path, description = "Database name of the wiki"), HoldsQuery),
    responses((status = 200, body = HoldsPage), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn list(
    State(holds): State<AutopromoteHolds>,
    State(sights): State<Sights>,
    State(cursors): State<Cursors>,
    Person(viewer): Person,
    place: Place,
    Query(query): Query<HoldsQuery>,
) -> Result<Json<HoldsPage>, Problem> {
    let name = format!("autopromote-holds {}", place.wiki);
    let after =
        query.cursor.as_deref().map(|cursor| cursors.open::<(i64, String)>(cursor, &name, &viewer)).transpose()?;
    let after = after.map(|(until, user)| HoldKey { until: from_micros(until), user });
    let page = holds.list(&viewer, &place.wiki, after.as_ref(), limit(query.limit)?).await?;
    let shown = shown(&sights, &viewer, &place.wiki).await?;
    let next = page.next.map(|key| cursors.seal(&(micros(key.until), key.user), &name, &viewer));
    Ok(Json(HoldsPage { items: page.items.into_iter().map(shown).collect(), next }))
}

/// Says whether a person's automatic promotion is held. Programs with the scope `evaluate` may ask, and go by the answer for
/// a minute; people who may end holds are told more.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/autopromote-holds/{user}", tag = "autopromotion", operation_id = "autopromote_hold",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("user" = String, Path, description = "Name of the user"), WhomQuery),
    responses((status = 200, body = HeldBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn one(
    State(holds): State<AutopromoteHolds>,
    State(sights): State<Sights>,
    headers: HeaderMap,
    program: Result<Program, Problem>,
    person: Result<Person, Problem>,
    place: Place,
    Query(query): Query<WhomQuery>,
) -> Result<Response, Problem> {
    let whom = whom(&place, query.user_id)?;
    if let Ok(program) = program
        && !headers.contains_key(ACTOR_HEADER)
    {
        if place.wiki.is_farm() {
            return Err(Problem::not_found());
        }
        program.need(Scope::Evaluate, &place.wiki)?;
        let until = holds.held(&place.wiki, &whom).await?;
        let body = HeldBody { user: whom.name.to_string(), held: until.is_some(), until: until.map(time), hold: None };
        return Ok(([(CACHE_CONTROL, format!("private, max-age={CACHED_S}"))], Json::<_>(body)).into_response());
    }
    let Person(viewer) = person?;
    let hold = holds.one(&viewer, &place.wiki, &whom).await?;
    let shown = shown(&sights, &viewer, &place.wiki).await?;
    let hold = hold.map(shown);
    let until = hold.as_ref().map(|hold| hold.until.clone());
    let body = HeldBody { user: whom.name.to_string(), held: hold.is_some(), until, hold };
    Ok(Json::<_>(body).into_response())
}

/// Holds a person's automatic promotion from now on, whatever was there before.
#[utoipa::path(put, path = "/v1/wikis/{wiki}/autopromote-holds/{user}", tag = "autopromotion", operation_id = "hold_autopromotion",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("user" = String, Path, description = "Name of the user")),
    request_body = GiveBody,
    responses((status = 200, body = HoldBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 413, body = ProblemBody),
        (status = 415, body = ProblemBody)))]
async fn give(
    State(holds): State<AutopromoteHolds>,
    State(sights): State<Sights>,
    Person(viewer): Person,
    place: Place,
    Json(body): Json<GiveBody>,
) -> Result<Json<HoldBody>, Problem> {
    let whom = whom(&place, body.user_id)?;
    let hold = holds.give(&viewer, &place.wiki, &whom, &Give { seconds: body.seconds, reason: body.reason }).await?;
    Ok(Json(shown(&sights, &viewer, &place.wiki).await?(hold)))
}

/// Ends a hold early: the person is promoted again as others are.
#[utoipa::path(delete, path = "/v1/wikis/{wiki}/autopromote-holds/{user}", tag = "autopromotion", operation_id = "restore_autopromotion",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("user" = String, Path, description = "Name of the user"), WhomQuery),
    responses((status = 204), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
async fn end(
    State(holds): State<AutopromoteHolds>,
    Person(viewer): Person,
    place: Place,
    Query(query): Query<WhomQuery>,
) -> Result<StatusCode, Problem> {
    let whom = whom(&place, query.user_id)?;
    holds.end(&viewer, &place.wiki, &whom, query.reason.as_deref().unwrap_or_default()).await?;
    Ok(StatusCode::NO_CONTENT)
}
