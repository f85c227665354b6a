//! What attackers cannot do, on generated sequences. `WIKIWARD_BRAKE_CASES` says how many; 500 if nothing is said.
//! `cargo xtask brake-attacks` runs 100,000 of each.

use super::hour::Actor;
use super::limits::Cap;
use super::stream::CLASSES;
use super::{Hit, Limits, Mark, Path, Stream, Surroundings, Trip};
use crate::model::Class;
use wikiward_farm::Timestamp;

/// `SplitMix64`, as the simulation has it.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        u32::try_from((u128::from(z) * u128::from(bound)) >> 64).unwrap()
    }
}

fn cases() -> u64 {
    std::env::var("WIKIWARD_BRAKE_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(500)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

/// A wiki with `days` behind it, `per_day` actions each, of people in good standing or not.
fn past(chance: &mut Chance, days: u32, per_day: u32, has_good: bool, is_clean: bool) -> Surroundings {
    let mut around = Surroundings::default();
    for action in 0..days * per_day {
        let second = -i64::from(days) * 86_400 + i64::from(action) * 86_400 / i64::from(per_day);
        let person = chance.below(200);
        let good = (has_good && person < 120).then_some((Mark(person), Mark(person)));
        around.observe(&Actor { origin: Mark(1_000 + person), good }, at(second));
    }
    if is_clean {
        around.has_feedback();
    }
    around
}

/// Everything an attack may look like: how many accounts, ranges, people in good standing, how fast, with which consequences,
/// beside how much normal traffic.
struct Attack {
    origins: u32,
    good: u32,
    gap_s: u32,
    normal_percent: u32,
    destroys: bool,
    is_new: bool,
}

/// Runs an attack of 150 attempts and says whether refusals were withheld at any time.
fn withholds_refusals(chance: &mut Chance, attack: &Attack, around: &mut Surroundings) -> bool {
    let limits = Limits::default();
    let mut stream = if attack.is_new { Stream::saved(around, at(0), &limits) } else { Stream::old(around, at(0)) };
    let (mut second, mut is_destructive_latched) = (0_i64, false);
    for _ in 0..150 {
        second += i64::from(chance.below(attack.gap_s) + 1);
        let now = at(second);
        if chance.below(100) < attack.normal_percent {
            let actor = Actor { origin: Mark(1_000 + chance.below(200)), good: None };
            if around.observe(&actor, now) && stream.has_episode(around, now) {
                stream.unmatched(around, now);
            }
            continue;
        }
        let origin = chance.below(attack.origins);
        let is_good = attack.good > 0 && chance.below(3) == 0;
        let person = chance.below(attack.good.max(1));
        let actor = Actor {
            origin: if is_good { Mark(2_000_000 + person) } else { Mark(1_000_000 + origin) },
            good: is_good.then_some((Mark(2_000_000 + person), Mark(3_000_000 + person))),
        };
        let hit = Hit {
            actor,
            is_observation: around.observe(&actor, now),
            destroys: attack.destroys && !is_destructive_latched,
            stops: true,
            annoys: chance.below(2) == 0,
            target: Mark(4_000_000 + chance.below(500)),
            blocks_range: false,
            degroups: false,
        };
        let verdict = stream.hit(&hit, around, now, &limits, false);
        is_destructive_latched |= verdict.trips(Class::Destructive);
        if verdict.trips(Class::Obstructive) {
            return true;
        }
    }
    false
}

#[test]
fn few_origins_and_people_never_withhold_a_refusal() {
    let mut chance = Chance(1);
    for case in 0..cases() {
        let is_clean = chance.below(2) == 0;
        let per_day = [4, 12, 60, 300][chance.below(4) as usize];
        let has_good = chance.below(2) == 0;
        let mut around = past(&mut chance, 5, per_day, has_good, is_clean);
        let attack = Attack {
            // Fewer than six origins, those in good standing among them, and fewer people than trip a class.
            origins: 1 + chance.below(3),
            good: chance.below(if has_good { 3 } else { 2 }),
            gap_s: [2, 60, 900, 7_200][chance.below(4) as usize],
            normal_percent: [0, 10, 50][chance.below(3) as usize],
            destroys: chance.below(2) == 0,
            is_new: chance.below(2) == 0,
        };
        assert!(!withholds_refusals(&mut chance, &attack, &mut around), "case {case}");
    }
}

#[test]
fn without_word_from_the_wiki_only_people_in_good_standing_withhold_a_refusal() {
    let mut chance = Chance(2);
    for case in 0..cases() {
        let per_day = [4, 12, 60, 300][chance.below(4) as usize];
        let mut around = past(&mut chance, 5, per_day, true, false);
        let attack = Attack {
            origins: 1 + chance.below(500),
            good: 0,
            gap_s: [2, 60, 900, 7_200][chance.below(4) as usize],
            normal_percent: [0, 10, 50][chance.below(3) as usize],
            destroys: chance.below(2) == 0,
            is_new: chance.below(2) == 0,
        };
        assert!(!withholds_refusals(&mut chance, &attack, &mut around), "case {case}");
    }
}

#[test]
fn many_people_in_good_standing_do_withhold_it() {
    let mut chance = Chance(3);
    let mut around = past(&mut chance, 5, 300, true, true);
    let attack = Attack { origins: 1, good: 40, gap_s: 60, normal_percent: 0, destroys: false, is_new: true };
    assert!(withholds_refusals(&mut chance, &attack, &mut around), "else the two tests above could not fail");
}

#[test]
fn the_ceiling_alone_never_touches_refusals() {
    let limits = Limits::default();
    let around = Surroundings::default();
    let mut stream = Stream::old(&around, at(0));
    let mut tripped = Vec::new();
    for attempt in 0..1_000_u32 {
        let hit = Hit {
            actor: Actor { origin: Mark(attempt), good: None },
            is_observation: true,
            destroys: true,
            stops: true,
            annoys: true,
            target: Mark(attempt),
            blocks_range: false,
            degroups: false,
        };
        tripped.extend(stream.hit(&hit, &around, at(i64::from(attempt)), &limits, false).trips);
    }
    assert!(!tripped.is_empty());
    assert!(tripped.iter().all(|trip| trip.path == Path::Ceiling && trip.class == Class::Destructive));
    assert_eq!(CLASSES.len(), 3);
}

#[test]
fn what_a_hold_let_through_counts_as_soon_as_it_ends() {
    let (around, usual) = (Surroundings::default(), Limits::default());
    let held = Limits { destroyed: Cap { hour: 100, day: 500 }, ..usual };
    let mut stream = Stream::old(&around, at(0));
    let mut done = Vec::new();
    for person in 1..=11_u32 {
        let hit = Hit {
            actor: Actor { origin: Mark(person), good: None },
            is_observation: true,
            destroys: true,
            stops: false,
            annoys: false,
            target: Mark(person),
            blocks_range: false,
            degroups: false,
        };
        assert!(!stream.hit(&hit, &around, at(person.into()), &held, false).trips(Class::Destructive));
        assert_eq!(stream.standing(&around, at(20), &held, false), []);
        done.push(stream.standing(&around, at(20), &usual, false));
    }
    let ceiling = Trip { class: Class::Destructive, path: Path::Ceiling };
    assert_eq!(done.pop(), Some(vec![ceiling]), "the eleventh is one too many");
    assert!(done.iter().all(Vec::is_empty));
    assert_eq!(stream.standing(&around, at(86_500), &usual, false), [], "a day later it is over");
}
