//! Archived actions in pages, for people who look for one.

use super::read::BATCH;
use super::records::{self, Depth, Found};
use super::{Archive, Ask, StoredAction};
use crate::hits::Sight;
use wikiward_farm::clock::micros;
use wikiward_farm::{Id, Limit, Page, Timestamp};
use wikiward_store::StoreError;

/// Where a page of actions ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ActionKey {
    /// When the action was judged.
    pub at: Timestamp,
    /// Its evaluation.
    pub id: Id,
}

impl StoredAction {
    /// Its place in the archive; larger is newer.
    pub fn key(&self) -> ActionKey {
        ActionKey { at: self.at, id: self.id }
    }
}

impl Archive {
    /// A full page of the actions that are asked for and may be known of, without their variables, newest first: what may not
    /// be known of leaves no gap in it.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn page(
        &self,
        ask: &Ask,
        sight: &Sight,
        after: Option<ActionKey>,
        limit: Limit,
    ) -> Result<Page<StoredAction, ActionKey>, StoreError> {
        let mut found: Vec<StoredAction> = Vec::new();
        let mut after = after.map(|key| (micros(key.at), key.id));
        // Rows, hits and thresholds of one moment belong together.
        let mut conn = self.store.snapshot().await?;
        let mut most = limit.items() + 1;
        while sight.rows && found.len() <= limit.items() {
            let rows = records::batch(&mut conn, ask, after, most, Depth::Bare).await?;
            let is_last = rows.len() < most;
            after = rows.last().map(Found::key).or(after);
            let rows = records::seen(&mut conn, rows, sight, Depth::Bare).await?;
            found.extend(rows.into_iter().map(|row| row.action));
            if is_last {
                break;
            }
            // Much that may not be known of lies between.
            most = BATCH;
        }
        Ok(Page::cut(found, limit, StoredAction::key))
    }
}
