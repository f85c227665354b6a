//! Making and revoking tokens.

use super::{TOKENS_PER_WIKI_MAX, Token, TokenDraft, records};
use crate::people::{People, entry};
use crate::secret::{self, Kind};
use crate::wiki::{Wrong, check_label};
use wikiward_farm::{Coded, Limit, Page, Right, Timestamp, Viewer, WikiId};
use wikiward_store::StoreError;

/// A token that was just made: the only time its secret is known.
#[derive(Clone)]
pub struct NewToken {
    /// The token.
    pub token: Token,
    /// What the program sends as its bearer.
    pub secret: String,
}

impl std::fmt::Debug for NewToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.token.fmt(f)
    }
}

/// Why a token was not made or revoked.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The viewer lacks this right.
    #[error("this needs the right {0}")]
    Forbidden(Right),
    /// There is none, or the viewer may not know.
    #[error("there is no such token")]
    Unknown,
    /// What was sent cannot be: everything that is wrong.
    #[error("the token cannot be made like that")]
    Invalid(Vec<Wrong>),
    /// The database did not take it.
    #[error("the store did not answer")]
    Store(#[from] StoreError),
}

impl Coded for TokenError {
    fn code(&self) -> &'static str {
        match self {
            Self::Forbidden(_) => "forbidden",
            Self::Unknown => "not_found",
            Self::Invalid(_) => "invalid",
            Self::Store(error) => error.code(),
        }
    }
}

impl TokenDraft {
    fn check(&self, is_known: bool, now: Timestamp) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        check_label(&self.label, &mut wrong);
        if !is_known {
            wrong.push(Wrong::new("unknown_wiki", "wiki", format!("there is no open wiki `{}`", self.wiki)));
        }
        if self.scopes.is_empty() {
            wrong.push(Wrong::new(
                "no_scope",
                "scopes",
                "a token without a scope is good for nothing: name at least one",
            ));
        }
        if self.expires_at.is_some_and(|at| at <= now) {
            wrong.push(Wrong::new("in_the_past", "expires_at", "it must lie in the future"));
        }
        wrong
    }
}

impl People {
    /// Makes a token. Its secret is in the answer and nowhere else.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn make_token(&self, viewer: &Viewer, draft: TokenDraft) -> Result<NewToken, TokenError> {
        if !viewer.may(Right::ManageFarm, &draft.wiki) {
            return Err(TokenError::Forbidden(Right::ManageFarm));
        }
        let now = self.now();
        let wrong = draft.check(self.snapshot().is_open(&draft.wiki), now);
        if !wrong.is_empty() {
            return Err(TokenError::Invalid(wrong));
        }
        let made = secret::make(Kind::Service, now, &*self.entropy);
        let by = viewer.principal.key();
        let mut tx = self.store.begin().await?;
        records::insert(&mut tx, &made.id, &draft, &made.digest, &by, now).await?;
        if records::count(&mut tx, &draft.wiki).await? > i64::try_from(TOKENS_PER_WIKI_MAX).unwrap_or(i64::MAX) {
            let message = format!("a wiki has at most {TOKENS_PER_WIKI_MAX} tokens: revoke those that are not needed");
            return Err(TokenError::Invalid(vec![Wrong::new("too_many", "wiki", message)]));
        }
        let details = serde_json::json!({ "label": draft.label, "scopes": draft.scopes.names() });
        tx.audit(&entry(viewer, now, &draft.wiki, "token.make", format!("token:{}", made.id), details)).await?;
        self.finish(tx, "tokens").await?;
        let token = Token {
            id: made.id,
            wiki: draft.wiki,
            label: draft.label,
            scopes: draft.scopes,
            created_at: now,
            created_by: by,
            expires_at: draft.expires_at,
            revoked_at: None,
            revoked_by: None,
            last_used_at: None,
        };
        Ok(NewToken { token, secret: made.text })
    }

    /// Revokes a token, on this node before the answer. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn revoke_token(&self, viewer: &Viewer, id: &str, reason: &str) -> Result<(), TokenError> {
        let token = self.token(viewer, id).await?.ok_or(TokenError::Unknown)?;
        let now = self.now();
        let mut tx = self.store.begin().await?;
        if !records::revoke(&mut tx, id, &viewer.principal.key(), now).await? {
            return Ok(());
        }
        let details = serde_json::json!({ "label": token.label });
        let mut entry = entry(viewer, now, &token.wiki, "token.revoke", format!("token:{id}"), details);
        reason.clone_into(&mut entry.reason);
        tx.audit(&entry).await?;
        self.finish(tx, "tokens").await?;
        Ok(())
    }

    /// The token `id`, if `viewer` may manage tokens of its wiki.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn token(&self, viewer: &Viewer, id: &str) -> Result<Option<Token>, StoreError> {
        let token = records::one(&mut self.store.reader().await?, id).await?;
        Ok(token.filter(|token| viewer.may(Right::ManageFarm, &token.wiki)))
    }

    /// Tokens that `viewer` may manage, newest first, revoked ones among them; of `wiki` only, if one is named. `before` is
    /// the id of the last one seen.
    ///
    /// # Errors
    /// [`TokenError::Forbidden`] if there is no wiki whose tokens the viewer may manage.
    pub async fn tokens(
        &self,
        viewer: &Viewer,
        wiki: Option<&WikiId>,
        before: Option<&str>,
        limit: Limit,
    ) -> Result<Page<Token, String>, TokenError> {
        let manages = |wiki: &WikiId| viewer.may(Right::ManageFarm, wiki);
        let wikis: Option<Vec<WikiId>> = match wiki {
            Some(wiki) if manages(wiki) => Some(vec![wiki.clone()]),
            None if manages(&WikiId::farm()) => None,
            None => Some(viewer.granted().wikis().map(|(wiki, _)| wiki.clone()).filter(manages).collect()),
            Some(_) => Some(Vec::new()),
        };
        if wikis.as_ref().is_some_and(Vec::is_empty) {
            return Err(TokenError::Forbidden(Right::ManageFarm));
        }
        let mut conn = self.store.reader().await?;
        let items = records::list(&mut conn, wikis.as_deref(), before, limit).await?;
        Ok(Page::cut(items, limit, |token: &Token| token.id.clone()))
    }
}
