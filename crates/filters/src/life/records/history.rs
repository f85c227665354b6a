//! Versions and events as the items of a history, and rows of events.

use super::{corrupt, list};
use crate::life::events::{FilterEvent, NewEvent};
use crate::life::history::{HistoryItem, HistoryKey};
use crate::life::visible::{Of, Sight};
use crate::model::{Editor, FilterKey, Origin, Version};
use serde_json::Value;
use wikiward_farm::{Id, Timestamp};
use wikiward_store::{Conn, Row, Sql, StoreError, sql};

const INSERT_EVENT: &str = "INSERT INTO filter_events (wiki, filter_id, event_id, at, by_key, by_name, kind, reason_code, \
    reason, details, privacy, is_public) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const EVENTS_OF: &str =
    "SELECT details FROM filter_events WHERE wiki = $1 AND filter_id = $2 AND at >= $3 AND kind = $4 ORDER BY at";

/// Versions of a filter as history items, newest first; only those whose version before may be seen, too.
pub(crate) async fn saved_items(
    conn: &mut Conn,
    key: &FilterKey,
    sight: &Sight,
    before: Option<&HistoryKey>,
    most: usize,
) -> Result<Vec<HistoryItem>, StoreError> {
    let mut sql = Sql::from(
        "SELECT v.version, v.edited_at, v.edited_by_key, v.edited_by_name, v.edited_by_number, v.change_reason, \
         v.changed_fields, v.origin FROM filter_versions v LEFT JOIN filter_versions p ON p.wiki = v.wiki \
         AND p.filter_id = v.filter_id AND p.version = v.version - 1 WHERE v.wiki = ",
    );
    sql.bind(&key.wiki).push(" AND v.filter_id = ").bind(key.number.0).push(" AND ");
    sight.condition(&mut sql, Of::Version);
    sql.push(" AND (p.version IS NULL OR ");
    sight.condition(&mut sql, Of::Previous);
    sql.push(")");
    if let Some(before) = before {
        sql.push(" AND (v.edited_at < ").bind(before.at);
        if before.rank == 1 {
            let number = before.tie.as_slice().try_into().map_or(0, u32::from_be_bytes);
            sql.push(" OR (v.edited_at = ").bind(before.at).push(" AND v.version < ").bind(number).push(")");
        }
        sql.push(")");
    }
    sql.push(" ORDER BY v.edited_at DESC, v.version DESC LIMIT ").bind(i64::try_from(most).unwrap_or(i64::MAX));
    let read = |row: &Row| {
        Ok(HistoryItem::Saved {
            version: Version(row.get(0)?),
            at: row.get(1)?,
            by: Editor { key: row.get(2)?, name: row.get(3)?, number: row.get(4)? },
            reason: row.get(5)?,
            changed_fields: list(row, 6, "changed_fields")?,
            origin: Origin::find(&row.get::<String>(7)?).ok_or_else(|| corrupt("origin"))?,
        })
    };
    conn.rows(sql).await?.iter().map(read).collect()
}

/// Events of a filter as history items, newest first.
pub(crate) async fn event_items(
    conn: &mut Conn,
    key: &FilterKey,
    sight: &Sight,
    before: Option<&HistoryKey>,
    most: usize,
) -> Result<Vec<HistoryItem>, StoreError> {
    let mut sql = Sql::from(
        "SELECT e.event_id, e.at, e.by_key, e.by_name, e.kind, e.reason_code, e.reason, e.details FROM filter_events e \
         WHERE e.kind <> 'hold.prepare' AND e.wiki = ",
    );
    sql.bind(&key.wiki).push(" AND e.filter_id = ").bind(key.number.0).push(" AND ");
    sight.event_condition(&mut sql);
    if let Some(before) = before {
        sql.push(" AND (e.at < ").bind(before.at).push(" OR (e.at = ").bind(before.at);
        if before.rank == 0 {
            sql.push(" AND e.event_id < ").bind(before.tie.clone());
        }
        sql.push("))");
    }
    sql.push(" ORDER BY e.at DESC, e.event_id DESC LIMIT ").bind(i64::try_from(most).unwrap_or(i64::MAX));
    let read = |row: &Row| {
        Ok(HistoryItem::Event(FilterEvent {
            id: row.get(0)?,
            at: row.get(1)?,
            by_key: row.get(2)?,
            by_name: row.get(3)?,
            kind: row.get(4)?,
            reason_code: row.get(5)?,
            reason: row.get(6)?,
            details: row.get(7)?,
        }))
    };
    conn.rows(sql).await?.iter().map(read).collect()
}

pub(crate) async fn insert_event(
    conn: &mut Conn,
    event: &NewEvent<'_>,
    id: Id,
    now: Timestamp,
) -> Result<(), StoreError> {
    let key = event.key;
    let details = event.details.to_string();
    let bits = u32::from(event.privacy.bits());
    conn.execute(sql!(
        INSERT_EVENT,
        &key.wiki,
        key.number.0,
        id,
        now,
        event.by.key(),
        event.by.name(),
        event.kind,
        event.reason_code,
        event.reason,
        details,
        bits,
        event.privacy.is_public()
    ))
    .await?;
    Ok(())
}

/// Details of a filter's events of one kind since `since`, oldest first.
pub(crate) async fn events_of(
    conn: &mut Conn,
    key: &FilterKey,
    kind: &str,
    since: Timestamp,
) -> Result<Vec<Value>, StoreError> {
    let rows = conn.rows(sql!(EVENTS_OF, &key.wiki, key.number.0, since, kind)).await?;
    rows.iter().map(|row| row.get(0)).collect()
}
