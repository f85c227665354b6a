//! The emergency brake: stops a rule that hits people it should not, and lets nobody whom it is meant for switch it off.
//!
//! Three paths lead to a latch, each a module: [`harm`] to people in good standing, [`missing`] background of normal
//! traffic, and a [`ceiling`] on what is destroyed. A [`Stream`] puts them together for one filter, wiki and kind of action;
//! [`Surroundings`] are what is known of that kind of action there. [`compat`] is AbuseFilter's own algorithm, for who
//! chooses it.
//!
//! All of it is decided from values and an explicit time. Invariants, property-tested:
//! * actions of one account or address, or of any number of accounts without standing inside one range, never latch what
//!   stops the action;
//! * withholding a consequence that would have stopped the action leaves a plain refusal, until people in good standing are
//!   refused;
//! * everything kept for a stream is bounded.
//!
//! [`latch`] says what follows from a trip, a release, a hold. [`live`] keeps all of it in memory for every evaluation, writes
//! it down a moment later, and hears what other nodes latched and released. Who may release and hold is decided in
//! [`crate::life`].

pub mod ceiling;
pub mod compat;
pub mod evidence;
pub mod farm;
pub mod harm;
pub mod hour;
pub mod latch;
pub mod limits;
pub mod live;
pub mod mark;
pub mod missing;
mod quick;
pub(crate) mod records;
pub mod settings;
pub mod simulate;
pub mod standing;
mod stored;
pub mod stream;

#[cfg(test)]
mod tests;

pub use evidence::Evidence;
pub use hour::Surroundings;
pub use latch::{Guard, Hold, Latch};
pub use limits::Limits;
pub use live::LiveBrake;
pub use settings::BrakeSettings;
pub use stream::{Hit, Readings, Stream, Trip, Verdict};

use serde::{Deserialize, Serialize};

/// A keyed hash of somebody's name or address; tells apart, and tells nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mark(pub u32);

/// Which path led to a latch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Path {
    /// Harm to people in good standing.
    #[serde(rename = "A")]
    Harm,
    /// Normal traffic went missing.
    #[serde(rename = "B")]
    Missing,
    /// Too much was destroyed.
    #[serde(rename = "C")]
    Ceiling,
    /// AbuseFilter's own algorithm.
    #[serde(rename = "compat")]
    Compat,
    /// The same class is latched on other wikis.
    #[serde(rename = "farm")]
    Farm,
    /// It was off already where the filter was brought over from.
    #[serde(rename = "migrated")]
    Migrated,
}

impl Path {
    /// The letter for it, as stored and shown: `A`, `B`, `C`.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Harm => "A",
            Self::Missing => "B",
            Self::Ceiling => "C",
            Self::Compat => "compat",
            Self::Farm => "farm",
            Self::Migrated => "migrated",
        }
    }
}
