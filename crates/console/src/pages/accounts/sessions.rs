//! Open sessions, and ending them: of any account for who manages accounts, and everybody's own.

use crate::args;
use crate::fault::Fault;
use crate::form::Form;
use crate::html::{self as h, Column, Weight};
use crate::pages::acts::{self, ASKED, Question};
use crate::state::Console;
use crate::text::Text;
use crate::visit::{SESSION, SetCookie, Visitor};
use axum::response::Response;
use maud::{Markup, html};
use wikiward_farm::Limit;
use wikiward_people::{Method, Session, SessionError};

impl From<SessionError> for Fault {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Unknown => Self::NotFound,
            SessionError::Forbidden(right) => Self::Forbidden(right),
            SessionError::Nobody => Self::SignIn,
            SessionError::Store(error) => error.into(),
        }
    }
}

/// The newest open sessions of an account; one's own if none is named. As many as a page may have.
pub(crate) async fn of(console: &Console, visitor: &Visitor, account: Option<i64>) -> Result<Vec<Session>, Fault> {
    let limit = Limit::new(Limit::MAX.into()).unwrap_or_default();
    Ok(console.people.sessions(&visitor.viewer, account, None, limit).await?.items)
}

fn method_key(method: Method) -> &'static str {
    match method {
        Method::Password => "accounts-method-password",
        Method::Wiki => "accounts-method-wiki",
        Method::Oidc => "accounts-method-oidc",
        Method::Ticket => "accounts-method-ticket",
    }
}

/// The sessions as a table; each has a button to `action` with its id at the end.
pub(crate) fn table(visitor: &Visitor, sessions: &[Session], action: &str) -> Markup {
    let text = visitor.text;
    if sessions.is_empty() {
        return h::empty(&text.say("accounts-no-sessions"));
    }
    let columns = [
        text.say("accounts-session-method"),
        text.say("accounts-session-begun"),
        text.say("accounts-session-seen"),
        text.say("accounts-session-ends"),
        text.say("accounts-act"),
    ];
    let row = |session: &Session| {
        let is_this = visitor.session.as_deref() == Some(session.id.as_str());
        vec![
            html! { (text.say(method_key(session.method))) @if is_this { " " (h::chip("enabled", &text.say("accounts-session-this"))) } },
            text.time(session.created_at),
            text.time(session.last_seen_at),
            text.time(session.expires_at),
            html! { form method="post" action=(format!("{action}/{}", session.id)) { (h::token(visitor)) (h::button(Weight::Normal, &text.say("accounts-session-end"))) } },
        ]
    };
    let rows: Vec<Vec<Markup>> = sessions.iter().map(row).collect();
    h::table(&text.say("accounts-sessions"), &columns.map(Column::text), &rows)
}

/// Asks before a session is ended.
pub(crate) fn question(text: Text, session: &Session, is_this: bool, action: String, back: &str) -> Question {
    let what = if is_this { "accounts-ask-end-this" } else { "accounts-ask-end-that" };
    Question {
        title: text.say("accounts-ask-end"),
        happens: vec![
            text.rich("accounts-ask-end-which", &[text.time(session.created_at), text.time(session.last_seen_at)]),
            html! { (text.say(what)) },
        ],
        undo: text.say("accounts-ask-end-undo"),
        action,
        button: text.say("accounts-session-end"),
        back: back.to_owned(),
        ..Question::default()
    }
}

/// Ends the session `id` of `account` (one's own if none is named) after the person was asked, and goes `back`.
pub(crate) async fn end(
    console: &Console,
    visitor: &Visitor,
    id: &str,
    account: Option<i64>,
    back: &str,
    form: &Form,
) -> Result<Response, Fault> {
    let sessions = of(console, visitor, account).await?;
    let session = sessions.iter().find(|session| session.id == id).ok_or(Fault::NotFound)?;
    let is_this = visitor.session.as_deref() == Some(id);
    if !form.is_ticked(ASKED) {
        let action = format!("{back}/sessions/{id}");
        return Ok(acts::ask(visitor, &question(visitor.text, session, is_this, action, back)).show(visitor));
    }
    console.people.end_session(&visitor.viewer, id).await?;
    let back = if is_this { crate::paths::SIGN_IN } else { back };
    let mut response = acts::done(console, back, "accounts-session-ended", &[]);
    if is_this {
        SetCookie::remove(SESSION).append(console.is_secure, response.headers_mut());
    }
    Ok(response)
}

/// Ends all of one's own sessions but this one; says how many.
pub(crate) async fn end_others(console: &Console, visitor: &Visitor) -> Result<usize, Fault> {
    let mut ended = 0;
    for session in of(console, visitor, None).await? {
        if visitor.session.as_deref() != Some(session.id.as_str()) {
            match console.people.end_session(&visitor.viewer, &session.id).await {
                Ok(()) => ended += 1,
                // It ended by itself in between.
                Err(SessionError::Unknown) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(ended)
}

/// What the flash says after that.
pub(crate) fn others_ended(console: &Console, text: Text, ended: usize) -> Response {
    let number = text.number(i64::try_from(ended).unwrap_or(i64::MAX));
    acts::done(console, "/me", "me-others-ended", &[&number])
}

/// Asks before all other sessions are ended.
pub(crate) fn others_question(text: Text, others: usize) -> Question {
    Question {
        title: text.say("me-ask-others"),
        happens: vec![
            html! { (text.with("me-ask-others-happens", args![others])) },
            html! { (text.say("me-ask-others-text")) },
        ],
        undo: text.say("accounts-ask-end-undo"),
        action: "/me/end-others".into(),
        button: text.say("me-end-others"),
        back: "/me".into(),
        ..Question::default()
    }
}
