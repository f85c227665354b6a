//! Custom consequences.

use crate::auth::Program;
use crate::groups::registrar;
use crate::json::Json;
use crate::problem::{Problem, ProblemBody};
use crate::state::Api;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_filters::groups::custom::CustomDocument;
use wikiward_filters::life::Filters;

/// The routes of custom consequences.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(put, read, remove))
}

/// Registers a consequence, or changes it.
#[utoipa::path(put, path = "/v1/consequences/{name}", tag = "groups",
    params(("name" = String, Path, description = "Its name")), request_body = Object,
    responses((status = 200, body = Object), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 409, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn put(
    State(filters): State<Filters>,
    program: Program,
    Path(name): Path<String>,
    Json(document): Json<CustomDocument>,
) -> Result<Json<CustomDocument>, Problem> {
    Ok(Json(filters.put_consequence(&registrar(&program)?, &name, &document).await?.document()))
}

/// Reads a consequence.
#[utoipa::path(get, path = "/v1/consequences/{name}", tag = "groups",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, body = Object), (status = 404, body = ProblemBody)))]
async fn read(State(filters): State<Filters>, Path(name): Path<String>) -> Result<Json<CustomDocument>, Problem> {
    Ok(Json(filters.consequence(&name).await?.document()))
}

/// Removes a consequence that nothing needs.
#[utoipa::path(delete, path = "/v1/consequences/{name}", tag = "groups",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 204), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn remove(
    State(filters): State<Filters>,
    program: Program,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    filters.delete_consequence(&registrar(&program)?, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
