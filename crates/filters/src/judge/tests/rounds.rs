//! Variables that are asked for.

use super::*;

fn resume(needs: &Needs, vars: &[(&str, Value)], unavailable: &[&str]) -> Resume {
    Resume {
        evaluation_id: needs.evaluation_id.clone(),
        resume_token: needs.resume_token.clone(),
        vars: vars.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        unavailable: unavailable.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn lazy(id: &str, lazy: &[&str]) -> Request {
    Request { lazy: lazy.iter().map(|name| (*name).to_owned()).collect(), ..edit(id, &[]) }
}

fn names(needs: &Needs) -> Vec<(&str, u32)> {
    needs.needs.iter().map(|need| (need.name.as_str(), need.wanted_by)).collect()
}

impl Bench {
    async fn more(&self, resume: Resume) -> Needs {
        match self.judge.resume(resume).await.unwrap() {
            Reply::Needs(needs) => needs,
            Reply::Complete(answer) => panic!("needs are wanted, not {answer:?}"),
        }
    }

    async fn last(&self, resume: Resume) -> Arc<Answer> {
        match self.judge.resume(resume).await.unwrap() {
            Reply::Complete(answer) => answer,
            Reply::Needs(needs) => panic!("a verdict is wanted, not {needs:?}"),
        }
    }
}

#[tokio::test]
async fn rounds_go_on_until_nothing_is_missing() {
    let chain = "user_age > 5 & page_age > 5 & user_rights contains 'x'";
    let bench =
        Bench::new(&[Row::new(1, chain).with("disallow", &[""]), Row::new(2, "user_age > 9").with("tag", &["t"])])
            .await;
    let offered = ["user_rights", "page_age", "user_age"];
    let first = bench.needs(lazy("a", &offered)).await;
    assert_eq!((names(&first), first.round, first.rounds_left), (vec![("user_age", 2)], 1, 2));
    let second = bench.more(resume(&first, &[("user_age", 7.into())], &[])).await;
    assert_eq!((names(&second), second.round, second.rounds_left), (vec![("page_age", 1)], 2, 1));
    let third = bench.more(resume(&second, &[("page_age", 7.into())], &[])).await;
    assert_eq!((names(&third), third.rounds_left), (vec![("user_rights", 1)], 0));
    assert_eq!(bench.memory.rows(), 0, "nothing is left behind before the end");
    let answer = bench.last(resume(&third, &[("user_rights", Value::texts(["x"]))], &[])).await;
    assert_eq!((answer.decision, answer.matched.len(), answer.rounds), (Decision::Refuse, 1, 4));
    assert_eq!(bench.memory.rows(), 1);
    // The caller that can compute nothing gets its answer at once.
    assert_eq!(bench.verdict(lazy("b", &[])).await.decision, Decision::Allow);
    // What was asked for every time is likely to be wanted again.
    let again = bench.needs(lazy("c", &offered)).await;
    assert_eq!(again.also_likely, ["page_age", "user_rights"]);
}

#[tokio::test]
async fn a_verdict_names_what_the_next_one_will_need_and_forgets_it_with_the_filters() {
    let bench = Bench::new(&[Row::new(1, "user_age > 5"), Row::new(2, "summary == 'x' & page_age > 5")]).await;
    let age = [("user_age", Value::from(7))];
    let asked = async |id: String| {
        let needs = bench.needs(lazy(&id, &["page_age", "user_age", "user_rights"])).await;
        bench.last(resume(&needs, &age, &[])).await.also_likely.clone()
    };
    for n in 0..7 {
        assert!(asked(format!("early{n}")).await.is_empty(), "{n} evaluations say little");
    }
    assert_eq!(asked("enough".into()).await, ["user_age"]);
    // Sent ahead, nobody asks for it; it is likely all the same. Now and then nothing is named, to see what is needed.
    let mut silent = 0;
    for n in 0..128 {
        let ahead = Request { lazy: vec!["page_age".into()], ..edit(&format!("ahead{n}"), &age) };
        let answer = bench.verdict(ahead).await;
        assert_eq!(answer.rounds, 1);
        silent += usize::from(answer.also_likely.is_empty());
    }
    assert_eq!(silent, 2);
    bench.farm.save(&[Row { version: 2, ..Row::new(1, "false") }]).await;
    bench.judge.snapshots().refresh().await.unwrap();
    assert!(bench.verdict(lazy("changed", &["user_age"])).await.also_likely.is_empty());
}

#[tokio::test]
async fn names_sent_ahead_are_used_and_wrong_names_leave_the_evaluation_waiting() {
    let bench = Bench::new(&[Row::new(1, "user_age > 5 & page_age > 5").with("disallow", &[""])]).await;
    let first = bench.needs(lazy("a", &["page_age", "user_age"])).await;
    let wrong = bench.judge.resume(resume(&first, &[("weather", 1.into())], &[])).await.unwrap_err();
    assert!(matches!(wrong, EvaluateError::UnknownVariable(_)));
    let both = [("user_age", Value::from(7)), ("page_age", 7.into())];
    assert_eq!(bench.last(resume(&first, &both, &[])).await.decision, Decision::Refuse);
}

#[tokio::test]
async fn a_lost_token_or_one_too_old_is_told_and_leaves_no_rows() {
    let bench = Bench::new(&[Row::new(1, "user_age > 5").with("disallow", &[""])]).await;
    let needs = bench.needs(lazy("a", &["user_age"])).await;
    let age = [("user_age", Value::from(7))];
    let other = Needs { resume_token: "node2.00".into(), ..needs.clone() };
    assert!(matches!(bench.judge.resume(resume(&other, &age, &[])).await, Err(EvaluateError::ResumeLost)));
    assert_eq!(bench.judge.waiting_for(&needs.evaluation_id).unwrap().as_str(), "enwiki");
    bench.clock.pass(15);
    assert!(matches!(bench.judge.resume(resume(&needs, &age, &[])).await, Err(EvaluateError::ResumeLost)));
    assert!(matches!(bench.judge.waiting_for("ev_nonsense"), Err(EvaluateError::ResumeLost)));
    assert_eq!((bench.judge.counts().abandoned, bench.judge.counts().waiting_bytes, bench.memory.rows()), (1, 0, 0));
    // The caller begins again, with what it has by now.
    assert_eq!(bench.verdict(edit("a", &age)).await.decision, Decision::Refuse);
}

#[tokio::test]
async fn an_evaluation_keeps_to_the_filters_it_began_with() {
    let bench = Bench::new(&[Row::new(1, "user_age > 5").with("disallow", &[""])]).await;
    let needs = bench.needs(lazy("a", &["user_age"])).await;
    bench.farm.save(&[Row { version: 2, ..Row::new(1, "false") }]).await;
    bench.judge.snapshots().refresh().await.unwrap();
    let answer = bench.last(resume(&needs, &[("user_age", 7.into())], &[])).await;
    assert_eq!((answer.decision, answer.matched[0].version), (Decision::Refuse, 1));
    assert_eq!(bench.verdict(edit("b", &[("user_age", 7.into())])).await.decision, Decision::Allow);
}

#[tokio::test]
async fn a_filter_that_lacks_a_variable_does_only_what_nobody_notices() {
    let filters = [
        Row::new(1, "user_age === null").with("disallow", &[""]).with("tag", &["t"]),
        Row::new(2, "page_id == 1 | user_age > 5").with("disallow", &[""]),
    ];
    let bench = Bench::new(&filters).await;
    let request = Request { vars: vec![("page_id".into(), 2.into())], ..lazy("a", &["user_age"]) };
    let needs = bench.needs(request).await;
    let answer = bench.last(resume(&needs, &[], &["user_age"])).await;
    let matched: Vec<_> = answer.matched.iter().map(|it| (it.filter.gid.as_str(), it.taken.join(" "))).collect();
    assert_eq!((matched, answer.decision), (vec![("1", "tag".to_owned())], Decision::Allow));
    let degraded: Vec<_> = answer.degraded.iter().map(|it| (it.filter.gid.as_str(), it.variables.join(" "))).collect();
    assert_eq!(degraded, [("1", "user_age".to_owned()), ("2", "user_age".to_owned())]);
    // Who never reads it is not degraded.
    let request = Request { vars: vec![("page_id".into(), 1.into())], ..lazy("b", &["user_age"]) };
    let needs = bench.needs(request).await;
    let answer = bench.last(resume(&needs, &[], &["user_age"])).await;
    assert_eq!((answer.decision, answer.degraded.len()), (Decision::Refuse, 1));
}

#[tokio::test]
async fn what_is_missing_after_the_last_round_cannot_be_had() {
    let bench = Bench::new(&[Row::new(1, "user_age === null").with("tag", &["t"])]).await;
    let mut needs = bench.needs(lazy("a", &["user_age"])).await;
    for left in [1, 0] {
        needs = bench.more(resume(&needs, &[], &[])).await;
        assert_eq!(needs.rounds_left, left);
    }
    let answer = bench.last(resume(&needs, &[], &[])).await;
    assert_eq!((answer.matched.len(), answer.degraded.len()), (1, 1));
}

#[tokio::test]
async fn derived_variables_ask_for_what_they_are_made_of() {
    let bench = Bench::new(&[Row::new(1, "added_links contains 'spam'").with("disallow", &[""])]).await;
    let first = bench.needs(lazy("a", &["old_links", "new_links"])).await;
    assert_eq!(names(&first), [("old_links", 1)]);
    let second = bench.more(resume(&first, &[("old_links", Value::texts(["a"]))], &[])).await;
    assert_eq!(names(&second), [("new_links", 1)]);
    let links = Value::texts(["a", "https://spam.example/"]);
    assert_eq!(bench.last(resume(&second, &[("new_links", links)], &[])).await.decision, Decision::Refuse);
}

#[tokio::test]
async fn a_group_derives_variables_of_its_own() {
    let rule = "'Mallory' in newsletter_added_publishers";
    let filter = Row { group: "newsletter".into(), ..Row::new(1, rule).with("disallow", &[""]) };
    let bench = Bench::new(&[filter]).await;
    let request = |id: &str, lazy: &[&str]| Request {
        group: "newsletter".into(),
        kind: "newsletter-edit".into(),
        vars: vec![("newsletter_new_publishers".into(), Value::texts(["Alice", "Mallory"]))],
        lazy: lazy.iter().map(|name| (*name).to_owned()).collect(),
        ..edit(id, &[])
    };
    let needs = bench.needs(request("a", &["newsletter_old_publishers"])).await;
    assert_eq!(names(&needs), [("newsletter_old_publishers", 1)]);
    let old = [("newsletter_old_publishers", Value::texts(["Alice"]))];
    assert_eq!(bench.last(resume(&needs, &old, &[])).await.decision, Decision::Refuse);
    let needs = bench.needs(request("b", &["newsletter_old_publishers"])).await;
    assert_eq!(bench.last(resume(&needs, &[], &["newsletter_old_publishers"])).await.decision, Decision::Allow);
    assert_eq!(bench.verdict(request("c", &[])).await.decision, Decision::Allow);
}
