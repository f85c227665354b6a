//! Every code that the interface can answer with is asked for by a test that goes through HTTP.
//!
//! The tests are read as text: a code counts as tested where a test function beside this file, or of the program, names it.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wikiward_api::problem::Code;

/// What is wrong with a filter, by the table of checks of a save and the table of limits.
const OF_FILTERS: [&str; 29] = [
    "forbidden",
    "missing_fields",
    "bad_syntax",
    "deleting_enabled",
    "no_tags",
    "bad_tag",
    "tag_reserved",
    "empty_message",
    "throttle_count",
    "throttle_period",
    "throttle_groups_empty",
    "throttle_groups_invalid",
    "throttle_groups_duplicate",
    "protected_var_forbidden",
    "must_be_protected",
    "global_custom_message",
    "restricted_action",
    "unknown_group",
    "var_not_in_group",
    "action_not_allowed",
    "confirm_public",
    "rules_too_long",
    "name_too_long",
    "notes_too_long",
    "params_too_long",
    "throttle_groups_too_many",
    "tags_too_many",
    "too_many_filters",
    "too_many_shadow",
];

/// Codes of parts that are not built yet, and what they belong to.
const LATER: [(&str, &str); 1] = [("confirm_required", "steps that are prepared and then confirmed: reverting")];

/// The tests that name each word in quotation marks: `file::function`.
fn tests() -> Vec<(String, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for folder in ["api/tests", "cli/tests/faults"] {
        collect(&crates.join(folder), &mut files);
    }
    let mut tests = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let name = file.strip_prefix(crates).unwrap().display().to_string();
        for part in text.split("fn ").skip(1) {
            let function = part.split(['(', '<']).next().unwrap_or_default();
            tests.push((format!("{name}::{function}"), part.to_owned()));
        }
    }
    tests
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("codes.rs") {
            files.push(path);
        }
    }
    files.sort();
}

#[test]
fn every_code_is_produced_by_a_test() {
    let tests = tests();
    let mut table: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for code in Code::ALL.iter().map(|code| code.name()).chain(OF_FILTERS) {
        let named = format!("\"{code}\"");
        let test = tests.iter().find(|(_, text)| text.contains(&named)).map(|(name, _)| name.as_str());
        table.insert(code, test);
    }
    for (code, test) in &table {
        println!("{code}: {}", test.unwrap_or("no test"));
    }
    for (code, part) in LATER {
        assert_eq!(table.remove(code), Some(None), "`{code}` has a test now: {part} is built");
    }
    let missing: Vec<&str> = table.iter().filter(|(_, test)| test.is_none()).map(|(code, _)| *code).collect();
    assert!(missing.is_empty(), "no test produces {missing:?}");
}
