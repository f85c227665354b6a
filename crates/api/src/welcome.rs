//! The page behind a one-time link: a form with which a person makes the first account, or gives an account its
//! password. It works without script; nothing of it comes from elsewhere.

use crate::problem::Problem;
use crate::state::Api;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Deserialize;
use std::sync::Arc;
use wikiward_farm::{Clock, UserName};
use wikiward_people::{Password, People, RedeemError};

/// Path of the page for a link's secret.
pub fn path(secret: &str) -> String {
    format!("/welcome/{secret}")
}

/// Most bytes of the form: a name and two passwords.
const FORM_BYTES_MAX: usize = 8 * 1024;

const STYLE: &str = "
:root{color-scheme:light dark}
body{font:1rem/1.5 system-ui,sans-serif;max-width:30rem;margin:0 auto;padding:1rem}
label{display:block;margin-top:1rem;font-weight:600}
input{font:inherit;box-sizing:border-box;width:100%;padding:.5rem;margin-top:.25rem;border:1px solid #72777d;border-radius:2px}
button{font:inherit;font-weight:600;margin-top:1.5rem;padding:.5rem 1rem;border:0;border-radius:2px;background:#36c;color:#fff}
input:focus-visible,button:focus-visible{outline:2px solid #36c;outline-offset:2px}
.wrong{border-inline-start:4px solid #d73333;padding-inline-start:.75rem}";

/// What the form sends.
#[derive(Deserialize)]
struct Form {
    #[serde(default)]
    name: String,
    password: String,
    again: String,
}

/// Route of the page.
pub(crate) fn routes() -> Router<Api> {
    Router::new().route("/welcome/{secret}", get(show).post(redeem))
}

async fn show() -> Response {
    page(StatusCode::OK, &form("", &[]))
}

async fn redeem(
    State(people): State<Arc<People>>,
    State(clock): State<Arc<dyn Clock>>,
    Path(secret): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    let body = crate::json::read_body(body, FORM_BYTES_MAX).await?;
    let Ok(form_sent) = serde_html_form::from_bytes::<Form>(&body) else {
        return Ok(page(StatusCode::BAD_REQUEST, &form("", &["The form did not arrive whole. Send it again.".into()])));
    };
    let name = form_sent.name.trim();
    let again = |status, wrong: Vec<String>| Ok(page(status, &form(name, &wrong)));
    if form_sent.password != form_sent.again {
        return again(
            StatusCode::UNPROCESSABLE_ENTITY,
            vec!["The two passwords differ. Write the same one twice.".into()],
        );
    }
    let wanted = match name {
        "" => None,
        name => match name.parse::<UserName>() {
            Ok(name) => Some(name),
            Err(error) => {
                return again(StatusCode::UNPROCESSABLE_ENTITY, vec![format!("The name cannot be taken: {error}.")]);
            }
        },
    };
    match people.redeem(&secret, wanted, &Password::new(form_sent.password), clock.now()).await {
        Ok(_) => Ok(page(StatusCode::OK, &done())),
        Err(RedeemError::Invalid(wrong)) => {
            again(StatusCode::UNPROCESSABLE_ENTITY, wrong.iter().map(|wrong| wrong.message.clone()).collect())
        }
        Err(error @ RedeemError::Unknown) => again(StatusCode::UNAUTHORIZED, vec![format!("{error}.")]),
        Err(error @ RedeemError::NameWanted) => again(StatusCode::UNPROCESSABLE_ENTITY, vec![format!("{error}.")]),
        Err(error @ RedeemError::Crowded(_)) => again(StatusCode::SERVICE_UNAVAILABLE, vec![format!("{error}.")]),
        Err(RedeemError::Store(error)) => Err(error.into()),
    }
}

fn form(name: &str, wrong: &[String]) -> Markup {
    html! {
        h1 { "Welcome to Wikiward" }
        p { "Choose a name and a password. The password has at least 12 characters and is not the name. This works once." }
        @if !wrong.is_empty() {
            div.wrong role="alert" { @for text in wrong { p { (text) } } }
        }
        form method="post" {
            label for="name" { "Name" }
            input id="name" name="name" value=(name) autocomplete="username" maxlength="255";
            label for="password" { "Password" }
            input id="password" name="password" type="password" autocomplete="new-password" required minlength="12";
            label for="again" { "The same password again" }
            input id="again" name="again" type="password" autocomplete="new-password" required minlength="12";
            button { "Go on" }
        }
    }
}

fn done() -> Markup {
    html! {
        h1 { "Done" }
        p { "The password is set, and this link has ended. You can sign in with the name and the password now." }
        p { "The interface is described at " a href="/v1/docs" { "/v1/docs" } "." }
    }
}

fn page(status: StatusCode, content: &Markup) -> Response {
    const POLICY: &str =
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    let whole = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Wikiward" }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (content) } }
        }
    };
    // The address holds the secret: no other site may learn it from a link that is followed.
    let headers: [(HeaderName, HeaderValue); 3] = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (status, headers, whole.into_string()).into_response()
}
