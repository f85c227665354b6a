//! Rows of service tokens.

use super::{ServiceCaller, Token, TokenDraft};
use crate::scope::{Scope, Scopes};
use crate::secret::Digest;
use crate::snapshot::Known;
use crate::wiki::records::document;
use serde_json::Value;
use wikiward_farm::{Limit, Timestamp, WikiId};
use wikiward_store::{Bind, Conn, Row, Sql, StoreError, sql};

const COLUMNS: &str = "SELECT token_id, wiki, label, scopes, created_at, created_by, expires_at, revoked_at, revoked_by, \
                       last_used_at FROM service_tokens";
const USABLE: &str = "SELECT token_id, wiki, label, scopes, expires_at, secret_digest FROM service_tokens \
                      WHERE revoked_at IS NULL";
const INSERT: &str = "INSERT INTO service_tokens (token_id, wiki, label, scopes, secret_digest, created_at, created_by, \
                      expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const REVOKE: &str =
    "UPDATE service_tokens SET revoked_at = $1, revoked_by = $2 WHERE token_id = $3 AND revoked_at IS NULL";
const COUNT: &str = "SELECT COUNT(*) FROM service_tokens WHERE wiki = $1 AND revoked_at IS NULL";
const USED: &str = "UPDATE service_tokens SET last_used_at = $1 WHERE token_id = $2 \
                    AND (last_used_at IS NULL OR last_used_at < $1)";

fn scopes(row: &Row, index: usize) -> Result<Scopes, StoreError> {
    let names: Vec<String> = document(row, index, "service_tokens.scopes")?;
    Ok(names.iter().filter_map(|name| Scope::find(name)).collect())
}

fn token(row: &Row) -> Result<Token, StoreError> {
    Ok(Token {
        id: row.get(0)?,
        wiki: row.get(1)?,
        label: row.get(2)?,
        scopes: scopes(row, 3)?,
        created_at: row.get(4)?,
        created_by: row.get(5)?,
        expires_at: row.get(6)?,
        revoked_at: row.get(7)?,
        revoked_by: row.get(8)?,
        last_used_at: row.get(9)?,
    })
}

/// All tokens that were not revoked.
pub(crate) async fn usable(conn: &mut Conn) -> Result<Vec<Known>, StoreError> {
    let known = |row: &Row| {
        let caller =
            ServiceCaller { token_id: row.get(0)?, wiki: row.get(1)?, label: row.get(2)?, scopes: scopes(row, 3)? };
        Ok(Known { caller, expires_at: row.get(4)?, digest: row.get(5)? })
    };
    conn.rows(USABLE).await?.iter().map(known).collect()
}

pub(crate) async fn insert(
    conn: &mut Conn,
    id: &str,
    draft: &TokenDraft,
    digest: &Digest,
    by: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let names = Value::from(draft.scopes.names()).to_string();
    let (wiki, label) = (&draft.wiki, &draft.label);
    conn.execute(sql!(INSERT, id, wiki, label, names, digest, now, by, draft.expires_at)).await?;
    Ok(())
}

/// How many tokens of the wiki are not revoked.
pub(crate) async fn count(conn: &mut Conn, wiki: &WikiId) -> Result<i64, StoreError> {
    conn.one(sql!(COUNT, wiki)).await?.get(0)
}

/// Revokes it; whether it was not before.
pub(crate) async fn revoke(conn: &mut Conn, id: &str, by: &str, now: Timestamp) -> Result<bool, StoreError> {
    Ok(conn.execute(sql!(REVOKE, now, by, id)).await? == 1)
}

pub(crate) async fn one(conn: &mut Conn, id: &str) -> Result<Option<Token>, StoreError> {
    let mut sql = Sql::from(COLUMNS);
    sql.push(" WHERE token_id = ").bind(id);
    conn.row(sql).await?.as_ref().map(token).transpose()
}

/// Tokens of these wikis (of every wiki, if none are named), newest first, those with smaller ids than `before`.
pub(crate) async fn list(
    conn: &mut Conn,
    wikis: Option<&[WikiId]>,
    before: Option<&str>,
    limit: Limit,
) -> Result<Vec<Token>, StoreError> {
    let mut sql = Sql::from(COLUMNS);
    sql.push(" WHERE TRUE");
    if let Some(wikis) = wikis {
        sql.push(" AND wiki IN (").bind_list(wikis.iter().map(Bind::from)).push(")");
    }
    if let Some(before) = before {
        sql.push(" AND token_id < ").bind(before);
    }
    let rows_max = i64::try_from(limit.items()).unwrap_or(i64::MAX).saturating_add(1);
    sql.push(" ORDER BY token_id DESC LIMIT ").bind(rows_max);
    conn.rows(sql).await?.iter().map(token).collect()
}

/// Notes when a token was used last.
pub(crate) async fn used(conn: &mut Conn, id: &str, at: Timestamp) -> Result<(), StoreError> {
    conn.execute(sql!(USED, at, id)).await?;
    Ok(())
}
