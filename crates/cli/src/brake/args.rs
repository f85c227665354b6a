//! The command line of `wikiward brake simulate`.

use super::scenario::CONSEQUENCES;
use crate::rule::language::ReleaseArgs;
use std::path::PathBuf;

/// Runs scenarios through the emergency brake (`standard`) and through AbuseFilter's algorithm (`compat`).
///
/// Without `--scenario` and `--edits` these are the worked scenarios: floods that want the brake pulled, and rules that hit
/// people they should not. Their figures are held against what is known of both algorithms, within 30 %. Everything follows
/// from the seed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A latch withholds consequences of a class: D what takes something away (blocks, groups, autopromotion), O what stops the \
action, N nuisances (warnings). A scenario file says what wiki, traffic, filter and attack there are, with which numbers \
the brake works, and what should come of it; `samples/brake/` has some, and the book explains the keys.

With --edits, recorded edits are judged by filters, and the report says when either algorithm would have latched which \
class, and on what evidence. Edits must be in the order of time.

Exit codes:
  0  everything came out as expected
  1  something did not, or some input was bad
  2  nothing could be done

Examples:
  wikiward brake simulate
  wikiward brake simulate --only 5,6 --runs 100 --html brake.html
  wikiward brake simulate --scenario my-wiki.toml --scenario attack.toml
  wikiward brake simulate --edits recent.jsonl.gz --filter new.rule --actions block")]
pub struct Simulate {
    /// A scenario of your own, as TOML; may be given several times. The worked ones are then left out
    #[arg(long, value_name = "FILE", conflicts_with = "edits")]
    pub(super) scenario: Vec<PathBuf>,

    /// Only worked scenarios with these numbers, as in `5,5b,10`
    #[arg(long, value_name = "NUMBER", num_args = 1.., value_delimiter = ',', conflicts_with_all = ["scenario", "edits"])]
    pub(super) only: Vec<String>,

    /// Runs of each scenario; figures are means of them
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) runs: u32,

    /// Where the random numbers begin
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(super) seed: u64,

    /// Counts latches of filters that hit people at a tolerated rate, over 30 days, instead
    #[arg(long, conflicts_with_all = ["scenario", "edits", "only", "html"])]
    pub(super) false_trips: bool,

    /// Prints JSON
    #[arg(long)]
    pub(super) json: bool,

    /// Also writes a page with curves of one run of each
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,

    /// Recorded edits, as `wikiward backtest` reads them; `-` reads standard input
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "filter")]
    pub(super) edits: Vec<PathBuf>,

    /// Filters for --edits: JSON lines, AbuseFilter's export, plain rules, or a folder of these
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "edits")]
    pub(super) filter: Vec<PathBuf>,

    /// What filters do whose file does not say: any of `block`, `rangeblock`, `blockautopromote`, `degroup`, `disallow`, `warn`
    #[arg(
        long,
        value_name = "NAME",
        num_args = 1..,
        value_delimiter = ',',
        default_value = "disallow",
        value_parser = clap::builder::PossibleValuesParser::new(CONSEQUENCES),
        hide_possible_values = true
    )]
    pub(super) actions: Vec<String>,

    /// When the filters were saved, as `2026-03-02` or `2026-03-02T10:00:00Z`; earlier edits only tell what is usual. By
    /// default the first edit
    #[arg(long, value_name = "TIME", requires = "edits")]
    pub(super) saved: Option<String>,

    /// Fills in what records lack, as `wikiward backtest --assume` does: registered editors are then in good standing
    #[arg(long, requires = "edits")]
    pub(super) assume: bool,

    /// Variables that extensions of the wiki announce, such as `tor_exit_node`
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',', requires = "edits")]
    pub(super) known: Vec<String>,

    #[command(flatten)]
    pub(super) release: ReleaseArgs,
}
