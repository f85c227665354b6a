//! Rows of hits in the shadow.

use super::{ShadowHit, ShadowRow};
use crate::hits::list::records::push_visible;
use crate::hits::list::{HitKey, Log};
use crate::hits::visible::{Level, Restriction, RevisionState, Sight};
use crate::hits::writer::prepared::storable;
use crate::model::{FilterKey, FilterNumber, Privacy, Version};
use wikiward_farm::{Id, Limit, WikiId};
use wikiward_store::{Conn, Row, Sql, Store, StoreError, sql};

const INSERT: &str = "INSERT INTO shadow_hits (hit_id, evaluation_id, wiki, filter_wiki, filter_id, filter_version, at, \
    action_id, kind, actor_id, actor_name, actor_type, target_ns, target_title, target_page_id, decision, consequences, \
    dump, protected_names, rev_id, revision_state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, \
    $15, $16, $17, $18, $19, NULL, '') ON CONFLICT DO NOTHING";
// Nobody hides these by hand; where a hit of the same action is hidden, so are they.
const SELECT: &str = "SELECT h.hit_id, h.at, h.wiki, h.evaluation_id, h.filter_wiki, h.filter_id, h.filter_version, \
    h.action_id, h.kind, h.actor_id, h.actor_name, h.actor_type, h.target_ns, h.target_title, h.target_page_id, \
    h.decision, h.consequences, h.rev_id, f.privacy, f.uses_protected, h.protected_names, h.revision_state, h.dump \
    FROM filters f CROSS JOIN (SELECT s.*, \
    EXISTS (SELECT 1 FROM hits o WHERE o.evaluation_id = s.evaluation_id AND o.is_hidden) \
     AS is_hidden FROM shadow_hits s) h \
    WHERE f.wiki = h.filter_wiki AND f.filter_id = h.filter_id AND h.filter_wiki = ";

/// Writes hits, all or none.
pub(super) async fn store(store: &Store, hits: &[ShadowHit]) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    for hit in hits {
        let insert = sql!(
            INSERT,
            hit.hit_id,
            hit.evaluation_id,
            &hit.wiki,
            &hit.filter.wiki,
            hit.filter.number.0,
            hit.version.0,
            hit.at,
            storable(&hit.action_id),
            storable(&hit.kind),
            hit.actor.id,
            storable(&hit.actor.name),
            hit.actor.kind.name(),
            hit.target.ns,
            storable(&hit.target.title),
            hit.target.page_id,
            hit.decision,
            json(&hit.consequences),
            hit.dump.as_slice(),
            json(&hit.protected_names)
        );
        tx.execute(insert).await?;
    }
    tx.commit().await
}

fn json(names: &[String]) -> String {
    serde_json::to_string(names).unwrap_or_default()
}

fn select(log: &Log, filter: &FilterKey) -> Sql {
    let mut sql = Sql::from(SELECT);
    sql.bind(&filter.wiki).push(" AND h.filter_id = ").bind(i64::from(filter.number.0));
    match log {
        Log::Wiki(wiki) => sql.push(" AND h.wiki = ").bind(wiki),
        // The index of the farm's hits is only for those: that must stand in the statement itself.
        Log::Farm => sql.push(" AND h.filter_wiki = '*'"),
    };
    sql
}

/// Hits of a filter that may be seen, newest first: one more than `limit`.
pub(super) async fn list(
    conn: &mut Conn,
    log: &Log,
    filter: &FilterKey,
    after: Option<HitKey>,
    limit: Limit,
    sight: &Sight,
) -> Result<Vec<ShadowRow>, StoreError> {
    let rows = conn.rows(list_sql(log, filter, after, limit, sight)).await?;
    rows.iter().map(|row| shadow_row(row, sight)).filter(|row| !is_nothing(row)).collect()
}

pub(super) fn list_sql(log: &Log, filter: &FilterKey, after: Option<HitKey>, limit: Limit, sight: &Sight) -> Sql {
    let mut sql = select(log, filter);
    push_visible(&mut sql, sight, false);
    if let Some(after) = after {
        sql.push(" AND (h.at, h.hit_id) < (").bind(after.at).push(", ").bind(after.hit_id).push(")");
    }
    let rows_max = i64::try_from(limit.items()).unwrap_or(i64::MAX).saturating_add(1);
    sql.push(" ORDER BY h.at DESC, h.hit_id DESC LIMIT ").bind(rows_max);
    sql
}

/// One hit that may be seen, with its packed variables.
pub(super) async fn one(
    conn: &mut Conn,
    log: &Log,
    filter: &FilterKey,
    hit_id: Id,
    sight: &Sight,
) -> Result<Option<(ShadowRow, Option<Vec<u8>>)>, StoreError> {
    let mut sql = select(log, filter);
    sql.push(" AND h.hit_id = ").bind(hit_id);
    push_visible(&mut sql, sight, false);
    let Some(row) = conn.row(sql).await? else { return Ok(None) };
    let found = shadow_row(&row, sight)?;
    Ok((found.level > Level::Redacted).then_some((found, row.get(22)?)))
}

fn is_nothing(row: &Result<ShadowRow, StoreError>) -> bool {
    row.as_ref().is_ok_and(|row| row.level <= Level::Redacted)
}

fn shadow_row(row: &Row, sight: &Sight) -> Result<ShadowRow, StoreError> {
    let names = |index: usize| -> Result<Vec<String>, StoreError> {
        let text: String = row.get(index)?;
        serde_json::from_str(&text).map_err(|_| StoreError::Corrupt("a list of hits in the shadow".into()))
    };
    let owner: WikiId = row.get(4)?;
    let restriction = Restriction {
        is_farm: owner.is_farm(),
        privacy: Privacy::from_bits(row.get(18)?).ok_or_else(|| StoreError::Corrupt("filters.privacy".into()))?,
        protected_variables: names(19)?.into_iter().chain(names(20)?).collect(),
        is_hidden: false,
        revision: RevisionState::find(&row.get::<String>(21)?),
    };
    Ok(ShadowRow {
        key: HitKey { at: row.get(1)?, hit_id: row.get(0)? },
        level: sight.level(&restriction),
        wiki: row.get(2)?,
        evaluation_id: row.get(3)?,
        filter: FilterKey { wiki: owner, number: FilterNumber(row.get(5)?) },
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
        consequences: names(16)?,
        rev_id: row.get(17)?,
        variables: None,
    })
}
