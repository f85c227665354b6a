//! History, differences, imports and exports.

use super::{EDITOR, add, draft, person, request, wiki};
use crate::site::{Browser, Site};
use wikiward_farm::{Right, Viewer};
use wikiward_filters::model::{Draft, Version};

#[tokio::test]
async fn any_two_versions_are_compared_and_old_ones_come_back() {
    let site = Site::new().await;
    add(&site, &wiki(), draft("First", "a := 1;\na == 1")).await;
    let filters = &site.console.filters;
    for (version, rules) in [(1, "a := 2;\na == 2"), (2, "a := 3;\na == 3")] {
        let changed = request(Draft { name: format!("Name {version}"), ..draft("", rules) });
        filters.save(&Viewer::operator(), &wiki(), "1", Version(version), &changed).await.unwrap();
    }
    let mut anybody = Browser::new(&site);
    let history = anybody.get("/w/enwiki/filters/1/history").await;
    assert!(history.body.contains("type=\"radio\" name=\"from\" value=\"2\" checked"), "{}", history.body);
    assert!(!history.body.contains("from_version"), "who may not change cannot bring back");
    let diff = anybody.get("/w/enwiki/filters/1/diff?from=1&to=3").await;
    assert!(diff.body.contains("<del>1</del>") && diff.body.contains("<ins>3</ins>"), "{}", diff.body);
    assert!(diff.body.contains("First") && diff.body.contains("Name 2"), "{}", diff.body);
    assert_eq!(anybody.get("/w/enwiki/filters/1/diff?from=1&to=9").await.status, 404);
    let mut editor = person(&site, "Edda", &wiki(), &EDITOR).await;
    let form = editor.get("/w/enwiki/filters/1?from_version=1").await;
    assert_eq!(form.field("rules").as_deref(), Some("a := 1;\na == 1"));
    assert_eq!(form.field("base").as_deref(), Some("3"), "it is saved over the present version");
    assert!(form.body.contains("The form holds what version 1 was"), "{}", form.body);
    assert_eq!(editor.get("/w/enwiki/filters/1?from_version=9").await.status, 404);
}

#[tokio::test]
async fn what_is_exported_can_be_imported_elsewhere() {
    let site = Site::new().await;
    add(&site, &wiki(), draft("Travels <b>", "'x' in summary\n& 1")).await;
    let mut anybody = Browser::new(&site);
    let file = anybody.get("/w/enwiki/filters/1/export?file=1").await;
    assert_eq!(file.header("content-type"), "application/json");
    assert!(file.header("content-disposition").starts_with("attachment"));
    let dewiki = "dewiki".parse().unwrap();
    let mut editor = person(&site, "Edda", &dewiki, &EDITOR).await;
    let path = "/w/dewiki/filters/import";
    let done = editor.post(path, &[("text", &file.body), ("source", "enwiki"), ("atomic", "1")]).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert!(done.body.contains("One filter of 1 imported."), "{}", done.body);
    let there = site.console.filters.get(&Viewer::operator(), &dewiki, "1").await.unwrap();
    assert_eq!((there.draft.name.as_str(), there.draft.rules.as_str()), ("Travels <b>", "'x' in summary\n& 1"));
    let broken = editor.post(path, &[("text", "{\"nothing\": 1}")]).await;
    assert_eq!(broken.status, 422);
    assert_eq!(broken.field("text").as_deref(), Some("{\"nothing\": 1}"), "what was sent is kept");
    assert_eq!(editor.post(path, &[("text", "")]).await.status, 422);
    assert_eq!(anybody.get(path).await.status, 401);
    let mut reader = person(&site, "Rita", &dewiki, &[Right::View]).await;
    assert_eq!(reader.post(path, &[("text", &file.body)]).await.status, 403);
}
