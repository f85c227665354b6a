//! Making and changing accounts.

use super::{Account, AccountDraft, RIGHTS_WIKIS_MAX, beyond, is_administrator, records};
use crate::hasher::Crowded;
use crate::limit::TooOften;
use crate::password::Password;
use crate::people::{People, TOPIC, entry};
use crate::ticket;
use crate::wiki::Wrong;
use crate::{group, session};
use serde_json::{Map, Value, json};
use wikiward_farm::{Coded, Limit, Page, Principal, Right, Viewer, WikiId};
use wikiward_store::{StoreError, Tx};

/// Why an account was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The viewer lacks this right.
    #[error("this needs the right {0}")]
    Forbidden(Right),
    /// The viewer would give a right, or manage somebody who has one, that the viewer does not have.
    #[error("this needs the right {right} on {wiki}: nobody gives rights or manages people beyond his own")]
    Beyond {
        /// Where.
        wiki: WikiId,
        /// Which.
        right: Right,
    },
    /// There is none.
    #[error("there is no such account")]
    Unknown,
    /// The name, or the account elsewhere, is another account's already.
    #[error("the name or the linked identity belongs to another account already")]
    Taken,
    /// Somebody changed it in between.
    #[error("version {base} is no longer current: {current} is")]
    Stale {
        /// The version that was to be changed.
        base: u32,
        /// The present one.
        current: u32,
    },
    /// Nobody could manage accounts any more.
    #[error("this is the last account that may manage accounts. Give another one that right first")]
    LastAdministrator,
    /// The present password that was sent is not right.
    #[error("the present password is not right")]
    WrongPassword,
    /// What was sent cannot be: everything that is wrong.
    #[error("the account cannot be like that")]
    Invalid(Vec<Wrong>),
    /// It was tried too often.
    #[error(transparent)]
    TooOften(#[from] TooOften),
    /// Too many passwords are being checked.
    #[error(transparent)]
    Crowded(#[from] Crowded),
    /// The database did not take it.
    #[error("the store did not answer")]
    Store(#[from] StoreError),
}

impl Coded for AccountError {
    fn code(&self) -> &'static str {
        match self {
            Self::Forbidden(_) | Self::Beyond { .. } | Self::WrongPassword => "forbidden",
            Self::Unknown => "not_found",
            Self::Taken => "name_taken",
            Self::Stale { .. } => "edit_conflict",
            Self::LastAdministrator => "last_administrator",
            Self::Invalid(_) => "invalid",
            Self::TooOften(error) => error.code(),
            Self::Crowded(_) => "overloaded",
            Self::Store(error) => error.code(),
        }
    }
}

pub(crate) fn need(viewer: &Viewer) -> Result<(), AccountError> {
    let may = viewer.may(Right::ManageAccounts, &WikiId::farm());
    if may { Ok(()) } else { Err(AccountError::Forbidden(Right::ManageAccounts)) }
}

/// Refuses rights beyond the viewer's own.
pub(crate) fn within(
    viewer: &Viewer,
    rights: &std::collections::BTreeMap<WikiId, wikiward_farm::right::RightSet>,
) -> Result<(), AccountError> {
    match beyond(viewer, rights) {
        Some((wiki, right)) => Err(AccountError::Beyond { wiki, right }),
        None => Ok(()),
    }
}

impl People {
    /// Accounts by number, those after number `after`.
    ///
    /// # Errors
    /// [`AccountError::Forbidden`] without the right to manage accounts.
    pub async fn accounts(
        &self,
        viewer: &Viewer,
        after: i64,
        limit: Limit,
    ) -> Result<Page<Account, i64>, AccountError> {
        need(viewer)?;
        let items = records::list(&mut self.store.reader().await?, after, limit).await?;
        Ok(Page::cut(items, limit, |account: &Account| account.id))
    }

    /// The account `id`: one's own, or anybody's for who manages accounts.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn account(&self, viewer: &Viewer, id: i64) -> Result<Option<Account>, StoreError> {
        let is_own = matches!(viewer.principal, Principal::Account { id: own, .. } if own == id);
        if !is_own && !viewer.may(Right::ManageAccounts, &WikiId::farm()) {
            return Ok(None);
        }
        records::one(&mut self.store.reader().await?, id).await
    }

    fn check(&self, draft: &AccountDraft) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        if draft.rights.len() > RIGHTS_WIKIS_MAX {
            let message = format!("an account has rights on at most {RIGHTS_WIKIS_MAX} wikis");
            wrong.push(Wrong::new("too_many", "rights", message));
        }
        if let Some(unknown) = draft.rights.keys().find(|wiki| !wiki.is_farm() && self.wiki(wiki).is_none()) {
            wrong.push(Wrong::new("unknown_wiki", "rights", format!("there is no wiki `{unknown}`")));
        }
        if let Some(identity) = &draft.identity {
            let is_known = self.settings.oidc.iter().any(|provider| provider.issuer == identity.issuer);
            if !is_known {
                let message = format!("`{}` is no issuer of this service's configuration", identity.issuer);
                wrong.push(Wrong::new("unknown_issuer", "identity", message));
            }
            if !(1..=255).contains(&identity.subject.len()) {
                wrong.push(Wrong::new("bad_subject", "identity", "the subject must have 1 to 255 bytes"));
            }
        }
        wrong
    }

    /// Makes an account; it has no password yet: invite the person to it.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn add_account(&self, viewer: &Viewer, draft: AccountDraft) -> Result<Account, AccountError> {
        need(viewer)?;
        within(viewer, &draft.rights)?;
        let wrong = self.check(&draft);
        if !wrong.is_empty() {
            return Err(AccountError::Invalid(wrong));
        }
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let id = records::insert(&mut tx, &draft, &viewer.principal.key(), now).await.map_err(taken)?;
        let details = json!({ "name": draft.name.as_str(), "rights": rights_json(&draft) });
        tx.audit(&entry(viewer, now, &WikiId::farm(), "account.add", format!("account:{id}"), details)).await?;
        let made = records::one(&mut tx, id).await?.ok_or(AccountError::Unknown)?;
        tx.commit().await?;
        Ok(made)
    }

    /// Changes version `base` of an account. Disabling it ends its sessions and takes back its links.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn change_account(
        &self,
        viewer: &Viewer,
        id: i64,
        base: u32,
        draft: AccountDraft,
    ) -> Result<Account, AccountError> {
        need(viewer)?;
        within(viewer, &draft.rights)?;
        let now = self.now();
        let mut tx = self.store.begin().await?;
        // Changes of accounts wait for each other here: else two could each remove the other's last administrator.
        tx.announce(TOPIC, "accounts").await?;
        let old = records::one(&mut tx, id).await?.ok_or(AccountError::Unknown)?;
        within(viewer, &old.rights)?;
        if old.version != base {
            return Err(AccountError::Stale { base, current: old.version });
        }
        let was = old.draft();
        if was == draft {
            return Ok(old);
        }
        let wrong = self.check(&draft);
        if !wrong.is_empty() {
            return Err(AccountError::Invalid(wrong));
        }
        let was_administrator = !was.is_disabled && is_administrator(&was.rights);
        let is_one_still = !draft.is_disabled && is_administrator(&draft.rights);
        if was_administrator && !is_one_still && records::other_administrators(&mut tx, id).await? == 0 {
            return Err(AccountError::LastAdministrator);
        }
        if !records::update(&mut tx, id, base, &draft, &viewer.principal.key(), now).await.map_err(taken)? {
            return Err(AccountError::Stale { base, current: base.saturating_add(1) });
        }
        if draft.is_disabled && !was.is_disabled {
            session::records::end_all(&mut tx, id, now).await?;
            ticket::records::drop_of(&mut tx, id).await?;
        }
        let details = json!({ "name": [was.name.as_str(), draft.name.as_str()], "rights": [rights_json(&was), rights_json(&draft)],
            "identity_changed": was.identity != draft.identity, "disabled": [was.is_disabled, draft.is_disabled] });
        tx.audit(&entry(viewer, now, &WikiId::farm(), action(&was, &draft), format!("account:{id}"), details)).await?;
        let new = records::one(&mut tx, id).await?.ok_or(AccountError::Unknown)?;
        tx.commit().await?;
        Ok(new)
    }

    /// Gives one's own account another password. Ends all its sessions, this one too.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn change_password(
        &self,
        viewer: &Viewer,
        present: &Password,
        password: &Password,
    ) -> Result<(), AccountError> {
        let Principal::Account { id, name } = &viewer.principal else { return Err(AccountError::Unknown) };
        let wrong = password.check(name);
        if !wrong.is_empty() {
            return Err(AccountError::Invalid(wrong));
        }
        let now = self.now();
        // Who has got hold of a session must not be able to guess on.
        let key = super::key_of(name);
        self.limits.pay(Some(&key), None, now)?;
        let stored = records::password(&mut self.store.reader().await?, *id).await?;
        if !present.is_bounded() || !self.hasher.is_right(present, stored).await? {
            return Err(AccountError::WrongPassword);
        }
        self.limits.pay_back(&key, None);
        let hash = self.hasher.hash(password).await?;
        let mut tx = self.store.begin().await?;
        self.put_password(&mut tx, viewer, *id, &hash, "account.password").await?;
        tx.commit().await?;
        Ok(())
    }

    /// Writes a password's hash, ends the account's sessions and takes back its links; the caller commits.
    pub(crate) async fn put_password(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        id: i64,
        hash: &str,
        action: &'static str,
    ) -> Result<(), AccountError> {
        let now = self.now();
        if !records::set_password(tx, id, hash, now).await? {
            return Err(AccountError::Unknown);
        }
        let ended = session::records::end_all(tx, id, now).await?;
        ticket::records::drop_of(tx, id).await?;
        let details = json!({ "sessions_ended": ended });
        tx.audit(&entry(viewer, now, &WikiId::farm(), action, format!("account:{id}"), details)).await?;
        Ok(())
    }
}

fn action(was: &AccountDraft, is: &AccountDraft) -> &'static str {
    match (was.is_disabled, is.is_disabled) {
        (false, true) => "account.disable",
        (true, false) => "account.enable",
        _ if was.name != is.name => "account.rename",
        _ => "account.change",
    }
}

fn rights_json(draft: &AccountDraft) -> Value {
    let rights = draft.rights.iter().map(|(wiki, rights)| (wiki.to_string(), group::records::names_of(*rights)));
    Value::Object(rights.collect::<Map<_, _>>())
}

fn taken(error: StoreError) -> AccountError {
    if error.is_constraint() { AccountError::Taken } else { error.into() }
}
