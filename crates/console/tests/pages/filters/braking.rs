//! The emergency brake: a filter that harms says so, and is reactivated with one click.

use super::{add, draft, wiki};
use crate::profile::edit;
use crate::site::{Browser, Site};
use wikiward_farm::Right;
use wikiward_filters::judge::{Answer, Reply, Request};
use wikiward_filters::model::{Actions, Draft, State};

const PAGE: &str = "/w/enwiki/filters/1";
const BRAKE: &str = "/w/enwiki/filters/1/brake";

/// An edit of somebody in good standing.
fn good(number: usize) -> Request {
    let mut request = Request { action_id: format!("good {number}"), ..edit(number) };
    request.actor.id = Some(i64::try_from(number).unwrap() + 100);
    request.actor.name = format!("Good {number}");
    (request.actor.edit_count, request.actor.age_s) = (Some(1_000), Some(100_000_000));
    request.actor.is_blocked = Some(false);
    request.ip = Some(format!("10.0.{number}.1").parse().unwrap());
    request
}

async fn judged(site: &Site, request: Request) -> std::sync::Arc<Answer> {
    let reply = site.console.judge.evaluate(request).await.unwrap();
    let Reply::Complete(answer) = reply else { unreachable!("a verdict is wanted, not {reply:?}") };
    answer
}

/// A wiki with a filter that is braked.
async fn site() -> Site {
    let site = Site::new().await;
    let actions = Actions([("disallow".to_owned(), vec!["abusefilter-disallowed".to_owned()])].into());
    add(&site, &wiki(), Draft { state: State::Enabled, actions, ..draft("Everything", "1") }).await;
    for number in 0..5 {
        judged(&site, good(number)).await;
    }
    site.brake.flush(site.now(), false).await.unwrap();
    site
}

#[tokio::test]
async fn a_braked_filter_says_so_and_one_click_reactivates_it() {
    let site = site().await;
    let mut anybody = Browser::new(&site);
    let seen = anybody.get(PAGE).await;
    assert!(seen.body.contains("This filter has been braked since"), "{}", seen.body);
    assert!(!seen.body.contains("It was an attack"), "there are buttons for who may press them");
    assert!(anybody.get("/w/enwiki/filters").await.body.contains("ww-state-braked"));
    assert!(!anybody.get(BRAKE).await.body.contains("People hit"), "numbers are for who may see details");
    let rights = [Right::View, Right::LogDetail, Right::BrakeRelease];
    let mut helper = site.signed_in_with("Helga", "enwiki", &rights).await;
    let page = helper.get(BRAKE).await;
    assert!(
        page.body.contains("people in good standing were hit") && page.body.contains("People hit"),
        "{}",
        page.body
    );
    let refused = helper.send_form(&page, BRAKE, &[("because", "other"), ("reason", "no")]).await;
    assert_eq!(refused.status, 303);
    assert!(helper.get(BRAKE).await.body.contains("Say why in 3 to 500 characters."));
    let page = helper.get(PAGE).await;
    let done = helper.send_form(&page, BRAKE, &[("because", "attack")]).await;
    assert_eq!((done.status, done.header("location")), (303, BRAKE));
    let page = helper.get(BRAKE).await;
    assert!(
        page.body.contains("Filter 1 does again what it did.") && page.body.contains("is not braked here"),
        "{}",
        page.body
    );
    assert!(!anybody.get(PAGE).await.body.contains("has been braked"));
    let answer = judged(&site, good(9)).await;
    assert_eq!(answer.decision, wikiward_filters::consequences::Decision::Refuse);
    let history = anybody.get("/w/enwiki/filters/1/history").await;
    assert!(history.body.contains("reactivated") && history.body.contains("Helga"), "{}", history.body);
}

#[tokio::test]
async fn who_may_not_reactivate_is_told() {
    let site = site().await;
    let mut reader = site.signed_in_with("Rita", "enwiki", &[Right::View]).await;
    assert_eq!(reader.post(BRAKE, &[("because", "attack")]).await.status, 403);
    assert_eq!(reader.get("/w/enwiki/filters/9/brake").await.status, 404);
}
