//! Which rights the groups of wikis give.

mod view;
pub(crate) mod words;

use crate::fault::Fault;
use crate::form::Form;
use crate::pages::acts::{self, ASKED, Asked, Wrongs};
use crate::state::Console;
use crate::visit::Visitor;
use crate::{args, paths};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use std::collections::BTreeSet;
use wikiward_farm::right::RightSet;
use wikiward_farm::{Right, WikiId};
use wikiward_people::group::SHIPPED;
use wikiward_people::{GroupError, GroupRights, People};

pub(crate) use view::samples;

/// The form for one group.
const CHANGE: &str = "/rights/change";

pub(crate) fn routes() -> Router<Console> {
    Router::new().route(paths::RIGHTS, get(list)).route(CHANGE, get(show).post(change))
}

/// Address of the form for `group` on `wiki`.
pub(crate) fn change_path(wiki: &WikiId, group: &str) -> String {
    acts::with_query(CHANGE, &[("wiki", paths::wiki_word(wiki)), ("group", group)])
}

/// Address of the table of `wiki`.
fn list_path(wiki: &WikiId) -> String {
    acts::with_query(paths::RIGHTS, &[("wiki", paths::wiki_word(wiki))])
}

/// Where the rights of a group were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// For this wiki.
    Wiki,
    /// For the whole farm.
    Farm,
    /// Nobody wrote any: the program's own.
    Shipped,
}

/// The rights of one group.
#[derive(Debug, Clone)]
pub(crate) struct GroupRow {
    /// Its name.
    pub(crate) name: String,
    /// What it may do.
    pub(crate) rights: RightSet,
    /// Where that was written.
    pub(crate) origin: Origin,
}

impl GroupRow {
    fn of(lists: &GroupRights, wiki: &WikiId, name: &str) -> Self {
        let origin = if !wiki.is_farm() && lists.written(wiki, name).is_some() {
            Origin::Wiki
        } else if lists.written(&WikiId::farm(), name).is_some() {
            Origin::Farm
        } else {
            Origin::Shipped
        };
        Self { name: name.to_owned(), rights: lists.of(wiki, name), origin }
    }

    /// Whether the list was written just for the place that is looked at, so that it can be forgotten.
    fn is_own(&self, wiki: &WikiId) -> bool {
        self.origin == Origin::Wiki || (wiki.is_farm() && self.origin == Origin::Farm)
    }
}

/// The wiki that is asked for, if the person may look at it; the farm if none is.
fn wiki_of(people: &People, visitor: &Visitor, word: &str) -> Result<WikiId, Fault> {
    let wiki = if word.is_empty() { WikiId::farm() } else { paths::wiki_of(word).ok_or(Fault::NotFound)? };
    let is_visible = wiki.is_farm() || people.visible_wiki(&visitor.viewer, &wiki).is_some();
    if is_visible { Ok(wiki) } else { Err(Fault::NotFound) }
}

async fn list(State(console): State<Console>, visitor: Visitor, asked: Asked) -> Result<Response, Fault> {
    let wiki = wiki_of(&console.people, &visitor, asked.get("wiki"))?;
    let lists = console.people.group_rights();
    let farm = WikiId::farm();
    let written = lists.all_written(&wiki).chain(lists.all_written(&farm)).map(|(name, _)| name);
    let names: BTreeSet<&str> = SHIPPED.into_iter().chain(written).collect();
    let rows: Vec<GroupRow> = names.into_iter().map(|name| GroupRow::of(&lists, &wiki, name)).collect();
    Ok(view::table(&visitor, &wiki, &rows).show(&visitor))
}

async fn show(State(console): State<Console>, visitor: Visitor, asked: Asked) -> Result<Response, Fault> {
    visitor.need(Right::ManageFarm, &WikiId::farm())?;
    let wiki = wiki_of(&console.people, &visitor, asked.get("wiki"))?;
    let group = GroupRow::of(&console.people.group_rights(), &wiki, asked.get("group"));
    if group.name.is_empty() {
        return Err(Fault::NotFound);
    }
    Ok(view::form(&visitor, &wiki, &group, group.rights, &Wrongs::default()).show(&visitor))
}

async fn change(State(console): State<Console>, visitor: Visitor, form: Form) -> Result<Response, Fault> {
    visitor.need(Right::ManageFarm, &WikiId::farm())?;
    let wiki = wiki_of(&console.people, &visitor, form.get("wiki"))?;
    let group = GroupRow::of(&console.people.group_rights(), &wiki, form.get("group"));
    let is_dropped = form.is_ticked("drop");
    let wanted = words::ticked(&form);
    // What a list that is forgotten leaves behind.
    let after = if is_dropped { next_wider(&console.people.group_rights(), &wiki, &group.name) } else { wanted };
    if words::without(group.rights, after) != RightSet::NONE && !form.is_ticked(ASKED) {
        return Ok(acts::ask(&visitor, &view::question(&visitor, &wiki, &group, after, &form)).show(&visitor));
    }
    let rights = (!is_dropped).then_some(wanted);
    let text = visitor.text;
    let wrongs = match console.people.set_group_rights(&visitor.viewer, &wiki, &group.name, rights).await {
        Ok(()) => {
            let key = if is_dropped { "rights-dropped" } else { "rights-saved" };
            return Ok(acts::done(&console, &list_path(&wiki), key, &[&group.name]));
        }
        Err(GroupError::Forbidden(right)) => return Err(Fault::Forbidden(right)),
        Err(GroupError::Unknown) => return Err(Fault::NotFound),
        Err(GroupError::Store(error)) => return Err(error.into()),
        Err(GroupError::Name) => Wrongs::one("group", text.say("rights-wrong-name")),
        Err(GroupError::Beyond(right)) => Wrongs::one("right", acts::beyond(text, &WikiId::farm(), right)),
    };
    let page = view::form(&visitor, &wiki, &group, wanted, &wrongs);
    Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor))
}

/// The rights of `group` on `wiki` once its own list there is forgotten.
fn next_wider(lists: &GroupRights, wiki: &WikiId, group: &str) -> RightSet {
    let farm = if wiki.is_farm() { None } else { lists.written(&WikiId::farm(), group) };
    farm.unwrap_or_else(|| wikiward_people::group::shipped(group))
}

/// Rights in words, as a part of a sentence.
fn sentence(visitor: &Visitor, rights: RightSet) -> String {
    let text = visitor.text;
    text.list(rights.iter().map(|right| text.say(words::key(right)).into()))
}

/// What a change does to `group`, in sentences.
pub(crate) fn changes(visitor: &Visitor, from: RightSet, to: RightSet, loses: &str, gets: &str) -> Vec<String> {
    let (lost, got) = (words::without(from, to), words::without(to, from));
    let said = |key: &str, rights: RightSet| visitor.text.with(key, args![sentence(visitor, rights)]);
    [(loses, lost), (gets, got)]
        .into_iter()
        .filter(|(_, rights)| *rights != RightSet::NONE)
        .map(|(key, rights)| said(key, rights))
        .collect()
}
