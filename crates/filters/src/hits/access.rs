//! The log of access: who looked at addresses and protected values, and who hid hits.
//!
//! An entry is written before the data is read; if it cannot be written, the data is not given. Entries never hold what was
//! looked at.

pub(crate) mod records;

use crate::hits::ask::{HitError, Hits};
use crate::hits::visible::Sight;
use wikiward_farm::{Id, Limit, Page, Right, Timestamp, Viewer, WikiId};

/// How long one look at a protected variable of a person stands for further ones.
pub const MERGED_HOURS: i64 = 24;

/// What kind of access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessKind {
    /// The address of a hit.
    PrivateDetails,
    /// A search by address.
    AddressSearch,
    /// A protected variable of a person.
    ProtectedVars,
    /// A hit was hidden.
    Hidden,
    /// A hidden hit was shown again.
    Shown,
}

impl AccessKind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::PrivateDetails, Self::AddressSearch, Self::ProtectedVars, Self::Hidden, Self::Shown];

    /// As stored and answered.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PrivateDetails => "privatedetails",
            Self::AddressSearch => "address-search",
            Self::ProtectedVars => "protected-vars",
            Self::Hidden => "hit-hidden",
            Self::Shown => "hit-shown",
        }
    }

    /// The one of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The right to read such entries.
    pub const fn readable_with(self) -> Right {
        match self {
            Self::PrivateDetails | Self::AddressSearch => Right::PrivateDetailsLog,
            Self::ProtectedVars => Right::ProtectedVarsLog,
            Self::Hidden | Self::Shown => Right::HiddenLog,
        }
    }
}

/// An entry to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessEntry {
    /// What kind.
    pub kind: AccessKind,
    /// On which wiki.
    pub wiki: WikiId,
    /// Who, as [`wikiward_farm::Principal::key`] writes it.
    pub by_key: String,
    /// Who, for people.
    pub by_name: String,
    /// The person looked at.
    pub subject: String,
    /// The hit.
    pub hit_id: Option<Id>,
    /// The protected variable.
    pub variable: String,
    /// Why.
    pub reason: String,
}

impl AccessEntry {
    /// An entry of what `viewer` does.
    pub fn new(kind: AccessKind, wiki: &WikiId, viewer: &Viewer, subject: &str, hit_id: Option<Id>) -> Self {
        Self {
            kind,
            wiki: wiki.clone(),
            by_key: viewer.principal.key(),
            by_name: viewer.principal.name().to_owned(),
            subject: subject.to_owned(),
            hit_id,
            variable: String::new(),
            reason: String::new(),
        }
    }
}

/// An entry as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAccess {
    /// Its id.
    pub entry_id: Id,
    /// When.
    pub at: Timestamp,
    /// What it says.
    pub entry: AccessEntry,
}

/// The place of an entry in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessKey {
    /// When.
    pub at: Timestamp,
    /// Which.
    pub entry_id: Id,
}

impl Hits {
    /// Entries of `wiki` of these kinds, newest first. Entries about hits that may not be seen are left out. Kinds that the
    /// viewer may not read must be left out by who asks ([`AccessKind::readable_with`]).
    ///
    /// # Errors
    /// [`HitError::Store`].
    pub async fn access_log(
        &self,
        wiki: &WikiId,
        kinds: &[AccessKind],
        sight: &Sight,
        after: Option<AccessKey>,
        limit: Limit,
    ) -> Result<Page<KeptAccess, AccessKey>, HitError> {
        let mut conn = self.store.reader().await?;
        Ok(records::list(&mut conn, wiki, kinds, sight, after, limit).await?)
    }
}
