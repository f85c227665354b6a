//! The list of hits.

use super::list_view::{List, Row, page};
use super::search::Search;
use super::{Place, trouble};
use crate::cursor;
use crate::fault::Fault;
use crate::paths;
use crate::state::Console;
use crate::visit::{Visitor, encoded, go_to};
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Limit, Right};
use wikiward_filters::hits::list::{HitKey, Question};

/// Full pages of what the visitor may see, newest first. A reference code leads straight to its hit, or to the attempt to link to
/// a blocked domain that has it.
pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    place: Place,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let wiki = &place.wiki;
    visitor.need(Right::Log, wiki)?;
    if !wiki.is_farm() && console.people.wiki(wiki).is_none() {
        return Err(Fault::NotFound);
    }
    let search = Search::read(&query.unwrap_or_default());
    let (selection, wrong) = search.selection(wiki);
    let registry = console.filters.registry().await?;
    let groups = registry.groups.keys().cloned().collect();
    let list = List { wrong, groups, ..List::new(&visitor, wiki, search) };
    if !list.wrong.is_empty() {
        return Ok(page(&visitor, &list).status(StatusCode::UNPROCESSABLE_ENTITY).show(&visitor));
    }
    if selection.address.is_some() {
        visitor.need(Right::PrivateDetails, wiki)?;
    }
    let sight = super::sight(&console, &visitor.viewer, wiki).await?;
    let name = format!("hits {wiki} {selection:?}");
    let after = cursor::open::<(i64, String)>(&console, &visitor, &name, &list.search.cursor);
    let after = after.and_then(|(at, hit)| Some(HitKey { at: from_micros(at), hit_id: hit.parse().ok()? }));
    let by_code = selection.ref_code.is_some();
    let question = Question { log: place.log(), selection, after, is_ascending: false, limit: Limit::default() };
    let found = match console.hits.list(&question, &sight, &visitor.viewer).await {
        Ok(found) => found,
        Err(error) => return trouble(&visitor, error),
    };
    if let ([only], true, None) = (found.items.as_slice(), by_code, &found.next)
        && only.full.is_some()
    {
        return Ok(go_to(&paths::hit(wiki, &only.key.hit_id.to_string())));
    }
    if by_code && found.items.is_empty() && console.hits.attempt(&question, &visitor.viewer).await?.is_some() {
        let code = question.selection.ref_code.as_deref().unwrap_or_default();
        return Ok(go_to(&format!("{}?code={}", paths::domain_attempts(wiki), encoded(code))));
    }
    let next = found.next.map(|key| {
        let key = (micros(key.at), key.hit_id.to_string());
        list.search.path(wiki, Some(&cursor::seal(&console, &visitor, &name, &key)))
    });
    let list = List { rows: found.items.into_iter().map(Row::from).collect(), next, is_later: after.is_some(), ..list };
    Ok(page(&visitor, &list).show(&visitor))
}
