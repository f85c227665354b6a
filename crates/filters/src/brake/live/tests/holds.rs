//! Holding the brake.

use super::*;
use crate::life::BrakeError;
use crate::life::braking::{ConfirmHold, PrepareHold};
use wikiward_farm::right::RightSet;
use wikiward_farm::viewer::Rights;
use wikiward_farm::{Coded, Principal};

fn person(id: i64) -> Viewer {
    let name = format!("Holder {id}").parse().unwrap();
    Viewer::new(Principal::Account { id, name }, Rights::farm_wide(RightSet::all()), false)
}

/// Somebody for whom a wiki speaks.
fn on_wiki(wiki: &str, id: i64, name: &str) -> Viewer {
    let principal = Principal::WikiUser { wiki: wiki.parse().unwrap(), id, name: name.parse().unwrap() };
    Viewer::new(principal, Rights::farm_wide(RightSet::all()), false)
}

fn wish(seconds: u32) -> PrepareHold {
    PrepareHold { seconds, reason: "a flood, and the rule was looked at".into(), for_second_person: false }
}

async fn prepare(bench: &Braking, who: &Viewer, wish: &PrepareHold) -> Result<(String, ConfirmHold), BrakeError> {
    let wiki = "enwiki".parse().unwrap();
    let sheet = bench.filters.prepare_hold(who, &wiki, "1", wish).await?;
    Ok((sheet.hold_id, ConfirmHold { token: sheet.confirm_token, acknowledge: "the last matches".into() }))
}

async fn confirm(bench: &Braking, who: &Viewer, (id, confirm): &(String, ConfirmHold)) -> Result<Braked, BrakeError> {
    let wiki = "enwiki".parse().unwrap();
    bench.filters.confirm_hold(who, &wiki, "1", id, confirm).await.map(|(_, braked)| braked)
}

fn code<T: std::fmt::Debug>(result: Result<T, BrakeError>) -> &'static str {
    result.unwrap_err().code()
}

#[tokio::test]
async fn a_hold_counts_when_it_is_confirmed_and_ends_by_itself_also_across_a_restart() {
    let bench = Braking::new(&[spam(1).with("disallow", &[""])]).await;
    let ada = person(1);
    let held = prepare(&bench, &ada, &wish(600)).await.unwrap();
    assert!(bench.braked(1).await.hold(bench.clock.now()).is_none(), "it is not confirmed");
    confirm(&bench, &ada, &held).await.unwrap();
    for person in 0..10 {
        bench.clock.pass(10);
        assert_eq!(bench.judged(bench.good(person, "spam")).await.decision, Decision::Refuse, "it is held");
    }
    let braked = bench.braked(1).await;
    assert_eq!(braked.latched(), []);
    assert_eq!(braked.hold(bench.clock.now()).unwrap().would_have.len(), 1);
    assert_eq!(code(prepare(&bench, &ada, &wish(600)).await), "hold_active");
    // The process is away when it ends. What stands against the filter counts at once.
    let clock = bench.clock.clone();
    let bench = bench.again().await;
    clock.pass(600);
    bench.live.tick(clock.now());
    assert_eq!(bench.latched(1).await, [Class::Obstructive]);
    let history = bench.history(1).await;
    let told: Vec<&str> = history.iter().map(String::as_str).filter(|kind| *kind != "brake.alert").collect();
    assert_eq!(told, ["hold.start", "hold.expire", "brake.latch"]);
}

#[tokio::test]
async fn a_hold_releases_what_is_latched_and_its_ceiling_still_latches() {
    let bench = Braking::new(&[spam(1).with("block", &["noTalkBlockSet", "1 day", "1 day"])]).await;
    for address in 0..20 {
        bench.judged(bench.stranger(address, "spam")).await;
    }
    assert_eq!(bench.latched(1).await, [Class::Destructive]);
    let ada = person(1);
    let held = prepare(&bench, &ada, &wish(3_600)).await.unwrap();
    assert_eq!(confirm(&bench, &ada, &held).await.unwrap().latched(), []);
    let mut blocked = 0;
    for address in 100..230 {
        let answer = bench.judged(bench.stranger(address, "spam")).await;
        assert_eq!(answer.decision, Decision::Refuse);
        blocked += usize::from(answer.matched[0].taken == ["block"]);
    }
    // Holding released the latch by a person's word, which doubles the ceilings of a hold: 200.
    assert_eq!(blocked, 130);
    for address in 300..400 {
        bench.judged(bench.stranger(address, "spam")).await;
    }
    let braked = bench.braked(1).await;
    assert_eq!(braked.latched(), [Class::Destructive]);
    assert!(braked.hold(bench.clock.now()).is_none(), "the hold is over");
    assert_eq!(bench.history(1).await.iter().filter(|kind| *kind == "hold.end").count(), 1);
}

#[tokio::test]
async fn what_a_hold_needs_is_asked_for() {
    let bench = Braking::new(&[spam(1).with("disallow", &[""])]).await;
    let (ada, bob) = (person(1), person(2));
    assert_eq!(code(prepare(&bench, &ada, &wish(59)).await), "bad_request");
    assert_eq!(code(prepare(&bench, &ada, &wish(3_601)).await), "hold_too_long");
    let nobody = Viewer::new(
        Principal::Account { id: 3, name: "Nobody".parse().unwrap() },
        Rights::farm_wide(RightSet::everybody()),
        false,
    );
    assert_eq!(code(prepare(&bench, &nobody, &wish(60)).await), "forbidden");
    let late = prepare(&bench, &ada, &wish(60)).await.unwrap();
    bench.clock.pass(121);
    assert_eq!(code(confirm(&bench, &ada, &late).await), "confirm_expired");
    let mut wrong = prepare(&bench, &ada, &wish(60)).await.unwrap();
    wrong.1.token = "00".repeat(16);
    assert_eq!(code(confirm(&bench, &ada, &wrong).await), "confirm_expired");
    for _ in 0..3 {
        let held = prepare(&bench, &ada, &wish(3_600)).await.unwrap();
        confirm(&bench, &ada, &held).await.unwrap();
        assert_eq!(code(confirm(&bench, &ada, &held).await), "confirm_expired", "once");
        bench.clock.pass(3_601);
        bench.live.tick(bench.clock.now());
        bench.live.flush(bench.clock.now(), false).await.unwrap();
    }
    assert_eq!(code(prepare(&bench, &ada, &wish(3_600)).await), "second_person_needed");
    let second = PrepareHold { for_second_person: true, ..wish(3_600) };
    let held = prepare(&bench, &ada, &second).await.unwrap();
    assert_eq!(code(confirm(&bench, &ada, &held).await), "same_person");
    for same in [on_wiki("enwiki", 7, "Holder 1"), on_wiki("dewiki", 1, "holder_1")] {
        assert_eq!(code(confirm(&bench, &same, &held).await), "same_person", "{same:?}");
    }
    confirm(&bench, &bob, &held).await.unwrap();
    let wiki = "enwiki".parse().unwrap();
    bench.clock.pass(60);
    bench.filters.end_hold(&ada, &wiki, "1", &held.0).await.unwrap();
    assert_eq!(code(bench.filters.end_hold(&ada, &wiki, "1", &held.0).await), "not_found");
    assert!(bench.braked(1).await.hold(bench.clock.now()).is_none());
}
