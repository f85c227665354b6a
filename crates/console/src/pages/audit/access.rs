//! The log of who looked at addresses and protected values, and who hid hits.

use super::{ACCESS, view};
use crate::cursor;
use crate::fault::Fault;
use crate::pages::acts::{self, Asked, with_query};
use crate::pages::hits::sight;
use crate::paths;
use crate::state::Console;
use crate::visit::Visitor;
use axum::extract::State;
use axum::response::Response;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Id, WikiId};
use wikiward_filters::hits::HitError;
use wikiward_filters::hits::access::{AccessKey, AccessKind, KeptAccess};

/// What the page shows.
#[derive(Debug, Clone)]
pub(crate) struct AccessList {
    /// The wiki.
    pub(crate) wiki: WikiId,
    /// The kind that is asked for; all that may be read if none is.
    pub(crate) kind: Option<AccessKind>,
    /// Kinds that the person may read there.
    pub(crate) readable: Vec<AccessKind>,
    /// The entries.
    pub(crate) entries: Vec<KeptAccess>,
    /// Whether this is not the first page.
    pub(crate) is_later: bool,
    /// Cursor of the next page.
    pub(crate) next: Option<String>,
}

impl AccessList {
    /// Its address; `cursor` leads to a later page.
    pub(crate) fn path(&self, cursor: &str) -> String {
        let kind = self.kind.map_or("", AccessKind::name);
        with_query(ACCESS, &[("wiki", paths::wiki_word(&self.wiki)), ("kind", kind), ("cursor", cursor)])
    }
}

/// Kinds of entries that the person may read on `wiki`.
pub(crate) fn readable(visitor: &Visitor, wiki: &WikiId) -> Vec<AccessKind> {
    AccessKind::ALL.into_iter().filter(|kind| visitor.may(kind.readable_with(), wiki)).collect()
}

pub(super) async fn list(State(console): State<Console>, visitor: Visitor, asked: Asked) -> Result<Response, Fault> {
    visitor.need_session()?;
    let wiki = match asked.find("wiki") {
        Some(word) => paths::wiki_of(word).ok_or(Fault::NotFound)?,
        None => {
            let own = visitor.wikis.iter().map(|(wiki, _)| wiki).find(|wiki| !readable(&visitor, wiki).is_empty());
            own.cloned().unwrap_or_else(WikiId::farm)
        }
    };
    let known = wiki.is_farm() || console.people.visible_wiki(&visitor.viewer, &wiki).is_some();
    if !known {
        return Err(Fault::NotFound);
    }
    let readable = readable(&visitor, &wiki);
    let kind = match asked.find("kind") {
        Some(name) => Some(AccessKind::find(name).ok_or(Fault::NotFound)?),
        None => None,
    };
    let needed = kind.unwrap_or(AccessKind::PrivateDetails);
    if readable.is_empty() || kind.is_some_and(|kind| !readable.contains(&kind)) {
        return Err(Fault::Forbidden(needed.readable_with()));
    }
    let kinds: Vec<AccessKind> = kind.map_or_else(|| readable.clone(), |kind| vec![kind]);
    let sight = sight::sight(&console, &visitor.viewer, &wiki).await?;
    let name = format!("access {wiki} {kind:?}");
    let after: Option<(i64, String)> = cursor::open(&console, &visitor, &name, asked.get("cursor"));
    let after = after.and_then(|(at, id)| Some(AccessKey { at: from_micros(at), entry_id: id.parse::<Id>().ok()? }));
    let page = console.hits.access_log(&wiki, &kinds, &sight, after, acts::rows()).await;
    let page = page.map_err(|error| match error {
        HitError::Store(error) => Fault::from(error),
        _ => Fault::NotFound,
    })?;
    let seal = |key: AccessKey| cursor::seal(&console, &visitor, &name, &(micros(key.at), key.entry_id.to_string()));
    let list =
        AccessList { wiki, kind, readable, entries: page.items, is_later: after.is_some(), next: page.next.map(seal) };
    Ok(view::access(&visitor, &list).show(&visitor))
}
