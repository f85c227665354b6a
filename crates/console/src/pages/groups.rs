//! Groups of filters as a wiki has them: actions, variables, consequences, limits; and the wiki's settings in force.

mod settings;
mod view;

use crate::fault::Fault;
use crate::paths;
use crate::state::Console;
use crate::visit::Visitor;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use std::sync::Arc;
use wikiward_farm::{Right, WikiId};
use wikiward_filters::groups::{Group, Registry};
use wikiward_filters::save::FilterSettings;
use wikiward_filters::snapshot::WikiSettings;

pub(crate) use view::{consequence_key, samples};

pub(crate) fn routes() -> Router<Console> {
    Router::new().route("/w/{wiki}/groups", get(list)).route("/w/{wiki}/groups/{group}", get(show))
}

/// What holds on a wiki for all its groups.
#[derive(Debug, Clone, Default)]
pub(crate) struct Here {
    /// Settings that judging reads.
    pub(crate) judging: WikiSettings,
    /// Settings that saving reads.
    pub(crate) saving: FilterSettings,
}

impl Here {
    fn of(console: &Console, wiki: &WikiId) -> Self {
        let judging = console.judge.snapshots().current().settings(wiki);
        Self { judging, saving: console.filters.settings_on(wiki) }
    }
}

/// The wiki that an address names, if the person may read filters there.
fn place(console: &Console, visitor: &Visitor, word: &str) -> Result<WikiId, Fault> {
    let wiki = paths::wiki_of(word).ok_or(Fault::NotFound)?;
    if !wiki.is_farm() && console.people.visible_wiki(&visitor.viewer, &wiki).is_none() {
        return Err(Fault::NotFound);
    }
    visitor.need(Right::View, &wiki)?;
    Ok(wiki)
}

async fn list(State(console): State<Console>, visitor: Visitor, Path(wiki): Path<String>) -> Result<Response, Fault> {
    let wiki = place(&console, &visitor, &wiki)?;
    let registry = console.filters.registry().await?;
    let groups: Vec<Group> = registry.groups.values().cloned().collect();
    // Settings are for who works with them: the interface for programs shows a wiki's own to managers only.
    let may_read = visitor.may(Right::Modify, &wiki) || visitor.may(Right::ManageFarm, &wiki);
    let settings = if may_read { Some(settings::of(&console, &wiki)) } else { None };
    Ok(view::list(&visitor, &wiki, &groups, settings.as_deref()).show(&visitor))
}

async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Path((wiki, name)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let wiki = place(&console, &visitor, &wiki)?;
    let registry: Arc<Registry> = console.filters.registry().await?;
    let group = registry.groups.get(&name).ok_or(Fault::NotFound)?;
    Ok(view::one(&visitor, &wiki, group, &registry.consequences, &Here::of(&console, &wiki)).show(&visitor))
}
