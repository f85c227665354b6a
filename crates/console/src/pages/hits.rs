//! Hits: the list with its search, one hit with why it came about, and what people do with it.

mod acts;
pub(crate) mod archived;
mod difference;
mod explain;
mod explain_view;
mod list;
mod list_view;
mod one;
mod one_view;
mod samples;
mod search;
pub(crate) mod sight;
mod values;
mod words;

use crate::fault::Fault;
use crate::page::Page;
use crate::paths;
use crate::state::Console;
use crate::visit::Visitor;
use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::{get, post};
use maud::html;
use std::collections::BTreeMap;
use wikiward_farm::{Id, WikiId};
use wikiward_filters::hits::HitError;
use wikiward_filters::hits::list::Log;

pub(crate) use explain_view::explained;
pub(crate) use samples::samples;
pub(crate) use sight::{settings, sight};
pub(crate) use words::{actor_kind, decision, kind};

/// Seconds after which codes may be guessed again: the service counts misses by the hour.
const GUESS_AGAIN_S: u64 = 3_600;

pub(crate) fn routes() -> Router<Console> {
    Router::new()
        .merge(archived::routes())
        .route("/w/{wiki}/hits", get(list::show))
        .route("/w/{wiki}/hits/{hit}", get(one::show))
        .route("/w/{wiki}/hits/{hit}/variables/{name}", get(one::whole_value))
        .route("/w/{wiki}/hits/{hit}/assessment", post(acts::assess))
        .route("/w/{wiki}/hits/{hit}/visibility", post(acts::set_visibility))
        .route("/w/{wiki}/hits/{hit}/private-details", post(acts::private_details))
}

/// What an address of these pages names.
#[derive(Debug, Clone)]
struct Place {
    /// The wiki whose hits are meant.
    wiki: WikiId,
    /// The hit, if there is one in the address.
    hit: Option<Id>,
    /// The variable, if there is one in the address.
    variable: String,
}

impl Place {
    /// Whose log is meant.
    fn log(&self) -> Log {
        if self.wiki.is_farm() { Log::Farm } else { Log::Wiki(self.wiki.clone()) }
    }

    /// The hit; what cannot be one is answered like one that is not there.
    fn hit(&self) -> Result<Id, Fault> {
        self.hit.ok_or(Fault::NotFound)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Place {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let Path(mut named) =
            Path::<BTreeMap<String, String>>::from_request_parts(parts, state).await.map_err(|_| Fault::NotFound)?;
        let wiki = named.get("wiki").and_then(|word| paths::wiki_of(word)).ok_or(Fault::NotFound)?;
        let hit = named.get("hit").and_then(|word| word.parse().ok());
        Ok(Self { wiki, hit, variable: named.remove("name").unwrap_or_default() })
    }
}

/// Seconds after which what a hit waits for is usually written.
const WRITTEN_WITHIN_S: u64 = 5;

/// What is answered when the service did not: a page where it says why, else the fault.
fn trouble(visitor: &Visitor, error: HitError) -> Result<Response, Fault> {
    let text = visitor.text;
    match error {
        HitError::Store(error) => Err(error.into()),
        HitError::TooManyGuesses => Err(Fault::TooOften(GUESS_AGAIN_S)),
        HitError::NotYet => Err(Fault::TooOften(WRITTEN_WITHIN_S)),
        // Who asks without a reason is asked again by the form; other ways lead nowhere.
        HitError::ReasonWanted => Err(Fault::BadForm),
        HitError::ReadOnly(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the access log cannot be written; private data was not shown"
            );
            let content = html! { p { (text.say("hits-read-only-help")) } };
            Ok(Page::new(text.say("hits-read-only"), content).status(StatusCode::SERVICE_UNAVAILABLE).show(visitor))
        }
    }
}
