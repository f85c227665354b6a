//! Measures whether the time of an answer tells what may not be seen from what is not there.
//!
//! Starts the real program with filters of every kind and hits of them, then asks, as somebody without any right and in
//! random turns, for something restricted and for something that is not there; both are answered `404`. The times of both are
//! compared by rank (Mann and Whitney): under the same distribution the statistic is beyond ±3.29 once in a thousand runs.
//! The answers are compared too: they must be the same bytes.

mod rank;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Parser;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Instant;
use wikiward_testkit::random::Random;
use wikiward_testkit::service::{Client, Launch, Process, Wiki};

/// Beyond this the times differ: once in a thousand runs by chance.
const Z_MAX: f64 = 3.29;

/// Requests before those that count.
const WARM_UP: usize = 200;

/// Filters of the wiki; every fourth is public, hidden, protected, suppressed in turn.
const FILTERS: usize = 40;

const WIKI: &str = "examplewiki";

/// Compares the times of answers about what is restricted and what is not there.
#[derive(Parser)]
struct Arguments {
    /// The program `wikiward`.
    #[arg(long)]
    program: PathBuf,
    /// Folder for its data; emptied first.
    #[arg(long)]
    folder: PathBuf,
    /// How often each of two things is asked for.
    #[arg(long, default_value_t = 1_000)]
    times: usize,
    /// Where the random turns begin.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if arguments.folder.exists() {
        std::fs::remove_dir_all(&arguments.folder)?;
    }
    let launch = Launch::new(&arguments.program, &arguments.folder, None).map_err(anyhow::Error::from_boxed)?;
    let filters: Vec<Value> = (0..FILTERS).map(filter).collect();
    let wiki = Wiki { name: WIKI, language: "en", filters: &filters };
    let farm = launch.make_farm(&[wiki]).map_err(anyhow::Error::from_boxed)?;
    ensure!(farm.imported == FILTERS, "filters were refused: {}", farm.refused);
    let process = launch.start().map_err(anyhow::Error::from_boxed)?;
    let hits = hits(&launch, &process, &farm.token)?;
    let mut asker = Client::new(process.address().clone(), None);
    let mut random = Random::new(arguments.seed);
    let mut differ = 0;
    for (what, restricted, missing) in questions(&hits)? {
        let [ours, theirs] = times(&mut asker, [&restricted, &missing], arguments.times, &mut random)?;
        let z = rank::z(&ours, &theirs);
        let is_alike = z.abs() <= Z_MAX;
        differ += usize::from(!is_alike);
        println!(
            "{what}: {} µs restricted, {} µs missing (medians of {}), z {z:+.2}: {}",
            rank::median(&ours) / 1_000,
            rank::median(&theirs) / 1_000,
            arguments.times,
            if is_alike { "alike" } else { "DIFFERENT" }
        );
    }
    process.stop().map_err(anyhow::Error::from_boxed)?;
    if differ > 0 {
        bail!("the times of {differ} questions tell what may not be known");
    }
    Ok(())
}

/// A filter that matches every edit; its privacy goes by its place.
fn filter(place: usize) -> Value {
    let (rule, level) = match place % 4 {
        0 => ("action == \"edit\"", 0),
        1 => ("action == \"edit\"", 1),
        2 => ("action == \"edit\" & !(user_unnamed_ip === \"x\")", 2),
        _ => ("action == \"edit\"", 4),
    };
    json!({"data": {"rules": rule, "name": format!("Filter {place}"), "comments": "", "group": "default", "actions": [],
        "enabled": true, "deleted": false, "privacylevel": level, "global": false}, "actions": []})
}

/// Ids of a hit of each kind of restricted filter, by name, after some edits.
fn hits(launch: &Launch, process: &Process, token: &str) -> Result<Vec<(&'static str, String)>> {
    let mut caller = Client::new(process.address().clone(), Some(token));
    for number in 0..25 {
        let body = json!({
            "wiki": WIKI, "group": "default", "action": {"id": format!("a{number}"), "kind": "edit"}, "mode": "enforce",
            "actor": {"id": 7, "name": "Example", "type": "named"}, "target": {"ns": 0, "title": "Foo", "page_id": 12},
            "vars": {"action": "edit", "summary": "x"}, "lazy": [],
        });
        caller.json("POST", "/v1/evaluate", Some(&body)).map_err(anyhow::Error::from_boxed)?;
    }
    let kinds = [("hidden", 1), ("protected", 2), ("suppressed", 3)];
    // What allows is answered before its rows are stored.
    for _ in 0..200 {
        let list = launch.say(&["hit", "list", WIKI, "--json", "--limit", "0"], &[], false);
        let lines = list.map_err(anyhow::Error::from_boxed)?.0;
        let rows: Vec<Value> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        if rows.len() >= 25 * FILTERS {
            let find = |place: usize| {
                let gid = (place + 1).to_string();
                let row = rows.iter().find(|row| row["filter"] == gid.as_str());
                Some(row?["id"].as_str()?.to_owned())
            };
            return kinds.iter().map(|(name, place)| Ok((*name, find(*place).context("no hit")?))).collect();
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    bail!("the hits of the edits do not appear")
}

/// What is asked for: its name, a path of something restricted, a path of something that is not there.
fn questions(hits: &[(&'static str, String)]) -> Result<Vec<(String, String, String)>> {
    let filters = format!("/v1/wikis/{WIKI}/filters");
    let mut questions = Vec::new();
    for (name, id) in [("hidden", 2), ("protected", 3), ("suppressed", 4)] {
        for (what, after) in
            [("filter", ""), ("version", "/versions/1"), ("history", "/history"), ("difference", "/diff?from=1&to=cur")]
        {
            let path = |id: u32| format!("{filters}/{id}{after}");
            questions.push((format!("{name} {what}"), path(id), path(id + 900)));
        }
    }
    for (name, id) in hits {
        // The same moment, other randomness: as near as a guess can come.
        let (front, last) = id.split_at_checked(id.len() - 1).context("an id")?;
        let other = if last == "0" { "1" } else { "0" };
        let path = |id: &str| format!("/v1/wikis/{WIKI}/hits/{id}");
        questions.push((format!("{name} hit"), path(id), path(&format!("{front}{other}"))));
    }
    Ok(questions)
}

/// Nanoseconds of each answer about both paths, asked for in random turns.
fn times(asker: &mut Client, paths: [&str; 2], times: usize, random: &mut Random) -> Result<[Vec<u64>; 2]> {
    let mut found = [Vec::with_capacity(times), Vec::with_capacity(times)];
    let mut first: Option<Vec<u8>> = None;
    for turn in 0..times + WARM_UP {
        let order = if random.below(2) == 0 { [0, 1] } else { [1, 0] };
        for place in order {
            let begun = Instant::now();
            let answer = asker.call("GET", paths[place], "", &[])?;
            let took = u64::try_from(begun.elapsed().as_nanos())?;
            ensure!(answer.status == 404, "{} was answered {}", paths[place], answer.status);
            ensure!(*first.get_or_insert_with(|| answer.body.clone()) == answer.body, "{} tells more", paths[place]);
            if turn >= WARM_UP {
                found[place].push(took);
            }
        }
    }
    Ok(found)
}
