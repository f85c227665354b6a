//! Rows of tickets.

use super::Purpose;
use crate::secret::Digest;
use wikiward_farm::Timestamp;
use wikiward_store::{Conn, StoreError, sql};

const INSERT: &str = "INSERT INTO tickets (digest, purpose, account_id, created_at, created_by, expires_at) \
                      VALUES ($1, $2, $3, $4, $5, $6)";
const SPEND: &str = "INSERT INTO tickets (digest, purpose, created_at, created_by, expires_at, used_at) \
                     VALUES ($1, $2, $3, $4, $5, $3) ON CONFLICT (digest) DO NOTHING";
const FIND: &str = "SELECT purpose, account_id FROM tickets WHERE digest = $1 AND used_at IS NULL AND expires_at > $2";
const USE: &str = "UPDATE tickets SET used_at = $1 WHERE digest = $2 AND used_at IS NULL";
const DROP_FIRST: &str = "DELETE FROM tickets WHERE purpose = 'first'";
const DROP_OF: &str = "DELETE FROM tickets WHERE account_id = $1 AND used_at IS NULL";
const SWEEP: &str = "DELETE FROM tickets WHERE digest IN (SELECT digest FROM tickets WHERE expires_at < $1 LIMIT 1000)";

pub(crate) async fn insert(
    conn: &mut Conn,
    digest: &Digest,
    purpose: Purpose,
    account: Option<i64>,
    by: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    conn.execute(sql!(INSERT, digest, purpose.name(), account, now, by, expires_at)).await?;
    Ok(())
}

/// Notes that something was used that others made; whether it was the first time.
pub(crate) async fn spend(
    conn: &mut Conn,
    digest: &Digest,
    purpose: Purpose,
    by: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    Ok(conn.execute(sql!(SPEND, digest, purpose.name(), now, by, expires_at)).await? == 1)
}

/// What an unused ticket is for, and for which account.
pub(crate) async fn find(
    conn: &mut Conn,
    digest: &Digest,
    now: Timestamp,
) -> Result<Option<(String, Option<i64>)>, StoreError> {
    let row = conn.row(sql!(FIND, digest, now)).await?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// Uses it; whether it was unused.
pub(crate) async fn use_up(conn: &mut Conn, digest: &Digest, now: Timestamp) -> Result<bool, StoreError> {
    Ok(conn.execute(sql!(USE, now, digest)).await? == 1)
}

/// Removes all links for the first account.
pub(crate) async fn drop_first(conn: &mut Conn) -> Result<(), StoreError> {
    conn.execute(DROP_FIRST).await?;
    Ok(())
}

/// Removes the unused tickets of an account.
pub(crate) async fn drop_of(conn: &mut Conn, account: i64) -> Result<(), StoreError> {
    conn.execute(sql!(DROP_OF, account)).await?;
    Ok(())
}

/// Removes tickets that expired before `oldest`, at most a thousand; how many.
pub(crate) async fn sweep(conn: &mut Conn, oldest: Timestamp) -> Result<u64, StoreError> {
    conn.execute(sql!(SWEEP, oldest)).await
}
