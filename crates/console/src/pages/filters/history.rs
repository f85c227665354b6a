//! The history of a filter: versions and what else happened to it, newest first.

mod view;

use super::Place;
use super::list::may_change;
use crate::fault::Fault;
use crate::pages::filters::Tabs;
use crate::state::Console;
use crate::visit::Visitor;
use crate::{cursor, paths};
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use wikiward_farm::Limit;
use wikiward_filters::life::HistoryKey;

pub(crate) use view::samples;
pub(super) use view::what_changed;

pub(crate) fn routes() -> Router<Console> {
    Router::new().route("/w/{wiki}/filters/{gid}/history", get(show))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    before: String,
}

async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, gid }: Place,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Fault> {
    let filter = console.filters.get(&visitor.viewer, &wiki, &gid).await?;
    let name = format!("history {wiki} {gid}");
    let before: Option<HistoryKey> = cursor::open(&console, &visitor, &name, &wanted.before);
    let is_first = before.is_none();
    let page = console.filters.history(&visitor.viewer, &wiki, &gid, before, Limit::default()).await?;
    let path = paths::filter_history(&wiki, &gid);
    let next = page.next.as_ref().map(|key| format!("{path}?before={}", cursor::seal(&console, &visitor, &name, key)));
    let history = view::History {
        may_restore: may_change(&visitor, &filter.key.wiki),
        tabs: Tabs::of(&visitor, &wiki, &filter.key.wiki),
        gid: filter.key.gid(),
        name: filter.draft.name,
        current: Some(filter.version),
        items: page.items,
        first: (!is_first).then(|| path.clone()),
        next,
        wiki,
    };
    Ok(view::page(&visitor, &history).show(&visitor))
}
