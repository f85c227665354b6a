//! Who may not see a row learns nothing of it: the same questions on a store with restricted rows and on one without give
//! the same answers.

use super::on_both::{Fresh, on_both};
use super::{keyring, record, wiki};
use crate::hits::access::AccessKind;
use crate::hits::ask::Hits;
use crate::hits::list::{HitRow, Log, Question, Selection};
use crate::hits::record::Record;
use crate::hits::settings::RestrictedRows;
use crate::hits::steer::{Feedback, FeedbackEvent, Outcome};
use crate::hits::visible::tests::{classes, viewer};
use crate::hits::visible::{Level, Restriction, RevisionState, Sight};
use crate::model::{FilterKey, FilterNumber, Privacy};
use serde_json::json;
use std::sync::Arc;
use wikiward_farm::clock::from_micros;
use wikiward_farm::{Id, Limit, SystemEntropy, WikiId};

on_both! {
    what_may_not_be_seen_changes_no_answer,
    the_query_decides_as_the_rule_does,
    pages_are_full_and_lose_nothing,
}

pub(super) fn hits(fresh: &Fresh) -> Hits {
    Hits::new(fresh.store.clone(), &keyring(), Arc::new(SystemEntropy), fresh.clock.clone())
}

pub(super) fn question(selection: Selection) -> Question {
    Question { log: Log::Wiki(wiki()), selection, after: None, is_ascending: false, limit: Limit::default() }
}

/// A hit of filter `filter` of `owner`, `second` seconds after the start.
pub(super) fn hit(owner: &str, filter: u32, second: i64) -> Record {
    let at = from_micros(super::START + second * 1_000_000);
    let mut record = record(&format!("{owner}{filter}-{second}"), filter);
    record.at = at;
    record.evaluation_id = Id::new(at, &SystemEntropy);
    record.hits[0].hit_id = Id::new(at, &SystemEntropy);
    record.hits[0].filter = FilterKey { wiki: owner.parse().unwrap(), number: FilterNumber(filter) };
    if filter == 3 || filter == 5 {
        record.hits[0].uses_protected = vec!["user_unnamed_ip".into()];
    }
    record
}

/// What each restricted row is: who writes it, and what is done to it afterwards.
fn restricted() -> Vec<(Record, Option<FeedbackEvent>, bool)> {
    let mut rows = Vec::new();
    for (place, filter) in [2, 3, 4, 5].into_iter().enumerate() {
        for n in 0..30 {
            rows.push((hit("enwiki", filter, n * 10 + i64::try_from(place).unwrap() + 1), None, false));
        }
    }
    rows.push((hit("*", 2, 15), None, false));
    rows.push((hit("enwiki", 1, 16), None, true));
    rows.push((hit("enwiki", 1, 17), Some(FeedbackEvent::Deleted), false));
    rows.push((hit("enwiki", 1, 18), Some(FeedbackEvent::Suppressed), false));
    rows
}

/// Everything that a viewer of this class could ask.
fn questions() -> Vec<Selection> {
    let any = Selection::default;
    let filter = |owner: &str, n| FilterKey { wiki: owner.parse().unwrap(), number: FilterNumber(n) };
    let mut all = vec![
        any(),
        Selection { actor: Some("Example".into()), ..any() },
        Selection { target: Some("Foo".into()), ..any() },
        Selection { target: Some("Foo".into()), target_ns: Some(0), ..any() },
        Selection { kinds: vec!["edit".into()], ..any() },
        Selection { kinds: vec!["move".into()], ..any() },
        Selection { taken: vec!["tag".into(), "disallow".into()], ..any() },
        Selection { taken: vec!["block".into()], ..any() },
        Selection { withheld: Some(true), ..any() },
        Selection { withheld: Some(false), ..any() },
        Selection { outcome: Some("unknown".into()), ..any() },
        Selection { outcome: Some("saved".into()), ..any() },
        Selection { hidden: Some(true), ..any() },
        Selection { hidden: Some(false), ..any() },
        Selection { groups: vec!["default".into()], ..any() },
        Selection { groups: vec!["newsletter".into()], ..any() },
        Selection { address: Some("203.0.113.9".parse().unwrap()), ..any() },
        Selection { address: Some("203.0.0.0/16".parse().unwrap()), ..any() },
        Selection { from: Some(from_micros(super::START + 11_000_000)), ..any() },
        Selection { to: Some(from_micros(super::START + 21_000_000)), ..any() },
        Selection { ref_code: Some("K7Q2-M4XTB".into()), ..any() },
    ];
    for n in 1..=6 {
        all.push(Selection { filters: vec![filter("enwiki", n)], ..any() });
    }
    all.push(Selection { filters: vec![filter("*", 1), filter("*", 2)], taken: vec!["tag".into()], ..any() });
    all
}

/// The public rows; with the restricted ones among them if told so.
async fn fill(fresh: &Fresh, is_restricted: bool, public: &[Record]) {
    let (writer, hits) = (fresh.writer(), hits(fresh));
    for record in public {
        assert_eq!(writer.submit(record.clone()).stored().await, crate::hits::Stored::New);
    }
    for (record, feedback, hides) in restricted().into_iter().filter(|_| is_restricted) {
        assert_eq!(writer.submit(record.clone()).stored().await, crate::hits::Stored::New);
        if let Some(event) = feedback {
            let rev_id = Some(record.at.as_second());
            let outcome =
                Outcome { result: crate::hits::steer::Ended::Saved, rev_id, log_id: None, executed: json!([]) };
            assert_eq!(hits.outcome(&wiki(), record.evaluation_id, &outcome).await.unwrap(), 1);
            let feedback = Feedback { rev_id, action_id: None, event, at: record.at };
            hits.feedback(&wiki(), &[feedback]).await.unwrap();
        }
        if hides {
            let all = Sight::of(&wikiward_farm::Viewer::system(), &wiki(), RestrictedRows::Omit, |_| Vec::new());
            let id = record.hits[0].hit_id;
            assert!(
                hits.set_hidden(&wiki(), &[id], true, "why", &all, &wikiward_farm::Viewer::system()).await.unwrap()
            );
        }
    }
}

async fn what_may_not_be_seen_changes_no_answer(with: Fresh) {
    let without = Fresh::sqlite().await;
    let public: Vec<Record> = (0..12).map(|n| hit(if n % 4 == 0 { "*" } else { "enwiki" }, 1, n * 10)).collect();
    fill(&with, true, &public).await;
    fill(&without, false, &public).await;
    let (with, without) = (hits(&with), hits(&without));
    for (class, rights) in classes() {
        // What the class may see is in both or in none: only rows of classes that see less are compared.
        let asker = viewer(&rights);
        let sight = Sight::of(&asker, &wiki(), RestrictedRows::Omit, |_| Vec::new());
        let only_public = |rows: &[HitRow]| -> Vec<HitRow> {
            let is_public = |row: &&HitRow| {
                row.full.as_ref().is_some_and(|full| {
                    full.restriction == Restriction { is_farm: full.filter.wiki.is_farm(), ..Restriction::default() }
                })
            };
            rows.iter().filter(is_public).cloned().collect()
        };
        for selection in questions() {
            for limit in [1, 5, 500] {
                let mut question = question(selection.clone());
                question.limit = Limit::new(limit).unwrap();
                let seen = with.list(&question, &sight, &asker).await.unwrap();
                let bare = without.list(&question, &sight, &asker).await.unwrap();
                if matches!(class, "log" | "detail") {
                    assert_eq!(seen, bare, "{class} {selection:?} {limit}");
                } else if limit == 500 {
                    assert_eq!(only_public(&seen.items), bare.items, "{class} {selection:?}");
                }
            }
        }
        // A restricted hit is answered as one that does not exist.
        for (record, ..) in restricted() {
            let _ = record;
        }
        let farm = Question { log: Log::Farm, ..question(Selection::default()) };
        if matches!(class, "log" | "detail") {
            let farm_sight = Sight::of(&asker, &WikiId::farm(), RestrictedRows::Omit, |_| Vec::new());
            assert_eq!(
                with.list(&farm, &farm_sight, &asker).await.unwrap(),
                without.list(&farm, &farm_sight, &asker).await.unwrap()
            );
        }
    }
    // Nobody's access log tells of hits that he may not see.
    let asker = viewer(&classes()[1].1);
    let sight = Sight::of(&asker, &wiki(), RestrictedRows::Omit, |_| Vec::new());
    let kinds = [AccessKind::Hidden, AccessKind::Shown, AccessKind::ProtectedVars, AccessKind::PrivateDetails];
    let seen = with.access_log(&wiki(), &kinds, &sight, None, Limit::default()).await.unwrap();
    assert_eq!(seen.items, []);
}

/// Every combination of what can restrict a row, for every class of viewers: the list shows what the rule says.
async fn the_query_decides_as_the_rule_does(fresh: Fresh) {
    for bits in 0..8 {
        fresh.add_filter("enwiki", 100 + bits, bits).await;
    }
    let writer = fresh.writer();
    let mut all = Vec::new();
    for bits in 0..8 {
        for revision in RevisionState::ALL {
            for is_hidden in [false, true] {
                let second = i64::try_from(all.len()).unwrap();
                let record = hit("enwiki", 100 + u32::try_from(bits).unwrap(), second);
                let hit_id = record.hits[0].hit_id;
                assert_eq!(writer.submit(record).stored().await, crate::hits::Stored::New);
                let privacy = Privacy::from_bits(bits).unwrap();
                let audience = crate::hits::visible::Audience::of(Some(privacy), is_hidden, revision).number();
                let text = "UPDATE hits SET is_hidden = $2, revision_state = $3, audience = $4 WHERE hit_id = $1";
                fresh.execute(wikiward_store::sql!(text, hit_id, is_hidden, revision.name(), audience)).await;
                let protected_variables = if bits & 2 == 0 { vec![] } else { vec!["user_unnamed_ip".to_owned()] };
                all.push((hit_id, Restriction { is_farm: false, privacy, protected_variables, is_hidden, revision }));
            }
        }
    }
    let hits = hits(&fresh);
    for (class, rights) in classes() {
        for (rows, lacked) in [
            (RestrictedRows::Omit, vec![]),
            (RestrictedRows::Redact, vec![]),
            (RestrictedRows::Omit, vec!["user_unnamed_ip".to_owned()]),
        ] {
            let asker = viewer(&rights);
            let sight = Sight::of(&asker, &wiki(), rows, |_| lacked.clone());
            let expected: Vec<_> = all
                .iter()
                .rev()
                .map(|(id, hit)| (*id, sight.level(hit)))
                .filter(|(_, level)| *level > Level::Nothing)
                .collect();
            let mut wanted = question(Selection::default());
            wanted.limit = Limit::new(500).unwrap();
            let page = hits.list(&wanted, &sight, &asker).await.unwrap();
            let seen: Vec<_> = page.items.iter().map(|row| (row.key.hit_id, row.level)).collect();
            assert_eq!(seen, expected, "{class} {rows:?}");
            // By its filter no redacted row is found, nor by its id.
            for (id, hit) in &all {
                let one = hits.one(&Log::Wiki(wiki()), *id, &sight, &asker).await.unwrap();
                assert_eq!(one.is_some(), sight.level(hit) >= Level::Row, "{class} {hit:?}");
                let number = 100 + u32::from(hit.privacy.bits());
                let filters = vec![FilterKey { wiki: wiki(), number: FilterNumber(number) }];
                let by_filter =
                    hits.list(&question(Selection { filters, ..Selection::default() }), &sight, &asker).await.unwrap();
                assert!(by_filter.items.iter().all(|row| row.level >= Level::Row), "{class} {hit:?}");
            }
        }
    }
}

async fn pages_are_full_and_lose_nothing(fresh: Fresh) {
    let writer = fresh.writer();
    let mut tickets = Vec::new();
    for n in 0..60 {
        // Three in the same moment each; every other one of a hidden filter.
        tickets.push(
            writer.submit(Record { action_id: n.to_string(), ..hit("enwiki", 1 + u32::from(n % 2 == 1), n / 3) }),
        );
    }
    for ticket in tickets {
        ticket.stored().await;
    }
    let hits = hits(&fresh);
    let asker = viewer(&classes()[1].1);
    let sight = Sight::of(&asker, &wiki(), RestrictedRows::Omit, |_| Vec::new());
    for selection in
        [Selection::default(), Selection { taken: vec!["tag".into(), "disallow".into()], ..Selection::default() }]
    {
        for is_ascending in [false, true] {
            let mut wanted = Question { limit: Limit::new(7).unwrap(), is_ascending, ..question(selection.clone()) };
            let (mut seen, mut pages) = (Vec::new(), 0);
            loop {
                let page = hits.list(&wanted, &sight, &asker).await.unwrap();
                pages += 1;
                assert!(page.items.len() == 7 || page.next.is_none());
                seen.extend(page.items.iter().map(|row| (row.key.at, row.key.hit_id)));
                let Some(next) = page.next else { break };
                wanted.after = Some(next);
            }
            assert_eq!((seen.len(), pages), (30, 5));
            assert!(seen.windows(2).all(|pair| (pair[0] < pair[1]) == is_ascending));
        }
    }
}
