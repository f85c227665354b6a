//! Visits over HTTP: signing in and out, forms of others, sessions that end.

use crate::site::{Browser, Site};

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn the_first_account_is_made_signs_out_and_in_again() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let link = site.people.first_link(site.now()).await.unwrap().unwrap();
    let page = browser.get(&format!("/welcome/{link}")).await;
    assert_eq!(page.status, 200);
    let differ = [("name", "Ada"), ("password", PASSWORD), ("again", "another password")];
    let wrong = browser.post(&format!("/welcome/{link}"), &differ).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("The two passwords differ"), "{}", wrong.body);
    assert!(wrong.body.contains("value=\"Ada\""), "the name that was typed is kept");
    let right = [("name", "Ada"), ("password", PASSWORD), ("again", PASSWORD)];
    let done = browser.post(&format!("/welcome/{link}"), &right).await;
    assert_eq!((done.status, done.location.as_deref()), (303, Some("/")));
    let start = browser.get("/").await;
    assert!(start.body.contains("Welcome, Ada."), "{}", start.body);
    assert!(!browser.get("/").await.body.contains("Welcome, Ada."), "it is said once");

    assert_eq!(browser.post("/sign-out", &[]).await.status, 303);
    assert!(!browser.get("/").await.body.contains("Ada"));
    let refused = browser.post("/sign-in", &[("name", "Ada"), ("password", "wrong password"), ("then", "/")]).await;
    assert_eq!(refused.status, 401);
    assert!(refused.body.contains("Name or password do not fit."));
    let then = [("name", "ada"), ("password", PASSWORD), ("then", "/w/farm/filters")];
    let signed_in = browser.post("/sign-in", &then).await;
    assert_eq!((signed_in.status, signed_in.location.as_deref()), (303, Some("/w/farm/filters")));
    assert!(browser.get("/").await.body.contains("<bdi>Ada</bdi>"));
    assert_eq!(browser.post(&format!("/welcome/{link}"), &right).await.status, 401, "a link works once");
}

#[tokio::test]
async fn nobody_is_sent_to_another_site_after_signing_in() {
    let site = Site::new().await;
    let mut browser = site.signed_in("Ada", PASSWORD).await;
    browser.post("/sign-out", &[]).await;
    for elsewhere in ["//evil.example", "https://evil.example/", "/\\evil.example"] {
        let fields = [("name", "Ada"), ("password", PASSWORD), ("then", elsewhere)];
        assert_eq!(browser.post("/sign-in", &fields).await.location.as_deref(), Some("/"), "{elsewhere}");
    }
}

#[tokio::test]
async fn forms_without_the_browsers_own_token_change_nothing() {
    let site = Site::new().await;
    let mut browser = site.signed_in("Ada", PASSWORD).await;
    let stranger = Browser::new(&site).token().await;
    for token in ["", "x", stranger.as_str()] {
        let answer = browser.post_with(token, "/sign-out", &[]).await;
        assert_eq!(answer.status, 403, "{token}");
    }
    assert!(browser.get("/").await.body.contains("<bdi>Ada</bdi>"));
    let answer = browser.post_from("https://evil.example", "/sign-out", &[]).await;
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn a_form_that_outlives_its_session_is_kept_until_it_can_be_sent() {
    let site = Site::new().await;
    let mut browser = site.signed_in("Ada", PASSWORD).await;
    let fields = [("language", "de"), ("theme", "dark"), ("note", "\n<b>first line is empty\r\n\u{202e}x")];
    let token = browser.token().await;
    site.end_all_sessions();
    let kept = browser.post_with(&token, "/preferences", &fields).await;
    assert_eq!(kept.status, 401);
    assert!(kept.body.contains("nothing is lost"), "{}", kept.body);
    let waiting = browser.send_form(&kept, "/sign-in/again", &[]).await;
    assert_eq!(waiting.status, 200);
    let back = browser.send_form(&waiting, "/sign-in", &[("name", "Ada"), ("password", PASSWORD)]).await;
    assert!(back.body.contains("was kept and not carried out yet"), "{}", back.body);
    assert_eq!(back.field("note").as_deref(), Some(fields[2].1));
    let sent = browser.send_form(&back, "/preferences", &[]).await;
    assert_eq!(sent.status, 303);
    assert!(browser.get("/").await.body.contains("lang=\"de\" dir=\"ltr\" class=\"theme-dark\""));
}

#[tokio::test]
async fn a_form_to_sign_in_with_that_outlived_its_cookie_begins_anew() {
    let site = Site::new().await;
    let stale = Browser::new(&site).token().await;
    let answer = Browser::new(&site).post_with(&stale, "/sign-in", &[("name", "Ada"), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, 401);
    let main = answer.body.split("<main").nth(1).unwrap();
    assert!(main.contains("keeps no cookies") && main.contains("href=\"/sign-in\""), "{main}");
    assert!(!answer.body.contains(PASSWORD));
}

#[tokio::test]
async fn what_is_not_there_and_what_may_not_be_seen_is_the_same_page() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let missing = browser.get("/w/nosuchwiki/filters").await;
    assert_eq!(missing.status, 404);
    assert!(missing.body.contains("There is nothing here"));
    assert_eq!(browser.get("/no/such/page").await.status, 404);
}

#[tokio::test]
async fn pages_tell_browsers_to_run_nothing_of_their_own() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    for path in ["/", "/sign-in", "/nope", "/w/farm/filters"] {
        let page = browser.get(path).await;
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'self';") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
    }
}
