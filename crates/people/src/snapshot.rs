//! What is asked for with every request, in memory: wikis, sets, tokens, rights of groups.
//!
//! Immutable; a change makes a new one, which is put in place whole.

use crate::account::Identity;
use crate::group::{self, GroupRights};
use crate::secret::{self, Digest, Kind};
use crate::token::{self, ServiceCaller};
use crate::wiki::{self, Wiki, WikiSet};
use reqwest::Url;
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;
use wikiward_farm::{Human, Principal, Rights, Timestamp, UserName, Viewer, WikiId, WikiSetId};
use wikiward_store::{Store, StoreError};

/// A token that counts, unless it has expired.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) digest: Digest,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) caller: ServiceCaller,
}

/// Everything that requests ask for.
#[derive(Debug)]
pub(crate) struct Snapshot {
    wikis: BTreeMap<WikiId, Arc<Wiki>>,
    sets: BTreeMap<WikiSetId, Arc<WikiSet>>,
    sets_of: HashMap<WikiId, Vec<WikiSetId>>,
    tokens: HashMap<String, Known>,
    groups: Arc<GroupRights>,
    everybody: Rights,
}

impl Snapshot {
    pub(crate) async fn load(store: &Store) -> Result<Self, StoreError> {
        let mut conn = store.snapshot().await?;
        let wikis = wiki::records::all(&mut conn).await?;
        let sets = wiki::records::sets(&mut conn).await?;
        let tokens = token::records::usable(&mut conn).await?;
        let groups = group::records::all(&mut conn).await?;
        Ok(Self::new(wikis, sets, tokens, groups))
    }

    pub(crate) fn new(wikis: Vec<Wiki>, sets: Vec<WikiSet>, tokens: Vec<Known>, groups: GroupRights) -> Self {
        let mut sets_of: HashMap<WikiId, Vec<WikiSetId>> = HashMap::new();
        for set in &sets {
            for wiki in &set.draft.wikis {
                sets_of.entry(wiki.clone()).or_default().push(set.id.clone());
            }
        }
        let everybody = groups.everybody(wikis.iter().map(|wiki| &wiki.id));
        Self {
            wikis: wikis.into_iter().map(|wiki| (wiki.id.clone(), Arc::new(wiki))).collect(),
            sets: sets.into_iter().map(|set| (set.id.clone(), Arc::new(set))).collect(),
            sets_of,
            tokens: tokens.into_iter().map(|known| (known.caller.token_id.clone(), known)).collect(),
            groups: Arc::new(groups),
            everybody,
        }
    }

    pub(crate) fn wiki(&self, id: &WikiId) -> Option<Arc<Wiki>> {
        self.wikis.get(id).cloned()
    }

    pub(crate) fn wikis_after(&self, after: Option<&WikiId>) -> impl Iterator<Item = &Arc<Wiki>> {
        self.wikis
            .range::<WikiId, _>((after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded))
            .map(|(_, wiki)| wiki)
    }

    pub(crate) fn set(&self, id: &WikiSetId) -> Option<Arc<WikiSet>> {
        self.sets.get(id).cloned()
    }

    pub(crate) fn sets_after(&self, after: Option<&WikiSetId>) -> impl Iterator<Item = &Arc<WikiSet>> {
        self.sets
            .range::<WikiSetId, _>((after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded))
            .map(|(_, set)| set)
    }

    pub(crate) fn sets_of(&self, wiki: &WikiId) -> &[WikiSetId] {
        self.sets_of.get(wiki).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn groups(&self) -> Arc<GroupRights> {
        self.groups.clone()
    }

    /// The program whose token this is.
    pub(crate) fn service(&self, bearer: &str, now: Timestamp) -> Option<&ServiceCaller> {
        let (id, digest) = secret::read(Kind::Service, bearer)?;
        let known = self.tokens.get(id)?;
        let is_open = known.expires_at.is_none_or(|at| now < at) && self.is_open(&known.caller.wiki);
        (secret::is_same(&known.digest, &digest) && is_open).then_some(&known.caller)
    }

    /// Whether there is such a wiki (or it is the farm) and it is not closed.
    pub(crate) fn is_open(&self, wiki: &WikiId) -> bool {
        wiki.is_farm() || self.wikis.get(wiki).is_some_and(|wiki| !wiki.is_closed)
    }

    /// What everybody may do.
    pub(crate) fn everybody(&self) -> &Rights {
        &self.everybody
    }

    /// A person for whom a wiki speaks; none if the wiki is gone or closed.
    pub(crate) fn person(&self, person: &Person) -> Option<Viewer> {
        let wiki = self.wikis.get(&person.wiki).filter(|wiki| !wiki.is_closed)?;
        let farm_groups = &wiki.draft.farm_groups;
        let said = group::records::rights_of(&person.rights);
        let rights = self.groups.person(&self.everybody, &wiki.id, farm_groups, &person.groups, said);
        let principal = Principal::WikiUser { wiki: wiki.id.clone(), id: person.user_id, name: person.name.clone() };
        Some(Viewer::new(principal, rights, person.is_blocked))
    }

    /// Which human an account belongs to, as far as its link to an account elsewhere says. Where a wiki itself signs people
    /// in, its subjects are numbers or names of its own users.
    pub(crate) fn human(&self, principal: &Principal, identity: Option<&Identity>) -> Human {
        let mut human = Human::of(principal);
        let Some(Identity { issuer, subject }) = identity else { return human };
        human.add_identity(issuer, subject);
        let host = |url: &str| Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let Some(issuer) = host(issuer) else { return human };
        for wiki in self.wikis.values().filter(|wiki| host(&wiki.draft.url).as_ref() == Some(&issuer)) {
            if let Ok(number) = subject.parse::<i64>() {
                human.add_key(format!("wiki:{}:{number}", wiki.id));
            } else {
                human.add_name(subject);
            }
        }
        human
    }
}

/// What a wiki says of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) wiki: WikiId,
    pub(crate) user_id: i64,
    pub(crate) name: UserName,
    /// Groups, those that everybody is in among them.
    pub(crate) groups: Vec<String>,
    /// Names of rights.
    pub(crate) rights: Vec<String>,
    pub(crate) is_blocked: bool,
}
