//! Candidates through the interface.

use crate::ALL;
use crate::house::{House, body};
use serde_json::{Value, json};
use wikiward_farm::Right;

const FILTER: &str = "/v1/wikis/enwiki/filters/1";
const CANDIDATES: &str = "/v1/wikis/enwiki/filters/1/candidates";

fn live() -> Value {
    json!({"state": "enabled", "rules": "summary contains 'spam'", "actions": {"disallow": ["m"]}})
}

async fn started(house: &House) -> String {
    let start = json!({"rules": "summary contains 'spam' & user_editcount < 5 | summary contains 'pills'", "reason": "narrower"});
    let candidate = house.tool(CANDIDATES, start).await.expect(201).json();
    assert_eq!((&candidate["running"], &candidate["base_version"]), (&json!(true), &json!(1)));
    candidate["id"].as_str().unwrap().to_owned()
}

async fn act(house: &House, action: &str, summary: &str, edits: i64) -> Value {
    let vars = json!({"summary": summary, "user_editcount": edits});
    house.ask(ALL, &body(action, vars)).await.expect(200).json()
}

#[tokio::test]
async fn a_candidate_runs_beside_its_filter_and_has_no_effect() {
    let house = House::new(&[live()]).await;
    let id = started(&house).await;
    assert_eq!(act(&house, "a1", "spam", 3).await["decision"], "refuse");
    assert_eq!(act(&house, "a2", "spam", 300).await["decision"], "refuse");
    assert_eq!(act(&house, "a3", "pills", 3).await["decision"], "allow");
    act(&house, "a4", "typo", 3).await;
    act(&house, "a5", "typo", 4).await;
    house.settle().await;
    let one = house.read(Right::ALL, &format!("{CANDIDATES}/{id}")).await.expect(200).json();
    assert_eq!(
        one["counts"],
        json!({"both": 1, "only_live": 1, "only_candidate": 1, "neither": 2, "undecided": 0}),
        "{one}"
    );
    assert_eq!(one["decisions"]["allow"], json!({"both": 0, "only_live": 0, "only_candidate": 1, "undecided": 0}));
    assert_eq!((&one["coverage"], &one["full"], &one["dropped"]), (&json!(1.0), &json!([]), &json!(0)));
    assert_eq!(one["good_standing"]["both"], 1, "an account of 600 days with 812 edits");
    let list =
        house.read(Right::ALL, &format!("{CANDIDATES}/{id}/actions?verdicts=only_live")).await.expect(200).json();
    assert_eq!((list["items"].as_array().unwrap().len(), &list["next"]), (1, &Value::Null));
    let action = &list["items"][0];
    assert_eq!((&action["action_id"], &action["decision"]), (&json!("a2"), &json!("refuse")));
    let path = format!("{CANDIDATES}/{id}/actions/{}", action["id"].as_str().unwrap());
    let action = house.read(Right::ALL, &path).await.expect(200).json();
    assert_eq!(action["variables"]["summary"], "spam");
    let few = &[Right::View, Right::Log, Right::Backtest];
    assert_eq!(
        house.read(few, &path).await.expect(200).json()["variables"],
        Value::Null,
        "no details without the right"
    );
    let wrong = house.read(few, &format!("{CANDIDATES}/{id}/actions?verdicts=all")).await.expect(400);
    assert_eq!(wrong.code(), "bad_request");
    let history = house.read(Right::ALL, &format!("{FILTER}/history")).await.expect(200).json();
    assert_eq!(history["items"][0]["kind"], "candidate.start");
}

#[tokio::test]
async fn a_variable_that_nobody_asked_for_leaves_it_undecided() {
    let house = House::new(&[live()]).await;
    let start = json!({"rules": "'sysop' in user_rights | summary contains 'spam'"});
    let id = house.tool(CANDIDATES, start).await.expect(201).json()["id"].as_str().unwrap().to_owned();
    let mut request = body("a1", json!({"summary": "typo"}));
    request["lazy"] = json!(["user_rights"]);
    assert_eq!(house.ask(ALL, &request).await.expect(200).json()["status"], "complete", "it never asks");
    house.settle().await;
    let one = house.read(Right::ALL, &format!("{CANDIDATES}/{id}")).await.expect(200).json();
    assert_eq!(one["counts"]["undecided"], 1);
}

#[tokio::test]
async fn a_promoted_candidate_is_the_next_version() {
    let house = House::new(&[live()]).await;
    let id = started(&house).await;
    let path = format!("{CANDIDATES}/{id}/promote");
    let promote = |version: u32, body: Value| {
        let (house, path) = (&house, &path);
        async move { house.post_over(Right::ALL, path, version, body).await }
    };
    assert_eq!(promote(7, json!({})).await.expect(412).code(), "precondition_failed");
    let saved = promote(1, json!({"reason": "two weeks without a miss"})).await.expect(200).json();
    assert_eq!((&saved["filter"]["version"], &saved["changed"]), (&json!(2), &json!(true)));
    assert!(saved["filter"]["rules"].as_str().unwrap().contains("pills"));
    let version = house.read(Right::ALL, &format!("{FILTER}/versions/2")).await.expect(200).json();
    assert_eq!((&version["origin"], &version["reason"]), (&json!("promote"), &json!("two weeks without a miss")));
    let one = house.read(Right::ALL, &format!("{CANDIDATES}/{id}")).await.expect(200).json();
    assert_eq!((&one["running"], &one["ended_why"]), (&json!(false), &json!("promoted")));
    assert_eq!(promote(2, json!({})).await.expect(409).code(), "candidate_ended");
    assert_eq!(house.remove(&format!("{CANDIDATES}/{id}")).await.expect(409).code(), "candidate_ended");
    let history = house.read(Right::ALL, &format!("{FILTER}/history")).await.expect(200).json();
    let kinds: Vec<&str> = history["items"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"candidate.promote"), "{kinds:?}");
    act(&house, "b1", "pills", 800).await;
    house.settle().await;
    let one = house.read(Right::ALL, &format!("{CANDIDATES}/{id}")).await.expect(200).json();
    assert_eq!(one["counts"]["both"], 0, "it does not run any more");
}

#[tokio::test]
async fn a_candidate_ends_by_itself_and_survives_a_restart() {
    let house = House::new(&[live()]).await;
    let id = started(&house).await;
    let other = house.again().await;
    act(&other, "a1", "pills", 3).await;
    act(&house, "a2", "pills", 3).await;
    house.settle().await;
    other.settle().await;
    let path = format!("{CANDIDATES}/{id}");
    let one = house.read(Right::ALL, &path).await.expect(200).json();
    assert_eq!(one["counts"]["only_candidate"], 2, "both processes add to it");
    house.pass(8 * 86_400);
    act(&house, "a3", "pills", 3).await;
    house.settle().await;
    assert_eq!(house.end_candidates().await, 1);
    assert_eq!(house.end_candidates().await, 0);
    let one = house.read(Right::ALL, &path).await.expect(200).json();
    assert_eq!((&one["ended_why"], &one["counts"]["only_candidate"]), (&json!("over"), &json!(2)));
}

#[tokio::test]
async fn what_cannot_be_a_candidate_is_refused() {
    let house = House::new(&[live(), json!({"state": "shadow"})]).await;
    let code = async |body: Value, status: u16| {
        let answer = house.tool(CANDIDATES, body).await.expect(status);
        let errors = answer.errors();
        (answer.code(), errors.into_iter().next().unwrap_or_default())
    };
    let both = |code: &str, error: &str| (code.to_owned(), error.to_owned());
    assert_eq!(code(json!({"rules": "1 +"}), 422).await, both("invalid", "bad_syntax"));
    assert_eq!(code(json!({"rules": "1", "days": 15}), 422).await, both("invalid", "invalid"));
    assert_eq!(code(json!({"rules": live()["rules"]}), 422).await, both("invalid", "invalid"));
    assert_eq!(code(json!({"rules": "user_unnamed_ip == '1'"}), 422).await, both("invalid", "must_be_protected"));
    assert_eq!(code(json!({"rules": "1", "x": 1}), 400).await, both("unknown_field", "unknown_field"));
    let second = house.tool("/v1/wikis/enwiki/filters/2/candidates", json!({"rules": "2"})).await.expect(409);
    assert_eq!(second.code(), "not_enabled");
    for number in 0..19 {
        house.tool(CANDIDATES, json!({"rules": format!("page_id == {number}")})).await.expect(201);
    }
    assert_eq!(code(json!({"rules": "3"}), 422).await, both("invalid", "too_many_shadow"));
    let shadow = json!({"state": "shadow", "group": "default", "name": "T", "rules": "1"});
    assert_eq!(house.tool("/v1/wikis/enwiki/filters", shadow).await.expect(422).errors(), ["too_many_shadow"]);
    let list = house.read(Right::ALL, CANDIDATES).await.expect(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 19);
    let unknown = house.read(Right::ALL, &format!("{CANDIDATES}?state=running")).await.expect(400);
    assert_eq!(unknown.code(), "unknown_field");
}

#[tokio::test]
async fn who_may_not_see_the_filter_sees_no_candidate() {
    let mut hidden = live();
    hidden["privacy"] = json!({"hidden": true, "protected": false, "suppressed": false});
    let house = House::new(&[hidden, live()]).await;
    let id = started(&house).await;
    let rights = &[Right::View, Right::Log, Right::Backtest];
    let none = house.read(rights, "/v1/wikis/enwiki/filters/9/candidates").await.expect(404);
    for path in
        [CANDIDATES.to_owned(), format!("{CANDIDATES}/{id}"), format!("{CANDIDATES}/{id}/actions?verdicts=both")]
    {
        assert_eq!(house.read(rights, &path).await.expect(404).text, none.text);
    }
    let missing = house.read(rights, &format!("/v1/wikis/enwiki/filters/2/candidates/{id}")).await.expect(404);
    assert_eq!(missing.text, none.text, "a candidate of another filter");
    let viewer = house.read(&[Right::View], "/v1/wikis/enwiki/filters/2/candidates").await.expect(403);
    assert_eq!(viewer.code(), "forbidden");
}

#[tokio::test]
async fn the_forecast_of_a_candidate_is_that_of_a_backtest() {
    const RULES: &str = "summary contains 'fine'";
    let house = House::new(&[live()]).await;
    let candidate = house.tool(CANDIDATES, json!({"rules": RULES})).await.expect(201).json();
    let path = format!("{CANDIDATES}/{}", candidate["id"].as_str().unwrap());
    let nothing = house.read(Right::ALL, &path).await.expect(200).json()["forecast"].clone();
    assert_eq!((&nothing["none"], &nothing["replayed"]), (&json!("not_observed"), &json!(0)));
    for number in 0..60_u32 {
        let person = number % 19;
        let summary = if number % 3 == 0 { "fine" } else { "typo" };
        let mut request = body(&format!("a{number}"), json!({"summary": summary}));
        request["actor"]["id"] = json!(person + 1);
        request["actor"]["name"] = json!(format!("Person {person}"));
        request["request"] = json!({"ip": format!("198.51.{person}.9"), "session_key": format!("s{person}")});
        house.ask(ALL, &request).await.expect(200);
        house.settle().await;
        house.pass(97);
    }
    house.archived().await;
    let one = house.read(Right::ALL, &path).await.expect(200).json();
    assert_eq!(one["counts"]["only_candidate"], 20, "{one}");
    let ask = json!({"rules": RULES, "against": {"filter": "1"}});
    let started = house.tool("/v1/wikis/enwiki/backtests", ask).await.expect(202);
    let job = crate::backtests::over(&house, started.headers["location"].to_str().unwrap()).await;
    assert_eq!(one["forecast"], job["report"]["forecast"]);
    let forecast = &one["forecast"];
    assert_eq!((&forecast["replayed"], &forecast["consequences"]), (&json!(60), &json!(["disallow"])));
    assert_eq!((&forecast["latch"]["class"], &forecast["latch"]["path"]), (&json!("O"), &json!("A")), "{forecast}");
}

#[tokio::test]
async fn what_was_tried_while_a_filter_was_restricted_stays_unseen_when_it_is_published() {
    let mut hidden = live();
    hidden["privacy"] = json!({"hidden": true, "protected": false, "suppressed": false});
    let house = House::new(&[hidden]).await;
    let id = started(&house).await;
    let mut public = live();
    public["name"] = json!("Test");
    public["group"] = json!("default");
    public["confirm_make_public"] = json!(true);
    house.put_with(Right::ALL, FILTER, 1, public).await.expect(200);
    let rights = &[Right::View, Right::Log, Right::Backtest];
    house.read(rights, &format!("{FILTER}/versions/1")).await.expect(404);
    assert_eq!(house.read(rights, CANDIDATES).await.expect(200).json()["items"], json!([]));
    house.read(rights, &format!("{CANDIDATES}/{id}")).await.expect(404);
    house.read(rights, &format!("{CANDIDATES}/{id}/actions?verdicts=both")).await.expect(404);
    house.read(Right::ALL, &format!("{CANDIDATES}/{id}")).await.expect(200);
}

#[tokio::test]
async fn totals_do_not_count_what_the_viewer_may_not_see() {
    let house = House::new(&[live()]).await;
    let id = house.tool(CANDIDATES, json!({"rules": "1 / user_editcount == 2"})).await.expect(201).json();
    let id = id["id"].as_str().unwrap().to_owned();
    act(&house, "a1", "spam", 0).await;
    house.settle().await;
    let path = format!("{CANDIDATES}/{id}");
    let few = &[Right::View, Right::Log, Right::LogDetail, Right::Backtest];
    for rights in [Right::ALL, few] {
        let sees_all = rights.len() > few.len();
        let one = house.read(rights, &path).await.expect(200).json();
        let list = house.read(rights, CANDIDATES).await.expect(200).json();
        for shown in [&one, &list["items"][0]] {
            let errors = if sees_all { json!(1) } else { Value::Null };
            assert_eq!((&shown["errors"], &shown["coverage"]), (&errors, &json!(1.0)), "some may be hidden: {shown}");
        }
        assert_eq!((&one["counts"]["neither"], &one["counts"]["only_live"]), (&json!(0), &json!(1)));
    }
    // Of a farm-wide filter, what was on other wikis is for who asks on the farm.
    let mut everywhere = live();
    everywhere["group"] = json!("default");
    everywhere["name"] = json!("Everywhere");
    everywhere["actions"] = json!({"block": ["noTalkBlockSet", "31 hours", "indefinite"]});
    house.by(Right::ALL, "POST", "/v1/farm/filters", everywhere).await.expect(201);
    let farm = "/v1/farm/filters/1/candidates";
    let id = house.tool(farm, json!({"rules": "summary contains 'pills'"})).await.expect(201).json()["id"].clone();
    let mut elsewhere = body("b1", json!({"summary": "typo"}));
    elsewhere["wiki"] = json!("dewiki");
    house.ask(ALL, &elsewhere).await.expect(200);
    house.settle().await;
    let path = |base: &str| format!("{base}/{}", id.as_str().unwrap());
    let farm = house.read(Right::ALL, &path(farm)).await.expect(200).json();
    assert_eq!((&farm["counts"]["neither"], &farm["dropped"]), (&json!(1), &json!(0)));
    let here = "/v1/wikis/enwiki/filters/global-1/candidates";
    let one = house.read(Right::ALL, &path(here)).await.expect(200).json();
    let list = house.read(Right::ALL, here).await.expect(200).json();
    for shown in [&one, &list["items"][0]] {
        for name in ["errors", "dropped", "coverage"] {
            assert_eq!(shown[name], Value::Null, "{name}: {shown}");
        }
    }
    assert_eq!(one["counts"].get("neither"), None);
}
