use crate::farm::{config, start};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use wikiward_farm::Coded as _;
use wikiward_server::metrics::catalogue;
use wikiward_server::{OpenError, Server};
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
    let told =
        |line: &str| line.strip_prefix("# TYPE wikiward_").and_then(|rest| rest.split(' ').next()).map(str::to_owned);
    let mut told: Vec<String> = metrics.lines().filter_map(told).collect();
    let mut known: Vec<String> = catalogue().iter().map(|metric| metric.name.to_owned()).collect();
    told.sort();
    known.sort();
    assert_eq!(told, known);
    let socket = folder.path().join("w.sock");
    assert!(socket.exists());
    let url = running.url("/healthz");
    running.stop().await;
    assert!(!socket.exists());
    assert!(reqwest::get(url).await.is_err());
}

#[tokio::test]
async fn monitoring_hears_what_wikis_have_yet_to_undo() {
    let folder = tempfile::tempdir().unwrap();
    start(config(folder.path(), "")).await.unwrap().stop().await;
    let database = wikiward_store::Database::Sqlite(folder.path().join("data/wikiward.db"));
    let clock = std::sync::Arc::new(wikiward_farm::SystemClock);
    let store = wikiward_store::Store::open(&database, &wikiward_store::OpenOptions::default(), clock).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.execute(
        "INSERT INTO revert_rows (job_id, row_number, hit_id, wiki, consequence, state, cause, note, changed_at) VALUES \
         (x'01', 1, x'01', 'enwiki', 'block', 'pending', '', '', 1790000000000000), \
         (x'01', 2, x'02', 'enwiki', 'block', 'pending', '', '', 1790000000000000), \
         (x'01', 3, x'03', 'dewiki', 'block', 'failed', '', '', 1790000000000000), \
         (x'01', 4, x'04', 'dewiki', 'block', 'left', '', '', 1790000000000000)",
    )
    .await
    .unwrap();
    tx.execute(
        "INSERT INTO autopromote_holds (wiki, user_name, since, until, by_key, by_name, reason) VALUES \
         ('enwiki', 'Held', 0, 9000000000000000000, '', '', ''), ('enwiki', 'Free again', 0, 1, '', '', '')",
    )
    .await
    .unwrap();
    tx.execute(
        "INSERT INTO blocked_domains (wiki, domain, notes, added_at, by_key, by_name) \
         VALUES ('*', 'spam.example', '', 0, '', ''), ('enwiki', 'more.example', '', 0, '', '')",
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    let running = start(config(folder.path(), "")).await.unwrap();
    let metrics = format!("http://{}/metrics", running.ready.metrics.as_ref().unwrap());
    let metrics = reqwest::get(metrics).await.unwrap().text().await.unwrap();
    running.stop().await;
    let lines: Vec<&str> = metrics.lines().filter(|line| line.contains("_revert_rows{")).collect();
    assert_eq!(
        lines,
        [
            "wikiward_filter_revert_rows{wiki=\"dewiki\",state=\"failed\"} 1",
            "wikiward_filter_revert_rows{wiki=\"enwiki\",state=\"pending\"} 2"
        ]
    );
    assert!(metrics.contains("\nwikiward_filter_revert_oldest_seconds{wiki=\"enwiki\"} "), "{metrics}");
    assert!(!metrics.contains("oldest_seconds{wiki=\"dewiki\"}"), "nothing waits there");
    assert!(metrics.contains("\nwikiward_filter_autopromote_holds{wiki=\"enwiki\"} 1\n"), "{metrics}");
    assert!(metrics.contains("\nwikiward_filter_blocked_domains 2\n"), "{metrics}");
    assert!(metrics.contains("\nwikiward_filter_domain_attempts_total 0\n"), "{metrics}");
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

#[tokio::test]
async fn a_stored_rule_that_is_none_any_more_is_told_of_in_its_history() {
    const BROKEN: &str = "INSERT INTO filters (wiki, filter_id, version, state, filter_group, name, name_key, rules, notes, \
        actions, priority, tier, privacy, scope, brake_profile, hits, maintainers, uses_vars, uses_protected, created_at, \
        created_by_name, edited_at, edited_by_key, edited_by_name, edited_by_number, aged_from) VALUES ('enwiki', 1, 3, \
        'enabled', 'default', 'Old', x'00', 'page_id ==', '', '{}', 0, 'normal', 0, NULL, 'standard', 0, '[]', '[]', '[]', \
        0, 'A', 0, 'a', 'A', NULL, 0)";
    let folder = tempfile::tempdir().unwrap();
    start(config(folder.path(), "")).await.unwrap().stop().await;
    let open = async || {
        let database = wikiward_store::Database::Sqlite(folder.path().join("data/wikiward.db"));
        let clock = std::sync::Arc::new(wikiward_farm::SystemClock);
        wikiward_store::Store::open(&database, &wikiward_store::OpenOptions::default(), clock).await.unwrap()
    };
    let store = open().await;
    let mut tx = store.begin().await.unwrap();
    tx.execute(BROKEN).await.unwrap();
    tx.commit().await.unwrap();
    let told = async || -> Vec<String> {
        let rows = "SELECT details FROM filter_events WHERE kind = 'autodisable'";
        let rows = store.reader().await.unwrap().rows(rows).await.unwrap();
        rows.iter().map(|row| row.get(0).unwrap()).collect()
    };
    for _ in 0..2 {
        let running = start(config(folder.path(), "")).await.unwrap();
        for _ in 0..400 {
            if !told().await.is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        running.stop().await;
    }
    let told = told().await;
    assert_eq!(told.len(), 1, "once, however often the service starts: {told:?}");
    let details: Value = serde_json::from_str(&told[0]).unwrap();
    assert_eq!(details["version"], 3);
    assert!(details["error"].as_str().is_some_and(|error| !error.is_empty()), "{details}");
    assert_eq!(store.verify_audit().await.unwrap(), wikiward_store::audit::Verification::Whole { entries: 1 });
}

#[tokio::test]
async fn a_database_is_opened_with_its_own_key_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("data/secret.key");
    let refused = async || start(config(folder.path(), "")).await.err().map(|error| error.code());
    start(config(folder.path(), "")).await.unwrap().stop().await;
    let own = std::fs::read(&key).unwrap();

    std::fs::remove_file(&key).unwrap();
    assert_eq!(refused().await, Some("key_file_missing"));
    assert!(!key.exists(), "no key is made that would not fit");

    std::fs::write(&key, format!("{}\n", "5a".repeat(32))).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(refused().await, Some("key_file_another"));

    std::fs::write(&key, &own).unwrap();
    start(config(folder.path(), "")).await.unwrap().stop().await;

    std::fs::remove_file(&key).unwrap();
    Server::adopt_key(&config(folder.path(), "")).await.unwrap();
    start(config(folder.path(), "")).await.unwrap().stop().await;
    std::fs::write(&key, &own).unwrap();
    assert_eq!(refused().await, Some("key_file_another"), "the lost one is no longer its key");
}
