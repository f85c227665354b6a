//! `cargo xtask demo --backtest`: sample filters over sample edits, and the report.

use super::Arguments;
use crate::oracle::absolute;
use crate::run::{build_program, root, step, target};
use anyhow::{Context, Result};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use wikiward_testkit::samples;

pub(super) fn backtest(arguments: &Arguments) -> Result<()> {
    let folder = target().join("demo");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let program = build_program("quick")?;
    let (filters, edits) = match &arguments.data {
        Some(data) => real(&absolute(data)?)?,
        None => {
            let edits = folder.join("edits.jsonl");
            write_samples(&edits, arguments)?;
            (vec![root().join("samples/filters.jsonl")], vec![edits])
        }
    };
    let report = folder.join("report.html");
    let mut backtest = Command::new(program);
    backtest.arg("backtest").arg("--filters").args(filters).arg("--edits").args(edits);
    backtest.arg("--html").arg(&report);
    if arguments.data.is_some() {
        backtest.arg("--assume");
    }
    step("backtest", &mut backtest)?;
    eprintln!("\nThe report as a page: {}", report.display());
    Ok(())
}

fn write_samples(path: &Path, arguments: &Arguments) -> Result<()> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut out = BufWriter::new(file);
    samples::write_json_lines(samples::generate(arguments.seed, arguments.edits), &mut out)?;
    out.flush()?;
    eprintln!("{} sample edits: {}", arguments.edits, path.display());
    Ok(())
}

/// The filters and the edits with texts in a folder of real data.
fn real(data: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let files = |folder: &str, wanted: &dyn Fn(&str) -> bool| -> Result<Vec<PathBuf>> {
        let folder = data.join(folder);
        let listing = fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?;
        let mut paths: Vec<PathBuf> = listing
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(wanted))
            .collect();
        paths.sort();
        Ok(paths)
    };
    let filters = files("filters", &|name| name.contains(".jsonl"))?;
    let edits = files("edits", &|name| name.starts_with("text-history") || name.starts_with("pairs"))?;
    Ok((filters, edits))
}
