//! Backtests as they are stored and answered.

use super::ask::{Against, BacktestAsk, Sources};
use super::report::Report;
use crate::model::Version;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{ActorType, Id, Timestamp, WikiId};

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// It is at work.
    Running,
    /// It is done.
    Done,
    /// Somebody called it off.
    Cancelled,
    /// The process that ran it ended.
    Interrupted,
    /// It could not go on.
    Failed,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Progress {
    /// 0 to 1.
    pub share: f64,
    /// Actions a second.
    pub per_second: f64,
    /// Seconds that it will take from here, if that can be said.
    pub left_s: Option<u64>,
}

/// A backtest.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: Id,
    /// Whose actions.
    pub wiki: WikiId,
    /// Who started it.
    pub by_name: String,
    /// Where it is.
    pub state: JobState,
    /// When it was started.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How far it is.
    pub progress: Progress,
    /// What was asked for.
    pub ask: BacktestAsk,
    /// What it found, so far or in all.
    pub report: Report,
}

/// The place of a job in lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobKey {
    /// When it was started.
    pub created_at: Timestamp,
    /// Its id.
    pub id: Id,
}

/// An action of a comparison, to look at.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The evaluation.
    pub evaluation_id: Id,
    /// The wiki.
    pub wiki: WikiId,
    /// When.
    pub at: Timestamp,
    /// Kind of action.
    pub kind: String,
    /// Who; empty where it is an address.
    pub actor_name: String,
    /// What kind of actor.
    pub actor_type: ActorType,
    /// `good`, `other` or `unknown`.
    pub standing: &'static str,
    /// Namespace number of the page.
    pub target_ns: i64,
    /// Title of the page without namespace.
    pub target_title: String,
    /// `saved`, `reverted`, `refused`, `failed` or `unknown`.
    pub outcome: &'static str,
    /// The revision that was saved.
    pub rev_id: Option<i64>,
    /// A hit of the action that may be seen.
    pub hit_id: Option<Id>,
    /// The variable that the rule wanted to know.
    pub missing: Option<String>,
}

/// A job as it is stored.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: Id,
    pub(super) by_name: String,
    pub(super) state: JobState,
    pub(super) created_at: Timestamp,
    pub(super) beat_at: i64,
    pub(super) ended_at: Option<Timestamp>,
    pub(super) wanted: Wanted,
    pub(super) report: Report,
}

/// What was asked for, as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Wanted {
    group: String,
    rules: String,
    against: Option<(String, u32)>,
    consequences: Option<BTreeMap<String, Vec<String>>>,
    kinds: Vec<String>,
    actor_types: Vec<String>,
    from: Option<i64>,
    to: Option<i64>,
    archive: bool,
    hits: bool,
    max: Option<u64>,
}

impl JobState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Running, Self::Done, Self::Cancelled, Self::Interrupted, Self::Failed];

    /// As stored and answered.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
        }
    }

    /// The one of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

impl From<&BacktestAsk> for Wanted {
    fn from(ask: &BacktestAsk) -> Self {
        Self {
            group: ask.group.clone(),
            rules: ask.rules.clone(),
            against: ask.against.as_ref().map(|it| (it.gid.clone(), it.version.map_or(0, |version| version.0))),
            consequences: ask.consequences.clone(),
            kinds: ask.kinds.clone(),
            actor_types: ask.actor_types.iter().map(|it| it.name().to_owned()).collect(),
            from: ask.from.map(micros),
            to: ask.to.map(micros),
            archive: ask.sources.archive,
            hits: ask.sources.hits,
            max: ask.max,
        }
    }
}

impl From<Wanted> for BacktestAsk {
    fn from(it: Wanted) -> Self {
        Self {
            group: it.group,
            rules: it.rules,
            against: it.against.map(|(gid, version)| Against { gid, version: Some(Version(version)) }),
            consequences: it.consequences,
            kinds: it.kinds,
            actor_types: it.actor_types.iter().filter_map(|name| ActorType::find(name)).collect(),
            from: it.from.map(from_micros),
            to: it.to.map(from_micros),
            sources: Sources { archive: it.archive, hits: it.hits },
            max: it.max,
        }
    }
}
