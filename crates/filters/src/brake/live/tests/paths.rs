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

#[tokio::test]
async fn in_the_compatible_profile_the_fourth_match_trips_and_the_fifth_runs_without_blocks_and_without_a_refusal() {
    let bench = Braking::new(&[spam(1).with("block", &["noTalkBlockSet", "1 day", "1 day"]).with("tag", &["t"])]).await;
    let wiki: WikiId = "enwiki".parse().unwrap();
    let compat = serde_json::json!({"compat": "abusefilter"});
    bench.farm.wikis.settings.lock().unwrap().insert(wiki, compat);
    // The age counts from the save.
    crate::snapshot::tests::age(&bench.farm.store, 1, bench.clock.now()).await;
    bench.snapshots.refresh().await.unwrap();
    let mut taken = Vec::new();
    for attempt in 0..6 {
        bench.clock.pass(1);
        let answer = bench.judged(bench.stranger(1, "spam")).await;
        taken.push(answer.matched[0].taken.join(" "));
        assert_eq!(answer.matched[0].substituted.len(), 0, "attempt {attempt}");
    }
    assert_eq!(taken, ["tag block", "tag block", "tag block", "tag block", "tag", "tag"]);
    assert_eq!(bench.latched(1).await, [Class::Destructive]);
    bench.reactivate(1, Reason::Attack).await;
    for _ in 0..4 {
        assert_eq!(bench.judged(bench.stranger(1, "spam")).await.matched[0].taken, ["tag", "block"]);
    }
    assert_eq!(bench.judged(bench.stranger(1, "spam")).await.matched[0].taken, ["tag"]);
}

#[tokio::test]
async fn a_lockdown_ends_by_itself() {
    let bench = Braking::new(&[spam(1).with("disallow", &[""])]).await;
    let (wiki, operator) = ("enwiki".parse().unwrap(), Viewer::operator());
    let declare = async |seconds| bench.filters.lockdown(&operator, &wiki, "1", seconds, "a flood of accounts").await;
    assert!(declare(604_801).await.is_err() && declare(59).await.is_err());
    let (_, braked) = declare(3_600).await.unwrap();
    assert!(braked.lockdown(bench.clock.now()).is_some());
    bench.clock.pass(3_601);
    assert!(bench.braked(1).await.lockdown(bench.clock.now()).is_none());
    bench.live.tick(bench.clock.now());
    assert_eq!(bench.braked(1).await.own.lockdown_until, 0);
    assert_eq!(bench.history(1).await, ["lockdown.start", "lockdown.expire"]);
}

#[tokio::test]
async fn lists_are_narrowed_to_what_is_braked() {
    let bench = Braking::new(&[spam(1).with("disallow", &[""]), spam(2).with("tag", &["t"])]).await;
    for person in 0..5 {
        bench.clock.pass(60);
        bench.judged(bench.good(person, "spam")).await;
    }
    bench.braked(1).await;
    let ids = async |is_braked, is_held| {
        let query = crate::life::ListQuery { is_braked, is_held, ..crate::life::ListQuery::default() };
        let (wiki, limit) = ("enwiki".parse().unwrap(), wikiward_farm::Limit::new(10).unwrap());
        let page = bench.filters.list(&Viewer::operator(), &wiki, &query, None, limit).await.unwrap();
        page.items.iter().map(|filter| filter.key.number.0).collect::<Vec<_>>()
    };
    assert_eq!(ids(Some(true), None).await, [1]);
    assert_eq!(ids(Some(false), None).await, [2]);
    assert_eq!(ids(None, Some(true)).await, [0_u32; 0]);
    assert_eq!(bench.filters.brakes(&"enwiki".parse().unwrap()).await.unwrap().len(), 1);
}
