//! Every route, visited by somebody who is not signed in: what everybody may see, or the page to sign in on.

use crate::filters::examining;
use crate::site::{Browser, Site};
use crate::stage::{filter, id, keep, person, record, wiki};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use wikiward_console::visit::encoded;
use wikiward_farm::right::RightSet;
use wikiward_farm::{Right, Viewer, WikiId};
use wikiward_filters::model::Privacy;
use wikiward_people::SetDraft;

/// What is there whoever asks: signing in, and what the frame of every page needs.
const DOORS: [&str; 9] = [
    "/sign-in",
    "/sign-in/again",
    "/sign-in/oidc",
    "/sign-in/wiki",
    "/sign-out",
    "/welcome/{secret}",
    "/preferences",
    "/go",
    "/assets/{file}",
];

/// Pages of what everybody may see while the wiki is public.
const PUBLIC: [&str; 22] = [
    "/",
    "/messages",
    "/rights",
    "/standing-out",
    "/start/now",
    "/w/{wiki}/domains",
    "/w/{wiki}/filters",
    "/w/{wiki}/filters/history",
    "/w/{wiki}/filters/{gid}",
    "/w/{wiki}/filters/{gid}/brake",
    "/w/{wiki}/filters/{gid}/diff",
    "/w/{wiki}/filters/{gid}/export",
    "/w/{wiki}/filters/{gid}/history",
    "/w/{wiki}/groups",
    "/w/{wiki}/groups/{group}",
    "/w/{wiki}/hits",
    "/w/{wiki}/hits/{hit}",
    "/w/{wiki}/profile",
    "/wiki-sets",
    "/wiki-sets/{set}",
    "/wikis",
    "/wikis/{wiki}",
];

/// What is left of them on a farm that shows everybody nothing: that it is there, and who could let one in.
const ALWAYS: [&str; 7] = ["/", "/rights", "/standing-out", "/start/now", "/wiki-sets", "/wiki-sets/{set}", "/wikis"];

/// A route as the sources name it.
pub(crate) struct Route {
    pub(crate) path: String,
    pub(crate) has_get: bool,
    pub(crate) has_post: bool,
}

/// All routes of the console, read from its sources: a new one is visited without being named here.
pub(crate) fn routes() -> Vec<Route> {
    let mut sources = Vec::new();
    read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut sources);
    let mut found = Vec::new();
    for source in &sources {
        for piece in source.split(".route(").skip(1) {
            let (named, rest) = piece.split_once(',').unwrap();
            let path = match named.trim().strip_prefix('"') {
                Some(literal) => literal.strip_suffix('"').unwrap().to_owned(),
                None => constant(named.trim().rsplit("::").next().unwrap(), source, &sources),
            };
            let methods = inside(rest);
            found.push(Route { path, has_get: methods.contains("get("), has_post: methods.contains("post(") });
        }
    }
    assert!(found.iter().all(|route| route.has_get || route.has_post));
    assert!(found.len() >= 70, "only {} routes were found", found.len());
    found
}

fn read(folder: &Path, sources: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, sources);
        } else if path.extension().is_some_and(|it| it == "rs") {
            sources.push(fs::read_to_string(path).unwrap());
        }
    }
}

/// The text that a constant stands for: of the same file, or the only one of its name.
fn constant(name: &str, here: &str, sources: &[String]) -> String {
    let of = |source: &str| {
        let (_, value) = source.split_once(&format!("const {name}: &str = \""))?;
        Some(value.split('"').next()?.to_owned())
    };
    let mut all: Vec<String> = match of(here) {
        Some(own) => vec![own],
        None => sources.iter().filter_map(|source| of(source)).collect(),
    };
    all.dedup();
    assert_eq!(all.len(), 1, "{name} stands for {all:?}");
    all.remove(0)
}

/// What stands before the parenthesis that closes a call.
fn inside(rest: &str) -> &str {
    let mut depth = 0;
    let end = rest.char_indices().find(|(_, letter)| {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        depth < 0
    });
    rest.split_at(end.unwrap().0).0
}

/// A site with one of each thing, and how each is called in addresses.
pub(crate) async fn site() -> (Site, BTreeMap<&'static str, String>) {
    let site = Site::new().await;
    // Before there is a filter: an action that none hit.
    let action = examining::kept(&site).await;
    filter(&site, &wiki(), "Spam", "1 == 1", Privacy::default()).await;
    let mut hit = record(&wiki(), 1, 10);
    hit.hits[0].taken = vec!["block".into()];
    keep(&site, hit).await;
    site.pass_an_hour();
    let rights = [Right::View, Right::Log, Right::LogDetail, Right::Modify, Right::Revert];
    let mut reverter = person(&site, "Reverter", &rights).await;
    let typed = [("from", "2026-01-01T00:00"), ("consequence", "block"), ("reason", "a mistake")];
    let prepared = reverter.post("/w/enwiki/filters/1/reverts", &typed).await;
    let job = prepared.body.split("action=\"/w/enwiki/filters/1/reverts/").nth(1).unwrap();
    let job = job.split('"').next().unwrap().to_owned();
    filter(&site, &WikiId::farm(), "Spam everywhere", "1 == 2", Privacy::default()).await;
    let set = SetDraft { label: "All".into(), wikis: [wiki()].into() };
    site.people.add_wiki_set(&Viewer::operator(), "all".parse().unwrap(), set).await.unwrap();
    let hit = id(1, 10).to_string();
    let names = [
        ("wiki", "enwiki"),
        ("gid", "1"),
        ("hit", hit.as_str()),
        ("name", "summary"),
        ("job", job.as_str()),
        ("action", action.as_str()),
        ("group", "default"),
        ("set", "all"),
        ("token", "01k5n0000000000000000000000"),
        ("account", "1"),
        ("session", "x"),
        ("secret", "x"),
    ];
    (site, names.map(|(name, value)| (name, value.to_owned())).into())
}

pub(crate) fn filled(path: &str, names: &BTreeMap<&'static str, String>) -> String {
    // A job of the other kind, a filter of the farm, and versions that there are.
    let path = path.replace("backtests/{job}", "backtests/{hit}").replace("{gid}/optout", "global-1/optout");
    let path = path.replace("/diff", "/diff?from=1&to=1");
    let mut pieces = path.split('{');
    let mut filled = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once('}').unwrap();
        assert!(names.contains_key(name), "{path}: nothing is called `{name}`");
        filled.push_str(names.get(name).unwrap());
        filled.push_str(rest);
    }
    filled
}

/// Routes, each with the status of its answer.
type Answers = Vec<(String, u16)>;

/// Visits every route, and sends it an empty form. What is refused, or not there, says how to come back after signing in.
async fn visit(site: &Site, names: &BTreeMap<&'static str, String>) -> (Answers, Answers) {
    let mut browser = Browser::new(site);
    let token = browser.token().await;
    let (mut found, mut sent) = (Vec::new(), Vec::new());
    for Route { path, has_get, has_post } in routes() {
        if DOORS.contains(&path.as_str()) {
            continue;
        }
        let address = filled(&path, names);
        if has_get {
            let answer = browser.get(&address).await;
            if matches!(answer.status, 401 | 404) {
                let back = format!("href=\"/sign-in?then={}\"", encoded(&address));
                let main = answer.body.split("<main").nth(1).unwrap();
                assert!(main.contains(&back), "{address} does not say how to come back: {main}");
            }
            found.push((path.clone(), answer.status));
        }
        if has_post {
            let answer = browser.post_with(&token, &address, &[]).await;
            if matches!(answer.status, 401 | 404) {
                assert!(answer.body.contains("href=\"/sign-in?then="), "{address}: {}", answer.body);
            }
            sent.push((path, answer.status));
        }
    }
    (found, sent)
}

/// Those whose answer has a status.
fn with(status: u16, answers: &Answers) -> Vec<&str> {
    let mut found: Vec<&str> = answers.iter().filter(|(_, it)| *it == status).map(|(path, _)| path.as_str()).collect();
    found.sort_unstable();
    found
}

/// No answer has another status than these.
fn only(known: &[u16], answers: &Answers) {
    let others: Vec<&(String, u16)> = answers.iter().filter(|(_, status)| !known.contains(status)).collect();
    assert!(others.is_empty(), "{others:?}");
}

#[tokio::test]
async fn who_is_not_signed_in_sees_what_is_public_or_is_asked_to_sign_in() {
    let (site, names) = site().await;
    let (found, sent) = visit(&site, &names).await;
    only(&[200, 401, 404], &found);
    assert_eq!(with(200, &found), PUBLIC);
    // Who may not look into a hit is not told which variables it has.
    assert_eq!(with(404, &found), ["/w/{wiki}/hits/{hit}/variables/{name}"]);
    only(&[401], &sent);
}

#[tokio::test]
async fn on_a_private_farm_nothing_is_there_until_one_signs_in() {
    let (site, names) = site().await;
    let nothing = Some(RightSet::default());
    site.people.set_group_rights(&Viewer::operator(), &WikiId::farm(), "*", nothing).await.unwrap();
    let (found, sent) = visit(&site, &names).await;
    only(&[200, 401, 404], &found);
    assert_eq!(with(200, &found), ALWAYS);
    only(&[401, 404], &sent);
}
