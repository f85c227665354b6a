//! Notices: what the person who is signed in should hear of.

mod view;

use crate::fault::Fault;
use crate::form::Form;
use crate::paths;
use crate::state::Console;
use crate::visit::{Flash, Visitor, go_to};
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use wikiward_farm::{Id, Limit};
use wikiward_filters::notices::Told;

pub(crate) use view::samples;

pub(crate) fn routes() -> Router<Console> {
    Router::new().route(paths::NOTICES, get(show).post(read))
}

/// A page of notices, newest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct List {
    pub(crate) items: Vec<Told>,
    /// Where the next page begins.
    pub(crate) next: Option<String>,
    /// Whether it is not the first page.
    pub(crate) is_later: bool,
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    after: String,
}

async fn show(State(console): State<Console>, visitor: Visitor, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    visitor.need_session()?;
    let after = asked.after.parse::<Id>().ok();
    let page = console.filters.notices(&visitor.viewer, after, Limit::default()).await?;
    let list = List { next: page.next.map(|id| id.to_string()), items: page.items, is_later: after.is_some() };
    Ok(view::page(&visitor, &list).show(&visitor))
}

/// All notices up to the newest that was shown are read.
async fn read(State(console): State<Console>, visitor: Visitor, form: Form) -> Result<Response, Fault> {
    visitor.need_session()?;
    if let Ok(upto) = form.get("upto").parse::<Id>() {
        console.filters.read_notices(&visitor.viewer, upto).await?;
    }
    let flash = Flash::done("notices-read-done", &[]);
    Ok(flash.on(&console.sealer, console.is_secure, go_to(paths::NOTICES)))
}
