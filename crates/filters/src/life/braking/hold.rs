//! Holding the brake for a while: prepared by one, looked at, confirmed; it always ends by itself.

use super::{BrakeError, Braked, Told, letters, rows};
use crate::brake::latch::Event;
use crate::brake::live::ByStanding;
use crate::brake::records::Prepared;
use crate::brake::settings::{HOLD_SECONDS_CEILING, HOLD_SECONDS_MIN};
use crate::brake::stream::CLASSES;
use crate::brake::{BrakeSettings, Hold};
use crate::life::pace::{HOLDS_WAITING_MAX, NotNow, seconds_until};
use crate::life::records;
use crate::life::service::Filters;
use crate::model::{Class, Filter, FilterKey, State};
use jiff::SignedDuration;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use wikiward_farm::{Human, Id, Right, Timestamp, Viewer, WikiId};
use wikiward_store::{Conn, StoreError};

/// How long a hold that was prepared can be confirmed.
const CONFIRM_FOR: SignedDuration = SignedDuration::from_mins(2);

/// For how long who edited a filter cannot hold it alone.
const FRESH_FOR: SignedDuration = SignedDuration::from_mins(15);

const DAY: SignedDuration = SignedDuration::from_hours(24);
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What a person who prepares a hold asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrepareHold {
    /// For how long.
    pub seconds: u32,
    /// Why.
    pub reason: String,
    /// Whether a second person will confirm it.
    pub for_second_person: bool,
}

/// What a person who confirms a hold sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmHold {
    /// The token of the sheet.
    pub token: String,
    /// What the person says to have looked at.
    pub acknowledge: String,
}

/// How a class of a filter stands, for the sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The class.
    pub class: Class,
    /// Whether it is latched, and so would be released.
    pub is_latched: bool,
}

/// What a hold would do; to be looked at before it is confirmed.
#[derive(Debug, Clone, PartialEq)]
pub struct HoldSheet {
    /// Names the hold.
    pub hold_id: String,
    /// Confirms it.
    pub confirm_token: String,
    /// Until when it can be confirmed.
    pub confirm_until: Timestamp,
    /// Whether somebody else must confirm it.
    pub needs_second_person: bool,
    /// How the classes stand.
    pub classes: Vec<Standing>,
    /// Distinct targets in an hour and a day at which it latches all the same.
    pub caps: (u32, u32),
    /// Holds of the filter here in the last seven days.
    pub holds_week: u32,
    /// Seconds of holds in the last day.
    pub held_day_s: u32,
    /// Who was hit within the last day, by standing; nothing for who may not see details of hits.
    pub hits_day: Option<ByStanding>,
}

impl Filters {
    /// What holds about the brake on a wiki.
    pub(in crate::life) fn brake_settings(&self, wiki: &WikiId) -> BrakeSettings {
        let settings = self.live.as_ref().map(|live| live.defaults()).unwrap_or_default();
        match self.wikis.settings_of(wiki) {
            Some(own) => settings.with(&own),
            None => settings,
        }
    }

    /// Longest hold on a wiki, in seconds.
    pub fn hold_seconds_max(&self, wiki: &WikiId) -> u32 {
        self.brake_settings(wiki).hold_seconds_max
    }

    /// Prepares a hold; it has no effect before it is confirmed.
    ///
    /// # Errors
    /// [`BrakeError`]; nothing is done then.
    pub async fn prepare_hold(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        request: &PrepareHold,
    ) -> Result<HoldSheet, BrakeError> {
        let (filter, _) = self.brake(viewer, wiki, gid).await?;
        Self::may(viewer, &filter, wiki, Right::BrakeHold)?;
        let settings = self.brake_settings(wiki);
        let length = request.reason.trim().chars().count();
        if !(3..=500).contains(&length) || request.reason.contains('\0') {
            return Err(BrakeError::Bad { field: "reason", message: "say why in 3 to 500 characters" });
        }
        if request.seconds < HOLD_SECONDS_MIN {
            return Err(BrakeError::Bad { field: "seconds", message: "a hold lasts at least 60 seconds" });
        }
        if request.seconds > settings.hold_seconds_max {
            return Err(BrakeError::HoldTooLong { most: settings.hold_seconds_max });
        }
        if filter.draft.state != State::Enabled {
            return Err(BrakeError::NotEnabled);
        }
        let now = self.store.clock().now();
        self.pace.hold(&viewer.principal, now)?;
        self.settle().await?;
        let mut tx = self.store.begin().await?;
        records::hold(&mut tx, &filter.key).await?;
        may_wait(&mut tx, &filter.key, wiki, now).await?;
        let braked = self.decided(&mut tx, &filter.key, wiki).await?;
        let is_destructive = braked.latch(Class::Destructive).is_some();
        self.may_destroy(viewer, &filter, is_destructive)?;
        if let Some(hold) = braked.hold(now) {
            return Err(BrakeError::HoldActive { until: hold.until });
        }
        let used = held(&mut tx, &filter.key, wiki, now).await?;
        let is_over = used.saturating_add(request.seconds) > settings.hold_per_day_max;
        if used.saturating_add(request.seconds) > HOLD_SECONDS_CEILING {
            return Err(BrakeError::HoldBudget { used, most: HOLD_SECONDS_CEILING });
        }
        let is_fresh = is_fresh_edit(&filter, viewer, now);
        if is_fresh && !request.for_second_person {
            return Err(BrakeError::OwnFreshEdit);
        }
        if is_over && !request.for_second_person {
            return Err(BrakeError::SecondPersonNeeded);
        }
        let week_ago = now.checked_sub(WEEK).unwrap_or(Timestamp::MIN);
        let holds_week = rows::holds_since(&mut tx, &filter.key, wiki, week_ago).await?.len();
        let token = self.entropy.bytes::<16>().iter().fold(String::new(), |mut text, byte| {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        let prepared = Prepared {
            hold_id: format!("ho_{}", Id::new(now, &*self.entropy)),
            key: filter.key.clone(),
            wiki: wiki.clone(),
            seconds: request.seconds,
            reason: request.reason.trim().to_owned(),
            at: now,
            by: viewer.principal.key(),
            human: viewer.human(),
            token_digest: digest(&token),
            needs_second: request.for_second_person,
            confirmed_at: None,
        };
        rows::put_hold(&mut tx, &prepared).await?;
        let details = json!({"hold_id": prepared.hold_id, "seconds": request.seconds});
        let told = told(&filter, wiki, viewer, "hold.prepare", &prepared.reason, details);
        super::tell(&mut tx, &told, now, &*self.entropy).await?;
        tx.commit().await?;
        Ok(HoldSheet {
            hold_id: prepared.hold_id,
            confirm_token: token,
            confirm_until: now.checked_add(CONFIRM_FOR).unwrap_or(now),
            needs_second_person: prepared.needs_second,
            classes: CLASSES.map(|class| Standing { class, is_latched: braked.latch(class).is_some() }).into(),
            caps: (settings.hold_caps.hour, settings.hold_caps.day),
            holds_week: u32::try_from(holds_week).unwrap_or(u32::MAX),
            held_day_s: used,
            hits_day: viewer.may(Right::LogDetail, wiki).then(|| self.hits_day(&filter.key, wiki)),
        })
    }

    /// Confirms a hold: from now on the filter is not braked but for the ceilings, and what was latched is released.
    ///
    /// # Errors
    /// [`BrakeError`]; nothing is done then.
    pub async fn confirm_hold(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        hold_id: &str,
        request: &ConfirmHold,
    ) -> Result<(Filter, Braked), BrakeError> {
        let (filter, _) = self.brake(viewer, wiki, gid).await?;
        Self::may(viewer, &filter, wiki, Right::BrakeHold)?;
        let length = request.acknowledge.trim().chars().count();
        if !(3..=500).contains(&length) || request.acknowledge.contains('\0') {
            let message = "say in 3 to 500 characters what you looked at";
            return Err(BrakeError::Bad { field: "acknowledge", message });
        }
        if filter.draft.state != State::Enabled {
            return Err(BrakeError::NotEnabled);
        }
        self.settle().await?;
        let now = self.store.clock().now();
        let mut tx = self.store.begin().await?;
        records::hold(&mut tx, &filter.key).await?;
        let prepared = self.prepared(&mut tx, &filter, wiki, hold_id).await?;
        let is_late = now.duration_since(prepared.at) > CONFIRM_FOR;
        if is_late || prepared.confirmed_at.is_some() || digest(&request.token) != prepared.token_digest {
            return Err(BrakeError::ConfirmExpired);
        }
        if prepared.needs_second && prepared.human.may_be(&viewer.human()) {
            return Err(BrakeError::SamePerson);
        }
        if !prepared.needs_second && is_fresh_edit(&filter, viewer, now) {
            return Err(BrakeError::OwnFreshEdit);
        }
        let mut braked = self.decided(&mut tx, &filter.key, wiki).await?;
        self.may_destroy(viewer, &filter, braked.own.latch(Class::Destructive).is_some())?;
        if let Some(hold) = braked.hold(now) {
            return Err(BrakeError::HoldActive { until: hold.until });
        }
        if !rows::confirm(&mut tx, hold_id, now, &viewer.principal.key()).await? {
            return Err(BrakeError::ConfirmExpired);
        }
        let until = now.checked_add(SignedDuration::from_secs(prepared.seconds.into())).unwrap_or(now);
        let guard = &mut braked.own;
        guard.armed_from = guard.armed_from.max(rows::armed_from(&mut tx, &filter.key).await?);
        let followed = guard.follow(Event::Hold, &CLASSES, now);
        guard.hold = Some(Hold {
            id: prepared.hold_id.clone(),
            by: viewer.principal.name().to_owned(),
            reason: prepared.reason.clone(),
            from: now,
            until,
            would_have: Vec::new(),
            is_told: false,
        });
        let details = json!({
            "hold_id": prepared.hold_id, "seconds": prepared.seconds, "until": until.to_string(),
            "released": letters(&followed), "acknowledged": request.acknowledge.trim(),
        });
        let told = told(&filter, wiki, viewer, "hold.start", &prepared.reason, details);
        self.record(&mut tx, &told, &braked.own, now).await?;
        tx.commit().await?;
        self.put_in_force().await;
        Ok((filter, braked))
    }

    /// Ends a hold. Who may hold or reactivate may.
    ///
    /// # Errors
    /// [`BrakeError::NotFound`] if it is not going on.
    pub async fn end_hold(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        hold_id: &str,
    ) -> Result<(Filter, Braked), BrakeError> {
        let (filter, _) = self.brake(viewer, wiki, gid).await?;
        if Self::may(viewer, &filter, wiki, Right::BrakeHold).is_err() {
            Self::may(viewer, &filter, wiki, Right::BrakeRelease)?;
        }
        self.settle().await?;
        let now = self.store.clock().now();
        let mut tx = self.store.begin().await?;
        records::hold(&mut tx, &filter.key).await?;
        self.prepared(&mut tx, &filter, wiki, hold_id).await?;
        let mut braked = self.decided(&mut tx, &filter.key, wiki).await?;
        if braked.own.hold_at(now).is_none_or(|hold| hold.id != hold_id) {
            return Err(BrakeError::NotFound);
        }
        let followed = braked.own.follow(Event::HoldEnds, &CLASSES, now);
        rows::end_hold(&mut tx, hold_id, now).await?;
        let would_have = followed.ended.map_or(0, |hold| hold.would_have.len());
        let details = json!({"hold_id": hold_id, "would_have_latched": would_have});
        let told = told(&filter, wiki, viewer, "hold.end", "", details);
        self.record(&mut tx, &told, &braked.own, now).await?;
        tx.commit().await?;
        self.put_in_force().await;
        // What stands against the filter may latch it at once.
        self.settle().await?;
        let mut conn = self.store.reader().await?;
        let braked = self.decided(&mut conn, &filter.key, wiki).await?;
        Ok((filter, braked))
    }

    fn hits_day(&self, key: &FilterKey, wiki: &WikiId) -> ByStanding {
        let statistics = self.live.as_ref().map(|live| live.statistics(key, wiki)).unwrap_or_default();
        statistics.iter().fold(ByStanding::default(), |sum, it| sum.with(it.hits))
    }

    async fn prepared(
        &self,
        conn: &mut Conn,
        filter: &Filter,
        wiki: &WikiId,
        hold_id: &str,
    ) -> Result<Prepared, BrakeError> {
        let hold = rows::hold(conn, hold_id).await?;
        hold.filter(|hold| hold.key == filter.key && hold.wiki == *wiki).ok_or(BrakeError::NotFound)
    }
}

fn told<'t>(
    filter: &'t Filter,
    wiki: &'t WikiId,
    viewer: &'t Viewer,
    kind: &'static str,
    reason: &'t str,
    details: serde_json::Value,
) -> Told<'t> {
    let privacy = filter.draft.privacy;
    Told { key: &filter.key, wiki, privacy, by: &viewer.principal, kind, reason_code: "", reason, details }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Whether `viewer`, or who may be the same human, edited the filter a moment before `now`.
fn is_fresh_edit(filter: &Filter, viewer: &Viewer, now: Timestamp) -> bool {
    let editor = Human::stored(&filter.edited_by.key, &filter.edited_by.name);
    editor.may_be(&viewer.human()) && now.duration_since(filter.edited_at) < FRESH_FOR
}

/// One more hold may wait to be confirmed.
async fn may_wait(conn: &mut Conn, key: &FilterKey, wiki: &WikiId, now: Timestamp) -> Result<(), BrakeError> {
    let since = now.checked_sub(CONFIRM_FOR).unwrap_or(Timestamp::MIN);
    let (count, first) = rows::waiting(conn, key, wiki, since).await?;
    match first.filter(|_| count >= HOLDS_WAITING_MAX) {
        Some(first) => {
            let retry_after_s = seconds_until(first, CONFIRM_FOR, now).saturating_add(1);
            Err(NotNow::Waiting { most: HOLDS_WAITING_MAX, retry_after_s }.into())
        }
        None => Ok(()),
    }
}

/// Seconds of holds within the day before `now`.
async fn held(conn: &mut Conn, key: &FilterKey, wiki: &WikiId, now: Timestamp) -> Result<u32, StoreError> {
    let day_ago = now.checked_sub(DAY).unwrap_or(Timestamp::MIN);
    let two_days_ago = day_ago.checked_sub(DAY).unwrap_or(Timestamp::MIN);
    let holds = rows::holds_since(conn, key, wiki, two_days_ago).await?;
    let seconds = holds.iter().map(|(seconds, from, ended)| {
        let until = from.checked_add(SignedDuration::from_secs((*seconds).into())).unwrap_or(now);
        let until = ended.map_or(until, |ended| ended.min(until));
        u32::try_from(until.duration_since((*from).max(day_ago)).as_secs().max(0)).unwrap_or(u32::MAX)
    });
    Ok(seconds.fold(0, u32::saturating_add))
}
