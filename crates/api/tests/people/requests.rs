//! Requests that nothing can be made of, whatever they ask for.

use crate::house::{House, Who};
use axum::http::Method;
use serde_json::{Value, json};

const OPERATOR: Who<'_> = Who::Operator;

#[tokio::test]
async fn a_resource_does_not_know_every_method() {
    let house = House::new().await;
    house.send(OPERATOR, Method::PATCH, "/v1/wikis", &[], &json!({})).await.refused(405, "method_not_allowed");
}

#[tokio::test]
async fn a_key_is_for_one_request() {
    let house = House::new().await;
    let write = async |name: &str| {
        let body = json!({"wiki": name, "label": name, "url": format!("https://{name}.example/"), "language": "en"});
        house.send(OPERATOR, Method::POST, "/v1/wikis", &[("idempotency-key", "one")], &body).await
    };
    let first = write("enwiki").await.expect(201);
    assert_eq!(write("enwiki").await.expect(201).text, first.text, "the same again gets the same answer");
    write("dewiki").await.refused(409, "idempotency_mismatch");
    let long = "k".repeat(256);
    let headers = [("idempotency-key", long.as_str())];
    house.send(OPERATOR, Method::POST, "/v1/wikis", &headers, &json!({})).await.refused(400, "bad_request");
}

#[tokio::test]
async fn what_goes_wrong_here_is_said_without_details() {
    let house = House::new().await;
    let mut tx = house.store.begin().await.unwrap();
    tx.execute("DROP TABLE audit_log").await.unwrap();
    tx.commit().await.unwrap();
    let answer = house.get(OPERATOR, "/v1/audit").await;
    answer.refused(500, "internal");
    assert!(!answer.text.contains("audit_log"), "{}", answer.text);
    // Others are served.
    house.get(OPERATOR, "/v1/wikis").await.expect(200);
    house.send(Who::Nobody, Method::GET, "/v1/nothing", &[], &Value::Null).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_body_or_query_of_other_types_is_refused_with_the_place() {
    let house = House::new().await;
    let wiki = |change: Value| {
        let mut body = json!({"wiki": "enwiki", "label": "", "url": "https://enwiki.example/", "language": "en"});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    // A list of its values is no object, though they stand in the right order.
    for (body, field) in [
        (json!(["enwiki", "", "https://enwiki.example/", "en"]), ""),
        (json!("enwiki"), ""),
        (wiki(json!({"language": 5})), "language"),
        (wiki(json!({"farm_groups": {"a": 1}})), "farm_groups"),
    ] {
        let answer = house.send(OPERATOR, Method::POST, "/v1/wikis", &[], &body).await;
        answer.refused(400, "bad_request");
        let said = answer.json();
        assert_eq!(said["errors"][0]["field"], field, "{body}: {said}");
        let message = said["errors"][0]["message"].as_str().unwrap();
        assert!(message.starts_with("invalid type: ") && !message.contains("struct"), "{message}");
    }
    let packed = [("content-encoding", "lzma")];
    let answer = house.send(OPERATOR, Method::POST, "/v1/wikis", &packed, &wiki(json!({}))).await;
    answer.refused(415, "unsupported_media_type");
    assert!(answer.json()["detail"].as_str().unwrap().contains("gzip"), "{}", answer.text);
    let answer = house.get(OPERATOR, "/v1/wikis?limit=many").await;
    answer.refused(400, "bad_request");
    assert!(answer.json()["detail"].as_str().unwrap().contains("`limit`"), "{}", answer.text);
}
