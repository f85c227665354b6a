//! Why a rule gave what it gave on an action: of one, part by part; of many, how often which part decided.
//!
//! Rules run once more on what was kept of the action, for who asks and at their cost; no verdict ever waits for it. What
//! the asker may not see of an action is told by no part.

use crate::archive::{Archive, Ask, StoredAction};
use crate::groups::Group;
use crate::groups::builtin::DEFAULT;
use crate::hits::list::{HitRow, Log, Question, Selection};
use crate::hits::{HitError, Hits, Level, Sight};
use crate::judge::trial::{Known, Trial};
use crate::judge::{EvaluateError, Judge, tools};
use crate::life::{Filters, ReadError};
use crate::model::{FilterKey, Version};
use crate::snapshot::LiveGroup;
use serde_json::{Map, Value};
use std::sync::Arc;
use wikiward_farm::clock::micros;
use wikiward_farm::{Clock, Coded, Id, Limit, Right, Viewer, WikiId};
use wikiward_rules::RuleError;
use wikiward_rules::explain::aggregate::Aggregate;
use wikiward_rules::explain::{ExplainOptions, Explanation};
use wikiward_store::StoreError;

/// Most actions that are summed up at once.
pub const ACTIONS_MAX: usize = 1_000;

/// Hits that are read at once: the variables of one may have megabytes.
const CHUNK: usize = 20;

/// Microseconds after which no further action is looked at.
const MICROS_MAX: i64 = 5_000_000;

/// Sums that are made at the same time on a node; who comes later is asked to wait.
pub const SUMS_MAX: usize = 2;

/// The rule to be explained.
#[derive(Debug, Clone, Default)]
pub struct Subject {
    /// Its text; else that of a filter.
    pub rule: Option<String>,
    /// The group that the text is of; the action's, or the default one, if nothing is said.
    pub group: Option<String>,
    /// A filter, as it is named on the wiki. With a hit it may be left out: the hit's filter is meant.
    pub filter: Option<String>,
    /// Its version; the one that made the hit if nothing is said, else the present one.
    pub version: Option<Version>,
}

/// The action on which it is explained.
#[derive(Debug, Clone)]
pub enum On {
    /// That of a hit.
    Hit(Id),
    /// One in the archive, by its evaluation.
    Archived(Id),
    /// One with these variables.
    Variables {
        /// Kind of action.
        kind: String,
        /// Values by name.
        values: Map<String, Value>,
    },
}

/// The actions on which a rule is summed up.
#[derive(Debug, Clone)]
pub enum OnMany {
    /// Those of these hits; at most [`ACTIONS_MAX`].
    Hits(Vec<Id>),
    /// Those of the newest hits of the subject's filter.
    Newest(usize),
    /// The newest ones in the archive that the subject's group judged.
    Archived(usize),
}

/// An explanation, and of what.
#[derive(Debug, Clone)]
pub struct Explained {
    /// The text of the rule.
    pub rules: String,
    /// The filter and its version, if it is one's.
    pub filter: Option<(FilterKey, Version)>,
    /// The explanation.
    pub explanation: Explanation,
}

/// A sum of explanations, and of what.
#[derive(Debug, Clone)]
pub struct Summed {
    /// The text of the rule.
    pub rules: String,
    /// The filter and its version, if it is one's.
    pub filter: Option<(FilterKey, Version)>,
    /// Actions that were found.
    pub found: usize,
    /// Actions whose variables are not kept, or may not be seen.
    pub unreadable: usize,
    /// Whether it took too long for all of them.
    pub is_cut: bool,
    /// The sum.
    pub sum: Aggregate,
}

/// Why there is no explanation.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// Something named is not there, or may not be seen.
    #[error("there is no such filter, version or hit to be seen")]
    NotFound,
    /// A right is missing.
    #[error("this needs the right {0}")]
    Forbidden(Right),
    /// No rule is named, or two are.
    #[error("name either a rule or a filter")]
    Unclear,
    /// The group is not there any more.
    #[error("there is no such group of filters")]
    UnknownGroup,
    /// The variables of the action are not kept, or not for this person.
    #[error("the variables of this action are not kept any more, or you may not see them")]
    NoVariables,
    /// The rule is none.
    #[error("the rule does not work: {0}")]
    Rule(Box<RuleError>),
    /// A variable is wrong.
    #[error(transparent)]
    Variable(#[from] EvaluateError),
    /// Too many sums are being made.
    #[error("too many explanations are summed up at once. Try again in a few seconds")]
    Busy,
    /// The hit could not be read.
    #[error(transparent)]
    Hit(#[from] HitError),
}

impl Coded for ExplainError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Forbidden(_) => "forbidden",
            Self::Unclear => "bad_request",
            Self::UnknownGroup => "unknown_group",
            Self::NoVariables => "no_variables",
            Self::Rule(_) => "invalid",
            Self::Variable(error) => error.code(),
            Self::Busy => "rate_limited",
            Self::Hit(error) => error.code(),
        }
    }
}

impl From<ReadError> for ExplainError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotFound | ReadError::Pattern(_) => Self::NotFound,
            ReadError::Forbidden(right) => Self::Forbidden(right),
            ReadError::Store(error) => Self::Hit(error.into()),
        }
    }
}

impl From<StoreError> for ExplainError {
    fn from(error: StoreError) -> Self {
        Self::Hit(error.into())
    }
}

/// Explains for one person on one wiki.
#[derive(Debug)]
pub struct Explainer<'e> {
    /// Filters and their versions.
    pub filters: &'e Filters,
    /// Hits.
    pub hits: &'e Hits,
    /// Has the groups with their words.
    pub judge: &'e Judge,
    /// The time, to measure parts with.
    pub clock: Arc<dyn Clock>,
    /// Who asks.
    pub viewer: &'e Viewer,
    /// Where.
    pub wiki: &'e WikiId,
    /// What they may see of hits there.
    pub sight: &'e Sight,
}

/// What is known of a stored action.
struct Stored {
    kind: String,
    values: Map<String, Value>,
    lost: Vec<String>,
}

/// A rule to run.
struct Chosen {
    rules: String,
    filter: Option<(FilterKey, Version)>,
    group: Arc<LiveGroup>,
}

impl Explainer<'_> {
    /// Why the rule gave what it gave on one action. Protected values that are used are logged before.
    ///
    /// # Errors
    /// [`ExplainError`].
    pub async fn one(&self, subject: &Subject, on: &On, is_full: bool) -> Result<Explained, ExplainError> {
        let mut group = None;
        let (stored, row) = match on {
            On::Archived(id) => {
                self.need(Right::Backtest)?;
                let archive = Archive::new(self.filters.store.clone());
                let action = archive.one(self.wiki, *id, self.sight).await?.ok_or(ExplainError::NotFound)?;
                group = Some(action.group.clone());
                (self.archived(action).ok_or(ExplainError::NoVariables)?, None)
            }
            On::Variables { kind, values } => {
                self.need(Right::ViewPrivate)?;
                (Stored { kind: kind.clone(), values: values.clone(), lost: Vec::new() }, None)
            }
            On::Hit(id) => {
                self.need(Right::Backtest)?;
                let (stored, row) = self.stored(*id).await?;
                (stored.ok_or(ExplainError::NoVariables)?, Some(row))
            }
        };
        let subject = &Subject { group: subject.group.clone().or(group), ..subject.clone() };
        let chosen = self.chosen(subject, row.as_ref()).await?;
        if matches!(on, On::Variables { .. }) {
            tools::check_variables(&stored.values, &chosen.group)?;
        }
        let redact = self.redact().await?;
        let clock = self.clock.clone();
        let work = move || {
            let mut trial = Trial::new(&chosen.rules, chosen.group.clone()).map_err(ExplainError::Rule)?;
            let known = Known { kind: &stored.kind, values: &stored.values, lost: &stored.lost };
            let hidden = hidden(&redact, &stored);
            let nanos = || u64::try_from(micros(clock.now())).unwrap_or(0).saturating_mul(1_000);
            let options =
                ExplainOptions { full: is_full, redact: &hidden, clock: Some(&nanos), ..ExplainOptions::default() };
            let explanation = trial.explain(&known, &options);
            Ok(Explained { explanation, rules: chosen.rules, filter: chosen.filter })
        };
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }

    /// How often which part of a rule decided, over many stored actions, newest first. Looks at no further ones after five
    /// seconds.
    ///
    /// # Errors
    /// [`ExplainError`].
    pub async fn many(&self, subject: &Subject, on: &OnMany) -> Result<Summed, ExplainError> {
        self.need(Right::Backtest)?;
        let _turn = self.judge.explaining().try_acquire().map_err(|_| ExplainError::Busy)?;
        if let OnMany::Archived(count) = on {
            return self.many_archived(subject, (*count).min(ACTIONS_MAX)).await;
        }
        let ids = self.ids(subject, on).await?;
        let mut unreadable = 0;
        let mut busy: Option<(Trial, Aggregate)> = None;
        let mut chosen: Option<Chosen> = None;
        let redact = Arc::new(self.redact().await?);
        let began = micros(self.clock.now());
        let mut is_cut = false;
        for chunk in ids.chunks(CHUNK) {
            if micros(self.clock.now()) - began > MICROS_MAX {
                is_cut = true;
                break;
            }
            let mut stored = Vec::new();
            for id in chunk {
                let (one, row) = self.stored(*id).await?;
                if chosen.is_none() {
                    // The newest hit says which version is meant.
                    let made = self.chosen(subject, Some(&row)).await?;
                    let trial = compiled(&made).await?;
                    let sum = trial.aggregate();
                    busy = Some((trial, sum));
                    chosen = Some(made);
                }
                match one {
                    Some(one) => stored.push(one),
                    None => unreadable += 1,
                }
            }
            let Some(taken) = busy.take() else { break };
            busy = Some(summed_up(taken, stored, redact.clone()).await);
        }
        let chosen = match chosen {
            Some(chosen) => chosen,
            None => self.chosen(subject, None).await?,
        };
        let sum = match busy {
            Some((_, sum)) => sum,
            None => compiled(&chosen).await?.aggregate(),
        };
        Ok(Summed { rules: chosen.rules, filter: chosen.filter, found: ids.len(), unreadable, is_cut, sum })
    }

    /// The same over the newest actions in the archive.
    async fn many_archived(&self, subject: &Subject, count: usize) -> Result<Summed, ExplainError> {
        let chosen = self.chosen(subject, None).await?;
        let ask = Ask { wiki: Some(self.wiki.clone()), group: Some(chosen.group.group.name.clone()), ..Ask::default() };
        let mut scan = Archive::new(self.filters.store.clone()).scan(ask, self.sight.clone());
        let trial = compiled(&chosen).await?;
        let sum = trial.aggregate();
        let mut busy = Some((trial, sum));
        let redact = Arc::new(self.redact().await?);
        let began = micros(self.clock.now());
        let (mut found, mut unreadable, mut is_cut) = (0, 0, false);
        while found < count {
            if micros(self.clock.now()) - began > MICROS_MAX {
                is_cut = true;
                break;
            }
            let Some(batch) = scan.next().await? else { break };
            let mut stored = Vec::new();
            for action in batch.into_iter().take(count - found) {
                found += 1;
                match self.archived(action) {
                    Some(one) => stored.push(one),
                    None => unreadable += 1,
                }
            }
            let Some(taken) = busy.take() else { break };
            busy = Some(summed_up(taken, stored, redact.clone()).await);
        }
        let sum = busy.map(|(_, sum)| sum).unwrap_or_default();
        Ok(Summed { rules: chosen.rules, filter: chosen.filter, found, unreadable, is_cut, sum })
    }

    /// What is kept of an archived action, for who may see details. Protected values never are.
    fn archived(&self, action: StoredAction) -> Option<Stored> {
        let mut lost = action.lost;
        lost.extend(action.offered.unwrap_or_default());
        self.sight.details.then_some(Stored { kind: action.kind, values: action.values, lost })
    }

    fn need(&self, right: Right) -> Result<(), ExplainError> {
        if self.viewer.may(right, self.wiki) { Ok(()) } else { Err(ExplainError::Forbidden(right)) }
    }

    fn log(&self) -> Log {
        if self.wiki.is_farm() { Log::Farm } else { Log::Wiki(self.wiki.clone()) }
    }

    /// What is kept of a hit's action, if this person may see it.
    async fn stored(&self, id: Id) -> Result<(Option<Stored>, HitRow), ExplainError> {
        let one = self.hits.one(&self.log(), id, self.sight, self.viewer).await?;
        let one = one.filter(|one| one.row.level >= Level::Row).ok_or(ExplainError::NotFound)?;
        let kind = one.row.kind.clone();
        let stored = one.variables.map(|it| Stored { kind, values: it.values, lost: it.expired });
        Ok((stored, one.row))
    }

    async fn ids(&self, subject: &Subject, on: &OnMany) -> Result<Vec<Id>, ExplainError> {
        let count = match on {
            OnMany::Hits(ids) => return Ok(ids.iter().take(ACTIONS_MAX).copied().collect()),
            OnMany::Newest(count) | OnMany::Archived(count) => (*count).min(ACTIONS_MAX),
        };
        let gid = subject.filter.as_deref().ok_or(ExplainError::Unclear)?;
        let key = self.filters.get(self.viewer, self.wiki, gid).await?.key;
        let mut ids = Vec::new();
        let mut after = None;
        while ids.len() < count {
            let selection = Selection { filters: vec![key.clone()], ..Selection::default() };
            let limit = i64::try_from(count - ids.len()).unwrap_or(i64::MAX).min(500);
            let limit = Limit::new(limit).unwrap_or_default();
            let question = Question { log: self.log(), selection, after, is_ascending: false, limit };
            let page = self.hits.list(&question, self.sight, self.viewer).await?;
            ids.extend(page.items.iter().filter(|row| row.level >= Level::Row).map(|row| row.key.hit_id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(ids)
    }

    /// The rule that is meant, for an action of `row` if there is one.
    async fn chosen(&self, subject: &Subject, row: Option<&HitRow>) -> Result<Chosen, ExplainError> {
        let full = row.and_then(|row| row.full.as_ref());
        let of_hit = full.map(|full| full.group.as_str());
        if let Some(rules) = &subject.rule {
            if subject.filter.is_some() || subject.version.is_some() {
                return Err(ExplainError::Unclear);
            }
            let group = self.group(subject.group.as_deref().or(of_hit).unwrap_or(DEFAULT))?;
            return Ok(Chosen { rules: rules.clone(), filter: None, group });
        }
        let (gid, wiki) = match (&subject.filter, row.zip(full)) {
            (Some(gid), _) => (gid.clone(), self.wiki.clone()),
            (None, Some((row, full))) => (full.filter.gid(), row.wiki.clone()),
            (None, None) => return Err(ExplainError::Unclear),
        };
        let filter = self.filters.get(self.viewer, &wiki, &gid).await?;
        let made_it = full.filter(|full| full.filter == filter.key).map(|full| full.version);
        let version = subject.version.or(made_it).unwrap_or(filter.version);
        let version = self.filters.version(self.viewer, &wiki, &gid, version).await?;
        let group = self.group(subject.group.as_deref().unwrap_or(&version.draft.group))?;
        Ok(Chosen { rules: version.draft.rules, filter: Some((filter.key, version.version)), group })
    }

    fn group(&self, name: &str) -> Result<Arc<LiveGroup>, ExplainError> {
        self.judge.snapshots().current().group(name).cloned().ok_or(ExplainError::UnknownGroup)
    }

    /// Names of variables that need a right.
    async fn redact(&self) -> Result<Vec<String>, ExplainError> {
        let registry = self.filters.registry().await?;
        let mut names: Vec<String> = self.filters.settings_on(self.wiki).protected_variables.into_iter().collect();
        names.extend(registry.groups.values().flat_map(Group::protected).map(|variable| variable.name.clone()));
        names.sort();
        names.dedup();
        Ok(names)
    }
}

/// Compiles a rule where it holds up nobody: its patterns take their time.
async fn compiled(chosen: &Chosen) -> Result<Trial, ExplainError> {
    let (rules, group) = (chosen.rules.clone(), chosen.group.clone());
    let made = tokio::task::spawn_blocking(move || Trial::new(&rules, group)).await;
    made.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())).map_err(ExplainError::Rule)
}

/// Adds explanations of stored actions up, where it holds up nobody.
async fn summed_up(
    (mut trial, mut sum): (Trial, Aggregate),
    stored: Vec<Stored>,
    redact: Arc<Vec<String>>,
) -> (Trial, Aggregate) {
    let work = move || {
        for one in &stored {
            let known = Known { kind: &one.kind, values: &one.values, lost: &one.lost };
            let hidden = hidden(&redact, one);
            let options = ExplainOptions { brief: true, redact: &hidden, ..ExplainOptions::default() };
            sum.add(&trial.explain(&known, &options));
        }
        (trial, sum)
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

/// Protected variables that were not handed out with the others: no part tells them either.
fn hidden<'r>(redact: &'r [String], stored: &Stored) -> Vec<&'r str> {
    redact.iter().filter(|name| !stored.values.contains_key(*name)).map(String::as_str).collect()
}
