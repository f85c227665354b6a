//! Language and look, and the choice of a wiki: what the frame of every page offers.

use crate::form::Form;
use crate::paths;
use crate::state::Console;
use crate::text::Language;
use crate::visit::{LANGUAGE, SetCookie, THEME, Theme, go_to};
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

pub(crate) fn routes() -> Router<Console> {
    Router::new().route("/preferences", post(set)).route("/go", get(go))
}

/// Keeps language and look in the browser.
async fn set(State(console): State<Console>, form: Form) -> Response {
    let mut response = go_to(form.get("then"));
    if let Some(language) = Language::find(form.get("language")) {
        SetCookie::kept(LANGUAGE, language.code()).append(console.is_secure, response.headers_mut());
    }
    if let Some(theme) = Theme::find(form.get("theme")) {
        SetCookie::kept(THEME, theme.name()).append(console.is_secure, response.headers_mut());
    }
    response
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    wiki: String,
    #[serde(default)]
    from: String,
}

/// Leads to the page of another wiki that is like the one the person comes from.
async fn go(Query(choice): Query<Choice>) -> Response {
    let Some(wiki) = paths::wiki_of(&choice.wiki) else { return go_to(paths::START) };
    let area = choice.from.strip_prefix("/w/").and_then(|rest| rest.split(['/', '?']).nth(1));
    go_to(&match area {
        Some("hits") => paths::hits(&wiki),
        Some("groups") => paths::groups(&wiki),
        Some("profile") => paths::profile(&wiki),
        Some("domains") => paths::domains(&wiki),
        Some("actions") if !wiki.is_farm() => paths::actions(&wiki),
        Some("promotion") if !wiki.is_farm() => paths::promotion(&wiki),
        Some("backtests") => paths::backtests(&wiki),
        _ => paths::filters(&wiki),
    })
}
