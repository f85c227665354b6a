//! Which release of the language is meant, where releases differ.

/// A release of AbuseFilter with the host it runs on.
///
/// The differences are few (named groups in `get_matches`, runs of backslashes before a slash in a pattern, the final
/// sigma in `lcase`, `substr` of text that is not UTF-8); everything else is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Release {
    /// The newest AbuseFilter, on PHP 8.3 or later.
    #[default]
    Newest,
    /// AbuseFilter 1.39 on PHP 8.2, as Debian 12 packages it.
    V1_39,
}
