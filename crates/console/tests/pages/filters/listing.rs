//! The list: what it finds, what it hides, and changing several at once.

use super::{EDITOR, PASSWORD, add, draft, hidden, person, steady, wiki};
use crate::site::{Browser, Site};
use wikiward_farm::{Right, Viewer, WikiId};
use wikiward_filters::model::{Draft, State};

#[tokio::test]
async fn a_list_finds_by_text_state_and_owner_and_sorts_by_its_headings() {
    let site = Site::new().await;
    add(&site, &wiki(), draft("Zebra", "'pills' in added_lines")).await;
    add(&site, &wiki(), Draft { state: State::Enabled, ..draft("Apple", "user_age < 10") }).await;
    add(&site, &WikiId::farm(), draft("Everywhere", "'PILLS' in summary")).await;
    let mut browser = Browser::new(&site);
    let all = browser.get("/w/enwiki/filters").await;
    assert!(all.body.contains("Zebra") && all.body.contains("Apple") && !all.body.contains("Everywhere"));
    assert!(!all.body.contains("/w/enwiki/hits?filter=1"), "who may not see details sees no counts");
    let finds = [
        ("q=pills", "Zebra", "Apple"),
        ("q=pill%5Bs%5D&mode=regex", "Zebra", "Apple"),
        ("q=pills&mode=regex_i&whose=all", "Everywhere", "Apple"),
        ("state=enabled", "Apple", "Zebra"),
        ("whose=farm", "Everywhere", "Zebra"),
    ];
    for (query, found, other) in finds {
        let page = browser.get(&format!("/w/enwiki/filters?{query}")).await;
        assert!(page.body.contains(found) && !page.body.contains(other), "{query}: {}", page.body);
    }
    let by_name = browser.get("/w/enwiki/filters?sort=name").await.body;
    assert!(by_name.find("Apple") < by_name.find("Zebra"), "{by_name}");
    assert!(by_name.contains("aria-sort=\"ascending\""));
    assert!(by_name.contains("href=\"/w/enwiki/filters?sort=name&amp;dir=desc\""), "{by_name}");
    let wrong = browser.get("/w/enwiki/filters?q=(&mode=regex").await;
    assert!(wrong.status == 200 && wrong.body.contains("This cannot be searched for"), "{}", wrong.body);
    assert!(wrong.body.contains("value=\"(\""), "what was typed is kept");
    assert_eq!(browser.get("/w/enwiki/filters?sort=hits").await.status, 401, "hits are for who may see them");
    assert_eq!(browser.get("/w/nosuchwiki/filters").await.status, 404);
}

#[tokio::test]
async fn a_list_goes_on_where_a_page_ended_and_only_for_whom_it_was_made() {
    let site = Site::new().await;
    for number in 1..=60 {
        add(&site, &wiki(), draft(&format!("Filter number {number:02}."), "1")).await;
    }
    let mut browser = Browser::new(&site);
    let first = browser.get("/w/enwiki/filters").await;
    assert!(first.body.contains("number 50.") && !first.body.contains("number 51."));
    let next = first.body.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap();
    let next = next.split('"').next().unwrap().to_owned();
    let second = browser.get(&next).await;
    assert!(second.body.contains("number 51.") && !second.body.contains("number 50."));
    let other = browser.get(&next.replace("after=", "sort=name&after=")).await;
    assert!(other.body.contains("number 01."), "a cursor of another list begins anew");
    let mut somebody = site.signed_in("Ada", PASSWORD).await;
    assert!(somebody.get(&next).await.body.contains("number 01."), "and so does another person's");
}

#[tokio::test]
async fn hidden_filters_leave_no_trace() {
    let site = Site::new().await;
    add(&site, &wiki(), draft("Open", "'pills' in added_lines")).await;
    let mut browser = Browser::new(&site);
    let places = ["", "?q=pills", "?q=.&mode=regex", "?privacy=hidden", "?state=disabled", "?sort=edited&dir=desc"];
    let mut before = Vec::new();
    for place in places {
        before.push(steady(&browser.get(&format!("/w/enwiki/filters{place}")).await));
    }
    let saved = add(&site, &wiki(), hidden("Secret", "'pills' in added_lines")).await;
    assert_eq!(saved.filter.key.gid(), "2");
    for (place, before) in places.iter().zip(before) {
        assert_eq!(steady(&browser.get(&format!("/w/enwiki/filters{place}")).await), before, "{place}");
    }
    for page in ["", "/history", "/diff", "/export", "/optout"] {
        let there = browser.get(&format!("/w/enwiki/filters/2{page}")).await;
        let missing = browser.get(&format!("/w/enwiki/filters/3{page}")).await;
        assert_eq!((there.status, missing.status), (404, 404), "{page}");
        assert_eq!(
            steady(&there).replace("filters%2F2", "filters%2F3").replace("filters/2", "filters/3"),
            steady(&missing),
            "{page}"
        );
    }
}

#[tokio::test]
async fn several_are_switched_at_once_and_each_says_what_became_of_it() {
    let site = Site::new().await;
    for name in ["One", "Two", "Three"] {
        add(&site, &wiki(), draft(name, "1")).await;
    }
    let mut editor = person(&site, "Edda", &wiki(), &EDITOR).await;
    let list = editor.get("/w/enwiki/filters").await;
    assert!(list.body.contains("value=\"2:1\""), "{}", list.body);
    let changed = Draft { name: "Two, changed".into(), ..draft("", "1") };
    let request = super::request(changed);
    let version = wikiward_filters::model::Version(1);
    site.console.filters.save(&Viewer::operator(), &wiki(), "2", version, &request).await.unwrap();
    let fields = [("filter", "1:1"), ("filter", "2:1"), ("do", "enable"), ("reason", "because")];
    let done = editor.post("/w/enwiki/filters/bulk", &fields).await;
    assert_eq!(done.status, 200);
    assert!(done.body.contains("One filter of 2 enabled."), "{}", done.body);
    assert!(done.body.contains("somebody saved it since the list was made"), "{}", done.body);
    let viewer = Viewer::operator();
    let state = |filter: wikiward_filters::model::Filter| (filter.draft.state, filter.version.0);
    let filters = &site.console.filters;
    assert_eq!(state(filters.get(&viewer, &wiki(), "1").await.unwrap()), (State::Enabled, 2));
    assert_eq!(state(filters.get(&viewer, &wiki(), "2").await.unwrap()), (State::Disabled, 2));
    let kept = filters.version(&viewer, &wiki(), "1", wikiward_filters::model::Version(2)).await.unwrap();
    assert_eq!((kept.change_reason.as_str(), kept.edited_by.name.as_str()), ("because", "Edda"));

    let mut reader = person(&site, "Rita", &wiki(), &[Right::View]).await;
    assert!(!reader.get("/w/enwiki/filters").await.body.contains("/filters/bulk"));
    let refused = reader.post("/w/enwiki/filters/bulk", &[("filter", "1:2"), ("do", "disable")]).await;
    assert!(
        refused.status == 403 && refused.body.contains("This needs the right “abusefilter-modify”"),
        "{}",
        refused.body
    );
    assert_eq!(state(filters.get(&viewer, &wiki(), "1").await.unwrap()).0, State::Enabled);
    let hidden = add(&site, &wiki(), hidden("Secret", "1")).await.filter.key.gid();
    let there = reader.post("/w/enwiki/filters/bulk", &[("filter", &format!("{hidden}:1")), ("do", "disable")]).await;
    let missing = reader.post("/w/enwiki/filters/bulk", &[("filter", "99:1"), ("do", "disable")]).await;
    assert_eq!((there.status, steady(&there)), (404, steady(&missing)));
    assert_eq!(Browser::new(&site).post("/w/enwiki/filters/bulk", &[("do", "enable")]).await.status, 401);
}
