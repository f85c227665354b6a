//! One hit, its private details, and what people say of it.

use super::leaks::{hit, hits, question};
use super::on_both::{Fresh, on_both};
use super::wiki;
use crate::hits::access::AccessKind;
use crate::hits::ask::HitError;
use crate::hits::list::{Log, Selection};
use crate::hits::settings::RestrictedRows;
use crate::hits::steer::{Ended, Outcome, Verdict};
use crate::hits::visible::tests::{classes, viewer};
use crate::hits::visible::{Level, Sight};
use serde_json::json;
use wikiward_farm::{Limit, Right, SystemEntropy, Viewer};

on_both! {
    details_show_what_was_computed_and_protected_values_leave_an_entry,
    looking_at_an_address_is_logged_before,
    an_outcome_and_assessments_belong_to_their_hit,
    hiding_is_all_or_nothing_and_leaves_an_entry_per_hit,
    codes_cannot_be_guessed,
}

fn of(class: &str) -> (Viewer, Sight) {
    let rights = classes().into_iter().find(|(name, _)| *name == class).unwrap().1;
    let viewer = viewer(&rights);
    let sight = Sight::of(&viewer, &wiki(), RestrictedRows::Omit, |_| Vec::new());
    (viewer, sight)
}

async fn entries(fresh: &Fresh) -> Vec<(AccessKind, String, String)> {
    let (_, sight) = of("hidden");
    let log = hits(fresh).access_log(&wiki(), &AccessKind::ALL, &sight, None, Limit::default()).await.unwrap();
    log.items.into_iter().map(|it| (it.entry.kind, it.entry.subject, it.entry.variable)).collect()
}

async fn details_show_what_was_computed_and_protected_values_leave_an_entry(fresh: Fresh) {
    let record = hit("enwiki", 3, 1);
    let id = record.hits[0].hit_id;
    fresh.writer().submit(record).stored().await;
    let (hits, log) = (hits(&fresh), Log::Wiki(wiki()));
    let (viewer, sight) = of("protected");
    let one = hits.one(&log, id, &sight, &viewer).await.unwrap().unwrap();
    let variables = one.variables.unwrap();
    assert_eq!(variables.values["summary"], "buy now");
    assert_eq!(variables.values["user_unnamed_ip"], "203.0.113.9");
    let looked = (AccessKind::ProtectedVars, "Example".to_owned(), "user_unnamed_ip".to_owned());
    assert_eq!(entries(&fresh).await, std::slice::from_ref(&looked));
    // Again within a day: the same entry stands for it; a day later, another.
    hits.one(&log, id, &sight, &viewer).await.unwrap();
    assert_eq!(entries(&fresh).await.len(), 1);
    fresh.clock.advance_hours(25);
    hits.one(&log, id, &sight, &viewer).await.unwrap();
    assert_eq!(entries(&fresh).await, [looked.clone(), looked]);
    // Whoever may see rows only gets no variables; a hit of the other wiki is not here.
    let (viewer, sight) = of("log");
    assert!(hits.one(&log, id, &sight, &viewer).await.unwrap().is_none());
    assert!(hits.one(&Log::Wiki("dewiki".parse().unwrap()), id, &sight, &viewer).await.unwrap().is_none());
    assert!(hits.one(&Log::Farm, id, &sight, &viewer).await.unwrap().is_none());
}

async fn looking_at_an_address_is_logged_before(fresh: Fresh) {
    let record = hit("enwiki", 1, 1);
    let id = record.hits[0].hit_id;
    fresh.writer().submit(record).stored().await;
    let (hits, log) = (hits(&fresh), Log::Wiki(wiki()));
    let (viewer, sight) = of("detail");
    let refused = hits.private_details(&log, id, &sight, &viewer, " ", true).await;
    assert!(matches!(refused, Err(HitError::ReasonWanted)));
    assert_eq!(entries(&fresh).await, []);
    let details = hits.private_details(&log, id, &sight, &viewer, "abuse", true).await.unwrap().unwrap();
    assert_eq!(details.address.as_deref(), Some("203.0.113.9"));
    assert_eq!((details.user.as_str(), details.gid.as_str()), ("Example", "1"));
    assert_eq!(entries(&fresh).await, [(AccessKind::PrivateDetails, "Example".into(), String::new())]);
    let nobody = wikiward_farm::Id::new(record_time(), &SystemEntropy);
    assert!(hits.private_details(&log, nobody, &sight, &viewer, "abuse", true).await.unwrap().is_none());
    assert_eq!(entries(&fresh).await.len(), 1);
}

fn record_time() -> wikiward_farm::Timestamp {
    wikiward_farm::clock::from_micros(super::START)
}

#[tokio::test]
async fn what_cannot_be_logged_is_not_shown() {
    let fresh = Fresh::sqlite().await;
    let record = hit("enwiki", 3, 1);
    let id = record.hits[0].hit_id;
    fresh.writer().submit(record).stored().await;
    fresh.execute("CREATE TRIGGER full BEFORE INSERT ON access_log BEGIN SELECT RAISE(ABORT, 'no room'); END").await;
    let (hits, log) = (hits(&fresh), Log::Wiki(wiki()));
    let (viewer, sight) = of("protected");
    assert!(matches!(hits.one(&log, id, &sight, &viewer).await, Err(HitError::ReadOnly(_))));
    assert!(matches!(hits.private_details(&log, id, &sight, &viewer, "", false).await, Err(HitError::ReadOnly(_))));
    let by_address = Selection { address: Some("203.0.113.9".parse().unwrap()), ..Selection::default() };
    assert!(matches!(hits.list(&question(by_address), &sight, &viewer).await, Err(HitError::ReadOnly(_))));
}

async fn an_outcome_and_assessments_belong_to_their_hit(fresh: Fresh) {
    let record = hit("enwiki", 1, 1);
    let (id, evaluation) = (record.hits[0].hit_id, record.evaluation_id);
    fresh.writer().submit(record).stored().await;
    let (hits, log) = (hits(&fresh), Log::Wiki(wiki()));
    let executed = json!([{"type": "block", "ok": false}]);
    let outcome = Outcome { result: Ended::Saved, rev_id: Some(99), log_id: None, executed: executed.clone() };
    assert_eq!(hits.outcome(&"dewiki".parse().unwrap(), evaluation, &outcome).await.unwrap(), 0);
    assert_eq!(hits.outcome(&wiki(), evaluation, &outcome).await.unwrap(), 1);
    let (viewer, sight) = of("detail");
    assert!(hits.assess(&log, id, &sight, &viewer, Verdict::Unsure, "").await.unwrap());
    assert!(hits.assess(&log, id, &sight, &viewer, Verdict::FalsePositive, "a good edit").await.unwrap());
    let one = hits.one(&log, id, &sight, &viewer).await.unwrap().unwrap();
    let full = one.row.full.unwrap();
    assert_eq!((full.outcome.as_str(), full.rev_id, full.executed), ("saved", Some(99), Some(executed)));
    assert_eq!(one.assessments.len(), 1);
    assert_eq!(one.assessments[0].verdict, "false_positive");
    // Who sees rows only may not say, and does not see what others say.
    let (viewer, sight) = of("log");
    assert!(!hits.assess(&log, id, &sight, &viewer, Verdict::Unsure, "").await.unwrap());
    let one = hits.one(&log, id, &sight, &viewer).await.unwrap().unwrap();
    assert_eq!((one.row.level, one.variables, one.assessments.len()), (Level::Row, None, 0));
}

async fn hiding_is_all_or_nothing_and_leaves_an_entry_per_hit(fresh: Fresh) {
    let writer = fresh.writer();
    let mut ids = Vec::new();
    for n in 0..3 {
        let record = hit("enwiki", 1, n);
        ids.push(record.hits[0].hit_id);
        writer.submit(record).stored().await;
    }
    let hits = hits(&fresh);
    let (viewer, sight) = of("hidden");
    let nobody = wikiward_farm::Id::new(record_time(), &SystemEntropy);
    assert!(!hits.set_hidden(&wiki(), &[ids[0], nobody], true, "privacy", &sight, &viewer).await.unwrap());
    assert_eq!(entries(&fresh).await, []);
    assert!(hits.set_hidden(&wiki(), &ids[..2], true, "privacy", &sight, &viewer).await.unwrap());
    assert!(hits.set_hidden(&wiki(), &ids[..2], true, "again", &sight, &viewer).await.unwrap());
    assert_eq!(entries(&fresh).await.len(), 2);
    let (detail, detail_sight) = of("detail");
    let shown = |hidden| question(Selection { hidden, ..Selection::default() });
    assert_eq!(hits.list(&shown(None), &detail_sight, &detail).await.unwrap().items.len(), 1);
    assert_eq!(hits.list(&shown(Some(true)), &detail_sight, &detail).await.unwrap().items.len(), 0);
    assert_eq!(hits.list(&shown(Some(true)), &sight, &viewer).await.unwrap().items.len(), 2);
    assert!(hits.set_hidden(&wiki(), &ids[..1], false, "mistake", &sight, &viewer).await.unwrap());
    assert_eq!(hits.list(&shown(None), &detail_sight, &detail).await.unwrap().items.len(), 2);
    assert_eq!(entries(&fresh).await.iter().filter(|entry| entry.0 == AccessKind::Shown).count(), 1);
    assert!(matches!(
        fresh.store.verify_audit().await.unwrap(),
        wikiward_store::audit::Verification::Whole { entries: 2 }
    ));
}

async fn codes_cannot_be_guessed(fresh: Fresh) {
    fresh.writer().submit(hit("enwiki", 1, 1)).stored().await;
    fresh.writer().submit(hit("enwiki", 4, 2)).stored().await;
    let hits = hits(&fresh);
    let (viewer, sight) = of("detail");
    let code = |code: &str| question(Selection { ref_code: Some(code.into()), ..Selection::default() });
    for _ in 0..20 {
        assert_eq!(hits.list(&code("AAAA-AAAAA"), &sight, &viewer).await.unwrap().items.len(), 0);
    }
    // Even the right one has to wait now, so that nothing can be told from being refused.
    assert!(matches!(hits.list(&code("K7Q2-M4XTB"), &sight, &viewer).await, Err(HitError::TooManyGuesses)));
    fresh.clock.advance_hours(1);
    let found = hits.list(&code("K7Q2-M4XTB"), &sight, &viewer).await.unwrap();
    assert_eq!(found.items.len(), 1, "the suppressed one is not found");
    let _ = Right::Log;
}
