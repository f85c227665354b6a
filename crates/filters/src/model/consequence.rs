//! What a filter does to an action that it matches.

use std::collections::BTreeMap;

/// How hard a consequence is; what the brake withholds goes by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Nobody notices: tags.
    Silent,
    /// A nuisance: warnings, challenges.
    Nuisance,
    /// Stops the action.
    Obstructive,
    /// Takes something away from the person.
    Destructive,
}

/// A consequence that every installation knows, in the order in which they run within a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Consequence {
    /// The others run only above a rate.
    Throttle,
    /// The first attempt is refused with a message.
    Warn,
    /// A challenge.
    ShowCaptcha,
    /// The action is refused.
    Disallow,
    /// Change tags.
    Tag,
    /// No autopromotion for some days.
    BlockAutopromote,
    /// All explicit groups are removed.
    Degroup,
    /// The address range is blocked.
    RangeBlock,
    /// The person is blocked.
    Block,
}

impl Consequence {
    /// All of them, in the order in which they run.
    pub const ALL: [Self; 9] = [
        Self::Throttle,
        Self::Warn,
        Self::ShowCaptcha,
        Self::Disallow,
        Self::Tag,
        Self::BlockAutopromote,
        Self::Degroup,
        Self::RangeBlock,
        Self::Block,
    ];

    /// Its name, as AbuseFilter has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Throttle => "throttle",
            Self::Warn => "warn",
            Self::ShowCaptcha => "showcaptcha",
            Self::Disallow => "disallow",
            Self::Tag => "tag",
            Self::BlockAutopromote => "blockautopromote",
            Self::Degroup => "degroup",
            Self::RangeBlock => "rangeblock",
            Self::Block => "block",
        }
    }

    /// The one of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|consequence| consequence.name() == name)
    }

    /// How hard it is; none for `throttle`, which only holds others back.
    pub const fn class(self) -> Option<Class> {
        match self {
            Self::Throttle => None,
            Self::Tag => Some(Class::Silent),
            Self::Warn | Self::ShowCaptcha => Some(Class::Nuisance),
            Self::Disallow => Some(Class::Obstructive),
            Self::BlockAutopromote | Self::Degroup | Self::RangeBlock | Self::Block => Some(Class::Destructive),
        }
    }
}

/// Consequences of a filter with their parameters, by name. Names may be custom ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Actions(pub BTreeMap<String, Vec<String>>);

impl Actions {
    /// Parameters of a consequence, if the filter has it.
    pub fn parameters(&self, consequence: Consequence) -> Option<&[String]> {
        self.0.get(consequence.name()).map(Vec::as_slice)
    }

    /// Whether the filter has it.
    pub fn has(&self, consequence: Consequence) -> bool {
        self.0.contains_key(consequence.name())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and parameters, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(name, parameters)| (name.as_str(), parameters.as_slice()))
    }
}
