//! Declaring a lockdown: a rule that is meant to be broad, for a while.

use super::{BrakeError, Braked, Told};
use crate::life::records;
use crate::life::service::Filters;
use crate::model::Filter;
use jiff::SignedDuration;
use serde_json::json;
use wikiward_farm::clock::micros;
use wikiward_farm::{Right, Viewer, WikiId};

/// Longest lockdown, in seconds: 7 days.
const SECONDS_MAX: u32 = 7 * 86_400;

/// Shortest lockdown, in seconds.
const SECONDS_MIN: u32 = 60;

impl Filters {
    /// Declares a lockdown: until its end, path B does not latch the filter. With 0 seconds one that goes on ends.
    ///
    /// # Errors
    /// [`BrakeError`]; nothing is done then.
    pub async fn lockdown(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        seconds: u32,
        reason: &str,
    ) -> Result<(Filter, Braked), BrakeError> {
        let (filter, _) = self.brake(viewer, wiki, gid).await?;
        Self::may(viewer, &filter, wiki, Right::BrakeDeclare)?;
        if seconds > SECONDS_MAX || (1..SECONDS_MIN).contains(&seconds) {
            let message = "a lockdown lasts 60 seconds to 7 days; 0 ends one";
            return Err(BrakeError::Bad { field: "seconds", message });
        }
        let reason = reason.trim();
        if !(3..=500).contains(&reason.chars().count()) || reason.contains('\0') {
            return Err(BrakeError::Bad { field: "reason", message: "say why in 3 to 500 characters" });
        }
        self.settle().await?;
        let now = self.store.clock().now();
        let mut tx = self.store.begin().await?;
        records::hold(&mut tx, &filter.key).await?;
        let mut braked = self.decided(&mut tx, &filter.key, wiki).await?;
        let until = now.checked_add(SignedDuration::from_secs(seconds.into())).unwrap_or(now);
        let guard = &mut braked.own;
        guard.armed_from = guard.armed_from.max(super::rows::armed_from(&mut tx, &filter.key).await?);
        guard.lockdown_until = if seconds == 0 { 0 } else { micros(until) };
        let told = Told {
            key: &filter.key,
            wiki,
            privacy: filter.draft.privacy,
            by: &viewer.principal,
            kind: if seconds == 0 { "lockdown.end" } else { "lockdown.start" },
            reason_code: "",
            reason,
            details: json!({"seconds": seconds, "until": until.to_string()}),
        };
        self.record(&mut tx, &told, &braked.own, now).await?;
        tx.commit().await?;
        self.put_in_force().await;
        Ok((filter, braked))
    }
}
