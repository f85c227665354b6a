//! `cargo xtask bench propagation`: how soon a saved filter is in force, on the node that saved it and on another that
//! shares its database, and how soon a service is ready.
//!
//! Real servers, asked over HTTP: a filter that looks for a word of its own is saved, then an edit with that word is judged
//! until it matches. On SQLite there is one node; on PostgreSQL, if `WIKIWARD_POSTGRES` names a server, there are two. Ends
//! with an error if one of the times is longer than it may be.

use super::steward;
use crate::run::{build_program, target};
use anyhow::{Context, Error, Result, ensure};
use serde_json::{Value, json};
use std::fmt;
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

/// From sending a save to a verdict by it, on the node that saved it.
const ON_NODE_MAX: Duration = Duration::from_millis(50);

/// From the answer to a save to a verdict by it, on another node.
const ON_OTHER_MAX: Duration = Duration::from_secs(1);

/// From start to ready, with an empty database.
const READY_MAX: Duration = Duration::from_secs(1);

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Filters that are there before.
    #[arg(long, default_value_t = 200)]
    filters: usize,
    /// Filters that are saved, one after the other.
    #[arg(long, default_value_t = 50)]
    times: usize,
    /// The program to measure, instead of building it: to compare with another build in the same minutes.
    #[arg(long)]
    program: Option<PathBuf>,
    /// Cargo profile: `release` for figures to be told, `quick` for iterating.
    #[arg(long, default_value = "release")]
    profile: String,
    /// Print the figures as JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Where the generated filters begin.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(super) fn bench(arguments: &Arguments) -> Result<()> {
    ensure!(arguments.times > 0, "--times must be at least 1");
    let program = match &arguments.program {
        Some(program) => program.clone(),
        None => build_program(&arguments.profile)?,
    };
    let folder = target().join("bench/propagation");
    let mut lines = on_sqlite(arguments, &program, &folder.join("sqlite"))?;
    match postgres::fresh_database() {
        Some(url) => lines.extend(on_postgres(arguments, &program, &folder.join("postgres"), &url)?),
        None => eprintln!("{VARIABLE} names no server: nothing is said of two nodes"),
    }
    let told: Vec<Value> = lines.iter().map(Line::to_json).collect();
    let figures = json!({"profile": arguments.profile, "filters": arguments.filters, "figures": told});
    let path = folder.join("figures.json");
    fs::write(&path, format!("{figures:#}\n")).with_context(|| format!("cannot write {}", path.display()))?;
    if arguments.json {
        println!("{figures:#}");
    } else {
        println!(
            "\n{:<58} {:>5} {:>10} {:>8} {:>11} {:>10}",
            "", "times", "median ms", "p95 ms", "longest ms", "wanted ms"
        );
        for line in &lines {
            println!("{line}");
        }
        println!("\nAll figures: {}", path.display());
    }
    let slow: Vec<&str> = lines.iter().filter(|line| !line.is_kept()).map(|line| line.what).collect();
    ensure!(slow.is_empty(), "longer than it may take: {}", slow.join("; "));
    Ok(())
}

/// One line of the table.
struct Line {
    what: &'static str,
    /// Shortest first; not empty.
    times: Vec<Duration>,
    /// What the longest of them stays below; none if nothing was promised.
    wanted: Option<Duration>,
}

impl Line {
    fn new(what: &'static str, mut times: Vec<Duration>, wanted: Option<Duration>) -> Self {
        times.sort_unstable();
        Self { what, times, wanted }
    }

    fn is_kept(&self) -> bool {
        self.wanted.is_none_or(|wanted| self.times.last().is_none_or(|longest| *longest < wanted))
    }

    /// The shortest time that is not exceeded by so many percent of them.
    fn percentile(&self, percent: usize) -> f64 {
        let at = (self.times.len() * percent).div_ceil(100).saturating_sub(1);
        self.times.get(at).copied().map_or(f64::NAN, ms)
    }

    fn to_json(&self) -> Value {
        json!({
            "what": self.what, "times": self.times.len(), "median_ms": self.percentile(50), "p95_ms": self.percentile(95),
            "longest_ms": self.percentile(100), "wanted_ms": self.wanted.map(ms), "is_kept": self.is_kept(),
        })
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wanted = self.wanted.map_or_else(String::new, |wanted| format!("< {:.0}", ms(wanted)));
        let [median, p95, longest] = [50, 95, 100].map(|percent| self.percentile(percent));
        let (what, times) = (self.what, self.times.len());
        write!(f, "{what:<58} {times:>5} {median:>10.1} {p95:>8.1} {longest:>11.1} {wanted:>10}")?;
        if self.is_kept() { Ok(()) } else { f.write_str("  too long") }
    }
}

fn on_sqlite(arguments: &Arguments, program: &Path, folder: &Path) -> Result<Vec<Line>> {
    anew(folder)?;
    let launch = Launch::new(program, folder, None).map_err(Error::from_boxed)?;
    let empty = launch.start().map_err(Error::from_boxed)?;
    let empty_ready = empty.ready_after;
    empty.stop().map_err(Error::from_boxed)?;
    let token = farm(arguments, &launch)?;
    let node = launch.start().map_err(Error::from_boxed)?;
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
    let ready = node.ready_after;
    node.stop().map_err(Error::from_boxed)?;
    Ok(vec![
        Line::new("SQLite: ready, empty folder", vec![empty_ready], Some(READY_MAX)),
        Line::new("SQLite: ready, with the filters", vec![ready], None),
        Line::new("SQLite: from sending a save to a verdict by it", on_node, Some(ON_NODE_MAX)),
    ])
}

fn on_postgres(arguments: &Arguments, program: &Path, folder: &Path, url: &str) -> Result<Vec<Line>> {
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
    let (mut answered, mut on_node, mut on_other) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..arguments.times {
        let word = word(number);
        let begin = Instant::now();
        save(&mut steward, &word)?;
        let saved = Instant::now();
        // In turn, so that neither is measured only while the other one is still at work.
        let is_here_first = number % 2 == 0;
        let here = |asker: &mut Client| -> Result<Duration> {
            let begin_again = Instant::now();
            ensure!(is_matched(asker, &word)?, "a saved filter is not in force when the save is answered");
            Ok(saved.duration_since(begin) + begin_again.elapsed())
        };
        if is_here_first {
            on_node.push(here(&mut ask_here)?);
        }
        while !is_matched(&mut there_client, &word)? {
            ensure!(saved.elapsed() < WAIT, "a saved filter is not in force on the other node after {WAIT:?}");
            sleep(LOOK_EVERY);
        }
        on_other.push(saved.elapsed());
        if !is_here_first {
            on_node.push(here(&mut ask_here)?);
        }
        answered.push(saved.duration_since(begin));
    }
    for node in [here, there] {
        node.stop().map_err(Error::from_boxed)?;
    }
    Ok(vec![
        Line::new("PostgreSQL: from sending a save to its answer", answered, None),
        Line::new("PostgreSQL: from sending a save to a verdict by it", on_node, Some(ON_NODE_MAX)),
        Line::new("PostgreSQL: from its answer to a verdict of another node", on_other, Some(ON_OTHER_MAX)),
    ])
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

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
