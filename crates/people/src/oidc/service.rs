//! The two halves of signing in.

use super::id_token::{Claims, Wanted};
use super::{FLOW_LIFE_S, OidcError};
use crate::account::{self, AccountDraft, Identity};
use crate::people::{People, TOPIC, entry};
use crate::secret;
use crate::session::{Method, NewSession};
use crate::sign_in::SignInError;
use crate::ticket::{self, Purpose};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use wikiward_farm::{Timestamp, UserName, Viewer, WikiId};
use wikiward_store::StoreError;

/// What opens a sealed flow: nothing else is sealed with these keys.
const CONTEXT: &[u8] = b"oidc flow 1";

/// A sign-in that was begun.
#[derive(Debug, Clone)]
pub struct OidcStart {
    /// Where the person's browser goes.
    pub url: String,
    /// What the browser keeps to itself and brings along at the end. Sealed.
    pub flow: String,
}

#[derive(Serialize, Deserialize)]
struct Flow {
    issuer: String,
    state: String,
    nonce: String,
    verifier: String,
    until: i64,
}

impl People {
    /// The issuers with whose accounts people may sign in.
    pub fn oidc_issuers(&self) -> impl Iterator<Item = &str> {
        self.settings.oidc.iter().map(|provider| provider.issuer.as_str())
    }

    /// Begins signing in with an account of `issuer`.
    ///
    /// # Errors
    /// [`OidcError`] in [`SignInError::Oidc`]; [`SignInError::TooOften`].
    pub async fn begin_oidc(
        &self,
        issuer: &str,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<OidcStart, SignInError> {
        let provider = self.providers.find(issuer)?;
        self.limits.pay(None, address, now)?;
        let random = || URL_SAFE_NO_PAD.encode(self.entropy.bytes::<32>());
        let until = now.as_second().saturating_add(FLOW_LIFE_S);
        let flow = Flow { issuer: issuer.to_owned(), state: random(), nonce: random(), verifier: random(), until };
        let mut url = provider.authorization_endpoint(now).await?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &provider.settings.client_id)
            .append_pair("redirect_uri", &provider.settings.redirect_url)
            .append_pair("scope", "openid profile")
            .append_pair("state", &flow.state)
            .append_pair("nonce", &flow.nonce)
            .append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(secret::digest(flow.verifier.as_bytes())))
            .append_pair("code_challenge_method", "S256");
        let plain = serde_json::to_vec(&flow).unwrap_or_default();
        let sealed = self.flows.seal(&plain, CONTEXT, &*self.entropy);
        Ok(OidcStart { url: url.into(), flow: URL_SAFE_NO_PAD.encode(sealed) })
    }

    /// Ends signing in: `flow` is what [`People::begin_oidc`] gave, `state` and `code` are what the other service sent back.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn finish_oidc(
        &self,
        flow: &str,
        state: &str,
        code: &str,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<NewSession, SignInError> {
        self.limits.pay(None, address, now)?;
        let begun = self.flow(flow).filter(|begun| now.as_second() < begun.until).ok_or(OidcError::Flow)?;
        let is_same = secret::is_same(&secret::digest(begun.state.as_bytes()), &secret::digest(state.as_bytes()));
        if !is_same || !self.spend(&begun, now).await? {
            return Err(OidcError::Flow.into());
        }
        let provider = self.providers.find(&begun.issuer)?.clone();
        let wanted =
            Wanted { issuer: &begun.issuer, client_id: &provider.settings.client_id, nonce: &begun.nonce, now };
        let claims = provider.exchange(code, &begun.verifier, wanted).await?;
        let identity = Identity { issuer: begun.issuer.clone(), subject: claims.sub.clone() };
        let known = account::records::by_identity(&mut self.store.reader().await?, &identity).await?;
        let id = match known {
            Some(id) => id,
            None if provider.settings.creates_accounts => self.account_for(identity, &claims, now).await?,
            None => return Err(SignInError::NoAccount),
        };
        let session = self.begin_for_account(id, Method::Oidc, now).await?.ok_or(SignInError::NoAccount)?;
        self.limits.pay_back("", address);
        Ok(session)
    }

    fn flow(&self, sealed: &str) -> Option<Flow> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        serde_json::from_slice(&self.flows.open(&sealed, CONTEXT)?).ok()
    }

    /// Notes that the flow was used; whether it was the first time.
    async fn spend(&self, flow: &Flow, now: Timestamp) -> Result<bool, StoreError> {
        let until = Timestamp::from_second(flow.until).unwrap_or(Timestamp::MAX);
        let digest = secret::digest(flow.state.as_bytes());
        let mut tx = self.store.begin().await?;
        let is_first = ticket::records::spend(&mut tx, &digest, Purpose::OidcFlow, "", now, until).await?;
        tx.commit().await?;
        Ok(is_first)
    }

    /// Makes an account, without rights, for a person who comes for the first time.
    async fn account_for(&self, identity: Identity, claims: &Claims, now: Timestamp) -> Result<i64, SignInError> {
        let mut tx = self.store.begin().await?;
        // Two first visits at once wait for each other here, and the second finds the account.
        tx.announce(TOPIC, "accounts").await?;
        if let Some(id) = account::records::by_identity(&mut tx, &identity).await? {
            return Ok(id);
        }
        let mut name = None;
        for wish in names(&identity, claims) {
            if account::records::by_name(&mut tx, &account::key_of(&wish)).await?.is_none() {
                name = Some(wish);
                break;
            }
        }
        let name = name.ok_or(SignInError::NoAccount)?;
        let issuer = identity.issuer.clone();
        let draft = AccountDraft { name, rights: BTreeMap::new(), identity: Some(identity), is_disabled: false };
        let viewer = Viewer::system();
        let id = account::records::insert(&mut tx, &draft, &viewer.principal.key(), now).await?;
        let details = serde_json::json!({ "name": draft.name.as_str(), "issuer": issuer });
        tx.audit(&entry(&viewer, now, &WikiId::farm(), "account.add", format!("account:{id}"), details)).await?;
        tx.commit().await?;
        Ok(id)
    }
}

/// Names for a new account, the best first; the last one is nobody else's.
fn names(identity: &Identity, claims: &Claims) -> Vec<UserName> {
    let said = [&claims.preferred_username, &claims.name].into_iter().flatten();
    let said: Vec<UserName> = said.filter_map(|name| name.trim().parse().ok()).collect();
    let digest = secret::digest(format!("{}\n{}", identity.issuer, identity.subject).as_bytes());
    // The first 64 bits are enough to tell apart the accounts of a farm.
    let own = digest.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    let unique = format!("account {own:016x}").parse().ok();
    said.into_iter().chain(unique).collect()
}
