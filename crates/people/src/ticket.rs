//! Links and signed statements that work once.

pub(crate) mod records;

/// What a ticket is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The first account: all rights, while there is no account.
    First,
    /// A password for an account: its first one, or another one.
    Password,
    /// A wiki's signed sign-in, by its `jti`.
    WikiSignIn,
    /// A flow of OpenID Connect.
    OidcFlow,
}

impl Purpose {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Password => "password",
            Self::WikiSignIn => "wiki sign-in",
            Self::OidcFlow => "oidc flow",
        }
    }
}

/// How long the link for the first account is good, in seconds: a day. Another start makes another one.
pub(crate) const FIRST_LIFE_S: i64 = 24 * 3600;

/// How long an invitation is good, in seconds: a week.
pub(crate) const INVITATION_LIFE_S: i64 = 7 * 24 * 3600;

/// How long a link for another password is good, in seconds: an hour.
pub(crate) const RESET_LIFE_S: i64 = 3600;
