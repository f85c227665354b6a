//! Rows of what the brake knows and decided.

use super::Guard;
use crate::model::{FilterKey, FilterNumber};
use serde_json::json;
use wikiward_farm::{Human, Timestamp, WikiId};
use wikiward_store::{Conn, Row, Sql, StoreError, sql};

const SEQ: &str = "SELECT seq FROM heads WHERE name = 'changes'";
const GUARDS: &str = "SELECT filter_wiki, filter_id, wiki, document FROM brake_guards";
const GUARD: &str = "SELECT document FROM brake_guards WHERE filter_wiki = $1 AND filter_id = $2 AND wiki = $3";
const GUARDS_OF: &str =
    "SELECT filter_wiki, filter_id, wiki, document FROM brake_guards WHERE filter_wiki = $1 AND filter_id = $2";
const GUARDS_ON: &str = "SELECT filter_wiki, filter_id, wiki, document FROM brake_guards WHERE wiki IN ($1, '*') \
    AND (is_latched OR held_until IS NOT NULL) ORDER BY filter_wiki, filter_id LIMIT $2";
const PUT_GUARD: &str = "INSERT INTO brake_guards (filter_wiki, filter_id, wiki, is_latched, held_until, document, \
    updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (filter_wiki, filter_id, wiki) DO UPDATE SET \
    is_latched = excluded.is_latched, held_until = excluded.held_until, document = excluded.document, \
    updated_at = excluded.updated_at";
const ARM: &str = "UPDATE filters SET armed_from = $3 WHERE wiki = $1 AND filter_id = $2";
const STREAMS: &str = "SELECT wiki, filter_group, kind, filter_wiki, filter_id, document, upto FROM brake_streams";
const PUT_STREAM: &str = "INSERT INTO brake_streams (wiki, filter_group, kind, filter_wiki, filter_id, document, upto, \
    updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (wiki, filter_group, kind, filter_wiki, filter_id) \
    DO UPDATE SET document = excluded.document, upto = excluded.upto, updated_at = excluded.updated_at";
const SURROUNDINGS: &str = "SELECT wiki, filter_group, kind, document, upto FROM brake_surroundings";
const PUT_SURROUNDINGS: &str = "INSERT INTO brake_surroundings (wiki, filter_group, kind, document, upto, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (wiki, filter_group, kind) DO UPDATE SET document = excluded.document, \
    upto = excluded.upto, updated_at = excluded.updated_at";
const PEOPLE: &str = "SELECT wiki, document, upto FROM brake_people";
const PUT_PEOPLE: &str = "INSERT INTO brake_people (wiki, document, upto, updated_at) VALUES ($1, $2, $3, $4) ON CONFLICT \
    (wiki) DO UPDATE SET document = excluded.document, upto = excluded.upto, updated_at = excluded.updated_at";
const COMPAT: &str = "SELECT wiki, filter_wiki, filter_id, document, upto FROM brake_compat";
const PUT_COMPAT: &str = "INSERT INTO brake_compat (wiki, filter_wiki, filter_id, document, upto, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (wiki, filter_wiki, filter_id) DO UPDATE SET \
    document = excluded.document, upto = excluded.upto, updated_at = excluded.updated_at";
const SWEEP_COMPAT: &str = "DELETE FROM brake_compat WHERE updated_at < $1";
const SWEEP_BATCHES: &str = "DELETE FROM brake_batches WHERE at < $1";
const HOLD_HEAD: &str = "UPDATE heads SET seq = seq WHERE name = 'brake' RETURNING seq";
const HEAD: &str = "SELECT seq FROM heads WHERE name = 'brake'";
const PUT_HEAD: &str = "UPDATE heads SET seq = $1 WHERE name = 'brake'";
const BATCHES: &str = "SELECT seq, node, document FROM brake_batches WHERE seq > $1 ORDER BY seq LIMIT $2";
const PUT_BATCH: &str = "INSERT INTO brake_batches (seq, node, document, at) VALUES ($1, $2, $3, $4)";
const SWEEP_STREAMS: &str = "DELETE FROM brake_streams WHERE updated_at < $1";
const SWEEP_HOLDS: &str = "DELETE FROM brake_holds WHERE prepared_at < $1";

/// A guard, and of which filter on which wiki it is.
pub(crate) type Kept = (FilterKey, WikiId, Guard);

/// Number of the newest change.
pub(super) async fn seq(conn: &mut Conn) -> Result<i64, StoreError> {
    conn.one(SEQ).await?.get(0)
}

fn guard(text: &str) -> Result<Guard, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt("brake_guards.document".into()))
}

fn kept(row: &Row) -> Result<Kept, StoreError> {
    let key = FilterKey { wiki: row.get(0)?, number: FilterNumber(row.get(1)?) };
    Ok((key, row.get(2)?, guard(&row.get::<String>(3)?)?))
}

/// All guards.
pub(super) async fn guards(conn: &mut Conn) -> Result<Vec<Kept>, StoreError> {
    conn.rows(GUARDS).await?.iter().map(kept).collect()
}

/// Those of one filter, on whichever wiki.
pub(crate) async fn guards_of(conn: &mut Conn, key: &FilterKey) -> Result<Vec<Kept>, StoreError> {
    conn.rows(sql!(GUARDS_OF, &key.wiki, key.number.0)).await?.iter().map(kept).collect()
}

/// Those that latch or hold something on a wiki, the farm-wide ones included; at most `limit`.
pub(crate) async fn guards_on(conn: &mut Conn, wiki: &WikiId, limit: u32) -> Result<Vec<Kept>, StoreError> {
    conn.rows(sql!(GUARDS_ON, wiki, limit)).await?.iter().map(kept).collect()
}

/// What was decided about one filter on one wiki; nothing if never anything was.
pub(crate) async fn guard_of(conn: &mut Conn, key: &FilterKey, wiki: &WikiId) -> Result<Option<Guard>, StoreError> {
    let row = conn.row(sql!(GUARD, &key.wiki, key.number.0, wiki)).await?;
    row.map(|row| guard(&row.get::<String>(0)?)).transpose()
}

/// Writes it.
pub(crate) async fn put_guard(
    conn: &mut Conn,
    key: &FilterKey,
    wiki: &WikiId,
    guard: &Guard,
    now: Timestamp,
) -> Result<(), StoreError> {
    let document =
        serde_json::to_string(guard).map_err(|_| StoreError::Corrupt("a guard that cannot be written".into()))?;
    let held = guard.hold.as_ref().map(|hold| hold.until);
    conn.execute(sql!(PUT_GUARD, &key.wiki, key.number.0, wiki, guard.is_latched(), held, document, now)).await?;
    Ok(())
}

/// The rule became another one at `at`.
pub(crate) async fn arm(conn: &mut Conn, key: &FilterKey, at: Timestamp) -> Result<(), StoreError> {
    conn.execute(sql!(ARM, &key.wiki, key.number.0, at)).await.map(|_| ())
}

const ARMED_FROM: &str = "SELECT armed_from FROM filters WHERE wiki = $1 AND filter_id = $2";

/// When the rule last became another one, in microseconds.
pub(crate) async fn armed_from(conn: &mut Conn, key: &FilterKey) -> Result<i64, StoreError> {
    conn.one(sql!(ARMED_FROM, &key.wiki, key.number.0)).await?.get(0)
}

/// Where evidence belongs: wiki, group, kind.
pub(super) type Place = (WikiId, String, String);

fn place(row: &Row) -> Result<Place, StoreError> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

/// Every stream, and up to which batch it has counted.
pub(super) async fn streams(conn: &mut Conn) -> Result<Vec<(Place, FilterKey, String, i64)>, StoreError> {
    let read = |row: &Row| {
        let key = FilterKey { wiki: row.get(3)?, number: FilterNumber(row.get(4)?) };
        Ok((place(row)?, key, row.get(5)?, row.get(6)?))
    };
    conn.rows(STREAMS).await?.iter().map(read).collect()
}

pub(super) async fn put_stream(
    conn: &mut Conn,
    (wiki, group, kind): &Place,
    key: &FilterKey,
    document: &str,
    upto: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (group, kind) = (group.as_str(), kind.as_str());
    let statement = sql!(PUT_STREAM, wiki, group, kind, &key.wiki, key.number.0, document, upto, now);
    conn.execute(statement).await.map(|_| ())
}

/// All counts, and up to which batch.
pub(super) async fn surroundings(conn: &mut Conn) -> Result<Vec<(Place, String, i64)>, StoreError> {
    conn.rows(SURROUNDINGS).await?.iter().map(|row| Ok((place(row)?, row.get(3)?, row.get(4)?))).collect()
}

pub(super) async fn put_surroundings(
    conn: &mut Conn,
    (wiki, group, kind): &Place,
    document: &str,
    upto: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    conn.execute(sql!(PUT_SURROUNDINGS, wiki, group.as_str(), kind.as_str(), document, upto, now)).await.map(|_| ())
}

/// Who was seen, and up to which batch.
pub(super) async fn people(conn: &mut Conn) -> Result<Vec<(WikiId, Vec<u8>, i64)>, StoreError> {
    conn.rows(PEOPLE).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

pub(super) async fn put_people(
    conn: &mut Conn,
    wiki: &WikiId,
    document: Vec<u8>,
    upto: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    conn.execute(sql!(PUT_PEOPLE, wiki, document, upto, now)).await.map(|_| ())
}

/// Counts of AbuseFilter's own algorithm, and up to which batch.
pub(super) async fn compat(conn: &mut Conn) -> Result<Vec<(WikiId, FilterKey, String, i64)>, StoreError> {
    let read = |row: &Row| {
        let key = FilterKey { wiki: row.get(1)?, number: FilterNumber(row.get(2)?) };
        Ok((row.get(0)?, key, row.get(3)?, row.get(4)?))
    };
    conn.rows(COMPAT).await?.iter().map(read).collect()
}

pub(super) async fn put_compat(
    conn: &mut Conn,
    wiki: &WikiId,
    key: &FilterKey,
    document: &str,
    upto: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    conn.execute(sql!(PUT_COMPAT, wiki, &key.wiki, key.number.0, document, upto, now)).await.map(|_| ())
}

/// Number of the newest batch; until the transaction ends, nobody else writes one.
pub(super) async fn hold_head(conn: &mut Conn) -> Result<i64, StoreError> {
    conn.one(HOLD_HEAD).await?.get(0)
}

/// Number of the newest batch.
pub(super) async fn head(conn: &mut Conn) -> Result<i64, StoreError> {
    conn.one(HEAD).await?.get(0)
}

/// The newest batch is number `seq`.
pub(super) async fn put_head(conn: &mut Conn, seq: i64) -> Result<(), StoreError> {
    conn.execute(sql!(PUT_HEAD, seq)).await.map(|_| ())
}

/// Batches after number `seq`, oldest first: number, node, document.
pub(super) async fn batches_after(
    conn: &mut Conn,
    seq: i64,
    limit: u32,
) -> Result<Vec<(i64, String, String)>, StoreError> {
    let rows = conn.rows(sql!(BATCHES, seq, limit)).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

pub(super) async fn put_batch(
    conn: &mut Conn,
    seq: i64,
    node: &str,
    document: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    conn.execute(sql!(PUT_BATCH, seq, node, document, now)).await.map(|_| ())
}

/// Removes evidence of filters that have not hit since `streams`, and holds prepared before `holds`.
pub(super) async fn sweep(conn: &mut Conn, streams: Timestamp, holds: Timestamp) -> Result<u64, StoreError> {
    Ok(conn.execute(sql!(SWEEP_STREAMS, streams)).await?
        + conn.execute(sql!(SWEEP_COMPAT, streams)).await?
        + conn.execute(sql!(SWEEP_HOLDS, holds)).await?)
}

const DEEDS: &str = "SELECT document FROM brake_deeds WHERE at > $1 ORDER BY at";
const PUT_DEEDS: &str = "INSERT INTO brake_deeds (deeds_id, node, document, at) VALUES ($1, $2, $3, $4)";
const SWEEP_DEEDS: &str = "DELETE FROM brake_deeds WHERE at < $1";

/// Names of actions that were written after `since`, oldest first.
pub(super) async fn deeds_since(conn: &mut Conn, since: Timestamp) -> Result<Vec<String>, StoreError> {
    conn.rows(sql!(DEEDS, since)).await?.iter().map(|row| row.get(0)).collect()
}

pub(super) async fn put_deeds(
    conn: &mut Conn,
    node: &str,
    id: [u8; 16],
    document: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    conn.execute(sql!(PUT_DEEDS, id, node, document, now)).await.map(|_| ())
}

/// Removes names of actions written before `before`.
pub(super) async fn sweep_deeds(conn: &mut Conn, before: Timestamp) -> Result<u64, StoreError> {
    conn.execute(sql!(SWEEP_DEEDS, before)).await
}

/// Removes batches older than `before`.
pub(super) async fn sweep_batches(conn: &mut Conn, before: Timestamp) -> Result<u64, StoreError> {
    conn.execute(sql!(SWEEP_BATCHES, before)).await
}

const RECENT: &str = "SELECT COUNT(*) FROM filter_events WHERE wiki = $1 AND filter_id = $2 AND at > $3 AND kind = $4 \
    AND by_key = $5";

/// How often somebody did something to a filter since `since`.
pub(crate) async fn done_since(
    conn: &mut Conn,
    key: &FilterKey,
    kind: &str,
    by: &str,
    since: Timestamp,
) -> Result<u32, StoreError> {
    conn.one(sql!(RECENT, &key.wiki, key.number.0, since, kind, by)).await?.get(0)
}

const HELD: &str = "SELECT seconds, confirmed_at, ended_at FROM brake_holds WHERE filter_wiki = $1 AND filter_id = $2 \
    AND wiki = $3 AND confirmed_at > $4";
const WAITING: &str = "SELECT COUNT(*), MIN(prepared_at) FROM brake_holds WHERE filter_wiki = $1 AND filter_id = $2 \
    AND wiki = $3 AND prepared_at >= $4 AND confirmed_at IS NULL";
const PUT_HOLD: &str = "INSERT INTO brake_holds (hold_id, filter_wiki, filter_id, wiki, seconds, reason, prepared_at, \
    prepared_by, prepared_as, token_digest, needs_second, confirmed_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '')";
const HOLD: &str = "SELECT hold_id, filter_wiki, filter_id, wiki, seconds, reason, prepared_at, prepared_by, token_digest, \
    needs_second, confirmed_at, prepared_as FROM brake_holds WHERE hold_id = $1";
const CONFIRM: &str = "UPDATE brake_holds SET confirmed_at = $2, confirmed_by = $3 WHERE hold_id = $1 AND \
    confirmed_at IS NULL";
const END: &str = "UPDATE brake_holds SET ended_at = $2 WHERE hold_id = $1 AND ended_at IS NULL";

/// A hold that was prepared.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) hold_id: String,
    pub(crate) key: FilterKey,
    pub(crate) wiki: WikiId,
    pub(crate) seconds: u32,
    pub(crate) reason: String,
    pub(crate) at: Timestamp,
    pub(crate) by: String,
    pub(crate) human: Human,
    pub(crate) token_digest: [u8; 32],
    pub(crate) needs_second: bool,
    pub(crate) confirmed_at: Option<Timestamp>,
}

pub(crate) async fn put_hold(conn: &mut Conn, hold: &Prepared) -> Result<(), StoreError> {
    let sql = Sql::new(
        PUT_HOLD,
        [
            hold.hold_id.as_str().into(),
            (&hold.key.wiki).into(),
            hold.key.number.0.into(),
            (&hold.wiki).into(),
            hold.seconds.into(),
            hold.reason.as_str().into(),
            hold.at.into(),
            hold.by.as_str().into(),
            json!(hold.human.traces().collect::<Vec<_>>()).to_string().into(),
            hold.token_digest.into(),
            hold.needs_second.into(),
        ],
    );
    conn.execute(sql).await.map(|_| ())
}

pub(crate) async fn hold(conn: &mut Conn, hold_id: &str) -> Result<Option<Prepared>, StoreError> {
    let Some(row) = conn.row(sql!(HOLD, hold_id)).await? else { return Ok(None) };
    let traces: Vec<String> = serde_json::from_str(&row.get::<String>(11)?)
        .map_err(|_| StoreError::Corrupt("brake_holds.prepared_as".into()))?;
    let by: String = row.get(7)?;
    Ok(Some(Prepared {
        hold_id: row.get(0)?,
        key: FilterKey { wiki: row.get(1)?, number: FilterNumber(row.get(2)?) },
        wiki: row.get(3)?,
        seconds: row.get(4)?,
        reason: row.get(5)?,
        at: row.get(6)?,
        human: Human::from_traces(traces.into_iter().chain([by.clone()])),
        by,
        token_digest: row.get(8)?,
        needs_second: row.get(9)?,
        confirmed_at: row.get(10)?,
    }))
}

/// How many holds of a filter on a wiki, prepared since `since`, wait to be confirmed, and when the first was prepared.
pub(crate) async fn waiting(
    conn: &mut Conn,
    key: &FilterKey,
    wiki: &WikiId,
    since: Timestamp,
) -> Result<(u32, Option<Timestamp>), StoreError> {
    let row = conn.one(sql!(WAITING, &key.wiki, key.number.0, wiki, since)).await?;
    Ok((row.get(0)?, row.get(1)?))
}

/// Confirms a hold; false if somebody did already.
pub(crate) async fn confirm(conn: &mut Conn, hold_id: &str, now: Timestamp, by: &str) -> Result<bool, StoreError> {
    Ok(conn.execute(sql!(CONFIRM, hold_id, now, by)).await? == 1)
}

/// A hold is over.
pub(crate) async fn end_hold(conn: &mut Conn, hold_id: &str, now: Timestamp) -> Result<(), StoreError> {
    conn.execute(sql!(END, hold_id, now)).await.map(|_| ())
}

/// Holds of a filter on a wiki that were confirmed since `since`: for how long they were meant, from when, and until when if
/// they were ended before.
pub(crate) async fn holds_since(
    conn: &mut Conn,
    key: &FilterKey,
    wiki: &WikiId,
    since: Timestamp,
) -> Result<Vec<(u32, Timestamp, Option<Timestamp>)>, StoreError> {
    let rows = conn.rows(sql!(HELD, &key.wiki, key.number.0, wiki, since)).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}
