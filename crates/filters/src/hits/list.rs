//! Lists of hits: what is asked for, and what is answered.

pub(crate) mod records;

use crate::hits::address::AddressRange;
use crate::hits::visible::{Level, Restriction};
use crate::model::{FilterKey, Version};
use serde_json::Value;
use std::collections::BTreeMap;
use wikiward_farm::{Id, Limit, Timestamp, WikiId};

/// Whose log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Log {
    /// A wiki's: hits on it, of its own filters and of farm-wide ones.
    Wiki(WikiId),
    /// The farm's: hits of farm-wide filters on all wikis.
    Farm,
}

/// Most values of one selection, such as filters.
pub const VALUES_MAX: usize = 50;

/// Which hits are asked for. Selections restrict together; values of one selection are alternatives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// Of these filters; at most [`VALUES_MAX`].
    pub filters: Vec<FilterKey>,
    /// Of these groups (the filter's when it matched); at most [`VALUES_MAX`].
    pub groups: Vec<String>,
    /// By this user.
    pub actor: Option<String>,
    /// From this address or range. Who asks needs the right to see addresses.
    pub address: Option<AddressRange>,
    /// On pages of this title, without namespace.
    pub target: Option<String>,
    /// In this namespace.
    pub target_ns: Option<i64>,
    /// Of these kinds; at most [`VALUES_MAX`].
    pub kinds: Vec<String>,
    /// With one of these consequences taken; at most [`VALUES_MAX`].
    pub taken: Vec<String>,
    /// With, or without, something withheld.
    pub withheld: Option<bool>,
    /// With this outcome.
    pub outcome: Option<String>,
    /// Hidden by a person, or not.
    pub hidden: Option<bool>,
    /// With this code.
    pub ref_code: Option<String>,
    /// On this wiki; for the farm's log.
    pub wiki: Option<WikiId>,
}

/// The place of a hit in lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HitKey {
    /// When.
    pub at: Timestamp,
    /// Which.
    pub hit_id: Id,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Whose log.
    pub log: Log,
    /// Which hits.
    pub selection: Selection,
    /// Those after this one.
    pub after: Option<HitKey>,
    /// Oldest first.
    pub is_ascending: bool,
    /// How many.
    pub limit: Limit,
}

/// A hit, as far as it may be seen.
#[derive(Debug, Clone, PartialEq)]
pub struct HitRow {
    /// Its place; not for who sees a redacted row.
    pub key: HitKey,
    /// How much of it is shown. From [`Level::Redacted`] on.
    pub level: Level,
    /// The wiki.
    pub wiki: WikiId,
    /// Kind of action.
    pub kind: String,
    /// The user's id, if registered.
    pub actor_id: Option<i64>,
    /// The user's name.
    pub actor_name: String,
    /// What kind of user.
    pub actor_type: String,
    /// Namespace number of the page.
    pub target_ns: i64,
    /// Title of the page without namespace.
    pub target_title: String,
    /// The page's id.
    pub target_page_id: Option<i64>,
    /// What was decided about the action.
    pub decision: String,
    /// Consequences taken.
    pub taken: Vec<String>,
    /// The filter's name.
    pub filter_name: String,
    /// The rest; not for who sees a redacted row.
    pub full: Option<FullRow>,
}

/// What a redacted row lacks.
#[derive(Debug, Clone, PartialEq)]
pub struct FullRow {
    /// The evaluation.
    pub evaluation_id: Id,
    /// Which filter.
    pub filter: FilterKey,
    /// Which version of it.
    pub version: Version,
    /// Its group when it matched.
    pub group: String,
    /// The caller's name for the action.
    pub action_id: String,
    /// Consequences withheld.
    pub withheld: Vec<String>,
    /// What stands in for them.
    pub substituted: BTreeMap<String, String>,
    /// What became of the action.
    pub outcome: String,
    /// The revision that was saved.
    pub rev_id: Option<i64>,
    /// The log entry that was made.
    pub log_id: Option<i64>,
    /// What the wiki reports to have done.
    pub executed: Option<Value>,
    /// The code that the refused person was shown.
    pub ref_code: String,
    /// The number in AbuseFilter's table.
    pub legacy_id: Option<i64>,
    /// What restricts it.
    pub restriction: Restriction,
    /// Whether its address is kept.
    pub has_address: bool,
}
