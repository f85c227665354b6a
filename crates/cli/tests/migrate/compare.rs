//! AbuseFilter's log beside trials of the same actions.

use super::house::House;
use serde_json::{Value, json};
use std::fs;
use wikiward_testkit::service::Client;

/// Tables of a wiki with two filters, and three rows of the log, at times that are put in.
const TABLES: &str = r"CREATE TABLE abuse_filter (af_id int, af_pattern blob, af_user int, af_user_text blob, af_timestamp blob,
  af_enabled int, af_comments blob, af_public_comments blob, af_hidden int, af_hit_count int, af_throttled int, af_deleted int,
  af_actions blob, af_global int, af_group blob);
INSERT INTO abuse_filter VALUES
(1,'page_id == 12',5,'Ed','20260101000000',1,'','One',0,0,0,0,'',0,'default'),
(2,'page_id == 13',5,'Ed','20260101000000',1,'','Two',0,0,0,0,'',0,'default');
CREATE TABLE abuse_filter_action (afa_filter int, afa_consequence blob, afa_parameters blob);
CREATE TABLE abuse_filter_history (afh_id int, afh_filter int, afh_user int, afh_user_text blob, afh_timestamp blob, afh_pattern blob,
  afh_comments blob, afh_flags blob, afh_public_comments blob, afh_actions blob, afh_changed_fields blob, afh_group blob);
CREATE TABLE abuse_filter_log (afl_id int, afl_global int, afl_filter_id int, afl_user int, afl_user_text blob, afl_ip blob,
  afl_action blob, afl_actions blob, afl_var_dump blob, afl_timestamp blob, afl_namespace int, afl_title blob, afl_wiki blob,
  afl_deleted int, afl_rev_id int);
INSERT INTO abuse_filter_log VALUES
(1,0,1,7,'Example','','edit','','','20200101000000',0,'Long_ago',NULL,0,NULL),
(2,0,1,7,'Example','','edit','','','@WHEN',0,'Foo_bar',NULL,0,NULL),
(3,0,2,7,'Example','','edit','','','@WHEN',0,'Foo_bar',NULL,0,NULL);
";

fn trial(client: &mut Client, id: &str, title: &str, at: &str) {
    let body = json!({
        "wiki": "enwiki", "group": "default", "action": {"id": id, "kind": "edit", "at": at}, "mode": "test",
        "actor": {"id": 7, "name": "Example", "type": "named"}, "target": {"ns": 0, "title": title, "page_id": 12},
        "vars": {"action": "edit", "page_id": 12}, "lazy": [],
    });
    // A token that was just made reaches the service a moment later.
    for _ in 0..100 {
        let answer = client.call("POST", "/v1/evaluate", "application/json", body.to_string().as_bytes()).unwrap();
        match answer.status {
            200 => return,
            401 => std::thread::sleep(std::time::Duration::from_millis(100)),
            _ => panic!("{}", String::from_utf8_lossy(&answer.body)),
        }
    }
    panic!("the service does not know its token");
}

#[test]
fn two_programs_beside_each_other_are_compared_match_by_match() {
    let house = House::new(&["enwiki"]);
    // Times of the past minute, as AbuseFilter and as wikis write them.
    let digits = |command: &str| {
        let output = std::process::Command::new("date").args(["-u", "-d", "-30 seconds", command]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let (stamp, at) = (digits("+%Y%m%d%H%M%S"), digits("+%Y-%m-%dT%H:%M:%SZ"));
    let dump = house.folder.path().join("tables.sql");
    fs::write(&dump, TABLES.replace("@WHEN", &stamp)).unwrap();
    let from = dump.to_str().unwrap();
    house.bring(from, "enwiki", &[]);
    house.good(&["wiki", "set", "enwiki", "--setting", "parallel_run=true"]);
    let token = house.good(&["token", "create", "*", "--label", "t", "--scope", "evaluate"]);
    let mut client = house.client(token.trim());
    // The setting reaches the service a moment later.
    let arguments = ["migrate", "compare", "--from", from, "--wiki", "enwiki", "--since", "1h", "--json"];
    let mut found = Value::Null;
    for round in 0..100 {
        trial(&mut client, &format!("wait{round}"), "Waiting", &at);
        std::thread::sleep(std::time::Duration::from_millis(200));
        found = serde_json::from_str(&house.run(&arguments).out).unwrap();
        if found["here"] != json!(0) {
            break;
        }
    }
    let waited = found["here"].as_u64().unwrap();
    assert!(waited > 0, "{found}");
    trial(&mut client, "same", "Foo bar", &at);
    for _ in 0..100 {
        std::thread::sleep(std::time::Duration::from_millis(200));
        found = serde_json::from_str(&house.run(&arguments).out).unwrap();
        if found["all"]["both"] == json!(1) {
            break;
        }
    }
    let here = found["all"]["only_here"].clone();
    assert_eq!(
        (&found["there"], &found["all"]),
        (&json!(2), &json!({"both": 1, "only_there": 1, "only_here": here, "held_back": 0}))
    );
    assert_eq!(found["filters"]["2"], json!({"both": 0, "only_there": 1, "only_here": 0, "held_back": 0}));
    assert_eq!((&found["only_there"][0]["name"], &found["only_there"][0]["filter"]), (&json!("3"), &json!("2")));
    assert_eq!(found["only_here"][0]["title"], "Waiting");

    let text = house.run(&["migrate", "compare", "--from", from, "--wiki", "enwiki", "--since", "1h"]);
    assert!(text.code == Some(1) && text.out.contains("only AbuseFilter: filter 2, "), "{text:?}");
    let wrong = house.run(&["migrate", "compare", "--from", from, "--wiki", "enwiki", "--since", "yesterday"]);
    assert!(wrong.code == Some(2) && wrong.err.contains("`yesterday` is no moment"), "{wrong:?}");
    let nowhere = house.run(&["migrate", "compare", "--from", from, "--wiki", "nowiki", "--since", "1h"]);
    assert!(nowhere.code == Some(2) && nowhere.err.contains("there is no wiki `nowiki` here"), "{nowhere:?}");
}
