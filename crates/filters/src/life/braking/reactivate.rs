//! Reactivating: one click, and the filter does again what it did.

use super::{BrakeError, Braked, Told, letters, rows};
use crate::brake::Guard;
use crate::brake::stream::CLASSES;
use crate::life::records;
use crate::life::service::Filters;
use crate::model::{Class, Filter};
use jiff::SignedDuration;
use serde_json::json;
use wikiward_farm::{Right, Timestamp, Viewer, WikiId};

/// Most reactivations of one filter by one person in an hour.
const PER_HOUR_MAX: u32 = 6;

/// What is told of a reactivation.
const KIND: &str = "brake.reactivate";

/// Why somebody reactivates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It was an attack: the people of the evidence do not count against this filter for 30 days.
    Attack,
    /// The matches are right: the same people do not count again for a day.
    Accepted,
    /// Something else, in words.
    Other(String),
}

impl Reason {
    /// The reason of that code, with these words; 3 to 500 characters where the code is `other`.
    ///
    /// # Errors
    /// [`BrakeError::Bad`].
    pub fn new(code: &str, words: &str) -> Result<(Self, String), BrakeError> {
        let words = words.trim().to_owned();
        let length = words.chars().count();
        if length > 500 || words.contains('\0') {
            return Err(BrakeError::Bad { field: "reason", message: "a reason has at most 500 characters" });
        }
        match code {
            "attack" => Ok((Self::Attack, words)),
            "accepted" => Ok((Self::Accepted, words)),
            "other" if length >= 3 => Ok((Self::Other(words.clone()), words)),
            "other" => Err(BrakeError::Bad { field: "reason", message: "say why in 3 to 500 characters" }),
            _ => Err(BrakeError::Bad { field: "reason_code", message: "`reason_code` is attack, accepted or other" }),
        }
    }

    const fn code(&self) -> &'static str {
        match self {
            Self::Attack => "attack",
            Self::Accepted => "accepted",
            Self::Other(_) => "other",
        }
    }
}

/// A reactivation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reactivate {
    /// Why.
    pub reason: Reason,
    /// The same in words; may be empty.
    pub words: String,
    /// Which classes; all if none is named.
    pub classes: Vec<Class>,
    /// The latch that the person looked at; if another came in between, nothing is done.
    pub expect_latch: Option<String>,
}

impl Filters {
    /// Releases latches of a filter on a wiki; under the farm's address, those of a farm-wide filter on all wikis.
    ///
    /// # Errors
    /// [`BrakeError`]; nothing is done then.
    pub async fn reactivate(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        request: &Reactivate,
    ) -> Result<(Filter, Braked), BrakeError> {
        let (filter, _) = self.brake(viewer, wiki, gid).await?;
        Self::may(viewer, &filter, wiki, Right::BrakeRelease)?;
        self.settle().await?;
        let now = self.store.clock().now();
        let mut tx = self.store.begin().await?;
        records::hold(&mut tx, &filter.key).await?;
        let braked = self.decided(&mut tx, &filter.key, wiki).await?;
        let classes = if request.classes.is_empty() { CLASSES.to_vec() } else { request.classes.clone() };
        let mut guards: Vec<(WikiId, Guard)> = if wiki.is_farm() {
            let all = rows::guards_of(&mut tx, &filter.key).await?;
            all.into_iter().map(|(_, wiki, guard)| (wiki, guard)).collect()
        } else if braked.own.is_latched() {
            vec![(wiki.clone(), braked.own.clone())]
        } else {
            vec![(filter.key.wiki.clone(), braked.farm.clone())]
        };
        guards.retain(|(_, guard)| classes.iter().any(|class| guard.latch(*class).is_some()));
        if guards.is_empty() {
            return Err(BrakeError::NotBraked);
        }
        if let (Some(expected), Some(found)) = (&request.expect_latch, braked.latch_id())
            && expected != found
        {
            return Err(BrakeError::LatchChanged(Box::new(braked)));
        }
        let destroys = guards.iter().any(|(_, guard)| guard.latch(Class::Destructive).is_some());
        self.may_destroy(viewer, &filter, destroys && classes.contains(&Class::Destructive))?;
        let hour_ago = now.checked_sub(SignedDuration::from_hours(1)).unwrap_or(Timestamp::MIN);
        let by = viewer.principal.key();
        if rows::done_since(&mut tx, &filter.key, KIND, &by, hour_ago).await? >= PER_HOUR_MAX {
            return Err(BrakeError::TooOften);
        }
        let is_attack = request.reason == Reason::Attack;
        let is_accepted = request.reason == Reason::Accepted;
        let count = guards.len();
        for (on, guard) in &mut guards {
            let followed = guard.reactivate(&classes, is_attack, is_accepted, now);
            let latches = followed.released.iter().map(|(_, latch)| latch);
            let since = latches.clone().map(|latch| latch.since).min().unwrap_or(now);
            let paths: Vec<&str> = latches.map(|latch| latch.path.letter()).collect();
            let details = json!({
                "classes": letters(&followed), "paths": paths, "latch_id": guard.latch_id,
                "latched_for_s": now.duration_since(since).as_secs(),
            });
            let told = Told {
                key: &filter.key,
                wiki: on,
                privacy: filter.draft.privacy,
                by: &viewer.principal,
                kind: KIND,
                reason_code: request.reason.code(),
                reason: &request.words,
                details,
            };
            self.record(&mut tx, &told, guard, now).await?;
        }
        let after = self.decided(&mut tx, &filter.key, wiki).await?;
        tx.commit().await?;
        self.put_in_force().await;
        tracing::info!(wiki = %wiki, filter.id = %filter.key.gid(), wikis = count, reason = request.reason.code(), "a filter was reactivated");
        Ok((filter, after))
    }

    /// Whether somebody may do this with the brake of a filter on a wiki.
    pub(super) fn may(viewer: &Viewer, filter: &Filter, wiki: &WikiId, right: Right) -> Result<(), BrakeError> {
        if !viewer.may(right, wiki) {
            return Err(BrakeError::Forbidden(right));
        }
        let owner = &filter.key.wiki;
        if owner.is_farm() && !viewer.may(Right::ModifyGlobal, owner) {
            return Err(BrakeError::Forbidden(Right::ModifyGlobal));
        }
        Ok(())
    }

    /// Whether somebody may let the filter destroy again.
    pub(super) fn may_destroy(&self, viewer: &Viewer, filter: &Filter, is_meant: bool) -> Result<(), BrakeError> {
        let owner = &filter.key.wiki;
        let restricted = self.settings_on(owner).restricted_actions;
        let is_restricted = filter.draft.actions.iter().any(|(name, _)| restricted.contains(name));
        if is_meant && is_restricted && !viewer.may(Right::ModifyRestricted, owner) {
            return Err(BrakeError::Forbidden(Right::ModifyRestricted));
        }
        Ok(())
    }
}
