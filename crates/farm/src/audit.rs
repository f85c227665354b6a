//! What the audit log keeps of every change.

use crate::clock::Timestamp;
use crate::viewer::Principal;
use crate::wiki::WikiId;

/// One entry of the audit log: who did what, when, where and why.
///
/// Details never hold secrets, addresses or protected values.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Principal,
    /// The wiki concerned; the farm `*` where it concerns none in particular.
    pub wiki: WikiId,
    /// What was done, such as `filter.save` or `token.revoke`.
    pub action: &'static str,
    /// What it was done to, such as `filter:17`.
    pub subject: String,
    /// Why, in the words of who did it; may be empty.
    pub reason: String,
    /// What changed, for programs.
    pub details: serde_json::Value,
}
