//! What a save writes.

use super::{Manner, SaveRequest};
use crate::life::service::Filters;
use crate::life::{braking, records};
use crate::model::{Draft, Editor, Filter, FilterKey, FilterNumber, FilterVersion, Origin, Version};
use crate::save::Findings;
use wikiward_farm::{AuditEntry, Viewer, WikiId};
use wikiward_store::{StoreError, Tx};

impl Filters {
    /// Writes a new filter. Breaks a constraint if its number was taken meanwhile.
    pub(in crate::life) async fn insert(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        wiki: &WikiId,
        request: &SaveRequest,
        findings: &Findings,
        manner: Manner,
    ) -> Result<Filter, StoreError> {
        let now = self.store.clock().now();
        let number = records::next_number(tx, wiki).await?;
        let by = Editor::from(&viewer.principal);
        let mut draft = request.draft.clone();
        own_throttle(&mut draft, number);
        let filter = Filter {
            key: FilterKey { wiki: wiki.clone(), number },
            version: Version(1),
            draft,
            hits: 0,
            uses_vars: findings.uses_vars.clone(),
            uses_protected: findings.uses_protected.clone(),
            created_at: now,
            created_by: by.name.clone(),
            edited_at: now,
            edited_by: by,
            aged_from: now,
        };
        records::insert(tx, &filter).await?;
        braking::saved(tx, &filter, true, &viewer.principal, now, &*self.entropy).await?;
        let version = version_of(&filter, &request.change_reason, &["created"], manner.origin);
        records::insert_version(tx, &version).await?;
        let action = if manner.origin == Origin::Import { "filter.import" } else { "filter.create" };
        self.tell(tx, viewer, &version, action, &request.override_tests).await?;
        Ok(filter)
    }

    /// Notes a save in the audit log, and tells the other nodes.
    pub(super) async fn tell(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        version: &FilterVersion,
        action: &'static str,
        override_tests: &str,
    ) -> Result<(), StoreError> {
        let override_tests = Some(override_tests.trim()).filter(|reason| !reason.is_empty());
        let entry = AuditEntry {
            at: version.edited_at,
            by: viewer.principal.clone(),
            wiki: version.key.wiki.clone(),
            action,
            subject: format!("filter:{}", version.key.number),
            reason: version.change_reason.clone(),
            details: serde_json::json!({
                "version": version.version.0,
                "state": version.draft.state.name(),
                "changed_fields": version.changed_fields,
                "override_tests": override_tests,
            }),
        };
        tx.audit(&entry).await?;
        tx.announce("filters", &format!("{}:{}", version.key.wiki, version.key.number)).await
    }
}

/// A throttle's first parameter is the filter's own number, as AbuseFilter stores it.
pub(super) fn own_throttle(draft: &mut Draft, number: FilterNumber) {
    if let Some(first) = draft.actions.0.get_mut("throttle").and_then(|params| params.first_mut()) {
        *first = number.to_string();
    }
}

/// The version that a save makes.
pub(super) fn version_of(filter: &Filter, reason: &str, changed: &[&str], origin: Origin) -> FilterVersion {
    FilterVersion {
        key: filter.key.clone(),
        version: filter.version,
        draft: filter.draft.clone(),
        edited_at: filter.edited_at,
        edited_by: filter.edited_by.clone(),
        change_reason: reason.to_owned(),
        changed_fields: changed.iter().map(|field| (*field).to_owned()).collect(),
        origin,
        uses_vars: filter.uses_vars.clone(),
        uses_protected: filter.uses_protected.clone(),
        is_public: filter.draft.privacy.is_public(),
    }
}
