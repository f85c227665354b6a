//! The life of filters: saving, listing, reading, history, groups, opting out.
//!
//! [`Filters`] is the service; what it decides is in pure functions beside it and in [`crate::save`].

pub mod autodisable;
pub mod braking;
pub mod changes;
pub mod events;
pub mod history;
pub mod list;
pub mod optout;
pub mod pace;
pub mod porting;
pub(crate) mod records;
mod registering;
mod saving;
mod service;
mod testing;
pub mod visible;

pub use braking::{BrakeError, Braked};
pub use changes::{ChangeKey, ChangesQuery, FilterChange};
pub use history::{HistoryItem, HistoryKey};
pub use list::{ListKey, ListQuery, Search, Sort, Whose};
pub use optout::{OptOut, OptOutMode};
pub use pace::NotNow;
pub use porting::{ImportRequest, Imported};
pub use registering::{Missing, RegisterError};
pub use saving::{Conflict, SaveError, SaveRequest, Saved, Validated};
pub use service::{Filters, InForce, ReadError, VersionRef};
pub use visible::Sight;
