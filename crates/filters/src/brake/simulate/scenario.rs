//! The worked scenarios, and what both algorithms are known to do in them.

/// A wiki.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WikiSize {
    /// Its name.
    pub name: &'static str,
    /// Actions of the kind a day.
    pub per_day: f64,
    /// People in good standing.
    pub people: u32,
    /// Share of the actions that are theirs.
    pub good_share: f64,
    /// How unequally they act: the k-th busiest acts `1 / k^zeal` as often as the busiest.
    pub zeal: f64,
}

/// 20 actions a day by 8 people in standing.
pub(super) const TINY: WikiSize = WikiSize { name: "tiny", per_day: 20.0, people: 8, good_share: 0.6, zeal: 0.7 };
/// 300 by 80.
pub(super) const SMALL: WikiSize = WikiSize { name: "small", per_day: 300.0, people: 80, good_share: 0.7, zeal: 0.95 };
/// 5,000 by 900.
pub(super) const MID: WikiSize = WikiSize { name: "mid", per_day: 5_000.0, people: 900, good_share: 0.77, zeal: 0.92 };
/// 150,000 by 20,000.
pub(super) const BIG: WikiSize =
    WikiSize { name: "big", per_day: 150_000.0, people: 20_000, good_share: 0.8, zeal: 0.9 };

/// What the filter does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consequences {
    /// It blocks and thereby refuses.
    Block,
    /// It takes autopromotion away and thereby refuses; who met it acts on.
    BlockAutopromote,
    /// It refuses.
    Disallow,
}

/// Attempts that the rule is meant for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attack {
    /// How many, evenly spread by chance.
    pub attempts: u32,
    /// From so many addresses.
    pub addresses: u32,
    /// In so many ranges.
    pub ranges: u32,
    /// Within so many minutes.
    pub minutes: f64,
}

/// One figure of the table: what it should be, within 30 %.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Expectation {
    /// Minutes to a latch of destructive consequences; 0 says never.
    pub destructive: Option<f64>,
    /// Minutes to a latch of refusals; 0 says never.
    pub obstructive: Option<f64>,
    /// People who meant well and were blocked.
    pub blocked: Option<f64>,
    /// Their actions that were refused.
    pub refused: Option<f64>,
    /// Attempts that passed.
    pub passed: Option<f64>,
}

/// A scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Its number in the table.
    pub number: &'static str,
    /// What happens.
    pub title: &'static str,
    /// Where.
    pub wiki: WikiSize,
    /// Share of normal traffic that comes, of what usually does.
    pub traffic: f64,
    /// How much more comes at the busiest than at the mean time of a day, 0 to 1; as much less at the quietest.
    pub rhythm: f64,
    /// What the filter does.
    pub consequences: Consequences,
    /// Share of normal actions that the rule matches once it is bad.
    pub matches: f64,
    /// Whether those matches have consequences; not below a rate limit.
    pub is_effective: bool,
    /// Hours after the save at which that begins, and at which the attack begins.
    pub begins_hours: f64,
    /// The attack, if there is one.
    pub attack: Option<Attack>,
    /// Hours that are looked at from then on.
    pub hours: f64,
    /// `EmergencyDisableCount` of AbuseFilter.
    pub af_count: u64,
    /// Of all actions of AbuseFilter's group, the share that is of this kind.
    pub kind_share: f64,
    /// What AbuseFilter does.
    pub af: Expectation,
    /// What the brake does.
    pub standard: Expectation,
}

const NORMAL: Scenario = Scenario {
    number: "",
    title: "",
    wiki: SMALL,
    traffic: 1.0,
    rhythm: 0.0,
    consequences: Consequences::Block,
    matches: 0.0,
    is_effective: true,
    begins_hours: 0.0,
    attack: None,
    hours: 24.0,
    af_count: 2,
    kind_share: 1.0,
    af: NOTHING,
    standard: NOTHING,
};

const NOTHING: Expectation =
    Expectation { destructive: None, obstructive: None, blocked: None, refused: None, passed: None };

/// Account creations, twelve a day, by nobody in standing.
const CREATIONS: WikiSize = WikiSize { name: "small, accounts", per_day: 12.0, people: 0, good_share: 0.0, zeal: 0.0 };

/// Account creations on a middling wiki: 2 % of its actions.
const MID_CREATIONS: WikiSize =
    WikiSize { name: "mid, accounts", per_day: 100.0, people: 0, good_share: 0.0, zeal: 0.0 };

fn expected(
    destructive: impl Into<Option<f64>>,
    obstructive: impl Into<Option<f64>>,
    blocked: impl Into<Option<f64>>,
    refused: impl Into<Option<f64>>,
    passed: impl Into<Option<f64>>,
) -> Expectation {
    Expectation {
        destructive: destructive.into(),
        obstructive: obstructive.into(),
        blocked: blocked.into(),
        refused: refused.into(),
        passed: passed.into(),
    }
}

/// All scenarios of the table.
pub fn scenarios() -> Vec<Scenario> {
    let mut all = attacks();
    all.extend(harm_at_once());
    all.extend(harm_later());
    all.extend(quiet_traffic());
    all
}

fn attacks() -> Vec<Scenario> {
    let flood = |number, title, wiki, consequences, attack, hours| Scenario {
        number,
        title,
        wiki,
        consequences,
        attack: Some(attack),
        hours,
        ..NORMAL
    };
    let block = Consequences::Block;
    let one = Attack { attempts: 5, addresses: 1, ranges: 1, minutes: 5.0 };
    let many = Attack { attempts: 120, addresses: 40, ranges: 25, minutes: 60.0 };
    let accounts = Attack { attempts: 200, addresses: 60, ranges: 40, minutes: 120.0 };
    let refused = Attack { attempts: 1_000, addresses: 500, ranges: 300, minutes: 360.0 };
    vec![
        Scenario {
            af: expected(None, None, None, None, 1.0),
            standard: expected(0.0, 0.0, 0.0, 0.0, 0.0),
            ..flood(
                "1",
                "five attempts by one account right after a save",
                SMALL,
                Consequences::BlockAutopromote,
                one,
                1.0,
            )
        },
        Scenario {
            af: expected(2.4, None, None, None, 98.0),
            standard: expected(5.6, 0.0, None, None, 0.0),
            ..flood("2", "flood of 40 addresses, block", SMALL, block, many, 2.0)
        },
        Scenario {
            af: expected(2.6, None, None, None, 182.0),
            standard: expected(6.8, 0.0, None, None, 0.0),
            ..flood("3", "flood of account creations, block", CREATIONS, block, accounts, 3.0)
        },
        Scenario {
            af: expected(None, None, None, None, 0.0),
            standard: expected(0.0, 0.0, None, None, 0.0),
            ..flood("4", "flood of 500 addresses, disallow", SMALL, Consequences::Disallow, refused, 7.0)
        },
    ]
}

fn harm_at_once() -> Vec<Scenario> {
    let everybody = Scenario { matches: 1.0, ..NORMAL };
    let block = |wiki, af: Expectation, standard| Scenario {
        number: "5",
        title: "matches everybody from the save on, block",
        wiki,
        af,
        standard,
        ..everybody.clone()
    };
    let disallow = |wiki, refused_by_af, standard| Scenario {
        number: "6",
        title: "matches everybody from the save on, disallow",
        wiki,
        consequences: Consequences::Disallow,
        af: expected(None, None, None, refused_by_af, None),
        standard,
        ..everybody.clone()
    };
    let af = expected(None, None, 4.0, None, None);
    vec![
        block(TINY, af, expected(445.0, 652.0, 4.9, 7.0, None)),
        block(SMALL, af, expected(19.0, 34.0, 3.2, 6.3, None)),
        block(MID, af, expected(1.1, 1.8, 3.2, 6.0, None)),
        Scenario {
            number: "5b",
            af_count: 25,
            hours: 1.0,
            ..block(BIG, expected(None, None, 27.0, None, None), expected(None, None, 3.0, 5.4, None))
        },
        disallow(TINY, 21.0, expected(None, 582.0, None, 8.6, None)),
        disallow(SMALL, 300.0, expected(None, 34.0, None, 6.7, None)),
        disallow(MID, 5_049.0, expected(None, 1.8, None, 6.2, None)),
    ]
}

fn harm_later() -> Vec<Scenario> {
    let later = |number, title, begins_hours, hours| Scenario {
        number,
        title,
        wiki: MID,
        matches: 1.0,
        begins_hours,
        hours,
        ..NORMAL
    };
    vec![
        Scenario {
            af: expected(90.0, None, 223.0, None, None),
            standard: expected(1.3, None, 4.6, None, None),
            ..later("7", "turns bad 20 h after the save, block", 20.0, 6.0)
        },
        Scenario {
            af: expected(0.0, None, 673.0, None, None),
            standard: expected(2.0, None, 4.6, None, None),
            ..later("8", "turns bad 30 h after the save, block", 30.0, 6.0)
        },
        Scenario {
            matches: 0.1,
            consequences: Consequences::Disallow,
            af: expected(None, None, None, 490.0, None),
            standard: expected(None, 18.6, None, 6.4, None),
            ..later("9", "matches a tenth of everybody, disallow", 0.0, 24.0)
        },
        Scenario {
            wiki: MID_CREATIONS,
            kind_share: 0.02,
            af: expected(0.0, None, 100.0, None, None),
            // A hundred a day are a dozen in three hours: fewer can be blocked until then only by luck.
            standard: expected(180.0, None, None, None, None),
            ..later("10", "matches all account creations, 2 % of actions, block", 0.0, 24.0)
        },
        Scenario {
            is_effective: false,
            attack: Some(Attack { attempts: 97, addresses: 8, ranges: 8, minutes: 240.0 }),
            af: expected(None, None, None, None, 85.0),
            standard: expected(0.0, 0.0, 0.0, 0.0, 0.0),
            ..later("11", "rate limit: consequences for 8 vandals only, block", 2.0, 6.0)
        },
    ]
}

fn quiet_traffic() -> Vec<Scenario> {
    let quiet = |traffic, title| Scenario {
        number: "12",
        title,
        traffic,
        consequences: Consequences::Disallow,
        attack: Some(Attack { attempts: 3_000, addresses: 900, ranges: 300, minutes: 24.0 * 60.0 }),
        standard: expected(None, 0.0, None, None, 0.0),
        ..NORMAL
    };
    vec![
        quiet(1.0, "24 h flood, traffic as usual, disallow"),
        quiet(0.7, "24 h flood, traffic at 70 %, disallow"),
        quiet(0.5, "24 h flood, traffic at 50 %, disallow"),
        quiet(0.3, "24 h flood, traffic at 30 %, disallow"),
    ]
}
