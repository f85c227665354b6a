//! Rows of holds of automatic promotion.

use super::{AutopromoteHold, GivenBy, HoldKey, Person};
use crate::hits::visible::{Restriction, RevisionState};
use crate::hits::writer::prepared::{Prepared, PreparedHold, storable};
use crate::model::{FilterKey, FilterNumber, Privacy};
use wikiward_farm::clock::micros;
use wikiward_farm::{Id, Timestamp, WikiId};
use wikiward_store::{Bind, Conn, Row, Sql, StoreError, Tx, sql};

/// The holds of a person, by name and by id. At most two rows: after a rename that was not told of, those of both names.
const UNTIL: &str = "SELECT until FROM autopromote_holds WHERE wiki = $1 AND user_name = $2 AND until > $3";
const UNTIL_OF_ID: &str = "SELECT until FROM autopromote_holds WHERE wiki = $1 AND user_name = $2 AND until > $3 \
    UNION ALL SELECT until FROM autopromote_holds WHERE wiki = $1 AND user_id = $4 AND until > $3";
const SELECT: &str = "SELECT a.user_name, a.user_id, a.since, a.until, a.by_name, a.reason, a.filter_wiki, a.filter_id, \
    a.hit_id, f.privacy, f.uses_protected, h.protected_names, h.is_hidden, h.revision_state FROM autopromote_holds a \
    LEFT JOIN filters f ON f.wiki = a.filter_wiki AND f.filter_id = a.filter_id LEFT JOIN hits h ON h.hit_id = a.hit_id \
    WHERE a.wiki = ";
const COUNT: &str = "SELECT wiki, COUNT(*) FROM autopromote_holds WHERE until > $1 GROUP BY wiki ORDER BY wiki";
const PUT: &str = "INSERT INTO autopromote_holds (wiki, user_name, user_id, since, until, by_key, by_name, reason, \
    filter_wiki, filter_id, hit_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, NULL, NULL) \
    ON CONFLICT (wiki, user_name) DO UPDATE SET user_id = COALESCE(excluded.user_id, autopromote_holds.user_id), \
    since = excluded.since, until = excluded.until, by_key = excluded.by_key, by_name = excluded.by_name, \
    reason = excluded.reason, filter_wiki = NULL, filter_id = NULL, hit_id = NULL";
const REMOVE: &str = "DELETE FROM autopromote_holds WHERE wiki = $1 AND user_name = $2";
const REMOVE_OF_HIT: &str =
    "DELETE FROM autopromote_holds WHERE wiki = $1 AND user_name = $2 AND hit_id = $3 AND until > $4";
const EXPIRE: &str = "DELETE FROM autopromote_holds WHERE (wiki, user_name) IN \
    (SELECT wiki, user_name FROM autopromote_holds WHERE until <= $1 LIMIT $2)";
/// Gives holds by hits: one that lasts longer stays.
pub(crate) const INSERT: &str = "INSERT INTO autopromote_holds (wiki, user_name, user_id, since, until, by_key, by_name, \
    reason, filter_wiki, filter_id, hit_id) VALUES ";
/// The end of that statement.
pub(crate) const UNLESS_LONGER: &str = " ON CONFLICT (wiki, user_name) DO UPDATE SET user_id = excluded.user_id, \
    since = excluded.since, until = excluded.until, by_key = excluded.by_key, by_name = excluded.by_name, \
    reason = excluded.reason, filter_wiki = excluded.filter_wiki, filter_id = excluded.filter_id, \
    hit_id = excluded.hit_id WHERE excluded.until > autopromote_holds.until";
const TAKE_NAME: &str = "UPDATE autopromote_holds SET user_name = $3 WHERE wiki = $1 AND user_name = $2 \
    AND NOT EXISTS (SELECT 1 FROM autopromote_holds o WHERE o.wiki = $1 AND o.user_name = $3)";
const OF_NAME: &str = "SELECT until FROM autopromote_holds WHERE wiki = $1 AND user_name = $2";

pub(super) async fn until(
    conn: &mut Conn,
    wiki: &WikiId,
    person: &Person,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let sql = match person.id {
        Some(id) => sql!(UNTIL_OF_ID, wiki, &person.name, now, id),
        None => sql!(UNTIL, wiki, &person.name, now),
    };
    let rows = conn.rows(sql).await?;
    let ends = rows.iter().map(|row| row.get::<Timestamp>(0)).collect::<Result<Vec<_>, _>>()?;
    Ok(ends.into_iter().max())
}

/// Holds that have not ended, by wiki.
pub(super) async fn counts(conn: &mut Conn, now: Timestamp) -> Result<Vec<(WikiId, u64)>, StoreError> {
    let read = |row: &Row| Ok((row.get(0)?, u64::try_from(row.get::<i64>(1)?).unwrap_or(0)));
    conn.rows(sql!(COUNT, now)).await?.iter().map(read).collect()
}

pub(super) async fn one(
    conn: &mut Conn,
    wiki: &WikiId,
    person: &Person,
    now: Timestamp,
) -> Result<Option<AutopromoteHold>, StoreError> {
    let mut sql = Sql::from(SELECT);
    sql.bind(wiki).push(" AND (a.user_name = ").bind(&person.name);
    if let Some(id) = person.id {
        sql.push(" OR a.user_id = ").bind(id);
    }
    sql.push(") AND a.until > ").bind(now).push(" ORDER BY a.until DESC LIMIT 1");
    conn.row(sql).await?.as_ref().map(hold).transpose()
}

pub(super) async fn list(
    conn: &mut Conn,
    wiki: &WikiId,
    now: Timestamp,
    after: Option<&HoldKey>,
    limit: usize,
) -> Result<Vec<AutopromoteHold>, StoreError> {
    let mut sql = Sql::from(SELECT);
    sql.bind(wiki).push(" AND a.until > ").bind(now);
    if let Some(after) = after {
        sql.push(" AND (a.until, a.user_name) < (").bind(after.until).push(", ").bind(&after.user).push(")");
    }
    sql.push(" ORDER BY a.until DESC, a.user_name DESC LIMIT ").bind(i64::try_from(limit).unwrap_or(i64::MAX));
    conn.rows(sql).await?.iter().map(hold).collect()
}

fn hold(row: &Row) -> Result<AutopromoteHold, StoreError> {
    let (owner, number, hit_id): (Option<WikiId>, Option<u32>, Option<Id>) = (row.get(6)?, row.get(7)?, row.get(8)?);
    let hit = match (owner, number, hit_id) {
        (Some(wiki), Some(number), Some(hit_id)) => {
            let restriction = restriction(row, wiki.is_farm())?;
            Some(GivenBy { filter: FilterKey { wiki, number: FilterNumber(number) }, hit_id, restriction })
        }
        _ => None,
    };
    Ok(AutopromoteHold {
        user: row.get(0)?,
        user_id: row.get(1)?,
        since: row.get(2)?,
        until: row.get(3)?,
        by: row.get(4)?,
        reason: row.get(5)?,
        hit,
    })
}

fn restriction(row: &Row, is_farm: bool) -> Result<Restriction, StoreError> {
    let mut protected_variables = Vec::new();
    for column in [10, 11] {
        if let Some(names) = row.get::<Option<String>>(column)? {
            let names: Vec<String> =
                serde_json::from_str(&names).map_err(|_| StoreError::Corrupt("a list of variables".into()))?;
            protected_variables.extend(names);
        }
    }
    let privacy = row.get::<Option<i64>>(9)?.and_then(Privacy::from_bits);
    // What is not known of the filter restricts as much as can be; a hit that is gone is as visible as its filter.
    let unknown = Privacy { is_hidden: true, is_protected: true, is_suppressed: true };
    Ok(Restriction {
        is_farm,
        privacy: privacy.unwrap_or(unknown),
        protected_variables,
        is_hidden: row.get::<Option<bool>>(12)?.unwrap_or(false),
        revision: RevisionState::find(&row.get::<Option<String>>(13)?.unwrap_or_default()),
    })
}

pub(super) async fn put(tx: &mut Tx, wiki: &WikiId, hold: &AutopromoteHold, by_key: &str) -> Result<(), StoreError> {
    let AutopromoteHold { user, user_id, since, until, by, reason, .. } = hold;
    tx.execute(sql!(PUT, wiki, user, *user_id, *since, *until, by_key, by, reason)).await?;
    Ok(())
}

pub(super) async fn remove(tx: &mut Tx, wiki: &WikiId, user: &str) -> Result<(), StoreError> {
    tx.execute(sql!(REMOVE, wiki, user)).await?;
    Ok(())
}

/// Ends the hold that a hit gave; false if it is not there any more, or is another one.
pub(crate) async fn remove_of_hit(
    tx: &mut Tx,
    wiki: &WikiId,
    user: &str,
    hit_id: Id,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(sql!(REMOVE_OF_HIT, wiki, user, hit_id, now)).await? > 0)
}

/// Whether anything holds the person's promotion.
pub(crate) async fn is_held(conn: &mut Conn, wiki: &WikiId, user: &str, now: Timestamp) -> Result<bool, StoreError> {
    Ok(conn.row(sql!(UNTIL, wiki, user, now)).await?.is_some())
}

pub(super) async fn expire(tx: &mut Tx, now: Timestamp, most: u32) -> Result<u64, StoreError> {
    tx.execute(sql!(EXPIRE, micros(now), most)).await
}

/// The row of a hold that a hit gives, as [`INSERT`] has it.
pub(crate) fn given(record: &Prepared, hold: &PreparedHold) -> Vec<Bind> {
    vec![
        (&record.wiki).into(),
        (&record.actor_name).into(),
        record.actor_id.into(),
        record.at.into(),
        hold.until.into(),
        "".into(),
        "".into(),
        "".into(),
        (&hold.filter_wiki).into(),
        hold.filter_id.into(),
        hold.hit_id.into(),
    ]
}

/// Gives a person's hold another name. If the new name has one, the longer one stays.
pub(crate) async fn rename(tx: &mut Tx, wiki: &WikiId, from: &str, to: &str) -> Result<u64, StoreError> {
    let Some(old) = tx.row(sql!(OF_NAME, wiki, from)).await? else { return Ok(0) };
    if let Some(new) = tx.row(sql!(OF_NAME, wiki, to)).await? {
        let is_longer = old.get::<i64>(0)? > new.get::<i64>(0)?;
        tx.execute(sql!(REMOVE, wiki, if is_longer { to } else { from })).await?;
    }
    tx.execute(sql!(TAKE_NAME, wiki, from, storable(to))).await?;
    Ok(1)
}
