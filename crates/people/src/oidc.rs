//! Signing in with another service's account: OpenID Connect, authorization code flow with PKCE.
//!
//! Nothing is kept between the two halves: what must come back unchanged is sealed and goes with the person's browser,
//! apart from `state`, so that a link of somebody else's flow does not sign anybody in.

mod id_token;
mod provider;
mod service;

pub(crate) use provider::Providers;
pub use service::OidcStart;

use wikiward_farm::Coded;

/// Seconds between the two halves at most.
pub const FLOW_LIFE_S: i64 = 600;

/// Why signing in with the other service did not work.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The configuration names no such issuer.
    #[error("`{0}` is no issuer of this service's configuration")]
    UnknownIssuer(String),
    /// The other service did not answer, or not in time.
    #[error("the other service does not answer at {0}")]
    Unreachable(&'static str, #[source] Option<reqwest::Error>),
    /// It answered with something else than the standard wants.
    #[error("the other service's {0} is not what the standard wants: {1}")]
    Answer(&'static str, &'static str),
    /// It refused the code.
    #[error("the other service refused the code: it was used, has expired, or is not for this service")]
    Refused,
    /// What came back does not belong to a flow that was begun here in the last minutes, or was used before.
    #[error("this sign-in was not begun here in the last 10 minutes, or was used before. Begin again")]
    Flow,
    /// The statement about the person does not count.
    #[error("the other service's statement about you does not count: {0}")]
    IdToken(&'static str),
}

impl Coded for OidcError {
    fn code(&self) -> &'static str {
        match self {
            Self::UnknownIssuer(_) => "invalid",
            Self::Unreachable(..) | Self::Answer(..) => "identity_provider",
            Self::Refused | Self::Flow | Self::IdToken(_) => "unauthenticated",
        }
    }
}
