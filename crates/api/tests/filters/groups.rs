//! Groups and custom consequences.

use crate::house::{Answer, House, everybody};
use axum::http::Method;
use serde_json::{Value, json};
use wikiward_people::Scope;

const WRITE: &[Scope] = &[Scope::GroupsWrite];

fn group(changes: Value) -> Value {
    let mut document = json!({
        "owner": "my-extension",
        "kinds": [{"name": "thing-make"}, {"name": "thing-break"}],
        "include_sets": ["generic", "user"],
        "variables": [
            {"name": "thing_name", "type": "string", "source": "eager"},
            {"name": "thing_age", "type": "int", "source": "lazy", "cost": "db"},
            {"name": "thing_address", "type": "string", "source": "lazy", "protected": true},
        ],
        "allowed_consequences": ["tag", "disallow"],
    });
    document.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    document
}

async fn put(house: &House, document: &Value) -> Answer {
    house.program(WRITE, Method::PUT, "/v1/groups/things", Some(document)).await
}

#[tokio::test]
async fn a_group_is_registered_once_and_counts_its_changes() {
    let house = House::new().await;
    assert_eq!(put(&house, &group(json!({}))).await.expect(200).json()["version"], 1);
    let changes = house.store.feed().newest();
    assert_eq!(put(&house, &group(json!({}))).await.expect(200).json()["version"], 1);
    assert_eq!(house.store.feed().newest(), changes, "the same again writes nothing");
    assert_eq!(put(&house, &group(json!({"fail_mode": "closed"}))).await.expect(200).json()["version"], 2);
    let read = house.get(&everybody(), "/v1/groups/things").await.expect(200).json();
    assert_eq!((&read["name"], &read["fail_mode"]), (&json!("things"), &json!("closed")));
    let made = house.made(json!({"group": "things", "rules": "thing_age < 5 & action == 'thing-make'"})).await;
    assert_eq!(made, "1");
}

#[tokio::test]
async fn what_enabled_filters_need_stays() {
    let house = House::new().await;
    put(&house, &group(json!({}))).await.expect(200);
    house.made(json!({"group": "things", "rules": "thing_age < 5 & action == 'thing-make'", "state": "enabled"})).await;
    house
        .made(json!({"group": "things", "rules": "thing_age < 5", "state": "enabled", "privacy": {"hidden": true}}))
        .await;
    house.made(json!({"group": "things", "rules": "thing_name == 'x'"})).await;
    let without_age = group(json!({"variables": [{"name": "thing_name", "type": "string", "source": "eager"}]}));
    let refused = put(&house, &without_age).await.expect(409);
    assert_eq!(refused.code(), "variable_in_use");
    assert_eq!(refused.json()["filters"], json!([{"wiki": "enwiki", "id": "1"}, {"wiki": "enwiki", "id": null}]));
    let without_kind = group(json!({"kinds": [{"name": "thing-break"}]}));
    assert_eq!(put(&house, &without_kind).await.expect(409).json()["filters"], json!([{"wiki": "enwiki", "id": "1"}]));
    let removed = house.program(WRITE, Method::DELETE, "/v1/groups/things", None).await;
    assert_eq!(removed.expect(409).code(), "variable_in_use");
    put(&house, &group(json!({"kinds": [{"name": "thing-make"}]}))).await.expect(200);
}

#[tokio::test]
async fn a_group_belongs_to_its_owner() {
    let house = House::new().await;
    put(&house, &group(json!({}))).await.expect(200);
    assert_eq!(put(&house, &group(json!({"owner": "other"}))).await.expect(409).code(), "group_owned");
    for name in ["default", "newsletter"] {
        let path = format!("/v1/groups/{name}");
        assert_eq!(
            house.program(WRITE, Method::PUT, &path, Some(&group(json!({})))).await.expect(409).code(),
            "group_owned"
        );
        assert_eq!(house.program(WRITE, Method::DELETE, &path, None).await.expect(409).code(), "group_owned");
        house.get(&everybody(), &path).await.expect(200);
    }
    assert_eq!(put(&house, &group(json!({"owner": "wikiward"}))).await.expect(409).code(), "group_owned");
    house.program(WRITE, Method::DELETE, "/v1/groups/things", None).await.expect(204);
    assert_eq!(house.get(&everybody(), "/v1/groups/things").await.expect(404).code(), "not_found");
    assert_eq!(house.program(WRITE, Method::DELETE, "/v1/groups/things", None).await.expect(404).code(), "not_found");
}

#[tokio::test]
async fn a_document_that_is_wrong_is_told_why() {
    let house = House::new().await;
    let named = |name: &str| json!({"variables": [{"name": name, "type": "string", "source": "eager"}]});
    assert_eq!(put(&house, &group(named("Thing"))).await.expect(400).code(), "bad_var_name");
    assert_eq!(put(&house, &group(named("user_name"))).await.expect(400).code(), "bad_var_name");
    assert_eq!(put(&house, &group(json!({"kind": []}))).await.expect(400).code(), "unknown_field");
    assert_eq!(put(&house, &group(json!({"kinds": []}))).await.expect(422).errors(), ["bad_request"]);
    assert_eq!(
        put(&house, &group(json!({"allowed_consequences": ["explode"]}))).await.expect(422).errors(),
        ["action_not_allowed"]
    );
    let refused = house.program(&[Scope::Evaluate], Method::PUT, "/v1/groups/things", Some(&group(json!({})))).await;
    assert_eq!(refused.expect(403).code(), "forbidden");
    let nobody = house.write(&everybody(), Method::PUT, "/v1/groups/things", None, &group(json!({}))).await;
    assert_eq!(nobody.expect(401).code(), "unauthenticated");
}

#[tokio::test]
async fn protected_variables_of_a_group_protect_its_filters() {
    let house = House::new().await;
    put(&house, &group(json!({}))).await.expect(200);
    let open = crate::house::filter(json!({"group": "things", "rules": "thing_address == 'x'"}));
    let refused = house.post(&crate::house::admin(), "/v1/wikis/enwiki/filters", &open).await.expect(422);
    assert_eq!(refused.errors(), ["must_be_protected"]);
    let id =
        house.made(json!({"group": "things", "rules": "thing_address == 'x'", "privacy": {"protected": true}})).await;
    house.get(&everybody(), &format!("/v1/wikis/enwiki/filters/{id}")).await.expect(404);
}

#[tokio::test]
async fn a_variable_with_a_right_of_its_own_hides_filters_from_who_lacks_it() {
    use wikiward_farm::Right;
    let house = House::new().await;
    let guarded = json!({"name": "thing_address", "type": "string", "source": "lazy", "protected": true, "right": "viewsuppressed"});
    put(&house, &group(json!({"variables": [guarded]}))).await.expect(200);
    let id =
        house.made(json!({"group": "things", "rules": "thing_address == 'x'", "privacy": {"protected": true}})).await;
    let (less, more) = (
        crate::house::with(&[Right::ProtectedVars]),
        crate::house::with(&[Right::ProtectedVars, Right::ViewSuppressed]),
    );
    let path = format!("/v1/wikis/enwiki/filters/{id}");
    house.get(&less, &path).await.expect(404);
    house.get(&more, &path).await.expect(200);
    assert_eq!(house.get(&less, "/v1/wikis/enwiki/filters").await.json()["items"], json!([]));
    assert_eq!(house.get(&more, "/v1/wikis/enwiki/filters").await.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn custom_consequences_are_registered_and_checked() {
    let house = House::new().await;
    let document = json!({"owner": "my-extension", "class": "N", "params_schema": {"min": 1, "max": 1, "values": [["soft", "hard"]]}});
    let path = "/v1/consequences/slowdown";
    house.program(WRITE, Method::PUT, path, Some(&document)).await.expect(200);
    let mut other = document.clone();
    other["owner"] = json!("other");
    assert_eq!(house.program(WRITE, Method::PUT, path, Some(&other)).await.expect(409).code(), "group_owned");
    assert_eq!(
        house.program(WRITE, Method::PUT, "/v1/consequences/block", Some(&document)).await.expect(422).code(),
        "invalid"
    );
    put(&house, &group(json!({"allowed_consequences": ["slowdown"]}))).await.expect(200);
    let with = |params: Value| {
        crate::house::filter(json!({"group": "things", "rules": "thing_age < 5", "actions": {"slowdown": params}}))
    };
    let list = "/v1/wikis/enwiki/filters";
    let admin = crate::house::admin();
    assert_eq!(house.post(&admin, list, &with(json!(["odd"]))).await.expect(422).errors(), ["bad_params"]);
    assert_eq!(house.post(&admin, list, &with(json!([]))).await.expect(422).errors(), ["bad_params"]);
    house.post(&admin, list, &with(json!(["soft"]))).await.expect(201);
    assert_eq!(house.program(WRITE, Method::DELETE, path, None).await.expect(422).errors(), ["action_not_allowed"]);
    assert_eq!(house.get(&everybody(), path).await.expect(200).json()["class"], "N");
    assert_eq!(house.get(&everybody(), "/v1/consequences/review").await.expect(200).json()["class"], "O");
}
