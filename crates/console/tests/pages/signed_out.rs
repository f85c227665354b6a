//! Every route, visited by somebody who is not signed in: what everybody may see, or the page to sign in on.

use crate::site::{Browser, Site};
use crate::stage::{filter, id, keep, person, record, wiki};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use wikiward_console::visit::encoded;
use wikiward_farm::right::RightSet;
use wikiward_farm::{Right, Viewer, WikiId};
use wikiward_filters::model::Privacy;

/// What is there whoever asks: signing in, and what the frame of every page needs.
const DOORS: [&str; 5] = ["/sign-in", "/sign-in/wiki", "/welcome/{secret}", "/go", "/assets/{file}"];

/// Pages of what everybody may see while the wiki is public.
const PUBLIC: [&str; 0] = [];

/// Forms that are for who is not signed in, and those that say what they keep without asking who sends it.
const PUBLIC_FORMS: [&str; 0] = [];

/// A route as the sources name it.
struct Route {
    path: String,
    has_get: bool,
    has_post: bool,
}

/// All routes of the console, read from its sources: a new one is visited without being named here.
fn routes() -> Vec<Route> {
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
async fn site() -> (Site, BTreeMap<&'static str, String>) {
    let site = Site::new().await;
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
    let hit = id(1, 10).to_string();
    let names = [
        ("wiki", "enwiki"),
        ("gid", "1"),
        ("hit", hit.as_str()),
        ("name", "summary"),
        ("job", job.as_str()),
        ("group", "default"),
        ("set", "all"),
        ("token", "01k5n0000000000000000000000"),
        ("account", "1"),
        ("session", "x"),
        ("secret", "x"),
    ];
    (site, names.map(|(name, value)| (name, value.to_owned())).into())
}

fn filled(path: &str, names: &BTreeMap<&'static str, String>) -> String {
    let mut pieces = path.split('{');
    let mut filled = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once('}').unwrap();
        filled.push_str(names.get(name).unwrap_or_else(|| panic!("{path}: nothing is called `{name}`")));
        filled.push_str(rest);
    }
    filled
}

/// Visits every route; gives the patterns of those that did not ask to sign in, with their status.
async fn visit(site: &Site, names: &BTreeMap<&'static str, String>) -> (Vec<(String, u16)>, Vec<(String, u16)>) {
    let mut browser = Browser::new(site);
    let token = browser.token().await;
    let (mut shown, mut taken) = (Vec::new(), Vec::new());
    for Route { path, has_get, has_post } in routes() {
        if DOORS.contains(&path.as_str()) {
            continue;
        }
        let address = filled(&path, names);
        if has_get {
            let answer = browser.get(&address).await;
            if answer.status == 401 {
                let back = format!("href=\"/sign-in?then={}\"", encoded(&address));
                let main = answer.body.split("<main").nth(1).unwrap();
                assert!(main.contains(&back), "{address} does not say how to come back: {main}");
            } else {
                shown.push((path.clone(), answer.status));
            }
        }
        if has_post {
            let answer = browser.post_with(&token, &address, &[]).await;
            if answer.status == 401 {
                assert!(answer.body.contains("href=\"/sign-in"), "{address}: {}", answer.body);
            } else {
                taken.push((path, answer.status));
            }
        }
    }
    (shown, taken)
}

fn is(found: &[(String, u16)], expected: &[&str]) {
    let mut found: Vec<String> = found.iter().map(|(path, status)| format!("{path} {status}")).collect();
    let mut expected: Vec<String> = expected.iter().map(|it| (*it).to_owned()).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn who_is_not_signed_in_sees_what_is_public_or_is_asked_to_sign_in() {
    let (site, names) = site().await;
    let (shown, taken) = visit(&site, &names).await;
    is(&shown, &PUBLIC);
    is(&taken, &PUBLIC_FORMS);
}

#[tokio::test]
async fn on_a_private_farm_everything_asks_to_sign_in() {
    let (site, names) = site().await;
    let nothing = Some(RightSet::default());
    site.people.set_group_rights(&Viewer::operator(), &WikiId::farm(), "*", nothing).await.unwrap();
    let (shown, taken) = visit(&site, &names).await;
    is(&shown, &[]);
    is(&taken, &PUBLIC_FORMS);
}
