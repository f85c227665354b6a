//! Marks are made anew each week; who was known stays known.

use super::*;
use crate::brake::mark::week_of;
use wikiward_farm::Clock;

/// Seconds from the beginning of these tests to the next week.
const TO_NEXT: u64 = 604_800 - BEGIN % 604_800;

#[tokio::test]
async fn who_was_hit_last_week_counts_once_in_the_new_one() {
    let bench = Braking::new(&[spam(1).with("disallow", &[""])]).await;
    bench.clock.pass(TO_NEXT - 600);
    let last = week_of(bench.clock.now());
    for person in 0..4 {
        bench.clock.pass(60);
        bench.judged(bench.good(person, "spam")).await;
    }
    bench.clock.pass(600);
    assert_eq!(week_of(bench.clock.now()), last + 1);
    let bench = bench.again().await;
    for person in (0..4).chain(0..4) {
        bench.clock.pass(60);
        assert_eq!(bench.judged(bench.good(person, "spam")).await.decision, Decision::Refuse, "person {person}");
    }
    assert_eq!(bench.latched(1).await, []);
    assert_eq!(bench.judged(bench.good(4, "spam")).await.decision, Decision::Allow, "the fifth person");
    assert_eq!(bench.latched(1).await, [Class::Obstructive]);
}

#[tokio::test]
async fn targets_and_origins_of_last_week_are_the_same_ones() {
    let bench = Braking::new(&[spam(1).with("block", &["noTalkBlockSet", "1 day", "1 day"])]).await;
    bench.clock.pass(TO_NEXT - 600);
    for address in 0..9 {
        bench.judged(bench.stranger(address << 16, "spam")).await;
    }
    bench.clock.pass(700);
    for address in 0..9 {
        bench.judged(bench.stranger(address << 16, "spam")).await;
    }
    assert_eq!(bench.latched(1).await, [], "nine targets, each twice");
}

#[tokio::test]
async fn who_comes_every_week_stays_seen_and_a_small_wiki_stays_small() {
    let bench = Braking::new(&[spam(1).with("disallow", &[""])]).await;
    for _ in 0..30 {
        for person in 0..6 {
            bench.judged(bench.good(person, "typo")).await;
        }
        bench.clock.pass(86_400);
    }
    {
        let memory = bench.live.memory();
        let around = &memory.wikis["enwiki"].kinds[0].around;
        assert_eq!(around.around(bench.clock.now()).people, Some(6));
    }
    // Half of six suffice on so small a wiki, all from good standing, which needs to have been seen before.
    for person in 0..3 {
        bench.clock.pass(60);
        bench.judged(bench.good(person, "spam")).await;
    }
    assert_eq!(bench.latched(1).await, [Class::Obstructive]);
}
