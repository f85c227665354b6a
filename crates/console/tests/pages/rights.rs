//! Rights of groups over HTTP.

use crate::site::{Browser, Site};
use wikiward_farm::{Right, WikiId};

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn a_group_gets_rights_and_loses_them_after_a_question() {
    let site = Site::new().await;
    let mut browser = site.signed_in("Ada", PASSWORD).await;
    let wiki: WikiId = "enwiki".parse().unwrap();
    let rights = || site.people.group_rights().of(&wiki, "patrol <x>");
    let path = "/rights/change?wiki=enwiki&group=patrol%20%3Cx%3E";
    assert!(browser.get(path).await.body.contains("patrol &lt;x&gt;"));
    let fields = [
        ("wiki", "enwiki"),
        ("group", "patrol <x>"),
        ("right", Right::View.name()),
        ("right", Right::LogDetail.name()),
    ];
    let saved = browser.post("/rights/change", &fields).await;
    assert_eq!((saved.status, saved.location.as_deref()), (303, Some("/rights?wiki=enwiki")), "{}", saved.body);
    assert!(rights().has(Right::LogDetail));
    let table = browser.get("/rights?wiki=enwiki").await;
    assert!(table.body.contains("The rights of “patrol &lt;x&gt;” are saved."), "{}", table.body);

    let fewer = [("wiki", "enwiki"), ("group", "patrol <x>"), ("right", Right::View.name())];
    let asked = browser.post("/rights/change", &fewer).await;
    assert_eq!(asked.status, 200);
    assert!(asked.body.contains("The group loses: Read details of hits, and how many there are."), "{}", asked.body);
    assert!(rights().has(Right::LogDetail), "asking changes nothing");
    assert_eq!(browser.send_form(&asked, "/rights/change", &[]).await.status, 303);
    assert!(!rights().has(Right::LogDetail) && rights().has(Right::View));

    let dropped = browser.post("/rights/change", &[("wiki", "enwiki"), ("group", "patrol <x>"), ("drop", "1")]).await;
    let dropped = browser.send_form(&dropped, "/rights/change", &[]).await;
    assert_eq!(dropped.status, 303);
    assert!(site.people.group_rights().written(&wiki, "patrol <x>").is_none());
}

#[tokio::test]
async fn everybody_reads_rights_and_only_managers_change_them() {
    let site = Site::new().await;
    let mut somebody = Browser::new(&site);
    let table = somebody.get("/rights").await;
    assert!(table.status == 200 && table.body.contains("sysop") && !table.body.contains("/rights/change"));
    assert_eq!(somebody.get("/rights?wiki=nosuchwiki").await.status, 404);
    let mut editor = site.signed_in_with("Editor", "*", &[Right::Modify]).await;
    assert_eq!(editor.get("/rights/change?wiki=farm&group=user").await.status, 403);
    let fields = [("wiki", "farm"), ("group", "user"), ("right", Right::Modify.name())];
    assert_eq!(editor.post("/rights/change", &fields).await.status, 403);
    let mut manager = site.signed_in_with("Manager", "*", &[Right::ManageFarm]).await;
    let asked = [&fields[..], &[("asked", "1")]].concat();
    let beyond = manager.post("/rights/change", &asked).await;
    assert_eq!(beyond.status, 422);
    assert!(beyond.body.contains("nobody gives rights"), "{}", beyond.body);
    assert!(!site.people.group_rights().of(&WikiId::farm(), "user").has(Right::Modify));
}
