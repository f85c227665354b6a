//! Groups, and automatic promotion.

use crate::house::{House, rows, table, text};
use serde_json::{Value, json};
use wikiward_testkit::mediawiki::is_here;

const PEOPLE: [&str; 6] = ["Lea", "Max", "Nora", "Otto", "Paul", "Rita"];

/// The filters that take groups away, two people each.
const FILTERS: [&str; 3] = ["4", "5", "6"];

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
    let act =
        |place: usize, user: &str| json!({"id": user, "user": user, "summary": format!("grab {}", FILTERS[place / 2])});
    let mut actions: Vec<Value> = PEOPLE.iter().enumerate().map(|(place, user)| act(place, user)).collect();
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

    let jobs = FILTERS.map(|filter| house.prepare(filter, &["degroup", "blockautopromote"]));
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
    assert_eq!(rows(&jobs), prepared);
    // Somebody ends Nora's hold while the job is looked at; the third job is not confirmed.
    house.good(&["promotion", "restore", "enwiki", "Nora", "--reason", "a false positive"]);
    for (filter, job) in FILTERS.iter().zip(&jobs[..2]) {
        assert_eq!(house.confirm(filter, job, None)["state"], "running");
    }

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
        is("Paul", "blockautopromote", "open", ""),
        is("Paul", "degroup", "skipped", "not_reported"),
        is("Rita", "blockautopromote", "open", ""),
        is("Rita", "degroup", "open", ""),
    ]);
    let shown: Vec<Value> = FILTERS.iter().zip(&jobs).map(|(filter, job)| house.show(filter, job)).collect();
    assert_eq!(rows(&shown), ended);
    let states: Vec<String> = shown.iter().map(|job| text(job, "state")).collect();
    assert_eq!(states, ["done", "done", "prepared"]);
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
    for (filter, user) in [("4", "Max"), ("6", "Rita")] {
        let again = house.prepare(filter, &["degroup", "blockautopromote"]);
        house.confirm(filter, &again, Some(&[user]));
    }
    let mut done = house.undo(&["--now", "2028-01-01T00:00:00Z"]);
    done.sort();
    let is = |user: &str, cause: &str| (user.to_owned(), "nothing_to_do".to_owned(), cause.to_owned());
    assert_eq!(done, [is("Max", "groups_changed"), is("Rita", "ended")]);
    let after = standing(&house);
    assert_eq!(after[..5], now[..5]);
    assert_eq!(after[5], ("Rita".into(), json!({}), true), "her promotion goes on");
}
