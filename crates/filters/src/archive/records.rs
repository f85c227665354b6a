//! Rows of archived actions.

mod follow;

pub(super) use follow::outcomes;
pub(crate) use follow::{expire, expire_strata, forget, outcome, remove_gone, reverted, revision};

use super::read::{Ask, Facts, Outcome, SeenHit, Standing, StoredAction};
use super::strata::StratumRow;
use super::visible::{self, Kept};
use super::writing::Ready;
use crate::brake::Mark;
use crate::consequences::Observed;
use crate::hits::record::{Actor, Target};
use crate::hits::visible::{Level, Restriction, RevisionState, Sight};
use crate::hits::writer::prepared::storable;
use crate::model::{FilterKey, FilterNumber, Privacy, Version};
use serde::{Deserialize, Serialize};
use serde_json::Map;
use std::collections::{BTreeMap, HashMap};
use wikiward_farm::clock::micros;
use wikiward_farm::{ActorType, Id, WikiId};
use wikiward_store::{Conn, Sql, Store, StoreError, sql};

const INSERT: &str = "INSERT INTO archive_actions (evaluation_id, wiki, filter_group, kind, at, action_id, actor_id, \
    actor_name, actor_type, target_ns, target_title, target_page_id, facts, standing, observed, decision, outcome, rev_id, \
    log_id, is_reverted, revision_state, has_hits, stratum, rank, boost, missing, body, texts) VALUES ($1, $2, $3, $4, $5, $6, \
    $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, '', NULL, NULL, $17, '', $18, $19, $20, $21, $22, $23, $24) \
    ON CONFLICT DO NOTHING";
const STRATUM: &str = "INSERT INTO archive_strata (stratum, wiki, filter_group, kind, day, threshold, seen, seen_good, \
    updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (stratum) DO UPDATE SET \
    threshold = excluded.threshold, seen = excluded.seen, seen_good = excluded.seen_good, updated_at = excluded.updated_at";
// What fell out of the sample meanwhile.
const FALLEN: &str = "DELETE FROM archive_actions WHERE stratum = $1 AND rank >= $2 AND NOT has_hits";
const COLUMNS: &str = "SELECT a.evaluation_id, a.wiki, a.filter_group, a.kind, a.at, a.action_id, a.actor_id, a.actor_name, \
    a.actor_type, a.target_ns, a.target_title, a.target_page_id, a.facts, a.standing, a.observed, a.decision, a.outcome, \
    a.rev_id, a.log_id, a.is_reverted, a.has_hits, a.stratum, a.rank, a.boost, a.missing";
const FROM: &str = " FROM archive_actions a WHERE a.revision_state = ''";
const THRESHOLDS: &str = "SELECT stratum, threshold FROM archive_strata WHERE stratum IN (";
const HITS: &str = "SELECT h.evaluation_id, h.hit_id, h.filter_wiki, h.filter_id, h.filter_version, f.privacy, \
    f.uses_protected, h.protected_names, h.is_hidden, h.revision_state, h.dump FROM hits h CROSS JOIN filters f \
    WHERE f.wiki = h.filter_wiki AND f.filter_id = h.filter_id AND h.evaluation_id IN (";
const DUMPS: &str = "SELECT digest, body FROM dumps WHERE digest IN (";
const FIRST_DAY: &str = "SELECT MIN(day) FROM archive_strata";
const FIRST_DAY_OF: &str = "SELECT MIN(day) FROM archive_strata WHERE wiki = $1";

/// Variables that are not there, by the reason.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Missing {
    pub(super) lost: Vec<String>,
    pub(super) offered: Vec<String>,
}

/// What the brake saw, as stored.
#[derive(Serialize, Deserialize)]
struct Seen {
    person: Mark,
    range: Mark,
    origin: Mark,
    grown: bool,
    first: bool,
}

/// How much of a row is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// No variables.
    Bare,
    /// Variables.
    Variables,
}

impl Depth {
    fn select(self) -> Sql {
        let mut sql = Sql::from(COLUMNS);
        if self == Self::Variables {
            sql.push(", a.body, a.texts");
        }
        sql.push(FROM);
        sql
    }
}

/// A row that was read, its variables packed.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) action: StoredAction,
    pub(super) body: Option<Vec<u8>>,
    /// The long values.
    pub(super) texts: Option<Vec<u8>>,
    /// Whether the variables are those of a hit.
    pub(super) is_of_hit: bool,
    pub(super) missing: Missing,
}

impl Row {
    pub(super) fn key(&self) -> (i64, Id) {
        (micros(self.action.at), self.action.id)
    }
}

/// A row, and what decides who may see it.
pub(super) struct Found {
    row: Row,
    has_hits: bool,
    stratum: [u8; 16],
    rank: u64,
    boost: u32,
}

/// Writes actions and strata, all or none.
pub(super) async fn store(store: &Store, batch: &[Ready], strata: &[StratumRow]) -> Result<(), StoreError> {
    let now = store.clock().now();
    let mut tx = store.begin().await?;
    for Ready { action, lost, body, texts } in batch {
        let missing = Missing { lost: lost.clone(), offered: action.offered.clone() };
        let insert = sql!(
            INSERT,
            action.evaluation_id,
            &action.wiki,
            storable(&action.group),
            storable(&action.kind),
            action.at,
            storable(&action.action_id),
            action.actor.id,
            storable(&action.actor.name),
            action.actor.kind.name(),
            action.target.ns,
            storable(&action.target.title),
            action.target.page_id,
            json(&action.facts),
            action.standing.name(),
            action.observed.as_ref().map(observed_text),
            action.decision,
            false,
            action.has_hits,
            action.place.stratum,
            number(action.place.rank),
            action.place.boost,
            json(&missing),
            body.clone(),
            texts.clone(),
        );
        tx.execute(insert).await?;
    }
    for row in strata {
        let upsert = sql!(
            STRATUM,
            row.stratum,
            &row.wiki,
            storable(&row.group),
            storable(&row.kind),
            row.day,
            row.threshold.map(number),
            number(row.seen),
            number(row.seen_good),
            now,
        );
        tx.execute(upsert).await?;
        if let Some(threshold) = row.threshold {
            tx.execute(sql!(FALLEN, row.stratum, number(threshold))).await?;
        }
    }
    tx.commit().await
}

fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn json<T: Serialize>(value: &T) -> String {
    storable(&serde_json::to_string(value).unwrap_or_default())
}

fn observed_text(it: &Observed) -> String {
    json(&Seen { person: it.person, range: it.range, origin: it.origin, grown: it.is_grown, first: it.is_observation })
}

/// The next rows, newest first, after the one with the key `after`.
pub(super) async fn batch(
    conn: &mut Conn,
    ask: &Ask,
    after: Option<(i64, Id)>,
    limit: usize,
    depth: Depth,
) -> Result<Vec<Found>, StoreError> {
    conn.rows(batch_sql(ask, after, limit, depth)).await?.iter().map(|row| found(row, depth)).collect()
}

/// The statement for them.
pub(super) fn batch_sql(ask: &Ask, after: Option<(i64, Id)>, limit: usize, depth: Depth) -> Sql {
    let mut sql = depth.select();
    if let Some(wiki) = &ask.wiki {
        sql.push(" AND a.wiki = ").bind(wiki);
    }
    if let Some(group) = &ask.group {
        sql.push(" AND a.filter_group = ").bind(group);
    }
    if !ask.kinds.is_empty() {
        sql.push(" AND a.kind IN (").bind_list(ask.kinds.iter()).push(")");
    }
    if !ask.actor_types.is_empty() {
        sql.push(" AND a.actor_type IN (").bind_list(ask.actor_types.iter().map(|it| it.name())).push(")");
    }
    // What is left out because it tells an address is empty, and found by nothing.
    if let Some(actor) = &ask.actor {
        sql.push(" AND a.actor_name <> '' AND a.actor_name = ").bind(actor);
    }
    if let Some(title) = &ask.title {
        sql.push(" AND a.target_title <> '' AND a.target_title = ").bind(title);
    }
    if let Some(from) = ask.from {
        sql.push(" AND a.at >= ").bind(from);
    }
    if let Some(to) = ask.to {
        sql.push(" AND a.at < ").bind(to);
    }
    if let Some((at, id)) = after {
        sql.push(" AND (a.at, a.evaluation_id) < (").bind(at).push(", ").bind(id).push(")");
    }
    sql.push(" ORDER BY a.at DESC, a.evaluation_id DESC LIMIT ").bind(i64::try_from(limit).unwrap_or(i64::MAX));
    sql
}

/// The row of one evaluation, if there is one.
pub(super) async fn one(conn: &mut Conn, wiki: &WikiId, id: Id) -> Result<Vec<Found>, StoreError> {
    let mut sql = Depth::Variables.select();
    sql.push(" AND a.evaluation_id = ").bind(id);
    if !wiki.is_farm() {
        sql.push(" AND a.wiki = ").bind(wiki);
    }
    conn.rows(sql).await?.iter().map(|row| found(row, Depth::Variables)).collect()
}

/// The rows of these evaluations, without variables.
pub(super) async fn these(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Found>, StoreError> {
    let mut sql = Depth::Bare.select();
    sql.push(" AND a.evaluation_id IN (").bind_list(ids.iter().copied()).push(")");
    conn.rows(sql).await?.iter().map(|row| found(row, Depth::Bare)).collect()
}

/// The first day of which something is kept, in days since 1970.
pub(super) async fn first_day(conn: &mut Conn, wiki: Option<&WikiId>) -> Result<Option<i64>, StoreError> {
    let row = match wiki {
        Some(wiki) => conn.one(sql!(FIRST_DAY_OF, wiki)).await?,
        None => conn.one(FIRST_DAY).await?,
    };
    row.get(0)
}

impl Found {
    pub(super) fn key(&self) -> (i64, Id) {
        self.row.key()
    }
}

fn found(row: &wikiward_store::Row, depth: Depth) -> Result<Found, StoreError> {
    let corrupt = |what: &str| StoreError::Corrupt(format!("archive_actions.{what}"));
    let standing = Standing::find(&row.get::<String>(13)?);
    let seen: Option<Seen> = row
        .get::<Option<String>>(14)?
        .map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|_| corrupt("observed"))?;
    let facts: Facts = serde_json::from_str(&row.get::<String>(12)?).map_err(|_| corrupt("facts"))?;
    let missing: Missing = serde_json::from_str(&row.get::<String>(24)?).map_err(|_| corrupt("missing"))?;
    let decision: String = row.get(15)?;
    let actor = Actor { id: row.get(6)?, name: row.get(7)?, kind: actor_type(&row.get::<String>(8)?) };
    let is_named = actor.kind == ActorType::Named;
    let action = StoredAction {
        id: row.get(0)?,
        wiki: row.get(1)?,
        group: row.get(2)?,
        kind: row.get(3)?,
        at: row.get(4)?,
        action_id: row.get(5)?,
        actor,
        target: Target { ns: row.get(9)?, title: row.get(10)?, page_id: row.get(11)? },
        facts,
        standing,
        observed: seen.map(|seen| Observed {
            person: seen.person,
            range: seen.range,
            origin: seen.origin,
            is_good: standing == Standing::Good,
            is_grown: seen.grown,
            is_named,
            is_observation: seen.first,
        }),
        outcome: Outcome::of(&row.get::<String>(16)?, row.get(19)?, &decision),
        decision,
        rev_id: row.get(17)?,
        log_id: row.get(18)?,
        weight: 1.0,
        drawn: None,
        values: Map::new(),
        lost: Vec::new(),
        offered: None,
        cut: BTreeMap::new(),
        hits: Vec::new(),
    };
    let (body, texts) = match depth {
        Depth::Bare => (None, None),
        Depth::Variables => (row.get(25)?, row.get(26)?),
    };
    Ok(Found {
        row: Row { action, body, texts, is_of_hit: false, missing },
        has_hits: row.get(20)?,
        stratum: row.get(21)?,
        rank: u64::try_from(row.get::<i64>(22)?).map_err(|_| corrupt("rank"))?,
        boost: row.get(23)?,
    })
}

fn actor_type(name: &str) -> ActorType {
    ActorType::ALL.into_iter().find(|it| it.name() == name).unwrap_or_default()
}

/// A hit of an archived action.
struct Hit {
    seen: SeenHit,
    level: Level,
    /// Whether a person hid it, and the viewer may not see what people hid.
    is_withheld: bool,
    dump: Option<Vec<u8>>,
}

/// The rows that the viewer may know of, with their weights and variables.
pub(super) async fn seen(
    conn: &mut Conn,
    rows: Vec<Found>,
    sight: &Sight,
    depth: Depth,
) -> Result<Vec<Row>, StoreError> {
    let mut strata: Vec<[u8; 16]> = rows.iter().map(|found| found.stratum).collect();
    strata.sort_unstable();
    strata.dedup();
    let thresholds = thresholds(conn, &strata).await?;
    let hits = hits(conn, rows.iter().filter(|found| found.has_hits).map(|found| found.row.action.id), sight).await?;
    let mut shown = Vec::new();
    let mut wanted: Vec<Vec<u8>> = Vec::new();
    for mut found in rows {
        let of_action = hits.get(&found.row.action.id).map(Vec::as_slice).unwrap_or_default();
        if of_action.iter().any(|hit| hit.is_withheld) {
            continue;
        }
        let threshold = thresholds.get(&found.stratum);
        let kept = Kept {
            rank: found.rank,
            boost: found.boost,
            threshold: threshold.copied().flatten(),
            has_stratum: threshold.is_some(),
            is_allowed: found.row.action.decision == "allow",
            has_hits: found.has_hits,
            level: of_action.iter().map(|hit| hit.level).max(),
        };
        let Some((weight, drawn)) = visible::weight(&kept) else { continue };
        (found.row.action.weight, found.row.action.drawn) = (weight, drawn);
        let details = of_action.iter().filter(|hit| hit.level == Level::Details);
        found.row.action.hits = details.map(|hit| hit.seen.clone()).collect();
        let dump = of_action.iter().find_map(|hit| hit.dump.clone());
        let dump = dump.filter(|_| found.row.body.is_none() && depth == Depth::Variables);
        wanted.extend(dump.clone());
        shown.push((found.row, dump));
    }
    wanted.sort_unstable();
    wanted.dedup();
    let dumps = dumps(conn, &wanted).await?;
    let with_body = |(mut row, dump): (Row, Option<Vec<u8>>)| {
        if let Some(body) = dump.and_then(|digest| dumps.get(&digest).cloned()) {
            row.body = Some(body);
            row.is_of_hit = true;
        }
        row
    };
    Ok(shown.into_iter().map(with_body).collect())
}

async fn thresholds(conn: &mut Conn, strata: &[[u8; 16]]) -> Result<HashMap<[u8; 16], Option<u64>>, StoreError> {
    let mut sql = Sql::from(THRESHOLDS);
    sql.bind_list(strata.iter()).push(")");
    let rows = conn.rows(sql).await?;
    let read = |row: &wikiward_store::Row| {
        let threshold: Option<i64> = row.get(1)?;
        Ok((row.get(0)?, threshold.and_then(|threshold| u64::try_from(threshold).ok())))
    };
    rows.iter().map(read).collect()
}

async fn hits(
    conn: &mut Conn,
    evaluations: impl Iterator<Item = Id>,
    sight: &Sight,
) -> Result<HashMap<Id, Vec<Hit>>, StoreError> {
    let mut sql = Sql::from(HITS);
    sql.bind_list(evaluations).push(") ORDER BY h.evaluation_id, h.hit_id");
    let mut hits: HashMap<Id, Vec<Hit>> = HashMap::new();
    for row in conn.rows(sql).await? {
        let names = |index: usize| -> Result<Vec<String>, StoreError> {
            serde_json::from_str(&row.get::<String>(index)?)
                .map_err(|_| StoreError::Corrupt("a list of names of a hit".into()))
        };
        let owner: WikiId = row.get(2)?;
        let restriction = Restriction {
            is_farm: owner.is_farm(),
            privacy: Privacy::from_bits(row.get(5)?).ok_or_else(|| StoreError::Corrupt("filters.privacy".into()))?,
            protected_variables: names(6)?.into_iter().chain(names(7)?).collect(),
            is_hidden: row.get(8)?,
            revision: RevisionState::find(&row.get::<String>(9)?),
        };
        let seen = SeenHit {
            hit_id: row.get(1)?,
            filter: FilterKey { wiki: owner, number: FilterNumber(row.get(3)?) },
            version: Version(row.get(4)?),
        };
        let is_withheld = restriction.is_hidden && !sight.hidden_hits;
        let hit = Hit { seen, level: sight.level(&restriction), is_withheld, dump: row.get(10)? };
        hits.entry(row.get(0)?).or_default().push(hit);
    }
    Ok(hits)
}

async fn dumps(conn: &mut Conn, digests: &[Vec<u8>]) -> Result<HashMap<Vec<u8>, Vec<u8>>, StoreError> {
    if digests.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = Sql::from(DUMPS);
    sql.bind_list(digests.iter().map(Vec::as_slice)).push(")");
    conn.rows(sql).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}
