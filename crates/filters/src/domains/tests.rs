//! The lists on both databases: what one node changes, another reads.

use super::records;
use super::{AT_ONCE_MAX, Added, BlockedDomains, DomainError, NewDomain, TOPIC};
use crate::hits::tests::on_both::{Fresh, on_both};
use crate::snapshot::{SetsOf, Snapshots, WikiSettings};
use std::sync::Arc;
use wikiward_farm::{Limit, Principal, Right, Rights, Viewer, WikiId, WikiSetId};

struct Wikis;

impl SetsOf for Wikis {
    fn sets_of(&self, _: &WikiId) -> Vec<WikiSetId> {
        Vec::new()
    }

    fn is_known(&self, wiki: &WikiId) -> bool {
        wiki.as_str() != "nowiki"
    }
}

async fn node(fresh: &Fresh) -> (BlockedDomains, Arc<Snapshots>) {
    let snapshots = Snapshots::load(fresh.store.clone(), Arc::new(Wikis), WikiSettings::default()).await.unwrap();
    let snapshots = Arc::new(snapshots);
    (BlockedDomains::new(fresh.store.clone(), snapshots.clone()), snapshots)
}

fn manager() -> Viewer {
    let rights = [Right::View, Right::ModifyBlockedDomains];
    Viewer::new(Principal::Operator, Rights::farm_wide(rights.into_iter().collect()), false)
}

fn wiki() -> WikiId {
    "enwiki".parse().unwrap()
}

fn new(domains: &[String]) -> Vec<NewDomain> {
    domains.iter().map(|domain| NewDomain { domain: domain.clone(), ..NewDomain::default() }).collect()
}

/// Whether a host is blocked on `enwiki` as a node has it in memory.
fn blocks(snapshots: &Snapshots, host: &str) -> bool {
    snapshots.current().domains().on(&wiki()).is_some_and(|lists| lists.entry(host).is_some())
}

async fn a_change_is_in_force_at_once_here_and_elsewhere_when_it_is_read(fresh: Fresh) {
    let ((here, at_once), (_, elsewhere)) = (node(&fresh).await, node(&fresh).await);
    here.add(&manager(), &wiki(), &new(&["b.example".into(), "c.example".into()]), "").await.unwrap();
    assert!(blocks(&at_once, "a.b.example") && !blocks(&elsewhere, "a.b.example"));
    elsewhere.refresh().await.unwrap();
    assert!(blocks(&elsewhere, "a.b.example") && blocks(&elsewhere, "c.example"));
    here.remove(&manager(), &wiki(), &["b.example".into()], "").await.unwrap();
    elsewhere.refresh().await.unwrap();
    assert!(!blocks(&at_once, "b.example") && !blocks(&elsewhere, "b.example") && blocks(&elsewhere, "c.example"));
    // Many at once are told of as one, and a node that starts later reads them all.
    let many: Vec<String> = (0..7_000).map(|n| format!("s{n}.example")).collect();
    let added = here.add(&manager(), &wiki(), &new(&many), "").await.unwrap();
    assert!(added.iter().all(|(_, added)| *added == Added::New));
    elsewhere.refresh().await.unwrap();
    let (_, later) = node(&fresh).await;
    for snapshots in [&at_once, &elsewhere, &later] {
        assert_eq!(snapshots.current().domains().len(), 7_001);
        assert!(blocks(snapshots, "x.s6999.example") && blocks(snapshots, "c.example"));
    }
    // The farm's list holds here too, and a change of another wiki's does not.
    here.add(&manager(), &WikiId::farm(), &new(&["farm.example".into()]), "").await.unwrap();
    here.add(&manager(), &"dewiki".parse().unwrap(), &new(&["de.example".into()]), "").await.unwrap();
    elsewhere.refresh().await.unwrap();
    assert!(blocks(&elsewhere, "farm.example") && !blocks(&elsewhere, "de.example"));
}

async fn who_may_not_change_a_list_does_not(fresh: Fresh) {
    let (here, _) = node(&fresh).await;
    let reader = Viewer::new(Principal::Operator, Rights::farm_wide([Right::View].into_iter().collect()), false);
    let one = new(&["b.example".into()]);
    let refused = here.add(&reader, &wiki(), &one, "").await.unwrap_err();
    assert!(matches!(refused, DomainError::Forbidden(Right::ModifyBlockedDomains)));
    let refused = here.remove(&reader, &wiki(), &["b.example".into()], "").await.unwrap_err();
    assert!(matches!(refused, DomainError::Forbidden(_)));
    let unknown = here.add(&manager(), &"nowiki".parse().unwrap(), &one, "").await.unwrap_err();
    assert!(matches!(unknown, DomainError::NotFound));
    let too_many = vec![NewDomain::default(); AT_ONCE_MAX + 1];
    assert!(matches!(
        here.add(&manager(), &wiki(), &too_many, "").await,
        Err(DomainError::Bad { field: "domains", .. })
    ));
    let mut conn = fresh.store.reader().await.unwrap();
    assert!(records::all(&mut conn).await.unwrap().is_empty());
    let changes = fresh.store.changes_since(0, 100).await.unwrap();
    assert!(changes.iter().all(|change| change.topic != TOPIC));
}

async fn a_search_takes_letters_as_they_are(fresh: Fresh) {
    let (here, _) = node(&fresh).await;
    let domains = ["a_b.example", "axb.example", "c.example", "100.example"].map(str::to_owned);
    here.add(&manager(), &wiki(), &new(&domains), "").await.unwrap();
    for (part, expected) in [
        ("a_b", vec!["a_b.example"]),
        ("%", vec![]),
        ("EXAM", vec!["100.example", "a_b.example", "axb.example", "c.example"]),
    ] {
        let page = here.list(&manager(), &wiki(), Some(part), None, Limit::default()).await.unwrap();
        let mut found: Vec<&str> = page.items.iter().map(|entry| entry.domain.as_str()).collect();
        // The order is each database's own.
        found.sort_unstable();
        assert_eq!(found, expected, "{part}");
    }
}

on_both! {
    a_change_is_in_force_at_once_here_and_elsewhere_when_it_is_read,
    who_may_not_change_a_list_does_not,
    a_search_takes_letters_as_they_are,
}
