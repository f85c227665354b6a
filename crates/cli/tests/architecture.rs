//! Who may know whom, as ARCHITECTURE.md draws it.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crates that each crate may use; nothing else of ours.
const ALLOWED: [(&str, &[&str]); 10] = [
    ("rules", &[]),
    ("farm", &[]),
    ("store", &["farm"]),
    ("people", &["farm", "store"]),
    ("filters", &["farm", "store", "rules"]),
    // `rules` for the wire forms of values, and for explanations.
    ("api", &["farm", "store", "people", "filters", "rules"]),
    // `rules` for tokens, diagnostics and explanations.
    ("console", &["farm", "store", "people", "filters", "rules"]),
    ("server", &["farm", "store", "people", "filters", "api", "console"]),
    ("cli", &["farm", "store", "people", "filters", "api", "server", "rules"]),
    ("testkit", &[]),
];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline", "--locked"])
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Dependencies of our crates that are no mere development dependencies, without the common beginning of their names.
fn edges() -> BTreeMap<String, Vec<String>> {
    let short = |value: &Value| value.as_str().unwrap_or("").strip_prefix("wikiward-").map(str::to_owned);
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .filter_map(|package| {
            let used = package["dependencies"].as_array()?.iter().filter(|used| used["kind"] != "dev");
            Some((short(&package["name"])?, used.filter_map(|used| short(&used["name"])).collect()))
        })
        .collect()
}

#[test]
fn crates_know_only_whom_they_may_know() {
    let edges = edges();
    for (name, allowed) in ALLOWED {
        let used = edges.get(name).unwrap_or_else(|| panic!("there is no crate {name}"));
        for other in used {
            assert!(allowed.contains(&other.as_str()), "{name} must not use {other}");
        }
    }
}

/// Every line of a crate's sources, with the file it stands in.
fn lines(folder: &Path, see: &mut dyn FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            lines(&path, see);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            text.lines().for_each(|line| see(&path, line));
        }
    }
}

#[test]
fn http_sql_and_printing_stay_where_they_belong() {
    for (name, _) in ALLOWED {
        lines(&workspace().join("crates").join(name).join("src"), &mut |path, line| {
            let code = line.trim_start();
            if code.starts_with("//") {
                return;
            }
            let file = path.file_name().unwrap().to_str().unwrap();
            let at = format!("{}: {line}", path.display());
            if !["api", "console", "server"].contains(&name) {
                assert!(!code.contains("axum::"), "only `api`, `console` and `server` speak HTTP: {at}");
            }
            if !["cli", "testkit"].contains(&name) {
                assert!(!code.contains("println!("), "only `cli` prints: {at}");
            }
            let has_sql =
                ["\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM "].iter().any(|word| code.contains(word));
            if has_sql && !["store", "testkit"].contains(&name) {
                let is_part = |name: &str| path.components().any(|part| part.as_os_str() == name);
                let is_records = file == "records.rs" || is_part("records") || is_part("tests") || file == "tests.rs";
                assert!(is_records || path.ends_with("server/src/health.rs"), "SQL stands in records.rs: {at}");
            }
        });
    }
}
