//! Ceilings of a filter's own on what it destroys.

use super::{BrakeError, Braked, Told, rows};
use crate::brake::Limits;
use crate::life::records;
use crate::life::service::Filters;
use crate::model::Filter;
use serde_json::json;
use wikiward_farm::{Right, Viewer, WikiId};

/// Most distinct targets that anybody may allow: a ceiling stays one.
const CAP_MAX: u32 = 500;

impl Filters {
    /// Gives a filter ceilings of its own on a wiki: distinct targets in an hour and in a day at which what it destroys is
    /// withheld. None gives it those of its group again.
    ///
    /// # Errors
    /// [`BrakeError`]; nothing is done then. More than the group allows needs [`Right::BrakeDeclare`].
    pub async fn cap(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        caps: Option<(u32, u32)>,
        reason: &str,
    ) -> Result<(Filter, Braked), BrakeError> {
        let (filter, _) = self.brake(viewer, wiki, gid).await?;
        let usual = self.live.as_ref().map_or_else(Limits::default, |live| live.limits(&filter.draft.group)).destroyed;
        let raises = caps.is_some_and(|(hour, day)| hour > usual.hour || day > usual.day);
        Self::may(viewer, &filter, wiki, if raises { Right::BrakeDeclare } else { Right::Modify })?;
        if caps.is_some_and(|(hour, day)| !(1..=CAP_MAX).contains(&hour) || !(hour..=CAP_MAX).contains(&day)) {
            let message = "ceilings are 1 to 500, and that of a day is no lower than that of an hour";
            return Err(BrakeError::Bad { field: "cap_1h", message });
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
        let guard = &mut braked.own;
        guard.armed_from = guard.armed_from.max(rows::armed_from(&mut tx, &filter.key).await?);
        guard.caps = caps;
        let told = Told {
            key: &filter.key,
            wiki,
            privacy: filter.draft.privacy,
            by: &viewer.principal,
            kind: "brake.caps",
            reason_code: if caps.is_some() { "set" } else { "reset" },
            reason,
            details: json!({"cap_1h": caps.map(|it| it.0), "cap_24h": caps.map(|it| it.1)}),
        };
        self.record(&mut tx, &told, &braked.own, now).await?;
        tx.commit().await?;
        self.put_in_force().await;
        Ok((filter, braked))
    }
}
