//! Going through the tables.

use super::dump::DumpError;
use super::filter::{Found, Words};
use super::hit::Known;
use super::problem::{Cause, Problem};
use super::progress::{Counted, Report};
use super::records;
use super::tables::Tables;
use crate::hits::Hits;
use crate::life::Filters;
use crate::model::FilterKey;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use wikiward_farm::{AuditEntry, Coded, Entropy, Principal, Timestamp, WikiId};
use wikiward_store::{Sealer, Store, StoreError, Tx};

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
    pub(super) store: Store,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) sealer: Sealer,
    filters: Filters,
    by: Principal,
    pub(super) plan: Plan,
}

/// A run that is going on.
pub(super) struct Run<'r> {
    pub(super) of: &'r Migration,
    pub(super) words: Words,
    pub(super) known: BTreeMap<FilterKey, Known>,
    pub(super) report: Report,
    pub(super) tell: &'r mut (dyn FnMut(Told) + Send),
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

    pub(super) fn now(&self) -> Timestamp {
        self.store.clock().now()
    }
}

impl Run<'_> {
    pub(super) fn wiki(&self) -> &WikiId {
        &self.of.plan.wiki
    }

    pub(super) fn counted(&mut self, table: &'static str) -> &mut Counted {
        self.report.tables.entry(table).or_default()
    }

    /// A transaction; none in a dry run.
    pub(super) async fn begin(&self) -> Result<Option<Tx>, StoreError> {
        if self.of.plan.is_dry_run { Ok(None) } else { self.of.store.begin().await.map(Some) }
    }

    /// Keeps and tells of a problem.
    pub(super) async fn meet(&mut self, tx: Option<&mut Tx>, problem: Problem) -> Result<(), StoreError> {
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

    pub(super) async fn meet_all(&mut self, mut tx: Option<&mut Tx>, id: i64, found: Found) -> Result<(), StoreError> {
        for (cause, detail) in found {
            self.meet(tx.as_deref_mut(), Problem::new("abuse_filter", id, cause, detail)).await?;
        }
        Ok(())
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
