//! What a rule does on stored hits.

use super::{EDITOR, add, draft, person, wiki};
use crate::site::{Browser, Site};
use std::collections::BTreeMap;
use wikiward_farm::{ActorType, Right};
use wikiward_filters::consequences::Captcha;
use wikiward_filters::hits::record::Target;
use wikiward_filters::judge::{Actor, Mode, Request};
use wikiward_filters::model::{Actions, Draft, State};
use wikiward_rules::Value;

const NEW: &str = "/w/enwiki/filters/new";

/// A site with a filter that refused three edits.
pub(super) async fn with_hits() -> Site {
    let site = Site::new().await;
    let actions = Actions(BTreeMap::from([("disallow".to_owned(), Vec::new())]));
    let refusing = Draft { state: State::Enabled, actions, ..draft("Refuses links", "'http' in added_lines") };
    add(&site, &wiki(), refusing).await;
    for (number, text) in
        ["buy http://pills.example now", "see http://good.example", "<b>http://x</b>"].iter().enumerate()
    {
        let request = Request {
            wiki: wiki(),
            group: "default".into(),
            action_id: format!("edit-{number}"),
            kind: "edit".into(),
            at: None,
            mode: Mode::Enforce,
            actor: Actor { id: Some(4), name: format!("User {number}"), kind: ActorType::Named, ..Actor::default() },
            target: Target { ns: 0, title: format!("Page <{number}>"), page_id: Some(12) },
            ip: None,
            session_key: None,
            captcha: Captcha::Unsolved,
            vars: vec![("added_lines".into(), Value::texts([*text])), ("action".into(), Value::text("edit"))],
            lazy: Vec::new(),
            deadline_ms: None,
            skip: Vec::new(),
        };
        site.console.judge.evaluate(request).await.unwrap();
    }
    site
}

#[tokio::test]
async fn a_rule_says_what_it_would_do_and_why() {
    let site = with_hits().await;
    let mut editor = person(&site, "Edda", &wiki(), &EDITOR).await;
    let filter = "/w/enwiki/filters/1";
    let page = editor.get(filter).await;
    let rule = "(added_lines irlike 'PILLS' & page_namespace != 2) | (user_editcount > 5 & 'good' in added_lines)";
    let fields = [("rules", rule), ("group", "default"), ("state", "enabled"), ("do", "try"), ("try_of", "own")];
    let tried = editor.send_form(&page, filter, &fields).await;
    assert_eq!(tried.status, 200, "{}", tried.body);
    assert!(tried.body.contains("<mark class=\"ww-match\">pills</mark>"), "{}", tried.body);
    assert!(tried.body.contains("Page &lt;0&gt;") && !tried.body.contains("<b>http"), "{}", tried.body);
    assert!(tried.body.contains("undecided: <code>user_editcount</code> is not known"), "{}", tried.body);
    assert_eq!(tried.field("rules").as_deref(), Some(rule), "the text stays in the form");
    let example = tried.body.split("name=\"example\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let fields = [("rules", rule), ("group", "default"), ("state", "enabled"), ("example", &*example)];
    let explained = editor.send_form(&page, filter, &fields).await;
    assert!(explained.body.contains("class=\"ww-explain\""), "{}", explained.body);
    assert!(explained.body.contains("not evaluated") || explained.body.contains("is not known"), "{}", explained.body);
    let alone = editor.send_form(&page, filter, &[("rules", "1 &"), ("group", "default"), ("do", "try")]).await;
    assert!(alone.body.contains("The rule cannot be tried: line 1, column 4"), "{}", alone.body);
    let part = [("rules", "'good' in added_lines"), ("group", "default"), ("gid", "1"), ("try_count", "50")];
    let part = editor.post("/w/enwiki/rule/try", &part).await;
    assert!(
        part.status == 200 && !part.body.contains("<html") && part.body.contains("No longer matched"),
        "{}",
        part.body
    );
}

#[tokio::test]
async fn only_who_may_see_hits_tries_rules_on_them() {
    let site = with_hits().await;
    let fields = [("rules", "1"), ("group", "default"), ("do", "try")];
    let mut no_backtest =
        person(&site, "Nora", &wiki(), &[Right::View, Right::Log, Right::LogDetail, Right::Modify]).await;
    assert!(!no_backtest.get(NEW).await.body.contains("value=\"try\""));
    assert_eq!(no_backtest.post(NEW, &fields).await.status, 403);
    assert_eq!(no_backtest.post("/w/enwiki/rule/try", &fields).await.status, 403);
    let rights = [Right::View, Right::Log, Right::Modify, Right::Backtest];
    let mut no_details = person(&site, "Dora", &wiki(), &rights).await;
    let page = no_details.post(NEW, &fields).await;
    assert!(page.body.contains("There are no hits whose variables you may see"), "{}", page.body);
    assert!(!page.body.contains("Page &lt;"), "{}", page.body);
    assert_eq!(Browser::new(&site).post("/w/enwiki/rule/try", &fields).await.status, 401);
}
