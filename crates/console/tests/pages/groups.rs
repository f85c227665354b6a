//! Groups of filters and messages over HTTP.

use crate::site::{Browser, Site};
use wikiward_farm::{Principal, Right};
use wikiward_filters::groups::document::GroupDocument;

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn groups_say_what_their_filters_may_read_and_do() {
    let site = Site::new().await;
    let mut browser = site.signed_in("Ada", PASSWORD).await;
    let document: GroupDocument = serde_json::from_value(serde_json::json!({
        "owner": "component", "label": {"en": "<b>Mine\u{202e}"}, "kinds": [{"name": "mine-send"}],
        "variables": [{"name": "mine_secret", "type": "string", "source": "lazy", "cost": "net", "protected": true}],
        "allowed_consequences": ["warn", "rangeblock"], "default_messages": {"warn": "mine-warning"},
    }))
    .unwrap();
    site.console.filters.put_group(&Principal::Operator, "mine", &document).await.unwrap();
    let list = browser.get("/w/enwiki/groups").await;
    assert!(list.body.contains("&lt;b&gt;Mine") && !list.body.contains("<b>Mine"), "{}", list.body);
    assert!(list.body.contains("Settings in force") && list.body.contains("conditions_limit"));
    let group = browser.get("/w/enwiki/groups/mine").await;
    for said in ["mine_secret", "asking another service", "protected filters only", "Blocks the range of addresses"] {
        assert!(group.body.contains(said), "{said}: {}", group.body);
    }
    assert!(group.body.contains("kept, but does nothing"), "range blocks are off unless a wiki says otherwise");
    assert_eq!(browser.get("/w/enwiki/groups/none").await.status, 404);
    assert_eq!(browser.get("/w/nowiki/groups").await.status, 404);
    let messages = browser.get("/messages?wiki=enwiki").await;
    assert!(messages.body.contains("mine-warning") && messages.body.contains("abusefilter-disallowed"));

    let page = browser.get("/wikis/enwiki").await;
    let settings = [("settings", "{\"conditions_limit\": 4321, \"enabled_actions\": {\"rangeblock\": true}}")];
    assert_eq!(browser.send_form(&page, "/wikis/enwiki", &settings).await.status, 303);
    site.console.judge.snapshots().refresh().await.unwrap();
    let list = browser.get("/w/enwiki/groups").await;
    assert!(list.body.contains("4,321") && list.body.contains("this wiki"), "{}", list.body);
    assert!(!browser.get("/w/dewiki/groups").await.body.contains("4,321"));
}

#[tokio::test]
async fn settings_are_for_who_works_with_them() {
    let site = Site::new().await;
    let somebody = Browser::new(&site).get("/w/enwiki/groups").await;
    assert!(somebody.status == 200 && !somebody.body.contains("conditions_limit"), "{}", somebody.body);
    let mut editor = site.signed_in_with("Editor", "enwiki", &[Right::Modify]).await;
    assert!(editor.get("/w/enwiki/groups").await.body.contains("conditions_limit"));
    assert!(!editor.get("/w/dewiki/groups").await.body.contains("conditions_limit"));
}
