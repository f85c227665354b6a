//! What people and wikis say about hits afterwards: assessments, hiding, outcomes, feedback.

pub(crate) mod records;

use crate::hits::access::{AccessEntry, AccessKind};
use crate::hits::ask::{HitError, Hits};
use crate::hits::list::Log;
use crate::hits::visible::{Level, RevisionState, Sight};
use serde_json::{Value, json};
use wikiward_farm::{AuditEntry, Id, Timestamp, Viewer, WikiId};

/// Most hits hidden or shown at once.
pub const HIDDEN_AT_ONCE_MAX: usize = 500;

/// Most characters of a note or reason.
pub const NOTE_CHARACTERS_MAX: usize = 500;

/// What a person says of a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It hit whom it should.
    TruePositive,
    /// It hit somebody it should not.
    FalsePositive,
    /// Hard to tell.
    Unsure,
}

impl Verdict {
    /// As stored and answered.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TruePositive => "true_positive",
            Self::FalsePositive => "false_positive",
            Self::Unsure => "unsure",
        }
    }

    /// The one of that name.
    pub fn find(name: &str) -> Option<Self> {
        [Self::TruePositive, Self::FalsePositive, Self::Unsure].into_iter().find(|it| it.name() == name)
    }
}

/// What became of an action, as the wiki reports it.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// `saved`, `refused` or `failed`.
    pub result: Ended,
    /// The revision that was saved.
    pub rev_id: Option<i64>,
    /// The log entry that was made.
    pub log_id: Option<i64>,
    /// What was done, as JSON: `[{"type": "block", "ok": true}]`.
    pub executed: Value,
}

/// How an action ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was saved.
    Saved,
    /// It was refused.
    Refused,
    /// It failed for another reason.
    Failed,
}

impl Ended {
    /// As stored and answered.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// The one of that name.
    pub fn find(name: &str) -> Option<Self> {
        [Self::Saved, Self::Refused, Self::Failed].into_iter().find(|it| it.name() == name)
    }
}

/// What happened later to what an action led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// The revision meant.
    pub rev_id: Option<i64>,
    /// Or the action meant.
    pub action_id: Option<String>,
    /// What happened.
    pub event: FeedbackEvent,
    /// When.
    pub at: Timestamp,
}

/// What can happen later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedbackEvent {
    /// The edit was reverted.
    Reverted,
    /// The revision was deleted.
    Deleted,
    /// The revision was suppressed.
    Suppressed,
    /// The person was blocked.
    ActorBlocked,
    /// The revision is there again.
    Restored,
}

impl FeedbackEvent {
    const ALL: [Self; 5] = [Self::Reverted, Self::Deleted, Self::Suppressed, Self::ActorBlocked, Self::Restored];

    /// As stored and answered.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reverted => "reverted",
            Self::Deleted => "deleted",
            Self::Suppressed => "suppressed",
            Self::ActorBlocked => "actor_blocked",
            Self::Restored => "restored",
        }
    }

    /// The one of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// What it makes of the revision, if anything.
    pub fn revision(self) -> Option<RevisionState> {
        match self {
            Self::Deleted => Some(RevisionState::Deleted),
            Self::Suppressed => Some(RevisionState::Suppressed),
            Self::Restored => Some(RevisionState::Normal),
            Self::Reverted | Self::ActorBlocked => None,
        }
    }
}

impl Hits {
    /// Notes what the viewer says of a hit; false if it is not there or its details may not be seen. Said again, it replaces
    /// what was said before.
    ///
    /// # Errors
    /// [`HitError::Store`].
    pub async fn assess(
        &self,
        log: &Log,
        hit_id: Id,
        sight: &Sight,
        viewer: &Viewer,
        verdict: Verdict,
        note: &str,
    ) -> Result<bool, HitError> {
        let mut tx = self.store.begin().await?;
        let found = super::ask::records::one(&mut tx, log, hit_id, sight).await?;
        let Some(found) = found.filter(|found| found.row.level == Level::Details) else { return Ok(false) };
        let now = self.clock.now();
        records::assess(&mut tx, hit_id, viewer, verdict, note, now).await?;
        tx.audit(&AuditEntry {
            at: now,
            by: viewer.principal.clone(),
            wiki: found.row.wiki,
            action: "hit.assess",
            subject: format!("hit:{hit_id}"),
            reason: note.to_owned(),
            details: json!({"verdict": verdict.name()}),
        })
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Hides hits, or shows them again: all of them or none. False if one is not there or may not be seen. Every hit that
    /// changes leaves an entry in the access log.
    ///
    /// # Errors
    /// [`HitError::Store`].
    pub async fn set_hidden(
        &self,
        wiki: &WikiId,
        hits: &[Id],
        hidden: bool,
        reason: &str,
        sight: &Sight,
        viewer: &Viewer,
    ) -> Result<bool, HitError> {
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        let mut entries = Vec::new();
        let kind = if hidden { AccessKind::Hidden } else { AccessKind::Shown };
        let log = Log::Wiki(wiki.clone());
        for hit_id in hits {
            let found = super::ask::records::one(&mut tx, &log, *hit_id, sight).await?;
            let Some(full) = found.and_then(|found| found.row.full) else { return Ok(false) };
            if full.restriction.is_hidden != hidden {
                records::hide(&mut tx, *hit_id, hidden, &full.restriction).await?;
                let entry = AccessEntry::new(kind, wiki, viewer, &format!("hit:{hit_id}"), Some(*hit_id));
                entries.push(AccessEntry { reason: reason.to_owned(), ..entry });
            }
        }
        super::access::records::insert(&mut tx, self, &entries, now).await?;
        if !entries.is_empty() {
            tx.audit(&AuditEntry {
                at: now,
                by: viewer.principal.clone(),
                wiki: wiki.clone(),
                action: if hidden { "hits.hide" } else { "hits.show" },
                subject: "hits".into(),
                reason: reason.to_owned(),
                details: json!({"hits": entries.len()}),
            })
            .await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Notes what became of the action of an evaluation. Gives the number of its hits; 0 if it left none.
    ///
    /// # Errors
    /// [`HitError::NotYet`] if its hits wait to be written by this node; [`HitError::Store`].
    pub async fn outcome(&self, wiki: &WikiId, evaluation_id: Id, outcome: &Outcome) -> Result<u64, HitError> {
        if let Some(writer) = &self.writer
            && !writer.settled(evaluation_id).await
        {
            return Err(HitError::NotYet);
        }
        if let Some(archiver) = &self.archiver {
            archiver.outcome(evaluation_id, outcome);
        }
        let mut tx = self.store.begin().await?;
        let touched = records::outcome(&mut tx, wiki, evaluation_id, outcome).await?;
        tx.commit().await?;
        Ok(touched)
    }

    /// Keeps what a wiki reports of actions afterwards. Hits of deleted and suppressed revisions are not seen any more by who
    /// may not see those.
    ///
    /// # Errors
    /// [`HitError::Store`].
    pub async fn feedback(&self, wiki: &WikiId, feedback: &[Feedback]) -> Result<(), HitError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        for one in feedback {
            records::feedback(&mut tx, wiki, Id::new(now, &*self.entropy), one).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
