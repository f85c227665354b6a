//! Wikis of the farm.

use crate::auth::Person;
use crate::cursor::Cursors;
use crate::etag::{IfMatch, etag};
use crate::filters::limit;
use crate::json::{Json, Query, part};
use crate::problem::{Code, FieldError, Problem, ProblemBody};
use crate::state::Api;
use crate::text::time;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::{Right, Viewer, WikiId};
use wikiward_people::{People, PublicKey, Wiki, WikiDraft, WikiError, Wrong};

/// The routes of wikis.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(read, change))
}

/// A wiki.
#[derive(Debug, Serialize, ToSchema)]
pub struct WikiBody {
    /// Its database name, such as `enwiki`.
    wiki: String,
    /// Goes up with every change.
    version: u32,
    /// Its name for people.
    label: String,
    /// Address of its main page.
    url: String,
    /// Code of its language.
    language: String,
    /// Whether it is closed: its tokens and statements do not count.
    closed: bool,
    /// When it was added.
    created_at: String,
    /// When it was changed last.
    updated_at: String,
    /// The key with which it signs, in PEM. For who manages the farm.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[expect(clippy::option_option, reason = "left out for who may not see it, null where there is none")]
    public_key: Option<Option<String>>,
    /// The only algorithm its statements may use.
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<String>,
    /// Settings of its filters where they differ from the farm's. For who manages the farm.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    settings: Option<Map<String, Value>>,
    /// Groups of this wiki whose rights hold on the whole farm. For who manages the farm.
    #[serde(skip_serializing_if = "Option::is_none")]
    farm_groups: Option<Vec<String>>,
}

/// What can be said of a wiki.
#[derive(Debug, Deserialize, ToSchema)]
pub struct WikiInput {
    /// Its name for people: 1 to 200 bytes.
    label: String,
    /// Address of its main page, `https://` or `http://`.
    url: String,
    /// Code of its language.
    language: String,
    /// The key with which it signs, in PEM: Ed25519, P-256, or RSA of 2048 to 8192 bits.
    #[serde(default)]
    public_key: Option<String>,
    /// Settings of its filters where they differ from the farm's.
    #[serde(default)]
    #[schema(value_type = Object)]
    settings: Map<String, Value>,
    /// Groups of this wiki whose rights hold on the whole farm, such as `steward`.
    #[serde(default)]
    farm_groups: Vec<String>,
    /// Whether it is closed.
    #[serde(default)]
    closed: bool,
}

/// A wiki to add.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewWikiInput {
    /// Its database name: 1 to 64 of `a-z`, `0-9` and `_`.
    wiki: String,
    /// Its name for people: 1 to 200 bytes.
    label: String,
    /// Address of its main page, `https://` or `http://`.
    url: String,
    /// Code of its language.
    language: String,
    /// The key with which it signs, in PEM: Ed25519, P-256, or RSA of 2048 to 8192 bits.
    #[serde(default)]
    public_key: Option<String>,
    /// Settings of its filters where they differ from the farm's.
    #[serde(default)]
    #[schema(value_type = Object)]
    settings: Map<String, Value>,
    /// Groups of this wiki whose rights hold on the whole farm, such as `steward`.
    #[serde(default)]
    farm_groups: Vec<String>,
}

/// Which part of a list is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// Items on the page: 1 to 500, 50 if nothing is said.
    pub(crate) limit: Option<i64>,
    /// Where to go on: the `next` of the page before.
    pub(crate) cursor: Option<String>,
}

/// A page of wikis.
#[derive(Debug, Serialize, ToSchema)]
pub struct WikiPage {
    /// The wikis, by name.
    items: Vec<WikiBody>,
    /// Cursor of the next page; none on the last one.
    next: Option<String>,
}

fn body(wiki: &Wiki, viewer: &Viewer) -> WikiBody {
    let manages = viewer.may(Right::ManageFarm, &WikiId::farm()) || viewer.may(Right::ManageFarm, &wiki.id);
    let (draft, key) = (&wiki.draft, wiki.draft.public_key.as_ref());
    WikiBody {
        wiki: wiki.id.to_string(),
        version: wiki.version,
        label: draft.label.clone(),
        url: draft.url.clone(),
        language: draft.language.clone(),
        closed: wiki.is_closed,
        created_at: time(wiki.created_at),
        updated_at: time(wiki.updated_at),
        public_key: manages.then(|| key.map(|key| key.as_str().to_owned())),
        algorithm: key.filter(|_| manages).map(|key| key.algorithm().to_owned()),
        settings: manages.then(|| draft.settings.clone()),
        farm_groups: manages.then(|| draft.farm_groups.clone()),
    }
}

fn document(status: StatusCode, wiki: &Wiki, viewer: &Viewer) -> Response {
    (status, etag(wiki.version), Json::<_>(body(wiki, viewer))).into_response()
}

/// What is wrong, as a problem's `errors`.
pub(crate) fn field_errors(wrong: &[Wrong]) -> Vec<FieldError> {
    let error = |wrong: &Wrong| FieldError {
        code: wrong.code.to_owned(),
        field: wrong.field.to_owned(),
        span: None,
        params: Vec::new(),
        message: wrong.message.clone(),
    };
    wrong.iter().map(error).collect()
}

/// A problem that says everything that is wrong.
pub(crate) fn invalid(wrong: &[Wrong]) -> Problem {
    Problem::new(Code::Invalid, "the document is not valid: see `errors`").with_errors(field_errors(wrong))
}

/// A problem about one field.
pub(crate) fn invalid_field(code: &'static str, field: &'static str, message: impl Into<String>) -> Problem {
    invalid(&[Wrong { code, field, message: message.into() }])
}

/// A problem that says which version there is now.
pub(crate) fn stale(base: u32, current: u32) -> Problem {
    let detail = format!("version {base} is no longer current: {current} is. Read it again, then change it");
    Problem::new(Code::EditConflict, detail).with("current", json!(current))
}

/// A key as it was sent; an empty text is none.
fn key(text: Option<String>) -> Result<Option<PublicKey>, Problem> {
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| PublicKey::parse(&text).map_err(|error| invalid_field("bad_key", "public_key", error.to_string())))
        .transpose()
}

/// The wikis that you may look at.
#[utoipa::path(get, path = "/v1/wikis", tag = "wikis", params(PageParams),
    responses((status = 200, body = WikiPage), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody)))]
async fn list(
    State(people): State<Arc<People>>,
    State(cursors): State<Cursors>,
    Person(viewer): Person,
    Query(params): Query<PageParams>,
) -> Result<Json<WikiPage>, Problem> {
    let after: Option<String> = params.cursor.as_deref().map(|it| cursors.open(it, "wikis", &viewer)).transpose()?;
    let after: Option<WikiId> = after.and_then(|name| name.parse().ok());
    let page = people.wikis(&viewer, after.as_ref(), limit(params.limit)?);
    let next = page.next.map(|id| cursors.seal(&id.as_str(), "wikis", &viewer));
    Ok(Json(WikiPage { items: page.items.iter().map(|wiki| body(wiki, &viewer)).collect(), next }))
}

/// Adds a wiki.
#[utoipa::path(post, path = "/v1/wikis", tag = "wikis", request_body = NewWikiInput,
    responses((status = 201, body = WikiBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 409, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn add(
    State(people): State<Arc<People>>,
    person: Person,
    Json(input): Json<NewWikiInput>,
) -> Result<Response, Problem> {
    person.need(Right::ManageFarm, &WikiId::farm())?;
    let id: WikiId = input.wiki.parse().map_err(|error| invalid_field("bad_name", "wiki", format!("{error}")))?;
    let draft = WikiDraft {
        label: input.label,
        url: input.url,
        language: input.language,
        public_key: key(input.public_key)?,
        settings: input.settings,
        farm_groups: input.farm_groups,
    };
    let wiki = people.add_wiki(&person.0, id, draft).await?;
    Ok(document(StatusCode::CREATED, &wiki, &person.0))
}

/// Reads a wiki.
#[utoipa::path(get, path = "/v1/wikis/{wiki}", tag = "wikis",
    params(("wiki" = String, Path, description = "Its database name")),
    responses((status = 200, body = WikiBody), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn read(
    State(people): State<Arc<People>>,
    Person(viewer): Person,
    Path(wiki): Path<String>,
) -> Result<Response, Problem> {
    let wiki = people.visible_wiki(&viewer, &part(&wiki)?).ok_or_else(Problem::not_found)?;
    Ok(document(StatusCode::OK, &wiki, &viewer))
}

/// Changes a wiki, closes it or opens it again.
#[utoipa::path(put, path = "/v1/wikis/{wiki}", tag = "wikis",
    params(("wiki" = String, Path, description = "Its database name"), ("If-Match" = String, Header, description = "Its `ETag`")),
    request_body = WikiInput,
    responses((status = 200, body = WikiBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 412, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn change(
    State(people): State<Arc<People>>,
    person: Person,
    Path(wiki): Path<String>,
    IfMatch(base): IfMatch,
    Json(input): Json<WikiInput>,
) -> Result<Response, Problem> {
    let id: WikiId = part(&wiki)?;
    if people.visible_wiki(&person.0, &id).is_none() {
        return Err(Problem::not_found());
    }
    person.need(Right::ManageFarm, &WikiId::farm())?;
    let draft = WikiDraft {
        label: input.label,
        url: input.url,
        language: input.language,
        public_key: key(input.public_key)?,
        settings: input.settings,
        farm_groups: input.farm_groups,
    };
    let wiki = people.change_wiki(&person.0, &id, base, draft, input.closed).await?;
    Ok(document(StatusCode::OK, &wiki, &person.0))
}

impl From<WikiError> for Problem {
    fn from(error: WikiError) -> Self {
        match error {
            WikiError::Forbidden(right) => Self::forbidden(right),
            WikiError::Unknown => Self::not_found(),
            WikiError::Taken(name) => Self::new(Code::NameTaken, format!("`{name}` is there already")),
            WikiError::Stale { base, current } => stale(base, current),
            WikiError::Invalid(wrong) => invalid(&wrong),
            WikiError::Store(error) => error.into(),
        }
    }
}
