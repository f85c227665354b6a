//! The table of the access log.

use super::{AccessEntry, AccessKey, AccessKind, KeptAccess, MERGED_HOURS};
use crate::hits::ask::Hits;
use crate::hits::list::records::push_visible;
use crate::hits::visible::Sight;
use wikiward_farm::clock::micros;
use wikiward_farm::{Id, Limit, Page, Timestamp, Viewer, WikiId};
use wikiward_store::{Conn, Row, Sql, StoreError, Tx, sql};

const INSERT: &str = "INSERT INTO access_log (entry_id, at, kind, wiki, by_key, by_name, subject, hit_id, variable, reason) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const MERGES: &str =
    "SELECT variable FROM access_log WHERE by_key = $1 AND subject = $2 AND kind = $3 AND wiki = $4 AND at > $5";

/// Appends entries.
pub(crate) async fn append(hits: &Hits, entries: &[AccessEntry]) -> Result<(), StoreError> {
    let mut tx = hits.store.begin().await?;
    insert(&mut tx, hits, entries, hits.clock.now()).await?;
    tx.commit().await
}

/// Appends entries in a transaction of the caller's.
pub(crate) async fn insert(
    tx: &mut Tx,
    hits: &Hits,
    entries: &[AccessEntry],
    now: Timestamp,
) -> Result<(), StoreError> {
    for entry in entries {
        let entry_id = Id::new(now, &*hits.entropy);
        tx.execute(sql!(
            INSERT,
            entry_id,
            now,
            entry.kind.name(),
            &entry.wiki,
            &entry.by_key,
            &entry.by_name,
            &entry.subject,
            entry.hit_id.map(|hit_id| hit_id.to_bytes().to_vec()),
            &entry.variable,
            &entry.reason,
        ))
        .await?;
    }
    Ok(())
}

/// Appends entries for the variables that have none of this viewer and person within a day.
pub(crate) async fn protected(
    hits: &Hits,
    wiki: &WikiId,
    viewer: &Viewer,
    person: &str,
    hit_id: Option<Id>,
    variables: &[&str],
) -> Result<(), StoreError> {
    let now = hits.clock.now();
    let since = micros(now) - MERGED_HOURS * 3_600_000_000;
    let mut tx = hits.store.begin().await?;
    let kind = AccessKind::ProtectedVars;
    let rows = tx.rows(sql!(MERGES, viewer.principal.key(), person, kind.name(), wiki, since)).await?;
    let noted = rows.iter().map(|row| row.get(0)).collect::<Result<Vec<String>, _>>()?;
    let new = variables.iter().filter(|name| !noted.iter().any(|noted| noted == *name));
    let entry = |name: &&str| AccessEntry {
        variable: (*name).to_owned(),
        ..AccessEntry::new(kind, wiki, viewer, person, hit_id)
    };
    let entries: Vec<AccessEntry> = new.map(entry).collect();
    if !entries.is_empty() {
        insert(&mut tx, hits, &entries, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Entries, newest first.
pub(super) async fn list(
    conn: &mut Conn,
    wiki: &WikiId,
    kinds: &[AccessKind],
    sight: &Sight,
    after: Option<AccessKey>,
    limit: Limit,
) -> Result<Page<KeptAccess, AccessKey>, StoreError> {
    let mut sql = Sql::from(
        "SELECT l.entry_id, l.at, l.kind, l.wiki, l.by_key, l.by_name, l.subject, l.hit_id, l.variable, l.reason \
         FROM access_log l LEFT JOIN hits h ON h.hit_id = l.hit_id \
         LEFT JOIN filters f ON f.wiki = h.filter_wiki AND f.filter_id = h.filter_id WHERE l.wiki = ",
    );
    sql.bind(wiki).push(" AND l.kind IN (").bind_list(kinds.iter().map(|kind| kind.name())).push(")");
    // A hit that is gone betrays nothing any more.
    sql.push(" AND (h.hit_id IS NULL OR (1 = 1");
    push_visible(&mut sql, sight, false);
    sql.push("))");
    if let Some(after) = after {
        sql.push(" AND (l.at, l.entry_id) < (").bind(after.at).push(", ").bind(after.entry_id).push(")");
    }
    let rows_max = i64::try_from(limit.items()).unwrap_or(i64::MAX).saturating_add(1);
    sql.push(" ORDER BY l.at DESC, l.entry_id DESC LIMIT ").bind(rows_max);
    let entries = conn.rows(sql).await?.iter().map(kept).collect::<Result<_, _>>()?;
    Ok(Page::cut(entries, limit, |kept: &KeptAccess| AccessKey { at: kept.at, entry_id: kept.entry_id }))
}

fn kept(row: &Row) -> Result<KeptAccess, StoreError> {
    let kind: String = row.get(2)?;
    let kind = AccessKind::find(&kind).ok_or_else(|| StoreError::Corrupt("access_log.kind".into()))?;
    Ok(KeptAccess {
        entry_id: row.get(0)?,
        at: row.get(1)?,
        entry: AccessEntry {
            kind,
            wiki: row.get(3)?,
            by_key: row.get(4)?,
            by_name: row.get(5)?,
            subject: row.get(6)?,
            hit_id: row.get(7)?,
            variable: row.get(8)?,
            reason: row.get(9)?,
        },
    })
}
