//! Filters in force, and how farm-wide ones fare on a wiki.

use super::records::{Stored, StoredCandidate};
use crate::model::{Actions, BrakeProfile, Consequence, FilterKey, Privacy, Tier, Version};
use std::collections::BTreeSet;
use std::sync::Arc;
use wikiward_farm::{Id, Scope, Timestamp};
use wikiward_rules::Rule;

/// A filter in force: what judging needs of it.
#[derive(Debug, Clone)]
pub struct LiveFilter {
    /// Which one.
    pub key: FilterKey,
    /// How it is named on a wiki: `17`, `global-17`.
    pub gid: String,
    /// Its version.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// The group that it belongs to.
    pub group: String,
    /// Higher runs first.
    pub priority: i32,
    /// Its budget class.
    pub tier: Tier,
    /// Who may see it.
    pub privacy: Privacy,
    /// Farm-wide filters: the wikis meant. None means all.
    pub scope: Option<Scope>,
    /// What it does.
    pub actions: Actions,
    /// When something about it last changed.
    pub aged_from: Timestamp,
    /// When its rule, consequences, group or scope last changed: what the brake knows of it from before says nothing.
    pub armed_from: Timestamp,
    /// How its brake behaves.
    pub brake_profile: BrakeProfile,
    /// Protected variables that it reads.
    pub uses_protected: Vec<String>,
    /// Whether it runs in the shadow: without any effect.
    pub is_shadow: bool,
    /// The rule, compiled.
    pub rule: Arc<Rule>,
}

/// A changed rule that runs beside a filter in force.
#[derive(Debug)]
pub struct LiveCandidate {
    /// Names it.
    pub id: Id,
    /// The filter as it would be.
    pub filter: LiveFilter,
    /// Protected variables that the filter in force reads.
    pub live_uses_protected: Vec<String>,
    /// When it ends by itself.
    pub ends_at: Timestamp,
}

impl LiveCandidate {
    pub(super) fn new(stored: StoredCandidate, live: &LiveFilter, rule: Arc<Rule>) -> Self {
        let mut filter = live.clone();
        filter.rule = rule;
        filter.uses_protected = stored.uses_protected;
        if let Some(actions) = stored.actions {
            filter.actions = actions;
        }
        let live_uses_protected = live.uses_protected.clone();
        Self { id: stored.id, filter, live_uses_protected, ends_at: stored.ends_at }
    }
}

impl LiveFilter {
    /// Whether it does nothing that anybody notices while acting: it tags, or only leaves rows.
    pub fn is_silent(&self) -> bool {
        let is_silent = |name: &str| name == Consequence::Tag.name() || name == Consequence::Throttle.name();
        self.actions.iter().all(|(name, _)| is_silent(name))
    }

    pub(super) fn new(stored: Stored, rule: Arc<Rule>) -> Self {
        Self {
            gid: stored.key.gid(),
            key: stored.key,
            version: stored.version,
            name: stored.name,
            group: stored.group,
            priority: stored.priority,
            tier: stored.tier,
            privacy: stored.privacy,
            scope: stored.scope,
            actions: stored.actions,
            aged_from: stored.aged_from,
            armed_from: stored.armed_from,
            brake_profile: stored.brake_profile,
            uses_protected: stored.uses_protected,
            is_shadow: stored.is_shadow,
            rule,
        }
    }
}

/// How a wiki has a farm-wide filter differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OptOut {
    /// It does not run.
    Off,
    /// It only leaves rows.
    LogOnly,
    /// It runs without these consequences.
    Without(BTreeSet<String>),
}

impl OptOut {
    /// The one that the stored words mean.
    pub fn find(mode: &str, consequences: Vec<String>) -> Option<Self> {
        match mode {
            "off" => Some(Self::Off),
            "log" => Some(Self::LogOnly),
            "without" => Some(Self::Without(consequences.into_iter().collect())),
            _ => None,
        }
    }

    /// Whether a filter's consequence does not run.
    pub fn drops(&self, consequence: &str) -> bool {
        match self {
            Self::Off | Self::LogOnly => true,
            Self::Without(consequences) => consequences.contains(consequence),
        }
    }
}
