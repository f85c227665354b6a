//! Signing in: with a password, or with a signed link from a wiki. With another service's account: [`crate::oidc`].

use crate::account::{self, key_of};
use crate::hasher::Crowded;
use crate::limit::TooOften;
use crate::oidc::OidcError;
use crate::password::Password;
use crate::people::People;
use crate::secret;
use crate::session::{Method, NewSession, Owner};
use crate::statement::{self, ActorError, Audience};
use crate::ticket::{self, Purpose};
use std::net::IpAddr;
use wikiward_farm::{Coded, Principal, Timestamp, UserName, WikiId};
use wikiward_store::StoreError;

/// Why a person was not signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Name or password is not right, or the account is disabled: the same for all, in text and in time.
    #[error("name or password is not right")]
    Credentials,
    /// The wiki's statement does not count.
    #[error("the sign-in statement does not count: {0}")]
    Statement(#[from] ActorError),
    /// The other service knows the person, but there is no account here that is linked and not disabled.
    #[error("there is no account here for you. Ask who runs this service to link one")]
    NoAccount,
    /// Signing in with the other service did not work.
    #[error(transparent)]
    Oidc(#[from] OidcError),
    /// It was tried too often.
    #[error(transparent)]
    TooOften(#[from] TooOften),
    /// Too many passwords are being checked.
    #[error(transparent)]
    Crowded(#[from] Crowded),
    /// The database did not answer.
    #[error("the store did not answer")]
    Store(#[from] StoreError),
}

impl Coded for SignInError {
    fn code(&self) -> &'static str {
        match self {
            Self::Credentials | Self::Statement(_) | Self::NoAccount => "unauthenticated",
            Self::Oidc(error) => error.code(),
            Self::TooOften(error) => error.code(),
            Self::Crowded(_) => "overloaded",
            Self::Store(error) => error.code(),
        }
    }
}

impl People {
    /// Signs in with name and password. `address` is where the request came from.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn sign_in(
        &self,
        name: &str,
        password: &Password,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<NewSession, SignInError> {
        // What cannot be a name or password is nobody's; it costs what a wrong one costs all the same.
        let name: Option<UserName> = name.parse().ok();
        let key = name.as_ref().map(key_of).unwrap_or_default();
        self.limits.pay(Some(&key), address, now)?;
        let found = account::records::by_name(&mut self.store.reader().await?, &key).await?;
        let (id, stored, is_disabled) = found.map_or((None, None, false), |(id, stored, off)| (Some(id), stored, off));
        let is_right = self.hasher.is_right(&bounded(password), stored).await? && password.is_bounded();
        let Some(id) = id.filter(|_| is_right && !is_disabled) else { return Err(SignInError::Credentials) };
        self.limits.pay_back(&key, address);
        self.begin_for_account(id, Method::Password, now).await?.ok_or(SignInError::Credentials)
    }

    /// Signs in with a statement that a wiki signed for this purpose. It works once.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn sign_in_from_wiki(
        &self,
        text: &str,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<NewSession, SignInError> {
        self.limits.pay(None, address, now)?;
        let statement = statement::read(&self.snapshot(), text, Audience::SignIn, now, |_| true)?;
        let jti = statement.jti.ok_or(ActorError::Form)?;
        let person = statement.person;
        let principal =
            Principal::WikiUser { wiki: person.wiki.clone(), id: person.user_id, name: person.name.clone() };
        // The wiki's name has no `:`, so no two wikis share a digest.
        let digest = secret::digest(format!("{}:{jti}", person.wiki).as_bytes());
        let mut tx = self.store.begin().await?;
        let by = principal.key();
        let until = statement.expires_at;
        if !ticket::records::spend(&mut tx, &digest, Purpose::WikiSignIn, &by, now, until).await? {
            return Err(ActorError::Used.into());
        }
        let session = self.begin_session(&mut tx, &Owner::Person(person), principal, Method::Wiki, now).await?;
        tx.commit().await?;
        self.limits.pay_back("", address);
        Ok(session)
    }

    /// Begins a session for an account that is there and not disabled.
    pub(crate) async fn begin_for_account(
        &self,
        id: i64,
        method: Method,
        now: Timestamp,
    ) -> Result<Option<NewSession>, StoreError> {
        let mut tx = self.store.begin().await?;
        let Some(account) = account::records::one(&mut tx, id).await?.filter(|account| !account.is_disabled) else {
            return Ok(None);
        };
        account::records::signed_in(&mut tx, id, now).await?;
        let principal = Principal::Account { id, name: account.name };
        let session = self.begin_session(&mut tx, &Owner::Account(id), principal, method, now).await?;
        tx.commit().await?;
        Ok(Some(session))
    }

    /// Whether there is such a wiki, or it is the farm.
    pub fn is_known(&self, wiki: &WikiId) -> bool {
        wiki.is_farm() || self.wiki(wiki).is_some()
    }
}

/// The password, or for one that is too long another that costs the same as any.
fn bounded(password: &Password) -> Password {
    if password.is_bounded() { password.clone() } else { Password::new("") }
}
