//! What the emergency brake is asked before consequences run.

use super::Case;
use crate::model::Class;
use crate::snapshot::LiveFilter;

/// Classes of consequences that are withheld.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Latched {
    /// Class D.
    pub destructive: bool,
    /// Class O; with it, D and N.
    pub obstructive: bool,
    /// Class N.
    pub nuisance: bool,
}

impl Latched {
    /// Whether consequences of `class` are withheld. Silent ones never are.
    pub fn holds(self, class: Class) -> bool {
        match class {
            Class::Silent => false,
            Class::Nuisance => self.nuisance || self.obstructive,
            Class::Obstructive => self.obstructive,
            Class::Destructive => self.destructive || self.obstructive,
        }
    }
}

/// A match that would have an effect: what the brake's statistics count.
#[derive(Debug)]
pub struct EffectiveHit<'a> {
    /// The filter.
    pub filter: &'a LiveFilter,
    /// The action.
    pub case: &'a Case<'a>,
    /// Classes of the consequences that would run.
    pub classes: &'a [Class],
    /// Whether one of them would stop the action.
    pub refuses: bool,
}

/// Says, inside the evaluation and before anything runs, which classes of a filter's consequences are withheld on a wiki.
pub trait Brake: Send + Sync {
    /// The classes that are withheld, this match taken into account.
    fn latched(&self, hit: &EffectiveHit<'_>) -> Latched;
}

/// Withholds nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoBrake;

impl Brake for NoBrake {
    fn latched(&self, _: &EffectiveHit<'_>) -> Latched {
        Latched::default()
    }
}
