//! Verdicts on trial, beside another program that decides.

use super::*;
use crate::hits::parallel::{TestHit, records};
use wikiward_farm::Id;

async fn kept(bench: &Bench) -> Vec<TestHit> {
    bench.judge.shadow_log().flush().await.unwrap();
    let mut conn = bench.farm.store.reader().await.unwrap();
    let first = (Timestamp::UNIX_EPOCH, Id::from_bytes([0; 16]));
    records::page(&mut conn, &"enwiki".parse().unwrap(), first).await.unwrap()
}

fn trial(action_id: &str) -> Request {
    Request { mode: Mode::Test, ..edit(action_id, &[("page_id", 1.into())]) }
}

#[tokio::test]
async fn a_trial_leaves_which_filter_matched_only_where_two_programs_are_compared() {
    let throttled = || Row::new(2, "page_id == 1").with("throttle", &["2", "5,60", "user"]).with("disallow", &[""]);
    let filters = || [Row::new(1, "page_id == 1").with("disallow", &[""]), throttled(), Row::new(3, "page_id == 2")];
    let bench = Bench::new(&filters()).await;
    bench.verdict(trial("a")).await;
    assert_eq!(kept(&bench).await, []);

    let bench = Bench::new(&filters()).await;
    let settings = serde_json::json!({"parallel_run": true});
    bench.farm.wikis.settings.lock().unwrap().insert("enwiki".parse().unwrap(), settings);
    let now = bench.clock.now();
    let earlier = now - jiff::SignedDuration::from_secs(3);
    bench.verdict(Request { at: Some(earlier), ..trial("b") }).await;
    let hits = kept(&bench).await;
    let seen: Vec<_> =
        hits.iter().map(|it| (it.filter.number.0, it.action_id.as_str(), it.is_held_back, it.at)).collect();
    assert_eq!(seen, [(1, "b", false, earlier), (2, "b", true, earlier)]);
    assert_eq!(
        (hits[0].kind.as_str(), hits[0].actor_name.as_str(), hits[0].target.title.as_str()),
        ("edit", "Example", "Foo")
    );
    assert_eq!(bench.memory.rows(), 0, "and no hit");
    // What is enforced has its hits, and needs no other row.
    bench.verdict(edit("c", &[("page_id", 1.into())])).await;
    assert_eq!(kept(&bench).await.len(), 2);
}
