//! Judging through the interface: verdicts, rounds, reports, and every error that asking can end in.
#![expect(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "a test may fail loudly, and documents are written where they are used"
)]

mod backtests;
mod brakes;
mod candidates;
mod domains;
mod explaining;
mod house;
mod promotion;
mod reverts;
mod stats;
mod testing;

use house::{House, body};
use serde_json::{Value, json};
use wikiward_people::Scope;

pub(crate) const ALL: &[Scope] = &[Scope::Evaluate, Scope::VerdictFull];

pub(crate) fn spam() -> Value {
    json!({"state": "enabled", "name": "Link spam", "rules": "summary contains 'spam'", "actions": {
        "block": ["noTalkBlockSet", "31 hours", "indefinite"], "tag": ["possible spam"]}})
}

#[tokio::test]
async fn a_verdict_says_what_to_do_and_a_repeated_request_gets_the_same() {
    let house = House::new(&[spam()]).await;
    let clean = house.ask(ALL, &body("a1", json!({"summary": "typo"}))).await.expect(200).json();
    assert_eq!((clean["status"].clone(), clean["decision"].clone()), (json!("complete"), json!("allow")));
    let first = house.ask(ALL, &body("a2", json!({"summary": "spam"}))).await.expect(200).json();
    assert_eq!(first["decision"], "refuse");
    let gid = first["matched"][0]["gid"].clone();
    assert_eq!(first["matched"][0]["taken"], json!(["tag", "block"]));
    assert_eq!(
        first["instructions"],
        json!([
            {"type": "tag", "tags": ["possible spam"], "filter": gid},
            {"type": "block", "target": {"user": "Example"}, "expiry": "indefinite", "autoblock": true,
             "create_account": true, "talk": false, "hard": false, "suppress_log": false,
             "reason": {"key": "abusefilter-blockreason", "params": ["Link spam", gid]}, "filter": gid},
        ])
    );
    let message = &first["messages"][0];
    assert_eq!(
        (message["key"].clone(), message["code"].clone()),
        (json!("abusefilter-blocked-display"), json!("abusefilter-disallowed"))
    );
    assert_eq!(message["ref_code"].as_str().unwrap().len(), 10);
    assert_eq!(house.ask(ALL, &body("a2", json!({"summary": "spam"}))).await.expect(200).json(), first);
    let other = house.again().await;
    assert_eq!(
        other.ask(ALL, &body("a2", json!({"summary": "spam"}))).await.expect(200).json(),
        first,
        "after a restart"
    );
    let id = first["evaluation_id"].as_str().unwrap();
    let outcome = json!({"result": "refused", "executed": [{"type": "block", "ok": false}], "captcha": "none"});
    let noted = house.post(ALL, &format!("/v1/evaluations/{id}/outcome"), &outcome).await.expect(200).json();
    assert_eq!(noted, json!({"hits": 1}));
}

#[tokio::test]
async fn restricted_filters_are_named_only_to_who_may_know_them() {
    let mut hidden = spam();
    hidden["privacy"] = json!({"hidden": true, "protected": false, "suppressed": false});
    let house = House::new(&[hidden]).await;
    let request = body("a", json!({"summary": "spam"}));
    let full = house.ask(ALL, &request).await.expect(200).json();
    assert!(full["matched"][0]["gid"].is_string() && full["messages"][0]["params"] == json!(["Link spam", ""]));
    let plain = house.ask(&[Scope::Evaluate], &request).await.expect(200).json();
    assert_eq!((&plain["matched"][0]["gid"], &plain["matched"][0]["version"]), (&Value::Null, &Value::Null));
    assert!(plain["instructions"].as_array().unwrap().iter().all(|it| it["filter"].is_null()));
    assert_eq!(plain["evaluation_id"], full["evaluation_id"], "it is the same answer, told to another caller");
}

#[tokio::test]
async fn rounds_go_on_and_end() {
    let house =
        House::new(&[json!({"state": "enabled", "rules": "user_rights contains 'x'", "actions": {"disallow": ["m"]}})])
            .await;
    let mut request = body("a", json!({}));
    request["lazy"] = json!(["user_rights", "new_links"]);
    let needs = house.ask(ALL, &request).await.expect(200).json();
    assert_eq!(
        (needs["status"].clone(), needs["round"].clone(), needs["rounds_left"].clone()),
        (json!("needs"), json!(1), json!(2))
    );
    assert_eq!(needs["needs"], json!([{"name": "user_rights", "cost": "db", "wanted_by": 1}]));
    let path = format!("/v1/evaluations/{}/resume", needs["evaluation_id"].as_str().unwrap());
    let resume = json!({"resume_token": needs["resume_token"], "vars": {"user_rights": ["x"]}, "unavailable": {"new_links": "timeout"}});
    let wrong = json!({"resume_token": needs["resume_token"], "vars": {"weather": 1}});
    assert_eq!(house.post(ALL, &path, &wrong).await.expect(400).code(), "unknown_variable");
    assert_eq!(house.post(&[], &path, &resume).await.expect(403).code(), "forbidden");
    assert_eq!(
        house.post_from("dewiki", ALL, &path, &resume).await.expect(409).code(),
        "resume_lost",
        "of another wiki"
    );
    let answer = house.post(ALL, &path, &resume).await.expect(200).json();
    assert_eq!((answer["decision"].clone(), answer["timing"]["rounds"].clone()), (json!("refuse"), json!(2)));
    assert_eq!(house.post(ALL, &path, &resume).await.expect(409).code(), "resume_lost");
}

#[tokio::test]
async fn every_error_has_its_code() {
    let house = House::new(&[]).await;
    let asked = async |change: Value| {
        let mut request = body("a", json!({}));
        request.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = house.ask(ALL, &request).await;
        (answer.status.as_u16(), answer.code())
    };
    let is = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(asked(json!({"wiki": 5})).await, is(400, "bad_request"));
    assert_eq!(asked(json!({"wiki": "En Wiki"})).await, is(400, "bad_request"));
    assert_eq!(asked(json!({"action": {"id": "a", "kind": "dance"}})).await, is(400, "bad_request"));
    assert_eq!(asked(json!({"action": {"id": "a", "kind": "edit", "at": "today"}})).await, is(400, "bad_request"));
    assert_eq!(asked(json!({"actor": {"type": "robot"}})).await, is(400, "bad_request"));
    assert_eq!(asked(json!({"vars": {"summary": {"x": 1}}})).await, is(400, "bad_request"));
    assert_eq!(asked(json!({"actor": {"nmae": "x"}})).await, is(400, "unknown_field"));
    assert_eq!(asked(json!({"vars": {"weather": "wet"}})).await, is(400, "unknown_variable"));
    assert_eq!(asked(json!({"lazy": ["weather"]})).await, is(400, "unknown_variable"));
    assert_eq!(asked(json!({"vars": {"No Name": 1}})).await, is(400, "bad_var_name"));
    assert_eq!(asked(json!({"group": "none"})).await, is(404, "unknown_group"));
    assert_eq!(asked(json!({"wiki": "nowiki"})).await, is(404, "not_found"));
    assert_eq!(asked(json!({"vars": {"summary": "x".repeat(2 * 1024 * 1024 + 1)}})).await, is(413, "var_too_large"));
    assert_eq!(asked(json!({"vars": {"summary": "x".repeat(9 * 1024 * 1024)}})).await, is(413, "body_too_large"));
    let plain = body("a", json!({}));
    assert_eq!(house.ask(&[Scope::VerdictFull], &plain).await.expect(403).code(), "forbidden");
    assert_eq!(house.post_from("dewiki", ALL, "/v1/evaluate", &plain).await.expect(403).code(), "forbidden");
    for path in
        ["/v1/evaluate", "/v1/late", "/v1/feedback", "/v1/evaluations/ev_1/resume", "/v1/evaluations/ev_1/outcome"]
    {
        assert_eq!(house.nobody(path, &plain).await.expect(401).code(), "unauthenticated", "{path}");
    }
    let resume = json!({"resume_token": "node1.00"});
    assert_eq!(house.post(ALL, "/v1/evaluations/nothing/resume", &resume).await.expect(409).code(), "resume_lost");
    let outcome = json!({"result": "saved", "rev_id": 5});
    assert_eq!(house.post(ALL, "/v1/evaluations/nothing/outcome", &outcome).await.expect(404).code(), "not_found");
    let full = House::of_size(0, &[]).await;
    let turned_away = full.ask(ALL, &plain).await.expect(503);
    assert_eq!(turned_away.code(), "overloaded");
    assert_eq!(turned_away.headers["retry-after"], "1");
}

#[tokio::test]
async fn late_actions_and_feedback_are_taken() {
    let house = House::new(&[spam()]).await;
    let mut request = body("late", json!({"summary": "spam"}));
    request["action"]["at"] = json!("2020-01-01T00:00:00Z");
    let answer = house.post(ALL, "/v1/late", &request).await.expect(200).json();
    assert_eq!((answer["decision"].clone(), answer["matched"][0]["taken"].clone()), (json!("allow"), json!([])));
    let report =
        |event: &str| json!({"wiki": "enwiki", "action_id": "late", "event": event, "at": "2026-03-01T10:00:00Z"});
    house.post(ALL, "/v1/feedback", &json!({"events": [report("reverted"), report("deleted")]})).await.expect(204);
    for wrong in [report("praised"), json!({"wiki": "enwiki", "event": "deleted", "at": "2026-03-01T10:00:00Z"})] {
        assert_eq!(
            house.post(ALL, "/v1/feedback", &json!({"events": [wrong]})).await.expect(400).code(),
            "bad_request"
        );
    }
    let elsewhere =
        json!({"events": [{"wiki": "dewiki", "rev_id": 1, "event": "deleted", "at": "2026-03-01T10:00:00Z"}]});
    assert_eq!(house.post(ALL, "/v1/feedback", &elsewhere).await.expect(403).code(), "forbidden");
}

#[tokio::test]
async fn rules_can_be_tried() {
    let house = House::new(&[]).await;
    let tried = |path: &'static str, body: Value| house.tool(path, body);
    let value = tried("/v1/eval", json!({"wiki": "enwiki", "expression": "1 + 1 == 2 & wiki_name == 'enwiki'"}))
        .await
        .expect(200);
    assert_eq!(value.json()["result"], true);
    assert_eq!(
        tried("/v1/eval", json!({"wiki": "enwiki", "expression": "1 +"})).await.expect(422).errors(),
        ["bad_syntax"]
    );
    let good = tried("/v1/check-syntax", json!({"wiki": "enwiki", "rules": "'' rlike ''"})).await.expect(200).json();
    assert_eq!(
        (good["status"].clone(), good["warnings"][0]["message"].clone()),
        (json!("ok"), json!("match-empty-regex"))
    );
    let bad = tried("/v1/check-syntax", json!({"wiki": "enwiki", "rules": "nope(1)"})).await.expect(200).json();
    assert_eq!(
        (bad["status"].clone(), bad["id"].clone(), bad["character"].clone()),
        (json!("error"), json!("unknownfunction"), json!(4))
    );
    let vars = json!({"old_wikitext": "a", "new_wikitext": "a\nspam"});
    let matched = json!({"wiki": "enwiki", "rules": "added_lines contains 'spam'", "vars": vars});
    assert_eq!(tried("/v1/check-match", matched).await.expect(200).json()["result"], true);
    let unknown = json!({"wiki": "enwiki", "rules": "1", "vars": {"weather": 1}});
    assert_eq!(tried("/v1/check-match", unknown).await.expect(400).code(), "unknown_variable");
    let none = json!({"wiki": "enwiki", "group": "none", "rules": "1", "vars": {}});
    assert_eq!(tried("/v1/check-match", none).await.expect(404).code(), "unknown_group");
    let anybody = house.anybody("/v1/eval", json!({"wiki": "enwiki", "expression": "1"})).await;
    assert_eq!(anybody.expect(403).code(), "forbidden");
}

#[tokio::test]
async fn a_zero_byte_is_looked_for_and_not_found() {
    let house = House::new(&[]).await;
    let wiki = "/v1/wikis/enwiki";
    for path in [
        "hits?actor=%00",
        "hits?ref_code=%00",
        "blocked-domains?q=%00",
        "blocked-domain-hits?actor=a%00",
        "filters?group=%00",
    ] {
        let page = house.read(wikiward_farm::Right::ALL, &format!("{wiki}/{path}")).await.expect(200).json();
        assert_eq!(page["items"], json!([]), "{path}");
    }
}

#[tokio::test]
async fn nothing_is_kept_for_who_shows_nothing() {
    let house = House::new(&[]).await;
    for name in ["one", "two"] {
        let write = json!({"state": "disabled", "group": "default", "name": name, "rules": "1"});
        let answer = house.keyed(&[], "key", "/v1/wikis/enwiki/filters", &write).await;
        assert_eq!(answer.expect(403).headers.get("idempotency-replayed"), None, "another's key is not in the way");
    }
    let kept = house.store.reader().await.unwrap().one("SELECT COUNT(*) FROM idempotency_keys").await.unwrap();
    assert_eq!(kept.get::<i64>(0).unwrap(), 0);
}

#[tokio::test]
async fn what_changes_nothing_and_what_is_encrypted_is_kept_nowhere() {
    let house = House::new(&[]).await;
    let eval = json!({"wiki": "enwiki", "expression": "1 + 1"});
    let filter = json!({"state": "disabled", "group": "default", "name": "one", "rules": "1"});
    let details = "/v1/wikis/enwiki/hits/01890000000070008000000000000000/private-details";
    for (path, body, status) in [
        ("/v1/eval", eval, 200),
        ("/v1/wikis/enwiki/filters/validate", filter, 200),
        (details, json!({"reason": "looked for"}), 404),
    ] {
        for _ in 0..2 {
            let answer = house.keyed(wikiward_farm::Right::ALL, "key", path, &body).await.expect(status);
            assert_eq!(answer.headers.get("idempotency-replayed"), None, "{path}");
        }
    }
    let kept = house.store.reader().await.unwrap().one("SELECT COUNT(*) FROM idempotency_keys").await.unwrap();
    assert_eq!(kept.get::<i64>(0).unwrap(), 0);
}
