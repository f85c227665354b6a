//! Holds of automatic promotion: for a while a person is given no groups by the wiki itself.
//!
//! The consequence `blockautopromote` makes one with its hit; people with the right make, change and end them. The wiki asks
//! when it computes whom to promote; one read along an index answers.
//!
//! Invariants:
//! * a hold that a filter gave is written in the transaction of its hit: neither is there without the other;
//! * a hold always ends by itself;
//! * the filter and the hit are named only to who may see the hit.
//!
//! Begin reading at [`AutopromoteHolds::held`].

pub(crate) mod records;

use crate::hits::Sight;
use crate::hits::visible::{Level, Restriction, RevisionState};
use crate::life::events::{self, NewEvent};
use crate::model::{FilterKey, Privacy};
use crate::snapshot::Snapshots;
use jiff::SignedDuration;
use serde_json::json;
use std::sync::Arc;
use wikiward_farm::{AuditEntry, Coded, Entropy, Id, Limit, Page, Right, Timestamp, UserName, Viewer, WikiId};
use wikiward_store::{Store, StoreError};

/// Fewest seconds of a hold that a person gives.
pub const SECONDS_MIN: u32 = 60;

/// Most seconds of a hold: a year.
pub const SECONDS_MAX: u32 = 366 * 86_400;

/// Most characters of a reason.
pub const REASON_CHARACTERS_MAX: usize = 500;

/// Seconds for which a wiki may go by what it was told.
pub const CACHED_S: u32 = 60;

/// Rows removed in one transaction.
const PORTION: u32 = 1_000;

/// Whom a question is about: by name or, which outlives a rename, by the user's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name.
    pub name: UserName,
    /// The user's id on the wiki.
    pub id: Option<i64>,
}

/// A hold.
#[derive(Debug, Clone, PartialEq)]
pub struct AutopromoteHold {
    /// The user's name.
    pub user: String,
    /// The user's id.
    pub user_id: Option<i64>,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Who gave it; empty if a filter did.
    pub by: String,
    /// Why, in the words of who gave it.
    pub reason: String,
    /// The filter and the hit that gave it.
    pub hit: Option<GivenBy>,
}

/// The hit that a hold comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenBy {
    /// The filter.
    pub filter: FilterKey,
    /// Its hit.
    pub hit_id: Id,
    /// Who may see it.
    pub(crate) restriction: Restriction,
}

/// A hold as one viewer sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenHold {
    /// The user's name.
    pub user: String,
    /// The user's id.
    pub user_id: Option<i64>,
    /// Since when; not for who may not see the hit that it comes from.
    pub since: Option<Timestamp>,
    /// Until when.
    pub until: Timestamp,
    /// Who gave it, if a person did.
    pub by: Option<String>,
    /// Why, in the words of who gave it.
    pub reason: String,
    /// The filter and its hit, if a filter gave it and the viewer may see the hit.
    pub hit: Option<(FilterKey, Id)>,
}

impl AutopromoteHold {
    /// What `sight` shows of it.
    pub fn seen(self, sight: &Sight) -> SeenHold {
        let is_shown = self.hit.as_ref().is_none_or(|hit| sight.level(&hit.restriction) >= Level::Row);
        SeenHold {
            user: self.user,
            user_id: self.user_id,
            since: is_shown.then_some(self.since),
            until: self.until,
            by: self.hit.is_none().then_some(self.by),
            reason: self.reason,
            hit: self.hit.filter(|_| is_shown).map(|hit| (hit.filter, hit.hit_id)),
        }
    }
}

/// The place of a hold in lists: those that end last come first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldKey {
    /// Until when.
    pub until: Timestamp,
    /// The user's name.
    pub user: String,
}

/// Why something could not be done with a hold.
#[derive(Debug, thiserror::Error)]
pub enum AutopromoteError {
    /// There is no such wiki.
    #[error("there is no such wiki")]
    NotFound,
    /// A right is missing.
    #[error("this needs the right {0}")]
    Forbidden(Right),
    /// What was sent means nothing.
    #[error("{message}")]
    Bad {
        /// The field meant.
        field: &'static str,
        /// What is wrong.
        message: &'static str,
    },
    /// Nothing holds back the person's promotion.
    #[error("automatic promotion of this user is not suspended")]
    NotSuspended,
    /// The database did not answer.
    #[error("the filter store did not answer")]
    Store(#[from] StoreError),
}

impl Coded for AutopromoteError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Forbidden(_) => "forbidden",
            Self::Bad { .. } => "bad_request",
            Self::NotSuspended => "not_suspended",
            Self::Store(error) => error.code(),
        }
    }
}

/// What a person gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Give {
    /// Seconds; none means as many as the wiki's setting says.
    pub seconds: Option<u32>,
    /// Why.
    pub reason: String,
}

/// Holds of automatic promotion. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AutopromoteHolds {
    store: Store,
    snapshots: Arc<Snapshots>,
    entropy: Arc<dyn Entropy>,
}

impl AutopromoteHolds {
    /// The holds in `store`; `snapshots` say what wikis there are and how long a hold lasts.
    pub fn new(store: Store, snapshots: Arc<Snapshots>, entropy: Arc<dyn Entropy>) -> Self {
        Self { store, snapshots, entropy }
    }

    /// Until when the person gets no automatic promotion; none if nothing is in its way.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn held(&self, wiki: &WikiId, person: &Person) -> Result<Option<Timestamp>, StoreError> {
        let now = self.store.clock().now();
        records::until(&mut self.store.reader().await?, wiki, person, now).await
    }

    /// The hold of a person.
    ///
    /// # Errors
    /// [`AutopromoteError`].
    pub async fn one(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        person: &Person,
    ) -> Result<Option<AutopromoteHold>, AutopromoteError> {
        self.may(viewer, wiki)?;
        let now = self.store.clock().now();
        Ok(records::one(&mut self.store.reader().await?, wiki, person, now).await?)
    }

    /// A page of the holds that go on.
    ///
    /// # Errors
    /// [`AutopromoteError`].
    pub async fn list(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        after: Option<&HoldKey>,
        limit: Limit,
    ) -> Result<Page<AutopromoteHold, HoldKey>, AutopromoteError> {
        self.may(viewer, wiki)?;
        let now = self.store.clock().now();
        let holds = records::list(&mut self.store.reader().await?, wiki, now, after, limit.items() + 1).await?;
        Ok(Page::cut(holds, limit, |hold| HoldKey { until: hold.until, user: hold.user.clone() }))
    }

    /// Holds a person's promotion from now on, whatever was there before.
    ///
    /// # Errors
    /// [`AutopromoteError`]; nothing is done then.
    pub async fn give(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        person: &Person,
        give: &Give,
    ) -> Result<AutopromoteHold, AutopromoteError> {
        self.may(viewer, wiki)?;
        let days = self.snapshots.current().settings(wiki).autopromote_hold_days;
        let seconds = give.seconds.unwrap_or_else(|| days.saturating_mul(86_400).clamp(SECONDS_MIN, SECONDS_MAX));
        if !(SECONDS_MIN..=SECONDS_MAX).contains(&seconds) {
            return Err(AutopromoteError::Bad { field: "seconds", message: "a hold lasts 60 to 31,622,400 seconds" });
        }
        let reason = worded(&give.reason)?;
        let now = self.store.clock().now();
        let hold = AutopromoteHold {
            user: person.name.as_str().to_owned(),
            user_id: person.id,
            since: now,
            until: now.checked_add(SignedDuration::from_secs(seconds.into())).unwrap_or(now),
            by: viewer.principal.name().to_owned(),
            reason: reason.to_owned(),
            hit: None,
        };
        let mut tx = self.store.begin().await?;
        records::put(&mut tx, wiki, &hold, &viewer.principal.key()).await?;
        tx.audit(&AuditEntry {
            at: now,
            by: viewer.principal.clone(),
            wiki: wiki.clone(),
            action: "autopromote.hold",
            subject: format!("user:{}", hold.user),
            reason: reason.to_owned(),
            details: json!({"seconds": seconds}),
        })
        .await?;
        tx.commit().await?;
        Ok(hold)
    }

    /// Ends a hold. A filter that gave it has this in its history.
    ///
    /// # Errors
    /// [`AutopromoteError::NotSuspended`] if there is none; nothing is done then.
    pub async fn end(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        person: &Person,
        reason: &str,
    ) -> Result<(), AutopromoteError> {
        self.may(viewer, wiki)?;
        let reason = worded(reason)?;
        let now = self.store.clock().now();
        let mut tx = self.store.begin().await?;
        let Some(hold) = records::one(&mut tx, wiki, person, now).await? else {
            return Err(AutopromoteError::NotSuspended);
        };
        records::remove(&mut tx, wiki, &hold.user).await?;
        if let Some(hit) = &hold.hit {
            let event = NewEvent {
                key: &hit.filter,
                privacy: privacy(&hit.restriction),
                by: &viewer.principal,
                kind: "autopromote.restore",
                reason_code: "",
                reason,
                // Whom it is about, says the hit to who may see it.
                details: json!({"wiki": wiki.as_str(), "hit_id": hit.hit_id.to_string()}),
            };
            events::append(&mut tx, &event, now, &*self.entropy).await?;
        }
        tx.audit(&AuditEntry {
            at: now,
            by: viewer.principal.clone(),
            wiki: wiki.clone(),
            action: "autopromote.restore",
            subject: format!("user:{}", hold.user),
            reason: reason.to_owned(),
            // The audit log may be read by people who do not see the filter.
            details: json!({}),
        })
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Holds in force at `now`, by wiki: for monitoring.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn counts(&self, now: Timestamp) -> Result<Vec<(WikiId, u64)>, StoreError> {
        records::counts(&mut self.store.reader().await?, now).await
    }

    /// Removes holds that have ended; gives their number.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers; what was removed until then stays so.
    pub async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut all = 0;
        loop {
            let mut tx = self.store.begin().await?;
            let gone = records::expire(&mut tx, now, PORTION).await?;
            tx.commit().await?;
            all += gone;
            if gone < u64::from(PORTION) {
                return Ok(all);
            }
            tokio::task::yield_now().await;
        }
    }

    fn may(&self, viewer: &Viewer, wiki: &WikiId) -> Result<(), AutopromoteError> {
        if wiki.is_farm() || !self.snapshots.current().knows(wiki) {
            return Err(AutopromoteError::NotFound);
        }
        if viewer.may(Right::Modify, wiki) { Ok(()) } else { Err(AutopromoteError::Forbidden(Right::Modify)) }
    }
}

/// Who may read in the filter's history what happened to a hit: not more people than see the hit.
fn privacy(restriction: &Restriction) -> Privacy {
    let is_withdrawn = restriction.is_hidden || restriction.revision != RevisionState::Normal;
    Privacy { is_suppressed: restriction.privacy.is_suppressed || is_withdrawn, ..restriction.privacy }
}

fn worded(reason: &str) -> Result<&str, AutopromoteError> {
    let reason = reason.trim();
    if reason.chars().count() > REASON_CHARACTERS_MAX || reason.contains('\0') {
        return Err(AutopromoteError::Bad { field: "reason", message: "a reason has at most 500 characters" });
    }
    Ok(reason)
}

#[cfg(test)]
mod tests;
