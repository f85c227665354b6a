//! Adding and changing wikis and sets of wikis.

use super::{SetDraft, Wiki, WikiDraft, WikiSet, Wrong, records};
use crate::people::{People, entry};
use std::sync::Arc;
use wikiward_farm::{Coded, Limit, Page, Right, Viewer, WikiId, WikiSetId};
use wikiward_store::StoreError;

/// Why a wiki or a set of wikis was not added or changed.
#[derive(Debug, thiserror::Error)]
pub enum WikiError {
    /// The viewer lacks this right.
    #[error("this needs the right {0}")]
    Forbidden(Right),
    /// There is none of that name, or the viewer may not know.
    #[error("there is no such wiki or set")]
    Unknown,
    /// There is one of that name already.
    #[error("`{0}` is there already")]
    Taken(String),
    /// Somebody changed it in between.
    #[error("version {base} is no longer current: {current} is")]
    Stale {
        /// The version that was to be changed.
        base: u32,
        /// The present one.
        current: u32,
    },
    /// What was sent cannot be: everything that is wrong.
    #[error("the description does not hold")]
    Invalid(Vec<Wrong>),
    /// The database did not take it.
    #[error("the store did not answer")]
    Store(#[from] StoreError),
}

impl Coded for WikiError {
    fn code(&self) -> &'static str {
        match self {
            Self::Forbidden(_) => "forbidden",
            Self::Unknown => "not_found",
            Self::Taken(_) => "name_taken",
            Self::Stale { .. } => "edit_conflict",
            Self::Invalid(_) => "invalid",
            Self::Store(error) => error.code(),
        }
    }
}

fn need(viewer: &Viewer) -> Result<(), WikiError> {
    if viewer.may(Right::ManageFarm, &WikiId::farm()) { Ok(()) } else { Err(WikiError::Forbidden(Right::ManageFarm)) }
}

fn valid(wrong: Vec<Wrong>) -> Result<(), WikiError> {
    if wrong.is_empty() { Ok(()) } else { Err(WikiError::Invalid(wrong)) }
}

impl People {
    /// The wiki `id`, if `viewer` may look at it: whoever may read filters there.
    pub fn visible_wiki(&self, viewer: &Viewer, id: &WikiId) -> Option<Arc<Wiki>> {
        if !viewer.may(Right::View, id) && !viewer.may(Right::ManageFarm, id) {
            return None;
        }
        self.wiki(id)
    }

    /// The wikis that `viewer` may look at, by name, those after `after`.
    pub fn wikis(&self, viewer: &Viewer, after: Option<&WikiId>, limit: Limit) -> Page<Arc<Wiki>, WikiId> {
        let snapshot = self.snapshot();
        let visible = snapshot
            .wikis_after(after)
            .filter(|wiki| viewer.may(Right::View, &wiki.id) || viewer.may(Right::ManageFarm, &wiki.id));
        let items = visible.take(limit.items() + 1).cloned().collect();
        Page::cut(items, limit, |wiki: &Arc<Wiki>| wiki.id.clone())
    }

    /// Adds a wiki.
    ///
    /// # Errors
    /// [`WikiError`].
    pub async fn add_wiki(&self, viewer: &Viewer, id: WikiId, draft: WikiDraft) -> Result<Arc<Wiki>, WikiError> {
        need(viewer)?;
        let mut wrong = draft.check();
        if id.is_farm() {
            wrong.push(Wrong::new("bad_name", "wiki", "`*` is the farm itself"));
        }
        valid(wrong)?;
        let now = self.now();
        let mut tx = self.store.begin().await?;
        records::insert(&mut tx, &id, &draft, now).await.map_err(|error| taken(error, id.as_str()))?;
        let details =
            serde_json::json!({ "farm_groups": draft.farm_groups, "key": draft.public_key.map(|key| key.algorithm()) });
        tx.audit(&entry(viewer, now, &id, "wiki.add", format!("wiki:{id}"), details)).await?;
        self.announce_wiki(tx, id.as_str()).await?;
        self.wiki(&id).ok_or(WikiError::Unknown)
    }

    /// Changes version `base` of a wiki; `is_closed` closes it or opens it again.
    ///
    /// # Errors
    /// [`WikiError`].
    pub async fn change_wiki(
        &self,
        viewer: &Viewer,
        id: &WikiId,
        base: u32,
        draft: WikiDraft,
        is_closed: bool,
    ) -> Result<Arc<Wiki>, WikiError> {
        need(viewer)?;
        valid(draft.check())?;
        let old = self.wiki_now(id).await?.ok_or(WikiError::Unknown)?;
        if old.version != base {
            return Err(WikiError::Stale { base, current: old.version });
        }
        if old.draft == draft && old.is_closed == is_closed {
            return Ok(Arc::new(old));
        }
        let changed = changed_fields(&old, &draft, is_closed);
        let now = self.now();
        let new = Wiki { draft, is_closed, ..old };
        let mut tx = self.store.begin().await?;
        if !records::update(&mut tx, &new, base, now).await? {
            return Err(WikiError::Stale { base, current: base.saturating_add(1) });
        }
        let action = match (old.is_closed, is_closed) {
            (false, true) => "wiki.close",
            (true, false) => "wiki.open",
            _ => "wiki.change",
        };
        let details = serde_json::json!({ "changed": changed, "farm_groups": new.draft.farm_groups });
        tx.audit(&entry(viewer, now, id, action, format!("wiki:{id}"), details)).await?;
        self.announce_wiki(tx, id.as_str()).await?;
        self.wiki(id).ok_or(WikiError::Unknown)
    }

    async fn wiki_now(&self, id: &WikiId) -> Result<Option<Wiki>, StoreError> {
        // The database, not the snapshot: another node may have written a moment ago.
        let mut conn = self.store.reader().await?;
        Ok(records::all(&mut conn).await?.into_iter().find(|wiki| wiki.id == *id))
    }

    /// The set of that name.
    pub fn wiki_set(&self, id: &WikiSetId) -> Option<Arc<WikiSet>> {
        self.snapshot().set(id)
    }

    /// The sets of wikis, by name, those after `after`.
    pub fn wiki_sets(&self, after: Option<&WikiSetId>, limit: Limit) -> Page<Arc<WikiSet>, WikiSetId> {
        let items = self.snapshot().sets_after(after).take(limit.items() + 1).cloned().collect();
        Page::cut(items, limit, |set: &Arc<WikiSet>| set.id.clone())
    }

    /// Makes a set of wikis.
    ///
    /// # Errors
    /// [`WikiError`].
    pub async fn add_wiki_set(
        &self,
        viewer: &Viewer,
        id: WikiSetId,
        draft: SetDraft,
    ) -> Result<Arc<WikiSet>, WikiError> {
        need(viewer)?;
        valid(draft.check(|wiki| self.wiki(wiki).is_some()))?;
        let now = self.now();
        let mut tx = self.store.begin().await?;
        records::insert_set(&mut tx, &id, &draft, now).await.map_err(|error| taken(error, id.as_str()))?;
        self.finish_set(viewer, tx, &id, "wiki_set.add", &draft).await?;
        self.wiki_set(&id).ok_or(WikiError::Unknown)
    }

    /// Changes version `base` of a set of wikis.
    ///
    /// # Errors
    /// [`WikiError`].
    pub async fn change_wiki_set(
        &self,
        viewer: &Viewer,
        id: &WikiSetId,
        base: u32,
        draft: SetDraft,
    ) -> Result<Arc<WikiSet>, WikiError> {
        need(viewer)?;
        valid(draft.check(|wiki| self.wiki(wiki).is_some()))?;
        let old = self.wiki_set(id).ok_or(WikiError::Unknown)?;
        if old.version == base && old.draft == draft {
            return Ok(old);
        }
        let mut tx = self.store.begin().await?;
        if !records::update_set(&mut tx, id, &draft, base).await? {
            return Err(WikiError::Stale { base, current: old.version.max(base.saturating_add(1)) });
        }
        self.finish_set(viewer, tx, id, "wiki_set.change", &draft).await?;
        self.wiki_set(id).ok_or(WikiError::Unknown)
    }

    /// Removes version `base` of a set of wikis. Scopes that name it mean no wiki by it then.
    ///
    /// # Errors
    /// [`WikiError`].
    pub async fn remove_wiki_set(&self, viewer: &Viewer, id: &WikiSetId, base: u32) -> Result<(), WikiError> {
        need(viewer)?;
        let old = self.wiki_set(id).ok_or(WikiError::Unknown)?;
        let mut tx = self.store.begin().await?;
        if !records::delete_set(&mut tx, id, base).await? {
            return Err(WikiError::Stale { base, current: old.version.max(base.saturating_add(1)) });
        }
        self.finish_set(viewer, tx, id, "wiki_set.remove", &old.draft).await
    }

    async fn finish_set(
        &self,
        viewer: &Viewer,
        mut tx: wikiward_store::Tx,
        id: &WikiSetId,
        action: &'static str,
        draft: &SetDraft,
    ) -> Result<(), WikiError> {
        let wikis: Vec<&str> = draft.wikis.iter().map(WikiId::as_str).collect();
        let details = serde_json::json!({ "label": draft.label, "wikis": wikis });
        let entry = entry(viewer, self.now(), &WikiId::farm(), action, format!("wiki_set:{id}"), details);
        tx.audit(&entry).await?;
        self.announce_wiki(tx, &format!("set:{id}")).await?;
        Ok(())
    }

    /// Tells who follows people and who follows wikis only.
    async fn announce_wiki(&self, mut tx: wikiward_store::Tx, subject: &str) -> Result<(), StoreError> {
        tx.announce("wikis", subject).await?;
        self.finish(tx, subject).await
    }
}

fn changed_fields(old: &Wiki, new: &WikiDraft, is_closed: bool) -> Vec<&'static str> {
    let was = &old.draft;
    let fields = [
        ("label", was.label != new.label),
        ("url", was.url != new.url),
        ("language", was.language != new.language),
        ("public_key", was.public_key != new.public_key),
        ("settings", was.settings != new.settings),
        ("farm_groups", was.farm_groups != new.farm_groups),
        ("closed", old.is_closed != is_closed),
    ];
    fields.into_iter().filter_map(|(name, is_changed)| is_changed.then_some(name)).collect()
}

fn taken(error: StoreError, name: &str) -> WikiError {
    if error.is_constraint() { WikiError::Taken(name.to_owned()) } else { error.into() }
}
