//! Stable codes of errors.

/// An error with a code that programs may rely on.
///
/// Codes are lower case with underscores, as the interface answers them (`edit_conflict`); all of them stand in
/// the book's table of errors.
pub trait Coded: std::error::Error {
    /// The code.
    fn code(&self) -> &'static str;
}
