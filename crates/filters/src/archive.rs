//! Actions kept for backtests: all that filters hit, and a sample of the rest.
//!
//! Judging hands an action to the [`Archiver`] when it is decided; that never waits, and what it cannot take is dropped and
//! counted. [`Archive`] reads them, each with the weight that it has among all actions as far as the viewer may know of them.
//!
//! Invariants:
//! * no address, protected value or session key is kept; what was taken out makes rules that read it undecided;
//! * the sample does not depend on which filters hit: who may not see a hit gets the action as if there had been none, or not
//!   at all if that hit stopped it;
//! * the weights of a sample add up, on the average, to the number of actions that there were.
//!
//! Begin reading at [`sample`], then `archiver`, then `read`.

mod archiver;
pub(crate) mod body;
mod page;
pub(crate) mod read;
pub(crate) mod records;
pub mod sample;
mod strata;
mod visible;
mod writing;

pub(crate) use archiver::NewAction;
pub use archiver::{Archiver, ArchiverCounts};
pub use page::ActionKey;
pub use read::{Archive, Ask, Cut, Facts, Outcome, Scan, SeenHit, Standing, StoredAction};
pub(crate) use read::{Unopened, is_marked};

#[cfg(test)]
pub(crate) mod tests;
