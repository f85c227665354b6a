//! Explanations through the interface.

use crate::house::{House, body};
use crate::{ALL, spam};
use serde_json::{Value, json};
use wikiward_farm::Right;

const STORED: &[Right] = &[Right::View, Right::Log, Right::LogDetail, Right::Backtest];
const PATH: &str = "/v1/explain";

fn node(explanation: &Value, op: &str) -> Value {
    let nodes = explanation["nodes"].as_array().unwrap();
    let found = nodes.iter().find(|node| node["op"] == op);
    assert!(found.is_some(), "no {op} in {explanation}");
    found.unwrap().clone()
}

async fn hits(house: &House) -> Vec<String> {
    let page = house.read(Right::ALL, "/v1/wikis/enwiki/hits?order=asc").await.expect(200).json();
    page["items"].as_array().unwrap().iter().map(|hit| hit["id"].as_str().unwrap().to_owned()).collect()
}

/// A filter with two alternatives and hits of it, edited afterwards.
async fn edited() -> House {
    let rules = "summary contains 'spam' | (user_editcount < 5 & summary rlike 'pi+lls')";
    let house = House::new(&[json!({"state": "enabled", "rules": rules, "actions": {"disallow": ["m"]}})]).await;
    let actions = [("spam", 10), ("spam", 3), ("buy piills", 3), ("buy pills", 800)];
    for (number, (summary, count)) in actions.into_iter().enumerate() {
        let vars = json!({"summary": summary, "user_editcount": count});
        house.ask(ALL, &body(&format!("a{number}"), vars)).await.expect(200);
    }
    let now = json!({"state": "enabled", "group": "default", "name": "Test", "rules": "summary == 'ham'"});
    house.put_with(Right::ALL, "/v1/wikis/enwiki/filters/1", 1, now).await.expect(200);
    house
}

#[tokio::test]
async fn a_hit_is_explained_by_the_version_that_made_it() {
    let house = edited().await;
    let hits = hits(&house).await;
    assert_eq!(hits.len(), 3);
    let ask = json!({"wiki": "enwiki", "action": {"hit": hits[2]}});
    let explained = house.tool_with(STORED, PATH, ask).await.expect(200).json();
    assert_eq!(
        (&explained["filter"], &explained["version"], &explained["result"]),
        (&json!("1"), &json!(1), &json!(true))
    );
    assert_eq!(node(&explained, "contains")["value"], false);
    let found = node(&explained, "rlike");
    assert_eq!(found["match"], json!({"text": "piills", "at": [4, 10], "groups": []}));
    assert_eq!(explained["decisive"], json!([node(&explained, "<")["id"], found["id"]]));
    let place = |end: usize| usize::try_from(found["span"][end].as_u64().unwrap()).unwrap();
    assert_eq!(explained["rules"].as_str().unwrap().get(place(0)..place(1)), Some("summary rlike 'pi+lls'"));
    let now = json!({"wiki": "enwiki", "filter": "1", "version": 2, "action": {"hit": hits[2]}});
    let now = house.tool_with(STORED, PATH, now).await.expect(200).json();
    assert_eq!((&now["version"], &now["result"]), (&json!(2), &json!(false)));
    let ask = json!({"wiki": "enwiki", "rule": "user_editcount > 2 & !(summary == 'x')", "action": {"hit": hits[0]}});
    let other = house.tool_with(STORED, PATH, ask).await.expect(200).json();
    assert_eq!((&other["result"], other.get("filter")), (&json!(true), None));
}

#[tokio::test]
async fn variables_are_explained_without_a_hit() {
    let house = House::new(&[spam()]).await;
    let tools = &[Right::View, Right::Log, Right::ViewPrivate];
    let ask = |vars: Value, full: bool| json!({"wiki": "enwiki", "filter": "1", "action": {"vars": vars}, "options": {"full": full}});
    let explained = house.tool_with(tools, PATH, ask(json!({"summary": "no"}), false)).await.expect(200).json();
    assert_eq!((&explained["result"], &explained["version"]), (&json!(false), &json!(1)));
    let skipping =
        json!({"wiki": "enwiki", "rule": "1 == 2 & 2 == 2", "action": {"vars": {}}, "options": {"full": true}});
    let full = house.tool_with(tools, PATH, skipping).await.expect(200).json();
    assert_eq!(full["nodes"][5]["speculative"], true);
    let bad = |code: &'static str, status: u16, body: Value| {
        let house = &house;
        async move {
            let answer = house.tool_with(tools, PATH, body).await.expect(status);
            assert_eq!(answer.code(), code);
        }
    };
    bad("unknown_variable", 400, ask(json!({"nonsense": 1}), false)).await;
    bad("bad_var_name", 400, ask(json!({"Non sense": 1}), false)).await;
    bad("bad_request", 400, ask(json!({"summary": {"a": 1}}), false)).await;
    bad("bad_request", 400, json!({"wiki": "enwiki", "rule": "1", "action": {}})).await;
    bad("bad_request", 400, json!({"wiki": "enwiki", "action": {"vars": {}}})).await;
    bad("bad_request", 400, json!({"wiki": "enwiki", "rule": "1", "filter": "1", "action": {"vars": {}}})).await;
    bad("unknown_field", 400, json!({"wiki": "enwiki", "rule": "1", "action": {"vars": {}}, "x": 1})).await;
    bad("unknown_group", 404, json!({"wiki": "enwiki", "rule": "1", "group": "x", "action": {"vars": {}}})).await;
    bad("not_found", 404, json!({"wiki": "enwiki", "filter": "7", "action": {"vars": {}}})).await;
    bad("not_found", 404, json!({"wiki": "enwiki", "filter": "1", "version": 7, "action": {"vars": {}}})).await;
    bad("invalid", 422, json!({"wiki": "enwiki", "rule": "1 +", "action": {"vars": {}}})).await;
    let answer = house.tool_with(STORED, PATH, ask(json!({}), false)).await.expect(403);
    assert_eq!(answer.code(), "forbidden");
}

#[tokio::test]
async fn what_may_not_be_seen_is_explained_to_nobody() {
    let mut hidden = spam();
    hidden["privacy"] = json!({"hidden": true, "protected": false, "suppressed": false});
    let house = House::new(&[hidden]).await;
    house.ask(ALL, &body("a1", json!({"summary": "spam"}))).await.expect(200);
    let hit = hits(&house).await.remove(0);
    let ask = |hit: &str| json!({"wiki": "enwiki", "action": {"hit": hit}});
    let none = house.tool_with(STORED, PATH, ask("01jd3q0000000000000000000a")).await.expect(404);
    let unseen = house.tool_with(STORED, PATH, ask(&hit)).await.expect(404);
    assert_eq!(none.text, unseen.text);
    let many = |hit: &str| json!({"wiki": "enwiki", "actions": {"hits": [hit]}});
    let unseen = house.tool_with(STORED, "/v1/explain/aggregate", many(&hit)).await.expect(404);
    assert_eq!(none.text, unseen.text);
    let newest = json!({"wiki": "enwiki", "filter": "1", "actions": {"newest": 5}});
    let unseen = house.tool_with(STORED, "/v1/explain/aggregate", newest).await.expect(404);
    assert_eq!(none.text, unseen.text);
    house.tool(PATH, ask(&hit)).await.expect(200);
    let without = &[Right::View, Right::Log, Right::LogPrivate, Right::ViewPrivate, Right::Backtest];
    let answer = house.tool_with(without, PATH, ask(&hit)).await.expect(409);
    assert_eq!(answer.code(), "no_variables");
    let without = &[Right::View, Right::Log, Right::LogDetail, Right::LogPrivate, Right::ViewPrivate];
    assert_eq!(house.tool_with(without, PATH, ask(&hit)).await.expect(403).code(), "forbidden");
}

#[tokio::test]
async fn many_explanations_show_which_part_decides() {
    let house = edited().await;
    let path = "/v1/explain/aggregate";
    let newest = json!({"wiki": "enwiki", "filter": "1", "actions": {"newest": 100}});
    let sum = house.tool_with(STORED, path, newest).await.expect(200).json();
    let counts = ["found", "actions", "matches", "unreadable", "version"].map(|name| sum[name].as_u64().unwrap());
    assert_eq!(counts, [3, 3, 3, 0, 1], "{sum}");
    assert_eq!(node(&sum, "contains")["decisive"], json!({"match": 2, "no_match": 0}));
    assert_eq!(node(&sum, "rlike")["decisive"], json!({"match": 1, "no_match": 0}));
    assert_eq!(node(&sum, "rlike")["not_evaluated"], 2);
    let hits = hits(&house).await;
    let two = json!({"wiki": "enwiki", "rule": "user_editcount < 5", "actions": {"hits": hits[..2]}});
    let sum = house.tool_with(STORED, path, two).await.expect(200).json();
    assert_eq!((&sum["matches"], &sum["no_matches"]), (&json!(1), &json!(1)));
    for wrong in [
        json!({}),
        json!({"hits": []}),
        json!({"newest": 0}),
        json!({"newest": 1001}),
        json!({"newest": 1, "hits": ["a"]}),
    ] {
        let answer = house.tool_with(STORED, path, json!({"wiki": "enwiki", "filter": "1", "actions": wrong})).await;
        assert_eq!(answer.expect(400).code(), "bad_request");
    }
}

#[tokio::test]
async fn protected_values_are_explained_to_few_and_that_is_logged() {
    let rules = "summary contains 'spam' & user_unnamed_ip == '192.0.2.77'";
    let protected = json!({"state": "enabled", "rules": rules, "actions": {"disallow": ["m"]},
        "privacy": {"hidden": false, "protected": true, "suppressed": false}});
    let house = House::new(&[protected, spam()]).await;
    let vars = json!({"summary": "spam", "user_unnamed_ip": "192.0.2.77"});
    house.ask(ALL, &body("a1", vars)).await.expect(200);
    let hits = house.read(Right::ALL, "/v1/wikis/enwiki/hits?order=asc").await.expect(200).json();
    let of = |filter: &str| {
        let found = hits["items"].as_array().unwrap().iter().find(|hit| hit["filter"] == filter).unwrap();
        json!({"wiki": "enwiki", "action": {"hit": found["id"]}})
    };
    let before = house.read(Right::ALL, "/v1/wikis/enwiki/access-log").await.expect(200).json();
    assert_eq!(before["items"], json!([]));
    let explained = house.tool(PATH, of("1")).await.expect(200).json();
    assert_eq!(explained["result"], true);
    assert!(explained.to_string().contains("192.0.2.77"));
    let log = house.read(Right::ALL, "/v1/wikis/enwiki/access-log").await.expect(200).text;
    assert!(log.contains("user_unnamed_ip") && log.contains("Editor"), "{log}");
    let none = json!({"wiki": "enwiki", "action": {"hit": "01jd3q0000000000000000000a"}});
    let none = house.tool_with(STORED, PATH, none).await.expect(404);
    assert_eq!(house.tool_with(STORED, PATH, of("1")).await.expect(404).text, none.text);
    // The hit of the open filter kept no protected value: a rule that reads one finds none there.
    let mut other = of("2");
    other["rule"] = json!(rules);
    let answer = house.tool_with(STORED, PATH, other).await.expect(200);
    assert!(!answer.text.contains("192.0.2.77\""), "{}", answer.text);
    assert_eq!((&answer.json()["needs"], &answer.json()["result"]), (&json!("user_unnamed_ip"), &json!(false)));
}

#[tokio::test]
async fn archived_actions_are_explained_also_where_nothing_matched() {
    let house = House::new(&[spam()]).await;
    let answer = house.ask(ALL, &body("a1", json!({"summary": "typo"}))).await.expect(200).json();
    house.ask(ALL, &body("a2", json!({"summary": "spam"}))).await.expect(200);
    house.archived().await;
    let ask = json!({"wiki": "enwiki", "filter": "1", "action": {"archive": answer["evaluation_id"]}});
    let explained = house.tool_with(STORED, PATH, ask.clone()).await.expect(200).json();
    assert_eq!((&explained["result"], &explained["version"]), (&json!(false), &json!(1)));
    assert_eq!(node(&explained, "contains")["operands"][0]["preview"], "typo");
    let few = &[Right::View, Right::Log, Right::Backtest];
    assert_eq!(house.tool_with(few, PATH, ask).await.expect(409).code(), "no_variables");
    let none = json!({"wiki": "enwiki", "filter": "1", "action": {"archive": "ev_01jd3q0000000000000000000a"}});
    assert_eq!(house.tool_with(STORED, PATH, none).await.expect(404).code(), "not_found");
    let many = json!({"wiki": "enwiki", "filter": "1", "actions": {"archive": 100}});
    let sum = house.tool_with(STORED, "/v1/explain/aggregate", many).await.expect(200).json();
    assert_eq!((&sum["matches"], &sum["no_matches"]), (&json!(1), &json!(1)), "{sum}");
    assert_eq!(node(&sum, "contains")["decisive"], json!({"match": 1, "no_match": 1}));
}

#[tokio::test]
async fn what_a_person_hid_is_hidden_wherever_it_is_kept() {
    let rules = "summary contains 'spam'";
    let open = json!({"state": "enabled", "rules": rules, "actions": {"tag": ["a"]}});
    let house = House::new(&[open, json!({"state": "shadow", "rules": rules})]).await;
    let candidates = "/v1/wikis/enwiki/filters/1/candidates";
    let candidate = house.tool(candidates, json!({"rules": "summary contains 'pills'"})).await.expect(201).json();
    let verdict = house.ask(ALL, &body("a1", json!({"summary": "spam"}))).await.expect(200).json();
    assert_eq!(verdict["decision"], "allow");
    house.settle().await;
    house.archived().await;
    let ask = json!({"wiki": "enwiki", "rule": rules, "action": {"archive": verdict["evaluation_id"]}});
    let sum = json!({"wiki": "enwiki", "rule": rules, "actions": {"archive": 10}});
    let compared = format!("{candidates}/{}", candidate["id"].as_str().unwrap());
    let actions = format!("{compared}/actions?verdicts=only_live");
    let shadow = "/v1/wikis/enwiki/filters/2/shadow-hits";
    let items = async |path: &str| {
        let page = house.read(STORED, path).await.expect(200).json();
        page["items"].as_array().unwrap().len()
    };
    house.tool_with(STORED, PATH, ask.clone()).await.expect(200);
    assert_eq!((items(&actions).await, items(shadow).await), (1, 1));
    let hide = json!({"hits": hits(&house).await, "hidden": true, "reason": "personal data"});
    house.tool("/v1/wikis/enwiki/hits/visibility", hide).await.expect(204);
    house.tool_with(STORED, PATH, ask.clone()).await.expect(404);
    let found = house.tool_with(STORED, "/v1/explain/aggregate", sum).await.expect(200).json();
    assert_eq!(found["found"], 0);
    assert_eq!((items(&actions).await, items(shadow).await), (0, 0));
    assert_eq!(house.read(STORED, &compared).await.expect(200).json()["counts"]["only_live"], 0);
    house.tool(PATH, ask).await.expect(200);
    let all = house.read(Right::ALL, &actions).await.expect(200).json();
    assert_eq!(all["items"].as_array().unwrap().len(), 1, "who sees hidden hits sees it");
}
