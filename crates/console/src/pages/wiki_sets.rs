//! Sets of wikis: what filters of the whole farm can be narrowed to.

mod view;

use crate::fault::Fault;
use crate::form::Form;
use crate::pages::acts::{self, ASKED, Asked, Wrongs};
use crate::pages::wikis::wrongs;
use crate::state::Console;
use crate::visit::Visitor;
use crate::{cursor, paths};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use std::collections::BTreeSet;
use std::sync::Arc;
use wikiward_farm::{Right, WikiId, WikiSetId};
use wikiward_people::{SetDraft, WikiSet};

pub(crate) use view::samples;

pub(crate) fn routes() -> Router<Console> {
    Router::new()
        .route(paths::WIKI_SETS, get(list).post(add))
        .route("/wiki-sets/{set}", get(show).post(change))
        .route("/wiki-sets/{set}/remove", get(ask_remove).post(remove))
}

/// Address of the page of a set.
fn path(set: &WikiSetId) -> String {
    format!("{}/{set}", paths::WIKI_SETS)
}

/// What stands in the fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Typed {
    /// Its name.
    pub(crate) set: String,
    /// Its name for people.
    pub(crate) label: String,
    /// Its wikis, one a line.
    pub(crate) wikis: String,
}

impl Typed {
    fn of(form: &Form) -> Self {
        let text = |name: &str| form.get(name).trim().to_owned();
        Self { set: text("wiki"), label: text("label"), wikis: text("wikis") }
    }

    fn draft(&self, visitor: &Visitor, wrongs: &mut Wrongs) -> Option<SetDraft> {
        let names = self.wikis.split([',', ' ', '\n', '\r', '\t']).filter(|name| !name.is_empty());
        let wikis: Result<BTreeSet<WikiId>, _> = names.map(str::parse).collect();
        match wikis {
            Ok(wikis) => wrongs.is_empty().then(|| SetDraft { label: self.label.clone(), wikis }),
            Err(_) => {
                wrongs.add("wikis", visitor.text.say("acts-wrong-name"));
                None
            }
        }
    }
}

/// What the list shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct List {
    /// The sets, each with those of its wikis that the person may look at.
    pub(crate) sets: Vec<Shown>,
    /// Whether this is not the first page.
    pub(crate) is_later: bool,
    /// Cursor of the next page.
    pub(crate) next: Option<String>,
    /// What was typed for a new one.
    pub(crate) typed: Typed,
    /// What is wrong with that.
    pub(crate) wrongs: Wrongs,
}

/// A set, and those of its wikis that the person may look at.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    /// The set.
    pub(crate) set: Arc<WikiSet>,
    /// Its wikis.
    pub(crate) wikis: Vec<WikiId>,
}

impl Shown {
    fn of(console: &Console, visitor: &Visitor, set: Arc<WikiSet>) -> Self {
        let visible = |wiki: &&WikiId| console.people.visible_wiki(&visitor.viewer, wiki).is_some();
        Self { wikis: set.draft.wikis.iter().filter(visible).cloned().collect(), set }
    }

    /// What its fields hold at first.
    pub(crate) fn typed(&self) -> Typed {
        let wikis: Vec<&str> = self.set.draft.wikis.iter().map(WikiId::as_str).collect();
        Typed { set: self.set.id.to_string(), label: self.set.draft.label.clone(), wikis: wikis.join("\n") }
    }
}

fn found(console: &Console, visitor: &Visitor, cursor: &str) -> List {
    let after: Option<String> = cursor::open(console, visitor, "wiki-sets", cursor);
    let after: Option<WikiSetId> = after.and_then(|name| name.parse().ok());
    let page = console.people.wiki_sets(after.as_ref(), acts::rows());
    let next = page.next.map(|id| cursor::seal(console, visitor, "wiki-sets", &id.as_str()));
    let sets = page.items.into_iter().map(|set| Shown::of(console, visitor, set)).collect();
    List { sets, is_later: after.is_some(), next, ..List::default() }
}

async fn list(State(console): State<Console>, visitor: Visitor, asked: Asked) -> Response {
    view::list(&visitor, &found(&console, &visitor, asked.get("cursor"))).show(&visitor)
}

async fn add(State(console): State<Console>, visitor: Visitor, form: Form) -> Result<Response, Fault> {
    visitor.need(Right::ManageFarm, &WikiId::farm())?;
    let (text, typed) = (visitor.text, Typed::of(&form));
    let mut wrongs = Wrongs::default();
    let id = typed.set.parse::<WikiSetId>().ok();
    if id.is_none() {
        wrongs.add("wiki", text.say("acts-wrong-name"));
    }
    if let (Some(id), Some(draft)) = (id, typed.draft(&visitor, &mut wrongs)) {
        match console.people.add_wiki_set(&visitor.viewer, id, draft).await {
            Ok(set) => return Ok(acts::done(&console, &path(&set.id), "wiki-sets-added", &[&set.draft.label])),
            Err(error) => wrongs = self::wrongs(text, error, &typed.set)?,
        }
    }
    let list = List { typed, wrongs, ..found(&console, &visitor, "") };
    Ok(view::list(&visitor, &list).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor))
}

fn one(console: &Console, visitor: &Visitor, id: &str) -> Result<Shown, Fault> {
    let id: WikiSetId = id.parse().map_err(|_| Fault::NotFound)?;
    let set = console.people.wiki_set(&id).ok_or(Fault::NotFound)?;
    Ok(Shown::of(console, visitor, set))
}

async fn show(State(console): State<Console>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    let set = one(&console, &visitor, &id)?;
    Ok(view::one(&visitor, &set, &set.typed(), &Wrongs::default()).show(&visitor))
}

async fn change(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Fault> {
    visitor.need(Right::ManageFarm, &WikiId::farm())?;
    let shown = one(&console, &visitor, &id)?;
    let typed = Typed::of(&form);
    let base = form.get("version").parse().unwrap_or(shown.set.version);
    let mut wrongs = Wrongs::default();
    if let Some(draft) = typed.draft(&visitor, &mut wrongs) {
        match console.people.change_wiki_set(&visitor.viewer, &shown.set.id, base, draft).await {
            Ok(set) => return Ok(acts::done(&console, &path(&set.id), "wiki-sets-changed", &[&set.draft.label])),
            Err(error) => wrongs = self::wrongs(visitor.text, error, &id)?,
        }
    }
    let shown = one(&console, &visitor, &id)?;
    Ok(view::one(&visitor, &shown, &typed, &wrongs).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor))
}

async fn ask_remove(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    visitor.need(Right::ManageFarm, &WikiId::farm())?;
    let shown = one(&console, &visitor, &id)?;
    Ok(acts::ask(&visitor, &view::removing(visitor.text, &shown)).show(&visitor))
}

async fn remove(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Fault> {
    visitor.need(Right::ManageFarm, &WikiId::farm())?;
    let shown = one(&console, &visitor, &id)?;
    let base = form.get("version").parse().unwrap_or(0);
    if !form.is_ticked(ASKED) {
        return Ok(acts::ask(&visitor, &view::removing(visitor.text, &shown)).show(&visitor));
    }
    match console.people.remove_wiki_set(&visitor.viewer, &shown.set.id, base).await {
        Ok(()) => Ok(acts::done(&console, paths::WIKI_SETS, "wiki-sets-removed", &[&shown.set.draft.label])),
        Err(error) => {
            let wrongs = wrongs(visitor.text, error, &id)?;
            let page = view::one(&visitor, &shown, &shown.typed(), &wrongs);
            Ok(page.status(StatusCode::CONFLICT).show(&visitor))
        }
    }
}
