//! Wikis of the farm: the list, one wiki, closing it.

mod typed;
mod view;

use crate::fault::Fault;
use crate::form::Form;
use crate::pages::acts::{self, ASKED, Asked, Wrongs};
use crate::state::Console;
use crate::text::Text;
use crate::visit::Visitor;
use crate::{args, cursor, paths};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use std::sync::Arc;
use wikiward_farm::{Right, WikiId};
use wikiward_people::{Wiki, WikiError};

pub(crate) use typed::Typed;
pub(crate) use view::samples;

pub(crate) fn routes() -> Router<Console> {
    Router::new()
        .route(paths::WIKIS, get(list).post(add))
        .route("/wikis/{wiki}", get(show).post(change))
        .route("/wikis/{wiki}/close", get(ask_close).post(close))
        .route("/wikis/{wiki}/open", post(open))
}

/// Address of the page of a wiki.
pub(crate) fn path(wiki: &WikiId) -> String {
    format!("{}/{wiki}", paths::WIKIS)
}

/// What is wrong with a change, where the form can say it. `name` is that of the wiki or the set.
pub(crate) fn wrongs(text: Text, error: WikiError, name: &str) -> Result<Wrongs, Fault> {
    Ok(match error {
        WikiError::Forbidden(right) => return Err(Fault::Forbidden(right)),
        WikiError::Unknown => return Err(Fault::NotFound),
        WikiError::Store(error) => return Err(error.into()),
        WikiError::Taken(_) => Wrongs::one("wiki", text.with("acts-taken", args![name])),
        WikiError::Stale { current, .. } => Wrongs::one("version", text.with("acts-stale", args![current])),
        WikiError::Invalid(wrong) => Wrongs::said(text, &wrong),
    })
}

/// Whether the person may manage the farm's wikis.
pub(crate) fn manages(visitor: &Visitor) -> bool {
    visitor.may(Right::ManageFarm, &WikiId::farm())
}

/// What the list shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct List {
    /// The wikis.
    pub(crate) wikis: Vec<Arc<Wiki>>,
    /// Whether this is not the first page.
    pub(crate) is_later: bool,
    /// Cursor of the next page.
    pub(crate) next: Option<String>,
    /// What was typed for a new one.
    pub(crate) typed: Typed,
    /// What is wrong with that.
    pub(crate) wrongs: Wrongs,
}

fn found(console: &Console, visitor: &Visitor, cursor: &str) -> List {
    let after: Option<String> = cursor::open(console, visitor, "wikis", cursor);
    let after: Option<WikiId> = after.and_then(|name| name.parse().ok());
    let page = console.people.wikis(&visitor.viewer, after.as_ref(), acts::rows());
    let next = page.next.map(|id| cursor::seal(console, visitor, "wikis", &id.as_str()));
    List { wikis: page.items, is_later: after.is_some(), next, ..List::default() }
}

async fn list(State(console): State<Console>, visitor: Visitor, asked: Asked) -> Response {
    view::list(&visitor, &found(&console, &visitor, asked.get("cursor"))).show(&visitor)
}

async fn add(State(console): State<Console>, visitor: Visitor, form: Form) -> Result<Response, Fault> {
    visitor.need(Right::ManageFarm, &WikiId::farm())?;
    let text = visitor.text;
    let mut typed = Typed::of(&form);
    let mut wrongs = Wrongs::default();
    let id = typed.wiki.parse::<WikiId>().ok().filter(|id| !id.is_farm());
    if id.is_none() {
        wrongs.add("wiki", text.say("acts-wrong-name"));
    }
    let draft = typed.draft(text, &mut wrongs);
    if let (Some(id), Some(draft)) = (id, draft) {
        match console.people.add_wiki(&visitor.viewer, id, draft).await {
            Ok(wiki) => return Ok(acts::done(&console, &path(&wiki.id), "wikis-added", &[&wiki.draft.label])),
            Err(error) => wrongs = self::wrongs(text, error, &typed.wiki)?,
        }
    }
    let list = List { typed, wrongs, ..found(&console, &visitor, "") };
    Ok(view::list(&visitor, &list).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor))
}

/// The wiki that an address names, if the person may look at it.
fn one(console: &Console, visitor: &Visitor, id: &str) -> Result<Arc<Wiki>, Fault> {
    let id: WikiId = id.parse().map_err(|_| Fault::NotFound)?;
    console.people.visible_wiki(&visitor.viewer, &id).ok_or(Fault::NotFound)
}

async fn show(State(console): State<Console>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    let wiki = one(&console, &visitor, &id)?;
    Ok(view::one(&visitor, &wiki, &Typed::from(&*wiki), &Wrongs::default()).show(&visitor))
}

async fn change(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Fault> {
    let wiki = one(&console, &visitor, &id)?;
    visitor.need(Right::ManageFarm, &WikiId::farm())?;
    let text = visitor.text;
    let mut typed = Typed { wiki: wiki.id.to_string(), ..Typed::of(&form) };
    let base = form.get("version").parse().unwrap_or(wiki.version);
    let mut wrongs = Wrongs::default();
    if let Some(draft) = typed.draft(text, &mut wrongs) {
        match console.people.change_wiki(&visitor.viewer, &wiki.id, base, draft, wiki.is_closed).await {
            Ok(wiki) => return Ok(acts::done(&console, &path(&wiki.id), "wikis-changed", &[&wiki.draft.label])),
            Err(error) => wrongs = self::wrongs(text, error, &typed.wiki)?,
        }
    }
    let wiki = one(&console, &visitor, &id)?;
    Ok(view::one(&visitor, &wiki, &typed, &wrongs).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor))
}

async fn ask_close(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let wiki = one(&console, &visitor, &id)?;
    visitor.need(Right::ManageFarm, &WikiId::farm())?;
    Ok(acts::ask(&visitor, &view::closing(visitor.text, &wiki)).show(&visitor))
}

async fn close(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Fault> {
    let wiki = one(&console, &visitor, &id)?;
    visitor.need(Right::ManageFarm, &WikiId::farm())?;
    if !form.is_ticked(ASKED) {
        return Ok(acts::ask(&visitor, &view::closing(visitor.text, &wiki)).show(&visitor));
    }
    set_closed(&console, &visitor, &wiki, true).await
}

async fn open(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    _: Form,
) -> Result<Response, Fault> {
    let wiki = one(&console, &visitor, &id)?;
    visitor.need(Right::ManageFarm, &WikiId::farm())?;
    set_closed(&console, &visitor, &wiki, false).await
}

async fn set_closed(console: &Console, visitor: &Visitor, wiki: &Wiki, is_closed: bool) -> Result<Response, Fault> {
    let (draft, key) = (wiki.draft.clone(), if is_closed { "wikis-closed" } else { "wikis-opened" });
    match console.people.change_wiki(&visitor.viewer, &wiki.id, wiki.version, draft, is_closed).await {
        Ok(wiki) => Ok(acts::done(console, &path(&wiki.id), key, &[&wiki.draft.label])),
        Err(error) => {
            let wrongs = wrongs(visitor.text, error, wiki.id.as_str())?;
            let page = view::one(visitor, wiki, &Typed::from(wiki), &wrongs);
            Ok(page.status(StatusCode::CONFLICT).show(visitor))
        }
    }
}
