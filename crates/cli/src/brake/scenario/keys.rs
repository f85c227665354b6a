//! The keys that a scenario file may have.

/// What a value of a key looks like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A number from the first to the second.
    Number(f64, f64),
    /// A whole number from the first to the second.
    Count(u32, u32),
    /// `true` or `false`.
    Flag,
    /// A text.
    Text,
    /// One of these words.
    One(&'static [&'static str]),
    /// A list of these words.
    Some(&'static [&'static str]),
    /// A number that is expected within 30 %, `"never"`, `"at most 5"`, or `"at least 5"`.
    Wanted,
}

/// A key of a scenario file.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Where it stands, as in `wiki.people`.
    pub path: &'static str,
    /// What its value looks like.
    pub kind: Kind,
    /// What it is if it is not there, in words.
    pub default: &'static str,
    /// What it means; Markdown.
    pub meaning: &'static str,
}

const fn key(path: &'static str, kind: Kind, default: &'static str, meaning: &'static str) -> Key {
    Key { path, kind, default, meaning }
}

/// Names of sizes of wikis.
pub(super) const SIZES: [&str; 4] = ["tiny", "small", "mid", "big"];

/// Names of consequences.
pub(crate) const CONSEQUENCES: [&str; 6] = ["block", "rangeblock", "blockautopromote", "degroup", "disallow", "warn"];

/// Reasons of a reactivation.
const REASONS: [&str; 3] = ["attack", "accepted", "other"];

/// What a wiki may say about times in which nothing can be written.
const ON_STORE_FAILURE: [&str; 2] = ["soften", "ignore"];

const SHARE: Kind = Kind::Number(0.0, 1.0);
const RATE: Kind = Kind::Number(0.000_001, 0.999_999);
const PEOPLE: Kind = Kind::Count(2, 16);
const THRESHOLD: Kind = Kind::Number(1.0, 30.0);
const EXPECTED: Kind = Kind::Number(1.0, 1_000.0);
const ORIGINS: Kind = Kind::Count(2, 64);
const CAP: Kind = Kind::Count(1, 500);

/// All keys, in the order of the book.
pub const KEYS: [Key; 96] = [
    key("title", Kind::Text, "the file's name", "What happens, in a few words."),
    key("hours", Kind::Number(0.01, 1_440.0), "24", "Hours that are looked at."),
    key(
        "begins_hours",
        Kind::Number(0.0, 1_440.0),
        "0",
        "Hours after the save at which the rule begins to match people and the attack begins. Times to a latch count from there.",
    ),
    key("wiki.size", Kind::One(&SIZES), "`small`", "A wiki to begin with: `tiny`, `small`, `mid` or `big`."),
    key(
        "wiki.actions_per_day",
        Kind::Number(0.1, 1_000_000.0),
        "that of the size",
        "Actions of the kind that the filter judges.",
    ),
    key("wiki.people", Kind::Count(0, 1_000_000), "that of the size", "People in good standing who do such actions."),
    key("wiki.their_share", SHARE, "that of the size", "Share of the actions that are theirs."),
    key(
        "wiki.zeal",
        Kind::Number(0.0, 3.0),
        "that of the size",
        "How unequally they act: the k-th busiest acts `1 / k^zeal` as often as the busiest.",
    ),
    key(
        "wiki.days_known",
        Kind::Number(0.0, 28.0),
        "that of the size",
        "Days of which the brake has data at the save.",
    ),
    key(
        "wiki.feedback",
        Kind::Flag,
        "`true`",
        "Whether the wiki tells what came of actions. Without it missing traffic alone never stops refusals.",
    ),
    key(
        "traffic.share",
        Kind::Number(0.0, 100.0),
        "1",
        "Traffic that comes while it is looked at, as a share of the usual.",
    ),
    key(
        "traffic.baseline_error",
        Kind::Number(0.0, 3.0),
        "0",
        "How wrong the usual is: each run's traffic has a factor of its own, `exp` of a normal number with this deviation.",
    ),
    key(
        "traffic.rhythm",
        SHARE,
        "0",
        "How much more happens at the busiest than at the mean hour of the day, and less at the quietest.",
    ),
    key(
        "traffic.burst",
        Kind::Number(1.0, 1_000.0),
        "1",
        "Mean number of actions that one person does one after another.",
    ),
    key("traffic.burst_gap_seconds", Kind::Number(0.1, 86_400.0), "60", "Mean time between two of them."),
    key("filter.consequences", Kind::Some(&CONSEQUENCES), "`[\"block\"]`", "What it does."),
    key(
        "filter.matches",
        SHARE,
        "0",
        "Share of ordinary actions that the rule matches once it is bad. 0 is a good rule.",
    ),
    key(
        "filter.acts_on_people",
        Kind::Flag,
        "`true`",
        "`false` for a rate limit: the rule matches, but its consequences are for attackers only.",
    ),
    key(
        "filter.share_of_group",
        Kind::Number(0.000_1, 1.0),
        "1",
        "Of all actions that AbuseFilter counts together, the share that is of this kind.",
    ),
    key(
        "attack.attempts",
        Kind::Count(1, 1_000_000),
        "100",
        "Attempts that the rule matches. Without `[attack]` there are none.",
    ),
    key("attack.addresses", Kind::Count(1, 1_000_000), "20", "Accounts and addresses that they come from."),
    key("attack.ranges", Kind::Count(1, 1_000_000), "10", "Address ranges of these."),
    key(
        "attack.in_standing",
        Kind::Count(0, 1_000_000),
        "0",
        "Of the accounts, those in good standing: bought or stolen.",
    ),
    key("attack.minutes", Kind::Number(0.01, 86_400.0), "60", "Minutes over which the attempts are spread."),
    key(
        "farm.wikis",
        Kind::Count(2, 100),
        "10",
        "Wikis that the filter is for, each with traffic of its own. Without `[farm]` there is one. The first is the central one.",
    ),
    key(
        "farm.concerned",
        Kind::Count(1, 100),
        "all",
        "Wikis on which the rule is bad and the attack comes: the last ones, the central one only if it is all.",
    ),
    key(
        "farm.apart_minutes",
        Kind::Number(0.0, 1_440.0),
        "0",
        "So much later on each of these wikis than on the one before.",
    ),
    key(
        "reactivation.after_minutes",
        Kind::Number(0.0, 86_400.0),
        "10",
        "A person reactivates the filter so long after a latch, on all wikis at once. Without `[reactivation]` nobody does.",
    ),
    key(
        "reactivation.reason",
        Kind::One(&REASONS),
        "`other`",
        "Why: after `attack` people of the evidence do not count any more; after `accepted` they are known as rightly hit.",
    ),
    key("reactivation.times", Kind::Count(1, 100), "1", "How often at most."),
    key(
        "outage.begins_minutes",
        Kind::Number(0.0, 86_400.0),
        "0",
        "When the service cannot write down any more what the brake knows, counted from the moment the rule turns bad. Without \
         `[outage]` it always can.",
    ),
    key("outage.minutes", Kind::Number(0.01, 86_400.0), "60", "For how long."),
    key(
        "outage.on_store_failure",
        Kind::One(&ON_STORE_FAILURE),
        "`soften`",
        "The wiki's setting: `soften` withholds class D meanwhile, from ten seconds on; `ignore` changes nothing. Of the \
         service, so that it holds for the profile `compat`, too.",
    ),
    key(
        "outage.restart",
        Kind::Flag,
        "`false`",
        "Whether the service is started anew at its end: it has forgotten what it could not write.",
    ),
    key(
        "brake.missing",
        Kind::Flag,
        "`true`",
        "Whether missing traffic counts as evidence; `false` as under a lockdown.",
    ),
    key(
        "brake.destructive.tolerated",
        RATE,
        "0.002",
        "Class D: share of observations of people in standing that may be hit.",
    ),
    key("brake.destructive.intolerable", RATE, "0.05", "The share that may not."),
    key("brake.destructive.threshold_min", Kind::Number(0.1, 14.5), "6.4", "Least threshold of the sum."),
    key("brake.destructive.threshold_max", THRESHOLD, "14.5", "The greatest, however many people there are."),
    key("brake.destructive.people", PEOPLE, "3", "Distinct people who must have been hit."),
    key("brake.destructive.ranges", Kind::Count(1, 16), "2", "Distinct ranges they must come from."),
    key("brake.obstructive.tolerated", RATE, "0.01", "The same for class O."),
    key("brake.obstructive.intolerable", RATE, "0.2", "As above."),
    key("brake.obstructive.threshold_min", Kind::Number(0.1, 14.5), "7.5", "As above."),
    key("brake.obstructive.threshold_max", THRESHOLD, "14.5", "As above."),
    key("brake.obstructive.people", PEOPLE, "5", "As above."),
    key("brake.obstructive.ranges", Kind::Count(1, 16), "3", "As above."),
    key("brake.nuisance.tolerated", RATE, "0.05", "The same for class N."),
    key("brake.nuisance.intolerable", RATE, "0.5", "As above."),
    key("brake.nuisance.threshold_min", Kind::Number(0.1, 14.5), "9", "As above."),
    key("brake.nuisance.threshold_max", THRESHOLD, "14.5", "As above."),
    key("brake.nuisance.people", PEOPLE, "8", "As above."),
    key("brake.nuisance.ranges", Kind::Count(1, 16), "3", "As above."),
    key(
        "brake.small.times",
        Kind::Count(0, 16),
        "2",
        "A wiki with fewer than so many times the people asked for is small: half are enough.",
    ),
    key("brake.small.ranges", Kind::Count(1, 16), "2", "Most ranges that are asked for there."),
    key(
        "brake.small.ranges_a_day",
        Kind::Count(0, 100),
        "4",
        "With people from fewer ranges a day one range is enough.",
    ),
    key("brake.episode.expected", EXPECTED, "6", "Least expected observations before missing traffic means anything."),
    key("brake.episode.threshold_min", THRESHOLD, "5.5", "Least threshold of the evidence."),
    key("brake.episode.threshold_max", THRESHOLD, "12", "The greatest, however much happens in a day."),
    key("brake.episode.destructive_origins", ORIGINS, "4", "Distinct origins that must have been matched for class D."),
    key("brake.episode.obstructive_origins", ORIGINS, "6", "For class O."),
    key(
        "brake.episode.quiet_hours",
        Kind::Number(0.25, 168.0),
        "1",
        "Hours without a match after which an episode ends,",
    ),
    key("brake.episode.quiet_expected", EXPECTED, "6", "unless fewer observations than these are expected in them."),
    key("brake.ceiling.per_hour", CAP, "10", "Most distinct targets of class D in an hour."),
    key("brake.ceiling.per_day", CAP, "50", "In a day."),
    key("brake.ceiling.range_blocks_per_hour", CAP, "3", "Most ranges blocked in an hour."),
    key("brake.ceiling.range_blocks_per_day", CAP, "10", "In a day."),
    key("brake.ceiling.degroups_per_hour", CAP, "2", "Most people removed from groups in an hour."),
    key("brake.ceiling.degroups_per_day", CAP, "5", "In a day."),
    key("abusefilter.threshold", Kind::Number(0.0, 1.0), "0.05", "`AbuseFilterEmergencyDisableThreshold`."),
    key("abusefilter.count", Kind::Count(0, 1_000_000), "2", "`AbuseFilterEmergencyDisableCount`."),
    key("abusefilter.age_hours", Kind::Number(0.0, 8_760.0), "24", "`AbuseFilterEmergencyDisableAge`, in hours."),
    wanted(
        "expect.standard.destructive_minutes",
        "Minutes to a latch of class D by the profile `standard`, on average.",
    ),
    wanted("expect.standard.obstructive_minutes", "Of class O."),
    wanted("expect.standard.nuisance_minutes", "Of class N."),
    wanted("expect.standard.blocked", "People who meant well and were blocked, or lost something else."),
    wanted("expect.standard.refused", "Their actions that were refused, those included."),
    wanted("expect.standard.passed", "Attempts that passed."),
    wanted("expect.standard.attackers_blocked", "Accounts and addresses of the attack that were blocked."),
    wanted("expect.standard.farm_destructive_minutes", "Minutes to a latch of class D on all wikis of the farm."),
    wanted("expect.standard.farm_obstructive_minutes", "Of class O."),
    wanted("expect.standard.wikis_latched", "Wikis that latched by themselves."),
    wanted("expect.standard.relatched", "Times that it latched again after a person had reactivated it."),
    wanted(
        "expect.standard.matches_to_relatch",
        "Fewest effective matches from a reactivation to the next latch in any run, the one that latched included.",
    ),
    wanted("expect.compat.destructive_minutes", "The same by AbuseFilter's algorithm."),
    wanted("expect.compat.obstructive_minutes", "As above."),
    wanted("expect.compat.nuisance_minutes", "As above."),
    wanted("expect.compat.blocked", "As above."),
    wanted("expect.compat.refused", "As above."),
    wanted("expect.compat.passed", "As above."),
    wanted("expect.compat.attackers_blocked", "As above."),
    wanted("expect.compat.farm_destructive_minutes", "A latch on the central wiki, which binds all."),
    wanted("expect.compat.farm_obstructive_minutes", "As above."),
    wanted("expect.compat.wikis_latched", "As above."),
    wanted("expect.compat.relatched", "As above."),
    wanted("expect.compat.matches_to_relatch", "As above."),
];

const fn wanted(path: &'static str, meaning: &'static str) -> Key {
    key(path, Kind::Wanted, "not looked at", meaning)
}
