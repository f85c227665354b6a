//! `cargo xtask bench pages`: how long the console's pages take over many hits, and what it says of a rule while somebody
//! types.
//!
//! The hits are those of `hits_at_scale`; the rules of the filters are generated. A time is what a client on a kept
//! connection waits, so the service's own time and a little more.

use super::{filled, steward};
use crate::run::{build_program, built, cargo, step, target};
use anyhow::{Context, Error, Result, ensure};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use wikiward_testkit::requests;
use wikiward_testkit::service::{Client, Launch, Wiki};

/// A wiki that `hits_at_scale` fills, with half of all hits.
const WIKI: &str = "enwiki";

/// Longest time of a page, 95 of 100 times.
const PAGE_MS_MAX: f64 = 50.0;

/// Longest time of what is said of a rule.
const CHECK_MS_MAX: f64 = 30.0;

/// Bytes of a long rule.
const LONG_RULE_BYTES: usize = 20_000;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Hits that are there.
    #[arg(long, default_value_t = 1_000_000)]
    hits: u64,
    /// How often each page is asked for.
    #[arg(long, default_value_t = 40)]
    times: usize,
    /// Cargo profile: `release` for figures to be told, `quick` for iterating.
    #[arg(long, default_value = "release")]
    profile: String,
}

pub(super) fn bench(arguments: &Arguments) -> Result<()> {
    ensure!(arguments.times > 0, "--times must be at least 1");
    let program = build_program(&arguments.profile)?;
    let build = ["build", "--profile", &arguments.profile, "--package", "wikiward-benches", "--bin", "hits_at_scale"];
    step("build hits_at_scale", &mut cargo(build))?;
    let launch = Launch::new(&program, &target().join("bench/pages"), None).map_err(Error::from_boxed)?;
    fill(&launch, &built(&arguments.profile, "hits_at_scale"), arguments.hits)?;
    let node = launch.start().map_err(Error::from_boxed)?;
    let session = format!("wikiward-session={}", steward::session(&node)?);
    let mut browser = Client::new(node.address().clone(), None).with_header("Cookie", &session);
    println!("\nEvery page {} times, {} hits: milliseconds", arguments.times, arguments.hits);
    println!("{:>8} {:>8} {:>8} {:>8}  page", "p50", "p95", "longest", "KB");
    let mut figures = Vec::new();
    for path in pages(&mut browser)? {
        let (times, bytes) = timed(arguments.times, || ask(&mut browser, &path))?;
        figures.push(said(&path, &times, bytes, PAGE_MS_MAX));
    }
    let page = browser.call("GET", &format!("/w/{WIKI}/filters/new"), "", &[])?;
    let page = String::from_utf8_lossy(&page.body).into_owned();
    let token = between(&page, "<meta name=\"csrf\" content=\"", "\"").context("a page has no token for its forms")?;
    let mut typing =
        Client::new(node.address().clone(), None).with_header("Cookie", &session).with_header("X-CSRF-Token", token);
    for (name, rules) in rules() {
        let body = json!({"rules": rules, "group": "default"}).to_string();
        let (times, bytes) = timed(arguments.times, || {
            let answer = typing.call("POST", &format!("/w/{WIKI}/rule/check"), "application/json", body.as_bytes())?;
            ensure!(answer.status == 200, "a rule was answered {}", answer.status);
            Ok(answer.body.len())
        })?;
        figures.push(said(&format!("rule/check: {name}"), &times, bytes, CHECK_MS_MAX));
    }
    println!("memory of the service: {:.0} MB", node.memory_mb().unwrap_or(f64::NAN));
    node.stop().map_err(Error::from_boxed)?;
    let path = target().join("bench/pages.json");
    let what = json!({"profile": arguments.profile, "hits": arguments.hits, "pages": figures});
    fs::write(&path, format!("{what:#}\n")).with_context(|| format!("cannot write {}", path.display()))?;
    println!("\nAll figures: {}", path.display());
    Ok(())
}

/// A store with so many hits, and a wiki with filters to look at.
fn fill(launch: &Launch, filler: &Path, hits: u64) -> Result<()> {
    filled::store(launch, Command::new(filler).arg(launch.database()).args([&hits.to_string(), "fill"]))?;
    let filters = requests::marked_filters(1, 200);
    let farm = launch.make_farm(&[Wiki { name: WIKI, language: "en", filters: &filters }]);
    let farm = farm.map_err(Error::from_boxed)?;
    ensure!(farm.imported == filters.len(), "only {} filters were imported: {}", farm.imported, farm.refused);
    Ok(())
}

/// Addresses of every kind of page.
fn pages(browser: &mut Client) -> Result<Vec<String>> {
    let of_wiki = |path: &str| format!("/w/{WIKI}/{path}");
    let list = browser.call("GET", &of_wiki("hits"), "", &[])?;
    let list = String::from_utf8_lossy(&list.body).into_owned();
    let hit = between(&list, &format!("href=\"/w/{WIKI}/hits/"), "\"").context("the list shows no hit")?;
    let hit = hit.split(['?', '#']).next().unwrap_or_default();
    let mut pages = vec!["/".to_owned(), "/start/now".to_owned()];
    pages.extend(
        [
            "filters",
            "filters?q=word17",
            "filters/7",
            "filters/new",
            "filters/7/history",
            "filters/7/diff?from=1&to=2",
            "filters/7/brake",
            "filters/7/brake/hold",
            "filters/7/candidates",
            "filters/7/deciding",
            "filters/7/reverts",
            "filters/7/tests",
            "filters/import",
            "backtests",
            "domains",
            "domains/attempts",
            "promotion",
            "hits",
            "hits?filter=17",
            "hits?actor=User+77",
            "hits?target=Page+77",
            "hits?taken=block",
            "hits?kind=upload",
            "hits?code=0000-00010",
            "groups",
            "groups/default",
            "profile",
        ]
        .map(of_wiki),
    );
    pages.push(of_wiki(&format!("hits/{hit}")));
    let farm = ["wikis", "wiki-sets", "accounts", "rights", "tokens", "audit", "health", "messages", "me"];
    pages.extend(farm.map(|path| format!("/{path}")));
    Ok(pages)
}

fn ask(browser: &mut Client, path: &str) -> Result<usize> {
    let answer = browser.call("GET", path, "", &[])?;
    // A code leads on to its hit.
    let is_well = answer.status == 200 || answer.status == 303 && path.contains("code=");
    ensure!(is_well, "{path} was answered {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
    Ok(answer.body.len())
}

/// Rules as people type them, and a long one.
fn rules() -> Vec<(String, String)> {
    let filters = requests::sample_filters();
    let usual = filters.iter().filter_map(|filter| filter["data"]["rules"].as_str()).max_by_key(|rules| rules.len());
    let usual = usual.unwrap_or_default().to_owned();
    let part = |number: usize| {
        format!("(page_namespace == {number} & added_lines irlike \"\\b(word{number}|other{number}s?)\\b\")")
    };
    let parts: Vec<String> = (0..LONG_RULE_BYTES / part(100).len()).map(part).collect();
    let long = parts.join(" |\n");
    vec![(format!("{} bytes", usual.len()), usual), (format!("{} bytes", long.len()), long)]
}

fn timed(times: usize, mut one: impl FnMut() -> Result<usize>) -> Result<(Vec<Duration>, usize)> {
    let mut took = Vec::with_capacity(times);
    let mut bytes = 0;
    for _ in 0..times {
        let begin = Instant::now();
        bytes = one()?;
        took.push(begin.elapsed());
    }
    took.sort_unstable();
    Ok((took, bytes))
}

fn said(what: &str, times: &[Duration], bytes: usize, ms_max: f64) -> Value {
    let (middle, high, longest) = (filled::ms(times, 50), filled::ms(times, 95), filled::ms(times, 100));
    let flaw = if high > ms_max { format!("  (wanted: below {ms_max})") } else { String::new() };
    println!("{middle:>8.1} {high:>8.1} {longest:>8.1} {:>8}  {what}{flaw}", bytes.div_ceil(1_024));
    json!({"what": what, "p50_ms": middle, "p95_ms": high, "longest_ms": longest, "bytes": bytes})
}

/// What stands between two pieces of a text, the first time.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}
