//! What people do with the emergency brake: look at it, reactivate, hold it, declare a lockdown.
//!
//! A filter is braked on a wiki. A farm-wide filter may be braked on single wikis, and on all at once; whoever acts under
//! the farm's own address acts on all of them.
//!
//! None of this touches the filter's version, its editor, its age or its counts; an edit of the rule is another matter
//! ([`rearm`]).

mod caps;
mod hold;
mod lockdown;
mod reactivate;

pub use hold::{ConfirmHold, HoldSheet, PrepareHold, Standing};
pub use reactivate::{Reactivate, Reason};

use super::events::{self, NewEvent};
use super::history::HistoryItem;
use super::pace::NotNow;
use super::service::{Filters, ReadError};
use crate::brake::latch::{Event, Followed, class_letter};
use crate::brake::live::{Statistics, TOPIC, subject};
use crate::brake::records::{self as rows, Kept};
use crate::brake::stream::CLASSES;
use crate::brake::{Guard, Hold, Latch, LiveBrake};
use crate::model::{Class, Filter, FilterKey, Privacy, State};
use crate::notices::{self, News};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use wikiward_farm::{AuditEntry, Coded, Entropy, Principal, Right, Timestamp, Viewer, WikiId};
use wikiward_store::{Conn, StoreError, Tx};

/// Most braked or held filters of a wiki that a list tells of.
const LISTED_MAX: u32 = 1_000;

/// What the brake has decided about a filter, as it is seen from a wiki.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Braked {
    /// On the wiki itself.
    pub own: Guard,
    /// On all wikis; farm-wide filters only.
    pub farm: Guard,
}

impl Braked {
    /// The latch of a class, the wiki's own first.
    pub fn latch(&self, class: Class) -> Option<&Latch> {
        self.own.latch(class).or_else(|| self.farm.latch(class))
    }

    /// Classes that are latched, hardest first.
    pub fn latched(&self) -> Vec<Class> {
        CLASSES.into_iter().filter(|class| self.latch(*class).is_some()).collect()
    }

    /// Names the latches as they stand; none if there are none.
    pub fn latch_id(&self) -> Option<&str> {
        let of = |guard: &'_ Guard| guard.is_latched();
        if of(&self.own) {
            Some(&self.own.latch_id)
        } else if of(&self.farm) {
            Some(&self.farm.latch_id)
        } else {
            None
        }
    }

    /// Since when something is latched.
    pub fn since(&self) -> Option<Timestamp> {
        CLASSES.iter().filter_map(|class| Some(self.latch(*class)?.since)).min()
    }

    /// Whether all that is latched has been quiet and looks safe to reactivate.
    pub fn is_recovering(&self) -> bool {
        let latches: Vec<&Latch> = CLASSES.iter().filter_map(|class| self.latch(*class)).collect();
        !latches.is_empty() && latches.iter().all(|latch| latch.recovering_since.is_some())
    }

    /// The end of a declared lockdown that is going on at `now`.
    pub fn lockdown(&self, now: Timestamp) -> Option<Timestamp> {
        let until = self.own.lockdown_until.max(self.farm.lockdown_until);
        (until > wikiward_farm::clock::micros(now)).then(|| wikiward_farm::clock::from_micros(until))
    }

    /// The hold that is going on at `now`.
    pub fn hold(&self, now: Timestamp) -> Option<&Hold> {
        self.own.hold_at(now).or_else(|| self.farm.hold_at(now))
    }
}

/// Why something could not be done with a brake.
#[derive(Debug, thiserror::Error)]
pub enum BrakeError {
    /// The filter, or the hold, is not there or may not be seen.
    #[error("there is no such filter to be seen")]
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
    /// Nothing of it is latched.
    #[error("the filter is not braked")]
    NotBraked,
    /// Another latch came in between.
    #[error("the filter was braked anew in between")]
    LatchChanged(Box<Braked>),
    /// Somebody did this too often.
    #[error("a filter can be reactivated 6 times an hour by one person")]
    TooOften,
    /// Too much was prepared.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// The filter is not enabled: there is nothing to hold.
    #[error("only an enabled filter can be held")]
    NotEnabled,
    /// It is being held.
    #[error("the filter is being held until {until}")]
    HoldActive {
        /// Until when.
        until: Timestamp,
    },
    /// That is longer than a hold may be.
    #[error("a hold lasts at most {most} seconds here")]
    HoldTooLong {
        /// Most seconds.
        most: u32,
    },
    /// All holds of a day together would be longer than any setting allows.
    #[error("the filter was held for {used} of {most} seconds of the last day")]
    HoldBudget {
        /// Seconds used.
        used: u32,
        /// Most seconds.
        most: u32,
    },
    /// The hold was prepared too long ago, confirmed before, or the token is not its own.
    #[error("the hold cannot be confirmed any more. Prepare it anew")]
    ConfirmExpired,
    /// Who edited the filter a moment ago cannot hold it alone.
    #[error("you edited the filter within the last 15 minutes. Prepare the hold for a second person to confirm")]
    OwnFreshEdit,
    /// The holds of a day are used up for one person alone.
    #[error("the holds of the last day are used up. Prepare this one for a second person to confirm")]
    SecondPersonNeeded,
    /// The second person is the first.
    #[error(
        "somebody else than who prepared it must confirm this hold. Accounts and users of one name count as one person"
    )]
    SamePerson,
    /// The database did not answer.
    #[error("the filter store did not answer")]
    Store(#[from] StoreError),
}

impl Coded for BrakeError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Forbidden(_) => "forbidden",
            Self::Bad { .. } => "bad_request",
            Self::NotBraked => "not_braked",
            Self::LatchChanged(_) => "latch_changed",
            Self::TooOften | Self::NotNow(_) => "rate_limited",
            Self::NotEnabled => "not_enabled",
            Self::HoldActive { .. } => "hold_active",
            Self::HoldTooLong { .. } => "hold_too_long",
            Self::HoldBudget { .. } => "hold_budget",
            Self::ConfirmExpired => "confirm_expired",
            Self::OwnFreshEdit => "own_fresh_edit",
            Self::SecondPersonNeeded => "second_person_needed",
            Self::SamePerson => "same_person",
            Self::Store(error) => error.code(),
        }
    }
}

impl From<ReadError> for BrakeError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotFound | ReadError::Pattern(_) => Self::NotFound,
            ReadError::Forbidden(right) => Self::Forbidden(right),
            ReadError::Store(error) => Self::Store(error),
        }
    }
}

impl Filters {
    /// The same service beside a brake at work on this node: what people decide is in force here before they are answered.
    #[must_use]
    pub fn braked_by(mut self, live: Arc<LiveBrake>) -> Self {
        self.live = Some(live);
        self
    }

    /// The brake at work beside this service on this node, if there is one.
    pub fn live_brake(&self) -> Option<&Arc<LiveBrake>> {
        self.live.as_ref()
    }

    /// What the brake has decided about a filter.
    ///
    /// # Errors
    /// [`BrakeError::NotFound`] if it is not there or may not be seen.
    pub async fn brake(&self, viewer: &Viewer, wiki: &WikiId, gid: &str) -> Result<(Filter, Braked), BrakeError> {
        let mut conn = self.store.snapshot().await?;
        let (filter, _) = self.seen(&mut conn, viewer, wiki, gid).await?;
        let braked = self.decided(&mut conn, &filter.key, wiki).await?;
        Ok((filter, braked))
    }

    /// What the brake has counted about a filter on a wiki, by kind of action, for who may see details of hits.
    ///
    /// # Errors
    /// [`BrakeError::NotFound`] if it is not there or may not be seen; [`BrakeError::Forbidden`].
    pub async fn brake_statistics(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
    ) -> Result<Vec<Statistics>, BrakeError> {
        let mut conn = self.store.reader().await?;
        let (filter, _) = self.seen(&mut conn, viewer, wiki, gid).await?;
        if !viewer.may(Right::LogDetail, wiki) {
            return Err(BrakeError::Forbidden(Right::LogDetail));
        }
        Ok(self.live.as_ref().map(|live| live.statistics(&filter.key, wiki)).unwrap_or_default())
    }

    /// What the brake has decided about the filters of a wiki that are braked or held there.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn brakes(&self, wiki: &WikiId) -> Result<HashMap<FilterKey, Braked>, StoreError> {
        let mut conn = self.store.reader().await?;
        let mut all: HashMap<FilterKey, Braked> = HashMap::new();
        for (key, on, guard) in rows::guards_on(&mut conn, wiki, LISTED_MAX).await? {
            let braked = all.entry(key).or_default();
            if on.is_farm() && !wiki.is_farm() { braked.farm = guard } else { braked.own = guard }
        }
        Ok(all)
    }

    /// What the brake has decided about a filter, whoever may see it.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn braked(&self, key: &FilterKey, wiki: &WikiId) -> Result<Braked, StoreError> {
        let mut conn = self.store.reader().await?;
        self.decided(&mut conn, key, wiki).await
    }

    pub(super) async fn decided(&self, conn: &mut Conn, key: &FilterKey, wiki: &WikiId) -> Result<Braked, StoreError> {
        let own = rows::guard_of(conn, key, wiki).await?.unwrap_or_default();
        let is_elsewhere = key.wiki.is_farm() && !wiki.is_farm();
        let farm = if is_elsewhere { rows::guard_of(conn, key, &key.wiki).await? } else { None };
        let farm = farm.unwrap_or_default();
        Ok(Braked { own, farm })
    }

    /// What the node has decided and not written yet is written.
    async fn settle(&self) -> Result<(), StoreError> {
        if let Some(live) = &self.live {
            live.refresh().await?;
            live.flush(self.store.clock().now(), false).await?;
        }
        Ok(())
    }

    /// What was written is in force on this node.
    pub(super) async fn put_in_force(&self) {
        let Some(live) = &self.live else { return };
        if let Err(error) = live.refresh().await {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "what was decided about a brake is not in force here yet");
        }
    }

    /// Writes what somebody decided about a filter's brake: the guard, the history, the audit log, and the change feed.
    async fn record(&self, tx: &mut Tx, told: &Told<'_>, guard: &Guard, now: Timestamp) -> Result<(), StoreError> {
        tell(tx, told, now, &*self.entropy).await?;
        rows::put_guard(tx, told.key, told.wiki, guard, now).await?;
        tx.announce(TOPIC, &subject(told.key, told.wiki)).await
    }
}

/// What is told of something that was decided about a brake.
struct Told<'t> {
    key: &'t FilterKey,
    wiki: &'t WikiId,
    privacy: Privacy,
    by: &'t Principal,
    kind: &'static str,
    reason_code: &'static str,
    reason: &'t str,
    details: Value,
}

async fn tell(tx: &mut Tx, told: &Told<'_>, now: Timestamp, entropy: &dyn Entropy) -> Result<(), StoreError> {
    let mut details = told.details.clone();
    if let Some(details) = details.as_object_mut() {
        details.insert("wiki".into(), json!(told.wiki.as_str()));
    }
    let event = NewEvent {
        key: told.key,
        privacy: told.privacy,
        by: told.by,
        kind: told.kind,
        reason_code: told.reason_code,
        reason: told.reason,
        details: details.clone(),
    };
    events::append(tx, &event, now, entropy).await?;
    if let Some(filter) = super::records::one(tx, told.key).await? {
        let Told { wiki, by, kind: event, reason_code, reason, .. } = *told;
        let news = News { filter: &filter, wiki, by, event, reason_code, reason, details: &details };
        notices::tell(tx, &news, now, entropy).await?;
    }
    tx.audit(&AuditEntry {
        at: now,
        by: told.by.clone(),
        wiki: told.wiki.clone(),
        action: told.kind,
        subject: format!("filter:{}", told.key.gid()),
        reason: told.reason.to_owned(),
        details,
    })
    .await
}

/// A filter is saved: what the brake knows of it from before says nothing if its rule, consequences, group or scope changed,
/// and a hold is over then, or if it is disabled.
pub(super) async fn saved(
    tx: &mut Tx,
    filter: &Filter,
    is_another: bool,
    by: &Principal,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<(), StoreError> {
    if is_another {
        rows::arm(tx, &filter.key, now).await?;
    } else if filter.draft.state == State::Enabled {
        return Ok(());
    }
    let kept: Vec<Kept> = rows::guards_of(tx, &filter.key).await?;
    for (key, wiki, mut guard) in kept {
        let followed = if is_another { guard.edit(now, now) } else { guard.follow(Event::Disable, &CLASSES, now) };
        if !is_another && followed.ended.is_none() {
            continue;
        }
        let told = |kind, details| Told {
            key: &key,
            wiki: &wiki,
            privacy: filter.draft.privacy,
            by,
            kind,
            reason_code: if is_another { "edit" } else { "disable" },
            reason: "",
            details,
        };
        if !followed.released.is_empty() {
            let details = json!({"classes": letters(&followed), "latch_id": guard.latch_id});
            tell(tx, &told("brake.clear", details), now, entropy).await?;
        }
        if let Some(hold) = &followed.ended {
            rows::end_hold(tx, &hold.id, now).await?;
            let details = json!({"hold_id": hold.id, "would_have_latched": hold.would_have.len()});
            tell(tx, &told("hold.end", details), now, entropy).await?;
        }
        rows::put_guard(tx, &key, &wiki, &guard, now).await?;
        tx.announce(TOPIC, &subject(&key, &wiki)).await?;
    }
    Ok(())
}

/// What of an event of the brake is for everybody who may see the filter: what happened, not how often the filter hit whom.
pub(super) fn without_numbers(item: &mut HistoryItem) {
    if let HistoryItem::Event(event) = item
        && (event.kind.starts_with("brake.") || event.kind.starts_with("hold."))
    {
        keep_open(&mut event.details);
    }
}

/// Leaves of what belongs to an event of the brake what is for everybody who may see the filter.
pub(crate) fn keep_open(details: &mut Value) {
    const OPEN: [&str; 14] = [
        "cap_1h",
        "cap_24h",
        "class",
        "classes",
        "path",
        "paths",
        "wiki",
        "version",
        "latch_id",
        "latched_for_s",
        "hold_id",
        "seconds",
        "until",
        "released",
    ];
    if let Some(details) = details.as_object_mut() {
        details.retain(|name, _| OPEN.contains(&name.as_str()));
    }
}

/// Letters of the classes that were released.
fn letters(followed: &Followed) -> Vec<String> {
    followed.released.iter().map(|(class, _)| class_letter(*class).to_string()).collect()
}
