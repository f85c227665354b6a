//! Filters that use more than there is.

use super::*;
use crate::model::Tier;

/// Uses six conditions and matches.
const SIX: &str = "page_id == 1 & page_id == 1 & page_id == 1 & page_id == 1 & page_id == 1 & page_id == 1";

fn names(answer: &Answer) -> (Vec<&str>, Vec<(&str, &str)>) {
    let matched = answer.matched.iter().map(|it| it.filter.gid.as_str());
    let left_out = answer.not_evaluated.iter().map(|it| (it.filter.gid.as_str(), it.why.name()));
    (matched.collect(), left_out.collect())
}

async fn bench(settings: serde_json::Value) -> Bench {
    let critical = Row { tier: Tier::Critical, priority: -9, ..Row::new(9, SIX) };
    let bench = Bench::new(&[Row::new(1, SIX), Row::new(2, SIX), Row::new(3, "page_id == 2"), critical]).await;
    bench.farm.wikis.settings.lock().unwrap().insert("enwiki".parse().unwrap(), settings);
    bench
}

#[tokio::test]
async fn critical_filters_get_their_conditions_before_others() {
    let bench = bench(serde_json::json!({"conditions_limit": 13})).await;
    let answer = bench.verdict(edit("a", &[("page_id", 1.into())])).await;
    assert_eq!(names(&answer), (vec!["1", "9"], vec![("2", "conditions"), ("3", "conditions")]));
    assert!(answer.conditions_exceeded && answer.conditions_used <= 13);
    let tags = Effect::Tag { tags: vec!["abusefilter-condition-limit".into()] };
    assert_eq!(answer.instructions.last().map(|it| &it.effect), Some(&tags));
    assert!(answer.errors.is_empty());
}

#[tokio::test]
async fn the_old_policy_goes_strictly_in_order() {
    let bench = bench(serde_json::json!({"conditions_limit": 13, "budget_policy": "compat"})).await;
    let answer = bench.verdict(edit("a", &[("page_id", 1.into())])).await;
    let (matched, left_out) = names(&answer);
    assert_eq!(matched, ["1", "2"]);
    assert_eq!(left_out.last(), Some(&("9", "conditions")));
}

#[tokio::test]
async fn a_filter_that_fails_does_not_match_and_is_named() {
    let bench = Bench::new(&[Row::new(1, "1 / page_id"), Row::new(2, "1")]).await;
    let answer = bench.verdict(edit("a", &[("page_id", 0.into())])).await;
    assert_eq!(names(&answer).0, ["2"]);
    assert_eq!((answer.errors[0].filter.gid.as_str(), answer.errors[0].reason.as_str()), ("1", "dividebyzero"));
}
