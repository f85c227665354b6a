//! Rows of wikis and of sets of wikis.

use super::{SetDraft, Wiki, WikiDraft, WikiSet};
use crate::key::PublicKey;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use wikiward_farm::{Timestamp, WikiId, WikiSetId};
use wikiward_store::{Conn, Row, StoreError, sql};

const ALL: &str = "SELECT wiki, version, label, url, language, public_key, settings, farm_groups, is_closed, created_at, \
                   updated_at FROM wikis ORDER BY wiki";
const INSERT: &str = "INSERT INTO wikis (wiki, version, label, url, language, public_key, settings, farm_groups, is_closed, \
                      created_at, updated_at) VALUES ($1, 1, $2, $3, $4, $5, $6, $7, FALSE, $8, $8)";
const UPDATE: &str = "UPDATE wikis SET version = version + 1, label = $1, url = $2, language = $3, public_key = $4, \
                      settings = $5, farm_groups = $6, is_closed = $7, updated_at = $8 WHERE wiki = $9 AND version = $10";
const SETS: &str = "SELECT wiki_set, version, label, created_at FROM wiki_sets ORDER BY wiki_set";
const MEMBERS: &str = "SELECT wiki_set, wiki FROM wiki_set_members";
const INSERT_SET: &str = "INSERT INTO wiki_sets (wiki_set, version, label, created_at) VALUES ($1, 1, $2, $3)";
const UPDATE_SET: &str = "UPDATE wiki_sets SET version = version + 1, label = $1 WHERE wiki_set = $2 AND version = $3";
const DELETE_SET: &str = "DELETE FROM wiki_sets WHERE wiki_set = $1 AND version = $2";
const DELETE_MEMBERS: &str = "DELETE FROM wiki_set_members WHERE wiki_set = $1";
const INSERT_MEMBER: &str = "INSERT INTO wiki_set_members (wiki_set, wiki) VALUES ($1, $2)";

/// Reads a column that holds a JSON document of this shape.
pub(crate) fn document<T: serde::de::DeserializeOwned>(row: &Row, index: usize, name: &str) -> Result<T, StoreError> {
    serde_json::from_str(&row.get::<String>(index)?).map_err(|_| StoreError::Corrupt(name.to_owned()))
}

fn wiki(row: &Row) -> Result<Wiki, StoreError> {
    let id: WikiId = row.get(0)?;
    let key: Option<String> = row.get(5)?;
    // A key that is not understood any more vouches for nobody; the wiki stays.
    let public_key = key.and_then(|text| {
        PublicKey::parse(&text)
            .inspect_err(|error| {
                let error = error as &dyn std::error::Error;
                tracing::error!(wiki = %id, error, "the stored key of a wiki cannot be used");
            })
            .ok()
    });
    Ok(Wiki {
        version: row.get(1)?,
        draft: WikiDraft {
            label: row.get(2)?,
            url: row.get(3)?,
            language: row.get(4)?,
            public_key,
            settings: document::<Map<String, Value>>(row, 6, "wikis.settings")?,
            farm_groups: document(row, 7, "wikis.farm_groups")?,
        },
        is_closed: row.get(8)?,
        created_at: row.get(9)?,
        updated_at: row.get(10)?,
        id,
    })
}

pub(crate) async fn all(conn: &mut Conn) -> Result<Vec<Wiki>, StoreError> {
    conn.rows(ALL).await?.iter().map(wiki).collect()
}

fn key_of(draft: &WikiDraft) -> Option<&str> {
    draft.public_key.as_ref().map(PublicKey::as_str)
}

fn list(items: &[String]) -> String {
    Value::from(items).to_string()
}

pub(crate) async fn insert(conn: &mut Conn, id: &WikiId, draft: &WikiDraft, now: Timestamp) -> Result<(), StoreError> {
    let settings = Value::from(draft.settings.clone()).to_string();
    let (label, url, language) = (&draft.label, &draft.url, &draft.language);
    let groups = list(&draft.farm_groups);
    conn.execute(sql!(INSERT, id, label, url, language, key_of(draft), settings, groups, now)).await?;
    Ok(())
}

/// Writes `new` over version `base`; whether that was the present one.
pub(crate) async fn update(conn: &mut Conn, new: &Wiki, base: u32, now: Timestamp) -> Result<bool, StoreError> {
    let draft = &new.draft;
    let settings = Value::from(draft.settings.clone()).to_string();
    let statement = sql!(
        UPDATE,
        &draft.label,
        &draft.url,
        &draft.language,
        key_of(draft),
        settings,
        list(&draft.farm_groups),
        new.is_closed,
        now,
        &new.id,
        base,
    );
    Ok(conn.execute(statement).await? == 1)
}

pub(crate) async fn sets(conn: &mut Conn) -> Result<Vec<WikiSet>, StoreError> {
    let mut members: BTreeMap<String, BTreeSet<WikiId>> = BTreeMap::new();
    for row in conn.rows(MEMBERS).await? {
        members.entry(row.get(0)?).or_default().insert(row.get(1)?);
    }
    let rows = conn.rows(SETS).await?;
    let set = |row: &Row| {
        let name: String = row.get(0)?;
        let wikis = members.remove(&name).unwrap_or_default();
        let id: WikiSetId = name.parse().map_err(|_| StoreError::Corrupt("wiki_sets.wiki_set".into()))?;
        let draft = SetDraft { label: row.get(2)?, wikis };
        Ok(WikiSet { id, version: row.get(1)?, draft, created_at: row.get(3)? })
    };
    rows.iter().map(set).collect()
}

pub(crate) async fn insert_set(
    conn: &mut Conn,
    id: &WikiSetId,
    draft: &SetDraft,
    now: Timestamp,
) -> Result<(), StoreError> {
    conn.execute(sql!(INSERT_SET, id.as_str(), &draft.label, now)).await?;
    insert_members(conn, id, draft).await
}

/// Writes `draft` over version `base`; whether that was the present one.
pub(crate) async fn update_set(
    conn: &mut Conn,
    id: &WikiSetId,
    draft: &SetDraft,
    base: u32,
) -> Result<bool, StoreError> {
    if conn.execute(sql!(UPDATE_SET, &draft.label, id.as_str(), base)).await? == 0 {
        return Ok(false);
    }
    conn.execute(sql!(DELETE_MEMBERS, id.as_str())).await?;
    insert_members(conn, id, draft).await?;
    Ok(true)
}

async fn insert_members(conn: &mut Conn, id: &WikiSetId, draft: &SetDraft) -> Result<(), StoreError> {
    for wiki in &draft.wikis {
        conn.execute(sql!(INSERT_MEMBER, id.as_str(), wiki)).await?;
    }
    Ok(())
}

/// Removes version `base`; whether that was the present one.
pub(crate) async fn delete_set(conn: &mut Conn, id: &WikiSetId, base: u32) -> Result<bool, StoreError> {
    Ok(conn.execute(sql!(DELETE_SET, id.as_str(), base)).await? == 1)
}
