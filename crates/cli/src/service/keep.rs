//! `wikiward backup` and `wikiward restore`.

use super::connect::ConfigFile;
use crate::terminal::Terminal;
use anyhow::Context as _;
use clap::Args;
use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use wikiward_farm::SystemClock;
use wikiward_server::Config;
use wikiward_store::backup as archive;
use wikiward_store::{Database, Store};

/// Write everything the database holds to one file, while the service runs
#[derive(Debug, Args)]
#[command(
    after_help = "The file restores on SQLite and on PostgreSQL alike. It does not hold the key file `secret.key` of the data
folder: keep a copy of that elsewhere, or addresses and protected values cannot be read any more.

Example:
  wikiward backup --to wikiward-2026-11-21.backup

Exit codes: 0 written, 2 not written."
)]
pub struct Backup {
    /// File to write; must not be there yet
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    file: ConfigFile,
}

/// Restore a backup into an empty database: all of it, or nothing
#[derive(Debug, Args)]
#[command(after_help = "Example: move from SQLite to PostgreSQL, with the service stopped
  wikiward backup --to move.backup
  WIKIWARD_DATABASE_URL=postgres://… wikiward restore --from move.backup

Exit codes: 0 restored, 2 nothing restored.")]
pub struct Restore {
    /// File that `wikiward backup` wrote
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    #[command(flatten)]
    file: ConfigFile,
}

pub(super) async fn backup(arguments: &Backup, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let config = arguments.file.load()?;
    let to = &arguments.to;
    if let Database::Sqlite(path) = config.database()? {
        anyhow::ensure!(path.exists(), "there is no database at {}", path.display());
    }
    anyhow::ensure!(!to.exists(), "{} is there already. Name another file", to.display());
    let store = open(&config).await?;
    // Under another name until it is whole, so that a file of this name is always a backup.
    let draft = to.with_extension("unfinished");
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft);
    let mut file = BufWriter::new(file.with_context(|| format!("{} cannot be written", draft.display()))?);
    let written = archive::backup(&store, &mut file).await?;
    file.flush()?;
    file.get_ref().sync_all()?;
    fs::rename(&draft, to).with_context(|| format!("{} cannot be written", to.display()))?;
    store.close().await;
    let bytes = fs::metadata(to)?.len();
    let text = format!("{}: {} rows of {} tables, {bytes} bytes\n", to.display(), written.rows, written.tables);
    terminal.print(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn restore(arguments: &Restore, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let config = arguments.file.load()?;
    let from = &arguments.from;
    let file = File::open(from).with_context(|| format!("{} cannot be read", from.display()))?;
    wikiward_server::secret::data_dir(&config.server.data_dir)?;
    let store = open(&config).await?;
    let written = archive::restore(&store, BufReader::new(file)).await?;
    store.close().await;
    let text = format!("{}: {} rows of {} tables restored\n", store.label(), written.rows, written.tables);
    terminal.print(text.as_bytes())?;
    let folder = &config.server.data_dir;
    if !folder.join(wikiward_server::secret::KEY_FILE).exists() {
        terminal.note(&format!(
            "Before the service starts, put the key file `{}` of the one that was backed up into {}. With another key, the \
             addresses and protected values that are kept stay sealed.",
            wikiward_server::secret::KEY_FILE,
            folder.display()
        ));
    }
    Ok(ExitCode::SUCCESS)
}

async fn open(config: &Config) -> anyhow::Result<Store> {
    let options = wikiward_store::OpenOptions::default();
    Ok(Store::open(&config.database()?, &options, Arc::new(SystemClock)).await?)
}
