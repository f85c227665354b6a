//! Saving, and every error of it.

use crate::house::{House, admin, everybody, filter, with, without};
use axum::http::Method;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use wikiward_farm::{Right, Viewer};

const LIST: &str = "/v1/wikis/enwiki/filters";

#[tokio::test]
async fn a_filter_is_created_read_and_saved_again() {
    let house = House::new().await;
    let made =
        house.post(&admin(), LIST, &filter(json!({"actions": {"tag": ["x"]}, "reason": "first"}))).await.expect(201);
    assert_eq!(made.headers["location"], "/v1/wikis/enwiki/filters/1");
    assert_eq!(made.headers["etag"], "\"1\"");
    let one = house.get(&everybody(), "/v1/wikis/enwiki/filters/1").await.expect(200).json();
    assert_eq!((&one["version"], &one["wiki"], &one["actions"]["tag"][0]), (&json!(1), &json!("enwiki"), &json!("x")));
    assert_eq!(one.get("hits"), None, "{one}");
    assert_eq!(one["permissions"]["edit"], json!(false));
    let saved = house
        .put(&admin(), "/v1/wikis/enwiki/filters/1", 1, &filter(json!({"rules": "page_id == 2"})))
        .await
        .expect(200)
        .json();
    assert_eq!((&saved["changed"], &saved["filter"]["version"]), (&json!(true), &json!(2)));
    assert_eq!(house.refreshed.0.load(Ordering::Relaxed), 2);
    assert_eq!(house.made(json!({})).await, "2");
}

#[tokio::test]
async fn a_save_that_changes_nothing_writes_nothing() {
    let house = House::new().await;
    house.made(json!({})).await;
    let before = house.store.feed().newest();
    let saved = house
        .put(&admin(), "/v1/wikis/enwiki/filters/1", 1, &filter(json!({"reason": "again"})))
        .await
        .expect(200)
        .json();
    assert_eq!((&saved["changed"], &saved["filter"]["version"]), (&json!(false), &json!(1)));
    let history = house.get(&admin(), "/v1/wikis/enwiki/filters/1/history").await.json();
    assert_eq!(history["items"].as_array().unwrap().len(), 1);
    assert_eq!((house.store.feed().newest(), house.refreshed.0.load(Ordering::Relaxed)), (before, 1));
}

#[tokio::test]
async fn two_who_change_the_same_version_are_told_what_both_did() {
    let house = House::new().await;
    house.made(json!({"rules": "page_id == 1 &\nuser_age < 5"})).await;
    let path = "/v1/wikis/enwiki/filters/1";
    house.put(&admin(), path, 1, &filter(json!({"rules": "page_id == 2 &\nuser_age < 5"}))).await.expect(200);
    let late = house
        .put(&admin(), path, 1, &filter(json!({"rules": "page_id == 1 &\nuser_age < 9", "name": "New"})))
        .await
        .expect(409);
    let problem = late.json();
    assert_eq!(late.code(), "edit_conflict");
    assert_eq!((&problem["base"]["version"], &problem["current"]["version"]), (&json!(1), &json!(2)));
    let three = &problem["three_way"];
    assert_eq!(three["rules"][0]["side"], "conflict", "touching lines are one stretch: {three}");
    assert_eq!((&three["fields"][0]["field"], &three["fields"][0]["side"]), (&json!("name"), &json!("mine")));
    let stale = house.put(&admin(), path, 7, &filter(json!({"name": "New"}))).await.expect(412);
    assert_eq!(stale.code(), "precondition_failed");
    for header in [None, Some("1"), Some("\"x\""), Some("*")] {
        let answer = house.write(&admin(), Method::PUT, path, header, &filter(json!({}))).await.expect(412);
        assert_eq!(answer.code(), "precondition_failed");
    }
}

#[tokio::test]
async fn of_many_saves_at_once_one_wins() {
    let house = House::new().await;
    house.made(json!({})).await;
    let document = |n: u32| filter(json!({"rules": format!("page_id == {n}")}));
    let (a, b, c) = (document(11), document(12), document(13));
    let viewer = admin();
    let path = "/v1/wikis/enwiki/filters/1";
    let answers =
        tokio::join!(house.put(&viewer, path, 1, &a), house.put(&viewer, path, 1, &b), house.put(&viewer, path, 1, &c));
    let mut statuses = [answers.0.status.as_u16(), answers.1.status.as_u16(), answers.2.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409]);
}

/// What is wrong with a new filter.
async fn wrong(house: &House, viewer: &Viewer, changes: Value) -> Vec<String> {
    let answer = house.post(viewer, LIST, &filter(changes)).await.expect(422);
    assert_eq!(answer.code(), "invalid");
    answer.errors()
}

#[tokio::test]
async fn every_error_of_a_new_filter_is_answered() {
    let house = House::new().await;
    let throttle = |params: Value| json!({"actions": {"throttle": params}});
    let protected = "user_unnamed_ip == '192.0.2.1'";
    let cases: Vec<(&[&str], Value)> = vec![
        (&["missing_fields"], json!({"rules": " "})),
        (&["missing_fields"], json!({"name": ""})),
        (&["bad_syntax"], json!({"rules": "page_id =="})),
        (&["bad_syntax"], json!({"rules": "1 / 0"})),
        (&["no_tags"], json!({"actions": {"tag": []}})),
        (&["bad_tag"], json!({"actions": {"tag": ["a|b"]}})),
        (&["tag_reserved"], json!({"actions": {"tag": ["abusefilter-condition-limit"]}})),
        (&["tags_too_many"], json!({"actions": {"tag": vec!["t"; 33]}})),
        (&["empty_message"], json!({"actions": {"warn": [""]}})),
        (&["empty_message"], json!({"actions": {"disallow": [""]}})),
        (&["throttle_count"], throttle(json!(["", "0,60", "user"]))),
        (&["throttle_period"], throttle(json!(["", "3,060", "user"]))),
        (&["throttle_groups_empty"], throttle(json!(["", "3,60"]))),
        (&["throttle_groups_invalid"], throttle(json!(["", "3,60", "moon"]))),
        (&["throttle_groups_duplicate"], throttle(json!(["", "3,60", "ip,user", "user,ip"]))),
        (&["throttle_groups_too_many"], throttle(json!([vec!["", "3,60"], vec!["user"; 17]].concat()))),
        (&["must_be_protected"], json!({"rules": protected})),
        (&["unknown_group"], json!({"group": "nowhere"})),
        (&["var_not_in_group"], json!({"rules": "newsletter_reach == 'farm'"})),
        (&["action_not_allowed"], json!({"actions": {"explode": []}})),
        (&["action_not_allowed"], json!({"actions": {"rangeblock": []}})),
        (&["bad_state"], json!({"state": "deleted"})),
        (&["rules_too_long"], json!({"rules": format!("'{}'", "x".repeat(65_530))})),
        (&["name_too_long"], json!({"name": "n".repeat(256)})),
        (&["notes_too_long"], json!({"notes": "n".repeat(65_531)})),
        (&["params_too_long"], json!({"actions": {"disallow": ["k".repeat(4_097)]}})),
        (&["bad_params"], json!({"actions": {"block": ["perhaps"]}})),
        (&["bad_priority"], json!({"priority": 1001})),
        (&["bad_name"], json!({"name": "a\u{7}b"})),
        (&["bad_text"], json!({"notes": "\u{0}"})),
        (&["bad_scope"], json!({"scope": {"include": ["enwiki"]}})),
        (&["reason_too_long"], json!({"reason": "r".repeat(501)})),
        (&["list_too_long"], json!({"maintainers": (0..501).map(|n| format!("User {n}")).collect::<Vec<_>>()})),
        (
            &["name_too_long", "bad_syntax", "no_tags", "unknown_group"],
            json!({"name": "n".repeat(256), "rules": "(", "actions": {"tag": []}, "group": "x"}),
        ),
    ];
    for (codes, changes) in cases {
        assert_eq!(wrong(&house, &admin(), changes.clone()).await, codes, "{changes}");
    }
    let forbidden =
        wrong(&house, &without(Right::ProtectedVars), json!({"rules": protected, "privacy": {"protected": true}}))
            .await;
    assert_eq!(forbidden, ["protected_var_forbidden"]);
    assert_eq!(
        wrong(&house, &without(Right::ModifyRestricted), json!({"actions": {"block": []}})).await,
        ["restricted_action"]
    );
    let suppressed = json!({"privacy": {"suppressed": true}});
    assert_eq!(wrong(&house, &without(Right::SuppressRevision), suppressed).await, ["forbidden"]);
    assert_eq!(house.store.feed().newest(), 0, "nothing was written");
}

#[tokio::test]
async fn a_farm_wide_filter_names_messages_that_every_wiki_has() {
    let house = House::new().await;
    let own = filter(json!({"actions": {"warn": ["my-own"]}}));
    let answer = house.post(&admin(), "/v1/farm/filters", &own).await.expect(422);
    assert_eq!(answer.errors(), ["global_custom_message"]);
    assert_eq!(
        house.post(&without(Right::ModifyGlobal), "/v1/farm/filters", &own).await.expect(403).code(),
        "forbidden"
    );
    let scoped = filter(json!({"scope": {"include": ["set:large"]}}));
    let made = house.post(&admin(), "/v1/farm/filters", &scoped).await.expect(201);
    assert_eq!(made.headers["location"], "/v1/farm/filters/1");
    assert_eq!(made.json()["filter"]["id"], "1");
}

#[tokio::test]
async fn errors_that_depend_on_what_was_there() {
    let house = House::new().await;
    let one = house.made(json!({"state": "enabled"})).await;
    let path = format!("{LIST}/{one}");
    let deleting = house.put(&admin(), &path, 1, &filter(json!({"state": "deleted"}))).await.expect(422);
    assert_eq!(deleting.errors(), ["deleting_enabled"]);
    let hidden = house.made(json!({"privacy": {"hidden": true}})).await;
    let path = format!("{LIST}/{hidden}");
    assert_eq!(house.put(&admin(), &path, 1, &filter(json!({}))).await.expect(422).errors(), ["confirm_public"]);
    house.put(&admin(), &path, 1, &filter(json!({"confirm_make_public": true}))).await.expect(200);
    let protected = house.made(json!({"privacy": {"protected": true}})).await;
    let path = format!("{LIST}/{protected}");
    assert_eq!(house.put(&admin(), &path, 1, &filter(json!({}))).await.expect(422).errors(), ["must_be_protected"]);
    let blocks = house.made(json!({"actions": {"block": []}})).await;
    let path = format!("{LIST}/{blocks}");
    let taken_off = house.put(&without(Right::ModifyRestricted), &path, 1, &filter(json!({}))).await.expect(422);
    assert_eq!(taken_off.errors(), ["restricted_action"]);
}

#[tokio::test]
async fn a_group_holds_so_many_shadow_filters() {
    let house = House::new().await;
    for _ in 0..20 {
        house.made(json!({"state": "shadow"})).await;
    }
    assert_eq!(wrong(&house, &admin(), json!({"state": "shadow"})).await, ["too_many_shadow"]);
}

#[tokio::test]
async fn a_thousand_filters_may_be_enabled_in_a_group() {
    let house = House::new().await;
    let line = r#"{"data":{"rules":"page_id == 1","name":"n","enabled":true}}"#;
    for _ in 0..2 {
        let path = "/v1/wikis/enwiki/import?keep_enabled=true&atomic=true";
        house.lines(&admin(), path, &vec![line; 500].join("\n")).await.expect(200);
    }
    assert_eq!(wrong(&house, &admin(), json!({"state": "enabled"})).await, ["too_many_filters"]);
}

#[tokio::test]
async fn who_may_not_edit_is_refused_where_the_filter_is_seen() {
    let house = House::new().await;
    let one = house.made(json!({})).await;
    let path = format!("{LIST}/{one}");
    assert_eq!(house.put(&everybody(), &path, 1, &filter(json!({}))).await.expect(403).code(), "forbidden");
    assert_eq!(house.post(&everybody(), LIST, &filter(json!({}))).await.expect(403).code(), "forbidden");
    assert_eq!(
        house.post(&admin(), "/v1/wikis/nowiki/filters", &filter(json!({}))).await.expect(404).code(),
        "not_found"
    );
    let blocked = Viewer::new(admin().principal, admin().granted().clone(), true);
    assert_eq!(house.post(&blocked, LIST, &filter(json!({}))).await.expect(403).code(), "forbidden");
}

#[tokio::test]
async fn what_cannot_be_read_is_told() {
    let house = House::new().await;
    for (changes, code) in [
        (json!({"state": "sleeping"}), "bad_request"),
        (json!({"tier": "best"}), "bad_request"),
        (json!({"maintainers": ["a\nb"]}), "bad_request"),
        (json!({"rules": 7}), "bad_request"),
        (json!({"wersion": 7}), "unknown_field"),
        (json!({"privacy": {"hiden": true}}), "unknown_field"),
    ] {
        assert_eq!(house.post(&admin(), LIST, &filter(changes.clone())).await.expect(400).code(), code, "{changes}");
    }
    let huge = house.post(&admin(), LIST, &filter(json!({"rules": "x".repeat(1024 * 1024)}))).await.expect(413);
    assert_eq!(huge.code(), "body_too_large");
}

#[tokio::test]
async fn validation_finds_the_same_and_saves_nothing() {
    let house = House::new().await;
    let one = house.made(json!({"state": "enabled"})).await;
    let changes = json!({"state": "deleted", "rules": "article_namespace == 0 & page_id == ", "reason": "x"});
    let found = house.post(&admin(), &format!("{LIST}/validate?id={one}"), &filter(changes)).await.expect(200).json();
    assert_eq!(found["valid"], json!(false));
    let codes: Vec<_> = found["errors"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["bad_syntax", "deleting_enabled"]);
    assert_eq!(found["changed_fields"], json!(["state", "rules"]));
    let warned = json!({"state": "enabled", "rules": "article_namespace == 0", "actions": {"block": []}});
    let found = house.post(&admin(), &format!("{LIST}/validate"), &filter(warned)).await.expect(200).json();
    let codes: Vec<_> = found["warnings"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap()).collect();
    assert_eq!((found["valid"].as_bool(), codes), (Some(true), vec!["deprecated-variable", "no_backtest"]));
    assert_eq!(
        house.post(&everybody(), &format!("{LIST}/validate"), &filter(json!({}))).await.expect(403).code(),
        "forbidden"
    );
    house.post(&with(&[Right::ViewPrivate]), &format!("{LIST}/validate"), &filter(json!({}))).await.expect(200);
}

#[tokio::test]
async fn a_wiki_that_does_not_carry_out_a_consequence_refuses_it() {
    let house = House::new().await;
    let warn = filter(json!({"actions": {"warn": []}}));
    let answer = house.post(&admin(), "/v1/wikis/strictwiki/filters", &warn).await.expect(422);
    assert_eq!(answer.errors(), ["action_not_allowed"]);
}
