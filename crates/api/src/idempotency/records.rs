//! Kept answers in the database.

use wikiward_farm::Timestamp;
use wikiward_store::{Store, StoreError, sql};

/// An answer as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) digest: Vec<u8>,
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

const FIND: &str = "SELECT digest, status, headers, body FROM idempotency_keys WHERE caller = $1 AND request_key = $2";
const INSERT: &str = "INSERT INTO idempotency_keys (caller, request_key, digest, status, headers, body, at) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (caller, request_key) DO NOTHING";

pub(super) async fn find(store: &Store, caller: &str, key: &str) -> Result<Option<Kept>, StoreError> {
    let row = store.reader().await?.row(sql!(FIND, caller, key)).await?;
    row.map(|row| {
        let headers = serde_json::from_str(&row.get::<String>(2)?);
        Ok(Kept {
            digest: row.get(0)?,
            status: u16::try_from(row.get::<i64>(1)?).map_err(|_| StoreError::Corrupt("idempotency_keys".into()))?,
            headers: headers.map_err(|_| StoreError::Corrupt("idempotency_keys".into()))?,
            body: row.get(3)?,
        })
    })
    .transpose()
}

pub(super) async fn insert(
    store: &Store,
    caller: &str,
    key: &str,
    kept: &Kept,
    now: Timestamp,
) -> Result<(), StoreError> {
    let headers = serde_json::to_string(&kept.headers).unwrap_or_else(|_| "[]".into());
    let mut tx = store.begin().await?;
    let status = u32::from(kept.status);
    tx.execute(sql!(INSERT, caller, key, kept.digest.clone(), status, headers, kept.body.clone(), now)).await?;
    tx.commit().await
}
