//! Actions that are kept though no filter hit them: who may look at them, searching, and trying rules on one.

use super::trying::with_hits;
use super::{EDITOR, add, draft, hidden, person, steady, wiki};
use crate::site::{Browser, Site};
use std::collections::BTreeMap;
use wikiward_farm::{ActorType, Right};
use wikiward_filters::consequences::Captcha;
use wikiward_filters::hits::record::Target;
use wikiward_filters::judge::{Actor, Mode, Request};
use wikiward_filters::model::{Actions, Draft, State};
use wikiward_rules::Value;

const LIST: &str = "/w/enwiki/actions";

/// An edit is judged.
async fn edit(site: &Site, id: &str, actor: (&str, ActorType), title: &str, text: &str) {
    let request = Request {
        wiki: wiki(),
        group: "default".into(),
        action_id: id.into(),
        kind: "edit".into(),
        at: None,
        mode: Mode::Enforce,
        actor: Actor { id: Some(9), name: actor.0.into(), kind: actor.1, ..Actor::default() },
        target: Target { ns: 0, title: title.into(), page_id: Some(12) },
        ip: None,
        session_key: None,
        captcha: Captcha::Unsolved,
        vars: vec![("added_lines".into(), Value::texts([text])), ("action".into(), Value::text("edit"))],
        lazy: Vec::new(),
        deadline_ms: None,
        skip: Vec::new(),
    };
    site.console.judge.evaluate(request).await.unwrap();
}

/// Keeps an action, and gives the name of its evaluation.
pub(crate) async fn kept(site: &Site) -> String {
    edit(site, "kept", ("Ada", ActorType::Named), "Some page", "all is well").await;
    site.archiver.close().await;
    let mut editor = person(site, "Examiner", &wiki(), &EDITOR).await;
    let list = editor.get(LIST).await;
    listed(&list.body).remove(0).rsplit('/').next().unwrap().to_owned()
}

async fn written(site: &Site) {
    site.archiver.close().await;
    site.writer.close().await;
}

/// The addresses of the actions on a list.
fn listed(body: &str) -> Vec<String> {
    let pieces = body.split("href=\"/w/enwiki/actions/").skip(1);
    pieces.map(|piece| format!("{LIST}/{}", piece.split('"').next().unwrap())).collect()
}

#[tokio::test]
async fn actions_without_hits_are_found_shown_and_rules_are_tried_on_them() {
    let site = with_hits().await;
    edit(&site, "fine-1", ("Fine <user>", ActorType::Named), "Some page", "all is well <here>").await;
    edit(&site, "fine-2", ("203.0.113.9", ActorType::Ip), "Other page", "all is fine").await;
    written(&site).await;
    let mut editor = person(&site, "Edda", &wiki(), &EDITOR).await;
    assert!(editor.get("/w/enwiki/hits").await.body.contains("href=\"/w/enwiki/actions\""));
    let all = editor.get(LIST).await;
    assert_eq!(listed(&all.body).len(), 5, "{}", all.body);
    assert!(all.body.contains("Fine &lt;user&gt;") && !all.body.contains("203.0.113.9"), "{}", all.body);
    for (query, count) in [
        ("user=Fine+%3Cuser%3E", 1),
        ("user=203.0.113.9", 0),
        ("page=Some_page", 1),
        ("kind=edit", 5),
        ("kind=move", 0),
        ("from=2999-01-01T00:00", 0),
        ("to=2999-01-01T00:00", 5),
        ("user=User+0&page=Some_page", 0),
    ] {
        let found = editor.get(&format!("{LIST}?{query}")).await;
        assert_eq!((found.status, listed(&found.body).len()), (200, count), "{query}: {}", found.body);
    }
    let wrong = editor.get(&format!("{LIST}?from=soon")).await;
    assert!(wrong.status == 422 && wrong.body.contains("value=\"soon\""), "{}", wrong.body);

    let path = listed(&editor.get(&format!("{LIST}?page=Some_page")).await.body).remove(0);
    let one = editor.get(&path).await;
    assert!(one.status == 200 && one.body.contains("all is well &lt;here&gt;"), "{}", one.body);
    assert_eq!(editor.get(&format!("{path}/variables/added_lines")).await.body, "all is well <here>");
    assert_eq!(editor.get(&format!("{path}/variables/nothing")).await.status, 404);
    let tried = editor.post(&path, &[("rules", "added_lines irlike 'WELL'")]).await;
    assert!(tried.status == 200 && tried.body.contains("The rule matches this action."), "{}", tried.body);
    assert!(tried.body.contains("<mark class=\"ww-match\">well</mark>"), "{}", tried.body);
    assert_eq!(tried.field("rules").as_deref(), Some("added_lines irlike 'WELL'"));
    let other = editor.post(&path, &[("rules", "added_lines irlike 'pills'")]).await;
    assert!(other.status == 200 && other.body.contains("The rule does not match"), "{}", other.body);
    for (rules, said) in [("1 &", "autofocus"), ("", "autofocus"), (&*"1 ".repeat(200_000), "bytes are too many")] {
        let refused = editor.post(&path, &[("rules", rules)]).await;
        assert!(refused.status == 422 && refused.body.contains(said), "{said}: {}", refused.status);
    }
    assert_eq!(editor.get(&path.replace("enwiki", "dewiki")).await.status, 403);
    assert_eq!(editor.get("/w/farm/actions").await.status, 404);
}

#[tokio::test]
async fn who_may_not_try_rules_on_what_is_kept_or_see_details_is_told_the_right() {
    let site = with_hits().await;
    written(&site).await;
    let path = listed(&person(&site, "Edda", &wiki(), &EDITOR).await.get(LIST).await.body).remove(0);
    for (name, rights) in [
        ("Nora", vec![Right::View, Right::Log, Right::LogDetail, Right::Modify]),
        ("Otto", vec![Right::View, Right::Log, Right::Backtest]),
    ] {
        let mut somebody = person(&site, name, &wiki(), &rights).await;
        for place in [LIST, &path, &format!("{path}/variables/added_lines")] {
            assert_eq!(somebody.get(place).await.status, 403, "{name}: {place}");
        }
        assert_eq!(somebody.post(&path, &[("rules", "1")]).await.status, 403, "{name}");
        assert!(!somebody.get("/w/enwiki/hits").await.body.contains(LIST), "{name}");
    }
    assert_eq!(Browser::new(&site).get(LIST).await.status, 401);
}

#[tokio::test]
async fn what_hidden_filters_hit_changes_no_page_of_actions() {
    let mut pages: Vec<Vec<String>> = Vec::new();
    for has_hidden in [false, true] {
        let site = Site::new().await;
        add(&site, &wiki(), draft("Open", "1 == 2")).await;
        let actions = Actions(BTreeMap::from([("disallow".to_owned(), Vec::new())]));
        let secret = Draft { state: State::Enabled, actions, ..hidden("Secret", "'secret' in added_lines") };
        add(&site, &wiki(), secret).await;
        edit(&site, "fine", ("Ada", ActorType::Named), "Some page", "all is well").await;
        site.pass_an_hour();
        if has_hidden {
            for number in 0..120 {
                let name = format!("User {number}");
                let id = format!("stopped-{number}");
                edit(&site, &id, (&name, ActorType::Named), "Some page", "a secret").await;
            }
        }
        site.pass_an_hour();
        edit(&site, "fine-2", ("Bea", ActorType::Named), "Some page", "all is well, too").await;
        written(&site).await;
        // Who may change filters may see hidden ones.
        let rights = [Right::View, Right::Log, Right::LogDetail, Right::Backtest];
        let mut tester = person(&site, "Tess", &wiki(), &rights).await;
        let mut seen = Vec::new();
        for query in ["", "?page=Some_page", "?user=User+7", "?kind=edit"] {
            let page = tester.get(&format!("{LIST}{query}")).await;
            let ids = listed(&page.body);
            let mut body = steady(&page);
            for (place, id) in ids.iter().enumerate() {
                body = body.replace(id, &place.to_string());
            }
            seen.push(body);
        }
        pages.push(seen);
    }
    for (without, with) in pages[0].iter().zip(&pages[1]) {
        assert_eq!(without, with);
    }
    assert!(pages[0][0].contains("Ada") && pages[0][0].contains("Bea"));
}
