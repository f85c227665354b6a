//! Groups of filters.

use crate::auth::Program;
use crate::filters::field_error;
use crate::json::Json;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::Api;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::{Principal, WikiId};
use wikiward_filters::groups::document::GroupDocument;
use wikiward_filters::groups::{Group, builtin};
use wikiward_filters::life::{Filters, RegisterError};
use wikiward_people::Scope;

/// The routes of groups.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(put, read, remove)).routes(routes!(ready_made))
}

/// Who registers: a program that may do so for the whole farm.
///
/// # Errors
/// [`Code::Forbidden`] without the scope `groups:write`.
pub(crate) fn registrar(program: &Program) -> Result<Principal, Problem> {
    program.need(Scope::GroupsWrite, &WikiId::farm())?;
    Ok(Principal::Service { token: program.0.token_id.clone(), label: program.0.label.clone() })
}

fn body(group: &Group) -> Value {
    let mut body = json!(group.document());
    if let Value::Object(members) = &mut body {
        members.insert("name".into(), json!(group.name));
        members.insert("version".into(), json!(group.version));
    }
    body
}

/// Registers a group, or changes it.
#[utoipa::path(put, path = "/v1/groups/{group}", tag = "groups",
    params(("group" = String, Path, description = "Its name")), request_body = Object,
    responses((status = 200, body = Object), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 409, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn put(
    State(filters): State<Filters>,
    program: Program,
    Path(name): Path<String>,
    Json(document): Json<GroupDocument>,
) -> Result<Json<Value>, Problem> {
    let group = filters.put_group(&registrar(&program)?, &name, &document).await?;
    Ok(Json(body(&group)))
}

/// Reads a group.
#[utoipa::path(get, path = "/v1/groups/{group}", tag = "groups",
    params(("group" = String, Path, description = "Its name")),
    responses((status = 200, body = Object), (status = 404, body = ProblemBody)))]
async fn read(State(filters): State<Filters>, Path(name): Path<String>) -> Result<Json<Value>, Problem> {
    Ok(Json(body(&filters.group(&name).await?)))
}

/// Removes a group that no enabled filter needs.
#[utoipa::path(delete, path = "/v1/groups/{group}", tag = "groups",
    params(("group" = String, Path, description = "Its name")),
    responses((status = 204), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
async fn remove(
    State(filters): State<Filters>,
    program: Program,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    filters.delete_group(&registrar(&program)?, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Filters for a group that come with the service, ready to be imported.
#[utoipa::path(get, path = "/v1/groups/{group}/ready-made", tag = "groups",
    params(("group" = String, Path, description = "Its name")),
    responses((status = 200, body = String, content_type = "application/x-ndjson"), (status = 404, body = ProblemBody)))]
async fn ready_made(State(filters): State<Filters>, Path(name): Path<String>) -> Result<Response, Problem> {
    filters.group(&name).await?;
    let texts = if name == "newsletter" { builtin::newsletter_filters() } else { "" };
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], texts).into_response())
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::NotFound => Self::not_found(),
            RegisterError::Owned(owner) => Self::new(Code::GroupOwned, format!("this belongs to `{owner}`")),
            RegisterError::InUse(missing) => {
                let filters: Vec<Value> = missing
                    .iter()
                    .map(|it| json!({"wiki": it.wiki.as_str(), "id": it.number.map(|number| number.to_string())}))
                    .collect();
                Self::new(Code::VariableInUse, "enabled filters use what would go: see `filters`. Nothing was changed")
                    .with("filters", json!(filters))
            }
            RegisterError::Invalid(errors) => {
                let is_name = errors.iter().all(|error| error.code == "bad_var_name");
                let code = if is_name { Code::BadVarName } else { Code::Invalid };
                Self::new(code, "the document is not valid: see `errors`")
                    .with_errors(errors.iter().map(field_error).collect())
            }
            RegisterError::Store(error) => error.into(),
        }
    }
}
