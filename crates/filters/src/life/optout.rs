//! Wikis that do without a farm-wide filter, or without some of what it does.

use std::collections::BTreeSet;

/// What a wiki leaves of a farm-wide filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptOutMode {
    /// Nothing: it is not evaluated.
    Off,
    /// It is evaluated and logged, and does nothing.
    Log,
    /// Everything but some consequences.
    Without,
}

impl OptOutMode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Off, Self::Log, Self::Without];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Log => "log",
            Self::Without => "without",
        }
    }

    /// The one of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

/// A wiki's choice about a farm-wide filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptOut {
    /// What it leaves of the filter.
    pub mode: OptOutMode,
    /// Consequences that are not taken; only with [`OptOutMode::Without`].
    pub consequences: BTreeSet<String>,
}
