//! The queries of lists of filters.

use super::{FILTER, filter, name_key};
use crate::life::list::{ListKey, ListQuery, Search, Sort, Whose};
use crate::life::visible::{Of, Sight};
use crate::model::Filter;
use serde_json::json;
use wikiward_farm::WikiId;
use wikiward_store::{Conn, Sql, StoreError};

/// One batch of a list, visible rows only, in the list's order, at most `most`.
///
/// `own` is what the viewer sees of the wiki's own filters, `farm` of farm-wide ones. A regular expression is not looked
/// at here.
pub(crate) async fn list_batch(
    conn: &mut Conn,
    wiki: &WikiId,
    query: &ListQuery,
    (own, farm): (&Sight, &Sight),
    after: Option<&ListKey>,
    most: usize,
) -> Result<Vec<Filter>, StoreError> {
    let mut sql = Sql::from(FILTER);
    sql.push(" WHERE (");
    let shows_own = wiki.is_farm() || query.whose != Whose::Farm;
    let shows_farm = !wiki.is_farm() && query.whose != Whose::Local;
    if shows_own {
        sql.push("(f.wiki = ").bind(wiki).push(" AND ");
        own.condition(&mut sql, Of::Filter);
        sql.push(")");
    }
    if shows_farm {
        sql.push(if shows_own { " OR (f.wiki = '*' AND " } else { "(f.wiki = '*' AND " });
        farm.condition(&mut sql, Of::Filter);
        sql.push(")");
    }
    sql.push(")");
    narrow(&mut sql, query);
    narrow_to_brakes(&mut sql, wiki, query);
    let column = sort_column(query.sort);
    if let Some(after) = after {
        sql.push(" AND (");
        let past = if query.is_descending { " < " } else { " > " };
        if let Some(column) = column {
            let value = || match query.sort {
                Sort::Name => wikiward_store::Bind::from(after.name.clone()),
                _ => wikiward_store::Bind::from(after.number),
            };
            sql.push(column)
                .push(past)
                .bind(value())
                .push(" OR (")
                .push(column)
                .push(" = ")
                .bind(value())
                .push(" AND ");
        } else {
            sql.push("(1 = 1 AND ");
        }
        // Numbers of different wikis meet in one list: the number sorts first, as people read it.
        sql.push("(f.filter_id").push(past).bind(after.filter).push(" OR (f.filter_id = ").bind(after.filter);
        sql.push(" AND f.wiki").push(past).bind(after.wiki.as_str()).push("))))");
    }
    sql.push(" ORDER BY ");
    let direction = if query.is_descending { " DESC" } else { "" };
    if let Some(column) = column {
        sql.push(column).push(direction).push(", ");
    }
    sql.push("f.filter_id").push(direction).push(", f.wiki").push(direction).push(" LIMIT ");
    sql.bind(i64::try_from(most).unwrap_or(i64::MAX));
    conn.rows(sql).await?.iter().map(filter).collect()
}

fn sort_column(sort: Sort) -> Option<&'static str> {
    match sort {
        Sort::Id => None,
        Sort::Name => Some("f.name_key"),
        Sort::Hits => Some("f.hits"),
        Sort::Edited => Some("f.edited_at"),
    }
}

/// The key of a filter in a list.
pub(crate) fn list_key(filter: &Filter, sort: Sort) -> ListKey {
    let number = match sort {
        Sort::Hits => i64::try_from(filter.hits).unwrap_or(i64::MAX),
        Sort::Edited => wikiward_farm::clock::micros(filter.edited_at),
        Sort::Id | Sort::Name => 0,
    };
    let name = if sort == Sort::Name { name_key(&filter.draft.name) } else { Vec::new() };
    ListKey { number, name, wiki: filter.key.wiki.to_string(), filter: filter.key.number.0 }
}

fn narrow_to_brakes(sql: &mut Sql, wiki: &WikiId, query: &ListQuery) {
    for (wanted, holds) in [(query.is_braked, " AND g.is_latched)"), (query.is_held, " AND g.held_until IS NOT NULL)")]
    {
        let Some(wanted) = wanted else { continue };
        sql.push(if wanted { " AND EXISTS (" } else { " AND NOT EXISTS (" });
        sql.push(
            "SELECT 1 FROM brake_guards g WHERE g.filter_wiki = f.wiki AND g.filter_id = f.filter_id AND g.wiki IN (",
        );
        sql.bind(wiki).push(", '*')").push(holds);
    }
}

fn narrow(sql: &mut Sql, query: &ListQuery) {
    if query.states.is_empty() {
        sql.push(" AND f.state <> 'deleted'");
    } else {
        sql.push(" AND f.state IN (").bind_list(query.states.iter().map(|state| state.name())).push(")");
    }
    if !query.groups.is_empty() {
        sql.push(" AND f.filter_group IN (").bind_list(query.groups.iter().map(String::as_str)).push(")");
    }
    if !query.privacy.is_empty() {
        sql.push(" AND f.privacy IN (").bind_list(query.privacy.iter().flat_map(|mark| mark.bits())).push(")");
    }
    if !query.consequences.is_empty() {
        sql.push(" AND (1 = 0");
        for name in &query.consequences {
            // Inside of a text the quotation mark would be escaped, so this is a member's name.
            let member = format!("{}:[", json!(name));
            sql.push(" OR REPLACE(f.actions, ").bind(member).push(", '') <> f.actions");
        }
        sql.push(")");
    }
    if let Some(Search::Plain(text)) = &query.search {
        sql.push(" AND REPLACE(f.rules, ").bind(text).push(", '') <> f.rules");
    }
}
