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
//! Deliberately absent: storing, telling, and who may release a latch.

pub mod ceiling;
pub mod compat;
pub mod harm;
pub mod hour;
pub mod limits;
pub mod missing;
pub mod simulate;
pub mod standing;
pub mod stream;

#[cfg(test)]
mod tests;

pub use hour::Surroundings;
pub use limits::Limits;
pub use stream::{Hit, Stream, Trip, Verdict};

/// A keyed hash of somebody's name or address; tells apart, and tells nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(pub u32);

/// Which path led to a latch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Path {
    /// Harm to people in good standing.
    Harm,
    /// Normal traffic went missing.
    Missing,
    /// Too much was destroyed.
    Ceiling,
}

impl Path {
    /// The letter for it, as stored and shown: `A`, `B`, `C`.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Harm => "A",
            Self::Missing => "B",
            Self::Ceiling => "C",
        }
    }
}
