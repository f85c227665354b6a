//! `wikiward migrate`.
//!
//! These commands work on the service's database itself, beside a service that may be running: what is brought over is older
//! than the service, and no request of its interface could say who did it when.

mod from;
mod report;
mod staged;

use super::connect::ConfigFile;
use super::show::Output;
use super::{EXIT_REFUSED, exit_codes};
use crate::input::Source;
use crate::terminal::Terminal;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use from::{Password, Place};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use staged::Staged;
use std::fs::File;
use std::io::{BufWriter, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use wikiward_farm::{Clock as _, Principal, SystemClock, WikiId};
use wikiward_filters::migrate::compare::{self, APART_SECONDS, Range};
use wikiward_filters::migrate::{Migration, Plan, Problem, Report, Tables, Told, staging};
use wikiward_server::Server;
use wikiward_store::Database;
use wikiward_store::foreign::Foreign;

/// What to bring over.
#[derive(Debug, Subcommand)]
pub enum MigrateCommand {
    /// Bring a wiki's filters, their history and their log over from AbuseFilter's tables
    #[command(after_help = exit_codes!("Numbers of filters stay as they are, and so do editors, times and numbers of log entries. What was brought over is not \
brought over again: run it while AbuseFilter still works, and once more when you switch over. A run that was interrupted \
goes on where it was, and what it left of a dump is removed.

FROM is one of
  sqlite:PATH             the wiki's SQLite file
  mysql://USER@HOST/DB    its MySQL or MariaDB; ?socket=PATH for a socket, ?tls=required to insist on TLS
  FILE                    a dump of mysqldump, mariadb-dump or sqlite3 .dump, also packed (gzip, bzip2, zstd)

It works on the service's database itself, where the configuration is, and so has no --server. The service may go on \
running meanwhile, also on SQLite: rows come over in short transactions, and a running service has filters in force when \
it hears of them, as if another node had saved them.

The tables are abuse_filter, abuse_filter_action, abuse_filter_history, abuse_filter_log, actor and text; a dump of these \
alone does. The password is read from the file, or from WIKIWARD_MIGRATE_PASSWORD.

Examples:
  See what would come over, and what would not:
      wikiward migrate abusefilter --from sqlite:/var/lib/mediawiki/wiki.sqlite --wiki enwiki --dry-run
  Bring it over from MariaDB:
      wikiward migrate abusefilter --from mysql://wiki@localhost/enwiki --password-file secret --wiki enwiki
  From a dump, with a list of the rows that could not come over as they are:
      wikiward migrate abusefilter --from enwiki.sql.gz --wiki enwiki --problems problems.jsonl"))]
    Abusefilter(Box<Abusefilter>),
    /// Compare AbuseFilter's log with what the filters here matched while both ran beside each other
    #[command(after_help = exit_codes!("Let the wiki ask for a verdict on trial (\"mode\": \"test\") for each action, and let AbuseFilter decide. Trials are kept, \
for 30 days, if the wiki has the setting parallel_run. Matches are of the same action if filter, kind, user and page are \
the same and the times are close. It reads the service's database itself, and changes nothing there.

Examples:
  wikiward wiki set enwiki --setting parallel_run=true
  Each night, what differed since yesterday:
      wikiward migrate compare --from mysql://wiki@localhost/enwiki --wiki enwiki --since 24h"))]
    Compare(Box<Compare>),
}

/// What to compare.
#[derive(Debug, Args)]
pub struct Compare {
    /// Where AbuseFilter's tables are, as for `migrate abusefilter`
    #[arg(long)]
    from: String,
    /// Database name of the wiki here
    #[arg(long)]
    wiki: WikiId,
    /// From when on: a moment such as 2026-11-21T00:00:00Z, or hours or days before now, such as 24h or 7d
    #[arg(long, value_name = "WHEN")]
    since: String,
    /// Up to when; without it, now
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// Seconds that the times of the same action may be apart
    #[arg(long, value_name = "N", default_value_t = APART_SECONDS)]
    apart: u32,
    /// What the names of the wiki's tables begin with
    #[arg(long, default_value = "")]
    prefix: String,
    /// File that holds the password for MySQL or MariaDB
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    file: ConfigFile,
}

/// What to bring over from AbuseFilter.
#[derive(Debug, Args)]
pub struct Abusefilter {
    /// Where the tables are
    #[arg(long)]
    from: String,
    /// Database name of the wiki here
    #[arg(long)]
    wiki: WikiId,
    /// The wiki is the farm's central one: its global filters become farm-wide ones
    #[arg(long)]
    central: bool,
    /// What the names of the wiki's tables begin with
    #[arg(long, default_value = "")]
    prefix: String,
    /// File that holds the password for MySQL or MariaDB
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Write nothing; report the same
    #[arg(long)]
    dry_run: bool,
    /// File to write the rows to that could not come over as they are, one JSON document a line
    #[arg(long, value_name = "FILE")]
    problems: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    file: ConfigFile,
}

pub(super) async fn run(command: &MigrateCommand, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    match command {
        MigrateCommand::Abusefilter(arguments) => abusefilter(arguments, terminal).await,
        MigrateCommand::Compare(arguments) => compare(arguments, terminal).await,
    }
}

async fn abusefilter(arguments: &Abusefilter, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let place: Place = arguments.from.parse()?;
    let password = Password::read(arguments.password_file.as_deref())?;
    let server = open(&arguments.file).await?;
    let bar = bar();
    let brought = async {
        let data = &arguments.file.load()?.server.data_dir;
        clean(data, terminal);
        let plan = Plan { wiki: arguments.wiki.clone(), is_central: arguments.central, is_dry_run: arguments.dry_run };
        let api = server.api();
        let migration = Migration::new(&api.filters, &api.hits, Principal::Operator, plan)?;
        let (mut tables, _folder) = tables(&place, &password, &arguments.prefix, data, &bar).await?;
        let mut problems = Problems::create(arguments.problems.as_deref())?;
        let report = migration
            .run(&mut tables, &mut |told| match told {
                Told::Went(table, rows) => bar.set_message(format!("{table}: {rows} rows")),
                Told::Met(problem) => problems.write(&problem),
            })
            .await;
        tables.close().await;
        problems.finish()?;
        anyhow::Ok(report?)
    };
    let brought = brought.await;
    bar.finish_and_clear();
    server.close().await;
    let report: Report = brought?;
    if arguments.output.json {
        let mut text = serde_json::to_string(&report)?;
        text.push('\n');
        terminal.print(text.as_bytes())?;
    } else {
        terminal.print(report::text(&report, terminal).as_bytes())?;
    }
    Ok(if report.refused() == 0 && report.is_whole() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_REFUSED) })
}

async fn compare(arguments: &Compare, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let place: Place = arguments.from.parse()?;
    let password = Password::read(arguments.password_file.as_deref())?;
    let now = SystemClock.now();
    let range = Range {
        wiki: arguments.wiki.clone(),
        since: from::moment(&arguments.since, now)?,
        until: arguments.until.as_deref().map_or(Ok(now), |until| from::moment(until, now))?,
        apart_seconds: arguments.apart,
    };
    let server = open(&arguments.file).await?;
    let bar = bar();
    let compared = async {
        anyhow::ensure!(
            server.api().people.wiki(&range.wiki).is_some(),
            "there is no wiki `{}` here. Add it with `wikiward wiki add`",
            range.wiki
        );
        let data = &arguments.file.load()?.server.data_dir;
        clean(data, terminal);
        let (mut tables, _folder) = tables(&place, &password, &arguments.prefix, data, &bar).await?;
        let found = compare::compare(&range, &mut tables, &server.api().hits).await;
        tables.close().await;
        anyhow::Ok(found?)
    };
    let compared = compared.await;
    bar.finish_and_clear();
    server.close().await;
    let found = compared?;
    let text = if arguments.output.json {
        serde_json::to_string(&found)? + "\n"
    } else {
        report::comparison(&found, terminal)
    };
    terminal.print(text.as_bytes())?;
    Ok(if found.is_same() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_REFUSED) })
}

/// The service's parts in this process, on this machine's own database.
async fn open(file: &ConfigFile) -> anyhow::Result<Server> {
    let config = file.load()?;
    let database = config.database()?;
    if let Database::Sqlite(path) = &database {
        anyhow::ensure!(
            path.exists(),
            "there is no database at {}. Name the configuration with --config, or make it with `wikiward serve`",
            path.display()
        );
    }
    Server::open_beside(config).await.with_context(|| format!("in {}", database.label()))
}

/// Removes what runs that were killed left, and says so.
fn clean(data: &Path, terminal: &Terminal) {
    match staged::clean(data) {
        Ok((0, _)) => {}
        Ok((folders, bytes)) => {
            let mib = bytes.div_ceil(1 << 20);
            terminal.note(&format!("removed what {folders} interrupted runs left in {}: {mib} MiB", data.display()));
        }
        Err(error) => {
            let data = data.display();
            terminal.warn(&format!("what interrupted runs left in {data} cannot be removed: {error}"));
        }
    }
}

/// Opens the tables; a dump is put into a file first, whose folder is removed when it is dropped.
async fn tables(
    place: &Place,
    password: &Password,
    prefix: &str,
    data: &Path,
    bar: &ProgressBar,
) -> anyhow::Result<(Tables, Option<Staged>)> {
    let label = place.to_string();
    let (foreign, folder) = match place {
        Place::Sqlite(path) => (Foreign::sqlite(path, prefix).await?, None),
        Place::MySql(server) => (Foreign::mysql(&password.of(server), prefix).await?, None),
        Place::Dump(path) => {
            // What is wrong with the file itself is told in its own words.
            drop(Source::open(path)?);
            let in_data = || format!("a folder for the dump cannot be made in {}", data.display());
            let folder = Staged::create(data).with_context(in_data)?;
            let staged = folder.tables();
            let open = || Source::open(path).map_err(std::io::Error::other);
            let mut tell = |pass, bytes| bar.set_message(format!("reading the dump, pass {pass}: {} MiB", bytes >> 20));
            staging::stage(open, &staged, prefix, &mut tell).await.with_context(|| label.clone())?;
            (Foreign::sqlite(&staged, "").await?, Some(folder))
        }
    };
    Ok((Tables::open(foreign).await.with_context(|| label)?, folder))
}

/// What is going on, on a terminal.
fn bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(4));
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        bar.set_style(style);
    }
    bar
}

/// The file of problems.
struct Problems {
    file: Option<BufWriter<File>>,
    failed: Option<std::io::Error>,
}

impl Problems {
    fn create(path: Option<&Path>) -> anyhow::Result<Self> {
        let create = |path: &Path| File::create(path).with_context(|| format!("{} cannot be written", path.display()));
        Ok(Self { file: path.map(create).transpose()?.map(BufWriter::new), failed: None })
    }

    fn write(&mut self, problem: &Problem) {
        if let (Some(file), None) = (&mut self.file, &self.failed) {
            let written = serde_json::to_writer(&mut *file, problem).map_err(std::io::Error::from);
            self.failed = written.and_then(|()| file.write_all(b"\n")).err();
        }
    }

    fn finish(self) -> anyhow::Result<()> {
        if let Some(error) = self.failed {
            return Err(error).context("the file of problems cannot be written");
        }
        self.file.map_or(Ok(()), |mut file| file.flush()).context("the file of problems cannot be written")
    }
}
