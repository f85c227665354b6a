//! What the writer keeps, and what it does without a database.

use super::on_both::{Fresh, on_both};
use super::{keyring, record, wiki};
use crate::hits::record::{CounterChange, Record};
use crate::hits::settings::WriterSettings;
use crate::hits::steer::{Ended, Outcome};
use crate::hits::writer::Stored;
use crate::hits::{HitError, HitWriter, Hits};
use serde_json::json;
use std::sync::Arc;
use wikiward_farm::SystemEntropy;
use wikiward_farm::clock::from_micros;
use wikiward_store::{OpenOptions, Store, sql};

on_both! {
    a_record_is_written_whole,
    the_same_action_gets_its_first_answer_and_leaves_nothing,
    many_records_share_a_transaction,
    counters_take_their_last_change,
    a_text_that_a_database_cannot_hold_harms_nobody,
    what_was_judged_is_known_after_a_restart,
    without_a_database_records_wait_on_disk_and_are_replayed_in_order,
    what_became_of_an_action_is_taken_when_its_hits_are_there,
    without_database_and_spool_a_record_is_lost_and_counted,
}

async fn a_record_is_written_whole(fresh: Fresh) {
    let writer = fresh.writer();
    let mut record = record("a", 3);
    record.hits[0].uses_protected = vec!["user_unnamed_ip".into()];
    assert_eq!(writer.submit(record).stored().await, Stored::New);
    assert_eq!(fresh.number("SELECT COUNT(*) FROM hits WHERE audience = 2 AND filter_group = 'default'").await, 1);
    assert_eq!(fresh.number("SELECT hits FROM filters WHERE wiki = 'enwiki' AND filter_id = 3").await, 1);
    assert_eq!(fresh.number("SELECT uses FROM dumps").await, 1);
    assert_eq!(fresh.number("SELECT COUNT(*) FROM hit_addresses").await, 3);
    let names = fresh.texts("SELECT name FROM hit_consequences ORDER BY name").await;
    assert_eq!(names, ["taken:disallow", "taken:tag"]);
    // Nothing on disk tells the address.
    writer.close().await;
    if fresh.store.is_sqlite() {
        fresh.store.close().await;
        let bytes = std::fs::read(fresh.folder.path().join("wikiward.db")).unwrap();
        assert!(!bytes.windows(11).any(|window| window == b"203.0.113.9"));
    }
}

async fn the_same_action_gets_its_first_answer_and_leaves_nothing(fresh: Fresh) {
    let writer = fresh.writer();
    let first = record("a", 1);
    let answer = first.answer.clone();
    // Twice in one batch, and once more later.
    let tickets = [writer.submit(first), writer.submit(record("a", 2))];
    let mut stored = Vec::new();
    for ticket in tickets {
        stored.push(ticket.stored().await);
    }
    stored.push(writer.submit(record("a", 1)).stored().await);
    assert_eq!(stored, [Stored::New, Stored::Before(answer.clone()), Stored::Before(answer.clone())]);
    assert_eq!(fresh.number("SELECT COUNT(*) FROM hits").await, 1);
    assert_eq!(fresh.number("SELECT CAST(SUM(hits) AS BIGINT) FROM filters").await, 1);
    assert_eq!(writer.first_answer(&wiki(), "a").await, Some(answer));
    assert_eq!(writer.first_answer(&wiki(), "b").await, None);
    assert_eq!(writer.first_answer(&"dewiki".parse().unwrap(), "a").await, None);
}

async fn many_records_share_a_transaction(fresh: Fresh) {
    let writer = fresh.writer();
    let tickets: Vec<_> = (0..1000).map(|n| writer.submit(record(&format!("a{n}"), 1 + n % 5))).collect();
    for ticket in tickets {
        assert_eq!(ticket.stored().await, Stored::New);
    }
    let counts = writer.counts();
    assert_eq!((counts.stored, counts.waiting, counts.lost), (1000, 0, 0));
    assert!(counts.commits <= 20, "{} transactions", counts.commits);
    assert_eq!(fresh.number("SELECT COUNT(*) FROM hits").await, 1000);
    assert_eq!(fresh.number("SELECT CAST(SUM(hits) AS BIGINT) FROM filters").await, 1000);
    // All of them are the same edit: one dump.
    assert_eq!(fresh.number("SELECT uses FROM dumps").await, 1000);
}

async fn counters_take_their_last_change(fresh: Fresh) {
    let writer = fresh.writer();
    let with = |id: &str, counters: Vec<CounterChange>| Record { counters, hits: Vec::new(), ..record(id, 1) };
    let ends_at = from_micros(super::START + 1_000_000);
    let throttle = |hits| CounterChange::Throttle { digest: [1; 32], hits, ends_at };
    let shown = CounterChange::WarnShown { digest: [2; 32], ends_at };
    let tickets = [
        writer.submit(with("a", vec![throttle(1), shown.clone()])),
        writer.submit(with("b", vec![throttle(2)])),
        writer.submit(with("c", vec![throttle(1)])),
    ];
    for ticket in tickets {
        ticket.stored().await;
    }
    writer.submit(with("d", vec![throttle(2)])).stored().await;
    writer.submit(with("e", vec![throttle(1)])).stored().await;
    assert_eq!(fresh.number("SELECT hits FROM throttle_counters").await, 2, "a counter is never turned back");
    assert_eq!(fresh.number("SELECT COUNT(*) FROM warn_states").await, 1);
    writer.submit(with("f", vec![CounterChange::WarnUsed { digest: [2; 32] }])).stored().await;
    assert_eq!(fresh.number("SELECT COUNT(*) FROM warn_states").await, 0);
    assert_eq!(writer.first_answer(&wiki(), "f").await.as_deref(), Some(&b"{\"answer\":\"f\"}"[..]));
}

async fn a_text_that_a_database_cannot_hold_harms_nobody(fresh: Fresh) {
    let writer = fresh.writer();
    let mut hostile = record("nul\0", 1);
    hostile.target.title = "a\0b".into();
    hostile.hits[0].taken = vec!["x\0".into()];
    let tickets = [writer.submit(record("a", 1)), writer.submit(hostile), writer.submit(record("b", 1))];
    for ticket in tickets {
        assert_eq!(ticket.stored().await, Stored::New);
    }
    assert!(writer.first_answer(&wiki(), "nul\0").await.is_some());
}

async fn what_was_judged_is_known_after_a_restart(fresh: Fresh) {
    let writer = fresh.writer();
    for id in ["a", "b"] {
        writer.submit(record(id, 1)).stored().await;
    }
    writer.close().await;
    let Stored::Lost = writer.submit(record("c", 1)).stored().await else { panic!("the writer has stopped") };
    let writer = fresh.writer();
    assert!(writer.first_answer(&wiki(), "a").await.is_some());
    assert!(writer.first_answer(&wiki(), "c").await.is_none());
    assert_eq!(writer.submit(record("b", 1)).stored().await, Stored::Before(record("b", 1).answer));
}

/// The database loses a table: every write fails until it is back. That is a refusal for good, so the connections are taken
/// away instead.
async fn without_a_database_records_wait_on_disk_and_are_replayed_in_order(fresh: Fresh) {
    let writer = fresh.writer();
    writer.submit(record("before", 1)).stored().await;
    fresh.store.close().await;
    for id in ["a", "b", "c"] {
        assert_eq!(writer.submit(record(id, 1)).stored().await, Stored::Spooled, "{id}");
    }
    assert_eq!(writer.first_answer(&wiki(), "b").await, Some(record("b", 1).answer));
    assert_eq!(writer.submit(record("b", 2)).stored().await, Stored::Before(record("b", 1).answer));
    assert!(writer.counts().spool_bytes > 0);
    writer.close().await;
    // The process ends; another one finds the database again.
    let options = OpenOptions::default();
    let store = Store::open(&fresh.database, &options, fresh.clock.clone()).await.unwrap();
    let again = Fresh { store, ..fresh };
    let writer = again.writer();
    // Written after those that waited, whether through the file or not.
    writer.submit(record("after", 1)).stored().await;
    while writer.counts().spool_bytes > 0 {
        tokio::task::yield_now().await;
    }
    let ids = again.texts("SELECT action_id FROM hits ORDER BY action_id").await;
    assert_eq!(ids, ["a", "after", "b", "before", "c"]);
    assert_eq!(again.number("SELECT hits FROM filters WHERE wiki = 'enwiki' AND filter_id = 1").await, 5);
    assert_eq!(writer.submit(record("c", 1)).stored().await, Stored::Before(record("c", 1).answer));
    assert_eq!(writer.counts().lost, 0);
}

async fn what_became_of_an_action_is_taken_when_its_hits_are_there(fresh: Fresh) {
    let outcome = Outcome { result: Ended::Saved, rev_id: Some(9), log_id: None, executed: json!([]) };
    let writer = fresh.writer();
    let hits = |of: &Fresh, writer: &HitWriter| {
        Hits::new(of.store.clone(), &keyring(), Arc::new(SystemEntropy), of.clock.clone()).beside(writer.clone())
    };
    // At once after it was handed over: it is waited for.
    let first = record("first", 1);
    let ticket = writer.submit(first.clone());
    assert_eq!(hits(&fresh, &writer).outcome(&wiki(), first.evaluation_id, &outcome).await.unwrap(), 1);
    ticket.stored().await;
    let spooled = record("spooled", 1);
    fresh.store.close().await;
    assert_eq!(writer.submit(spooled.clone()).stored().await, Stored::Spooled);
    for writer in [writer.clone(), fresh.writer()] {
        let early = hits(&fresh, &writer).outcome(&wiki(), spooled.evaluation_id, &outcome).await;
        assert!(matches!(early, Err(HitError::NotYet)), "{early:?}");
        writer.close().await;
    }
    let store = Store::open(&fresh.database, &OpenOptions::default(), fresh.clock.clone()).await.unwrap();
    let again = Fresh { store, ..fresh };
    let writer = again.writer();
    while !writer.settled(spooled.evaluation_id).await {
        tokio::task::yield_now().await;
    }
    assert_eq!(hits(&again, &writer).outcome(&wiki(), spooled.evaluation_id, &outcome).await.unwrap(), 1);
    assert_eq!(again.number("SELECT COUNT(*) FROM hits WHERE outcome = 'saved' AND rev_id = 9").await, 2);
    let unknown = record("unknown", 1).evaluation_id;
    assert_eq!(hits(&again, &writer).outcome(&wiki(), unknown, &outcome).await.unwrap(), 0);
}

async fn without_database_and_spool_a_record_is_lost_and_counted(fresh: Fresh) {
    let writer = fresh.writer_with(None, WriterSettings { waiting_max: 2, ..WriterSettings::default() });
    fresh.store.close().await;
    // More than the queue holds: they wait, none is forgotten.
    let tickets: Vec<_> = (0..20).map(|n| writer.submit(record(&n.to_string(), 1))).collect();
    for ticket in tickets {
        assert_eq!(ticket.stored().await, Stored::Lost);
    }
    assert_eq!(writer.counts().lost, 20);
    assert_eq!(writer.counts().waiting, 0);
}

#[tokio::test]
async fn a_record_that_the_database_refuses_is_set_aside_and_the_others_stay() {
    let fresh = Fresh::sqlite().await;
    // Any row of this filter is refused.
    fresh
        .execute(
            "CREATE TRIGGER poison BEFORE INSERT ON hits WHEN NEW.filter_id = 2 BEGIN SELECT RAISE(ABORT, 'no'); END",
        )
        .await;
    let writer = fresh.writer();
    let tickets = [writer.submit(record("a", 1)), writer.submit(record("b", 2)), writer.submit(record("c", 1))];
    let mut stored = Vec::new();
    for ticket in tickets {
        stored.push(ticket.stored().await);
    }
    assert_eq!(stored, [Stored::New, Stored::Spooled, Stored::New]);
    assert_eq!(writer.counts().refused, 1);
    assert!(fresh.spool_folder().join(crate::hits::writer::spool::REFUSED_NAME).exists());
    assert_eq!(fresh.number(sql!("SELECT COUNT(*) FROM hits")).await, 2);
    drop(Arc::new(fresh));
}
