//! Sets of wikis.

use crate::auth::Person;
use crate::cursor::Cursors;
use crate::etag::{IfMatch, etag};
use crate::filters::limit;
use crate::json::{Json, Query, part};
use crate::problem::{Problem, ProblemBody};
use crate::state::Api;
use crate::text::time;
use crate::wikis::{PageParams, invalid_field};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::{Right, Viewer, WikiId, WikiSetId};
use wikiward_people::{People, SetDraft, WikiSet};

/// The routes of sets of wikis.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(read, change, remove))
}

/// A set of wikis.
#[derive(Debug, Serialize, ToSchema)]
pub struct WikiSetBody {
    /// Its name.
    wiki_set: String,
    /// Goes up with every change.
    version: u32,
    /// Its name for people.
    label: String,
    /// The wikis in it that you may look at.
    wikis: Vec<String>,
    /// When it was made.
    created_at: String,
}

/// What can be said of a set of wikis.
#[derive(Debug, Deserialize, ToSchema)]
pub struct WikiSetInput {
    /// Its name for people: 1 to 200 bytes.
    label: String,
    /// The wikis in it.
    wikis: Vec<String>,
}

/// A set of wikis to make.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewWikiSetInput {
    /// Its name: 1 to 64 of `a-z`, `0-9`, `_` and `-`.
    wiki_set: String,
    /// Its name for people: 1 to 200 bytes.
    label: String,
    /// The wikis in it.
    wikis: Vec<String>,
}

/// A page of sets of wikis.
#[derive(Debug, Serialize, ToSchema)]
pub struct WikiSetPage {
    /// The sets, by name.
    items: Vec<WikiSetBody>,
    /// Cursor of the next page; none on the last one.
    next: Option<String>,
}

fn body(people: &People, set: &WikiSet, viewer: &Viewer) -> WikiSetBody {
    let visible = set.draft.wikis.iter().filter(|wiki| people.visible_wiki(viewer, wiki).is_some());
    WikiSetBody {
        wiki_set: set.id.to_string(),
        version: set.version,
        label: set.draft.label.clone(),
        wikis: visible.map(WikiId::to_string).collect(),
        created_at: time(set.created_at),
    }
}

fn draft(label: String, wikis: &[String]) -> Result<SetDraft, Problem> {
    let wikis: Result<BTreeSet<WikiId>, _> = wikis.iter().map(|name| name.parse()).collect();
    let wikis = wikis.map_err(|error| invalid_field("bad_name", "wikis", format!("{error}")))?;
    Ok(SetDraft { label, wikis })
}

/// The sets of wikis.
#[utoipa::path(get, path = "/v1/wiki-sets", tag = "wikis", params(PageParams),
    responses((status = 200, body = WikiSetPage), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody)))]
async fn list(
    State(people): State<Arc<People>>,
    State(cursors): State<Cursors>,
    Person(viewer): Person,
    Query(params): Query<PageParams>,
) -> Result<Json<WikiSetPage>, Problem> {
    let after: Option<String> =
        params.cursor.as_deref().map(|it| cursors.open(it, "wiki-sets", &viewer)).transpose()?;
    let after: Option<WikiSetId> = after.and_then(|name| name.parse().ok());
    let page = people.wiki_sets(after.as_ref(), limit(params.limit)?);
    let next = page.next.map(|id| cursors.seal(&id.as_str(), "wiki-sets", &viewer));
    Ok(Json(WikiSetPage { items: page.items.iter().map(|set| body(&people, set, &viewer)).collect(), next }))
}

/// Makes a set of wikis.
#[utoipa::path(post, path = "/v1/wiki-sets", tag = "wikis", request_body = NewWikiSetInput,
    responses((status = 201, body = WikiSetBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 409, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn add(
    State(people): State<Arc<People>>,
    person: Person,
    Json(input): Json<NewWikiSetInput>,
) -> Result<Response, Problem> {
    person.need(Right::ManageFarm, &WikiId::farm())?;
    let id: WikiSetId =
        input.wiki_set.parse().map_err(|error| invalid_field("bad_name", "wiki_set", format!("{error}")))?;
    let set = people.add_wiki_set(&person.0, id, draft(input.label, &input.wikis)?).await?;
    Ok((StatusCode::CREATED, etag(set.version), Json::<_>(body(&people, &set, &person.0))).into_response())
}

/// Reads a set of wikis.
#[utoipa::path(get, path = "/v1/wiki-sets/{wiki_set}", tag = "wikis",
    params(("wiki_set" = String, Path, description = "Its name")),
    responses((status = 200, body = WikiSetBody), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn read(
    State(people): State<Arc<People>>,
    Person(viewer): Person,
    Path(set): Path<String>,
) -> Result<Response, Problem> {
    let set = people.wiki_set(&part(&set)?).ok_or_else(Problem::not_found)?;
    Ok((etag(set.version), Json::<_>(body(&people, &set, &viewer))).into_response())
}

/// Changes a set of wikis.
#[utoipa::path(put, path = "/v1/wiki-sets/{wiki_set}", tag = "wikis",
    params(("wiki_set" = String, Path, description = "Its name"), ("If-Match" = String, Header, description = "Its `ETag`")),
    request_body = WikiSetInput,
    responses((status = 200, body = WikiSetBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 412, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn change(
    State(people): State<Arc<People>>,
    person: Person,
    Path(set): Path<String>,
    IfMatch(base): IfMatch,
    Json(input): Json<WikiSetInput>,
) -> Result<Response, Problem> {
    person.need(Right::ManageFarm, &WikiId::farm())?;
    let set = people.change_wiki_set(&person.0, &part(&set)?, base, draft(input.label, &input.wikis)?).await?;
    Ok((etag(set.version), Json::<_>(body(&people, &set, &person.0))).into_response())
}

/// Removes a set of wikis: scopes that name it mean no wiki by it then.
#[utoipa::path(delete, path = "/v1/wiki-sets/{wiki_set}", tag = "wikis",
    params(("wiki_set" = String, Path, description = "Its name"), ("If-Match" = String, Header, description = "Its `ETag`")),
    responses((status = 204), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 412, body = ProblemBody)))]
async fn remove(
    State(people): State<Arc<People>>,
    person: Person,
    Path(set): Path<String>,
    IfMatch(base): IfMatch,
) -> Result<StatusCode, Problem> {
    person.need(Right::ManageFarm, &WikiId::farm())?;
    people.remove_wiki_set(&person.0, &part(&set)?, base).await?;
    Ok(StatusCode::NO_CONTENT)
}
