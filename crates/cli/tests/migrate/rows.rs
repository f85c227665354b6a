//! Comparing row by row what AbuseFilter says with what is here.

use super::house::House;
use serde_json::{Value, json};
use std::collections::HashMap;
use wikiward_testkit::mediawiki::Wiki;

/// Compares everything that AbuseFilter says of `there` with what the house has of `wiki`. Farm-wide filters are looked for
/// in the farm if it is the central wiki.
pub(crate) fn compare(there: &Wiki, house: &House, wiki: &str, is_central: bool) {
    let said = there.php("rows.php", &["--every=100"]);
    let hits = house.lines(&["hit", "list", wiki, "--limit", "0", "--json"]);
    let hits: HashMap<i64, &Value> = hits.iter().map(|hit| (hit["legacy_id"].as_i64().unwrap(), hit)).collect();
    let (mut filters, mut versions, mut seen) = (0, 0, 0);
    let mut known: HashMap<String, Value> = HashMap::new();
    let owner = |is_global: &Value| if is_central && *is_global == json!(true) { "*" } else { wiki };
    for line in said.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        if let Some(row) = row.get("filter") {
            filters += 1;
            filter(house, owner(&row["global"]), row, &mut known);
        } else if let Some(row) = row.get("version") {
            versions += 1;
            // A command for each takes its time.
            if row["filter"].as_i64().unwrap() % 20 == 3 || row["filter"].as_i64().unwrap() == 17 {
                version(house, owner(&row["global"]), row);
            }
        } else {
            seen += 1;
            hit(house, hits[&row["hit"]["id"].as_i64().unwrap()], &row["hit"]);
        }
    }
    assert_eq!(seen, hits.len());
    assert!(filters > 0 && versions > filters);
}

/// All exports of an owner at once, then the documents one by one.
fn filter(house: &House, owner: &str, row: &Value, known: &mut HashMap<String, Value>) {
    let id = row["id"].to_string();
    if !known.contains_key(owner) {
        let states = ["--state", "enabled", "--state", "disabled", "--state", "deleted", "--scope", "local"];
        let list = [&["filter", "list", owner, "--limit", "0", "--json"], &states[..]].concat();
        let exported = house.good(&list);
        let documents = exported.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let documents: serde_json::Map<String, Value> =
            documents.map(|it| (it["id"].as_str().unwrap().trim_start_matches("global-").to_owned(), it)).collect();
        known.insert(owner.to_owned(), Value::Object(documents));
    }
    let here = &known[owner][&id];
    let at = here["edited_at"].as_str().unwrap_or_default().replace(".000Z", "Z");
    assert_eq!(
        (&here["hits"], &here["edited_by"]["name"], &json!(at)),
        (&row["hits"], &row["by"], &row["at"]),
        "filter {id}: {here}"
    );
    assert_eq!(
        here["brake"]["latched"].as_array().is_some_and(|it| !it.is_empty()),
        row["throttled"] == json!(true),
        "{here}"
    );
    let there: Value = serde_json::from_str(row["export"].as_str().unwrap()).unwrap();
    for (ours, theirs) in [("rules", "rules"), ("name", "name"), ("notes", "comments"), ("group", "group")] {
        assert_eq!(here[ours], there["data"][theirs], "filter {id}");
    }
    if row["id"].as_i64().unwrap() % 10 == 3 {
        let exported = house.good(&["filter", "export", owner, &id, "--older"]);
        assert_eq!(exported.trim_end(), row["export"].as_str().unwrap().trim_end());
    }
}

fn version(house: &House, owner: &str, row: &Value) {
    let (id, number) = (row["filter"].to_string(), row["version"].to_string());
    let shown = house.good(&["filter", "show", owner, &id, "--version", &number, "--json"]);
    let here: Value = serde_json::from_str(&shown).unwrap();
    let at = here["edited_at"].as_str().unwrap_or_default().replace(".000Z", "Z");
    assert_eq!(
        (&here["rules"], &here["name"], &here["notes"], &here["edited_by"]["name"], &json!(at)),
        (&row["rules"], &row["name"], &row["notes"], &row["by"], &row["at"]),
        "{id} {number}: {here}"
    );
    let state = match (&row["deleted"], &row["enabled"]) {
        (Value::Bool(true), _) => "deleted",
        (_, Value::Bool(true)) => "enabled",
        _ => "disabled",
    };
    assert_eq!((&here["state"], &here["privacy"]["hidden"]), (&json!(state), &row["hidden"]), "{id} {number}");
    let mut actions = row["actions"].clone();
    // AbuseFilter's history lacks the number that its table has.
    if let Some(first) = actions.get_mut("throttle").and_then(|throttle| throttle.get_mut(0)) {
        *first = json!(id);
    }
    assert_eq!(here["actions"], actions, "{id} {number}");
}

fn hit(house: &House, here: &Value, row: &Value) {
    let at = here["at"].as_str().unwrap_or_default().replace(".000Z", "Z");
    let filter = here["filter"].as_str().unwrap().trim_start_matches("global-").parse::<i64>().unwrap();
    let ours = json!({
        "id": here["legacy_id"], "filter": filter, "user": here["actor"]["name"],
        "number": here["actor"]["id"].as_i64().unwrap_or_default(), "kind": here["kind"], "taken": here["taken"], "at": at,
        "ns": here["target"]["ns"], "title": here["target"]["title"], "rev": here["rev_id"], "hidden": here["hidden"],
    });
    let mut theirs = row.clone();
    let variables = theirs.as_object_mut().unwrap().remove("variables");
    assert_eq!(ours, theirs);
    if let Some(variables) = variables {
        let shown =
            house.good(&["hit", "show", here["wiki"].as_str().unwrap(), here["id"].as_str().unwrap(), "--json"]);
        let shown: Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(shown["variables"], variables, "hit {}", row["id"]);
    }
}
