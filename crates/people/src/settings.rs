//! What the operator decides about people.

use crate::session::SessionLife;

/// What the operator decides about people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeopleSettings {
    /// How long sessions of people with an account live.
    pub account_life: SessionLife,
    /// How long sessions of people whom a wiki vouched for live.
    pub wiki_life: SessionLife,
    /// Services whose accounts people may sign in with. Usually none or one.
    pub oidc: Vec<OidcSettings>,
}

impl Default for PeopleSettings {
    fn default() -> Self {
        Self { account_life: SessionLife::ACCOUNT, wiki_life: SessionLife::WIKI, oidc: Vec::new() }
    }
}

/// A service whose accounts people may sign in with, by OpenID Connect.
#[derive(Clone, PartialEq, Eq)]
pub struct OidcSettings {
    /// Its issuer, exactly as it writes it: an address that begins with `https://` (`http://` on this machine only).
    pub issuer: String,
    /// The name under which it knows this service.
    pub client_id: String,
    /// The secret that goes with it; none for a public client.
    pub client_secret: Option<String>,
    /// Address of this service to which it sends people back.
    pub redirect_url: String,
    /// Whether people without an account get one, without rights, when they come from there.
    pub creates_accounts: bool,
}

impl std::fmt::Debug for OidcSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The secret must not come into a log.
        f.debug_struct("OidcSettings")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}
