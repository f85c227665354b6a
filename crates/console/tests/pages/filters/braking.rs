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
pub(crate) async fn site() -> Site {
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
    assert!(seen.body.contains("This filter was braked"), "{}", seen.body);
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
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Say why in 3 to 500 characters.") && refused.body.contains("value=\"no\""));
    let page = helper.get(PAGE).await;
    let done = helper.send_form(&page, BRAKE, &[("because", "attack")]).await;
    assert_eq!((done.status, done.header("location")), (303, BRAKE));
    let page = helper.get(BRAKE).await;
    assert!(
        page.body.contains("Filter 1 does again what it did.") && page.body.contains("is not braked here"),
        "{}",
        page.body
    );
    assert!(!anybody.get(PAGE).await.body.contains("This filter was braked"));
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

const HOLD: &str = "/w/enwiki/filters/1/brake/hold";

/// The value of a hidden field of a page.
fn hidden(body: &str, name: &str) -> String {
    let after = body.split_once(&format!("name=\"{name}\" value=\"")).unwrap().1;
    after.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn a_hold_is_prepared_on_one_page_and_confirmed_on_the_next() {
    let site = site().await;
    let rights = [Right::View, Right::Log, Right::LogDetail, Right::BrakeRelease, Right::BrakeHold];
    let mut holder = site.signed_in_with("Helga", "enwiki", &rights).await;
    let page = holder.get(BRAKE).await;
    assert!(page.body.contains(HOLD) && page.body.contains("What is counted"), "{}", page.body);
    let page = holder.get(HOLD).await;
    let refused = holder.send_form(&page, HOLD, &[("seconds", "900"), ("reason", "no")]).await;
    assert!(refused.status == 422 && refused.body.contains("Say why in 3 to 500 characters."), "{}", refused.body);
    let sheet = holder.send_form(&page, HOLD, &[("seconds", "900"), ("reason", "a flood, looked at")]).await;
    assert!(sheet.status == 200 && sheet.body.contains("Refusals") && sheet.body.contains("data-countdown"));
    assert!(sheet.body.contains("5 in good standing, 0 other accounts, 0 unregistered"), "{}", sheet.body);
    assert!(holder.get(BRAKE).await.body.contains("This filter was braked"), "nothing happened yet");
    let (hold, token) = (hidden(&sheet.body, "hold"), hidden(&sheet.body, "token"));
    let confirm = "/w/enwiki/filters/1/brake/hold/confirm";
    let fields = |acknowledge| [("hold", hold.as_str()), ("token", token.as_str()), ("acknowledge", acknowledge)];
    let again = holder.send_form(&sheet, confirm, &fields("")).await;
    assert!(again.status == 422 && again.body.contains("what you looked at"), "{}", again.body);
    let done = holder.send_form(&again, confirm, &fields("the last matches")).await;
    assert_eq!((done.status, done.header("location")), (303, BRAKE));
    let page = holder.get(BRAKE).await;
    assert!(page.body.contains("is not braked for a while") && page.body.contains("End the hold"), "{}", page.body);
    let start = holder.get("/").await;
    assert!(start.body.contains("not braked until") && start.body.contains("a flood, looked at"), "{}", start.body);
    let expired = holder.send_form(&again, confirm, &fields("once more")).await;
    assert_eq!((expired.status, expired.header("location")), (303, HOLD));
    let ended = holder.send_form(&page, BRAKE, &[("hold", &hold)]).await;
    assert_eq!(ended.status, 303);
    assert!(holder.get(BRAKE).await.body.contains("The hold of filter 1 is over."));
    // Who may not hold finds no way to.
    let mut reader = site.signed_in_with("Rita", "enwiki", &[Right::View, Right::BrakeRelease]).await;
    assert!(!reader.get(BRAKE).await.body.contains(HOLD));
    assert_eq!(reader.get(HOLD).await.status, 403);
    assert_eq!(Browser::new(&site).get(HOLD).await.status, 401, "sign in first");
}

#[tokio::test]
async fn a_hold_for_two_people_is_confirmed_by_the_second() {
    let site = site().await;
    let rights = [Right::View, Right::BrakeHold];
    let mut first = site.signed_in_with("Helga", "enwiki", &rights).await;
    let mut second = site.signed_in_with("Bruno", "enwiki", &rights).await;
    let page = first.get(HOLD).await;
    let wish = [("seconds", "900"), ("reason", "a flood, looked at"), ("second", "yes")];
    let sheet = first.send_form(&page, HOLD, &wish).await;
    assert!(!sheet.body.contains("Hold the brake now") && !sheet.body.contains("in good standing"), "{}", sheet.body);
    let confirm = "/w/enwiki/filters/1/brake/hold/confirm";
    let name = sheet.body.split_once("confirm?hold=").unwrap().1.split_once('"').unwrap().0.to_owned();
    let code =
        sheet.body.split_once("<code").unwrap().1.split_once('>').unwrap().1.split_once('<').unwrap().0.to_owned();
    let fields = [("hold", name.as_str()), ("token", code.as_str()), ("acknowledge", "the last matches")];
    let page = first.get(&format!("{confirm}?hold={name}")).await;
    let same = first.send_form(&page, confirm, &fields).await;
    assert!(same.status == 422 && same.body.contains("Somebody else than who prepared it"), "{}", same.body);
    let page = second.get(&format!("{confirm}?hold={name}")).await;
    assert_eq!(second.send_form(&page, confirm, &fields).await.status, 303);
    assert!(first.get(BRAKE).await.body.contains("The brake is held until"));
}

#[tokio::test]
async fn the_start_page_says_what_is_braked_and_lets_one_act_there() {
    let site = site().await;
    let rights = [Right::View, Right::Log, Right::BrakeRelease];
    let mut helper = site.signed_in_with("Helga", "enwiki", &rights).await;
    let start = helper.get("/").await;
    assert!(start.body.contains("Braked now") && start.body.contains("people in good standing were hit"));
    let done = helper.send_form(&start, BRAKE, &[("because", "attack"), ("then", "/")]).await;
    assert_eq!((done.status, done.header("location")), (303, "/"));
    let start = helper.get("/").await;
    assert!(start.body.contains("does again what it did") && !start.body.contains("Braked now"), "{}", start.body);
}

#[tokio::test]
async fn a_bell_counts_what_was_not_read() {
    let site = site().await;
    let mut helper = site.signed_in_with("Helga", "enwiki", &[Right::View, Right::BrakeRelease]).await;
    let mut reader = site.signed_in_with("Rita", "enwiki", &[Right::View]).await;
    let count = "ww-bell__count";
    assert!(helper.get("/").await.body.contains(count) && !reader.get("/").await.body.contains(count));
    let page = helper.get("/notices").await;
    assert!(page.body.contains("was braked: people in good standing were hit"), "{}", page.body);
    assert!(reader.get("/notices").await.body.contains("No notices in the last 30 days."));
    let upto = hidden(&page.body, "upto");
    assert_eq!(helper.send_form(&page, "/notices", &[("upto", &upto)]).await.status, 303);
    let page = helper.get("/notices").await;
    assert!(!page.body.contains(count) && page.body.contains("was braked: people"), "{}", page.body);
    assert_eq!(Browser::new(&site).get("/notices").await.status, 401, "sign in first");
}
