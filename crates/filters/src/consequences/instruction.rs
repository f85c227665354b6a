//! What a wiki is told to do, and what it is to tell the person.

use serde::{Deserialize, Serialize};

/// What becomes of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// It proceeds.
    #[default]
    Allow,
    /// It is refused once and may be repeated.
    Warn,
    /// A challenge must be solved first.
    Challenge,
    /// It is refused.
    Refuse,
}

impl Decision {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Challenge => "challenge",
            Self::Refuse => "refuse",
        }
    }
}

/// A filter as answers name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterRef {
    /// `17`, `global-17`.
    pub gid: String,
    /// Whether only callers that may see restricted filters are told which one it is.
    pub is_restricted: bool,
}

/// A message with its parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The message's key.
    pub key: String,
    /// Its parameters.
    pub params: Vec<String>,
}

/// What the wiki does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Blocks a user.
    Block {
        /// The user or address.
        user: String,
        /// How long, in the wiki's words.
        expiry: String,
        /// Whether the user may not write to the own talk page either.
        talk: bool,
        /// Whether the block leaves no public log entry.
        suppress_log: bool,
        /// Why.
        reason: Reason,
    },
    /// Blocks a range of addresses for a week.
    RangeBlock {
        /// The range, such as `203.0.0.0/16`.
        range: String,
        /// How long, in the wiki's words.
        expiry: String,
        /// Why.
        reason: Reason,
    },
    /// Removes groups from a user.
    Degroup {
        /// The user.
        user: String,
        /// The groups.
        groups: Vec<String>,
        /// Why.
        reason: Reason,
    },
    /// Suspends autopromotion.
    BlockAutopromote {
        /// The user.
        user: String,
        /// For how long.
        seconds: u64,
    },
    /// Asks for a challenge.
    ShowCaptcha,
    /// Tags the change when it is saved.
    Tag {
        /// The tags.
        tags: Vec<String>,
    },
    /// Whatever the component that announced it does.
    Custom {
        /// Its name.
        name: String,
        /// Its parameters.
        params: Vec<String>,
    },
}

/// One thing for the wiki to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instruction {
    /// What.
    pub effect: Effect,
    /// Because of which filter; none for what the service itself wants.
    pub filter: Option<FilterRef>,
}

/// One message for the acting person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its key.
    pub key: String,
    /// Its parameters: name and number of the filter, as far as people may learn them.
    pub params: Vec<String>,
    /// The error code that programs get.
    pub code: String,
    /// Because of which filter; none for what the service itself says.
    pub filter: Option<FilterRef>,
    /// Consequences of the filter that were taken.
    pub actions: Vec<String>,
    /// By which people with the right find the hit; empty if there is none.
    pub ref_code: String,
}
