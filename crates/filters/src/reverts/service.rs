//! Preparing jobs, looking at them, and what wikis fetch and report.

use super::instruction::{Instruction, Report, Reported};
use super::records::{self, Which};
use super::standing::{Executed, Known, Others, RowState, counts_as_done, standing};
use super::{
    CONFIRM_FOR_S, FETCHED_MAX, Job, JobKey, LOOKED_AT_MAX, REASON_CHARACTERS_MAX, REPORTED_MAX, ROWS_MAX, RevertError,
    Row, Standing,
};
use crate::hits::Sight;
use crate::hits::list::HitRow;
use crate::life::pace::{UNDOINGS_PER_DAY_MAX, UNDOINGS_WAITING_MAX, seconds_until};
use crate::life::{Filters, NotNow, ReadError, records as filters};
use crate::model::{Consequence, Filter};
use crate::snapshot::Snapshots;
use jiff::SignedDuration;
use sha2::{Digest as _, Sha256};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Entropy, Id, Limit, Page, Right, Timestamp, Viewer, WikiId};
use wikiward_store::{Conn, Store, StoreError};

/// Jobs that nobody confirmed are removed after a day.
const UNCONFIRMED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Jobs removed in one transaction.
const PORTION: u32 = 100;

/// Known consequences that can be undone.
const REVERSIBLE: [Consequence; 3] = [Consequence::Block, Consequence::BlockAutopromote, Consequence::Degroup];

/// What a person wants to have undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Hits from then.
    pub from: Timestamp,
    /// Hits before then.
    pub to: Timestamp,
    /// Consequences.
    pub consequences: Vec<String>,
    /// Why.
    pub reason: String,
}

/// A job that was prepared, to be looked at before it is confirmed.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// The job.
    pub job: Job,
    /// Its rows.
    pub rows: Vec<Row>,
    /// Confirms it.
    pub confirm_token: String,
}

/// Undoes what filters did. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Reverts {
    pub(super) store: Store,
    pub(super) snapshots: Arc<Snapshots>,
    pub(super) filters: Filters,
    pub(super) entropy: Arc<dyn Entropy>,
}

impl From<ReadError> for RevertError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotFound | ReadError::Pattern(_) => Self::NotFound,
            ReadError::Forbidden(right) => Self::Forbidden(right),
            ReadError::Store(error) => Self::Store(error),
        }
    }
}

impl Reverts {
    /// The jobs in `store`, of filters that `filters` shows.
    pub fn new(store: Store, snapshots: Arc<Snapshots>, filters: Filters, entropy: Arc<dyn Entropy>) -> Self {
        Self { store, snapshots, filters, entropy }
    }

    /// Names of the consequences that can be undone here.
    pub fn reversible(&self) -> Vec<String> {
        let known = REVERSIBLE.iter().map(|consequence| consequence.name().to_owned());
        let snapshot = self.snapshots.current();
        let custom = snapshot.registry().consequences.values().filter(|custom| custom.is_reversible);
        known.chain(custom.map(|custom| custom.name.clone())).collect()
    }

    /// The filter, if the viewer may see it and undo what it did.
    pub(super) async fn filter(&self, viewer: &Viewer, wiki: &WikiId, gid: &str) -> Result<Filter, RevertError> {
        let filter = self.filters.get(viewer, wiki, gid).await?;
        if viewer.may(Right::Revert, wiki) { Ok(filter) } else { Err(RevertError::Forbidden(Right::Revert)) }
    }

    /// Prepares a job: says which consequences of which hits it could undo, the newest first. Nothing is undone before it is
    /// confirmed.
    ///
    /// # Errors
    /// [`RevertError`]; nothing is kept then.
    pub async fn prepare(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        ask: &Ask,
        sight: &Sight,
    ) -> Result<Prepared, RevertError> {
        let filter = self.filter(viewer, wiki, gid).await?;
        let wrong = |field, message: &str| RevertError::Bad { field, message: message.to_owned() };
        let reason = ask.reason.trim();
        if !(3..=REASON_CHARACTERS_MAX).contains(&reason.chars().count()) || reason.contains('\0') {
            return Err(wrong("reason", "say why in 3 to 500 characters"));
        }
        if ask.from >= ask.to {
            return Err(wrong("from", "`from` lies before `to`"));
        }
        let mut consequences = ask.consequences.clone();
        consequences.sort();
        consequences.dedup();
        let reversible = self.reversible();
        if consequences.is_empty() || consequences.iter().any(|name| !reversible.contains(name)) {
            let message = format!("`consequences` are among {}", reversible.join(", "));
            return Err(RevertError::Bad { field: "consequences", message });
        }
        let now = self.store.clock().now();
        self.filters.pace.undoing(&viewer.principal, now)?;
        let which = Which { wiki, filter: &filter.key, from: ask.from, to: ask.to };
        let mut conn = self.store.reader().await?;
        may_wait(&mut conn, &which, now).await?;
        let mut found: Vec<(HitRow, String)> = Vec::new();
        let mut looked_to = None;
        for consequence in &consequences {
            let (hits, to) = records::taken(&mut conn, &which, consequence, sight, ROWS_MAX + 1, LOOKED_AT_MAX).await?;
            looked_to = looked_to.max(to);
            found.extend(hits.into_iter().map(|hit| (hit, consequence.clone())));
        }
        found.sort_by_key(|(hit, _)| std::cmp::Reverse((hit.key.at, hit.key.hit_id)));
        let left_out = found.get(ROWS_MAX).map(|(hit, _)| hit.key.at).max(looked_to);
        found.truncate(ROWS_MAX);
        let rows = self.rows(&mut conn, &which, found, sight, now).await?;
        drop(conn);
        let token = self.entropy.bytes::<16>().iter().fold(String::new(), |mut text, byte| {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        let job = Job {
            job_id: Id::new(now, &*self.entropy),
            wiki: wiki.clone(),
            filter: filter.key.clone(),
            from: ask.from,
            to: ask.to,
            consequences,
            reason: reason.to_owned(),
            is_cut: left_out.is_some(),
            rest_to: left_out.and_then(|newest| rest_to(newest, ask.to)),
            prepared_at: now,
            by: viewer.principal.name().to_owned(),
            confirmed_at: None,
            cancelled_at: None,
            counts: counts(&rows),
        };
        let mut tx = self.store.begin().await?;
        // Others that prepare at the same time wait; one too many is seen here.
        filters::hold(&mut tx, &filter.key).await?;
        may_wait(&mut tx, &which, now).await?;
        records::insert(&mut tx, &job, &viewer.principal, digest(&token), &rows).await?;
        tx.commit().await?;
        Ok(Prepared { job, rows, confirm_token: token })
    }

    async fn rows(
        &self,
        conn: &mut Conn,
        which: &Which<'_>,
        found: Vec<(HitRow, String)>,
        sight: &Sight,
        now: Timestamp,
    ) -> Result<Vec<Row>, StoreError> {
        // Newest first: what was met before came later. With it, what other filters did to the person last. What was not
        // carried out, as nobody is blocked twice, came of nothing and stands in nobody's way; nor does what the wiki can tell
        // apart and has not told of.
        let mut met: HashMap<(WikiId, String, String), (Others, bool)> = HashMap::new();
        let mut rows = Vec::with_capacity(found.len());
        for (number, (hit, consequence)) in (1..).zip(found) {
            let about = (hit.wiki.clone(), hit.actor_name.clone(), consequence.clone());
            let (others, is_superseded) = match met.entry(about) {
                Entry::Occupied(met) => met.into_mut(),
                Entry::Vacant(none) => {
                    none.insert((records::others(conn, which, &hit, &consequence, sight).await?, false))
                }
            };
            let is_changed = others.changed(hit.key);
            let known = self.known(conn, &hit, &consequence, (is_changed, *is_superseded), now).await?;
            *is_superseded |= counts_as_done(&consequence, &known.executed);
            let (state, cause) = match standing(&consequence, hit.key.hit_id, &known) {
                Ok(()) => (RowState::Open, ""),
                Err(cause) => (RowState::Skipped, cause.name()),
            };
            rows.push(Row {
                number,
                hit,
                consequence,
                state,
                cause: cause.into(),
                note: String::new(),
                changed_at: now,
            });
        }
        Ok(rows)
    }

    async fn known(
        &self,
        conn: &mut Conn,
        hit: &HitRow,
        consequence: &str,
        (is_changed, is_superseded): (bool, bool),
        now: Timestamp,
    ) -> Result<Known, StoreError> {
        let executed = hit.full.as_ref().and_then(|full| full.executed.as_ref());
        let is_hold = consequence == Consequence::BlockAutopromote.name();
        let creates = matches!(hit.kind.as_str(), "createaccount" | "autocreateaccount");
        Ok(Known {
            elsewhere: records::elsewhere(conn, hit.key.hit_id, consequence).await?,
            is_changed,
            is_superseded,
            executed: Executed::of(executed, consequence),
            hold: if is_hold { records::hold(conn, &hit.wiki, &hit.actor_name, now).await? } else { None },
            // There the name is the one asked for, and the address was blocked.
            is_nameless: creates && hit.actor_type == "ip",
        })
    }

    /// A page of a filter's jobs on a wiki, newest first.
    ///
    /// # Errors
    /// [`RevertError`].
    pub async fn jobs(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        sight: &Sight,
        after: Option<JobKey>,
        limit: Limit,
    ) -> Result<Page<Job, JobKey>, RevertError> {
        let filter = self.filter(viewer, wiki, gid).await?;
        let mut conn = self.store.snapshot().await?;
        let mut jobs = records::jobs(&mut conn, wiki, &filter.key, after, limit.items() + 1).await?;
        records::count(&mut conn, &mut jobs, sight).await?;
        Ok(Page::cut(jobs, limit, |job| JobKey { at: job.prepared_at, job_id: job.job_id }))
    }

    /// A job with its rows.
    ///
    /// # Errors
    /// [`RevertError`].
    pub async fn job(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        job_id: Id,
        sight: &Sight,
    ) -> Result<(Job, Vec<Row>), RevertError> {
        let filter = self.filter(viewer, wiki, gid).await?;
        let mut conn = self.store.snapshot().await?;
        let (mut job, _) = records::job(&mut conn, wiki, &filter.key, job_id).await?.ok_or(RevertError::NotFound)?;
        let rows = records::rows(&mut conn, job_id, sight).await?;
        job.counts = counts(&rows);
        Ok((job, rows))
    }

    /// What a wiki has yet to undo, oldest first; after the instruction `after`, if one is named. The same comes again until it
    /// is reported.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn pending(
        &self,
        wiki: &WikiId,
        after: Option<(Id, u32)>,
        limit: usize,
    ) -> Result<Vec<Instruction>, StoreError> {
        let mut conn = self.store.reader().await?;
        records::pending(&mut conn, wiki, after, limit.min(FETCHED_MAX)).await
    }

    /// Notes what a wiki did; says of each report what became of it, in their order. Reports may be repeated.
    ///
    /// # Errors
    /// [`RevertError::Bad`] or [`RevertError::Store`]; nothing is noted then.
    pub async fn report(&self, wiki: &WikiId, reports: &[Report]) -> Result<Vec<Reported>, RevertError> {
        if reports.is_empty() || reports.len() > REPORTED_MAX {
            let message = format!("1 to {REPORTED_MAX} results are taken at once");
            return Err(RevertError::Bad { field: "results", message });
        }
        let now = self.store.clock().now();
        let mut tx = self.store.begin().await?;
        // In one order for all, so that two that report the same rows at once do not wait for each other in a circle.
        let mut order: Vec<(usize, &Report)> = reports.iter().enumerate().collect();
        order.sort_by_key(|(_, report)| report.id);
        let mut noted = vec![Reported::Unknown; reports.len()];
        for (place, report) in order {
            let became = records::report(&mut tx, wiki, report, now).await?;
            if let Some(noted) = noted.get_mut(place) {
                *noted = became;
            }
        }
        tx.commit().await?;
        Ok(noted)
    }

    /// What has come of all instructions, by state and wiki: for monitoring.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn standing(&self) -> Result<Vec<Standing>, StoreError> {
        records::standing(&mut self.store.reader().await?).await
    }

    /// Removes jobs that nobody confirmed; gives their number.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers; what was removed until then stays so.
    pub async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        let before = now.checked_sub(UNCONFIRMED_FOR).unwrap_or(Timestamp::MIN);
        let mut all = 0;
        loop {
            let mut tx = self.store.begin().await?;
            let gone = records::forget(&mut tx, before, PORTION).await?;
            tx.commit().await?;
            all += gone;
            if gone < u64::from(PORTION) {
                return Ok(all);
            }
            tokio::task::yield_now().await;
        }
    }
}

/// One more job may be prepared. Jobs are counted, whatever rows they have: those may be hidden from who asks.
async fn may_wait(conn: &mut Conn, which: &Which<'_>, now: Timestamp) -> Result<(), RevertError> {
    let confirm_for = SignedDuration::from_secs(CONFIRM_FOR_S);
    let limits =
        [(false, confirm_for, UNDOINGS_WAITING_MAX), (true, SignedDuration::from_hours(24), UNDOINGS_PER_DAY_MAX)];
    for (is_confirmed, span, most) in limits {
        let since = now.checked_sub(span).unwrap_or(Timestamp::MIN);
        let (count, first) = records::open(conn, which, is_confirmed, since).await?;
        let Some(first) = first.filter(|_| count >= most) else { continue };
        let retry_after_s = seconds_until(first, span, now).saturating_add(1);
        let not_now =
            if is_confirmed { NotNow::Day { most, retry_after_s } } else { NotNow::Waiting { most, retry_after_s } };
        return Err(not_now.into());
    }
    Ok(())
}

/// The `to` of a job that has what another one, with `to`, left out: `newest` is the newest hit of that. Times are told in
/// milliseconds.
pub(super) fn rest_to(newest: Timestamp, to: Timestamp) -> Option<Timestamp> {
    let next = from_micros((micros(newest).div_euclid(1_000) + 1) * 1_000);
    Some(next).filter(|next| *next < to)
}

/// Rows by state.
pub(super) fn counts(rows: &[Row]) -> BTreeMap<RowState, u32> {
    rows.iter().fold(BTreeMap::new(), |mut counts, row| {
        *counts.entry(row.state).or_default() += 1;
        counts
    })
}

pub(super) fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
