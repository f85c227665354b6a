//! Tests kept with filters, through the interface.

use crate::ALL;
use crate::house::{House, body};
use serde_json::{Value, json};
use wikiward_farm::Right;

const FILTERS: &str = "/v1/wikis/enwiki/filters";
const FILTER: &str = "/v1/wikis/enwiki/filters/1";

fn inline(name: &str, summary: &str, expect: &str) -> Value {
    json!({"name": name, "source": "inline", "vars": {"summary": summary}, "expect": expect})
}

fn document(rules: &str, tests: Value) -> Value {
    json!({"state": "enabled", "group": "default", "name": "Test", "rules": rules, "tests": tests,
        "actions": {"disallow": ["m"]}})
}

#[tokio::test]
async fn a_test_that_fails_keeps_a_filter_from_being_saved() {
    let house = House::new(&[]).await;
    let tests = json!([inline("plain", "buy spam", "match"), inline("a quotation", "“spam”", "no_match")]);
    let refused = house.tool(FILTERS, document("summary contains 'spam'", tests.clone())).await.expect(422);
    assert_eq!(refused.errors(), ["tests_failed"]);
    let error = &refused.json()["errors"][0];
    assert_eq!((&error["field"], &error["params"]), (&json!("tests[1]"), &json!(["a quotation", "no_match", "match"])));
    let rules = "summary contains 'buy spam'";
    let saved = house.tool(FILTERS, document(rules, tests.clone())).await.expect(201).json();
    assert_eq!(saved["filter"]["tests"][0]["name"], "plain");
    let mut broad = document("summary contains 'spam'", tests.clone());
    assert_eq!(house.put_with(Right::ALL, FILTER, 1, broad.clone()).await.expect(422).errors(), ["tests_failed"]);
    broad["override_tests"] = json!("the quotation does not matter");
    let saved = house.put_with(Right::ALL, FILTER, 1, broad).await.expect(200).json();
    assert_eq!(saved["warnings"][0]["code"], "tests_failed");
    let mut off = document("summary contains 'spam'", tests);
    off["state"] = json!("disabled");
    off.as_object_mut().unwrap().remove("tests");
    let saved = house.put_with(Right::ALL, FILTER, 2, off).await.expect(200).json();
    assert_eq!(saved["filter"]["tests"].as_array().unwrap().len(), 2, "what is left out stays as it is");
    let promote = json!({"rules": "summary contains 'ham'"});
    let narrower = house.tool(&format!("{FILTER}/candidates"), promote).await.expect(409);
    assert_eq!(narrower.code(), "not_enabled");
    let list = house.read(Right::ALL, FILTERS).await.expect(200).json();
    assert_eq!(list["items"][0].get("tests"), None);
}

#[tokio::test]
async fn all_results_are_told_without_saving() {
    let house = House::new(&[]).await;
    let tests = json!([
        inline("plain", "buy spam", "match"), inline("ham", "ham", "match"),
        {"name": "lacks", "source": "inline", "vars": {"summary": "pills"}, "expect": "match"},
    ]);
    let rules = "summary contains 'spam' | (summary == 'pills' & page_age > 5)";
    let found = house.tool(&format!("{FILTERS}/validate"), document(rules, tests)).await.expect(200).json();
    assert_eq!(found["valid"], false);
    let results = found["tests"].as_array().unwrap().clone();
    let of = |index: usize| (results[index]["actual"].clone(), results[index]["passed"].clone());
    assert_eq!(of(0), (json!("match"), json!(true)));
    assert_eq!(of(1), (json!("no_match"), json!(false)));
    assert_eq!((of(2), &results[2]["why"]), ((json!("undecided"), Value::Null), &json!("page_age")));
    let codes = |list: &str| {
        found[list].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(codes("errors"), ["tests_failed"]);
    assert!(codes("warnings").contains(&"test_undecided".to_owned()), "unknown is not false");
}

#[tokio::test]
async fn tests_have_bounds() {
    let house = House::new(&[]).await;
    let many: Vec<Value> = (0..51).map(|number| inline(&number.to_string(), "x", "no_match")).collect();
    let answer = house.tool(FILTERS, document("1 == 2", json!(many))).await.expect(422);
    assert_eq!(answer.errors(), ["tests_too_many"]);
    let large = inline("a", &"x".repeat(66_000), "no_match");
    assert_eq!(house.tool(FILTERS, document("1 == 2", json!([large]))).await.expect(422).errors(), ["bad_test"]);
    let twice = json!([inline("a", "x", "no_match"), inline("a", "y", "no_match")]);
    assert_eq!(house.tool(FILTERS, document("1 == 2", twice)).await.expect(422).errors(), ["bad_test"]);
    let unread = json!([{"name": "a", "source": "inline", "vars": {}, "expect": "maybe"}]);
    let answer = house.tool(FILTERS, document("1 == 2", unread)).await.expect(400);
    assert_eq!(
        (answer.code(), answer.json()["errors"][0]["field"].clone()),
        ("bad_request".into(), json!("tests[0].expect"))
    );
}

#[tokio::test]
async fn a_test_on_a_hit_is_there_for_who_may_see_the_hit() {
    let open = json!({"state": "enabled", "rules": "summary contains 'spam'", "actions": {"disallow": ["m"]}});
    let other = json!({"state": "enabled", "rules": "summary contains 'secret'", "actions": {"disallow": ["m"]}});
    let house = House::new(&[open, other]).await;
    house.ask(ALL, &body("a1", json!({"summary": "secret"}))).await.expect(200);
    let hits = house.read(Right::ALL, "/v1/wikis/enwiki/hits").await.expect(200).json();
    let hit = hits["items"][0]["id"].as_str().unwrap().to_owned();
    let hide = json!({"hits": [hit], "hidden": true, "reason": "personal data"});
    house.tool("/v1/wikis/enwiki/hits/visibility", hide).await.expect(204);
    let on_hit = json!({"name": "of a hidden hit", "source": "hit", "hit": hit, "expect": "no_match"});
    let tests = json!([on_hit, inline("plain", "spam", "match")]);
    house.put_with(Right::ALL, FILTER, 1, document("summary contains 'spam'", tests.clone())).await.expect(200);
    let all = house.read(Right::ALL, FILTER).await.expect(200).json();
    assert_eq!(all["tests"].as_array().unwrap().len(), 2);
    let editor = &[Right::View, Right::Log, Right::LogDetail, Right::Modify, Right::ViewPrivate];
    let seen = house.read(editor, FILTER).await.expect(200).json();
    assert_eq!(seen["tests"].as_array().unwrap().len(), 1);
    // Who may not see the hit is served with as many statements as if there were no test on it; what else runs on the database now
    // and then does not count.
    let mut work = [u64::MAX; 2];
    for _ in 0..5 {
        for (path, least) in ["/v1/wikis/enwiki/filters/1", "/v1/wikis/enwiki/filters/2"].iter().zip(&mut work) {
            let before = house.store.statements();
            house.read(editor, path).await.expect(200);
            *least = (*least).min(house.store.statements() - before);
        }
    }
    assert_eq!(work[0], work[1]);
    let edited = document("summary contains 'spam' | summary contains 'secret'", seen["tests"].clone());
    house.put_with(editor, FILTER, 2, edited).await.expect(200);
    let all = house.read(Right::ALL, FILTER).await.expect(200).json();
    assert_eq!(all["tests"].as_array().unwrap().len(), 2, "what the editor does not see stays");
    let diff = house.read(editor, &format!("{FILTER}/diff?from=1&to=2")).await.expect(200);
    assert!(!diff.text.contains(&hit) && diff.text.contains("plain"), "{}", diff.text);
    let version = house.read(editor, &format!("{FILTER}/versions/2")).await.expect(200);
    assert!(!version.text.contains(&hit));
    let reader = house.read(&[Right::View, Right::Log], FILTER).await.expect(200).json();
    assert_eq!(reader["tests"], json!([]), "tests are an editor's tool");
    let again = document("summary contains 'secret'", all["tests"].clone());
    let refused = house.put_with(Right::ALL, FILTER, 3, again).await.expect(422);
    assert_eq!(refused.errors(), ["tests_failed", "tests_failed"], "it runs for who sees it");
    let blind = json!({"state": "enabled", "group": "default", "name": "T", "rules": "summary contains 'secret'"});
    let saved = house.put_with(editor, FILTER, 3, blind).await.expect(422);
    assert_eq!(saved.errors(), ["tests_failed"], "and for who does not, it is not there");
}

#[tokio::test]
async fn tests_go_along_with_an_extended_export() {
    let house = House::new(&[]).await;
    let tests = json!([inline("plain", "spam", "match")]);
    house.tool(FILTERS, document("summary contains 'spam'", tests.clone())).await.expect(201);
    let export = |format: &'static str| {
        let house = &house;
        async move {
            house.read(Right::ALL, &format!("/v1/wikis/enwiki/export?filters=1&format={format}")).await.expect(200).text
        }
    };
    assert!(!export("plain").await.contains("plain"));
    let text = export("extended").await;
    let import = async |text: &str| {
        let document = serde_json::from_str(text).unwrap();
        house.tool("/v1/wikis/enwiki/import?keep_enabled=true", document).await
    };
    let imported = import(&text).await.expect(200).json();
    let id = imported["items"][0]["filter"]["id"].as_str().unwrap_or_else(|| panic!("{imported}"));
    let copy = house.read(Right::ALL, &format!("{FILTERS}/{id}")).await.expect(200).json();
    assert_eq!(copy["tests"][0]["vars"], json!({"summary": "spam"}));
    let broken = import(&text.replace("\"match\"", "\"no_match\"")).await.expect(422);
    assert_eq!(broken.errors(), ["tests_failed"]);
    let foreign = text.replace("\"source\":\"inline\"", "\"source\":\"hit\",\"hit\":\"01jd3q0000000000000000000a\"");
    let imported = import(&foreign).await.expect(200).json();
    assert!(imported.to_string().contains("tests_dropped"), "{imported}");
}

#[tokio::test]
async fn too_many_tests_are_refused_before_they_are_looked_for() {
    let house = House::new(&[]).await;
    let tests: Vec<Value> = (0..60)
        .map(|number| json!({"name": number.to_string(), "source": "hit", "hit": "01jd3q0000000000000000000a", "expect": "match"}))
        .collect();
    let data = json!({"rules": "1", "name": "a", "comments": "", "group": "default", "actions": {}, "enabled": false,
        "deleted": false, "privacylevel": 0, "global": false});
    let text = json!({"data": data, "actions": {}, "wikiward": {"tests": tests}});
    let refused = house.tool("/v1/wikis/enwiki/import", text).await.expect(422);
    assert!(refused.errors().contains(&"tests_too_many".to_owned()), "{}", refused.text);
}
