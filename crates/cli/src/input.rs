//! What the program reads: recorded edits and filters, from files or standard input.
//!
//! A [`Source`] opens one path and unpacks it; [`EditReader`] turns it into [`Edit`]s, one at a time and in constant
//! memory; [`variables()`] says what a rule would see of one; [`load_filters`] reads rules. Whatever cannot be read is an
//! [`InputError`] that names file, line and cause, and never costs what was good before or after it.
//!
//! Nothing here prints or judges.

pub mod edits;
pub mod error;
pub mod filters;
pub mod source;
pub mod variables;

pub use edits::{Edit, EditFormat, EditReader, ReadOptions};
pub use error::{Cause, InputError, Place};
pub use filters::{FilterFormat, FilterSource, Loaded, load_filters};
pub use source::{Progress, Source};
pub use variables::{Assumptions, Facts, Var, variables};
