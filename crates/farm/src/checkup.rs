//! What a look at the installation found: is everything in order, and what to do where it is not.
//!
//! The command line and the console show the same findings; the server knows where to look.

mod told;

pub use told::Told;

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
    /// The same for other languages: what is told, and what is put in. None where it is said in English alone.
    pub told: Option<(Told, Vec<String>)>,
}

impl Finding {
    /// What is told, with what belongs to it. What to do is said where something has to be done.
    pub fn of(status: Standing, told: Told, params: &[&dyn fmt::Display]) -> Self {
        let params: Vec<String> = params.iter().map(ToString::to_string).collect();
        let todo = told.todo().filter(|_| status >= Standing::Warning).map(|todo| told::filled(todo, &params));
        Self {
            check: told.check(),
            status,
            found: told::filled(told.found(), &params),
            todo,
            told: Some((told, params)),
        }
    }

    /// It is in order.
    pub fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, status: Standing::Ok, found: found.into(), todo: None, told: None }
    }

    /// It could not be looked at.
    pub fn skipped(check: &'static str, why: impl Into<String>) -> Self {
        Self { check, status: Standing::Skipped, found: why.into(), todo: None, told: None }
    }

    /// It needs a thought.
    pub fn warning(check: &'static str, found: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { check, status: Standing::Warning, found: found.into(), todo: Some(todo.into()), told: None }
    }

    /// It does not work.
    pub fn problem(check: &'static str, found: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { check, status: Standing::Problem, found: found.into(), todo: Some(todo.into()), told: None }
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
    fn what_to_do_is_said_where_something_has_to_be_done() {
        let disk = |status| Finding::of(status, Told::DiskSpace, &[&"1 GiB", &"2 GiB", &50]);
        assert_eq!((disk(Standing::Ok).found.as_str(), disk(Standing::Ok).todo), ("1 GiB free of 2 GiB (50 %)", None));
        assert!(disk(Standing::Warning).todo.is_some());
    }

    #[test]
    fn the_worst_is_the_greatest() {
        assert!(Standing::Ok < Standing::Skipped && Standing::Warning < Standing::Problem);
    }
}
