//! What the start page shows, as plain values: where they come from is nothing to it.

use wikiward_farm::{Timestamp, WikiId};
use wikiward_filters::brake::Path;

/// What happens now.
#[derive(Debug, Clone)]
pub(super) struct Now {
    /// When that was.
    pub(super) at: Timestamp,
    /// The wiki after which the wikis begin; empty for the first ones.
    pub(super) after: String,
    /// Whether there is no wiki that the visitor could see.
    pub(super) is_farm_empty: bool,
    pub(super) wikis: Vec<WikiNow>,
    /// The last wiki that is shown, if there are more.
    pub(super) next: Option<WikiId>,
    /// Filters that stand out, on all wikis that are shown.
    pub(super) standing_out: Vec<Standing>,
    /// Filters that are braked or held there.
    pub(super) braked: Vec<BrakedNow>,
    /// What people changed last, newest first.
    pub(super) changes: Vec<Change>,
    pub(super) health: Health,
}

/// A filter that is braked, or whose brake is held.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BrakedNow {
    pub(super) wiki: WikiId,
    /// How it is named on the wiki.
    pub(super) gid: String,
    pub(super) name: String,
    /// Since when, and by which path, if it is braked.
    pub(super) since: Option<(Timestamp, Path)>,
    /// Names the latch that is shown.
    pub(super) latch: String,
    /// Until when it is held, by whom, and why.
    pub(super) hold: Option<(Timestamp, String, String)>,
    /// Whether the visitor may reactivate it.
    pub(super) may_reactivate: bool,
    /// Whether the visitor may see its hits.
    pub(super) has_hits: bool,
}

/// The last hour of a wiki.
#[derive(Debug, Clone)]
pub(super) struct WikiNow {
    pub(super) wiki: WikiId,
    /// Its name for people.
    pub(super) label: String,
    /// The last sixty minutes, oldest first; the last one is not over yet.
    pub(super) minutes: Vec<Minute>,
}

/// One minute of a wiki.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Minute {
    /// When it began.
    pub(super) at: Timestamp,
    /// Actions that were judged.
    pub(super) verdicts: u64,
    /// Actions that a filter matched which the visitor may see.
    pub(super) matched: u64,
    /// Those of them that such a filter stopped; none for who may not see details.
    pub(super) refused: Option<u64>,
}

/// A filter that stands out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) wiki: WikiId,
    /// How it is named on the wiki.
    pub(super) gid: String,
    pub(super) name: String,
    /// Why; at least one.
    pub(super) marks: Vec<Mark>,
    /// How often it matched in the last hour.
    pub(super) matches: u64,
}

/// Why a filter stands out: what people are most likely to suffer from first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// It matches far more often than before.
    Spike,
    /// Its rule ends with errors.
    Failing,
    /// It lacked variables that the wiki did not supply.
    Degraded,
    /// It takes long.
    Slow,
    /// It never matched.
    NeverMatched,
}

/// What a person changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) at: Timestamp,
    /// Who.
    pub(super) by: String,
    pub(super) wiki: WikiId,
    /// The filter, as it is named on the wiki.
    pub(super) gid: String,
    pub(super) name: String,
    /// The version that was saved.
    pub(super) version: u32,
}

/// How the service is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Health {
    /// What is wrong; nothing if all is well.
    pub(super) troubles: Vec<Trouble>,
    /// Numbers, for who runs the service.
    pub(super) numbers: Option<HealthNumbers>,
}

/// Something that is wrong with the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The database does not answer.
    Database,
    /// Hits wait long to be written.
    Waiting,
    /// Hits were lost.
    Lost,
    /// Changes of filters are not in force here yet.
    Behind,
}

/// Numbers of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct HealthNumbers {
    /// Records of hits that wait to be written.
    pub(super) waiting: usize,
    /// Number of the newest change that is in force.
    pub(super) snapshot: i64,
    /// Number of the newest change there is.
    pub(super) newest: i64,
    /// Filters in force.
    pub(super) filters: usize,
    /// Enabled filters whose rule is none any more.
    pub(super) broken: usize,
    /// Verdicts since the start.
    pub(super) verdicts: u64,
    /// Actions that are being judged.
    pub(super) in_flight: u64,
}
