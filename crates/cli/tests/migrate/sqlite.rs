//! A wiki on SQLite: 200 filters with their history, 10,000 rows of the log.

use super::house::{House, check};
use super::rows::compare;
use serde_json::json;
use std::thread::sleep;
use std::time::Duration;
use wikiward_testkit::mediawiki::{Wiki, is_here};

#[test]
fn a_wiki_on_sqlite_comes_over_whole_however_often_it_is_interrupted() {
    if !is_here() {
        return;
    }
    let house = House::new(&["enwiki"]);
    let wiki = Wiki::new(&house.folder.path().join("wiki"), &[]);
    let counts = wiki.fill(&["--filters=200", "--hits=10000"]);
    assert_eq!((&counts["abuse_filter"], &counts["abuse_filter_log"]), (&json!(200), &json!(10_000)));

    let dry = house.bring(&wiki.sqlite(), "enwiki", &["--dry-run", "--central"]);
    check(&dry, &counts, true);
    assert_eq!(dry["here_before"], json!({"filters": 0, "versions": 0, "hits": 0}));
    assert_eq!(house.good(&["filter", "list", "enwiki"]), "There is no such filter.\n", "nothing is written");

    let arguments = ["migrate", "abusefilter", "--from", &wiki.sqlite(), "--wiki", "enwiki", "--central"];
    let mut interrupted = 0;
    for wait in [200, 500, 900, 1400] {
        let mut child = house.spawn(&arguments);
        sleep(Duration::from_millis(wait));
        interrupted += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(interrupted > 0);
    let report = house.bring(&wiki.sqlite(), "enwiki", &["--central"]);
    for (table, rows) in counts.as_object().unwrap() {
        let it = &report["tables"][table];
        let sum = it["before"].as_u64().unwrap() + it["now"].as_u64().unwrap();
        assert_eq!((json!(sum), &it["refused"]), (rows.clone(), &json!(0)), "{table}: {report}");
    }
    let here = json!({"filters": 200, "versions": counts["abuse_filter_history"], "hits": 10_000});
    assert_eq!(report["here_after"], here);
    assert_eq!(dry["here_after"], here, "what the dry run said");

    let again = house.bring(&wiki.sqlite(), "enwiki", &["--central"]);
    check(&again, &counts, false);
    assert_eq!((&again["here_before"], &again["here_after"]), (&here, &here));
    compare(&wiki, &house, "enwiki", true);

    // AbuseFilter went on working: what came since is brought over, and nothing else.
    let counts = wiki.fill(&["--more"]);
    let more = house.bring(&wiki.sqlite(), "enwiki", &["--central"]);
    let tables = &more["tables"];
    assert_eq!((&tables["abuse_filter_log"]["now"], &tables["abuse_filter_history"]["now"]), (&json!(100), &json!(2)));
    check(&house.bring(&wiki.sqlite(), "enwiki", &["--central"]), &counts, false);
    compare(&wiki, &house, "enwiki", true);

    // New filters here go on after those of AbuseFilter.
    let exported = house.good(&["filter", "export", "enwiki", "3"]);
    let file = house.folder.path().join("one.jsonl");
    std::fs::write(&file, exported).unwrap();
    let imported = house.good(&["filter", "import", "enwiki", file.to_str().unwrap()]);
    assert!(imported.contains("imported as filter 201, disabled"), "{imported}");
    // What was changed here is left alone.
    std::fs::write(&file, house.good(&["filter", "show", "enwiki", "3", "--json"])).unwrap();
    house.good(&["filter", "save", "enwiki", file.to_str().unwrap(), "--name", "Changed here"]);
    wiki.fill(&["--more"]);
    let left = house.run(&[&arguments[..], &["--json"]].concat());
    assert!(left.code == Some(1) && left.out.contains("\"changed_here\":1"), "{left:?}");
    let shown = house.good(&["filter", "show", "enwiki", "3"]);
    assert!(shown.contains("Changed here"), "{shown}");
}
