//! Rows of notices.

use super::reader::{Maintains, Reader, Releases, Sees};
use super::{Notice, Recipient};
use crate::life::visible::Of;
use crate::model::{FilterKey, FilterNumber};
use std::collections::HashMap;
use wikiward_farm::clock::micros;
use wikiward_farm::{Id, Right, Timestamp};
use wikiward_store::{Conn, Row, Sql, StoreError, sql};

const PUT: &str = "INSERT INTO notices (notice_id, at, event, wiki, filter_wiki, filter_id, by_key, by_name, reason_code, \
    reason, details, merge_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (merge_key) DO NOTHING";
const PUT_RECIPIENT: &str = "INSERT INTO notice_recipients (recipient, notice_id) VALUES ($1, $2)";
const SELECT: &str = "SELECT n.notice_id, n.at, n.event, n.wiki, n.filter_wiki, n.filter_id, n.by_key, n.by_name, \
    n.reason_code, n.reason, n.details, n.merge_key";
const NAMED: &str = ", f.name";
const FROM: &str =
    " FROM notices n CROSS JOIN filters f WHERE f.wiki = n.filter_wiki AND f.filter_id = n.filter_id AND n.at > ";
const COUNT: &str = "SELECT COUNT(*) FROM (SELECT n.notice_id";
const RECIPIENTS: &str = "SELECT notice_id, recipient FROM notice_recipients WHERE notice_id IN (";
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

/// Notices for `reader`, newest first, of what happened after `since` (microseconds) and before notice `before`, with the
/// names of their filters.
pub(super) async fn to(
    conn: &mut Conn,
    reader: &Reader,
    since: i64,
    before: Option<Id>,
    limit: usize,
) -> Result<Vec<(Notice, String)>, StoreError> {
    let mut sql = Sql::from(SELECT);
    sql.push(NAMED);
    narrow(&mut sql, reader, since, before);
    sql.push(" ORDER BY n.notice_id DESC LIMIT ").bind(i64::try_from(limit).unwrap_or(i64::MAX));
    conn.rows(sql).await?.iter().map(|row| Ok((notice(row)?, row.get(12)?))).collect()
}

/// How many notices for `reader` there are of what happened after `since`; not more than `most`.
pub(super) async fn count(conn: &mut Conn, reader: &Reader, since: i64, most: usize) -> Result<usize, StoreError> {
    let mut sql = Sql::from(COUNT);
    narrow(&mut sql, reader, since, None);
    sql.push(" LIMIT ").bind(i64::try_from(most).unwrap_or(i64::MAX)).push(") found");
    Ok(usize::try_from(conn.one(sql).await?.get::<i64>(0)?).unwrap_or(0))
}

/// The conditions that a notice `n` about filter `f` is for `reader`: what `is_for` and the filter's own visibility say.
fn narrow(sql: &mut Sql, reader: &Reader, since: i64, before: Option<Id>) {
    const TO: &str = "EXISTS (SELECT 1 FROM notice_recipients r WHERE r.notice_id = n.notice_id AND r.recipient = ";
    sql.push(FROM).bind(since).push(" AND n.by_key <> ").bind(&reader.key);
    if let Some(before) = before {
        sql.push(" AND n.notice_id < ").bind(before);
    }
    sql.push(" AND (").push(TO).bind(Recipient::Person(reader.key.clone()).name()).push(")");
    let maintainer = Recipient::Maintainer(reader.name.clone()).name();
    match &reader.maintains {
        Maintains::Every => {
            sql.push(" OR ").push(TO).bind(maintainer).push(")");
        }
        Maintains::Of(wiki) => {
            sql.push(" OR n.filter_wiki IN ('*', ").bind(wiki).push(") AND ").push(TO).bind(maintainer).push(")");
        }
        Maintains::None => {}
    }
    let holder = Recipient::Holder(Right::BrakeRelease).name();
    match &reader.releases {
        Releases::Everywhere => {
            sql.push(" OR ").push(TO).bind(holder).push(")");
        }
        Releases::On(wikis) if wikis.is_empty() => {}
        Releases::On(wikis) => {
            sql.push(" OR n.wiki IN (").bind_list(wikis).push(") AND ").push(TO).bind(holder).push(")");
        }
    }
    sql.push(") AND CASE");
    for (wikis, sees) in &reader.classes {
        sql.push(" WHEN n.wiki IN (").bind_list(wikis).push(") THEN ");
        push_sees(sql, sees);
    }
    // With no class, a condition that never holds: `CASE` wants one.
    sql.push(" WHEN 1 = 0 THEN 1 = 0 ELSE ");
    push_sees(sql, &reader.elsewhere);
    sql.push(" END");
}

fn push_sees(sql: &mut Sql, sees: &Sees) {
    sql.push("CASE n.filter_wiki WHEN '*' THEN ");
    sees.farm.condition(sql, Of::Filter);
    sql.push(" WHEN n.wiki THEN ");
    sees.own.condition(sql, Of::Filter);
    sql.push(" ELSE 1 = 0 END");
}

/// Notices after `after`, oldest first, with everybody they are for.
pub(super) async fn after(
    conn: &mut Conn,
    after: Option<Id>,
    limit: usize,
) -> Result<Vec<(Notice, Vec<Recipient>)>, StoreError> {
    let mut sql = Sql::from(SELECT);
    sql.push(" FROM notices n");
    if let Some(after) = after {
        sql.push(" WHERE n.notice_id > ").bind(after);
    }
    sql.push(" ORDER BY n.notice_id LIMIT ").bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let notices = conn.rows(sql).await?.iter().map(notice).collect::<Result<Vec<_>, _>>()?;
    if notices.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::from(RECIPIENTS);
    sql.bind_list(notices.iter().map(|notice| notice.id)).push(") ORDER BY notice_id, recipient");
    let mut recipients: HashMap<Id, Vec<Recipient>> = HashMap::new();
    for row in conn.rows(sql).await? {
        recipients.entry(row.get(0)?).or_default().extend(Recipient::find(&row.get::<String>(1)?));
    }
    let with = |notice: Notice| {
        let to = recipients.remove(&notice.id).unwrap_or_default();
        (notice, to)
    };
    Ok(notices.into_iter().map(with).collect())
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
