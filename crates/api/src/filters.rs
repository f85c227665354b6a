//! Filters: list, create, read, save, check, opt out.

mod wire;

pub use wire::{
    BrakeDocument, BrakeOfFilter, By, Content, FilterDocument, FilterWrite, FindingBody, Findings, Permissions,
    PrivacyDocument, ScopeDocument, TestBody, TestedBody, VersionDocument,
};

use crate::auth::Person;
use crate::cursor::Cursors;
use crate::etag::{IfMatch, etag};
use crate::json::{Json, Query, part};
use crate::problem::{Code, FieldError, Problem, ProblemBody};
use crate::state::Api;
use axum::Router;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::{Clock, Limit, Right, WikiId};
use wikiward_filters::life::list::{PrivacyMark, SEARCH_BYTES_MAX};
use wikiward_filters::life::{
    Braked, Filters, ListKey, ListQuery, OptOut, OptOutMode, ReadError, SaveError, Saved, Search, Sort, Whose,
};
use wikiward_filters::model::{Filter, State as FilterState, TestCase, Version};

/// The routes of filters on wikis; [`crate::farm`] mounts them for the farm, too.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(validate))
        .routes(routes!(read, save))
        .routes(routes!(version))
        .routes(routes!(optout, set_optout))
}

/// The same for the farm, without the description.
pub(crate) fn farm_routes() -> Router<Api> {
    Router::new()
        .route("/v1/farm/filters", get(list).post(create))
        .route("/v1/farm/filters/validate", post(validate))
        .route("/v1/farm/filters/{id}", get(read).put(save))
        .route("/v1/farm/filters/{id}/versions/{version}", get(version))
}

/// The place that a path names: a wiki, or the farm, and what else stands in it.
#[derive(Debug, Clone)]
pub struct Place {
    /// The wiki; `*` under `/v1/farm`.
    pub wiki: WikiId,
    rest: HashMap<String, String>,
}

impl Place {
    /// Another part of the path.
    pub fn part(&self, name: &str) -> &str {
        self.rest.get(name).map_or("", String::as_str)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Place {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::<HashMap<String, String>>::from_request_parts(parts, state).await;
        let mut rest = path.map_err(|_| Problem::not_found())?.0;
        let wiki = match rest.remove("wiki") {
            Some(name) => part::<WikiId>(&name)?,
            None => WikiId::farm(),
        };
        // The farm has paths of its own.
        if parts.uri.path().starts_with("/v1/wikis/") && wiki.is_farm() {
            return Err(Problem::not_found());
        }
        Ok(Self { wiki, rest })
    }
}

/// What a list of filters may be asked for.
#[derive(Debug, Default, Deserialize, Serialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ListParams {
    /// States: `draft`, `shadow`, `enabled`, `disabled`, `deleted`. All but deleted if none is named.
    state: Vec<String>,
    /// Names of groups.
    group: Vec<String>,
    /// Marks: `public`, `hidden`, `protected`, `suppressed`.
    privacy: Vec<String>,
    /// Consequences, any of them.
    consequence: Vec<String>,
    /// Whether they are braked on the wiki.
    braked: Option<bool>,
    /// Whether their brake is held there.
    held: Option<bool>,
    /// A text that rules contain; 1 to 1,000 bytes.
    q: Option<String>,
    /// How `q` is meant: `plain`, `regex`, `regex_i`.
    q_mode: Option<String>,
    /// Whose filters: `local`, `farm`, `all`.
    scope: Option<String>,
    /// The order: `id`, `name`, `hits`, `edited`.
    sort: Option<String>,
    /// `asc` or `desc`.
    dir: Option<String>,
    /// Items on the page, 1 to 500; 50 if it is not said.
    limit: Option<i64>,
    /// Where the page before ended.
    #[serde(skip_serializing)]
    cursor: Option<String>,
}

/// A page of filters.
#[derive(Debug, Serialize, ToSchema)]
pub struct FilterPage {
    items: Vec<FilterDocument>,
    /// Where the next page begins; null on the last one.
    next: Option<String>,
}

/// What came of a save.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedBody {
    /// Whether anything changed.
    changed: bool,
    filter: FilterDocument,
    warnings: Vec<FindingBody>,
}

/// What is said when a candidate becomes the next version of its filter.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct PromoteBody {
    /// Why; at most 500 characters. The candidate's own reason if nothing is said.
    pub reason: String,
    /// Why a rule that destroys was not tested on past actions first.
    pub skip_backtest_reason: String,
    /// Why tests that fail do not matter.
    pub override_tests: String,
}

/// What a wiki leaves of a farm-wide filter.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct OptOutBody {
    /// `on` (all of it), `off`, `log` or `without`.
    mode: String,
    /// Consequences that are not taken, with `without`.
    #[serde(default)]
    consequences: BTreeSet<String>,
    /// Why; at most 500 characters. Only written.
    #[serde(default, skip_serializing)]
    reason: String,
}

fn bad(message: impl Into<String>) -> Problem {
    Problem::new(Code::BadRequest, message)
}

/// A limit of a list.
///
/// # Errors
/// [`Code::BadRequest`] outside of 1 to 500.
pub fn limit(items: Option<i64>) -> Result<Limit, Problem> {
    items.map_or(Ok(Limit::default()), |items| Limit::new(items).map_err(|error| bad(error.to_string())))
}

fn words<T>(field: &str, words: &[String], find: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Problem> {
    let found = words.iter().map(|word| find(word).ok_or_else(|| bad(format!("`{field}` cannot be `{word}`"))));
    found.collect()
}

fn query(params: &ListParams) -> Result<ListQuery, Problem> {
    let too_many = |list: &[String]| list.len() > 50;
    if [&params.state, &params.group, &params.privacy, &params.consequence].into_iter().any(|list| too_many(list)) {
        return Err(bad("at most 50 values of one parameter are allowed"));
    }
    let search = match (&params.q, params.q_mode.as_deref()) {
        (None, None) => None,
        (Some(text), _) if text.is_empty() || text.len() > SEARCH_BYTES_MAX || text.contains('\0') => {
            return Err(bad("`q` has 1 to 1,000 bytes"));
        }
        (Some(text), None | Some("plain")) => Some(Search::Plain(text.clone())),
        (Some(text), Some("regex")) => Some(Search::Regex { pattern: text.clone(), ignores_case: false }),
        (Some(text), Some("regex_i")) => Some(Search::Regex { pattern: text.clone(), ignores_case: true }),
        _ => return Err(bad("`q_mode` is plain, regex or regex_i, with `q`")),
    };
    Ok(ListQuery {
        states: words("state", &params.state, FilterState::find)?,
        groups: params.group.clone(),
        privacy: words("privacy", &params.privacy, PrivacyMark::find)?,
        consequences: params.consequence.clone(),
        is_braked: params.braked,
        is_held: params.held,
        search,
        whose: match params.scope.as_deref() {
            None | Some("local") => Whose::Local,
            Some("farm") => Whose::Farm,
            Some("all") => Whose::All,
            Some(_) => return Err(bad("`scope` is local, farm or all")),
        },
        sort: match params.sort.as_deref() {
            None | Some("id") => Sort::Id,
            Some("name") => Sort::Name,
            Some("hits") => Sort::Hits,
            Some("edited") => Sort::Edited,
            Some(_) => return Err(bad("`sort` is id, name, hits or edited")),
        },
        is_descending: match params.dir.as_deref() {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(_) => return Err(bad("`dir` is asc or desc")),
        },
    })
}

/// Lists the filters that the caller may see.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/filters", tag = "filters",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ListParams),
    responses((status = 200, body = FilterPage), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn list(
    State(filters): State<Filters>,
    State(cursors): State<Cursors>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
    Query(params): Query<ListParams>,
) -> Result<Json<FilterPage>, Problem> {
    let selection = serde_html_form::to_string(&ListParams { limit: None, ..copy(&params) }).unwrap_or_default();
    let name = format!("filters {} {selection}", place.wiki);
    let after: Option<ListKey> =
        params.cursor.as_deref().map(|cursor| cursors.open(cursor, &name, &viewer)).transpose()?;
    let page = filters.list(&viewer, &place.wiki, &query(&params)?, after, limit(params.limit)?).await?;
    let next = page.next.as_ref().map(|key| cursors.seal(key, &name, &viewer));
    let now = clock.now();
    let brakes = filters.brakes(&place.wiki).await?;
    let document = |filter: &Filter| FilterDocument::new(filter, brakes.get(&filter.key), &viewer, &place.wiki, now);
    let items = page.items.iter().map(document).collect();
    Ok(Json(FilterPage { items, next }))
}

fn copy(params: &ListParams) -> ListParams {
    ListParams {
        state: params.state.clone(),
        group: params.group.clone(),
        privacy: params.privacy.clone(),
        consequence: params.consequence.clone(),
        braked: params.braked,
        held: params.held,
        q: params.q.clone(),
        q_mode: params.q_mode.clone(),
        scope: params.scope.clone(),
        sort: params.sort.clone(),
        dir: params.dir.clone(),
        limit: params.limit,
        cursor: None,
    }
}

/// Creates a filter.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/filters", tag = "filters",
    params(("wiki" = String, Path, description = "Database name of the wiki")), request_body = FilterWrite,
    responses((status = 201, body = SavedBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn create(
    State(filters): State<Filters>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
    Json(write): Json<FilterWrite>,
) -> Result<Response, Problem> {
    let saved = filters.create(&viewer, &place.wiki, &write.request()?).await?;
    let tests = filters.visible_tests(&viewer, &saved.filter.key.wiki, &saved.filter.draft.tests).await?;
    let base = if place.wiki.is_farm() { "/v1/farm".to_owned() } else { format!("/v1/wikis/{}", place.wiki) };
    let location = format!("{base}/filters/{}", saved.filter.key.number);
    let mut response = (StatusCode::CREATED, answer(&saved, &Braked::default(), &viewer, &place.wiki, &*clock, &tests))
        .into_response();
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Reads a filter.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/filters/{id}", tag = "filters",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17` for a farm-wide one")),
    responses((status = 200, body = FilterDocument), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn read(
    State(filters): State<Filters>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
) -> Result<Response, Problem> {
    let (filter, braked) = filters.brake(&viewer, &place.wiki, place.part("id")).await?;
    let tests = filters.visible_tests(&viewer, &filter.key.wiki, &filter.draft.tests).await?;
    let document = FilterDocument::new(&filter, Some(&braked), &viewer, &place.wiki, clock.now()).with_tests(&tests);
    Ok((etag(filter.version), Json::<_>(document)).into_response())
}

/// Saves a filter: the whole document, over the version named in `If-Match`.
#[utoipa::path(put, path = "/v1/wikis/{wiki}/filters/{id}", tag = "filters",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17` for a farm-wide one"), ("If-Match" = String, Header, description = "The version that was changed, in quotes")),
    request_body = FilterWrite,
    responses((status = 200, body = SavedBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 412, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn save(
    State(filters): State<Filters>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
    IfMatch(base): IfMatch,
    Json(write): Json<FilterWrite>,
) -> Result<Response, Problem> {
    let saved = filters.save(&viewer, &place.wiki, place.part("id"), Version(base), &write.request()?).await?;
    let braked = filters.braked(&saved.filter.key, &place.wiki).await?;
    let tests = filters.visible_tests(&viewer, &saved.filter.key.wiki, &saved.filter.draft.tests).await?;
    Ok(answer(&saved, &braked, &viewer, &place.wiki, &*clock, &tests))
}

pub(crate) fn answer(
    saved: &Saved,
    braked: &Braked,
    viewer: &wikiward_farm::Viewer,
    wiki: &WikiId,
    clock: &dyn Clock,
    tests: &[TestCase],
) -> Response {
    let filter = FilterDocument::new(&saved.filter, Some(braked), viewer, wiki, clock.now()).with_tests(tests);
    let warnings = saved.warnings.iter().map(FindingBody::from).collect();
    let body = SavedBody { changed: saved.changed, filter, warnings };
    (etag(saved.filter.version), Json::<_>(body)).into_response()
}

/// Which filter a draft would be saved over.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ValidateParams {
    /// The filter that would be saved; none for a new one.
    id: Option<String>,
}

/// Checks what would be saved, and saves nothing.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/filters/validate", tag = "filters",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ValidateParams), request_body = FilterWrite,
    responses((status = 200, body = Findings), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody)))]
async fn validate(
    State(filters): State<Filters>,
    Person(viewer): Person,
    place: Place,
    Query(params): Query<ValidateParams>,
    Json(write): Json<FilterWrite>,
) -> Result<Json<Findings>, Problem> {
    let found = filters.validate(&viewer, &place.wiki, params.id.as_deref(), &write.request()?).await?;
    Ok(Json(Findings::from(&found)))
}

/// Reads one version of a filter.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/filters/{id}/versions/{version}", tag = "filters",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`17`, or `global-17`"), ("version" = String, Path, description = "Its number")),
    responses((status = 200, body = wire::VersionDocument), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn version(State(filters): State<Filters>, Person(viewer): Person, place: Place) -> Result<Response, Problem> {
    let number = part::<Version>(place.part("version"))?;
    let version = filters.version(&viewer, &place.wiki, place.part("id"), number).await?;
    let tests = filters.visible_tests(&viewer, &version.key.wiki, &version.draft.tests).await?;
    let document = wire::VersionDocument::new(&version, &place.wiki).with_tests(&tests);
    Ok((etag(version.version), Json::<_>(document)).into_response())
}

/// Tells what the wiki leaves of a farm-wide filter.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/filters/{id}/optout", tag = "filters",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`global-17`")),
    responses((status = 200, body = OptOutBody), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn optout(
    State(filters): State<Filters>,
    Person(viewer): Person,
    place: Place,
) -> Result<Json<OptOutBody>, Problem> {
    let chosen = filters.optout(&viewer, &place.wiki, place.part("id")).await?;
    Ok(Json(optout_body(chosen.as_ref())))
}

fn optout_body(chosen: Option<&OptOut>) -> OptOutBody {
    OptOutBody {
        mode: chosen.map_or("on", |chosen| chosen.mode.name()).to_owned(),
        consequences: chosen.map(|chosen| chosen.consequences.clone()).unwrap_or_default(),
        reason: String::new(),
    }
}

/// Switches a farm-wide filter off for a wiki, to log only, or off for some of its consequences.
#[utoipa::path(put, path = "/v1/wikis/{wiki}/filters/{id}/optout", tag = "filters",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ("id" = String, Path, description = "`global-17`")),
    request_body = OptOutBody,
    responses((status = 200, body = OptOutBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody)))]
async fn set_optout(
    State(filters): State<Filters>,
    Person(viewer): Person,
    place: Place,
    Json(body): Json<OptOutBody>,
) -> Result<Json<OptOutBody>, Problem> {
    let chosen = match (body.mode.as_str(), OptOutMode::find(&body.mode)) {
        ("on", _) => None,
        (_, Some(mode)) => Some(OptOut { mode, consequences: body.consequences }),
        _ => return Err(bad("`mode` is on, off, log or without")),
    };
    let names = chosen.as_ref().map_or(0, |chosen| chosen.consequences.len());
    let is_partial = chosen.as_ref().is_some_and(|chosen| chosen.mode == OptOutMode::Without);
    if is_partial != (names > 0) || names > 64 {
        return Err(bad("`consequences` are named with the mode `without`, 1 to 64 of them"));
    }
    if body.reason.chars().count() > 500 || body.reason.contains('\0') {
        return Err(bad("`reason` has at most 500 characters"));
    }
    filters.set_optout(&viewer, &place.wiki, place.part("id"), chosen.as_ref(), &body.reason).await?;
    Ok(Json(optout_body(chosen.as_ref())))
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotFound => Self::not_found(),
            ReadError::Forbidden(right) => Self::forbidden(right),
            ReadError::Pattern(message) => bad(format!("the pattern cannot be searched for: {message}")),
            ReadError::Store(error) => error.into(),
        }
    }
}

impl From<SaveError> for Problem {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::NotFound => Self::not_found(),
            SaveError::Forbidden(right) => Self::forbidden(right),
            SaveError::NoSuchVersion(version) => {
                Self::new(Code::PreconditionFailed, format!("the filter never had a version {version}"))
            }
            SaveError::Invalid(found) => {
                let warnings: Vec<FindingBody> = found.warnings.iter().map(FindingBody::from).collect();
                Self::new(Code::Invalid, "the filter was not saved: see `errors`")
                    .with_errors(found.errors.iter().map(field_error).collect())
                    .with("warnings", json!(warnings))
            }
            SaveError::Conflict(conflict) => conflict_problem(&conflict),
            SaveError::Store(error) => error.into(),
        }
    }
}

fn conflict_problem(conflict: &wikiward_filters::life::Conflict) -> Problem {
    let wiki = &conflict.current.key.wiki;
    let current = &conflict.current;
    let detail =
        format!("version {} was saved by {} in between. Nothing was saved", current.version, current.edited_by.name);
    let base = conflict.base.as_ref().map(|base| json!(wire::VersionDocument::new(base, wiki)));
    Problem::new(Code::EditConflict, detail)
        .with("base", base.unwrap_or(Value::Null))
        .with("current", json!(wire::VersionDocument::new(current, wiki)))
        .with("three_way", conflict.three_way.as_ref().map_or(Value::Null, wire::three_way))
}

/// A finding as an error of a problem.
pub fn field_error(finding: &wikiward_filters::save::Finding) -> FieldError {
    FieldError {
        code: finding.code.to_owned(),
        field: finding.field.clone(),
        span: finding.span,
        params: finding.params.clone(),
        message: finding.message.clone(),
    }
}

/// Whether the caller sees how often a filter was hit.
fn may_count(viewer: &wikiward_farm::Viewer, owner: &WikiId) -> bool {
    viewer.may(Right::LogDetail, owner)
}
