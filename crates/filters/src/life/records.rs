//! Rows of filters and their versions.

mod changes;
mod history;
mod listing;
mod optouts;

pub(crate) use changes::saved_on;
#[cfg(test)]
pub(crate) use changes::saved_on_sql;
pub(crate) use history::{event_items, events_of, insert_event, saved_items};
pub(crate) use listing::{list_batch, list_key};
pub(crate) use optouts::{Chosen, optout, put_optout};

use super::visible::{Of, Sight};
use crate::model::{
    Actions, BrakeProfile, Draft, Editor, Filter, FilterKey, FilterNumber, FilterVersion, Origin, Privacy, State, Tier,
    Version, test_case,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use wikiward_farm::{Scope, Timestamp, UserName, WikiId};
use wikiward_store::{Column, Conn, Row, Sql, StoreError, sql};

/// The columns that make a draft, of table `$t`.
macro_rules! draft_columns {
    ($t:literal) => {
        concat!(
            $t,
            "state, ",
            $t,
            "filter_group, ",
            $t,
            "name, ",
            $t,
            "rules, ",
            $t,
            "notes, ",
            $t,
            "actions, ",
            $t,
            "priority, ",
            $t,
            "tier, ",
            $t,
            "privacy, ",
            $t,
            "scope, ",
            $t,
            "brake_profile, ",
            $t,
            "maintainers, ",
            $t,
            "uses_vars, ",
            $t,
            "uses_protected, ",
            $t,
            "edited_at, ",
            $t,
            "edited_by_key, ",
            $t,
            "edited_by_name, ",
            $t,
            "edited_by_number, ",
            $t,
            "tests"
        )
    };
}

/// How many columns that is.
const DRAFT_COLUMNS: usize = 19;

const FILTER: &str = concat!(
    "SELECT f.wiki, f.filter_id, f.version, ",
    draft_columns!("f."),
    ", f.hits, f.created_at, f.created_by_name, f.aged_from FROM filters f"
);
const ONE: &str = concat!(
    "SELECT f.wiki, f.filter_id, f.version, ",
    draft_columns!("f."),
    ", f.hits, f.created_at, f.created_by_name, f.aged_from FROM filters f WHERE f.wiki = $1 AND f.filter_id = $2"
);
const VERSION: &str = concat!(
    "SELECT v.wiki, v.filter_id, v.version, ",
    draft_columns!("v."),
    ", v.change_reason, v.changed_fields, v.origin, v.is_public FROM filter_versions v \
     WHERE v.wiki = $1 AND v.filter_id = $2 AND v.version = $3"
);
const NEXT_NUMBER: &str = "SELECT COALESCE(MAX(filter_id), 0) + 1 FROM filters WHERE wiki = $1";
const INSERT: &str = concat!(
    "INSERT INTO filters (wiki, filter_id, version, ",
    draft_columns!(""),
    ", hits, created_at, created_by_name, aged_from, name_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
     $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, 0, $23, $24, $25, $26)"
);
/// Only over the version that the editor saw: of two saves at once, one finds nothing to update.
const UPDATE: &str = "UPDATE filters SET version = $3, state = $4, filter_group = $5, name = $6, rules = $7, notes = $8, \
    actions = $9, priority = $10, tier = $11, privacy = $12, scope = $13, brake_profile = $14, maintainers = $15, \
    uses_vars = $16, uses_protected = $17, edited_at = $18, edited_by_key = $19, edited_by_name = $20, \
    edited_by_number = $21, tests = $22, aged_from = $23, name_key = $24 WHERE wiki = $1 AND filter_id = $2 \
    AND version = $25";
const INSERT_VERSION: &str = concat!(
    "INSERT INTO filter_versions (wiki, filter_id, version, ",
    draft_columns!(""),
    ", change_reason, changed_fields, origin, is_public) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
     $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)"
);
/// Hidden versions become public; those with protected variables or suppressed ones do not.
const PUBLISH_VERSIONS: &str =
    "UPDATE filter_versions SET is_public = TRUE WHERE wiki = $1 AND filter_id = $2 AND privacy IN (0, 1)";
const PUBLISH_EVENTS: &str =
    "UPDATE filter_events SET is_public = TRUE WHERE wiki = $1 AND filter_id = $2 AND privacy IN (0, 1)";
const HOLD: &str = "UPDATE filters SET version = version WHERE wiki = $1 AND filter_id = $2";
const COUNT: &str =
    "SELECT COUNT(*) FROM filters WHERE wiki = $1 AND filter_group = $2 AND state = $3 AND filter_id <> $4";

fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(format!("filters.{what}"))
}

fn list<T: serde::de::DeserializeOwned>(row: &Row, index: usize, what: &str) -> Result<T, StoreError> {
    serde_json::from_str(&String::read(row, index)?).map_err(|_| corrupt(what))
}

fn scope_text(scope: &Scope) -> String {
    let entries = |list: &[wikiward_farm::wiki::WikiOrSet]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    json!({"include": entries(&scope.include), "exclude": entries(&scope.exclude)}).to_string()
}

fn scope_of(text: &str) -> Option<Scope> {
    let document: Value = serde_json::from_str(text).ok()?;
    let entries = |name: &str| {
        document.get(name)?.as_array()?.iter().map(|entry| entry.as_str()?.parse().ok()).collect::<Option<Vec<_>>>()
    };
    Some(Scope { include: entries("include")?, exclude: entries("exclude")? })
}

/// What the columns of [`draft_columns!`] hold: the draft, the variables it uses, the protected ones, when, by whom.
type DraftColumns = (Draft, Vec<String>, Vec<String>, Timestamp, Editor);

/// Reads the columns of [`draft_columns!`] from column `at` on.
fn draft(row: &Row, at: usize) -> Result<DraftColumns, StoreError> {
    let word = |index: usize| String::read(row, at + index);
    let scope = Option::<String>::read(row, at + 9)?;
    let maintainers: Vec<String> = list(row, at + 11, "maintainers")?;
    let maintainers: Result<Vec<UserName>, _> = maintainers.iter().map(|name| name.parse()).collect();
    let draft = Draft {
        state: State::find(&word(0)?).ok_or_else(|| corrupt("state"))?,
        group: word(1)?,
        name: word(2)?,
        rules: word(3)?,
        notes: word(4)?,
        actions: Actions(list(row, at + 5, "actions")?),
        priority: i32::try_from(row.get::<i64>(at + 6)?).map_err(|_| corrupt("priority"))?,
        tier: Tier::find(&word(7)?).ok_or_else(|| corrupt("tier"))?,
        privacy: Privacy::from_bits(row.get(at + 8)?).ok_or_else(|| corrupt("privacy"))?,
        scope: scope.map(|text| scope_of(&text).ok_or_else(|| corrupt("scope"))).transpose()?,
        brake_profile: BrakeProfile::find(&word(10)?).ok_or_else(|| corrupt("brake_profile"))?,
        maintainers: maintainers.map_err(|_| corrupt("maintainers"))?,
        tests: test_case::from_json(&list(row, at + 18, "tests")?, "tests").map_err(|_| corrupt("tests"))?,
    };
    let editor = Editor { key: word(15)?, name: word(16)?, number: row.get(at + 17)? };
    let uses_vars = list(row, at + 12, "uses_vars")?;
    let uses_protected = list(row, at + 13, "uses_protected")?;
    Ok((draft, uses_vars, uses_protected, row.get(at + 14)?, editor))
}

fn key(row: &Row) -> Result<FilterKey, StoreError> {
    Ok(FilterKey { wiki: row.get(0)?, number: FilterNumber(row.get(1)?) })
}

fn filter(row: &Row) -> Result<Filter, StoreError> {
    let (draft, uses_vars, uses_protected, edited_at, edited_by) = draft(row, 3)?;
    let rest = 3 + DRAFT_COLUMNS;
    Ok(Filter {
        key: key(row)?,
        version: Version(row.get(2)?),
        draft,
        hits: u64::try_from(row.get::<i64>(rest)?).map_err(|_| corrupt("hits"))?,
        uses_vars,
        uses_protected,
        created_at: row.get(rest + 1)?,
        created_by: row.get(rest + 2)?,
        edited_at,
        edited_by,
        aged_from: row.get(rest + 3)?,
    })
}

fn version(row: &Row) -> Result<FilterVersion, StoreError> {
    let (draft, uses_vars, uses_protected, edited_at, edited_by) = draft(row, 3)?;
    let rest = 3 + DRAFT_COLUMNS;
    Ok(FilterVersion {
        key: key(row)?,
        version: Version(row.get(2)?),
        draft,
        edited_at,
        edited_by,
        change_reason: row.get(rest)?,
        changed_fields: list(row, rest + 1, "changed_fields")?,
        origin: Origin::find(&row.get::<String>(rest + 2)?).ok_or_else(|| corrupt("origin"))?,
        uses_vars,
        uses_protected,
        is_public: row.get(rest + 3)?,
    })
}

/// The filter, whoever may see it.
pub(crate) async fn one(conn: &mut Conn, key: &FilterKey) -> Result<Option<Filter>, StoreError> {
    conn.row(sql!(ONE, &key.wiki, key.number.0)).await?.as_ref().map(filter).transpose()
}

/// The filter, if it may be seen. What may not be seen is not even read: its answer takes no longer than none.
pub(crate) async fn one_seen(conn: &mut Conn, key: &FilterKey, sight: &Sight) -> Result<Option<Filter>, StoreError> {
    let mut sql = Sql::from(FILTER);
    sql.push(" WHERE f.wiki = ").bind(&key.wiki).push(" AND f.filter_id = ").bind(key.number.0).push(" AND ");
    sight.condition(&mut sql, Of::Filter);
    conn.row(sql).await?.as_ref().map(filter).transpose()
}

/// A version of a filter, whoever may see it.
pub(crate) async fn one_version(
    conn: &mut Conn,
    key: &FilterKey,
    number: Version,
) -> Result<Option<FilterVersion>, StoreError> {
    conn.row(sql!(VERSION, &key.wiki, key.number.0, number.0)).await?.as_ref().map(version).transpose()
}

/// The number that the next filter of a wiki gets.
pub(crate) async fn next_number(conn: &mut Conn, wiki: &WikiId) -> Result<FilterNumber, StoreError> {
    conn.one(sql!(NEXT_NUMBER, wiki)).await?.get(0).map(FilterNumber)
}

/// Values of the columns of [`draft_columns!`], in order.
fn push_draft(
    binds: &mut Vec<wikiward_store::Bind>,
    draft: &Draft,
    uses: (&[String], &[String]),
    at: Timestamp,
    by: &Editor,
) {
    let maintainers: Vec<&str> = draft.maintainers.iter().map(UserName::as_str).collect();
    binds.extend([
        draft.state.name().into(),
        draft.group.as_str().into(),
        draft.name.as_str().into(),
        draft.rules.as_str().into(),
        draft.notes.as_str().into(),
        json!(draft.actions.0).to_string().into(),
        draft.priority.into(),
        draft.tier.name().into(),
        u32::from(draft.privacy.bits()).into(),
        draft.scope.as_ref().map(scope_text).into(),
        draft.brake_profile.name().into(),
        json!(maintainers).to_string().into(),
        json!(uses.0).to_string().into(),
        json!(uses.1).to_string().into(),
        at.into(),
        by.key.as_str().into(),
        by.name.as_str().into(),
        by.number.into(),
        test_case::to_json(&draft.tests).to_string().into(),
    ]);
}

fn name_key(name: &str) -> Vec<u8> {
    name.to_lowercase().into_bytes()
}

/// Writes a new filter. Its number may be taken by somebody else at the same time: then this breaks a constraint.
pub(crate) async fn insert(conn: &mut Conn, filter: &Filter) -> Result<(), StoreError> {
    let mut binds = vec![(&filter.key.wiki).into(), filter.key.number.0.into(), filter.version.0.into()];
    let uses = (&*filter.uses_vars, &*filter.uses_protected);
    push_draft(&mut binds, &filter.draft, uses, filter.edited_at, &filter.edited_by);
    binds.extend([
        filter.created_at.into(),
        filter.created_by.as_str().into(),
        filter.aged_from.into(),
        name_key(&filter.draft.name).into(),
    ]);
    conn.execute(Sql::new(INSERT, binds)).await?;
    Ok(())
}

/// Writes a filter over version `base`; false if that is not its version any more.
pub(crate) async fn update(conn: &mut Conn, filter: &Filter, base: Version) -> Result<bool, StoreError> {
    let mut binds = vec![(&filter.key.wiki).into(), filter.key.number.0.into(), filter.version.0.into()];
    let uses = (&*filter.uses_vars, &*filter.uses_protected);
    push_draft(&mut binds, &filter.draft, uses, filter.edited_at, &filter.edited_by);
    binds.extend([filter.aged_from.into(), name_key(&filter.draft.name).into(), base.0.into()]);
    Ok(conn.execute(Sql::new(UPDATE, binds)).await? == 1)
}

pub(crate) async fn insert_version(conn: &mut Conn, version: &FilterVersion) -> Result<(), StoreError> {
    let mut binds = vec![(&version.key.wiki).into(), version.key.number.0.into(), version.version.0.into()];
    let uses = (&*version.uses_vars, &*version.uses_protected);
    push_draft(&mut binds, &version.draft, uses, version.edited_at, &version.edited_by);
    binds.extend([
        version.change_reason.as_str().into(),
        json!(version.changed_fields).to_string().into(),
        version.origin.name().into(),
        version.is_public.into(),
    ]);
    conn.execute(Sql::new(INSERT_VERSION, binds)).await?;
    Ok(())
}

/// Makes the hidden past of a filter public.
pub(crate) async fn publish(conn: &mut Conn, key: &FilterKey) -> Result<(), StoreError> {
    conn.execute(sql!(PUBLISH_VERSIONS, &key.wiki, key.number.0)).await?;
    conn.execute(sql!(PUBLISH_EVENTS, &key.wiki, key.number.0)).await?;
    Ok(())
}

/// Filters of a wiki's group in a state, without one of them.
pub(crate) async fn count(
    conn: &mut Conn,
    wiki: &WikiId,
    group: &str,
    state: State,
    without: u32,
) -> Result<u32, StoreError> {
    conn.one(sql!(COUNT, wiki, group, state.name(), without)).await?.get(0)
}

/// Those of `tags` that a filter of the wiki, or a farm-wide one, sets.
pub(crate) async fn tags_in_use(
    conn: &mut Conn,
    wiki: &WikiId,
    tags: &[String],
) -> Result<BTreeSet<String>, StoreError> {
    if tags.is_empty() {
        return Ok(BTreeSet::new());
    }
    // Narrowed by the database, then read: a list of tags holds the name in quotes.
    let mut sql = Sql::from("SELECT f.actions FROM filters f WHERE f.wiki IN (");
    sql.bind(wiki).push(", '*') AND (1 = 0");
    for tag in tags {
        sql.push(" OR REPLACE(f.actions, ").bind(json!(tag).to_string()).push(", '') <> f.actions");
    }
    sql.push(")");
    let mut used = BTreeSet::new();
    for row in conn.rows(sql).await? {
        let actions: BTreeMap<String, Vec<String>> = list(&row, 0, "actions")?;
        used.extend(actions.get("tag").into_iter().flatten().filter(|tag| tags.contains(tag)).cloned());
    }
    Ok(used)
}

/// Waits until nobody else holds the filter; nobody changes it until the transaction ends.
pub(crate) async fn hold(conn: &mut Conn, key: &FilterKey) -> Result<(), StoreError> {
    conn.execute(sql!(HOLD, &key.wiki, key.number.0)).await.map(|_| ())
}
