//! Which hits a job can be about, along the index on which fewer of others lie in between.

use crate::hits::Sight;
use crate::hits::list::records::{COLUMNS, hit_row, push_visible};
use crate::hits::list::{HitKey, HitRow};
use crate::model::FilterKey;
use crate::reverts::standing::{Executed, Others, counts_as_done};
use wikiward_farm::{Timestamp, WikiId};
use wikiward_store::{Conn, Sql, StoreError};

const OF_PERSON: &str =
    " FROM hits h CROSS JOIN filters f WHERE f.wiki = h.filter_wiki AND f.filter_id = h.filter_id AND h.wiki = ";

/// Which consequences of which hits.
pub(in crate::reverts) struct Which<'w> {
    pub(in crate::reverts) wiki: &'w WikiId,
    pub(in crate::reverts) filter: &'w FilterKey,
    pub(in crate::reverts) from: Timestamp,
    pub(in crate::reverts) to: Timestamp,
}

/// A way along an index to the hits of a filter that took a consequence, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::reverts) enum Way {
    /// The filter's hits: some may have taken nothing.
    Filter,
    /// Hits of a wiki that took the consequence: some may be other filters'.
    Consequence,
}

/// So many times more hits are counted where some may not be seen.
const UNSEEN_TIMES: usize = 10;

/// The newest hits of a filter that took a consequence, and the time of the newest hit that was not looked at any more, if
/// there are more than `most`.
///
/// A filter may have millions of hits that took nothing, and a wiki millions that other filters took. The way by the wiki's is
/// gone if it can be gone to its end. Else only hits of the filter that may be seen are counted: where the way ends is told,
/// and must not tell how many there are that may not be seen, or when other filters hit.
pub(in crate::reverts) async fn taken(
    conn: &mut Conn,
    which: &Which<'_>,
    consequence: &str,
    sight: &Sight,
    limit: usize,
    most: usize,
) -> Result<(Vec<HitRow>, Option<Timestamp>), StoreError> {
    let mut ends = async |way, after, seen, most| -> Result<Option<Timestamp>, StoreError> {
        let sql = reach_sql(which, consequence, way, after, seen, most);
        conn.row(sql).await?.map(|row| row.get(0)).transpose()
    };
    let is_short = ends(Way::Filter, None, None, most).await?.is_none();
    let (way, after) = if is_short {
        (Way::Filter, None)
    } else if !which.wiki.is_farm() && ends(Way::Consequence, None, None, most).await?.is_none() {
        (Way::Consequence, None)
    } else {
        let last = ends(Way::Filter, None, None, most.saturating_mul(UNSEEN_TIMES)).await?;
        (Way::Filter, ends(Way::Filter, last, Some(sight), most).await?.or(last))
    };
    let sql = taken_sql(which, consequence, way, after, sight, limit);
    let hits = conn.rows(sql).await?.iter().map(|row| hit_row(row, sight)).collect::<Result<_, _>>()?;
    Ok((hits, after))
}

/// The time of the newest hit on a way that is beyond `most`: of all, or of those that may be `seen`; of those after `after`
/// only, if a time is named.
pub(in crate::reverts) fn reach_sql(
    which: &Which<'_>,
    consequence: &str,
    way: Way,
    after: Option<Timestamp>,
    seen: Option<&Sight>,
    most: usize,
) -> Sql {
    let mut sql = Sql::from(match (way, seen) {
        (Way::Filter, None) => "SELECT h.at FROM hits h WHERE ",
        (Way::Filter, Some(_)) => "SELECT h.at FROM hits h CROSS JOIN filters f WHERE ",
        (Way::Consequence, _) => "SELECT c.at FROM hit_consequences c WHERE ",
    });
    push_range(&mut sql, which, consequence, way);
    if let Some(sight) = seen.filter(|_| way == Way::Filter) {
        sql.push(" AND f.wiki = h.filter_wiki AND f.filter_id = h.filter_id");
        push_visible(&mut sql, sight, false);
    }
    push_after(&mut sql, way, after);
    sql.push(match way {
        Way::Filter => " ORDER BY h.at DESC, h.hit_id DESC",
        Way::Consequence => " ORDER BY c.at DESC, c.hit_id DESC",
    });
    // Counted in the index alone: no page begins here.
    sql.push(" LIMIT 1 OFFSET ").bind(i64::try_from(most).unwrap_or(i64::MAX));
    sql
}

/// The hits themselves; of those after `after` only, if one is named.
pub(in crate::reverts) fn taken_sql(
    which: &Which<'_>,
    consequence: &str,
    way: Way,
    after: Option<Timestamp>,
    sight: &Sight,
    limit: usize,
) -> Sql {
    let mut sql = Sql::from("SELECT ");
    sql.push(COLUMNS);
    match way {
        Way::Filter => {
            sql.push(" FROM hits h CROSS JOIN filters f WHERE ");
            push_range(&mut sql, which, consequence, way);
            sql.push(" AND EXISTS (SELECT 1 FROM hit_consequences c WHERE c.wiki = h.wiki AND c.at = h.at");
            sql.push(" AND c.hit_id = h.hit_id AND c.name = ").bind(format!("taken:{consequence}")).push(")");
        }
        Way::Consequence => {
            sql.push(" FROM hit_consequences c CROSS JOIN hits h CROSS JOIN filters f WHERE ");
            push_range(&mut sql, which, consequence, way);
            sql.push(" AND h.hit_id = c.hit_id AND (h.filter_wiki || '') = ").bind(&which.filter.wiki);
            sql.push(" AND h.filter_id + 0 = ").bind(i64::from(which.filter.number.0));
        }
    }
    push_after(&mut sql, way, after);
    sql.push(" AND f.wiki = h.filter_wiki AND f.filter_id = h.filter_id");
    push_visible(&mut sql, sight, false);
    sql.push(match way {
        Way::Filter => " ORDER BY h.at DESC, h.hit_id DESC LIMIT ",
        Way::Consequence => " ORDER BY c.at DESC, c.hit_id DESC LIMIT ",
    });
    sql.bind(i64::try_from(limit).unwrap_or(i64::MAX));
    sql
}

fn push_after(sql: &mut Sql, way: Way, after: Option<Timestamp>) {
    if let Some(after) = after {
        sql.push(if way == Way::Filter { " AND h.at > " } else { " AND c.at > " }).bind(after);
    }
}

/// The condition that the way's index answers.
fn push_range(sql: &mut Sql, which: &Which<'_>, consequence: &str, way: Way) {
    let number = i64::from(which.filter.number.0);
    match way {
        // The index of the farm's hits is only for those: that must stand in the statement itself.
        Way::Filter if which.wiki.is_farm() => sql.push("h.filter_wiki = '*' AND h.filter_id = ").bind(number),
        Way::Filter => {
            sql.push("h.wiki = ").bind(which.wiki).push(" AND h.filter_wiki = ").bind(&which.filter.wiki);
            sql.push(" AND h.filter_id = ").bind(number)
        }
        Way::Consequence => {
            sql.push("c.wiki = ").bind(which.wiki).push(" AND c.name = ").bind(format!("taken:{consequence}"))
        }
    };
    let at = if way == Way::Filter { "h.at" } else { "c.at" };
    sql.push(" AND ").push(at).push(" >= ").bind(which.from).push(" AND ").push(at).push(" < ").bind(which.to);
}

/// Most hits of other filters that are looked at for one person. What lies beyond is for the wiki to find out.
const OTHERS_MAX: i64 = 100;

/// The newest hits of other filters, that may be seen, which took the consequence against the person of `hit`; none of
/// before the time that is asked about, and none of which the wiki reports that it was not carried out. Asked once for each
/// person: somebody may have very many hits.
pub(in crate::reverts) async fn others(
    conn: &mut Conn,
    which: &Which<'_>,
    hit: &HitRow,
    consequence: &str,
    sight: &Sight,
) -> Result<Others, StoreError> {
    let mut sql = Sql::from("SELECT h.at, h.hit_id, h.executed");
    sql.push(OF_PERSON).bind(&hit.wiki).push(" AND h.actor_name = ").bind(&hit.actor_name);
    sql.push(" AND h.at >= ").bind(which.from);
    sql.push(" AND NOT (h.filter_wiki = ").bind(&which.filter.wiki);
    sql.push(" AND h.filter_id = ").bind(i64::from(which.filter.number.0)).push(")");
    // Names of consequences stand in a JSON list, and have nothing in them that is special in patterns but `_`.
    sql.push(" AND h.taken LIKE ").bind(format!("%\"{}\"%", consequence.replace('_', "\\_"))).push(" ESCAPE '\\'");
    push_visible(&mut sql, sight, false);
    sql.push(" ORDER BY h.at DESC, h.hit_id DESC LIMIT ").bind(OTHERS_MAX);
    let mut others = Others::default();
    for row in &conn.rows(sql).await? {
        let executed: Option<serde_json::Value> = row.get(2)?;
        let executed = Executed::of(executed.as_ref(), consequence);
        let key = HitKey { at: row.get(0)?, hit_id: row.get(1)? };
        if counts_as_done(consequence, &executed) {
            others.done = Some(key);
            break;
        }
        if executed.is_done.is_none() {
            others.unknown.push(key);
        }
    }
    Ok(others)
}
