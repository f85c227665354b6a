//! Tokens of programs.

pub(crate) mod records;
mod service;

pub use service::{NewToken, TokenError};

use crate::scope::{Scope, Scopes};
use wikiward_farm::{Timestamp, WikiId};

/// Most tokens of a wiki that are not revoked.
pub const TOKENS_PER_WIKI_MAX: usize = 50;

/// A program that calls with a service token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceCaller {
    /// Public identifier of the token.
    pub token_id: String,
    /// What its maker called it.
    pub label: String,
    /// The wiki it is for; the farm `*` for every wiki.
    pub wiki: WikiId,
    /// What it is for.
    pub scopes: Scopes,
}

impl ServiceCaller {
    /// Whether it is for `scope`.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.has(scope)
    }

    /// Whether it is for `wiki`.
    pub fn serves(&self, wiki: &WikiId) -> bool {
        self.wiki.is_farm() || self.wiki == *wiki
    }
}

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Public identifier, part of the secret's text.
    pub id: String,
    /// The wiki it is for; the farm `*` for every wiki.
    pub wiki: WikiId,
    /// What its maker called it.
    pub label: String,
    /// What it is for.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// When it stops to count, if ever.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// Who revoked it.
    pub revoked_by: Option<String>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// What a token is asked to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenDraft {
    /// The wiki it is for; the farm `*` for every wiki.
    pub wiki: WikiId,
    /// What it is called.
    pub label: String,
    /// What it is for; at least one.
    pub scopes: Scopes,
    /// When it stops to count; after now.
    pub expires_at: Option<Timestamp>,
}
