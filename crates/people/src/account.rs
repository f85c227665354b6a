//! Accounts of people at this service.
//!
//! Most people come from a wiki and have none. Accounts are for who runs the farm, and for the time before a wiki is
//! connected.

pub(crate) mod records;
mod service;
mod tickets;

pub use service::AccountError;
pub use tickets::{NewTicket, RedeemError};

use std::collections::BTreeMap;
use wikiward_farm::right::RightSet;
use wikiward_farm::{Right, Timestamp, UserName, Viewer, WikiId};

/// Most wikis on which one account can have rights of its own.
pub const RIGHTS_WIKIS_MAX: usize = 1000;

/// An account.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// Its number.
    pub id: i64,
    /// Its name; no two differ only in case.
    pub name: UserName,
    /// Goes up with every change.
    pub version: u32,
    /// Whether it has a password.
    pub has_password: bool,
    /// The account elsewhere that it is linked to.
    pub identity: Option<Identity>,
    /// Whether nobody can sign in to it.
    pub is_disabled: bool,
    /// What it may do on which wiki; on the farm `*`, everywhere.
    pub rights: BTreeMap<WikiId, RightSet>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// When somebody signed in to it last.
    pub last_sign_in_at: Option<Timestamp>,
}

/// An account elsewhere, as OpenID Connect names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The service's issuer.
    pub issuer: String,
    /// The account's name for programs there; it never changes.
    pub subject: String,
}

/// What can be said of an account.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountDraft {
    /// Its name.
    pub name: UserName,
    /// What it may do on which wiki.
    pub rights: BTreeMap<WikiId, RightSet>,
    /// The account elsewhere that it is linked to.
    pub identity: Option<Identity>,
    /// Whether nobody can sign in to it.
    pub is_disabled: bool,
}

impl Account {
    fn draft(&self) -> AccountDraft {
        AccountDraft {
            name: self.name.clone(),
            rights: self.rights.clone(),
            identity: self.identity.clone(),
            is_disabled: self.is_disabled,
        }
    }
}

/// A name as it is compared.
pub(crate) fn key_of(name: &UserName) -> String {
    name.as_str().to_lowercase()
}

/// A right among `rights` that `viewer` does not have there.
///
/// Nobody gives a right that he does not have, and nobody manages the account of who may do more: else managing accounts
/// would be having every right.
pub(crate) fn beyond<'r>(
    viewer: &Viewer,
    rights: impl IntoIterator<Item = (&'r WikiId, &'r RightSet)>,
) -> Option<(WikiId, Right)> {
    rights.into_iter().find_map(|(wiki, rights)| {
        let own = viewer.rights_on(wiki);
        rights.iter().find(|right| !own.has(*right)).map(|right| (wiki.clone(), right))
    })
}

/// Whether these rights let somebody manage accounts.
pub(crate) fn is_administrator(rights: &BTreeMap<WikiId, RightSet>) -> bool {
    rights.get(&WikiId::farm()).is_some_and(|rights| rights.has(Right::ManageAccounts))
}
