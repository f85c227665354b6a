//! The command line.

use crate::rule::language::ReleaseArgs;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use wikiward_rules::evaluate;

/// Runs filters over recorded edits and says what they would have done.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Edits are JSON lines, MediaWiki's XML export or recent-change events, of any size, packed with gzip, bzip2 or zstd or \
not at all. A filter that reads what the record of an edit does not hold is undecided on that edit, never \"no match\".

Exit code: 0 if everything was read and judged; 1 if some input was bad (each problem is listed with its file and line, \
and the report covers the rest); 2 if nothing could be done.

Examples:
  wikiward backtest --filters filters.jsonl --edits recent.jsonl.gz
  wikiward backtest --filters new.rule --against old.rule --edits dump.xml.bz2 --html report.html
  zstdcat edits.zst | wikiward backtest --filters filters/ --edits - --format json > report.json")]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of a command line")]
pub struct Args {
    /// Filters: JSON lines, AbuseFilter's export, plain rules, or a folder of these.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub(super) filters: Vec<PathBuf>,

    /// Recorded edits; `-` reads standard input.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub(super) edits: Vec<PathBuf>,

    /// Old versions of the filters: shows which hits the new ones gain and lose.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(super) against: Vec<PathBuf>,

    /// Only filters with this id (`17`, or `enwiki/17`); may be given several times.
    #[arg(long = "only", value_name = "ID", num_args = 1.., value_delimiter = ',')]
    pub(super) only: Vec<String>,

    /// Only filters that are switched on and not deleted.
    #[arg(long)]
    pub(super) enabled: bool,

    /// Only edits from this day or moment on (`2015-09-12`, `2015-09-12T06:00:00Z`; UTC).
    #[arg(long, value_name = "TIME")]
    pub(super) from: Option<String>,

    /// Only edits to the end of this day, or before this moment.
    #[arg(long, value_name = "TIME")]
    pub(super) to: Option<String>,

    /// Only edits of this wiki, by its database name; may be given several times.
    #[arg(long, value_name = "WIKI", num_args = 1.., value_delimiter = ',')]
    pub(super) wiki: Vec<String>,

    /// Stops after so many judged edits.
    #[arg(long, value_name = "COUNT")]
    pub(super) edits_max: Option<u64>,

    /// Fills in what records lack: registered editors have 1,000 edits, an account of a year and the groups that follow;
    /// logged-out ones have none. The report says so.
    #[arg(long)]
    pub(super) assume: bool,

    /// Variables that extensions of the wiki announce, such as `tor_exit_node`.
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    pub(super) known: Vec<String>,

    #[command(flatten)]
    pub(super) release: ReleaseArgs,

    /// Conditions that the wiki allows for all filters of an edit together.
    #[arg(long, value_name = "COUNT", default_value_t = evaluate::CONDITIONS_MAX)]
    pub(super) condition_limit: u32,

    /// Lets filters fail beyond the limit of all together, as on a wiki that runs all of these in this order. Without
    /// it each filter has the limit for itself, and edits beyond it are only counted.
    #[arg(long)]
    pub(super) share_conditions: bool,

    /// How the report is printed.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(super) format: Format,

    /// Writes report.json, filters.csv, report.html and hits.jsonl (every hit) into this folder.
    #[arg(long, value_name = "FOLDER")]
    pub(super) out: Option<PathBuf>,

    /// Writes the report as one self-contained page.
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,

    /// Examples kept for each filter; 0 to 100.
    #[arg(long, value_name = "COUNT", default_value_t = 3, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(super) examples: u8,

    /// Threads that judge; by default as many as there are processors.
    #[arg(long, value_name = "COUNT")]
    pub(super) threads: Option<NonZeroUsize>,

    /// Shows no progress.
    #[arg(long, short)]
    pub(super) quiet: bool,
}

/// Forms of the printed report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// Tables for people.
    Table,
    /// One JSON object.
    Json,
    /// One row for each filter.
    Csv,
}
