//! The worked scenarios, and what both algorithms are known to do in them.
//!
//! The figures were found by an event simulation of both algorithms, apart from this one; ours have to come within
//! [`super::expectation::BAND`] of them.

use super::expectation::{Expectation, Wanted};
use super::scenario::{Attack, Consequences, Farm, Outage, Reactivation, Reason, Rule, Scenario, Traffic, WikiSize};
use crate::brake::compat::CompatLimits;

const BLOCK: Consequences = Consequences {
    block: true,
    block_range: false,
    take_autopromotion: false,
    degroup: false,
    disallow: false,
    warn: false,
};
const DISALLOW: Consequences = Consequences { block: false, disallow: true, ..BLOCK };
const TAKE_AUTOPROMOTION: Consequences = Consequences { block: false, take_autopromotion: true, ..BLOCK };

/// The four sizes of wikis that the scenarios speak of: people in standing do 60 to 80 % of the actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// 20 actions a day by 8 people in standing.
    Tiny,
    /// 300 by 80.
    Small,
    /// 5,000 by 900.
    Mid,
    /// 150,000 by 20,000.
    Big,
}

impl Size {
    /// All of them, the smallest first.
    pub const ALL: [Self; 4] = [Self::Tiny, Self::Small, Self::Mid, Self::Big];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tiny => "tiny",
            Self::Small => "small",
            Self::Mid => "mid",
            Self::Big => "big",
        }
    }

    /// Such a wiki. Zeal is chosen so that observations of people in standing come to the known 11, 172, 2,401 and 59,962 a
    /// day.
    pub fn wiki(self) -> WikiSize {
        let (per_day, people, good_share, zeal) = match self {
            Self::Tiny => (20.0, 8, 0.6, 0.7),
            Self::Small => (300.0, 80, 0.7, 0.95),
            Self::Mid => (5_000.0, 900, 0.77, 0.92),
            Self::Big => (150_000.0, 20_000, 0.8, 0.9),
        };
        // Large wikis are known after a few days.
        let days = if per_day > 1_000.0 { 4.0 } else { 28.0 };
        WikiSize { name: self.name().to_owned(), per_day, people, good_share, zeal, days, has_feedback: true }
    }
}

/// New accounts, which nobody in standing makes.
fn creations(name: &str, per_day: f64) -> WikiSize {
    WikiSize { name: name.to_owned(), per_day, people: 0, good_share: 0.0, zeal: 0.0, days: 28.0, has_feedback: true }
}

/// A rule that matches nobody and blocks, on even traffic of a small wiki, looked at for a day.
fn plain(number: &str, title: &str) -> Scenario {
    Scenario::plain(number, title, Size::Small.wiki())
}

#[expect(clippy::unnecessary_wraps, reason = "the tables read better with it")]
const fn about(value: f64) -> Option<Wanted> {
    Some(Wanted::About(value))
}

const NEVER: Option<Wanted> = Some(Wanted::Never);

/// What is wanted of a brake that must not be switched off: no latch of refusals, and nothing passes.
const HOLDS: Expectation = Expectation { obstructive_minutes: NEVER, passed: NEVER, ..Expectation::NONE };

/// Why two rows cannot both be right.
const SAME_PROCESS: &str = "rows 7 and 8 are the same process for this algorithm, which does not look at a filter's age \
                            after its first day; they cannot take 1.3 and 2.0 minutes";

/// Why a row cannot be right.
const TOO_FEW: &str =
    "at 100 creations a day about 13 come in three hours, and a rule that matches all of them blocks all";

/// All scenarios of the table.
pub fn scenarios() -> Vec<Scenario> {
    let mut all = attacks();
    all.extend(harm_at_once());
    all.extend(harm_later());
    all.extend(quiet_traffic());
    all.push(farm());
    all.extend(reactivations());
    all.extend(outages());
    all
}

fn attacks() -> Vec<Scenario> {
    let flood = |number, title, attempts, addresses, ranges, minutes| Scenario {
        attack: Some(Attack { attempts, addresses, ranges, standing: 0, minutes }),
        hours: minutes / 60.0 + 1.0,
        ..plain(number, title)
    };
    let with = |scenario: Scenario, consequences| Scenario { rule: Rule { consequences, ..scenario.rule }, ..scenario };
    vec![
        Scenario {
            expects_compat: Expectation { passed: about(1.0), ..Expectation::default() },
            expects_standard: Expectation { destructive_minutes: NEVER, ..HOLDS },
            ..with(flood("1", "five attempts by one account right after a save", 5, 1, 1, 5.0), TAKE_AUTOPROMOTION)
        },
        Scenario {
            expects_compat: Expectation {
                destructive_minutes: about(2.4),
                passed: about(98.0),
                ..Expectation::default()
            },
            expects_standard: Expectation { destructive_minutes: about(5.6), attackers_blocked: about(10.0), ..HOLDS },
            ..flood("2", "flood of 40 addresses, block", 120, 40, 25, 60.0)
        },
        Scenario {
            wiki: creations("accounts", 12.0),
            expects_compat: Expectation {
                destructive_minutes: about(2.6),
                passed: about(182.0),
                ..Expectation::default()
            },
            expects_standard: Expectation { destructive_minutes: about(6.8), ..HOLDS },
            ..flood("3", "flood of new accounts, block", 200, 60, 40, 120.0)
        },
        Scenario {
            expects_compat: Expectation { passed: NEVER, ..Expectation::default() },
            expects_standard: Expectation { destructive_minutes: NEVER, ..HOLDS },
            ..with(flood("4", "flood of 500 addresses, disallow", 1_000, 500, 300, 360.0), DISALLOW)
        },
    ]
}

fn harm_at_once() -> Vec<Scenario> {
    let everybody = |number, title, size: Size, consequences| {
        let scenario = plain(number, title);
        Scenario { wiki: size.wiki(), rule: Rule { matches: 1.0, consequences, ..scenario.rule }, ..scenario }
    };
    let block = |size, destructive, obstructive, blocked, refused| Scenario {
        expects_compat: Expectation { blocked: about(4.0), ..Expectation::default() },
        expects_standard: Expectation {
            destructive_minutes: about(destructive),
            obstructive_minutes: about(obstructive),
            blocked: about(blocked),
            refused: about(refused),
            ..Expectation::default()
        },
        ..everybody("5", "matches everybody from the save on, block", size, BLOCK)
    };
    let disallow = |size, refused_by_compat, obstructive, refused| Scenario {
        expects_compat: Expectation { refused: about(refused_by_compat), ..Expectation::default() },
        expects_standard: Expectation {
            obstructive_minutes: about(obstructive),
            refused: about(refused),
            ..Expectation::default()
        },
        ..everybody("6", "matches everybody from the save on, disallow", size, DISALLOW)
    };
    vec![
        block(Size::Tiny, 445.0, 652.0, 4.9, 7.0),
        block(Size::Small, 19.0, 34.0, 3.2, 6.3),
        block(Size::Mid, 1.1, 1.8, 3.2, 6.0),
        Scenario {
            hours: 1.0,
            compat: CompatLimits { count: 25, ..CompatLimits::default() },
            expects_compat: Expectation { blocked: about(27.0), ..Expectation::default() },
            expects_standard: Expectation {
                obstructive_minutes: Some(Wanted::AtMost(0.1)),
                blocked: about(3.0),
                refused: about(5.4),
                ..Expectation::default()
            },
            ..everybody("5b", "matches everybody, block; AbuseFilter's count at 25", Size::Big, BLOCK)
        },
        disallow(Size::Tiny, 21.0, 582.0, 8.6),
        disallow(Size::Small, 300.0, 34.0, 6.7),
        disallow(Size::Mid, 5_049.0, 1.8, 6.2),
    ]
}

fn harm_later() -> Vec<Scenario> {
    let bad = |number, title, begins_hours, hours| {
        let scenario = plain(number, title);
        Scenario {
            wiki: Size::Mid.wiki(),
            rule: Rule { matches: 1.0, ..scenario.rule },
            begins_hours,
            hours,
            ..scenario
        }
    };
    let tenth = bad("9", "matches a tenth of everybody, disallow", 0.0, 24.0);
    let accounts = bad("10", "matches all new accounts, 2 % of actions, block", 0.0, 24.0);
    let limit = bad("11", "rate limit with consequences for 8 vandals, block", 2.0, 6.0);
    vec![
        Scenario {
            expects_compat: Expectation {
                destructive_minutes: about(90.0),
                blocked: about(223.0),
                ..Expectation::default()
            },
            expects_standard: Expectation {
                destructive_minutes: Some(Wanted::Disputed(1.3, SAME_PROCESS)),
                blocked: about(4.6),
                ..Expectation::default()
            },
            ..bad("7", "turns bad 20 h after the save, block", 20.0, 6.0)
        },
        Scenario {
            expects_compat: Expectation { destructive_minutes: NEVER, blocked: about(673.0), ..Expectation::default() },
            expects_standard: Expectation {
                destructive_minutes: Some(Wanted::Disputed(2.0, SAME_PROCESS)),
                blocked: about(4.6),
                ..Expectation::default()
            },
            ..bad("8", "turns bad 30 h after the save, block", 30.0, 6.0)
        },
        Scenario {
            rule: Rule { matches: 0.1, consequences: DISALLOW, ..tenth.rule },
            expects_compat: Expectation { refused: about(490.0), ..Expectation::default() },
            expects_standard: Expectation {
                obstructive_minutes: about(18.6),
                refused: about(6.4),
                ..Expectation::default()
            },
            ..tenth
        },
        Scenario {
            wiki: creations("accounts", 100.0),
            rule: Rule { kind_share: 0.02, ..accounts.rule },
            expects_compat: Expectation { destructive_minutes: NEVER, blocked: about(100.0), ..Expectation::default() },
            expects_standard: Expectation {
                destructive_minutes: about(180.0),
                blocked: Some(Wanted::Disputed(9.0, TOO_FEW)),
                refused: Some(Wanted::Disputed(10.9, TOO_FEW)),
                ..Expectation::default()
            },
            ..accounts
        },
        Scenario {
            rule: Rule { is_effective: false, ..limit.rule },
            attack: Some(Attack { attempts: 97, addresses: 8, ranges: 8, standing: 0, minutes: 240.0 }),
            expects_compat: Expectation { passed: about(85.0), ..Expectation::default() },
            expects_standard: Expectation { destructive_minutes: NEVER, blocked: NEVER, ..HOLDS },
            ..limit
        },
    ]
}

fn quiet_traffic() -> Vec<Scenario> {
    let quiet = |share, title| {
        let scenario = plain("12", title);
        Scenario {
            traffic: Traffic { share, ..Traffic::EVEN },
            rule: Rule { consequences: DISALLOW, ..scenario.rule },
            attack: Some(Attack { attempts: 3_000, addresses: 900, ranges: 300, standing: 0, minutes: 24.0 * 60.0 }),
            expects_standard: HOLDS,
            ..scenario
        }
    };
    vec![
        quiet(1.0, "24 h flood, traffic as usual, disallow"),
        quiet(0.7, "24 h flood, traffic at 70 %, disallow"),
        quiet(0.5, "24 h flood, traffic at 50 %, disallow"),
        quiet(0.3, "24 h flood, traffic at 30 %, disallow"),
    ]
}

/// What AbuseFilter never sees: a farm-wide filter that is bad on other wikis than the central one.
fn farm() -> Scenario {
    let scenario = plain("13", "farm-wide filter matches everybody on 12 of 20 wikis, block");
    Scenario {
        rule: Rule { matches: 1.0, ..scenario.rule },
        farm: Farm { wikis: 20, concerned: 12, apart_minutes: 0.0 },
        hours: 6.0,
        expects_compat: Expectation { farm_destructive_minutes: NEVER, ..Expectation::NONE },
        expects_standard: Expectation {
            // Sooner than a wiki of this size alone, which takes 19 and 34 minutes: the third of twelve comes early.
            farm_destructive_minutes: Some(Wanted::AtMost(19.0)),
            farm_obstructive_minutes: Some(Wanted::AtMost(34.0)),
            // No more than on twelve wikis, each by itself.
            blocked: Some(Wanted::AtMost(12.0 * 3.2)),
            refused: Some(Wanted::AtMost(12.0 * 6.3)),
            ..Expectation::NONE
        },
        ..scenario
    }
}

/// After a reactivation the next single match does not latch again.
fn reactivations() -> Vec<Scenario> {
    let at_least = |least| Some(Wanted::AtLeast(least));
    let at_most = |most| Some(Wanted::AtMost(most));
    let bought = plain("14", "six bought accounts, reactivated as an attack, disallow");
    let bad = plain("15", "matches everybody, reactivated five times, disallow");
    let flood = plain("16", "flood of 40 addresses, reactivated as right, block");
    vec![
        Scenario {
            rule: Rule { consequences: DISALLOW, ..bought.rule },
            attack: Some(Attack { attempts: 240, addresses: 6, ranges: 3, standing: 6, minutes: 240.0 }),
            reactivation: Some(Reactivation { after_minutes: 10.0, reason: Reason::Attack, times: 3 }),
            hours: 5.0,
            expects_compat: Expectation { passed: NEVER, ..Expectation::NONE },
            expects_standard: Expectation { relatched: NEVER, passed: about(10.0), ..Expectation::NONE },
            ..bought
        },
        Scenario {
            rule: Rule { matches: 1.0, consequences: DISALLOW, ..bad.rule },
            reactivation: Some(Reactivation { after_minutes: 30.0, reason: Reason::Other, times: 5 }),
            expects_compat: Expectation { matches_to_relatch: about(4.0), ..Expectation::NONE },
            // As many new people as a latch of refusals needs.
            expects_standard: Expectation {
                relatched: about(5.0),
                matches_to_relatch: at_least(5.0),
                ..Expectation::NONE
            },
            ..bad
        },
        Scenario {
            attack: Some(Attack { attempts: 120, addresses: 40, ranges: 25, standing: 0, minutes: 60.0 }),
            reactivation: Some(Reactivation { after_minutes: 5.0, reason: Reason::Accepted, times: 1 }),
            hours: 2.0,
            expects_compat: Expectation { matches_to_relatch: about(4.0), ..Expectation::NONE },
            // Ten addresses until the ceiling is reached, and twice as many until the doubled one is.
            expects_standard: Expectation {
                matches_to_relatch: at_least(21.0),
                attackers_blocked: at_most(30.0),
                ..HOLDS
            },
            ..flood
        },
    ]
}

/// While nothing can be written, nothing is destroyed; the brake goes on counting.
fn outages() -> Vec<Scenario> {
    let harm = plain("17", "matches everybody, nothing can be written for an hour, block");
    let flood = plain("18", "flood of 40 addresses, nothing can be written, block");
    let away = |minutes| Some(Outage { begins_minutes: 0.0, minutes, softens: true, restarts: false });
    let nearly_nobody = Some(Wanted::AtMost(0.5));
    vec![
        Scenario {
            rule: Rule { matches: 1.0, ..harm.rule },
            outage: away(60.0),
            expects_compat: Expectation { blocked: nearly_nobody, ..Expectation::NONE },
            expects_standard: Expectation {
                obstructive_minutes: about(34.0),
                blocked: nearly_nobody,
                refused: about(6.3),
                ..Expectation::NONE
            },
            ..harm
        },
        Scenario {
            attack: Some(Attack { attempts: 120, addresses: 40, ranges: 25, standing: 0, minutes: 60.0 }),
            outage: away(90.0),
            hours: 2.0,
            expects_compat: Expectation { passed: NEVER, ..Expectation::NONE },
            expects_standard: Expectation { attackers_blocked: Some(Wanted::AtMost(1.0)), ..HOLDS },
            ..flood
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scenario_wants_something_of_both_algorithms_but_the_last() {
        let all = scenarios();
        assert_eq!(all.len(), 26);
        for scenario in &all {
            assert_ne!(scenario.expects_standard, Expectation::default(), "{}", scenario.title);
            assert!(scenario.number == "12" || scenario.expects_compat != Expectation::default(), "{}", scenario.title);
        }
    }
}
