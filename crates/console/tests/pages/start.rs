//! Visits to the start page.

use crate::site::{Browser, Site};
use crate::stage::{filter, person, person_on, wiki};
use wikiward_farm::{ActorType, Right};
use wikiward_filters::consequences::Captcha;
use wikiward_filters::hits::record::Target;
use wikiward_filters::judge::{Actor, Mode, Reply, Request, evaluation_id_of};
use wikiward_filters::model::Privacy;

/// An edit with this summary, judged.
async fn judged(site: &Site, number: u32, summary: &str) {
    let request = Request {
        wiki: wiki(),
        group: "default".into(),
        action_id: format!("edit-{number}"),
        kind: "edit".into(),
        at: None,
        mode: Mode::Enforce,
        actor: Actor { id: Some(4), name: "Example".into(), kind: ActorType::Named, ..Actor::default() },
        target: Target { ns: 0, title: "Foo".into(), page_id: Some(12) },
        ip: None,
        session_key: None,
        captcha: Captcha::Unsolved,
        vars: vec![("summary".into(), summary.into())],
        lazy: Vec::new(),
        deadline_ms: None,
        skip: Vec::new(),
    };
    let reply = site.console.judge.evaluate(request).await.unwrap();
    let Reply::Complete(answer) = reply else { unreachable!("a verdict is wanted, not {reply:?}") };
    // Only what is refused is answered when its hit is in the database.
    assert!(site.writer.settled(evaluation_id_of(&answer.evaluation_id).unwrap()).await);
}

#[tokio::test]
async fn it_shows_the_last_hour_and_what_stands_out() {
    let site = Site::new().await;
    filter(&site, &wiki(), "Buy pills", "summary contains \"pills\"", Privacy::default()).await;
    let hidden = Privacy { is_hidden: true, ..Privacy::default() };
    filter(&site, &wiki(), "A secret", "summary contains \"bread\"", hidden).await;
    judged(&site, 100, "typo").await;
    (0..2).for_each(|_| site.pass_an_hour());
    for number in 0..60 {
        let summary = ["buy pills", "bake bread", "typo"][usize::try_from(number).unwrap() % 3];
        judged(&site, number, summary).await;
    }
    let mut browser = person(&site, "Editor", &[Right::View, Right::Log, Right::LogDetail]).await;
    let page = browser.get("/").await;
    assert_eq!(page.status, 200);
    let standing = page.body.split("id=\"standing-out\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert!(standing.contains("1: Buy pills") && standing.contains("20 matches in the last hour"), "{standing}");
    assert!(!page.body.contains("A secret"), "{}", page.body);
    assert!(page.body.contains("data-live-url=\"/start/now\""));
    for (number, what) in [(60, "verdicts in the last hour"), (20, "actions hit in the last hour")] {
        let figure = format!("ww-figure__value\">{number}</span><span class=\"ww-figure__label\">{what}");
        assert!(page.body.contains(&figure), "{figure} in {}", page.body);
    }
    assert!(page.body.contains("All is well"));
    let link = page.body.split("id=\"hits-enwiki\"").nth(1).unwrap().split("href=\"").nth(1).unwrap();
    let link = link.split('"').next().unwrap().replace("&amp;", "&");
    assert!(browser.get(&link).await.body.contains("1: Buy pills"), "{link}");
    let all = browser.get("/standing-out").await.body;
    assert!(all.contains("1: Buy pills") && !all.contains("A secret"), "{all}");
    let part = browser.get("/start/now").await;
    assert!(!part.body.contains("<html") && part.body.contains("1: Buy pills"));
    assert_eq!(part.header("content-type"), "text/html; charset=utf-8");
}

#[tokio::test]
async fn it_leads_on_to_the_wiki_where_the_person_may_do_something() {
    let site = Site::new().await;
    for owner in ["dewiki", "enwiki"] {
        let owner = owner.parse().unwrap();
        let mut browser = person_on(&site, &owner, &format!("Editor on {owner}"), &[Right::View, Right::Modify]).await;
        let page = browser.get("/").await.body;
        assert!(page.contains(&format!("href=\"/w/{owner}/filters\"")), "{page}");
        assert!(page.contains(&format!("value=\"{owner}\" selected")), "{page}");
    }
}

#[tokio::test]
async fn everybody_is_told_how_it_is_and_only_operators_the_numbers() {
    let site = Site::new().await;
    let everybody = Browser::new(&site).get("/").await;
    assert!(everybody.body.contains("All is well") && everybody.body.contains("href=\"/sign-in\""));
    assert!(!everybody.body.contains("since the start"));
    let mut operator = person(&site, "Operator", &[Right::ManageFarm]).await;
    assert!(operator.get("/").await.body.contains("since the start"));
}

#[tokio::test]
async fn a_fresh_installation_says_what_to_do_first() {
    let site = Site::without_wikis().await;
    let page = Browser::new(&site).get("/").await;
    assert!(page.body.contains("wikiward wiki add") && page.body.contains("printed when it started"), "{}", page.body);
    let mut operator = person(&site, "Operator", &[Right::ManageFarm]).await;
    assert!(operator.get("/").await.body.contains("href=\"/wikis\">Add a wiki"));
}

#[tokio::test]
async fn a_database_that_is_away_is_told_and_no_error() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    site.console.store.close().await;
    let page = browser.get("/").await;
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains("Something is wrong") && page.body.contains("The database does not answer"),
        "{}",
        page.body
    );
}
