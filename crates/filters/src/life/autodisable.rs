//! Stored rules that are none any more, after the language changed: they do not run, and their filters' histories say so.

use super::events::{self, NewEvent};
use super::records;
use super::service::Filters;
use crate::snapshot::BrokenFilter;
use serde_json::json;
use wikiward_farm::{AuditEntry, Principal, Timestamp};
use wikiward_store::StoreError;

/// What happened, in a filter's history.
pub const KIND: &str = "autodisable";

impl Filters {
    /// Writes into the history of each filter that its rule does not parse and is not evaluated, once per version; and into
    /// the audit log. Gives the number of filters that were told of now. Their state stays what it is: whoever mends the
    /// rule need not switch them on again.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers; those told of until then stay so.
    pub async fn tell_broken(&self, broken: &[BrokenFilter]) -> Result<usize, StoreError> {
        let mut told = 0;
        for filter in broken {
            told += usize::from(self.tell_one_broken(filter).await?);
        }
        Ok(told)
    }

    async fn tell_one_broken(&self, filter: &BrokenFilter) -> Result<bool, StoreError> {
        let now = self.store.clock().now();
        let mut tx = self.store.begin().await?;
        // Of several nodes that find it at once, one tells.
        records::hold(&mut tx, &filter.key).await?;
        let before = records::events_of(&mut tx, &filter.key, KIND, Timestamp::UNIX_EPOCH).await?;
        let version = json!(filter.version.0);
        if before.iter().any(|details| details.get("version") == Some(&version)) {
            return Ok(false);
        }
        let details = json!({"version": version, "error": filter.error});
        let event = NewEvent {
            key: &filter.key,
            privacy: filter.privacy,
            by: &Principal::System,
            kind: KIND,
            reason_code: "",
            reason: "",
            details: details.clone(),
        };
        events::append(&mut tx, &event, now, &*self.entropy).await?;
        tx.audit(&AuditEntry {
            at: now,
            by: Principal::System,
            wiki: filter.key.wiki.clone(),
            action: "filter.autodisable",
            subject: format!("filter:{}", filter.key.number),
            reason: String::new(),
            details: json!({"version": version}),
        })
        .await?;
        tx.commit().await?;
        tracing::error!(
            wiki = %filter.key.wiki, filter.id = filter.key.number.0, version = filter.version.0, error = filter.error,
            "a stored rule does not parse any more. The filter is not evaluated until somebody mends it"
        );
        Ok(true)
    }
}
