//! Saving filters.

mod checking;
mod writing;

use super::service::{Filters, ReadError, sees_version};
use super::visible::Sight;
use super::{braking, records};
use crate::candidates::{self, Ended, Told};
use crate::diff::ThreeWay;
use crate::model::{BrakeProfile, Draft, Editor, Filter, FilterKey, FilterVersion, Origin, State, TestCase, Version};
use crate::save::tests_kept::TestOutcome;
use crate::save::{self, Finding, Findings};
use wikiward_farm::right::RightSet;
use wikiward_farm::{Coded, Id, Right, Viewer, WikiId};
use wikiward_store::{Conn, StoreError};
use writing::version_of;

pub(super) use checking::Meant;

/// What a person sends to save a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveRequest {
    /// The whole document, less its tests.
    pub draft: Draft,
    /// Its tests, as far as the person sees them; none leaves them as they are.
    pub tests: Option<Vec<TestCase>>,
    /// Why.
    pub change_reason: String,
    /// The person agrees that a hidden filter becomes public.
    pub confirm_make_public: bool,
    /// Whether its hidden past becomes public with it.
    pub publish_history: bool,
    /// Why a rule that destroys was not tested first.
    pub skip_backtest_reason: String,
    /// Why tests that fail do not matter.
    pub override_tests: String,
}

/// What was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The filter as it is now.
    pub filter: Filter,
    /// Whether anything changed.
    pub changed: bool,
    /// What is worth a thought.
    pub warnings: Vec<Finding>,
}

/// What checking without saving found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validated {
    /// What was found.
    pub findings: Findings,
    /// Fields that would change; all that differ from an empty filter for a new one.
    pub changed_fields: Vec<&'static str>,
    /// What its tests gave.
    pub tests: Vec<TestOutcome>,
}

/// Two people changed the same version.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// The version that the save was made from, if the person may see it.
    pub base: Option<FilterVersion>,
    /// The version that is there now.
    pub current: FilterVersion,
    /// What both made of it; none if the person may not see the base.
    pub three_way: Option<ThreeWay>,
}

/// Why a filter was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// It is not there, or may not be seen.
    #[error("there is no such filter to be seen")]
    NotFound,
    /// The person may not change filters here.
    #[error("this needs the right {0}")]
    Forbidden(Right),
    /// Somebody saved another version in between.
    #[error("somebody saved version {} in between", .0.current.version)]
    Conflict(Box<Conflict>),
    /// There never was the version that the save was made from.
    #[error("the filter has no version {0}")]
    NoSuchVersion(Version),
    /// What was sent is not valid.
    #[error("the filter is not valid")]
    Invalid(Box<Findings>),
    /// The database did not answer.
    #[error("the filter store did not answer")]
    Store(#[from] StoreError),
}

impl Coded for SaveError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Forbidden(_) => "forbidden",
            Self::Conflict(_) => "edit_conflict",
            Self::NoSuchVersion(_) => "precondition_failed",
            Self::Invalid(_) => "invalid",
            Self::Store(error) => error.code(),
        }
    }
}

impl From<ReadError> for SaveError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotFound | ReadError::Pattern(_) => Self::NotFound,
            ReadError::Forbidden(right) => Self::Forbidden(right),
            ReadError::Store(error) => Self::Store(error),
        }
    }
}

/// How a version comes about, beside the draft.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub(super) origin: Origin,
    pub(super) keeps_inactive_actions: bool,
    /// The candidate that becomes a version.
    pub(super) candidate: Option<Id>,
}

pub(super) const EDIT: Manner = Manner { origin: Origin::Edit, keeps_inactive_actions: false, candidate: None };

/// How often a new filter's number may be taken by somebody else before we give up.
const NUMBER_TRIES: usize = 8;

impl Filters {
    /// Creates a filter on `wiki`.
    ///
    /// # Errors
    /// [`SaveError`]; nothing is written then.
    pub async fn create(&self, viewer: &Viewer, wiki: &WikiId, request: &SaveRequest) -> Result<Saved, SaveError> {
        let rights = self.may_create(viewer, wiki)?;
        let request = &self.with_tests(viewer, wiki, None, request).await?;
        let meant = Meant { viewer, rights, owner: wiki, old: None, request, manner: EDIT };
        let findings = self.examine(&meant).await?;
        let mut tries = 0;
        loop {
            tries += 1;
            let mut tx = self.store.begin().await?;
            match self.insert(&mut tx, viewer, wiki, request, &findings, EDIT).await {
                Ok(filter) => {
                    tx.commit().await?;
                    self.in_force.refresh().await;
                    return Ok(Saved { filter, changed: true, warnings: findings.warnings });
                }
                Err(error) if error.is_constraint() && tries < NUMBER_TRIES => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Saves a filter over version `base`.
    ///
    /// A save that changes nothing writes nothing.
    ///
    /// # Errors
    /// [`SaveError`]; nothing is written then.
    pub async fn save(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        base: Version,
        request: &SaveRequest,
    ) -> Result<Saved, SaveError> {
        self.save_in(viewer, wiki, gid, base, request, EDIT).await
    }

    /// Saves a candidate over version `base`; the candidate ends with it.
    pub(crate) async fn save_promoted(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        base: Version,
        request: &SaveRequest,
        candidate: Id,
    ) -> Result<Saved, SaveError> {
        let manner = Manner { origin: Origin::Promote, candidate: Some(candidate), ..EDIT };
        self.save_in(viewer, wiki, gid, base, request, manner).await
    }

    /// Checks what a candidate would make of a filter, as a save does. Nobody's actions change by it: rights to edit are
    /// not asked for.
    pub(crate) async fn examine_candidate(
        &self,
        viewer: &Viewer,
        filter: &Filter,
        draft: Draft,
        reason: &str,
    ) -> Result<Findings, SaveError> {
        let edits = [Right::Modify, Right::ModifyGlobal, Right::ModifyRestricted];
        let rights = viewer.rights_on(&filter.key.wiki).with(edits.into_iter().collect());
        let request = SaveRequest {
            draft: Draft { tests: Vec::new(), ..draft },
            tests: None,
            change_reason: if reason.is_empty() { "candidate".to_owned() } else { reason.to_owned() },
            confirm_make_public: false,
            publish_history: false,
            skip_backtest_reason: "it has no effect".to_owned(),
            override_tests: String::new(),
        };
        let manner = Manner { origin: Origin::Promote, ..EDIT };
        let owner = &filter.key.wiki;
        let meant = Meant { viewer, rights, owner, old: Some(filter), request: &request, manner };
        let (mut findings, _) = self.findings(&meant).await?;
        let mut conn = self.store.reader().await?;
        findings.errors.extend(self.too_many_in_shadow(&mut conn, filter, 0).await?);
        if findings.errors.is_empty() { Ok(findings) } else { Err(SaveError::Invalid(Box::new(findings))) }
    }

    /// What is wrong if one more candidate runs beside `filter`, of which `own` are counted already.
    pub(crate) async fn too_many_in_shadow(
        &self,
        conn: &mut Conn,
        filter: &Filter,
        own: u32,
    ) -> Result<Option<Finding>, StoreError> {
        let (wiki, group) = (&filter.key.wiki, &filter.draft.group);
        let others = records::count(conn, wiki, group, State::Shadow, 0).await?;
        let running = candidates::running_others(conn, wiki, group).await?.saturating_sub(own);
        let most = self.settings_on(wiki).shadow_max;
        Ok((others + running >= most).then(|| {
            let message =
                format!("the group has {} shadow filters and candidates; at most {most} are allowed", others + running);
            Finding::new("too_many_shadow", "rules", message).with(most.to_string())
        }))
    }

    async fn save_in(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        base: Version,
        request: &SaveRequest,
        manner: Manner,
    ) -> Result<Saved, SaveError> {
        let (old, sight) = {
            let mut conn = self.store.reader().await?;
            self.seen(&mut conn, viewer, wiki, gid).await?
        };
        let rights = Self::may_modify(viewer, &old.key.wiki)?;
        if base > old.version {
            return Err(SaveError::NoSuchVersion(base));
        }
        if base != old.version {
            return Err(self.conflict(viewer, &old.key, &sight, base, request).await?);
        }
        let request = &self.with_tests(viewer, &old.key.wiki, Some(&old), request).await?;
        let changed = save::changed_fields(&old.draft, &request.draft);
        if changed.is_empty() {
            return Ok(Saved { filter: old, changed: false, warnings: Vec::new() });
        }
        let meant = Meant { viewer, rights, owner: &old.key.wiki, old: Some(&old), request, manner };
        let findings = self.examine(&meant).await?;
        let filter = self.next(viewer, &old, request, &findings);
        let mut tx = self.store.begin().await?;
        if !records::update(&mut tx, &filter, base).await? {
            drop(tx);
            return Err(self.conflict(viewer, &old.key, &sight, base, request).await?);
        }
        let version = version_of(&filter, &request.change_reason, &changed, manner.origin);
        records::insert_version(&mut tx, &version).await?;
        let is_published = old.draft.privacy.is_hidden && filter.draft.privacy.is_public() && request.publish_history;
        if is_published {
            records::publish(&mut tx, &filter.key).await?;
        }
        let was_enabled = old.draft.state == State::Enabled;
        let profile = match old.draft.brake_profile {
            BrakeProfile::Standard => self.brake_settings(&old.key.wiki).profile_default,
            profile => profile,
        };
        let effect = save::brake::effect(&changed, profile, was_enabled);
        let by = &viewer.principal;
        braking::saved(&mut tx, &filter, effect.clears_latches, by, filter.edited_at, &*self.entropy).await?;
        let action = if is_published { "filter.publish" } else { "filter.save" };
        self.tell(&mut tx, viewer, &version, action, &request.override_tests).await?;
        if let Some(id) = manner.candidate {
            candidates::end(&mut tx, id, filter.edited_at, Ended::Promoted).await?;
            let told = Told {
                key: &filter.key,
                privacy: filter.draft.privacy,
                by,
                kind: "candidate.promote",
                reason_code: "",
                reason: &request.change_reason,
                id,
                now: filter.edited_at,
            };
            self.tell_candidate(&mut tx, &told).await?;
        }
        tx.commit().await?;
        self.in_force.refresh().await;
        Ok(Saved { filter, changed: true, warnings: findings.warnings })
    }

    /// Checks what would be saved, and saves nothing. `gid` names the filter it would be saved over.
    ///
    /// # Errors
    /// [`SaveError::NotFound`], or [`SaveError::Forbidden`] for who may not use the test tools.
    pub async fn validate(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: Option<&str>,
        request: &SaveRequest,
    ) -> Result<Validated, SaveError> {
        if !self.knows(wiki) {
            return Err(SaveError::NotFound);
        }
        let old = match gid {
            Some(gid) => {
                let mut conn = self.store.reader().await?;
                Some(self.seen(&mut conn, viewer, wiki, gid).await?.0)
            }
            None => None,
        };
        let owner = old.as_ref().map_or_else(|| wiki.clone(), |old| old.key.wiki.clone());
        let rights = viewer.rights_on(&owner);
        if !rights.has(Right::ViewPrivate) && !rights.has(Right::ModifyGlobal) {
            return Err(SaveError::Forbidden(Right::ViewPrivate));
        }
        let request = &self.with_tests(viewer, &owner, old.as_ref(), request).await?;
        let meant = Meant { viewer, rights, owner: &owner, old: old.as_ref(), request, manner: EDIT };
        let (findings, tests) = self.findings(&meant).await?;
        let changed_fields = old.map_or_else(Vec::new, |old| save::changed_fields(&old.draft, &request.draft));
        Ok(Validated { findings, changed_fields, tests })
    }

    pub(super) fn may_create(&self, viewer: &Viewer, wiki: &WikiId) -> Result<RightSet, SaveError> {
        if !self.knows(wiki) {
            return Err(SaveError::NotFound);
        }
        Self::may_modify(viewer, wiki)
    }

    fn may_modify(viewer: &Viewer, owner: &WikiId) -> Result<RightSet, SaveError> {
        let rights = viewer.rights_on(owner);
        let needed = if owner.is_farm() { Right::ModifyGlobal } else { Right::Modify };
        if rights.has(needed) { Ok(rights) } else { Err(SaveError::Forbidden(needed)) }
    }

    /// The filter as it will be after a save.
    fn next(&self, viewer: &Viewer, old: &Filter, request: &SaveRequest, findings: &Findings) -> Filter {
        let now = self.store.clock().now();
        Filter {
            version: Version(old.version.0.saturating_add(1)),
            draft: request.draft.clone(),
            uses_vars: findings.uses_vars.clone(),
            uses_protected: findings.uses_protected.clone(),
            edited_at: now,
            edited_by: Editor::from(&viewer.principal),
            aged_from: now,
            ..old.clone()
        }
    }

    async fn conflict(
        &self,
        viewer: &Viewer,
        key: &FilterKey,
        sight: &Sight,
        base: Version,
        request: &SaveRequest,
    ) -> Result<SaveError, StoreError> {
        let mut conn = self.store.snapshot().await?;
        let Some(mut current) = current_version(&mut conn, key).await? else { return Ok(SaveError::NotFound) };
        if !sight.sees(current.draft.privacy, &current.uses_protected) {
            return Ok(SaveError::NotFound);
        }
        let mut base = records::one_version(&mut conn, key, base).await?.filter(|base| sees_version(sight, base));
        drop(conn);
        current.draft.tests = self.visible_tests(viewer, &key.wiki, &current.draft.tests).await?;
        let mut mine = request.draft.clone();
        if let Some(base) = &mut base {
            base.draft.tests = self.visible_tests(viewer, &key.wiki, &base.draft.tests).await?;
            mine.tests = request.tests.clone().unwrap_or_else(|| base.draft.tests.clone());
        }
        let three_way = base.as_ref().map(|base| ThreeWay::new(&base.draft, &mine, &current.draft));
        Ok(SaveError::Conflict(Box::new(Conflict { base, current, three_way })))
    }
}

async fn current_version(conn: &mut Conn, key: &FilterKey) -> Result<Option<FilterVersion>, StoreError> {
    match records::one(conn, key).await? {
        Some(filter) => records::one_version(conn, key, filter.version).await,
        None => Ok(None),
    }
}
