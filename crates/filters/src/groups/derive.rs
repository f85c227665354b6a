//! How variables of a group follow from others. The same in documents and in memory: nothing can be wrong with it.

use serde::{Deserialize, Serialize};

/// How a derived variable follows from others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum Derive {
    /// What is in `base` and not in `minus`.
    ArrayDiff {
        /// The list to take from.
        base: String,
        /// What to leave out.
        minus: String,
    },
    /// Number of elements or bytes.
    Length {
        /// Of which variable.
        of: String,
    },
    /// A difference of numbers.
    Subtract {
        /// The number to take from.
        base: String,
        /// The number to take away.
        minus: String,
    },
    /// A unified diff.
    Diff {
        /// The text before.
        old: String,
        /// The text after.
        new: String,
    },
    /// The lines that a change adds or removes.
    DiffSplit {
        /// The text before.
        old: String,
        /// The text after.
        new: String,
        /// Which lines are meant.
        side: Side,
    },
    /// The text of HTML without its tags.
    StripHtml {
        /// Of which variable.
        of: String,
    },
}

impl Derive {
    /// The variables that it needs.
    pub fn inputs(&self) -> Vec<&str> {
        match self {
            Self::Length { of } | Self::StripHtml { of } => vec![of],
            Self::ArrayDiff { base, minus } | Self::Subtract { base, minus } => vec![base, minus],
            Self::Diff { old, new } | Self::DiffSplit { old, new, .. } => vec![old, new],
        }
    }
}

/// A side of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// What it adds.
    Added,
    /// What it removes.
    Removed,
}
