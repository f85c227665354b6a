//! Rows of blocked domains.

use super::lists::{DomainSet, Lists};
use super::service::BlockedDomain;
use wikiward_farm::{Timestamp, WikiId};
use wikiward_store::{Bind, Conn, Row, Sql, StoreError, Tx, sql};

const WIKIS: &str = "SELECT DISTINCT wiki FROM blocked_domains";
const OF_WIKI: &str = "SELECT domain FROM blocked_domains WHERE wiki = $1 AND domain > $2 ORDER BY domain LIMIT 5000";
const HAS: &str = "SELECT 1 FROM blocked_domains WHERE wiki = $1 AND domain = $2";
const COLUMNS: &str = "SELECT domain, notes, added_at, by_name FROM blocked_domains WHERE wiki = ";
const COUNT: &str = "SELECT COUNT(*) FROM blocked_domains WHERE wiki = $1";
const INSERT: &str = "INSERT INTO blocked_domains (wiki, domain, notes, added_at, by_key, by_name) VALUES ";
const UNLESS_THERE: &str = " ON CONFLICT DO NOTHING RETURNING domain";
const CHANGE: &str = "UPDATE blocked_domains SET notes = $3 WHERE wiki = $1 AND domain = $2";

/// Rows of one statement.
const ROWS_MAX: usize = 16;

/// All lists.
pub(crate) async fn all(conn: &mut Conn) -> Result<Lists, StoreError> {
    let mut lists = Lists::default();
    for row in conn.rows(WIKIS).await? {
        let wiki: WikiId = row.get(0)?;
        let set = of_wiki(conn, &wiki).await?;
        lists.replace(wiki, set);
    }
    Ok(lists)
}

/// One list. Read in parts, because a row weighs a hundred times what is kept of it.
pub(crate) async fn of_wiki(conn: &mut Conn, wiki: &WikiId) -> Result<DomainSet, StoreError> {
    let mut set = DomainSet::default();
    let mut last = String::new();
    loop {
        let rows = conn.rows(sql!(OF_WIKI, wiki, &last)).await?;
        for row in &rows {
            last = row.get(0)?;
            set.set(&last, true);
        }
        if rows.is_empty() {
            return Ok(set);
        }
    }
}

/// Whether a domain is in a list.
pub(crate) async fn has(conn: &mut Conn, wiki: &WikiId, domain: &str) -> Result<bool, StoreError> {
    Ok(conn.row(sql!(HAS, wiki, domain)).await?.is_some())
}

pub(super) async fn count(conn: &mut Conn, wiki: &WikiId) -> Result<i64, StoreError> {
    conn.one(sql!(COUNT, wiki)).await?.get(0)
}

/// Domains in their order; those that have `part` in them, if one is given.
pub(super) async fn list(
    conn: &mut Conn,
    wiki: &WikiId,
    part: Option<&str>,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<BlockedDomain>, StoreError> {
    let mut sql = Sql::from(COLUMNS);
    sql.bind(wiki);
    if let Some(part) = part {
        let escaped = part.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        sql.push(" AND domain LIKE ").bind(format!("%{escaped}%")).push(" ESCAPE '\\'");
    }
    if let Some(after) = after {
        sql.push(" AND domain > ").bind(after);
    }
    sql.push(" ORDER BY domain LIMIT ").bind(i64::try_from(limit).unwrap_or(i64::MAX));
    conn.rows(sql).await?.iter().map(read).collect()
}

pub(super) async fn one(conn: &mut Conn, wiki: &WikiId, domain: &str) -> Result<Option<BlockedDomain>, StoreError> {
    let mut sql = Sql::from(COLUMNS);
    sql.bind(wiki).push(" AND domain = ").bind(domain);
    conn.row(sql).await?.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<BlockedDomain, StoreError> {
    Ok(BlockedDomain { domain: row.get(0)?, notes: row.get(1)?, at: row.get(2)?, added_by: row.get(3)? })
}

/// Adds domains, with notes and who is said to have added each; gives those that were not there.
pub(super) async fn insert(
    tx: &mut Tx,
    wiki: &WikiId,
    domains: &[(&str, &str, &str)],
    by_key: &str,
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let mut new = Vec::new();
    let mut rest = domains;
    while !rest.is_empty() {
        // Powers of two, so that there are few statements to prepare.
        let mut size = ROWS_MAX;
        while size > rest.len() {
            size /= 2;
        }
        let (part, after) = rest.split_at(size);
        rest = after;
        let mut sql = Sql::from(INSERT);
        for (place, (domain, notes, by_name)) in part.iter().enumerate() {
            let binds: [Bind; 6] =
                [wiki.into(), (*domain).into(), (*notes).into(), now.into(), by_key.into(), (*by_name).into()];
            sql.push(if place == 0 { "(" } else { ", (" }).bind_list(binds).push(")");
        }
        sql.push(UNLESS_THERE);
        for row in tx.rows(sql).await? {
            new.push(row.get(0)?);
        }
    }
    Ok(new)
}

pub(super) async fn change(tx: &mut Tx, wiki: &WikiId, domain: &str, notes: &str) -> Result<(), StoreError> {
    tx.execute(sql!(CHANGE, wiki, domain, notes)).await?;
    Ok(())
}

/// Removes domains; gives those that were there.
pub(super) async fn remove(tx: &mut Tx, wiki: &WikiId, domains: &[&str]) -> Result<Vec<String>, StoreError> {
    let mut gone = Vec::new();
    for part in domains.chunks(ROWS_MAX) {
        let mut sql = Sql::from("DELETE FROM blocked_domains WHERE wiki = ");
        sql.bind(wiki).push(" AND domain IN (").bind_list(part.iter().copied()).push(") RETURNING domain");
        for row in tx.rows(sql).await? {
            gone.push(row.get(0)?);
        }
    }
    Ok(gone)
}
