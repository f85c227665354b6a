//! The work of filters over HTTP.

use crate::site::{Browser, Site};
use crate::stage::filter;
use wikiward_farm::{ActorType, Right, WikiId};
use wikiward_filters::consequences::Captcha;
use wikiward_filters::hits::record::Target;
use wikiward_filters::judge::{Actor, Mode, Request};
use wikiward_filters::model::Privacy;

/// An edit on `enwiki`.
pub(crate) fn edit(number: usize) -> Request {
    Request {
        wiki: "enwiki".parse().unwrap(),
        group: "default".into(),
        action_id: format!("action-{number}"),
        kind: "edit".into(),
        at: None,
        mode: Mode::Enforce,
        actor: Actor { id: Some(1), name: "Somebody".into(), kind: ActorType::Named, ..Actor::default() },
        target: Target { ns: 0, title: "Page".into(), page_id: None },
        ip: None,
        session_key: None,
        captcha: Captcha::default(),
        vars: Vec::new(),
        lazy: Vec::new(),
        deadline_ms: None,
        skip: Vec::new(),
    }
}

#[tokio::test]
async fn work_is_shown_of_filters_that_may_be_seen() {
    let site = Site::new().await;
    let mut browser = site.signed_in("Ada", "correct horse battery").await;
    let wiki: WikiId = "enwiki".parse().unwrap();
    assert!(browser.get("/w/enwiki/profile").await.body.contains("Nothing was judged in this time."));
    let open = filter(&site, &wiki, "<b>Open\u{202e}", "1 === 1", Privacy::default()).await;
    let hidden = Privacy { is_hidden: true, ..Privacy::default() };
    filter(&site, &wiki, "Nobody knows me", "1 === 1", hidden).await;
    site.console.judge.snapshots().refresh().await.unwrap();
    for number in 0..3 {
        site.console.judge.evaluate(edit(number)).await.unwrap();
    }
    let page = browser.get("/w/enwiki/profile").await;
    assert!(page.body.contains("&lt;b&gt;Open") && !page.body.contains("<b>Open"), "{}", page.body);
    assert!(page.body.contains("Nobody knows me") && page.body.contains("actions judged"));
    assert!(page.body.contains(&format!("/w/enwiki/hits?filter={open}\">3</a>")), "{}", page.body);
    assert!(page.body.contains("ww-chart-bar"), "{}", page.body);
    for path in ["/w/enwiki/profile?span=6h&sort=slowest", "/w/enwiki/profile?span=30d&sort=nonsense"] {
        assert_eq!(browser.get(path).await.status, 200, "{path}");
    }

    let mut reader = site.signed_in_with("Reader", "enwiki", &[Right::View, Right::LogDetail]).await;
    let page = reader.get("/w/enwiki/profile").await;
    assert!(page.body.contains("&lt;b&gt;Open") && !page.body.contains("Nobody knows me"), "{}", page.body);
    let somebody = Browser::new(&site).get("/w/enwiki/profile").await;
    assert!(somebody.body.contains("shown to who may read details") && !somebody.body.contains("Open"));
    assert_eq!(browser.get("/w/nowiki/profile").await.status, 404);
    assert!(browser.get("/w/farm/profile").await.body.contains("/w/enwiki/profile"));
}
