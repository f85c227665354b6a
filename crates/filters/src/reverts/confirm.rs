//! Confirming a job, and giving it up.

use super::records;
use super::service::{Reverts, counts, digest};
use super::standing::{Cause, Elsewhere, RowState};
use super::{Job, RevertError, Row, TOPIC, job_name};
use crate::autopromote::records as autopromote;
use crate::hits::Sight;
use crate::life::events::{self, NewEvent};
use crate::life::records as filters;
use crate::model::{Consequence, Filter};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use wikiward_farm::{AuditEntry, Id, Timestamp, Viewer, WikiId};
use wikiward_store::{StoreError, Tx};

impl Reverts {
    /// Confirms a job: the rows chosen are undone, here or by their wikis; the others are left.
    ///
    /// # Errors
    /// [`RevertError`]; nothing is done then.
    #[expect(clippy::too_many_arguments, reason = "who, where, what, and the person's two answers")]
    pub async fn confirm(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        job_id: Id,
        token: Option<&str>,
        chosen: &[u32],
        sight: &Sight,
    ) -> Result<(Job, Vec<Row>), RevertError> {
        let filter = self.filter(viewer, wiki, gid).await?;
        let now = self.store.clock().now();
        let mut tx = self.store.begin().await?;
        filters::hold(&mut tx, &filter.key).await?;
        let found = records::job(&mut tx, wiki, &filter.key, job_id).await?;
        let (job, token_digest) = found.ok_or(RevertError::NotFound)?;
        let token = token.filter(|token| !token.is_empty()).ok_or(RevertError::ConfirmRequired)?;
        if digest(token) != token_digest || now > job.confirm_until() {
            return Err(RevertError::ConfirmExpired);
        }
        let rows: BTreeMap<u32, Row> =
            records::rows(&mut tx, job_id, sight).await?.into_iter().map(|row| (row.number, row)).collect();
        let chosen: BTreeSet<u32> = chosen.iter().copied().collect();
        if chosen.is_empty() {
            return Err(RevertError::Bad { field: "rows", message: "choose at least one row".into() });
        }
        if !records::confirm(&mut tx, job_id, now).await? {
            return Err(RevertError::ConfirmExpired);
        }
        let mut wikis: BTreeSet<WikiId> = BTreeSet::new();
        for number in chosen {
            let row = rows.get(&number).filter(|row| row.state == RowState::Open).ok_or_else(|| {
                let message = format!("the job has no row {number} that can be chosen");
                RevertError::Bad { field: "rows", message }
            })?;
            let state = start(&mut tx, job_id, row, now).await?;
            if state == RowState::Pending {
                wikis.insert(row.hit.wiki.clone());
            }
        }
        records::leave_rest(&mut tx, job_id, now).await?;
        self.tell(&mut tx, viewer, &filter, &job, "revert.run", now).await?;
        for wiki in &wikis {
            tx.announce(TOPIC, wiki.as_str()).await?;
        }
        tx.commit().await?;
        self.job(viewer, wiki, gid, job_id, sight).await
    }

    /// Gives up what is left of a job.
    ///
    /// # Errors
    /// [`RevertError::Over`] if nothing is left; nothing is done then.
    pub async fn cancel(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        job_id: Id,
        sight: &Sight,
    ) -> Result<(Job, Vec<Row>), RevertError> {
        let filter = self.filter(viewer, wiki, gid).await?;
        let now = self.store.clock().now();
        let mut tx = self.store.begin().await?;
        filters::hold(&mut tx, &filter.key).await?;
        let found = records::job(&mut tx, wiki, &filter.key, job_id).await?;
        let (mut job, _) = found.ok_or(RevertError::NotFound)?;
        job.counts = counts(&records::rows(&mut tx, job_id, sight).await?);
        let left = records::cancel(&mut tx, job_id, now).await?;
        // Whether anything is left is said by the rows that the viewer may see.
        let is_over = job.confirmed_at.is_some() && !job.counts.contains_key(&RowState::Pending);
        if left.is_none() || is_over {
            return Err(RevertError::Over);
        }
        if job.confirmed_at.is_some() {
            self.tell(&mut tx, viewer, &filter, &job, "revert.cancel", now).await?;
        }
        tx.commit().await?;
        self.job(viewer, wiki, gid, job_id, sight).await
    }

    /// Writes what was decided into the filter's history and the audit log.
    async fn tell(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        filter: &Filter,
        job: &Job,
        kind: &'static str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        // Not how many rows: some may be of hits that not everybody sees who sees the filter.
        let details = json!({
            "wiki": job.wiki.as_str(), "job_id": job_name(job.job_id), "consequences": job.consequences,
            "from": job.from.to_string(), "to": job.to.to_string(),
        });
        let event = NewEvent {
            key: &filter.key,
            privacy: filter.draft.privacy,
            by: &viewer.principal,
            kind,
            reason_code: "",
            reason: &job.reason,
            details: details.clone(),
        };
        events::append(tx, &event, now, &*self.entropy).await?;
        tx.audit(&AuditEntry {
            at: now,
            by: viewer.principal.clone(),
            wiki: job.wiki.clone(),
            action: kind,
            subject: format!("filter:{}", filter.key.gid()),
            reason: job.reason.clone(),
            details,
        })
        .await
    }
}

/// Starts what undoes a row; gives the row's state.
async fn start(tx: &mut Tx, job_id: Id, row: &Row, now: Timestamp) -> Result<RowState, StoreError> {
    let hit_id = row.hit.key.hit_id;
    let (state, cause) = match records::elsewhere(tx, hit_id, &row.consequence).await? {
        Some(Elsewhere::Pending) => (RowState::Skipped, Cause::UnderWay.name()),
        Some(Elsewhere::Reverted) => (RowState::Skipped, Cause::AlreadyReverted.name()),
        None if row.consequence == Consequence::BlockAutopromote.name() => {
            let (wiki, user) = (&row.hit.wiki, &row.hit.actor_name);
            if autopromote::remove_of_hit(tx, wiki, user, hit_id, now).await? {
                (RowState::Reverted, "")
            } else if autopromote::is_held(tx, wiki, user, now).await? {
                (RowState::NothingToDo, Cause::ChangedSince.name())
            } else {
                (RowState::NothingToDo, Cause::Ended.name())
            }
        }
        None => (RowState::Pending, ""),
    };
    records::set(tx, (job_id, row.number), state, cause, "", now).await?;
    Ok(state)
}
