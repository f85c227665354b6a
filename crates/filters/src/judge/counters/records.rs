//! Rows of counters and warnings. They are written with the hits.

use wikiward_farm::Timestamp;
use wikiward_store::{Conn, StoreError, sql};

const THROTTLES: &str =
    "SELECT digest, hits, ends_at FROM throttle_counters WHERE ends_at > $1 ORDER BY ends_at DESC LIMIT $2";

const WARNINGS: &str = "SELECT digest, ends_at FROM warn_states WHERE ends_at > $1 ORDER BY ends_at DESC LIMIT $2";

pub(super) async fn throttles(
    conn: &mut Conn,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<([u8; 32], u64, Timestamp)>, StoreError> {
    let rows = conn.rows(sql!(THROTTLES, now, i64::try_from(limit).unwrap_or(i64::MAX))).await?;
    rows.iter().map(|row| Ok((row.get(0)?, u64::try_from(row.get::<i64>(1)?).unwrap_or(0), row.get(2)?))).collect()
}

pub(super) async fn warnings(
    conn: &mut Conn,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<([u8; 32], Timestamp)>, StoreError> {
    let rows = conn.rows(sql!(WARNINGS, now, i64::try_from(limit).unwrap_or(i64::MAX))).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}
