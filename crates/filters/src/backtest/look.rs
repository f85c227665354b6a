//! Looking at backtests: how far one is, what it found, on which actions; and calling one off.

use super::error::BacktestError;
use super::job::{Example, Job, JobKey, JobState, Progress, Row};
use super::records;
use super::report::{self, DiffClass};
use super::run::Running;
use super::service::{Backtests, UNHEARD_MAX, need};
use crate::archive::StoredAction;
use crate::hits::list::{HitRow, Log};
use crate::hits::{HitError, Level, Sight};
use std::collections::BTreeMap;
use std::sync::Arc;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{ActorType, Id, Limit, Page, Viewer, WikiId};

impl Backtests {
    /// A backtest that the viewer started; none if there is none of that id.
    ///
    /// # Errors
    /// [`BacktestError::Forbidden`] or [`BacktestError::Store`].
    pub async fn one(&self, viewer: &Viewer, wiki: &WikiId, id: Id) -> Result<Option<Job>, BacktestError> {
        need(viewer, wiki)?;
        let mut conn = self.store.reader().await?;
        let row = records::one(&mut conn, wiki, id, &viewer.principal.key()).await?;
        Ok(row.map(|row| self.job(row, wiki)))
    }

    /// Backtests that the viewer started, newest first.
    ///
    /// # Errors
    /// [`BacktestError::Forbidden`] or [`BacktestError::Store`].
    pub async fn list(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        after: Option<JobKey>,
        limit: Limit,
    ) -> Result<Page<Job, JobKey>, BacktestError> {
        need(viewer, wiki)?;
        let mut conn = self.store.reader().await?;
        let rows = records::list(&mut conn, wiki, &viewer.principal.key(), after, limit).await?;
        let jobs: Vec<Job> = rows.into_iter().map(|row| self.job(row, wiki)).collect();
        Ok(Page::cut(jobs, limit, |job| JobKey { created_at: job.created_at, id: job.id }))
    }

    /// Calls a backtest off; what it found until then stays. None if there is none of that id. One that is over stays as it is.
    ///
    /// # Errors
    /// [`BacktestError::Forbidden`] or [`BacktestError::Store`].
    pub async fn cancel(&self, viewer: &Viewer, wiki: &WikiId, id: Id) -> Result<Option<Job>, BacktestError> {
        // Somebody else's is not there, neither in the database nor in memory.
        if self.one(viewer, wiki, id).await?.is_none() {
            return Ok(None);
        }
        records::cancel(&self.store, wiki, id, &viewer.principal.key()).await?;
        let running = self.running().get(&id).cloned();
        if let Some(running) = running {
            running.cancel();
            running.over().await;
        }
        self.one(viewer, wiki, id).await
    }

    /// The newest actions of a class that may be seen now; none if there is no such backtest. Empty until it is over.
    ///
    /// # Errors
    /// [`BacktestError::Forbidden`] or [`BacktestError::Store`].
    pub async fn examples(
        &self,
        viewer: &Viewer,
        sight: &Sight,
        wiki: &WikiId,
        id: Id,
        class: DiffClass,
    ) -> Result<Option<Vec<Example>>, BacktestError> {
        need(viewer, wiki)?;
        let mut conn = self.store.reader().await?;
        let examples = records::examples(&mut conn, wiki, id, &viewer.principal.key()).await?;
        drop(conn);
        let live = self.running().get(&id).map(|running| running.examples());
        let Some(mut examples) = examples.map(|stored| live.unwrap_or(stored)) else { return Ok(None) };
        let kept = examples.remove(class.name()).unwrap_or_default();
        let archived = kept.iter().filter(|kept| kept.hit.is_none()).filter_map(report::place);
        let ids: Vec<Id> = archived.map(|(_, id)| id).collect();
        let known = self.archive.known(&ids, sight).await?;
        let mut known: BTreeMap<Id, StoredAction> = known.into_iter().map(|action| (action.id, action)).collect();
        let mut shown = Vec::new();
        for kept in kept {
            let Some((of, evaluation)) = report::place(&kept) else { continue };
            let hit = kept.hit.as_deref().and_then(|hit| hit.parse().ok());
            let example = match hit {
                None => known.remove(&evaluation).map(|action| of_action(action, kept.why)),
                Some(hit) => {
                    let log = if wiki.is_farm() { Log::Farm } else { Log::Wiki(of) };
                    match self.hits.row(&log, hit, sight).await {
                        Ok(row) => row.map(|row| of_row(evaluation, row, kept.why)),
                        Err(HitError::Store(error) | HitError::ReadOnly(error)) => return Err(error.into()),
                        Err(_) => None,
                    }
                }
            };
            shown.extend(example);
        }
        Ok(Some(shown))
    }

    fn job(&self, row: Row, wiki: &WikiId) -> Job {
        let now = self.store.clock().now();
        let running = self.running().get(&row.id).cloned();
        let is_unheard = micros(now) - row.beat_at > UNHEARD_MAX;
        let state = match row.state {
            JobState::Running if running.is_none() && is_unheard => JobState::Interrupted,
            state => state,
        };
        let ended_at = row.ended_at.or_else(|| (state == JobState::Interrupted).then(|| from_micros(row.beat_at)));
        let (report, progress) = match (&running, state) {
            (Some(running), JobState::Running) => running.seen(now),
            _ => {
                let share = if state == JobState::Done { 1.0 } else { 0.0 };
                (row.report, Progress { share, ..Progress::default() })
            }
        };
        Job {
            id: row.id,
            wiki: wiki.clone(),
            by_name: row.by_name,
            state,
            created_at: row.created_at,
            ended_at,
            progress,
            ask: row.wanted.into(),
            report,
        }
    }

    /// Calls off what runs here, because the process ends.
    pub async fn close(&self) {
        let running: Vec<Arc<Running>> = self.running().values().cloned().collect();
        for running in &running {
            running.interrupt();
        }
        for running in running {
            running.over().await;
        }
    }
}

fn of_action(action: StoredAction, missing: Option<String>) -> Example {
    Example {
        evaluation_id: action.id,
        wiki: action.wiki,
        at: action.at,
        kind: action.kind,
        actor_name: action.actor.name,
        actor_type: action.actor.kind,
        standing: action.standing.name(),
        target_ns: action.target.ns,
        target_title: action.target.title,
        outcome: action.outcome.name(),
        rev_id: action.rev_id,
        hit_id: action.hits.first().map(|hit| hit.hit_id),
        missing,
    }
}

fn of_row(evaluation_id: Id, row: HitRow, missing: Option<String>) -> Example {
    let full = row.full.as_ref().filter(|_| row.level == Level::Details);
    let outcome = full.map_or("", |full| &full.outcome);
    Example {
        evaluation_id,
        outcome: report::outcome_of_hit(outcome, &row.decision).name(),
        rev_id: full.and_then(|full| full.rev_id),
        hit_id: Some(row.key.hit_id),
        wiki: row.wiki,
        at: row.key.at,
        kind: row.kind,
        actor_name: row.actor_name,
        actor_type: ActorType::find(&row.actor_type).unwrap_or_default(),
        standing: "unknown",
        target_ns: row.target_ns,
        target_title: row.target_title,
        missing,
    }
}
