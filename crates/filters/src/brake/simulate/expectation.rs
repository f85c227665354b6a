//! What a scenario should come to, and whether it did.

use super::Summary;

/// How far a figure may be from what is wanted, as a share of it.
pub const BAND: f64 = 0.3;

/// Share of a minute that no time needs to be closer than: a table that says 1.3 minutes was rounded.
const MINUTES_ROUNDED: f64 = 0.05;

/// One figure that is wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wanted {
    /// It must never come to that; of a count: none.
    Never,
    /// So much, within [`BAND`].
    About(f64),
    /// At most so much.
    AtMost(f64),
    /// At least so much.
    AtLeast(f64),
    /// A source says so much, and cannot be right: why. Shown, and not held against anybody.
    Disputed(f64, &'static str),
}

/// What is wanted of one algorithm. What is not said is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Expectation {
    /// Minutes to a latch of destructive consequences.
    pub destructive_minutes: Option<Wanted>,
    /// Minutes to a latch of refusals.
    pub obstructive_minutes: Option<Wanted>,
    /// Minutes to a latch of nuisances.
    pub nuisance_minutes: Option<Wanted>,
    /// People who meant well and were blocked, or lost something else.
    pub blocked: Option<Wanted>,
    /// Their actions that were refused, those that got them blocked included.
    pub refused: Option<Wanted>,
    /// Attempts that passed.
    pub passed: Option<Wanted>,
    /// Accounts and addresses of the attack that were blocked, or lost something else.
    pub attackers_blocked: Option<Wanted>,
    /// Minutes to a latch of destructive consequences on all wikis.
    pub farm_destructive_minutes: Option<Wanted>,
    /// Minutes to a latch of refusals on all wikis.
    pub farm_obstructive_minutes: Option<Wanted>,
    /// Wikis that latched by themselves.
    pub wikis_latched: Option<Wanted>,
    /// Times that the filter latched again after a person had reactivated it.
    pub relatched: Option<Wanted>,
    /// Fewest effective matches from a reactivation to the next latch, the one that latched included.
    pub matches_to_relatch: Option<Wanted>,
}

impl Expectation {
    /// Nothing is looked at.
    pub const NONE: Self = Self {
        destructive_minutes: None,
        obstructive_minutes: None,
        nuisance_minutes: None,
        blocked: None,
        refused: None,
        passed: None,
        attackers_blocked: None,
        farm_destructive_minutes: None,
        farm_obstructive_minutes: None,
        wikis_latched: None,
        relatched: None,
        matches_to_relatch: None,
    };
}

/// A kind of figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// See [`Expectation::destructive_minutes`].
    DestructiveMinutes,
    /// See [`Expectation::obstructive_minutes`].
    ObstructiveMinutes,
    /// See [`Expectation::nuisance_minutes`].
    NuisanceMinutes,
    /// See [`Expectation::blocked`].
    Blocked,
    /// See [`Expectation::refused`].
    Refused,
    /// See [`Expectation::passed`].
    Passed,
    /// See [`Expectation::attackers_blocked`].
    AttackersBlocked,
    /// See [`Expectation::farm_destructive_minutes`].
    FarmDestructiveMinutes,
    /// See [`Expectation::farm_obstructive_minutes`].
    FarmObstructiveMinutes,
    /// See [`Expectation::wikis_latched`].
    WikisLatched,
    /// See [`Expectation::relatched`].
    Relatched,
    /// See [`Expectation::matches_to_relatch`].
    MatchesToRelatch,
}

impl Figure {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 12] = [
        Self::DestructiveMinutes,
        Self::ObstructiveMinutes,
        Self::NuisanceMinutes,
        Self::Blocked,
        Self::Refused,
        Self::Passed,
        Self::AttackersBlocked,
        Self::FarmDestructiveMinutes,
        Self::FarmObstructiveMinutes,
        Self::WikisLatched,
        Self::Relatched,
        Self::MatchesToRelatch,
    ];

    /// Its name, as scenario files and JSON have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DestructiveMinutes => "destructive_minutes",
            Self::ObstructiveMinutes => "obstructive_minutes",
            Self::NuisanceMinutes => "nuisance_minutes",
            Self::Blocked => "blocked",
            Self::Refused => "refused",
            Self::Passed => "passed",
            Self::AttackersBlocked => "attackers_blocked",
            Self::FarmDestructiveMinutes => "farm_destructive_minutes",
            Self::FarmObstructiveMinutes => "farm_obstructive_minutes",
            Self::WikisLatched => "wikis_latched",
            Self::Relatched => "relatched",
            Self::MatchesToRelatch => "matches_to_relatch",
        }
    }

    /// Whether it is a time to a latch, which may never come.
    pub const fn is_time(self) -> bool {
        matches!(
            self,
            Self::DestructiveMinutes
                | Self::ObstructiveMinutes
                | Self::NuisanceMinutes
                | Self::FarmDestructiveMinutes
                | Self::FarmObstructiveMinutes
        )
    }

    /// Whether it is a way to a latch, in minutes or matches, which may be endless.
    pub const fn may_be_endless(self) -> bool {
        self.is_time() || matches!(self, Self::MatchesToRelatch)
    }

    /// What is wanted of it.
    pub const fn wanted(self, of: &Expectation) -> Option<Wanted> {
        match self {
            Self::DestructiveMinutes => of.destructive_minutes,
            Self::ObstructiveMinutes => of.obstructive_minutes,
            Self::NuisanceMinutes => of.nuisance_minutes,
            Self::Blocked => of.blocked,
            Self::Refused => of.refused,
            Self::Passed => of.passed,
            Self::AttackersBlocked => of.attackers_blocked,
            Self::FarmDestructiveMinutes => of.farm_destructive_minutes,
            Self::FarmObstructiveMinutes => of.farm_obstructive_minutes,
            Self::WikisLatched => of.wikis_latched,
            Self::Relatched => of.relatched,
            Self::MatchesToRelatch => of.matches_to_relatch,
        }
    }

    /// What is wanted of it, to be changed.
    pub const fn wanted_mut(self, of: &mut Expectation) -> &mut Option<Wanted> {
        match self {
            Self::DestructiveMinutes => &mut of.destructive_minutes,
            Self::ObstructiveMinutes => &mut of.obstructive_minutes,
            Self::NuisanceMinutes => &mut of.nuisance_minutes,
            Self::Blocked => &mut of.blocked,
            Self::Refused => &mut of.refused,
            Self::Passed => &mut of.passed,
            Self::AttackersBlocked => &mut of.attackers_blocked,
            Self::FarmDestructiveMinutes => &mut of.farm_destructive_minutes,
            Self::FarmObstructiveMinutes => &mut of.farm_obstructive_minutes,
            Self::WikisLatched => &mut of.wikis_latched,
            Self::Relatched => &mut of.relatched,
            Self::MatchesToRelatch => &mut of.matches_to_relatch,
        }
    }

    /// What runs came to on average; of times, over the runs in which there was one; of matches to a latch, the fewest of all
    /// runs. None if there was none in any.
    pub fn found(self, of: &Summary) -> Option<f64> {
        match self {
            Self::DestructiveMinutes => of.destructive.after_minutes,
            Self::ObstructiveMinutes => of.obstructive.after_minutes,
            Self::NuisanceMinutes => of.nuisance.after_minutes,
            Self::Blocked => Some(of.blocked),
            Self::Refused => Some(of.refused),
            Self::Passed => Some(of.passed),
            Self::AttackersBlocked => Some(of.attackers_blocked),
            Self::FarmDestructiveMinutes => of.farm_destructive.after_minutes,
            Self::FarmObstructiveMinutes => of.farm_obstructive.after_minutes,
            Self::WikisLatched => Some(of.wikis_latched),
            Self::Relatched => Some(of.relatched),
            Self::MatchesToRelatch => of.matches_to_relatch.map(f64::from),
        }
    }
}

/// A figure beside what is wanted of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Which.
    pub figure: Figure,
    /// What is wanted.
    pub wanted: Wanted,
    /// What was found; none for a latch that never came.
    pub found: Option<f64>,
    /// Whether that is as wanted; none if the wanted itself is disputed.
    pub is_met: Option<bool>,
}

/// All figures of which something is wanted.
pub fn compare(expectation: &Expectation, summary: &Summary) -> Vec<Cell> {
    let cell = |figure: Figure| {
        let wanted = figure.wanted(expectation)?;
        let found = figure.found(summary);
        Some(Cell { figure, wanted, found, is_met: is_met(figure, wanted, found) })
    };
    Figure::ALL.into_iter().filter_map(cell).collect()
}

fn is_met(figure: Figure, wanted: Wanted, found: Option<f64>) -> Option<bool> {
    // Never is no time, and no time is never early enough.
    let none = if figure.may_be_endless() { f64::INFINITY } else { 0.0 };
    let value = found.unwrap_or(none);
    match wanted {
        Wanted::Never if figure.may_be_endless() => Some(found.is_none()),
        Wanted::Never => Some(value == 0.0),
        Wanted::About(about) => {
            let slack = if figure.is_time() { MINUTES_ROUNDED } else { 0.0 };
            Some((value - about).abs() <= BAND * about + slack)
        }
        Wanted::AtMost(most) => Some(value <= most),
        Wanted::AtLeast(least) => Some(value >= least),
        Wanted::Disputed(..) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(figure: Figure, wanted: Wanted, found: Option<f64>, expected: Option<bool>) {
        assert_eq!(is_met(figure, wanted, found), expected, "{figure:?} {wanted:?} {found:?}");
    }

    #[test]
    fn figures_are_held_against_their_band() {
        let time = Figure::DestructiveMinutes;
        check(time, Wanted::About(10.0), Some(13.0), Some(true));
        check(time, Wanted::About(10.0), Some(13.1), Some(false));
        check(time, Wanted::About(10.0), Some(7.0), Some(true));
        check(time, Wanted::About(10.0), None, Some(false));
        check(time, Wanted::Never, None, Some(true));
        check(time, Wanted::Never, Some(1.0), Some(false));
        check(time, Wanted::AtMost(0.1), Some(0.05), Some(true));
        check(time, Wanted::AtMost(0.1), None, Some(false));
        check(Figure::MatchesToRelatch, Wanted::AtLeast(3.0), Some(2.0), Some(false));
        check(Figure::MatchesToRelatch, Wanted::AtLeast(3.0), Some(3.0), Some(true));
        check(Figure::MatchesToRelatch, Wanted::AtLeast(3.0), None, Some(true));
        check(Figure::MatchesToRelatch, Wanted::Never, None, Some(true));
        check(Figure::Passed, Wanted::Never, Some(0.0), Some(true));
        check(Figure::Passed, Wanted::Never, Some(0.05), Some(false));
        check(Figure::Blocked, Wanted::Disputed(9.0, "why"), Some(14.0), None);
    }
}
