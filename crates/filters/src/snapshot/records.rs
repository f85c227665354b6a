//! Rows that judging reads.

use super::live::OptOut;
use crate::model::{Actions, BrakeProfile, FilterKey, FilterNumber, Privacy, State, Tier, Version};
use std::collections::{BTreeMap, HashMap};
use wikiward_farm::wiki::WikiOrSet;
use wikiward_farm::{Id, Scope, Timestamp, WikiId};
use wikiward_store::{Conn, Row, StoreError, sql};

const SEQ: &str = "SELECT seq FROM heads WHERE name = 'changes'";

const RUNNING: &str = "SELECT wiki, filter_id, version, filter_group, name, rules, actions, priority, tier, privacy, scope, \
     uses_protected, aged_from, state, armed_from, brake_profile FROM filters WHERE state IN ('enabled', 'shadow')";

const RUNNING_ONE: &str = "SELECT wiki, filter_id, version, filter_group, name, rules, actions, priority, tier, privacy, \
     scope, uses_protected, aged_from, state, armed_from, brake_profile FROM filters WHERE state IN ('enabled', 'shadow') AND wiki = $1 \
     AND filter_id = $2";

const CANDIDATES: &str = "SELECT candidate_id, wiki, filter_id, rules, actions, uses_protected, ends_at FROM candidates \
     WHERE ended_at IS NULL";

const CANDIDATES_OF_ONE: &str = "SELECT candidate_id, wiki, filter_id, rules, actions, uses_protected, ends_at \
     FROM candidates WHERE ended_at IS NULL AND wiki = $1 AND filter_id = $2";

const OPTOUTS: &str = "SELECT wiki, filter_id, mode, consequences FROM filter_optouts";

/// A filter as stored, before its rule is compiled.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) key: FilterKey,
    pub(super) version: Version,
    pub(super) group: String,
    pub(super) name: String,
    pub(super) rules: String,
    pub(super) actions: Actions,
    pub(super) priority: i32,
    pub(super) tier: Tier,
    pub(super) privacy: Privacy,
    pub(super) scope: Option<Scope>,
    pub(super) uses_protected: Vec<String>,
    pub(super) aged_from: Timestamp,
    pub(super) is_shadow: bool,
    pub(super) armed_from: Timestamp,
    pub(super) brake_profile: BrakeProfile,
}

/// A candidate as stored.
#[derive(Debug)]
pub(super) struct StoredCandidate {
    pub(super) id: Id,
    pub(super) key: FilterKey,
    pub(super) rules: String,
    pub(super) actions: Option<Actions>,
    pub(super) uses_protected: Vec<String>,
    pub(super) ends_at: Timestamp,
}

/// All candidates that run. One that cannot be read is left out.
pub(super) async fn candidates(conn: &mut Conn) -> Result<Vec<StoredCandidate>, StoreError> {
    let rows = conn.rows(CANDIDATES).await?;
    Ok(rows.iter().filter_map(|row| candidate(row).map_err(|error| unread(row, &error)).ok()).collect())
}

/// The candidates of one filter that run.
pub(super) async fn candidates_of(conn: &mut Conn, key: &FilterKey) -> Result<Vec<StoredCandidate>, StoreError> {
    let rows = conn.rows(sql!(CANDIDATES_OF_ONE, &key.wiki, i64::from(key.number.0))).await?;
    Ok(rows.iter().filter_map(|row| candidate(row).map_err(|error| unread(row, &error)).ok()).collect())
}

fn candidate(row: &Row) -> Result<StoredCandidate, StoreError> {
    let actions: Option<String> = row.get(4)?;
    let parsed = |text: String| {
        serde_json::from_str(&text).map(Actions).map_err(|_| StoreError::Corrupt("candidates.actions".into()))
    };
    Ok(StoredCandidate {
        id: row.get(0)?,
        key: FilterKey { wiki: row.get(1)?, number: FilterNumber(row.get(2)?) },
        rules: row.get(3)?,
        actions: actions.map(parsed).transpose()?,
        uses_protected: json(row, 5)?,
        ends_at: row.get(6)?,
    })
}

/// Opt-outs by wiki and farm-wide filter.
pub(super) type OptOuts = HashMap<(WikiId, FilterNumber), OptOut>;

/// Number of the newest change.
pub(super) async fn seq(conn: &mut Conn) -> Result<i64, StoreError> {
    conn.one(SEQ).await?.get(0)
}

/// All filters that run, in effect or in the shadow. One that cannot be read is reported and left out.
pub(super) async fn running(conn: &mut Conn) -> Result<Vec<Stored>, StoreError> {
    let rows = conn.rows(RUNNING).await?;
    Ok(rows.iter().filter_map(|row| filter(row).map_err(|error| unread(row, &error)).ok()).collect())
}

/// One filter, if it runs.
pub(super) async fn running_one(conn: &mut Conn, key: &FilterKey) -> Result<Option<Stored>, StoreError> {
    let row = conn.row(sql!(RUNNING_ONE, &key.wiki, i64::from(key.number.0))).await?;
    Ok(row.as_ref().and_then(|row| filter(row).map_err(|error| unread(row, &error)).ok()))
}

/// All opt-outs.
pub(super) async fn optouts(conn: &mut Conn) -> Result<OptOuts, StoreError> {
    let mut all = OptOuts::new();
    for row in conn.rows(OPTOUTS).await? {
        let (wiki, number, mode): (WikiId, u32, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let consequences: Vec<String> = json(&row, 3)?;
        if let Some(optout) = OptOut::find(&mode, consequences) {
            all.insert((wiki, FilterNumber(number)), optout);
        }
    }
    Ok(all)
}

fn filter(row: &Row) -> Result<Stored, StoreError> {
    let corrupt = |column: &str| StoreError::Corrupt(format!("filters.{column}"));
    let actions: BTreeMap<String, Vec<String>> = json(row, 6)?;
    let scope: Option<String> = row.get(10)?;
    Ok(Stored {
        key: FilterKey { wiki: row.get(0)?, number: FilterNumber(row.get(1)?) },
        version: Version(row.get(2)?),
        group: row.get(3)?,
        name: row.get(4)?,
        rules: row.get(5)?,
        actions: Actions(actions),
        priority: i32::try_from(row.get::<i64>(7)?).map_err(|_| corrupt("priority"))?,
        tier: Tier::find(&row.get::<String>(8)?).ok_or_else(|| corrupt("tier"))?,
        privacy: Privacy::from_bits(row.get(9)?).ok_or_else(|| corrupt("privacy"))?,
        scope: scope.map(|text| self::scope(&text).ok_or_else(|| corrupt("scope"))).transpose()?,
        uses_protected: json(row, 11)?,
        aged_from: row.get(12)?,
        is_shadow: row.get::<String>(13)? == State::Shadow.name(),
        armed_from: row.get(14)?,
        brake_profile: BrakeProfile::find(&row.get::<String>(15)?).ok_or_else(|| corrupt("brake_profile"))?,
    })
}

fn json<T: serde::de::DeserializeOwned>(row: &Row, index: usize) -> Result<T, StoreError> {
    let text: String = row.get(index)?;
    serde_json::from_str(&text).map_err(|_| StoreError::Corrupt(format!("column {index}")))
}

/// A scope as stored: `{"include": ["set:large"], "exclude": ["dewiki"]}`.
fn scope(text: &str) -> Option<Scope> {
    let lists: BTreeMap<String, Vec<String>> = serde_json::from_str(text).ok()?;
    let entries = |name: &str| -> Option<Vec<WikiOrSet>> {
        lists.get(name).map_or(Some(Vec::new()), |list| list.iter().map(|entry| entry.parse().ok()).collect())
    };
    Some(Scope { include: entries("include")?, exclude: entries("exclude")? })
}

fn unread(row: &Row, error: &StoreError) {
    let wiki: String = row.get(0).unwrap_or_default();
    let filter: i64 = row.get(1).unwrap_or_default();
    let error = error as &dyn std::error::Error;
    tracing::error!(wiki, filter.id = filter, error, "a stored filter cannot be read and is not in force");
}
