//! Starting backtests and answering for them.

use super::ask::{Against, BacktestAsk};
use super::error::BacktestError;
use super::forecast::Cast;
use super::job::{Job, JobState, Wanted};
use super::records;
use super::report::{Examples, Report};
use super::run::{Running, Work};
use super::source::Source;
use crate::archive::body::Unpacker;
use crate::archive::{Archive, Ask};
use crate::hits::{Hits, Sight};
use crate::judge::Judge;
use crate::judge::trial::Trial;
use crate::life::Filters;
use crate::model::{Actions, BrakeProfile, Draft, FilterKey, Version};
use crate::save::rules;
use crate::snapshot::{LiveGroup, Snapshot};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wikiward_farm::clock::micros;
use wikiward_farm::{Entropy, Id, Right, Viewer, WikiId};
use wikiward_rules::{RuleError, static_vars};
use wikiward_store::{Keyring, Sealer, Store};

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
    pub(super) hits: Hits,
    pub(super) archive: Archive,
    pub(super) judge: Arc<Judge>,
    entropy: Arc<dyn Entropy>,
    sealer: Sealer,
    /// Jobs of this process.
    pub(super) running: Arc<Mutex<BTreeMap<Id, Arc<Running>>>>,
    /// Those that are at work.
    pub(super) at_work: Arc<AtomicUsize>,
}

/// What the rule is compared with, found.
struct Other {
    key: FilterKey,
    gid: String,
    version: Version,
    draft: Draft,
    uses_protected: Vec<String>,
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

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn archive(&self) -> &Archive {
        &self.archive
    }

    pub(crate) fn judge(&self) -> &Judge {
        &self.judge
    }

    pub(crate) fn sealer(&self) -> &Sealer {
        &self.sealer
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
        let (mine, old) = compiled(&ask, group, other.as_ref(), &snapshot).await;
        let mine = mine.map_err(|_| BacktestError::UnknownGroup(ask.group.clone()))?;
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
            ..Ask::default()
        };
        let begins = self.archive.begins(selection.wiki.as_ref()).await?;
        let from = ask.from;
        let mut reads = mine.reads();
        reads.extend(old.iter().flat_map(Trial::reads));
        let (hits, sources) = (self.hits.clone(), ask.sources);
        let source = Source::new(hits, viewer.clone(), sight.clone(), selection, sources, protected, reads.clone());
        let running = Arc::new(Running::new(now));
        let work = Work {
            id,
            unpacker: Unpacker::of(Some(reads)),
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
        if let Err(error) = self.spawn(work, source) {
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
        tx.announce("backtests", &id.to_string()).await?; // One after the other: else two count before both insert.
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
}

/// Both rules, compiled where nobody waits: that of a long one takes its time.
async fn compiled(
    ask: &BacktestAsk,
    group: Arc<LiveGroup>,
    other: Option<&Other>,
    snapshot: &Snapshot,
) -> (Result<Trial, Box<RuleError>>, Option<Trial>) {
    let mine = ask.rules.clone();
    let old = other.and_then(|other| Some((other.draft.rules.clone(), snapshot.group(&other.draft.group)?.clone())));
    let compile = move || (Trial::new(&mine, group), old.and_then(|(rules, group)| Trial::new(&rules, group).ok()));
    let compiled = tokio::task::spawn_blocking(compile).await;
    compiled.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

pub(super) fn need(viewer: &Viewer, wiki: &WikiId) -> Result<(), BacktestError> {
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
