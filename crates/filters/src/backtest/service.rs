//! Starting backtests and answering for them.

use super::ask::{Against, AskError, BacktestAsk, Sources};
use super::forecast::Cast;
use super::records;
use super::report::{self, DiffClass, Examples, Report};
use super::run::{Running, Work};
use super::source::Source;
use crate::archive::{Archive, Ask, StoredAction};
use crate::hits::list::{HitRow, Log};
use crate::hits::{HitError, Hits, Level, Sight};
use crate::judge::Judge;
use crate::judge::trial::Trial;
use crate::life::{Filters, ReadError};
use crate::model::{Actions, BrakeProfile, Draft, FilterKey, Version};
use crate::save::rules;
use crate::snapshot::Snapshot;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{ActorType, Coded, Entropy, Id, Limit, Page, Right, Timestamp, Viewer, WikiId};
use wikiward_rules::static_vars;
use wikiward_store::{Keyring, Sealer, Store, StoreError};

/// Backtests of one person that run at the same time.
pub const PER_PERSON_MAX: i64 = 2;

/// Backtests that run at the same time.
pub const PER_INSTALLATION_MAX: i64 = 8;

/// A job that was not heard of for so long is not run any more: 20 s, in microseconds.
pub(crate) const UNHEARD_MAX: i64 = 20_000_000;

/// Runs backtests. One per process; cheap to clone.
#[derive(Clone)]
pub struct Backtests {
    pub(super) store: Store,
    filters: Filters,
    hits: Hits,
    archive: Archive,
    pub(super) judge: Arc<Judge>,
    entropy: Arc<dyn Entropy>,
    sealer: Sealer,
    /// Jobs of this process.
    pub(super) running: Arc<Mutex<BTreeMap<Id, Arc<Running>>>>,
    /// Those that are at work.
    pub(super) at_work: Arc<AtomicUsize>,
}

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// It is at work.
    Running,
    /// It is done.
    Done,
    /// Somebody called it off.
    Cancelled,
    /// The process that ran it ended.
    Interrupted,
    /// It could not go on.
    Failed,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Progress {
    /// 0 to 1.
    pub share: f64,
    /// Actions a second.
    pub per_second: f64,
    /// Seconds that it will take from here, if that can be said.
    pub left_s: Option<u64>,
}

/// A backtest.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: Id,
    /// Whose actions.
    pub wiki: WikiId,
    /// Who started it.
    pub by_name: String,
    /// Where it is.
    pub state: JobState,
    /// When it was started.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How far it is.
    pub progress: Progress,
    /// What was asked for.
    pub ask: BacktestAsk,
    /// What it found, so far or in all.
    pub report: Report,
}

/// The place of a job in lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobKey {
    /// When it was started.
    pub created_at: Timestamp,
    /// Its id.
    pub id: Id,
}

/// An action of a comparison, to look at.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The evaluation.
    pub evaluation_id: Id,
    /// The wiki.
    pub wiki: WikiId,
    /// When.
    pub at: Timestamp,
    /// Kind of action.
    pub kind: String,
    /// Who; empty where it is an address.
    pub actor_name: String,
    /// What kind of actor.
    pub actor_type: ActorType,
    /// `good`, `other` or `unknown`.
    pub standing: &'static str,
    /// Namespace number of the page.
    pub target_ns: i64,
    /// Title of the page without namespace.
    pub target_title: String,
    /// `saved`, `reverted`, `refused`, `failed` or `unknown`.
    pub outcome: &'static str,
    /// The revision that was saved.
    pub rev_id: Option<i64>,
    /// A hit of the action that may be seen.
    pub hit_id: Option<Id>,
    /// The variable that the rule wanted to know.
    pub missing: Option<String>,
}

/// Why a backtest was not started, or not answered for.
#[derive(Debug, thiserror::Error)]
pub enum BacktestError {
    /// A right is missing.
    #[error("this needs the right {0}")]
    Forbidden(Right),
    /// It is not there, or may not be seen.
    #[error("there is no such backtest or filter to be seen")]
    NotFound,
    /// There is no such group.
    #[error("there is no group `{0}`")]
    UnknownGroup(String),
    /// What is wanted cannot be tested.
    #[error("this cannot be tested")]
    Invalid(AskError),
    /// Too many run already.
    #[error("{running} backtests are running{}, and more than {most} must not. Wait for one to end, or cancel one",
        if *.is_own { " for you" } else { "" })]
    TooMany {
        /// How many run.
        running: i64,
        /// How many may.
        most: i64,
        /// Whether those of the person are meant.
        is_own: bool,
    },
    /// The system starts no more threads.
    #[error("no thread could be started for it")]
    NoThread(#[source] std::io::Error),
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Coded for BacktestError {
    fn code(&self) -> &'static str {
        match self {
            Self::Forbidden(_) => "forbidden",
            Self::NotFound => "not_found",
            Self::UnknownGroup(_) => "unknown_group",
            Self::Invalid(_) => "invalid",
            Self::TooMany { .. } => "too_many_backtests",
            Self::NoThread(_) => "overloaded",
            Self::Store(error) => error.code(),
        }
    }
}

impl From<ReadError> for BacktestError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Store(error) => Self::Store(error),
            ReadError::Forbidden(right) => Self::Forbidden(right),
            ReadError::NotFound | ReadError::Pattern(_) => Self::NotFound,
        }
    }
}

/// What the rule is compared with, found.
struct Other {
    key: FilterKey,
    gid: String,
    version: Version,
    draft: Draft,
    uses_protected: Vec<String>,
}

/// A job as it is stored.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: Id,
    pub(super) by_name: String,
    pub(super) state: JobState,
    pub(super) created_at: Timestamp,
    pub(super) beat_at: i64,
    pub(super) ended_at: Option<Timestamp>,
    pub(super) wanted: Wanted,
    pub(super) report: Report,
}

/// What was asked for, as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Wanted {
    group: String,
    rules: String,
    against: Option<(String, u32)>,
    consequences: Option<BTreeMap<String, Vec<String>>>,
    kinds: Vec<String>,
    actor_types: Vec<String>,
    from: Option<i64>,
    to: Option<i64>,
    archive: bool,
    hits: bool,
    max: Option<u64>,
}

impl std::fmt::Debug for Backtests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backtests").field("running", &self.running().len()).finish_non_exhaustive()
    }
}

impl Backtests {
    /// Backtests on what `hits` and the archive beside them hold.
    pub fn new(filters: Filters, hits: Hits, judge: Arc<Judge>, keyring: &Keyring) -> Self {
        Self {
            store: hits.store.clone(),
            archive: Archive::new(hits.store.clone()),
            entropy: hits.entropy.clone(),
            sealer: keyring.sealer("backtest"),
            filters,
            hits,
            judge,
            running: Arc::default(),
            at_work: Arc::default(),
        }
    }

    pub(super) fn running(&self) -> MutexGuard<'_, BTreeMap<Id, Arc<Running>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a backtest on the actions of a wiki; `*` means those of all wikis. `sight` is what the viewer may see of hits
    /// there. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`BacktestError`]; nothing was started then.
    pub async fn start(
        &self,
        viewer: &Viewer,
        sight: &Sight,
        wiki: &WikiId,
        ask: BacktestAsk,
    ) -> Result<Job, BacktestError> {
        need(viewer, wiki)?;
        let snapshot = self.judge.snapshots().current();
        if !snapshot.knows(wiki) {
            return Err(BacktestError::NotFound);
        }
        let group = snapshot.group(&ask.group).cloned();
        let group = group.ok_or_else(|| BacktestError::UnknownGroup(ask.group.chars().take(64).collect()))?;
        let mut errors = ask.check();
        let registry = snapshot.registry();
        let examined = if errors.is_empty() {
            let (rules, group, registry) = (ask.rules.clone(), group.group.clone(), registry.clone());
            let examine = move || rules::examine(&rules, Some(&group), &registry).errors;
            let examined = tokio::task::spawn_blocking(examine).await;
            examined.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
        } else {
            Vec::new()
        };
        errors.extend(examined);
        if !errors.is_empty() {
            return Err(BacktestError::Invalid(errors));
        }
        let other = match &ask.against {
            Some(against) => Some(self.against(viewer, wiki, against).await?),
            None => None,
        };
        let mine = Trial::new(&ask.rules, group).map_err(|_| BacktestError::UnknownGroup(ask.group.clone()))?;
        let old = other
            .as_ref()
            .and_then(|other| Trial::new(&other.draft.rules, snapshot.group(&other.draft.group)?.clone()).ok());
        let protected = protected(&snapshot, wiki, &ask, other.as_ref());
        let cast = cast(&ask, other.as_ref());
        let mut ask = ask;
        ask.against = other.as_ref().map(|it| Against { gid: it.gid.clone(), version: Some(it.version) });
        let id = self.insert(viewer, wiki, &ask).await?;
        let now = self.store.clock().now();
        let selection = Ask {
            wiki: (!wiki.is_farm()).then(|| wiki.clone()),
            group: Some(ask.group.clone()),
            kinds: ask.kinds.clone(),
            actor_types: ask.actor_types.clone(),
            from: ask.from,
            to: ask.to,
        };
        let begins = self.archive.begins(selection.wiki.as_ref()).await?;
        let from = ask.from;
        let mut reads = mine.reads();
        reads.extend(old.iter().flat_map(Trial::reads));
        let (hits, sources) = (self.hits.clone(), ask.sources);
        let source = Source::new(hits, viewer.clone(), sight.clone(), selection, sources, protected, reads);
        let running = Arc::new(Running::new(now));
        let work = Work {
            id,
            source,
            mine,
            old,
            cast,
            sealer: self.sealer.clone(),
            from,
            begins: begins.filter(|_| ask.sources.archive),
            to: ask.to.unwrap_or(now).min(now),
            max: ask.max.unwrap_or(super::ask::ACTIONS),
            running: running.clone(),
        };
        self.running().insert(id, running);
        if let Err(error) = self.spawn(work) {
            self.running().remove(&id);
            records::end(&self.store, id, JobState::Failed, now, &Report::default(), &Examples::new()).await?;
            return Err(BacktestError::NoThread(error));
        }
        self.one(viewer, wiki, id).await?.ok_or(BacktestError::NotFound)
    }

    async fn against(&self, viewer: &Viewer, wiki: &WikiId, against: &Against) -> Result<Other, BacktestError> {
        let filter = self.filters.get(viewer, wiki, &against.gid).await?;
        let (key, gid) = (filter.key.clone(), against.gid.clone());
        let number = against.version.unwrap_or(filter.version);
        if number == filter.version {
            return Ok(Other { key, gid, version: number, draft: filter.draft, uses_protected: filter.uses_protected });
        }
        let version = self.filters.version(viewer, wiki, &against.gid, number).await?;
        Ok(Other { key, gid, version: number, draft: version.draft, uses_protected: version.uses_protected })
    }

    async fn insert(&self, viewer: &Viewer, wiki: &WikiId, ask: &BacktestAsk) -> Result<Id, BacktestError> {
        let now = self.store.clock().now();
        let id = Id::new(now, &*self.entropy);
        let wanted = serde_json::to_string(&Wanted::from(ask)).unwrap_or_default();
        let mut tx = self.store.begin().await?;
        let (all, own) = records::running(&mut tx, &viewer.principal.key(), micros(now) - UNHEARD_MAX).await?;
        if own >= PER_PERSON_MAX {
            return Err(BacktestError::TooMany { running: own, most: PER_PERSON_MAX, is_own: true });
        }
        if all >= PER_INSTALLATION_MAX {
            return Err(BacktestError::TooMany { running: all, most: PER_INSTALLATION_MAX, is_own: false });
        }
        records::insert(&mut tx, id, wiki, viewer, now, rules_digest(&ask.rules), &wanted).await?;
        tx.commit().await?;
        Ok(id)
    }

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
        need(viewer, wiki)?;
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

fn need(viewer: &Viewer, wiki: &WikiId) -> Result<(), BacktestError> {
    for right in [Right::Backtest, Right::Log] {
        if !viewer.may(right, wiki) {
            return Err(BacktestError::Forbidden(right));
        }
    }
    Ok(())
}

/// The digest by which the backtests of a rule are found.
pub(crate) fn rules_digest(rules: &str) -> [u8; 32] {
    Sha256::digest(rules.as_bytes()).into()
}

/// Protected variables that the rules read.
fn protected(snapshot: &Snapshot, wiki: &WikiId, ask: &BacktestAsk, other: Option<&Other>) -> Vec<String> {
    let registry = snapshot.registry();
    let of_wiki = snapshot.settings(wiki).protected_variables;
    let is_protected = |name: &String| {
        of_wiki.contains(name)
            || registry.groups.values().any(|group| group.own_variable(name).is_some_and(|it| it.is_protected))
    };
    let mut names = static_vars(ask.rules.as_bytes(), &registry.vocabulary()).unwrap_or_default();
    names.extend(other.into_iter().flat_map(|other| other.uses_protected.clone()));
    names.sort();
    names.dedup();
    names.into_iter().filter(is_protected).collect()
}

/// The filter that the rule is taken to be.
fn cast(ask: &BacktestAsk, other: Option<&Other>) -> Cast {
    let refusal = || Actions(BTreeMap::from([("disallow".to_owned(), vec![String::new()])]));
    let of_other = other.map(|other| other.draft.actions.clone());
    Cast {
        key: other.map(|other| other.key.clone()),
        actions: ask.actions().or(of_other).unwrap_or_else(refusal),
        brake_profile: other.map_or(BrakeProfile::Standard, |other| other.draft.brake_profile),
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

impl JobState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Running, Self::Done, Self::Cancelled, Self::Interrupted, Self::Failed];

    /// As stored and answered.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
        }
    }

    /// The one of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

impl From<&BacktestAsk> for Wanted {
    fn from(ask: &BacktestAsk) -> Self {
        Self {
            group: ask.group.clone(),
            rules: ask.rules.clone(),
            against: ask.against.as_ref().map(|it| (it.gid.clone(), it.version.map_or(0, |version| version.0))),
            consequences: ask.consequences.clone(),
            kinds: ask.kinds.clone(),
            actor_types: ask.actor_types.iter().map(|it| it.name().to_owned()).collect(),
            from: ask.from.map(micros),
            to: ask.to.map(micros),
            archive: ask.sources.archive,
            hits: ask.sources.hits,
            max: ask.max,
        }
    }
}

impl From<Wanted> for BacktestAsk {
    fn from(it: Wanted) -> Self {
        Self {
            group: it.group,
            rules: it.rules,
            against: it.against.map(|(gid, version)| Against { gid, version: Some(Version(version)) }),
            consequences: it.consequences,
            kinds: it.kinds,
            actor_types: it.actor_types.iter().filter_map(|name| ActorType::find(name)).collect(),
            from: it.from.map(from_micros),
            to: it.to.map(from_micros),
            sources: Sources { archive: it.archive, hits: it.hits },
            max: it.max,
        }
    }
}
