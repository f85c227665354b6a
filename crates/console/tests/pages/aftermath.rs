//! Visits to the pages about what follows hits: undoing, promotion, blocked domains.

use crate::site::{Browser, Site};
use crate::stage::{at, filter, id, keep, person, record, wiki};
use wikiward_farm::Right;
use wikiward_filters::hits::record::NewHold;
use wikiward_filters::model::Privacy;

const REVERTER: [Right; 5] = [Right::View, Right::Log, Right::LogDetail, Right::Modify, Right::Revert];
const REVERTS: &str = "/w/enwiki/filters/1/reverts";
const PROMOTION: &str = "/w/enwiki/promotion";
const DOMAINS: &str = "/w/enwiki/domains";

/// A filter with two hits that blocked and held promotion.
async fn site_with_hits() -> Site {
    let site = Site::new().await;
    filter(&site, &wiki(), "Spam", "1 == 1", Privacy::default()).await;
    for (second, name) in [(10, "Anna"), (20, "<b>Ben")] {
        let mut record = record(&wiki(), 1, second);
        record.actor.name = name.into();
        record.actor.id = None;
        record.hits[0].taken = vec!["block".into(), "blockautopromote".into()];
        let hold = NewHold { hit_id: id(1, second), filter: record.hits[0].filter.clone(), until: at(1_000_000) };
        record.holds = vec![hold];
        keep(&site, record).await;
    }
    site.pass_an_hour();
    site
}

#[tokio::test]
async fn what_a_filter_did_is_looked_at_chosen_and_followed() {
    let site = site_with_hits().await;
    let mut browser = person(&site, "Reverter", &REVERTER).await;
    let list = browser.get(REVERTS).await;
    assert!(list.status == 200 && list.body.contains("Nothing that this filter did was undone"), "{}", list.body);
    let typed = [("from", "2026-01-01T00:00"), ("consequence", "block"), ("consequence", "blockautopromote")];
    let wrong = browser.post(REVERTS, &typed).await;
    assert!(wrong.status == 422 && wrong.body.contains("Say why in 3 to 500 characters"), "{}", wrong.body);
    assert!(wrong.body.contains("value=\"2026-01-01T00:00\""), "what was typed is kept");
    let wrong = browser.post(REVERTS, &[("from", "soon"), ("consequence", "block"), ("reason", "it was wrong")]).await;
    assert!(wrong.status == 422 && wrong.body.contains("Say from when on"));
    let shown = browser.post(REVERTS, &[&typed[..], &[("reason", "it was wrong")]].concat()).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    for said in ["Anna", "&lt;b&gt;Ben", "can be undone", "What is ticked will be undone"] {
        assert!(shown.body.contains(said), "{said}: {}", shown.body);
    }
    let path = shown.body.split(&format!("action=\"{REVERTS}/rj_")).nth(1).unwrap();
    let path = format!("{REVERTS}/rj_{}", path.split('"').next().unwrap());
    let token = shown.field("token").unwrap();
    // Nothing ticked, a wrong token, and another page of the same job.
    let none = browser.post(&path, &[("do", "confirm"), ("token", &token)]).await;
    assert!(none.status == 422 && none.body.contains("Tick at least one row") && none.body.contains(&token));
    let late = browser.post(&path, &[("do", "confirm"), ("token", "wrong"), ("row", "1")]).await;
    assert_eq!((late.status, late.location.as_deref()), (303, Some(path.as_str())));
    let elsewhere = browser.get(&path).await;
    assert!(elsewhere.body.contains("cannot be confirmed any more") && !elsewhere.body.contains(&token));
    let done = browser.post(&path, &[("do", "confirm"), ("token", &token), ("row", "1"), ("row", "2")]).await;
    assert_eq!((done.status, done.location.as_deref()), (303, Some(path.as_str())));
    let running = browser.get(&path).await;
    for said in ["It has begun", "under way", "waits for the wiki", "Give up the rest"] {
        assert!(running.body.contains(said), "{said}: {}", running.body);
    }
    assert!(browser.get("/w/enwiki/filters/1/history").await.body.contains("what it did is undone"));
    browser.post(&path, &[("do", "cancel")]).await;
    let gone = browser.get(&path).await;
    assert!(gone.body.contains("The rest was given up.") && !gone.body.contains("Give up the rest"));
    assert!(browser.get(REVERTS).await.body.contains("it was wrong"));
}

#[tokio::test]
async fn jobs_are_for_who_may_undo() {
    let site = site_with_hits().await;
    assert_eq!(Browser::new(&site).get(REVERTS).await.status, 401);
    let mut reader = person(&site, "Reader", &REVERTER[..4]).await;
    assert_eq!(reader.get(REVERTS).await.status, 403);
    let typed = [("from", "2026-01-01T00:00"), ("consequence", "block"), ("reason", "it was wrong")];
    assert_eq!(reader.post(REVERTS, &typed).await.status, 403);
    let mut reverter = person(&site, "Reverter", &REVERTER).await;
    assert_eq!(reverter.get("/w/enwiki/filters/9/reverts").await.status, 404);
    assert_eq!(reverter.get(&format!("{REVERTS}/rj_none")).await.status, 404);
}

#[tokio::test]
async fn a_job_that_left_something_out_leads_to_the_next_one() {
    let site = site_with_hits().await;
    for second in 100..560 {
        let mut record = record(&wiki(), 1, second);
        record.actor.id = None;
        record.hits[0].taken = vec!["block".into(), "blockautopromote".into()];
        keep(&site, record).await;
    }
    let mut browser = person(&site, "Reverter", &REVERTER).await;
    let typed = [("from", "2026-01-01T00:00"), ("consequence", "block"), ("consequence", "blockautopromote")];
    let made = browser.post(REVERTS, &[&typed[..], &[("reason", "it was wrong")]].concat()).await;
    assert!(made.status == 200 && made.body.contains("Those left out are older."), "{}", made.body);
    let next = made.body.split("href=\"").find(|part| part.contains("Prepare another job for those")).unwrap();
    let next = next.split('"').next().unwrap().replace("&amp;", "&");
    let form = browser.get(&next).await;
    for kept in ["it was wrong", "value=\"2026-01-01T00:00:00.000\"", "name=\"to\""] {
        assert!(form.status == 200 && form.body.contains(kept), "{kept}: {}", form.body);
    }
    assert_eq!(form.body.matches(" checked").count(), 2);
}

#[tokio::test]
async fn a_held_promotion_is_ended_and_given() {
    let site = site_with_hits().await;
    let mut editor = person(&site, "Editor", &REVERTER).await;
    let list = editor.get(PROMOTION).await;
    for said in ["Anna", "&lt;b&gt;Ben", "filter 1"] {
        assert!(list.body.contains(said), "{said}: {}", list.body);
    }
    let ended = editor.post(PROMOTION, &[("end", "<b>Ben")]).await;
    assert_eq!((ended.status, ended.location.as_deref()), (303, Some(PROMOTION)));
    let list = editor.get(PROMOTION).await;
    assert!(list.body.contains("is promoted again") && !list.body.contains("value=\"&lt;b&gt;Ben\""), "{}", list.body);
    editor.post(PROMOTION, &[("end", "<b>Ben")]).await;
    assert!(editor.get(PROMOTION).await.body.contains("is not held any more"));
    editor.post(PROMOTION, &[("user", "Carol"), ("reason", "wait")]).await;
    let list = editor.get(PROMOTION).await;
    assert!(list.body.contains("Carol") && list.body.contains("wait"));
    let nobody = editor.post(PROMOTION, &[("user", "  "), ("reason", "he & his socks")]).await;
    assert!(nobody.status == 422 && nobody.body.contains("Name a user."), "{}", nobody.body);
    assert_eq!(nobody.field("reason").as_deref(), Some("he & his socks"));
    let wrong = editor.post(PROMOTION, &[("user", "a\nb"), ("reason", "he & his socks")]).await;
    assert!(wrong.body.contains("A name has 1 to 255 bytes") && wrong.body.contains("he &amp; his socks"));
    let mut reader = person(&site, "Reader", &[Right::View, Right::Log]).await;
    assert_eq!(reader.get(PROMOTION).await.status, 403);
    assert!(!reader.get("/w/enwiki/filters").await.body.contains(PROMOTION), "nothing leads there");
}

#[tokio::test]
async fn domains_are_blocked_and_wrong_lines_come_back() {
    let site = Site::new().await;
    let manager = [Right::View, Right::ModifyBlockedDomains, Right::BlockedDomainsLog];
    let mut browser = person(&site, "Manager", &manager).await;
    assert!(browser.get(DOMAINS).await.body.contains("No domain is blocked."));
    let typed = "spam.example casino\r\nlocalhost\r\n\r\nWorse.Example";
    let some = browser.post(DOMAINS, &[("domains", typed), ("add-reason", "spam")]).await;
    assert_eq!(some.status, 422);
    for said in ["a domain has a dot in it", "worse.example", "casino"] {
        assert!(some.body.contains(said), "{said}: {}", some.body);
    }
    assert_eq!(some.field("domains").as_deref().map(str::trim), Some("localhost"), "only what is wrong comes back");
    let added = browser.post(DOMAINS, &[("domains", "third.example")]).await;
    assert_eq!((added.status, added.location.as_deref()), (303, Some(DOMAINS)));
    assert!(browser.get(DOMAINS).await.body.contains("One domain is blocked from now on."));
    let found = browser.get(&format!("{DOMAINS}?q=WORSE")).await;
    assert!(found.body.contains("worse.example") && !found.body.contains("third.example"));
    let fields = [("domain", "third.example"), ("domain", "worse.example"), ("reason", "a mistake")];
    let removed = browser.post(&format!("{DOMAINS}/remove"), &fields).await;
    assert_eq!(removed.status, 303);
    let list = browser.get(DOMAINS).await;
    assert!(list.body.contains("2 domains are allowed again.") && !list.body.contains("third.example"));
    let empty = browser.post(DOMAINS, &[("domains", " ")]).await;
    assert!(empty.status == 422 && empty.body.contains("Name 1 to 10,000 domains."));
    let none = browser.get(&format!("{DOMAINS}?q=no-such-name")).await;
    assert!(
        none.body.contains("No blocked domain has this in its name") && none.body.contains("Show all blocked domains")
    );
    assert!(browser.get(&format!("{DOMAINS}/attempts")).await.body.contains("Nobody tried to link"));
    let none = browser.get(&format!("{DOMAINS}/attempts?code=K7Q2-M4XTB")).await;
    assert!(none.body.contains("No attempt has this reference code"), "{}", none.body);
    let mut reader = person(&site, "Reader", &[Right::View]).await;
    let list = reader.get(DOMAINS).await;
    assert!(list.body.contains("spam.example") && !list.body.contains("<textarea") && !list.body.contains("checkbox"));
    assert_eq!(reader.get(&format!("{DOMAINS}/attempts")).await.status, 403);
    assert_eq!(reader.post(DOMAINS, &[("domains", "x.example")]).await.status, 403);
    assert_eq!(reader.get("/w/nowiki/domains").await.status, 404);
}
