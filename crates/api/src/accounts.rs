//! Accounts of people at this service.

use crate::auth::Person;
use crate::cursor::Cursors;
use crate::etag::{IfMatch, etag};
use crate::filters::limit;
use crate::idempotency::HoldsSecret;
use crate::json::{Json, Query, part};
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::Api;
use crate::text::time;
use crate::wikis::{PageParams, invalid, invalid_field, stale};
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::right::RightSet;
use wikiward_farm::{Right, UserName, WikiId};
use wikiward_people::{Account, AccountDraft, AccountError, Identity, Password, People};

/// The routes of accounts.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(read, change))
        .routes(routes!(password_link))
        .routes(routes!(password))
}

/// An account elsewhere, as OpenID Connect names it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct IdentityBody {
    /// The service's issuer, one of this service's configuration.
    issuer: String,
    /// The account's name for programs there.
    subject: String,
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountBody {
    /// Its number.
    id: String,
    /// Its name.
    name: String,
    /// Goes up with every change.
    version: u32,
    /// Whether nobody can sign in to it.
    disabled: bool,
    /// Whether it has a password.
    has_password: bool,
    /// The account elsewhere that it is linked to.
    identity: Option<IdentityBody>,
    /// What it may do on which wiki; on `*`, everywhere.
    rights: BTreeMap<String, Vec<&'static str>>,
    /// When it was made.
    created_at: String,
    /// When it was changed last.
    updated_at: String,
    /// When somebody signed in to it last.
    last_sign_in_at: Option<String>,
}

/// What can be said of an account.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AccountInput {
    /// Its name: 1 to 255 bytes.
    name: String,
    /// What it may do on which wiki; on `*`, everywhere.
    #[serde(default)]
    rights: BTreeMap<String, Vec<String>>,
    /// The account elsewhere that it is linked to.
    #[serde(default)]
    identity: Option<IdentityBody>,
    /// Whether nobody can sign in to it.
    #[serde(default)]
    disabled: bool,
}

/// A page of accounts.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountPage {
    /// The accounts, by number.
    items: Vec<AccountBody>,
    /// Cursor of the next page; none on the last one.
    next: Option<String>,
}

/// A link that works once.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkBody {
    /// What the person brings to `/v1/sessions/redeem`. Shown this once and kept nowhere.
    secret: String,
    /// Until when it works.
    expires_at: String,
}

/// Another password for one's own account.
#[derive(Deserialize, ToSchema)]
pub struct PasswordInput {
    /// The present one.
    present: String,
    /// The new one: at least 12 characters, and not the name.
    password: String,
}

/// Names of rights.
pub(crate) fn names(rights: RightSet) -> Vec<&'static str> {
    rights.iter().map(Right::name).collect()
}

/// Rights by their names.
pub(crate) fn rights_of(names: &[String]) -> Result<RightSet, Problem> {
    let right = |name: &String| {
        Right::find(name).ok_or_else(|| {
            let name: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
            invalid_field("unknown_right", "rights", format!("`{name}` is no right"))
        })
    };
    names.iter().map(right).collect()
}

fn body(account: Account) -> AccountBody {
    AccountBody {
        id: account.id.to_string(),
        name: account.name.to_string(),
        version: account.version,
        disabled: account.is_disabled,
        has_password: account.has_password,
        identity: account.identity.map(|it| IdentityBody { issuer: it.issuer, subject: it.subject }),
        rights: account.rights.iter().map(|(wiki, rights)| (wiki.to_string(), names(*rights))).collect(),
        created_at: time(account.created_at),
        updated_at: time(account.updated_at),
        last_sign_in_at: account.last_sign_in_at.map(time),
    }
}

fn document(status: StatusCode, account: Account) -> Response {
    (status, etag(account.version), Json::<_>(body(account))).into_response()
}

fn draft(input: AccountInput) -> Result<AccountDraft, Problem> {
    let name: UserName = input.name.parse().map_err(|error| invalid_field("bad_name", "name", format!("{error}")))?;
    let mut rights = BTreeMap::new();
    for (wiki, names) in input.rights {
        let wiki: WikiId = wiki.parse().map_err(|error| invalid_field("bad_name", "rights", format!("{error}")))?;
        let granted = rights_of(&names)?;
        // No rights on a wiki is the same as no word of it.
        if granted != RightSet::NONE {
            rights.insert(wiki, granted);
        }
    }
    let identity = input.identity.map(|it| Identity { issuer: it.issuer, subject: it.subject });
    Ok(AccountDraft { name, rights, identity, is_disabled: input.disabled })
}

/// The accounts.
#[utoipa::path(get, path = "/v1/accounts", tag = "accounts", params(PageParams),
    responses((status = 200, body = AccountPage), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
async fn list(
    State(people): State<Arc<People>>,
    State(cursors): State<Cursors>,
    Person(viewer): Person,
    Query(params): Query<PageParams>,
) -> Result<Json<AccountPage>, Problem> {
    let after: Option<i64> = params.cursor.as_deref().map(|it| cursors.open(it, "accounts", &viewer)).transpose()?;
    let page = people.accounts(&viewer, after.unwrap_or(0), limit(params.limit)?).await?;
    let next = page.next.map(|id| cursors.seal(&id, "accounts", &viewer));
    Ok(Json(AccountPage { items: page.items.into_iter().map(body).collect(), next }))
}

/// Makes an account, without a password: make a link for the person next.
#[utoipa::path(post, path = "/v1/accounts", tag = "accounts", request_body = AccountInput,
    responses((status = 201, body = AccountBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 409, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn add(
    State(people): State<Arc<People>>,
    person: Person,
    Json(input): Json<AccountInput>,
) -> Result<Response, Problem> {
    person.need(Right::ManageAccounts, &WikiId::farm())?;
    Ok(document(StatusCode::CREATED, people.add_account(&person.0, draft(input)?).await?))
}

/// Reads an account: your own, or anybody's if you manage accounts.
#[utoipa::path(get, path = "/v1/accounts/{account}", tag = "accounts",
    params(("account" = String, Path, description = "Its number")),
    responses((status = 200, body = AccountBody), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn read(
    State(people): State<Arc<People>>,
    Person(viewer): Person,
    Path(account): Path<String>,
) -> Result<Response, Problem> {
    let account = people.account(&viewer, part(&account)?).await?.ok_or_else(Problem::not_found)?;
    Ok(document(StatusCode::OK, account))
}

/// Changes an account: its name, its rights, its link to an account elsewhere, whether it is disabled. Disabling it ends its
/// sessions.
#[utoipa::path(put, path = "/v1/accounts/{account}", tag = "accounts",
    params(("account" = String, Path, description = "Its number"), ("If-Match" = String, Header, description = "Its `ETag`")),
    request_body = AccountInput,
    responses((status = 200, body = AccountBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 412, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn change(
    State(people): State<Arc<People>>,
    person: Person,
    Path(account): Path<String>,
    IfMatch(base): IfMatch,
    Json(input): Json<AccountInput>,
) -> Result<Response, Problem> {
    person.need(Right::ManageAccounts, &WikiId::farm())?;
    let changed = people.change_account(&person.0, part(&account)?, base, draft(input)?).await?;
    Ok(document(StatusCode::OK, changed))
}

/// Makes a link with which a person gives the account a password. It works once: for a week if the account has none yet,
/// for an hour if it has. Earlier links do not work any more.
#[utoipa::path(post, path = "/v1/accounts/{account}/password-link", tag = "accounts",
    params(("account" = String, Path, description = "Its number")),
    responses((status = 201, body = LinkBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn password_link(
    State(people): State<Arc<People>>,
    person: Person,
    Path(account): Path<String>,
) -> Result<(StatusCode, Extension<HoldsSecret>, Json<LinkBody>), Problem> {
    person.need(Right::ManageAccounts, &WikiId::farm())?;
    let link = people.make_password_link(&person.0, part(&account)?).await?;
    let body = LinkBody { secret: link.secret, expires_at: time(link.expires_at) };
    Ok((StatusCode::CREATED, Extension(HoldsSecret), Json(body)))
}

/// Gives your own account another password, and ends all its sessions.
#[utoipa::path(post, path = "/v1/accounts/password", tag = "accounts", request_body = PasswordInput,
    responses((status = 204), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody), (status = 429, body = ProblemBody)))]
async fn password(
    State(people): State<Arc<People>>,
    Person(viewer): Person,
    Json(input): Json<PasswordInput, 16_384>,
) -> Response {
    let changed = people.change_password(&viewer, &Password::new(input.present), &Password::new(input.password)).await;
    let answer = match changed {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        // Only people with an account have a password.
        Err(AccountError::Unknown) => Problem::new(Code::Forbidden, "you have no account here").into_response(),
        Err(error) => Problem::from(error).into_response(),
    };
    (Extension(HoldsSecret), answer).into_response()
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        let text = error.to_string();
        match error {
            AccountError::Forbidden(right) => Self::forbidden(right),
            AccountError::Beyond { .. } | AccountError::WrongPassword => Self::new(Code::Forbidden, text),
            AccountError::Unknown => Self::not_found(),
            AccountError::Taken => Self::new(Code::NameTaken, text),
            AccountError::Stale { base, current } => stale(base, current),
            AccountError::LastAdministrator => Self::new(Code::LastAdministrator, text),
            AccountError::Invalid(wrong) => invalid(&wrong),
            AccountError::TooOften(limit) => Self::new(Code::RateLimited, text).retry_after_s(limit.retry_after_s),
            AccountError::Crowded(_) => Self::new(Code::Overloaded, text).retry_after_s(5),
            AccountError::Store(error) => error.into(),
        }
    }
}
