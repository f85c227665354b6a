//! Hits: what matched, what was done about it, and who may know.
//!
//! [`writer`] keeps them, [`Hits`] answers for them. What may be seen is one decision, [`visible`]; every list has it in its query.

pub mod access;
pub mod address;
pub mod ask;
pub(crate) mod beside;
pub mod dump;
pub mod ids;
pub mod list;
pub mod misses;
pub mod parallel;
pub mod record;
pub mod settings;
pub mod shadow;
pub mod steer;
pub mod upkeep;
pub mod visible;
pub mod writer;

pub use ask::{HitError, Hits};
pub use settings::{HitSettings, RestrictedRows, WriterSettings};
pub use visible::{Level, Sight};
pub use writer::{HitWriter, Stored, Ticket, WriterCounts};

#[cfg(test)]
pub(crate) mod tests;
