//! Filters: the list, one filter to read or to edit, what a rule does, history, exchange with other wikis.

mod brake;
mod bulk;
mod changes;
pub(crate) mod colour;
mod compare;
mod edit;
mod history;
mod list;
mod optout;
mod porting;
mod reverts;
mod said;
mod script;
mod tabs;
mod trial;
mod words;

use super::sample::Sample;
use crate::fault::Fault;
use crate::html as h;
use crate::paths;
use crate::state::Console;
use crate::text::Text;
use axum::Router;
use axum::extract::FromRequestParts;
use axum::extract::Path;
use axum::http::request::Parts;
use maud::Markup;
use std::collections::BTreeMap;
use wikiward_farm::WikiId;
use wikiward_filters::life::{ReadError, SaveError};
use wikiward_filters::model::{Privacy, State as Life};

pub(crate) use brake::path_key;
pub(crate) use said::finding;
pub(crate) use tabs::Tabs;
pub(crate) use trial::broken;
pub(crate) use words::consequence;

pub(crate) fn routes() -> Router<Console> {
    Router::new()
        .merge(list::routes())
        .merge(bulk::routes())
        .merge(edit::routes())
        .merge(script::routes())
        .merge(changes::routes())
        .merge(history::routes())
        .merge(compare::routes())
        .merge(porting::routes())
        .merge(optout::routes())
        .merge(brake::routes())
        .merge(reverts::routes())
}

/// The wiki that an address names, whose word stands in the path as `wiki`; and the other words of the path.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The wiki.
    pub(crate) wiki: WikiId,
    /// The name of the filter; empty where the address names none.
    pub(crate) gid: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Place {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let Path(mut named) =
            Path::<BTreeMap<String, String>>::from_request_parts(parts, state).await.map_err(|_| Fault::NotFound)?;
        let wiki = named.get("wiki").and_then(|word| paths::wiki_of(word)).ok_or(Fault::NotFound)?;
        Ok(Self { wiki, gid: named.remove("gid").unwrap_or_default() })
    }
}

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Store(error) => error.into(),
            ReadError::Forbidden(right) => Self::Forbidden(right),
            ReadError::NotFound | ReadError::Pattern(_) => Self::NotFound,
        }
    }
}

impl From<SaveError> for Fault {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Store(error) => error.into(),
            SaveError::Forbidden(right) => Self::Forbidden(right),
            _ => Self::NotFound,
        }
    }
}

/// What a wiki is called on pages.
pub(crate) fn wiki_name(text: Text, wiki: &WikiId) -> String {
    if wiki.is_farm() { text.say("shell-whole-farm") } else { wiki.as_str().to_owned() }
}

/// Key of a state's name.
pub(crate) fn state_key(state: Life) -> &'static str {
    match state {
        Life::Draft => "filters-state-draft",
        Life::Shadow => "filters-state-shadow",
        Life::Enabled => "filters-state-enabled",
        Life::Disabled => "filters-state-disabled",
        Life::Deleted => "filters-state-deleted",
    }
}

/// The chip of a state.
pub(crate) fn state_chip(text: Text, state: Life) -> Markup {
    h::chip(state.name(), &text.say(state_key(state)))
}

/// Names of the marks that restrict who may see a filter.
pub(crate) fn privacy_names(text: Text, privacy: Privacy) -> Vec<String> {
    let marks = [
        (privacy.is_hidden, "filters-privacy-hidden"),
        (privacy.is_protected, "filters-privacy-protected"),
        (privacy.is_suppressed, "filters-privacy-suppressed"),
    ];
    marks.into_iter().filter(|(is_set, _)| *is_set).map(|(_, key)| text.say(key)).collect()
}

/// A name for people out of the ones for each language. What comes with the program is named in all of the console's.
pub(crate) fn label(text: Text, labels: &BTreeMap<String, String>, name: &str) -> String {
    let english = labels.get("en").map(String::as_str);
    match (labels.get(text.language.code()), name, english) {
        (_, "default", Some("Default")) if labels.len() == 1 => text.say("filters-group-default"),
        (_, "review", Some("Hold for review")) if labels.len() == 1 => text.say("filters-action-review"),
        (Some(own), ..) => own.clone(),
        (None, _, english) => english.unwrap_or(name).to_owned(),
    }
}

/// The pages in their states.
pub(crate) fn samples() -> Vec<Sample> {
    let of_pages = [
        list::samples(),
        bulk::samples(),
        edit::samples(),
        trial::samples(),
        changes::samples(),
        history::samples(),
        compare::samples(),
        porting::samples(),
        optout::samples(),
        brake::samples(),
        reverts::samples(),
    ];
    of_pages.into_iter().flatten().collect()
}
