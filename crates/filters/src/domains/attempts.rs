//! The log of attempts to link to blocked domains: entries of the kind `blockeddomainhit`.
//!
//! Who may read it has the right `abusefilter-blocked-external-domains-log`. Entries hold no address.

pub(crate) mod records;

use crate::snapshot::Snapshots;
use std::sync::Arc;
use wikiward_farm::{Id, Limit, Page, Right, Timestamp, Viewer, WikiId};
use wikiward_store::Store;

use super::DomainError;

/// What entries are called.
pub const KIND: &str = "blockeddomainhit";

/// An attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its place in the log.
    pub key: AttemptKey,
    /// Kind of action, such as `edit`.
    pub kind: String,
    /// The user's id, if registered.
    pub actor_id: Option<i64>,
    /// The user's name.
    pub actor_name: String,
    /// What kind of user.
    pub actor_type: String,
    /// Namespace number of the page.
    pub target_ns: i64,
    /// Its title without namespace.
    pub target_title: String,
    /// Its id.
    pub target_page_id: Option<i64>,
    /// The domains, as they stood in the lists.
    pub domains: Vec<String>,
    /// The code that the refused person was shown.
    pub ref_code: String,
}

/// The place of an attempt in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptKey {
    /// When.
    pub at: Timestamp,
    /// Which.
    pub hit_id: Id,
}

/// Which attempts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Which {
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// By this user.
    pub actor: Option<String>,
    /// With this code.
    pub ref_code: Option<String>,
}

/// Answers for the log. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Attempts {
    store: Store,
    snapshots: Arc<Snapshots>,
}

impl Attempts {
    /// The log in `store`.
    pub fn new(store: Store, snapshots: Arc<Snapshots>) -> Self {
        Self { store, snapshots }
    }

    /// A page of a wiki's log, newest first.
    ///
    /// # Errors
    /// [`DomainError::NotFound`] if there is no such wiki, [`DomainError::Forbidden`], [`DomainError::Store`].
    pub async fn list(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        which: &Which,
        after: Option<AttemptKey>,
        limit: Limit,
    ) -> Result<Page<Attempt, AttemptKey>, DomainError> {
        if wiki.is_farm() || !self.snapshots.current().knows(wiki) {
            return Err(DomainError::NotFound);
        }
        if !viewer.may(Right::BlockedDomainsLog, wiki) {
            return Err(DomainError::Forbidden(Right::BlockedDomainsLog));
        }
        let mut conn = self.store.reader().await?;
        let attempts = records::list(&mut conn, wiki, which, after, limit.items() + 1).await?;
        Ok(Page::cut(attempts, limit, |attempt| attempt.key))
    }
}
