//! Speaking with the other service: discovery, keys, and giving a code for a statement.

use super::OidcError;
use super::id_token::{self, Claims, Refusal, Wanted};
use crate::settings::{OidcSettings, PeopleSettings};
use jsonwebtoken::jwk::JwkSet;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use wikiward_farm::Timestamp;

/// Longest wait for one answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Most bytes of one answer.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Seconds for which the other service's addresses and keys are used without asking again.
const KEPT_FOR_S: i64 = 3600;

/// Seconds between two askings for newer keys because a statement names one that is not known.
const NEWER_KEYS_EVERY_S: i64 = 60;

/// The services of the configuration.
#[derive(Debug, Clone)]
pub(crate) struct Providers(Vec<Arc<Provider>>);

impl Providers {
    pub(crate) fn new(settings: &PeopleSettings) -> Self {
        Self(settings.oidc.iter().cloned().map(|settings| Arc::new(Provider::new(settings))).collect())
    }

    pub(super) fn find(&self, issuer: &str) -> Result<&Arc<Provider>, OidcError> {
        let found = self.0.iter().find(|provider| provider.settings.issuer == issuer);
        found.ok_or_else(|| OidcError::UnknownIssuer(issuer.chars().filter(|c| !c.is_control()).take(200).collect()))
    }
}

/// One service.
#[derive(Debug)]
pub(super) struct Provider {
    pub(super) settings: OidcSettings,
    client: Option<Client>,
    known: Mutex<Option<Known>>,
}

/// What was asked of it.
#[derive(Debug, Clone)]
struct Known {
    asked_at: i64,
    keys_asked_at: i64,
    metadata: Metadata,
    keys: JwkSet,
}

/// Where its parts are. Rule: OpenID Connect Discovery 1.0, section 3.
#[derive(Debug, Clone, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl Provider {
    fn new(settings: OidcSettings) -> Self {
        let client = Client::builder()
            .timeout(ANSWER_WITHIN)
            // An answer from elsewhere is not this service's.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent("wikiward")
            .build();
        if let Err(error) = &client {
            tracing::error!(error = error as &dyn std::error::Error, "no client for OpenID Connect can be made");
        }
        Self { settings, client: client.ok(), known: Mutex::new(None) }
    }

    /// Where people are sent to.
    pub(super) async fn authorization_endpoint(&self, now: Timestamp) -> Result<Url, OidcError> {
        let known = self.known(now.as_second()).await?;
        Url::parse(&known.metadata.authorization_endpoint)
            .map_err(|_| OidcError::Answer("description", "the authorization endpoint is no address"))
    }

    /// Gives `code` for a statement about the person, and reads it.
    pub(super) async fn exchange(&self, code: &str, verifier: &str, wanted: Wanted<'_>) -> Result<Claims, OidcError> {
        let second = wanted.now.as_second();
        let known = self.known(second).await?;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.settings.redirect_url),
            ("code_verifier", verifier),
        ];
        let client = self.client()?;
        let mut request = client.post(&known.metadata.token_endpoint).header(ACCEPT, "application/json");
        match &self.settings.client_secret {
            Some(secret) => request = request.header(AUTHORIZATION, basic(&self.settings.client_id, secret)),
            None => form.push(("client_id", &self.settings.client_id)),
        }
        let body = serde_html_form::to_string(&form).map_err(|_| OidcError::Refused)?;
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        let tokens: Tokens = match answer(request, "token endpoint").await? {
            Answered::Good(tokens) => tokens,
            Answered::Refused => return Err(OidcError::Refused),
        };
        match id_token::read(&tokens.id_token, &known.keys, wanted) {
            Ok(claims) => Ok(claims),
            Err(Refusal::Other(error)) => Err(error),
            Err(Refusal::NoKey) => {
                let known = self.newer_keys(second).await?;
                id_token::read(&tokens.id_token, &known.keys, wanted).map_err(|refusal| match refusal {
                    Refusal::NoKey => OidcError::IdToken("it is signed with a key that is not published"),
                    Refusal::Other(error) => error,
                })
            }
        }
    }

    fn client(&self) -> Result<&Client, OidcError> {
        self.client.as_ref().ok_or(OidcError::Unreachable("any address", None))
    }

    /// Addresses and keys; one caller at a time asks for them.
    async fn known(&self, second: i64) -> Result<Known, OidcError> {
        let mut known = self.known.lock().await;
        if let Some(fresh) = known.as_ref().filter(|known| (0..KEPT_FOR_S).contains(&(second - known.asked_at))) {
            return Ok(fresh.clone());
        }
        let metadata = self.discover().await?;
        let keys = self.keys(&metadata).await?;
        let fresh = Known { asked_at: second, keys_asked_at: second, metadata, keys };
        Ok(known.insert(fresh).clone())
    }

    async fn newer_keys(&self, second: i64) -> Result<Known, OidcError> {
        let mut guard = self.known.lock().await;
        let Some(known) = guard.as_mut() else { return Err(OidcError::Flow) };
        if second - known.keys_asked_at >= NEWER_KEYS_EVERY_S {
            known.keys = self.keys(&known.metadata).await?;
            known.keys_asked_at = second;
        }
        Ok(known.clone())
    }

    async fn discover(&self) -> Result<Metadata, OidcError> {
        let issuer = &self.settings.issuer;
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let metadata: Metadata = get(self.client()?, &address, "its description").await?;
        if metadata.issuer != *issuer {
            return Err(OidcError::Answer("description", "it names another issuer"));
        }
        let addresses = [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri];
        if !addresses.into_iter().all(|address| is_as_safe_as(address, issuer)) {
            return Err(OidcError::Answer("description", "an address in it is not https"));
        }
        Ok(metadata)
    }

    async fn keys(&self, metadata: &Metadata) -> Result<JwkSet, OidcError> {
        // Keys of kinds that are not known here must not hide the others.
        #[derive(Deserialize)]
        struct Keys {
            keys: Vec<serde_json::Value>,
        }
        let found: Keys = get(self.client()?, &metadata.jwks_uri, "its keys").await?;
        Ok(JwkSet { keys: found.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect() })
    }
}

/// Whether `address` is https, or as plain as the issuer that the operator named.
fn is_as_safe_as(address: &str, issuer: &str) -> bool {
    address.starts_with("https://") || (issuer.starts_with("http://") && address.starts_with("http://"))
}

/// Rule: RFC 6749, section 2.3.1: name and secret are form-encoded first.
fn basic(id: &str, secret: &str) -> String {
    use base64::Engine as _;
    let encoded = |text: &str| {
        let pair = serde_html_form::to_string([("", text)]).unwrap_or_default();
        pair.trim_start_matches('=').to_owned()
    };
    let pair = format!("{}:{}", encoded(id), encoded(secret));
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

enum Answered<T> {
    Good(T),
    /// A 4xx.
    Refused,
}

async fn get<T: DeserializeOwned>(client: &Client, address: &str, what: &'static str) -> Result<T, OidcError> {
    match answer(client.get(address).header(ACCEPT, "application/json"), what).await? {
        Answered::Good(value) => Ok(value),
        Answered::Refused => Err(OidcError::Answer(what, "it is refused to us")),
    }
}

async fn answer<T: DeserializeOwned>(request: RequestBuilder, what: &'static str) -> Result<Answered<T>, OidcError> {
    let unreachable = |error: reqwest::Error| OidcError::Unreachable(what, Some(error.without_url()));
    let mut response = request.send().await.map_err(unreachable)?;
    let status = response.status();
    if status.is_client_error() {
        return Ok(Answered::Refused);
    }
    if !status.is_success() {
        return Err(OidcError::Answer(what, "the status is neither good nor a refusal"));
    }
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(unreachable)? {
        if body.len() + part.len() > ANSWER_BYTES_MAX {
            return Err(OidcError::Answer(what, "it is too long"));
        }
        body.extend_from_slice(&part);
    }
    let value = serde_json::from_slice(&body).map_err(|_| OidcError::Answer(what, "it is not the JSON wanted"))?;
    Ok(Answered::Good(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_secret_are_encoded_before_they_are_joined() {
        // base64 of "a%3Ab:c+d%2F%3D"
        assert_eq!(basic("a:b", "c d/="), "Basic YSUzQWI6YytkJTJGJTNE");
    }
}
