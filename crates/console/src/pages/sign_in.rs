//! Signing in and out: with a password, from a wiki, with an account of another service; and the page behind a link that
//! works once.

mod view;

use crate::fault::Fault;
use crate::form::Form;
use crate::pages::acts::Wrongs;
use crate::state::Console;
use crate::visit::{Address, Cookies, Flash, SESSION, SetCookie, VISIT, Visitor, go_to, is_own, session_token};
use crate::{args, paths};
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use wikiward_farm::UserName;
use wikiward_people::{NewSession, Password, RedeemError, SessionError, SignInError};

pub(crate) use view::samples;

/// Name of the cookie with the sealed flow of a sign-in that was begun elsewhere.
const FLOW: &str = "wikiward-flow";

/// Seconds for which such a flow is kept, as `wikiward-people` keeps it.
const FLOW_S: u32 = 600;

pub(crate) fn routes() -> Router<Console> {
    Router::new()
        .route("/sign-in", get(show).post(with_password))
        .route("/sign-in/again", post(again))
        .route("/sign-in/wiki", get(show_wiki).post(from_wiki))
        .route("/sign-in/oidc", get(from_oidc).post(begin_oidc))
        .route("/sign-out", post(sign_out))
        .route("/welcome/{secret}", get(show_welcome).post(redeem))
}

#[derive(Deserialize, Default)]
struct Asked {
    #[serde(default)]
    then: String,
}

/// What the form to sign in with shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct SignIn {
    /// The name that was typed.
    pub(crate) name: String,
    /// Where to go on.
    pub(crate) then: String,
    /// What went wrong.
    pub(crate) wrong: Option<String>,
    /// Fields of a form that waits to be sent.
    pub(crate) kept: Vec<(String, String)>,
    /// Issuers with whose accounts people may sign in.
    pub(crate) issuers: Vec<String>,
}

impl SignIn {
    fn of(console: &Console, then: &str) -> Self {
        let then = if is_own(then) { then.to_owned() } else { paths::START.into() };
        Self { then, issuers: console.people.oidc_issuers().map(str::to_owned).collect(), ..Self::default() }
    }
}

async fn show(State(console): State<Console>, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    let form = SignIn::of(&console, &asked.then);
    if visitor.is_signed_in() { go_to(&form.then) } else { view::page(&visitor, &form).show(&visitor) }
}

/// Fields that a form carries along for later, without their prefix.
fn kept(form: &Form) -> Vec<(String, String)> {
    let kept = form.0.iter().filter_map(|(name, value)| Some((name.strip_prefix("kept.")?.to_owned(), value.clone())));
    kept.collect()
}

/// The form to sign in with, while another one waits.
async fn again(State(console): State<Console>, visitor: Visitor, form: Form) -> Response {
    let sign_in = SignIn { kept: kept(&form), ..SignIn::of(&console, form.get("then")) };
    view::page(&visitor, &sign_in).show(&visitor)
}

async fn with_password(
    State(console): State<Console>,
    Address(address): Address,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Fault> {
    let password = Password::new(form.get("password").to_owned());
    let name = form.get("name").trim();
    match console.people.sign_in(name, &password, address, console.clock.now()).await {
        Ok(session) => Ok(signed_in(&console, &visitor, &session, &form)),
        Err(error) => {
            let sign_in = SignIn {
                name: name.to_owned(),
                kept: kept(&form),
                wrong: Some(said(&visitor, error)?),
                ..SignIn::of(&console, form.get("then"))
            };
            Ok(view::page(&visitor, &sign_in).status(StatusCode::UNAUTHORIZED).show(&visitor))
        }
    }
}

/// Gives the browser its session, and goes on: to a page, or to a form that waits.
fn signed_in(console: &Console, visitor: &Visitor, session: &NewSession, form: &Form) -> Response {
    let kept = kept(form);
    let mut response = if kept.is_empty() {
        go_to(form.get("then"))
    } else {
        let then = if is_own(form.get("then")) { form.get("then") } else { paths::START };
        view::waiting(visitor, &session_token(console, &session.session.id), then, &kept).show(visitor)
    };
    give(console, session, &mut response);
    response
}

fn give(console: &Console, session: &NewSession, response: &mut Response) {
    SetCookie::for_browser(SESSION, &session.secret).append(console.is_secure, response.headers_mut());
    SetCookie::remove(VISIT).append(console.is_secure, response.headers_mut());
}

/// Why a person is not signed in, in words.
fn said(visitor: &Visitor, error: SignInError) -> Result<String, Fault> {
    let text = visitor.text;
    Ok(match error {
        SignInError::Credentials => text.say("sign-in-wrong"),
        SignInError::Statement(_) => text.say("sign-in-wrong-statement"),
        SignInError::NoAccount => text.say("sign-in-no-account"),
        SignInError::Oidc(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "signing in with another service does not work");
            text.say("sign-in-oidc-failed")
        }
        SignInError::TooOften(limit) => text.with("sign-in-too-often", args![limit.retry_after_s]),
        SignInError::Crowded(_) => text.say("sign-in-crowded"),
        SignInError::Store(error) => return Err(error.into()),
    })
}

#[derive(Deserialize)]
struct Statement {
    #[serde(default)]
    statement: String,
    #[serde(default)]
    then: String,
}

/// Asks before the person of a wiki's link is signed in: a link alone must sign nobody in as somebody else.
async fn show_wiki(visitor: Visitor, Query(asked): Query<Statement>) -> Response {
    view::from_wiki(&visitor, &asked.statement, &asked.then).show(&visitor)
}

async fn from_wiki(
    State(console): State<Console>,
    Address(address): Address,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Fault> {
    match console.people.sign_in_from_wiki(form.get("statement"), address, console.clock.now()).await {
        Ok(session) => Ok(signed_in(&console, &visitor, &session, &form)),
        Err(error) => refused(&console, &visitor, error),
    }
}

fn refused(console: &Console, visitor: &Visitor, error: SignInError) -> Result<Response, Fault> {
    let sign_in = SignIn { wrong: Some(said(visitor, error)?), ..SignIn::of(console, "") };
    Ok(view::page(visitor, &sign_in).status(StatusCode::UNAUTHORIZED).show(visitor))
}

async fn begin_oidc(
    State(console): State<Console>,
    Address(address): Address,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Fault> {
    match console.people.begin_oidc(form.get("issuer"), address, console.clock.now()).await {
        Ok(start) => {
            let mut response = view::leaving(&visitor, &start.url).show(&visitor);
            SetCookie::for_seconds(FLOW, &start.flow, FLOW_S).append(console.is_secure, response.headers_mut());
            Ok(response)
        }
        Err(error) => refused(&console, &visitor, error),
    }
}

#[derive(Deserialize)]
struct FromOidc {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    error: String,
}

async fn from_oidc(
    State(console): State<Console>,
    Address(address): Address,
    visitor: Visitor,
    headers: HeaderMap,
    Query(back): Query<FromOidc>,
) -> Result<Response, Fault> {
    if !back.error.is_empty() {
        tracing::info!(code = back.error, "another service signed nobody in");
    }
    let cookies = Cookies::read(&headers, console.is_secure);
    let flow = cookies.get(FLOW).unwrap_or_default();
    match console.people.finish_oidc(flow, &back.state, &back.code, address, console.clock.now()).await {
        Ok(session) => {
            let mut response = go_to(paths::START);
            give(&console, &session, &mut response);
            SetCookie::remove(FLOW).append(console.is_secure, response.headers_mut());
            Ok(response)
        }
        Err(error) => refused(&console, &visitor, error),
    }
}

async fn sign_out(State(console): State<Console>, visitor: Visitor, _: Form) -> Result<Response, Fault> {
    if let Some(session) = &visitor.session {
        // Any other error means that it has ended already.
        if let Err(SessionError::Store(error)) = console.people.end_session(&visitor.viewer, session).await {
            return Err(error.into());
        }
    }
    let flash = Flash::done("sign-in-signed-out", &[]);
    let mut response = flash.on(&console.sealer, console.is_secure, go_to(paths::START));
    SetCookie::remove(SESSION).append(console.is_secure, response.headers_mut());
    Ok(response)
}

async fn show_welcome(visitor: Visitor) -> Response {
    view::welcome(&visitor, "", &Wrongs::default()).show(&visitor)
}

async fn redeem(
    State(console): State<Console>,
    visitor: Visitor,
    Path(secret): Path<String>,
    form: Form,
) -> Result<Response, Fault> {
    let text = visitor.text;
    let name = form.get("name").trim();
    let again =
        |status: StatusCode, wrongs: Wrongs| Ok(view::welcome(&visitor, name, &wrongs).status(status).show(&visitor));
    let said = |field, key: &str| Wrongs::one(field, text.say(key));
    if form.get("password") != form.get("again") {
        return again(StatusCode::UNPROCESSABLE_ENTITY, said("again", "sign-in-passwords-differ"));
    }
    let wanted = match name {
        "" => None,
        name => match name.parse::<UserName>() {
            Ok(name) => Some(name),
            Err(_) => return again(StatusCode::UNPROCESSABLE_ENTITY, said("name", "sign-in-bad-name")),
        },
    };
    let password = Password::new(form.get("password").to_owned());
    match console.people.redeem(&secret, wanted, &password, console.clock.now()).await {
        Ok(session) => {
            let flash = Flash::done("sign-in-welcomed", &[session.session.principal.name()]);
            let mut response = flash.on(&console.sealer, console.is_secure, go_to(paths::START));
            give(&console, &session, &mut response);
            Ok(response)
        }
        Err(RedeemError::Invalid(wrong)) => again(StatusCode::UNPROCESSABLE_ENTITY, Wrongs::said(text, &wrong)),
        Err(RedeemError::Unknown) => again(StatusCode::UNAUTHORIZED, said("", "sign-in-link-ended")),
        Err(RedeemError::NameWanted) => again(StatusCode::UNPROCESSABLE_ENTITY, said("name", "sign-in-name-wanted")),
        Err(RedeemError::Crowded(_)) => again(StatusCode::SERVICE_UNAVAILABLE, said("", "sign-in-crowded")),
        Err(RedeemError::Store(error)) => Err(error.into()),
    }
}
