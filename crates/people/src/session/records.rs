//! Rows of sessions.

use super::{Kept, Method, Owner, Session};
use crate::secret::Digest;
use crate::snapshot::Person;
use crate::wiki::records::document;
use serde_json::Value;
use wikiward_farm::{Limit, Principal, Timestamp, UserName, WikiId};
use wikiward_store::{Conn, Row, Sql, StoreError, sql};

const FIND: &str = "SELECT secret_digest, last_seen_at, idle_micros_max, expires_at, ended_at, account_id, wiki, user_id, \
                    user_name, user_groups, rights, is_blocked FROM sessions WHERE session_id = $1";
const INSERT: &str = "INSERT INTO sessions (session_id, secret_digest, account_id, wiki, user_id, user_name, user_groups, \
                      rights, is_blocked, method, created_at, last_seen_at, idle_micros_max, expires_at) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13)";
const SEEN: &str = "UPDATE sessions SET last_seen_at = $1 WHERE session_id = $2 AND last_seen_at < $1";
const END: &str = "UPDATE sessions SET ended_at = $1 WHERE session_id = $2 AND ended_at IS NULL";
const END_ALL: &str = "UPDATE sessions SET ended_at = $1 WHERE account_id = $2 AND ended_at IS NULL";
const LIST: &str = "SELECT s.session_id, s.method, s.created_at, s.last_seen_at, s.expires_at, s.account_id, a.name, s.wiki, \
                    s.user_id, s.user_name, s.idle_micros_max FROM sessions s LEFT JOIN accounts a ON a.account_id = s.account_id \
                    WHERE s.ended_at IS NULL AND s.expires_at > ";
const SWEEP: &str =
    "DELETE FROM sessions WHERE session_id IN (SELECT session_id FROM sessions WHERE expires_at < $1 LIMIT 1000)";

pub(crate) async fn find(conn: &mut Conn, id: &str) -> Result<Option<Kept>, StoreError> {
    let Some(row) = conn.row(sql!(FIND, id)).await? else { return Ok(None) };
    let owner = match row.get::<Option<i64>>(5)? {
        Some(account) => Owner::Account(account),
        None => Owner::Person(Person {
            wiki: row.get(6)?,
            user_id: row.get(7)?,
            name: row.get(8)?,
            groups: document(&row, 9, "sessions.user_groups")?,
            rights: document(&row, 10, "sessions.rights")?,
            is_blocked: row.get(11)?,
        }),
    };
    Ok(Some(Kept {
        digest: row.get(0)?,
        owner,
        last_seen_at: row.get(1)?,
        idle_micros_max: row.get(2)?,
        expires_at: row.get(3)?,
        ended_at: row.get(4)?,
    }))
}

pub(crate) async fn insert(
    conn: &mut Conn,
    session: &Session,
    owner: &Owner,
    digest: &Digest,
    idle_micros_max: i64,
) -> Result<(), StoreError> {
    let (account, person) = match owner {
        Owner::Account(id) => (Some(*id), None),
        Owner::Person(person) => (None, Some(person)),
    };
    let list = |names: Option<&[String]>| Value::from(names.unwrap_or_default()).to_string();
    conn.execute(sql!(
        INSERT,
        &session.id,
        digest,
        account,
        person.map(|person| person.wiki.as_str()),
        person.map(|person| person.user_id),
        person.map(|person| person.name.as_str()),
        list(person.map(|person| &person.groups[..])),
        list(person.map(|person| &person.rights[..])),
        person.is_some_and(|person| person.is_blocked),
        session.method.name(),
        session.created_at,
        idle_micros_max,
        session.expires_at,
    ))
    .await?;
    Ok(())
}

pub(crate) async fn seen(conn: &mut Conn, id: &str, at: Timestamp) -> Result<(), StoreError> {
    conn.execute(sql!(SEEN, at, id)).await?;
    Ok(())
}

/// Ends it; whether it was open.
pub(crate) async fn end(conn: &mut Conn, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    Ok(conn.execute(sql!(END, now, id)).await? == 1)
}

/// Ends all sessions of an account; how many were open.
pub(crate) async fn end_all(conn: &mut Conn, account: i64, now: Timestamp) -> Result<u64, StoreError> {
    conn.execute(sql!(END_ALL, now, account)).await
}

/// Which sessions are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Whose<'w> {
    Account(i64),
    WikiUser(&'w WikiId, i64),
    /// One, by its id.
    One(&'w str),
}

/// Sessions that have not ended, newest first, those with smaller ids than `before`. Idle ones are among them.
pub(crate) async fn list(
    conn: &mut Conn,
    whose: Whose<'_>,
    before: Option<&str>,
    limit: Limit,
    now: Timestamp,
) -> Result<Vec<(Session, i64)>, StoreError> {
    let mut sql = Sql::from(LIST);
    sql.bind(now);
    match whose {
        Whose::Account(id) => sql.push(" AND s.account_id = ").bind(id),
        Whose::WikiUser(wiki, id) => sql.push(" AND s.wiki = ").bind(wiki).push(" AND s.user_id = ").bind(id),
        Whose::One(id) => sql.push(" AND s.session_id = ").bind(id),
    };
    if let Some(before) = before {
        sql.push(" AND s.session_id < ").bind(before);
    }
    let rows_max = i64::try_from(limit.items()).unwrap_or(i64::MAX).saturating_add(1);
    sql.push(" ORDER BY s.session_id DESC LIMIT ").bind(rows_max);
    conn.rows(sql).await?.iter().map(|row| Ok((session(row)?, row.get(10)?))).collect()
}

fn session(row: &Row) -> Result<Session, StoreError> {
    let principal = match row.get::<Option<i64>>(5)? {
        Some(id) => Principal::Account { id, name: row.get(6)? },
        None => Principal::WikiUser { wiki: row.get(7)?, id: row.get(8)?, name: row.get::<UserName>(9)? },
    };
    let method = Method::find(&row.get::<String>(1)?).ok_or_else(|| StoreError::Corrupt("sessions.method".into()))?;
    Ok(Session {
        id: row.get(0)?,
        principal,
        method,
        created_at: row.get(2)?,
        last_seen_at: row.get(3)?,
        expires_at: row.get(4)?,
    })
}

/// Removes sessions that would have ended before `oldest`, at most a thousand; how many.
pub(crate) async fn sweep(conn: &mut Conn, oldest: Timestamp) -> Result<u64, StoreError> {
    conn.execute(sql!(SWEEP, oldest)).await
}
