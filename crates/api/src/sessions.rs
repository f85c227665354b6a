//! Signing in and out.

use crate::auth::{Person, bearer};
use crate::cursor::Cursors;
use crate::filters::limit;
use crate::idempotency::HoldsSecret;
use crate::json::{Json, Query};
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::Api;
use crate::text::time;
use crate::wikis::{invalid, invalid_field};
use axum::Extension;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wikiward_farm::{Clock, Peer, Principal};
use wikiward_people::oidc::OidcError;
use wikiward_people::{NewSession, Password, People, RedeemError, Session, SessionError, SignInError};

/// Most bytes of a body here: a statement and a sealed flow have less.
const BYTES_MAX: usize = 32_768;

/// The routes of sessions.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list, sign_in))
        .routes(routes!(redeem))
        .routes(routes!(begin_oidc))
        .routes(routes!(end))
}

/// Address of who sends a request, where the server put a [`Peer`] into its extensions.
#[derive(Debug, Clone, Copy)]
pub struct Address(pub Option<IpAddr>);

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<Peer>().map(|peer| peer.0)))
    }
}

/// A session, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionBody {
    /// Public identifier.
    id: String,
    /// Who is signed in: `account:3` or `wiki:enwiki:17`.
    of: String,
    /// The person's name.
    name: String,
    /// How: `password`, `wiki`, `oidc`, `ticket`.
    method: &'static str,
    /// Since when.
    created_at: String,
    /// When something came last, to the minute.
    last_seen_at: String,
    /// When it ends at the latest.
    expires_at: String,
    /// Whether this request came in it.
    current: bool,
}

/// A session that was just begun.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewSessionBody {
    /// The session.
    #[serde(flatten)]
    session: SessionBody,
    /// What to send as `Authorization: Bearer …`. Shown this once and kept nowhere.
    secret: String,
}

/// How to sign in: name and password, or a wiki's signed statement, or what came back from another service.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "method", rename_all = "lowercase")]
pub enum SignInInput {
    /// With name and password.
    Password {
        /// The account's name; case does not matter.
        name: String,
        /// Its password.
        password: String,
    },
    /// With a signed link from a wiki.
    Wiki {
        /// A JWT for the audience `sign-in`, with a `jti`; it works once.
        statement: String,
    },
    /// With an account of another service, after the person came back from there.
    Oidc {
        /// What `/v1/sessions/oidc` gave.
        flow: String,
        /// What the other service sent back.
        state: String,
        /// What the other service sent back.
        code: String,
    },
}

/// A link that works once, and a password.
#[derive(Deserialize, ToSchema)]
pub struct RedeemInput {
    /// The link's secret.
    ticket: String,
    /// The first account's name; not wanted otherwise.
    #[serde(default)]
    name: Option<String>,
    /// The password: at least 12 characters, and not the name.
    password: String,
}

/// With whose accounts to sign in.
#[derive(Debug, Deserialize, ToSchema)]
pub struct OidcInput {
    /// The issuer; may be left out if the configuration names one only.
    #[serde(default)]
    issuer: Option<String>,
}

/// A sign-in that was begun.
#[derive(Debug, Serialize, ToSchema)]
pub struct OidcBody {
    /// Where the person's browser goes.
    url: String,
    /// What the browser keeps to itself and brings along at the end. Sealed.
    flow: String,
}

/// Which sessions are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SessionParams {
    /// Those of this account, for who manages accounts; your own otherwise.
    account: Option<i64>,
    /// Items on the page: 1 to 500, 50 if nothing is said.
    limit: Option<i64>,
    /// Where to go on: the `next` of the page before.
    cursor: Option<String>,
}

/// A page of sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionPage {
    /// The sessions, newest first.
    items: Vec<SessionBody>,
    /// Cursor of the next page; none on the last one.
    next: Option<String>,
}

type Begun = (StatusCode, Extension<HoldsSecret>, Json<NewSessionBody>);

fn body(session: Session, current: Option<&str>) -> SessionBody {
    SessionBody {
        of: session.principal.key(),
        name: session.principal.name().to_owned(),
        method: session.method.name(),
        created_at: time(session.created_at),
        last_seen_at: time(session.last_seen_at),
        expires_at: time(session.expires_at),
        current: current == Some(session.id.as_str()),
        id: session.id,
    }
}

fn begun(new: NewSession) -> Begun {
    let body = NewSessionBody { session: body(new.session, None), secret: new.secret };
    (StatusCode::CREATED, Extension(HoldsSecret), Json(body))
}

/// A problem, not kept for repeated writes: what was sent held a secret.
type Refused = (Extension<HoldsSecret>, Problem);

fn refused(error: impl Into<Problem>) -> Refused {
    (Extension(HoldsSecret), error.into())
}

/// Signs in.
#[utoipa::path(post, path = "/v1/sessions", tag = "sessions", request_body = SignInInput,
    responses((status = 201, body = NewSessionBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody), (status = 429, body = ProblemBody), (status = 502, body = ProblemBody), (status = 503, body = ProblemBody)))]
async fn sign_in(
    State(people): State<Arc<People>>,
    State(clock): State<Arc<dyn Clock>>,
    Address(address): Address,
    Json(input): Json<SignInInput, BYTES_MAX>,
) -> Result<Begun, Refused> {
    let now = clock.now();
    let session = match input {
        SignInInput::Password { name, password } => people.sign_in(&name, &Password::new(password), address, now).await,
        SignInInput::Wiki { statement } => people.sign_in_from_wiki(&statement, address, now).await,
        SignInInput::Oidc { flow, state, code } => people.finish_oidc(&flow, &state, &code, address, now).await,
    };
    session.map(begun).map_err(refused)
}

/// Uses a link that works once: gives an account its password, or makes the first account; and signs in.
#[utoipa::path(post, path = "/v1/sessions/redeem", tag = "sessions", request_body = RedeemInput,
    responses((status = 201, body = NewSessionBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody), (status = 503, body = ProblemBody)))]
async fn redeem(
    State(people): State<Arc<People>>,
    State(clock): State<Arc<dyn Clock>>,
    Json(input): Json<RedeemInput, BYTES_MAX>,
) -> Result<Begun, Refused> {
    let name = input.name.map(|name| name.parse()).transpose();
    let name = name.map_err(|error| refused(invalid_field("bad_name", "name", format!("{error}"))))?;
    let session = people.redeem(&input.ticket, name, &Password::new(input.password), clock.now()).await;
    session.map(begun).map_err(refused)
}

/// Begins signing in with an account of another service: send the person's browser to `url`, and what comes back with
/// `flow` to `/v1/sessions`.
#[utoipa::path(post, path = "/v1/sessions/oidc", tag = "sessions", request_body = OidcInput,
    responses((status = 200, body = OidcBody), (status = 400, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody), (status = 422, body = ProblemBody), (status = 429, body = ProblemBody), (status = 502, body = ProblemBody)))]
async fn begin_oidc(
    State(people): State<Arc<People>>,
    State(clock): State<Arc<dyn Clock>>,
    Address(address): Address,
    Json(input): Json<OidcInput, BYTES_MAX>,
) -> Result<(Extension<HoldsSecret>, Json<OidcBody>), Refused> {
    let issuer = match input.issuer {
        Some(issuer) => issuer,
        None => {
            let mut issuers = people.oidc_issuers();
            match (issuers.next(), issuers.next()) {
                (Some(only), None) => only.to_owned(),
                (None, _) => return Err(refused(invalid_field("unknown_issuer", "issuer", "no issuer is configured"))),
                _ => return Err(refused(invalid_field("issuer_wanted", "issuer", "say which: there are several"))),
            }
        }
    };
    let start = people.begin_oidc(&issuer, address, clock.now()).await.map_err(refused)?;
    Ok((Extension(HoldsSecret), Json(OidcBody { url: start.url, flow: start.flow })))
}

/// Your open sessions.
#[utoipa::path(get, path = "/v1/sessions", tag = "sessions", params(SessionParams),
    responses((status = 200, body = SessionPage), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
async fn list(
    State(people): State<Arc<People>>,
    State(cursors): State<Cursors>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    headers: HeaderMap,
    Query(params): Query<SessionParams>,
) -> Result<Json<SessionPage>, Problem> {
    let name = format!("sessions {:?}", params.account);
    let before: Option<String> = params.cursor.as_deref().map(|it| cursors.open(it, &name, &viewer)).transpose()?;
    let page = people.sessions(&viewer, params.account, before.as_deref(), limit(params.limit)?).await?;
    let current = match bearer(&headers)? {
        Some(secret) => people.open_session(secret, clock.now()).await?.map(|(id, _)| id),
        None => None,
    };
    let next = page.next.map(|id| cursors.seal(&id, &name, &viewer));
    Ok(Json(SessionPage { items: page.items.into_iter().map(|it| body(it, current.as_deref())).collect(), next }))
}

/// Ends a session: `current` for the one in which you ask, or one of your own by its id; anybody's if you manage accounts.
#[utoipa::path(delete, path = "/v1/sessions/{session}", tag = "sessions",
    params(("session" = String, Path, description = "Its public identifier, or `current`")),
    responses((status = 204), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn end(
    State(people): State<Arc<People>>,
    State(clock): State<Arc<dyn Clock>>,
    Person(viewer): Person,
    headers: HeaderMap,
    Path(session): Path<String>,
) -> Result<StatusCode, Problem> {
    let id = match (session.as_str(), bearer(&headers)?) {
        ("current", Some(secret)) => {
            let open = people.open_session(secret, clock.now()).await?;
            open.map(|(id, _)| id).ok_or_else(Problem::not_found)?
        }
        // An operator or a program is in no session, but may end those of others.
        ("current", None) if !matches!(viewer.principal, Principal::Operator) => {
            return Err(SessionError::Nobody.into());
        }
        _ => session,
    };
    people.end_session(&viewer, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Unknown => Self::not_found(),
            SessionError::Forbidden(right) => Self::forbidden(right),
            SessionError::Nobody => Self::new(Code::Unauthenticated, "nobody is signed in: send a session's secret"),
            SessionError::Store(error) => error.into(),
        }
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        let text = error.to_string();
        match error {
            SignInError::Credentials | SignInError::Statement(_) | SignInError::NoAccount => {
                Self::new(Code::Unauthenticated, text)
            }
            SignInError::Oidc(OidcError::UnknownIssuer(_)) => invalid_field("unknown_issuer", "issuer", text),
            SignInError::Oidc(error @ (OidcError::Unreachable(..) | OidcError::Answer(..))) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "signing in with another service does not work"
                );
                Self::new(Code::IdentityProvider, text).retry_after_s(30)
            }
            SignInError::Oidc(_) => Self::new(Code::Unauthenticated, text),
            SignInError::TooOften(limit) => Self::new(Code::RateLimited, text).retry_after_s(limit.retry_after_s),
            SignInError::Crowded(_) => Self::new(Code::Overloaded, text).retry_after_s(5),
            SignInError::Store(error) => error.into(),
        }
    }
}

impl From<RedeemError> for Problem {
    fn from(error: RedeemError) -> Self {
        let text = error.to_string();
        match error {
            RedeemError::Unknown => Self::new(Code::Unauthenticated, text),
            RedeemError::NameWanted => invalid_field("name_wanted", "name", text),
            RedeemError::Invalid(wrong) => invalid(&wrong),
            RedeemError::Crowded(_) => Self::new(Code::Overloaded, text).retry_after_s(5),
            RedeemError::Store(error) => error.into(),
        }
    }
}
