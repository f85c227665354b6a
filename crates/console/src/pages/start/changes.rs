//! What people changed last: the filters that were saved last, as far as the visitor may see them.

use super::overview::Change;
use crate::state::Console;
use crate::visit::Visitor;
use wikiward_farm::{Limit, Right, WikiId};
use wikiward_filters::life::{ListQuery, ReadError, Sort, Whose};
use wikiward_filters::model::{Filter, State};
use wikiward_store::StoreError;

/// Changes that are shown.
const SHOWN: usize = 8;

/// The latest saves of filters of these wikis, newest first.
///
/// # Errors
/// [`StoreError`] as the database answers.
pub(super) async fn latest<'w>(
    console: &Console,
    visitor: &Visitor,
    wikis: impl Iterator<Item = &'w WikiId>,
) -> Result<Vec<Change>, StoreError> {
    let query = ListQuery {
        states: State::ALL.to_vec(),
        whose: Whose::Local,
        sort: Sort::Edited,
        is_descending: true,
        ..ListQuery::default()
    };
    let limit = Limit::new(i64::try_from(SHOWN).unwrap_or(1)).unwrap_or_default();
    let mut changes = Vec::new();
    for wiki in wikis.filter(|wiki| visitor.may(Right::View, wiki)) {
        match console.filters.list(&visitor.viewer, wiki, &query, None, limit).await {
            Ok(page) => changes.extend(page.items.into_iter().map(|filter| change(wiki, filter))),
            Err(ReadError::Store(error)) => return Err(error),
            // A wiki that was closed in between has no filters.
            Err(_) => {}
        }
    }
    changes.sort_by(|one, other| {
        other.at.cmp(&one.at).then_with(|| (&one.wiki, &one.gid).cmp(&(&other.wiki, &other.gid)))
    });
    changes.truncate(SHOWN);
    Ok(changes)
}

fn change(wiki: &WikiId, filter: Filter) -> Change {
    Change {
        at: filter.edited_at,
        by: filter.edited_by.name,
        wiki: wiki.clone(),
        gid: filter.key.gid(),
        name: filter.draft.name,
        version: filter.version.0,
    }
}
