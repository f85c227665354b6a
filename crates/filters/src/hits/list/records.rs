//! The queries of lists. What may be seen is decided in them, before their limits.
//!
//! Each list goes along an index that has the rows in their order: one per selection, or the parts of the log that the
//! viewer may look into. Several such ways are merged, so that a page costs what it shows.

use super::{FullRow, HitKey, HitRow, Log, Question, Selection};
use crate::hits::address::{AddressRange, Digest};
use crate::hits::visible::{Audience, FilterSight, Level, Restriction, RevisionState, Sight};
use crate::hits::writer::WITHHELD;
use crate::model::{Class, Consequence, FilterKey, FilterNumber, Privacy, Version};
use wikiward_farm::{Id, Page, WikiId};
use wikiward_store::{Bind, Conn, Row, Sql, StoreError};

/// Columns of a hit and its filter, in the order in which [`hit_row`] reads them.
pub(crate) const COLUMNS: &str = "h.hit_id, h.at, h.wiki, h.kind, h.actor_id, h.actor_name, h.actor_type, h.target_ns, \
    h.target_title, h.target_page_id, h.decision, h.taken, f.name, h.evaluation_id, h.filter_wiki, h.filter_id, \
    h.filter_version, h.filter_group, h.action_id, h.withheld, h.substituted, h.outcome, h.rev_id, h.log_id, h.executed, \
    h.ref_code, h.legacy_id, f.privacy, f.uses_protected, h.protected_names, h.is_hidden, h.revision_state, \
    h.ip_sealed IS NOT NULL";

/// Number of [`COLUMNS`].
pub(crate) const COLUMNS_COUNT: usize = 33;

/// Where a way begins: a table whose index has the rows in order.
#[derive(Debug, Clone, Copy)]
enum From {
    Hits,
    Consequences,
    Addresses,
}

/// One way to the rows: a table, and the condition that its index answers.
#[derive(Debug, Clone)]
struct Way {
    from: From,
    /// Texts and the values between them.
    condition: Vec<(&'static str, Option<Bind>)>,
    /// The selection that it answers already.
    answers: Answers,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answers {
    RefCode,
    Address,
    Filters,
    Actor,
    Target,
    Taken,
    Withheld,
    Kinds,
    Groups,
    Outcome,
    Hidden,
    Namespace,
    Nothing,
}

impl Way {
    fn hits(answers: Answers, condition: Vec<(&'static str, Option<Bind>)>) -> Self {
        Self { from: From::Hits, condition, answers }
    }
}

/// The page that `question` asks for. `address` is the digest of the range that it selects.
pub(crate) async fn list(
    conn: &mut Conn,
    question: &Question,
    address: Option<Digest>,
    sight: &Sight,
) -> Result<Page<HitRow, HitKey>, StoreError> {
    let Some(sql) = query(question, address, sight) else { return Ok(Page { items: Vec::new(), next: None }) };
    let rows = conn.rows(sql).await?;
    let hits = rows.iter().map(|row| hit_row(row, sight)).collect::<Result<Vec<_>, _>>()?;
    let hits = hits.into_iter().filter(|hit| hit.level > Level::Nothing).collect();
    Ok(Page::cut(hits, question.limit, |hit: &HitRow| hit.key))
}

pub(crate) fn query(question: &Question, address: Option<Digest>, sight: &Sight) -> Option<Sql> {
    let ways = ways(question, address, sight);
    let mut sql = Sql::from("SELECT ");
    sql.push(COLUMNS).push(" FROM (");
    let order = if question.is_ascending { " ORDER BY 1, 2 LIMIT " } else { " ORDER BY 1 DESC, 2 DESC LIMIT " };
    let rows_max = i64::try_from(question.limit.items()).unwrap_or(i64::MAX).saturating_add(1);
    for (place, way) in ways.iter().enumerate() {
        if place > 0 {
            // The same hit may be found two ways.
            sql.push(" UNION ");
        }
        sql.push("SELECT * FROM (");
        push_way(&mut sql, question, way, sight);
        sql.push(order).bind(rows_max).push(") AS way");
    }
    if ways.is_empty() {
        return None;
    }
    sql.push(order).bind(rows_max);
    sql.push(
        ") AS k CROSS JOIN hits h CROSS JOIN filters f WHERE h.hit_id = k.hit_id AND f.wiki = h.filter_wiki \
              AND f.filter_id = h.filter_id ORDER BY ",
    );
    sql.push(if question.is_ascending { "k.at, k.hit_id" } else { "k.at DESC, k.hit_id DESC" });
    Some(sql)
}

/// The ways to the rows, most selective first.
fn ways(question: &Question, address: Option<Digest>, sight: &Sight) -> Vec<Way> {
    let it = &question.selection;
    let wiki = match &question.log {
        Log::Wiki(wiki) => Some(wiki),
        Log::Farm => it.wiki.as_ref(),
    };
    if let Some(code) = &it.ref_code {
        return vec![Way::hits(Answers::RefCode, vec![("h.ref_code = ", Some(code.into()))])];
    }
    let is_hidden_only = it.hidden == Some(true) && it.filters.is_empty() && address.is_none();
    if is_hidden_only && !sight.hidden_hits {
        return Vec::new();
    }
    let Some(wiki) = wiki else { return farm_ways(it, sight) };
    let on = |column: &'static str, value: Bind| vec![("h.wiki = ", Some(wiki.into())), (column, Some(value))];
    if let Some(digest) = address {
        let found = Way {
            from: From::Addresses,
            condition: vec![("a.digest = ", Some(digest.into()))],
            answers: Answers::Address,
        };
        // Actors of old whose name is the address.
        let named = it
            .address
            .and_then(AddressRange::single)
            .map(|ip| Way::hits(Answers::Address, on(" AND h.actor_name = ", mediawiki_name(ip).into())));
        return std::iter::once(found).chain(named).collect();
    }
    // A user and a page have fewer hits than a filter.
    if let Some(actor) = &it.actor {
        return vec![Way::hits(Answers::Actor, on(" AND h.actor_name = ", actor.into()))];
    }
    if let Some(target) = &it.target {
        return vec![Way::hits(Answers::Target, on(" AND h.target_title = ", target.into()))];
    }
    if is_hidden_only {
        // There are few: the wiki is looked at in passing.
        return vec![Way::hits(Answers::Hidden, vec![("h.is_hidden AND (h.wiki || '') = ", Some(wiki.into()))])];
    }
    let consequence = |answers, name: String| Way {
        from: From::Consequences,
        condition: vec![("c.wiki = ", Some(wiki.into())), (" AND c.name = ", Some(name.into()))],
        answers,
    };
    let by_taken = || it.taken.iter().map(|name| consequence(Answers::Taken, format!("taken:{name}"))).collect();
    // What is rare by nature, before filters, which may have millions of hits.
    if !it.taken.is_empty() && it.taken.iter().all(|name| is_rare(name)) {
        return by_taken();
    }
    if !it.kinds.is_empty() && !it.kinds.iter().any(|kind| kind == "edit") {
        let way = |kind: &String| Way::hits(Answers::Kinds, on(" AND h.kind <> 'edit' AND h.kind = ", kind.into()));
        return it.kinds.iter().map(way).collect();
    }
    if !it.groups.is_empty() && !it.groups.iter().any(|group| group == "default") {
        let way = |group: &String| {
            Way::hits(Answers::Groups, on(" AND h.filter_group <> 'default' AND h.filter_group = ", group.into()))
        };
        return it.groups.iter().map(way).collect();
    }
    if !it.filters.is_empty() {
        let way = |filter: &FilterKey| {
            let mut condition = on(" AND h.filter_wiki = ", (&filter.wiki).into());
            condition.push((" AND h.filter_id = ", Some(i64::from(filter.number.0).into())));
            condition.push((" AND f.wiki = ", Some((&filter.wiki).into())));
            condition.push((" AND f.filter_id = ", Some(i64::from(filter.number.0).into())));
            Way::hits(Answers::Filters, condition)
        };
        return it.filters.iter().map(way).collect();
    }
    if !it.taken.is_empty() {
        return by_taken();
    }
    if it.withheld == Some(true) {
        return vec![consequence(Answers::Withheld, WITHHELD.into())];
    }
    if let Some(outcome) = &it.outcome {
        return vec![Way::hits(Answers::Outcome, on(" AND h.outcome = ", outcome.into()))];
    }
    if let Some(ns) = it.target_ns.filter(|ns| *ns != 0) {
        let condition = on(" AND h.target_ns <> 0 AND h.target_ns = ", ns.into());
        return vec![Way::hits(Answers::Namespace, condition)];
    }
    audiences(sight)
        .map(|audience| Way::hits(Answers::Nothing, on(" AND h.audience = ", audience.number().into())))
        .collect()
}

/// Whether a consequence is one that few hits have: those that destroy.
fn is_rare(consequence: &str) -> bool {
    Consequence::find(consequence).is_some_and(|it| it.class() == Some(Class::Destructive))
}

/// The ways through the farm's log when no wiki is named.
fn farm_ways(it: &Selection, sight: &Sight) -> Vec<Way> {
    const FARM: &str = "h.filter_wiki = '*' AND ";
    if !it.filters.is_empty() {
        let way = |filter: &FilterKey| {
            let number = i64::from(filter.number.0);
            let own = (" AND f.wiki = '*' AND f.filter_id = ", Some(number.into()));
            Way::hits(Answers::Filters, vec![(FARM, None), ("h.filter_id = ", Some(number.into())), own])
        };
        return it.filters.iter().filter(|filter| filter.wiki.is_farm()).map(way).collect();
    }
    if it.hidden == Some(true) {
        return vec![Way::hits(Answers::Hidden, vec![("h.is_hidden AND (h.filter_wiki || '') = '*'", None)])];
    }
    let way = |audience: Audience| {
        Way::hits(Answers::Nothing, vec![(FARM, None), ("h.audience = ", Some(audience.number().into()))])
    };
    audiences(sight).map(way).collect()
}

fn audiences(sight: &Sight) -> impl Iterator<Item = Audience> {
    Audience::ALL.into_iter().filter(|audience| sight.reaches(*audience))
}

fn push_way(sql: &mut Sql, question: &Question, way: &Way, sight: &Sight) {
    const FILTER: &str = " CROSS JOIN filters f WHERE f.wiki = h.filter_wiki AND f.filter_id = h.filter_id";
    let (at, hit_id) = match way.from {
        // The filter first: if it may not be seen, none of its hits is looked at.
        From::Hits if way.answers == Answers::Filters => {
            sql.push("SELECT h.at AS at, h.hit_id AS hit_id FROM filters f CROSS JOIN hits h");
            sql.push(" WHERE f.wiki = h.filter_wiki AND f.filter_id = h.filter_id");
            ("h.at", "h.hit_id")
        }
        From::Hits => {
            sql.push("SELECT h.at AS at, h.hit_id AS hit_id FROM hits h").push(FILTER);
            ("h.at", "h.hit_id")
        }
        From::Consequences => {
            sql.push("SELECT c.at AS at, c.hit_id AS hit_id FROM hit_consequences c CROSS JOIN hits h").push(FILTER);
            sql.push(" AND h.hit_id = c.hit_id");
            ("c.at", "c.hit_id")
        }
        From::Addresses => {
            sql.push("SELECT a.at AS at, a.hit_id AS hit_id FROM hit_addresses a CROSS JOIN hits h").push(FILTER);
            sql.push(" AND h.hit_id = a.hit_id");
            ("a.at", "a.hit_id")
        }
    };
    sql.push(" AND ");
    for (text, value) in &way.condition {
        sql.push(text);
        if let Some(value) = value {
            sql.bind(value.clone());
        }
    }
    push_log(sql, question, way);
    if let Some(after) = question.after {
        sql.push(" AND (").push(at).push(", ").push(hit_id).push(if question.is_ascending { ") > (" } else { ") < (" });
        sql.bind(after.at).push(", ").bind(after.hit_id).push(")");
    }
    if let Some(from) = question.selection.from {
        sql.push(" AND ").push(at).push(" >= ").bind(from);
    }
    if let Some(to) = question.selection.to {
        sql.push(" AND ").push(at).push(" < ").bind(to);
    }
    push_selection(sql, &question.selection, way.answers);
    // Whoever may not know a row's filter cannot find it by its filter.
    let it = &question.selection;
    let by_filter = !it.filters.is_empty() || !it.groups.is_empty() || it.ref_code.is_some();
    let is_linked = by_filter || it.outcome.is_some() || it.withheld.is_some() || it.address.is_some();
    push_visible(sql, sight, sight.redacts && !is_linked);
}

fn push_log(sql: &mut Sql, question: &Question, way: &Way) {
    match &question.log {
        Log::Wiki(wiki) if way.answers == Answers::RefCode || matches!(way.from, From::Addresses) => {
            sql.push(" AND h.wiki = ").bind(wiki);
        }
        Log::Wiki(_) => {}
        Log::Farm => {
            sql.push(" AND h.filter_wiki = '*'");
            if let Some(wiki) = question.selection.wiki.as_ref().filter(|_| way.answers == Answers::RefCode) {
                sql.push(" AND h.wiki = ").bind(wiki);
            }
        }
    }
}

/// The selections that the way does not answer. Their columns are written as expressions, so that no other index lures the
/// database off the way.
fn push_selection(sql: &mut Sql, it: &Selection, answered: Answers) {
    if !it.filters.is_empty() && answered != Answers::Filters {
        sql.push(" AND (");
        for (place, filter) in it.filters.iter().enumerate() {
            sql.push(if place > 0 { " OR " } else { "" });
            sql.push("((h.filter_wiki || '') = ").bind(&filter.wiki);
            sql.push(" AND h.filter_id + 0 = ").bind(i64::from(filter.number.0)).push(")");
        }
        sql.push(")");
    }
    let mut equal = |answers: Answers, column: &'static str, values: &[String]| {
        if !values.is_empty() && answered != answers {
            sql.push(" AND (").push(column).push(" || '') IN (").bind_list(values.iter()).push(")");
        }
    };
    equal(Answers::Groups, "h.filter_group", &it.groups);
    equal(Answers::Kinds, "h.kind", &it.kinds);
    equal(Answers::Actor, "h.actor_name", it.actor.as_slice());
    equal(Answers::Target, "h.target_title", it.target.as_slice());
    equal(Answers::Outcome, "h.outcome", it.outcome.as_slice());
    equal(Answers::RefCode, "h.ref_code", it.ref_code.as_slice());
    if let Some(ns) = it.target_ns.filter(|_| answered != Answers::Namespace) {
        sql.push(" AND h.target_ns + 0 = ").bind(ns);
    }
    if !it.taken.is_empty() && answered != Answers::Taken {
        sql.push(
            " AND EXISTS (SELECT 1 FROM hit_consequences t WHERE t.wiki = h.wiki AND t.at = h.at \
                  AND t.hit_id = h.hit_id AND t.name IN (",
        );
        sql.bind_list(it.taken.iter().map(|name| format!("taken:{name}"))).push("))");
    }
    match it.withheld {
        Some(true) if answered != Answers::Withheld => sql.push(" AND h.withheld <> '[]'"),
        Some(false) => sql.push(" AND h.withheld = '[]'"),
        _ => sql,
    };
    match it.hidden {
        Some(true) => sql.push(" AND h.is_hidden"),
        Some(false) => sql.push(" AND NOT h.is_hidden"),
        None => sql,
    };
}

/// What [`Sight::level`] says, as conditions on a hit `h` and its filter `f`. `redacts` lets redacted rows through.
pub(crate) fn push_visible(sql: &mut Sql, sight: &Sight, redacts: bool) {
    if !sight.rows {
        sql.push(" AND 1 = 0");
    }
    if !sight.suppressed_revisions {
        sql.push(" AND h.revision_state <> 'suppressed'");
    }
    if !sight.hidden_hits {
        sql.push(" AND NOT h.is_hidden");
    }
    if !sight.deleted_revisions {
        sql.push(" AND h.revision_state <> 'deleted'");
    }
    if sight.own == sight.farm {
        push_filter_visible(sql, &sight.own, sight.details, redacts);
        return;
    }
    sql.push(" AND CASE WHEN h.filter_wiki = '*' THEN 1 = 1");
    push_filter_visible(sql, &sight.farm, sight.details, redacts);
    sql.push(" ELSE 1 = 1");
    push_filter_visible(sql, &sight.own, sight.details, redacts);
    sql.push(" END");
}

fn push_filter_visible(sql: &mut Sql, sight: &FilterSight, details: bool, redacts: bool) {
    if !sight.private {
        sql.push(" AND (f.privacy & 1) = 0");
    }
    if !sight.suppressed {
        sql.push(" AND (f.privacy & 4) = 0");
    }
    if redacts {
        return;
    }
    if !(sight.protected && details) {
        sql.push(" AND (f.privacy & 2) = 0 AND f.uses_protected = '[]' AND h.protected_names = '[]'");
    }
    for name in &sight.lacked_variables {
        let named = format!("%\"{}\"%", name.replace('_', "\\_"));
        sql.push(" AND f.uses_protected NOT LIKE ").bind(named.as_str()).push(" ESCAPE '\\'");
        sql.push(" AND h.protected_names NOT LIKE ").bind(named).push(" ESCAPE '\\'");
    }
}

/// How MediaWiki writes an address as a user's name: IPv6 in capitals, nothing left out.
fn mediawiki_name(ip: std::net::IpAddr) -> String {
    match ip {
        std::net::IpAddr::V4(ip) => ip.to_string(),
        std::net::IpAddr::V6(ip) => ip.segments().map(|segment| format!("{segment:X}")).join(":"),
    }
}

/// Reads [`COLUMNS`], and leaves out what `sight` does not show.
pub(crate) fn hit_row(row: &Row, sight: &Sight) -> Result<HitRow, StoreError> {
    let texts = |index: usize| row.get(index).and_then(|text: String| parsed(&text));
    let names: Vec<String> = texts(28)?;
    let kept: Vec<String> = texts(29)?;
    let owner: WikiId = row.get(14)?;
    let restriction = Restriction {
        is_farm: owner.is_farm(),
        privacy: Privacy::from_bits(row.get(27)?).ok_or_else(|| StoreError::Corrupt("filters.privacy".into()))?,
        protected_variables: names.into_iter().chain(kept).collect(),
        is_hidden: row.get(30)?,
        revision: RevisionState::find(&row.get::<String>(31)?),
    };
    let level = sight.level(&restriction);
    let full = FullRow {
        evaluation_id: row.get(13)?,
        filter: FilterKey { wiki: owner, number: FilterNumber(row.get(15)?) },
        version: Version(row.get(16)?),
        group: row.get(17)?,
        action_id: row.get(18)?,
        withheld: texts(19)?,
        substituted: parsed(&row.get::<String>(20)?)?,
        outcome: row.get(21)?,
        rev_id: row.get(22)?,
        log_id: row.get(23)?,
        executed: row.get(24)?,
        ref_code: row.get(25)?,
        legacy_id: row.get(26)?,
        restriction,
        has_address: row.get(32)?,
    };
    Ok(HitRow {
        key: HitKey { at: row.get(1)?, hit_id: row.get::<Id>(0)? },
        level,
        wiki: row.get::<WikiId>(2)?,
        kind: row.get(3)?,
        actor_id: row.get(4)?,
        actor_name: row.get(5)?,
        actor_type: row.get(6)?,
        target_ns: row.get(7)?,
        target_title: row.get(8)?,
        target_page_id: row.get(9)?,
        decision: row.get(10)?,
        taken: texts(11)?,
        filter_name: row.get(12)?,
        full: (level >= Level::Row).then_some(full),
    })
}

fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt("a list of hits".into()))
}
