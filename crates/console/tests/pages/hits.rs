//! Visits to the pages of hits.

use crate::site::{Browser, Site};
use crate::stage::{EDITOR, at, filter, id, keep, person, record, wiki, with_variables};
use serde_json::json;
use std::collections::BTreeSet;
use wikiward_farm::{Limit, Right, Viewer, WikiId};
use wikiward_filters::hits::access::AccessKind;
use wikiward_filters::hits::{RestrictedRows, Sight};
use wikiward_filters::model::Privacy;

const RULES: &str = "summary irlike \"PILLS\" & added_lines contains \"spam\"";

fn path(kind: u8, second: i64) -> String {
    format!("/w/enwiki/hits/{}", id(kind, second))
}

async fn site_with_a_hit() -> Site {
    let site = Site::new().await;
    filter(&site, &wiki(), "Buy pills", RULES, Privacy::default()).await;
    filter(&site, &wiki(), "Another filter", "1 == 1", Privacy::default()).await;
    let variables = json!({
        "summary": "please buy pills", "added_lines": ["a spam line"],
        "old_wikitext": "One.\nTwo.\n", "new_wikitext": "One.\nTwo spam lines.\n",
    });
    let mut both = with_variables(record(&wiki(), 1, 10), &variables);
    let other = record(&wiki(), 2, 10).hits.remove(0);
    both.hits.push(other);
    keep(&site, both).await;
    site
}

#[tokio::test]
async fn a_hit_is_found_and_says_why_it_came_about() {
    let site = site_with_a_hit().await;
    let mut browser = person(&site, "Editor", &EDITOR).await;
    let list = browser.get("/w/enwiki/hits?actor=Example").await;
    assert_eq!(list.status, 200);
    assert!(list.body.contains("1: Buy pills") && list.body.contains(&path(1, 10)), "{}", list.body);
    assert!(browser.get("/w/enwiki/hits?actor=Nobody").await.body.contains("No hit fits"));
    let hit = browser.get(&path(1, 10)).await;
    assert_eq!(hit.status, 200);
    for wanted in [
        "please buy <mark class=\"ww-match\">pills</mark>",
        "<ins> spam lines</ins>",
        "2: Another filter",
        "K7Q2-00110",
        "https://enwiki.example/?curid=12",
        "/w/enwiki/filters/1",
    ] {
        assert!(hit.body.contains(wanted), "{wanted} in {}", hit.body);
    }
    let whole = browser.get(&format!("{}/variables/new_wikitext", path(1, 10))).await;
    assert_eq!((whole.status, whole.body.as_str()), (200, "One.\nTwo spam lines.\n"));
    assert_eq!(whole.header("content-type"), "text/plain; charset=utf-8");
    assert!(whole.header("content-security-policy").contains("sandbox"));
    assert_eq!(browser.get(&format!("{}/variables/nothing", path(1, 10))).await.status, 404);
}

#[tokio::test]
async fn a_reference_code_leads_straight_to_its_hit() {
    let site = site_with_a_hit().await;
    let mut browser = person(&site, "Editor", &EDITOR).await;
    let found = browser.get("/w/enwiki/hits?code=k7q200110").await;
    assert_eq!((found.status, found.location), (303, Some(path(1, 10))));
    for _ in 0..20 {
        let missing = browser.get("/w/enwiki/hits?code=K7Q2-99999").await;
        assert!(missing.status == 200 && missing.body.contains("There is no hit with this code here"));
    }
    let refused = browser.get("/w/enwiki/hits?code=k7q200110").await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "3600"), "guesses are limited");
    assert_eq!(browser.get("/w/enwiki/hits").await.status, 200);
}

#[tokio::test]
async fn pages_follow_each_other_and_their_keys_fit_one_person_and_one_list() {
    let site = Site::new().await;
    filter(&site, &wiki(), "Buy pills", "1 == 1", Privacy::default()).await;
    for second in 0..120 {
        keep(&site, record(&wiki(), 1, second)).await;
    }
    let mut browser = person(&site, "Editor", &EDITOR).await;
    let links = |body: &str| -> Vec<String> {
        let ids = body.split("<a href=\"/w/enwiki/hits/").skip(1);
        ids.map(|it| it.split('"').next().unwrap().to_owned()).collect()
    };
    let next = |body: &str| {
        let begin = body.split("<a href=\"").find(|it| it.contains("rel=\"next\">"))?;
        let link = begin.split("rel=\"next\"").next().unwrap();
        Some(link.split('"').next().unwrap().replace("&amp;", "&"))
    };
    let mut seen = Vec::new();
    let mut page = browser.get("/w/enwiki/hits?actor=Example").await;
    let second = next(&page.body).unwrap();
    loop {
        seen.extend(links(&page.body));
        let Some(path) = next(&page.body) else { break };
        page = browser.get(&path).await;
    }
    assert!(page.body.contains("rel=\"first\""));
    assert_eq!((seen.len(), seen.iter().collect::<BTreeSet<_>>().len()), (120, 120));
    assert_eq!(seen.first(), Some(&id(1, 119).to_string()), "newest first");
    let cursor = second.split("cursor=").nth(1).unwrap();
    let other_list = browser.get(&format!("/w/enwiki/hits?cursor={cursor}")).await;
    assert_eq!(links(&other_list.body).first(), Some(&id(1, 119).to_string()), "it begins anew");
    let other_person = Browser::new(&site).get(&second).await;
    assert_eq!(links(&other_person.body).first(), Some(&id(1, 119).to_string()));
    let in_time = format!("/w/enwiki/hits?from={}&to={}", at(5), at(8));
    assert_eq!(links(&browser.get(&in_time).await.body).len(), 3);
}

#[tokio::test]
async fn what_people_do_with_a_hit_is_kept_and_said() {
    let site = site_with_a_hit().await;
    let rights = [&EDITOR[..], &[Right::HideLog, Right::HiddenLog]].concat();
    let mut browser = person(&site, "Steward", &rights).await;
    let hit = path(1, 10);
    let page = browser.get(&hit).await;
    let action = format!("{hit}/assessment");
    let said = browser.send_form(&page, &action, &[("note", "<b>good edit"), ("verdict", "false_positive")]).await;
    assert_eq!((said.status, said.location), (303, Some(hit.clone())));
    let page = browser.get(&hit).await;
    assert!(
        page.body.contains("Your assessment is kept.") && page.body.contains("&lt;b&gt;good edit"),
        "{}",
        page.body
    );
    assert!(page.body.contains("The filter was wrong"));
    let long = "x".repeat(501);
    let again = browser.send_form(&page, &action, &[("note", &long), ("verdict", "unsure")]).await;
    assert_eq!((again.status, again.field("note")), (422, Some(long)), "what was typed is kept");
    let action = format!("{hit}/visibility");
    let hidden = browser.send_form(&page, &action, &[("hidden", "1"), ("reason", "private")]).await;
    assert_eq!((hidden.status, hidden.location), (303, Some(hit.clone())));
    assert!(browser.get(&hit).await.body.contains("The hit is hidden."));
    assert_eq!(Browser::new(&site).get(&hit).await.status, 404);
    let page = browser.get(&hit).await;
    assert_eq!(browser.send_form(&page, &action, &[("hidden", "0")]).await.status, 303);
    assert_eq!(Browser::new(&site).get(&hit).await.status, 200);
}

#[tokio::test]
async fn an_address_is_told_once_and_that_is_logged() {
    let site = site_with_a_hit().await;
    let rights = [&EDITOR[..], &[Right::PrivateDetails]].concat();
    let mut browser = person(&site, "Checker", &rights).await;
    let hit = path(1, 10);
    let page = browser.get(&hit).await;
    assert!(!page.body.contains("203.0.113.9"));
    let action = format!("{hit}/private-details");
    let told = browser.send_form(&page, &action, &[("private-reason", "a case")]).await;
    assert!(told.status == 200 && told.body.contains("203.0.113.9"), "{}", told.body);
    assert!(!browser.get(&hit).await.body.contains("203.0.113.9"));
    let all = Sight::of(&Viewer::system(), &wiki(), RestrictedRows::Omit, |_| Vec::new());
    let logged = site
        .console
        .hits
        .access_log(&wiki(), &[AccessKind::PrivateDetails], &all, None, Limit::default())
        .await
        .unwrap();
    let entry = &logged.items[0].entry;
    assert_eq!((logged.items.len(), entry.by_name.as_str(), entry.reason.as_str()), (1, "Checker", "a case"));
    let found = browser.get("/w/enwiki/hits?address=203.0.113.0/24").await;
    assert!(found.body.contains(&hit), "{}", found.body);
    let refused = person(&site, "Editor", &EDITOR).await.get("/w/enwiki/hits?address=203.0.113.9").await;
    assert_eq!(refused.status, 403);
}

#[tokio::test]
async fn who_lacks_a_right_changes_nothing() {
    let site = site_with_a_hit().await;
    let mut editor = person(&site, "Reader", &[Right::View, Right::Log]).await;
    let mut nobody = Browser::new(&site);
    for (act, fields) in [
        ("assessment", [("verdict", "unsure"), ("note", "")]),
        ("visibility", [("hidden", "1"), ("reason", "x")]),
        ("private-details", [("private-reason", "x"), ("x", "")]),
    ] {
        let path = format!("{}/{act}", path(1, 10));
        assert_eq!(editor.post(&path, &fields).await.status, 403, "{act}");
        assert_eq!(nobody.post(&path, &fields).await.status, 401, "{act}");
    }
    let page = nobody.get(&path(1, 10)).await;
    assert!(page.status == 200 && !page.body.contains("please buy") && !page.body.contains("K7Q2"), "{}", page.body);
    for missing in ["/w/nowiki/hits", "/w/enwiki/hits/x", &path(9, 9), "/w/dewiki/hits/x/variables/summary"] {
        assert_eq!(nobody.get(missing).await.status, 404, "{missing}");
    }
    let wrong = nobody.get("/w/enwiki/hits?filter=abc%22&from=soon").await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.field("filter").as_deref(), Some("abc\""), "what was typed is kept");
    assert!(wrong.body.contains("value=\"soon\""), "{}", wrong.body);
}

#[tokio::test]
async fn what_people_wrote_is_text_and_bounded() {
    const HOSTILE: &str = "<script>alert(1)</script>\u{202e}\u{200b}";
    let site = Site::new().await;
    filter(&site, &wiki(), "<b>Bold</b>", "1 == 1", Privacy::default()).await;
    let long = format!("{HOSTILE}{}", "y".repeat(1_000_000));
    let mut hostile =
        with_variables(record(&wiki(), 1, 10), &json!({"summary": long, "new_wikitext": long, "old_wikitext": ""}));
    hostile.actor.name = HOSTILE.into();
    hostile.target.title = format!("{HOSTILE}{}", "t".repeat(900));
    keep(&site, hostile).await;
    let mut browser = person(&site, "Editor", &EDITOR).await;
    for page in ["/w/enwiki/hits", &path(1, 10), "/"] {
        let body = browser.get(page).await.body;
        assert!(!body.contains("<script>") && !body.contains("<b>Bold") && !body.contains('\u{202e}'), "{page}");
        assert!(body.len() < 150_000, "{page}: {}", body.len());
    }
    let whole = browser.get(&format!("{}/variables/summary", path(1, 10))).await;
    assert_eq!(whole.body, long, "all of it is to be had");
}

#[tokio::test]
async fn the_farms_log_shows_hits_of_farm_wide_filters() {
    let site = site_with_a_hit().await;
    filter(&site, &WikiId::farm(), "Everywhere", "1 == 1", Privacy::default()).await;
    keep(&site, record(&WikiId::farm(), 1, 20)).await;
    let mut browser = person(&site, "Editor", &EDITOR).await;
    let list = browser.get("/w/farm/hits?wiki=enwiki").await;
    assert!(list.body.contains("Everywhere") && !list.body.contains("Buy pills"), "{}", list.body);
    let hit = browser.get(&format!("/w/farm/hits/{}", id(101, 20))).await;
    assert!(hit.status == 200 && hit.body.contains("global-1: Everywhere"), "{}", hit.body);
    assert_eq!(browser.get(&format!("/w/farm/hits/{}", id(1, 10))).await.status, 404);
}
