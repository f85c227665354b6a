//! `wikiward backtest` as a person runs it: what it prints, writes and ends with.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at what it did not expect")]

use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const FILTERS: &str = r#"{"id":1,"wiki":"a","description":"Spam","rule":"added_lines irlike 'buy'"}
{"id":2,"wiki":"a","description":"Growth","rule":"edit_delta > 3"}
{"id":3,"wiki":"a","description":"Newcomers","rule":"user_editcount < 10"}
"#;

const EDITS: &str = r#"{"ts":"2020-01-01T10:00:00Z","wiki":"a","ns":0,"title":"One","rev":1,"user":"U","anon":false,"comment":"c","old_wikitext":"x","new_wikitext":"x\nBUY it","reverted":true}
{"ts":"2020-01-02T10:00:00Z","wiki":"a","ns":0,"title":"Two","rev":2,"user":"192.0.2.1","anon":true,"comment":"","old_wikitext":"x","new_wikitext":"y","reverted":false}
{"ts":"2020-01-03T10:00:00Z","wiki":"b","ns":0,"title":"Three","rev":3,"user":"V","anon":false,"comment":"","old_wikitext":"x","new_wikitext":"x and more"}
"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            fs::write(folder.0.path().join(name), text).unwrap();
        }
        folder
    }

    fn run(&self, arguments: &str) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wikiward"));
        command.arg("backtest").args(arguments.split_whitespace()).current_dir(self.0.path());
        command
    }

    /// The report as JSON, and the exit code.
    fn report(&self, arguments: &str) -> (Value, i32) {
        let output = self.run(&format!("{arguments} --format json"));
        let report = serde_json::from_slice(&output.stdout);
        (report.unwrap_or_else(|_| panic!("{}", text(&output.stderr))), output.status.code().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Matched, not matched, undecided, failed.
fn counts(report: &Value, filter: &str) -> [u64; 4] {
    let filters = report["filters"].as_array().unwrap();
    let filter = filters.iter().find(|other| other["filter"] == filter).unwrap();
    ["matched", "not_matched", "undecided", "failed"].map(|key| filter[key].as_u64().unwrap())
}

#[test]
fn the_named_table_of_look_alikes_counts() {
    let filter = r#"{"id":1,"wiki":"a","rule":"ccnorm(new_wikitext) contains 'Q'"}"#;
    let tables = [("t.json", r#"{"y":"Q"}"#), ("broken.json", "[]")];
    let folder = Folder::new(&[&[("f.jsonl", filter), ("e.jsonl", EDITS)][..], &tables[..]].concat());
    let (report, _) = folder.report("--filters f.jsonl --edits e.jsonl");
    assert_eq!(counts(&report, "a/1"), [0, 3, 0, 0]);
    let (report, code) = folder.report("--filters f.jsonl --edits e.jsonl --equivset t.json");
    assert_eq!((counts(&report, "a/1"), code), ([1, 2, 0, 0], 0));
    let output = folder.run("--filters f.jsonl --edits e.jsonl --equivset broken.json");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("broken.json: not a table of look-alikes"), "{}", text(&output.stderr));
    assert_eq!(folder.run("--filters f.jsonl --edits e.jsonl --equivset none").status.code(), Some(2));
}

#[test]
fn every_verdict_is_counted_and_what_a_record_lacks_is_undecided() {
    let folder = Folder::new(&[("f.jsonl", FILTERS), ("e.jsonl", EDITS)]);
    let (report, code) = folder.report("--filters f.jsonl --edits e.jsonl");
    assert_eq!(code, 0);
    assert_eq!(counts(&report, "a/1"), [1, 2, 0, 0]);
    assert_eq!(counts(&report, "a/2"), [2, 1, 0, 0]);
    // The logged-out editor's count is known to be null; the others' is not known.
    assert_eq!(counts(&report, "a/3"), [1, 0, 2, 0]);
    assert_eq!(report["undecided"]["missing"][0]["variable"], "user_editcount");
    assert_eq!(report["undecided"]["missing"][0]["count"], 2);
    let example =
        &report["filters"].as_array().unwrap().iter().find(|filter| filter["filter"] == "a/1").unwrap()["examples"][0];
    assert_eq!(example["excerpt"]["of"], "added_lines");
    assert_eq!(example["excerpt"]["matched"], "BUY");
    assert_eq!(example["excerpt"]["after"], " it");
    assert_eq!(report["edits"]["outcomes"]["reverted"], 1);

    let (report, _) = folder.report("--filters f.jsonl --edits e.jsonl --assume");
    assert_eq!(counts(&report, "a/3"), [1, 2, 0, 0]);
    assert!(report["assumptions"].as_str().unwrap().contains("1,000 edits"));
}

#[test]
fn edits_are_chosen_by_time_and_wiki() {
    let folder = Folder::new(&[("f.jsonl", FILTERS), ("e.jsonl", EDITS)]);
    let judged = |arguments: &str| {
        let (report, code) = folder.report(&format!("--filters f.jsonl --edits e.jsonl {arguments}"));
        assert_eq!(code, 0);
        let edits = &report["edits"];
        (
            edits["judged"].as_u64().unwrap(),
            edits["left_out"]["other_time"].as_u64().unwrap(),
            edits["left_out"]["other_wiki"].as_u64().unwrap(),
        )
    };
    assert_eq!(judged("--from 2020-01-02"), (2, 1, 0));
    assert_eq!(judged("--from 2020-01-02 --to 2020-01-02"), (1, 2, 0));
    assert_eq!(judged("--to 2020-01-02T10:00:00Z"), (1, 2, 0));
    assert_eq!(judged("--wiki b"), (1, 0, 2));
    assert_eq!(judged("--edits-max 2"), (2, 0, 0));
}

#[test]
fn two_versions_are_compared_hit_by_hit() {
    let folder =
        Folder::new(&[("new.rule", "edit_delta > 3"), ("old.rule", "added_lines contains 'y'"), ("e.jsonl", EDITS)]);
    let (report, code) = folder.report("--filters new.rule --against old.rule --edits e.jsonl");
    assert_eq!(code, 0);
    let pair = &report["comparison"]["pairs"][0];
    let counts = ["gained", "lost", "both", "neither", "undecided"].map(|key| pair[key].as_u64().unwrap());
    assert_eq!(counts, [2, 1, 0, 0, 0]);
    assert_eq!(pair["gained_examples"][0]["title"], "One");
    assert_eq!(pair["lost_examples"][0]["title"], "Two");
    let shown = text(&folder.run("--filters new.rule --against old.rule --edits e.jsonl").stdout);
    for part in ["Compared with the old versions", "new / old", "+2", "−1", "⟦y⟧"] {
        assert!(shown.contains(part), "{part} is not in\n{shown}");
    }
}

#[test]
fn versions_are_paired_by_key_or_else_by_an_id_that_is_the_only_one() {
    let old =
        r#"{"id":1,"rule":"1"} {"id":2,"wiki":"a","rule":"1"} {"id":2,"wiki":"b","rule":"1"} {"id":9,"rule":"1"}"#;
    let folder = Folder::new(&[("f.jsonl", FILTERS), ("old.jsonl", &old.replace("} {", "}\n{")), ("e.jsonl", EDITS)]);
    let (report, _) = folder.report("--filters f.jsonl --against old.jsonl --edits e.jsonl");
    let comparison = &report["comparison"];
    let mut pairs: Vec<(&str, &str)> = comparison["pairs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (pair["filter"].as_str().unwrap(), pair["against"].as_str().unwrap()))
        .collect();
    pairs.sort_unstable();
    assert_eq!(pairs, [("a/1", "1"), ("a/2", "a/2")]);
    assert_eq!(comparison["only_new"], serde_json::json!(["a/3"]));
    assert_eq!(comparison["only_old"], serde_json::json!(["b/2", "9"]));
}

#[test]
fn bad_input_is_named_and_costs_nothing_else() {
    let filters =
        format!("{FILTERS}{{\"id\":4,\"rule\":\"page_title == \"}}\n{{\"id\":5,\"rule\":\"tor_exit_nod & 1\"}}\n");
    let edits = EDITS.replacen('\n', "\n{\"ts\":\"never\",\"title\":\"T\"}\nnot json\n", 1);
    let edits = format!("{edits}{{\"ts\":\"2020-01-04T00:0");
    let folder = Folder::new(&[("f.jsonl", &filters), ("e.jsonl", &edits)]);
    let output = folder.run("--filters f.jsonl nowhere.jsonl --edits missing.jsonl e.jsonl --format json");
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["edits"]["judged"], 3);
    assert_eq!(counts(&report, "a/1"), [1, 2, 0, 0]);
    assert_eq!(report["invalid_filters"][0]["filter"], "4");
    assert_eq!(report["problems"]["errors"], 7);
    let told = text(&output.stderr);
    for part in [
        "error: f.jsonl:4: filter 4 at 1:",
        "error: f.jsonl:5: filter 5 at 1:1 of its rule: there is no variable `tor_exit_nod`",
        "add --known tor_exit_nod",
        "error: nowhere.jsonl: cannot be opened",
        "error: missing.jsonl: cannot be opened",
        "error: e.jsonl:2",
        "error: e.jsonl:3",
        "error: e.jsonl:6",
    ] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
}

#[test]
fn a_run_that_can_do_nothing_says_so() {
    let folder = Folder::new(&[("f.jsonl", FILTERS), ("e.jsonl", EDITS), ("bad.rule", "(")]);
    let refused = |arguments: &str, part: &str| {
        let output = folder.run(arguments);
        assert!(!output.status.success() && output.status.code() != Some(101), "{arguments}");
        let told = text(&output.stderr);
        assert!(told.contains(part), "{part} is not in\n{told}");
        assert!(output.stdout.is_empty());
    };
    refused("--filters bad.rule --edits e.jsonl", "there is no filter to judge with");
    refused("--filters bad.rule --edits e.jsonl", "bad.rule:1: filter bad at 1:");
    refused("--filters f.jsonl --edits missing.jsonl", "there is no file of edits that can be read");
    refused("--filters f.jsonl --edits e.jsonl --from tomorrow", "`tomorrow` is neither a day");
    refused("--filters f.jsonl --edits e.jsonl --only 17", "there is no filter to judge with");
    refused("--edits e.jsonl", "--filters");
}

#[test]
fn the_folder_holds_everything_and_hits_stay_in_order() {
    let edits = EDITS.repeat(500);
    let folder = Folder::new(&[("f.jsonl", FILTERS), ("e.jsonl", &edits)]);
    for threads in [1, 3] {
        let output = folder
            .run(&format!("--filters f.jsonl --edits e.jsonl --out out{threads} --threads {threads} --format csv"));
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout).lines().count(), 4);
    }
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("out1/hits.jsonl"), read("out3/hits.jsonl"));
    assert_eq!(read("out1/hits.jsonl").lines().count(), 4 * 500);
    let first: Value = serde_json::from_str(read("out1/hits.jsonl").lines().next().unwrap()).unwrap();
    assert_eq!(
        first,
        serde_json::json!({"filter": "a/1", "wiki": "a", "revision": 1, "title": "One", "user": "U",
            "at": "2020-01-01T10:00:00Z", "source": "e.jsonl:1", "reverted": true})
    );
    let timeless = |name: &str| {
        let mut report: Value = serde_json::from_str(&read(name)).unwrap();
        report["timing"].take();
        report["filters"].as_array_mut().unwrap().iter_mut().for_each(|filter| drop(filter["time_us"].take()));
        report
    };
    assert_eq!(timeless("out1/report.json"), timeless("out3/report.json"));
    assert!(read("out1/filters.csv").starts_with("filter,name,enabled,matched,"));
    assert!(read("out1/report.html").contains("Hits by filter"));
}

#[test]
fn edits_can_come_through_a_pipe_packed() {
    let folder = Folder::new(&[("f.jsonl", FILTERS)]);
    let mut child = folder
        .command("--filters f.jsonl --edits - --format json")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let packed = zstd::encode_all(EDITS.as_bytes(), 1).unwrap();
    child.stdin.take().unwrap().write_all(&packed).unwrap();
    let output = child.wait_with_output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["edits"]["judged"], 3);
}

#[test]
fn the_limit_of_conditions_is_counted_or_shared() {
    let folder = Folder::new(&[("f.jsonl", FILTERS), ("e.jsonl", EDITS)]);
    let (report, _) = folder.report("--filters f.jsonl --edits e.jsonl --condition-limit 1 --assume");
    assert_eq!(report["condition_limit"]["edits_over"], 3);
    assert_eq!(counts(&report, "a/2"), [2, 1, 0, 0]);
    let (report, _) =
        folder.report("--filters f.jsonl --edits e.jsonl --condition-limit 1 --share-conditions --assume");
    assert_eq!(counts(&report, "a/1"), [1, 2, 0, 0]);
    assert_eq!(counts(&report, "a/2"), [0, 0, 0, 3]);
    assert_eq!(report["condition_limit"]["edits_over"], 3);
}

#[test]
fn the_table_shows_what_was_asked_in_plain_text() {
    let folder = Folder::new(&[("f.jsonl", FILTERS), ("e.jsonl", EDITS)]);
    let output = folder.run("--filters f.jsonl --edits e.jsonl");
    let shown = text(&output.stdout);
    assert!(!shown.contains('\u{1b}'), "no colours where no terminal is");
    assert!(output.stderr.is_empty(), "no progress where no terminal is");
    for part in [
        "3 edits judged by 3 filters",
        "Undecided: 22.2 % of all verdicts",
        "the records lack user_editcount (22.2 %)",
        "Hits: 3 of 3 filters matched something",
        "    added_lines: ⟦BUY⟧ it",
        "Slowest filters",
    ] {
        assert!(shown.contains(part), "{part} is not in\n{shown}");
    }
}

/// Runs where `WIKIWARD_DATA` names a folder of recorded edits and filters.
#[test]
fn real_filters_judge_real_edits() {
    let Some(data) = std::env::var_os("WIKIWARD_DATA").map(std::path::PathBuf::from) else {
        println!("not run: WIKIWARD_DATA names no folder");
        return;
    };
    let folder = Folder::new(&[]);
    let path = |name: &str| data.join(name).to_string_lossy().into_owned();
    let (report, code) = folder.report(&format!(
        "--filters {} {} --edits {} --assume --known global_user_groups",
        path("filters/enwiki.jsonl"),
        path("filters/dewiki.jsonl"),
        path("edits/pairs-small.jsonl.gz")
    ));
    // One of the rules reads a variable that was withdrawn.
    assert_eq!((code, report["invalid_filters"].as_array().unwrap().len()), (1, 1));
    let judged = report["edits"]["judged"].as_u64().unwrap();
    for filter in report["filters"].as_array().unwrap() {
        let key = filter["filter"].as_str().unwrap();
        assert_eq!(counts(&report, key).iter().sum::<u64>(), judged, "{key}");
        assert!(filter["remarks"].as_array().unwrap().is_empty(), "{key}: {}", filter["remarks"]);
    }
}
