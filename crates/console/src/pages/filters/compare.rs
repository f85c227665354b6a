//! Two versions of a filter beside each other.

mod view;

use super::Place;
use super::list::may_change;
use crate::fault::Fault;
use crate::pages::filters::Tabs;
use crate::state::Console;
use crate::visit::Visitor;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use wikiward_filters::life::VersionRef;

pub(crate) use view::{field_name, samples, value};

pub(crate) fn routes() -> Router<Console> {
    Router::new().route("/w/{wiki}/filters/{gid}/diff", get(show))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    from: String,
    to: String,
}

async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, gid }: Place,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Fault> {
    let from = wanted.from.parse().unwrap_or(VersionRef::Previous);
    let to = wanted.to.parse().unwrap_or(VersionRef::Current);
    let (old, new, diff) = console.filters.diff(&visitor.viewer, &wiki, &gid, from, to).await?;
    let compared = view::Compared {
        may_restore: may_change(&visitor, &old.key.wiki),
        tabs: Tabs::of(&visitor, &wiki, &old.key.wiki),
        gid: old.key.gid(),
        wiki,
        old: view::Head::of(&old),
        new: view::Head::of(&new),
        diff,
    };
    Ok(view::page(&visitor, &compared).show(&visitor))
}
