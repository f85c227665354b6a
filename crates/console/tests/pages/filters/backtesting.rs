//! Backtests from the editor to their pages.

use super::trying::with_hits;
use super::{EDITOR, person, wiki};
use wikiward_farm::Right;

#[tokio::test]
async fn a_rule_in_the_editor_is_tried_on_all_that_is_kept() {
    let site = with_hits().await;
    site.archiver.close().await;
    site.writer.close().await;
    let mut editor = person(&site, "Edda", &wiki(), &EDITOR).await;
    let page = editor.get("/w/enwiki/filters/1").await;
    assert!(page.body.contains("formaction=\"/w/enwiki/backtests\" formtarget=\"_blank\""), "{}", page.body);
    let list = "/w/enwiki/backtests";
    let rule = "'pills' in added_lines | ('good' in added_lines & page_age > 5)";
    let started = editor.post(list, &[("rules", rule), ("group", "default"), ("gid", "1")]).await;
    assert_eq!(started.status, 303, "{}", started.body);
    let one = started.header("location").to_owned();
    let mut shown = editor.get(&one).await;
    for _ in 0..2_000 {
        if shown.header("refresh").is_empty() {
            break;
        }
        assert_eq!(shown.header("refresh"), "3");
        std::thread::sleep(std::time::Duration::from_millis(1));
        tokio::task::yield_now().await;
        shown = editor.get(&one).await;
    }
    assert_eq!(shown.status, 200);
    // What the rule reads and the wiki could not have supplied is nothing, not unknown.
    assert!(shown.body.contains("each action could be decided"), "{}", shown.body);
    assert!(shown.body.contains("Page &lt;0&gt;") && !shown.body.contains("<b>http"), "{}", shown.body);
    let no_more = shown.body.split("id=\"lost\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert_eq!(no_more.matches("<li>").count(), 2, "{no_more}");
    assert!(no_more.contains("href=\"/w/enwiki/hits/"), "{no_more}");
    assert!(shown.body.contains("It would not have stopped the rule"), "{}", shown.body);
    assert!(editor.get(list).await.body.contains(&format!("href=\"{one}\"")));
    let cancelled = editor.post(&format!("{one}/cancel"), &[]).await;
    assert_eq!((cancelled.status, cancelled.header("location")), (303, &*one));
    let broken = editor.post(list, &[("rules", "1 &"), ("group", "default")]).await;
    assert_eq!((broken.status, broken.header("location")), (303, list));
    assert!(editor.get(list).await.body.contains("The rule cannot be tested: "));
    let mut other = person(&site, "Otto", &wiki(), &EDITOR).await;
    assert_eq!(other.get(&one).await.status, 404, "nobody else's business");
    assert!(!other.get(list).await.body.contains(&one));
    let without = [Right::View, Right::Log, Right::LogDetail, Right::Modify];
    let mut nora = person(&site, "Nora", &wiki(), &without).await;
    assert_eq!((nora.get(list).await.status, nora.post(list, &[("rules", "1")]).await.status), (403, 403));
}
