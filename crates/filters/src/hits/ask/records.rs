//! One hit and what belongs to it.

use super::Assessment;
use crate::hits::list::records::{COLUMNS, COLUMNS_COUNT, hit_row, push_visible};
use crate::hits::list::{HitRow, Log};
use crate::hits::visible::Sight;
use std::collections::BTreeSet;
use wikiward_farm::Id;
use wikiward_store::{Conn, Sql, StoreError, sql};

/// A hit with what is sealed.
pub(crate) struct Found {
    pub(crate) row: HitRow,
    pub(crate) dump: Option<[u8; 32]>,
    pub(crate) ip_sealed: Option<Vec<u8>>,
    pub(crate) protected_sealed: Option<Vec<u8>>,
}

/// No hit has it: asked for where nothing may be found.
pub(crate) const NO_HIT: Id = Id::from_bytes([0; 16]);

const DUMP: &str = "SELECT body FROM dumps WHERE digest = $1";
const ASSESSMENTS: &str =
    "SELECT by_name, verdict, note, at FROM hit_assessments WHERE hit_id = $1 ORDER BY at, by_key";

/// The hit, if it is in this log and may be seen at all.
pub(crate) async fn one(conn: &mut Conn, log: &Log, hit_id: Id, sight: &Sight) -> Result<Option<Found>, StoreError> {
    let mut sql = Sql::from("SELECT ");
    sql.push(COLUMNS).push(", h.dump, h.ip_sealed, h.protected_sealed FROM hits h CROSS JOIN filters f");
    sql.push(" WHERE f.wiki = h.filter_wiki AND f.filter_id = h.filter_id AND h.hit_id = ").bind(hit_id);
    match log {
        Log::Wiki(wiki) => sql.push(" AND h.wiki = ").bind(wiki),
        Log::Farm => sql.push(" AND h.filter_wiki = '*'"),
    };
    push_visible(&mut sql, sight, false);
    let Some(row) = conn.row(sql).await? else { return Ok(None) };
    Ok(Some(Found {
        row: hit_row(&row, sight)?,
        dump: row.get(COLUMNS_COUNT)?,
        ip_sealed: row.get(COLUMNS_COUNT + 1)?,
        protected_sealed: row.get(COLUMNS_COUNT + 2)?,
    }))
}

/// Which of these hits may be seen. One statement, however many there are, and be it none.
pub(crate) async fn visible(
    conn: &mut Conn,
    log: &Log,
    hits: &[Id],
    sight: &Sight,
) -> Result<BTreeSet<Id>, StoreError> {
    let mut sql = Sql::from("SELECT h.hit_id FROM hits h CROSS JOIN filters f");
    sql.push(" WHERE f.wiki = h.filter_wiki AND f.filter_id = h.filter_id AND h.hit_id IN (").bind(NO_HIT);
    for hit in hits {
        sql.push(", ").bind(*hit);
    }
    sql.push(")");
    match log {
        Log::Wiki(wiki) => sql.push(" AND h.wiki = ").bind(wiki),
        Log::Farm => sql.push(" AND h.filter_wiki = '*'"),
    };
    push_visible(&mut sql, sight, false);
    conn.rows(sql).await?.iter().map(|row| row.get(0)).collect()
}

/// A dump as it is stored.
pub(crate) async fn dump(conn: &mut Conn, digest: [u8; 32]) -> Result<Option<Vec<u8>>, StoreError> {
    conn.row(sql!(DUMP, digest)).await?.map(|row| row.get(0)).transpose()
}

/// What people said of a hit.
pub(crate) async fn assessments(conn: &mut Conn, hit_id: Id) -> Result<Vec<Assessment>, StoreError> {
    let rows = conn.rows(sql!(ASSESSMENTS, hit_id)).await?;
    let read = |row: &wikiward_store::Row| {
        Ok(Assessment { by_name: row.get(0)?, verdict: row.get(1)?, note: row.get(2)?, at: row.get(3)? })
    };
    rows.iter().map(read).collect()
}
