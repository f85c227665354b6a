//! The audit log over HTTP.

use crate::site::{Browser, Site};
use wikiward_farm::Right;

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn what_was_done_is_found_and_the_log_is_whole() {
    let site = Site::new().await;
    let mut browser = site.signed_in("Ada", PASSWORD).await;
    browser.post("/accounts", &[("name", "<i>Grace\u{202e}")]).await;
    browser.post("/wiki-sets", &[("wiki", "small"), ("label", "x"), ("wikis", "enwiki")]).await;
    let log = browser.get("/audit").await;
    assert!(log.body.contains("made the account <a class=\"ww-code\" href=\"/accounts/2\">"), "{}", log.body);
    assert!(log.body.contains("&lt;i&gt;Grace") && !log.body.contains("<i>Grace"));
    assert!(log.body.contains("wiki_set:small") && log.body.contains("<bdi class=\"ww-bidi\">Ada</bdi>"));

    let found = browser.get("/audit?action=account.add&by=Ada").await;
    assert!(found.body.contains("account:2") && !found.body.contains("wiki_set:small"), "{}", found.body);
    let found = browser.get("/audit?subject=wiki_set%3Asmall").await;
    assert!(found.body.contains("made the set") && !found.body.contains("account:2"));
    let none = browser.get("/audit?by=Nobody%3Cb%3E").await;
    assert!(
        none.body.contains("Nothing like that stands in the log.") && none.body.contains("value=\"Nobody&lt;b&gt;\"")
    );
    assert!(browser.get("/audit?to=2001-01-01").await.body.contains("Nothing like that"));
    assert!(browser.get("/audit?from=2001-01-01").await.body.contains("account:2"));
    assert!(browser.get("/audit/verify").await.body.contains("It is whole"));
    assert_eq!(browser.get("/audit?cursor=forged").await.status, 200);
}

#[tokio::test]
async fn the_log_is_for_who_may_read_it_where_he_may() {
    let site = Site::new().await;
    assert_eq!(Browser::new(&site).get("/audit").await.status, 401);
    let mut admin = site.signed_in("Ada", PASSWORD).await;
    let label = [("wiki", "dewiki"), ("label", "of dewiki"), ("scope", "evaluate")];
    assert_eq!(admin.post("/tokens", &label).await.status, 200);
    let mut editor = site.signed_in_with("Editor", "*", &[Right::Modify]).await;
    for path in ["/audit", "/audit/verify", "/audit/access"] {
        assert_eq!(editor.get(path).await.status, 403, "{path}");
    }
    let mut steward = site.signed_in_with("Steward", "enwiki", &[Right::AuditLog, Right::ProtectedVarsLog]).await;
    let own = steward.get("/audit").await;
    assert!(own.status == 200 && own.body.contains("enwiki") && !own.body.contains("of dewiki"), "{}", own.body);
    assert_eq!(steward.get("/audit?wiki=dewiki").await.status, 403);
    assert_eq!(steward.get("/audit?wiki=farm").await.status, 403);
    assert_eq!(steward.get("/audit/verify").await.status, 403);
    let access = steward.get("/audit/access?wiki=enwiki").await;
    assert!(access.status == 200 && access.body.contains("Nobody did so on this wiki."), "{}", access.body);
    assert_eq!(steward.get("/audit/access?wiki=enwiki&kind=privatedetails").await.status, 403);
    assert_eq!(steward.get("/audit/access?wiki=dewiki").await.status, 403);
    assert!(admin.get("/audit?wiki=dewiki").await.body.contains("of dewiki"));
}
