//! Rows of profiles.

use super::counts::Counts;
use super::slot::{HOUR, Width};
use crate::model::{FilterKey, FilterNumber, Privacy, State, Version};
use std::collections::BTreeMap;
use wikiward_farm::{Timestamp, WikiId};
use wikiward_store::{Conn, Row, StoreError, Tx, sql};

/// Effort of compression: rows are small and written every minute.
const LEVEL: i32 = 1;

/// Most bytes of a row, unpacked: a thousand filters with everything that can be counted of them.
const UNPACKED_BYTES_MAX: usize = 16 << 20;

const HOLD: &str = "UPDATE heads SET seq = seq + 1 WHERE name = 'profiles'";
const ONE: &str = "SELECT counts FROM filter_profiles WHERE wiki = $1 AND filter_group = $2 AND width = $3 AND at = $4";
const PUT: &str = "INSERT INTO filter_profiles (wiki, filter_group, width, at, counts) VALUES ($1, $2, $3, $4, $5) \
    ON CONFLICT (wiki, filter_group, width, at) DO UPDATE SET counts = excluded.counts";
const REMOVE: &str = "DELETE FROM filter_profiles WHERE wiki = $1 AND filter_group = $2 AND width = $3 AND at = $4";
const BETWEEN: &str = "SELECT wiki, filter_group, width, at, counts FROM filter_profiles \
    WHERE wiki = $1 AND ((width = 3600 AND at >= $2 AND at < $3) OR (width = 300 AND at >= $4 AND at < $3)) \
    ORDER BY filter_group, width DESC, at";
const ON_ALL: &str = "SELECT wiki, filter_group, width, at, counts FROM filter_profiles \
    WHERE (width = 3600 AND at >= $1 AND at < $2) OR (width = 300 AND at >= $4 AND at < $2) \
    ORDER BY wiki, width DESC, at LIMIT $3";
// Hours of which there are only short buckets.
const RIPE: &str = "SELECT p.wiki, p.filter_group, p.at - (p.at % 3600000000) FROM filter_profiles p WHERE p.width = 300 \
    AND p.at < $1 AND NOT EXISTS (SELECT 1 FROM filter_profiles h WHERE h.wiki = p.wiki \
    AND h.filter_group = p.filter_group AND h.width = 3600 AND h.at = p.at - (p.at % 3600000000)) \
    GROUP BY p.wiki, p.filter_group, p.at - (p.at % 3600000000) LIMIT $2";
const OF_HOUR: &str = "SELECT wiki, filter_group, width, at, counts FROM filter_profiles \
    WHERE wiki = $1 AND filter_group = $2 AND width = 300 AND at >= $3 AND at < $4 ORDER BY at";
const EXPIRE: &str = "DELETE FROM filter_profiles WHERE (wiki, filter_group, width, at) IN \
    (SELECT wiki, filter_group, width, at FROM filter_profiles WHERE width = $1 AND at < $2 ORDER BY at LIMIT $3)";

/// A bucket as it is kept.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) wiki: WikiId,
    pub(super) group: String,
    pub(super) width: Width,
    pub(super) at: i64,
    pub(super) counts: Counts,
}

/// Waits until nobody else adds to profiles; nobody does until the transaction ends.
pub(super) async fn hold(tx: &mut Tx) -> Result<(), StoreError> {
    tx.execute(HOLD).await.map(|_| ())
}

/// Adds to a short bucket. The hour that it is part of is to be summed up again.
pub(super) async fn add(tx: &mut Tx, wiki: &WikiId, group: &str, at: i64, counts: &Counts) -> Result<(), StoreError> {
    let width = Width::Short.seconds();
    let before = tx.row(sql!(ONE, wiki, group, width, at)).await?;
    let mut all = match before {
        Some(row) => unpack(&row.get::<Vec<u8>>(0)?),
        None => Counts::default(),
    };
    all.merge(counts);
    tx.execute(sql!(PUT, wiki, group, width, at, pack(&all))).await?;
    tx.execute(sql!(REMOVE, wiki, group, Width::Long.seconds(), super::slot::start(at, HOUR))).await?;
    Ok(())
}

/// Buckets of a wiki from `from` to `to`: hours, and short ones not older than `short_from`. Where there are both, both.
pub(super) async fn between(
    conn: &mut Conn,
    wiki: &WikiId,
    from: Timestamp,
    to: Timestamp,
    short_from: Timestamp,
) -> Result<Vec<Kept>, StoreError> {
    let rows = conn.rows(sql!(BETWEEN, wiki, from, to, short_from.max(from))).await?;
    unpacked(&rows).await
}

/// The same on all wikis, at most `limit` rows.
pub(super) async fn on_all(
    conn: &mut Conn,
    from: Timestamp,
    to: Timestamp,
    short_from: Timestamp,
    limit: u32,
) -> Result<Vec<Kept>, StoreError> {
    let rows = conn.rows(sql!(ON_ALL, from, to, limit, short_from.max(from))).await?;
    unpacked(&rows).await
}

/// Hours that ended before `before` and are not summed up, at most `limit`.
pub(super) async fn ripe(conn: &mut Conn, before: i64, limit: u32) -> Result<Vec<(WikiId, String, i64)>, StoreError> {
    let rows = conn.rows(sql!(RIPE, before, limit)).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// Sums up an hour from its short buckets.
pub(super) async fn sum_up(tx: &mut Tx, wiki: &WikiId, group: &str, hour: i64) -> Result<(), StoreError> {
    let mut all = Counts::default();
    for row in tx.rows(sql!(OF_HOUR, wiki, group, hour, hour + HOUR)).await? {
        all.merge_coarsely(&packed(&row)?.unpack().counts);
    }
    tx.execute(sql!(PUT, wiki, group, Width::Long.seconds(), hour, pack(&all))).await.map(|_| ())
}

/// Removes buckets that began before `before`, at most `limit`.
pub(super) async fn expire(tx: &mut Tx, width: Width, before: i64, limit: u32) -> Result<u64, StoreError> {
    tx.execute(sql!(EXPIRE, width.seconds(), before, limit)).await
}

/// Unpacks rows: thousands take half a second, and others are served meanwhile.
async fn unpacked(rows: &[Row]) -> Result<Vec<Kept>, StoreError> {
    let packed = rows.iter().map(packed).collect::<Result<Vec<_>, _>>()?;
    let unpack = move || packed.into_iter().map(Packed::unpack).collect();
    tokio::task::spawn_blocking(unpack).await.map_err(|_| StoreError::Corrupt("filter_profiles.counts".into()))
}

/// A bucket as it lies in the database.
struct Packed {
    wiki: WikiId,
    group: String,
    width: Width,
    at: i64,
    body: Vec<u8>,
}

impl Packed {
    fn unpack(self) -> Kept {
        let Self { wiki, group, width, at, body } = self;
        Kept { wiki, group, width, at, counts: unpack(&body) }
    }
}

fn packed(row: &Row) -> Result<Packed, StoreError> {
    let width = if row.get::<i64>(2)? == Width::Long.seconds() { Width::Long } else { Width::Short };
    Ok(Packed { wiki: row.get(0)?, group: row.get(1)?, width, at: row.get(3)?, body: row.get(4)? })
}

fn pack(counts: &Counts) -> Vec<u8> {
    let json = serde_json::to_vec(counts).unwrap_or_default();
    zstd::bulk::compress(&json, LEVEL).unwrap_or_default()
}

/// What was packed. Counts that cannot be read are as good as none: nothing depends on them.
fn unpack(body: &[u8]) -> Counts {
    let json = zstd::bulk::decompress(body, UNPACKED_BYTES_MAX).unwrap_or_default();
    serde_json::from_slice(&json).unwrap_or_else(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "a bucket of statistics cannot be read");
        Counts::default()
    })
}

const FILTERS: &str = "SELECT wiki, filter_id, version, state, filter_group, name, privacy, uses_protected, hits, aged_from \
    FROM filters WHERE wiki IN ($1, '*')";
const CHANGES: &str = "SELECT version, edited_at, changed_fields FROM filter_versions \
    WHERE wiki = $1 AND filter_id = $2 AND edited_at >= $3 ORDER BY version";
/// A filter as statistics name it.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) key: FilterKey,
    pub(super) version: Version,
    pub(super) state: State,
    pub(super) group: String,
    pub(super) name: String,
    pub(super) privacy: Privacy,
    pub(super) uses_protected: Vec<String>,
    pub(super) hits: u64,
    pub(super) aged_from: Timestamp,
}

/// The filters that may run on a wiki, by their names there.
pub(super) async fn filters(conn: &mut Conn, wiki: &WikiId) -> Result<BTreeMap<String, Named>, StoreError> {
    let corrupt = |column: &str| StoreError::Corrupt(format!("filters.{column}"));
    let mut filters = BTreeMap::new();
    for row in conn.rows(sql!(FILTERS, wiki)).await? {
        let key = FilterKey { wiki: row.get(0)?, number: FilterNumber(row.get(1)?) };
        let names: String = row.get(7)?;
        let it = Named {
            version: Version(row.get(2)?),
            state: State::find(&row.get::<String>(3)?).ok_or_else(|| corrupt("state"))?,
            group: row.get(4)?,
            name: row.get(5)?,
            privacy: Privacy::from_bits(row.get(6)?).ok_or_else(|| corrupt("privacy"))?,
            uses_protected: serde_json::from_str(&names).map_err(|_| corrupt("uses_protected"))?,
            hits: u64::try_from(row.get::<i64>(8)?).unwrap_or(0),
            aged_from: row.get(9)?,
            key,
        };
        filters.insert(it.key.gid(), it);
    }
    Ok(filters)
}

/// Versions of a filter saved since `from` whose rule differs from the one before.
pub(super) async fn rule_changes(
    conn: &mut Conn,
    key: &FilterKey,
    from: Timestamp,
) -> Result<Vec<(Timestamp, u32)>, StoreError> {
    let rows = conn.rows(sql!(CHANGES, &key.wiki, key.number.0, from)).await?;
    let mut changes = Vec::new();
    for row in &rows {
        let fields: Vec<String> = serde_json::from_str(&row.get::<String>(2)?).unwrap_or_default();
        if fields.iter().any(|field| field == "rules" || field == "created") {
            changes.push((row.get(1)?, row.get(0)?));
        }
    }
    Ok(changes)
}
