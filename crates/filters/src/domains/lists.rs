//! The lists as judging reads them: sets in memory, of which a change copies little.

use super::host::{Domain, host_of};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use wikiward_farm::WikiId;

/// Parts of a set: a change copies one of them.
const SHARDS: usize = 64;

/// Most domains that one attempt names.
pub(crate) const NAMED_MAX: usize = 50;

/// The domains of one list. Cheap to clone; a change copies a small part.
#[derive(Debug, Clone)]
pub struct DomainSet {
    shards: Vec<Arc<HashSet<Box<str>>>>,
}

impl Default for DomainSet {
    fn default() -> Self {
        Self { shards: vec![Arc::default(); SHARDS] }
    }
}

/// The part that a domain is in (FNV-1a).
fn shard_of(domain: &str) -> usize {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = domain.bytes().fold(0xcbf2_9ce4_8422_2325, step);
    usize::try_from(hash >> 32).unwrap_or(0) % SHARDS
}

impl DomainSet {
    /// Puts a domain in, or takes it out.
    pub(crate) fn set(&mut self, domain: &str, is_in: bool) {
        let Some(shard) = self.shards.get_mut(shard_of(domain)) else { return };
        if shard.contains(domain) == is_in {
            return;
        }
        let shard = Arc::make_mut(shard);
        if is_in {
            shard.insert(domain.into());
        } else {
            shard.remove(domain);
        }
    }

    /// Whether exactly this domain is in it.
    pub fn contains(&self, domain: &str) -> bool {
        self.shards.get(shard_of(domain)).is_some_and(|shard| shard.contains(domain))
    }

    /// Number of domains.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.len()).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.shards.iter().all(|shard| shard.is_empty())
    }

    /// The entry that blocks a host: the host itself or the nearest of its parents.
    pub fn entry<'h>(&self, host: &'h str) -> Option<&'h str> {
        if host.parse::<std::net::IpAddr>().is_ok() {
            return self.contains(host).then_some(host);
        }
        let mut rest = host;
        loop {
            if self.contains(rest) {
                return Some(rest);
            }
            let (_, parent) = rest.split_once('.')?;
            // An entry has a dot.
            if !parent.contains('.') {
                return None;
            }
            rest = parent;
        }
    }
}

impl<'d> FromIterator<&'d str> for DomainSet {
    fn from_iter<I: IntoIterator<Item = &'d str>>(domains: I) -> Self {
        let mut set = Self::default();
        for domain in domains {
            set.set(domain, true);
        }
        set
    }
}

/// All lists.
#[derive(Debug, Clone, Default)]
pub struct Lists {
    by_wiki: HashMap<WikiId, DomainSet>,
}

impl Lists {
    /// Puts a whole list in the place of what was there.
    pub(crate) fn replace(&mut self, wiki: WikiId, set: DomainSet) {
        if set.is_empty() {
            self.by_wiki.remove(&wiki);
        } else {
            self.by_wiki.insert(wiki, set);
        }
    }

    /// Puts one domain in, or takes it out.
    pub(crate) fn set(&mut self, wiki: &WikiId, domain: &str, is_in: bool) {
        let set = self.by_wiki.entry(wiki.clone()).or_default();
        set.set(domain, is_in);
        if set.is_empty() {
            self.by_wiki.remove(wiki);
        }
    }

    /// The lists that hold on a wiki: its own and the farm's. None if both are empty.
    pub fn on(&self, wiki: &WikiId) -> Option<OnWiki<'_>> {
        if self.by_wiki.is_empty() {
            return None;
        }
        let (own, farm) = (self.by_wiki.get(wiki), self.by_wiki.get("*"));
        (own.is_some() || farm.is_some()).then_some(OnWiki { own, farm })
    }

    /// Number of domains in all lists.
    pub fn len(&self) -> usize {
        self.by_wiki.values().map(DomainSet::len).sum()
    }

    /// Whether there are none at all.
    pub fn is_empty(&self) -> bool {
        self.by_wiki.is_empty()
    }
}

/// The lists that hold on a wiki.
#[derive(Debug, Clone, Copy)]
pub struct OnWiki<'l> {
    own: Option<&'l DomainSet>,
    farm: Option<&'l DomainSet>,
}

impl OnWiki<'_> {
    /// The entry that blocks a host, and whether it is the farm's.
    pub fn entry<'h>(&self, host: &'h str) -> Option<(&'h str, bool)> {
        let of = |set: Option<&DomainSet>| set.and_then(|set| set.entry(host));
        of(self.own).map(|entry| (entry, false)).or_else(|| of(self.farm).map(|entry| (entry, true)))
    }

    /// The entries that block links, each once, in the order of the links; at most 50.
    pub fn blocked<'k>(&self, links: impl IntoIterator<Item = &'k str>) -> Vec<String> {
        let mut seen: BTreeMap<String, bool> = BTreeMap::new();
        let mut blocked: Vec<String> = Vec::new();
        for link in links {
            let Some(host) = host_of(link) else { continue };
            if seen.contains_key(&*host) {
                continue;
            }
            let entry = self.entry(&host).map(|(entry, _)| entry.to_owned());
            seen.insert(host.into_owned(), entry.is_some());
            if let Some(entry) = entry.filter(|entry| !blocked.contains(entry)) {
                blocked.push(entry);
                if blocked.len() == NAMED_MAX {
                    break;
                }
            }
        }
        blocked
    }

    /// Whether this domain is an entry of the wiki's own list.
    pub fn has_own(&self, domain: &Domain) -> bool {
        self.own.is_some_and(|set| set.contains(domain.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists() -> Lists {
        let mut lists = Lists::default();
        lists.replace("enwiki".parse().unwrap(), ["b.example", "192.0.2.1"].into_iter().collect());
        lists.replace(WikiId::farm(), ["spam.example"].into_iter().collect());
        lists
    }

    #[test]
    fn a_host_is_blocked_with_all_below_it() {
        let lists = lists();
        let on = lists.on(&"enwiki".parse().unwrap()).unwrap();
        for (host, entry) in [
            ("b.example", Some(("b.example", false))),
            ("a.b.example", Some(("b.example", false))),
            ("x.y.a.b.example", Some(("b.example", false))),
            ("ab.example", None),
            ("b.example.org", None),
            ("example", None),
            ("www.spam.example", Some(("spam.example", true))),
            ("192.0.2.1", Some(("192.0.2.1", false))),
            ("1.192.0.2.1", Some(("192.0.2.1", false))),
        ] {
            assert_eq!(on.entry(host), entry, "{host}");
        }
        assert!(lists.on(&"dewiki".parse().unwrap()).unwrap().entry("b.example").is_none());
        assert!(Lists::default().on(&"enwiki".parse().unwrap()).is_none());
    }

    #[test]
    fn each_entry_is_named_once_and_not_all_of_many() {
        let lists = lists();
        let on = lists.on(&"enwiki".parse().unwrap()).unwrap();
        let links = [
            "https://a.b.example/",
            "//spam.example/x",
            "http://B.EXAMPLE",
            "https://good.example",
            "mailto:x@b.example",
        ];
        assert_eq!(on.blocked(links), ["b.example", "spam.example"]);
        let many: Vec<String> = (0..200).map(|n| format!("s{n}.example")).collect();
        let mut lists = Lists::default();
        lists.replace(WikiId::farm(), many.iter().map(String::as_str).collect());
        let links: Vec<String> = many.iter().map(|host| format!("https://{host}")).collect();
        let on = lists.on(&"enwiki".parse().unwrap()).unwrap();
        assert_eq!(on.blocked(links.iter().map(String::as_str)).len(), NAMED_MAX);
    }

    #[test]
    fn a_change_leaves_what_others_read_as_it_was() {
        let before = lists();
        let mut after = before.clone();
        after.set(&"enwiki".parse().unwrap(), "b.example", false);
        after.set(&"dewiki".parse().unwrap(), "c.example", true);
        let wiki = |name: &str| name.parse::<WikiId>().unwrap();
        assert!(before.on(&wiki("enwiki")).unwrap().entry("b.example").is_some());
        assert!(after.on(&wiki("enwiki")).unwrap().entry("b.example").is_none());
        assert!(after.on(&wiki("dewiki")).unwrap().entry("c.example").is_some());
        after.set(&WikiId::farm(), "spam.example", false);
        after.set(&wiki("dewiki"), "c.example", false);
        after.set(&wiki("enwiki"), "192.0.2.1", false);
        assert!(after.is_empty() && before.len() == 3);
    }
}
