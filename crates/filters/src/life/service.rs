//! Reading filters.

use super::history::{self, HistoryItem, HistoryKey};
use super::list::{ListKey, ListQuery, Search, Searcher, Sort};
use super::pace::Pace;
use super::visible::Sight;
use super::{braking, optout::OptOut, records};
use crate::brake::LiveBrake;
use crate::diff::{self, Diff};
use crate::groups::Registry;
use crate::hits::Hits;
use crate::model::{Filter, FilterKey, FilterVersion, Version};
use crate::save::FilterSettings;
use crate::snapshot::{SetsOf, Snapshots};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use wikiward_farm::{Coded, Entropy, Limit, Page, Right, Viewer, WikiId};
use wikiward_rules::regex::Failure;
use wikiward_store::{Conn, Store, StoreError};

/// What puts saved changes in force on this node before they are answered.
pub trait InForce: Send + Sync {
    /// Reads what was committed; later evaluations go by it.
    fn refresh(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

impl InForce for Snapshots {
    fn refresh(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            // What was saved stays saved: the loop that follows the feed puts it in force as soon as it can.
            if let Err(error) = Snapshots::refresh(self).await {
                tracing::error!(error = &error as &dyn std::error::Error, "a saved change is not in force here yet");
            }
        })
    }
}

/// Filters, their versions and history, groups, imports and exports. Cheap to clone.
#[derive(Clone)]
pub struct Filters {
    pub(crate) store: Store,
    pub(crate) in_force: Arc<dyn InForce>,
    pub(super) wikis: Arc<dyn SetsOf>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(super) settings: Arc<FilterSettings>,
    cached: Arc<Mutex<Option<Cached>>>,
    /// The brake at work on this node, if one is.
    pub(super) live: Option<Arc<LiveBrake>>,
    /// Who prepared how much lately.
    pub(crate) pace: Arc<Pace>,
    /// Hits that tests may be on.
    pub(super) hits: Option<Hits>,
}

/// What is registered, and the number of the newest change when it was read.
type Cached = (i64, Arc<Registry>);

impl std::fmt::Debug for Filters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filters").field("store", &self.store.label()).finish_non_exhaustive()
    }
}

/// Why something could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is not there, or may not be seen.
    #[error("there is no such filter to be seen")]
    NotFound,
    /// A right is missing on what may be seen.
    #[error("this needs the right {0}")]
    Forbidden(Right),
    /// A pattern to search for does not compile, or takes too many steps.
    #[error("the pattern cannot be searched for: {0}")]
    Pattern(String),
    /// The database did not answer.
    #[error("the filter store did not answer")]
    Store(#[from] StoreError),
}

impl Coded for ReadError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Forbidden(_) => "forbidden",
            Self::Pattern(_) => "bad_request",
            Self::Store(error) => error.code(),
        }
    }
}

/// Rows read at once for a list that is also narrowed outside of the database.
const BATCH: usize = 200;

impl Filters {
    /// The service over an open store. `settings` are the installation's; wikis override them.
    pub fn new(
        store: Store,
        in_force: Arc<dyn InForce>,
        wikis: Arc<dyn SetsOf>,
        entropy: Arc<dyn Entropy>,
        settings: FilterSettings,
    ) -> Self {
        let settings = Arc::new(settings);
        Self {
            store,
            in_force,
            wikis,
            entropy,
            settings,
            cached: Arc::default(),
            pace: Arc::default(),
            live: None,
            hits: None,
        }
    }

    /// What is registered now. Read again only after something changed.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn registry(&self) -> Result<Arc<Registry>, StoreError> {
        let seq = self.store.feed().newest();
        let known = self.cached.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((read_at, registry)) = known
            && read_at == seq
        {
            return Ok(registry);
        }
        let registry = Arc::new(Registry::load(&mut self.store.reader().await?).await?);
        *self.cached.lock().unwrap_or_else(PoisonError::into_inner) = Some((seq, registry.clone()));
        Ok(registry)
    }

    /// Whether there is such a wiki; the farm is one here.
    pub(crate) fn knows(&self, wiki: &WikiId) -> bool {
        wiki.is_farm() || self.wikis.is_known(wiki)
    }

    /// The settings that hold on a wiki.
    pub fn settings_on(&self, wiki: &WikiId) -> FilterSettings {
        let Some(own) = self.wikis.settings_of(wiki) else { return (*self.settings).clone() };
        let (settings, bad) = self.settings.overridden(&own);
        if !bad.is_empty() {
            tracing::warn!(wiki = %wiki, settings = ?bad, "settings of the wiki cannot be read; the installation's hold");
        }
        settings
    }

    /// The filter that `gid` names on `wiki`, and what the viewer sees there.
    pub(super) async fn seen(
        &self,
        conn: &mut Conn,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
    ) -> Result<(Filter, Sight), ReadError> {
        let registry = self.registry().await?;
        let key = FilterKey::from_gid(wiki, gid).filter(|_| self.knows(wiki)).ok_or(ReadError::NotFound)?;
        let sight = Sight::new(viewer, &key.wiki, wiki, &registry);
        let filter = records::one_seen(conn, &key, &sight).await?;
        match filter.filter(|filter| sight.sees(filter.draft.privacy, &filter.uses_protected)) {
            Some(filter) => Ok((filter, sight)),
            None => Err(ReadError::NotFound),
        }
    }

    /// One filter: its present version.
    ///
    /// # Errors
    /// [`ReadError::NotFound`] if it is not there or may not be seen.
    pub async fn get(&self, viewer: &Viewer, wiki: &WikiId, gid: &str) -> Result<Filter, ReadError> {
        let mut conn = self.store.reader().await?;
        Ok(self.seen(&mut conn, viewer, wiki, gid).await?.0)
    }

    /// What `viewer` sees of the filters of `owner` when asking on `wiki`.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn sight(&self, viewer: &Viewer, owner: &WikiId, wiki: &WikiId) -> Result<Sight, StoreError> {
        Ok(Sight::new(viewer, owner, wiki, &*self.registry().await?))
    }

    /// A page of the filters that may be seen.
    ///
    /// # Errors
    /// [`ReadError::Forbidden`] if hits are to be sorted by and may not be seen, [`ReadError::Pattern`].
    pub async fn list(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        query: &ListQuery,
        after: Option<ListKey>,
        limit: Limit,
    ) -> Result<Page<Filter, ListKey>, ReadError> {
        let registry = self.registry().await?;
        if !self.knows(wiki) {
            return Err(ReadError::NotFound);
        }
        let own = Sight::new(viewer, wiki, wiki, &registry);
        let farm = Sight::new(viewer, &WikiId::farm(), wiki, &registry);
        // Sorted by hits, a list tells their order.
        let shows_farm = query.whose != super::Whose::Local && !wiki.is_farm();
        let may_sort = own.rights().has(Right::LogDetail) && (!shows_farm || farm.rights().has(Right::LogDetail));
        if query.sort == Sort::Hits && !may_sort {
            return Err(ReadError::Forbidden(Right::LogDetail));
        }
        let mut searcher = match &query.search {
            Some(Search::Regex { pattern, ignores_case }) => {
                Some(Searcher::new(pattern, *ignores_case).map_err(ReadError::Pattern)?)
            }
            _ => None,
        };
        let sets = self.wikis.sets_of(wiki);
        let applies = |filter: &Filter| {
            wiki.is_farm()
                || filter.key.wiki == *wiki
                || filter.draft.scope.as_ref().is_none_or(|scope| scope.covers(wiki, &sets))
        };
        let mut conn = self.store.snapshot().await?;
        let mut found: Vec<Filter> = Vec::new();
        let mut after = after;
        loop {
            let most = if searcher.is_some() || shows_farm { BATCH.max(limit.items() + 1) } else { limit.items() + 1 };
            let batch = records::list_batch(&mut conn, wiki, query, (&own, &farm), after.as_ref(), most).await?;
            let is_last = batch.len() < most;
            let batch: Vec<Filter> = {
                after = batch.last().map(|filter| records::list_key(filter, query.sort)).or(after);
                batch.into_iter().filter(applies).collect()
            };
            let (kept, stopped) = match searcher {
                None => (batch, None),
                Some(it) => {
                    let (it, kept, stopped) = search(it, batch).await?;
                    searcher = Some(it);
                    (kept, stopped)
                }
            };
            found.extend(kept);
            if found.len() > limit.items() || is_last && stopped.is_none() {
                return Ok(Page::cut(found, limit, |filter| records::list_key(filter, query.sort)));
            }
            if let Some(reached) = stopped {
                // The work for one page is used up: what was found, and where to go on.
                return Ok(Page { items: found, next: Some(records::list_key(&reached, query.sort)) });
            }
        }
    }

    /// A version of a filter.
    ///
    /// # Errors
    /// [`ReadError::NotFound`] if filter or version are not there or may not be seen.
    pub async fn version(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        number: Version,
    ) -> Result<FilterVersion, ReadError> {
        let mut conn = self.store.reader().await?;
        let (filter, sight) = self.seen(&mut conn, viewer, wiki, gid).await?;
        let version = records::one_version(&mut conn, &filter.key, number).await?;
        version.filter(|version| sees_version(&sight, version)).ok_or(ReadError::NotFound)
    }

    /// A page of a filter's history, newest first.
    ///
    /// # Errors
    /// [`ReadError::NotFound`] if the filter is not there or may not be seen.
    pub async fn history(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        before: Option<HistoryKey>,
        limit: Limit,
    ) -> Result<Page<HistoryItem, HistoryKey>, ReadError> {
        let mut conn = self.store.snapshot().await?;
        let (filter, sight) = self.seen(&mut conn, viewer, wiki, gid).await?;
        let most = limit.items() + 1;
        let saved = records::saved_items(&mut conn, &filter.key, &sight, before.as_ref(), most).await?;
        let mut events = records::event_items(&mut conn, &filter.key, &sight, before.as_ref(), most).await?;
        if !sight.rights().has(Right::LogDetail) {
            events.iter_mut().for_each(braking::without_numbers);
        }
        Ok(Page::cut(history::merged(saved, events, most), limit, HistoryItem::key))
    }

    /// The difference between two versions; the numbers may be any that the viewer sees.
    ///
    /// # Errors
    /// [`ReadError::NotFound`] if the filter or one of the versions are not there or may not be seen.
    pub async fn diff(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        from: VersionRef,
        to: VersionRef,
    ) -> Result<(FilterVersion, FilterVersion, Diff), ReadError> {
        let mut conn = self.store.snapshot().await?;
        let (filter, sight) = self.seen(&mut conn, viewer, wiki, gid).await?;
        let to = to.resolve(filter.version, filter.version).ok_or(ReadError::NotFound)?;
        let from = from.resolve(to, filter.version).ok_or(ReadError::NotFound)?;
        let mut versions = Vec::new();
        for number in [from, to] {
            let version = records::one_version(&mut conn, &filter.key, number).await?;
            versions.push(version.filter(|version| sees_version(&sight, version)).ok_or(ReadError::NotFound)?);
        }
        drop(conn);
        for version in &mut versions {
            version.draft.tests = self.visible_tests(viewer, &filter.key.wiki, &version.draft.tests).await?;
        }
        let [old, new] = <[FilterVersion; 2]>::try_from(versions).map_err(|_| ReadError::NotFound)?;
        let computed = {
            let (old, new) = (old.draft.clone(), new.draft.clone());
            tokio::task::spawn_blocking(move || diff::diff(&old, &new)).await
        };
        let diff = computed.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        Ok((old, new, diff))
    }

    /// What a wiki leaves of a farm-wide filter; none if all of it.
    ///
    /// # Errors
    /// [`ReadError::NotFound`] if the filter is not farm-wide, not there or may not be seen.
    pub async fn optout(&self, viewer: &Viewer, wiki: &WikiId, gid: &str) -> Result<Option<OptOut>, ReadError> {
        let mut conn = self.store.reader().await?;
        let (filter, _) = self.seen(&mut conn, viewer, wiki, gid).await?;
        if !filter.key.wiki.is_farm() || wiki.is_farm() {
            return Err(ReadError::NotFound);
        }
        Ok(records::optout(&mut conn, wiki, filter.key.number).await?)
    }
}

/// Whether a version of a filter that may be seen may be seen, too.
pub(super) fn sees_version(sight: &Sight, version: &FilterVersion) -> bool {
    version.is_public || sight.sees(version.draft.privacy, &version.uses_protected)
}

/// A version as people ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionRef {
    /// By number.
    Number(Version),
    /// The one before the other.
    Previous,
    /// The present one.
    Current,
}

impl VersionRef {
    fn resolve(self, other: Version, current: Version) -> Option<Version> {
        match self {
            Self::Number(number) => Some(number),
            Self::Previous => other.0.checked_sub(1).filter(|number| *number > 0).map(Version),
            Self::Current => Some(current),
        }
    }
}

impl std::str::FromStr for VersionRef {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "prev" => Ok(Self::Previous),
            "cur" => Ok(Self::Current),
            number => number.parse().map(Self::Number),
        }
    }
}

type Searched = (Searcher, Vec<Filter>, Option<Box<Filter>>);

/// Keeps the filters whose rules match. If the work is used up on the way, also says which filter was looked at last.
async fn search(mut searcher: Searcher, batch: Vec<Filter>) -> Result<Searched, ReadError> {
    let look = move || {
        let mut kept = Vec::new();
        let mut last: Option<Filter> = None;
        for filter in batch {
            match searcher.finds(&filter.draft.rules) {
                Ok(Some(found)) => {
                    if found {
                        kept.push(filter.clone());
                    }
                    last = Some(filter);
                }
                Ok(None) if last.is_some() => return Ok((searcher, kept, last.map(Box::new))),
                Ok(None) | Err(Failure::Limit | Failure::Exhausted) => {
                    return Err(ReadError::Pattern("it takes too many steps on one of the rules".into()));
                }
                // A rule that is not UTF-8 cannot be stored.
                Err(Failure::InvalidUtf8) => last = Some(filter),
            }
        }
        Ok((searcher, kept, None))
    };
    tokio::task::spawn_blocking(look).await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}
