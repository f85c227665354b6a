//! What people do with the lists: look, add, change, remove.

use super::host::{BadDomain, Domain};
use super::lists::Lists;
use super::records;
use crate::hits::writer::prepared::storable;
use crate::snapshot::Snapshots;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wikiward_farm::{AuditEntry, Coded, Limit, Page, Right, Timestamp, UserName, Viewer, WikiId};
use wikiward_store::{Store, StoreError, Tx};

/// Topic of changes: the subject is a wiki and a domain (`enwiki:spam.example`), or a wiki if much of its list changed.
pub const TOPIC: &str = "domains";

/// Most domains of one list. Some 20 MB of memory.
pub const DOMAINS_MAX: usize = 200_000;

/// Most domains added or removed at once.
pub const AT_ONCE_MAX: usize = 10_000;

/// Most characters of notes.
pub const NOTES_CHARACTERS_MAX: usize = 500;

/// Most characters of a reason.
pub const REASON_CHARACTERS_MAX: usize = 500;

/// More changes than these are told of as one of the whole list.
const TOLD_MAX: usize = 100;

/// Domains named in the audit log.
const AUDITED_MAX: usize = 100;

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockedDomain {
    /// The domain.
    pub domain: String,
    /// Why, or what to know of it.
    pub notes: String,
    /// Who added it.
    pub added_by: String,
    /// When.
    pub at: Timestamp,
}

/// A domain to be added.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewDomain {
    /// As it was written.
    pub domain: String,
    /// Notes.
    pub notes: String,
    /// Who is said to have added it elsewhere; none means who adds it here.
    pub added_by: Option<String>,
}

/// What became of a domain that was to be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It is in the list now.
    New,
    /// It was there already, and is as it was.
    There,
    /// It stands twice in what was sent; the first one counts.
    Twice,
    /// It is none.
    Bad(BadDomain),
    /// Its notes are too long.
    LongNotes,
}

impl Added {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "added",
            Self::There => "there",
            Self::Twice => "twice",
            Self::Bad(_) => "bad_domain",
            Self::LongNotes => "notes_too_long",
        }
    }

    /// What is wrong with it.
    pub fn error(self) -> Option<String> {
        match self {
            Self::Bad(bad) => Some(bad.to_string()),
            Self::LongNotes => Some(format!("notes have at most {NOTES_CHARACTERS_MAX} characters")),
            Self::New | Self::There | Self::Twice => None,
        }
    }
}

/// Why something could not be done with a list.
#[derive(Debug, thiserror::Error)]
pub enum DomainError {
    /// There is no such wiki, or no such domain in its list.
    #[error("there is no such domain in the list")]
    NotFound,
    /// A right is missing.
    #[error("this needs the right {0}")]
    Forbidden(Right),
    /// What was sent means nothing.
    #[error("{message}")]
    Bad {
        /// The field meant.
        field: &'static str,
        /// What is wrong.
        message: String,
    },
    /// The list would be too long.
    #[error("a list has at most {DOMAINS_MAX} domains. This one has {has}")]
    TooMany {
        /// Domains in it.
        has: usize,
    },
    /// The database did not answer.
    #[error("the filter store did not answer")]
    Store(#[from] StoreError),
}

impl Coded for DomainError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Forbidden(_) => "forbidden",
            Self::Bad { .. } => "bad_request",
            Self::TooMany { .. } => "too_many_domains",
            Self::Store(error) => error.code(),
        }
    }
}

/// The lists of blocked domains. Cheap to clone.
#[derive(Debug, Clone)]
pub struct BlockedDomains {
    store: Store,
    snapshots: Arc<Snapshots>,
}

impl BlockedDomains {
    /// The lists in `store`; changes are in force in `snapshots` before they are answered.
    pub fn new(store: Store, snapshots: Arc<Snapshots>) -> Self {
        Self { store, snapshots }
    }

    /// The lists in force.
    pub fn in_force(&self) -> Arc<Lists> {
        self.snapshots.current().domains().clone()
    }

    /// A page of a list, in the order of the domains. With `part`, of those that have it in them.
    ///
    /// # Errors
    /// [`DomainError`].
    pub async fn list(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        part: Option<&str>,
        after: Option<&str>,
        limit: Limit,
    ) -> Result<Page<BlockedDomain, String>, DomainError> {
        self.may(viewer, wiki, Right::View)?;
        let part = part.map(|part| part.trim().to_lowercase()).filter(|part| !part.is_empty());
        let mut conn = self.store.reader().await?;
        let domains = records::list(&mut conn, wiki, part.as_deref(), after, limit.items() + 1).await?;
        Ok(Page::cut(domains, limit, |entry| entry.domain.clone()))
    }

    /// One entry.
    ///
    /// # Errors
    /// [`DomainError::NotFound`] if it is not in the list.
    pub async fn one(&self, viewer: &Viewer, wiki: &WikiId, domain: &str) -> Result<BlockedDomain, DomainError> {
        self.may(viewer, wiki, Right::View)?;
        let domain: Domain = domain.parse().map_err(|_| DomainError::NotFound)?;
        let mut conn = self.store.reader().await?;
        records::one(&mut conn, wiki, domain.as_str()).await?.ok_or(DomainError::NotFound)
    }

    /// Adds domains: what is none is left out, and the others are added. Says of each what became of it, in their order.
    ///
    /// # Errors
    /// [`DomainError`]; nothing is added then.
    pub async fn add(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        domains: &[NewDomain],
        reason: &str,
    ) -> Result<Vec<(Option<Domain>, Added)>, DomainError> {
        self.may_change(viewer, wiki)?;
        let reason = worded(reason)?;
        bounded(domains.len())?;
        let mut outcomes: Vec<(Option<Domain>, Added)> = Vec::with_capacity(domains.len());
        let mut first: BTreeMap<Domain, usize> = BTreeMap::new();
        for (place, new) in domains.iter().enumerate() {
            outcomes.push(match new.domain.parse::<Domain>() {
                Err(bad) => (None, Added::Bad(bad)),
                Ok(domain) if new.notes.chars().count() > NOTES_CHARACTERS_MAX => (Some(domain), Added::LongNotes),
                Ok(domain) if first.contains_key(&domain) => (Some(domain), Added::Twice),
                Ok(domain) => {
                    first.insert(domain.clone(), place);
                    // Until the database says that it is new.
                    (Some(domain), Added::There)
                }
            });
        }
        if first.is_empty() {
            return Ok(outcomes);
        }
        let by_name = viewer.principal.name();
        let rows: Vec<(&Domain, String, String)> = first
            .iter()
            .filter_map(|(domain, place)| {
                let new = domains.get(*place)?;
                let said = new.added_by.as_deref().filter(|name| name.parse::<UserName>().is_ok());
                Some((domain, storable(new.notes.trim()), said.unwrap_or(by_name).to_owned()))
            })
            .collect();
        let rows: Vec<(&str, &str, &str)> =
            rows.iter().map(|(domain, notes, by)| (domain.as_str(), notes.as_str(), by.as_str())).collect();
        let mut tx = self.store.begin().await?;
        let now = self.store.clock().now();
        let new = records::insert(&mut tx, wiki, &rows, &viewer.principal.key(), now).await?;
        let has = usize::try_from(records::count(&mut tx, wiki).await?).unwrap_or(usize::MAX);
        if has > DOMAINS_MAX {
            return Err(DomainError::TooMany { has: has - new.len() });
        }
        let new: BTreeSet<&str> = new.iter().map(String::as_str).collect();
        for (domain, added) in &mut outcomes {
            if *added == Added::There && domain.as_ref().is_some_and(|domain| new.contains(domain.as_str())) {
                *added = Added::New;
            }
        }
        self.tell(tx, viewer, wiki, "domain.add", &new.into_iter().collect::<Vec<_>>(), reason).await?;
        Ok(outcomes)
    }

    /// Puts one domain into the list, or changes its notes; says whether it is new.
    ///
    /// # Errors
    /// [`DomainError`]; nothing is done then.
    pub async fn put(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        domain: &str,
        notes: &str,
        reason: &str,
    ) -> Result<(BlockedDomain, bool), DomainError> {
        let wrong = |field, message: String| DomainError::Bad { field, message };
        let parsed: Domain = domain.parse().map_err(|bad: BadDomain| wrong("domain", bad.to_string()))?;
        let new = NewDomain { domain: domain.to_owned(), notes: notes.to_owned(), added_by: None };
        let outcome = self.add(viewer, wiki, &[new], reason).await?;
        let added = outcome.first().map(|(_, added)| *added);
        if let Some(error) = added.and_then(Added::error) {
            return Err(wrong("notes", error));
        }
        if added == Some(Added::There) {
            let mut tx = self.store.begin().await?;
            records::change(&mut tx, wiki, parsed.as_str(), &storable(notes.trim())).await?;
            let entry = self.entry(viewer, wiki, "domain.change", &[parsed.as_str()], worded(reason)?);
            tx.audit(&entry).await?;
            tx.commit().await?;
        }
        let entry = records::one(&mut self.store.reader().await?, wiki, parsed.as_str()).await?;
        Ok((entry.ok_or(DomainError::NotFound)?, added == Some(Added::New)))
    }

    /// Removes domains; gives those that were there.
    ///
    /// # Errors
    /// [`DomainError`]; nothing is removed then.
    pub async fn remove(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        domains: &[String],
        reason: &str,
    ) -> Result<Vec<String>, DomainError> {
        self.may_change(viewer, wiki)?;
        let reason = worded(reason)?;
        bounded(domains.len())?;
        let parsed: BTreeSet<Domain> = domains.iter().filter_map(|domain| domain.parse().ok()).collect();
        let parsed: Vec<&str> = parsed.iter().map(Domain::as_str).collect();
        let mut tx = self.store.begin().await?;
        let gone = records::remove(&mut tx, wiki, &parsed).await?;
        let names: Vec<&str> = gone.iter().map(String::as_str).collect();
        self.tell(tx, viewer, wiki, "domain.remove", &names, reason).await?;
        Ok(gone)
    }

    /// Writes down what changed, tells the other nodes, and puts it in force here.
    async fn tell(
        &self,
        mut tx: Tx,
        viewer: &Viewer,
        wiki: &WikiId,
        action: &'static str,
        domains: &[&str],
        reason: &str,
    ) -> Result<(), DomainError> {
        if domains.is_empty() {
            return Ok(());
        }
        tx.audit(&self.entry(viewer, wiki, action, domains, reason)).await?;
        if domains.len() > TOLD_MAX {
            tx.announce(TOPIC, wiki.as_str()).await?;
        } else {
            for domain in domains {
                tx.announce(TOPIC, &format!("{wiki}:{domain}")).await?;
            }
        }
        tx.commit().await?;
        if let Err(error) = self.snapshots.refresh().await {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "a change of blocked domains is not in force here yet");
        }
        Ok(())
    }

    fn entry(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        action: &'static str,
        domains: &[&str],
        reason: &str,
    ) -> AuditEntry {
        let named: Vec<&str> = domains.iter().copied().take(AUDITED_MAX).collect();
        AuditEntry {
            at: self.store.clock().now(),
            by: viewer.principal.clone(),
            wiki: wiki.clone(),
            action,
            subject: match domains {
                [one] => format!("domain:{one}"),
                _ => "domains".into(),
            },
            reason: reason.to_owned(),
            details: json!({"domains": named, "count": domains.len()}),
        }
    }

    fn may_change(&self, viewer: &Viewer, wiki: &WikiId) -> Result<(), DomainError> {
        self.may(viewer, wiki, Right::ModifyBlockedDomains)
    }

    fn may(&self, viewer: &Viewer, wiki: &WikiId, right: Right) -> Result<(), DomainError> {
        if !self.snapshots.current().knows(wiki) {
            return Err(DomainError::NotFound);
        }
        if viewer.may(right, wiki) { Ok(()) } else { Err(DomainError::Forbidden(right)) }
    }
}

fn bounded(count: usize) -> Result<(), DomainError> {
    if (1..=AT_ONCE_MAX).contains(&count) {
        return Ok(());
    }
    let message = format!("1 to {AT_ONCE_MAX} domains are taken at once");
    Err(DomainError::Bad { field: "domains", message })
}

fn worded(reason: &str) -> Result<&str, DomainError> {
    let reason = reason.trim();
    if reason.chars().count() > REASON_CHARACTERS_MAX || reason.contains('\0') {
        let message = format!("a reason has at most {REASON_CHARACTERS_MAX} characters");
        return Err(DomainError::Bad { field: "reason", message });
    }
    Ok(reason)
}
