//! Reading and editing one filter.

use super::{EDITOR, add, draft, person, wiki};
use crate::site::{Answer, Browser, Site};
use wikiward_farm::{Right, Viewer, WikiId};
use wikiward_filters::model::{Draft, State, Version};

const NEW: &str = "/w/enwiki/filters/new";
const FIRST: &str = "/w/enwiki/filters/1";

/// Sends the form of `page` with changes, and with what its lists of choices hold.
async fn send(browser: &mut Browser, page: &Answer, action: &str, changes: &[(&str, &str)]) -> Answer {
    let chosen =
        [("group", "default"), ("state", "disabled"), ("tier", "normal"), ("brake", "standard"), ("block_talk", "")];
    let chosen = chosen.into_iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let all: Vec<(&str, &str)> = chosen.chain(changes.iter().copied()).collect();
    browser.send_form(page, action, &all).await
}

#[tokio::test]
async fn a_filter_is_made_with_its_errors_shown_and_nothing_lost() {
    let site = Site::new().await;
    let mut editor = person(&site, "Edda", &wiki(), &EDITOR).await;
    let page = editor.get(NEW).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("data-check-url=\"/w/enwiki/rule/check\""), "{}", page.body);
    let typed = [
        ("name", "My <b>filter</b>"),
        ("rules", "user_age < 5 &\nlcase("),
        ("notes", "kept"),
        ("priority", "high"),
        ("action", "throttle"),
        ("action", "tag"),
        ("throttle_count", "0"),
        ("throttle_period", "60"),
        ("throttle_groups", "moon"),
        ("tag_names", "a tag\nanother"),
        ("reason", "my reason"),
        ("do", "save"),
    ];
    let wrong = send(&mut editor, &page, NEW, &typed).await;
    assert_eq!(wrong.status, 422);
    for kept in [
        "My &lt;b&gt;filter&lt;/b&gt;",
        "user_age &lt; 5 &amp;\nlcase(",
        "kept",
        "value=\"high\"",
        "a tag\nanother",
        "my reason",
    ] {
        assert!(wrong.body.contains(kept), "{kept}: {}", wrong.body);
    }
    for link in ["href=\"#rules\"", "href=\"#priority\"", "href=\"#throttle_count\"", "href=\"#throttle_groups\""] {
        assert!(wrong.body.contains(link), "{link}: {}", wrong.body);
    }
    assert!(wrong.body.contains("line 2, column 7"), "{}", wrong.body);
    assert!(wrong.body.contains("id=\"rules-places\"") && wrong.body.contains("id=\"throttle_count-wrong\""));
    assert!(wrong.body.contains("value=\"tag\" checked"), "ticked boxes stay ticked");

    let mended = [
        ("rules", "user_age < 5"),
        ("priority", ""),
        ("throttle_count", "3"),
        ("throttle_groups", "user"),
        ("do", "save"),
    ];
    let saved = send(&mut editor, &wrong, NEW, &mended).await;
    assert_eq!((saved.status, saved.location.as_deref()), (303, Some(FIRST)), "{}", saved.body);
    let shown = editor.get(FIRST).await;
    assert!(shown.body.contains("Saved as version 1."), "{}", shown.body);
    let filter = site.console.filters.get(&Viewer::operator(), &wiki(), "1").await.unwrap();
    assert_eq!(filter.draft.actions.0["throttle"], ["1", "3,60", "user"]);
    assert_eq!(filter.draft.actions.0["tag"], ["a tag", "another"]);
    assert_eq!(filter.edited_by.name, "Edda");

    let again = send(&mut editor, &shown, FIRST, &[("do", "save")]).await;
    assert_eq!(again.status, 303);
    assert!(editor.get(FIRST).await.body.contains("Nothing was different"), "what is not changed is not saved");
    assert_eq!(site.console.filters.get(&Viewer::operator(), &wiki(), "1").await.unwrap().version, Version(1));
}

#[tokio::test]
async fn checking_and_layout_save_nothing() {
    let site = Site::new().await;
    let mut editor = person(&site, "Edda", &wiki(), &EDITOR).await;
    let page = editor.get(NEW).await;
    let fine = send(&mut editor, &page, NEW, &[("name", "n"), ("rules", "1"), ("do", "check")]).await;
    assert!(fine.status == 200 && fine.body.contains("this can be saved"), "{}", fine.body);
    let laid_out = send(&mut editor, &page, NEW, &[("name", "n"), ("rules", "1   &    2"), ("do", "format")]).await;
    assert_eq!(laid_out.field("rules").as_deref(), Some("1 & 2"));
    let missing = send(&mut editor, &page, NEW, &[("name", ""), ("rules", "1"), ("do", "check")]).await;
    assert!(missing.body.contains("href=\"#name\""), "{}", missing.body);
    assert_eq!(editor.get(FIRST).await.status, 404);
}

#[tokio::test]
async fn two_editors_at_once_lose_nothing() {
    let site = Site::new().await;
    add(&site, &wiki(), draft("Both", "a := 1;\nb := 2;\nc := 3;\na + b + c")).await;
    let mut one = person(&site, "Edda", &wiki(), &EDITOR).await;
    let mut other = person(&site, "Olga", &wiki(), &EDITOR).await;
    let (mine, theirs) = (one.get(FIRST).await, other.get(FIRST).await);
    let done = send(
        &mut other,
        &theirs,
        FIRST,
        &[("rules", "a := 1;\nb := 2;\nc := 33;\na + b + c"), ("reason", "first"), ("do", "save")],
    )
    .await;
    assert_eq!(done.status, 303);
    let my_rule = "a := 11;\nb := 2;\nc := 3;\na + b + c";
    let conflict = send(&mut one, &mine, FIRST, &[("rules", my_rule), ("notes", "my notes"), ("do", "save")]).await;
    assert_eq!(conflict.status, 409);
    assert!(conflict.body.contains("Olga") && conflict.body.contains("my notes"), "{}", conflict.body);
    assert_eq!(site.console.filters.get(&Viewer::operator(), &wiki(), "1").await.unwrap().version, Version(2));
    // The first form on the page puts both together.
    let both = one.send_form(&conflict, FIRST, &[("do", "edit")]).await;
    assert_eq!(both.field("rules").as_deref(), Some("a := 11;\nb := 2;\nc := 33;\na + b + c"), "{}", both.body);
    let saved = send(&mut one, &both, FIRST, &[("do", "save")]).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let filter = site.console.filters.get(&Viewer::operator(), &wiki(), "1").await.unwrap();
    assert_eq!((filter.version, filter.draft.notes.as_str()), (Version(3), "my notes"));

    // Changes of the same line: nothing is put together, but what was typed is there, and can be saved over theirs.
    let again =
        send(&mut other, &theirs, FIRST, &[("rules", "a := 7;\nb := 2;\nc := 3;\na + b + c"), ("do", "save")]).await;
    assert_eq!(again.status, 409);
    let over = other.send_form(&again, FIRST, &[("do", "save")]).await;
    assert_eq!(over.status, 303, "{}", over.body);
    let filter = site.console.filters.get(&Viewer::operator(), &wiki(), "1").await.unwrap();
    assert!(filter.draft.rules.starts_with("a := 7;"), "{}", filter.draft.rules);
}

#[tokio::test]
async fn who_may_only_read_sees_the_rule_and_no_form() {
    let site = Site::new().await;
    add(&site, &wiki(), Draft { state: State::Enabled, ..draft("Open", "user_age < 5 & \"<i>\" in summary") }).await;
    let mut anybody = Browser::new(&site);
    let page = anybody.get(FIRST).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<span class=\"tok-variable\">user_age</span>"), "{}", page.body);
    assert!(page.body.contains("<span class=\"tok-string\">&quot;&lt;i&gt;&quot;</span>"), "{}", page.body);
    assert!(!page.body.contains("name=\"rules\"") && !page.body.contains("filter=1\">0</a>"));
    assert_eq!(anybody.get(NEW).await.status, 401);
    assert_eq!(anybody.post(FIRST, &[("rules", "1"), ("do", "save")]).await.status, 401);
    let mut elsewhere = person(&site, "Elsa", &"dewiki".parse().unwrap(), &EDITOR).await;
    assert_eq!(elsewhere.get(NEW).await.status, 403);
    assert_eq!(elsewhere.post(FIRST, &[("rules", "1"), ("base", "1"), ("do", "save")]).await.status, 403);
    assert_eq!(elsewhere.get("/w/nosuchwiki/filters/new").await.status, 404);
    assert_eq!(site.console.filters.get(&Viewer::operator(), &wiki(), "1").await.unwrap().version, Version(1));
}

#[tokio::test]
async fn making_a_hidden_filter_public_is_asked_for() {
    let site = Site::new().await;
    add(&site, &wiki(), super::hidden("Secret", "1")).await;
    let mut editor = person(&site, "Edda", &wiki(), &EDITOR).await;
    let page = editor.get(FIRST).await;
    assert!(page.body.contains("value=\"hidden\" checked"), "{}", page.body);
    let form: Vec<(String, String)> = page.form(FIRST).into_iter().filter(|(name, _)| name != "privacy").collect();
    let fields: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let chosen =
        [("group", "default"), ("state", "disabled"), ("tier", "normal"), ("brake", "standard"), ("do", "save")];
    let fields: Vec<(&str, &str)> = fields.into_iter().filter(|(name, _)| *name != "csrf").chain(chosen).collect();
    let asked = editor.post(FIRST, &fields).await;
    assert_eq!(asked.status, 422);
    assert!(
        asked.body.contains("id=\"confirm_public-1\"") && asked.body.contains("href=\"#confirm_public-1\""),
        "{}",
        asked.body
    );
    let agreed: Vec<(&str, &str)> = fields.into_iter().chain([("confirm_public", "1")]).collect();
    assert_eq!(editor.post(FIRST, &agreed).await.status, 303);
    assert_eq!(Browser::new(&site).get(FIRST).await.status, 200);
}

#[tokio::test]
async fn hostile_texts_are_shown_and_nothing_else() {
    let site = Site::new().await;
    let evil = "</textarea></pre><script>alert(1)</script>\u{202e}\u{200b}";
    let rules = format!("\"{evil}\" in summary /* {evil} */");
    let hostile = Draft { notes: evil.into(), ..draft(evil, &rules) };
    add(&site, &wiki(), hostile).await;
    let mut editor = person(&site, "Edda", &wiki(), &EDITOR).await;
    let mut anybody = Browser::new(&site);
    for path in ["/w/enwiki/filters", FIRST, "/w/enwiki/filters/1/history", "/w/enwiki/filters/1/export"] {
        for browser in [&mut editor, &mut anybody] {
            let page = browser.get(path).await;
            assert_eq!(page.status, 200);
            assert!(!page.body.contains("<script>alert"), "{path}: {}", page.body);
        }
    }
    let page = editor.get(FIRST).await;
    assert_eq!(page.field("rules"), Some(rules), "a form gives back what is stored, letter by letter");
    assert!(anybody.get(FIRST).await.body.contains("⟨U+202E⟩"));
}

#[tokio::test]
async fn the_longest_rule_goes_through_the_form_and_a_longer_one_is_kept_and_refused() {
    let site = Site::new().await;
    let mut editor = person(&site, "Edda", &wiki(), &EDITOR).await;
    let page = editor.get(NEW).await;
    let longest = format!("{}1", "1 |\n".repeat(65_529 / 4));
    let longest = format!("{longest}{}", " ".repeat(65_530 - longest.len()));
    assert_eq!(longest.len(), 65_530);
    let saved = send(&mut editor, &page, NEW, &[("name", "Long"), ("rules", &longest), ("do", "save")]).await;
    assert_eq!(saved.status, 303, "{}", saved.body.get(..2_000).unwrap_or(&saved.body));
    assert_eq!(editor.get(FIRST).await.field("rules").as_deref(), Some(longest.as_str()));
    let longer = format!("{longest} ");
    let refused = send(&mut editor, &page, NEW, &[("name", "Longer"), ("rules", &longer), ("do", "save")]).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.field("rules").as_deref(), Some(longer.as_str()));
    assert!(refused.body.contains("65,531 bytes are too many: 65,530 are allowed"));
}

#[tokio::test]
async fn a_session_that_ends_meanwhile_keeps_the_text() {
    let site = Site::new().await;
    let mut editor = person(&site, "Edda", &wiki(), &EDITOR).await;
    let page = editor.get(NEW).await;
    site.end_all_sessions();
    let kept = send(&mut editor, &page, NEW, &[("name", "n"), ("rules", "user_age < 5"), ("do", "save")]).await;
    assert_eq!(kept.status, 401);
    assert_eq!(kept.field("kept.rules").as_deref(), Some("user_age < 5"), "{}", kept.body);
}

#[tokio::test]
async fn farm_wide_filters_are_edited_by_who_may_and_elsewhere_a_wiki_chooses() {
    let site = Site::new().await;
    add(&site, &WikiId::farm(), draft("Everywhere", "1")).await;
    let page = "/w/enwiki/filters/global-1";
    let rights = [Right::View, Right::Log, Right::Modify, Right::Optout];
    let mut editor = person(&site, "Edda", &wiki(), &rights).await;
    let read = editor.get(page).await;
    assert!(read.status == 200 && !read.body.contains("name=\"rules\""), "{}", read.body);
    assert!(read.body.contains("href=\"/w/enwiki/filters/global-1/optout\""), "{}", read.body);
    let form = editor.get(&format!("{page}/optout")).await;
    assert!(form.body.contains("id=\"mode-on\" name=\"mode\" value=\"on\" checked"), "{}", form.body);
    let action = format!("{page}/optout");
    let set = editor.post(&action, &[("mode", "log"), ("reason", "too broad")]).await;
    assert_eq!(set.status, 303);
    assert!(editor.get(&action).await.body.contains("value=\"log\" checked"));
    assert_eq!(editor.post(&action, &[("mode", "without")]).await.status, 422);
    let mut reader = person(&site, "Rita", &wiki(), &[Right::View]).await;
    assert_eq!(reader.get(&action).await.status, 403);
    assert_eq!(reader.post(&action, &[("mode", "off")]).await.status, 403);
    let mut steward = person(&site, "Stella", &WikiId::farm(), Right::ALL).await;
    let form = steward.get(page).await;
    assert!(form.body.contains("This filter is farm-wide"), "{}", form.body);
    let saved = send(&mut steward, &form, page, &[("scope_include", "set:large\nenwiki"), ("do", "save")]).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let scope = site.console.filters.get(&Viewer::operator(), &WikiId::farm(), "1").await.unwrap().draft.scope.unwrap();
    assert_eq!(scope.include.len(), 2);
}
