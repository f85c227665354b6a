//! Names in documents that are written by hand: constants, keys of reports, links.

use crate::{documents, read, root};
use serde_json::Value as Json;
use std::path::Path;
use std::process::Command;

#[test]
fn limits_in_the_book_are_those_of_the_code() {
    let page = read("docs/src/reference/limits.md");
    let mut count = 0;
    for row in page.lines().filter(|line| line.starts_with("| ") && line.contains(".rs`")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [_, value, constant, file] = cells[..] else { panic!("a row has four cells: {row}") };
        let source = read(&format!("crates/{}", file.trim_matches('`')));
        let constant = constant.trim_matches('`');
        let line = source
            .lines()
            .find(|line| line.contains(&format!("const {constant}:")))
            .unwrap_or_else(|| panic!("{file} has no constant {constant}"));
        let (_, expression) = line.rsplit_once(" = ").unwrap_or_else(|| panic!("{constant} is not set on one line"));
        let shown = value.rsplit_once('(').map(|(_, shown)| shown.trim_end_matches(')').trim_matches('`'));
        assert_eq!(shown, Some(expression.trim_end_matches(';')), "{constant} in the book");
        count += 1;
    }
    assert!(count > 20, "only {count} rows were found");
}

#[test]
fn constants_named_in_the_architecture_exist() {
    let page = read("ARCHITECTURE.md");
    let mut count = 0;
    for row in page.lines().filter(|line| line.ends_with(".rs` |")) {
        let mut names = row.rsplit('`').skip(1).step_by(2);
        let (Some(file), Some(constant)) = (names.next(), names.next()) else { panic!("a constant and a file: {row}") };
        assert!(read(&format!("crates/{file}")).contains(&format!("const {constant}:")), "{file} has no {constant}");
        count += 1;
    }
    assert!(count > 5, "only {count} rows were found");
}

#[test]
fn keys_of_the_json_report_are_documented() {
    let output = Command::new(env!("CARGO_BIN_EXE_wikiward"))
        .args(["backtest", "--quiet", "--format", "json", "--filters", "spam.rule", "--against", "spam-old.rule"])
        .args(["--edits", "edits.jsonl"])
        .current_dir(root().join("docs/examples"))
        .output()
        .expect("the program can be run");
    let report: Json = serde_json::from_slice(&output.stdout).expect("the report is JSON");
    let page = read("docs/src/reference/backtest-json.md");
    let mut missing = Vec::new();
    each_key(&report, &mut |key| {
        if !page.contains(&format!("`{key}`")) {
            missing.push(key.to_owned());
        }
    });
    missing.sort();
    missing.dedup();
    assert!(missing.is_empty(), "not in the page: {missing:?}");
}

fn each_key(json: &Json, tell: &mut impl FnMut(&str)) {
    match json {
        Json::Object(fields) => {
            for (key, value) in fields {
                tell(key);
                each_key(value, tell);
            }
        }
        Json::Array(elements) => elements.iter().for_each(|element| each_key(element, tell)),
        _ => {}
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for (path, text) in documents() {
        let folder = Path::new(&path).parent().unwrap_or(Path::new(""));
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !target.contains("://") && !root().join(folder).join(file).exists() {
                broken.push(format!("{path}: {target}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_page_of_the_book_is_in_its_summary() {
    let summary = read("docs/src/SUMMARY.md");
    for (path, _) in documents() {
        if let Some(page) = path.strip_prefix("docs/src/") {
            assert!(page == "SUMMARY.md" || summary.contains(&format!("({page})")), "{page} is not in the summary");
        }
    }
}
