use crate::{Fresh, open};
use std::sync::Arc;
use std::time::Duration;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Clock as _, SystemClock};
use wikiward_store::{OpenOptions, Store, StoreError, sql};

pub(crate) async fn changes_are_numbered_in_the_order_of_commits(fresh: Fresh) {
    for number in 1..=3 {
        let mut tx = fresh.store.begin().await.unwrap();
        tx.announce("filters", &format!("enwiki:{number}")).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(fresh.store.feed().newest(), number);
    }
    let changes = fresh.store.changes_since(1, 10).await.unwrap();
    let subjects: Vec<_> = changes.iter().map(|change| (change.seq, change.subject.as_str())).collect();
    assert_eq!(subjects, [(2, "enwiki:2"), (3, "enwiki:3")]);
}

pub(crate) async fn another_process_hears_of_a_change(fresh: Fresh) {
    let other = open(&fresh.database).await;
    let mut watch = other.feed().watch();
    let listening = {
        let other = other.clone();
        tokio::spawn(async move { other.feed().run(&other).await })
    };
    let mut tx = fresh.store.begin().await.unwrap();
    tx.announce("filters", "enwiki:1").await.unwrap();
    tx.commit().await.unwrap();
    tokio::time::timeout(Duration::from_secs(30), watch.wait_for(|seq| *seq == 1)).await.unwrap().unwrap();
    listening.abort();
}

pub(crate) async fn a_database_of_a_newer_program_is_refused(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    tx.execute(sql!(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES ($1, $2, $3, $4, $5)",
        9_999_i64,
        "from the future",
        true,
        vec![1_u8],
        1_i64,
    ))
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let again = Store::open(&fresh.database, &OpenOptions::default(), Arc::new(SystemClock)).await;
    assert!(matches!(again, Err(StoreError::Newer { found: 9_999, known }) if known == Store::schema()), "{again:?}");
}

pub(crate) async fn old_changes_are_swept(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    tx.announce("filters", "enwiki:1").await.unwrap();
    tx.commit().await.unwrap();
    let now = SystemClock.now();
    assert_eq!(fresh.store.sweep(now).await.unwrap(), 0);
    let tomorrow = from_micros(micros(now) + 25 * 3600 * 1_000_000);
    assert_eq!(fresh.store.sweep(tomorrow).await.unwrap(), 1);
    assert_eq!(fresh.store.changes_since(0, 10).await.unwrap(), []);
    assert_eq!(open(&fresh.database).await.feed().newest(), 1, "numbers go on after a sweep");
}
