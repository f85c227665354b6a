//! Rows of backtests, and hits in batches.

use super::job::{JobKey, JobState, Row};
use super::report::{Examples, Report};
use crate::archive::Ask;
use crate::hits::list::HitRow;
use crate::hits::list::records::{COLUMNS, COLUMNS_COUNT, hit_row, push_visible};
use crate::hits::visible::{Audience, Level, Sight};
use crate::hits::writer::prepared::storable;
use std::collections::{BTreeSet, HashMap};
use wikiward_farm::clock::micros;
use wikiward_farm::{Id, Limit, Timestamp, Viewer, WikiId};
use wikiward_store::{Conn, Sql, Store, StoreError, Tx, sql};

const INSERT: &str = "INSERT INTO backtest_jobs (job_id, wiki, by_key, by_name, state, created_at, beat_at, ended_at, \
    cancel_wanted, rules_digest, wanted, report, examples) VALUES ($1, $2, $3, $4, 'running', $5, $5, NULL, $6, $7, $8, \
    NULL, NULL)";
const RUNNING: &str = "SELECT COUNT(*), COALESCE(SUM(CASE WHEN by_key = $1 THEN 1 ELSE 0 END), 0) FROM backtest_jobs \
    WHERE state = 'running' AND beat_at > $2";
const BEAT: &str = "UPDATE backtest_jobs SET beat_at = $2, report = $3 WHERE job_id = $1";
const IS_CANCELLED: &str = "SELECT cancel_wanted FROM backtest_jobs WHERE job_id = $1";
const END: &str = "UPDATE backtest_jobs SET state = $2, ended_at = $3, beat_at = $3, report = $4, examples = $5 \
    WHERE job_id = $1 AND state = 'running'";
const CANCEL: &str = "UPDATE backtest_jobs SET cancel_wanted = $4 WHERE job_id = $1 AND wiki = $2 AND by_key = $3";
const COLUMNS_OF_JOB: &str =
    "SELECT job_id, by_name, state, created_at, beat_at, ended_at, wanted, report FROM backtest_jobs WHERE wiki = ";
const EXAMPLES: &str = "SELECT examples FROM backtest_jobs WHERE job_id = $1 AND wiki = $2 AND by_key = $3";
// Its own hits of a rule are tested when somebody waited for the end.
const TESTED: &str = "SELECT 1 FROM backtest_jobs WHERE wiki = $1 AND rules_digest = $2 AND ended_at > $3 \
    AND state = 'done' LIMIT 1";
const EXPIRE: &str = "DELETE FROM backtest_jobs WHERE job_id IN \
    (SELECT job_id FROM backtest_jobs WHERE created_at < $1 LIMIT $2)";
const LEFT: &str = "UPDATE backtest_jobs SET state = 'interrupted', ended_at = beat_at WHERE state = 'running' \
    AND beat_at < $1";
const ARCHIVED: &str = "SELECT evaluation_id FROM archive_actions WHERE revision_state = '' AND evaluation_id IN (";
const DUMPS: &str = "SELECT digest, body FROM dumps WHERE digest IN (";
const SEALED: &str =
    "SELECT hit_id, actor_name, protected_sealed FROM hits WHERE protected_sealed IS NOT NULL AND hit_id IN (";

/// Jobs that run: of everybody, and of the person with this key.
pub(super) async fn running(tx: &mut Tx, by_key: &str, heard_after: i64) -> Result<(i64, i64), StoreError> {
    let row = tx.one(sql!(RUNNING, by_key, heard_after)).await?;
    Ok((row.get(0)?, row.get(1)?))
}

pub(super) async fn insert(
    tx: &mut Tx,
    id: Id,
    wiki: &WikiId,
    viewer: &Viewer,
    now: Timestamp,
    digest: [u8; 32],
    wanted: &str,
) -> Result<(), StoreError> {
    let (by_key, by_name) = (viewer.principal.key(), viewer.principal.name());
    tx.execute(sql!(INSERT, id, wiki, by_key, by_name, now, false, digest, storable(wanted))).await.map(|_| ())
}

/// Notes that a job is at work, and what it found so far. Gives whether it is to go on.
pub(super) async fn beat(store: &Store, id: Id, now: Timestamp, report: &Report) -> Result<bool, StoreError> {
    let mut tx = store.begin().await?;
    tx.execute(sql!(BEAT, id, now, json(report))).await?;
    let row = tx.row(sql!(IS_CANCELLED, id)).await?;
    let goes_on = match row {
        Some(row) => !row.get::<bool>(0)?,
        None => false,
    };
    tx.commit().await?;
    Ok(goes_on)
}

/// Notes how a job ended.
pub(super) async fn end(
    store: &Store,
    id: Id,
    state: JobState,
    now: Timestamp,
    report: &Report,
    examples: &Examples,
) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.execute(sql!(END, id, state.name(), now, json(report), json(examples))).await?;
    tx.commit().await
}

pub(super) async fn cancel(store: &Store, wiki: &WikiId, id: Id, by_key: &str) -> Result<u64, StoreError> {
    let mut tx = store.begin().await?;
    let touched = tx.execute(sql!(CANCEL, id, wiki, by_key, true)).await?;
    tx.commit().await?;
    Ok(touched)
}

fn json<T: serde::Serialize>(value: &T) -> String {
    storable(&serde_json::to_string(value).unwrap_or_default())
}

/// One job of the person with this key.
pub(super) async fn one(conn: &mut Conn, wiki: &WikiId, id: Id, by_key: &str) -> Result<Option<Row>, StoreError> {
    let mut sql = Sql::from(COLUMNS_OF_JOB);
    sql.bind(wiki).push(" AND by_key = ").bind(by_key).push(" AND job_id = ").bind(id);
    conn.row(sql).await?.as_ref().map(job).transpose()
}

/// The jobs of the person with this key, newest first: one more than `limit`.
pub(super) async fn list(
    conn: &mut Conn,
    wiki: &WikiId,
    by_key: &str,
    after: Option<JobKey>,
    limit: Limit,
) -> Result<Vec<Row>, StoreError> {
    let mut sql = Sql::from(COLUMNS_OF_JOB);
    sql.bind(wiki).push(" AND by_key = ").bind(by_key);
    if let Some(after) = after {
        sql.push(" AND (created_at, job_id) < (").bind(after.created_at).push(", ").bind(after.id).push(")");
    }
    let most = i64::try_from(limit.items()).unwrap_or(i64::MAX).saturating_add(1);
    sql.push(" ORDER BY created_at DESC, job_id DESC LIMIT ").bind(most);
    conn.rows(sql).await?.iter().map(job).collect()
}

fn job(row: &wikiward_store::Row) -> Result<Row, StoreError> {
    let corrupt = |what: &str| StoreError::Corrupt(format!("backtest_jobs.{what}"));
    let report: Option<String> = row.get(7)?;
    Ok(Row {
        id: row.get(0)?,
        by_name: row.get(1)?,
        state: JobState::find(&row.get::<String>(2)?).ok_or_else(|| corrupt("state"))?,
        created_at: row.get(3)?,
        beat_at: row.get(4)?,
        ended_at: row.get::<Option<i64>>(5)?.map(wikiward_farm::clock::from_micros),
        wanted: serde_json::from_str(&row.get::<String>(6)?).map_err(|_| corrupt("wanted"))?,
        report: report
            .map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|_| corrupt("report"))?
            .unwrap_or_default(),
    })
}

/// The examples of a job of the person with this key; empty until it ended.
pub(super) async fn examples(
    conn: &mut Conn,
    wiki: &WikiId,
    id: Id,
    by_key: &str,
) -> Result<Option<Examples>, StoreError> {
    let Some(row) = conn.row(sql!(EXAMPLES, id, wiki, by_key)).await? else { return Ok(None) };
    let text: Option<String> = row.get(0)?;
    let examples = text.map(|text| serde_json::from_str(&text)).transpose();
    examples.map(|it| Some(it.unwrap_or_default())).map_err(|_| StoreError::Corrupt("backtest_jobs.examples".into()))
}

/// Whether a backtest of exactly this rule ended since.
pub(crate) async fn is_tested(
    conn: &mut Conn,
    wiki: &WikiId,
    digest: [u8; 32],
    since: i64,
) -> Result<bool, StoreError> {
    Ok(conn.row(sql!(TESTED, wiki, digest, since)).await?.is_some())
}

/// Removes jobs from before `before`, at most `limit`.
pub(crate) async fn expire(tx: &mut Tx, before: i64, limit: u32) -> Result<u64, StoreError> {
    tx.execute(sql!(EXPIRE, before, limit)).await
}

/// Marks jobs that nobody runs any more.
pub(crate) async fn leave(tx: &mut Tx, heard_before: i64) -> Result<u64, StoreError> {
    tx.execute(sql!(LEFT, heard_before)).await
}

/// A hit with its packed variables.
pub(super) struct PackedHit {
    pub(super) row: HitRow,
    pub(super) evaluation: Id,
    pub(super) body: Option<Vec<u8>>,
}

/// The next hits, newest first, after the one with the key `after`, as far as their details may be seen; and the key of the
/// last that was looked at, if there are more.
pub(super) async fn hits(
    conn: &mut Conn,
    ask: &Ask,
    sight: &Sight,
    after: Option<(i64, Id)>,
    limit: usize,
) -> Result<(Vec<PackedHit>, Option<(i64, Id)>), StoreError> {
    let mut rows: Vec<(HitRow, Option<Vec<u8>>)> = Vec::new();
    // Each part of the index is in the order of time by itself.
    for audience in Audience::ALL.into_iter().filter(|audience| sight.reaches(*audience)) {
        for row in conn.rows(part(ask, sight, audience, after, limit)).await? {
            rows.push((hit_row(&row, sight)?, row.get(COLUMNS_COUNT)?));
        }
    }
    rows.sort_by_key(|(row, _)| std::cmp::Reverse((row.key.at, row.key.hit_id)));
    let has_more = rows.len() >= limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| has_more).map(|(row, _)| (micros(row.key.at), row.key.hit_id));
    let digests: BTreeSet<&Vec<u8>> = rows.iter().filter_map(|(_, digest)| digest.as_ref()).collect();
    let mut sql = Sql::from(DUMPS);
    sql.bind_list(digests.into_iter().map(Vec::as_slice)).push(")");
    let dumps = conn.rows(sql).await?;
    let dumps = dumps.iter().map(|row| Ok((row.get(0)?, row.get(1)?)));
    let dumps: HashMap<Vec<u8>, Vec<u8>> = dumps.collect::<Result<_, StoreError>>()?;
    let packed = |(row, digest): (HitRow, Option<Vec<u8>>)| {
        let evaluation = row.full.as_ref().filter(|_| row.level == Level::Details)?.evaluation_id;
        Some(PackedHit { evaluation, body: digest.and_then(|digest| dumps.get(&digest).cloned()), row })
    };
    Ok((rows.into_iter().filter_map(packed).collect(), last))
}

fn part(ask: &Ask, sight: &Sight, audience: Audience, after: Option<(i64, Id)>, limit: usize) -> Sql {
    let mut sql = Sql::from("SELECT ");
    sql.push(COLUMNS).push(", h.dump FROM hits h CROSS JOIN filters f WHERE f.wiki = h.filter_wiki");
    sql.push(" AND f.filter_id = h.filter_id AND h.audience = ").bind(audience.number());
    match &ask.wiki {
        Some(wiki) => sql.push(" AND h.wiki = ").bind(wiki),
        None => sql.push(" AND h.filter_wiki = '*'"),
    };
    if let Some(group) = &ask.group {
        sql.push(" AND (h.filter_group || '') = ").bind(group);
    }
    if !ask.kinds.is_empty() {
        sql.push(" AND (h.kind || '') IN (").bind_list(ask.kinds.iter()).push(")");
    }
    if !ask.actor_types.is_empty() {
        sql.push(" AND h.actor_type IN (").bind_list(ask.actor_types.iter().map(|it| it.name())).push(")");
    }
    if let Some(from) = ask.from {
        sql.push(" AND h.at >= ").bind(from);
    }
    if let Some(to) = ask.to {
        sql.push(" AND h.at < ").bind(to);
    }
    if let Some((at, id)) = after {
        sql.push(" AND (h.at, h.hit_id) < (").bind(at).push(", ").bind(id).push(")");
    }
    push_visible(&mut sql, sight, false);
    sql.push(" ORDER BY h.at DESC, h.hit_id DESC LIMIT ").bind(i64::try_from(limit).unwrap_or(i64::MAX));
    sql
}

/// Which of these evaluations are in the archive.
pub(super) async fn archived(
    conn: &mut Conn,
    evaluations: impl Iterator<Item = Id>,
) -> Result<BTreeSet<Id>, StoreError> {
    let mut sql = Sql::from(ARCHIVED);
    sql.bind_list(evaluations).push(")");
    conn.rows(sql).await?.iter().map(|row| row.get(0)).collect()
}

/// Sealed values of hits, with who acted.
pub(super) async fn sealed(
    conn: &mut Conn,
    hits: impl Iterator<Item = Id>,
) -> Result<HashMap<Id, (String, Vec<u8>)>, StoreError> {
    let mut sql = Sql::from(SEALED);
    sql.bind_list(hits).push(")");
    conn.rows(sql).await?.iter().map(|row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?)))).collect()
}
