//! Starting candidates, looking at them, ending and promoting them.

use super::{Candidate, CandidateRow, DAYS_MAX, Ended, Share, Verdicts, records};
use crate::hits::dump;
use crate::hits::list::{HitKey, Log};
use crate::hits::visible::Sight as HitSight;
use crate::life::events::{self, NewEvent};
use crate::life::{Filters, ReadError, SaveError, SaveRequest, Saved};
use crate::model::{Actions, Editor, Filter, FilterKey, Privacy, State, Version};
use crate::save::Findings;
use jiff::SignedDuration;
use serde_json::json;
use wikiward_farm::{AuditEntry, Coded, Id, Limit, Page, Principal, Right, Timestamp, Viewer, WikiId};
use wikiward_store::{StoreError, Tx};

/// Most characters of a reason.
const REASON_CHARS_MAX: usize = 500;

/// What is to run beside a filter.
#[derive(Debug, Clone)]
pub struct Start {
    /// The rule.
    pub rules: String,
    /// The consequences; those of the filter if none are named.
    pub actions: Option<Actions>,
    /// For how many days, 1 to [`DAYS_MAX`].
    pub days: u32,
    /// Why, for the history.
    pub reason: String,
}

/// Why something was not done about a candidate.
#[derive(Debug, thiserror::Error)]
pub enum CandidateError {
    /// The filter or the candidate is not there, or may not be seen.
    #[error("there is no such filter or candidate to be seen")]
    NotFound,
    /// A right is missing.
    #[error("this needs the right {0}")]
    Forbidden(Right),
    /// Only filters in force have something to run beside.
    #[error("the filter is not enabled, so that there is nothing to run beside")]
    NotEnabled,
    /// It ended before.
    #[error("the candidate has ended")]
    Ended,
    /// What was sent cannot be.
    #[error("{field}: {message}")]
    Bad {
        /// The field meant.
        field: &'static str,
        /// What is wrong with it.
        message: &'static str,
    },
    /// The rule or the consequences are not valid.
    #[error("the candidate is not valid")]
    Invalid(Box<Findings>),
    /// It was not saved.
    #[error(transparent)]
    Save(SaveError),
    /// The database did not answer.
    #[error("the store of candidates did not answer")]
    Store(#[from] StoreError),
}

impl Coded for CandidateError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Forbidden(_) => "forbidden",
            Self::NotEnabled => "not_enabled",
            Self::Ended => "candidate_ended",
            Self::Bad { .. } | Self::Invalid(_) => "invalid",
            Self::Save(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

impl From<ReadError> for CandidateError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotFound | ReadError::Pattern(_) => Self::NotFound,
            ReadError::Forbidden(right) => Self::Forbidden(right),
            ReadError::Store(error) => Self::Store(error),
        }
    }
}

impl From<SaveError> for CandidateError {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::NotFound => Self::NotFound,
            SaveError::Forbidden(right) => Self::Forbidden(right),
            SaveError::Invalid(findings) => Self::Invalid(findings),
            SaveError::Store(error) => Self::Store(error),
            other => Self::Save(other),
        }
    }
}

impl Filters {
    /// Starts a candidate beside a filter in force; gives both. It is checked like a save, and runs as soon as this returns.
    ///
    /// # Errors
    /// [`CandidateError`]; nothing is written then.
    pub async fn start_candidate(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        start: &Start,
    ) -> Result<(Filter, Candidate), CandidateError> {
        let filter = self.of_candidates(viewer, wiki, gid).await?;
        if filter.draft.state != State::Enabled {
            return Err(CandidateError::NotEnabled);
        }
        if !(1..=DAYS_MAX).contains(&start.days) {
            return Err(CandidateError::Bad { field: "days", message: "a candidate runs for 1 to 14 days" });
        }
        let reason = start.reason.trim();
        if reason.chars().count() > REASON_CHARS_MAX || reason.contains('\0') {
            return Err(CandidateError::Bad { field: "reason", message: "a reason has at most 500 characters" });
        }
        let mut draft = filter.draft.clone();
        draft.rules.clone_from(&start.rules);
        if let Some(actions) = &start.actions {
            draft.actions = actions.clone();
        }
        if draft.rules == filter.draft.rules && draft.actions == filter.draft.actions {
            return Err(CandidateError::Bad { field: "rules", message: "this is what the filter does already" });
        }
        let findings = self.examine_candidate(viewer, &filter, draft, reason).await?;
        let now = self.store.clock().now();
        let candidate = Candidate {
            id: Id::new(now, &*self.entropy),
            key: filter.key.clone(),
            base: filter.version,
            rules: start.rules.clone(),
            actions: start.actions.clone(),
            uses_protected: findings.uses_protected.clone(),
            reason: reason.to_owned(),
            started_at: now,
            started_by: Editor::from(&viewer.principal),
            ends_at: now.checked_add(SignedDuration::from_hours(24 * i64::from(start.days))).unwrap_or(now),
            ended: None,
            totals: super::Totals::default(),
        };
        let mut tx = self.store.begin().await?;
        records::insert(&mut tx, &candidate, &filter.draft.group, &findings.uses_vars).await?;
        let told = Told {
            key: &filter.key,
            privacy: filter.draft.privacy,
            by: &viewer.principal,
            kind: "candidate.start",
            reason_code: "",
            reason,
            id: candidate.id,
            now,
        };
        self.tell_candidate(&mut tx, &told).await?;
        // Others that start at the same time wait since something was announced; one too many is seen here.
        if let Some(finding) = self.too_many_in_shadow(&mut tx, &filter, 1).await? {
            let mut findings = findings;
            findings.errors.push(finding);
            return Err(CandidateError::Invalid(Box::new(findings)));
        }
        tx.commit().await?;
        self.in_force.refresh().await;
        Ok((filter, candidate))
    }

    /// The candidates of a filter, the newest first.
    ///
    /// # Errors
    /// [`CandidateError`].
    pub async fn candidates(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
    ) -> Result<(Filter, Vec<Candidate>), CandidateError> {
        let filter = self.of_candidates(viewer, wiki, gid).await?;
        let sight = self.sight(viewer, &filter.key.wiki, wiki).await?;
        let mut found = records::of_filter(&mut self.store.reader().await?, &filter.key, &sight).await?;
        found.retain(|candidate| sight.sees(filter.draft.privacy, &candidate.uses_protected));
        Ok((filter, found))
    }

    /// One candidate of a filter.
    ///
    /// # Errors
    /// [`CandidateError`].
    pub async fn candidate(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        id: Id,
    ) -> Result<(Filter, Candidate), CandidateError> {
        let filter = self.of_candidates(viewer, wiki, gid).await?;
        let sight = self.sight(viewer, &filter.key.wiki, wiki).await?;
        let found = records::one(&mut self.store.reader().await?, &filter.key, id, &sight).await?;
        let found = found.filter(|candidate| sight.sees(filter.draft.privacy, &candidate.uses_protected));
        found.map(|candidate| (filter, candidate)).ok_or(CandidateError::NotFound)
    }

    /// How many actions that may be seen came out in which way beside a candidate.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn candidate_shares(
        &self,
        candidate: &Candidate,
        log: &Log,
        sight: &HitSight,
    ) -> Result<Vec<Share>, StoreError> {
        records::shares(&mut self.store.reader().await?, log, candidate.id, sight).await
    }

    /// A page of the actions that came out in one way and may be seen, newest first.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn candidate_actions(
        &self,
        candidate: &Candidate,
        verdicts: Verdicts,
        log: &Log,
        after: Option<HitKey>,
        limit: Limit,
        sight: &HitSight,
    ) -> Result<Page<CandidateRow, HitKey>, StoreError> {
        let mut conn = self.store.reader().await?;
        let rows = records::list(&mut conn, log, candidate.id, verdicts, after, limit, sight).await?;
        Ok(Page::cut(rows, limit, |row| row.key))
    }

    /// One action beside a candidate, with its variables for who may see details; none if it is not there or may not be seen.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn candidate_action(
        &self,
        candidate: &Candidate,
        hit_id: Id,
        log: &Log,
        sight: &HitSight,
    ) -> Result<Option<CandidateRow>, StoreError> {
        let mut conn = self.store.reader().await?;
        let Some((mut row, packed)) = records::row_of(&mut conn, log, candidate.id, hit_id, sight).await? else {
            return Ok(None);
        };
        if sight.details {
            row.variables = packed.as_deref().and_then(dump::unpack).map(|(variables, _)| variables);
        }
        Ok(Some(row))
    }

    /// Stops a candidate; gives its filter, too.
    ///
    /// # Errors
    /// [`CandidateError`]; nothing is written then.
    pub async fn stop_candidate(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        id: Id,
        reason: &str,
    ) -> Result<(Filter, Candidate), CandidateError> {
        let (filter, mut candidate) = self.candidate(viewer, wiki, gid, id).await?;
        let now = self.store.clock().now();
        let mut tx = self.store.begin().await?;
        if !records::end(&mut tx, id, now, Ended::Stopped).await? {
            return Err(CandidateError::Ended);
        }
        let told = Told {
            key: &filter.key,
            privacy: filter.draft.privacy,
            by: &viewer.principal,
            kind: "candidate.stop",
            reason_code: Ended::Stopped.name(),
            reason: reason.trim(),
            id,
            now,
        };
        self.tell_candidate(&mut tx, &told).await?;
        tx.commit().await?;
        self.in_force.refresh().await;
        candidate.ended = Some((now, Ended::Stopped));
        Ok((filter, candidate))
    }

    /// Saves a candidate as the next version of its filter, over version `base`: a save with all its checks. The candidate ends.
    ///
    /// # Errors
    /// [`CandidateError`]; nothing is written then.
    pub async fn promote_candidate(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        id: Id,
        base: Version,
        request: &Promote,
    ) -> Result<Saved, CandidateError> {
        let (filter, candidate) = self.candidate(viewer, wiki, gid, id).await?;
        if candidate.ended.is_some_and(|(_, why)| why == Ended::Promoted) {
            return Err(CandidateError::Ended);
        }
        let mut draft = filter.draft.clone();
        draft.rules.clone_from(&candidate.rules);
        if let Some(actions) = &candidate.actions {
            draft.actions = actions.clone();
        }
        let reason = request.reason.trim();
        let request = SaveRequest {
            draft,
            tests: None,
            change_reason: if reason.is_empty() { candidate.reason.clone() } else { reason.to_owned() },
            confirm_make_public: false,
            publish_history: false,
            skip_backtest_reason: request.skip_backtest_reason.clone(),
            override_tests: request.override_tests.clone(),
        };
        Ok(self.save_promoted(viewer, wiki, gid, base, &request, id).await?)
    }

    /// Ends candidates whose time is over; gives how many.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn end_due_candidates(&self, now: Timestamp) -> Result<usize, StoreError> {
        let due = records::due(&mut self.store.reader().await?, now).await?;
        let mut count = 0;
        for (id, key, privacy) in due {
            let mut tx = self.store.begin().await?;
            // Another node may have been quicker.
            if !records::end(&mut tx, id, now, Ended::Over).await? {
                continue;
            }
            let told = Told {
                key: &key,
                privacy: Privacy::from_bits(privacy).unwrap_or_default(),
                by: &Principal::System,
                kind: "candidate.stop",
                reason_code: Ended::Over.name(),
                reason: "",
                id,
                now,
            };
            self.tell_candidate(&mut tx, &told).await?;
            tx.commit().await?;
            count += 1;
        }
        if count > 0 {
            self.in_force.refresh().await;
        }
        Ok(count)
    }

    /// The filter, for who may look at its candidates.
    async fn of_candidates(&self, viewer: &Viewer, wiki: &WikiId, gid: &str) -> Result<Filter, CandidateError> {
        let filter = self.get(viewer, wiki, gid).await?;
        if viewer.may(Right::Backtest, &filter.key.wiki) {
            Ok(filter)
        } else {
            Err(CandidateError::Forbidden(Right::Backtest))
        }
    }

    /// Writes what became of a candidate: the history, the audit log, and the change feed.
    pub(crate) async fn tell_candidate(&self, tx: &mut Tx, told: &Told<'_>) -> Result<(), StoreError> {
        let details = json!({"candidate": told.id.to_string()});
        let event = NewEvent {
            key: told.key,
            privacy: told.privacy,
            by: told.by,
            kind: told.kind,
            reason_code: told.reason_code,
            reason: told.reason,
            details: details.clone(),
        };
        events::append(tx, &event, told.now, &*self.entropy).await?;
        tx.audit(&AuditEntry {
            at: told.now,
            by: told.by.clone(),
            wiki: told.key.wiki.clone(),
            action: told.kind,
            subject: format!("filter:{}", told.key.number),
            reason: told.reason.to_owned(),
            details,
        })
        .await?;
        tx.announce("filters", &format!("{}:{}", told.key.wiki, told.key.number)).await
    }
}

/// What is said when a candidate is promoted.
#[derive(Debug, Clone, Default)]
pub struct Promote {
    /// Why; the candidate's own reason if nothing is said.
    pub reason: String,
    /// Why a rule that destroys was not tested on past actions first.
    pub skip_backtest_reason: String,
    /// Why tests that fail do not matter.
    pub override_tests: String,
}

/// What is told of a candidate.
pub(crate) struct Told<'t> {
    pub(crate) key: &'t FilterKey,
    pub(crate) privacy: Privacy,
    pub(crate) by: &'t Principal,
    pub(crate) kind: &'static str,
    pub(crate) reason_code: &'static str,
    pub(crate) reason: &'t str,
    pub(crate) id: Id,
    pub(crate) now: Timestamp,
}
