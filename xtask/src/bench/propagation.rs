//! `cargo xtask bench propagation`: how soon a saved filter is in force, on the node that saved it and on another that
//! shares its database, and how soon a service is ready.

use super::steward;
use crate::run::{build_program, target};
use anyhow::{Context, Error, Result, ensure};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};
use wikiward_testkit::postgres::{self, VARIABLE};
use wikiward_testkit::requests;
use wikiward_testkit::service::{Client, Launch, Wiki};

/// The wiki whose filters are saved.
const WIKI: &str = "examplewiki";

/// Longest wait for a filter to be in force; one that takes longer is a flaw.
const WAIT: Duration = Duration::from_secs(10);

/// Between two looks at the other node.
const LOOK_EVERY: Duration = Duration::from_millis(1);

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Filters that are there before.
    #[arg(long, default_value_t = 200)]
    filters: usize,
    /// Filters that are saved, one after the other.
    #[arg(long, default_value_t = 50)]
    times: usize,
    /// Cargo profile: `release` for figures to be told, `quick` for iterating.
    #[arg(long, default_value = "release")]
    profile: String,
    /// Where the generated filters begin.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(super) fn bench(arguments: &Arguments) -> Result<()> {
    let program = build_program(&arguments.profile)?;
    let folder = target().join("bench/propagation");
    let sqlite = on_sqlite(arguments, &program, &folder.join("sqlite"))?;
    let mut figures = json!({"profile": arguments.profile, "filters": arguments.filters, "sqlite": sqlite});
    match postgres::fresh_database() {
        Some(url) => figures["postgres"] = on_postgres(arguments, &program, &folder.join("postgres"), &url)?,
        None => println!("{VARIABLE} names no server: nothing is said of two nodes"),
    }
    let path = folder.join("figures.json");
    fs::write(&path, format!("{figures:#}\n")).with_context(|| format!("cannot write {}", path.display()))?;
    println!("\nAll figures: {}", path.display());
    Ok(())
}

fn on_sqlite(arguments: &Arguments, program: &Path, folder: &Path) -> Result<Value> {
    anew(folder)?;
    let launch = Launch::new(program, folder, None).map_err(Error::from_boxed)?;
    let empty = launch.start().map_err(Error::from_boxed)?;
    let empty_ms = ms(empty.ready_after);
    empty.stop().map_err(Error::from_boxed)?;
    println!("\nSQLite: from start to ready {empty_ms:.0} ms on an empty folder (wanted: below 1,000)");
    let token = farm(arguments, &launch)?;
    let node = launch.start().map_err(Error::from_boxed)?;
    println!("SQLite: from start to ready {:.0} ms with {} filters", ms(node.ready_after), arguments.filters);
    let mut steward = Client::new(node.address().clone(), Some(&steward::session(&node)?));
    let mut asker = Client::new(node.address().clone(), Some(&token));
    let mut on_node = Vec::new();
    for number in 0..arguments.times {
        let word = word(number);
        let begin = Instant::now();
        save(&mut steward, &word)?;
        ensure!(is_matched(&mut asker, &word)?, "a saved filter is not in force when the save is answered");
        on_node.push(begin.elapsed());
    }
    say("SQLite: from sending a save to a verdict by it", &mut on_node, "below 50");
    let ready_ms = ms(node.ready_after);
    node.stop().map_err(Error::from_boxed)?;
    Ok(json!({"empty_ready_ms": empty_ms, "ready_ms": ready_ms, "on_node": shown(&on_node)}))
}

fn on_postgres(arguments: &Arguments, program: &Path, folder: &Path, url: &str) -> Result<Value> {
    anew(folder)?;
    let launch = |name: &str| -> Result<Launch> {
        let mut launch = Launch::new(program, &folder.join(name), None).map_err(Error::from_boxed)?;
        launch.environment.push(("WIKIWARD_DATABASE_URL".to_owned(), url.to_owned()));
        Ok(launch)
    };
    let first = launch("first")?;
    let token = farm(arguments, &first)?;
    // Nodes that share a database share the key.
    let second = launch("second")?;
    let key = |launch: &Launch| -> Result<PathBuf> {
        let data = launch.database().parent().context("the database lies in a folder")?.to_owned();
        fs::create_dir_all(&data)?;
        Ok(data.join("secret.key"))
    };
    fs::copy(key(&first)?, key(&second)?).context("the key of the first node cannot be copied")?;
    let here = first.start().map_err(Error::from_boxed)?;
    // Before the other one starts: it would make another link, and this one would no longer work.
    let mut steward = Client::new(here.address().clone(), Some(&steward::session(&here)?));
    let there = second.start().map_err(Error::from_boxed)?;
    let mut ask_here = Client::new(here.address().clone(), Some(&token));
    let mut there_client = Client::new(there.address().clone(), Some(&token));
    let (mut on_node, mut on_other) = (Vec::new(), Vec::new());
    for number in 0..arguments.times {
        let word = word(number);
        let begin = Instant::now();
        save(&mut steward, &word)?;
        let saved = Instant::now();
        while !is_matched(&mut there_client, &word)? {
            ensure!(saved.elapsed() < WAIT, "a saved filter is not in force on the other node after {WAIT:?}");
            sleep(LOOK_EVERY);
        }
        on_other.push(saved.elapsed());
        let begin_again = Instant::now();
        ensure!(is_matched(&mut ask_here, &word)?, "a saved filter is not in force when the save is answered");
        on_node.push(saved.duration_since(begin) + begin_again.elapsed());
    }
    say("\nPostgreSQL: from sending a save to a verdict by it", &mut on_node, "below 50");
    say("PostgreSQL: from the save's answer to a verdict of another node", &mut on_other, "below 1,000");
    for node in [here, there] {
        node.stop().map_err(Error::from_boxed)?;
    }
    Ok(json!({"on_node": shown(&on_node), "on_other_node": shown(&on_other)}))
}

fn anew(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

/// Makes the wiki with its filters; gives a token for verdicts.
fn farm(arguments: &Arguments, launch: &Launch) -> Result<String> {
    let filters = requests::marked_filters(arguments.seed, arguments.filters.max(2));
    let wiki = Wiki { name: WIKI, language: "en", filters: &filters };
    let farm = launch.make_farm(&[wiki]).map_err(Error::from_boxed)?;
    ensure!(farm.imported == filters.len(), "only {} filters were imported: {}", farm.imported, farm.refused);
    Ok(farm.token)
}

/// What the filter with this number looks for.
fn word(number: usize) -> String {
    format!("propagation{number:04}word")
}

fn save(steward: &mut Client, word: &str) -> Result<()> {
    let write = json!({
        "state": "enabled", "group": "default", "name": format!("Looks for {word}"),
        "rules": format!("summary contains \"{word}\""), "actions": {},
    });
    steward.json("POST", &format!("/v1/wikis/{WIKI}/filters"), Some(&write)).map_err(Error::from_boxed)?;
    Ok(())
}

/// Whether an edit with this word in its summary is matched; no filter but one looks for it.
fn is_matched(asker: &mut Client, word: &str) -> Result<bool> {
    let mut body = requests::of_action(WIKI, 1, 1_000, word);
    body["mode"] = json!("test");
    body["vars"]["summary"] = json!(word);
    let answer = asker.json("POST", "/v1/evaluate", Some(&body)).map_err(Error::from_boxed)?;
    Ok(answer["matched"].as_array().is_some_and(|matched| !matched.is_empty()))
}

fn say(what: &str, times: &mut [Duration], wanted: &str) {
    times.sort_unstable();
    let middle = times.get(times.len() / 2).copied().unwrap_or_default();
    let longest = times.last().copied().unwrap_or_default();
    println!("{what}: median {:.1} ms, longest {:.1} ms (wanted: {wanted})", ms(middle), ms(longest));
}

fn shown(times: &[Duration]) -> Value {
    json!({
        "times": times.len(), "median_ms": times.get(times.len() / 2).copied().map(ms),
        "longest_ms": times.last().copied().map(ms),
    })
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
