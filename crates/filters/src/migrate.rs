//! Bringing filters, their history and their log over from AbuseFilter's tables.

pub mod dump;
pub mod php;
