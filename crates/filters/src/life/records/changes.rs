//! Versions of all filters of an owner, newest first.

use super::{corrupt, list};
use crate::life::changes::{ChangeKey, ChangesQuery, FilterChange};
use crate::life::visible::{Of, Sight};
use crate::model::{Editor, FilterKey, FilterNumber, Origin, Version};
use wikiward_farm::WikiId;
use wikiward_store::{Conn, Row, Sql, StoreError};

// Versions lead: they lie in the order of the list, so that a page reads little more than it shows.
const SAVED: &str = "SELECT v.filter_id, f.name, v.version, v.edited_at, v.edited_by_key, v.edited_by_name, \
    v.edited_by_number, v.change_reason, v.changed_fields, v.origin FROM filter_versions v CROSS JOIN filters f \
    LEFT JOIN filter_versions p ON p.wiki = v.wiki AND p.filter_id = v.filter_id AND p.version = v.version - 1 \
    WHERE f.wiki = v.wiki AND f.filter_id = v.filter_id AND v.wiki = ";

/// The statement for a page of at most `most` versions that may be seen: the filter, the version and the one before it.
pub(crate) fn saved_on_sql(
    owner: &WikiId,
    query: &ChangesQuery,
    sight: &Sight,
    before: Option<ChangeKey>,
    most: usize,
) -> Sql {
    let mut sql = Sql::from(SAVED);
    sql.bind(owner);
    if let Some(filter) = &query.filter {
        sql.push(" AND v.filter_id = ").bind(filter.number.0);
    }
    if let Some(editor) = &query.editor {
        sql.push(" AND v.edited_by_name = ").bind(editor);
    }
    if let Some(before) = before {
        sql.push(" AND (v.edited_at, v.filter_id, v.version) < (").bind(before.at).push(", ");
        sql.bind(before.filter).push(", ").bind(before.version).push(")");
    }
    sql.push(" AND ");
    sight.condition(&mut sql, Of::Filter);
    sql.push(" AND ");
    sight.condition(&mut sql, Of::Version);
    sql.push(" AND (p.version IS NULL OR ");
    sight.condition(&mut sql, Of::Previous);
    sql.push(") ORDER BY v.edited_at DESC, v.filter_id DESC, v.version DESC LIMIT ");
    sql.bind(i64::try_from(most).unwrap_or(i64::MAX));
    sql
}

/// Versions that may be seen, newest first.
pub(crate) async fn saved_on(
    conn: &mut Conn,
    owner: &WikiId,
    query: &ChangesQuery,
    sight: &Sight,
    before: Option<ChangeKey>,
    most: usize,
) -> Result<Vec<FilterChange>, StoreError> {
    let read = |row: &Row| {
        Ok(FilterChange {
            key: FilterKey { wiki: owner.clone(), number: FilterNumber(row.get(0)?) },
            name: row.get(1)?,
            version: Version(row.get(2)?),
            at: row.get(3)?,
            by: Editor { key: row.get(4)?, name: row.get(5)?, number: row.get(6)? },
            reason: row.get(7)?,
            changed_fields: list(row, 8, "changed_fields")?,
            origin: Origin::find(&row.get::<String>(9)?).ok_or_else(|| corrupt("origin"))?,
        })
    };
    conn.rows(saved_on_sql(owner, query, sight, before, most)).await?.iter().map(read).collect()
}
