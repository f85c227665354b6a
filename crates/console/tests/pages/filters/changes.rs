//! What was saved lately on a wiki: who sees what of it, searching, and the way from page to page.

use super::{EDITOR, add, draft, hidden, person, request, steady, wiki};
use crate::site::{Browser, Site};
use wikiward_farm::{Right, Viewer, WikiId};
use wikiward_filters::model::{Draft, Version};

async fn save(site: &Site, gid: &str, base: u32, draft: Draft) {
    let filters = &site.console.filters;
    filters.save(&Viewer::operator(), &wiki(), gid, Version(base), &request(draft)).await.unwrap();
}

#[tokio::test]
async fn all_filters_changes_stand_in_one_list_that_leads_to_their_differences() {
    let site = Site::new().await;
    add(&site, &wiki(), draft("One", "1")).await;
    add(&site, &wiki(), draft("Two", "2")).await;
    add(&site, &WikiId::farm(), draft("Everywhere", "3")).await;
    save(&site, "1", 1, draft("One", "1 == 1")).await;
    let mut editor = person(&site, "Edda", &wiki(), &EDITOR).await;
    let page = editor.get("/w/enwiki/filters/2").await;
    let fields =
        [("rules", "2 == 2"), ("reason", "by hand"), ("group", "default"), ("state", "disabled"), ("do", "save")];
    let saved = editor.send_form(&page, "/w/enwiki/filters/2", &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.body);

    let list = editor.get("/w/enwiki/filters").await;
    assert!(list.body.contains("href=\"/w/enwiki/filters/history\""), "{}", list.body);
    let all = editor.get("/w/enwiki/filters/history").await;
    assert_eq!(all.body.matches("<tr>").count(), 1 + 4, "{}", all.body);
    for what in
        ["/w/enwiki/filters/1/diff?from=prev&amp;to=2", "/w/enwiki/filters/2/diff?from=prev&amp;to=2", "by hand"]
    {
        assert!(all.body.contains(what), "{what}: {}", all.body);
    }
    assert!(!all.body.contains("Everywhere") && all.body.contains("href=\"/w/farm/filters/history\""));
    assert_eq!(editor.get("/w/enwiki/filters/2/diff?from=prev&to=2").await.status, 200);
    let by = editor.get("/w/enwiki/filters/history?editor=Edda").await;
    assert!(by.body.contains("by hand") && by.body.matches("<tr>").count() == 2, "{}", by.body);
    let of = editor.get("/w/enwiki/filters/history?filter=1").await;
    assert!(!of.body.contains("Two") && of.body.matches("<tr>").count() == 3, "{}", of.body);
    let farm = editor.get("/w/enwiki/filters/history?filter=global-1").await;
    assert!(farm.body.contains("/w/enwiki/filters/global-1\""), "{}", farm.body);
    let wrong = editor.get("/w/enwiki/filters/history?filter=seventeen").await;
    assert!(wrong.status == 422 && wrong.body.contains("value=\"seventeen\""), "{}", wrong.body);
    assert!(editor.get("/w/farm/filters/history").await.body.contains("Everywhere"));
    assert_eq!(editor.get("/w/nosuchwiki/filters/history").await.status, 404);
    let start = editor.get("/").await;
    assert!(start.body.contains("href=\"/w/enwiki/filters/history\""), "{}", start.body);
}

#[tokio::test]
async fn changes_go_on_where_a_page_ended_and_only_for_whom_the_page_was_made() {
    let site = Site::new().await;
    for number in 1..=60 {
        add(&site, &wiki(), draft(&format!("Filter number {number:02}."), "1")).await;
    }
    let mut browser = Browser::new(&site);
    let first = browser.get("/w/enwiki/filters/history").await;
    assert!(first.body.contains("number 11.") && !first.body.contains("number 10."), "{}", first.body);
    let next = first.body.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap();
    let next = next.split('"').next().unwrap().to_owned();
    let second = browser.get(&next).await;
    assert!(second.body.contains("number 10.") && !second.body.contains("number 11."));
    assert!(!second.body.contains("rel=\"next\"") && second.body.contains("rel=\"first\""));
    let other = browser.get(&next.replace("before=", "filter=60&before=")).await;
    assert!(other.body.contains("number 60."), "a cursor of another list begins anew");
    let mut somebody = person(&site, "Rita", &wiki(), &[Right::View]).await;
    assert!(somebody.get(&next).await.body.contains("number 60."), "and so does another person's");
}

#[tokio::test]
async fn changes_of_hidden_filters_leave_no_trace() {
    let site = Site::new().await;
    add(&site, &wiki(), draft("Open", "1")).await;
    let mut browser = Browser::new(&site);
    let places =
        ["", "?editor=Operator", "?editor=operator", "?filter=1", "?filter=2", "?filter=3", "?filter=global-1"];
    let mut before = Vec::new();
    for place in places {
        before.push(steady(&browser.get(&format!("/w/enwiki/filters/history{place}")).await));
    }
    let start = steady(&browser.get("/").await);
    // One that was hidden always, in more versions than a page has, and one that became so.
    add(&site, &wiki(), hidden("Secret", "1")).await;
    for version in 1..60 {
        save(&site, "2", version, hidden("Secret", &format!("{version} == 0"))).await;
    }
    add(&site, &wiki(), draft("Closed later", "1")).await;
    save(&site, "3", 1, hidden("Closed later", "2")).await;
    add(&site, &WikiId::farm(), hidden("Secret everywhere", "1")).await;
    for (place, before) in places.iter().zip(before) {
        assert_eq!(steady(&browser.get(&format!("/w/enwiki/filters/history{place}")).await), before, "{place}");
    }
    assert_eq!(steady(&browser.get("/").await), start);
    let mut trusted = person(&site, "Trudy", &wiki(), &[Right::View, Right::ViewPrivate]).await;
    assert!(trusted.get("/w/enwiki/filters/history").await.body.contains("Closed later"));
}
