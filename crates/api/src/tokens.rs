//! Tokens of programs.

use crate::auth::Person;
use crate::cursor::Cursors;
use crate::filters::limit;
use crate::idempotency::HoldsSecret;
use crate::json::{Json, Query};
use crate::problem::{Problem, ProblemBody};
use crate::state::Api;
use crate::text::time;
use crate::wikis::{invalid, invalid_field};
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::{Timestamp, WikiId};
use wikiward_people::{People, Scope, Scopes, Token, TokenDraft, TokenError};

/// The routes of tokens.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(read, revoke))
}

/// A token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenBody {
    /// Public identifier, the middle part of the secret.
    id: String,
    /// The wiki it is for; `*` for every wiki.
    wiki: String,
    /// What its maker called it.
    label: String,
    /// What it is for.
    scopes: Vec<&'static str>,
    /// When it was made.
    created_at: String,
    /// Who made it.
    created_by: String,
    /// When it stops to count; null for never.
    expires_at: Option<String>,
    /// When it was revoked.
    revoked_at: Option<String>,
    /// Who revoked it.
    revoked_by: Option<String>,
    /// When it was used last, to the minute.
    last_used_at: Option<String>,
}

/// A token that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewTokenBody {
    /// The token.
    #[serde(flatten)]
    token: TokenBody,
    /// What the program sends as its bearer. Shown this once and kept nowhere.
    secret: String,
}

/// A token to make.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TokenInput {
    /// The wiki it is for; `*` for every wiki.
    wiki: String,
    /// What it is called: 1 to 200 bytes.
    label: String,
    /// What it is for: `evaluate`, `events`, `groups:write`, `verdict:full`, `actor`.
    scopes: Vec<String>,
    /// When it stops to count.
    #[serde(default)]
    expires_at: Option<String>,
}

/// Which tokens are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TokenParams {
    /// Those of this wiki only.
    wiki: Option<String>,
    /// Items on the page: 1 to 500, 50 if nothing is said.
    limit: Option<i64>,
    /// Where to go on: the `next` of the page before.
    cursor: Option<String>,
}

/// Why a token is revoked.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RevokeParams {
    /// Why, at most 500 characters; kept in the audit log.
    reason: Option<String>,
}

/// A page of tokens.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenPage {
    /// The tokens, newest first.
    items: Vec<TokenBody>,
    /// Cursor of the next page; none on the last one.
    next: Option<String>,
}

fn body(token: Token) -> TokenBody {
    TokenBody {
        id: token.id,
        wiki: token.wiki.to_string(),
        label: token.label,
        scopes: token.scopes.names(),
        created_at: time(token.created_at),
        created_by: token.created_by,
        expires_at: token.expires_at.map(time),
        revoked_at: token.revoked_at.map(time),
        revoked_by: token.revoked_by,
        last_used_at: token.last_used_at.map(time),
    }
}

fn scopes(names: &[String]) -> Result<Scopes, Problem> {
    let scope = |name: &String| {
        Scope::find(name).ok_or_else(|| {
            let known: Vec<&str> = Scope::ALL.iter().map(|scope| scope.name()).collect();
            let name: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
            let message = format!("`{name}` is no scope: there are {}", known.join(", "));
            invalid_field("unknown_scope", "scopes", message)
        })
    };
    names.iter().map(scope).collect()
}

fn wiki(name: &str) -> Result<WikiId, Problem> {
    name.parse().map_err(|error| invalid_field("bad_name", "wiki", format!("{error}")))
}

/// Tokens of the wikis that you manage, revoked ones among them.
#[utoipa::path(get, path = "/v1/tokens", tag = "tokens", params(TokenParams),
    responses((status = 200, body = TokenPage), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn list(
    State(people): State<Arc<People>>,
    State(cursors): State<Cursors>,
    Person(viewer): Person,
    Query(params): Query<TokenParams>,
) -> Result<Json<TokenPage>, Problem> {
    let name = format!("tokens {}", params.wiki.as_deref().unwrap_or(""));
    let wiki = params.wiki.as_deref().map(wiki).transpose()?;
    let before: Option<String> = params.cursor.as_deref().map(|it| cursors.open(it, &name, &viewer)).transpose()?;
    let page = people.tokens(&viewer, wiki.as_ref(), before.as_deref(), limit(params.limit)?).await?;
    let next = page.next.map(|id| cursors.seal(&id, &name, &viewer));
    Ok(Json(TokenPage { items: page.items.into_iter().map(body).collect(), next }))
}

/// Makes a token. Its secret is in the answer and is never shown again; an `Idempotency-Key` does not bring it back.
#[utoipa::path(post, path = "/v1/tokens", tag = "tokens", request_body = TokenInput,
    responses((status = 201, body = NewTokenBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn make(
    State(people): State<Arc<People>>,
    Person(viewer): Person,
    Json(input): Json<TokenInput>,
) -> Result<(StatusCode, Extension<HoldsSecret>, Json<NewTokenBody>), Problem> {
    let expires_at = input.expires_at.map(|text| text.parse::<Timestamp>()).transpose();
    let expires_at = expires_at.map_err(|_| {
        invalid_field("bad_time", "expires_at", "it must be a time as in RFC 3339, such as `2027-01-01T00:00:00Z`")
    })?;
    let draft = TokenDraft { wiki: wiki(&input.wiki)?, label: input.label, scopes: scopes(&input.scopes)?, expires_at };
    let made = people.make_token(&viewer, draft).await?;
    Ok((
        StatusCode::CREATED,
        Extension(HoldsSecret),
        Json(NewTokenBody { token: body(made.token), secret: made.secret }),
    ))
}

/// Reads a token, without its secret.
#[utoipa::path(get, path = "/v1/tokens/{token}", tag = "tokens",
    params(("token" = String, Path, description = "Its public identifier")),
    responses((status = 200, body = TokenBody), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn read(
    State(people): State<Arc<People>>,
    Person(viewer): Person,
    Path(token): Path<String>,
) -> Result<Json<TokenBody>, Problem> {
    let token = people.token(&viewer, &token).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(body(token)))
}

/// Revokes a token: it does not count any more, here at once and on every node within a second.
#[utoipa::path(delete, path = "/v1/tokens/{token}", tag = "tokens",
    params(("token" = String, Path, description = "Its public identifier"), RevokeParams),
    responses((status = 204), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn revoke(
    State(people): State<Arc<People>>,
    Person(viewer): Person,
    Path(token): Path<String>,
    Query(params): Query<RevokeParams>,
) -> Result<StatusCode, Problem> {
    /// As for reasons of changes of filters.
    const REASON_CHARACTERS_MAX: usize = 500;
    let reason: String = params.reason.unwrap_or_default();
    if reason.chars().count() > REASON_CHARACTERS_MAX {
        let detail = format!("the reason has more than {REASON_CHARACTERS_MAX} characters");
        return Err(Problem::new(crate::problem::Code::BadRequest, detail));
    }
    people.revoke_token(&viewer, &token, &reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Forbidden(right) => Self::forbidden(right),
            TokenError::Unknown => Self::not_found(),
            TokenError::Invalid(wrong) => invalid(&wrong),
            TokenError::Store(error) => error.into(),
        }
    }
}
