//! Holds of automatic promotion on both databases.

use super::{Person, records};
use crate::hits::record::{NewHold, Record};
use crate::hits::tests::on_both::{Fresh, on_both};
use crate::hits::tests::{START, record};
use jiff::SignedDuration;
use wikiward_farm::clock::from_micros;
use wikiward_farm::{Clock as _, Timestamp, WikiId};

fn wiki() -> WikiId {
    "enwiki".parse().unwrap()
}

fn person(name: &str, id: Option<i64>) -> Person {
    Person { name: name.parse().unwrap(), id }
}

/// A hit that holds the promotion of its person for so many hours.
fn holding(action_id: &str, hours: i64) -> Record {
    let mut record = record(action_id, 1);
    let (hit_id, filter) = (record.hits[0].hit_id, record.hits[0].filter.clone());
    record.holds = vec![NewHold { hit_id, filter, until: from_micros(START) + SignedDuration::from_hours(hours) }];
    record
}

async fn until(fresh: &Fresh, person: &Person) -> Option<Timestamp> {
    let mut conn = fresh.store.reader().await.unwrap();
    records::until(&mut conn, &wiki(), person, fresh.clock.now()).await.unwrap()
}

async fn a_hold_is_written_with_its_hit_and_the_longest_stays(fresh: Fresh) {
    let writer = fresh.writer();
    let at = |hours| Some(from_micros(START) + SignedDuration::from_hours(hours));
    for (action_id, hours) in [("a1", 10), ("a2", 5), ("a3", 20)] {
        writer.submit(holding(action_id, hours)).stored().await;
    }
    assert_eq!(until(&fresh, &person("Example", None)).await, at(20));
    assert_eq!(fresh.number("SELECT COUNT(*) FROM autopromote_holds").await, 1);
    // The same action, sent again, gives nothing again.
    writer.submit(holding("a1", 500)).stored().await;
    assert_eq!(until(&fresh, &person("Example", None)).await, at(20));
    // Two of one person in one batch.
    let both = [writer.submit(holding("b1", 30)), writer.submit(holding("b2", 25))];
    for ticket in both {
        ticket.stored().await;
    }
    assert_eq!(until(&fresh, &person("Example", None)).await, at(30));
    assert_eq!(until(&fresh, &person("Nobody", None)).await, None);
    assert_eq!(until(&fresh, &person("Renamed", Some(7))).await, at(30), "found by the id");
    assert_eq!(until(&fresh, &person("Renamed", Some(8))).await, None);
    fresh.clock.advance_hours(30);
    assert_eq!(until(&fresh, &person("Example", None)).await, None, "it ends by itself");
    let mut tx = fresh.store.begin().await.unwrap();
    assert_eq!(records::expire(&mut tx, fresh.clock.now(), 10).await.unwrap(), 1);
    tx.commit().await.unwrap();
    writer.close().await;
}

async fn a_rename_keeps_the_longer_of_two_holds(fresh: Fresh) {
    let writer = fresh.writer();
    for (action_id, name, hours) in [("a1", "Old", 10), ("a2", "New", 5), ("a3", "Short", 1)] {
        let mut record = holding(action_id, hours);
        record.actor.name = name.into();
        record.actor.id = None;
        writer.submit(record).stored().await;
    }
    for (from, to, hours) in [("Old", "New", 10), ("Short", "New", 10)] {
        let mut tx = fresh.store.begin().await.unwrap();
        while records::rename(&mut tx, &wiki(), from, to).await.unwrap() > 0 {}
        tx.commit().await.unwrap();
        assert_eq!(until(&fresh, &person(from, None)).await, None);
        let expected = Some(from_micros(START) + SignedDuration::from_hours(hours));
        assert_eq!(until(&fresh, &person("New", None)).await, expected);
    }
    writer.close().await;
}

on_both! {
    a_hold_is_written_with_its_hit_and_the_longest_stays,
    a_rename_keeps_the_longer_of_two_holds,
}

#[tokio::test]
async fn the_question_and_the_lists_go_along_indexes() {
    let fresh = Fresh::sqlite().await;
    let mut conn = fresh.store.reader().await.unwrap();
    for statement in [
        "EXPLAIN QUERY PLAN SELECT until FROM autopromote_holds WHERE wiki = 'w' AND user_name = 'u' AND until > 5 \
         UNION ALL SELECT until FROM autopromote_holds WHERE wiki = 'w' AND user_id = 7 AND until > 5",
        "EXPLAIN QUERY PLAN SELECT user_name FROM autopromote_holds WHERE wiki = 'w' AND until > 5 \
         ORDER BY until DESC, user_name DESC LIMIT 50",
        "EXPLAIN QUERY PLAN SELECT wiki, user_name FROM autopromote_holds WHERE until <= 5 LIMIT 50",
        "EXPLAIN QUERY PLAN SELECT domain FROM blocked_domains WHERE wiki = 'w' AND domain > 'd' ORDER BY domain LIMIT 50",
        "EXPLAIN QUERY PLAN SELECT hit_id FROM blocked_domain_hits WHERE wiki = 'w' ORDER BY at DESC, hit_id DESC LIMIT 50",
        "EXPLAIN QUERY PLAN SELECT job_id FROM revert_rows WHERE state = 'pending' AND wiki = 'w' \
         ORDER BY job_id, row_number LIMIT 50",
        "EXPLAIN QUERY PLAN SELECT state FROM revert_rows WHERE hit_id = x'00' AND consequence = 'block' LIMIT 1",
    ] {
        let plan: Vec<String> = conn.rows(statement).await.unwrap().iter().map(|row| row.get(3).unwrap()).collect();
        let is_quick = plan.iter().all(|step| !step.starts_with("SCAN") && !step.contains("TEMP B-TREE"));
        assert!(is_quick && plan.iter().any(|step| step.starts_with("SEARCH")), "{statement}: {plan:?}");
    }
}
