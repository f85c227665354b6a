//! Reads the real edits of a data folder; how they are stored stands in the folder's README.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use flate2::read::GzDecoder;
use serde_json::Value;

/// One edit with its texts.
pub(crate) struct Edit {
    /// Where it comes from: file and revision.
    pub(crate) key: String,
    pub(crate) old: String,
    pub(crate) new: String,
}

/// Calls `each` for every edit of the folder `data`.
pub(crate) fn read(data: &Path, mut each: impl FnMut(Edit)) {
    for record in lines(&data.join("edits/pairs-small.jsonl.gz")) {
        each(Edit {
            key: key("pairs", &record),
            old: text(&record["old_wikitext"]),
            new: text(&record["new_wikitext"]),
        });
    }
    history(&data.join("edits/text-history-webplatform.jsonl.gz"), "webplatform", "title", &mut each);
    history(&data.join("edits/text-history-enwiki-anarchism.jsonl.gz"), "anarchism", "block", &mut each);
}

/// Rebuilds a history: each record changes the text of the record before it in the same chain.
fn history(path: &Path, file: &str, chain: &str, each: &mut impl FnMut(Edit)) {
    let mut latest: HashMap<String, String> = HashMap::new();
    let mut block: HashMap<u64, String> = HashMap::new();
    for record in lines(path) {
        let chain = if record[chain].is_null() { String::new() } else { record[chain].to_string() };
        if let Some(base) = record["base"].as_str() {
            block.clear();
            block.insert(record["parent"].as_u64().unwrap_or(0), base.to_owned());
            latest.insert(chain.clone(), base.to_owned());
        }
        let old = latest.get(&chain).cloned().unwrap_or_default();
        let new = match record["restore"].as_u64() {
            Some(earlier) => block[&earlier].clone(),
            None => changed(&old, &record["ops"]),
        };
        if file == "anarchism" {
            block.insert(record["rev"].as_u64().unwrap(), new.clone());
        }
        latest.insert(chain, new.clone());
        each(Edit { key: key(file, &record), old, new });
    }
}

fn changed(old: &str, ops: &Value) -> String {
    let mut lines: Vec<&str> = old.split('\n').collect();
    for op in ops.as_array().unwrap().iter().rev() {
        let start = usize::try_from(op[0].as_u64().unwrap()).unwrap();
        let removed = usize::try_from(op[1].as_u64().unwrap()).unwrap();
        lines.splice(start..start + removed, op[2].as_array().unwrap().iter().map(|line| line.as_str().unwrap()));
    }
    lines.join("\n")
}

fn lines(path: &Path) -> impl Iterator<Item = Value> {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    BufReader::new(GzDecoder::new(file)).lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap())
}

fn key(file: &str, record: &Value) -> String {
    format!("{file}\t{}", record["rev"])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
