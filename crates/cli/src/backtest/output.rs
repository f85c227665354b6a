//! The folder of `--out`, and the page of `--html`.

use crate::backtest::report::Report;
use crate::backtest::{csv, page};
use anyhow::Context as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// A folder that takes everything a run gives: `report.json`, `filters.csv`, `hits.jsonl`, `report.html`.
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes the folder if it is not there. Files of an earlier run are replaced.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(super) fn create(path: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(path).with_context(|| format!("{}: the folder cannot be made", path.display()))?;
        Ok(Self { path: path.to_owned() })
    }

    /// Opens the list of hits, which is written during the run.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(super) fn hits(&self) -> anyhow::Result<BufWriter<File>> {
        create(&self.path.join("hits.jsonl"))
    }

    /// Writes the report in all its forms.
    ///
    /// # Errors
    /// If one of the files cannot be written; the files before it are complete.
    pub(super) fn write(&self, report: &Report) -> anyhow::Result<()> {
        write(&self.path.join("report.json"), |to| json(report, to))?;
        write(&self.path.join("filters.csv"), |to| csv::write(report, to))?;
        write_page(&self.path.join("report.html"), report)
    }
}

/// Writes the page.
///
/// # Errors
/// If the file cannot be written.
pub(super) fn write_page(path: &Path, report: &Report) -> anyhow::Result<()> {
    write(path, |to| to.write_all(page::html(report).as_bytes()))
}

/// Writes the report as JSON, indented, with a line end.
///
/// # Errors
/// Those of `to`.
pub(super) fn json(report: &Report, to: &mut dyn Write) -> std::io::Result<()> {
    serde_json::to_writer_pretty(&mut *to, report)?;
    writeln!(to)
}

fn write(path: &Path, content: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> anyhow::Result<()> {
    let mut file = create(path)?;
    let written = content(&mut file).and_then(|()| file.flush());
    written.with_context(|| format!("{}: cannot be written", path.display()))
}

fn create(path: &Path) -> anyhow::Result<BufWriter<File>> {
    let file = File::create(path).with_context(|| format!("{}: cannot be made", path.display()))?;
    Ok(BufWriter::new(file))
}
