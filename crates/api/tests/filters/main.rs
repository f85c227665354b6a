//! Filters through the interface: saving, reading, history, groups, imports and exports.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a test may fail loudly, and documents are written where they are used"
)]

mod backtests;
mod groups;
mod house;
mod leaks;
mod porting;
mod reading;
mod saving;
