//! Filters as AbuseFilter's JSON: written byte for byte as AbuseFilter writes them, read whatever the order of keys.

pub mod export;
pub mod import;
mod json;

pub use export::{Format, export};
pub use import::{ImportOptions, Parsed, Problem, parse};
