//! Every real filter on real edits through the service: the real program, asked as a wiki's extension asks it, against the
//! reference.
//!
//! `WIKIWARD_DATA` names the folder with filters and edits, `WIKIWARD_ORACLE` the command that starts the reference (both set
//! by `cargo xtask real`); without one of them it is left out, and says so. `WIKIWARD_EDITS` sets how many edits are judged
//! (100).

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failure is a failed test")]

mod compare;
mod edits;
mod wiki;

use compare::{Differences, Filter};
use edits::Chosen;
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use wiki::{Ahead, Wiki};
use wikiward_rules::{Release, Vocabulary};
use wikiward_testkit::oracle::Oracle;
use wikiward_testkit::requests;
use wikiward_testkit::service::{Client, Launch};

/// Wikis with all their filters enabled, and with those that were enabled there: name, language, file, whether all.
const WIKIS: [(&str, &str, &str, bool); 4] = [
    ("enwiki", "en", "enwiki", true),
    ("dewiki", "de", "dewiki", true),
    ("enwiki_live", "en", "enwiki", false),
    ("dewiki_live", "de", "dewiki", false),
];

/// So many conditions that the limit never strikes, in the service and in the reference.
const CONDITIONS_MAX: u32 = 1_000_000;

/// Edits that the reference is asked about at a time.
const ASKED_AT_ONCE: usize = 20;

/// Fewer verdicts than one for so many edits may come too late to be compared.
const LOST_ONE_IN: usize = 100;

/// Edits after which it says how far it is.
const SAID_EVERY: usize = 200;

/// Variables of other extensions that real rules read.
const ANNOUNCED: [&str; 3] = ["global_user_groups", "global_user_editcount", "oauth_consumer"];

/// Share of one-round answers that a caller must reach who sends ahead what verdicts named.
const ONE_ROUND_MIN: f64 = 0.95;

#[test]
fn every_real_filter_gives_through_the_service_what_the_reference_gives() {
    let Some(folder) = std::env::var_os("WIKIWARD_DATA").map(PathBuf::from) else {
        return println!("left out: WIKIWARD_DATA names no folder with real data");
    };
    // Native code in the reference too: interpreted, it gives up where native code has an answer.
    let Some(mut oracle) = Oracle::start_with(&[("ORACLE_PCRE_JIT", "1")]) else { return };
    let edits_wanted = std::env::var("WIKIWARD_EDITS").ok().and_then(|value| value.parse().ok()).unwrap_or(100);
    let place = tempfile::tempdir().unwrap();
    let launch = launch(place.path());
    let filters = WIKIS.map(|(name, language, file, is_all)| {
        let records = records(&folder.join(format!("filters/{file}.jsonl")), is_all);
        import(&launch, name, language, &records, &mut oracle)
    });
    let token = ["token", "create", "*", "--label", "real", "--scope", "evaluate", "--scope", "verdict:full"];
    let token = launch.say(&token, &[], false).unwrap().0.trim().to_owned();
    let process = launch.start().unwrap();
    let client = || Client::new(launch.address.clone(), Some(&token));
    let mut callers: Vec<Vec<Wiki>> = Vec::new();
    for (name, language, _, is_all) in WIKIS {
        let caller = |mode, way| Wiki::new((name, language), client(), mode, way);
        let mut of_wiki = vec![caller("enforce", Ahead::Likely)];
        if is_all {
            of_wiki.extend([caller("test", Ahead::Nothing), caller("test", Ahead::Everything)]);
        }
        callers.push(of_wiki);
    }

    let vocabulary = Vocabulary::new(Release::Newest, ANNOUNCED);
    let mut differences = Differences::default();
    let (mut edits, mut lost, mut here, mut there) = (0, 0, Duration::ZERO, Duration::ZERO);
    let mut judge = |waiting: &mut Vec<Chosen>| {
        for (place, filters) in filters.iter().enumerate() {
            let begun = Instant::now();
            let callers = &mut callers[place];
            let verdicts: Vec<Vec<Option<Json>>> =
                waiting.iter().map(|edit| callers.iter_mut().map(|caller| caller.judge(edit)).collect()).collect();
            here += begun.elapsed();
            let wiki = (WIKIS[place].0, WIKIS[place].1);
            let rules: Vec<&str> = filters.iter().map(|filter| filter.rule.as_str()).collect();
            let questions: Vec<Json> = waiting
                .iter()
                .map(|edit| {
                    json!({"rules": rules, "vars": edit.whole(wiki, &vocabulary), "limit": CONDITIONS_MAX, "cached": true})
                })
                .collect();
            let begun = Instant::now();
            let answers = oracle.ask_all(&questions);
            there += begun.elapsed();
            for ((edit, theirs), verdicts) in waiting.iter().zip(&answers).zip(&verdicts) {
                let theirs = theirs["results"].as_array().unwrap_or_else(|| panic!("{}: {theirs}", edit.name));
                for (caller, verdict) in callers.iter().zip(verdicts) {
                    let Some(verdict) = verdict else {
                        lost += 1;
                        continue;
                    };
                    differences.compare(&caller.label(), &edit.name, filters, theirs, verdict);
                }
            }
        }
        edits += waiting.len();
        waiting.clear();
        if edits % SAID_EVERY == 0 {
            let learned: Vec<&[u32]> = callers.iter().map(|callers| &callers[0].rounds[..]).collect();
            println!("{edits} edits, {} differences; rounds of those who learn: {learned:?}", differences.count());
        }
    };
    let mut waiting = Vec::new();
    edits::choose(&folder, edits_wanted, |edit| {
        waiting.push(edit);
        if waiting.len() == ASKED_AT_ONCE {
            judge(&mut waiting);
        }
    });
    judge(&mut waiting);
    process.stop().unwrap();
    println!("{edits} edits: the service and its caller took {here:.1?}, the reference {there:.1?}");
    let shares: Vec<(f64, Ahead)> = callers.iter().flatten().map(|wiki| (rounds(wiki), wiki.way)).collect();
    differences.report();
    // A debug build on a busy machine takes longer than the 150 ms that the default group allows.
    assert!(lost * LOST_ONE_IN <= edits, "{lost} verdicts came too late to be compared: is the machine busy?");
    // The first evaluations have nothing to learn from yet: of few edits they are too large a part.
    if edits >= 1_000 {
        let is_enough = |(share, way): &(f64, Ahead)| *way == Ahead::Nothing || *share >= ONE_ROUND_MIN;
        assert!(shares.iter().all(is_enough), "too many edits need a second round: {shares:?}");
    }
}

fn launch(folder: &Path) -> Launch {
    let config = folder.join("wikiward.toml");
    std::fs::write(&config, format!("[filters]\nsettings = {{ conditions_limit = {CONDITIONS_MAX} }}\n")).unwrap();
    let mut launch = Launch::new(Path::new(env!("CARGO_BIN_EXE_wikiward")), &folder.join("farm"), None).unwrap();
    launch.environment.push(("WIKIWARD_CONFIG".into(), config.display().to_string()));
    launch.start().unwrap().stop().unwrap();
    launch
}

/// The recorded filters of a file by number; all of them, or those that were enabled.
fn records(file: &Path, is_all: bool) -> Vec<Json> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut records: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    records.retain(|record| is_all || (record["enabled"] == true && record["deleted"] == false));
    records.sort_by_key(|record| record["id"].as_u64());
    records
}

/// Makes a wiki with these filters, all enabled. Those that are refused are said, with what the reference says of them.
fn import(launch: &Launch, name: &str, language: &str, records: &[Json], oracle: &mut Oracle) -> Vec<Filter> {
    let url = format!("https://{}.example/", name.replace('_', "-"));
    launch.say(&["wiki", "add", name, "--url", &url, "--language", language], &[], false).unwrap();
    let lines: Vec<String> = records
        .iter()
        .map(|record| {
            let mut filter = requests::from_record(record).unwrap();
            // Consequences are nothing without parameters, and not every record has them.
            for name in ["throttle", "tag"] {
                if record["action_parameters"].get(name).is_none() {
                    for part in ["/actions", "/data/actions"] {
                        filter.pointer_mut(part).and_then(Json::as_object_mut).map(|actions| actions.remove(name));
                    }
                }
            }
            filter["data"]["enabled"] = json!(true);
            filter["data"]["deleted"] = json!(false);
            filter["data"]["group"] = json!("default");
            filter.to_string()
        })
        .collect();
    let arguments = ["filter", "import", name, "-", "--keep-enabled", "--json"];
    let (said, complaint) = launch.say(&arguments, lines.join("\n").as_bytes(), true).unwrap();
    let items: Vec<Json> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(items.len(), records.len(), "{complaint}");
    let mut filters = Vec::new();
    for (record, item) in records.iter().zip(&items) {
        let (rule, number) = (record["rule"].as_str().unwrap(), &record["id"]);
        if item["status"] == "imported" {
            assert_eq!(item["filter"]["state"], "enabled", "{item}");
            let gid = item["filter"]["id"].as_str().unwrap().to_owned();
            filters.push(Filter { name: format!("{name}/{number}"), gid, rule: rule.to_owned() });
            continue;
        }
        let question = |known: &[&str]| json!({"rule": rule, "mode": "check", "known": known, "vars": {}});
        let answers = oracle.ask_all(&[question(&[]), question(&ANNOUNCED)]);
        let codes: Vec<&Json> = item["errors"].as_array().unwrap().iter().map(|error| &error["code"]).collect();
        println!(
            "{name}/{number} is refused here with {codes:?}; the reference says {} {}",
            answers[0]["error"], answers[0]["params"]
        );
        assert_eq!(answers[0]["ok"], false, "{name}/{number} is refused here and not there: {item}");
        if answers[1]["ok"] == true {
            println!("    it reads variables of another extension, which has to register a group of its own for them");
        }
    }
    println!("{name}: {} of {} filters judge", filters.len(), records.len());
    filters
}

/// Prints how many requests a wiki's evaluations took; gives the share of those that took one.
fn rounds(wiki: &Wiki) -> f64 {
    let all = f64::from(wiki.rounds.iter().sum::<u32>());
    let percent: Vec<String> =
        wiki.rounds.iter().map(|rounds| format!("{:.1} %", f64::from(*rounds) / all * 100.0)).collect();
    println!(
        "{}: in one, two, three, four rounds: {}; {} values sent ahead; asked for: {:?}; out of time {} times",
        wiki.label(),
        percent.join(", "),
        wiki.sent_ahead,
        wiki.asked,
        wiki.late
    );
    f64::from(wiki.rounds[0]) / all
}
