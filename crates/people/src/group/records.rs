//! Rows of the rights of groups.

use super::GroupRights;
use crate::wiki::records::document;
use serde_json::Value;
use wikiward_farm::right::RightSet;
use wikiward_farm::{Right, WikiId};
use wikiward_store::{Conn, StoreError, sql};

const ALL: &str = "SELECT wiki, user_group, rights FROM group_rights";
const PUT: &str = "INSERT INTO group_rights (wiki, user_group, rights) VALUES ($1, $2, $3) \
                   ON CONFLICT (wiki, user_group) DO UPDATE SET rights = excluded.rights";
const DELETE: &str = "DELETE FROM group_rights WHERE wiki = $1 AND user_group = $2";

/// Rights as a list of names; a name that is not known any more is left out.
pub(crate) fn rights_of(names: &[String]) -> RightSet {
    names.iter().filter_map(|name| Right::find(name)).collect()
}

/// The names of rights as a JSON list.
pub(crate) fn names_of(rights: RightSet) -> Value {
    rights.iter().map(Right::name).collect()
}

pub(crate) async fn all(conn: &mut Conn) -> Result<GroupRights, StoreError> {
    let mut groups = GroupRights::default();
    for row in conn.rows(ALL).await? {
        let names: Vec<String> = document(&row, 2, "group_rights.rights")?;
        groups.insert(row.get(0)?, row.get(1)?, rights_of(&names));
    }
    Ok(groups)
}

pub(crate) async fn put(conn: &mut Conn, wiki: &WikiId, group: &str, rights: RightSet) -> Result<(), StoreError> {
    conn.execute(sql!(PUT, wiki, group, names_of(rights).to_string())).await?;
    Ok(())
}

/// Removes the list; whether there was one.
pub(crate) async fn delete(conn: &mut Conn, wiki: &WikiId, group: &str) -> Result<bool, StoreError> {
    Ok(conn.execute(sql!(DELETE, wiki, group)).await? == 1)
}
