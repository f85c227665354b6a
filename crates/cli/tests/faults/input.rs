//! What is broken before it starts, and callers that send nonsense, too much, or too slowly.

use crate::farm::{Caller, edit, made, problem};
use serde_json::json;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use wikiward_testkit::codes;
use wikiward_testkit::service::{Address, Client};

/// Runs the program; its exit code and what it complained of.
fn run(arguments: &[&str], data: &Path) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_wikiward"))
        .args(arguments)
        .env_clear()
        .env("WIKIWARD_DATA_DIR", data)
        .env("WIKIWARD_LISTEN", "127.0.0.1:0")
        .env("WIKIWARD_METRICS_LISTEN", "")
        .output()
        .unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn broken_settings_are_named_with_file_line_and_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.toml");
    let (file, data) = (path.display().to_string(), folder.path().join("data"));
    for (text, line, key) in [
        ("[server]\nlisten = [\"nowhere\"]\n", 2, "server.listen"),
        ("[server]\nconnections_max = \"many\"\n", 2, "server.connections_max"),
        ("[database]\n\nurl = 7\n", 3, "database.url"),
        ("[log]\nformat = \"poem\"\n", 2, "log.format"),
        ("[filters]\nip_days = -1\n", 2, "filters.ip_days"),
        ("[server\nlisten = []\n", 1, ""),
        ("[server]\nlisten = [\n", 2, ""),
        ("a = \"\u{7}\"\n", 1, ""),
    ] {
        fs::write(&path, text).unwrap();
        let (code, complaint) = run(&["serve", "--config", &file], &data);
        assert_eq!(code, 2, "{text}: {complaint}");
        let place = format!("error: {file}:{line}");
        assert!(complaint.starts_with(&place) && complaint.contains(key), "{text}: {complaint}");
    }
    fs::write(&path, [0xFF, 0xFE, 0x00]).unwrap();
    let (code, complaint) = run(&["serve", "--config", &file], &data);
    assert!(code == 2 && complaint.contains(&file), "{complaint}");
    let (code, complaint) = run(&["serve", "--config", "/nowhere/w.toml"], &data);
    assert!(code == 2 && complaint.contains("/nowhere/w.toml"), "{complaint}");
    // Bounds are known after all is read.
    for (text, key) in [
        ("[server]\nrequest_seconds_max = 0\n", "server.request_seconds_max"),
        ("[log]\notlp_endpoint = \"nonsense\"\n", "log.otlp_endpoint"),
        ("[database]\nurl = \"mysql://h/n\"\n", "database.url"),
    ] {
        fs::write(&path, text).unwrap();
        let (code, complaint) = run(&["serve", "--config", &file], &data);
        assert!(code == 2 && complaint.contains(key), "{text}: {complaint}");
    }
    assert!(!data.exists(), "nothing was made");
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (launch, _) = made(Path::new(env!("CARGO_BIN_EXE_wikiward")), folder.path(), &[]);
    let data = launch.database().parent().unwrap().to_owned();
    later_version(&launch.database());
    let before = fs::read(launch.database()).unwrap();
    for command in [&["serve"][..], &["wiki", "list"], &["backup", "--to", "/dev/null/x"]] {
        let (code, complaint) = run(command, &data);
        assert_eq!(code, 2, "{command:?}: {complaint}");
        assert!(complaint.contains("has schema 9999") && complaint.contains("Run the newer program"), "{complaint}");
    }
    assert!(fs::read(launch.database()).unwrap() == before, "nothing was written");
}

/// Writes into the database what a later program would.
fn later_version(path: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let database = wikiward_store::Database::Sqlite(path.to_owned());
        let clock = std::sync::Arc::new(wikiward_farm::SystemClock);
        let options = wikiward_store::OpenOptions::default();
        let store = wikiward_store::Store::open(&database, &options, clock).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                     VALUES (9999, 'later', true, x'00', 1)";
        tx.execute(later).await.unwrap();
        tx.commit().await.unwrap();
        store.close().await;
    });
}

#[test]
fn nonsense_and_too_much_get_their_answer_and_the_service_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("WIKIWARD_REQUEST_SECONDS_MAX", "1")];
    let (launch, farm) = made(Path::new(env!("CARGO_BIN_EXE_wikiward")), folder.path(), &settings);
    let process = launch.start().unwrap();
    let mut caller = Caller::new(&process, &farm);
    let mut asked = |kind: &str, body: &[u8]| problem(&caller.client.call("POST", "/v1/evaluate", kind, body).unwrap());
    for body in [&b"{"[..], b"[]", b"null", b"\xff\xfe", b"{\"wiki\": \"testwiki\"}", b"{\"wiki\": 7}"] {
        assert_eq!(asked("application/json", body), (400, "bad_request".into()), "{body:?}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(asked("application/json", deep.as_bytes()), (400, "bad_request".into()));
    let good = edit("a", "typo");
    assert_eq!(asked("text/plain", good.to_string().as_bytes()), (415, "unsupported_media_type".into()));
    let mut odd = good.clone();
    odd["colour"] = json!("red");
    assert_eq!(asked("application/json", odd.to_string().as_bytes()), (400, "unknown_field".into()));
    let mut large = good.clone();
    large["vars"]["summary"] = json!("x".repeat(2 * 1024 * 1024 + 1));
    assert_eq!(asked("application/json", large.to_string().as_bytes()), (413, "var_too_large".into()));
    for token in ["", "wws_", "wws_0000", "Basic x", "\u{fc}", &"x".repeat(10_000)] {
        let mut stranger = Client::new(process.address().clone(), Some(token));
        let answer = stranger.call("POST", "/v1/evaluate", "application/json", good.to_string().as_bytes()).unwrap();
        assert_eq!(problem(&answer), (401, "unauthenticated".into()), "{token}");
    }
    let Address::Tcp(address) = process.address() else { panic!("it listens on TCP") };
    // A body that is announced and never comes; one that is far too large; what is no HTTP.
    let said = |text: &str| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = [0; 2_048];
        let length = stream.read(&mut answer).unwrap();
        String::from_utf8_lossy(&answer[..length]).into_owned()
    };
    let head = format!("POST /v1/evaluate HTTP/1.1\r\nHost: w\r\nAuthorization: Bearer {}\r\n", farm.token);
    let json = "Content-Type: application/json\r\n";
    let never = said(&format!("{head}{json}Content-Length: 100\r\n\r\n{{"));
    assert!(never.contains(" 408 ") && never.contains(r#""code":"request_timeout""#), "{never}");
    codes::note(never.split("\r\n\r\n").nth(1).unwrap_or_default().as_bytes());
    let huge = said(&format!("{head}{json}Content-Length: 99999999999\r\n\r\n{{"));
    assert!(huge.contains(" 413 "), "{huge}");
    let nonsense = said("\u{1}\u{2}\u{3} nonsense\r\n\r\n");
    assert!(nonsense.is_empty() || nonsense.contains(" 400 "), "{nonsense}");
    let heads =
        said(&format!("GET / HTTP/1.1\r\nHost: w\r\n{}\r\n", format!("X: {}\r\n", "y".repeat(1_000)).repeat(100)));
    assert!(heads.is_empty() || heads.contains(" 431 ") || heads.contains(" 400 "), "{heads}");
    assert_eq!(caller.edit("b", "typo").json()["decision"], "allow");
    process.stop().unwrap();
}
