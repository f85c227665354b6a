//! Going through the tables.

use super::dump::DumpError;
use super::filter::{Found, Words, changed};
use super::hit::{Known, Maker};
use super::problem::{Cause, Problem};
use super::progress::{Counted, Report};
use super::records::{self, Migrated};
use super::row::{FilterRow, LogRow};
use super::tables::{Read, Tables};
use super::variables::{Place, place};
use crate::brake::latch::class_letter;
use crate::brake::live::{TOPIC, subject};
use crate::brake::records as guards;
use crate::brake::{Evidence, Path};
use crate::hits::Hits;
use crate::life::Filters;
use crate::life::events::{self, NewEvent};
use crate::life::records as filters;
use crate::model::{Class, Filter, FilterKey, FilterNumber, FilterVersion, Version};
use crate::save::changed_fields;
use crate::save::check::is_protected;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wikiward_farm::clock::micros;
use wikiward_farm::{AuditEntry, Coded, Entropy, Id, Principal, Timestamp, WikiId};
use wikiward_store::{Sealer, Store, StoreError, Tx};

/// Rows of the log that are brought over in one transaction.
const LOG_BATCH: usize = 200;

/// Rows whose variables are unpacked at once: each may be as large as a page, twice.
const TEXTS_BATCH: usize = 20;

/// What is to be brought over, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The wiki whose tables they are.
    pub wiki: WikiId,
    /// Whether it is the farm's central wiki: its global filters become farm-wide ones.
    pub is_central: bool,
    /// Whether nothing is written.
    pub is_dry_run: bool,
}

/// Why nothing was brought over, or no more than until then.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The wiki is not known.
    #[error("there is no wiki `{0}` here. Add it with `wikiward wiki add`")]
    NoWiki(WikiId),
    /// A table or column of AbuseFilter is not there.
    #[error("{0} is not there: these are no tables of AbuseFilter 1.35 or later. Is the prefix of the tables right?")]
    NoTable(String),
    /// The source cannot be read.
    #[error("the tables of AbuseFilter cannot be read")]
    Source(#[source] StoreError),
    /// The dump cannot be opened.
    #[error("the dump cannot be opened")]
    Open(#[source] std::io::Error),
    /// The dump is broken.
    #[error(transparent)]
    Dump(#[from] DumpError),
    /// Another run is bringing the same wiki over.
    #[error("another run is bringing {0} over at the same time. Wait for it; then run this again")]
    Elsewhere(WikiId),
    /// The database here did not do what was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Coded for MigrateError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoWiki(_) => "no_wiki",
            Self::NoTable(_) => "no_table",
            Self::Source(_) | Self::Open(_) => "source",
            Self::Dump(_) => "bad_dump",
            Self::Elsewhere(_) => "elsewhere",
            Self::Store(error) => error.code(),
        }
    }
}

/// What a run tells on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// So many rows of a table were looked at in this run.
    Went(&'static str, u64),
    /// A row could not be brought over as it is.
    Met(Problem),
}

/// Brings the tables of one wiki over.
#[derive(Debug)]
pub struct Migration {
    store: Store,
    entropy: Arc<dyn Entropy>,
    sealer: Sealer,
    filters: Filters,
    by: Principal,
    plan: Plan,
}

/// A run that is going on.
struct Run<'r> {
    of: &'r Migration,
    words: Words,
    known: BTreeMap<FilterKey, Known>,
    report: Report,
    tell: &'r mut (dyn FnMut(Told) + Send),
}

impl Migration {
    /// Prepares it; `by` is who will have done it.
    ///
    /// # Errors
    /// [`MigrateError::NoWiki`].
    pub fn new(filters: &Filters, hits: &Hits, by: Principal, plan: Plan) -> Result<Self, MigrateError> {
        if plan.wiki.is_farm() || !filters.knows(&plan.wiki) {
            return Err(MigrateError::NoWiki(plan.wiki));
        }
        Ok(Self {
            store: hits.store.clone(),
            entropy: hits.entropy.clone(),
            sealer: hits.sealer.clone(),
            filters: filters.clone(),
            by,
            plan,
        })
    }

    /// Goes through the tables and brings over what is not here yet. What was brought over stays, whenever it ends.
    ///
    /// Memory is a page of rows, and 12 bytes for each version of each filter.
    ///
    /// # Errors
    /// [`MigrateError`]; a run after it goes on where this one ended.
    pub async fn run(&self, tables: &mut Tables, tell: &mut (dyn FnMut(Told) + Send)) -> Result<Report, MigrateError> {
        let Plan { wiki, is_central, is_dry_run } = &self.plan;
        let registry = self.filters.registry().await?;
        let words = Words {
            wiki: wiki.clone(),
            vocabulary: registry.vocabulary(),
            registry,
            settings: self.filters.settings_on(wiki),
        };
        let mut conn = self.store.reader().await?;
        let mut report = Report { wiki: wiki.to_string(), is_dry_run: *is_dry_run, ..Report::default() };
        report.here_before = records::here(&mut conn, wiki, *is_central).await?;
        report.problems = problems(records::problems(&mut conn, wiki).await?);
        let known = records::known(&mut conn, wiki).await?;
        drop(conn);
        for table in super::TABLES {
            let source = tables.count(table).await.map_err(MigrateError::Source)?;
            report.tables.insert(table, Counted { source, ..Counted::default() });
        }
        let mut run = Run { of: self, words, known, report, tell };
        run.filters(tables).await?;
        run.orphans(tables).await?;
        run.log(tables).await?;
        run.finish().await
    }

    fn now(&self) -> Timestamp {
        self.store.clock().now()
    }
}

impl Run<'_> {
    fn wiki(&self) -> &WikiId {
        &self.of.plan.wiki
    }

    fn counted(&mut self, table: &'static str) -> &mut Counted {
        self.report.tables.entry(table).or_default()
    }

    /// A transaction; none in a dry run.
    async fn begin(&self) -> Result<Option<Tx>, StoreError> {
        if self.of.plan.is_dry_run { Ok(None) } else { self.of.store.begin().await.map(Some) }
    }

    /// Keeps and tells of a problem.
    async fn meet(&mut self, tx: Option<&mut Tx>, problem: Problem) -> Result<(), StoreError> {
        let is_new = match tx {
            Some(tx) => records::put_problem(tx, self.wiki(), &problem, self.of.now()).await?,
            None => {
                let mut conn = self.of.store.reader().await?;
                !records::has_problem(&mut conn, self.wiki(), &problem).await?
            }
        };
        if is_new {
            self.report.note(problem.table, problem.cause);
        }
        (self.tell)(Told::Met(problem));
        Ok(())
    }

    async fn meet_all(&mut self, mut tx: Option<&mut Tx>, id: i64, found: Found) -> Result<(), StoreError> {
        for (cause, detail) in found {
            self.meet(tx.as_deref_mut(), Problem::new("abuse_filter", id, cause, detail)).await?;
        }
        Ok(())
    }

    /// All filters, each with its history in one transaction.
    async fn filters(&mut self, tables: &mut Tables) -> Result<(), MigrateError> {
        let (mut after, mut seen) = (i64::MIN, 0);
        loop {
            let page = tables.filters(after).await.map_err(MigrateError::Source)?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = *last;
            for (id, row) in page {
                self.filter(tables, id, row).await?;
                seen += 1;
                (self.tell)(Told::Went("abuse_filter", seen));
            }
        }
    }

    /// Counts what belongs to a filter that is not brought over.
    async fn refuse(&mut self, tables: &mut Tables, problem: Problem, actions: usize) -> Result<(), MigrateError> {
        let id = problem.id;
        let mut history = 0;
        let mut after = i64::MIN;
        loop {
            let page = tables.history(id, after).await.map_err(MigrateError::Source)?;
            let Some((last, _)) = page.last() else { break };
            (after, history) = (*last, history + page.len() as u64);
        }
        let mut tx = self.begin().await?;
        self.meet(tx.as_mut(), problem).await?;
        if let Some(tx) = tx {
            tx.commit().await?;
        }
        self.counted("abuse_filter").refused += 1;
        self.counted("abuse_filter_history").refused += history;
        self.counted("abuse_filter_action").refused += actions as u64;
        Ok(())
    }

    async fn filter(&mut self, tables: &mut Tables, id: i64, row: Read<FilterRow>) -> Result<(), MigrateError> {
        let row = match row {
            Ok(row) => row,
            Err(problem) => return self.refuse(tables, problem, 0).await,
        };
        let actions = row.actions.len();
        let Some(number) = u32::try_from(id).ok().filter(|number| *number > 0) else {
            let problem = Problem::new("abuse_filter", id, Cause::BadValue, "af_id");
            return self.refuse(tables, problem, actions).await;
        };
        let is_farm = row.is_global && self.of.plan.is_central;
        let owner = if is_farm { WikiId::farm() } else { self.wiki().clone() };
        let key = FilterKey { wiki: owner, number: FilterNumber(number) };
        let mut conn = self.of.store.reader().await?;
        let before = records::migrated(&mut conn, self.wiki(), id).await?;
        let here = filters::one(&mut conn, &key).await?;
        drop(conn);
        let refusal = match (&before, &here) {
            (None, Some(_)) => Some(Cause::NumberTaken),
            (Some(before), _) if before.owner != key.wiki => Some(Cause::OwnerChanged),
            _ => None,
        };
        if let Some(cause) = refusal {
            // What was brought over before stays counted.
            if let Some(before) = before {
                return self.left(tables, &row, &before, cause).await;
            }
            return self.refuse(tables, Problem::new("abuse_filter", id, cause, ""), actions).await;
        }
        self.take(tables, row, key, before, here).await
    }

    /// A filter that was brought over before, and is left as it is here.
    async fn left(
        &mut self,
        tables: &mut Tables,
        row: &FilterRow,
        before: &Migrated,
        cause: Cause,
    ) -> Result<(), MigrateError> {
        let mut after = before.history_id;
        let mut newer = 0;
        loop {
            let page = tables.history(row.id, after).await.map_err(MigrateError::Source)?;
            let Some((last, _)) = page.last() else { break };
            (after, newer) = (*last, newer + page.len() as u64);
        }
        let mut tx = self.begin().await?;
        self.meet(tx.as_mut(), Problem::new("abuse_filter", row.id, cause, "")).await?;
        if let Some(tx) = tx {
            tx.commit().await?;
        }
        self.counted("abuse_filter").before += 1;
        self.counted("abuse_filter_action").before += row.actions.len() as u64;
        let history = self.counted("abuse_filter_history");
        history.before += before.history_rows.unsigned_abs();
        history.refused += before.history_refused.unsigned_abs() + newer;
        Ok(())
    }

    /// Brings a filter over, or what came to it since it was.
    async fn take(
        &mut self,
        tables: &mut Tables,
        row: FilterRow,
        key: FilterKey,
        before: Option<Migrated>,
        here: Option<Filter>,
    ) -> Result<(), MigrateError> {
        let mut draft = self.words.draft(&row);
        let found = self.words.fit(&mut draft);
        let start = before.clone().unwrap_or_else(|| Migrated {
            owner: key.wiki.clone(),
            history_id: i64::MIN,
            history_rows: 0,
            history_refused: 0,
            version: 0,
            hits: 0,
            is_latched: false,
        });
        let mut page = tables.history(row.id, start.history_id).await.map_err(MigrateError::Source)?;
        let is_same = here.as_ref().is_some_and(|here| changed_fields(&here.draft, &draft).is_empty());
        let latches = row.is_throttled && !start.is_latched;
        if before.is_some() && page.is_empty() && is_same && row.hits == start.hits && !latches {
            self.counted("abuse_filter").before += 1;
            self.counted("abuse_filter_action").before += row.actions.len() as u64;
            let history = self.counted("abuse_filter_history");
            history.before += start.history_rows.unsigned_abs();
            history.refused += start.history_refused.unsigned_abs();
            return Ok(());
        }
        let is_changed_here = here.as_ref().is_some_and(|here| here.version.0 != start.version);
        if is_changed_here && (!page.is_empty() || !is_same) {
            return self.left(tables, &row, &start, Cause::ChangedHere).await;
        }
        let mut tx = self.begin().await?;
        let mut end = start.clone();
        let mut last: Option<FilterVersion> = None;
        let mut first: Option<FilterVersion> = None;
        let mut times = Vec::new();
        let mut armed: Option<Timestamp> = None;
        let mut previous = here.as_ref().map(|here| here.draft.clone());
        while let Some((newest, _)) = page.last() {
            end.history_id = *newest;
            for (id, version) in std::mem::take(&mut page) {
                let version = match version {
                    Ok(version) => version,
                    Err(problem) => {
                        end.history_refused += 1;
                        self.meet(tx.as_mut(), problem).await?;
                        continue;
                    }
                };
                let (draft, has_actions) = self.words.draft_of(&version, row.id);
                let mut found = Found::new();
                if !has_actions {
                    found.push((Cause::BadActions, String::new()));
                }
                if version.is_replaced {
                    found.push((Cause::NotUtf8, String::new()));
                }
                for (cause, detail) in found {
                    let problem = Problem::new("abuse_filter_history", id, cause, detail);
                    self.meet(tx.as_mut(), problem).await?;
                }
                let fields = changed(&version.changed, previous.as_ref(), &draft);
                end.version += 1;
                end.history_rows += 1;
                if armed.is_none() || fields.iter().any(|field| is_rearming(field)) {
                    armed = Some(version.at);
                }
                let of = (version.at, &version.by);
                let version = self.words.version(&key, end.version, draft.clone(), of, (String::new(), fields));
                previous = Some(draft);
                times.push((micros(version.edited_at), end.version));
                first.get_or_insert_with(|| version.clone());
                // The newest one may have to be changed still.
                if let (Some(tx), Some(before)) = (tx.as_mut(), last.replace(version)) {
                    filters::insert_version(tx, &before).await?;
                }
            }
            page = tables.history(row.id, end.history_id).await.map_err(MigrateError::Source)?;
        }
        // What the table says of the present counts; its history may lack it.
        let is_told = last.as_ref().is_some_and(|last| {
            let fields = changed_fields(&last.draft, &draft);
            let replaced = found.iter().any(|(cause, _)| *cause == Cause::GroupReplaced);
            fields.iter().all(|field| replaced && matches!(*field, "group" | "state"))
        });
        let is_only_count = before.is_some() && is_same && last.is_none();
        if is_told && let Some(last) = last.as_mut() {
            if let Some((_, group)) = found.iter().find(|(cause, _)| *cause == Cause::GroupReplaced) {
                last.change_reason = format!("in AbuseFilter it was in the group {group}");
            }
            last.draft = draft.clone();
            last.is_public = draft.privacy.is_public();
        } else if !is_only_count {
            let fields = changed(&[], previous.as_ref(), &draft);
            end.version += 1;
            self.report.versions_added += 1;
            armed = armed.or(Some(row.at));
            let reason = "as in AbuseFilter's table; its history lacks this".to_owned();
            let of = (row.at, &row.by);
            let version = self.words.version(&key, end.version, draft.clone(), of, (reason, fields));
            times.push((micros(row.at), end.version));
            first.get_or_insert_with(|| version.clone());
            if let (Some(tx), Some(before)) = (tx.as_mut(), last.replace(version)) {
                filters::insert_version(tx, &before).await?;
            }
        }
        end.hits = row.hits;
        end.is_latched = start.is_latched || row.is_throttled;
        if let (Some(tx), Some(last)) = (tx.as_mut(), last.as_ref()) {
            filters::insert_version(tx, last).await?;
            let filter = filter_of(&key, here.as_ref(), first.as_ref().unwrap_or(last), last);
            match &here {
                None => filters::insert(tx, &filter).await?,
                Some(here) if filters::update(tx, &filter, here.version).await? => {}
                Some(_) => return Err(MigrateError::Elsewhere(self.wiki().clone())),
            }
            if let Some(armed) = armed {
                guards::arm(tx, &key, armed).await?;
            }
        }
        if let Some(tx) = tx.as_mut() {
            records::add_hits(tx, &key, row.hits - start.hits).await?;
            records::put_migrated(tx, self.wiki(), row.id, &end).await?;
            records::solve(tx, self.wiki(), "abuse_filter", row.id).await?;
            if latches {
                self.latch(tx, &key, &draft, armed).await?;
            }
        }
        let mut found = found;
        if row.is_global && !self.of.plan.is_central {
            found.push((Cause::MadeLocal, String::new()));
        }
        if row.is_replaced {
            found.push((Cause::NotUtf8, String::new()));
        }
        self.meet_all(tx.as_mut(), row.id, found).await?;
        if let Some(mut tx) = tx {
            tx.announce("filters", &format!("{}:{}", key.wiki, key.number)).await?;
            tx.commit().await?;
        }
        let known = self.known.entry(key).or_insert_with(|| Known {
            privacy: draft.privacy,
            group: String::new(),
            uses_protected: Vec::new(),
            versions: Vec::new(),
        });
        (known.privacy, known.group) = (draft.privacy, draft.group.clone());
        known.uses_protected = self.words.uses(&draft.rules).1;
        known.versions.extend(times);
        known.versions.sort_unstable();
        let is_new = before.is_none();
        let of_filter = self.counted("abuse_filter");
        if is_new {
            of_filter.now += 1
        } else {
            of_filter.before += 1
        }
        let of_actions = self.counted("abuse_filter_action");
        if is_new {
            of_actions.now += row.actions.len() as u64
        } else {
            of_actions.before += row.actions.len() as u64
        }
        let history = self.counted("abuse_filter_history");
        history.before += start.history_rows.unsigned_abs();
        history.now += (end.history_rows - start.history_rows).unsigned_abs();
        history.refused += end.history_refused.unsigned_abs();
        Ok(())
    }

    /// AbuseFilter had switched the filter's harder consequences off.
    async fn latch(
        &self,
        tx: &mut Tx,
        key: &FilterKey,
        draft: &crate::model::Draft,
        armed: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let now = self.of.now();
        let on = key.wiki.clone();
        let mut guard = guards::guard_of(tx, key, &on).await?.unwrap_or_default();
        let id = Id::new(now, &*self.of.entropy).to_string();
        guard.armed_from = armed.map_or(guard.armed_from, micros);
        let followed = guard.trip(Class::Destructive, Path::Migrated, Evidence::default(), &id, now);
        if followed.latched.is_empty() {
            return Ok(());
        }
        guards::put_guard(tx, key, &on, &guard, now).await?;
        let class = class_letter(Class::Destructive).to_string();
        let event = NewEvent {
            key,
            privacy: draft.privacy,
            by: &Principal::System,
            kind: "brake.latch",
            reason_code: Path::Migrated.letter(),
            reason: "",
            details: json!({"latch_id": id, "class": class, "wiki": on.as_str()}),
        };
        events::append(tx, &event, now, &*self.of.entropy).await?;
        tx.announce(TOPIC, &subject(key, &on)).await
    }

    /// Rows of consequences and history that belong to no filter.
    async fn orphans(&mut self, tables: &mut Tables) -> Result<(), MigrateError> {
        let columns =
            [("abuse_filter_action", ("afa_filter", "afa_filter")), ("abuse_filter_history", ("afh_id", "afh_filter"))];
        for (table, of) in columns {
            let mut after = i64::MIN;
            loop {
                let page = tables.orphans(table, of, after).await.map_err(MigrateError::Source)?;
                let Some((last, _)) = page.last() else { break };
                after = *last;
                let mut tx = self.begin().await?;
                for (id, filter) in page {
                    let problem = Problem::new(table, id, Cause::NoFilter, filter.to_string());
                    self.meet(tx.as_mut(), problem).await?;
                    self.counted(table).refused += 1;
                }
                if let Some(tx) = tx {
                    tx.commit().await?;
                }
            }
        }
        Ok(())
    }

    /// The log: first what was refused before, then what comes after the last row that was looked at.
    async fn log(&mut self, tables: &mut Tables) -> Result<(), MigrateError> {
        const TABLE: &str = "abuse_filter_log";
        let mut conn = self.of.store.reader().await?;
        let progress = records::progress(&mut conn, self.wiki(), TABLE).await?;
        let lost = records::count_lost(&mut conn, self.wiki(), TABLE).await?;
        drop(conn);
        let counted = self.counted(TABLE);
        counted.before = progress.migrated.unsigned_abs();
        counted.mirrored = progress.mirrored.unsigned_abs();
        counted.refused = lost;
        let mut retried = i64::MIN;
        loop {
            let mut conn = self.of.store.reader().await?;
            let ids = records::lost(&mut conn, self.wiki(), TABLE, retried).await?;
            drop(conn);
            let Some(last) = ids.last() else { break };
            retried = *last;
            let rows = tables.log_of(&ids).await.map_err(MigrateError::Source)?;
            self.log_batch(tables, rows, progress.after, None).await?;
        }
        let (mut after, mut seen) = (progress.after, 0);
        loop {
            let rows = tables.log(after, LOG_BATCH).await.map_err(MigrateError::Source)?;
            let Some((last, _)) = rows.last() else { return Ok(()) };
            let (to, length) = (*last, rows.len() as u64);
            self.log_batch(tables, rows, after, Some(to)).await?;
            after = to;
            seen += length;
            (self.tell)(Told::Went(TABLE, seen));
        }
    }

    /// Some rows of the log in one transaction. With `to` they are new, and the next run begins after it; without, they were
    /// refused before.
    async fn log_batch(
        &mut self,
        tables: &mut Tables,
        rows: Vec<(i64, Read<LogRow>)>,
        from: i64,
        to: Option<i64>,
    ) -> Result<(), MigrateError> {
        const TABLE: &str = "abuse_filter_log";
        let (settings, registry) = (&self.words.settings, &self.words.registry);
        let protected = |name: &str| is_protected(name, settings, registry);
        let maker = Maker {
            wiki: self.wiki(),
            sealer: &self.of.sealer,
            entropy: &*self.of.entropy,
            is_protected: &protected,
        };
        let (mut hits, mut problems, mut mirrored) = (Vec::new(), Vec::new(), 0_i64);
        for part in rows.chunks(TEXTS_BATCH) {
            let texts = part.iter().filter_map(|(_, row)| match place(&row.as_ref().ok()?.dump).0 {
                Place::Text(number) => Some(number),
                Place::Here(_) | Place::Nowhere(_) => None,
            });
            let texts: BTreeSet<i64> = texts.collect();
            let texts = tables.texts(&texts).await.map_err(MigrateError::Source)?;
            for (id, row) in part {
                let row = match row {
                    Ok(row) => row,
                    Err(problem) => {
                        problems.push(problem.clone());
                        continue;
                    }
                };
                if row.wiki.as_deref().is_some_and(|wiki| wiki != self.wiki().as_str()) {
                    mirrored += 1;
                    continue;
                }
                match self.known_of(row) {
                    Err(cause) => problems.push(Problem::new(TABLE, *id, cause, row.filter.to_string())),
                    Ok((key, known)) => {
                        let (hit, without) = maker.hit(row, key, known, &texts);
                        problems.extend(without.map(|cause| Problem::new(TABLE, *id, cause, "")));
                        if row.is_replaced {
                            problems.push(Problem::new(TABLE, *id, Cause::NotUtf8, ""));
                        }
                        hits.push(hit);
                    }
                }
            }
        }
        let refused = problems.iter().filter(|problem| problem.cause.is_lost()).count() as u64;
        let migrated = i64::try_from(hits.len()).unwrap_or(i64::MAX);
        let mut tx = self.begin().await?;
        if let Some(tx) = tx.as_mut() {
            let now = self.of.now();
            records::insert_hits(tx, self.wiki(), &hits).await?;
            let (is_retry, to) = (to.is_none(), to.unwrap_or(from));
            let counts = (migrated, mirrored);
            if !records::advance(tx, self.wiki(), TABLE, (from, to), counts, now).await? {
                return Err(MigrateError::Elsewhere(self.wiki().clone()));
            }
            if is_retry {
                for hit in &hits {
                    records::solve(tx, self.wiki(), TABLE, hit.legacy_id).await?;
                }
            }
        }
        for problem in problems {
            self.meet(tx.as_mut(), problem).await?;
        }
        if let Some(tx) = tx {
            tx.commit().await?;
        }
        let counted = self.counted(TABLE);
        counted.now += migrated.unsigned_abs();
        counted.mirrored += mirrored.unsigned_abs();
        match to {
            Some(_) => counted.refused += refused,
            // They were counted as refused already.
            None => counted.refused = counted.refused.saturating_sub(migrated.unsigned_abs() + mirrored.unsigned_abs()),
        }
        Ok(())
    }

    /// The filter that a row of the log belongs to.
    fn known_of(&self, row: &LogRow) -> Result<(FilterKey, &Known), Cause> {
        let number = FilterNumber(u32::try_from(row.filter).map_err(|_| Cause::BadValue)?);
        let farm = FilterKey { wiki: WikiId::farm(), number };
        if row.is_global {
            return self.known.get(&farm).map(|known| (farm, known)).ok_or(Cause::NoFarmFilter);
        }
        let own = FilterKey { wiki: self.wiki().clone(), number };
        match self.known.get(&own) {
            Some(known) => Ok((own, known)),
            // On the central wiki, global filters are among its own.
            None if self.of.plan.is_central => self.known.get(&farm).map(|known| (farm, known)).ok_or(Cause::NoFilter),
            None => Err(Cause::NoFilter),
        }
    }

    async fn finish(mut self) -> Result<Report, MigrateError> {
        let is_dry_run = self.of.plan.is_dry_run;
        let mut conn = self.of.store.reader().await?;
        self.report.here_after = records::here(&mut conn, self.wiki(), self.of.plan.is_central).await?;
        if !is_dry_run {
            // Some were solved.
            self.report.problems = problems(records::problems(&mut conn, self.wiki()).await?);
        }
        drop(conn);
        if is_dry_run {
            let now = |table: &str| self.report.tables.get(table).map_or(0, |counted| counted.now);
            let after = &self.report.here_after;
            let (filters, hits) = (after.filters + now("abuse_filter"), after.hits + now("abuse_filter_log"));
            let versions = after.versions + now("abuse_filter_history") + self.report.versions_added;
            self.report.here_after = super::progress::Here { filters, versions, hits };
        } else if !self.report.is_unchanged() {
            let mut tx = self.of.store.begin().await?;
            tx.audit(&AuditEntry {
                at: self.of.now(),
                by: self.of.by.clone(),
                wiki: self.wiki().clone(),
                action: "migration.run",
                subject: "abusefilter".to_owned(),
                reason: String::new(),
                details: json!({"tables": self.report.tables, "versions_added": self.report.versions_added}),
            })
            .await?;
            tx.commit().await?;
        }
        Ok(self.report)
    }
}

fn problems(counted: Vec<(&'static str, Cause, u64)>) -> BTreeMap<&'static str, BTreeMap<&'static str, u64>> {
    let mut all: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for (table, cause, count) in counted {
        all.entry(table).or_default().insert(cause.code(), count);
    }
    all
}

/// Fields whose change makes another rule of it for the brake.
fn is_rearming(field: &str) -> bool {
    matches!(field, "created" | "rules" | "actions" | "group" | "scope")
}

/// The filter as its newest version makes it.
fn filter_of(key: &FilterKey, here: Option<&Filter>, first: &FilterVersion, last: &FilterVersion) -> Filter {
    let is_aged = here.is_none_or(|_| !last.changed_fields.is_empty());
    Filter {
        key: key.clone(),
        version: Version(last.version.0),
        draft: last.draft.clone(),
        hits: here.map_or(0, |here| here.hits),
        uses_vars: last.uses_vars.clone(),
        uses_protected: last.uses_protected.clone(),
        created_at: here.map_or(first.edited_at, |here| here.created_at),
        created_by: here.map_or_else(|| first.edited_by.name.clone(), |here| here.created_by.clone()),
        edited_at: last.edited_at,
        edited_by: last.edited_by.clone(),
        aged_from: if is_aged { last.edited_at } else { here.map_or(last.edited_at, |here| here.aged_from) },
    }
}
