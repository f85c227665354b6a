//! What judging hands to the writer of hits.

use crate::model::{FilterKey, Version};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use wikiward_farm::{ActorType, Id, Timestamp, WikiId};

/// Everything that one judged action leaves behind. Written whole or not at all, once per `(wiki, action_id)`.
#[derive(Debug, Clone)]
pub struct Record {
    /// Names the evaluation.
    pub evaluation_id: Id,
    /// The wiki that asked.
    pub wiki: WikiId,
    /// The caller's name for the action; unique per wiki for a day.
    pub action_id: String,
    /// When it was judged.
    pub at: Timestamp,
    /// Kind of action, such as `edit`.
    pub kind: String,
    /// Who acts.
    pub actor: Actor,
    /// On what.
    pub target: Target,
    /// The address that the request came from.
    pub ip: Option<IpAddr>,
    /// `allow`, `warn`, `challenge` or `refuse`.
    pub decision: &'static str,
    /// The whole answer as it was given, JSON: what a second request for the same action gets.
    pub answer: Arc<[u8]>,
    /// One per filter that leaves a row.
    pub hits: Vec<NewHit>,
    /// Values of all variables that were computed, JSON values by name; protected ones apart.
    pub variables: Arc<BTreeMap<String, serde_json::Value>>,
    /// Values of protected variables.
    pub protected: Arc<BTreeMap<String, serde_json::Value>>,
    /// Counters of `throttle` and states of `warn` that change with it.
    pub counters: Vec<CounterChange>,
    /// Holds of automatic promotion that its hits give.
    pub holds: Vec<NewHold>,
    /// The blocked domains that it tried to link to, if that is why it was refused.
    pub attempt: Option<DomainAttempt>,
}

/// Who acts, as the hit keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The user's id, if registered.
    pub id: Option<i64>,
    /// The name; for account creations by nobody registered, the name asked for.
    pub name: String,
    /// What kind of user.
    pub kind: ActorType,
}

/// What is acted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Namespace number.
    pub ns: i64,
    /// Title without the namespace.
    pub title: String,
    /// The page's id, if it exists.
    pub page_id: Option<i64>,
}

/// One filter's match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHit {
    /// The hit's id.
    pub hit_id: Id,
    /// Which filter.
    pub filter: FilterKey,
    /// Which version of it.
    pub version: Version,
    /// Names of the consequences taken, in order.
    pub taken: Vec<String>,
    /// Names of those that the brake withheld.
    pub withheld: Vec<String>,
    /// What stands in for withheld ones, by name.
    pub substituted: BTreeMap<String, String>,
    /// The code that the refused person was shown: `K7Q2-M4XTB`.
    pub ref_code: String,
    /// Protected variables that this filter uses.
    pub uses_protected: Vec<String>,
}

/// A hold of automatic promotion that a hit gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHold {
    /// The hit.
    pub hit_id: Id,
    /// Its filter.
    pub filter: FilterKey,
    /// When it ends.
    pub until: Timestamp,
}

/// An attempt to link to blocked domains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainAttempt {
    /// Names it.
    pub hit_id: Id,
    /// The domains, as they stand in the lists.
    pub domains: Vec<String>,
    /// The code that the refused person was shown.
    pub ref_code: String,
}

/// A change of a throttle counter or warn state, by its keyed digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CounterChange {
    /// The counter now stands at `hits`, in a window that ends at `ends_at`.
    Throttle {
        /// Which counter.
        digest: [u8; 32],
        /// Matches in the window.
        hits: u64,
        /// When the window ends.
        ends_at: Timestamp,
    },
    /// The warning was shown; the state lasts until `ends_at`.
    WarnShown {
        /// Which state.
        digest: [u8; 32],
        /// When it ends.
        ends_at: Timestamp,
    },
    /// The person went on; the state is gone.
    WarnUsed {
        /// Which state.
        digest: [u8; 32],
    },
}
