//! Backtests from the verdict to the report.

use super::*;
use crate::archive::tests::{House, TESTER, enwiki, keyring, sight, viewer};
use crate::judge::Request;
use crate::judge::tests::edit;
use crate::life::Filters;
use crate::model::{FilterKey, FilterNumber};
use crate::save::FilterSettings;
use crate::snapshot::tests::Row;
use std::sync::Arc;
use wikiward_farm::{Clock, Id, Limit, Right, SystemEntropy, Viewer};

impl House {
    fn backtests(&self) -> Backtests {
        let (wikis, entropy) = (self.farm.wikis.clone(), Arc::new(SystemEntropy));
        let filters =
            Filters::new(self.farm.store.clone(), self.snapshots.clone(), wikis, entropy, FilterSettings::default());
        Backtests::new(filters, self.hits.clone(), self.judge.clone(), &keyring())
    }

    /// Entries of the access log.
    async fn accesses(&self, kind: crate::hits::access::AccessKind) -> usize {
        let limit = Limit::new(50).unwrap();
        self.hits.access_log(&enwiki(), &[kind], &sight(Right::ALL), None, limit).await.unwrap().items.len()
    }

    /// A backtest until it is over.
    async fn tested(&self, tests: &Backtests, rights: &[Right], ask: BacktestAsk) -> Job {
        let viewer = viewer(rights);
        let job = tests.start(&viewer, &sight(rights), &enwiki(), ask).await.unwrap();
        over(tests, &viewer, job.id).await
    }
}

async fn over(tests: &Backtests, viewer: &Viewer, id: Id) -> Job {
    let running = tests.running().get(&id).cloned();
    if let Some(running) = running {
        running.over().await;
    }
    tests.one(viewer, &enwiki(), id).await.unwrap().unwrap()
}

/// Somebody in good standing, with a range of their own.
fn good(number: usize, person: u32, summary: &str) -> Request {
    let mut request = edit(&format!("a{number}"), &[("summary", summary.into())]);
    request.actor.id = Some(i64::from(person) + 1);
    request.actor.name = format!("Good {person}");
    request.actor.edit_count = Some(1_000);
    request.actor.age_s = Some(100_000_000);
    request.actor.is_blocked = Some(false);
    request.session_key = Some(format!("session {person}"));
    request.ip = Some(std::net::Ipv4Addr::from(0x0A00_0000 + (person << 8)).into());
    request
}

#[tokio::test]
async fn every_action_is_counted_once_and_unknown_is_not_no() {
    let house = House::new(&[Row::new(1, "summary contains 'spam'").with("disallow", &[""])], 1_000).await;
    for (number, summary) in ["spam", "fine", "spam too", "other", "fine too"].into_iter().enumerate() {
        let mut request = good(number, 1, summary);
        request.lazy = vec!["page_age".into()];
        house.judged(request).await;
        house.clock.pass(60);
    }
    house.written().await;
    let tests = house.backtests();
    let job =
        house.tested(&tests, &TESTER, BacktestAsk::new("default", "summary contains 'spam' | page_age > 5")).await;
    assert_eq!((job.state, job.progress.share), (JobState::Done, 1.0));
    let report = &job.report;
    assert_eq!((report.actions, report.counts.matched, report.counts.undecided), (5, 2, 3));
    assert_eq!((report.counts.no_match, report.missing.as_slice()), (0, &[("page_age".to_owned(), 3)][..]));
    assert!((report.counts.undecided_share() - 0.6).abs() < 1e-9);
    assert_eq!(report.by_outcome["refused"].matched, 2);
    assert_eq!(report.by_standing["good"].all(), 5);
    assert!(report.per_day.is_some_and(|it| it.low > 0.0 && it.low < it.value && it.value < it.high));
    // Beside the filter in force; what is not offered is no unknown.
    let against = Some(Against { gid: "1".into(), version: None });
    let ask =
        BacktestAsk { against, ..BacktestAsk::new("default", "summary contains 'too' & page_last_edit_age === null") };
    let job = house.tested(&tests, &TESTER, ask).await;
    let diff = job.report.diff.unwrap();
    assert_eq!((diff.gained, diff.lost, diff.both, diff.neither, diff.undecided), (1, 1, 1, 2, 0));
    let of = async |class| {
        let examples = tests.examples(&viewer(&TESTER), &sight(&TESTER), &enwiki(), job.id, class).await.unwrap();
        examples.unwrap().into_iter().map(|it| (it.actor_name, it.outcome, it.hit_id.is_some())).collect::<Vec<_>>()
    };
    assert_eq!(of(DiffClass::Gained).await, [("Good 1".to_owned(), "unknown", false)]);
    assert_eq!(of(DiffClass::Lost).await, [("Good 1".to_owned(), "refused", true)]);
    // Hits alone: what no filter hit is not there, and no number per day can be had.
    let sources = Sources { archive: false, hits: true };
    let job = house.tested(&tests, &TESTER, BacktestAsk { sources, ..BacktestAsk::new("default", "1") }).await;
    assert_eq!((job.report.actions, job.report.per_day), (2, None));
    let examples = tests.examples(&viewer(&TESTER), &sight(&TESTER), &enwiki(), job.id, DiffClass::Gained).await;
    assert_eq!(examples.unwrap().unwrap().len(), 2);
    let job = house
        .tested(
            &tests,
            &TESTER,
            BacktestAsk { max: Some(2), ..BacktestAsk::new("default", "1 / (length(summary) - length(summary))") },
        )
        .await;
    assert_eq!((job.report.counts.error, job.report.cut), (2, Some(CutWhy::Max)));
    let page = tests.list(&viewer(&TESTER), &enwiki(), None, Limit::new(2).unwrap()).await.unwrap();
    assert_eq!((page.items.len(), page.next.is_some()), (2, true));
}

#[tokio::test]
async fn long_texts_decide_as_they_did() {
    let house = House::new(&[], 1_000).await;
    let long = "word ".repeat(400);
    let cut = "a".repeat(70_000);
    for (number, end) in ["pills", "bread", &cut].into_iter().enumerate() {
        let mut request = good(number, 1, "spam");
        request.vars.push(("old_wikitext".into(), long.as_str().into()));
        request.vars.push(("new_wikitext".into(), format!("{long}\n{end}\n").as_str().into()));
        house.judged(request).await;
        house.clock.pass(60);
    }
    house.written().await;
    let tests = house.backtests();
    let of = async |rule: &str| {
        let report = house.tested(&tests, &TESTER, BacktestAsk::new("default", rule)).await.report;
        (report.counts.matched, report.counts.no_match, report.counts.undecided)
    };
    assert_eq!(of("'pills' in added_lines").await, (1, 1, 1), "derived from both texts, one of which was cut");
    assert_eq!(of("summary == 'spam' & new_wikitext contains 'bread'").await, (1, 1, 1));
    assert_eq!(of("summary == 'ham' & new_wikitext contains 'bread'").await, (0, 3, 0), "no text is wanted");
    assert_eq!(of("length(old_wikitext) == 2000").await, (3, 0, 0));
    assert_eq!(of("new_size === null").await, (0, 2, 1));
    let kept = house.all(&TESTER).await;
    assert!(kept.iter().all(|action| action.values.contains_key("old_wikitext")), "who looks at one sees all of it");
    assert_eq!(kept.iter().map(|action| action.cut.len()).collect::<Vec<_>>(), [1, 0, 0]);
}

#[tokio::test]
async fn the_forecast_is_what_the_brake_does() {
    for (consequence, params) in [("block", &["noTalkBlockSet", "1 day", "1 day"][..]), ("disallow", &[""][..])] {
        let rule = "summary contains 'spam'";
        let house = House::new(&[Row::new(1, rule).with(consequence, params)], 100_000).await;
        crate::snapshot::tests::arm(&house.farm.store, 1, house.clock.now()).await;
        house.snapshots.refresh().await.unwrap();
        let key = FilterKey { wiki: enwiki(), number: FilterNumber(1) };
        let mut latched: Option<crate::brake::Latch> = None;
        for number in 0..400 {
            let person = u32::try_from(number % 23).unwrap();
            let summary = if number % 9 == 4 { "spam" } else { "fine" };
            house.judged(good(number, person, summary)).await;
            if latched.is_none() {
                let guard = house.brake.guard(&key, &enwiki());
                latched = guard.and_then(|guard| guard.latches.into_iter().flatten().next());
            }
            house.clock.pass(97);
        }
        house.written().await;
        let tests = house.backtests();
        let against = Some(Against { gid: "1".into(), version: None });
        let job = house.tested(&tests, &TESTER, BacktestAsk { against, ..BacktestAsk::new("default", rule) }).await;
        let forecast = job.report.forecast.unwrap();
        let latch = forecast.latch.unwrap();
        let live = latched.expect("the brake latches");
        assert_eq!(wikiward_farm::clock::from_micros(latch.at), live.since, "{consequence}");
        assert_eq!(latch.path, live.path.letter());
        let evidence = &live.evidence;
        assert_eq!((latch.people, latch.ranges), (evidence.people, evidence.ranges));
        assert_eq!((latch.sum, latch.threshold), (evidence.sum, evidence.threshold));
        assert_eq!(latch.destroyed, evidence.destroyed);
        assert_eq!((forecast.coverage, forecast.consequences.as_slice()), (1.0, &[consequence.to_owned()][..]));
    }
}

#[tokio::test]
async fn protected_values_are_used_by_who_may_see_them_and_each_look_is_noted() {
    let house = House::new(&[Row::new(1, "summary contains 'spam'").with("tag", &["x"])], 1_000).await;
    crate::snapshot::tests::protect(&house.farm.store, 1, "[\"user_unnamed_ip\"]").await;
    house.snapshots.refresh().await.unwrap();
    for (number, summary) in ["spam", "fine", "spam"].into_iter().enumerate() {
        let mut request = good(number, 1, summary);
        request.vars.push(("user_unnamed_ip".into(), "203.0.113.9".into()));
        house.judged(request).await;
        house.clock.pass(1);
    }
    house.written().await;
    let tests = house.backtests();
    let ask = || BacktestAsk::new("default", "user_unnamed_ip == '203.0.113.9'");
    let job = house.tested(&tests, &TESTER, ask()).await;
    assert_eq!((job.report.counts.undecided, job.report.counts.all()), (3, 3), "they see the sample alone");
    let log = crate::hits::access::AccessKind::ProtectedVars;
    assert_eq!(house.accesses(log).await, 0);
    let trusted = [&TESTER[..], &[Right::ProtectedVars]].concat();
    let job = house.tested(&tests, &trusted, ask()).await;
    assert_eq!((job.report.counts.matched, job.report.counts.undecided), (2, 1));
    assert_eq!(house.accesses(log).await, 1, "one entry for a person and a variable");
    let stored = tests.examples(&viewer(&TESTER), &sight(&TESTER), &enwiki(), job.id, DiffClass::Gained).await;
    assert!(!format!("{stored:?} {:?}", job.report).contains("203.0.113.9"));
    // Who runs it does not see more for it later.
    let hits = Sources { archive: false, hits: true };
    let job = house.tested(&tests, &TESTER, BacktestAsk { sources: hits, ..ask() }).await;
    assert_eq!(job.report.actions, 0);
    let job = house.tested(&tests, &trusted, BacktestAsk { sources: hits, ..ask() }).await;
    assert_eq!(job.report.counts.matched, 2);
}

#[tokio::test]
async fn what_was_left_running_is_told_as_interrupted() {
    let house = House::new(&[], 10).await;
    house.judged(edit("a1", &[])).await;
    house.written().await;
    let tests = house.backtests();
    let viewer = viewer(&TESTER);
    let job = tests.start(&viewer, &sight(&TESTER), &enwiki(), BacktestAsk::new("default", "1")).await.unwrap();
    tests.close().await;
    let ended = tests.one(&viewer, &enwiki(), job.id).await.unwrap().unwrap();
    assert!([JobState::Done, JobState::Interrupted].contains(&ended.state), "{ended:?}");
    assert!(ended.ended_at.is_some());
    assert_eq!(tests.at_work.load(std::sync::atomic::Ordering::Relaxed), 0);
    house.clock.pass(31 * 86_400);
    house.hits.sweep(&crate::hits::HitSettings::default(), house.clock.now()).await.unwrap();
    assert_eq!(tests.one(&viewer, &enwiki(), job.id).await.unwrap(), None, "kept for thirty days");
}
