use crate::house::{AWAY, House, PASSWORD, Who};
use axum::http::Method;
use serde_json::{Value, json};
use wikiward_farm::{Clock as _, SystemClock};

#[tokio::test]
async fn the_first_account_is_made_with_a_link() {
    let house = House::new().await;
    let link = house.people.first_link(SystemClock.now()).await.unwrap().unwrap();
    let redeem = async |body: Value| house.post(Who::Nobody, "/v1/sessions/redeem", &body).await;
    assert_eq!(redeem(json!({"ticket": link, "password": PASSWORD})).await.invalid(), ["name_wanted"]);
    assert_eq!(redeem(json!({"ticket": link, "name": " x", "password": PASSWORD})).await.invalid(), ["bad_name"]);
    assert_eq!(redeem(json!({"ticket": link, "name": "Ada", "password": "short"})).await.invalid(), ["password_short"]);
    let session = redeem(json!({"ticket": link, "name": "Ada", "password": PASSWORD})).await.expect(201);
    let ada = session.text("/secret");
    house.get(Who::Bearer(&ada), "/v1/accounts").await.expect(200);
    redeem(json!({"ticket": link, "name": "Eve", "password": PASSWORD})).await.refused(401, "unauthenticated");
    redeem(json!({"ticket": "wwt_x", "password": PASSWORD})).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn accounts_are_changed_by_who_manages_them() {
    let house = House::new().await;
    let boss = house.account("Boss", &json!({"*": ["wikiward-manage-accounts", "abusefilter-revert"]})).await;
    let kim = house.account("Kim", &json!({"*": ["abusefilter-revert"]})).await;
    let (boss_secret, kim_secret) = (house.sign_in("boss").await, house.sign_in("KIM").await);
    let (by_boss, by_kim) = (Who::Bearer(&boss_secret), Who::Bearer(&kim_secret));
    assert_eq!(house.get(by_boss, "/v1/accounts").await.expect(200).json()["items"].as_array().unwrap().len(), 2);
    house.get(by_kim, "/v1/accounts").await.refused(403, "forbidden");
    house.get(by_kim, &format!("/v1/accounts/{boss}")).await.refused(404, "not_found");
    house.get(by_boss, "/v1/accounts/x").await.refused(404, "not_found");
    let own = house.get(by_kim, &format!("/v1/accounts/{kim}")).await.expect(200);
    let version: u32 = own.json()["version"].as_u64().unwrap().try_into().unwrap();
    let path = format!("/v1/accounts/{kim}");
    let change = |rights: Value| json!({"name": "Kim Example", "rights": rights});
    house.put(by_kim, &path, version, &change(json!({}))).await.refused(403, "forbidden");
    let beyond = change(json!({"*": ["suppressrevision"]}));
    house.put(by_boss, &path, version, &beyond).await.refused(403, "forbidden");
    assert_eq!(house.put(by_boss, &path, version, &change(json!({"*": ["all"]}))).await.invalid(), ["unknown_right"]);
    let unknown = change(json!({"nowiki": ["abusefilter-revert"]}));
    assert_eq!(house.put(by_boss, &path, version, &unknown).await.invalid(), ["unknown_wiki"]);
    house.put(by_boss, &path, version, &change(json!({}))).await.expect(200);
    house.put(by_boss, &path, version, &change(json!({}))).await.refused(409, "edit_conflict");
    let taken = json!({"name": "bOSS"});
    house.post(by_boss, "/v1/accounts", &taken).await.refused(409, "name_taken");
    let boss_version: u32 = house.get(by_boss, &format!("/v1/accounts/{boss}")).await.json()["version"]
        .as_u64()
        .unwrap()
        .try_into()
        .unwrap();
    let last = house.put(by_boss, &format!("/v1/accounts/{boss}"), boss_version, &json!({"name": "Boss"})).await;
    last.refused(409, "last_administrator");
    let off = json!({"name": "Kim Example", "disabled": true});
    house.put(by_boss, &path, version + 1, &off).await.expect(200);
    house.get(by_kim, "/v1/sessions").await.refused(401, "unauthenticated");
    let link = house.post(by_boss, &format!("{path}/password-link"), &Value::Null).await;
    assert_eq!(link.invalid(), ["disabled"]);
    house.post(by_boss, "/v1/accounts/999/password-link", &Value::Null).await.refused(404, "not_found");
    house.post(Who::Nobody, &format!("{path}/password-link"), &Value::Null).await.refused(403, "forbidden");
}

#[tokio::test]
async fn people_sign_in_look_at_their_sessions_and_sign_out() {
    let house = House::new().await;
    house.account("Ada", &json!({})).await;
    let first = house.sign_in("Ada").await;
    let second = house.sign_in("Ada").await;
    let sessions = house.get(Who::Bearer(&first), "/v1/sessions").await.expect(200);
    assert!(!sessions.text.contains(&first));
    let items = sessions.json()["items"].as_array().unwrap().clone();
    assert_eq!(items.iter().map(|it| it["current"] == true).collect::<Vec<_>>(), [false, true, false]);
    let page = house.get(Who::Bearer(&first), "/v1/sessions?limit=2").await.expect(200).json();
    let rest = format!("/v1/sessions?limit=2&cursor={}", page["next"].as_str().unwrap());
    assert_eq!(house.get(Who::Bearer(&first), &rest).await.json()["items"].as_array().unwrap().len(), 1);
    house.get(Who::Bearer(&first), "/v1/sessions?account=99").await.refused(403, "forbidden");
    house.get(Who::Nobody, "/v1/sessions").await.refused(401, "unauthenticated");
    let id = items[0]["id"].as_str().unwrap();
    house.delete(Who::Bearer(&first), &format!("/v1/sessions/{id}")).await.expect(204);
    house.get(Who::Bearer(&second), "/v1/sessions").await.refused(401, "unauthenticated");
    house.delete(Who::Nobody, "/v1/sessions/current").await.refused(401, "unauthenticated");
    house.delete(Who::Bearer(&first), "/v1/sessions/nothing").await.refused(404, "not_found");
    house.delete(Who::Bearer(&first), "/v1/sessions/current").await.expect(204);
    house.get(Who::Bearer(&first), "/v1/sessions").await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn wrong_passwords_are_answered_alike_and_then_limited() {
    let house = House::new().await;
    house.account("Ada", &json!({})).await;
    let sign_in = async |name: &str, password: &str| {
        let body = json!({"method": "password", "name": name, "password": password});
        house.send(Who::Nobody, Method::POST, "/v1/sessions", &[("idempotency-key", "k")], &body).await
    };
    let wrong = sign_in("Ada", "a wrong password").await;
    wrong.refused(401, "unauthenticated");
    assert_eq!(wrong.text, sign_in("Nobody", PASSWORD).await.text);
    for _ in 0..9 {
        sign_in("Ada", "a wrong password").await.refused(401, "unauthenticated");
    }
    let limited = sign_in("Ada", PASSWORD).await;
    limited.refused(429, "rate_limited");
    assert!(limited.headers.contains_key("retry-after"));
    let mut conn = house.store.reader().await.unwrap();
    let kept: i64 = conn.one("SELECT COUNT(*) FROM idempotency_keys").await.unwrap().get(0).unwrap();
    assert_eq!(kept, 0, "nothing is kept of a request with a password");
    house.post(Who::Nobody, "/v1/sessions", &json!({"method": "magic"})).await.refused(400, "bad_request");
}

#[tokio::test]
async fn another_password_is_given_by_who_knows_the_present_one() {
    let house = House::new().await;
    house.account("Ada", &json!({})).await;
    let secret = house.sign_in("Ada").await;
    let change = async |who: Who<'_>, present: &str, password: &str| {
        house.post(who, "/v1/accounts/password", &json!({"present": present, "password": password})).await
    };
    change(Who::Bearer(&secret), "a wrong password", "another long password").await.refused(403, "forbidden");
    assert_eq!(change(Who::Bearer(&secret), PASSWORD, "ada").await.invalid(), ["password_short"]);
    change(Who::Nobody, PASSWORD, "another long password").await.refused(403, "forbidden");
    change(Who::Bearer(&secret), PASSWORD, "another long password").await.expect(204);
    house.get(Who::Bearer(&secret), "/v1/sessions").await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn another_service_that_does_not_answer_is_said_to() {
    let house = House::new().await;
    let begin = async |body: Value| house.post(Who::Nobody, "/v1/sessions/oidc", &body).await;
    begin(json!({})).await.refused(502, "identity_provider");
    begin(json!({"issuer": AWAY})).await.refused(502, "identity_provider");
    assert_eq!(begin(json!({"issuer": "https://elsewhere.example"})).await.invalid(), ["unknown_issuer"]);
    let finish = json!({"method": "oidc", "flow": "x", "state": "y", "code": "z"});
    house.post(Who::Nobody, "/v1/sessions", &finish).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn the_audit_log_is_for_who_may_read_it() {
    let house = House::new().await;
    house.wiki("enwiki", None).await;
    house.wiki("dewiki", None).await;
    house.account("Ada", &json!({"enwiki": ["wikiward-audit-log"]})).await;
    let secret = house.sign_in("Ada").await;
    let ada = Who::Bearer(&secret);
    let own = house.get(ada, "/v1/audit?wiki=enwiki").await.expect(200).json();
    assert_eq!(own["items"].as_array().unwrap().len(), 1);
    assert_eq!(own["items"][0]["action"], "wiki.add");
    for hidden in ["/v1/audit", "/v1/audit?wiki=dewiki", "/v1/audit?wiki=*", "/v1/audit/verify"] {
        house.get(ada, hidden).await.refused(403, "forbidden");
    }
    house.get(Who::Operator, "/v1/audit?wiki=No%20Wiki").await.refused(400, "bad_request");
    let page = house.get(Who::Operator, "/v1/audit?limit=1&by=operator").await.expect(200).json();
    let next = page["next"].as_str().unwrap();
    let more = house.get(Who::Operator, &format!("/v1/audit?limit=1&by=operator&cursor={next}")).await.expect(200);
    assert_ne!(more.json()["items"][0]["seq"], page["items"][0]["seq"]);
    house.get(Who::Operator, &format!("/v1/audit?cursor={next}")).await.refused(400, "bad_request");
    let subject = house.get(Who::Operator, "/v1/audit?subject=wiki:dewiki").await.expect(200).json();
    assert_eq!(subject["items"].as_array().unwrap().len(), 1);
    let whole = house.get(Who::Operator, "/v1/audit/verify").await.expect(200).json();
    assert_eq!(whole["status"], "whole");
}
