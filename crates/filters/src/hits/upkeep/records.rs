//! Removing and moving many rows, a portion at a time.

use super::PORTION;
use crate::hits::dump;
use crate::hits::visible::{Audience, RevisionState};
use crate::hits::writer::WITHHELD;
use crate::hits::writer::prepared::storable;
use crate::model::Privacy;
use serde_json::Value;
use std::collections::BTreeMap;
use wikiward_farm::{Id, WikiId};
use wikiward_store::{Row, Sql, StoreError, Tx, sql};

const FORGET_ADDRESSES: &str = "UPDATE hits SET ip_sealed = NULL WHERE hit_id IN \
    (SELECT hit_id FROM hits WHERE ip_sealed IS NOT NULL AND at < $1 ORDER BY at LIMIT $2)";
const FORGET_DIGESTS: &str = "DELETE FROM hit_addresses WHERE (digest, at, hit_id) IN \
    (SELECT digest, at, hit_id FROM hit_addresses WHERE at < $1 ORDER BY at LIMIT $2)";
const FORGET_PROTECTED: &str = "UPDATE hits SET protected_sealed = NULL WHERE hit_id IN \
    (SELECT hit_id FROM hits WHERE protected_sealed IS NOT NULL AND at < $1 ORDER BY at LIMIT $2)";
// Ids begin with the time, so the oldest hits are the first.
const OLDEST: &str =
    "SELECT hit_id, at, dump, wiki, taken, withheld FROM hits WHERE hit_id < $1 AND at < $2 ORDER BY hit_id LIMIT $3";
const REMOVE_CONSEQUENCE: &str =
    "DELETE FROM hit_consequences WHERE wiki = $1 AND name = $2 AND at = $3 AND hit_id = $4";
const RELEASE: &str = "UPDATE dumps SET uses = uses - $2 WHERE digest = $1";
const REMOVE_EVALUATIONS: &str = "DELETE FROM evaluations WHERE evaluation_id IN \
    (SELECT evaluation_id FROM evaluations WHERE at < $1 ORDER BY at LIMIT $2)";
const REMOVE_FEEDBACK: &str = "DELETE FROM feedback WHERE feedback_id IN \
    (SELECT feedback_id FROM feedback WHERE at < $1 ORDER BY at LIMIT $2)";
const REMOVE_THROTTLES: &str = "DELETE FROM throttle_counters WHERE digest IN \
    (SELECT digest FROM throttle_counters WHERE ends_at < $1 ORDER BY ends_at LIMIT $2)";
const REMOVE_WARNINGS: &str = "DELETE FROM warn_states WHERE digest IN \
    (SELECT digest FROM warn_states WHERE ends_at < $1 ORDER BY ends_at LIMIT $2)";
const PRIVACY: &str = "SELECT privacy FROM filters WHERE wiki = $1 AND filter_id = $2";
const NAMED: &str = "SELECT hit_id, dump FROM hits WHERE wiki = $1 AND actor_name = $2 ORDER BY at LIMIT $3";
const BODY: &str = "SELECT body, at FROM dumps WHERE digest = $1";
const RENAME: &str = "UPDATE hits SET actor_name = $2, dump = $3 WHERE hit_id = $1";
const KEEP_DUMP: &str = "INSERT INTO dumps (digest, body, uses, at) VALUES ($1, $2, 1, $3) \
    ON CONFLICT (digest) DO UPDATE SET uses = dumps.uses + 1";
const REMOVE_DUMP: &str = "DELETE FROM dumps WHERE digest = $1 AND uses <= 0";
const RENAME_SUBJECTS: &str = "UPDATE access_log SET subject = $3 WHERE entry_id IN \
    (SELECT entry_id FROM access_log WHERE wiki = $1 AND subject = $2 LIMIT $4)";

pub(super) async fn forget_addresses(tx: &mut Tx, before: i64) -> Result<u64, StoreError> {
    tx.execute(sql!(FORGET_ADDRESSES, before, PORTION)).await
}

pub(super) async fn forget_address_digests(tx: &mut Tx, before: i64) -> Result<u64, StoreError> {
    tx.execute(sql!(FORGET_DIGESTS, before, PORTION)).await
}

pub(super) async fn forget_protected(tx: &mut Tx, before: i64) -> Result<u64, StoreError> {
    tx.execute(sql!(FORGET_PROTECTED, before, PORTION)).await
}

/// Removes the oldest hits with all that belongs to them, and counts dumps that nobody refers to any more.
pub(super) async fn remove_hits(tx: &mut Tx, before: i64, dumps: &mut u64) -> Result<u64, StoreError> {
    // A millisecond more than asked for: the id's time is cut to milliseconds, `at` decides.
    let millis = u128::try_from(before.div_euclid(1000).saturating_add(1)).unwrap_or(0);
    let bound = Id::from_bytes((millis << 80).to_be_bytes());
    let rows = tx.rows(sql!(OLDEST, bound, before, PORTION)).await?;
    let mut hits: Vec<Vec<u8>> = Vec::with_capacity(rows.len());
    let mut uses: BTreeMap<Vec<u8>, i64> = BTreeMap::new();
    for row in &rows {
        hits.push(row.get(0)?);
        remove_consequences(tx, row).await?;
        if let Some(dump) = row.get::<Option<Vec<u8>>>(2)? {
            *uses.entry(dump).or_default() += 1;
        }
    }
    for text in ["DELETE FROM hit_assessments WHERE hit_id IN (", "DELETE FROM hits WHERE hit_id IN ("] {
        let mut sql = Sql::from(text);
        sql.bind_list(hits.iter().map(Vec::as_slice)).push(")");
        tx.execute(sql).await?;
    }
    for (digest, count) in uses {
        tx.execute(sql!(RELEASE, digest.as_slice(), count)).await?;
        *dumps += tx.execute(sql!(REMOVE_DUMP, digest)).await?;
    }
    Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
}

/// Removes the rows that the hit is found by.
async fn remove_consequences(tx: &mut Tx, row: &Row) -> Result<(), StoreError> {
    let (wiki, at, hit_id): (String, i64, Vec<u8>) = (row.get(3)?, row.get(1)?, row.get(0)?);
    let names = |index: usize| row.get(index).map(|text: String| serde_json::from_str(&text).unwrap_or_default());
    let (taken, withheld): (Vec<String>, Vec<String>) = (names(4)?, names(5)?);
    let taken = taken.iter().map(|name| format!("taken:{name}"));
    let withheld = withheld.iter().map(|name| format!("withheld:{name}"));
    for name in taken.chain(withheld).chain([WITHHELD.to_owned()]) {
        tx.execute(sql!(REMOVE_CONSEQUENCE, &wiki, name, at, hit_id.as_slice())).await?;
    }
    Ok(())
}

pub(super) async fn remove_evaluations(tx: &mut Tx, before: i64) -> Result<u64, StoreError> {
    tx.execute(sql!(REMOVE_EVALUATIONS, before, PORTION)).await
}

pub(super) async fn remove_feedback(tx: &mut Tx, before: i64) -> Result<u64, StoreError> {
    tx.execute(sql!(REMOVE_FEEDBACK, before, PORTION)).await
}

pub(super) async fn remove_counters(tx: &mut Tx, before: i64) -> Result<u64, StoreError> {
    Ok(tx.execute(sql!(REMOVE_THROTTLES, before, PORTION)).await?
        + tx.execute(sql!(REMOVE_WARNINGS, before, PORTION)).await?)
}

/// Puts hits of a filter that stand in another part of the index than its privacy says into the right one.
pub(super) async fn realign(tx: &mut Tx, wiki: &WikiId, filter_id: i64) -> Result<u64, StoreError> {
    let Some(row) = tx.row(sql!(PRIVACY, wiki, filter_id)).await? else { return Ok(0) };
    let audience = Audience::of_filter(Privacy::from_bits(row.get(0)?)).number();
    let mut sql = Sql::from("UPDATE hits SET audience = ");
    sql.bind(audience).push(" WHERE hit_id IN (SELECT hit_id FROM hits WHERE ");
    if wiki.is_farm() {
        sql.push("filter_wiki = '*'");
    } else {
        sql.push("wiki = ").bind(wiki).push(" AND filter_wiki = ").bind(wiki);
    }
    sql.push(" AND filter_id = ").bind(filter_id).push(" AND audience <> ").bind(audience);
    // What a person hid, or what led to a revision that is gone, stays where it is.
    sql.push(" AND NOT is_hidden AND revision_state = ").bind(RevisionState::Normal.name());
    sql.push(" LIMIT ").bind(PORTION).push(")");
    tx.execute(sql).await
}

/// Renames an actor in a portion of the hits, and in their dumps.
pub(super) async fn rename(tx: &mut Tx, wiki: &WikiId, from: &str, to: &str) -> Result<u64, StoreError> {
    let rows = tx.rows(sql!(NAMED, wiki, from, PORTION / 5)).await?;
    for row in &rows {
        let (hit_id, dump): (Id, Option<[u8; 32]>) = (row.get(0)?, row.get(1)?);
        let dump = match dump {
            Some(digest) => Some(renamed_dump(tx, digest, from, to).await?),
            None => None,
        };
        tx.execute(sql!(RENAME, hit_id, storable(to), dump.map(|digest| digest.to_vec()))).await?;
    }
    Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
}

/// The dump with another name for a user, and one use less of the old one. A dump that cannot be read stays.
async fn renamed_dump(tx: &mut Tx, digest: [u8; 32], from: &str, to: &str) -> Result<[u8; 32], StoreError> {
    let Some(row) = tx.row(sql!(BODY, digest)).await? else { return Ok(digest) };
    let Some((variables, protected)) = dump::unpack(&row.get::<Vec<u8>>(0)?) else { return Ok(digest) };
    let mut variables: BTreeMap<String, Value> = variables.into_iter().collect();
    for value in variables.values_mut() {
        replace(value, from, to);
    }
    let names: Vec<&str> = protected.iter().map(String::as_str).collect();
    let packed = dump::pack(&variables, &names, None);
    if packed.digest == digest {
        return Ok(digest);
    }
    tx.execute(sql!(KEEP_DUMP, packed.digest, packed.body, row.get::<i64>(1)?)).await?;
    tx.execute(sql!(RELEASE, digest, 1_i64)).await?;
    tx.execute(sql!(REMOVE_DUMP, digest)).await?;
    Ok(packed.digest)
}

fn replace(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) if text == from => to.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, from, to)),
        Value::Object(members) => members.values_mut().for_each(|member| replace(member, from, to)),
        _ => {}
    }
}

pub(super) async fn rename_subjects(tx: &mut Tx, wiki: &WikiId, from: &str, to: &str) -> Result<u64, StoreError> {
    tx.execute(sql!(RENAME_SUBJECTS, wiki, from, storable(to), PORTION)).await
}
