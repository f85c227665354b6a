//! Filters in the shadow, and what is counted of all of them.

use super::*;
use crate::hits::list::Log;
use crate::hits::shadow::ShadowRow;
use crate::hits::visible::tests::{classes, viewer};
use crate::hits::{Hits, RestrictedRows, Sight};
use crate::model::{FilterKey, FilterNumber, Privacy, State};
use crate::profile::{Counts as Bucket, Range};
use wikiward_farm::{Limit, Right, Viewer};

fn shadow(number: u32, rules: &str) -> Row {
    Row { state: State::Shadow, ..Row::new(number, rules) }
}

impl Bench {
    /// Waits for what runs after answers, bounded.
    async fn settle(&self) {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        self.judge.shadow_log().flush().await.unwrap();
    }

    /// What was counted of the wiki.
    async fn counted(&self) -> Bucket {
        let now = self.clock.now();
        let span = crate::profile::Span { from: Timestamp::UNIX_EPOCH, to: Timestamp::MAX, now };
        let groups = self.judge.profile().read(&"enwiki".parse().unwrap(), span).await.unwrap();
        let mut all = Bucket::default();
        groups.into_values().flatten().for_each(|(_, counts)| all.merge(&counts));
        all
    }

    async fn shadow_hits(&self, number: u32, rights: &[Right]) -> Vec<ShadowRow> {
        let hits =
            Hits::new(self.farm.store.clone(), &Keyring::new(&[7; 32]), Arc::new(SystemEntropy), self.clock.clone());
        let wiki: WikiId = "enwiki".parse().unwrap();
        let sight = Sight::of(&viewer(rights), &wiki, RestrictedRows::Omit, |_| Vec::new());
        let key = FilterKey { wiki: wiki.clone(), number: FilterNumber(number) };
        let log = Log::Wiki(wiki);
        let page = hits.shadow_list(&log, &key, None, Limit::default(), &sight).await.unwrap();
        let mut rows = Vec::new();
        for row in page.items {
            rows.push(hits.shadow_one(&log, &key, row.key.hit_id, &sight).await.unwrap().unwrap());
        }
        rows
    }
}

#[tokio::test]
async fn a_filter_in_the_shadow_has_no_effect_and_leaves_its_own_row() {
    let quiet = shadow(9, "summary contains 'spam'").with("disallow", &[""]).with("rangeblock", &[]);
    let bench = Bench::new(&[Row::new(1, "page_id == 99"), quiet]).await;
    let answer = bench.verdict(edit("a1", &[("summary", "spam".into()), ("user_name", "203.0.113.9".into())])).await;
    assert_eq!((answer.decision, answer.matched.len(), bench.memory.rows()), (Decision::Allow, 0, 0));
    assert_eq!(answer.conditions_used, 1, "it takes no conditions from the others");
    bench.verdict(edit("a2", &[("summary", "typo".into())])).await;
    bench.verdict(Request { mode: Mode::Test, ..edit("a3", &[("summary", "spam".into())]) }).await;
    bench.settle().await;
    let rows = bench.shadow_hits(9, Right::ALL).await;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].action_id.as_str(), rows[0].decision.as_str()), ("a1", "allow"));
    assert_eq!(rows[0].consequences, ["disallow"], "a consequence that is off on the wiki would not have run");
    let variables = rows[0].variables.as_ref().unwrap();
    assert_eq!(variables["summary"], "spam");
    assert_eq!(variables["user_name"], crate::hits::dump::ADDRESS_MARKER);
    let counted = bench.counted().await;
    assert_eq!((counted.filters["9"].evaluations, counted.filters["9"].matches, counted.filters["9"].hits), (2, 1, 0));
    assert_eq!(counted.filters["9"].dropped, 0);
    assert_eq!(counted.seen(|_| true).matched, 0, "the shadow is in no sum");
}

#[tokio::test]
async fn a_filter_in_the_shadow_never_asks_for_a_variable() {
    let bench = Bench::new(&[shadow(9, "'sysop' in user_rights"), shadow(10, "page_id == 1")]).await;
    let request = Request { lazy: vec!["user_rights".into()], ..edit("a1", &[("page_id", 1.into())]) };
    bench.verdict(request).await;
    bench.settle().await;
    let counted = bench.counted().await;
    assert_eq!((counted.filters["9"].evaluations, counted.filters["9"].dropped), (0, 1));
    assert_eq!((counted.filters["10"].matches, counted.group.needs), (1, 0));
}

#[tokio::test]
async fn a_repeated_action_leaves_no_second_row_in_the_shadow() {
    let bench = Bench::new(&[shadow(9, "1"), Row::new(1, "1").with("disallow", &[""])]).await;
    let first = bench.verdict(edit("a1", &[])).await;
    let second = bench.verdict(edit("a1", &[])).await;
    assert_eq!(first, second);
    bench.settle().await;
    assert_eq!(bench.shadow_hits(9, Right::ALL).await.len(), 1);
    assert_eq!(bench.counted().await.group.verdicts, 1);
}

#[tokio::test]
async fn hits_in_the_shadow_are_seen_as_other_hits_are() {
    let marked = |number, bits| Row { privacy: Privacy::from_bits(bits).unwrap(), ..shadow(number, "1") };
    let bench = Bench::new(&[marked(1, 0), marked(2, 1), marked(3, 2), marked(4, 4)]).await;
    bench.verdict(edit("a1", &[])).await;
    bench.settle().await;
    let mut seen = Vec::new();
    for (class, rights) in classes() {
        let mut numbers = Vec::new();
        for number in 1..=4 {
            let rows = bench.shadow_hits(number, &rights).await;
            if let Some(row) = rows.first() {
                numbers.push(number);
                assert_eq!(row.variables.is_some(), class != "log");
            }
        }
        seen.push((class, numbers));
    }
    let expected = [
        ("log", vec![1]),
        ("detail", vec![1]),
        ("private", vec![1, 2]),
        ("protected", vec![1, 3]),
        ("editor", vec![1, 2, 3]),
        ("oversight", vec![1, 2, 3, 4]),
        ("hidden", vec![1, 2, 3, 4]),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn what_filters_did_is_counted() {
    let refuses = Row::new(1, "summary contains 'spam'").with("block", &["noTalkBlockSet", "1 day", "1 day"]);
    let counts = Row::new(2, "1").with("throttle", &["", "100,60", "user"]).with("disallow", &[""]);
    let needs = Row::new(3, "'sysop' in user_rights");
    let fails = Row::new(4, "1 / page_id > 1");
    let bench = Bench::new(&[refuses, counts, needs, fails]).await;
    let vars = [("summary", "spam".into()), ("page_id", 0.into())];
    let request = Request { lazy: vec!["user_rights".into()], ..edit("a1", &vars) };
    let needs = bench.needs(request).await;
    let resume = Resume {
        evaluation_id: needs.evaluation_id,
        resume_token: needs.resume_token,
        vars: Vec::new(),
        unavailable: vec!["user_rights".into()],
    };
    bench.judge.resume(resume).await.unwrap();
    bench.verdict(Request { skip: vec!["bot".into()], ..edit("a2", &[]) }).await;
    let counted = bench.counted().await;
    let of = |gid: &str| counted.filters[gid].clone();
    assert_eq!((of("1").hits, of("1").refusals, of("1").destructive, of("1").obstructive), (1, 1, 1, 1));
    assert_eq!((of("2").matches, of("2").hits, of("2").refusals), (1, 0, 0));
    assert_eq!((of("3").degraded, of("3").asks["user_rights"]), (1, (1, 1)));
    assert_eq!((of("4").errors, of("4").evaluations), (1, 1));
    assert_eq!((counted.group.verdicts, counted.group.needs, counted.group.unjudged["bot"]), (1, 1, 1));
    let seen = counted.seen(|gid| gid == "2");
    assert_eq!((seen.matched, seen.hits, seen.refused), (1, 0, 0));
}

#[tokio::test]
async fn single_filters_are_timed_now_and_then() {
    let bench = Bench::new(&[Row::new(1, "page_id == 1 & summary == 'x'")]).await;
    for number in 0..128 {
        bench.verdict(edit(&format!("a{number}"), &[("page_id", 1.into())])).await;
    }
    let counted = bench.counted().await;
    assert_eq!((counted.filters["1"].time_us.count(), counted.filters["1"].conditions.sum()), (2, 4));
    assert_eq!((counted.group.conditions, counted.group.time_us.count()), (256, 128));
    let now = bench.clock.now();
    let range = Range::new(None, None, Some(300), now).unwrap();
    let wiki: WikiId = "enwiki".parse().unwrap();
    let stats = bench.judge.profile().filter(&Viewer::operator(), &wiki, "1", range, now).await.unwrap();
    assert_eq!((stats.steps.len(), stats.total.evaluations), (range.steps().len(), 128));
}
