//! What an installation, and a wiki, may set about hits.

use serde_json::Value;
use std::time::Duration;

/// What becomes of rows that a viewer may not see whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RestrictedRows {
    /// They are left out.
    #[default]
    Omit,
    /// Hits of protected filters are shown without id and links, as AbuseFilter does.
    Redact,
}

/// Settings of hits. Names and defaults are those of the book's table of settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HitSettings {
    /// What becomes of rows that a viewer may not see whole.
    pub restricted_rows: RestrictedRows,
    /// Whether looking at an address needs a reason.
    pub privatedetails_reason: bool,
    /// Days for which hits are kept; 0 keeps them. For the whole installation.
    pub hits_days: u32,
    /// Days for which addresses are kept. For the whole installation.
    pub ip_days: u32,
    /// Days for which values of protected variables are kept. For the whole installation.
    pub protected_days: u32,
    /// Days for which hits of filters in the shadow are kept. For the whole installation.
    pub shadow_days: u32,
    /// Days for which actions are kept for backtests; 0 keeps none. For the whole installation.
    pub archive_days: u32,
}

impl Default for HitSettings {
    fn default() -> Self {
        Self {
            restricted_rows: RestrictedRows::Omit,
            privatedetails_reason: false,
            hits_days: 0,
            ip_days: 90,
            protected_days: 90,
            shadow_days: 30,
            archive_days: 14,
        }
    }
}

impl HitSettings {
    /// These settings with what a wiki's `overrides`, a JSON object, says otherwise. What is of another type is passed over:
    /// who stores settings checks them.
    #[must_use]
    pub fn with(mut self, overrides: &Value) -> Self {
        if overrides.get("compat").and_then(Value::as_str) == Some("abusefilter") {
            self.restricted_rows = RestrictedRows::Redact;
        }
        match overrides.get("restricted_rows").and_then(Value::as_str) {
            Some("omit") => self.restricted_rows = RestrictedRows::Omit,
            Some("redact") => self.restricted_rows = RestrictedRows::Redact,
            _ => {}
        }
        let reason = overrides.get("privatedetails_reason").and_then(Value::as_bool);
        self.privatedetails_reason = reason.unwrap_or(self.privatedetails_reason);
        self
    }
}

/// How the writer of hits behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriterSettings {
    /// Most records waiting to be written; beyond it, submitting waits. A second of the greatest load expected.
    pub waiting_max: usize,
    /// Most records written in one transaction.
    pub batch_max: usize,
    /// How long a busy writer waits for more records before it commits. An idle one never waits.
    pub linger: Duration,
    /// How long the database may take for a batch; then its records are spooled.
    pub store_wait: Duration,
    /// How long to leave the database alone after it did not answer.
    pub retry_after: Duration,
    /// Most bytes of the spool file; beyond it records are lost, loudly.
    pub spool_bytes_max: u64,
}

impl Default for WriterSettings {
    fn default() -> Self {
        Self {
            waiting_max: 4096,
            batch_max: 256,
            linger: Duration::from_millis(1),
            store_wait: Duration::from_secs(2),
            retry_after: Duration::from_millis(500),
            spool_bytes_max: 4 << 30,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_wiki_says_otherwise_counts() {
        let of = |overrides| HitSettings::default().with(&overrides);
        assert_eq!(of(json!({"compat": "abusefilter"})).restricted_rows, RestrictedRows::Redact);
        let both = of(json!({"compat": "abusefilter", "restricted_rows": "omit", "privatedetails_reason": true}));
        assert_eq!((both.restricted_rows, both.privatedetails_reason), (RestrictedRows::Omit, true));
        assert_eq!(of(json!({"restricted_rows": 1, "ip_days": 1})), HitSettings::default());
    }
}
