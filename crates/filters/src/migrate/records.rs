//! Rows that bringing over writes, and how far it got.

use super::hit::{Hit, Known};
use super::problem::{Cause, Problem};
use super::progress::Here;
use crate::hits::dump::Packed;
use crate::model::{FilterKey, FilterNumber, Privacy};
use std::collections::{BTreeMap, HashSet};
use wikiward_farm::{Timestamp, WikiId};
use wikiward_store::{Bind, Conn, Sql, StoreError, sql};

const PROGRESS: &str = "SELECT after_id, migrated, mirrored FROM migrations WHERE wiki = $1 AND source_table = $2";
const BEGIN: &str = "INSERT INTO migrations (wiki, source_table, after_id, migrated, mirrored, updated_at) \
    VALUES ($1, $2, $3, 0, 0, $4) ON CONFLICT DO NOTHING";
/// Only from where this run stands: of two runs at once, one finds nothing to update.
const ADVANCE: &str = "UPDATE migrations SET after_id = $4, migrated = migrated + $5, mirrored = mirrored + $6, \
    updated_at = $7 WHERE wiki = $1 AND source_table = $2 AND after_id = $3";
const FILTER: &str = "SELECT filter_wiki, history_id, history_rows, history_refused, version, hits, is_latched \
    FROM migrated_filters WHERE wiki = $1 AND source_id = $2";
const PUT_FILTER: &str = "INSERT INTO migrated_filters (wiki, source_id, filter_wiki, history_id, history_rows, \
    history_refused, version, hits, is_latched) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
    ON CONFLICT (wiki, source_id) DO UPDATE SET history_id = excluded.history_id, history_rows = excluded.history_rows, \
    history_refused = excluded.history_refused, version = excluded.version, hits = excluded.hits, \
    is_latched = excluded.is_latched";
const ADD_HITS: &str = "UPDATE filters SET hits = hits + $3 WHERE wiki = $1 AND filter_id = $2";
const PUT_PROBLEM: &str = "INSERT INTO migration_problems (wiki, source_table, source_id, cause, detail, is_lost, at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
const HAS_PROBLEM: &str = "SELECT 1 FROM migration_problems WHERE wiki = $1 AND source_table = $2 AND source_id = $3 \
    AND cause = $4 AND detail = $5";
const SOLVE: &str =
    "DELETE FROM migration_problems WHERE wiki = $1 AND source_table = $2 AND source_id = $3 AND is_lost";
const PROBLEMS: &str = "SELECT source_table, cause, COUNT(*) FROM migration_problems WHERE wiki = $1 \
    GROUP BY source_table, cause";
const LOST: &str = "SELECT DISTINCT source_id FROM migration_problems WHERE wiki = $1 AND source_table = $2 AND is_lost \
    AND source_id > $3 ORDER BY source_id LIMIT 200";
const COUNT_LOST: &str = "SELECT COUNT(DISTINCT source_id) FROM migration_problems WHERE wiki = $1 AND source_table = $2 \
    AND is_lost";
const COUNT_FILTERS: &str = "SELECT COUNT(*) FROM filters WHERE wiki = $1";
const COUNT_VERSIONS: &str = "SELECT COUNT(*) FROM filter_versions WHERE wiki = $1";
const COUNT_HITS: &str = "SELECT COUNT(*) FROM hits WHERE wiki = $1 AND legacy_id IS NOT NULL";
const KNOWN: &str =
    "SELECT wiki, filter_id, privacy, filter_group, uses_protected FROM filters WHERE wiki IN ($1, '*')";
const VERSIONS: &str = "SELECT wiki, filter_id, edited_at, version FROM filter_versions WHERE wiki = $1 AND \
    (filter_id, version) > ($2, $3) ORDER BY filter_id, version LIMIT 5000";
const INSERT_HITS: &str = "INSERT INTO hits (hit_id, evaluation_id, wiki, audience, filter_wiki, filter_id, \
    filter_version, filter_group, at, action_id, kind, actor_id, actor_name, actor_type, target_ns, target_title, \
    decision, taken, withheld, substituted, dump, ip_sealed, protected_sealed, protected_names, outcome, rev_id, \
    is_hidden, revision_state, ref_code, legacy_id) VALUES ";
const NEW_ONES: &str = " ON CONFLICT DO NOTHING RETURNING hit_id";
const INSERT_CONSEQUENCES: &str = "INSERT INTO hit_consequences (wiki, name, at, hit_id) VALUES ";
const INSERT_ADDRESSES: &str = "INSERT INTO hit_addresses (digest, at, hit_id) VALUES ";
const NOTHING_TWICE: &str = " ON CONFLICT DO NOTHING";
const INSERT_DUMPS: &str = "INSERT INTO dumps (digest, body, uses, at) VALUES ";
const OR_USE: &str = " ON CONFLICT (digest) DO UPDATE SET uses = dumps.uses + excluded.uses, at = excluded.at";

/// Rows of one statement: few enough for what SQLite takes.
const ROWS_MAX: usize = 16;

/// How far a table was brought over.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    pub(super) after: i64,
    pub(super) migrated: i64,
    pub(super) mirrored: i64,
}

/// What was brought over of a filter.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Migrated {
    pub(super) owner: WikiId,
    pub(super) history_id: i64,
    pub(super) history_rows: i64,
    pub(super) history_refused: i64,
    pub(super) version: u32,
    pub(super) hits: i64,
    pub(super) is_latched: bool,
}

impl Migrated {
    /// Nothing yet.
    pub(super) fn nothing(owner: &WikiId) -> Self {
        Self {
            owner: owner.clone(),
            history_id: i64::MIN,
            history_rows: 0,
            history_refused: 0,
            version: 0,
            hits: 0,
            is_latched: false,
        }
    }
}

pub(super) async fn progress(conn: &mut Conn, wiki: &WikiId, table: &str) -> Result<Progress, StoreError> {
    let Some(row) = conn.row(sql!(PROGRESS, wiki, table)).await? else { return Ok(Progress::default()) };
    Ok(Progress { after: row.get(0)?, migrated: row.get(1)?, mirrored: row.get(2)? })
}

/// Goes on from `from` to `to`; false if somebody else went on meanwhile.
pub(super) async fn advance(
    conn: &mut Conn,
    wiki: &WikiId,
    table: &str,
    (from, to): (i64, i64),
    (migrated, mirrored): (i64, i64),
    now: Timestamp,
) -> Result<bool, StoreError> {
    if from == 0 {
        conn.execute(sql!(BEGIN, wiki, table, from, now)).await?;
    }
    let binds = sql!(ADVANCE, wiki, table, from, to, migrated, mirrored, now);
    Ok(conn.execute(binds).await? == 1)
}

pub(super) async fn migrated(conn: &mut Conn, wiki: &WikiId, id: i64) -> Result<Option<Migrated>, StoreError> {
    let Some(row) = conn.row(sql!(FILTER, wiki, id)).await? else { return Ok(None) };
    Ok(Some(Migrated {
        owner: row.get(0)?,
        history_id: row.get(1)?,
        history_rows: row.get(2)?,
        history_refused: row.get(3)?,
        version: row.get(4)?,
        hits: row.get(5)?,
        is_latched: row.get(6)?,
    }))
}

pub(super) async fn put_migrated(conn: &mut Conn, wiki: &WikiId, id: i64, of: &Migrated) -> Result<(), StoreError> {
    let binds: Vec<Bind> = vec![
        wiki.into(),
        id.into(),
        (&of.owner).into(),
        of.history_id.into(),
        of.history_rows.into(),
        of.history_refused.into(),
        of.version.into(),
        of.hits.into(),
        of.is_latched.into(),
    ];
    conn.execute(Sql::new(PUT_FILTER, binds)).await.map(|_| ())
}

/// Adds hits that were counted there.
pub(super) async fn add_hits(conn: &mut Conn, key: &FilterKey, hits: i64) -> Result<(), StoreError> {
    conn.execute(sql!(ADD_HITS, &key.wiki, key.number.0, hits)).await.map(|_| ())
}

/// Keeps a problem; false if it was known.
pub(super) async fn put_problem(
    conn: &mut Conn,
    wiki: &WikiId,
    problem: &Problem,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Problem { table, id, cause, detail } = problem;
    let sql = sql!(PUT_PROBLEM, wiki, *table, *id, cause.code(), detail.as_str(), cause.is_lost(), now);
    Ok(conn.execute(sql).await? == 1)
}

/// Whether a problem is known.
pub(super) async fn has_problem(conn: &mut Conn, wiki: &WikiId, problem: &Problem) -> Result<bool, StoreError> {
    let Problem { table, id, cause, detail } = problem;
    Ok(conn.row(sql!(HAS_PROBLEM, wiki, *table, *id, cause.code(), detail.as_str())).await?.is_some())
}

/// Forgets why a row was refused: it is here now.
pub(super) async fn solve(conn: &mut Conn, wiki: &WikiId, table: &str, id: i64) -> Result<(), StoreError> {
    conn.execute(sql!(SOLVE, wiki, table, id)).await.map(|_| ())
}

/// Known problems by table and cause.
pub(super) async fn problems(conn: &mut Conn, wiki: &WikiId) -> Result<Vec<(&'static str, Cause, u64)>, StoreError> {
    let mut all = Vec::new();
    for row in conn.rows(sql!(PROBLEMS, wiki)).await? {
        let (table, cause): (String, String) = (row.get(0)?, row.get(1)?);
        let table = super::TABLES.into_iter().find(|known| *known == table);
        if let (Some(table), Some(cause)) = (table, Cause::find(&cause)) {
            all.push((table, cause, row.get::<u32>(2)?.into()));
        }
    }
    Ok(all)
}

/// Numbers of rows of a table that were refused, after one.
pub(super) async fn lost(conn: &mut Conn, wiki: &WikiId, table: &str, after: i64) -> Result<Vec<i64>, StoreError> {
    conn.rows(sql!(LOST, wiki, table, after)).await?.iter().map(|row| row.get(0)).collect()
}

pub(super) async fn count_lost(conn: &mut Conn, wiki: &WikiId, table: &str) -> Result<u64, StoreError> {
    conn.one(sql!(COUNT_LOST, wiki, table)).await?.get::<u32>(0).map(u64::from)
}

/// What there is of a wiki, and of the farm if it is the central one.
pub(super) async fn here(conn: &mut Conn, wiki: &WikiId, is_central: bool) -> Result<Here, StoreError> {
    let mut here = Here::default();
    for owner in [Some(wiki.clone()), is_central.then(WikiId::farm)].into_iter().flatten() {
        here.filters += u64::from(conn.one(sql!(COUNT_FILTERS, &owner)).await?.get::<u32>(0)?);
        here.versions += u64::from(conn.one(sql!(COUNT_VERSIONS, &owner)).await?.get::<u32>(0)?);
    }
    here.hits = conn.one(sql!(COUNT_HITS, wiki)).await?.get::<u32>(0)?.into();
    Ok(here)
}

/// All filters that hits of a wiki may belong to.
pub(super) async fn known(conn: &mut Conn, wiki: &WikiId) -> Result<BTreeMap<FilterKey, Known>, StoreError> {
    let mut all = BTreeMap::new();
    for row in conn.rows(sql!(KNOWN, wiki)).await? {
        let key = FilterKey { wiki: row.get(0)?, number: FilterNumber(row.get(1)?) };
        let uses_protected = serde_json::from_str(&row.get::<String>(4)?)
            .map_err(|_| StoreError::Corrupt("filters.uses_protected".into()))?;
        let privacy = Privacy::from_bits(row.get(2)?).ok_or_else(|| StoreError::Corrupt("filters.privacy".into()))?;
        all.insert(key, Known { privacy, group: row.get(3)?, uses_protected, versions: Vec::new() });
    }
    for owner in [wiki.clone(), WikiId::farm()] {
        let (mut filter, mut version) = (0_u32, 0_u32);
        loop {
            let rows = conn.rows(sql!(VERSIONS, &owner, filter, version)).await?;
            let Some(last) = rows.last() else { break };
            (filter, version) = (last.get(1)?, last.get(3)?);
            for row in &rows {
                let key = FilterKey { wiki: row.get(0)?, number: FilterNumber(row.get(1)?) };
                if let Some(known) = all.get_mut(&key) {
                    known.versions.push((row.get(2)?, row.get(3)?));
                }
            }
        }
    }
    // By time: nothing forbids a clock that went back.
    for known in all.values_mut() {
        known.versions.sort_unstable();
    }
    Ok(all)
}

/// Writes hits; gives how many were not there before.
pub(super) async fn insert_hits(conn: &mut Conn, wiki: &WikiId, hits: &[Hit]) -> Result<usize, StoreError> {
    let mut new = HashSet::new();
    for part in hits.chunks(ROWS_MAX) {
        for row in conn.rows(values(INSERT_HITS, part, NEW_ONES, |hit| binds(wiki, hit))).await? {
            new.insert(row.get::<[u8; 16]>(0)?);
        }
    }
    let hits: Vec<&Hit> = hits.iter().filter(|hit| new.contains(&hit.hit_id)).collect();
    let mut dumps: BTreeMap<[u8; 32], (&Packed, i64, Timestamp)> = BTreeMap::new();
    for hit in &hits {
        if let Some(dump) = &hit.dump {
            dumps.entry(dump.digest).or_insert((dump, 0, hit.at)).1 += 1;
        }
    }
    let dumps: Vec<_> = dumps.into_values().collect();
    insert(conn, INSERT_DUMPS, &dumps, OR_USE, |(dump, uses, at)| {
        vec![dump.digest.into(), dump.body.clone().into(), (*uses).into(), (*at).into()]
    })
    .await?;
    let taken = |hit: &&Hit| {
        let (at, id) = (hit.at, hit.hit_id);
        let mut names: Vec<String> = hit.taken.iter().map(|name| format!("taken:{name}")).collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().map(move |name| (name, at, id)).collect::<Vec<_>>()
    };
    let taken: Vec<_> = hits.iter().flat_map(taken).collect();
    insert(conn, INSERT_CONSEQUENCES, &taken, NOTHING_TWICE, |(name, at, id)| {
        vec![wiki.into(), name.into(), (*at).into(), id.into()]
    })
    .await?;
    let addresses = hits.iter().flat_map(|hit| hit.addresses.iter().map(|digest| (*digest, hit.at, hit.hit_id)));
    let addresses: Vec<_> = addresses.collect();
    insert(conn, INSERT_ADDRESSES, &addresses, NOTHING_TWICE, |(digest, at, id)| {
        vec![digest.into(), (*at).into(), id.into()]
    })
    .await?;
    Ok(hits.len())
}

fn binds(wiki: &WikiId, hit: &Hit) -> Vec<Bind> {
    let json = |list: &[String]| serde_json::to_string(list).unwrap_or_default();
    vec![
        hit.hit_id.into(),
        hit.evaluation_id.into(),
        wiki.into(),
        hit.audience.number().into(),
        (&hit.filter.wiki).into(),
        hit.filter.number.0.into(),
        hit.version.0.into(),
        (&hit.group).into(),
        hit.at.into(),
        (&hit.action_id).into(),
        (&hit.kind).into(),
        hit.actor_id.into(),
        (&hit.actor_name).into(),
        hit.actor_type.name().into(),
        hit.target_ns.into(),
        (&hit.target_title).into(),
        hit.decision.into(),
        json(&hit.taken).into(),
        "[]".into(),
        "{}".into(),
        hit.dump.as_ref().map(|dump| dump.digest.to_vec()).into(),
        hit.ip_sealed.clone().into(),
        hit.protected_sealed.clone().into(),
        json(&hit.protected_names).into(),
        hit.outcome.into(),
        hit.rev_id.into(),
        hit.is_hidden.into(),
        "".into(),
        "".into(),
        hit.legacy_id.into(),
    ]
}

async fn insert<T>(
    conn: &mut Conn,
    head: &'static str,
    rows: &[T],
    tail: &'static str,
    binds: impl Fn(&T) -> Vec<Bind>,
) -> Result<(), StoreError> {
    for part in rows.chunks(ROWS_MAX) {
        conn.execute(values(head, part, tail, &binds)).await?;
    }
    Ok(())
}

fn values<T>(head: &'static str, rows: &[T], tail: &'static str, binds: impl Fn(&T) -> Vec<Bind>) -> Sql {
    let mut sql = Sql::from(head);
    for (place, row) in rows.iter().enumerate() {
        sql.push(if place == 0 { "(" } else { ", (" }).bind_list(binds(row)).push(")");
    }
    sql.push(tail);
    sql
}
