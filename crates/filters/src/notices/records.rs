//! Rows of notices.

use super::{Notice, Recipient};
use crate::model::{FilterKey, FilterNumber};
use wikiward_farm::clock::micros;
use wikiward_farm::{Id, Timestamp};
use wikiward_store::{Conn, Row, Sql, StoreError, sql};

const PUT: &str = "INSERT INTO notices (notice_id, at, event, wiki, filter_wiki, filter_id, by_key, by_name, reason_code, \
    reason, details, merge_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (merge_key) DO NOTHING";
const PUT_RECIPIENT: &str = "INSERT INTO notice_recipients (recipient, notice_id) VALUES ($1, $2)";
const SELECT: &str = "SELECT n.notice_id, n.at, n.event, n.wiki, n.filter_wiki, n.filter_id, n.by_key, n.by_name, \
    n.reason_code, n.reason, n.details, n.merge_key FROM notices n";
const RECIPIENTS: &str = "SELECT recipient FROM notice_recipients WHERE notice_id = $1 ORDER BY recipient";
const READ_TO: &str = "SELECT read_to FROM notice_reads WHERE reader = $1";
const PUT_READ: &str = "INSERT INTO notice_reads (reader, read_to) VALUES ($1, $2) ON CONFLICT (reader) DO UPDATE SET \
    read_to = excluded.read_to WHERE notice_reads.read_to < excluded.read_to";
const SWEEP_RECIPIENTS: &str =
    "DELETE FROM notice_recipients WHERE notice_id IN (SELECT notice_id FROM notices WHERE at < $1)";
const SWEEP: &str = "DELETE FROM notices WHERE at < $1";
const PREVIOUS: &str = "SELECT by_key FROM filter_events WHERE wiki = $1 AND filter_id = $2 AND by_key <> $3 \
    AND by_key <> 'system' AND kind IN ('brake.reactivate', 'hold.start') ORDER BY event_id DESC LIMIT 1";

/// Writes a notice; false if there is one with its merge key.
pub(super) async fn put(conn: &mut Conn, notice: &Notice) -> Result<bool, StoreError> {
    let statement = Sql::new(
        PUT,
        [
            notice.id.into(),
            notice.at.into(),
            notice.event.as_str().into(),
            (&notice.wiki).into(),
            (&notice.key.wiki).into(),
            notice.key.number.0.into(),
            notice.by_key.as_str().into(),
            notice.by_name.as_str().into(),
            notice.reason_code.as_str().into(),
            notice.reason.as_str().into(),
            notice.details.to_string().into(),
            notice.merge_key.as_str().into(),
        ],
    );
    Ok(conn.execute(statement).await? == 1)
}

pub(super) async fn put_recipient(conn: &mut Conn, name: &str, id: Id) -> Result<(), StoreError> {
    conn.execute(sql!(PUT_RECIPIENT, name, id)).await.map(|_| ())
}

/// Who did something with the brake of a filter last, beside `by`.
pub(super) async fn previous(conn: &mut Conn, key: &FilterKey, by: &str) -> Result<Option<String>, StoreError> {
    conn.row(sql!(PREVIOUS, &key.wiki, key.number.0, by)).await?.map(|row| row.get(0)).transpose()
}

fn notice(row: &Row) -> Result<Notice, StoreError> {
    let details: String = row.get(10)?;
    Ok(Notice {
        id: row.get(0)?,
        at: row.get(1)?,
        event: row.get(2)?,
        wiki: row.get(3)?,
        key: FilterKey { wiki: row.get(4)?, number: FilterNumber(row.get(5)?) },
        by_key: row.get(6)?,
        by_name: row.get(7)?,
        reason_code: row.get(8)?,
        reason: row.get(9)?,
        details: serde_json::from_str(&details).map_err(|_| StoreError::Corrupt("notices.details".into()))?,
        merge_key: row.get(11)?,
    })
}

/// Notices to any of `names`, newest first, of what happened after `since` (microseconds) and before notice `before`.
pub(super) async fn to(
    conn: &mut Conn,
    names: &[String],
    since: i64,
    before: Option<Id>,
    limit: u32,
) -> Result<Vec<Notice>, StoreError> {
    let mut sql = Sql::from(SELECT);
    sql.push(" WHERE n.notice_id IN (SELECT r.notice_id FROM notice_recipients r WHERE r.recipient IN (");
    sql.bind_list(names.iter()).push(")");
    if let Some(before) = before {
        sql.push(" AND r.notice_id < ").bind(before);
    }
    sql.push(") AND n.at > ").bind(since).push(" ORDER BY n.notice_id DESC LIMIT ").bind(limit);
    conn.rows(sql).await?.iter().map(notice).collect()
}

/// Notices after `after`, oldest first.
pub(super) async fn after(conn: &mut Conn, after: Option<Id>, limit: u32) -> Result<Vec<Notice>, StoreError> {
    let mut sql = Sql::from(SELECT);
    if let Some(after) = after {
        sql.push(" WHERE n.notice_id > ").bind(after);
    }
    sql.push(" ORDER BY n.notice_id LIMIT ").bind(limit);
    conn.rows(sql).await?.iter().map(notice).collect()
}

pub(super) async fn recipients_of(conn: &mut Conn, id: Id) -> Result<Vec<Recipient>, StoreError> {
    let rows = conn.rows(sql!(RECIPIENTS, id)).await?;
    let names: Result<Vec<String>, StoreError> = rows.iter().map(|row| row.get(0)).collect();
    Ok(names?.iter().filter_map(|name| Recipient::find(name)).collect())
}

/// Up to when somebody has read, in microseconds.
pub(super) async fn read_to(conn: &mut Conn, reader: &str) -> Result<i64, StoreError> {
    conn.row(sql!(READ_TO, reader)).await?.map_or(Ok(i64::MIN), |row| row.get(0))
}

pub(super) async fn put_read(conn: &mut Conn, reader: &str, at: Timestamp) -> Result<(), StoreError> {
    conn.execute(sql!(PUT_READ, reader, micros(at))).await.map(|_| ())
}

pub(super) async fn sweep(conn: &mut Conn, before: Timestamp) -> Result<u64, StoreError> {
    conn.execute(sql!(SWEEP_RECIPIENTS, before)).await?;
    conn.execute(sql!(SWEEP, before)).await
}
