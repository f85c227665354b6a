//! What was saved lately on a wiki: versions of all its filters, newest first, of everybody or of one person.

mod view;

use super::Place;
use crate::fault::Fault;
use crate::state::Console;
use crate::visit::{Visitor, encoded};
use crate::{cursor, paths};
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use wikiward_farm::{Limit, Right, WikiId};
use wikiward_filters::life::{ChangeKey, ChangesQuery};
use wikiward_filters::model::FilterKey;

pub(crate) use view::samples;

/// Most bytes of a name that is searched for.
const NAME_BYTES_MAX: usize = 1_024;

pub(crate) fn routes() -> Router<Console> {
    Router::new().route("/w/{wiki}/filters/history", get(show))
}

/// What the form above the list asks for, as words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Asked {
    /// A filter, as the wiki names it.
    filter: String,
    /// Who saved.
    editor: String,
    /// Where the page begins, sealed.
    before: String,
}

impl Asked {
    fn is_narrowed(&self) -> bool {
        !self.filter.trim().is_empty() || !self.editor.trim().is_empty()
    }

    /// What it means; none if the filter cannot be one.
    fn query(&self, wiki: &WikiId) -> Option<ChangesQuery> {
        let (gid, editor) = (self.filter.trim(), self.editor.trim());
        let filter = if gid.is_empty() { None } else { Some(FilterKey::from_gid(wiki, gid)?) };
        Some(ChangesQuery { editor: (!editor.is_empty()).then(|| editor.to_owned()), filter })
    }

    /// The list from its beginning, or from `before`.
    fn path(&self, wiki: &WikiId, before: &str) -> String {
        let pairs = [("filter", self.filter.trim()), ("editor", self.editor.trim()), ("before", before)];
        let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        let query = pairs.map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>();
        let path = paths::filter_changes(wiki);
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }
}

async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Place { wiki, .. }: Place,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    if !wiki.is_farm() && console.people.visible_wiki(&visitor.viewer, &wiki).is_none() {
        return Err(Fault::NotFound);
    }
    visitor.need(Right::View, &wiki)?;
    let list = view::Changes::new(&visitor, &wiki, asked);
    let query = list.asked.query(&wiki).filter(|_| list.asked.editor.len() <= NAME_BYTES_MAX);
    let Some(query) = query else {
        let list = view::Changes { is_wrong: true, ..list };
        return Ok(view::page(&visitor, &list).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor));
    };
    let name = format!("changes {}", list.asked.path(&wiki, ""));
    let before: Option<ChangeKey> = cursor::open(&console, &visitor, &name, &list.asked.before);
    let found = console.filters.changes(&visitor.viewer, &wiki, &query, before, Limit::default()).await?;
    let next = found.next.as_ref().map(|key| list.asked.path(&wiki, &cursor::seal(&console, &visitor, &name, key)));
    let first = before.map(|_| list.asked.path(&wiki, ""));
    let list = view::Changes { rows: found.items, first, next, ..list };
    Ok(view::page(&visitor, &list).show(&visitor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_read_and_written_back() {
        let wiki: WikiId = "enwiki".parse().unwrap();
        let asked = Asked { filter: " global-2 ".into(), editor: " A & b ".into(), ..Asked::default() };
        let query = asked.query(&wiki).unwrap();
        assert_eq!((query.editor.as_deref(), query.filter.unwrap().gid().as_str()), (Some("A & b"), "global-2"));
        assert_eq!(asked.path(&wiki, "c"), "/w/enwiki/filters/history?filter=global-2&editor=A%20%26%20b&before=c");
        assert_eq!(Asked::default().path(&wiki, ""), "/w/enwiki/filters/history");
        assert_eq!(Asked::default().query(&wiki), Some(ChangesQuery::default()));
        assert_eq!(Asked { filter: "x".into(), ..Asked::default() }.query(&wiki), None);
    }
}
