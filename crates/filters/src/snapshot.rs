//! All filters in force, in memory: what judging reads instead of the database.
//!
//! A [`Snapshot`] never changes; a change makes a new one, which shares with the old what stayed the same. Rules are
//! compiled once by their text, whichever wikis use them. A [`Roster`], the filters of one group on one wiki, is made
//! when it is first needed, and kept as long as its list of filters stays the same.
//!
//! Begin reading at [`Snapshots::load`].

mod compile;
mod live;
mod records;
mod roster;
mod settings;

pub use live::{LiveCandidate, LiveFilter, OptOut};
pub use roster::{DerivedVariable, LiveGroup, OfferedVariable, Part, Roster, Seat};
pub use settings::{BudgetPolicy, WikiSettings};

use crate::domains::{Lists, TOPIC as DOMAINS, records as domain_records};
use crate::groups::Registry;
use crate::model::{FilterKey, FilterNumber, Privacy, Version};
use arc_swap::ArcSwap;
use compile::Compiler;
use records::{OptOuts, Stored, StoredCandidate};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use wikiward_farm::{WikiId, WikiSetId};
use wikiward_store::{Conn, Store, StoreError};

/// What judging needs to know of wikis; who keeps them implements it.
pub trait SetsOf: Send + Sync {
    /// The sets that a wiki is in.
    fn sets_of(&self, wiki: &WikiId) -> Vec<WikiSetId>;

    /// Whether there is such a wiki, and it is open.
    fn is_known(&self, wiki: &WikiId) -> bool;

    /// The wiki's own settings, a JSON object.
    fn settings_of(&self, _wiki: &WikiId) -> Option<Arc<serde_json::Value>> {
        None
    }
}

/// A filter that ought to be in force and is not, because its rule is none any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenFilter {
    /// Which one.
    pub key: FilterKey,
    /// The version whose rule does not parse.
    pub version: Version,
    /// Who may see it.
    pub privacy: Privacy,
    /// Why, in the words of the language.
    pub error: String,
}

/// All filters in force at one moment.
pub struct Snapshot {
    seq: i64,
    filters: BTreeMap<FilterKey, Arc<LiveFilter>>,
    broken: BTreeMap<FilterKey, BrokenFilter>,
    candidates: BTreeMap<FilterKey, Arc<[Arc<LiveCandidate>]>>,
    registry: Arc<Registry>,
    groups: HashMap<String, Arc<LiveGroup>>,
    optouts: Arc<OptOuts>,
    domains: Arc<Lists>,
    compiler: Arc<Compiler>,
    wikis: Arc<dyn SetsOf>,
    defaults: WikiSettings,
    /// Rosters that were needed so far.
    rosters: RwLock<HashMap<WikiId, HashMap<String, Arc<Roster>>>>,
}

/// Why there is no roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRoster {
    /// There is no such wiki.
    UnknownWiki,
    /// There is no such group.
    UnknownGroup,
}

impl Snapshot {
    /// Number of the newest change in it.
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// A filter that runs.
    pub fn filter(&self, key: &FilterKey) -> Option<&Arc<LiveFilter>> {
        self.filters.get(key)
    }

    /// Filters in force, and those in the shadow.
    pub fn filters(&self) -> impl ExactSizeIterator<Item = &Arc<LiveFilter>> {
        self.filters.values()
    }

    /// Filters that ought to run and whose rule is none any more. [`crate::life::autodisable`] tells of them.
    pub fn broken(&self) -> impl ExactSizeIterator<Item = &BrokenFilter> {
        self.broken.values()
    }

    /// Registered groups and consequences.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Domains that nobody may link to.
    pub fn domains(&self) -> &Arc<Lists> {
        &self.domains
    }

    /// A group with its words.
    pub fn group(&self, name: &str) -> Option<&Arc<LiveGroup>> {
        self.groups.get(name)
    }

    /// Whether there is such a wiki, and it is open; the farm is one here.
    pub fn knows(&self, wiki: &WikiId) -> bool {
        wiki.is_farm() || self.wikis.is_known(wiki)
    }

    /// The filters of a group on a wiki.
    ///
    /// # Errors
    /// [`NoRoster`] if there is no such wiki or group.
    pub fn roster(&self, wiki: &WikiId, group: &str) -> Result<Arc<Roster>, NoRoster> {
        let ready = self.rosters.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(roster) = ready.get(wiki).and_then(|groups| groups.get(group)) {
            return Ok(roster.clone());
        }
        drop(ready);
        if !self.wikis.is_known(wiki) {
            return Err(NoRoster::UnknownWiki);
        }
        let live = self.groups.get(group).ok_or(NoRoster::UnknownGroup)?.clone();
        let settings = Arc::new(self.settings(wiki));
        let seats = self.seats(wiki, group);
        let roster = Arc::new(Roster::new(wiki.clone(), live, settings, seats, self.seq, &self.compiler));
        let mut rosters = self.rosters.write().unwrap_or_else(PoisonError::into_inner);
        let kept = rosters.entry(wiki.clone()).or_default().entry(group.to_owned()).or_insert(roster);
        Ok(kept.clone())
    }

    /// The installation's settings.
    pub fn defaults(&self) -> &WikiSettings {
        &self.defaults
    }

    /// The settings of a wiki.
    pub fn settings(&self, wiki: &WikiId) -> WikiSettings {
        let own = self.wikis.settings_of(wiki);
        own.map_or_else(|| self.defaults.clone(), |own| self.defaults.clone().with(&own))
    }

    fn seats(&self, wiki: &WikiId, group: &str) -> Vec<Seat> {
        let sets = self.wikis.sets_of(wiki);
        let seat = |filter: &Arc<LiveFilter>, optout: Option<OptOut>| Seat {
            filter: filter.clone(),
            optout,
            candidates: self.candidates.get(&filter.key).cloned().unwrap_or_default(),
        };
        let local = self.of_wiki(wiki).map(|filter| seat(filter, None));
        let farm = self.of_wiki(&FARM).filter_map(|filter| {
            let is_meant = filter.scope.as_ref().is_none_or(|scope| scope.covers(wiki, &sets));
            let optout = self.optouts.get(&(wiki.clone(), filter.key.number));
            (is_meant && optout != Some(&OptOut::Off)).then(|| seat(filter, optout.cloned()))
        });
        let mut all: Vec<Seat> = local.chain(farm).filter(|seat| seat.filter.group == group).collect();
        roster::sort(&mut all);
        all
    }

    fn of_wiki(&self, wiki: &WikiId) -> impl Iterator<Item = &Arc<LiveFilter>> {
        let first = FilterKey { wiki: wiki.clone(), number: FilterNumber(0) };
        let last = FilterKey { wiki: wiki.clone(), number: FilterNumber(u32::MAX) };
        self.filters.range(first..=last).map(|(_, filter)| filter)
    }

    /// Takes over the rosters of `old` that are still right. What changed is made again at once if little did; otherwise
    /// when it is needed, so that a change of a farm-wide filter does not hold up everybody.
    fn inherit(&self, old: &Self) {
        /// Rosters made again at once: at some 10 ms each, what one change may take.
        const REMADE_MAX: usize = 4;
        let mut rosters: HashMap<WikiId, HashMap<String, Arc<Roster>>> = HashMap::new();
        let mut changed = Vec::new();
        let before = old.rosters.read().unwrap_or_else(PoisonError::into_inner).clone();
        for (wiki, groups) in before {
            if !self.wikis.is_known(&wiki) {
                continue;
            }
            let settings = Arc::new(self.settings(&wiki));
            for (name, roster) in groups {
                let Some(group) = self.groups.get(&name) else { continue };
                let seats = self.seats(&wiki, &name);
                if roster.is_same(group, &settings, &seats) {
                    rosters.entry(wiki.clone()).or_default().insert(name, roster);
                } else {
                    changed.push((wiki.clone(), name));
                }
            }
        }
        *self.rosters.write().unwrap_or_else(PoisonError::into_inner) = rosters;
        for (wiki, group) in changed.into_iter().take(REMADE_MAX) {
            // Wiki and group were looked up a moment ago.
            let _ = self.roster(&wiki, &group);
        }
    }

    fn add(&mut self, stored: Stored) {
        let (key, version, privacy) = (stored.key.clone(), stored.version, stored.privacy);
        // A filter of a group that is gone could not judge anything.
        let Some(group) = self.groups.get(&stored.group) else { return };
        match self.compiler.rule(&stored.rules, &group.words) {
            Ok(rule) => drop(self.filters.insert(key, Arc::new(LiveFilter::new(stored, rule)))),
            Err(error) => {
                let error = error.to_string();
                tracing::error!(wiki = %key.wiki, filter.id = key.number.0, error, "a rule does not parse and is not in force");
                self.broken.insert(key.clone(), BrokenFilter { key, version, privacy, error });
            }
        }
    }

    /// Takes in candidates; those whose filter is not in force, or whose rule is none any more, do not run.
    fn try_out(&mut self, stored: Vec<StoredCandidate>) {
        let mut made: BTreeMap<FilterKey, Vec<Arc<LiveCandidate>>> = BTreeMap::new();
        for stored in stored {
            let Some(live) = self.filters.get(&stored.key).filter(|live| !live.is_shadow) else { continue };
            let Some(group) = self.groups.get(&live.group) else { continue };
            match self.compiler.rule(&stored.rules, &group.words) {
                Ok(rule) => {
                    let key = stored.key.clone();
                    made.entry(key).or_default().push(Arc::new(LiveCandidate::new(stored, live, rule)));
                }
                Err(error) => {
                    let (key, error) = (&stored.key, error.to_string());
                    tracing::error!(wiki = %key.wiki, filter.id = key.number.0, error, "a candidate does not parse and does not run");
                }
            }
        }
        for (key, mut candidates) in made {
            candidates.sort_by_key(|candidate| candidate.id);
            self.candidates.insert(key, candidates.into());
        }
    }
}

static FARM: std::sync::LazyLock<WikiId> = std::sync::LazyLock::new(WikiId::farm);

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("seq", &self.seq).field("filters", &self.filters.len()).finish_non_exhaustive()
    }
}

/// The snapshot in force, and how it follows the database.
#[derive(Debug)]
pub struct Snapshots {
    store: Store,
    current: ArcSwap<Snapshot>,
    refreshing: tokio::sync::Mutex<()>,
}

/// More changes than these are not followed one by one: everything is loaded again.
const FOLLOWED_MAX: u32 = 1_000;

impl Snapshots {
    /// Reads everything. `defaults` are the installation's settings, which wikis may override.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn load(store: Store, wikis: Arc<dyn SetsOf>, defaults: WikiSettings) -> Result<Self, StoreError> {
        let snapshot = load(&store, wikis, defaults, Arc::default()).await?;
        Ok(Self { store, current: ArcSwap::from_pointee(snapshot), refreshing: tokio::sync::Mutex::new(()) })
    }

    /// The snapshot in force.
    pub fn current(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Brings the snapshot up to every change that was committed before the call.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers; the snapshot stays as it was then.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let _one_at_a_time = self.refreshing.lock().await;
        let old = self.current();
        let changes = self.store.changes_since(old.seq, FOLLOWED_MAX).await?;
        let (Some(first), Some(last)) = (changes.first(), changes.last()) else { return Ok(()) };
        let is_whole = first.seq == old.seq + 1 && changes.len() < FOLLOWED_MAX as usize;
        let mut keys = Vec::new();
        let mut follows = Follow::default();
        let mut is_known = true;
        for change in &changes {
            match change.topic.as_str() {
                "filters" => match key_of(&change.subject) {
                    Some(key) => keys.push(key),
                    None => is_known = false,
                },
                "groups" | "consequences" => follows.groups = true,
                "optouts" => follows.optouts = true,
                "wikis" | "people" => follows.wikis = true,
                DOMAINS => follows.domains.push(change.subject.clone()),
                _ => {}
            }
        }
        keys.sort();
        keys.dedup();
        let new = if follows.groups || !is_whole || !is_known {
            load(&self.store, old.wikis.clone(), old.defaults.clone(), old.compiler.clone()).await?
        } else {
            follow(&self.store, &old, last.seq, &keys, &follows).await?
        };
        // Putting hundreds of rules together takes some 10 ms: not on a thread that gives verdicts.
        let take_over = move || {
            new.inherit(&old);
            new
        };
        match tokio::task::spawn_blocking(take_over).await.map_err(tokio::task::JoinError::try_into_panic) {
            Ok(new) => self.current.store(Arc::new(new)),
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            // The process ends.
            Err(Err(_)) => {}
        }
        Ok(())
    }

    /// Follows the feed of changes for as long as the process lives.
    pub async fn run(&self) {
        let mut newest = self.store.feed().watch();
        loop {
            if let Err(error) = self.refresh().await {
                tracing::error!(error = &error as &dyn std::error::Error, "changes of filters cannot be read");
                tokio::time::sleep(wikiward_store::feed::POLL_EVERY).await;
                continue;
            }
            if newest.changed().await.is_err() {
                return;
            }
        }
    }
}

#[derive(Default)]
struct Follow {
    groups: bool,
    optouts: bool,
    wikis: bool,
    /// Lists of blocked domains, or single domains of them.
    domains: Vec<String>,
}

/// The filter that a change names: `enwiki:17`.
fn key_of(subject: &str) -> Option<FilterKey> {
    let (wiki, number) = subject.rsplit_once(':')?;
    Some(FilterKey { wiki: wiki.parse().ok()?, number: FilterNumber(number.parse().ok()?) })
}

async fn load(
    store: &Store,
    wikis: Arc<dyn SetsOf>,
    defaults: WikiSettings,
    compiler: Arc<Compiler>,
) -> Result<Snapshot, StoreError> {
    let mut conn: Conn = store.snapshot().await?;
    let seq = records::seq(&mut conn).await?;
    let registry = Arc::new(Registry::load(&mut conn).await?);
    let optouts = Arc::new(records::optouts(&mut conn).await?);
    let stored = records::running(&mut conn).await?;
    let candidates = records::candidates(&mut conn).await?;
    let domains = Arc::new(domain_records::all(&mut conn).await?);
    drop(conn);
    let build = move || {
        let groups = registry.groups.values();
        let groups = groups.map(|group| (group.name.clone(), Arc::new(LiveGroup::new(group.clone(), &compiler))));
        let mut snapshot = Snapshot {
            seq,
            filters: BTreeMap::new(),
            broken: BTreeMap::new(),
            candidates: BTreeMap::new(),
            groups: groups.collect(),
            registry,
            optouts,
            domains,
            compiler,
            wikis,
            defaults,
            rosters: RwLock::default(),
        };
        for filter in stored {
            snapshot.add(filter);
        }
        snapshot.try_out(candidates);
        snapshot
    };
    // Thousands of rules take a second to compile: not on a thread that serves requests.
    tokio::task::spawn_blocking(build).await.map_err(|_| StoreError::Corrupt("filters that cannot be compiled".into()))
}

/// The snapshot after changes of some filters.
async fn follow(
    store: &Store,
    old: &Snapshot,
    seq: i64,
    keys: &[FilterKey],
    follows: &Follow,
) -> Result<Snapshot, StoreError> {
    let mut conn = store.snapshot().await?;
    let optouts = if follows.optouts { Arc::new(records::optouts(&mut conn).await?) } else { old.optouts.clone() };
    let mut new = Snapshot {
        seq,
        filters: old.filters.clone(),
        broken: old.broken.clone(),
        candidates: old.candidates.clone(),
        registry: old.registry.clone(),
        groups: old.groups.clone(),
        optouts,
        domains: domains(&mut conn, &old.domains, &follows.domains).await?,
        compiler: old.compiler.clone(),
        wikis: old.wikis.clone(),
        defaults: old.defaults.clone(),
        rosters: RwLock::default(),
    };
    for key in keys {
        new.filters.remove(key);
        new.broken.remove(key);
        new.candidates.remove(key);
        if let Some(stored) = records::running_one(&mut conn, key).await? {
            new.add(stored);
            let candidates = records::candidates_of(&mut conn, key).await?;
            new.try_out(candidates);
        }
    }
    Ok(new)
}

/// The lists of blocked domains after changes of `subjects`.
async fn domains(conn: &mut Conn, old: &Arc<Lists>, subjects: &[String]) -> Result<Arc<Lists>, StoreError> {
    if subjects.is_empty() {
        return Ok(old.clone());
    }
    let subjects: BTreeSet<&str> = subjects.iter().map(String::as_str).collect();
    let mut lists = Lists::clone(old);
    for subject in &subjects {
        let (wiki, domain) = subject.split_once(':').map_or((*subject, None), |(wiki, domain)| (wiki, Some(domain)));
        let Ok(wiki) = wiki.parse::<WikiId>() else { continue };
        match domain {
            // Its whole list is read as well.
            Some(_) if subjects.contains(wiki.as_str()) => {}
            Some(domain) => {
                let is_in = domain_records::has(conn, &wiki, domain).await?;
                lists.set(&wiki, domain, is_in);
            }
            None => lists.replace(wiki.clone(), domain_records::of_wiki(conn, &wiki).await?),
        }
    }
    Ok(Arc::new(lists))
}

#[cfg(test)]
pub(crate) mod tests;
