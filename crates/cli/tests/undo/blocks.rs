//! Blocks.

use crate::house::{House, rows, table, text};
use serde_json::{Value, json};
use std::fs;
use std::slice::from_ref;
use wikiward_testkit::mediawiki::is_here;

/// Everybody whom the filter blocks, by the names that they end with.
const BLOCKED: [&str; 10] = ["Anna", "Ben", "Cleo", "Dora", "Emil", "Friedrich", "Gina", "Hans", "Ida", "192.0.2.7"];

fn edit(id: &str, user: &str, summary: &str) -> Value {
    json!({"id": id, "user": user, "summary": summary})
}

/// Makes people, has filter 1 block all of them, and others change some of it.
fn blocked() -> House {
    let house = House::new();
    let names = ["Anna", "Ben", "Cleo", "Dora", "Emil", "Fritz", "Gina", "Hans", "Ida"];
    house.people(&names.map(|name| json!({"do": "make", "user": name})));
    let mut actions: Vec<Value> =
        names.iter().chain(&["192.0.2.7"]).map(|name| edit(&format!("1-{name}"), name, "spam")).collect();
    // The wiki dies after it has blocked Emil.
    actions[4]["silent"] = json!(true);
    // On their own talk pages they can go on; what is blocked is not blocked again.
    actions.push(edit("2-Hans", "Hans", "more spam"));
    actions.push(edit("2-Ida", "Ida", "other things"));
    let done = house.act(&actions);
    for (done, action) in done.iter().zip(&actions) {
        let is_first = text(action, "id").starts_with("1-");
        let executed = &done["executed"][0];
        let wanted = (&json!("refuse"), &json!("block"), &json!(is_first));
        assert_eq!((&done["decision"], &executed["type"], &executed["ok"]), wanted, "{done}");
    }
    house.people(&[
        json!({"do": "block", "user": "Ben", "expiry": "2 years"}),
        json!({"do": "unblock", "user": "Cleo"}),
        json!({"do": "unblock", "user": "Dora"}),
        json!({"do": "block", "user": "Dora", "expiry": "2 years"}),
        json!({"do": "rename", "user": "Fritz", "to": "Friedrich"}),
    ]);
    house
}

/// Who is blocked by whom.
fn blocks(told: &[Value]) -> Vec<(String, String)> {
    let blocked = told.iter().filter(|it| !it["block"].is_null());
    blocked.map(|it| (text(it, "user"), text(&it["block"], "by"))).collect()
}

#[test]
fn blocks_that_are_still_the_filters_are_undone_once_however_often_the_wiki_dies() {
    if !is_here() {
        return;
    }
    let house = blocked();
    fs::write(house.wiki.folder.join("kept"), "").unwrap();
    let told = house.tell(&BLOCKED);
    assert_eq!(blocks(&told).len(), 9, "{told:?}");

    let job = house.prepare("1", &["block"]);
    let mut open: Vec<_> =
        BLOCKED.map(|name| (if name == "Friedrich" { "Fritz" } else { name }, "block", "open", "")).to_vec();
    open.push(("Hans", "block", "skipped", "not_executed"));
    open.sort_unstable();
    assert_eq!(rows(from_ref(&job)), table(&open));
    assert!(house.undo(&[]).is_empty(), "nothing happens before it is confirmed");
    house.confirm("1", &job, None);

    // Killed inside of what it does, nothing of that is done; killed after it, it is done once.
    assert_eq!(house.die("inside:3"), 2);
    let there = blocks(&house.tell(&BLOCKED)).len();
    assert_eq!(house.die("after:2"), 1);
    let done = house.undo(&["--at-once", "3"]);
    assert_eq!(done.len(), 7, "{there}: {done:?}");
    let is = |user, state, cause| (user, "block", state, cause);
    let ended = table(&[
        is("192.0.2.7", "reverted", ""),
        is("Anna", "reverted", ""),
        is("Ben", "nothing_to_do", "changed_since"),
        is("Cleo", "nothing_to_do", "not_blocked"),
        is("Dora", "nothing_to_do", "changed_since"),
        is("Emil", "reverted", ""),
        is("Fritz", "reverted", ""),
        is("Gina", "failed", "refused"),
        is("Hans", "reverted", ""),
        is("Hans", "skipped", "not_executed"),
        is("Ida", "reverted", ""),
    ]);
    let shown = house.show("1", &job);
    assert_eq!((rows(from_ref(&shown)), &shown["state"]), (ended, &json!("done")));
    let told = house.tell(&BLOCKED);
    let left = [("Ben", "Admin"), ("Dora", "Admin"), ("Gina", "Wikiward")].map(|(user, by)| (user.into(), by.into()));
    assert_eq!(blocks(&told), left);
    for told in &told {
        let log = told["blocks_logged"].as_array().unwrap();
        let ours: Vec<&Value> = log.iter().filter(|it| it["by"] == "Wikiward" && it["action"] == "unblock").collect();
        let is_undone = !["Ben", "Cleo", "Dora", "Gina"].contains(&&*text(told, "user"));
        assert_eq!(ours.len(), usize::from(is_undone), "{told}");
        assert!(ours.iter().all(|it| text(it, "comment").starts_with("the rule was wrong (")), "{told}");
    }

    // Nothing more comes of it.
    assert!(house.undo(&[]).is_empty());
    assert_eq!(house.tell(&BLOCKED), told);
    // Another job about the same leaves alone what was undone, and says the same of the rest; what failed can be tried again.
    fs::remove_file(house.wiki.folder.join("kept")).unwrap();
    let again = house.prepare("1", &["block"]);
    let skipped = rows(from_ref(&again)).into_iter().filter(|row| row[3] == "already_reverted").count();
    assert_eq!(skipped, 6, "{again}");
    house.confirm("1", &again, None);
    let mut done = house.undo(&[]);
    done.sort();
    let is = |user: &str, state: &str, cause: &str| (user.to_owned(), state.to_owned(), cause.to_owned());
    let wanted = [
        is("Ben", "nothing_to_do", "changed_since"),
        is("Cleo", "nothing_to_do", "not_blocked"),
        is("Dora", "nothing_to_do", "changed_since"),
        is("Gina", "reverted", ""),
    ];
    assert_eq!(done, wanted);
    let but_gina = |told: Vec<Value>| told.into_iter().filter(|it| it["user"] != "Gina").collect::<Vec<_>>();
    let now = house.tell(&BLOCKED);
    assert_eq!(blocks(&now).len(), 2);
    assert_eq!(but_gina(now), but_gina(told));
}

#[test]
fn a_block_is_undone_though_every_report_of_it_was_lost() {
    if !is_here() {
        return;
    }
    let house = House::new();
    house.people(&[json!({"do": "make", "user": "Anna"})]);
    // Who is blocked already is not blocked again: the second hit comes to nothing.
    let lost = |id: &str| json!({"id": id, "user": "Anna", "summary": "spam", "silent": true});
    let done = house.act(&[lost("1"), lost("2")]);
    assert_eq!([&done[0]["executed"][0]["ok"], &done[1]["executed"][0]["ok"]], [&json!(true), &json!(false)]);
    let job = house.prepare("1", &["block"]);
    assert_eq!(rows(from_ref(&job)), table(&[("Anna", "block", "open", ""), ("Anna", "block", "open", "")]));
    house.confirm("1", &job, None);
    let mut done: Vec<String> = house.undo(&[]).into_iter().map(|(_, result, _)| result).collect();
    done.sort();
    assert_eq!(done, ["nothing_to_do", "reverted"]);
    assert!(blocks(&house.tell(&["Anna"])).is_empty());
}

#[test]
fn an_address_that_wanted_an_account_is_unblocked_without_being_named() {
    if !is_here() {
        return;
    }
    let house = House::new();
    let create = |id: &str, address: &str, account: &str| json!({"id": id, "kind": "createaccount", "user": address, "account": account, "address": address});
    house.act(&[create("1", "192.0.2.8", "Kurt"), create("2", "192.0.2.9", "Lena")]);
    assert_eq!(blocks(&house.tell(&["192.0.2.8", "192.0.2.9", "Kurt"])).len(), 2);
    // By hand, somebody else is let in, and blocked anew.
    house.people(&[
        json!({"do": "unblock", "user": "192.0.2.9"}),
        json!({"do": "block", "user": "192.0.2.9", "expiry": "1 week"}),
    ]);
    let job = house.prepare("2", &["block"]);
    assert_eq!(rows(from_ref(&job)), table(&[("Kurt", "block", "open", ""), ("Lena", "block", "open", "")]));
    let confirmed = house.confirm("2", &job, None);
    house.undo(&[]);
    let shown = house.show("2", &job);
    let wanted = [("Kurt", "block", "reverted", ""), ("Lena", "block", "nothing_to_do", "changed_since")];
    assert_eq!(rows(from_ref(&shown)), table(&wanted));
    assert_eq!(blocks(&house.tell(&["192.0.2.8", "192.0.2.9"])), [("192.0.2.9".into(), "Admin".into())]);
    for said in [job, confirmed, shown] {
        assert!(!said.to_string().contains("192.0.2."), "{said}");
    }
}
