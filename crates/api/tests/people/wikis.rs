use crate::house::{House, Who};
use axum::http::Method;
use serde_json::{Value, json};

const OPERATOR: Who<'static> = Who::Operator;

#[tokio::test]
async fn a_wiki_is_added_read_changed_and_closed() {
    let house = House::new().await;
    let body = json!({"wiki": "enwiki", "label": "English", "url": "https://en.example/", "language": "en",
        "settings": {"ip_days": 30}, "farm_groups": ["steward"]});
    let added = house.post(OPERATOR, "/v1/wikis", &body).await.expect(201);
    assert_eq!(
        (&added.headers["etag"], added.json()["settings"].clone()),
        (&"\"1\"".parse().unwrap(), json!({"ip_days": 30}))
    );
    house.post(OPERATOR, "/v1/wikis", &body).await.refused(409, "name_taken");
    let seen = house.get(Who::Nobody, "/v1/wikis/enwiki").await.expect(200).json();
    for hidden in ["settings", "public_key", "farm_groups", "algorithm"] {
        assert!(seen.get(hidden).is_none(), "{hidden}");
    }
    let mut change = json!({"label": "English", "url": "https://en.example/", "language": "en", "closed": true});
    house.send(OPERATOR, Method::PUT, "/v1/wikis/enwiki", &[], &change).await.refused(412, "precondition_failed");
    let closed = house.put(OPERATOR, "/v1/wikis/enwiki", 1, &change).await.expect(200);
    assert_eq!(closed.json()["closed"], true);
    change["closed"] = json!(false);
    let stale = house.put(OPERATOR, "/v1/wikis/enwiki", 1, &change).await;
    stale.refused(409, "edit_conflict");
    assert_eq!(stale.json()["current"], 2);
    house.put(OPERATOR, "/v1/wikis/dewiki", 1, &change).await.refused(404, "not_found");
    house.put(OPERATOR, "/v1/wikis/En%20Wiki", 1, &change).await.refused(404, "not_found");
    house.put(Who::Nobody, "/v1/wikis/enwiki", 2, &change).await.refused(403, "forbidden");
}

#[tokio::test]
async fn everything_wrong_with_a_wiki_is_said_with_its_field() {
    let house = House::new().await;
    let good = json!({"wiki": "enwiki", "label": "English", "url": "https://en.example/", "language": "en"});
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    let private = "-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----";
    for (name, value, code) in [
        ("wiki", json!("En Wiki"), "bad_name"),
        ("wiki", json!("*"), "bad_name"),
        ("label", json!(""), "bad_label"),
        ("url", json!("ftp://x"), "bad_url"),
        ("language", json!("!"), "bad_language"),
        ("public_key", json!("nonsense"), "bad_key"),
        ("public_key", json!(private), "bad_key"),
        ("farm_groups", json!(["*"]), "bad_group"),
        ("settings", json!({"x": "y".repeat(70_000)}), "too_long"),
    ] {
        let answer = house.post(OPERATOR, "/v1/wikis", &with(name, value)).await;
        assert_eq!(answer.invalid(), [code], "{name}");
        assert_eq!(answer.text("/errors/0/field"), name);
    }
    let answer = house.post(OPERATOR, "/v1/wikis", &with("public_key", json!(private))).await;
    assert!(answer.text("/errors/0/message").starts_with("this is a private key") && !answer.text.contains("MC4CAQ"));
    house.post(OPERATOR, "/v1/wikis", &with("lable", json!("x"))).await.refused(400, "unknown_field");
    house.post(OPERATOR, "/v1/wikis", &with("label", json!(5))).await.refused(400, "bad_request");
    house.post(Who::Nobody, "/v1/wikis", &good).await.refused(403, "forbidden");
    house.post(Who::Bearer("wws_x"), "/v1/wikis", &good).await.refused(401, "unauthenticated");
    house.send(OPERATOR, Method::POST, "/v1/wikis", &[], &Value::Null).await.refused(415, "unsupported_media_type");
    house
        .post(OPERATOR, "/v1/wikis", &with("label", json!("x".repeat(1_100_000))))
        .await
        .refused(413, "body_too_large");
}

#[tokio::test]
async fn lists_are_pages_whose_cursors_are_good_for_one_list() {
    let house = House::new().await;
    for name in ["awiki", "bwiki", "cwiki"] {
        house.wiki(name, None).await;
    }
    let first = house.get(Who::Nobody, "/v1/wikis?limit=2").await.expect(200).json();
    let next = first["next"].as_str().unwrap();
    let second = house.get(Who::Nobody, &format!("/v1/wikis?limit=2&cursor={next}")).await.expect(200).json();
    assert_eq!((second["items"][0]["wiki"].clone(), second["next"].clone()), (json!("cwiki"), Value::Null));
    house.get(Who::Nobody, &format!("/v1/wiki-sets?cursor={next}")).await.refused(400, "bad_request");
    house.get(Who::Nobody, "/v1/wikis?limit=0").await.refused(400, "bad_request");
    house.get(Who::Nobody, "/v1/wikis?colour=red").await.refused(400, "unknown_field");
}

#[tokio::test]
async fn a_private_wiki_looks_like_none() {
    let house = House::new().await;
    house.wiki("secretwiki", None).await;
    let path = "/v1/group-rights/secretwiki/*";
    let put = house.send(OPERATOR, Method::PUT, path, &[], &json!({"rights": []})).await.expect(200).json();
    assert_eq!(put, json!({"rights": [], "from": "wiki"}));
    let (hidden, missing) =
        (house.get(Who::Nobody, "/v1/wikis/secretwiki").await, house.get(Who::Nobody, "/v1/wikis/nowiki").await);
    assert_eq!(hidden, missing);
    hidden.refused(404, "not_found");
    let change = json!({"label": "x", "url": "https://x.example", "language": "en"});
    let hidden = house.put(Who::Nobody, "/v1/wikis/secretwiki", 1, &change).await;
    assert_eq!(hidden, house.put(Who::Nobody, "/v1/wikis/nowiki", 1, &change).await);
    assert_eq!(house.get(Who::Nobody, "/v1/wikis").await.expect(200).json()["items"], json!([]));
    assert_eq!(
        house.get(Who::Nobody, "/v1/group-rights/secretwiki").await,
        house.get(Who::Nobody, "/v1/group-rights/nowiki").await
    );
    let set = json!({"wiki_set": "small", "label": "Small", "wikis": ["secretwiki"]});
    house.post(OPERATOR, "/v1/wiki-sets", &set).await.expect(201);
    let seen = house.get(Who::Nobody, "/v1/wiki-sets/small").await.expect(200).json();
    assert_eq!(seen["wikis"], json!([]));
    house.delete(OPERATOR, path).await.expect(204);
    house.get(Who::Nobody, "/v1/wikis/secretwiki").await.expect(200);
}

#[tokio::test]
async fn sets_are_made_changed_and_removed() {
    let house = House::new().await;
    house.wiki("enwiki", None).await;
    let set = json!({"wiki_set": "small", "label": "Small", "wikis": ["enwiki"]});
    house.post(OPERATOR, "/v1/wiki-sets", &set).await.expect(201);
    house.post(OPERATOR, "/v1/wiki-sets", &set).await.refused(409, "name_taken");
    let change = json!({"label": "Small ones", "wikis": []});
    assert_eq!(house.put(OPERATOR, "/v1/wiki-sets/small", 1, &change).await.expect(200).json()["version"], 2);
    house.put(OPERATOR, "/v1/wiki-sets/small", 1, &set_of("enwiki")).await.refused(409, "edit_conflict");
    assert_eq!(house.put(OPERATOR, "/v1/wiki-sets/small", 2, &set_of("nowiki")).await.invalid(), ["unknown_wiki"]);
    assert_eq!(house.put(OPERATOR, "/v1/wiki-sets/small", 2, &set_of("No Wiki")).await.invalid(), ["bad_name"]);
    house.put(Who::Nobody, "/v1/wiki-sets/small", 2, &change).await.refused(403, "forbidden");
    house.delete(OPERATOR, "/v1/wiki-sets/small").await.refused(412, "precondition_failed");
    let remove = house.send(OPERATOR, Method::DELETE, "/v1/wiki-sets/small", &[("if-match", "\"2\"")], &Value::Null);
    remove.await.expect(204);
    house.get(OPERATOR, "/v1/wiki-sets/small").await.refused(404, "not_found");
}

fn set_of(wiki: &str) -> Value {
    json!({"label": "Small", "wikis": [wiki]})
}

#[tokio::test]
async fn rights_of_groups_are_listed_with_where_they_come_from() {
    let house = House::new().await;
    house.wiki("enwiki", None).await;
    let rights = json!({"rights": ["abusefilter-revert"]});
    house.send(OPERATOR, Method::PUT, "/v1/group-rights/*/patroller", &[], &rights).await.expect(200);
    let groups = house.get(Who::Nobody, "/v1/group-rights/enwiki").await.expect(200).json();
    assert_eq!(groups["groups"]["patroller"], json!({"rights": ["abusefilter-revert"], "from": "farm"}));
    assert_eq!(groups["groups"]["*"]["from"], "shipped");
    let put = async |path: &str, body: Value| house.send(OPERATOR, Method::PUT, path, &[], &body).await;
    assert_eq!(put("/v1/group-rights/*/x", json!({"rights": ["everything"]})).await.invalid(), ["unknown_right"]);
    assert_eq!(put("/v1/group-rights/*/%0a", rights.clone()).await.invalid(), ["bad_group"]);
    put("/v1/group-rights/nowiki/x", rights.clone()).await.refused(404, "not_found");
    let nobody = house.send(Who::Nobody, Method::PUT, "/v1/group-rights/*/x", &[], &rights).await;
    nobody.refused(403, "forbidden");
}
