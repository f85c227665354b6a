//! Filters: the list, one filter, its history.

use super::sample::{Sample, SampleRights};
use crate::fault::Fault;
use crate::html::{self as h, Column};
use crate::page::Page;
use crate::state::Console;
use crate::text::Text;
use crate::visit::Visitor;
use crate::{args, paths};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use wikiward_farm::{Limit, Right, WikiId};
use wikiward_filters::life::ListQuery;
use wikiward_filters::life::ReadError;
use wikiward_filters::model::{Filter, State as Life};

pub(crate) fn routes() -> Router<Console> {
    Router::new().route("/w/{wiki}/filters", get(list))
}

async fn list(State(console): State<Console>, visitor: Visitor, Path(wiki): Path<String>) -> Result<Response, Fault> {
    let wiki = paths::wiki_of(&wiki).ok_or(Fault::NotFound)?;
    visitor.need(Right::View, &wiki)?;
    let found = console.filters.list(&visitor.viewer, &wiki, &ListQuery::default(), None, Limit::default()).await;
    let rows: Vec<Row> = found?.items.iter().map(Row::of).collect();
    Ok(page(&visitor, &wiki, &rows).show(&visitor))
}

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Store(error) => error.into(),
            ReadError::Forbidden(right) => Self::Forbidden(right),
            _ => Self::NotFound,
        }
    }
}

/// A line of the list.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    gid: String,
    name: String,
    state: Life,
}

impl Row {
    fn of(filter: &Filter) -> Self {
        Self { gid: filter.key.gid(), name: filter.draft.name.clone(), state: filter.draft.state }
    }
}

fn page(visitor: &Visitor, wiki: &WikiId, rows: &[Row]) -> Page {
    let text = visitor.text;
    let columns = [text.say("filters-column-id"), text.say("filters-column-name"), text.say("filters-column-state")];
    let lines: Vec<Vec<Markup>> = rows
        .iter()
        .map(|row| {
            vec![
                html! { a href=(paths::filter(wiki, &row.gid)) { (row.gid) } },
                h::foreign(&row.name),
                h::chip(row.state.name(), &text.say(state_key(row.state))),
            ]
        })
        .collect();
    let content = html! {
        @if rows.is_empty() { (h::empty(&text.say("filters-none"))) }
        @else { (h::table(&text.say("filters-title"), &columns.map(Column::text), &lines)) }
    };
    Page::new(text.with("filters-title-of", args![wiki_name(text, wiki)]), content).on(wiki)
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

/// The pages in their states.
pub(crate) fn samples() -> Vec<Sample> {
    vec![Sample {
        page: "filters/list",
        state: "empty",
        rights: SampleRights::Editor,
        make: |visitor| page(visitor, &WikiId::farm(), &[]),
    }]
}
