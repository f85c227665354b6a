//! Releases, edits, restarts, and what other nodes hear.

use super::*;

async fn latch(bench: &Braking, from: u32) {
    for person in from..from + 5 {
        bench.clock.pass(60);
        bench.judged(bench.good(person, "spam")).await;
    }
}

#[tokio::test]
async fn after_a_reactivation_the_next_hit_does_not_latch_again_and_new_people_do() {
    for reason in [Reason::Attack, Reason::Accepted, Reason::Other("looked at".into())] {
        let bench = Braking::new(&[spam(1).with("disallow", &[""])]).await;
        latch(&bench, 0).await;
        assert_eq!(bench.latched(1).await, [Class::Obstructive]);
        let before = bench.filters.get(&Viewer::operator(), &"enwiki".parse().unwrap(), "1").await.unwrap();
        bench.reactivate(1, reason.clone()).await;
        assert_eq!(bench.latched(1).await, []);
        let after = bench.filters.get(&Viewer::operator(), &"enwiki".parse().unwrap(), "1").await.unwrap();
        assert_eq!(after, before, "version, editor, age and counts are untouched");
        for person in [0, 50] {
            assert_eq!(bench.judged(bench.good(person, "spam")).await.decision, Decision::Refuse, "{reason:?}");
        }
        assert_eq!(bench.latched(1).await, []);
        latch(&bench, 60).await;
        assert_eq!(bench.latched(1).await, [Class::Obstructive], "a second latch is possible: {reason:?}");
        assert_eq!(bench.history(1).await, ["brake.alert", "brake.latch", "brake.reactivate", "brake.latch"]);
    }
}

#[tokio::test]
async fn people_of_an_attack_do_not_count_any_more() {
    let bench = Braking::new(&[spam(1).with("disallow", &[""])]).await;
    latch(&bench, 0).await;
    bench.reactivate(1, Reason::Attack).await;
    for day in 0..29 {
        bench.clock.pass(86_400);
        for person in 0..5 {
            assert_eq!(bench.judged(bench.good(person, "spam")).await.decision, Decision::Refuse, "day {day}");
        }
    }
    assert_eq!(bench.latched(1).await, []);
}

#[tokio::test]
async fn what_was_latched_and_nearly_so_survives_a_restart() {
    let bench =
        Braking::new(&[spam(1).with("disallow", &[""]), Row::new(2, "summary contains 'ham'").with("disallow", &[""])])
            .await;
    latch(&bench, 0).await;
    for person in 0..4 {
        bench.clock.pass(10);
        bench.judged(bench.good(person, "ham")).await;
    }
    assert_eq!(bench.latched(2).await, []);
    let bench = bench.again().await;
    assert_eq!(bench.judged(bench.good(90, "spam")).await.decision, Decision::Allow);
    assert_eq!(bench.judged(bench.good(4, "ham")).await.decision, Decision::Allow, "the fifth person");
    assert_eq!(bench.latched(2).await, [Class::Obstructive]);
    assert_eq!(bench.rows.rows(), 2);
}

#[tokio::test]
async fn a_changed_rule_is_armed_again_and_a_disabled_one_is_not() {
    let bench = Braking::new(&[spam(1).with("disallow", &["abusefilter-disallowed"])]).await;
    latch(&bench, 0).await;
    let wiki: WikiId = "enwiki".parse().unwrap();
    let operator = Viewer::operator();
    assert_eq!(bench.latched(1).await, [Class::Obstructive]);
    let save = async |change: &dyn Fn(&mut crate::model::Draft)| {
        let filter = bench.filters.get(&operator, &wiki, "1").await.unwrap();
        let mut draft = filter.draft.clone();
        change(&mut draft);
        let request = crate::life::SaveRequest {
            draft,
            change_reason: String::new(),
            confirm_make_public: false,
            publish_history: false,
            skip_backtest_reason: String::new(),
            override_tests: String::new(),
            tests: None,
        };
        bench.clock.pass(5);
        bench.filters.save(&operator, &wiki, "1", filter.version, &request).await.unwrap();
    };
    save(&|draft| draft.name = "Another name".into()).await;
    assert_eq!(bench.latched(1).await, [Class::Obstructive], "another name is no other rule");
    save(&|draft| draft.state = crate::model::State::Disabled).await;
    save(&|draft| draft.state = crate::model::State::Enabled).await;
    assert_eq!(bench.latched(1).await, [Class::Obstructive], "switching off and on is no way around");
    assert_eq!(bench.judged(bench.good(20, "spam")).await.decision, Decision::Allow);
    save(&|draft| draft.rules = "summary contains 'spam' & 1 == 1".into()).await;
    assert_eq!(bench.latched(1).await, []);
    assert_eq!(bench.judged(bench.good(21, "spam")).await.decision, Decision::Refuse);
    assert_eq!(bench.history(1).await, ["brake.alert", "brake.latch", "brake.clear"]);
    let harm = bench.live.memory().wikis[&wiki].kinds[0].streams[&Braking::key(1)].clone();
    assert_eq!(harm.armed_from, bench.clock.now(), "the evidence began anew");
}

#[tokio::test]
async fn another_node_hears_of_latches_and_releases() {
    let bench = Braking::new(&[spam(1).with("disallow", &[""])]).await;
    let keyring = Keyring::new(&[7; 32]);
    let entropy = Arc::new(SystemEntropy);
    let other = LiveBrake::load(bench.farm.store.clone(), bench.snapshots.clone(), &keyring, entropy).await.unwrap();
    let other = Arc::new(other);
    let snapshots = bench.snapshots.clone();
    let judge = Bench::judge_braked(&bench.farm, &bench.rows, &bench.clock, snapshots, other.clone()).await;
    latch(&bench, 0).await;
    bench.live.flush(bench.clock.now(), false).await.unwrap();
    let there = async |request: Request| match judge.evaluate(request).await.unwrap() {
        Reply::Complete(answer) => answer.decision,
        Reply::Needs(_) => panic!("a verdict is wanted"),
    };
    assert_eq!(there(bench.good(70, "spam")).await, Decision::Refuse, "it was not told yet");
    other.refresh().await.unwrap();
    assert_eq!(there(bench.good(71, "spam")).await, Decision::Allow);
    bench.reactivate(1, Reason::Accepted).await;
    other.refresh().await.unwrap();
    assert_eq!(there(bench.good(72, "spam")).await, Decision::Refuse);
}

#[tokio::test]
async fn a_farm_filter_is_latched_where_it_harms_and_on_all_wikis_after_the_third() {
    let bench = Braking::new(&[spam(7).with("disallow", &[""]).farm(None)]).await;
    let on = |wiki: &str, request: Request| Request { wiki: wiki.parse().unwrap(), ..request };
    let mut person = 0;
    for (number, wiki) in ["enwiki", "dewiki", "frwiki"].iter().enumerate() {
        for _ in 0..6 {
            bench.clock.pass(10);
            person += 1;
            bench.judged(on(wiki, bench.good(person, "spam"))).await;
        }
        bench.live.flush(bench.clock.now(), false).await.unwrap();
        let elsewhere = bench.judged(on("itwiki", bench.good(person, "spam"))).await.decision;
        // Two of three wikis with observations are a fifth of them, too.
        assert_eq!(elsewhere, if number == 0 { Decision::Refuse } else { Decision::Allow }, "after {wiki}");
    }
    let farm = WikiId::farm();
    let (_, braked) = bench.filters.brake(&Viewer::operator(), &farm, "7").await.unwrap();
    assert_eq!(braked.latch(Class::Obstructive).unwrap().path, crate::brake::Path::Farm);
    let request = Reactivate { reason: Reason::Attack, words: String::new(), classes: Vec::new(), expect_latch: None };
    bench.filters.reactivate(&Viewer::operator(), &farm, "7", &request).await.unwrap();
    for wiki in ["enwiki", "dewiki", "frwiki", "itwiki"] {
        let decision = bench.judged(on(wiki, bench.good(900, "spam"))).await.decision;
        assert_eq!(decision, Decision::Refuse, "{wiki}");
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_softens() {
    let bench = Braking::new(&[spam(1).with("block", &["noTalkBlockSet", "1 day", "1 day"])]).await;
    bench.live.failing_since.store(micros(bench.clock.now()), Ordering::Relaxed);
    let taken = async |person| bench.judged(bench.good(person, "spam")).await.matched[0].taken.join(" ");
    assert_eq!(taken(1).await, "block");
    bench.clock.pass(11);
    assert_eq!(taken(2).await, "disallow");
    let settings = serde_json::json!({"brake": {"on_store_failure": "ignore"}});
    bench.farm.wikis.settings.lock().unwrap().insert("enwiki".parse().unwrap(), settings);
    let mut tx = bench.farm.store.begin().await.unwrap();
    tx.announce("people", "wiki:enwiki").await.unwrap();
    tx.commit().await.unwrap();
    bench.snapshots.refresh().await.unwrap();
    assert_eq!(taken(2).await, "block");
}

#[tokio::test]
async fn a_quiet_latch_says_that_it_looks_safe_and_releases_itself_only_where_that_is_wanted() {
    for rearms in [false, true] {
        let bench = Braking::new(&[spam(1).with("disallow", &[""])]).await;
        let settings = serde_json::json!({"auto_rearm": rearms});
        bench.farm.wikis.settings.lock().unwrap().insert("enwiki".parse().unwrap(), settings);
        latch(&bench, 0).await;
        let now = || bench.clock.now();
        for person in 100..130 {
            bench.clock.pass(60);
            bench.judged(bench.good(person, "typo")).await;
        }
        bench.live.tick(now());
        assert!(!bench.braked(1).await.is_recovering(), "half an hour is not enough");
        bench.clock.pass(1_800);
        bench.live.tick(now());
        let braked = bench.braked(1).await;
        if rearms {
            assert_eq!(braked.latched(), []);
            assert_eq!(bench.history(1).await.last().unwrap(), "brake.reactivate");
            continue;
        }
        assert!(braked.is_recovering() && braked.latched() == [Class::Obstructive]);
        assert_eq!(bench.history(1).await.last().unwrap(), "brake.recovering");
        bench.judged(bench.good(200, "spam")).await;
        assert!(!bench.braked(1).await.is_recovering(), "somebody would have been hit");
    }
}

#[tokio::test]
async fn what_is_counted_after_a_release_survives_a_restart_and_a_lost_release_does_not() {
    let bench = Braking::new(&[spam(1).with("disallow", &[""])]).await;
    latch(&bench, 0).await;
    bench.reactivate(1, Reason::Accepted).await;
    for person in 10..13 {
        bench.clock.pass(60);
        bench.judged(bench.good(person, "spam")).await;
    }
    let bench = bench.again().await;
    for person in 13..15 {
        bench.clock.pass(60);
        bench.judged(bench.good(person, "spam")).await;
    }
    assert_eq!(bench.latched(1).await, [Class::Obstructive], "three before and two after");
    // Another process releases it, and this one is killed before it hears of that.
    let (farm, clock) = (&bench.farm, bench.clock.clone());
    let wikis = farm.wikis.clone();
    let settings = FilterSettings::default();
    let alone = Filters::new(farm.store.clone(), bench.snapshots.clone(), wikis, Arc::new(SystemEntropy), settings);
    clock.pass(60);
    let request =
        Reactivate { reason: Reason::Accepted, words: String::new(), classes: Vec::new(), expect_latch: None };
    alone.reactivate(&Viewer::operator(), &"enwiki".parse().unwrap(), "1", &request).await.unwrap();
    let Braking { farm, clock, .. } = bench;
    let bench = Braking::over(farm, clock).await;
    for person in [20, 21, 22, 23] {
        bench.clock.pass(60);
        assert_eq!(bench.judged(bench.good(person, "spam")).await.decision, Decision::Refuse, "person {person}");
    }
    assert_eq!(bench.latched(1).await, [], "it needs five new ones");
}

#[tokio::test]
async fn monitoring_is_told_what_is_braked_and_no_name_of_a_restricted_filter() {
    let hidden = crate::model::Privacy { is_hidden: true, ..crate::model::Privacy::default() };
    let secret = |number| Row { privacy: hidden, ..spam(number).with("disallow", &[""]) };
    let bench = Braking::new(&[spam(1).with("disallow", &[""]), secret(2)]).await;
    assert!(bench.live.states().is_empty());
    latch(&bench, 0).await;
    let of = |name: &str| ("enwiki".to_owned(), name.to_owned(), "O");
    let states: Vec<_> = bench.live.states().into_iter().collect();
    assert_eq!(states, [(of("1"), 1), (of("restricted"), 1)]);
}
