//! Every form that is typed into, sent with what cannot be accepted, by who may not send it, and over a session that is gone:
//! nothing that was typed is lost, and the page says what is wrong where the keyboard is. Passwords never come back.

use crate::filters::braking;
use crate::signed_out::{filled, routes, site};
use crate::site::{Answer, Browser, Site, unescaped};
use crate::stage::person;
use std::collections::{BTreeMap, BTreeSet};
use wikiward_farm::{Right, Viewer};

/// Routes whose forms hold nothing that was typed: buttons, boxes, choices, and what scripts send.
const WORDLESS: [&str; 21] = [
    "/accounts/{account}/disable",
    "/accounts/{account}/enable",
    "/accounts/{account}/password-link",
    "/accounts/{account}/rights",
    "/accounts/{account}/sessions/{session}",
    "/me/end-others",
    "/me/sessions/{session}",
    "/notices",
    "/preferences",
    "/rights/change",
    "/sign-in/again",
    "/sign-in/oidc",
    "/sign-in/wiki",
    "/sign-out",
    "/w/{wiki}/backtests/{job}/cancel",
    "/w/{wiki}/filters/{gid}/reverts/{job}",
    "/w/{wiki}/rule/check",
    "/w/{wiki}/rule/format",
    "/wiki-sets/{set}/remove",
    "/wikis/{wiki}/close",
    "/wikis/{wiki}/open",
];

/// Routes that the editor's form is sent to as well: into a tab of its own, and by a script beside the rule.
const BESIDE: [&str; 2] = ["/w/{wiki}/backtests", "/w/{wiki}/rule/try"];

/// A password that must not stand on any page.
const SECRET: &str = "a secret that comes back nowhere";

/// A form of a page.
#[derive(Debug, Clone)]
struct Form {
    action: String,
    /// All of its fields with what they hold, but for those that are typed into.
    fixed: Vec<(String, String)>,
    /// Fields that are typed into.
    typed: BTreeSet<String>,
    /// Fields for passwords.
    secret: BTreeSet<String>,
    /// Buttons with a name and a value; one without if there are none.
    buttons: Vec<Option<(String, String)>>,
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    Some(unescaped(tag.split_once(&format!(" {name}=\""))?.1.split('"').next()?))
}

/// The forms of a page that change something.
fn forms(page: &Answer, place: &str) -> Vec<Form> {
    let pieces = page.body.split("<form ").skip(1).map(|piece| piece.split("</form>").next().unwrap());
    pieces
        .filter(|piece| piece.split('>').next().unwrap().contains("method=\"post\""))
        .map(|it| form(it, place))
        .collect()
}

fn form(piece: &str, place: &str) -> Form {
    let head = format!(" {}", piece.split('>').next().unwrap());
    let mut form = Form {
        action: attribute(&head, "action").unwrap_or_else(|| place.to_owned()),
        fixed: Vec::new(),
        typed: BTreeSet::new(),
        secret: BTreeSet::new(),
        buttons: Vec::new(),
    };
    for piece in piece.split('<').skip(1) {
        let (tag, content) = piece.split_once('>').unwrap();
        let Some(name) = attribute(tag, "name").filter(|name| name != "csrf") else { continue };
        let kind = attribute(tag, "type").unwrap_or_default();
        let value = attribute(tag, "value").unwrap_or_default();
        let is_hidden = kind == "hidden" || tag.split(' ').any(|word| word == "hidden");
        match tag.split(' ').next().unwrap() {
            "textarea" if is_hidden => form.fixed.push((name, unescaped(content.trim_start_matches('\n')))),
            "button" => form.buttons.push(Some((name, value))),
            "select" => form.fixed.push((name, String::new())),
            "input" if kind == "password" => drop(form.secret.insert(name)),
            "input" if kind == "checkbox" || kind == "radio" => {
                // What is wanted of a box is that it is ticked.
                form.fixed.push((name, value));
            }
            "input" if is_hidden => form.fixed.push((name, value)),
            "input" | "textarea" => drop(form.typed.insert(name)),
            _ => {}
        }
    }
    if form.buttons.is_empty() {
        form.buttons.push(None);
    }
    form
}

/// The route that an address belongs to.
fn route_of(address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap();
    let fits = |route: &str| {
        let (route, path): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), path.split('/').collect());
        route.len() == path.len() && route.iter().zip(path).all(|(one, other)| one.starts_with('{') || *one == other)
    };
    let mut found: Vec<String> = routes().into_iter().map(|route| route.path).filter(|route| fits(route)).collect();
    // Words before names: `filters/new` is no filter.
    found.sort_by_key(|route| route.matches('{').count());
    assert!(!found.is_empty(), "{address} is sent to no route");
    found.remove(0)
}

/// Forms that are typed into, by their routes and fields; each with the page that it stands on.
type Found = BTreeMap<(String, BTreeSet<String>), (String, Form)>;

async fn collect(browser: &mut Browser, addresses: &[String], found: &mut Found) {
    for address in addresses {
        let page = browser.get(address).await;
        for form in forms(&page, address) {
            if !form.typed.is_empty() || !form.secret.is_empty() {
                let key = (route_of(&form.action), form.typed.clone());
                found.entry(key).or_insert_with(|| (address.clone(), form));
            }
        }
    }
}

/// What is typed into a field: too long for any, and with letters that must be escaped.
fn long(name: &str) -> String {
    format!("what I typed <into> “{name}” & meant {}", "so much ".repeat(2_500)).trim().to_owned()
}

/// What is typed where nothing is wrong with it.
fn short(name: &str) -> String {
    format!("what I typed <into> “{name}” & meant")
}

fn filled_in(form: &Form, words: fn(&str) -> String, button: Option<&(String, String)>) -> Vec<(String, String)> {
    let typed = form.typed.iter().map(|name| (name.clone(), words(name)));
    let secret = form.secret.iter().map(|name| (name.clone(), SECRET.to_owned()));
    form.fixed.iter().cloned().chain(typed).chain(secret).chain(button.cloned()).collect()
}

fn pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// All that fields of a page hold.
fn held(page: &Answer) -> BTreeSet<String> {
    let mut held = BTreeSet::new();
    for piece in page.body.split('<').skip(1) {
        let Some((tag, content)) = piece.split_once('>') else { continue };
        if tag.starts_with("textarea") {
            held.insert(unescaped(content.strip_prefix('\n').unwrap_or(content)).trim().to_owned());
        } else if tag.starts_with("input ") {
            held.extend(attribute(tag, "value").map(|value| value.trim().to_owned()));
        }
    }
    held
}

/// Nothing that was typed into `form` is lost on the page, and no password stands on it.
fn assert_kept(page: &Answer, form: &Form, words: fn(&str) -> String, what: &str) {
    let held = held(page);
    for name in &form.typed {
        assert!(
            held.contains(&words(name)),
            "{what}: what was typed into `{name}` is lost: {} {}",
            page.status,
            page.body
        );
    }
    assert!(!page.body.contains(SECRET), "{what}: a password stands on the page");
}

/// The page says what is wrong where the keyboard begins, and what it says leads to fields that there are.
fn assert_said(page: &Answer, what: &str) {
    assert_eq!(page.body.matches(" autofocus>").count(), 1, "{what}: {}", page.body);
    let said = page.body.split(" autofocus>").nth(1).unwrap().split("</ul>").next().unwrap();
    for link in said.split("href=\"#").skip(1) {
        let id = link.split('"').next().unwrap();
        assert!(page.body.contains(&format!(" id=\"{id}\"")), "{what}: there is no field `{id}`");
    }
}

async fn token_path(browser: &mut Browser) -> String {
    let fields = [("wiki", "enwiki"), ("label", "tool"), ("scope", "evaluate")];
    assert_eq!(browser.post("/tokens", &fields).await.status, 200);
    let list = browser.get("/tokens").await;
    format!("/tokens/{}/revoke", list.body.split("/tokens/").nth(1).unwrap().split("/revoke").next().unwrap())
}

/// All addresses of a site that show something.
async fn addresses(browser: &mut Browser, names: &BTreeMap<&'static str, String>) -> Vec<String> {
    let shown = routes().into_iter().filter(|route| route.has_get && !route.path.starts_with("/assets"));
    let mut all: Vec<String> = shown.map(|route| filled(&route.path, names)).collect();
    all.push(token_path(browser).await);
    all
}

/// A site with something of each kind, and one with a filter that is braked; each with a browser of who may do everything.
async fn everything() -> Vec<(Site, Browser, Found)> {
    let (full, names) = site().await;
    let braked = braking::site().await;
    let mut all = Vec::new();
    for site in [full, braked] {
        let mut steward = person(&site, "Walker", Right::ALL).await;
        if all.is_empty() {
            steward.post("/w/enwiki/domains", &[("domains", "spam.example")]).await;
            let start = [("do", "start"), ("rules", "1 == 3"), ("days", "7")];
            steward.post("/w/enwiki/filters/1/candidates", &start).await;
        }
        let mut found = Found::new();
        // Who is signed in does not sign in.
        let addresses = addresses(&mut steward, &names).await;
        let addresses: Vec<String> = addresses.into_iter().filter(|it| !is_door(it)).collect();
        collect(&mut steward, &addresses, &mut found).await;
        all.push((site, steward, found));
    }
    all
}

/// Whether a form is sent somewhere else as well, or asks for something that takes any words.
fn is_looked_at(button: Option<&(String, String)>) -> bool {
    // Looking, laying out and trying change nothing, and are answered with the form.
    button.is_none_or(|(name, value)| {
        name != "do" || !["check", "format", "try", "tests", "stop"].contains(&value.as_str())
    })
}

#[tokio::test]
async fn what_is_refused_comes_back_as_it_was_typed() {
    let mut seen = BTreeSet::new();
    for (_site, mut browser, found) in Box::pin(everything()).await {
        for ((route, _), (place, form)) in &found {
            seen.insert(route.clone());
            for button in form.buttons.iter().map(Option::as_ref).filter(|button| is_looked_at(*button)) {
                let what = format!("{route} on {place}, {button:?}");
                // The page is asked for anew: what one form did, the next one knows.
                let answer = browser.post(&form.action, &pairs(&filled_in(form, long, button))).await;
                assert!((400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.body);
                assert_kept(&answer, form, long, &what);
                assert_said(&answer, &what);
            }
        }
    }
    let (site, _) = site().await;
    for address in doors(&site).await {
        let mut stranger = Browser::new(&site);
        let mut found = Found::new();
        collect(&mut stranger, std::slice::from_ref(&address), &mut found).await;
        assert_eq!(found.len(), 1, "{address}");
        for ((route, _), (place, form)) in &found {
            seen.insert(route.clone());
            let answer = stranger.post(&form.action, &pairs(&filled_in(form, long, None))).await;
            assert!((400..500).contains(&answer.status), "{route} on {place}: {}", answer.status);
            assert_kept(&answer, form, long, route);
            assert_said(&answer, route);
        }
    }
    let all: BTreeSet<String> = routes().into_iter().filter(|it| it.has_post).map(|it| it.path).collect();
    let known: BTreeSet<String> = WORDLESS.into_iter().chain(BESIDE).map(str::to_owned).chain(seen).collect();
    let missing: Vec<&String> = all.difference(&known).collect();
    assert!(missing.is_empty(), "no form was tried that is sent to {missing:?}");
}

fn is_door(address: &str) -> bool {
    address.starts_with("/sign-in") || address.starts_with("/welcome/")
}

/// Where who is not signed in types.
async fn doors(site: &Site) -> Vec<String> {
    let name = "Newcomer".parse().unwrap();
    let draft = wikiward_people::AccountDraft { name, rights: BTreeMap::new(), identity: None, is_disabled: false };
    let account = site.people.add_account(&Viewer::operator(), draft).await.unwrap();
    let link = site.people.make_password_link(&Viewer::operator(), account.id).await.unwrap();
    vec!["/sign-in".to_owned(), format!("/welcome/{}", link.secret)]
}

#[tokio::test]
async fn what_somebody_may_not_send_stands_on_the_page_that_says_so() {
    for (site, _, found) in Box::pin(everything()).await {
        let mut nobody = person(&site, "Nobody", &[]).await;
        // Everybody may change an own password.
        for ((route, _), (_, form)) in found.iter().filter(|(_, (_, form))| !form.typed.is_empty()) {
            for button in form.buttons.iter().map(Option::as_ref) {
                let answer = nobody.post(&form.action, &pairs(&filled_in(form, short, button))).await;
                assert!(matches!(answer.status, 400 | 403 | 404), "{route}, {button:?}: {}", answer.status);
                assert_kept(&answer, form, short, route);
            }
        }
    }
}

#[tokio::test]
async fn a_form_of_another_session_is_shown_and_sent_with_a_click() {
    for (site, mut browser, found) in Box::pin(everything()).await {
        let old = browser.token().await;
        let mut anew = person(&site, "Again", Right::ALL).await;
        for ((route, _), (_, form)) in &found {
            let fields = filled_in(form, short, form.buttons.first().unwrap().as_ref());
            let answer = anew.post_as_own(&old, &form.action, &pairs(&fields)).await;
            assert_eq!(answer.status, 403, "{route}");
            assert_kept(&answer, form, short, route);
            if form.secret.is_empty() {
                // All of it is sent, in its order.
                let sent = answer.form(&form.action);
                let sent: Vec<&(String, String)> = sent.iter().filter(|(name, _)| name != "csrf").collect();
                assert_eq!(sent, fields.iter().collect::<Vec<_>>(), "{route}");
            }
            // A page of somebody else puts nothing into this one.
            let foreign = anew.post_with(&old, &form.action, &pairs(&fields)).await;
            assert!(foreign.status == 403 && !foreign.body.contains("what I typed"), "{route}: {}", foreign.body);
        }
    }
}

#[tokio::test]
async fn a_form_over_a_session_that_ended_is_kept_without_its_passwords() {
    for (site, mut browser, found) in Box::pin(everything()).await {
        let token = browser.token().await;
        site.end_all_sessions();
        for ((route, _), (_, form)) in &found {
            let fields = filled_in(form, short, form.buttons.first().unwrap().as_ref());
            let answer = browser.post_with(&token, &form.action, &pairs(&fields)).await;
            assert_eq!(answer.status, 401, "{route}");
            assert_kept(&answer, form, short, route);
        }
    }
}
