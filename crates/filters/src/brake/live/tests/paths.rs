//! Which actions latch, and which do not.

use super::*;

#[tokio::test]
async fn a_rule_that_refuses_everybody_is_latched_in_the_evaluation_that_proves_it() {
    let bench = Braking::new(&[Row::new(1, "1").with("disallow", &[""]).with("tag", &["seen"])]).await;
    let mut decisions = Vec::new();
    for person in 0..8 {
        bench.clock.pass(60);
        let answer = bench.judged(bench.good(person, "typo")).await;
        decisions.push(answer.decision);
        if answer.decision == Decision::Allow {
            assert_eq!(answer.matched[0].withheld, ["disallow"]);
            assert_eq!(answer.matched[0].taken, ["tag"], "tags go on");
        }
    }
    let refused = decisions.iter().filter(|decision| **decision == Decision::Refuse).count();
    assert_eq!(refused, 4, "the fifth person is not refused any more: {decisions:?}");
    assert!(decisions[refused..].iter().all(|decision| *decision == Decision::Allow));
    assert_eq!(bench.latched(1).await, [Class::Obstructive]);
    let braked = bench.braked(1).await;
    let evidence = &braked.latch(Class::Obstructive).unwrap().evidence;
    assert_eq!((evidence.people, evidence.ranges, evidence.kind.as_str()), (5, 5, "edit"));
    assert_eq!(bench.history(1).await, ["brake.alert", "brake.latch"]);
}

#[tokio::test]
async fn a_blocking_rule_loses_its_blocks_first_and_still_refuses() {
    let bench = Braking::new(&[Row::new(1, "1").with("block", &["noTalkBlockSet", "1 day", "1 day"])]).await;
    let mut taken = Vec::new();
    for person in 0..7 {
        bench.clock.pass(60);
        let answer = bench.judged(bench.good(person, "typo")).await;
        taken.push((answer.matched[0].taken.join(" "), answer.decision));
    }
    let words: Vec<&str> = taken.iter().map(|(taken, _)| taken.as_str()).collect();
    assert_eq!(words, ["block", "block", "disallow", "disallow", "", "", ""], "{taken:?}");
    assert_eq!(bench.latched(1).await, [Class::Destructive, Class::Obstructive]);
}

#[tokio::test]
async fn attackers_never_end_a_refusal() {
    let bench = Braking::new(&[spam(1).with("disallow", &[""])]).await;
    for address in 0..400 {
        bench.clock.pass(7);
        let answer = bench.judged(bench.stranger(address * 70_000, "spam")).await;
        assert_eq!(answer.decision, Decision::Refuse, "attempt {address}");
    }
    // One account in good standing does not, however often.
    for attempt in 0..200 {
        bench.clock.pass(3_600);
        assert_eq!(bench.judged(bench.good(1, "spam")).await.decision, Decision::Refuse, "{attempt}");
    }
    assert_eq!(bench.latched(1).await, []);
}

#[tokio::test]
async fn a_flood_reaches_the_ceiling_and_is_refused_all_the_same() {
    let bench = Braking::new(&[spam(1).with("block", &["noTalkBlockSet", "1 day", "1 day"])]).await;
    let mut blocked = 0;
    for address in 0..60 {
        bench.clock.pass(20);
        let answer = bench.judged(bench.stranger(address, "spam")).await;
        assert_eq!(answer.decision, Decision::Refuse, "attempt {address}");
        blocked += usize::from(answer.matched[0].taken.iter().any(|name| name == "block"));
    }
    assert_eq!(blocked, 10);
    let braked = bench.braked(1).await;
    assert_eq!(braked.latched(), [Class::Destructive]);
    assert_eq!(braked.latch(Class::Destructive).unwrap().path, crate::brake::Path::Ceiling);
}

#[tokio::test]
async fn a_test_counts_nothing() {
    let bench = Braking::new(&[Row::new(1, "1").with("disallow", &[""])]).await;
    for person in 0..50 {
        let request = Request { mode: crate::judge::Mode::Test, ..bench.good(person, "typo") };
        assert_eq!(bench.judged(request).await.decision, Decision::Refuse);
    }
    assert_eq!(bench.live.held(), (0, 0, 0));
}

#[tokio::test]
async fn newcomers_and_who_trips_filter_after_filter_do_not_count() {
    let rows = [1, 2, 3].map(|number| spam(number).with("disallow", &[""]));
    let bench = Braking::new(&rows).await;
    for person in 0..30 {
        bench.clock.pass(60);
        let mut young = bench.good(person, "spam");
        young.actor.edit_count = Some(3);
        bench.judged(young).await;
        let mut blocked = bench.good(100 + person, "spam");
        blocked.actor.is_blocked = Some(true);
        bench.judged(blocked).await;
        let mut unknown = bench.good(200 + person, "spam");
        unknown.actor.is_blocked = None;
        bench.judged(unknown).await;
    }
    for number in 1..=3 {
        assert_eq!(bench.latched(number).await, []);
    }
    for person in 300..306 {
        bench.clock.pass(60);
        bench.judged(bench.good(person, "spam")).await;
    }
    assert_eq!(bench.latched(1).await, [Class::Obstructive]);
    assert_eq!(bench.latched(2).await, [Class::Obstructive]);
    assert_eq!(bench.latched(3).await, [], "each had met two others already");
}

#[tokio::test]
async fn a_withheld_warning_lets_the_rest_proceed() {
    let bench = Braking::new(&[Row::new(1, "1").with("warn", &["w"]).with("tag", &["t"])]).await;
    let mut last = String::new();
    for person in 0..10 {
        bench.clock.pass(60);
        last = bench.judged(bench.good(person, "typo")).await.matched[0].taken.join(" ");
    }
    assert_eq!(last, "tag");
    assert_eq!(bench.latched(1).await, [Class::Nuisance]);
}
