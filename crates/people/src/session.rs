//! Signed-in people.
//!
//! A session ends by itself when nothing came for a while, and at the latest after its whole life; when it is ended; when
//! its account is disabled, or gets another password.

pub(crate) mod records;
mod service;

pub use service::SessionError;

use crate::secret::Digest;
use crate::snapshot::Person;
use wikiward_farm::{Principal, Timestamp};

/// How a person signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// With name and password.
    Password,
    /// With a signed link from a wiki.
    Wiki,
    /// With another service's account, by OpenID Connect.
    Oidc,
    /// With a link that works once.
    Ticket,
}

impl Method {
    const ALL: [Self; 4] = [Self::Password, Self::Wiki, Self::Oidc, Self::Ticket];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Wiki => "wiki",
            Self::Oidc => "oidc",
            Self::Ticket => "ticket",
        }
    }

    pub(crate) fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

/// A session, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Public identifier.
    pub id: String,
    /// Who is signed in.
    pub principal: Principal,
    /// How.
    pub method: Method,
    /// Since when.
    pub created_at: Timestamp,
    /// When something came last, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// A session that was just begun: the only time its secret is known.
#[derive(Clone)]
pub struct NewSession {
    /// The session.
    pub session: Session,
    /// What the person's program sends as its bearer, or the console as its cookie.
    pub secret: String,
}

impl std::fmt::Debug for NewSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.session.fmt(f)
    }
}

/// How long sessions live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLife {
    /// Seconds without a request after which a session ends.
    pub idle_s_max: i64,
    /// Seconds after which it ends in any case.
    pub whole_s_max: i64,
}

impl SessionLife {
    /// For people with an account: 12 hours idle, 14 days at most.
    pub const ACCOUNT: Self = Self { idle_s_max: 12 * 3600, whole_s_max: 14 * 24 * 3600 };

    /// For people whom a wiki vouches for: 15 minutes idle, 12 hours at most, because the wiki is not asked again in
    /// between.
    pub const WIKI: Self = Self { idle_s_max: 15 * 60, whole_s_max: 12 * 3600 };
}

/// Whose session it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    /// An account of this service.
    Account(i64),
    /// A person for whom a wiki speaks.
    Person(Person),
}

/// A session as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) digest: Digest,
    pub(crate) owner: Owner,
    pub(crate) last_seen_at: Timestamp,
    pub(crate) idle_micros_max: i64,
    pub(crate) expires_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
}

impl Kept {
    /// Whether it counts at `now`; `seen_at` is when something came last.
    pub(crate) fn is_open(&self, seen_at: Timestamp, now: Timestamp) -> bool {
        let seen_at = seen_at.max(self.last_seen_at);
        let idle_micros = now.as_microsecond().saturating_sub(seen_at.as_microsecond());
        self.ended_at.is_none() && now < self.expires_at && idle_micros < self.idle_micros_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_idle_or_old_or_ended() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let kept = Kept {
            digest: [0; 32],
            owner: Owner::Account(1),
            last_seen_at: at(100),
            idle_micros_max: 60_000_000,
            expires_at: at(1000),
            ended_at: None,
        };
        assert!(kept.is_open(at(0), at(159)));
        assert!(!kept.is_open(at(0), at(160)));
        assert!(kept.is_open(at(150), at(209)));
        assert!(kept.is_open(at(999), at(999)));
        assert!(!kept.is_open(at(999), at(1000)));
        assert!(!Kept { ended_at: Some(at(1)), ..kept }.is_open(at(100), at(101)));
    }
}
