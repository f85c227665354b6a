//! Holds of automatic promotion through the interface: given by hits and people, asked for by wikis, ended.

use crate::ALL;
use crate::house::{Answer, House, body};
use serde_json::{Value, json};
use wikiward_farm::Right;
use wikiward_people::Scope;

const LIST: &str = "/v1/wikis/enwiki/autopromote-holds";
const OF_EXAMPLE: &str = "/v1/wikis/enwiki/autopromote-holds/Example";

/// Who may end holds, and see hits of public filters.
const EDITOR: &[Right] = &[Right::View, Right::Log, Right::LogDetail, Right::Modify];

fn holding() -> Value {
    json!({"state": "enabled", "name": "No promotion", "rules": "summary contains 'spam'",
           "actions": {"blockautopromote": []}})
}

async fn hit(house: &House, action_id: &str) {
    let answer = house.ask(ALL, &body(action_id, json!({"summary": "spam"}))).await.expect(200).json();
    assert_eq!((&answer["decision"], &answer["instructions"][0]["seconds"]), (&json!("refuse"), &json!(432_000)));
}

async fn asked(house: &House, path: &str) -> Answer {
    house.program("enwiki", &[Scope::Evaluate], "GET", path, Value::Null).await
}

#[tokio::test]
async fn a_hit_holds_promotion_for_five_days_and_somebody_ends_it() {
    let house = House::new(&[holding()]).await;
    let free = asked(&house, OF_EXAMPLE).await.expect(200);
    assert_eq!(free.json(), json!({"user": "Example", "held": false, "until": null}));
    assert_eq!(free.headers["cache-control"], "private, max-age=60");
    hit(&house, "a1").await;
    let answer = asked(&house, OF_EXAMPLE).await.expect(200).json();
    assert_eq!((&answer["held"], answer.get("hold")), (&json!(true), None), "programs are told no more than that");
    let list = house.by(EDITOR, "GET", LIST, Value::Null).await.expect(200).json();
    let hold = &list["items"][0];
    assert_eq!(
        (&hold["user"], &hold["user_id"], &hold["filter"], &hold["by"], &hold["until"]),
        (&json!("Example"), &json!(4711), &json!("1"), &Value::Null, &answer["until"])
    );
    assert_eq!(house.by(EDITOR, "GET", OF_EXAMPLE, Value::Null).await.expect(200).json()["hold"], *hold);
    // Who may not end it does not learn of it.
    for (method, path) in [("GET", LIST), ("GET", OF_EXAMPLE), ("DELETE", OF_EXAMPLE)] {
        let refused = house.by(&[Right::View, Right::Log], method, path, Value::Null).await.expect(403);
        assert_eq!(refused.code(), "forbidden");
    }
    house.by(EDITOR, "DELETE", &format!("{OF_EXAMPLE}?reason=a+mistake"), Value::Null).await.expect(204);
    assert_eq!(asked(&house, OF_EXAMPLE).await.json()["held"], false);
    let again = house.by(EDITOR, "DELETE", OF_EXAMPLE, Value::Null).await.expect(409);
    assert_eq!(again.code(), "not_suspended");
    let history = house.read(Right::ALL, "/v1/wikis/enwiki/filters/1/history").await.expect(200).json();
    let event = &history["items"][0];
    assert_eq!(
        (&event["kind"], &event["reason"], &event["details"]["hit_id"]),
        (&json!("autopromote.restore"), &json!("a mistake"), &hold["hit_id"])
    );
    let audit = house.read(Right::ALL, "/v1/audit?limit=1").await.expect(200).json();
    assert_eq!(
        (&audit["items"][0]["action"], &audit["items"][0]["subject"]),
        (&json!("autopromote.restore"), &json!("user:Example"))
    );
}

#[tokio::test]
async fn a_hold_ends_by_itself_and_a_later_hit_makes_it_longer() {
    let house = House::new(&[holding()]).await;
    hit(&house, "a1").await;
    house.pass(400_000);
    hit(&house, "a2").await;
    house.pass(40_000);
    assert_eq!(asked(&house, OF_EXAMPLE).await.json()["held"], true);
    assert_eq!(house.by(EDITOR, "GET", LIST, Value::Null).await.json()["items"].as_array().unwrap().len(), 1);
    house.pass(400_000);
    assert_eq!(asked(&house, OF_EXAMPLE).await.json()["held"], false);
    assert_eq!(house.by(EDITOR, "GET", LIST, Value::Null).await.json()["items"], json!([]));
    assert_eq!(house.by(EDITOR, "DELETE", OF_EXAMPLE, Value::Null).await.code(), "not_suspended");
}

#[tokio::test]
async fn people_hold_promotion_too_and_a_rename_takes_it_along() {
    let house = House::new(&[]).await;
    let given = json!({"seconds": 3_600, "reason": "wait for the check", "user_id": 7});
    let hold = house.by(EDITOR, "PUT", OF_EXAMPLE, given).await.expect(200).json();
    assert_eq!(
        (&hold["by"], &hold["reason"], &hold["filter"]),
        (&json!("Editor"), &json!("wait for the check"), &Value::Null)
    );
    let default = house.by(EDITOR, "PUT", OF_EXAMPLE, json!({})).await.expect(200).json();
    assert!(default["until"].as_str() > hold["until"].as_str(), "five days if nothing is said");
    // The wiki knows the new name before this service does.
    let renamed = "/v1/wikis/enwiki/autopromote-holds/Another";
    assert_eq!(asked(&house, renamed).await.json()["held"], false);
    assert_eq!(asked(&house, &format!("{renamed}?user_id=7")).await.json()["held"], true);
    let rename = json!({"from": "Example", "to": "Another"});
    house.post(&[Scope::Events], "/v1/wikis/enwiki/user-renames", &rename).await.expect(200);
    assert_eq!(asked(&house, renamed).await.json()["held"], true);
    assert_eq!(asked(&house, OF_EXAMPLE).await.json()["held"], false);
    for wrong in [json!({"seconds": 5}), json!({"seconds": 40_000_000}), json!({"reason": "x".repeat(501)})] {
        assert_eq!(
            house.by(EDITOR, "PUT", OF_EXAMPLE, wrong.clone()).await.expect(400).code(),
            "bad_request",
            "{wrong}"
        );
    }
    house.by(EDITOR, "PUT", "/v1/wikis/nowiki/autopromote-holds/Example", json!({})).await.expect(404);
    house.program("dewiki", &[Scope::Evaluate], "GET", OF_EXAMPLE, Value::Null).await.expect(403);
    house.program("enwiki", &[Scope::Events], "GET", OF_EXAMPLE, Value::Null).await.expect(403);
    house
        .program("enwiki", &[Scope::Evaluate], "GET", "/v1/wikis/enwiki/autopromote-holds/%00", Value::Null)
        .await
        .expect(400);
}

#[tokio::test]
async fn a_hold_of_a_filter_that_is_not_seen_does_not_name_it() {
    let mut seen = Vec::new();
    for marks in [json!({"hidden": true}), json!({"suppressed": true})] {
        let mut filter = holding();
        filter["privacy"] = marks;
        let house = House::new(&[filter]).await;
        hit(&house, "a1").await;
        assert_eq!(asked(&house, OF_EXAMPLE).await.json()["held"], true);
        let all = house.by(Right::ALL, "GET", LIST, Value::Null).await.expect(200).json();
        assert_eq!(all["items"][0]["filter"], "1");
        seen.push(house.by(EDITOR, "GET", LIST, Value::Null).await.expect(200).json()["items"][0].clone());
        let by_modify = &seen[seen.len() - 1];
        assert_eq!(by_modify["user"], "Example");
        house.by(EDITOR, "DELETE", OF_EXAMPLE, Value::Null).await.expect(204);
        let history = house.read(EDITOR, "/v1/wikis/enwiki/filters/1/history").await;
        assert!(!history.text.contains("autopromote.restore") || by_modify["filter"] == "1", "{}", history.text);
    }
    assert_eq!(seen[0]["filter"], "1", "who may change filters sees hidden ones");
    for name in ["filter", "hit_id", "since", "by"] {
        assert_eq!(seen[1][name], Value::Null, "{name}");
    }
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let house = House::new(&[]).await;
    for person in 0..5 {
        let path = format!("{LIST}/Person%20{person}");
        house.by(EDITOR, "PUT", &path, json!({"seconds": 1_000 + person})).await.expect(200);
    }
    let (mut users, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = house.by(EDITOR, "GET", &format!("{LIST}?limit=2{cursor}"), Value::Null).await.expect(200).json();
        users.extend(page["items"].as_array().unwrap().iter().map(|hold| hold["user"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(users, ["Person 4", "Person 3", "Person 2", "Person 1", "Person 0"], "those that end last come first");
}
