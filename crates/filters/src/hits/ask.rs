//! Asking for hits: lists, one hit, its private details.

pub(crate) mod records;

use crate::archive::Archiver;
use crate::domains::attempts::{Attempt, records as attempts};
use crate::hits::access::{self, AccessEntry, AccessKind};
use crate::hits::dump;
use crate::hits::list::{self, HitKey, HitRow, Log, Question};
use crate::hits::misses::Misses;
use crate::hits::visible::{Level, Sight};
use crate::hits::writer::{HitWriter, PURPOSE};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use wikiward_farm::{Clock, Coded, Entropy, Id, Page, Right, Viewer};
use wikiward_store::{Keyring, Sealer, Store, StoreError};

/// Answers for hits. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hits {
    pub(crate) store: Store,
    pub(crate) sealer: Sealer,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) clock: Arc<dyn Clock>,
    misses: Arc<Mutex<Misses>>,
    pub(crate) writer: Option<HitWriter>,
    pub(crate) archiver: Option<Archiver>,
}

/// Why hits were not answered for.
#[derive(Debug, thiserror::Error)]
pub enum HitError {
    /// Looking at private data leaves an entry in a log, and that cannot be written.
    #[error("private data cannot be read, because the access log cannot be written")]
    ReadOnly(#[source] StoreError),
    /// Looking at private data needs a reason.
    #[error("looking at private details needs a reason")]
    ReasonWanted,
    /// Too many codes were guessed.
    #[error("too many codes that do not exist were asked for. Try again in an hour")]
    TooManyGuesses,
    /// The hits meant wait to be written.
    #[error("the hits of this evaluation are not in the database yet. Send it again later")]
    NotYet,
    /// The database did not do what was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Coded for HitError {
    fn code(&self) -> &'static str {
        match self {
            Self::ReadOnly(_) => "read_only",
            Self::ReasonWanted => "invalid",
            Self::TooManyGuesses => "rate_limited",
            Self::NotYet => "store_unavailable",
            Self::Store(error) => error.code(),
        }
    }
}

/// One hit with what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct OneHit {
    /// The row.
    pub row: HitRow,
    /// The variables of the action, for who may see details. None if they are not kept (any more).
    pub variables: Option<Variables>,
    /// What people said of it, for who may see details.
    pub assessments: Vec<Assessment>,
}

/// Variables of an action.
#[derive(Debug, Clone, PartialEq)]
pub struct Variables {
    /// Values by name, protected ones that are still kept included.
    pub values: Map<String, Value>,
    /// Names of protected ones that are not kept any more.
    pub expired: Vec<String>,
}

/// What a person said of a hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// Who.
    pub by_name: String,
    /// `true_positive`, `false_positive` or `unsure`.
    pub verdict: String,
    /// Why.
    pub note: String,
    /// When.
    pub at: wikiward_farm::Timestamp,
}

/// Private details of a hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateDetails {
    /// The user.
    pub user: String,
    /// How the filter is named on the wiki.
    pub gid: String,
    /// The filter's name.
    pub filter_name: String,
    /// The address; none if it was not kept, or not any more.
    pub address: Option<String>,
}

impl Hits {
    /// Answers for the hits in `store`, opened with the keys that they were sealed with.
    pub fn new(store: Store, keyring: &Keyring, entropy: Arc<dyn Entropy>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            sealer: keyring.sealer(PURPOSE),
            entropy,
            clock,
            misses: Arc::default(),
            writer: None,
            archiver: None,
        }
    }

    /// The same, knowing which hits `writer` has yet to write.
    #[must_use]
    pub fn beside(mut self, writer: HitWriter) -> Self {
        self.writer = Some(writer);
        self
    }

    /// The same, knowing which actions `archiver` has yet to write.
    #[must_use]
    pub fn archived_by(mut self, archiver: Option<Archiver>) -> Self {
        self.archiver = archiver;
        self
    }

    /// One page of a log, as far as `sight` goes. Selecting by address needs the right to see addresses: ask for it before.
    ///
    /// # Errors
    /// [`HitError::TooManyGuesses`] for codes; [`HitError::ReadOnly`] for addresses; [`HitError::Store`].
    pub async fn list(
        &self,
        question: &Question,
        sight: &Sight,
        viewer: &Viewer,
    ) -> Result<Page<HitRow, HitKey>, HitError> {
        let by_code = question.selection.ref_code.is_some();
        let key = viewer.principal.key();
        if by_code && !self.misses().may_try(&key, self.clock.now()) {
            return Err(HitError::TooManyGuesses);
        }
        let digest = match (&question.log, question.selection.address) {
            (Log::Wiki(wiki), Some(range)) => {
                let entry = AccessEntry::new(AccessKind::AddressSearch, wiki, viewer, "", None);
                self.log_access(&entry).await?;
                Some(range.digest(wiki, &self.sealer))
            }
            // Digests are per wiki: farm-wide nobody is found by address.
            (Log::Farm, Some(_)) => return Ok(Page { items: Vec::new(), next: None }),
            (_, None) => None,
        };
        let mut conn = self.store.reader().await?;
        let page = list::records::list(&mut conn, question, digest, sight).await?;
        drop(conn);
        if by_code && page.items.is_empty() && self.attempt(question, viewer).await?.is_none() {
            self.misses().note(&key, self.clock.now());
        }
        Ok(page)
    }

    /// The attempt to link to blocked domains whose code is asked for, for who may see that log. People who were refused quote a
    /// code, and do not know what refused them.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn attempt(&self, question: &Question, viewer: &Viewer) -> Result<Option<Attempt>, StoreError> {
        let (Log::Wiki(wiki), Some(code)) = (&question.log, &question.selection.ref_code) else { return Ok(None) };
        let mut conn = self.store.reader().await?;
        // Looked up for everybody, so that no answer comes sooner than others.
        let found = attempts::with_code(&mut conn, wiki, code).await?;
        Ok(found.filter(|_| viewer.may(Right::BlockedDomainsLog, wiki)))
    }

    /// One hit; none if it is not there or may not be seen. If protected values are shown, that is logged before.
    ///
    /// # Errors
    /// [`HitError::ReadOnly`] or [`HitError::Store`].
    pub async fn one(&self, log: &Log, hit_id: Id, sight: &Sight, viewer: &Viewer) -> Result<Option<OneHit>, HitError> {
        let mut conn = self.store.snapshot().await?;
        let found = records::one(&mut conn, log, hit_id, sight).await?;
        let found = found.filter(|found| found.row.level >= Level::Row);
        let has_details = found.as_ref().is_some_and(|found| found.row.level == Level::Details);
        // Asked for in every case, so that no answer comes sooner than others.
        let digest = found.as_ref().filter(|_| has_details).and_then(|found| found.dump);
        let dump = records::dump(&mut conn, digest.unwrap_or_default()).await?;
        let assessments = records::assessments(&mut conn, if has_details { hit_id } else { records::NO_HIT }).await?;
        drop(conn);
        let Some(found) = found else { return Ok(None) };
        let variables = match dump.as_deref().and_then(dump::unpack) {
            Some((values, protected)) => Some(self.with_private(&found, values, protected, viewer).await?),
            None => None,
        };
        Ok(Some(OneHit { row: found.row, variables, assessments }))
    }

    /// Which of these hits may be seen.
    pub(crate) async fn visible(&self, log: &Log, hits: &[Id], sight: &Sight) -> Result<BTreeSet<Id>, StoreError> {
        records::visible(&mut self.store.reader().await?, log, hits, sight).await
    }

    /// One hit without what belongs to it; none if it is not there or its details may not be seen.
    pub(crate) async fn row(&self, log: &Log, hit_id: Id, sight: &Sight) -> Result<Option<HitRow>, HitError> {
        let mut conn = self.store.reader().await?;
        let found = records::one(&mut conn, log, hit_id, sight).await?;
        Ok(found.map(|found| found.row).filter(|row| row.level == Level::Details))
    }

    /// Puts back what was taken out of the dump and may be seen.
    async fn with_private(
        &self,
        found: &records::Found,
        mut values: Map<String, Value>,
        protected: Vec<String>,
        viewer: &Viewer,
    ) -> Result<Variables, HitError> {
        if found.row.actor_type == "ip" {
            let name = Value::from(found.row.actor_name.as_str());
            values.values_mut().for_each(|value| put_back(value, &name));
        }
        let context = found.row.key.hit_id.to_bytes();
        let sealed = found.protected_sealed.as_deref();
        let opened = sealed.and_then(|sealed| self.sealer.open(sealed, &context));
        let opened: BTreeMap<String, Value> =
            opened.and_then(|plain| serde_json::from_slice(&plain).ok()).unwrap_or_default();
        if !opened.is_empty() {
            let names: Vec<&str> = opened.keys().map(String::as_str).collect();
            self.log_protected(&found.row.wiki, viewer, &found.row.actor_name, Some(found.row.key.hit_id), &names)
                .await?;
        }
        let expired = protected.into_iter().filter(|name| !opened.contains_key(name)).collect();
        values.extend(opened);
        Ok(Variables { values, expired })
    }

    /// Private details of a hit; none if it is not there or may not be seen. Who asks needs the right to see addresses: ask
    /// for it before. Logged before anything is read.
    ///
    /// # Errors
    /// [`HitError::ReasonWanted`], [`HitError::ReadOnly`] or [`HitError::Store`].
    pub async fn private_details(
        &self,
        log: &Log,
        hit_id: Id,
        sight: &Sight,
        viewer: &Viewer,
        reason: &str,
        needs_reason: bool,
    ) -> Result<Option<PrivateDetails>, HitError> {
        if needs_reason && reason.trim().is_empty() {
            return Err(HitError::ReasonWanted);
        }
        let mut conn = self.store.reader().await?;
        let found = records::one(&mut conn, log, hit_id, sight).await?;
        drop(conn);
        let Some(found) = found.filter(|found| found.row.level >= Level::Row) else { return Ok(None) };
        let Some(full) = &found.row.full else { return Ok(None) };
        let mut entry =
            AccessEntry::new(AccessKind::PrivateDetails, &found.row.wiki, viewer, &found.row.actor_name, Some(hit_id));
        reason.trim().clone_into(&mut entry.reason);
        self.log_access(&entry).await?;
        let context = hit_id.to_bytes();
        let address = found.ip_sealed.as_deref().and_then(|sealed| self.sealer.open(sealed, &context));
        Ok(Some(PrivateDetails {
            user: found.row.actor_name.clone(),
            gid: full.filter.gid(),
            filter_name: found.row.filter_name.clone(),
            address: address.and_then(|address| String::from_utf8(address).ok()),
        }))
    }

    fn misses(&self) -> std::sync::MutexGuard<'_, Misses> {
        self.misses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Replaces the marker of the address by the name under which the wiki shows it to everybody.
fn put_back(value: &mut Value, name: &Value) {
    match value {
        Value::String(text) if text == dump::ADDRESS_MARKER => *value = name.clone(),
        Value::Array(items) => items.iter_mut().for_each(|item| put_back(item, name)),
        Value::Object(members) => members.values_mut().for_each(|member| put_back(member, name)),
        _ => {}
    }
}

// The log of access is its own subject; the functions that write it belong to who looks.
impl Hits {
    /// Notes that protected values of a person are looked at, before they are. Within a day one entry per viewer, person
    /// and variable does.
    ///
    /// # Errors
    /// [`HitError::ReadOnly`] if it cannot be noted: then nothing may be shown.
    pub async fn log_protected(
        &self,
        wiki: &wikiward_farm::WikiId,
        viewer: &Viewer,
        person: &str,
        hit_id: Option<Id>,
        variables: &[&str],
    ) -> Result<(), HitError> {
        access::records::protected(self, wiki, viewer, person, hit_id, variables).await.map_err(HitError::ReadOnly)
    }

    pub(crate) async fn log_access(&self, entry: &AccessEntry) -> Result<(), HitError> {
        access::records::append(self, std::slice::from_ref(entry)).await.map_err(HitError::ReadOnly)
    }
}
