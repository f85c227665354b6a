//! Candidates: a changed rule that runs beside a filter in force, after the answer and without effect, to see what it would
//! do differently.
//!
//! On each action the verdict of the filter in force is put beside the candidate's. Counts of the four cases are kept, and
//! the actions themselves unless neither matched. A candidate ends by itself; it becomes the filter's next version by being
//! promoted, which is a save like any other.

mod forecast;
mod log;
mod records;
mod service;

pub use log::{CandidateLog, Verdicts};
pub(crate) use log::{Judged, Seen};
pub(crate) use records::end;
pub(crate) use records::{expire, running_others};
pub(crate) use service::Told;
pub use service::{CandidateError, Promote, Start};

use crate::hits::list::HitKey;
use crate::hits::visible::{Restriction, Sight};
use crate::model::{Actions, Editor, Filter, FilterKey, Version};
use serde_json::{Map, Value};
use wikiward_farm::{Id, Timestamp, WikiId};

/// Longest run, in days.
pub const DAYS_MAX: u32 = 14;

/// Actions of one kind that are kept per candidate; beyond them only counts go on.
pub const ROWS_MAX: i64 = 20_000;

/// Candidates of one filter that a list shows, the newest ones.
pub const LISTED_MAX: u32 = 50;

/// Kept actions that the forecast for a candidate replays, the newest ones.
pub const REPLAYED_MAX: usize = 20_000;

/// Why a candidate does not run any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Somebody stopped it.
    Stopped,
    /// Its time was over.
    Over,
    /// It became the filter's next version.
    Promoted,
}

impl Ended {
    /// Its word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Over => "over",
            Self::Promoted => "promoted",
        }
    }

    /// The one of that name.
    pub fn find(name: &str) -> Option<Self> {
        [Self::Stopped, Self::Over, Self::Promoted].into_iter().find(|ended| ended.name() == name)
    }
}

/// A candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Names it.
    pub id: Id,
    /// The filter that it runs beside.
    pub key: FilterKey,
    /// The version that it was made from.
    pub base: Version,
    /// Its rule.
    pub rules: String,
    /// Its consequences; none for those of the filter.
    pub actions: Option<Actions>,
    /// Protected variables that its rule reads.
    pub uses_protected: Vec<String>,
    /// Why it was started.
    pub reason: String,
    /// When.
    pub started_at: Timestamp,
    /// By whom.
    pub started_by: Editor,
    /// When it ends by itself.
    pub ends_at: Timestamp,
    /// When it ended, and why; none while it runs.
    pub ended: Option<(Timestamp, Ended)>,
    /// What came of it.
    pub totals: Totals,
}

impl Candidate {
    /// Whether it runs at `now`, as long as its filter does.
    pub fn is_running(&self, now: Timestamp) -> bool {
        self.ended.is_none() && now < self.ends_at
    }

    /// What somebody who asks on `wiki`, and sees of hits there what `sight` says, may know of the totals.
    ///
    /// They count every action, wherever it was and whatever became of it. Those of a farm-wide filter are for who asks on the
    /// farm: other wikis' actions are not in the lists of one. Failures are counted among actions of which some may be hidden,
    /// so they are for who would see those.
    pub fn numbers(&self, filter: &Filter, wiki: &WikiId, sight: &Sight) -> Numbers {
        if self.key.wiki != *wiki {
            return Numbers::default();
        }
        let protected = filter.uses_protected.iter().chain(&self.uses_protected);
        let hits = Restriction {
            is_farm: self.key.wiki.is_farm(),
            privacy: filter.draft.privacy,
            protected_variables: protected.cloned().collect(),
            ..Restriction::default()
        };
        Numbers {
            coverage: Some(self.totals.coverage()),
            dropped: Some(self.totals.dropped),
            neither: Some(self.totals.neither),
            errors: sight.sees_every(&hits).then_some(self.totals.errors),
        }
    }
}

/// Actions on which a candidate ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// All of them.
    pub runs: u64,
    /// Neither it nor the filter in force matched.
    pub neither: u64,
    /// Both did.
    pub both: u64,
    /// Only the filter in force did.
    pub only_live: u64,
    /// Only the candidate did.
    pub only_candidate: u64,
    /// One of them lacked a variable, or was not evaluated to its end.
    pub undecided: u64,
    /// The candidate failed, which counts as no match.
    pub errors: u64,
    /// It was left out under load.
    pub dropped: u64,
}

impl Totals {
    /// The share of actions on which it ran; 1 if there were none.
    #[expect(clippy::cast_precision_loss, reason = "a share for people")]
    pub fn coverage(&self) -> f64 {
        let all = self.runs + self.dropped;
        if all == 0 { 1.0 } else { self.runs as f64 / all as f64 }
    }

    /// How many actions came out so.
    pub fn of(&self, verdicts: Verdicts) -> u64 {
        match verdicts {
            Verdicts::Both => self.both,
            Verdicts::OnlyLive => self.only_live,
            Verdicts::OnlyCandidate => self.only_candidate,
            Verdicts::Undecided => self.undecided,
        }
    }
}

/// What of [`Totals`] a viewer may know; none of what is not for that viewer.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Numbers {
    /// The share of actions on which it ran.
    pub coverage: Option<f64>,
    /// Actions that were left out under load.
    pub dropped: Option<u64>,
    /// Actions that neither it nor the filter in force matched.
    pub neither: Option<u64>,
    /// Actions on which it failed.
    pub errors: Option<u64>,
}

/// How many actions that may be seen came out in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// What the two said.
    pub verdicts: Verdicts,
    /// Whether the people were in good standing.
    pub is_good: bool,
    /// What the filters in effect decided.
    pub decision: String,
    /// How many.
    pub count: u64,
}

/// An action on which a candidate or its filter matched, as far as it may be seen.
#[derive(Debug, Clone, PartialEq)]
pub struct CandidateRow {
    /// Its place in lists.
    pub key: HitKey,
    /// What the two said.
    pub verdicts: Verdicts,
    /// Whether the person was in good standing.
    pub is_good: bool,
    /// The wiki.
    pub wiki: WikiId,
    /// The evaluation.
    pub evaluation_id: Id,
    /// The version in force.
    pub version: Version,
    /// The caller's name for the action.
    pub action_id: String,
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
    /// What the filters in effect decided.
    pub decision: String,
    /// The revision that was saved.
    pub rev_id: Option<i64>,
    /// The variables of the action, for who may see details; none in lists.
    pub variables: Option<Map<String, Value>>,
}
