//! The audit log, whether it is whole, and the log of who looked at what is private.

mod access;
mod view;
mod words;

use crate::fault::Fault;
use crate::pages::acts::{self, Asked, with_query};
use crate::state::Console;
use crate::visit::Visitor;
use crate::{cursor, paths};
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use wikiward_farm::{Right, Timestamp, WikiId};
use wikiward_store::audit::{Kept, Question};

pub(crate) use view::samples;

/// Whether the log is whole.
const VERIFY: &str = "/audit/verify";
/// Who looked at what is private.
const ACCESS: &str = "/audit/access";

pub(crate) fn routes() -> Router<Console> {
    Router::new().route(paths::AUDIT, get(list)).route(VERIFY, get(verify)).route(ACCESS, get(access::list))
}

/// What a person searches for, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Search {
    /// Who: a name or a key.
    pub(crate) by: String,
    /// What was done.
    pub(crate) action: String,
    /// What it was done to.
    pub(crate) subject: String,
    /// The wiki concerned.
    pub(crate) wiki: String,
    /// From this day on.
    pub(crate) from: String,
    /// Until the end of this day.
    pub(crate) to: String,
}

/// Most bytes of a text that is looked for, as on the interface for programs.
const SEARCH_BYTES_MAX: usize = 500;

impl Search {
    fn of(asked: &Asked) -> Self {
        let cut = |name: &str| {
            let text = asked.get(name);
            text.get(..text.floor_char_boundary(SEARCH_BYTES_MAX)).unwrap_or_default().to_owned()
        };
        Self {
            by: cut("by"),
            action: cut("action"),
            subject: cut("subject"),
            wiki: cut("wiki"),
            from: cut("from"),
            to: cut("to"),
        }
    }

    /// Whether one of the fields that phones fold away holds something.
    fn has_more(&self) -> bool {
        [&self.subject, &self.wiki, &self.from, &self.to].into_iter().any(|value| !value.is_empty())
    }

    /// Its address; `cursor` leads to a later page.
    fn path(&self, cursor: &str) -> String {
        let values = [
            ("by", self.by.as_str()),
            ("action", &self.action),
            ("subject", &self.subject),
            ("wiki", &self.wiki),
            ("from", &self.from),
            ("to", &self.to),
            ("cursor", cursor),
        ];
        with_query(paths::AUDIT, &values)
    }
}

/// The beginning of a day, `days` later; none if it is no day.
fn day(text: &str, days: i64) -> Option<Timestamp> {
    let begin: Timestamp = format!("{text}T00:00:00Z").parse().ok()?;
    begin.checked_add(jiff::SignedDuration::from_hours(24 * days)).ok()
}

/// The wiki whose log a person reads: the one asked for; without one, the whole log where that may be read, else the first
/// wiki where it may.
fn place(visitor: &Visitor, asked: &str) -> Result<Option<WikiId>, Fault> {
    if !asked.is_empty() {
        let wiki = paths::wiki_of(asked).ok_or(Fault::NotFound)?;
        visitor.need(Right::AuditLog, &wiki)?;
        return Ok(Some(wiki));
    }
    if visitor.may(Right::AuditLog, &WikiId::farm()) {
        return Ok(None);
    }
    let own = visitor.wikis.iter().map(|(wiki, _)| wiki).find(|wiki| visitor.may(Right::AuditLog, wiki));
    match own {
        Some(wiki) => Ok(Some(wiki.clone())),
        None => visitor.need(Right::AuditLog, &WikiId::farm()).map(|()| None),
    }
}

/// What the list shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct List {
    /// The entries.
    pub(crate) entries: Vec<Kept>,
    /// What is searched for.
    pub(crate) search: Search,
    /// Whether this is not the first page.
    pub(crate) is_later: bool,
    /// Cursor of the next page.
    pub(crate) next: Option<String>,
}

async fn list(State(console): State<Console>, visitor: Visitor, asked: Asked) -> Result<Response, Fault> {
    let mut search = Search::of(&asked);
    let wiki = place(&visitor, &search.wiki)?;
    search.wiki = wiki.as_ref().map(|wiki| paths::wiki_word(wiki).to_owned()).unwrap_or_default();
    let name = format!("audit {search:?}");
    let before: Option<i64> = cursor::open(&console, &visitor, &name, asked.get("cursor"));
    let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let question = Question {
        wiki: wiki.map(|wiki| wiki.to_string()),
        subject: said(&search.subject),
        by: said(&search.by),
        action: said(&search.action),
        from: day(&search.from, 0),
        until: day(&search.to, 1),
        before,
        limit: acts::rows(),
        ..Question::default()
    };
    let page = console.store.audit_entries(&question).await?;
    let next = page.next.map(|seq| cursor::seal(&console, &visitor, &name, &seq));
    let list = List { entries: page.items, search, is_later: before.is_some(), next };
    Ok(view::list(&visitor, &list).show(&visitor))
}

async fn verify(State(console): State<Console>, visitor: Visitor) -> Result<Response, Fault> {
    visitor.need(Right::AuditLog, &WikiId::farm())?;
    let found = console.store.verify_audit().await?;
    Ok(view::verified(&visitor, &found).show(&visitor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_and_ends_with_the_next() {
        assert_eq!(day("2026-12-31", 0).unwrap().to_string(), "2026-12-31T00:00:00Z");
        assert_eq!(day("2026-12-31", 1).unwrap().to_string(), "2027-01-01T00:00:00Z");
        for bad in ["", "yesterday", "2026-13-01", "9999-12-31T00:00:00Z x"] {
            assert_eq!(day(bad, 1), None, "{bad}");
        }
    }
}
