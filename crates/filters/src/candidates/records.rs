//! Rows of candidates, and of the actions that they were tried on.

use super::log::Seen;
use super::{Candidate, CandidateRow, Ended, LISTED_MAX, ROWS_MAX, Share, Totals, Verdicts};
use crate::hits::beside::CANDIDATES;
use crate::hits::list::records::push_visible;
use crate::hits::list::{HitKey, Log};
use crate::hits::visible::Sight;
use crate::hits::writer::prepared::storable;
use crate::life::visible::{Of, Sight as FilterSight};
use crate::model::{Actions, Editor, FilterKey, FilterNumber, Version};
use serde_json::json;
use std::collections::BTreeMap;
use wikiward_farm::{Id, Limit, Timestamp, WikiId};
use wikiward_store::{Conn, Row, Sql, Store, StoreError, Tx, sql};

const INSERT: &str = "INSERT INTO candidates (candidate_id, wiki, filter_id, base_version, filter_group, rules, actions, \
    uses_vars, uses_protected, reason, started_at, started_by_key, started_by_name, started_by_number, ends_at, ended_at, \
    ended_why, runs, n_neither, n_both, n_only_live, n_only_candidate, n_undecided, errors, dropped) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, NULL, '', 0, 0, 0, 0, 0, 0, 0, 0)";
const SELECT: &str = "SELECT c.candidate_id, c.wiki, c.filter_id, c.base_version, c.rules, c.actions, c.uses_protected, \
    c.reason, c.started_at, c.started_by_key, c.started_by_name, c.started_by_number, c.ends_at, c.ended_at, c.ended_why, \
    c.runs, c.n_neither, c.n_both, c.n_only_live, c.n_only_candidate, c.n_undecided, c.errors, c.dropped FROM candidates c \
    WHERE c.wiki = ";
// Whoever may not see the version that it was made from does not see what was tried in its stead either.
const OF_SEEN: &str = " AND EXISTS (SELECT 1 FROM filter_versions v WHERE v.wiki = c.wiki AND v.filter_id = c.filter_id \
    AND v.version = c.base_version AND ";
const RUNNING_OTHERS: &str =
    "SELECT COUNT(*) FROM candidates WHERE wiki = $1 AND filter_group = $2 AND ended_at IS NULL";
/// Only one that still runs: of two who end it at once, one finds nothing to end.
const END: &str = "UPDATE candidates SET ended_at = $2, ended_why = $3 WHERE candidate_id = $1 AND ended_at IS NULL";
const DUE: &str = "SELECT c.candidate_id, c.wiki, c.filter_id, f.privacy FROM candidates c CROSS JOIN filters f \
    WHERE f.wiki = c.wiki AND f.filter_id = c.filter_id AND c.ended_at IS NULL AND c.ends_at <= $1 LIMIT 100";
const ADD: &str = "UPDATE candidates SET runs = runs + $2, n_neither = n_neither + $3, n_both = n_both + $4, \
    n_only_live = n_only_live + $5, n_only_candidate = n_only_candidate + $6, n_undecided = n_undecided + $7, \
    errors = errors + $8, dropped = dropped + $9 WHERE candidate_id = $1";
const SUMS: &str = "SELECT n_both, n_only_live, n_only_candidate, n_undecided FROM candidates WHERE candidate_id = $1";
const KEEP: &str = "INSERT INTO candidate_hits (hit_id, candidate_id, verdicts, is_good, evaluation_id, wiki, filter_wiki, \
    filter_id, filter_version, at, action_id, kind, actor_id, actor_name, actor_type, target_ns, target_title, \
    target_page_id, decision, dump, protected_names, rev_id, revision_state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, \
    $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, NULL, '') ON CONFLICT DO NOTHING";
const COLUMNS: &str = "SELECT h.hit_id, h.at, h.verdicts, h.is_good, h.wiki, h.evaluation_id, h.filter_version, \
    h.action_id, h.kind, h.actor_id, h.actor_name, h.actor_type, h.target_ns, h.target_title, h.target_page_id, h.decision, \
    h.rev_id, h.dump ";
const MATCHED: &str = "SELECT h.evaluation_id, h.at, h.verdicts ";
const SHARES: &str = "SELECT h.verdicts, h.is_good, h.decision, COUNT(*) ";
// Nobody hides these by hand; where a hit of the same action is hidden, so are they.
const FROM: &str = "FROM (SELECT s.*, \
    EXISTS (SELECT 1 FROM hits o WHERE o.evaluation_id = s.evaluation_id AND o.is_hidden) AS is_hidden \
    FROM candidate_hits s) h CROSS JOIN filters f \
    WHERE f.wiki = h.filter_wiki AND f.filter_id = h.filter_id AND h.candidate_id = ";
const EXPIRE_ENDED: &str = "DELETE FROM candidates WHERE candidate_id IN \
    (SELECT candidate_id FROM candidates WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)";

fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(format!("candidates.{what}"))
}

/// Writes a new candidate.
pub(super) async fn insert(
    conn: &mut Conn,
    candidate: &Candidate,
    group: &str,
    uses_vars: &[String],
) -> Result<(), StoreError> {
    let insert = sql!(
        INSERT,
        candidate.id,
        &candidate.key.wiki,
        candidate.key.number.0,
        candidate.base.0,
        group,
        candidate.rules.as_str(),
        candidate.actions.as_ref().map(|actions| json!(actions.0).to_string()),
        json!(uses_vars).to_string(),
        json!(candidate.uses_protected).to_string(),
        candidate.reason.as_str(),
        candidate.started_at,
        candidate.started_by.key.as_str(),
        candidate.started_by.name.as_str(),
        candidate.started_by.number,
        candidate.ends_at
    );
    conn.execute(insert).await.map(|_| ())
}

/// Candidates of a filter that were made from versions that `sight` shows.
fn select(key: &FilterKey, sight: &FilterSight) -> Sql {
    let mut sql = Sql::from(SELECT);
    sql.bind(&key.wiki).push(" AND c.filter_id = ").bind(key.number.0).push(OF_SEEN);
    sight.condition(&mut sql, Of::Version);
    sql.push(")");
    sql
}

/// Candidates of a filter, the newest first.
pub(super) async fn of_filter(
    conn: &mut Conn,
    key: &FilterKey,
    sight: &FilterSight,
) -> Result<Vec<Candidate>, StoreError> {
    let mut sql = select(key, sight);
    sql.push(" ORDER BY c.started_at DESC, c.candidate_id DESC LIMIT ").bind(LISTED_MAX);
    conn.rows(sql).await?.iter().map(candidate).collect()
}

/// One candidate of a filter.
pub(super) async fn one(
    conn: &mut Conn,
    key: &FilterKey,
    id: Id,
    sight: &FilterSight,
) -> Result<Option<Candidate>, StoreError> {
    let mut sql = select(key, sight);
    sql.push(" AND c.candidate_id = ").bind(id);
    conn.row(sql).await?.as_ref().map(candidate).transpose()
}

/// Candidates that run in a group of a wiki's filters.
pub(crate) async fn running_others(conn: &mut Conn, wiki: &WikiId, group: &str) -> Result<u32, StoreError> {
    conn.one(sql!(RUNNING_OTHERS, wiki, group)).await?.get(0)
}

/// Ends a candidate; false if it had ended already.
pub(crate) async fn end(conn: &mut Conn, id: Id, at: Timestamp, why: Ended) -> Result<bool, StoreError> {
    Ok(conn.execute(sql!(END, id, at, why.name())).await? == 1)
}

/// Candidates whose time is over, with the bits of their filter's privacy.
pub(super) async fn due(conn: &mut Conn, now: Timestamp) -> Result<Vec<(Id, FilterKey, i64)>, StoreError> {
    let rows = conn.rows(sql!(DUE, now)).await?;
    let read = |row: &Row| {
        let key = FilterKey { wiki: row.get(1)?, number: FilterNumber(row.get(2)?) };
        Ok((row.get(0)?, key, row.get(3)?))
    };
    rows.iter().map(read).collect()
}

fn candidate(row: &Row) -> Result<Candidate, StoreError> {
    let texts = |index: usize, what: &str| -> Result<Vec<String>, StoreError> {
        serde_json::from_str(&row.get::<String>(index)?).map_err(|_| corrupt(what))
    };
    let count = |index: usize| u64::try_from(row.get::<i64>(index)?).map_err(|_| corrupt("counts"));
    let actions: Option<String> = row.get(5)?;
    let actions = actions.map(|text| serde_json::from_str(&text).map(Actions).map_err(|_| corrupt("actions")));
    let ended_at: Option<Timestamp> = row.get(13)?;
    let why: String = row.get(14)?;
    let ended = ended_at.map(|at| Ended::find(&why).map(|why| (at, why)).ok_or_else(|| corrupt("ended_why")));
    Ok(Candidate {
        id: row.get(0)?,
        key: FilterKey { wiki: row.get(1)?, number: FilterNumber(row.get(2)?) },
        base: Version(row.get(3)?),
        rules: row.get(4)?,
        actions: actions.transpose()?,
        uses_protected: texts(6, "uses_protected")?,
        reason: row.get(7)?,
        started_at: row.get(8)?,
        started_by: Editor { key: row.get(9)?, name: row.get(10)?, number: row.get(11)? },
        ends_at: row.get(12)?,
        ended: ended.transpose()?,
        totals: Totals {
            runs: count(15)?,
            neither: count(16)?,
            both: count(17)?,
            only_live: count(18)?,
            only_candidate: count(19)?,
            undecided: count(20)?,
            errors: count(21)?,
            dropped: count(22)?,
        },
    })
}

/// Adds to counts, and keeps actions as long as there are not too many of their kind; all or nothing.
pub(super) async fn store(store: &Store, sums: &BTreeMap<Id, Totals>, seen: &[Seen]) -> Result<(), StoreError> {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let mut tx = store.begin().await?;
    let mut kept: BTreeMap<(Id, Verdicts), i64> = BTreeMap::new();
    for (id, sum) in sums {
        let Totals { runs, neither, both, only_live, only_candidate, undecided, errors, dropped } = *sum;
        let counts = [runs, neither, both, only_live, only_candidate, undecided, errors, dropped].map(count);
        let [runs, neither, both, only_live, only_candidate, undecided, errors, dropped] = counts;
        tx.execute(sql!(ADD, *id, runs, neither, both, only_live, only_candidate, undecided, errors, dropped)).await?;
        if let Some(row) = tx.row(sql!(SUMS, *id)).await? {
            for (index, verdicts) in Verdicts::ALL.into_iter().enumerate() {
                // As many as there were before.
                kept.insert((*id, verdicts), row.get::<i64>(index)? - count(sum.of(verdicts)));
            }
        }
    }
    for one in seen {
        let Some(kept) = kept.get_mut(&(one.candidate, one.verdicts)) else { continue };
        *kept += 1;
        if *kept > ROWS_MAX {
            continue;
        }
        let insert = sql!(
            KEEP,
            one.hit_id,
            one.candidate,
            one.verdicts.name(),
            one.is_good,
            one.evaluation_id,
            &one.wiki,
            &one.filter.wiki,
            one.filter.number.0,
            one.version.0,
            one.at,
            storable(&one.action_id),
            storable(&one.kind),
            one.actor.id,
            storable(&one.actor.name),
            one.actor.kind.name(),
            one.target.ns,
            storable(&one.target.title),
            one.target.page_id,
            one.decision,
            one.dump.clone(),
            json!(one.protected_names).to_string()
        );
        tx.execute(insert).await?;
    }
    tx.commit().await
}

fn narrow(sql: &mut Sql, log: &Log, sight: &Sight) {
    if let Log::Wiki(wiki) = log {
        sql.push(" AND h.wiki = ").bind(wiki);
    }
    push_visible(sql, sight, false);
}

/// How many actions that may be seen came out in which way.
pub(super) async fn shares(conn: &mut Conn, log: &Log, id: Id, sight: &Sight) -> Result<Vec<Share>, StoreError> {
    let mut sql = Sql::from(SHARES);
    sql.push(FROM).bind(id);
    narrow(&mut sql, log, sight);
    sql.push(" GROUP BY h.verdicts, h.is_good, h.decision ORDER BY h.verdicts, h.is_good, h.decision");
    let read = |row: &Row| {
        Ok(Share {
            verdicts: Verdicts::find(&row.get::<String>(0)?).ok_or_else(|| corrupt("verdicts"))?,
            is_good: row.get(1)?,
            decision: row.get(2)?,
            count: u64::try_from(row.get::<i64>(3)?).map_err(|_| corrupt("count"))?,
        })
    };
    conn.rows(sql).await?.iter().map(read).collect()
}

/// Actions that a candidate matched and that may be seen, and when they were.
pub(super) async fn matched(
    conn: &mut Conn,
    log: &Log,
    id: Id,
    sight: &Sight,
) -> Result<Vec<(Id, Timestamp, Verdicts)>, StoreError> {
    let mut sql = Sql::from(MATCHED);
    sql.push(FROM).bind(id).push(" AND h.verdicts IN (");
    sql.bind_list([Verdicts::Both, Verdicts::OnlyCandidate].into_iter().map(Verdicts::name)).push(")");
    narrow(&mut sql, log, sight);
    let read = |row: &Row| {
        let verdicts = Verdicts::find(&row.get::<String>(2)?).ok_or_else(|| corrupt("verdicts"))?;
        Ok((row.get(0)?, row.get(1)?, verdicts))
    };
    conn.rows(sql).await?.iter().map(read).collect()
}

/// Actions that may be seen, newest first: one more than `limit`.
pub(super) async fn list(
    conn: &mut Conn,
    log: &Log,
    id: Id,
    verdicts: Verdicts,
    after: Option<HitKey>,
    limit: Limit,
    sight: &Sight,
) -> Result<Vec<CandidateRow>, StoreError> {
    let mut sql = Sql::from(COLUMNS);
    sql.push(FROM).bind(id).push(" AND h.verdicts = ").bind(verdicts.name());
    narrow(&mut sql, log, sight);
    if let Some(after) = after {
        sql.push(" AND (h.at, h.hit_id) < (").bind(after.at).push(", ").bind(after.hit_id).push(")");
    }
    let rows_max = i64::try_from(limit.items()).unwrap_or(i64::MAX).saturating_add(1);
    sql.push(" ORDER BY h.at DESC, h.hit_id DESC LIMIT ").bind(rows_max);
    conn.rows(sql).await?.iter().map(row).collect()
}

/// One action that may be seen, with its packed variables.
pub(super) async fn row_of(
    conn: &mut Conn,
    log: &Log,
    id: Id,
    hit_id: Id,
    sight: &Sight,
) -> Result<Option<(CandidateRow, Option<Vec<u8>>)>, StoreError> {
    let mut sql = Sql::from(COLUMNS);
    sql.push(FROM).bind(id).push(" AND h.hit_id = ").bind(hit_id);
    narrow(&mut sql, log, sight);
    let Some(found) = conn.row(sql).await? else { return Ok(None) };
    Ok(Some((row(&found)?, found.get(17)?)))
}

fn row(row: &Row) -> Result<CandidateRow, StoreError> {
    Ok(CandidateRow {
        key: HitKey { at: row.get(1)?, hit_id: row.get(0)? },
        verdicts: Verdicts::find(&row.get::<String>(2)?).ok_or_else(|| corrupt("verdicts"))?,
        is_good: row.get(3)?,
        wiki: row.get(4)?,
        evaluation_id: row.get(5)?,
        version: Version(row.get(6)?),
        action_id: row.get(7)?,
        kind: row.get(8)?,
        actor_id: row.get(9)?,
        actor_name: row.get(10)?,
        actor_type: row.get(11)?,
        target_ns: row.get(12)?,
        target_title: row.get(13)?,
        target_page_id: row.get(14)?,
        decision: row.get(15)?,
        rev_id: row.get(16)?,
        variables: None,
    })
}

/// Removes actions, and candidates that ended, from before `before`, at most `limit` of each.
pub(crate) async fn expire(tx: &mut Tx, before: i64, limit: u32) -> Result<u64, StoreError> {
    let ended = tx.execute(sql!(EXPIRE_ENDED, before, limit)).await?;
    Ok(ended + CANDIDATES.expire(tx, before, limit).await?)
}
