//! Lists, versions, history and differences.

use crate::house::{House, admin, everybody, filter, with};
use axum::http::Method;
use serde_json::{Value, json};
use wikiward_farm::Right;

const LIST: &str = "/v1/wikis/enwiki/filters";

fn names(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
}

/// Names of all filters on all pages.
async fn all(house: &House, query: &str, limit: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = house.get(&admin(), &format!("{LIST}?limit={limit}{query}{cursor}")).await.expect(200).json();
        found.extend(names(&page));
        match page["next"].as_str() {
            Some(next) => {
                assert_eq!(page["items"].as_array().unwrap().len(), limit, "pages are full");
                cursor = format!("&cursor={next}");
            }
            None => return found,
        }
    }
}

async fn furnished() -> House {
    let house = House::new().await;
    house.made(json!({"name": "beta", "state": "enabled", "actions": {"tag": ["x"]}, "rules": "page_id == 1"})).await;
    house.made(json!({"name": "Alpha", "privacy": {"hidden": true}, "rules": "summary == 'Spam'"})).await;
    house.made(json!({"name": "Ära", "group": "newsletter", "rules": "newsletter_reach == 'farm'"})).await;
    house.made(json!({"name": "gone"})).await;
    house
        .put(&admin(), &format!("{LIST}/4"), 1, &filter(json!({"name": "gone", "state": "deleted"})))
        .await
        .expect(200);
    for (name, include) in [("global", json!([])), ("large only", json!(["set:large"]))] {
        let document = filter(json!({"name": name, "scope": {"include": include}, "rules": "page_id == 99"}));
        house.post(&admin(), "/v1/farm/filters", &document).await.expect(201);
    }
    house
}

#[tokio::test]
async fn a_list_is_narrowed_and_sorted() {
    let house = furnished().await;
    for (query, expected) in [
        ("", vec!["beta", "Alpha", "Ära"]),
        ("&sort=name", vec!["Alpha", "beta", "Ära"]),
        ("&sort=name&dir=desc", vec!["Ära", "beta", "Alpha"]),
        ("&sort=edited&dir=desc", vec!["Ära", "Alpha", "beta"]),
        ("&sort=hits", vec!["beta", "Alpha", "Ära"]),
        ("&state=deleted", vec!["gone"]),
        ("&state=deleted&state=enabled", vec!["beta", "gone"]),
        ("&group=newsletter", vec!["Ära"]),
        ("&privacy=hidden", vec!["Alpha"]),
        ("&privacy=public", vec!["beta", "Ära"]),
        ("&consequence=tag", vec!["beta"]),
        ("&q=Spam", vec!["Alpha"]),
        ("&q=spam", vec![]),
        ("&q=%25", vec![]),
        ("&q=spam&q_mode=regex_i", vec!["Alpha"]),
        ("&q=%5Bpn%5D%5Cw%2B_%28id%7Creach%29&q_mode=regex", vec!["beta", "Ära"]),
        ("&scope=farm", vec!["global"]),
        ("&scope=all", vec!["global", "beta", "Alpha", "Ära"]),
        ("&scope=all&sort=name", vec!["Alpha", "beta", "global", "Ära"]),
    ] {
        for limit in [1, 2, 50] {
            assert_eq!(all(&house, query, limit).await, expected, "{query} {limit}");
        }
    }
    let of_german = house.get(&everybody(), "/v1/wikis/dewiki/filters?scope=all").await.expect(200).json();
    assert_eq!(names(&of_german), ["global", "large only"]);
    assert_eq!(of_german["items"][0]["id"], "global-1");
    assert_eq!(names(&house.get(&everybody(), "/v1/farm/filters").await.json()), ["global", "large only"]);
}

#[tokio::test]
async fn questions_that_make_no_sense_are_refused() {
    let house = furnished().await;
    for query in [
        "state=open",
        "privacy=secret",
        "sort=size",
        "dir=up",
        "scope=mars",
        "limit=0",
        "limit=501",
        "q_mode=regex",
        "q=(&q_mode=regex",
        "cursor=xyz",
    ] {
        assert_eq!(house.get(&admin(), &format!("{LIST}?{query}")).await.expect(400).code(), "bad_request", "{query}");
    }
    assert_eq!(house.get(&admin(), &format!("{LIST}?colour=red")).await.expect(400).code(), "unknown_field");
    assert_eq!(house.get(&everybody(), &format!("{LIST}?sort=hits")).await.expect(403).code(), "forbidden");
    assert_eq!(house.get(&admin(), "/v1/wikis/*/filters").await.expect(404).code(), "not_found");
    let page = house.get(&admin(), &format!("{LIST}?limit=1")).await.json();
    let cursor = page["next"].as_str().unwrap();
    assert_eq!(
        house.get(&admin(), &format!("{LIST}?limit=1&state=draft&cursor={cursor}")).await.expect(400).code(),
        "bad_request"
    );
}

#[tokio::test]
async fn history_tells_saves_and_what_else_happened_newest_first() {
    let house = furnished().await;
    let farm = "/v1/farm/filters/1";
    let document =
        filter(json!({"name": "global", "scope": {"include": []}, "rules": "page_id == 100", "reason": "sharper"}));
    house.put(&admin(), farm, 1, &document).await.expect(200);
    let optout = json!({"mode": "without", "consequences": ["block"], "reason": "not here"});
    let path = "/v1/wikis/enwiki/filters/global-1/optout";
    house.write(&admin(), Method::PUT, path, None, &optout).await.expect(200);
    house.write(&admin(), Method::PUT, path, None, &json!({"mode": "on"})).await.expect(200);
    let mut kinds = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = house.get(&everybody(), &format!("{farm}/history?limit=1{cursor}")).await.expect(200).json();
        kinds.push(page["items"][0]["kind"].as_str().unwrap().to_owned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(kinds, ["optout.clear", "optout.set", "save", "save"]);
    let items = house.get(&everybody(), &format!("{farm}/history")).await.json()["items"].clone();
    assert_eq!((&items[2]["reason"], &items[2]["changed_fields"]), (&json!("sharper"), &json!(["rules"])));
    assert_eq!(items[1]["details"], json!({"wiki": "enwiki", "mode": "without", "consequences": ["block"]}));
}

#[tokio::test]
async fn a_difference_has_lines_fields_and_meaning() {
    let house = House::new().await;
    house.made(json!({"rules": "page_id == 1 &\nuser_age < 5"})).await;
    let path = format!("{LIST}/1");
    let change =
        json!({"rules": "page_id == 1 &\nuser_age < 9 &\nsummary == ''", "priority": 3, "actions": {"tag": ["x"]}});
    house.put(&admin(), &path, 1, &filter(change)).await.expect(200);
    let diff = house.get(&everybody(), &format!("{path}/diff?from=prev&to=cur")).await.expect(200).json();
    assert_eq!((&diff["from"], &diff["to"]), (&json!(1), &json!(2)));
    assert_eq!(
        diff["rules"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect::<Vec<_>>(),
        ["same", "removed", "added", "added"]
    );
    assert_eq!(
        diff["fields"],
        json!([{"field": "actions.tag", "old": null, "new": ["x"]}, {"field": "priority", "old": 0, "new": 3}])
    );
    assert_eq!(diff["semantic"]["added"][0]["text"], "summary == ''");
    assert_eq!(diff["semantic"]["changed"][0]["new"]["text"], "user_age < 9");
    assert_eq!(house.get(&everybody(), &format!("{path}/diff?from=1&to=9")).await.expect(404).code(), "not_found");
    assert_eq!(house.get(&everybody(), &format!("{path}/diff?from=x")).await.expect(400).code(), "bad_request");
    let version = house.get(&everybody(), &format!("{path}/versions/1")).await.expect(200).json();
    assert_eq!((&version["origin"], &version["changed_fields"]), (&json!("edit"), &json!(["created"])));
}

#[tokio::test]
async fn opting_out_is_for_farm_wide_filters_and_needs_its_right() {
    let house = furnished().await;
    let path = "/v1/wikis/enwiki/filters/global-1/optout";
    assert_eq!(house.get(&everybody(), path).await.expect(200).json()["mode"], "on");
    let off = json!({"mode": "off"});
    assert_eq!(house.write(&everybody(), Method::PUT, path, None, &off).await.expect(403).code(), "forbidden");
    house.write(&with(&[Right::Optout]), Method::PUT, path, None, &off).await.expect(200);
    assert_eq!(house.get(&everybody(), path).await.json()["mode"], "off");
    let own = format!("{LIST}/1/optout");
    assert_eq!(house.write(&admin(), Method::PUT, &own, None, &off).await.expect(404).code(), "not_found");
    for bad in [
        json!({"mode": "maybe"}),
        json!({"mode": "without"}),
        json!({"mode": "off", "consequences": ["tag"]}),
        json!({"mode": "off", "reason": "r".repeat(501)}),
    ] {
        assert_eq!(house.write(&admin(), Method::PUT, path, None, &bad).await.expect(400).code(), "bad_request");
    }
}
