use crate::house::{House, Who};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use wikiward_farm::{Clock as _, SystemClock};

fn pem(der: &[u8]) -> String {
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
}

/// A wiki's key pair for each algorithm: what signs, and what is sent.
#[expect(clippy::similar_names, reason = "the algorithms are called like this")]
fn pairs() -> [(Algorithm, EncodingKey, String); 3] {
    let random = aws_lc_rs::rand::SystemRandom::new();
    let ed = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
    let ed_pair = Ed25519KeyPair::from_pkcs8(ed.as_ref()).unwrap();
    let ed_public: PublicKeyX509Der<'_> = ed_pair.public_key().as_der().unwrap();
    let ec = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let ec_pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, ec.as_ref()).unwrap();
    let ec_public: PublicKeyX509Der<'_> = ec_pair.public_key().as_der().unwrap();
    let rsa = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let rsa_private: aws_lc_rs::encoding::Pkcs8V1Der<'_> = rsa.as_der().unwrap();
    let rsa_pem = pem(rsa_private.as_ref()).replace("PUBLIC", "PRIVATE");
    let rsa_public: PublicKeyX509Der<'_> = rsa.public_key().as_der().unwrap();
    [
        (Algorithm::EdDSA, EncodingKey::from_ed_der(ed.as_ref()), pem(ed_public.as_ref())),
        (Algorithm::ES256, EncodingKey::from_ec_der(ec.as_ref()), pem(ec_public.as_ref())),
        (Algorithm::RS256, EncodingKey::from_rsa_pem(rsa_pem.as_bytes()).unwrap(), pem(rsa_public.as_ref())),
    ]
}

fn claims(wiki: &str, audience: &str) -> Value {
    let second = SystemClock.now().as_second();
    json!({"aud": audience, "wiki": wiki, "user_id": 17, "name": "Ada", "groups": ["steward"], "rights": [],
        "blocked": false, "iat": second, "exp": second + 50, "jti": "0123456789abcdef"})
}

async fn token(house: &House, wiki: &str, scopes: Value) -> String {
    let body = json!({"wiki": wiki, "label": "extension", "scopes": scopes});
    house.post(Who::Operator, "/v1/tokens", &body).await.expect(201).text("/secret")
}

#[tokio::test]
async fn a_token_is_made_listed_used_and_revoked() {
    let house = House::new().await;
    let body = json!({"wiki": "*", "label": "dashboard", "scopes": ["events"], "expires_at": "2199-01-01T00:00:00Z"});
    let key = [("idempotency-key", "once")];
    let made = house.send(Who::Operator, Method::POST, "/v1/tokens", &key, &body).await.expect(201);
    let again = house.send(Who::Operator, Method::POST, "/v1/tokens", &key, &body).await.expect(201);
    assert_ne!(made.text("/secret"), again.text("/secret"), "an answer with a secret is not kept");
    let (id, secret) = (made.text("/id"), made.text("/secret"));
    let listed = house.get(Who::Operator, "/v1/tokens").await.expect(200);
    assert!(listed.text.contains(&id) && !listed.text.contains(&secret));
    house.get(Who::Bearer(&secret), "/v1/wikis").await.expect(200);
    house.get(Who::Bearer(&secret), "/v1/tokens").await.refused(403, "forbidden");
    house.get(Who::Bearer(&secret), &format!("/v1/tokens/{id}")).await.refused(404, "not_found");
    house.delete(Who::Bearer(&secret), &format!("/v1/tokens/{id}")).await.refused(404, "not_found");
    house.delete(Who::Operator, &format!("/v1/tokens/{id}?reason=lost")).await.expect(204);
    house.get(Who::Bearer(&secret), "/v1/wikis").await.refused(401, "unauthenticated");
    let token = house.get(Who::Operator, &format!("/v1/tokens/{id}")).await.expect(200).json();
    assert_eq!(token["revoked_by"], "operator");
    house.delete(Who::Operator, "/v1/tokens/none").await.refused(404, "not_found");
    let long = format!("/v1/tokens/{id}?reason={}", "x".repeat(501));
    house.delete(Who::Operator, &long).await.refused(400, "bad_request");
    let wrong = json!({"wiki": "nowiki", "label": "", "scopes": [], "expires_at": "2000-01-01T00:00:00Z"});
    let codes = house.post(Who::Operator, "/v1/tokens", &wrong).await.invalid();
    assert_eq!(codes, ["bad_label", "unknown_wiki", "no_scope", "in_the_past"]);
    for (change, code) in [
        (json!({"scopes": ["everything"]}), "unknown_scope"),
        (json!({"expires_at": "soon"}), "bad_time"),
        (json!({"wiki": "No Wiki"}), "bad_name"),
    ] {
        let mut bad = body.clone();
        bad.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_eq!(house.post(Who::Operator, "/v1/tokens", &bad).await.invalid(), [code]);
    }
}

#[tokio::test]
async fn a_wiki_vouches_with_each_kind_of_key() {
    let house = House::new().await;
    for (number, (algorithm, key, public)) in pairs().into_iter().enumerate() {
        let wiki = format!("w{number}wiki");
        let body = json!({"wiki": wiki, "label": wiki, "url": "https://w.example/", "language": "en",
            "public_key": public, "farm_groups": ["steward"]});
        let added = house.post(Who::Operator, "/v1/wikis", &body).await.expect(201);
        assert_eq!(added.text("/algorithm"), format!("{algorithm:?}"));
        let secret = token(&house, &wiki, json!(["actor"])).await;
        let sign = |claims: &Value| encode(&Header::new(algorithm), claims, &key).unwrap();
        let statement = sign(&claims(&wiki, "actor"));
        // A steward may read the audit log.
        house.get(Who::Vouched(&secret, &statement), "/v1/audit").await.expect(200);
        let mut forged = statement.clone();
        let last = if forged.pop() == Some('A') { 'Q' } else { 'A' };
        forged.insert(forged.rfind('.').unwrap() + 1, last);
        house.get(Who::Vouched(&secret, &forged), "/v1/audit").await.refused(401, "unauthenticated");
        let sign_in = sign(&claims(&wiki, "sign-in"));
        house.get(Who::Vouched(&secret, &sign_in), "/v1/audit").await.refused(401, "unauthenticated");
        house.get(Who::Vouched(&secret, "nonsense"), "/v1/audit").await.refused(401, "unauthenticated");
        let weak = token(&house, &wiki, json!(["evaluate"])).await;
        house.get(Who::Vouched(&weak, &statement), "/v1/audit").await.refused(403, "forbidden");
        let body = json!({"method": "wiki", "statement": sign_in});
        let session = house.post(Who::Nobody, "/v1/sessions", &body).await.expect(201);
        assert_eq!(session.text("/of"), format!("wiki:{wiki}:17"));
        house.get(Who::Bearer(&session.text("/secret")), "/v1/audit").await.expect(200);
        house.post(Who::Nobody, "/v1/sessions", &body).await.refused(401, "unauthenticated");
    }
}
