//! Scenario files: TOML, each key of which is in [`KEYS`].
//!
//! Whatever is wrong names the file, the line and the key, and what to do.

mod keys;
mod read;

pub(super) use keys::CONSEQUENCES;
pub use keys::{KEYS, Key, Kind};
pub(super) use read::load;

use wikiward_filters::brake::Limits;
use wikiward_filters::brake::compat::CompatLimits;
use wikiward_filters::brake::limits::{Cap, HarmLimits, MissingLimits, SmallWiki};
use wikiward_filters::brake::simulate::{
    Attack, Consequences, Expectation, Figure, Outage, Reactivation, Reason, Rule, Scenario, Size, Traffic, Wanted,
};

/// A value of a key.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Number(f64),
    Count(u32),
    Flag(bool),
    Text(String),
    Words(Vec<String>),
    Wanted(Wanted),
}

/// The consequences with these names; unknown ones are left out.
pub(super) fn consequences<'a>(names: impl IntoIterator<Item = &'a str>) -> Consequences {
    let mut all = Consequences::default();
    for name in names {
        match name {
            "block" => all.block = true,
            "rangeblock" => all.block_range = true,
            "blockautopromote" => all.take_autopromotion = true,
            "degroup" => all.degroup = true,
            "disallow" => all.disallow = true,
            "warn" | "showcaptcha" => all.warn = true,
            _ => {}
        }
    }
    all
}

/// What a file without keys says.
fn plain(title: &str) -> Scenario {
    Scenario::plain("–", title, Size::Small.wiki())
}

/// Puts a value where its key says. A value of another kind than its key's is left out: reading has refused it.
fn set(scenario: &mut Scenario, path: &str, value: Value) {
    let (table, name) = path.rsplit_once('.').unwrap_or(("", path));
    match table {
        "" => top(scenario, name, value),
        "wiki" => wiki(scenario, name, value),
        "traffic" => traffic(&mut scenario.traffic, name, &value),
        "filter" => filter(&mut scenario.rule, name, value),
        "attack" => attack(scenario, name, &value),
        "farm" => farm(scenario, name, &value),
        "reactivation" => reactivation(scenario, name, value),
        "outage" => outage(scenario, name, value),
        "brake" => {
            if let Value::Flag(flag) = value {
                let kept = scenario.limits.missing.unwrap_or_default();
                scenario.limits.missing = flag.then_some(kept);
            }
        }
        "brake.destructive" => harm(&mut scenario.limits.destructive, name, &value),
        "brake.obstructive" => harm(&mut scenario.limits.obstructive, name, &value),
        "brake.nuisance" => harm(&mut scenario.limits.nuisance, name, &value),
        "brake.episode" => {
            if let Some(limits) = &mut scenario.limits.missing {
                episode(limits, name, &value);
            }
        }
        "brake.small" => {
            for limits in
                [&mut scenario.limits.destructive, &mut scenario.limits.obstructive, &mut scenario.limits.nuisance]
            {
                small(&mut limits.small, name, &value);
            }
        }
        "brake.ceiling" => ceiling(&mut scenario.limits, name, &value),
        "abusefilter" => compat(&mut scenario.compat, name, &value),
        "expect.standard" => expect(&mut scenario.expects_standard, name, &value),
        "expect.compat" => expect(&mut scenario.expects_compat, name, &value),
        _ => {}
    }
}

fn top(scenario: &mut Scenario, name: &str, value: Value) {
    match (name, value) {
        ("title", Value::Text(title)) => scenario.title = title,
        ("hours", Value::Number(hours)) => scenario.hours = hours,
        ("begins_hours", Value::Number(hours)) => scenario.begins_hours = hours,
        _ => {}
    }
}

fn wiki(scenario: &mut Scenario, name: &str, value: Value) {
    let wiki = &mut scenario.wiki;
    match (name, value) {
        ("size", Value::Text(size)) => {
            if let Some(size) = Size::ALL.into_iter().find(|it| it.name() == size) {
                *wiki = size.wiki();
            }
            return;
        }
        ("actions_per_day", Value::Number(number)) => wiki.per_day = number,
        ("people", Value::Count(count)) => wiki.people = count,
        ("their_share", Value::Number(share)) => wiki.good_share = share,
        ("zeal", Value::Number(zeal)) => wiki.zeal = zeal,
        ("days_known", Value::Number(days)) => wiki.days = days,
        ("feedback", Value::Flag(flag)) => wiki.has_feedback = flag,
        _ => {}
    }
    "own".clone_into(&mut wiki.name);
}

fn traffic(traffic: &mut Traffic, name: &str, value: &Value) {
    let Value::Number(number) = *value else { return };
    match name {
        "share" => traffic.share = number,
        "baseline_error" => traffic.baseline_error = number,
        "rhythm" => traffic.rhythm = number,
        "burst" => traffic.burst = number,
        "burst_gap_seconds" => traffic.burst_gap_s = number,
        _ => {}
    }
}

fn filter(rule: &mut Rule, name: &str, value: Value) {
    match (name, value) {
        ("consequences", Value::Words(names)) => rule.consequences = consequences(names.iter().map(String::as_str)),
        ("matches", Value::Number(share)) => rule.matches = share,
        ("acts_on_people", Value::Flag(flag)) => rule.is_effective = flag,
        ("share_of_group", Value::Number(share)) => rule.kind_share = share,
        _ => {}
    }
}

fn attack(scenario: &mut Scenario, name: &str, value: &Value) {
    let attack =
        scenario.attack.get_or_insert(Attack { attempts: 100, addresses: 20, ranges: 10, standing: 0, minutes: 60.0 });
    match (name, value) {
        ("attempts", Value::Count(count)) => attack.attempts = *count,
        ("addresses", Value::Count(count)) => attack.addresses = *count,
        ("ranges", Value::Count(count)) => attack.ranges = *count,
        ("in_standing", Value::Count(count)) => attack.standing = *count,
        ("minutes", Value::Number(minutes)) => attack.minutes = *minutes,
        _ => {}
    }
}

/// A farm that nobody said more about: ten wikis, the rule bad on all of them.
const FARM_WIKIS: u32 = 10;

fn farm(scenario: &mut Scenario, name: &str, value: &Value) {
    let farm = &mut scenario.farm;
    match (name, value) {
        ("wikis", Value::Count(count)) => {
            farm.wikis = *count;
            farm.concerned = *count;
        }
        (_, Value::Count(_) | Value::Number(_)) if farm.wikis == 1 => {
            farm.wikis = FARM_WIKIS;
            farm.concerned = FARM_WIKIS;
            self::farm(scenario, name, value);
        }
        ("concerned", Value::Count(count)) => farm.concerned = *count,
        ("apart_minutes", Value::Number(minutes)) => farm.apart_minutes = *minutes,
        _ => {}
    }
}

fn reactivation(scenario: &mut Scenario, name: &str, value: Value) {
    let plain = Reactivation { after_minutes: 10.0, reason: Reason::Other, times: 1 };
    let reactivation = scenario.reactivation.get_or_insert(plain);
    match (name, value) {
        ("after_minutes", Value::Number(minutes)) => reactivation.after_minutes = minutes,
        ("times", Value::Count(times)) => reactivation.times = times,
        ("reason", Value::Text(reason)) => {
            reactivation.reason = match reason.as_str() {
                "attack" => Reason::Attack,
                "accepted" => Reason::Accepted,
                _ => Reason::Other,
            }
        }
        _ => {}
    }
}

fn outage(scenario: &mut Scenario, name: &str, value: Value) {
    let plain = Outage { begins_minutes: 0.0, minutes: 60.0, softens: true, restarts: false };
    let outage = scenario.outage.get_or_insert(plain);
    match (name, value) {
        ("begins_minutes", Value::Number(minutes)) => outage.begins_minutes = minutes,
        ("minutes", Value::Number(minutes)) => outage.minutes = minutes,
        ("on_store_failure", Value::Text(word)) => outage.softens = word == "soften",
        ("restart", Value::Flag(flag)) => outage.restarts = flag,
        _ => {}
    }
}

fn harm(limits: &mut HarmLimits, name: &str, value: &Value) {
    match (name, value) {
        ("tolerated", Value::Number(share)) => limits.tolerated = *share,
        ("intolerable", Value::Number(share)) => limits.intolerable = *share,
        ("threshold_min", Value::Number(least)) => limits.threshold_min = *least,
        ("threshold_max", Value::Number(most)) => limits.threshold_max = *most,
        ("people", Value::Count(people)) => limits.people_min = *people,
        ("ranges", Value::Count(ranges)) => limits.ranges_min = *ranges,
        _ => {}
    }
}

fn episode(limits: &mut MissingLimits, name: &str, value: &Value) {
    match (name, value) {
        ("expected", Value::Number(least)) => limits.expected_min = *least,
        ("threshold_min", Value::Number(least)) => limits.threshold_min = *least,
        ("threshold_max", Value::Number(most)) => limits.threshold_max = *most,
        ("destructive_origins", Value::Count(origins)) => limits.destructive_origins = *origins,
        ("obstructive_origins", Value::Count(origins)) => limits.obstructive_origins = *origins,
        ("quiet_hours", Value::Number(hours)) => limits.quiet.seconds = *hours * 3_600.0,
        ("quiet_expected", Value::Number(expected)) => limits.quiet.expected = *expected,
        _ => {}
    }
}

fn small(limits: &mut SmallWiki, name: &str, value: &Value) {
    let Value::Count(count) = *value else { return };
    match name {
        "times" => limits.people_times = count,
        "ranges" => limits.ranges_max = count,
        "ranges_a_day" => limits.ranges_a_day = count,
        _ => {}
    }
}

fn ceiling(limits: &mut Limits, name: &str, value: &Value) {
    let Value::Count(count) = *value else { return };
    let (cap, is_hour): (&mut Cap, bool) = match name {
        "per_hour" => (&mut limits.destroyed, true),
        "per_day" => (&mut limits.destroyed, false),
        "range_blocks_per_hour" => (&mut limits.range_blocks, true),
        "range_blocks_per_day" => (&mut limits.range_blocks, false),
        "degroups_per_hour" => (&mut limits.degroups, true),
        "degroups_per_day" => (&mut limits.degroups, false),
        _ => return,
    };
    *(if is_hour { &mut cap.hour } else { &mut cap.day }) = count;
}

fn compat(limits: &mut CompatLimits, name: &str, value: &Value) {
    match (name, value) {
        ("threshold", Value::Number(share)) => limits.threshold = *share,
        ("count", Value::Count(count)) => limits.count = u64::from(*count),
        ("age_hours", Value::Number(hours)) => limits.age = jiff::SignedDuration::from_secs_f64(hours * 3_600.0),
        _ => {}
    }
}

fn expect(expectation: &mut Expectation, name: &str, value: &Value) {
    let Value::Wanted(wanted) = *value else { return };
    if let Some(figure) = Figure::ALL.into_iter().find(|figure| figure.name() == name) {
        *figure.wanted_mut(expectation) = Some(wanted);
    }
}
