//! What the editor's script asks for.

use super::{EDITOR, person, wiki};
use crate::site::{Answer, Browser, Site};
use serde_json::{Value, json};

fn body(answer: &Answer) -> Value {
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test]
async fn a_rule_is_checked_and_laid_out_and_words_are_offered() {
    let site = Site::new().await;
    let mut editor = person(&site, "Edda", &wiki(), &EDITOR).await;
    let check = "/w/enwiki/rule/check";
    let fine = body(&editor.post_json(check, &json!({"rules": "user_age < 5", "group": "default"})).await);
    assert_eq!(fine, json!({"diagnostics": []}));
    let wrong = body(&editor.post_json(check, &json!({"rules": "\"😀\" & usr_age", "group": "default"})).await);
    let first = &wrong["diagnostics"][0];
    assert_eq!((&first["from"], &first["to"], &first["severity"]), (&json!(7), &json!(14), &json!("error")), "{wrong}");
    assert!(first["message"].as_str().unwrap().contains("usr_age"), "{wrong}");
    let format = "/w/enwiki/rule/format";
    assert_eq!(body(&editor.post_json(format, &json!({"rules": "1&2"})).await), json!({"rules": "1 & 2"}));
    assert_eq!(editor.post_json(format, &json!({"rules": "1 &"})).await.status, 422);
    let words = body(&editor.get("/w/enwiki/rule/words?group=default").await);
    let named = |list: &str, name: &str| words[list].as_array().unwrap().iter().any(|it| it["name"] == name);
    assert!(named("variables", "user_age") && named("functions", "lcase") && named("keywords", "irlike"), "{words}");
    assert_eq!(editor.get("/w/enwiki/rule/words?group=nosuchgroup").await.status, 404);
}

#[tokio::test]
async fn only_who_may_use_the_tools_is_answered_and_only_this_sites_pages() {
    let site = Site::new().await;
    let mut anybody = Browser::new(&site);
    let rule = json!({"rules": "1"});
    assert_eq!(anybody.post_json("/w/enwiki/rule/check", &rule).await.status, 401);
    assert_eq!(anybody.get("/w/enwiki/rule/words").await.status, 401);
    let mut editor = person(&site, "Edda", &wiki(), &EDITOR).await;
    assert_eq!(editor.post_json("/w/dewiki/rule/check", &rule).await.status, 403);
    // As a form, without the header that only this site's scripts can send.
    assert_eq!(editor.post("/w/enwiki/rule/check", &[]).await.status, 403);
    assert_eq!(editor.post_json("/w/enwiki/rule/check", &json!(7)).await.status, 400);
}
