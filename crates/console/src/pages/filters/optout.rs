//! What a wiki leaves of a farm-wide filter.

mod view;

use super::Place;
use crate::fault::Fault;
use crate::form::Form;
use crate::pages::acts::Wrongs;
use crate::pages::filters::Tabs;
use crate::state::Console;
use crate::visit::{Flash, Visitor, go_to};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use std::collections::BTreeSet;
use wikiward_farm::{Right, WikiId};
use wikiward_filters::life::{OptOut, OptOutMode};
use wikiward_filters::model::Filter;

use view::Choosing;
pub(crate) use view::samples;

/// Most letters of a reason.
const REASON_LETTERS_MAX: usize = 500;

pub(crate) fn routes() -> Router<Console> {
    Router::new().route("/w/{wiki}/filters/{gid}/optout", get(show).post(set))
}

/// The form for a filter, with what the wiki chose.
async fn choosing(console: &Console, visitor: &Visitor, wiki: &WikiId, gid: &str) -> Result<Choosing, Fault> {
    let chosen = console.filters.optout(&visitor.viewer, wiki, gid).await?;
    visitor.need(Right::Optout, wiki)?;
    let Filter { key, draft, .. } = console.filters.get(&visitor.viewer, wiki, gid).await?;
    let registry = console.filters.registry().await?;
    let consequences =
        draft.actions.iter().map(|(name, _)| (name.to_owned(), super::consequence(visitor.text, &registry, name)));
    Ok(Choosing {
        wiki: wiki.clone(),
        gid: key.gid(),
        name: draft.name.clone(),
        consequences: consequences.collect(),
        mode: chosen.as_ref().map_or("on", |chosen| chosen.mode.name()).to_owned(),
        without: chosen.map(|chosen| chosen.consequences).unwrap_or_default(),
        reason: String::new(),
        wrongs: Wrongs::default(),
        tabs: Tabs::of(visitor, wiki, &key.wiki),
    })
}

async fn show(State(console): State<Console>, visitor: Visitor, Place { wiki, gid }: Place) -> Result<Response, Fault> {
    let choosing = choosing(&console, &visitor, &wiki, &gid).await?;
    Ok(view::page(&visitor, &choosing).show(&visitor))
}

async fn set(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, gid }: Place,
    form: Form,
) -> Result<Response, Fault> {
    let mut choosing = choosing(&console, &visitor, &wiki, &gid).await?;
    form.get("mode").clone_into(&mut choosing.mode);
    choosing.without = form.all("without").map(str::to_owned).collect::<BTreeSet<_>>();
    form.get("reason").trim().clone_into(&mut choosing.reason);
    let chosen = match (choosing.mode.as_str(), OptOutMode::find(&choosing.mode)) {
        ("on", _) => None,
        (_, Some(mode)) => {
            let consequences = if mode == OptOutMode::Without { choosing.without.clone() } else { BTreeSet::new() };
            Some(OptOut { mode, consequences })
        }
        _ => return Err(Fault::BadForm),
    };
    let names_none = chosen.as_ref().is_some_and(|it| it.mode == OptOutMode::Without && it.consequences.is_empty());
    let is_long = choosing.reason.chars().count() > REASON_LETTERS_MAX || choosing.reason.contains('\0');
    let is_unknown = choosing.without.iter().any(|name| !choosing.consequences.iter().any(|(known, _)| known == name));
    if names_none || is_long || is_unknown {
        let (field, key) = if is_long { ("reason", "filters-reason-long") } else { ("without", "filters-optout-none") };
        choosing.wrongs = Wrongs::one(field, visitor.text.say(key));
        return Ok(view::page(&visitor, &choosing).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor));
    }
    console.filters.set_optout(&visitor.viewer, &wiki, &gid, chosen.as_ref(), &choosing.reason).await?;
    let flash = Flash::done("filters-optout-saved", &[&choosing.gid]);
    let path = format!("{}/optout", crate::paths::filter(&wiki, &gid));
    Ok(flash.on(&console.sealer, console.is_secure, go_to(&path)))
}
