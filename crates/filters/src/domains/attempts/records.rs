//! Rows of attempts to link to blocked domains.

use super::{Attempt, AttemptKey, Which};
use crate::hits::writer::prepared::{Prepared, PreparedAttempt, storable};
use wikiward_farm::WikiId;
use wikiward_store::{Bind, Conn, Row, Sql, StoreError, Tx, sql};

/// Adds attempts.
pub(crate) const INSERT: &str = "INSERT INTO blocked_domain_hits (hit_id, wiki, at, evaluation_id, action_id, kind, actor_id, \
    actor_name, actor_type, target_ns, target_title, target_page_id, domains, ref_code) VALUES ";
const COLUMNS: &str = "SELECT hit_id, at, kind, actor_id, actor_name, actor_type, target_ns, target_title, target_page_id, \
    domains, ref_code FROM blocked_domain_hits WHERE wiki = ";
const RENAME: &str = "UPDATE blocked_domain_hits SET actor_name = $3 WHERE hit_id IN \
    (SELECT hit_id FROM blocked_domain_hits WHERE wiki = $1 AND actor_name = $2 LIMIT $4)";
const EXPIRE: &str =
    "DELETE FROM blocked_domain_hits WHERE hit_id IN (SELECT hit_id FROM blocked_domain_hits WHERE at < $1 LIMIT $2)";

/// The row of an attempt, as [`INSERT`] has it.
pub(crate) fn row(record: &Prepared, attempt: &PreparedAttempt) -> Vec<Bind> {
    vec![
        attempt.hit_id.into(),
        (&record.wiki).into(),
        record.at.into(),
        record.evaluation_id.into(),
        (&record.action_id).into(),
        (&record.kind).into(),
        record.actor_id.into(),
        (&record.actor_name).into(),
        (&record.actor_type).into(),
        record.target_ns.into(),
        (&record.target_title).into(),
        record.target_page_id.into(),
        serde_json::to_string(&attempt.domains).unwrap_or_default().into(),
        (&attempt.ref_code).into(),
    ]
}

pub(super) async fn list(
    conn: &mut Conn,
    wiki: &WikiId,
    which: &Which,
    after: Option<AttemptKey>,
    limit: usize,
) -> Result<Vec<Attempt>, StoreError> {
    let mut sql = Sql::from(COLUMNS);
    sql.bind(wiki);
    if let Some(code) = &which.ref_code {
        sql.push(" AND ref_code = ").bind(code);
    }
    if let Some(actor) = &which.actor {
        sql.push(" AND actor_name = ").bind(actor);
    }
    if let Some(from) = which.from {
        sql.push(" AND at >= ").bind(from);
    }
    if let Some(to) = which.to {
        sql.push(" AND at < ").bind(to);
    }
    if let Some(after) = after {
        sql.push(" AND (at, hit_id) < (").bind(after.at).push(", ").bind(after.hit_id).push(")");
    }
    sql.push(" ORDER BY at DESC, hit_id DESC LIMIT ").bind(i64::try_from(limit).unwrap_or(i64::MAX));
    conn.rows(sql).await?.iter().map(read).collect()
}

/// The attempt with a code, if there is one on the wiki.
pub(crate) async fn with_code(conn: &mut Conn, wiki: &WikiId, code: &str) -> Result<Option<Attempt>, StoreError> {
    let which = Which { ref_code: Some(code.to_owned()), ..Which::default() };
    Ok(list(conn, wiki, &which, None, 1).await?.pop())
}

fn read(row: &Row) -> Result<Attempt, StoreError> {
    let domains: String = row.get(9)?;
    Ok(Attempt {
        key: AttemptKey { at: row.get(1)?, hit_id: row.get(0)? },
        kind: row.get(2)?,
        actor_id: row.get(3)?,
        actor_name: row.get(4)?,
        actor_type: row.get(5)?,
        target_ns: row.get(6)?,
        target_title: row.get(7)?,
        target_page_id: row.get(8)?,
        domains: serde_json::from_str(&domains)
            .map_err(|_| StoreError::Corrupt("blocked_domain_hits.domains".into()))?,
        ref_code: row.get(10)?,
    })
}

/// Gives a user another name in at most `most` rows; gives their number.
pub(crate) async fn rename(tx: &mut Tx, wiki: &WikiId, from: &str, to: &str, most: u32) -> Result<u64, StoreError> {
    tx.execute(sql!(RENAME, wiki, from, storable(to), most)).await
}

/// Removes at most `most` attempts of before; gives their number.
pub(crate) async fn expire(tx: &mut Tx, before: i64, most: u32) -> Result<u64, StoreError> {
    tx.execute(sql!(EXPIRE, before, most)).await
}
