//! Changing the rights of groups.

use super::{GroupRights, records};
use crate::people::{People, entry};
use crate::wiki::is_group;
use std::sync::Arc;
use wikiward_farm::right::RightSet;
use wikiward_farm::{Coded, Right, Viewer, WikiId};
use wikiward_store::StoreError;

/// Why the rights of a group were not changed.
#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    /// The viewer lacks this right.
    #[error("this needs the right {0}")]
    Forbidden(Right),
    /// The viewer would give a right that the viewer does not have.
    #[error("you cannot give {0}: you do not have it farm-wide yourself")]
    Beyond(Right),
    /// There is no such wiki.
    #[error("there is no such wiki")]
    Unknown,
    /// It cannot be the name of a group.
    #[error("the name of a group has 1 to 255 bytes, and no control characters or spaces at its ends")]
    Name,
    /// The database did not take it.
    #[error("the store did not answer")]
    Store(#[from] StoreError),
}

impl Coded for GroupError {
    fn code(&self) -> &'static str {
        match self {
            Self::Forbidden(_) | Self::Beyond(_) => "forbidden",
            Self::Unknown => "not_found",
            Self::Name => "invalid",
            Self::Store(error) => error.code(),
        }
    }
}

impl People {
    /// The lists of rights that groups have.
    pub fn group_rights(&self) -> Arc<GroupRights> {
        self.snapshot().groups()
    }

    /// Writes the list of rights of `group` on `wiki` (`*`: on every wiki without a list of its own); with none, removes
    /// it, so that the next wider one holds.
    ///
    /// # Errors
    /// [`GroupError`].
    pub async fn set_group_rights(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        group: &str,
        rights: Option<RightSet>,
    ) -> Result<(), GroupError> {
        let farm = WikiId::farm();
        if !viewer.may(Right::ManageFarm, &farm) {
            return Err(GroupError::Forbidden(Right::ManageFarm));
        }
        if !wiki.is_farm() && self.wiki(wiki).is_none() {
            return Err(GroupError::Unknown);
        }
        if !is_group(group) {
            return Err(GroupError::Name);
        }
        let own = viewer.rights_on(&farm);
        if let Some(beyond) = rights.unwrap_or_default().iter().find(|right| !own.has(*right)) {
            return Err(GroupError::Beyond(beyond));
        }
        let now = self.now();
        let mut tx = self.store.begin().await?;
        match rights {
            Some(rights) => records::put(&mut tx, wiki, group, rights).await?,
            None => {
                if !records::delete(&mut tx, wiki, group).await? {
                    return Ok(());
                }
            }
        }
        let details = serde_json::json!({ "group": group, "rights": rights.map(records::names_of) });
        tx.audit(&entry(viewer, now, wiki, "group_rights.set", format!("group:{wiki}:{group}"), details)).await?;
        self.finish(tx, "groups").await?;
        Ok(())
    }
}
