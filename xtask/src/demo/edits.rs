//! The edits of the demonstration, and its filters: samples, or real ones.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use wikiward_testkit::samples::SampleEdit;
use wikiward_testkit::{requests, samples};

/// Real edits are those of one wiki.
const REAL_WIKI: &str = "realwiki";

/// Where edits come from.
pub(super) struct Source {
    wikis: Vec<(&'static str, &'static str)>,
    filters: Vec<Value>,
    edits: Box<dyn Iterator<Item = Edit> + Send>,
}

/// One edit as it is asked about.
pub(super) struct Edit {
    /// Where, for people.
    pub(super) title: String,
    /// The body of the request.
    pub(super) body: Vec<u8>,
}

impl Source {
    /// The edits of the sample farm.
    pub(super) fn samples(seed: u64, count: usize) -> Self {
        let edits = samples::generate(seed, count).zip(0_u64..).map(|(edit, number)| of_sample(&edit, number));
        let mut filters = requests::sample_filters();
        filters.push(mistaken());
        Self {
            wikis: vec![("examplewiki", "en"), ("beispielwiki", "de"), ("mithalwiki", "es")],
            filters,
            edits: Box::new(edits),
        }
    }

    /// Real filters and those real edits that have both texts.
    pub(super) fn real(data: &Path) -> Result<Self> {
        let mut filters = Vec::new();
        for path in files(&data.join("filters"), ".jsonl")? {
            for line in BufReader::new(File::open(&path)?).lines() {
                let record: Value =
                    serde_json::from_str(&line?).with_context(|| format!("{} is broken", path.display()))?;
                filters.extend(requests::from_record(&record).filter(|_| record["enabled"] == true));
            }
        }
        let mut edits: Box<dyn Iterator<Item = Edit> + Send> = Box::new(std::iter::empty());
        let mut is_any = false;
        for path in files(&data.join("edits"), ".jsonl.gz")? {
            // The others hold differences from one revision to the next, or no texts at all.
            if path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("pairs")) {
                edits = Box::new(edits.chain(recorded(&path)?));
                is_any = true;
            }
        }
        ensure!(is_any, "{} has no edits with both texts (pairs*.jsonl.gz)", data.display());
        Ok(Self { wikis: vec![(REAL_WIKI, "en")], filters, edits })
    }

    pub(super) fn wikis(&self) -> Vec<(&'static str, &'static str)> {
        self.wikis.clone()
    }

    pub(super) fn filters(&self) -> &[Value] {
        &self.filters
    }

    pub(super) fn next(&mut self) -> Option<Edit> {
        self.edits.next()
    }
}

/// A filter such as a tired editor saves at night: it stops good people, and the emergency brake stops it.
fn mistaken() -> Value {
    let rule = "/* Nobody who means well leaves the summary out. */\n\
                action == \"edit\" & page_namespace == 0 & summary == \"\"";
    let actions = json!({"disallow": ["abusefilter-disallowed"]});
    json!({
        "data": {
            "rules": rule, "name": "Edits without a summary (too broad)", "comments": "", "group": "default",
            "actions": actions, "enabled": true, "deleted": false, "privacylevel": 0, "global": false,
        },
        "actions": actions,
    })
}

fn of_sample(edit: &SampleEdit, number: u64) -> Edit {
    let body = requests::of_edit(edit, &format!("demo-{number}"));
    Edit { title: format!("{}: {} by {}", edit.wiki, edit.title, edit.user), body: body.to_string().into_bytes() }
}

/// The edits of a packed file of records.
fn recorded(path: &Path) -> Result<impl Iterator<Item = Edit> + Send + use<>> {
    let mut unpack = Command::new("gzip").arg("-dc").arg(path).stdout(Stdio::piped()).spawn()?;
    let lines = BufReader::new(unpack.stdout.take().context("gzip has no output")?).lines();
    Ok(lines.map_while(Result::ok).zip(0_u64..).filter_map(|(line, number)| {
        let record: Value = serde_json::from_str(&line).ok()?;
        let body = requests::of_record(&record, REAL_WIKI, &format!("demo-{number}"))?;
        let title = format!("{} by {}", record["title"].as_str()?, record["user"].as_str().unwrap_or("-"));
        Some(Edit { title, body: body.to_string().into_bytes() })
    }))
}

fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let listing = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut paths: Vec<PathBuf> = listing.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.to_str().is_some_and(|path| path.ends_with(ending)));
    paths.sort();
    Ok(paths)
}
