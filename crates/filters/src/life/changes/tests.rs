//! Lists of changes on both databases: what they show to whom, how they go on, and the way that the database goes.

use super::{ChangeKey, ChangesQuery, FilterChange};
use crate::groups::Registry;
use crate::hits::tests::on_both::{Fresh, on_both};
use crate::life::records;
use crate::life::visible::Sight;
use crate::model::{FilterKey, FilterNumber};
use wikiward_farm::right::RightSet;
use wikiward_farm::{Right, WikiId};
use wikiward_store::{Bind, Sql};

fn wiki() -> WikiId {
    "enwiki".parse().unwrap()
}

/// Saves a version: of which filter, with which privacy then, by whom, when.
async fn save(fresh: &Fresh, filter: i64, version: i64, privacy: i64, by: &str, at: i64) {
    const INSERT: &str = "INSERT INTO filter_versions (wiki, filter_id, version, state, filter_group, name, rules, notes, \
        actions, priority, tier, privacy, brake_profile, maintainers, uses_vars, uses_protected, edited_at, edited_by_key, \
        edited_by_name, change_reason, changed_fields, origin, is_public) VALUES ('enwiki', $1, $2, 'enabled', 'default', \
        'name of then', '1', '', '{}', 0, 'normal', $3, 'standard', '[]', '[]', '[]', $4, 'account:1', $5, 'why', \
        '[\"rules\"]', 'edit', $6)";
    let binds: Vec<Bind> =
        vec![filter.into(), version.into(), privacy.into(), at.into(), by.into(), (privacy == 0).into()];
    fresh.execute(Sql::new(INSERT, binds)).await;
}

fn sight(rights: &[Right]) -> Sight {
    Sight::of_rights(RightSet::everybody().with(rights.iter().copied().collect()), &Registry::builtin())
}

async fn found(
    fresh: &Fresh,
    query: &ChangesQuery,
    sight: &Sight,
    before: Option<ChangeKey>,
    most: usize,
) -> Vec<FilterChange> {
    let mut conn = fresh.store.reader().await.unwrap();
    records::saved_on(&mut conn, &wiki(), query, sight, before, most).await.unwrap()
}

fn named(changes: &[FilterChange]) -> Vec<(u32, u32)> {
    changes.iter().map(|change| (change.key.number.0, change.version.0)).collect()
}

async fn only_what_each_filters_own_history_shows_is_listed(fresh: Fresh) {
    // Filter 1 is public now, 2 is hidden, 4 is suppressed.
    for (filter, version, privacy, at) in
        [(1, 1, 0, 10), (1, 2, 1, 20), (1, 3, 0, 30), (1, 4, 0, 40), (2, 1, 0, 50), (2, 2, 1, 60), (4, 1, 4, 70)]
    {
        save(&fresh, filter, version, privacy, "A", at).await;
    }
    let all = ChangesQuery::default();
    let seen = |rights: &'static [Right]| async { named(&found(&fresh, &all, &sight(rights), None, 50).await) };
    // A version that followed a hidden one tells what was hidden; a filter that is hidden now tells nothing of its past.
    assert_eq!(seen(&[]).await, [(1, 4), (1, 1)]);
    assert_eq!(seen(&[Right::ViewPrivate]).await, [(2, 2), (2, 1), (1, 4), (1, 3), (1, 2), (1, 1)]);
    assert_eq!(seen(&[Right::ViewSuppressed]).await, [(4, 1), (1, 4), (1, 1)]);
    let first = found(&fresh, &all, &sight(&[]), None, 1).await;
    assert_eq!((first[0].name.as_str(), first[0].reason.as_str()), ("filter enwiki 1", "why"), "the name of now");
    let none = Sight::of_rights(RightSet::NONE, &Registry::builtin());
    assert_eq!(named(&found(&fresh, &all, &none, None, 50).await), []);
}

async fn a_list_goes_on_where_a_page_ended_whoever_saved_at_the_same_moment(fresh: Fresh) {
    for (filter, version, by, at) in
        [(1, 1, "A", 10), (2, 1, "B", 10), (2, 2, "A", 10), (3, 1, "A", 10), (1, 2, "B", 20)]
    {
        save(&fresh, filter, version, 0, by, at).await;
    }
    let sight = sight(&[Right::ViewPrivate]);
    let pages = async |query: ChangesQuery| {
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let page = found(&fresh, &query, &sight, before, 1).await;
            let Some(last) = page.last() else { break named(&all) };
            before = Some(last.key());
            all.extend(page);
        }
    };
    assert_eq!(pages(ChangesQuery::default()).await, [(1, 2), (2, 2), (2, 1), (1, 1)], "filter 3 is protected");
    let by = ChangesQuery { editor: Some("A".into()), filter: None };
    assert_eq!(pages(by).await, [(2, 2), (1, 1)]);
    let of = |number| Some(FilterKey { wiki: wiki(), number: FilterNumber(number) });
    assert_eq!(pages(ChangesQuery { editor: None, filter: of(2) }).await, [(2, 2), (2, 1)]);
    assert_eq!(pages(ChangesQuery { editor: Some("B".into()), filter: of(2) }).await, [(2, 1)]);
    assert_eq!(pages(ChangesQuery { editor: None, filter: of(9) }).await, []);
}

/// As many versions as a wiki has after years: which way is the quickest depends on that.
async fn years(fresh: &Fresh) {
    const INSERT: &str = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19999) \
        INSERT INTO filter_versions (wiki, filter_id, version, state, filter_group, name, rules, notes, actions, priority, \
        tier, privacy, brake_profile, maintainers, uses_vars, uses_protected, edited_at, edited_by_key, edited_by_name, \
        change_reason, changed_fields, origin, is_public) SELECT 'enwiki', i % 400 + 1, i / 400 + 1, 'enabled', 'default', \
        'name', '1', '', '{}', 0, 'normal', 0, 'standard', '[]', '[]', '[]', i, 'account:1', CASE WHEN i % 50 = 0 THEN 'A' \
        ELSE 'B' END, 'why', '[]', 'edit', TRUE FROM n";
    for number in 6..=400 {
        fresh.add_filter("enwiki", number, i64::from(number % 5 == 0)).await;
    }
    fresh.execute(INSERT).await;
    fresh.execute("ANALYZE").await;
}

async fn every_question_goes_along_an_index_in_the_order_of_the_list(fresh: Fresh) {
    years(&fresh).await;
    let (sight, key) = (sight(&[]), FilterKey { wiki: wiki(), number: FilterNumber(1) });
    let before = Some(ChangeKey { at: 5, filter: 1, version: 1 });
    for (editor, filter, index) in [
        (None, None, "filter_versions_newest"),
        (Some("A".to_owned()), None, "filter_versions_by"),
        (None, Some(key), "filter_versions_at"),
    ] {
        for before in [None, before] {
            let query = ChangesQuery { editor: editor.clone(), filter: filter.clone() };
            let plan = fresh.plan(&records::saved_on_sql(&wiki(), &query, &sight, before, 51)).await;
            assert!(plan.contains(index), "{query:?}: {plan}");
            for slow in ["TEMP B-TREE", "SCAN v", "SCAN f", "SCAN p", "Seq Scan", "Sort Key: v.edited_at"] {
                assert!(!plan.contains(slow), "{query:?}: {plan}");
            }
        }
    }
}

on_both! {
    only_what_each_filters_own_history_shows_is_listed,
    a_list_goes_on_where_a_page_ended_whoever_saved_at_the_same_moment,
    every_question_goes_along_an_index_in_the_order_of_the_list,
}
