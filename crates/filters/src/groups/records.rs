//! Rows of groups and custom consequences.

use super::custom::{CustomConsequence, CustomDocument};
use super::document::{self, GroupDocument};
use super::{Group, Registry};
use wikiward_farm::{Timestamp, WikiId};
use wikiward_store::{Column, Conn, StoreError, sql};

const GROUPS: &str = "SELECT name, version, document FROM filter_groups ORDER BY name";
const CONSEQUENCES: &str = "SELECT name, document FROM custom_consequences ORDER BY name";
const PUT_GROUP: &str = "INSERT INTO filter_groups (name, owner, version, document, updated_at) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, version = excluded.version, \
    document = excluded.document, updated_at = excluded.updated_at";
const DELETE_GROUP: &str = "DELETE FROM filter_groups WHERE name = $1";
const PUT_CONSEQUENCE: &str = "INSERT INTO custom_consequences (name, owner, document, updated_at) \
    VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, document = excluded.document, \
    updated_at = excluded.updated_at";
const DELETE_CONSEQUENCE: &str = "DELETE FROM custom_consequences WHERE name = $1";
const ENABLED_OF_GROUP: &str = "SELECT wiki, filter_id, rules, uses_vars, actions, privacy FROM filters \
    WHERE filter_group = $1 AND state = 'enabled' ORDER BY wiki, filter_id";
const ENABLED: &str = "SELECT wiki, filter_id, rules, uses_vars, actions, privacy FROM filters \
    WHERE state = 'enabled' ORDER BY wiki, filter_id";

impl Registry {
    /// What comes with the service and what is registered.
    ///
    /// A row that this program cannot read is left out and logged: one bad group must not stop the others.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn load(conn: &mut Conn) -> Result<Self, StoreError> {
        let mut registry = Self::builtin();
        for row in conn.rows(CONSEQUENCES).await? {
            let name: String = row.get(0)?;
            let document = serde_json::from_str::<CustomDocument>(&row.get::<String>(1)?).ok();
            match document.and_then(|document| CustomConsequence::parse(&name, &document).ok()) {
                Some(custom) => drop(registry.consequences.insert(name, custom)),
                None => tracing::error!(consequence = name, "a registered consequence cannot be read and is left out"),
            }
        }
        for row in conn.rows(GROUPS).await? {
            let name: String = row.get(0)?;
            let document = serde_json::from_str::<GroupDocument>(&row.get::<String>(2)?).ok();
            let custom: Vec<&str> = registry.consequences.keys().map(String::as_str).collect();
            match document.and_then(|document| document::parse(&name, &document, &custom).ok()) {
                Some(mut group) => {
                    group.version = u32::read(&row, 1)?;
                    registry.groups.insert(name, group);
                }
                None => tracing::error!(group = name, "a registered group cannot be read and is left out"),
            }
        }
        Ok(registry)
    }
}

/// An enabled filter, as far as groups need to know it.
#[derive(Debug)]
pub(crate) struct EnabledFilter {
    pub(crate) wiki: WikiId,
    pub(crate) number: u32,
    pub(crate) rules: String,
    pub(crate) uses_vars: Vec<String>,
    pub(crate) actions: String,
    pub(crate) is_public: bool,
}

/// Enabled filters of a group, or of all, on all wikis.
pub(crate) async fn enabled(conn: &mut Conn, group: Option<&str>) -> Result<Vec<EnabledFilter>, StoreError> {
    let rows = match group {
        Some(group) => conn.rows(sql!(ENABLED_OF_GROUP, group)).await?,
        None => conn.rows(ENABLED).await?,
    };
    let read = |row: &wikiward_store::Row| {
        let uses_vars: String = row.get(3)?;
        Ok(EnabledFilter {
            wiki: row.get(0)?,
            number: row.get(1)?,
            rules: row.get(2)?,
            uses_vars: serde_json::from_str(&uses_vars).map_err(|_| StoreError::Corrupt("uses_vars".into()))?,
            actions: row.get(4)?,
            is_public: row.get::<i64>(5)? == 0,
        })
    };
    rows.iter().map(read).collect()
}

pub(crate) async fn put_group(conn: &mut Conn, group: &Group, now: Timestamp) -> Result<(), StoreError> {
    let document = serde_json::to_string(&group.document()).unwrap_or_default();
    conn.execute(sql!(PUT_GROUP, &group.name, &group.owner, group.version, document, now)).await?;
    Ok(())
}

pub(crate) async fn delete_group(conn: &mut Conn, name: &str) -> Result<u64, StoreError> {
    conn.execute(sql!(DELETE_GROUP, name)).await
}

pub(crate) async fn put_consequence(
    conn: &mut Conn,
    custom: &CustomConsequence,
    now: Timestamp,
) -> Result<(), StoreError> {
    let document = serde_json::to_string(&custom.document()).unwrap_or_default();
    conn.execute(sql!(PUT_CONSEQUENCE, &custom.name, &custom.owner, document, now)).await?;
    Ok(())
}

pub(crate) async fn delete_consequence(conn: &mut Conn, name: &str) -> Result<u64, StoreError> {
    conn.execute(sql!(DELETE_CONSEQUENCE, name)).await
}
