//! Wikis and sets of wikis over HTTP.

use crate::site::{Browser, Site};
use wikiward_farm::{Right, WikiId};

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn a_wiki_is_added_changed_closed_and_opened() {
    let site = Site::new().await;
    let mut browser = site.signed_in("Ada", PASSWORD).await;
    let bad = [
        ("wiki", "No Wiki"),
        ("label", "kept <b>"),
        ("url", "https://x.example/"),
        ("language_code", "en"),
        ("settings", "{x"),
    ];
    let answer = browser.post("/wikis", &bad).await;
    assert_eq!(answer.status, 422);
    for said in ["A name has 1 to 64", "look at line 1", "kept &lt;b&gt;", "{x"] {
        assert!(answer.body.contains(said), "{said}: {}", answer.body);
    }
    let fields = [("wiki", "frwiki"), ("label", "Wiki <b>"), ("url", "https://fr.example/"), ("language_code", "fr")];
    let added = browser.post("/wikis", &fields).await;
    assert_eq!((added.status, added.location.as_deref()), (303, Some("/wikis/frwiki")), "{}", added.body);
    assert!(browser.post("/wikis", &fields).await.body.contains("is there already"));
    let page = browser.get("/wikis/frwiki").await;
    assert!(page.body.contains("Wiki &lt;b&gt;") && !page.body.contains("Wiki <b>"));

    let wiki: WikiId = "frwiki".parse().unwrap();
    let changes = [("settings", "{\"log_ip\": false}"), ("farm_groups", "steward\nhelper")];
    assert_eq!(browser.send_form(&page, "/wikis/frwiki", &changes).await.status, 303);
    assert_eq!(site.people.wiki(&wiki).unwrap().draft.farm_groups, ["steward", "helper"]);
    let stale = browser.send_form(&page, "/wikis/frwiki", &[("label", "typed in vain?")]).await;
    assert!(
        stale.status == 422 && stale.body.contains("Somebody changed this") && stale.body.contains("typed in vain?")
    );
    let again = browser.send_form(&stale, "/wikis/frwiki", &[]).await;
    assert_eq!(again.status, 303, "what was typed replaces theirs if that is wanted");
    assert_eq!(site.people.wiki(&wiki).unwrap().draft.label, "typed in vain?");

    assert_eq!(browser.post("/wikis/frwiki/close", &[]).await.status, 200, "it is asked first");
    assert!(!site.people.wiki(&wiki).unwrap().is_closed);
    let asked = browser.get("/wikis/frwiki/close").await;
    assert_eq!(browser.send_form(&asked, "/wikis/frwiki/close", &[]).await.status, 303);
    assert!(site.people.wiki(&wiki).unwrap().is_closed);
    assert_eq!(browser.post("/wikis/frwiki/open", &[]).await.status, 303);
    assert!(!site.people.wiki(&wiki).unwrap().is_closed);
}

#[tokio::test]
async fn a_private_key_that_was_pasted_is_in_no_page() {
    let site = Site::new().await;
    let mut browser = site.signed_in("Ada", PASSWORD).await;
    let page = browser.get("/wikis/enwiki").await;
    let key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----";
    let answer = browser.send_form(&page, "/wikis/enwiki", &[("public_key", key), ("label", "kept")]).await;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("make a new pair") && answer.body.contains("kept"), "{}", answer.body);
    assert!(!answer.body.contains("MC4CAQ"));
}

#[tokio::test]
async fn wikis_are_seen_by_who_may_look_at_them_and_changed_by_managers() {
    let site = Site::new().await;
    let mut somebody = Browser::new(&site);
    let list = somebody.get("/wikis").await;
    assert!(list.status == 200 && list.body.contains("enwiki") && !list.body.contains("name=\"settings\""));
    let page = somebody.get("/wikis/enwiki").await;
    assert!(page.status == 200 && !page.body.contains("name=\"public_key\""));
    assert_eq!(somebody.get("/wikis/nowiki").await.status, 404);
    let mut editor = site.signed_in_with("Editor", "*", &[Right::Modify]).await;
    for path in ["/wikis/enwiki", "/wikis/enwiki/close", "/wikis", "/wiki-sets"] {
        assert_eq!(editor.post(path, &[("asked", "1"), ("wiki", "x"), ("label", "x")]).await.status, 403, "{path}");
    }
}

#[tokio::test]
async fn a_set_is_made_changed_and_removed() {
    let site = Site::new().await;
    let mut browser = site.signed_in("Ada", PASSWORD).await;
    let bad = [("wiki", "small"), ("label", "Small"), ("wikis", "enwiki\nnowiki")];
    let answer = browser.post("/wiki-sets", &bad).await;
    assert!(answer.status == 422 && answer.body.contains("There is no such wiki") && answer.body.contains("nowiki"));
    let made = browser.post("/wiki-sets", &[("wiki", "small"), ("label", "Small <b>"), ("wikis", "enwiki")]).await;
    assert_eq!((made.status, made.location.as_deref()), (303, Some("/wiki-sets/small")), "{}", made.body);
    let page = browser.get("/wiki-sets/small").await;
    assert!(page.body.contains("Small &lt;b&gt;"));
    let changed = browser.send_form(&page, "/wiki-sets/small", &[("wikis", "enwiki, dewiki")]).await;
    assert_eq!(changed.status, 303, "{}", changed.body);
    let id = "small".parse().unwrap();
    assert_eq!(site.people.wiki_set(&id).unwrap().draft.wikis.len(), 2);
    let asked = browser.get("/wiki-sets/small/remove").await;
    assert!(asked.body.contains("set:small"));
    assert_eq!(browser.send_form(&asked, "/wiki-sets/small/remove", &[]).await.status, 303);
    assert!(site.people.wiki_set(&id).is_none());
}
