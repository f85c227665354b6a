//! Exporting and importing filters.

use crate::auth::Person;
use crate::filters::{FilterDocument, FindingBody, Place, field_error};
use crate::json::{Json, Query, read_body};
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::Api;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::Clock;
use wikiward_filters::life::porting::FILTERS_MAX;
use wikiward_filters::life::{Filters, ImportRequest, Imported};
use wikiward_filters::portable::Format;

/// Most bytes of an import: 16 MiB.
const IMPORT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// One filter a line.
const LINES: &str = "application/x-ndjson";

/// The routes of exports and imports on wikis.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(export)).routes(routes!(import))
}

/// The same for the farm, without the description.
pub(crate) fn farm_routes() -> Router<Api> {
    Router::new().route("/v1/farm/export", get(export)).route("/v1/farm/import", post(import))
}

/// What to export.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ExportParams {
    /// Filters, separated by commas: 1 to 500.
    filters: String,
    /// `plain`, which AbuseFilter reads, `plain-1.39` for AbuseFilter up to MediaWiki 1.42, or `extended`.
    format: Option<String>,
}

/// Exports filters, one a line.
#[utoipa::path(get, path = "/v1/wikis/{wiki}/export", tag = "filters",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ExportParams),
    responses((status = 200, body = String, content_type = "application/x-ndjson"), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn export(
    State(filters): State<Filters>,
    Person(viewer): Person,
    place: Place,
    Query(params): Query<ExportParams>,
) -> Result<Response, Problem> {
    let format = match params.format.as_deref() {
        None | Some("plain") => Format::Plain,
        Some("plain-1.39") => Format::Plain139,
        Some("extended") => Format::Extended,
        Some(_) => return Err(Problem::new(Code::BadRequest, "`format` is plain, plain-1.39 or extended")),
    };
    let gids: Vec<String> =
        params.filters.split(',').map(|gid| gid.trim().to_owned()).filter(|gid| !gid.is_empty()).collect();
    if !(1..=FILTERS_MAX).contains(&gids.len()) {
        return Err(Problem::new(Code::BadRequest, "name 1 to 500 filters in `filters`, separated by commas"));
    }
    let mut texts = filters.export(&viewer, &place.wiki, &gids, format).await?.join("\n");
    texts.push('\n');
    Ok(([(CONTENT_TYPE, LINES)], texts).into_response())
}

/// How to import.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ImportParams {
    /// Leaves out consequences that are not known, instead of refusing the filter.
    drop_unknown: bool,
    /// Enables filters that were enabled, instead of disabling them.
    keep_enabled: Option<bool>,
    /// Imports all or none.
    atomic: bool,
    /// Where they come from; at most 400 characters.
    source: String,
}

/// What became of an import, filter by filter.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportBody {
    items: Vec<ImportedBody>,
}

/// What became of one filter.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportedBody {
    /// `imported`, `refused`, or `withheld` because another one was refused.
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<FilterDocument>,
    errors: Vec<FindingBody>,
    warnings: Vec<FindingBody>,
}

/// Imports filters: one as JSON, or several, one a line.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/import", tag = "filters",
    params(("wiki" = String, Path, description = "Database name of the wiki"), ImportParams),
    request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = 200, body = ImportBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn import(
    State(filters): State<Filters>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    place: Place,
    Query(params): Query<ImportParams>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ImportBody>, Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    if !matches!(kind.split(';').next().unwrap_or("").trim(), LINES | "application/json") {
        let detail = "the body must be JSON: send `Content-Type: application/x-ndjson` or `application/json`";
        return Err(Problem::new(Code::UnsupportedMediaType, detail));
    }
    if params.source.chars().count() > 400 || params.source.contains('\0') {
        return Err(Problem::new(Code::BadRequest, "`source` has at most 400 characters"));
    }
    let bytes = read_body(body, IMPORT_BYTES_MAX).await?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Problem::new(Code::BadRequest, "the body is not UTF-8"))?;
    let texts = texts(text);
    if !(1..=FILTERS_MAX).contains(&texts.len()) {
        return Err(Problem::new(Code::BadRequest, "1 to 500 filters are imported at once"));
    }
    let request = ImportRequest {
        texts,
        drop_unknown: params.drop_unknown,
        keep_enabled: params.keep_enabled,
        is_atomic: params.atomic,
        source: params.source,
    };
    let results = filters.import(&viewer, &place.wiki, &request).await?;
    let now = clock.now();
    let is_none_done = results.iter().all(|result| !matches!(result, Imported::Done { .. }));
    let refused = results.iter().find_map(|result| match result {
        Imported::Refused { errors, .. } => Some(errors.iter().map(field_error).collect::<Vec<_>>()),
        _ => None,
    });
    let items = results.into_iter().map(|result| match result {
        Imported::Done { filter, warnings } => ImportedBody {
            status: "imported",
            filter: Some(FilterDocument::new(&filter, None, &viewer, &place.wiki, now)),
            errors: Vec::new(),
            warnings: warnings.iter().map(FindingBody::from).collect(),
        },
        Imported::Refused { errors, warnings } => ImportedBody {
            status: "refused",
            filter: None,
            errors: errors.iter().map(FindingBody::from).collect(),
            warnings: warnings.iter().map(FindingBody::from).collect(),
        },
        Imported::Withheld => {
            ImportedBody { status: "withheld", filter: None, errors: Vec::new(), warnings: Vec::new() }
        }
    });
    let body = ImportBody { items: items.collect() };
    if is_none_done {
        let detail = "no filter was imported: see `errors` for the first that was refused, and `items`";
        return Err(Problem::new(Code::Invalid, detail)
            .with_errors(refused.unwrap_or_default())
            .with("items", json!(body.items)));
    }
    Ok(Json(body))
}

/// One JSON text over several lines is one filter; otherwise each line that is not empty is one.
fn texts(text: &str) -> Vec<String> {
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        return vec![text.to_owned()];
    }
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
