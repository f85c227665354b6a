//! Writing many records in one transaction.

use super::prepared::{Prepared, PreparedCounter, PreparedHit, PreparedHold};
use crate::autopromote::records as autopromote;
use crate::domains::attempts::records as attempts;
use crate::hits::visible::Audience;
use crate::model::Privacy;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use wikiward_farm::{Timestamp, WikiId};
use wikiward_store::{Bind, Conn, Sql, Store, StoreError, sql};

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is stored.
    New,
    /// The action was judged before: the answer given then.
    Before(Arc<[u8]>),
}

/// Rows of one statement. A power of two, so that there are few different statements to prepare; not more, because SQLite looks
/// for each parameter's name among all (64 rows of 29 parameters took a fifth of the writer's time so).
const ROWS_MAX: usize = 16;

const INSERT_EVALUATIONS: &str = "INSERT INTO evaluations (evaluation_id, wiki, action_id, at, answer) VALUES ";
const UNLESS_THERE: &str = " ON CONFLICT DO NOTHING RETURNING evaluation_id";
const FIRST: &str = "SELECT evaluation_id, answer FROM evaluations WHERE wiki = $1 AND action_id = $2";
const COUNT: &str =
    "UPDATE filters SET hits = hits + $3 WHERE wiki = $1 AND filter_id = $2 RETURNING privacy, filter_group";
const INSERT_DUMPS: &str = "INSERT INTO dumps (digest, body, uses, at) VALUES ";
const OR_USE: &str = " ON CONFLICT (digest) DO UPDATE SET uses = dumps.uses + excluded.uses, at = excluded.at";
const INSERT_HITS: &str = "INSERT INTO hits (hit_id, evaluation_id, wiki, audience, filter_wiki, filter_id, filter_version, \
    filter_group, at, action_id, kind, actor_id, actor_name, actor_type, target_ns, target_title, target_page_id, decision, \
    taken, withheld, substituted, dump, ip_sealed, protected_sealed, protected_names, outcome, is_hidden, revision_state, \
    ref_code) VALUES ";
const INSERT_CONSEQUENCES: &str = "INSERT INTO hit_consequences (wiki, name, at, hit_id) VALUES ";
const INSERT_ADDRESSES: &str = "INSERT INTO hit_addresses (digest, at, hit_id) VALUES ";
/// Name of the row of a hit from which anything was withheld.
pub(crate) const WITHHELD: &str = "withheld";
const NOTHING_TWICE: &str = " ON CONFLICT DO NOTHING";
const INSERT_THROTTLES: &str = "INSERT INTO throttle_counters (digest, hits, ends_at) VALUES ";
// What was replayed late never turns a counter back.
const OR_COUNT: &str = " ON CONFLICT (digest) DO UPDATE SET hits = excluded.hits, ends_at = excluded.ends_at \
    WHERE excluded.ends_at > throttle_counters.ends_at \
    OR (excluded.ends_at = throttle_counters.ends_at AND excluded.hits > throttle_counters.hits)";
const INSERT_WARNINGS: &str = "INSERT INTO warn_states (digest, ends_at) VALUES ";
const OR_LAST: &str = " ON CONFLICT (digest) DO UPDATE SET ends_at = excluded.ends_at";
const RECENT: &str = "SELECT wiki, action_id, at, evaluation_id FROM evaluations WHERE (at, evaluation_id) > ($1, $2) \
    ORDER BY at, evaluation_id LIMIT 5000";

/// Writes `batch`, all or nothing; says of each record what became of it.
pub(super) async fn store(store: &Store, batch: &[&Prepared]) -> Result<Vec<Fate>, StoreError> {
    let mut tx = store.begin().await?;
    let mut fates = Vec::with_capacity(batch.len());
    let mut new = claim(&mut tx, batch).await?;
    for record in batch {
        let is_new = new.remove(&record.evaluation_id);
        fates.push(if is_new { Fate::New } else { first(&mut tx, record).await? });
    }
    let claimed: Vec<&Prepared> =
        batch.iter().zip(&fates).filter(|(_, fate)| **fate == Fate::New).map(|(record, _)| *record).collect();
    let filters = count(&mut tx, &claimed).await?;
    insert_dumps(&mut tx, &claimed).await?;
    insert_hits(&mut tx, &claimed, &filters).await?;
    insert_counters(&mut tx, &claimed).await?;
    insert_holds(&mut tx, &claimed).await?;
    insert_attempts(&mut tx, &claimed).await?;
    tx.commit().await?;
    Ok(fates)
}

/// Takes the actions that nobody judged yet; gives the evaluations that got theirs.
async fn claim(conn: &mut Conn, batch: &[&Prepared]) -> Result<HashSet<[u8; 16]>, StoreError> {
    let mut claimed = HashSet::new();
    for part in parts(batch) {
        let sql = values(INSERT_EVALUATIONS, part, UNLESS_THERE, |record| {
            let Prepared { evaluation_id, wiki, action_id, at, answer, .. } = record;
            vec![evaluation_id.into(), wiki.into(), action_id.into(), (*at).into(), answer.as_slice().into()]
        });
        for row in conn.rows(sql).await? {
            claimed.insert(row.get(0)?);
        }
    }
    Ok(claimed)
}

/// What became of a record whose action was taken before: by itself, if the connection broke while it was committed.
async fn first(conn: &mut Conn, record: &Prepared) -> Result<Fate, StoreError> {
    let row = conn.row(sql!(FIRST, &record.wiki, &record.action_id)).await?;
    let Some(row) = row else { return Err(StoreError::Corrupt("evaluations: an id that is used twice".into())) };
    Ok(Fate::Before(Arc::from(row.get::<Vec<u8>>(1)?)))
}

type Filters = HashMap<(String, i64), (Audience, String)>;

/// Adds up hits of filters; gives the audience and group of each.
async fn count(conn: &mut Conn, records: &[&Prepared]) -> Result<Filters, StoreError> {
    let mut counts: BTreeMap<(&str, i64), i64> = BTreeMap::new();
    for hit in records.iter().flat_map(|record| &record.hits) {
        *counts.entry((&hit.filter_wiki, hit.filter_id)).or_default() += 1;
    }
    let mut filters = Filters::new();
    // In one order everywhere, so that two writers never wait for each other.
    for ((wiki, filter_id), hits) in counts {
        let row = conn.row(sql!(COUNT, wiki, filter_id, hits)).await?;
        let (audience, group) = match row {
            Some(row) => (Audience::of_filter(Privacy::from_bits(row.get(0)?)), row.get(1)?),
            None => (Audience::Oversight, String::new()),
        };
        filters.insert((wiki.to_owned(), filter_id), (audience, group));
    }
    Ok(filters)
}

async fn insert_dumps(conn: &mut Conn, records: &[&Prepared]) -> Result<(), StoreError> {
    let mut uses: BTreeMap<[u8; 32], (&[u8], i64, i64)> = BTreeMap::new();
    for record in records {
        for hit in &record.hits {
            let Some(dump) = record.dumps.get(hit.dump) else { continue };
            uses.entry(dump.digest).or_insert((&dump.body, 0, record.at)).1 += 1;
        }
    }
    let dumps: Vec<_> = uses.into_iter().collect();
    insert(conn, INSERT_DUMPS, &dumps, OR_USE, |(digest, (body, uses, at))| {
        vec![digest.into(), (*body).into(), (*uses).into(), (*at).into()]
    })
    .await
}

async fn insert_hits(conn: &mut Conn, records: &[&Prepared], filters: &Filters) -> Result<(), StoreError> {
    let hits: Vec<(&Prepared, &PreparedHit)> =
        records.iter().flat_map(|record| record.hits.iter().map(move |hit| (*record, hit))).collect();
    insert(conn, INSERT_HITS, &hits, NOTHING_TWICE, |(record, hit)| {
        let filter = filters.get(&(hit.filter_wiki.clone(), hit.filter_id));
        let (audience, group) = filter.map_or((Audience::Oversight, ""), |(audience, group)| (*audience, group));
        hit_binds(record, hit, audience, group)
    })
    .await?;
    let names = |(record, hit): &(&Prepared, &PreparedHit)| {
        let (wiki, at, hit_id) = (record.wiki.clone(), record.at, hit.hit_id);
        let taken = hit.taken.iter().map(|name| format!("taken:{name}"));
        let withheld = hit.withheld.iter().map(|name| format!("withheld:{name}"));
        let any = (!hit.withheld.is_empty()).then(|| WITHHELD.to_owned());
        taken.chain(withheld).chain(any).map(move |name| (wiki.clone(), name, at, hit_id)).collect::<Vec<_>>()
    };
    let consequences: Vec<_> = hits.iter().flat_map(names).collect();
    insert(conn, INSERT_CONSEQUENCES, &consequences, NOTHING_TWICE, |(wiki, name, at, hit_id)| {
        vec![wiki.into(), name.into(), (*at).into(), hit_id.into()]
    })
    .await?;
    let digests = |(record, hit): &(&Prepared, &PreparedHit)| {
        let (at, hit_id) = (record.at, hit.hit_id);
        record.addresses.iter().map(|address| (address.digest, at, hit_id)).collect::<Vec<_>>()
    };
    let addresses: Vec<_> = hits.iter().flat_map(digests).collect();
    insert(conn, INSERT_ADDRESSES, &addresses, NOTHING_TWICE, |(digest, at, hit_id)| {
        vec![digest.into(), (*at).into(), hit_id.into()]
    })
    .await
}

fn hit_binds(record: &Prepared, hit: &PreparedHit, audience: Audience, group: &str) -> Vec<Bind> {
    let dump = record.dumps.get(hit.dump).map(|dump| dump.digest.to_vec());
    vec![
        hit.hit_id.into(),
        record.evaluation_id.into(),
        (&record.wiki).into(),
        audience.number().into(),
        (&hit.filter_wiki).into(),
        hit.filter_id.into(),
        hit.filter_version.into(),
        group.into(),
        record.at.into(),
        (&record.action_id).into(),
        (&record.kind).into(),
        record.actor_id.into(),
        (&record.actor_name).into(),
        (&record.actor_type).into(),
        record.target_ns.into(),
        (&record.target_title).into(),
        record.target_page_id.into(),
        (&record.decision).into(),
        json(&hit.taken).into(),
        json(&hit.withheld).into(),
        json(&hit.substituted).into(),
        dump.into(),
        hit.ip_sealed.clone().into(),
        hit.protected_sealed.clone().into(),
        json(&hit.protected_names).into(),
        "unknown".into(),
        false.into(),
        "".into(),
        (&hit.ref_code).into(),
    ]
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

async fn insert_counters(conn: &mut Conn, records: &[&Prepared]) -> Result<(), StoreError> {
    // Of several changes of one counter the last one counts.
    let all = records.iter().flat_map(|record| &record.counters);
    let last: BTreeMap<[u8; 32], &PreparedCounter> = all.map(|change| (change.digest, change)).collect();
    let (mut throttles, mut warnings, mut used) = (Vec::new(), Vec::new(), Vec::new());
    for change in last.into_values() {
        match (change.hits, change.ends_at) {
            (Some(hits), Some(ends_at)) => throttles.push((change.digest, hits, ends_at)),
            (None, Some(ends_at)) => warnings.push((change.digest, ends_at)),
            (_, None) => used.push(change.digest),
        }
    }
    insert(conn, INSERT_THROTTLES, &throttles, OR_COUNT, |(digest, hits, ends_at)| {
        vec![digest.into(), (*hits).into(), (*ends_at).into()]
    })
    .await?;
    insert(conn, INSERT_WARNINGS, &warnings, OR_LAST, |(digest, ends_at)| vec![digest.into(), (*ends_at).into()])
        .await?;
    for part in parts(&used) {
        let mut sql = Sql::from("DELETE FROM warn_states WHERE digest IN (");
        sql.bind_list(part.iter()).push(")");
        conn.execute(sql).await?;
    }
    Ok(())
}

/// Gives the holds of automatic promotion that hits give.
async fn insert_holds(conn: &mut Conn, records: &[&Prepared]) -> Result<(), StoreError> {
    // One row of a statement may not change what another one of it wrote: of several holds of a person the longest is given.
    let mut longest: BTreeMap<(&str, &str), (&Prepared, &PreparedHold)> = BTreeMap::new();
    for (record, hold) in records.iter().flat_map(|record| record.holds.iter().map(move |hold| (*record, hold))) {
        let slot = longest.entry((&record.wiki, &record.actor_name)).or_insert((record, hold));
        if hold.until > slot.1.until {
            *slot = (record, hold);
        }
    }
    let holds: Vec<(&Prepared, &PreparedHold)> = longest.into_values().collect();
    insert(conn, autopromote::INSERT, &holds, autopromote::UNLESS_LONGER, |(record, hold)| {
        autopromote::given(record, hold)
    })
    .await
}

async fn insert_attempts(conn: &mut Conn, records: &[&Prepared]) -> Result<(), StoreError> {
    let attempts: Vec<_> = records.iter().filter_map(|record| Some((record.attempt.as_ref()?, *record))).collect();
    insert(conn, attempts::INSERT, &attempts, NOTHING_TWICE, |(attempt, record)| attempts::row(record, attempt)).await
}

/// Inserts any number of rows: 16 a statement, then 8, 4 and so on.
async fn insert<T>(
    conn: &mut Conn,
    head: &'static str,
    rows: &[T],
    tail: &'static str,
    binds: impl Fn(&T) -> Vec<Bind>,
) -> Result<(), StoreError> {
    for part in parts(rows) {
        conn.execute(values(head, part, tail, &binds)).await?;
    }
    Ok(())
}

fn parts<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut size = ROWS_MAX;
        while size > rest.len() {
            size /= 2;
        }
        let (part, after) = rest.split_at(size);
        rest = after;
        Some(part)
    })
}

fn values<T>(head: &'static str, rows: &[T], tail: &'static str, binds: impl Fn(&T) -> Vec<Bind>) -> Sql {
    let mut sql = Sql::from(head);
    for (place, row) in rows.iter().enumerate() {
        sql.push(if place == 0 { "(" } else { ", (" }).bind_list(binds(row)).push(")");
    }
    sql.push(tail);
    sql
}

/// The answer given to an action within the last day, if there was one.
pub(super) async fn answer(store: &Store, wiki: &WikiId, action_id: &str) -> Result<Option<Arc<[u8]>>, StoreError> {
    let row = store.reader().await?.row(sql!(FIRST, wiki, action_id)).await?;
    row.map(|row| row.get::<Vec<u8>>(1).map(Arc::from)).transpose()
}

/// Wiki, action and time of what was judged after `since`, oldest first, in parts of 5,000. Goes on after the last one.
pub(super) async fn recent(
    store: &Store,
    after: (Timestamp, Vec<u8>),
) -> Result<Vec<(WikiId, String, Timestamp, Vec<u8>)>, StoreError> {
    let rows = store.reader().await?.rows(sql!(RECENT, after.0, after.1)).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).collect()
}
