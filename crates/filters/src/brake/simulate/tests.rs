//! The worked scenarios, held against what they should come to.

use super::*;

const SEED: u64 = 20;

/// Runs of the scenarios with these numbers, by both algorithms.
fn rows(numbers: &[&str], runs: u32) -> Vec<(Scenario, [Summary; 2])> {
    let found: Vec<_> = scenarios()
        .into_iter()
        .filter(|scenario| numbers.contains(&scenario.number.as_str()))
        .map(|scenario| {
            let summaries = Algorithm::ALL.map(|algorithm| summarise(&scenario, algorithm, runs, SEED));
            (scenario, summaries)
        })
        .collect();
    assert!(found.len() >= numbers.len(), "{numbers:?}");
    found
}

#[track_caller]
fn check(rows: &[(Scenario, [Summary; 2])]) {
    let mut count = 0;
    for (scenario, summaries) in rows {
        let expectations = [&scenario.expects_compat, &scenario.expects_standard];
        for ((algorithm, summary), expected) in Algorithm::ALL.iter().zip(summaries).zip(expectations) {
            for cell in compare(expected, summary) {
                count += 1;
                let Scenario { number, wiki, .. } = scenario;
                assert_ne!(cell.is_met, Some(false), "{number} on {}, {}: {cell:?}", wiki.name, algorithm.name());
            }
        }
    }
    assert!(count > 0, "nothing is wanted");
}

#[test]
fn floods_switch_abusefilters_brake_and_not_ours() {
    let rows = rows(&["1", "2", "3", "4"], 40);
    check(&rows);
    for (scenario, [compat, standard]) in &rows {
        assert!(standard.passed < f64::EPSILON, "{}", scenario.title);
        let blocks = scenario.rule.consequences.destroys();
        assert_eq!(compat.passed > 0.0, blocks, "{}", scenario.title);
        assert_eq!(standard.obstructive.runs, 0, "{}", scenario.title);
    }
}

#[test]
fn a_rule_that_matches_everybody_and_blocks_is_braked_after_a_few() {
    check(&rows(&["5", "5b"], 40));
}

#[test]
fn a_rule_that_matches_everybody_and_refuses_is_braked_after_a_few() {
    check(&rows(&["6"], 40));
}

#[test]
fn a_rule_that_turns_bad_later_is_braked_all_the_same() {
    let rows = rows(&["7", "8"], 40);
    check(&rows);
    // Both are one process for our algorithm: whatever their times are, they are alike.
    let minutes: Vec<f64> = rows.iter().filter_map(|(_, [_, it])| it.destructive.after_minutes).collect();
    let [seventh, eighth] = minutes[..] else { panic!("{minutes:?}") };
    assert!((seventh - eighth).abs() < 0.5, "{minutes:?}");
}

#[test]
fn a_rule_that_matches_a_tenth_is_braked() {
    check(&rows(&["9"], 40));
}

#[test]
fn new_accounts_that_stay_away_brake_the_rule_that_matches_them() {
    let rows = rows(&["10"], 40);
    check(&rows);
    for (_, [_, standard]) in &rows {
        // As many as come until then, and hardly more: what the row of the table says of them cannot be.
        let minutes = standard.destructive.after_minutes.unwrap();
        assert!((standard.blocked - minutes * 100.0 / 1_440.0).abs() < 2.5, "{standard:?}");
    }
}

#[test]
fn a_rate_limit_that_everybody_matches_goes_on_stopping_vandals() {
    check(&rows(&["11"], 10));
}

#[test]
fn floods_on_quiet_days_do_not_switch_refusals_off() {
    check(&rows(&["12"], 12));
}

#[test]
fn a_farm_wide_filter_that_is_bad_on_many_wikis_latches_on_all_of_them() {
    let rows = rows(&["13"], 10);
    check(&rows);
    for (_, [compat, standard]) in &rows {
        assert!(standard.wikis_latched >= 2.0 && standard.wikis_latched < 12.0, "{standard:?}");
        assert!(compat.blocked > 20.0 * standard.blocked, "{compat:?}");
    }
    // With the central wiki among them, it counts for AbuseFilter, too.
    let mut scenario = rows[0].0.clone();
    scenario.farm = Farm { wikis: 12, concerned: 12, apart_minutes: 0.0 };
    assert_eq!(summarise(&scenario, Algorithm::AbuseFilter, 4, SEED).farm_destructive.runs, 4);
}

#[test]
fn one_bad_wiki_of_many_brakes_itself_alone() {
    let mut scenario = rows(&["13"], 1).remove(0).0;
    scenario.farm.concerned = 1;
    let standard = summarise(&scenario, Algorithm::Standard, 4, SEED);
    assert_eq!((standard.destructive.runs, standard.farm_destructive.runs), (4, 0));
    assert!((standard.wikis_latched - 1.0).abs() < f64::EPSILON, "{standard:?}");
}

#[test]
fn a_reactivated_filter_is_not_latched_by_the_next_match() {
    check(&rows(&["14", "15", "16"], 20));
}

#[test]
fn nothing_is_destroyed_while_nothing_can_be_written() {
    let rows = rows(&["17", "18"], 20);
    check(&rows);
    // Who chose so goes on destroying.
    for (scenario, _) in rows {
        let ignored =
            Scenario { outage: scenario.outage.map(|it| Outage { softens: false, ..it }), ..scenario.clone() };
        let without = Scenario { outage: None, ..scenario };
        for algorithm in Algorithm::ALL {
            assert_eq!(summarise(&ignored, algorithm, 4, SEED), summarise(&without, algorithm, 4, SEED));
        }
    }
}

#[test]
fn a_service_that_starts_anew_has_forgotten_what_it_could_not_write() {
    let mut scenario = rows(&["17"], 1).remove(0).0;
    let minutes = |scenario: &Scenario| {
        let summary = summarise(scenario, Algorithm::Standard, 20, SEED);
        summary.obstructive.after_minutes.unwrap()
    };
    scenario.outage = Some(Outage { begins_minutes: 0.0, minutes: 20.0, softens: true, restarts: false });
    let kept = minutes(&scenario);
    scenario.outage = Some(Outage { begins_minutes: 0.0, minutes: 20.0, softens: true, restarts: true });
    let forgotten = minutes(&scenario);
    assert!(forgotten - kept > 10.0, "{kept} and {forgotten} minutes");
}

#[test]
fn the_same_seed_gives_the_same_and_another_one_does_not() {
    let scenario = scenarios().into_iter().find(|it| it.number == "5").unwrap();
    let summary = |seed| summarise(&scenario, Algorithm::Standard, 3, seed);
    assert_eq!(summary(1), summary(1));
    assert_ne!(summary(1), summary(2));
}

#[test]
fn a_trace_tells_what_the_summary_counts() {
    for scenario in scenarios().iter().filter(|it| ["2", "5", "9", "10"].contains(&it.number.as_str())) {
        for algorithm in Algorithm::ALL {
            let past = Past::of(scenario, 1);
            let (outcome, trace) = trace(scenario, algorithm, &past, 1);
            assert_eq!(outcome, run(scenario, algorithm, &past, 1), "looking on changes nothing");
            assert!(trace.moments.len() <= MOMENTS_MAX && trace.moments.is_sorted_by(|a, b| a.minutes <= b.minutes));
            let first = trace.latches.iter().find(|it| it.class == crate::model::Class::Destructive);
            assert_eq!(first.map(|it| it.minutes), outcome.destructive_at);
        }
    }
}

#[test]
fn tolerated_rates_hardly_ever_trip_and_intolerable_ones_do() {
    let trips = |rate| FalseTrips {
        wiki: Size::Small.wiki(),
        traffic: Traffic::EVEN,
        class: crate::model::Class::Obstructive,
        rate,
        days: 30.0,
        limits: crate::brake::Limits::default(),
    };
    assert!(trips(0.01).mean(6, SEED) <= 0.5);
    assert!(trips(0.2).mean(2, SEED) >= 5.0);
}

/// People in good standing whose accounts were bought or stolen, and who try a good rule on purpose within five minutes. It was
/// saved so long ago that it is proven.
fn bought(size: Size, hours: f64, standing: u32, ranges: u32) -> Summary {
    let mut scenario = scenarios().remove(1);
    scenario.wiki = size.wiki();
    scenario.begins_hours = hours;
    scenario.hours = 1.0;
    let attempts = standing * 6;
    scenario.attack = Some(Attack { attempts, addresses: standing, ranges, standing, minutes: 5.0 });
    summarise(&scenario, Algorithm::Standard, 4, SEED)
}

#[test]
fn bought_standing_can_pull_the_brake_and_takes_more_accounts_on_larger_wikis() {
    let small = |standing, ranges| bought(Size::Small, 120.0, standing, ranges);
    assert_eq!(small(2, 2).destructive.runs, 0, "two are too few");
    assert_eq!(small(3, 1).destructive.runs, 0, "one range is too few");
    assert_eq!(small(3, 2).destructive.runs, 4);
    assert_eq!(small(4, 3).obstructive.runs, 0, "four are too few");
    assert_eq!(small(5, 3).obstructive.runs, 4);
    let mid = |standing, ranges| bought(Size::Mid, 12.0, standing, ranges);
    assert_eq!(mid(3, 2).destructive.runs, 0, "three are too few there");
    assert_eq!(mid(4, 2).destructive.runs, 4);
    assert_eq!(mid(5, 3).obstructive.runs, 4);
}

#[test]
fn attackers_without_standing_from_a_few_ranges_never_get_through() {
    let mut chance = chance::Chance::new(SEED);
    for case in 0..60_u32 {
        let mut scenario = scenarios().remove(2);
        scenario.wiki.per_day = [12.0, 60.0, 300.0][chance.below(3) as usize];
        scenario.wiki.people = 20 * chance.below(2);
        scenario.wiki.good_share = if scenario.wiki.people > 0 { 0.6 } else { 0.0 };
        scenario.traffic.share = [0.1, 0.5, 1.0][chance.below(3) as usize];
        scenario.traffic.burst = [1.0, 4.0][chance.below(2) as usize];
        scenario.rule.consequences.disallow = chance.below(2) == 0;
        scenario.rule.consequences.block = chance.below(2) == 0 || !scenario.rule.consequences.disallow;
        let ranges = 1 + chance.below(5);
        let attempts = [40, 400][chance.below(2) as usize];
        let minutes = [10.0, 600.0, 1_440.0][chance.below(3) as usize];
        scenario.attack = Some(Attack { attempts, addresses: 100, ranges, standing: 0, minutes });
        scenario.hours = 25.0;
        let past = Past::of(&scenario, u64::from(case));
        let outcome = run(&scenario, Algorithm::Standard, &past, u64::from(case));
        assert_eq!((outcome.counts.passed, outcome.obstructive_at), (0, None), "case {case}: {scenario:?}");
    }
}
