//! What was saved lately on a wiki: versions of all its filters, newest first.

use super::records;
use super::service::{Filters, ReadError};
use super::visible::Sight;
use crate::model::{Editor, FilterKey, Origin, Version};
use wikiward_farm::clock::micros;
use wikiward_farm::{Limit, Page, Timestamp, Viewer, WikiId};

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangesQuery {
    /// Saved by the person of this name; none for everybody.
    pub editor: Option<String>,
    /// Of this filter, which may be a farm-wide one; none for all of the wiki's own.
    pub filter: Option<FilterKey>,
}

/// A version of a filter.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterChange {
    /// The filter.
    pub key: FilterKey,
    /// What it is called now.
    pub name: String,
    /// The version that was made.
    pub version: Version,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Editor,
    /// Why.
    pub reason: String,
    /// Which fields it changed.
    pub changed_fields: Vec<String>,
    /// How it came about.
    pub origin: Origin,
}

/// Where a page of changes ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct ChangeKey {
    /// Microseconds since 1970.
    pub at: i64,
    /// The filter's number.
    pub filter: u32,
    /// The version's number.
    pub version: u32,
}

impl FilterChange {
    /// Its place among the changes of its owner; larger is newer.
    pub fn key(&self) -> ChangeKey {
        ChangeKey { at: micros(self.at), filter: self.key.number.0, version: self.version.0 }
    }
}

impl Filters {
    /// A page of what was saved on a wiki, newest first: versions that the filter's own history shows to the viewer.
    ///
    /// # Errors
    /// [`ReadError::NotFound`] if there is no such wiki. Of a filter that is not there or may not be seen nothing is found.
    pub async fn changes(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        query: &ChangesQuery,
        before: Option<ChangeKey>,
        limit: Limit,
    ) -> Result<Page<FilterChange, ChangeKey>, ReadError> {
        if !self.knows(wiki) {
            return Err(ReadError::NotFound);
        }
        let owner = query.filter.as_ref().map_or(wiki, |key| &key.wiki);
        let sight = Sight::new(viewer, owner, wiki, &*self.registry().await?);
        let mut conn = self.store.reader().await?;
        let found = records::saved_on(&mut conn, owner, query, &sight, before, limit.items() + 1).await?;
        Ok(Page::cut(found, limit, FilterChange::key))
    }
}

#[cfg(test)]
mod tests;
