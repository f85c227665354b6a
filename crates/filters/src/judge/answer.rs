//! What a wiki is answered.

use crate::consequences::{Decision, FilterRef, Instruction, Message};
use crate::groups::Cost;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A verdict, with everything that the wiki needs for it. Kept as JSON for a day, so that the same action gets the same
/// answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Names the evaluation.
    pub evaluation_id: String,
    /// The filters that judged, and their state.
    pub ruleset: String,
    /// What becomes of the action.
    pub decision: Decision,
    /// What the wiki does.
    pub instructions: Vec<Instruction>,
    /// What the person is told.
    pub messages: Vec<Message>,
    /// Filters that matched, in order.
    pub matched: Vec<MatchedFilter>,
    /// Filters that were not evaluated to their end.
    pub not_evaluated: Vec<NotEvaluated>,
    /// Filters that failed, and did not match therefore.
    pub errors: Vec<FailedFilter>,
    /// Filters that lacked a variable.
    pub degraded: Vec<DegradedFilter>,
    /// Conditions that the filters used together.
    pub conditions_used: u32,
    /// Conditions that they may use.
    pub conditions_limit: u32,
    /// Whether they used more.
    pub conditions_exceeded: bool,
    /// Microseconds that the rules took.
    pub rules_us: u64,
    /// Requests that the evaluation took.
    pub rounds: u32,
    /// Variables that the first request of the wiki's next action of this kind should bring, because filters will probably ask
    /// for them.
    #[serde(default)]
    pub also_likely: Vec<String>,
    /// Why the action was not judged at all.
    #[serde(default)]
    pub skipped: Option<String>,
}

/// A filter that matched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatchedFilter {
    /// Which one.
    pub filter: FilterRef,
    /// Its version.
    pub version: u32,
    /// Consequences taken.
    pub taken: Vec<String>,
    /// Consequences that the brake withheld.
    pub withheld: Vec<String>,
    /// What stands in for withheld ones.
    pub substituted: BTreeMap<String, String>,
}

/// Why a filter was not evaluated to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NotEvaluatedWhy {
    /// The conditions were used up.
    Conditions,
    /// The time was.
    Time,
}

impl NotEvaluatedWhy {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Conditions => "conditions",
            Self::Time => "time",
        }
    }
}

/// A filter that was not evaluated to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotEvaluated {
    /// Which one.
    pub filter: FilterRef,
    /// Why.
    pub why: NotEvaluatedWhy,
}

/// A filter that failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FailedFilter {
    /// Which one.
    pub filter: FilterRef,
    /// The id of the error; `work_limit` for a rule that used up its work.
    pub reason: String,
    /// Byte of the rule where it stands, if it stands anywhere.
    pub position: Option<u32>,
}

/// A filter that lacked a variable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DegradedFilter {
    /// Which one.
    pub filter: FilterRef,
    /// Variables that it asked for and did not get.
    pub variables: Vec<String>,
}

impl Answer {
    /// The answer as it is kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Bytes of memory that it takes, about: what lists grow by, rather than every letter.
    pub(super) fn weight(&self) -> usize {
        const ALONE: usize = 600;
        const SAID: usize = 400;
        const NAMED: usize = 120;
        let said = self.instructions.len() + self.messages.len() + self.matched.len();
        let named = self.not_evaluated.len() + self.errors.len() + self.degraded.len() + self.also_likely.len();
        ALONE + said * SAID + named * NAMED
    }

    /// The answer that was kept; none if another program wrote something else there.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

/// Variables that the wiki must supply before there is a verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Needs {
    /// Names the evaluation.
    pub evaluation_id: String,
    /// Shows, at resume, that this answer was received.
    pub resume_token: String,
    /// How often variables were asked for, this time included.
    pub round: u32,
    /// How often they may still be.
    pub rounds_left: u32,
    /// The variables.
    pub needs: Vec<Need>,
    /// Variables that may be wanted next.
    pub also_likely: Vec<String>,
    /// Milliseconds for which the evaluation is held.
    pub expires_ms: u32,
}

/// A variable that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Its name.
    pub name: String,
    /// What it costs the wiki.
    pub cost: Cost,
    /// How many filters wait for it.
    pub wanted_by: u32,
}

/// What an evaluation came to.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A verdict.
    Complete(std::sync::Arc<Answer>),
    /// Variables are needed first.
    Needs(Needs),
}
