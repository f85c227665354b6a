//! Tokens of programs over HTTP.

use crate::site::{Browser, Site};
use wikiward_farm::Right;

const PASSWORD: &str = "correct horse battery";

/// The text between `begin` and `end`, where it stands first.
fn between<'t>(text: &'t str, begin: &str, end: &str) -> &'t str {
    text.split_once(begin).unwrap().1.split_once(end).unwrap().0
}

#[tokio::test]
async fn a_token_is_made_its_secret_shown_once_and_it_is_revoked() {
    let site = Site::new().await;
    let mut browser = site.signed_in("Ada", PASSWORD).await;
    assert!(browser.get("/tokens").await.body.contains("There is no token yet."));
    let fields = [("wiki", "enwiki"), ("label", "<b>tool\u{202e}"), ("scope", "evaluate"), ("scope", "events")];
    let made = browser.post("/tokens", &fields).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let secret = between(&made.body, "id=\"secret\" dir=\"ltr\">", "<").to_owned();
    assert!(site.people.service(&secret).is_some(), "it is the token's");
    assert!(made.body.contains("&lt;b&gt;tool<span class=\"ww-control\">"), "what was typed is text");

    let list = browser.get("/tokens").await;
    assert!(!list.body.contains(&secret) && !browser.kept().contains(&secret), "it is shown once");
    assert!(list.body.contains("&lt;b&gt;tool") && !list.body.contains("<b>tool"));
    let revoke = format!("/tokens/{}/revoke", between(&list.body, "/tokens/", "/revoke"));
    let asked = browser.get(&revoke).await;
    assert!(asked.body.contains("It cannot be brought back."), "{}", asked.body);
    assert!(site.people.service(&secret).is_some(), "asking does nothing");
    let unasked = browser.post(&revoke, &[]).await;
    assert_eq!(unasked.status, 422);
    assert!(site.people.service(&secret).is_some(), "nobody is taken by surprise");
    let long = browser.send_form(&asked, &revoke, &[("reason", &"x".repeat(501))]).await;
    assert!(long.status == 422 && long.body.contains(&"x".repeat(501)), "what was typed is kept");
    let done = browser.send_form(&asked, &revoke, &[("reason", "lost")]).await;
    assert_eq!((done.status, done.location.as_deref()), (303, Some("/tokens")));
    assert!(site.people.service(&secret).is_none());
    let list = browser.get("/tokens").await;
    assert!(list.body.contains("is revoked.") && list.body.contains("revoked</span>"), "{}", list.body);
}

#[tokio::test]
async fn what_is_wrong_with_a_token_stands_at_its_field() {
    let site = Site::new().await;
    let mut browser = site.signed_in("Ada", PASSWORD).await;
    let fields = [("wiki", "nowiki"), ("label", "kept as typed"), ("expires_at", "2001-01-01"), ("scope", "nonsense")];
    let answer = browser.post("/tokens", &fields).await;
    assert_eq!(answer.status, 422);
    for said in ["There is no such wiki", "Tick at least one thing", "must lie in the future", "kept as typed"] {
        assert!(answer.body.contains(said), "{said}: {}", answer.body);
    }
    assert!(answer.body.contains("aria-describedby=\"expires_at-help expires_at-wrong\""));
}

#[tokio::test]
async fn tokens_are_for_who_manages_the_wiki() {
    let site = Site::new().await;
    assert_eq!(Browser::new(&site).get("/tokens").await.status, 401);
    let mut admin = site.signed_in("Ada", PASSWORD).await;
    let mut editor = site.signed_in_with("Editor", "enwiki", &[Right::Modify]).await;
    assert_eq!(editor.get("/tokens").await.status, 403);
    let fields = [("wiki", "enwiki"), ("label", "x"), ("scope", "evaluate")];
    assert_eq!(editor.post("/tokens", &fields).await.status, 403);

    let made = admin.post("/tokens", &[("wiki", "dewiki"), ("label", "of dewiki"), ("scope", "evaluate")]).await;
    assert_eq!(made.status, 200);
    let list = admin.get("/tokens").await;
    let revoke = format!("/tokens/{}/revoke", between(&list.body, "/tokens/", "/revoke"));
    let mut manager = site.signed_in_with("Manager", "enwiki", &[Right::ManageFarm]).await;
    assert!(!manager.get("/tokens").await.body.contains("of dewiki"));
    assert_eq!(manager.get(&revoke).await.status, 404, "as if it were not there");
    assert_eq!(manager.post(&revoke, &[("asked", "1")]).await.status, 404);
}
