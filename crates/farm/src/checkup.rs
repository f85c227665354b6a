//! What a look at the installation found: is everything in order, and what to do where it is not.
//!
//! The command line and the console show the same findings; the server knows where to look.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// How one thing stands. Ordered: the worst is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// In order.
    Ok,
    /// Could not be checked, because of something else that is said elsewhere.
    Skipped,
    /// Needs a thought.
    Warning,
    /// Does not work, or will soon stop working.
    Problem,
}

impl Standing {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, such as `disk`.
    pub check: &'static str,
    /// How it stands.
    pub status: Standing,
    /// What was found, in English.
    pub found: String,
    /// What to do about it, in English.
    pub todo: Option<String>,
}

impl Finding {
    /// It is in order.
    pub fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, status: Standing::Ok, found: found.into(), todo: None }
    }

    /// It could not be looked at.
    pub fn skipped(check: &'static str, why: impl Into<String>) -> Self {
        Self { check, status: Standing::Skipped, found: why.into(), todo: None }
    }

    /// It needs a thought.
    pub fn warning(check: &'static str, found: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { check, status: Standing::Warning, found: found.into(), todo: Some(todo.into()) }
    }

    /// It does not work.
    pub fn problem(check: &'static str, found: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { check, status: Standing::Problem, found: found.into(), todo: Some(todo.into()) }
    }
}

/// What the program is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Program {
    /// Its version.
    pub version: String,
    /// Features of the build and switches of the configuration, each with whether it is on.
    pub features: Vec<(&'static str, bool)>,
}

/// Findings that come later.
pub type Findings<'a> = Pin<Box<dyn Future<Output = Vec<Finding>> + Send + 'a>>;

/// Who knows how the running service does.
pub trait Checkup: fmt::Debug + Send + Sync {
    /// Looks at everything. Takes a moment; changes nothing.
    fn look(&self) -> Findings<'_>;

    /// What the program is.
    fn program(&self) -> Program;
}

/// A number of bytes for people.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let (mut whole, mut rest, mut unit) = (count, 0, 0);
    while whole >= 1024 && unit + 1 < UNITS.len() {
        (rest, whole, unit) = (whole % 1024, whole / 1024, unit + 1);
    }
    let name = UNITS.get(unit).copied().unwrap_or_default();
    if unit == 0 { format!("{whole} {name}") } else { format!("{whole}.{} {name}", rest * 10 / 1024) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_counted_in_the_unit_that_fits() {
        let shown = [0, 1023, 1024, 1536, 5 << 30, u64::MAX].map(bytes);
        assert_eq!(shown, ["0 bytes", "1023 bytes", "1.0 KiB", "1.5 KiB", "5.0 GiB", "16777215.9 TiB"]);
    }

    #[test]
    fn the_worst_is_the_greatest() {
        assert!(Standing::Ok < Standing::Skipped && Standing::Warning < Standing::Problem);
    }
}
