//! The shared words of Wikiward: what a wiki, a person, a right, a moment and an error code are.
//!
//! Every other crate of the service may use these; this crate knows none of them.
//!
//! Invariants:
//! * a value that exists is valid: [`WikiId`], [`UserName`] and the other names are checked where they are made;
//! * time and randomness have one door each, [`Clock`] and [`Entropy`]; tests bring their own.
//!
//! Deliberately absent: IO, SQL, HTTP, and anything that only one domain needs.
//!
//! Begin reading at [`Viewer`], then [`Right`].

pub mod allowance;
pub mod audit;
pub mod checkup;
pub mod clock;
pub mod coded;
pub mod entropy;
pub mod human;
pub mod id;
pub mod paging;
pub mod people;
pub mod right;
pub mod viewer;
pub mod wiki;

pub use audit::AuditEntry;
pub use checkup::Checkup;
pub use clock::{Clock, SystemClock, Timestamp};
pub use coded::Coded;
pub use entropy::{Entropy, SystemEntropy};
pub use human::Human;
pub use id::Id;
pub use paging::{Limit, Page};
pub use people::{ActorType, Peer, UserName};
pub use right::{Right, RightSet};
pub use viewer::{Principal, Rights, Viewer};
pub use wiki::{Scope, WikiId, WikiSetId};
