//! `wikiward brake simulate` as a person runs it: what it prints, writes and ends with.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at what it did not expect")]

use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wikiward"))
        .args(["brake", "simulate"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn figure<'a>(scenario: &'a Value, algorithm: usize, name: &str) -> &'a Value {
    let figures = scenario["results"][algorithm]["figures"].as_array().unwrap();
    figures.iter().find(|figure| figure["figure"] == name).unwrap()
}

#[test]
fn worked_scenarios_come_out_as_expected() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["--only", "1,2,5b", "--runs", "20", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    let report = json(&output);
    assert_eq!((&report["missed"], report["scenarios"].as_array().unwrap().len()), (&0.into(), 3));
    let flood = &report["scenarios"][1];
    assert_eq!(figure(flood, 1, "passed")["found"], 0.0);
    assert!(figure(flood, 0, "passed")["found"].as_f64().unwrap() > 60.0);
    assert_eq!(figure(flood, 1, "obstructive_minutes")["runs"], 0);
    let again = run(folder.path(), &["--only", "1,2,5b", "--runs", "20", "--json"]);
    assert_eq!(output.stdout, again.stdout, "the same seed gives the same");
}

#[test]
fn the_sample_scenarios_come_out_as_they_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/brake");
    let mut arguments = vec!["--runs".to_owned(), "10".to_owned()];
    for entry in fs::read_dir(&folder).unwrap() {
        arguments.extend(["--scenario".to_owned(), entry.unwrap().path().display().to_string()]);
    }
    assert!(arguments.len() >= 10);
    let output = run(&folder, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn what_is_not_as_expected_shows_in_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let text = "hours = 1\n[filter]\nmatches = 1\n[expect.standard]\nblocked = \"never\"\n";
    fs::write(folder.path().join("harm.toml"), text).unwrap();
    let output = run(folder.path(), &["--scenario", "harm.toml", "--runs", "3"]);
    assert_eq!(output.status.code(), Some(1));
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(table.contains("0 of 1 figures as expected") && table.contains("NO"), "{table}");
    fs::write(folder.path().join("plain.toml"), "hours = 1\n").unwrap();
    let output = run(folder.path(), &["--scenario", "plain.toml", "--runs", "2"]);
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.code() == Some(0) && table.contains("no figures are expected"), "{table}");
}

#[test]
fn what_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("odd.toml"), "[wiki]\npeple = 3\n").unwrap();
    let check = |arguments: &[&str], message: &str| {
        let output = run(folder.path(), arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(message), "{said}");
    };
    check(
        &["--scenario", "odd.toml"],
        "odd.toml:2: `wiki.peple` is no key of a scenario; perhaps `wiki.people` is meant",
    );
    check(&["--scenario", "none.toml"], "none.toml: the scenario cannot be read");
    check(
        &["--only", "99"],
        "there is no worked scenario \"99\". Their numbers are 1, 2, 3, 4, 5, 5b, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18",
    );
    check(&["--edits", "e.jsonl"], "--filter");
}

#[test]
fn the_page_loads_nothing_and_every_element_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("odd.toml"), "title = \"<script>alert(1)</script>\"\n[filter]\nmatches = 0.5\n")
        .unwrap();
    for arguments in [&["--only", "2,5,9,10"][..], &["--scenario", "odd.toml"][..]] {
        let output = run(folder.path(), &[arguments, &["--runs", "3", "--html", "page.html"]].concat());
        assert_ne!(output.status.code(), Some(2), "{output:?}");
        let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
        assert!(!page.contains("<script") && page.contains("<polyline") && page.contains("class=\"latch\""));
        for tag in page.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            for word in ["src=", "href=", "style=", "link ", "iframe"] {
                assert!(!tag.contains(word), "<{tag}>");
            }
        }
        for element in ["section", "table", "svg", "details", "div", "p", "h2", "h3", "td", "th", "tr", "span"] {
            let opened = page.matches(&format!("<{element}>")).count() + page.matches(&format!("<{element} ")).count();
            assert_eq!(opened, page.matches(&format!("</{element}>")).count(), "{element}");
        }
    }
}

/// So many days of edits by twenty people in standing, one every ten minutes; the rule's word is in those after `bad_day`.
fn edits(days: u32, bad_day: u32) -> String {
    let mut lines = String::new();
    for number in 0..days * 144 {
        let (day, minute) = (number / 144, number % 144 * 10);
        let summary = if day >= bad_day { "typo" } else { "fine" };
        writeln!(
            lines,
            "{{\"ts\":\"2026-03-{:02}T{:02}:{:02}:00Z\",\"wiki\":\"w\",\"ns\":0,\"title\":\"T\",\"rev\":{number},\"user\":\"P{}\",\
             \"anon\":false,\"user_editcount\":900,\"user_groups\":[\"*\",\"user\",\"sysop\"],\"comment\":\"{summary}\",\
             \"reverted\":false}}",
            day + 1,
            minute / 60,
            minute % 60,
            number * 7 % 20,
        )
        .unwrap();
    }
    lines
}

#[test]
fn recorded_edits_tell_when_a_rule_would_have_been_braked() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("edits.jsonl"), edits(12, 10)).unwrap();
    fs::write(folder.path().join("typo.rule"), "summary == 'typo'").unwrap();
    let arguments = ["--edits", "edits.jsonl", "--filter", "typo.rule", "--html", "page.html"];
    let output = run(folder.path(), &[&arguments[..], &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let filter = &json(&output)["filters"][0];
    assert_eq!((&filter["matched"], &filter["matched_in_standing"]), (&288.into(), &288.into()));
    let [compat, standard] = [&filter["results"][0], &filter["results"][1]];
    // Saved with the first edit, ten days before it turned bad: too long ago for AbuseFilter's algorithm.
    assert_eq!(compat["latches"], Value::Array(Vec::new()));
    let latch = &standard["latches"][0];
    assert_eq!((&latch["class"], &latch["path"]), (&"O".into(), &"A".into()));
    assert!(latch["at"].as_str().unwrap().starts_with("2026-03-11T0"), "{latch}");
    assert!(standard["refused"].as_u64().unwrap() < 10 && compat["refused"] == 288);
    assert!(fs::read_to_string(folder.path().join("page.html")).unwrap().contains("typo on w"));
    // Saved just before, it counts.
    let saved = [&arguments[..], &["--saved", "2026-03-11", "--json"]].concat();
    let report = json(&run(folder.path(), &saved));
    assert_eq!(report["filters"][0]["results"][0]["latches"][0]["class"], "D");
    assert_eq!(report["edits"], 288);
    let table = String::from_utf8_lossy(&run(folder.path(), &arguments).stdout).into_owned();
    assert!(table.contains("latch O") && table.contains("people in good standing"), "{table}");
}

#[test]
fn edits_out_of_order_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines: Vec<String> = edits(1, 0).lines().map(str::to_owned).collect();
    lines.swap(0, 100);
    fs::write(folder.path().join("edits.jsonl"), lines.join("\n")).unwrap();
    fs::write(folder.path().join("typo.rule"), "summary == 'typo'").unwrap();
    let output = run(folder.path(), &["--edits", "edits.jsonl", "--filter", "typo.rule"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("edits.jsonl:2: this edit is of 2026-03-01T00:10:00Z"), "{said}");
}
