//! Visits to the start page.

use crate::site::{Browser, Site};
use crate::stage::{EDITOR, filter, keep, person, record, wiki};
use wikiward_farm::Right;
use wikiward_filters::model::Privacy;

#[tokio::test]
async fn it_shows_the_last_hour_and_what_stands_out() {
    let site = Site::new().await;
    filter(&site, &wiki(), "Buy pills", "1 == 1", Privacy::default()).await;
    filter(&site, &wiki(), "As usual", "1 == 1", Privacy::default()).await;
    for second in 0..20 {
        keep(&site, record(&wiki(), 1, -second - 1)).await;
        // Filter 2 matched before as often.
        keep(&site, record(&wiki(), 2, -180 * second - 1)).await;
    }
    keep(&site, record(&wiki(), 1, -3_700)).await;
    let mut browser = person(&site, "Editor", &EDITOR).await;
    let page = browser.get("/").await;
    assert_eq!(page.status, 200);
    let standing = page.body.split("id=\"standing-out\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert!(standing.contains("1: Buy pills") && standing.contains("20 matches in the last hour"), "{standing}");
    assert!(!standing.contains("As usual"), "{standing}");
    assert!(page.body.contains("data-live-url=\"/start/now\""));
    assert!(page.body.contains("<span class=\"ww-figure__value\">40</span>"), "{}", page.body);
    assert!(page.body.contains("All is well"));
    let link = page.body.split("id=\"hits-enwiki\"").nth(1).unwrap().split("href=\"").nth(1).unwrap();
    let link = link.split('"').next().unwrap().replace("&amp;", "&");
    assert!(browser.get(&link).await.body.contains("2: As usual"), "{link}");
    let part = browser.get("/start/now").await;
    assert!(!part.body.contains("<html") && part.body.contains("1: Buy pills"));
    assert_eq!(part.header("content-type"), "text/html; charset=utf-8");
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
