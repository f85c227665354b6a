//! Ceilings of a filter's own on what it destroys.

use super::{BrakeError, Braked, Told, rows};
use crate::brake::Limits;
use crate::brake::latch::{CAPS_WANTED, are_caps};
use crate::life::records;
use crate::life::service::Filters;
use crate::model::Filter;
use serde_json::json;
use wikiward_farm::{Right, Viewer, WikiId};
use wikiward_store::{StoreError, Tx};

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
        let raises = caps.is_some_and(|caps| self.raises(&filter.draft.group, caps));
        Self::may(viewer, &filter, wiki, if raises { Right::BrakeDeclare } else { Right::Modify })?;
        if caps.is_some_and(|caps| !are_caps(caps)) {
            return Err(BrakeError::Bad { field: "cap_1h", message: CAPS_WANTED });
        }
        let reason = reason.trim();
        if !(3..=500).contains(&reason.chars().count()) || reason.contains('\0') {
            return Err(BrakeError::Bad { field: "reason", message: "say why in 3 to 500 characters" });
        }
        self.settle().await?;
        let mut tx = self.store.begin().await?;
        records::hold(&mut tx, &filter.key).await?;
        let braked = self.put_caps(&mut tx, viewer, wiki, &filter, caps, reason).await?;
        tx.commit().await?;
        self.put_in_force().await;
        Ok((filter, braked))
    }
    /// Whether ceilings are above those of a group, which needs [`Right::BrakeDeclare`].
    pub(in crate::life) fn raises(&self, group: &str, (hour, day): (u32, u32)) -> bool {
        let usual = self.live.as_ref().map_or_else(Limits::default, |live| live.limits(group)).destroyed;
        hour > usual.hour || day > usual.day
    }

    /// Writes ceilings of a filter's own, for who was found to be allowed to set them.
    pub(in crate::life) async fn put_caps(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        wiki: &WikiId,
        filter: &Filter,
        caps: Option<(u32, u32)>,
        reason: &str,
    ) -> Result<Braked, StoreError> {
        let mut braked = self.decided(tx, &filter.key, wiki).await?;
        let guard = &mut braked.own;
        guard.armed_from = guard.armed_from.max(rows::armed_from(tx, &filter.key).await?);
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
        self.record(tx, &told, &braked.own, self.store.clock().now()).await?;
        Ok(braked)
    }
}
