//! Verdicts become actions to test rules on.

use crate::house::{House, body};
use serde_json::{Value, json};
use wikiward_farm::Right;
use wikiward_people::Scope;

const TESTER: [Right; 4] = [Right::View, Right::Log, Right::LogDetail, Right::Backtest];

/// The backtest, when it is over.
pub(crate) async fn over(house: &House, path: &str) -> Value {
    let mut job = Value::Null;
    for _ in 0..5_000 {
        job = house.read(&TESTER, path).await.expect(200).json();
        if job["state"] != "running" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    assert_ne!(job["state"], "running", "the backtest does not end");
    job
}

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
    let job = over(&house, &path).await;
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

#[tokio::test]
async fn a_group_may_want_what_takes_away_to_be_tested_first() {
    const FILTERS: &str = "/v1/wikis/enwiki/filters";
    let house = House::new(&[]).await;
    let group = json!({
        "owner": "my-extension", "kinds": [{"name": "thing-make"}], "include_sets": ["generic", "user"],
        "variables": [{"name": "thing_name", "type": "string", "source": "eager"}],
        "allowed_consequences": ["disallow", "block"], "require_backtest": true,
    });
    house.program("*", &[Scope::GroupsWrite], "PUT", "/v1/groups/things", group).await.expect(200);
    let filter = |rules: &str, actions: Value| json!({"state": "enabled", "group": "things", "name": "Things", "rules": rules, "actions": actions});
    let block = || json!({"block": ["noTalkBlockSet", "1 day", "1 day"]});
    let rules = "thing_name contains 'spam'";
    let refused = house.tool(FILTERS, filter(rules, block())).await.expect(422);
    assert_eq!((refused.code().as_str(), refused.errors()), ("invalid", vec!["no_backtest".to_owned()]));
    let ask = json!({"group": "things", "rules": rules});
    let started = house.tool_with(&TESTER, "/v1/wikis/enwiki/backtests", ask).await.expect(202);
    let job = over(&house, started.headers["location"].to_str().unwrap()).await;
    assert_eq!(job["state"], "done");
    let other = filter("thing_name contains 'spam' ", block());
    assert_eq!(house.tool(FILTERS, other).await.expect(422).errors(), ["no_backtest"], "another text");
    house.tool(FILTERS, filter(rules, block())).await.expect(201);
    let mut urgent = filter("thing_name contains 'pills'", block());
    urgent["skip_backtest_reason"] = json!("");
    assert_eq!(house.tool(FILTERS, urgent.clone()).await.expect(422).errors(), ["no_backtest"], "no reason");
    urgent["skip_backtest_reason"] = json!("a flood since ten minutes");
    house.tool(FILTERS, urgent).await.expect(201);
    let mild = filter("thing_name contains 'ham'", json!({"disallow": ["m"]}));
    house.tool(FILTERS, mild).await.expect(201);
}
