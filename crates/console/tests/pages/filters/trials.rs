//! Trials of a filter: tests kept with it, candidates beside it, which part decides.

use super::trying::with_hits;
use super::{EDITOR, add, hidden, person, wiki};
use crate::profile::edit;
use crate::site::Site;
use wikiward_farm::Right;
use wikiward_filters::judge::Request;
use wikiward_rules::Value;

const FILTER: &str = "/w/enwiki/filters/1";
const TESTS: &str = "/w/enwiki/filters/1/tests";
const CANDIDATES: &str = "/w/enwiki/filters/1/candidates";
const DECIDING: &str = "/w/enwiki/filters/1/deciding";

/// The address of the page of the last hit. All three are of one moment, so no list says which was the last.
async fn hit(browser: &mut crate::site::Browser) -> String {
    let list = browser.get("/w/enwiki/hits").await;
    let row = list.body.split("<tr").find(|row| row.contains("Page &lt;2&gt;")).unwrap();
    let path = row.split("href=\"/w/enwiki/hits/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    format!("/w/enwiki/hits/{path}")
}

#[tokio::test]
async fn a_hit_is_kept_as_a_test_and_holds_up_saves_that_break_it() {
    let site = with_hits().await;
    let mut editor = person(&site, "Edda", &wiki(), &EDITOR).await;
    let hit = hit(&mut editor).await;
    let page = editor.get(&hit).await;
    let link = page.body.split(&format!("href=\"{TESTS}?hit=")).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = editor.get(&format!("{TESTS}?hit={link}")).await;
    assert_eq!(form.field("hit").as_deref(), Some(&*link), "{}", form.body);
    let fields = [("base", "1"), ("hit", &*link), ("name", "a <link>"), ("expect", "match")];
    let done = editor.post(TESTS, &fields).await;
    assert_eq!((done.status, done.header("location")), (303, TESTS), "{}", done.body);
    let shown = editor.get(TESTS).await;
    assert!(shown.body.contains("a &lt;link&gt;") && shown.body.contains("passes"), "{}", shown.body);
    let vars = "{\"added_lines\": [\"see http://good.example\"], \"action\": \"edit\"}";
    let broken = [("base", "2"), ("vars", "{"), ("name", "a good link"), ("expect", "no_match")];
    let refused = editor.post(TESTS, &broken).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("write variables as a JSON object") && refused.body.contains("a good link"));
    let fields = [("base", "2"), ("vars", vars), ("name", "a good link"), ("expect", "no_match")];
    let refused = editor.post(TESTS, &fields).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("fails: the rule matches, and is not meant to"), "{}", refused.body);
    let fields = [fields.as_slice(), &[("override_tests", "to be mended")]].concat();
    assert_eq!(editor.post(TESTS, &fields).await.status, 303);
    let form = editor.get(FILTER).await;
    let chosen = [("group", "default"), ("state", "enabled"), ("do", "save")];
    let broken = [chosen.as_slice(), &[("rules", "'ftp' in added_lines")]].concat();
    let held_up = editor.send_form(&form, FILTER, &broken).await;
    assert_eq!(held_up.status, 422, "{}", held_up.body);
    assert!(held_up.body.contains("The test “a &lt;link&gt;” fails"), "{}", held_up.body);
    assert!(held_up.field("override_tests").is_some());
    let mended = "'http' in added_lines & !('good' in added_lines)";
    let mended = [chosen.as_slice(), &[("rules", mended)]].concat();
    let saved = editor.send_form(&form, FILTER, &mended).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let gone = editor.post(TESTS, &[("base", "4"), ("remove", "a good link")]).await;
    assert_eq!(gone.status, 303, "{}", gone.body);
    assert!(!editor.get(TESTS).await.body.contains("<td>a good link"), "it is removed");
    let mut reader = person(&site, "Rita", &wiki(), &[Right::View, Right::Log]).await;
    assert_eq!(reader.get(TESTS).await.status, 403);
    assert_eq!(reader.post(TESTS, &fields).await.status, 403);
}

#[tokio::test]
async fn the_tests_stand_beside_the_rule_that_is_edited() {
    const RUN: &str = "value=\"tests\"";
    let site = with_hits().await;
    let mut editor = person(&site, "Edda", &wiki(), &EDITOR).await;
    let form = editor.get(FILTER).await;
    assert!(!form.body.contains(RUN), "there are none yet");
    let vars = "{\"added_lines\": [\"see http://good.example\"], \"action\": \"edit\"}";
    let fields = [("base", "1"), ("vars", vars), ("name", "a <good> link"), ("expect", "match")];
    assert_eq!(editor.post(TESTS, &fields).await.status, 303);
    let vars = "{\"added_lines\": [\"plain\"], \"action\": \"edit\"}";
    let fields = [("base", "2"), ("vars", vars), ("name", "words"), ("expect", "no_match")];
    assert_eq!(editor.post(TESTS, &fields).await.status, 303);
    let form = editor.get(FILTER).await;
    assert!(form.body.contains(RUN) && form.body.contains("2 of 2 pass"), "{}", form.body);
    assert!(form.body.contains("a &lt;good&gt; link") && form.body.contains(&format!("href=\"{TESTS}\"")));
    let typed = |rules| [("rules", rules), ("group", "default"), ("state", "enabled"), ("do", "tests")];
    let page = editor.send_form(&form, FILTER, &typed("'plain' in added_lines")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("0 of 2 pass"), "{}", page.body);
    assert_eq!(page.field("rules").as_deref(), Some("'plain' in added_lines"), "the text stays in the form");
    let page = editor.send_form(&form, FILTER, &typed("page_age > 5")).await;
    assert!(page.body.contains("0 of 2 pass") && page.body.contains("page_age"), "{}", page.body);
    let page = editor.send_form(&form, FILTER, &typed("lcase(")).await;
    assert!(page.body.contains("The rule has a mistake") && page.body.contains(RUN), "{}", page.body);
    let filter = editor.get(FILTER).await;
    assert!(filter.body.contains("2 of 2 pass"), "nothing was saved");
    let rights = [Right::View, Right::Log, Right::Modify];
    let mut no_backtest = person(&site, "Nora", &wiki(), &rights).await;
    assert!(no_backtest.get(FILTER).await.body.contains("2 of 2 pass"));
}

fn saying(number: usize, text: &str) -> Request {
    Request { vars: vec![("added_lines".into(), Value::texts([text]))], ..edit(number) }
}

async fn judged(site: &Site, request: Request) {
    site.console.judge.evaluate(request).await.unwrap();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    site.console.judge.candidate_log().flush().await.unwrap();
}

#[tokio::test]
async fn a_candidate_is_started_looked_at_and_made_the_next_version() {
    let site = with_hits().await;
    let mut editor = person(&site, "Edda", &wiki(), &EDITOR).await;
    let page = editor.get(CANDIDATES).await;
    assert!(page.body.contains("No candidate has run beside this filter"), "{}", page.body);
    assert_eq!(page.field("rules").as_deref(), Some("'http' in added_lines"), "it begins as the rule in force");
    let wrong = [("do", "start"), ("rules", "1 &"), ("days", "7")];
    let refused = editor.post(CANDIDATES, &wrong).await;
    assert_eq!((refused.status, refused.field("rules").as_deref()), (422, Some("1 &")), "{}", refused.body);
    let many = editor.post(CANDIDATES, &[("do", "start"), ("rules", "1"), ("days", "99")]).await;
    assert!(many.status == 422 && many.body.contains("A candidate runs for 1 to 14 days."), "{}", many.body);
    let rules = "'http' in added_lines & !('good' in added_lines)";
    let fields = [("do", "start"), ("rules", rules), ("days", "7"), ("reason", "<b>fewer")];
    assert_eq!(editor.post(CANDIDATES, &fields).await.status, 303);
    judged(&site, saying(1, "http://good.example")).await;
    judged(&site, saying(2, "http://pills.example")).await;
    judged(&site, saying(3, "no link")).await;
    let page = editor.get(CANDIDATES).await;
    assert!(page.body.contains("&lt;b&gt;fewer") && page.body.contains("runs until"), "{}", page.body);
    assert!(page.body.contains("100.0 %"), "{}", page.body);
    let id = page.body.split("name=\"candidate\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let cells: Vec<&str> = page.body.split("<strong>").skip(1).map(|it| it.split('<').next().unwrap()).collect();
    assert_eq!(cells[..4], ["1", "1", "0", "1"], "both, only in force, only candidate, neither: {cells:?}");
    let promoted = [("do", "promote"), ("candidate", &*id), ("base", "1"), ("promote_reason", "it is narrower")];
    let done = editor.post(CANDIDATES, &promoted).await;
    assert_eq!((done.status, done.header("location")), (303, FILTER), "{}", done.body);
    assert_eq!(editor.get(FILTER).await.field("rules").as_deref(), Some(rules));
    let again = editor.post(CANDIDATES, &[("do", "stop"), ("candidate", &*id)]).await;
    assert_eq!(again.status, 303);
    let page = editor.get(CANDIDATES).await;
    assert!(page.body.contains("Had the candidate been in force all this time"), "{}", page.body);
    assert!(page.body.contains("none of these actions was in the sample"), "{}", page.body);
    assert!(page.body.contains("The candidate had ended already."));
    let mut reader = person(&site, "Rita", &wiki(), &[Right::View, Right::Log]).await;
    assert_eq!(reader.get(CANDIDATES).await.status, 403);
}

#[tokio::test]
async fn the_part_that_decides_is_marked_in_the_rule() {
    let site = with_hits().await;
    let mut editor = person(&site, "Edda", &wiki(), &EDITOR).await;
    let page = editor.get(DECIDING).await;
    assert!(page.body.contains("<mark class=\"ww-match\">") || page.body.contains("ww-match"), "{}", page.body);
    assert!(page.body.contains("true: 3, false: 0, skipped: 0"), "{}", page.body);
    let mut few = person(&site, "Dora", &wiki(), &[Right::View, Right::Log, Right::Modify]).await;
    assert_eq!(few.get(DECIDING).await.status, 403);
}

#[tokio::test]
async fn what_may_not_be_seen_has_no_trials() {
    let site = with_hits().await;
    add(&site, &wiki(), hidden("Nobody knows me", "1 == 1")).await;
    let mut helper = person(&site, "Hugo", &wiki(), &[Right::View, Right::Log, Right::Backtest]).await;
    for word in ["tests", "candidates", "deciding"] {
        let unseen = helper.get(&format!("/w/enwiki/filters/2/{word}")).await;
        let none = helper.get(&format!("/w/enwiki/filters/9/{word}")).await;
        assert_eq!((unseen.status, none.status), (404, 404), "{word}");
        // The address itself stands in the foot of the page.
        let unseen = super::steady(&unseen).replace("/filters/2/", "/filters/9/");
        assert_eq!(unseen, super::steady(&none), "{word}");
    }
}
