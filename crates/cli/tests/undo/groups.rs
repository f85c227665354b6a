//! Groups, and automatic promotion.

use crate::house::{House, rows, table, text};
use serde_json::{Value, json};
use wikiward_testkit::mediawiki::is_here;

const PEOPLE: [&str; 6] = ["Lea", "Max", "Nora", "Otto", "Paul", "Rita"];

/// Everybody's groups, with their ends, and whether MediaWiki promotes them.
fn standing(house: &House) -> Vec<(String, Value, bool)> {
    let told = house.tell(&PEOPLE);
    told.iter().map(|it| (text(it, "user"), it["groups"].clone(), it["promoted"] == json!(["promoted"]))).collect()
}

#[test]
fn exactly_the_groups_that_are_still_missing_come_back_and_promotion_goes_on() {
    if !is_here() {
        return;
    }
    let house = House::new();
    let make = |user: &str, groups: Value| json!({"do": "make", "user": user, "groups": groups});
    let (soon, late) = ("2027-06-01T00:00:00Z", "2040-01-01T00:00:00Z");
    house.people(&[
        make("Lea", json!({"editor": null, "uploader": late, "organizer": null})),
        make("Max", json!({"editor": null, "uploader": null})),
        make("Nora", json!({"editor": null, "uploader": null})),
        make("Otto", json!({"editor": null, "uploader": soon})),
        make("Paul", json!({"editor": null})),
        make("Rita", json!({"uploader": soon})),
    ]);
    let before = standing(&house);
    assert!(before.iter().all(|(_, _, is_promoted)| *is_promoted));
    let mut actions = PEOPLE.map(|user| json!({"id": user, "user": user, "summary": "grab"}));
    // The wiki dies before it reports what it took from Paul.
    actions[4]["silent"] = json!(true);
    house.act(&actions);
    let taken = standing(&house);
    assert!(taken.iter().all(|(_, groups, is_promoted)| *groups == json!({}) && !is_promoted), "{taken:?}");
    house.people(&[
        json!({"do": "groups", "user": "Max", "add": ["organizer"]}),
        json!({"do": "give", "user": "Nora", "group": "editor"}),
    ]);
    house.good(&["promotion", "restore", "enwiki", "Max", "--reason", "a false positive"]);

    let job = house.prepare("2", &["degroup", "blockautopromote"]);
    let is = |user, consequence, state, cause| (user, consequence, state, cause);
    let prepared = table(&[
        is("Lea", "blockautopromote", "open", ""),
        is("Lea", "degroup", "open", ""),
        is("Max", "blockautopromote", "skipped", "ended"),
        is("Max", "degroup", "open", ""),
        is("Nora", "blockautopromote", "open", ""),
        is("Nora", "degroup", "open", ""),
        is("Otto", "blockautopromote", "open", ""),
        is("Otto", "degroup", "open", ""),
        is("Paul", "blockautopromote", "open", ""),
        is("Paul", "degroup", "skipped", "not_reported"),
        is("Rita", "blockautopromote", "open", ""),
        is("Rita", "degroup", "open", ""),
    ]);
    assert_eq!(rows(&job), prepared);
    // Somebody ends Nora's hold while the job is looked at; Rita's is left as it is, and so are Paul's rows.
    house.good(&["promotion", "restore", "enwiki", "Nora", "--reason", "a false positive"]);
    let run = house.confirm("2", &job, Some(&["Lea", "Max", "Nora", "Otto"]));
    assert_eq!(run["state"], "running");

    assert_eq!(house.die("inside:2"), 1);
    assert_eq!(house.die("after:1"), 0);
    // By now, what Otto had for a time has ended.
    house.undo(&["--now", "2028-01-01T00:00:00Z"]);
    let ended = table(&[
        is("Lea", "blockautopromote", "reverted", ""),
        is("Lea", "degroup", "reverted", ""),
        is("Max", "blockautopromote", "skipped", "ended"),
        is("Max", "degroup", "nothing_to_do", "groups_changed"),
        is("Nora", "blockautopromote", "nothing_to_do", "ended"),
        is("Nora", "degroup", "reverted", ""),
        is("Otto", "blockautopromote", "reverted", ""),
        is("Otto", "degroup", "reverted", ""),
        is("Paul", "blockautopromote", "left", ""),
        is("Paul", "degroup", "skipped", "not_reported"),
        is("Rita", "blockautopromote", "left", ""),
        is("Rita", "degroup", "left", ""),
    ]);
    let shown = house.show("2", &job);
    assert_eq!((rows(&shown), &shown["state"]), (ended, &json!("done")));
    let now = standing(&house);
    let is = |user: &str, groups: Value, is_promoted| (user.to_owned(), groups, is_promoted);
    let wanted = [
        is("Lea", json!({"editor": null, "uploader": late, "organizer": null}), true),
        is("Max", json!({"organizer": null}), true),
        is("Nora", json!({"editor": null, "uploader": null}), true),
        is("Otto", json!({"editor": null}), true),
        is("Paul", json!({}), false),
        is("Rita", json!({}), false),
    ];
    assert_eq!(now, wanted);
    for told in house.tell(&PEOPLE) {
        let log = told["rights_logged"].as_array().unwrap();
        let ours = log.iter().filter(|it| it["by"] == "Wikiward").count();
        let is_undone = ["Lea", "Nora", "Otto"].contains(&&*text(&told, "user"));
        assert_eq!(ours, if is_undone { 2 } else { 1 }, "taken once, given back once: {told}");
    }

    assert!(house.undo(&[]).is_empty());
    // Of what is left, a group that was given for a time that is over does not come back.
    let again = house.prepare("2", &["degroup", "blockautopromote"]);
    house.confirm("2", &again, Some(&["Max", "Rita"]));
    let mut done = house.undo(&["--now", "2028-01-01T00:00:00Z"]);
    done.sort();
    let is = |user: &str, cause: &str| (user.to_owned(), "nothing_to_do".to_owned(), cause.to_owned());
    assert_eq!(done, [is("Max", "groups_changed"), is("Rita", "ended")]);
    let after = standing(&house);
    assert_eq!(after[..5], now[..5]);
    assert_eq!(after[5], ("Rita".into(), json!({}), true), "her promotion goes on");
}
