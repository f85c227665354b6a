//! The person who is signed in: name, rights, sessions, password.

mod view;

use crate::fault::Fault;
use crate::form::Form;
use crate::pages::accounts::{self, sessions};
use crate::pages::acts::{self, ASKED, Wrongs};
use crate::paths;
use crate::state::Console;
use crate::visit::{SESSION, SetCookie, Visitor};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use wikiward_farm::Principal;
use wikiward_people::{Password, Session};

pub(crate) use view::samples;

/// The page about the person who is signed in.
const ME: &str = "/me";

pub(crate) fn routes() -> Router<Console> {
    Router::new()
        .route(ME, get(show))
        .route("/me/sessions/{session}", post(end))
        .route("/me/end-others", post(end_others))
        .route("/me/password", post(password))
}

/// What the page shows beside what the visitor is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Me {
    /// One's open sessions.
    pub(crate) sessions: Vec<Session>,
    /// Whether there is a password to change.
    pub(crate) has_password: bool,
    /// What is wrong with a new one.
    pub(crate) wrongs: Wrongs,
}

impl Me {
    async fn read(console: &Console, visitor: &Visitor) -> Result<Self, Fault> {
        visitor.need_session()?;
        let has_password = match &visitor.viewer.principal {
            Principal::Account { id, .. } => {
                console.people.account(&visitor.viewer, *id).await?.is_some_and(|account| account.has_password)
            }
            _ => false,
        };
        Ok(Self { sessions: sessions::of(console, visitor, None).await?, has_password, ..Self::default() })
    }
}

async fn show(State(console): State<Console>, visitor: Visitor) -> Result<Response, Fault> {
    Ok(view::page(&visitor, &Me::read(&console, &visitor).await?).show(&visitor))
}

async fn end(
    State(console): State<Console>,
    visitor: Visitor,
    Path(session): Path<String>,
    form: Form,
) -> Result<Response, Fault> {
    visitor.need_session()?;
    sessions::end(&console, &visitor, &session, None, ME, &form).await
}

async fn end_others(State(console): State<Console>, visitor: Visitor, form: Form) -> Result<Response, Fault> {
    visitor.need_session()?;
    if !form.is_ticked(ASKED) {
        let others = sessions::of(&console, &visitor, None).await?.len().saturating_sub(1);
        return Ok(acts::ask(&visitor, &sessions::others_question(visitor.text, others)).show(&visitor));
    }
    let ended = sessions::end_others(&console, &visitor).await?;
    Ok(sessions::others_ended(&console, visitor.text, ended))
}

/// Changes the password. All sessions end, this one too.
async fn password(State(console): State<Console>, visitor: Visitor, form: Form) -> Result<Response, Fault> {
    visitor.need_session()?;
    let (present, new) = (form.get("present").to_owned(), form.get("password").to_owned());
    let wrongs = if form.get("again") == new {
        match console.people.change_password(&visitor.viewer, &Password::new(present), &Password::new(new)).await {
            Ok(()) => {
                let mut response = acts::done(&console, paths::SIGN_IN, "me-password-changed", &[]);
                SetCookie::remove(SESSION).append(console.is_secure, response.headers_mut());
                return Ok(response);
            }
            Err(error) => accounts::wrongs(&visitor, error, visitor.name())?,
        }
    } else {
        Wrongs::one("again", visitor.text.say("sign-in-passwords-differ"))
    };
    let me = Me { wrongs, ..Me::read(&console, &visitor).await? };
    Ok(view::page(&visitor, &me).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor))
}
