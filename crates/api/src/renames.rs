//! Users who got another name, or were merged or erased, as wikis tell.

use crate::auth::Program;
use crate::json::{Json, part};
use crate::problem::{Code, FieldError, Problem, ProblemBody};
use crate::state::Api;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::{Principal, UserName, WikiId};
use wikiward_filters::hits::Hits;
use wikiward_people::Scope;

/// The routes of renames.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(rename))
}

/// A user's old and new name.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RenameBody {
    /// The name before, 1 to 255 bytes.
    pub from: String,
    /// The name now. To erase somebody, a name that says nothing.
    pub to: String,
}

/// What was renamed.
#[derive(Debug, Serialize, ToSchema)]
pub struct RenamedBody {
    /// Hits in which the name stood.
    hits: u64,
}

/// Gives a user another name: in hits, their variables, hits in the shadow and the access log. For programs with the scope
/// `events`. If the answer does not come, send it again: what was renamed stays so, and the rest follows.
#[utoipa::path(post, path = "/v1/wikis/{wiki}/user-renames", tag = "evaluation", operation_id = "rename_user",
    params(("wiki" = String, Path, description = "Database name of the wiki")), request_body = RenameBody,
    responses((status = 200, body = RenamedBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 413, body = ProblemBody),
        (status = 415, body = ProblemBody), (status = 422, body = ProblemBody), (status = 503, body = ProblemBody)))]
async fn rename(
    State(hits): State<Hits>,
    program: Program,
    Path(wiki): Path<String>,
    Json(body): Json<RenameBody>,
) -> Result<Json<RenamedBody>, Problem> {
    let wiki: WikiId = part(&wiki)?;
    if wiki.is_farm() {
        return Err(Problem::not_found());
    }
    program.need(Scope::Events, &wiki)?;
    let from = name("from", &body.from)?;
    let to = name("to", &body.to)?;
    let by = Principal::Service { token: program.0.token_id.clone(), label: program.0.label.clone() };
    let hits = hits.rename_user(&by, &wiki, from.as_str(), to.as_str()).await?;
    Ok(Json(RenamedBody { hits }))
}

fn name(field: &str, text: &str) -> Result<UserName, Problem> {
    text.parse().map_err(|error: wikiward_farm::people::BadUserName| {
        let message = error.to_string();
        Problem::new(Code::Invalid, format!("`{field}`: {message}")).with_errors(vec![FieldError {
            code: Code::Invalid.name().into(),
            field: field.into(),
            span: None,
            params: Vec::new(),
            message,
        }])
    })
}
