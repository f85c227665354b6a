//! Beginning, finding and ending sessions.

use super::{Method, NewSession, Owner, Session, records};
use crate::account;
use crate::people::{People, entry};
use crate::secret::{self, Digest, Kind};
use wikiward_farm::{Coded, Limit, Page, Principal, Right, Timestamp, Viewer, WikiId};
use wikiward_store::{StoreError, Tx};

/// Why a session was not shown or ended.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// There is none that the viewer may end.
    #[error("there is no such session")]
    Unknown,
    /// The viewer lacks this right.
    #[error("this needs the right {0}")]
    Forbidden(Right),
    /// The viewer is nobody who signs in.
    #[error("only people sign in")]
    Nobody,
    /// The database did not answer.
    #[error("the store did not answer")]
    Store(#[from] StoreError),
}

impl Coded for SessionError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "not_found",
            Self::Forbidden(_) => "forbidden",
            Self::Nobody => "unauthenticated",
            Self::Store(error) => error.code(),
        }
    }
}

impl People {
    /// The session whose secret this is and the person in it, if it counts.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn open_session(&self, bearer: &str, now: Timestamp) -> Result<Option<(String, Viewer)>, StoreError> {
        let Some((id, digest)) = secret::read(Kind::Session, bearer) else { return Ok(None) };
        let mut conn = self.store.reader().await?;
        let Some(kept) = records::find(&mut conn, id).await? else { return Ok(None) };
        let seen_at = self.seen().at(id).unwrap_or(kept.last_seen_at);
        if !secret::is_same(&kept.digest, &digest) || !kept.is_open(seen_at, now) {
            return Ok(None);
        }
        let viewer = match &kept.owner {
            Owner::Person(person) => self.snapshot().person(person),
            Owner::Account(account) => self.account_viewer(&mut conn, *account).await?,
        };
        let Some(viewer) = viewer else { return Ok(None) };
        self.seen().note(id, now);
        Ok(Some((id.to_owned(), viewer)))
    }

    async fn account_viewer(&self, conn: &mut wikiward_store::Conn, id: i64) -> Result<Option<Viewer>, StoreError> {
        let Some(account) = account::records::one(conn, id).await? else { return Ok(None) };
        if account.is_disabled {
            return Ok(None);
        }
        let mut rights = self.snapshot().everybody().clone();
        for (wiki, granted) in &account.rights {
            rights.grant(wiki.clone(), *granted);
        }
        let principal = Principal::Account { id, name: account.name };
        let human = self.snapshot().human(&principal, account.identity.as_ref());
        Ok(Some(Viewer::new(principal, rights, false).known_as(human)))
    }

    /// Begins a session in `tx`, which the caller commits.
    pub(crate) async fn begin_session(
        &self,
        tx: &mut Tx,
        owner: &Owner,
        principal: Principal,
        method: Method,
        now: Timestamp,
    ) -> Result<NewSession, StoreError> {
        let life = self.life_for(owner);
        let made = secret::make(Kind::Session, now, &*self.entropy);
        let expires_at =
            Timestamp::from_second(now.as_second().saturating_add(life.whole_s_max)).unwrap_or(Timestamp::MAX);
        let session = Session { id: made.id, principal, method, created_at: now, last_seen_at: now, expires_at };
        let digest: Digest = made.digest;
        records::insert(tx, &session, owner, &digest, life.idle_s_max.saturating_mul(1_000_000)).await?;
        let viewer = Viewer::new(session.principal.clone(), wikiward_farm::Rights::default(), false);
        let wiki = match owner {
            Owner::Account(_) => WikiId::farm(),
            Owner::Person(person) => person.wiki.clone(),
        };
        let details = serde_json::json!({ "method": method.name() });
        tx.audit(&entry(&viewer, now, &wiki, "session.begin", format!("session:{}", session.id), details)).await?;
        Ok(NewSession { session, secret: made.text })
    }

    /// The open sessions of `viewer`; of account `account` instead, for who manages accounts. Newest first; `before` is the
    /// id of the last one seen.
    ///
    /// # Errors
    /// [`SessionError`].
    pub async fn sessions(
        &self,
        viewer: &Viewer,
        account: Option<i64>,
        before: Option<&str>,
        limit: Limit,
    ) -> Result<Page<Session, String>, SessionError> {
        let whose = match (account, &viewer.principal) {
            (Some(id), Principal::Account { id: own, .. }) if id == *own => records::Whose::Account(id),
            (Some(id), _) if viewer.may(Right::ManageAccounts, &WikiId::farm()) => records::Whose::Account(id),
            (Some(_), _) => return Err(SessionError::Forbidden(Right::ManageAccounts)),
            (None, Principal::Account { id, .. }) => records::Whose::Account(*id),
            (None, Principal::WikiUser { wiki, id, .. }) => records::Whose::WikiUser(wiki, *id),
            (None, _) => return Err(SessionError::Nobody),
        };
        let now = self.now();
        let mut conn = self.store.reader().await?;
        let items = records::list(&mut conn, whose, before, limit, now).await?;
        // Cut before the idle ones are left out: the next page begins where this one was read to.
        let page = Page::cut(items, limit, |(session, _)| session.id.clone());
        let open = |(mut session, idle_micros_max): (Session, i64)| {
            session.last_seen_at =
                self.seen().at(&session.id).unwrap_or(session.last_seen_at).max(session.last_seen_at);
            let idle = now.as_microsecond().saturating_sub(session.last_seen_at.as_microsecond());
            (idle < idle_micros_max).then_some(session)
        };
        Ok(Page { items: page.items.into_iter().filter_map(open).collect(), next: page.next })
    }

    /// Ends a session: one's own, or anybody's for who manages accounts.
    ///
    /// # Errors
    /// [`SessionError`]; the same for a session that is not there and one that the viewer may not end.
    pub async fn end_session(&self, viewer: &Viewer, id: &str) -> Result<(), SessionError> {
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let found = records::list(&mut tx, records::Whose::One(id), None, Limit::default(), now).await?;
        let (session, _) = found.into_iter().next().ok_or(SessionError::Unknown)?;
        let is_own = session.principal.key() == viewer.principal.key();
        if !is_own && !viewer.may(Right::ManageAccounts, &WikiId::farm()) {
            return Err(SessionError::Unknown);
        }
        if records::end(&mut tx, id, now).await? {
            let details = serde_json::json!({ "of": session.principal.key() });
            tx.audit(&entry(viewer, now, &WikiId::farm(), "session.end", format!("session:{id}"), details)).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
