//! Backtests through the interface: who may start them, what is refused, what a save asks for.

use crate::house::{Answer, House, admin, filter, with, without};
use axum::http::Method;
use serde_json::{Value, json};
use wikiward_farm::right::RightSet;
use wikiward_farm::viewer::Rights;
use wikiward_farm::{Principal, Right, Viewer};
use wikiward_store::sql;

const JOBS: &str = "/v1/wikis/enwiki/backtests";

const COPY: &str = "INSERT INTO backtest_jobs (job_id, wiki, by_key, by_name, state, created_at, beat_at, ended_at, \
    cancel_wanted, rules_digest, wanted, report, examples) SELECT $3, wiki, $2, by_name, 'running', created_at, $1, NULL, \
    cancel_wanted, rules_digest, wanted, report, examples FROM backtest_jobs WHERE state = 'done' ORDER BY created_at LIMIT 1";

/// Somebody else with every right.
fn another() -> Viewer {
    let principal = Principal::Account { id: 6, name: "Another".parse().unwrap() };
    Viewer::new(principal, Rights::farm_wide(Right::ALL.iter().copied().collect::<RightSet>()), false)
}

async fn over(house: &House, path: &str) -> Value {
    for _ in 0..2_000 {
        let job = house.get(&admin(), path).await.expect(200).json();
        if job["state"] != "running" {
            return job;
        }
        tokio::task::yield_now().await;
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    panic!("the backtest does not end");
}

/// Backtests that run, as the database has it.
async fn running(house: &House) -> i64 {
    let mut conn = house.store.reader().await.unwrap();
    conn.one("SELECT COUNT(*) FROM backtest_jobs WHERE state = 'running'").await.unwrap().get(0).unwrap()
}

async fn started(house: &House, body: &Value) -> String {
    let started = house.post(&admin(), JOBS, body).await.expect(202);
    started.headers["location"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_backtest_is_its_starters_alone() {
    let house = House::new().await;
    let path = started(&house, &json!({"rules": "page_id == 1"})).await;
    let job = over(&house, &path).await;
    assert_eq!((&job["state"], &job["report"]["actions"]), (&json!("done"), &json!(0)));
    assert_eq!(job["report"]["forecast"]["none"], "not_observed");
    let diff = house.get(&admin(), &format!("{path}/diff?class=lost")).await.expect(200).json();
    assert_eq!(diff, json!({"class": "lost", "items": []}));
    assert_eq!(house.get(&admin(), &format!("{path}/diff?class=won")).await.expect(400).code(), "bad_request");
    let nothing = house.get(&admin(), &format!("{JOBS}/01M8086SD8C3VQRFFQZ8KJJTXR")).await.expect(404);
    for method in [Method::GET, Method::DELETE] {
        let answer = house.write(&another(), method, &path, None, &json!({})).await.expect(404);
        assert_eq!(answer.text, nothing.text);
    }
    let theirs = house.get(&another(), &format!("{path}/diff")).await.expect(404);
    assert_eq!(theirs.text, nothing.text);
    assert_eq!(house.get(&another(), JOBS).await.json()["items"], json!([]));
    started(&house, &json!({"rules": "1"})).await;
    let page = house.get(&admin(), &format!("{JOBS}?limit=1")).await.expect(200).json();
    assert_eq!((&page["items"][0]["rules"], page["items"].as_array().unwrap().len()), (&json!("1"), 1));
    let next = format!("{JOBS}?limit=1&cursor={}", page["next"].as_str().unwrap());
    assert_eq!(house.get(&admin(), &next).await.json()["items"][0]["rules"], "page_id == 1");
    let cancelled = house.write(&admin(), Method::DELETE, &path, None, &json!({})).await.expect(200).json();
    assert_eq!(cancelled["state"], "done", "what is over stays so");
}

#[tokio::test]
async fn what_cannot_be_tested_is_refused() {
    let house = House::new().await;
    house.made(json!({"privacy": {"hidden": true}})).await;
    let code = async |viewer: Viewer, body: Value| -> (u16, String, Vec<String>) {
        let answer: Answer = house.post(&viewer, JOBS, &body).await;
        (answer.status.as_u16(), answer.code(), answer.errors())
    };
    let of = |status: u16, name: &str, errors: &[&str]| {
        (status, name.to_owned(), errors.iter().map(|error| (*error).to_owned()).collect::<Vec<_>>())
    };
    let rules = json!({"rules": "1"});
    assert_eq!(code(without(Right::Backtest), rules.clone()).await, of(403, "forbidden", &[]));
    assert_eq!(code(admin(), json!({"rules": "1", "group": "none"})).await, of(404, "unknown_group", &[]));
    assert_eq!(code(admin(), json!({"rules": "page_id =="})).await, of(422, "invalid", &["bad_syntax"]));
    assert_eq!(code(admin(), json!({"rules": " "})).await, of(422, "invalid", &["missing_fields"]));
    let long = json!({"rules": "1 ".repeat(200_000)});
    assert_eq!(code(admin(), long).await, of(422, "invalid", &["rules_too_long"]));
    let max = json!({"rules": "1", "actions": {"max": 1_000_001}});
    assert_eq!(code(admin(), max).await, of(422, "invalid", &["bad_max"]));
    let period = json!({"rules": "1", "actions": {"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"}});
    assert_eq!(code(admin(), period).await, of(422, "invalid", &["bad_period"]));
    let time = json!({"rules": "1", "actions": {"from": "yesterday"}});
    assert_eq!(code(admin(), time).await, of(400, "bad_request", &["bad_request"]));
    let source = json!({"rules": "1", "actions": {"sources": ["dreams"]}});
    assert_eq!(code(admin(), source).await, of(400, "bad_request", &["bad_request"]));
    assert_eq!(code(admin(), json!({"rules": "1", "rule": "1"})).await.1, "unknown_field");
    assert_eq!(house.post(&admin(), "/v1/wikis/nowiki/backtests", &rules).await.expect(404).code(), "not_found");
    // A filter that may not be seen is compared with no more than one that is not there.
    let tester = with(&[Right::Backtest, Right::LogDetail]);
    let mut answers = Vec::new();
    for filter in ["1", "99", "global-1"] {
        let body = json!({"rules": "1", "against": {"filter": filter}});
        answers.push(house.post(&tester, JOBS, &body).await.expect(404).text);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(house.get(&tester, JOBS).await.json()["items"], json!([]), "nothing was started");
}

#[tokio::test]
async fn as_many_run_as_may_and_what_nobody_runs_is_interrupted() {
    let house = House::new().await;
    let path = started(&house, &json!({"rules": "1"})).await;
    let job = over(&house, &path).await;
    let again = async |text: &'static str, by: &str| {
        let mut tx = house.store.begin().await.unwrap();
        tx.execute(sql!(text, house.store.clock().now(), by)).await.unwrap();
        tx.commit().await.unwrap();
    };
    for number in 0..8_u8 {
        let mut tx = house.store.begin().await.unwrap();
        let by = if number < 2 { "account:5" } else { "account:9" };
        let id = [number; 16];
        tx.execute(sql!(COPY, house.store.clock().now(), by, id)).await.unwrap();
        tx.commit().await.unwrap();
        if number == 1 {
            let refused = house.post(&admin(), JOBS, &json!({"rules": "1"})).await.expect(429);
            assert_eq!(
                (refused.code().as_str(), &refused.headers["retry-after"]),
                ("too_many_backtests", &"60".parse().unwrap())
            );
            assert_eq!(
                refused.json()["detail"],
                "2 backtests are running for you, and more than 2 must not. Wait for one to end, or cancel one"
            );
            house.post(&another(), JOBS, &json!({"rules": "1"})).await.expect(202);
        }
    }
    // Looking through the interface would let time pass, and with it those that nobody runs.
    while running(&house).await > 8 {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    let refused = house.post(&another(), JOBS, &json!({"rules": "1"})).await.expect(429);
    assert_eq!(
        refused.json()["detail"],
        "8 backtests are running, and more than 8 must not. Wait for one to end, or cancel one"
    );
    again("UPDATE backtest_jobs SET beat_at = $1 - 21000000 WHERE by_key = $2", "account:5").await;
    let list = house.get(&admin(), JOBS).await.json();
    let states: Vec<&str> =
        list["items"].as_array().unwrap().iter().map(|job| job["state"].as_str().unwrap()).collect();
    assert_eq!(states.iter().filter(|state| **state == "interrupted").count(), 2, "{states:?}");
    assert_eq!(job["state"], "done");
    house.post(&admin(), JOBS, &json!({"rules": "1"})).await.expect(202);
}

#[tokio::test]
async fn a_rule_that_takes_away_is_to_be_tested_first() {
    let house = House::new().await;
    let rules = "page_id == 3";
    let document =
        filter(json!({"state": "enabled", "rules": rules, "actions": {"block": ["noTalkBlockSet", "1 day", "1 day"]}}));
    let codes = async || {
        let found = house.post(&admin(), "/v1/wikis/enwiki/filters/validate", &document).await.expect(200).json();
        let warnings = found["warnings"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap().to_owned());
        warnings.filter(|code| code == "no_backtest").count()
    };
    assert_eq!(codes().await, 1);
    let path = started(&house, &json!({"rules": "page_id == 4"})).await;
    over(&house, &path).await;
    assert_eq!(codes().await, 1, "that was another rule");
    let path = started(&house, &json!({"rules": rules})).await;
    over(&house, &path).await;
    assert_eq!(codes().await, 0);
    house.pass(86_401);
    assert_eq!(codes().await, 1, "a day later it counts no more");
}
