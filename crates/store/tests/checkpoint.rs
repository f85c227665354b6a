//! Moving SQLite's log into its file beside the writer.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::Arc;
use wikiward_farm::SystemClock;
use wikiward_store::{Database, OpenOptions, Store, sql};

async fn wrote(store: &Store, rows: i64) {
    let mut tx = store.begin().await.unwrap();
    for row in 0..rows {
        tx.announce("filters", &format!("enwiki:{row} {}", "x".repeat(2_000))).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_was_committed_is_moved_and_the_log_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::Sqlite(folder.path().join("a.db"));
    let store = Store::open(&database, &OpenOptions::default(), Arc::new(SystemClock)).await.unwrap();
    wrote(&store, 50).await;
    let first = store.checkpoint().await.unwrap().unwrap();
    assert!(first.pages > 20 && first.in_file == first.pages, "{first:?}");
    // The next writer begins at the log's start, because nobody reads from it.
    wrote(&store, 1).await;
    let second = store.checkpoint().await.unwrap().unwrap();
    assert!(second.pages < first.pages, "{second:?} after {first:?}");
    store.close().await;
}

#[tokio::test]
async fn a_reader_of_an_old_moment_keeps_nobody_from_writing() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::Sqlite(folder.path().join("a.db"));
    let store = Store::open(&database, &OpenOptions::default(), Arc::new(SystemClock)).await.unwrap();
    let mut old = store.snapshot().await.unwrap();
    let count = |conn: wikiward_store::Row| conn.get::<i64>(0).unwrap();
    let before = count(old.one("SELECT COUNT(*) FROM changes").await.unwrap());
    wrote(&store, 9_000).await;
    let moved = store.checkpoint().await.unwrap().unwrap();
    assert!(moved.pages > 4_000 && moved.in_file < moved.pages, "{moved:?}");
    wrote(&store, 1).await;
    assert_eq!(count(old.one("SELECT COUNT(*) FROM changes").await.unwrap()), before);
    drop(old);
    let moved = store.checkpoint().await.unwrap().unwrap();
    assert_eq!(moved.in_file, moved.pages);
    let mut reader = store.reader().await.unwrap();
    let row = reader.one(sql!("SELECT COUNT(*) FROM changes WHERE topic = $1", "filters")).await.unwrap();
    assert_eq!(count(row), 9_001);
    drop(reader);
    store.close().await;
}
