//! Rows of jobs that undo what filters did.

mod finding;

#[cfg(test)]
pub(super) use finding::{Way, reach_sql, taken_sql};
pub(super) use finding::{Which, others, taken};

use super::instruction::{Instruction, Report, Reported, Undo};
use super::standing::{Elsewhere, Executed, RowState};
use super::{Job, JobKey, Row, Standing};
use crate::hits::Sight;
use crate::hits::list::records::{COLUMNS, COLUMNS_COUNT, hit_row, push_visible};
use crate::hits::writer::prepared::storable;
use crate::model::{FilterKey, FilterNumber, Privacy};
use std::collections::{BTreeMap, HashMap};
use wikiward_farm::{Id, Principal, Timestamp, WikiId};
use wikiward_store::{Bind, Conn, Row as Cells, Sql, StoreError, Tx, sql};

const ELSEWHERE: &str =
    "SELECT state FROM revert_rows WHERE hit_id = $1 AND consequence = $2 AND state IN ('pending', 'reverted') LIMIT 1";
const HOLD: &str = "SELECT hit_id FROM autopromote_holds WHERE wiki = $1 AND user_name = $2 AND until > $3";
const INSERT_JOB: &str = "INSERT INTO revert_jobs (job_id, wiki, filter_wiki, filter_id, from_at, to_at, consequences, reason, \
    is_cut, prepared_at, by_key, by_name, token_digest, rest_to) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
const INSERT_ROWS: &str =
    "INSERT INTO revert_rows (job_id, row_number, hit_id, wiki, consequence, state, cause, note, changed_at) VALUES ";
const JOB: &str = "SELECT job_id, wiki, filter_wiki, filter_id, from_at, to_at, consequences, reason, is_cut, prepared_at, \
    by_name, confirmed_at, cancelled_at, token_digest, rest_to FROM revert_jobs WHERE ";
const ROWS: &str = "SELECT ";
const ROWS_OF: &str = ", r.row_number, r.consequence, r.state, r.cause, r.note, r.changed_at FROM revert_rows r \
    CROSS JOIN hits h CROSS JOIN filters f WHERE h.hit_id = r.hit_id AND f.wiki = h.filter_wiki AND f.filter_id = h.filter_id \
    AND r.job_id = ";
const COUNTS: &str = "SELECT r.job_id, r.state, COUNT(*) FROM revert_rows r CROSS JOIN hits h CROSS JOIN filters f \
    WHERE h.hit_id = r.hit_id AND f.wiki = h.filter_wiki AND f.filter_id = h.filter_id AND r.job_id IN (";
const OPEN: &str = "SELECT COUNT(*), MIN(prepared_at) FROM revert_jobs WHERE filter_wiki = $1 AND filter_id = $2 \
    AND wiki = $3 AND prepared_at >= $4 AND cancelled_at IS NULL AND confirmed_at IS NULL";
const CONFIRMED: &str = "SELECT COUNT(*), MIN(prepared_at) FROM revert_jobs WHERE filter_wiki = $1 AND filter_id = $2 \
    AND wiki = $3 AND prepared_at >= $4 AND confirmed_at IS NOT NULL";
const CONFIRM: &str = "UPDATE revert_jobs SET confirmed_at = $2 WHERE job_id = $1 AND confirmed_at IS NULL \
    AND cancelled_at IS NULL";
const CANCEL: &str = "UPDATE revert_jobs SET cancelled_at = $2 WHERE job_id = $1 AND cancelled_at IS NULL";
const CANCEL_ROWS: &str = "UPDATE revert_rows SET state = 'cancelled', changed_at = $2 WHERE job_id = $1 \
    AND state IN ('pending', 'open')";
const SET_ROW: &str = "UPDATE revert_rows SET state = $3, cause = $4, note = $5, changed_at = $6 WHERE job_id = $1 \
    AND row_number = $2";
const LEAVE_REST: &str = "UPDATE revert_rows SET state = 'left', changed_at = $2 WHERE job_id = $1 AND state = 'open'";
const PENDING: &str = "SELECT r.job_id, r.row_number, r.wiki, h.hit_id, h.at, h.filter_wiki, h.filter_id, f.name, f.privacy, \
    h.actor_name, h.actor_id, r.consequence, h.executed, v.actions, j.reason, j.by_name \
    FROM revert_rows r CROSS JOIN revert_jobs j CROSS JOIN hits h CROSS JOIN filters f \
    LEFT JOIN filter_versions v ON v.wiki = h.filter_wiki AND v.filter_id = h.filter_id AND v.version = h.filter_version \
    WHERE r.state = 'pending' AND j.job_id = r.job_id AND h.hit_id = r.hit_id AND f.wiki = h.filter_wiki \
    AND f.filter_id = h.filter_id AND r.wiki = ";
const STANDING: &str = "SELECT state, wiki, COUNT(*), MIN(changed_at) FROM revert_rows \
    WHERE state IN ('pending', 'reverted', 'nothing_to_do', 'failed') GROUP BY state, wiki ORDER BY state, wiki";
/// What cannot change any more, and what says the same, is left: decided by the database, where of two at once the second
/// waits for the first and then looks again.
const NOTE: &str = "UPDATE revert_rows SET state = $4, cause = $5, note = $6, changed_at = $7 WHERE job_id = $1 \
    AND row_number = $2 AND wiki = $3 AND state IN ('pending', 'failed', 'cancelled') AND state <> $4";
const OF_INSTRUCTION: &str = "SELECT state FROM revert_rows WHERE job_id = $1 AND row_number = $2 AND wiki = $3";
const REMOVE_ROWS: &str = "DELETE FROM revert_rows WHERE job_id = $1";
const REMOVE_JOB: &str = "DELETE FROM revert_jobs WHERE job_id = $1";
const UNCONFIRMED: &str =
    "SELECT job_id FROM revert_jobs WHERE confirmed_at IS NULL AND prepared_at < $1 ORDER BY prepared_at LIMIT $2";

/// Rows of one statement.
const INSERTED_AT_ONCE: usize = 16;

/// What other jobs made of a consequence of a hit.
pub(super) async fn elsewhere(conn: &mut Conn, hit_id: Id, consequence: &str) -> Result<Option<Elsewhere>, StoreError> {
    let Some(row) = conn.row(sql!(ELSEWHERE, hit_id, consequence)).await? else { return Ok(None) };
    let state: String = row.get(0)?;
    Ok(Some(if state == RowState::Pending.name() { Elsewhere::Pending } else { Elsewhere::Reverted }))
}

/// The hold of automatic promotion of a person: of which hit, if of one.
pub(super) async fn hold(
    conn: &mut Conn,
    wiki: &WikiId,
    user: &str,
    now: Timestamp,
) -> Result<Option<Option<Id>>, StoreError> {
    conn.row(sql!(HOLD, wiki, user, now)).await?.map(|row| row.get(0)).transpose()
}

/// Writes a job that was prepared.
pub(super) async fn insert(
    tx: &mut Tx,
    job: &Job,
    by: &Principal,
    token_digest: [u8; 32],
    rows: &[Row],
) -> Result<(), StoreError> {
    let consequences = serde_json::to_string(&job.consequences).unwrap_or_default();
    let binds: Vec<Bind> = vec![
        job.job_id.into(),
        (&job.wiki).into(),
        (&job.filter.wiki).into(),
        job.filter.number.0.into(),
        job.from.into(),
        job.to.into(),
        consequences.into(),
        storable(&job.reason).into(),
        job.is_cut.into(),
        job.prepared_at.into(),
        by.key().into(),
        by.name().into(),
        token_digest.into(),
        job.rest_to.into(),
    ];
    tx.execute(Sql::new(INSERT_JOB, binds)).await?;
    let mut rest = rows;
    while !rest.is_empty() {
        let mut size = INSERTED_AT_ONCE;
        while size > rest.len() {
            size /= 2;
        }
        let (part, after) = rest.split_at(size);
        rest = after;
        let mut sql = Sql::from(INSERT_ROWS);
        for (place, row) in part.iter().enumerate() {
            let binds: [Bind; 9] = [
                job.job_id.into(),
                row.number.into(),
                row.hit.key.hit_id.into(),
                (&row.hit.wiki).into(),
                (&row.consequence).into(),
                row.state.name().into(),
                (&row.cause).into(),
                (&row.note).into(),
                row.changed_at.into(),
            ];
            sql.push(if place == 0 { "(" } else { ", (" }).bind_list(binds).push(")");
        }
        tx.execute(sql).await?;
    }
    Ok(())
}

/// A job of a filter on a wiki, and the digest of its token.
pub(super) async fn job(
    conn: &mut Conn,
    wiki: &WikiId,
    filter: &FilterKey,
    job_id: Id,
) -> Result<Option<(Job, [u8; 32])>, StoreError> {
    let mut sql = Sql::from(JOB);
    sql.push("job_id = ").bind(job_id).push(" AND wiki = ").bind(wiki);
    sql.push(" AND filter_wiki = ").bind(&filter.wiki).push(" AND filter_id = ").bind(filter.number.0);
    conn.row(sql).await?.map(|row| Ok((read_job(&row)?, row.get(13)?))).transpose()
}

/// How many jobs of a filter on a wiki, prepared since `since`, were confirmed, or can be; and when the first was prepared.
pub(super) async fn open(
    conn: &mut Conn,
    which: &Which<'_>,
    is_confirmed: bool,
    since: Timestamp,
) -> Result<(u32, Option<Timestamp>), StoreError> {
    let (key, text) = (which.filter, if is_confirmed { CONFIRMED } else { OPEN });
    let row = conn.one(sql!(text, &key.wiki, key.number.0, which.wiki, since)).await?;
    Ok((row.get(0)?, row.get(1)?))
}

/// Jobs of a filter on a wiki, newest first.
pub(super) async fn jobs(
    conn: &mut Conn,
    wiki: &WikiId,
    filter: &FilterKey,
    after: Option<JobKey>,
    limit: usize,
) -> Result<Vec<Job>, StoreError> {
    let mut sql = Sql::from(JOB);
    sql.push("filter_wiki = ").bind(&filter.wiki).push(" AND filter_id = ").bind(filter.number.0);
    sql.push(" AND wiki = ").bind(wiki);
    if let Some(after) = after {
        sql.push(" AND (prepared_at, job_id) < (").bind(after.at).push(", ").bind(after.job_id).push(")");
    }
    sql.push(" ORDER BY prepared_at DESC, job_id DESC LIMIT ").bind(i64::try_from(limit).unwrap_or(i64::MAX));
    conn.rows(sql).await?.iter().map(read_job).collect()
}

fn read_job(row: &Cells) -> Result<Job, StoreError> {
    let consequences: String = row.get(6)?;
    Ok(Job {
        job_id: row.get(0)?,
        wiki: row.get(1)?,
        filter: FilterKey { wiki: row.get(2)?, number: FilterNumber(row.get(3)?) },
        from: row.get(4)?,
        to: row.get(5)?,
        consequences: serde_json::from_str(&consequences)
            .map_err(|_| StoreError::Corrupt("revert_jobs.consequences".into()))?,
        reason: row.get(7)?,
        is_cut: row.get(8)?,
        prepared_at: row.get(9)?,
        by: row.get(10)?,
        confirmed_at: row.get(11)?,
        cancelled_at: row.get(12)?,
        rest_to: row.get(14)?,
        counts: BTreeMap::new(),
    })
}

/// Rows of a job that may be seen.
pub(super) async fn rows(conn: &mut Conn, job_id: Id, sight: &Sight) -> Result<Vec<Row>, StoreError> {
    let mut sql = Sql::from(ROWS);
    sql.push(COLUMNS).push(ROWS_OF).bind(job_id);
    push_visible(&mut sql, sight, false);
    sql.push(" ORDER BY r.row_number");
    conn.rows(sql).await?.iter().map(|row| read_row(row, sight)).collect()
}

fn read_row(row: &Cells, sight: &Sight) -> Result<Row, StoreError> {
    let state: String = row.get(COLUMNS_COUNT + 2)?;
    Ok(Row {
        number: row.get(COLUMNS_COUNT)?,
        hit: hit_row(row, sight)?,
        consequence: row.get(COLUMNS_COUNT + 1)?,
        state: RowState::find(&state).ok_or_else(|| StoreError::Corrupt("revert_rows.state".into()))?,
        cause: row.get(COLUMNS_COUNT + 3)?,
        note: row.get(COLUMNS_COUNT + 4)?,
        changed_at: row.get(COLUMNS_COUNT + 5)?,
    })
}

/// Adds up the rows of jobs by state, as far as they may be seen.
pub(super) async fn count(conn: &mut Conn, jobs: &mut [Job], sight: &Sight) -> Result<(), StoreError> {
    if jobs.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::from(COUNTS);
    sql.bind_list(jobs.iter().map(|job| job.job_id)).push(")");
    push_visible(&mut sql, sight, false);
    sql.push(" GROUP BY r.job_id, r.state");
    let mut counts: HashMap<Id, BTreeMap<RowState, u32>> = HashMap::new();
    for row in conn.rows(sql).await? {
        let state = RowState::find(&row.get::<String>(1)?);
        let state = state.ok_or_else(|| StoreError::Corrupt("revert_rows.state".into()))?;
        counts.entry(row.get(0)?).or_default().insert(state, row.get(2)?);
    }
    for job in jobs {
        job.counts = counts.remove(&job.job_id).unwrap_or_default();
    }
    Ok(())
}

/// Confirms a job; false if somebody did, or gave it up.
pub(super) async fn confirm(tx: &mut Tx, job_id: Id, now: Timestamp) -> Result<bool, StoreError> {
    Ok(tx.execute(sql!(CONFIRM, job_id, now)).await? > 0)
}

/// Gives up what is left of a job; false if somebody did. Gives the number of rows, too.
pub(super) async fn cancel(tx: &mut Tx, job_id: Id, now: Timestamp) -> Result<Option<u64>, StoreError> {
    if tx.execute(sql!(CANCEL, job_id, now)).await? == 0 {
        return Ok(None);
    }
    tx.execute(sql!(CANCEL_ROWS, job_id, now)).await.map(Some)
}

/// Changes a row.
pub(super) async fn set(
    tx: &mut Tx,
    (job_id, number): (Id, u32),
    state: RowState,
    cause: &str,
    note: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(sql!(SET_ROW, job_id, number, state.name(), cause, storable(note), now)).await?;
    Ok(())
}

/// Rows that were not chosen are left.
pub(super) async fn leave_rest(tx: &mut Tx, job_id: Id, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(sql!(LEAVE_REST, job_id, now)).await?;
    Ok(())
}

/// What a wiki has yet to undo, in the order of jobs and rows.
pub(super) async fn pending(
    conn: &mut Conn,
    wiki: &WikiId,
    after: Option<(Id, u32)>,
    limit: usize,
) -> Result<Vec<Instruction>, StoreError> {
    let mut sql = Sql::from(PENDING);
    sql.bind(wiki);
    if let Some((job_id, number)) = after {
        sql.push(" AND (r.job_id, r.row_number) > (").bind(job_id).push(", ").bind(number).push(")");
    }
    sql.push(" ORDER BY r.job_id, r.row_number LIMIT ").bind(i64::try_from(limit).unwrap_or(i64::MAX));
    conn.rows(sql).await?.iter().map(instruction).collect()
}

fn instruction(row: &Cells) -> Result<Instruction, StoreError> {
    let consequence: String = row.get(11)?;
    let executed: Option<serde_json::Value> = row.get(12)?;
    let actions: Option<String> = row.get(13)?;
    let actions: BTreeMap<String, Vec<String>> =
        actions.and_then(|actions| serde_json::from_str(&actions).ok()).unwrap_or_default();
    let params = actions.get(&consequence).cloned().unwrap_or_default();
    Ok(Instruction {
        id: (row.get(0)?, row.get(1)?),
        wiki: row.get(2)?,
        hit_id: row.get(3)?,
        at: row.get(4)?,
        filter: FilterKey { wiki: row.get(5)?, number: FilterNumber(row.get(6)?) },
        filter_name: row.get(7)?,
        privacy: Privacy::from_bits(row.get(8)?).ok_or_else(|| StoreError::Corrupt("filters.privacy".into()))?,
        user: row.get(9)?,
        user_id: row.get(10)?,
        undo: Undo::new(&consequence, Executed::of(executed.as_ref(), &consequence), params),
        reason: row.get(14)?,
        by: row.get(15)?,
    })
}

/// What has come of instructions, by state and wiki.
pub(super) async fn standing(conn: &mut Conn) -> Result<Vec<Standing>, StoreError> {
    let read = |row: &Cells| {
        let state: String = row.get(0)?;
        let state = RowState::find(&state).ok_or_else(|| StoreError::Corrupt("revert_rows.state".into()))?;
        let rows = u64::try_from(row.get::<i64>(2)?).unwrap_or(0);
        Ok(Standing { state, wiki: row.get(1)?, rows, since: row.get(3)? })
    };
    conn.rows(STANDING).await?.iter().map(read).collect()
}

/// Notes what a wiki reports of an instruction, unless something else stands already.
pub(super) async fn report(
    tx: &mut Tx,
    wiki: &WikiId,
    report: &Report,
    now: Timestamp,
) -> Result<Reported, StoreError> {
    let (job_id, number) = report.id;
    let state = report.result.state();
    // Given up too late, or tried again: what the wiki did is what counts.
    let note = sql!(NOTE, job_id, number, wiki, state.name(), &report.cause, storable(&report.note), now);
    if tx.execute(note).await? > 0 {
        return Ok(Reported::Noted);
    }
    let Some(row) = tx.row(sql!(OF_INSTRUCTION, job_id, number, wiki)).await? else { return Ok(Reported::Unknown) };
    Ok(match RowState::find(&row.get::<String>(0)?) {
        Some(stands) if stands == state => Reported::Before,
        Some(RowState::Reverted | RowState::NothingToDo) => Reported::Other,
        _ => Reported::Unknown,
    })
}

/// Removes jobs that nobody confirmed; gives their number.
pub(super) async fn forget(tx: &mut Tx, before: Timestamp, most: u32) -> Result<u64, StoreError> {
    let jobs = tx.rows(sql!(UNCONFIRMED, before, most)).await?;
    for row in &jobs {
        let job_id: Id = row.get(0)?;
        tx.execute(sql!(REMOVE_ROWS, job_id)).await?;
        tx.execute(sql!(REMOVE_JOB, job_id)).await?;
    }
    Ok(u64::try_from(jobs.len()).unwrap_or(u64::MAX))
}
