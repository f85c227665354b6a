//! What candidates say, kept a little later, many at a time. A crash may lose that of the last second.

use super::{Totals, records};
use crate::hits::dump;
use crate::hits::record::{Actor, Target};
use crate::judge::Request;
use crate::model::{FilterKey, Version};
use crate::snapshot::LiveCandidate;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use wikiward_farm::{Id, Timestamp, WikiId};
use wikiward_store::{Store, StoreError};

/// Most actions that wait for the database; beyond it new ones are dropped, and counted.
const WAITING_MAX: usize = 4_096;

/// Most bytes of packed variables that wait: 64 MiB.
const WAITING_BYTES_MAX: usize = 64 << 20;

/// Actions written in one transaction.
const AT_ONCE: usize = 256;

/// What a filter in force and a candidate said of an action, unless neither matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdicts {
    /// Both matched.
    Both,
    /// Only the filter in force did.
    OnlyLive,
    /// Only the candidate did.
    OnlyCandidate,
    /// One of them lacked a variable, or was not evaluated to its end.
    Undecided,
}

impl Verdicts {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Both, Self::OnlyLive, Self::OnlyCandidate, Self::Undecided];

    /// Its word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::OnlyLive => "only_live",
            Self::OnlyCandidate => "only_candidate",
            Self::Undecided => "undecided",
        }
    }

    /// The one of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdicts| verdicts.name() == name)
    }

    /// What two verdicts are together; none if neither matched. An unknown verdict is none.
    pub(crate) const fn of(live: Option<bool>, candidate: Option<bool>) -> Option<Self> {
        match (live, candidate) {
            (Some(true), Some(true)) => Some(Self::Both),
            (Some(true), Some(false)) => Some(Self::OnlyLive),
            (Some(false), Some(true)) => Some(Self::OnlyCandidate),
            (Some(false), Some(false)) => None,
            _ => Some(Self::Undecided),
        }
    }
}

/// An action to be kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(super) hit_id: Id,
    pub(super) candidate: Id,
    pub(super) verdicts: Verdicts,
    pub(super) is_good: bool,
    pub(super) evaluation_id: Id,
    pub(super) wiki: WikiId,
    pub(super) filter: FilterKey,
    pub(super) version: Version,
    pub(super) at: Timestamp,
    pub(super) action_id: String,
    pub(super) kind: String,
    pub(super) actor: Actor,
    pub(super) target: Target,
    pub(super) decision: &'static str,
    pub(super) dump: Option<Vec<u8>>,
    pub(super) protected_names: Vec<String>,
    pub(super) has_failed: bool,
}

/// What was judged, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judged<'j> {
    pub(crate) evaluation_id: Id,
    pub(crate) request: &'j Request,
    pub(crate) decision: &'static str,
    pub(crate) now: Timestamp,
}

impl Seen {
    /// What `candidate` and its filter, in version `version`, said. `values` are the action's variables, `protected` those of
    /// them that are protected, of which only the names are kept.
    pub(crate) fn new(
        hit_id: Id,
        candidate: &LiveCandidate,
        version: Version,
        (verdicts, has_failed): (Verdicts, bool),
        is_good: bool,
        judged: &Judged<'_>,
        (values, protected): (&BTreeMap<String, Value>, &BTreeMap<String, Value>),
    ) -> Self {
        let request = judged.request;
        let read: BTreeSet<&String> =
            candidate.filter.uses_protected.iter().chain(&candidate.live_uses_protected).collect();
        let names: Vec<&str> =
            read.into_iter().map(String::as_str).filter(|name| protected.contains_key(*name)).collect();
        // Where the two agree, there is nothing to look into.
        let is_kept = matches!(verdicts, Verdicts::OnlyLive | Verdicts::OnlyCandidate);
        Self {
            hit_id,
            candidate: candidate.id,
            verdicts,
            is_good,
            evaluation_id: judged.evaluation_id,
            wiki: request.wiki.clone(),
            filter: candidate.filter.key.clone(),
            version,
            at: judged.now,
            action_id: request.action_id.clone(),
            kind: request.kind.clone(),
            actor: Actor { id: request.actor.id, name: request.actor.name.clone(), kind: request.actor.kind },
            target: request.target.clone(),
            decision: judged.decision,
            dump: is_kept.then(|| dump::pack(values, &names, request.ip).body),
            protected_names: names.into_iter().map(str::to_owned).collect(),
            has_failed,
        }
    }
}

/// Keeps what candidates say.
#[derive(Debug)]
pub struct CandidateLog {
    store: Store,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    seen: Vec<Seen>,
    bytes: usize,
    counts: BTreeMap<Id, Totals>,
}

impl CandidateLog {
    /// A log in `store`.
    pub fn new(store: Store) -> Self {
        Self { store, waiting: Mutex::default() }
    }

    /// Keeps an action until it is written; drops it if too many wait, and counts that.
    pub(crate) fn keep(&self, seen: Seen) {
        let mut waiting = self.waiting();
        let bytes = seen.dump.as_ref().map_or(0, Vec::len);
        if waiting.seen.len() < WAITING_MAX && waiting.bytes + bytes <= WAITING_BYTES_MAX {
            waiting.bytes += bytes;
            waiting.seen.push(seen);
        } else {
            waiting.counts.entry(seen.candidate).or_default().dropped += 1;
        }
    }

    /// Counts an action on which neither matched.
    pub(crate) fn neither(&self, candidate: Id, has_failed: bool) {
        let mut waiting = self.waiting();
        let counts = waiting.counts.entry(candidate).or_default();
        counts.runs += 1;
        counts.neither += 1;
        counts.errors += u64::from(has_failed);
    }

    /// Counts an action on which the candidate did not run.
    pub(crate) fn dropped(&self, candidate: Id) {
        self.waiting().counts.entry(candidate).or_default().dropped += 1;
    }

    /// Writes what waits.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers; what was not written waits on.
    pub async fn flush(&self) -> Result<(), StoreError> {
        let taken = std::mem::take(&mut *self.waiting());
        let Waiting { mut seen, mut counts, .. } = taken;
        while !seen.is_empty() || !counts.is_empty() {
            let portion = seen.get(..AT_ONCE.min(seen.len())).unwrap_or_default();
            let mut sums = counts.clone();
            for one in portion {
                let sum = sums.entry(one.candidate).or_default();
                sum.runs += 1;
                sum.errors += u64::from(one.has_failed);
                *(match one.verdicts {
                    Verdicts::Both => &mut sum.both,
                    Verdicts::OnlyLive => &mut sum.only_live,
                    Verdicts::OnlyCandidate => &mut sum.only_candidate,
                    Verdicts::Undecided => &mut sum.undecided,
                }) += 1;
            }
            if let Err(error) = records::store(&self.store, &sums, portion).await {
                self.put_back(seen, counts);
                return Err(error);
            }
            counts.clear();
            seen.drain(..AT_ONCE.min(seen.len()));
        }
        Ok(())
    }

    fn put_back(&self, mut seen: Vec<Seen>, counts: BTreeMap<Id, Totals>) {
        let mut waiting = self.waiting();
        for (id, back) in counts {
            let sum = waiting.counts.entry(id).or_default();
            sum.runs += back.runs;
            sum.neither += back.neither;
            sum.errors += back.errors;
            sum.dropped += back.dropped;
        }
        seen.append(&mut waiting.seen);
        for lost in seen.split_off(WAITING_MAX.min(seen.len())) {
            waiting.counts.entry(lost.candidate).or_default().dropped += 1;
        }
        waiting.bytes = seen.iter().filter_map(|seen| seen.dump.as_ref()).map(Vec::len).sum();
        waiting.seen = seen;
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
