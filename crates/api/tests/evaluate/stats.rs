//! Statistics, hits in the shadow and renames through the interface.

use crate::house::{House, body};
use crate::{ALL, spam};
use serde_json::{Value, json};
use wikiward_farm::Right;
use wikiward_people::Scope;

const DETAIL: &[Right] = &[Right::View, Right::Log, Right::LogDetail];

async fn busy() -> House {
    let mut hidden = spam();
    hidden["privacy"] = json!({"hidden": true, "protected": false, "suppressed": false});
    let shadow =
        json!({"state": "shadow", "name": "Try", "rules": "summary contains 'spam'", "actions": {"disallow": ["m"]}});
    let house = House::new(&[spam(), hidden, shadow]).await;
    for (action, summary) in [("a1", "typo"), ("a2", "spam"), ("a3", "spam")] {
        house.ask(ALL, &body(action, json!({"summary": summary}))).await.expect(200);
    }
    house.settle().await;
    house
}

#[tokio::test]
async fn a_chart_can_be_drawn_of_a_filter() {
    let house = busy().await;
    let stats = house.read(DETAIL, "/v1/wikis/enwiki/filters/1/stats?step=300").await.expect(200).json();
    let steps = stats["steps"].as_array().unwrap();
    assert!((288..=300).contains(&steps.len()), "a day and the hour it began in: {}", steps.len());
    let sum = |name: &str| steps.iter().map(|step| step[name].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("evaluations"), sum("matches"), sum("hits"), sum("refusals")), (3, 2, 2, 2));
    assert_eq!(stats["total"]["classes"], json!({"destructive": 2, "obstructive": 2, "nuisance": 0, "silent": 2}));
    assert_eq!((&stats["filter"], &stats["step"], &stats["coverage"]), (&json!("1"), &json!(300), &Value::Null));
    assert_eq!(stats["rule_changes"].as_array().unwrap().len(), 1);
    let shadow = house.read(DETAIL, "/v1/wikis/enwiki/filters/3/stats").await.expect(200).json();
    assert_eq!((&shadow["total"]["matches"], &shadow["total"]["hits"]), (&json!(2), &json!(0)));
    assert_eq!(shadow["coverage"], json!(1.0));
}

#[tokio::test]
async fn statistics_of_a_wiki_go_as_far_as_rights_do() {
    let house = busy().await;
    let path = "/v1/wikis/enwiki/stats";
    let reader = house.read(&[Right::View], path).await.expect(200).json();
    let total = &reader["groups"][0]["total"];
    assert_eq!(total, &json!({"verdicts": 3, "matched": 2}), "no hits without the right");
    assert!(reader.get("filters").is_none());
    let detail = house.read(DETAIL, path).await.expect(200).json();
    assert_eq!(detail["groups"][0]["total"], json!({"verdicts": 3, "matched": 2, "hits": 2, "refused": 2}));
    let named = |stats: &Value| -> Vec<String> {
        stats["filters"].as_array().unwrap().iter().map(|line| line["filter"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(named(&detail), ["1", "3"]);
    let all = house.read(Right::ALL, path).await.expect(200).json();
    assert_eq!((named(&all).join(" "), &all["groups"][0]["total"]["hits"]), ("1 2 3".into(), &json!(4)));
    assert_eq!(all["groups"][0]["total"]["whole"]["time_us"]["count"], 3);
    assert_eq!(house.read(&[], path).await.expect(403).code(), "forbidden");
    assert_eq!(house.read(&[Right::View], "/v1/wikis/enwiki/filters/1/stats").await.expect(403).code(), "forbidden");
    let hidden = house.read(DETAIL, "/v1/wikis/enwiki/filters/2/stats").await.expect(404);
    let missing = house.read(DETAIL, "/v1/wikis/enwiki/filters/77/stats").await.expect(404);
    assert_eq!(hidden.text, missing.text);
    for bad in ["?step=7", "?from=yesterday", "?from=2030-01-01T00:00:00Z", "?steps=1", "?step=x"] {
        let code = house.read(DETAIL, &format!("{path}{bad}")).await.expect(400).code();
        assert!(code == "bad_request" || code == "unknown_field", "{bad}: {code}");
    }
    house.read(Right::ALL, "/v1/farm/filters/1/stats").await.expect(404);
}

#[tokio::test]
async fn hits_in_the_shadow_are_listed_in_pages() {
    let house = busy().await;
    let path = "/v1/wikis/enwiki/filters/3/shadow-hits";
    let first = house.read(DETAIL, &format!("{path}?limit=1")).await.expect(200).json();
    let hit = &first["items"][0];
    assert_eq!((&hit["action_id"], &hit["decision"], &hit["filter"]), (&json!("a3"), &json!("refuse"), &json!("3")));
    assert_eq!(hit["consequences"], json!(["disallow"]));
    let next = first["next"].as_str().unwrap();
    let second = house.read(DETAIL, &format!("{path}?limit=1&cursor={next}")).await.expect(200).json();
    assert_eq!((&second["items"][0]["action_id"], &second["next"]), (&json!("a2"), &Value::Null));
    let one = format!("{path}/{}", hit["id"].as_str().unwrap());
    assert_eq!(house.read(DETAIL, &one).await.expect(200).json()["variables"]["summary"], "spam");
    let row = house.read(&[Right::View, Right::Log], &one).await.expect(200).json();
    assert_eq!(row["variables"], Value::Null);
    assert_eq!(house.read(&[Right::View], path).await.expect(403).code(), "forbidden");
    let other = one.replace("filters/3", "filters/1");
    assert_eq!(house.read(DETAIL, &other).await.expect(404).code(), "not_found", "it is none of that filter's");
    assert_eq!(house.read(DETAIL, "/v1/wikis/enwiki/filters/2/shadow-hits").await.expect(404).code(), "not_found");
    assert_eq!(
        house.read(DETAIL, "/v1/wikis/enwiki/hits").await.expect(200).json()["items"].as_array().unwrap().len(),
        2
    );
}

#[tokio::test]
async fn a_wiki_tells_that_a_user_has_another_name() {
    let house = busy().await;
    let path = "/v1/wikis/enwiki/user-renames";
    let body = json!({"from": "Example", "to": "Renamed 1"});
    assert_eq!(house.post(&[Scope::Evaluate], path, &body).await.expect(403).code(), "forbidden");
    assert_eq!(house.post_from("dewiki", &[Scope::Events], path, &body).await.expect(403).code(), "forbidden");
    assert_eq!(house.nobody(path, &body).await.expect(401).code(), "unauthenticated");
    let bad = json!({"from": "Example", "to": "a\nb"});
    let refused = house.post(&[Scope::Events], path, &bad).await.expect(422);
    assert_eq!((refused.code(), refused.json()["errors"][0]["field"].clone()), ("invalid".into(), json!("to")));
    let renamed = house.post(&[Scope::Events], path, &body).await.expect(200).json();
    assert_eq!(renamed, json!({"hits": 4}));
    assert_eq!(house.post(&[Scope::Events], path, &body).await.expect(200).json(), json!({"hits": 0}));
    let hits = house.read(Right::ALL, "/v1/wikis/enwiki/hits?actor=Example").await.expect(200).json();
    assert_eq!(hits["items"], json!([]));
    let shadow = house.read(DETAIL, "/v1/wikis/enwiki/filters/3/shadow-hits").await.expect(200).json();
    assert_eq!(shadow["items"][0]["actor"]["name"], "Renamed 1");
    let audit = house.read(Right::ALL, "/v1/audit").await.expect(200).json();
    let entry = audit["items"].as_array().unwrap().iter().find(|entry| entry["action"] == "user.rename").unwrap();
    assert!(!entry.to_string().contains("Example") && !entry.to_string().contains("Renamed"), "{entry}");
    assert_eq!(entry["digest"].as_str().unwrap().len(), 64);
}
