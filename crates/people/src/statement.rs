//! What wikis sign about the people who act on them.
//!
//! A statement is a JWT signed with the wiki's key, in the one algorithm that fits the key. Its audience says what it is
//! good for, so that one for acting cannot be used to sign in. It is good for a minute at most.

use crate::group::EVERYBODY;
use crate::snapshot::{Person, Snapshot};
use crate::wiki::is_group;
use jsonwebtoken::{Validation, decode};
use serde::Deserialize;
use wikiward_farm::{Coded, Timestamp, UserName, WikiId};

/// Longest life of a statement, in seconds. Rule: rights, `Wikiward-Actor` (`exp` at most 60 s ahead).
pub const LIFE_S_MAX: i64 = 60;

/// How far a wiki's clock may be ahead of or behind ours, in seconds.
pub const CLOCK_SKEW_S_MAX: i64 = 5;

/// Most bytes of a statement: what fits into a header next to others.
pub const STATEMENT_BYTES_MAX: usize = 8192;

/// Most groups or rights in a statement.
const NAMES_MAX: usize = 500;

/// Why a statement does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ActorError {
    /// It is not a signed statement of the kind wanted.
    #[error("it is not a JWT with the claims wanted (aud, wiki, user_id, name, groups, rights, blocked, iat, exp)")]
    Form,
    /// It is about a wiki that is not there, is closed, has no key, or is not the token's.
    #[error("its wiki is not known here, is closed, has no public key, or is not the one of the token")]
    Wiki,
    /// The signature does not fit.
    #[error("its signature does not fit the wiki's public key")]
    Signature,
    /// It is for something else.
    #[error("its audience is not the one wanted")]
    Audience,
    /// It has expired, is not good yet, or would be good for too long.
    #[error("it has expired, was made in the future, or is good for more than 60 seconds")]
    Time,
    /// It was used before.
    #[error("it was used before")]
    Used,
}

impl Coded for ActorError {
    fn code(&self) -> &'static str {
        "unauthenticated"
    }
}

/// What a statement is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// One request: `actor`.
    Actor,
    /// One session: `sign-in`.
    SignIn,
}

impl Audience {
    const fn name(self) -> &'static str {
        match self {
            Self::Actor => "actor",
            Self::SignIn => "sign-in",
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    wiki: String,
    user_id: i64,
    name: String,
    groups: Vec<String>,
    #[serde(default)]
    rights: Vec<String>,
    blocked: bool,
    iat: i64,
    exp: i64,
    jti: Option<String>,
}

/// The wiki that a statement is said to be from; nothing is checked yet.
#[derive(Deserialize)]
struct From {
    wiki: String,
}

/// What counts of a statement.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) person: Person,
    pub(crate) jti: Option<String>,
    pub(crate) expires_at: Timestamp,
}

/// Reads a statement for `audience`.
///
/// `serves` says whether the caller may bring statements of a wiki.
pub(crate) fn read(
    snapshot: &Snapshot,
    text: &str,
    audience: Audience,
    now: Timestamp,
    serves: impl Fn(&WikiId) -> bool,
) -> Result<Statement, ActorError> {
    if text.len() > STATEMENT_BYTES_MAX {
        return Err(ActorError::Form);
    }
    // Only to find the key; the claims are read again from what was verified.
    let from: From = jsonwebtoken::dangerous::insecure_decode_claims(text).map_err(|_| ActorError::Form)?;
    let wiki: WikiId = from.wiki.parse().map_err(|_| ActorError::Wiki)?;
    let known = snapshot.wiki(&wiki).filter(|known| !known.is_closed && serves(&wiki)).ok_or(ActorError::Wiki)?;
    let key = known.draft.public_key.as_ref().ok_or(ActorError::Wiki)?;
    let (algorithm, key) = key.verifier();
    let mut validation = Validation::new(algorithm);
    // Times are compared with our own clock below.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let claims = decode::<Claims>(text, key, &validation).map_err(|error| why(&error))?.claims;
    judge(claims, wiki, audience, now)
}

fn why(error: &jsonwebtoken::errors::Error) -> ActorError {
    use jsonwebtoken::errors::ErrorKind as K;
    match error.kind() {
        K::InvalidSignature | K::InvalidAlgorithm => ActorError::Signature,
        _ => ActorError::Form,
    }
}

fn judge(claims: Claims, wiki: WikiId, audience: Audience, now: Timestamp) -> Result<Statement, ActorError> {
    if claims.aud != audience.name() {
        return Err(ActorError::Audience);
    }
    let second = now.as_second();
    let is_now = claims.iat <= second.saturating_add(CLOCK_SKEW_S_MAX) && second < claims.exp;
    let life = claims.exp.saturating_sub(claims.iat);
    let ahead = claims.exp.saturating_sub(second);
    if !is_now || !(0..=LIFE_S_MAX).contains(&life) || ahead > LIFE_S_MAX + CLOCK_SKEW_S_MAX {
        return Err(ActorError::Time);
    }
    let name: UserName = claims.name.parse().map_err(|_| ActorError::Form)?;
    let is_bounded = claims.groups.len() <= NAMES_MAX && claims.rights.len() <= NAMES_MAX;
    let jti_fits = claims.jti.as_ref().is_none_or(|jti| (8..=255).contains(&jti.len()));
    if claims.wiki != wiki.as_str() || !is_bounded || claims.user_id < 0 || !jti_fits {
        return Err(ActorError::Form);
    }
    let person = Person {
        wiki,
        user_id: claims.user_id,
        name,
        groups: groups(claims.groups, claims.user_id),
        rights: claims.rights,
        is_blocked: claims.blocked,
    };
    let expires_at = Timestamp::from_second(claims.exp).map_err(|_| ActorError::Time)?;
    Ok(Statement { person, jti: claims.jti, expires_at })
}

/// The groups as said, with those that everybody is in.
fn groups(mut said: Vec<String>, user_id: i64) -> Vec<String> {
    said.retain(|group| is_group(group));
    let implied = [(EVERYBODY, true), ("user", user_id > 0)];
    for (group, is_in) in implied {
        if is_in && !said.iter().any(|name| name == group) {
            said.push(group.to_owned());
        }
    }
    said
}
