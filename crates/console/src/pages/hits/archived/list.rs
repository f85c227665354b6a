//! The list of actions that are kept.

use super::super::search::moment;
use super::super::sight;
use super::need;
use super::view::{self, List};
use crate::fault::Fault;
use crate::pages::filters::Place;
use crate::state::Console;
use crate::visit::{Visitor, encoded};
use crate::{cursor, paths};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Limit, WikiId};
use wikiward_filters::archive::{ActionKey, Archive, Ask};

/// Most bytes of a field that is looked at.
const BYTES_MAX: usize = 1_024;

/// What the form above the list asks for, as words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    pub(super) user: String,
    pub(super) page: String,
    pub(super) kind: String,
    pub(super) from: String,
    pub(super) to: String,
    /// Where the page begins, sealed.
    pub(super) before: String,
}

impl Asked {
    fn fields(&self) -> [(&'static str, &str); 5] {
        let [user, page, kind, from, to] =
            [&self.user, &self.page, &self.kind, &self.from, &self.to].map(|it| it.trim());
        [("user", user), ("page", page), ("kind", kind), ("from", from), ("to", to)]
    }

    pub(super) fn is_narrowed(&self) -> bool {
        self.fields().iter().any(|(_, value)| !value.is_empty())
    }

    /// What it means; else the field that cannot be searched for.
    fn ask(&self, wiki: &WikiId) -> Result<Ask, &'static str> {
        let mut ask = Ask { wiki: Some(wiki.clone()), ..Ask::default() };
        for (name, value) in self.fields().into_iter().filter(|(_, value)| !value.is_empty()) {
            let is_good = value.len() <= BYTES_MAX && !value.contains('\0');
            match name {
                _ if !is_good => return Err(name),
                "user" => ask.actor = Some(value.to_owned()),
                "page" => ask.title = Some(value.replace('_', " ")),
                "kind" => ask.kinds = vec![value.to_owned()],
                "from" => ask.from = Some(moment(value).ok_or(name)?),
                _ => ask.to = Some(moment(value).ok_or(name)?),
            }
        }
        Ok(ask)
    }

    /// The list from its beginning, or from `before`.
    pub(super) fn path(&self, wiki: &WikiId, before: &str) -> String {
        let fields = self.fields().into_iter().chain([("before", before)]);
        let fields = fields.filter(|(_, value)| !value.is_empty());
        let query = fields.map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>();
        let path = paths::actions(wiki);
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }
}

pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, .. }: Place,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    need(&console, &visitor, &wiki)?;
    let list = List { wiki, asked, wrong: None, rows: Vec::new(), first: None, next: None };
    let ask = match list.asked.ask(&list.wiki) {
        Ok(ask) => ask,
        Err(field) => {
            let list = List { wrong: Some(field), ..list };
            return Ok(view::list(&visitor, &list).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor));
        }
    };
    let name = format!("actions {}", list.asked.path(&list.wiki, ""));
    let after: Option<(i64, String)> = cursor::open(&console, &visitor, &name, &list.asked.before);
    let after = after.and_then(|(at, id)| Some(ActionKey { at: from_micros(at), id: id.parse().ok()? }));
    let sight = sight(&console, &visitor.viewer, &list.wiki).await?;
    let found = Archive::new(console.store.clone()).page(&ask, &sight, after, Limit::default()).await?;
    let next = found.next.map(|key| {
        let key = (micros(key.at), key.id.to_string());
        list.asked.path(&list.wiki, &cursor::seal(&console, &visitor, &name, &key))
    });
    let first = after.map(|_| list.asked.path(&list.wiki, ""));
    Ok(view::list(&visitor, &List { rows: found.items, first, next, ..list }).show(&visitor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_read_and_written_back() {
        let wiki: WikiId = "enwiki".parse().unwrap();
        let asked =
            Asked { user: " A&b ".into(), page: "Foo_bar".into(), from: "2026-03-10T12:34".into(), ..Asked::default() };
        let ask = asked.ask(&wiki).unwrap();
        assert_eq!((ask.actor.as_deref(), ask.title.as_deref()), (Some("A&b"), Some("Foo bar")));
        assert!(ask.from.is_some() && ask.to.is_none() && ask.kinds.is_empty() && ask.wiki == Some(wiki.clone()));
        let path = "/w/enwiki/actions?user=A%26b&page=Foo_bar&from=2026-03-10T12%3A34&before=c";
        assert_eq!(asked.path(&wiki, "c"), path);
        assert_eq!(Asked { to: "soon".into(), ..Asked::default() }.ask(&wiki), Err("to"));
        assert_eq!(Asked { user: "x".repeat(2_000), ..Asked::default() }.ask(&wiki), Err("user"));
    }
}
