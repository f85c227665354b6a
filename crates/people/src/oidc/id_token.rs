//! What the other service says of the person, and whether it counts.

use super::OidcError;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use wikiward_farm::Timestamp;

/// How far the other service's clock may differ from ours, in seconds.
const CLOCK_SKEW_S_MAX: i64 = 60;

/// Algorithms with public keys only: with a shared secret, who knows the secret could speak for anybody.
const ALGORITHMS: [Algorithm; 4] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];

/// What is wanted of the statement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'w> {
    pub(super) issuer: &'w str,
    pub(super) client_id: &'w str,
    pub(super) nonce: &'w str,
    pub(super) now: Timestamp,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// The claims that are looked at.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    iss: String,
    pub(super) sub: String,
    aud: OneOrMany,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nonce: Option<String>,
    pub(super) preferred_username: Option<String>,
    pub(super) name: Option<String>,
}

/// Whether no key fits: then newer keys may be asked for.
#[derive(Debug)]
pub(super) enum Refusal {
    NoKey,
    Other(OidcError),
}

fn not(why: &'static str) -> Refusal {
    Refusal::Other(OidcError::IdToken(why))
}

/// Reads the statement, if it counts.
pub(super) fn read(text: &str, keys: &JwkSet, wanted: Wanted<'_>) -> Result<Claims, Refusal> {
    let header = decode_header(text).map_err(|_| not("it is no JWT"))?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(not("its algorithm is none of RS256, PS256, ES256 and EdDSA"));
    }
    let key = key_for(header.kid.as_deref(), header.alg, keys).ok_or(Refusal::NoKey)?;
    let mut validation = Validation::new(header.alg);
    // Times are compared with our own clock, and audiences as the standard says, below.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let claims =
        decode::<Claims>(text, &key, &validation).map_err(|_| not("its signature or claims do not fit"))?.claims;
    judge(&claims, wanted).map_err(|why| Refusal::Other(OidcError::IdToken(why)))?;
    Ok(claims)
}

fn key_for(kid: Option<&str>, algorithm: Algorithm, keys: &JwkSet) -> Option<DecodingKey> {
    let fits = |jwk: &&Jwk| {
        let is_named = kid.is_none_or(|kid| jwk.common.key_id.as_deref() == Some(kid));
        let is_for_signing = !matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption));
        is_named && is_for_signing
    };
    let usable = keys.keys.iter().filter(fits).filter_map(|jwk| DecodingKey::from_jwk(jwk).ok());
    let mut usable = usable.filter(|key| key.family() == algorithm.family());
    let key = usable.next()?;
    // Without a name there must be no choice.
    if kid.is_none() && usable.next().is_some() { None } else { Some(key) }
}

/// Rule: OpenID Connect Core 1.0, section 3.1.3.7.
fn judge(claims: &Claims, wanted: Wanted<'_>) -> Result<(), &'static str> {
    let second = wanted.now.as_second();
    let audiences = claims.aud.all();
    if claims.iss != wanted.issuer {
        return Err("it is from another issuer");
    }
    if !audiences.iter().any(|audience| audience == wanted.client_id) {
        return Err("it is for another service");
    }
    let is_party = claims.azp.as_ref().is_none_or(|party| party == wanted.client_id);
    if !is_party || (audiences.len() > 1 && claims.azp.is_none()) {
        return Err("it was made for another service");
    }
    if second >= claims.exp.saturating_add(CLOCK_SKEW_S_MAX) {
        return Err("it has expired");
    }
    let age = second.saturating_sub(claims.iat);
    if !(-CLOCK_SKEW_S_MAX..=super::FLOW_LIFE_S + CLOCK_SKEW_S_MAX).contains(&age) {
        return Err("it was made at another time");
    }
    if claims.nonce.as_deref() != Some(wanted.nonce) {
        return Err("it belongs to another sign-in");
    }
    if !(1..=255).contains(&claims.sub.len()) {
        return Err("its subject is empty or too long");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::{Value, json};

    const NOW: i64 = 1_700_000_000;

    struct Keys {
        signing: EncodingKey,
        set: JwkSet,
    }

    fn keys() -> Keys {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let random = aws_lc_rs::rand::SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref()).unwrap();
        let point = &pair.public_key().as_ref()[1..];
        let set = json!({"keys": [{"kty": "EC", "crv": "P-256", "use": "sig", "kid": "one",
            "x": URL_SAFE_NO_PAD.encode(&point[..32]), "y": URL_SAFE_NO_PAD.encode(&point[32..])}]});
        Keys { signing: EncodingKey::from_ec_der(document.as_ref()), set: serde_json::from_value(set).unwrap() }
    }

    fn claims(change: &[(&str, Value)]) -> Value {
        let mut claims = json!({"iss": "https://id.example", "sub": "17", "aud": "ward", "exp": NOW + 300, "iat": NOW,
            "nonce": "n", "preferred_username": "Ada"});
        for (name, value) in change {
            claims[*name] = value.clone();
        }
        claims
    }

    fn read_with(keys: &Keys, claims: &Value, kid: Option<&str>) -> Result<Claims, Refusal> {
        let header = Header { kid: kid.map(str::to_owned), ..Header::new(Algorithm::ES256) };
        let text = encode(&header, claims, &keys.signing).unwrap();
        let now = Timestamp::from_second(NOW).unwrap();
        read(&text, &keys.set, Wanted { issuer: "https://id.example", client_id: "ward", nonce: "n", now })
    }

    #[test]
    fn a_statement_counts_if_everything_fits() {
        let keys = keys();
        for kid in [Some("one"), None] {
            assert_eq!(read_with(&keys, &claims(&[]), kid).unwrap().sub, "17");
        }
        let several = claims(&[("aud", json!(["ward", "other"])), ("azp", json!("ward"))]);
        assert!(read_with(&keys, &several, Some("one")).is_ok());
    }

    #[test]
    fn one_thing_that_does_not_fit_is_enough() {
        let keys = keys();
        let bad: [(&str, Value); 10] = [
            ("iss", json!("https://id.example/")),
            ("aud", json!("other")),
            ("aud", json!(["ward", "other"])),
            ("azp", json!("other")),
            ("exp", json!(NOW - 60)),
            ("iat", json!(NOW + 61)),
            ("iat", json!(NOW - 661)),
            ("nonce", json!("other")),
            ("nonce", Value::Null),
            ("sub", json!("")),
        ];
        for (name, value) in bad {
            let refused = read_with(&keys, &claims(&[(name, value.clone())]), Some("one"));
            assert!(matches!(refused, Err(Refusal::Other(OidcError::IdToken(_)))), "{name} {value}");
        }
        assert!(matches!(read_with(&keys, &claims(&[]), Some("two")), Err(Refusal::NoKey)));
        let other = Keys { signing: self::keys().signing, set: keys.set.clone() };
        assert!(matches!(read_with(&other, &claims(&[]), Some("one")), Err(Refusal::Other(_))));
    }

    #[test]
    fn a_shared_secret_or_no_signature_speaks_for_nobody() {
        let keys = keys();
        let now = Timestamp::from_second(NOW).unwrap();
        let wanted = Wanted { issuer: "https://id.example", client_id: "ward", nonce: "n", now };
        let text = encode(&Header::new(Algorithm::HS256), &claims(&[]), &EncodingKey::from_secret(b"secret")).unwrap();
        assert!(matches!(read(&text, &keys.set, wanted), Err(Refusal::Other(OidcError::IdToken(_)))));
        let unsigned = format!(
            "{}.{}.",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#),
            URL_SAFE_NO_PAD.encode(claims(&[]).to_string())
        );
        assert!(matches!(read(&unsigned, &keys.set, wanted), Err(Refusal::Other(_))));
    }
}
