//! The same action is judged once.

use super::*;

fn refusing() -> [Row; 1] {
    [Row::new(1, "summary == 'bad'").with("disallow", &[""]).with("throttle", &["", "1,60", "user"])]
}

#[tokio::test]
async fn a_second_request_gets_the_first_answer_and_leaves_nothing() {
    let bench = Bench::new(&[Row::new(1, "summary == 'bad'").with("disallow", &[""])]).await;
    let bad = || edit("a", &[("summary", "bad".into())]);
    let first = bench.verdict(bad()).await;
    assert_eq!(first.decision, Decision::Refuse);
    assert_eq!(bench.verdict(bad()).await, first);
    assert_eq!(bench.verdict(edit("a", &[("summary", "good".into())])).await, first, "whatever else it says");
    assert_eq!(bench.memory.rows(), 1);
    // Another process with the same database.
    let other = Bench::judge(&bench.farm, &bench.memory, &bench.clock).await;
    let Reply::Complete(again) = other.evaluate(bad()).await.unwrap() else { panic!("a verdict is wanted") };
    assert_eq!(again, first);
    assert_eq!((bench.memory.rows(), other.counts().repeated), (1, 1));
}

#[tokio::test]
async fn requests_at_the_same_time_leave_one_set_of_rows() {
    let bench = Bench::new(&refusing()).await;
    bench.verdict(edit("before", &[("summary", "bad".into())])).await;
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let judge = bench.judge.clone();
            tokio::spawn(async move { judge.evaluate(edit("same", &[("summary", "bad".into())])).await.unwrap() })
        })
        .collect();
    let mut ids = std::collections::BTreeSet::new();
    for task in tasks {
        let Reply::Complete(answer) = task.await.unwrap() else { panic!("a verdict is wanted") };
        assert_eq!(answer.decision, Decision::Refuse);
        ids.insert(answer.evaluation_id.clone());
    }
    assert_eq!((ids.len(), bench.memory.rows()), (1, 1));
    assert_eq!(bench.judge.counts().in_flight, 0);
    assert_eq!(bench.memory.records.lock().unwrap().len(), 2, "the counter was increased once for it");
}

#[tokio::test]
async fn a_test_has_no_effect() {
    let bench = Bench::new(&[Row::new(1, "1").with("warn", &["w"])]).await;
    for _ in 0..2 {
        let answer = bench.verdict(Request { mode: Mode::Test, ..edit("a", &[]) }).await;
        assert_eq!((answer.decision, answer.matched[0].taken.join(" ")), (Decision::Warn, "warn".to_owned()));
    }
    assert_eq!((bench.memory.rows(), bench.judge.counts().warnings), (0, 0));
    assert_eq!(bench.verdict(edit("a", &[])).await.decision, Decision::Warn);
    assert_eq!(bench.verdict(edit("b", &[])).await.decision, Decision::Allow, "the second time it proceeds");
    assert_eq!(bench.verdict(edit("c", &[])).await.decision, Decision::Warn);
}

#[tokio::test]
async fn a_refusal_that_cannot_be_kept_is_not_given() {
    let bench =
        Bench::new(&[Row::new(1, "summary == 'bad'").with("warn", &["w"]), Row::new(2, "1").with("tag", &["t"])]).await;
    bench.memory.is_broken.store(true, Ordering::Relaxed);
    let error = bench.judge.evaluate(edit("a", &[("summary", "bad".into())])).await.unwrap_err();
    assert!(matches!(error, EvaluateError::Overloaded));
    assert_eq!(bench.judge.counts().warnings, 0, "nobody was warned");
    assert_eq!(bench.verdict(edit("b", &[])).await.decision, Decision::Allow);
}

#[tokio::test]
async fn late_evaluations_leave_rows_and_nothing_else() {
    let bench = Bench::new(&[
        Row::new(1, "user_groups contains 'x'").with("block", &[]),
        Row::new(2, "1").with("warn", &["w"]),
    ])
    .await;
    let at = bench.clock.now();
    bench.clock.pass(3_600);
    let request = Request { mode: Mode::Late, at: Some(at), lazy: vec!["user_groups".into()], ..edit("a", &[]) };
    let answer = bench.verdict(request).await;
    assert_eq!((answer.decision, answer.instructions.len(), answer.messages.len()), (Decision::Allow, 0, 0));
    let records = bench.memory.records.lock().unwrap();
    assert_eq!((records[0].at, records[0].hits.len(), records[0].hits[0].taken.len()), (at, 1, 0));
    assert!(records[0].counters.is_empty());
}

#[tokio::test]
async fn what_is_skipped_is_allowed_and_said_to_be() {
    let bench = Bench::new(&[Row::new(1, "1").with("disallow", &[""])]).await;
    let answer = bench.verdict(Request { skip: vec!["null-edit".into()], ..edit("a", &[]) }).await;
    assert_eq!((answer.decision, answer.skipped.as_deref()), (Decision::Allow, Some("null-edit")));
    assert_eq!((bench.memory.rows(), bench.judge.counts().skipped), (0, 1));
}

#[tokio::test]
async fn work_done_ahead_counts_while_the_filters_are_the_same() {
    let bench = Bench::new(&[Row::new(1, "user_rights contains 'x'").with("disallow", &[""])]).await;
    let vars = [("summary", Value::from("s")), ("timestamp", "1".into())];
    let stash = Request { mode: Mode::Stash, lazy: vec!["user_rights".into()], ..edit("", &vars) };
    let stash = Request { action_id: "stash".into(), ..stash };
    let needs = bench.needs(stash.clone()).await;
    let resume = Resume {
        evaluation_id: needs.evaluation_id,
        resume_token: needs.resume_token,
        vars: vec![("user_rights".into(), Value::texts(["x"]))],
        unavailable: Vec::new(),
    };
    let Reply::Complete(ahead) = bench.judge.resume(resume).await.unwrap() else { panic!("a verdict is wanted") };
    assert_eq!((ahead.decision, ahead.matched.len()), (Decision::Allow, 1));
    assert_eq!(bench.memory.rows(), 0);
    let later = [("summary", Value::from("s")), ("timestamp", "2".into())];
    let save = |id: &str, vars: &[(&str, Value)]| Request { lazy: vec!["user_rights".into()], ..edit(id, vars) };
    assert_eq!(bench.verdict(save("a", &later)).await.decision, Decision::Refuse, "nothing has to be asked again");
    let changed = [("summary", Value::from("other"))];
    bench.needs(save("b", &changed)).await;
    bench.farm.save(&[Row::new(2, "1")]).await;
    bench.judge.snapshots().refresh().await.unwrap();
    bench.needs(save("c", &later)).await;
}
