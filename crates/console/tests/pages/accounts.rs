//! Accounts and the page about oneself over HTTP.

use crate::site::{Answer, Browser, Site};
use wikiward_farm::{Right, Viewer, WikiId};
use wikiward_people::Account;

const PASSWORD: &str = "correct horse battery";

async fn account(site: &Site, id: i64) -> Account {
    site.people.account(&Viewer::operator(), id).await.unwrap().unwrap()
}

/// The secret that a page shows once.
fn secret(page: &Answer) -> String {
    let begin = page.body.split_once("id=\"secret\" dir=\"ltr\">").unwrap().1;
    begin.split_once('<').unwrap().0.to_owned()
}

#[tokio::test]
async fn an_account_is_made_given_rights_and_a_password() {
    let site = Site::new().await;
    let mut browser = site.signed_in("Ada", PASSWORD).await;
    let bad = browser.post("/accounts", &[("name", "\u{7}bell")]).await;
    assert!(bad.status == 422 && bad.body.contains("A name has 1 to 255 bytes"), "{}", bad.body);
    let made = browser.post("/accounts", &[("name", "<i>Grace\u{202e}")]).await;
    assert_eq!((made.status, made.location.as_deref()), (303, Some("/accounts/2")), "{}", made.body);
    let taken = browser.post("/accounts", &[("name", "<I>GRACE\u{202e}")]).await;
    assert!(taken.status == 422 && taken.body.contains("is there already"), "{}", taken.body);
    let page = browser.get("/accounts/2").await;
    assert!(page.body.contains("&lt;i&gt;Grace") && !page.body.contains("<i>Grace"));
    assert!(browser.get("/accounts?name=grace").await.body.contains("/accounts/2\""));
    assert!(browser.get("/accounts?name=nobody").await.body.contains("No account is called so."));

    let form = browser.get("/accounts/2/rights?wiki=enwiki").await;
    let rights = [("right", Right::Modify.name())];
    let given = browser.send_form(&form, "/accounts/2/rights", &rights).await;
    assert_eq!(given.status, 303, "{}", given.body);
    let wiki: WikiId = "enwiki".parse().unwrap();
    assert!(account(&site, 2).await.rights.get(&wiki).unwrap().has(Right::Modify));
    let again = browser.send_form(&form, "/accounts/2/rights", &rights).await;
    assert_eq!(again.status, 422, "the form is of an older version");
    assert!(again.body.contains("Somebody changed this"), "{}", again.body);

    let link = browser.post("/accounts/2/password-link", &[]).await;
    let url = secret(&link);
    assert_eq!(link.status, 200);
    assert!(!browser.kept().contains(&url) && !browser.get("/accounts/2").await.body.contains(&url));
    let mut person = Browser::new(&site);
    let fields = [("password", "another horse battery"), ("again", "another horse battery")];
    assert_eq!(person.post(&url, &fields).await.status, 303);
    assert!(person.get("/me").await.body.contains("Write, change and import filters"));
    assert_eq!(person.get("/accounts").await.status, 403);
    assert_eq!(person.get("/accounts/1").await.status, 403);
}

#[tokio::test]
async fn rights_are_taken_away_after_a_question_that_says_what_happens() {
    let site = Site::new().await;
    let mut browser = site.signed_in("Ada", PASSWORD).await;
    let mut editor = site.signed_in_with("Editor", "enwiki", &[Right::Modify, Right::LogDetail]).await;
    let wiki: WikiId = "enwiki".parse().unwrap();
    let fewer = [("wiki", "enwiki"), ("right", Right::LogDetail.name())];
    let asked = browser.post("/accounts/2/rights", &fewer).await;
    assert_eq!(asked.status, 200);
    assert!(asked.body.contains("the account loses: Write, change and import filters."), "{}", asked.body);
    assert!(account(&site, 2).await.rights.get(&wiki).unwrap().has(Right::Modify), "asking changes nothing");
    let done = browser.send_form(&asked, "/accounts/2/rights", &[]).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert!(!account(&site, 2).await.rights.get(&wiki).unwrap().has(Right::Modify));
    assert!(!editor.get("/me").await.body.contains("Write, change and import filters"), "it holds at once");

    let asked = browser.post("/accounts/2/rights", &[("all", "1")]).await;
    assert!(asked.status == 200 && asked.body.contains("the account loses"), "{}", asked.body);
    assert_eq!(browser.send_form(&asked, "/accounts/2/rights", &[]).await.status, 303);
    assert!(account(&site, 2).await.rights.is_empty());

    let asked = browser.post("/accounts/1/rights", &[("wiki", "farm")]).await;
    assert!(asked.body.contains("This is your own account"), "{}", asked.body);
    let last = browser.send_form(&asked, "/accounts/1/rights", &[]).await;
    assert!(last.status == 422 && last.body.contains("the last account that may manage accounts"), "{}", last.body);
}

#[tokio::test]
async fn an_account_is_disabled_and_enabled_and_its_sessions_are_ended() {
    let site = Site::new().await;
    let mut browser = site.signed_in("Ada", PASSWORD).await;
    let mut editor = site.signed_in_with("Editor", "*", &[Right::Modify]).await;
    let asked = browser.get("/accounts/2/disable").await;
    assert!(asked.body.contains("Its sessions end at once"));
    assert_eq!(browser.post("/accounts/2/disable", &[]).await.status, 200, "it is asked first");
    assert!(!account(&site, 2).await.is_disabled);
    assert_eq!(browser.send_form(&asked, "/accounts/2/disable", &[]).await.status, 303);
    assert!(account(&site, 2).await.is_disabled);
    assert_eq!(editor.get("/me").await.status, 401);
    let refused = browser.post("/accounts/2/password-link", &[]).await;
    assert!(refused.status == 422 && refused.body.contains("enable it first"), "{}", refused.body);
    assert_eq!(browser.post("/accounts/2/enable", &[]).await.status, 303);
    assert!(!account(&site, 2).await.is_disabled);

    let mut person = Browser::new(&site);
    assert_eq!(
        person.post("/sign-in", &[("name", "Editor"), ("password", PASSWORD), ("then", "/me")]).await.status,
        303
    );
    let page = browser.get("/accounts/2").await;
    let action = page.body.split("action=\"/accounts/2/sessions/").nth(1).unwrap().split('"').next().unwrap();
    let action = format!("/accounts/2/sessions/{action}");
    let asked = browser.post(&action, &[]).await;
    assert!(asked.status == 200 && asked.body.contains("asked to sign in at the next click"));
    assert_eq!(person.get("/me").await.status, 200);
    assert_eq!(browser.send_form(&asked, &action, &[]).await.status, 303);
    assert_eq!(person.get("/me").await.status, 401);
}

#[tokio::test]
async fn who_may_do_less_cannot_manage_who_may_do_more() {
    let site = Site::new().await;
    let _first = site.signed_in("Ada", PASSWORD).await;
    let mut manager = site.signed_in_with("Manager", "*", &[Right::ManageAccounts]).await;
    let given = manager
        .post(
            "/accounts/2/rights",
            &[("wiki", "farm"), ("right", Right::ManageAccounts.name()), ("right", Right::AuditLog.name())],
        )
        .await;
    assert_eq!(given.status, 422);
    assert!(given.body.contains("nobody gives rights, or manages people, beyond their own rights"), "{}", given.body);
    assert_eq!(manager.post("/accounts/1/disable", &[("asked", "1")]).await.status, 409);
    assert_eq!(manager.post("/accounts/1/password-link", &[]).await.status, 422);
}

#[tokio::test]
async fn one_ends_other_sessions_and_changes_the_password() {
    let site = Site::new().await;
    let mut browser = site.signed_in("Ada", PASSWORD).await;
    let mut elsewhere = Browser::new(&site);
    let fields = [("name", "Ada"), ("password", PASSWORD), ("then", "/me")];
    assert_eq!(elsewhere.post("/sign-in", &fields).await.status, 303);
    let asked = browser.post("/me/end-others", &[]).await;
    assert!(asked.body.contains("signed out of one other browser"), "{}", asked.body);
    assert_eq!(browser.send_form(&asked, "/me/end-others", &[]).await.status, 303);
    assert!(browser.get("/me").await.body.contains("Sessions ended: 1."));
    assert_eq!(elsewhere.get("/me").await.status, 401);

    let new = "a new horse battery";
    let wrong = [("present", "wrong horse battery"), ("password", new), ("again", new)];
    let answer = browser.post("/me/password", &wrong).await;
    assert!(answer.status == 422 && answer.body.contains("The present password is not right."), "{}", answer.body);
    assert!(!answer.body.contains(new) && !answer.body.contains("wrong horse"), "passwords are in no page");
    let short = [("present", PASSWORD), ("password", "short"), ("again", "short")];
    assert!(browser.post("/me/password", &short).await.body.contains("at least 12 characters"));
    let right = [("present", PASSWORD), ("password", new), ("again", new)];
    let done = browser.post("/me/password", &right).await;
    assert_eq!((done.status, done.location.as_deref()), (303, Some("/sign-in")));
    assert!(!browser.kept().contains(new));
    assert!(browser.get("/sign-in").await.body.contains("Your password is changed."));
    assert_eq!(browser.get("/me").await.status, 401, "every session has ended");
    assert_eq!(browser.post("/sign-in", &[("name", "Ada"), ("password", new), ("then", "/me")]).await.status, 303);
}
