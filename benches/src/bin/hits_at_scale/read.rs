//! What filters and their versions are asked: lists, searches in rules, history, differences.

use crate::{Failure, MS_MAX, REPEATS, WIKIS};
use std::future::Future;
use std::sync::Arc;
use std::time::Instant;
use wikiward_farm::right::RightSet;
use wikiward_farm::viewer::Rights;
use wikiward_farm::{Limit, Principal, Right, SystemEntropy, Viewer, WikiId, WikiSetId};
use wikiward_filters::life::{Filters, ListQuery, Search, Sort, VersionRef};
use wikiward_filters::model::Version;
use wikiward_filters::save::FilterSettings;
use wikiward_filters::snapshot::{SetsOf, Snapshots, WikiSettings};
use wikiward_store::Store;

#[derive(Debug)]
struct Wikis;

impl SetsOf for Wikis {
    fn sets_of(&self, _: &WikiId) -> Vec<WikiSetId> {
        Vec::new()
    }

    fn is_known(&self, wiki: &WikiId) -> bool {
        WIKIS.contains(&wiki.as_str())
    }
}

/// Asks everything, as a filter editor.
pub(crate) async fn ask(store: &Store) -> Result<(), Failure> {
    let snapshots = Snapshots::load(store.clone(), Arc::new(Wikis), WikiSettings::default()).await?;
    let settings = FilterSettings::default();
    let filters = Filters::new(store.clone(), Arc::new(snapshots), Arc::new(Wikis), Arc::new(SystemEntropy), settings);
    let rights = RightSet::everybody().with([Right::LogDetail, Right::Modify].into_iter().collect());
    let viewer = &Viewer::new(Principal::Operator, Rights::farm_wide(rights), false);
    let wiki: &WikiId = &WIKIS[0].parse()?;
    println!("filters and versions:");
    let plain = |text: &str| Some(Search::Plain(text.to_owned()));
    let regex = |pattern: &str| Some(Search::Regex { pattern: pattern.to_owned(), ignores_case: true });
    let lists = [
        ("list", ListQuery::default()),
        ("by name", ListQuery { sort: Sort::Name, ..ListQuery::default() }),
        ("by hits", ListQuery { sort: Sort::Hits, is_descending: true, ..ListQuery::default() }),
        ("rule text, found everywhere", ListQuery { search: plain("irlike"), ..ListQuery::default() }),
        ("rule text, found nowhere", ListQuery { search: plain("never written"), ..ListQuery::default() }),
        ("regular expression", ListQuery { search: regex(r"word\d7\b"), ..ListQuery::default() }),
        ("regular expression, found nowhere", ListQuery { search: regex("(a|b)+never"), ..ListQuery::default() }),
    ];
    for (name, query) in &lists {
        timed(name, || async { Ok(filters.list(viewer, wiki, query, None, limit()?).await?.items.len()) }).await?;
    }
    timed("one filter", || async { Ok(filters.get(viewer, wiki, "17").await.map(|_| 1)?) }).await?;
    let middle = Version(50);
    timed("one version", || async { Ok(filters.version(viewer, wiki, "17", middle).await.map(|_| 1)?) }).await?;
    timed("history", || async { Ok(filters.history(viewer, wiki, "17", None, limit()?).await?.items.len()) }).await?;
    let (from, to) = (VersionRef::Number(Version(3)), VersionRef::Current);
    timed("difference", || async { Ok(filters.diff(viewer, wiki, "17", from, to).await.map(|_| 1)?) }).await
}

fn limit() -> Result<Limit, Failure> {
    Ok(Limit::new(500)?)
}

async fn timed<F: Future<Output = Result<usize, Failure>>>(name: &str, ask: impl Fn() -> F) -> Result<(), Failure> {
    let (mut slowest, mut first, mut found) = (0.0_f64, 0.0, 0);
    for repeat in 0..REPEATS {
        let start = Instant::now();
        found = ask().await?;
        let took = start.elapsed().as_secs_f64() * 1000.0;
        slowest = slowest.max(took);
        if repeat == 0 {
            first = took;
        }
    }
    println!("  {name}, {found}: {slowest:.2} ({first:.2}){}", if slowest > MS_MAX { "  TOO SLOW" } else { "" });
    Ok(())
}
