//! The page about the service's state over HTTP.

use crate::site::{Browser, Site};
use wikiward_farm::Right;

#[tokio::test]
async fn the_state_of_the_service_is_told_to_who_manages_the_farm() {
    let site = Site::new().await;
    let mut browser = site.signed_in("Ada", "correct horse battery").await;
    let page = browser.get("/health").await;
    assert_eq!(page.status, 200);
    for said in
        ["nearly &lt;full&gt;", "make room", "1.2.3", "needs a thought", "as this program writes it", "answers in"]
    {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    assert_eq!(Browser::new(&site).get("/health").await.status, 401);
    let mut editor = site.signed_in_with("Editor", "enwiki", &[Right::Modify, Right::ManageFarm]).await;
    assert_eq!(editor.get("/health").await.status, 403, "one wiki is not the farm");
}
