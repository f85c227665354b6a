//! Rows of matches on trial.

use super::TestHit;
use crate::hits::record::Target;
use crate::hits::writer::prepared::storable;
use crate::model::{FilterKey, FilterNumber};
use wikiward_farm::{Id, Timestamp, WikiId};
use wikiward_store::{Conn, Store, StoreError, Tx, sql};

const INSERT: &str = "INSERT INTO test_hits (hit_id, wiki, filter_wiki, filter_id, at, action_id, kind, actor_name, \
    target_ns, target_title, is_held_back) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";
const PAGE: &str = "SELECT hit_id, wiki, filter_wiki, filter_id, at, action_id, kind, actor_name, target_ns, target_title, \
    is_held_back FROM test_hits WHERE wiki = $1 AND (at, hit_id) > ($2, $3) ORDER BY at, hit_id LIMIT 500";
const EXPIRE: &str =
    "DELETE FROM test_hits WHERE hit_id IN (SELECT hit_id FROM test_hits WHERE at < $1 ORDER BY at LIMIT $2)";
const RENAME: &str = "UPDATE test_hits SET actor_name = $3 WHERE hit_id IN \
    (SELECT hit_id FROM test_hits WHERE wiki = $1 AND actor_name = $2 LIMIT $4)";

/// Writes matches, all or none.
pub(super) async fn store(store: &Store, hits: &[TestHit]) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    for hit in hits {
        let insert = sql!(
            INSERT,
            hit.hit_id,
            &hit.wiki,
            &hit.filter.wiki,
            hit.filter.number.0,
            hit.at,
            storable(&hit.action_id),
            storable(&hit.kind),
            storable(&hit.actor_name),
            hit.target.ns,
            storable(&hit.target.title),
            hit.is_held_back
        );
        tx.execute(insert).await?;
    }
    tx.commit().await
}

/// Matches of a wiki after a place, by time, at most 500.
pub(crate) async fn page(conn: &mut Conn, wiki: &WikiId, after: (Timestamp, Id)) -> Result<Vec<TestHit>, StoreError> {
    let rows = conn.rows(sql!(PAGE, wiki, after.0, after.1)).await?;
    let read = |row: &wikiward_store::Row| {
        Ok(TestHit {
            hit_id: row.get(0)?,
            wiki: row.get(1)?,
            filter: FilterKey { wiki: row.get(2)?, number: FilterNumber(row.get(3)?) },
            at: row.get(4)?,
            action_id: row.get(5)?,
            kind: row.get(6)?,
            actor_name: row.get(7)?,
            target: Target { ns: row.get(8)?, title: row.get(9)?, page_id: None },
            is_held_back: row.get(10)?,
        })
    };
    rows.iter().map(read).collect()
}

/// Removes a portion of the oldest ones.
pub(crate) async fn expire(tx: &mut Tx, before: i64, portion: u32) -> Result<u64, StoreError> {
    tx.execute(sql!(EXPIRE, before, portion)).await
}

/// Gives a user another name in a portion of them.
pub(crate) async fn rename(tx: &mut Tx, wiki: &WikiId, old: &str, new: &str, portion: u32) -> Result<u64, StoreError> {
    tx.execute(sql!(RENAME, wiki, old, new, portion)).await
}
