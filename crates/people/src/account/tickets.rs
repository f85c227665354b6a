//! Links that work once: for the first account, for an invitation, for another password.

use super::service::{need, within};
use super::{AccountDraft, AccountError, records};
use crate::hasher::Crowded;
use crate::password::Password;
use crate::people::{People, TOPIC, entry};
use crate::secret::{self, Digest, Kind};
use crate::session::{Method, NewSession, Owner};
use crate::ticket::{self, FIRST_LIFE_S, INVITATION_LIFE_S, Purpose, RESET_LIFE_S};
use crate::wiki::Wrong;
use serde_json::json;
use wikiward_farm::right::RightSet;
use wikiward_farm::{Coded, Principal, Rights, Timestamp, UserName, Viewer, WikiId};
use wikiward_store::StoreError;

/// A link that was just made: the only time its secret is known.
#[derive(Clone)]
pub struct NewTicket {
    /// What the person brings.
    pub secret: String,
    /// Until when it works.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for NewTicket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewTicket(until {})", self.expires_at)
    }
}

/// Why a link did not work.
#[derive(Debug, thiserror::Error)]
pub enum RedeemError {
    /// It is not known, was used, was taken back or has expired: the same for all.
    #[error("this link does not work: it was used, has expired or was taken back. Ask for another one")]
    Unknown,
    /// The first account needs a name.
    #[error("the first account needs a name")]
    NameWanted,
    /// The password is not good enough.
    #[error("this password cannot be taken")]
    Invalid(Vec<Wrong>),
    /// Too many passwords are being checked.
    #[error(transparent)]
    Crowded(#[from] Crowded),
    /// The database did not take it.
    #[error("the store did not answer")]
    Store(#[from] StoreError),
}

impl Coded for RedeemError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "unauthenticated",
            Self::NameWanted | Self::Invalid(_) => "invalid",
            Self::Crowded(_) => "overloaded",
            Self::Store(error) => error.code(),
        }
    }
}

fn after(now: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_second(now.as_second().saturating_add(seconds)).unwrap_or(Timestamp::MAX)
}

impl People {
    /// The secret of a link with which the first account is made; none if there is an account. Takes back earlier ones.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn first_link(&self, now: Timestamp) -> Result<Option<String>, StoreError> {
        if records::count(&mut self.store.reader().await?).await? > 0 {
            return Ok(None);
        }
        let made = secret::make(Kind::Ticket, now, &*self.entropy);
        let mut tx = self.store.begin().await?;
        ticket::records::drop_first(&mut tx).await?;
        let until = after(now, FIRST_LIFE_S);
        let by = Principal::System.key();
        ticket::records::insert(&mut tx, &made.digest, Purpose::First, None, &by, now, until).await?;
        tx.commit().await?;
        Ok(Some(made.text))
    }

    /// Makes a link with which a person gives account `id` its first password or another one. Takes back earlier ones.
    ///
    /// # Errors
    /// [`AccountError`]; also for an account that may do what the viewer may not.
    pub async fn make_password_link(&self, viewer: &Viewer, id: i64) -> Result<NewTicket, AccountError> {
        need(viewer)?;
        let now = self.now();
        let made = secret::make(Kind::Ticket, now, &*self.entropy);
        let mut tx = self.store.begin().await?;
        let account = records::one(&mut tx, id).await?.ok_or(AccountError::Unknown)?;
        within(viewer, &account.rights)?;
        if account.is_disabled {
            let message = "the account is disabled: enable it first";
            return Err(AccountError::Invalid(vec![Wrong::new("disabled", "account", message)]));
        }
        ticket::records::drop_of(&mut tx, id).await?;
        let (life, action) =
            if account.has_password { (RESET_LIFE_S, "account.reset") } else { (INVITATION_LIFE_S, "account.invite") };
        let expires_at = after(now, life);
        let by = viewer.principal.key();
        ticket::records::insert(&mut tx, &made.digest, Purpose::Password, Some(id), &by, now, expires_at).await?;
        tx.audit(&entry(viewer, now, &WikiId::farm(), action, format!("account:{id}"), json!({}))).await?;
        tx.commit().await?;
        Ok(NewTicket { secret: made.text, expires_at })
    }

    /// Uses a link: gives its account the password, or makes the first account with `name`; and signs the person in.
    ///
    /// # Errors
    /// [`RedeemError`]. A link whose name or password was refused can be used again.
    pub async fn redeem(
        &self,
        link: &str,
        name: Option<UserName>,
        password: &Password,
        now: Timestamp,
    ) -> Result<NewSession, RedeemError> {
        let (_, digest) = secret::read(Kind::Ticket, link).ok_or(RedeemError::Unknown)?;
        let found = {
            let mut conn = self.store.reader().await?;
            ticket::records::find(&mut conn, &digest, now).await?
        };
        match found {
            Some((purpose, Some(id))) if purpose == Purpose::Password.name() => {
                self.redeem_password(&digest, id, password, now).await
            }
            Some((purpose, None)) if purpose == Purpose::First.name() => {
                self.redeem_first(&digest, name.ok_or(RedeemError::NameWanted)?, password, now).await
            }
            _ => Err(RedeemError::Unknown),
        }
    }

    async fn redeem_password(
        &self,
        digest: &Digest,
        id: i64,
        password: &Password,
        now: Timestamp,
    ) -> Result<NewSession, RedeemError> {
        let account = records::one(&mut self.store.reader().await?, id).await?.ok_or(RedeemError::Unknown)?;
        let hash = self.good(password, &account.name).await?;
        let principal = Principal::Account { id, name: account.name };
        let viewer = Viewer::new(principal.clone(), Rights::default(), false);
        let mut tx = self.store.begin().await?;
        if !ticket::records::use_up(&mut tx, digest, now).await? {
            return Err(RedeemError::Unknown);
        }
        self.put_password(&mut tx, &viewer, id, &hash, "account.password").await.map_err(|error| match error {
            AccountError::Store(error) => RedeemError::Store(error),
            _ => RedeemError::Unknown,
        })?;
        records::signed_in(&mut tx, id, now).await?;
        let session = self.begin_session(&mut tx, &Owner::Account(id), principal, Method::Ticket, now).await?;
        tx.commit().await?;
        Ok(session)
    }

    async fn redeem_first(
        &self,
        digest: &Digest,
        name: UserName,
        password: &Password,
        now: Timestamp,
    ) -> Result<NewSession, RedeemError> {
        let hash = self.good(password, &name).await?;
        let rights = [(WikiId::farm(), RightSet::all())].into_iter().collect();
        let draft = AccountDraft { name: name.clone(), rights, identity: None, is_disabled: false };
        let mut tx = self.store.begin().await?;
        // Locks the head of the feed: two links used at once cannot both find that there is no account.
        tx.announce(TOPIC, "accounts").await?;
        if !ticket::records::use_up(&mut tx, digest, now).await? || records::count(&mut tx).await? > 0 {
            return Err(RedeemError::Unknown);
        }
        let id = records::insert(&mut tx, &draft, &Principal::System.key(), now).await?;
        records::set_password(&mut tx, id, &hash, now).await?;
        records::signed_in(&mut tx, id, now).await?;
        let principal = Principal::Account { id, name: draft.name };
        let viewer = Viewer::new(principal.clone(), Rights::default(), false);
        let details = json!({ "name": name.as_str() });
        tx.audit(&entry(&viewer, now, &WikiId::farm(), "account.first", format!("account:{id}"), details)).await?;
        let session = self.begin_session(&mut tx, &Owner::Account(id), principal, Method::Ticket, now).await?;
        tx.commit().await?;
        Ok(session)
    }

    async fn good(&self, password: &Password, name: &UserName) -> Result<String, RedeemError> {
        let wrong = password.check(name);
        if !wrong.is_empty() {
            return Err(RedeemError::Invalid(wrong));
        }
        Ok(self.hasher.hash(password).await?)
    }
}
