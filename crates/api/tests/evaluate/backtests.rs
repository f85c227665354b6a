//! Verdicts become actions to test rules on.

use crate::house::{House, body};
use serde_json::{Value, json};
use wikiward_farm::Right;

const TESTER: [Right; 4] = [Right::View, Right::Log, Right::LogDetail, Right::Backtest];

#[tokio::test]
async fn a_rule_is_tried_on_what_was_judged() {
    let spam = json!({"state": "enabled", "rules": "summary contains 'spam'", "actions": {"disallow": ["abusefilter-disallowed"]}});
    let house = House::new(&[spam]).await;
    for (number, summary) in ["fine", "spam", "spam too", "too fine"].into_iter().enumerate() {
        let mut request = body(&format!("a{number}"), json!({"action": "edit", "summary": summary}));
        request["lazy"] = json!(["page_age"]);
        house.ask(crate::ALL, &request).await.expect(200);
    }
    house.archived().await;
    let ask = json!({"rules": "summary contains 'too' & (summary contains 'spam' | page_age < 5)", "against": {"filter": "1"}});
    let started = house.tool_with(&TESTER, "/v1/wikis/enwiki/backtests", ask).await.expect(202);
    let path = started.headers["location"].to_str().unwrap().to_owned();
    let mut job = Value::Null;
    for _ in 0..2_000 {
        job = house.read(&TESTER, &path).await.expect(200).json();
        if job["state"] != "running" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    let report = &job["report"];
    assert_eq!(report["counts"], json!({"match": 1, "no_match": 2, "undecided": 1, "error": 0}), "{job}");
    assert_eq!(report["diff"], json!({"gained": 0, "lost": 1, "both": 1, "neither": 1, "undecided": 1}));
    assert_eq!((&report["undecided_share"], &report["missing"][0]["name"]), (&json!(0.25), &json!("page_age")));
    assert_eq!(job["against"], json!({"filter": "1", "version": 1}));
    let class = async |class: &str| {
        let found = house.read(&TESTER, &format!("{path}/diff?class={class}")).await.expect(200).json();
        found["items"].as_array().unwrap().clone()
    };
    let undecided = class("undecided").await;
    assert_eq!((undecided.len(), &undecided[0]["missing"]), (1, &json!("page_age")));
    let both = class("both").await;
    assert_eq!((&both[0]["outcome"], &both[0]["actor"]["name"]), (&json!("refused"), &json!("Example")));
    let hit = both[0]["hit"].as_str().unwrap();
    house.read(&TESTER, &format!("/v1/wikis/enwiki/hits/{hit}")).await.expect(200);
}
