use crate::farm::{config, start};
use serde_json::Value;
use wikiward_server::OpenError;
use wikiward_store::StoreError;

#[tokio::test]
async fn it_answers_when_it_is_ready_and_leaves_nothing_when_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(config(folder.path(), "")).await.unwrap();
    let ready: Value = reqwest::get(running.url("/readyz")).await.unwrap().json().await.unwrap();
    assert_eq!(ready, serde_json::json!({"ready": true, "database": "ok"}));
    assert_eq!(reqwest::get(running.url("/healthz")).await.unwrap().text().await.unwrap(), "ok\n");
    let metrics = format!("http://{}/metrics", running.ready.metrics.as_ref().unwrap());
    let _ = reqwest::get(running.url("/v1/nothing/here")).await.unwrap();
    let metrics = reqwest::get(metrics).await.unwrap().text().await.unwrap();
    assert!(
        metrics.contains("wikiward_http_requests_total{route=\"/v1/{*rest}\",method=\"GET\",status=\"404\"} 1"),
        "{metrics}"
    );
    assert!(!metrics.contains("nothing/here"), "what callers invent is no label");
    let socket = folder.path().join("w.sock");
    assert!(socket.exists());
    let url = running.url("/healthz");
    running.stop().await;
    assert!(!socket.exists());
    assert!(reqwest::get(url).await.is_err());
}

#[tokio::test]
async fn it_starts_again_where_it_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    // A socket that a killed process left behind.
    drop(std::os::unix::net::UnixListener::bind(folder.path().join("w.sock")).unwrap());
    let running = start(config(folder.path(), "")).await.unwrap();
    assert_eq!(reqwest::get(running.url("/healthz")).await.unwrap().status(), 200);
    running.stop().await;
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_named_as_such() {
    let folder = tempfile::tempdir().unwrap();
    start(config(folder.path(), "")).await.unwrap().stop().await;
    let path = folder.path().join("data/wikiward.db");
    let database = wikiward_store::Database::Sqlite(path);
    let clock = std::sync::Arc::new(wikiward_farm::SystemClock);
    let store = wikiward_store::Store::open(&database, &wikiward_store::OpenOptions::default(), clock).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.execute(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'later', true, x'00', 1)",
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    let refused = start(config(folder.path(), "")).await.err().expect("it does not start");
    assert!(matches!(&refused, OpenError::Store(StoreError::Newer { found: 9999, .. })), "{refused:?}");
    assert!(refused.to_string().contains("Run the newer program"), "{refused}");
}

#[tokio::test]
async fn a_database_that_is_none_is_named_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), "");
    std::fs::create_dir_all(folder.path().join("data")).unwrap();
    std::fs::write(folder.path().join("data/wikiward.db"), "this is no database, it is a letter to nobody".repeat(100))
        .unwrap();
    let refused = start(config).await.err().expect("it does not start");
    assert!(matches!(&refused, OpenError::Store(_)), "{refused:?}");
}
