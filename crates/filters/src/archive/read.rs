//! Reading the archive: the newest actions, all of a time in batches, one.
//!
//! What the viewer may not know of is left out before anybody sees it; what is given has the weight that it has among the
//! actions that the viewer may know of.

use super::body::{Unpacked, Unpacker};
use super::records::{self, Depth, Found, Row};
use crate::consequences::Observed;
use crate::hits::Sight;
use crate::hits::record::{Actor, Target};
use crate::model::{FilterKey, Version};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use wikiward_farm::{ActorType, Id, Timestamp, WikiId};
use wikiward_store::{Store, StoreError};

pub use super::body::Cut;

/// Actions read at once.
pub(crate) const BATCH: usize = 256;

/// Reads archived actions. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Archive {
    pub(super) store: Store,
}

/// Which actions are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ask {
    /// Of this wiki; none means of all: then `sight` must be that of the farm.
    pub wiki: Option<WikiId>,
    /// Judged by this group of filters; none means any.
    pub group: Option<String>,
    /// Of these kinds; empty means any.
    pub kinds: Vec<String>,
    /// By these kinds of actors; empty means any.
    pub actor_types: Vec<ActorType>,
    /// By the actor of this name; none means any. Nobody is found by an address.
    pub actor: Option<String>,
    /// On the page of this title, in any namespace; none means any.
    pub title: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
}

/// What the wiki said of the actor.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The groups.
    pub groups: Vec<String>,
    /// The number of edits.
    pub edit_count: Option<i64>,
    /// Seconds since registration.
    pub age_s: Option<i64>,
    /// Whether blocked.
    pub is_blocked: Option<bool>,
    /// Whether a bot.
    pub is_bot: bool,
    /// The id on the farm.
    pub central_id: Option<i64>,
}

/// How the brake saw the actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Standing {
    /// In good standing.
    Good,
    /// Not so.
    Other,
    /// It did not look.
    #[default]
    Unknown,
}

/// What became of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Outcome {
    /// Nobody said.
    #[default]
    Unknown,
    /// It was saved.
    Saved,
    /// It was saved, and reverted later.
    Reverted,
    /// It was refused.
    Refused,
    /// It failed for another reason.
    Failed,
}

/// A hit of an archived action whose details the viewer may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenHit {
    /// Which hit.
    pub hit_id: Id,
    /// Of which filter.
    pub filter: FilterKey,
    /// Of which version.
    pub version: Version,
}

/// An archived action.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAction {
    /// The evaluation.
    pub id: Id,
    /// The wiki.
    pub wiki: WikiId,
    /// The group of filters that judged it.
    pub group: String,
    /// Kind of action.
    pub kind: String,
    /// When it was judged.
    pub at: Timestamp,
    /// The caller's name for it.
    pub action_id: String,
    /// Who; the name is empty where it is an address.
    pub actor: Actor,
    /// What the wiki said of the actor.
    pub facts: Facts,
    /// On what; the title is empty where it tells the actor's address.
    pub target: Target,
    /// How the brake saw the actor.
    pub standing: Standing,
    /// The same with marks of who it was.
    pub observed: Option<Observed>,
    /// What the filters in effect decided: `allow`, `warn`, `challenge` or `refuse`.
    pub decision: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The revision that was saved.
    pub rev_id: Option<i64>,
    /// The log entry that was made.
    pub log_id: Option<i64>,
    /// How many actions it stands for; at least 1.
    pub weight: f64,
    /// How many it stands for in the sample alone, where hits count no more than others; none if it is not in it.
    pub drawn: Option<f64>,
    /// Values of variables.
    pub values: Map<String, Value>,
    /// Names of variables that had a value which is not kept: a rule that reads one is undecided.
    pub lost: Vec<String>,
    /// Names of variables that the wiki could have supplied and nobody asked for; none if that is not known. A rule that reads
    /// one is undecided; others that are not there had no value.
    pub offered: Option<Vec<String>>,
    /// What is left of those of `lost` that were too long.
    pub cut: BTreeMap<String, Cut>,
    /// Hits whose details the viewer may see.
    pub hits: Vec<SeenHit>,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Good, Self::Other, Self::Unknown];

    /// As stored and answered.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }

    /// The one of that name; what is not known is unknown.
    pub fn find(name: &str) -> Self {
        Self::ALL.into_iter().find(|it| it.name() == name).unwrap_or_default()
    }
}

impl From<Option<Observed>> for Standing {
    fn from(observed: Option<Observed>) -> Self {
        match observed {
            Some(Observed { is_good: true, .. }) => Self::Good,
            Some(_) => Self::Other,
            None => Self::Unknown,
        }
    }
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Saved, Self::Reverted, Self::Refused, Self::Failed, Self::Unknown];

    /// As answered.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Saved => "saved",
            Self::Reverted => "reverted",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// The one that is stored so.
    pub(crate) fn of(stored: &str, is_reverted: bool, decision: &str) -> Self {
        match stored {
            "failed" => Self::Failed,
            "refused" => Self::Refused,
            // Who refuses need not be told what became of it.
            "" | "unknown" if decision == "refuse" => Self::Refused,
            _ if is_reverted => Self::Reverted,
            "saved" => Self::Saved,
            _ => Self::Unknown,
        }
    }
}

impl Archive {
    /// Reads the archive in `store`.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// The newest `count` actions that are asked for and may be known of, newest first.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn newest(&self, ask: &Ask, sight: &Sight, count: usize) -> Result<Vec<StoredAction>, StoreError> {
        let mut scan = self.scan(ask.clone(), sight.clone());
        let mut actions = Vec::new();
        while actions.len() < count {
            let Some(batch) = scan.next().await? else { break };
            actions.extend(batch);
        }
        actions.truncate(count);
        Ok(actions)
    }

    /// All actions that are asked for and may be known of, newest first, in batches.
    pub fn scan(&self, ask: Ask, sight: Sight) -> Scan {
        Scan { store: self.store.clone(), ask, sight, after: None, is_over: false, unpacker: Unpacker::default() }
    }

    /// Those of these evaluations that are there and may be known of, without their variables; in no order.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn known(&self, ids: &[Id], sight: &Sight) -> Result<Vec<StoredAction>, StoreError> {
        let mut known = Vec::new();
        for ids in ids.chunks(BATCH) {
            let mut conn = self.store.snapshot().await?;
            let rows = records::these(&mut conn, ids).await?;
            let rows = records::seen(&mut conn, rows, sight, Depth::Bare).await?;
            known.extend(rows.into_iter().map(|row| row.action));
        }
        Ok(known)
    }

    /// When the first day began of which actions of a wiki are kept; of any wiki if none is named.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn begins(&self, wiki: Option<&WikiId>) -> Result<Option<Timestamp>, StoreError> {
        let mut conn = self.store.reader().await?;
        let day = records::first_day(&mut conn, wiki).await?;
        Ok(day.and_then(|day| Timestamp::from_second(day.saturating_mul(86_400)).ok()))
    }

    /// One action of a wiki; none if it is not there or must not be known of.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers.
    pub async fn one(&self, wiki: &WikiId, id: Id, sight: &Sight) -> Result<Option<StoredAction>, StoreError> {
        let mut conn = self.store.snapshot().await?;
        let rows = records::one(&mut conn, wiki, id).await?;
        let rows = records::seen(&mut conn, rows, sight, Depth::Variables).await?;
        let mut unpacker = Unpacker::default();
        Ok(rows.into_iter().find_map(|row| stored(row, &mut unpacker)?.whole(&mut unpacker)))
    }
}

/// Actions in batches.
#[derive(Debug)]
pub struct Scan {
    store: Store,
    ask: Ask,
    sight: Sight,
    after: Option<(i64, Id)>,
    is_over: bool,
    unpacker: Unpacker,
}

/// An action, and those of its variables that are wanted and not unpacked yet.
#[derive(Debug)]
pub(crate) struct Unopened {
    pub(crate) action: StoredAction,
    pub(crate) apart: Option<Apart>,
}

/// Long values, packed.
#[derive(Debug)]
pub(crate) struct Apart {
    texts: Vec<u8>,
    /// Names of those that are wanted.
    pub(crate) names: Vec<String>,
}

impl Unopened {
    /// With everything that is wanted; none if that is not there.
    fn whole(mut self, unpacker: &mut Unpacker) -> Option<StoredAction> {
        if let Some(apart) = &self.apart {
            unpacker.add(&apart.texts, &mut self.action.values, &mut self.action.cut)?;
            self.action.values.sort_keys();
        }
        Some(self.action)
    }

    /// Unpacks what is apart. What cannot be unpacked is lost.
    pub(crate) fn open(&mut self, unpacker: &mut Unpacker) {
        if let Some(Apart { texts, names }) = self.apart.take()
            && unpacker.add(&texts, &mut self.action.values, &mut self.action.cut).is_none()
        {
            self.action.lost.extend(names);
        }
    }
}

impl Scan {
    /// The same with the values of these variables only, which is quicker.
    #[must_use]
    pub fn reading(mut self, variables: BTreeSet<String>) -> Self {
        self.unpacker = Unpacker::of(Some(variables));
        self
    }

    /// The next batch: up to 256 actions, none at the end. A batch may be empty before the end.
    ///
    /// # Errors
    /// [`StoreError`] as the database answers; the same batch is tried when asked again.
    pub async fn next(&mut self) -> Result<Option<Vec<StoredAction>>, StoreError> {
        let Some(batch) = self.next_unopened().await? else { return Ok(None) };
        let unpacker = &mut self.unpacker;
        Ok(Some(batch.into_iter().filter_map(|action| action.whole(unpacker)).collect()))
    }

    /// The same with long values unopened.
    ///
    /// # Errors
    /// As for [`Self::next`].
    pub(crate) async fn next_unopened(&mut self) -> Result<Option<Vec<Unopened>>, StoreError> {
        let Some(rows) = self.rows(Depth::Variables).await? else { return Ok(None) };
        let unpacker = &mut self.unpacker;
        Ok(Some(rows.into_iter().filter_map(|row| stored(row, unpacker)).collect()))
    }

    /// The same without variables.
    ///
    /// # Errors
    /// As for [`Self::next`].
    pub(crate) async fn next_bare(&mut self) -> Result<Option<Vec<StoredAction>>, StoreError> {
        let rows = self.rows(Depth::Bare).await?;
        Ok(rows.map(|rows| rows.into_iter().map(|row| row.action).collect()))
    }

    async fn rows(&mut self, depth: Depth) -> Result<Option<Vec<Row>>, StoreError> {
        if self.is_over || !self.sight.rows {
            return Ok(None);
        }
        // Rows and thresholds of one moment belong together.
        let mut conn = self.store.snapshot().await?;
        let rows = records::batch(&mut conn, &self.ask, self.after, BATCH, depth).await?;
        let last = rows.last().map(Found::key);
        let is_over = rows.len() < BATCH;
        let rows = records::seen(&mut conn, rows, &self.sight, depth).await?;
        drop(conn);
        (self.is_over, self.after) = (is_over, last.or(self.after));
        Ok(Some(rows))
    }
}

/// Unpacks a row as far as that is cheap; none if its variables are not there any more.
fn stored(row: Row, unpacker: &mut Unpacker) -> Option<Unopened> {
    let Row { mut action, body, texts, is_of_hit, missing } = row;
    let Unpacked { values, cuts, apart, .. } = unpacker.unpack(&body?)?;
    action.lost = missing.lost;
    action.offered = Some(missing.offered);
    action.cut = cuts;
    action.values = values;
    if is_of_hit {
        // Kept whole, with a marker where the address was.
        let marked: Vec<String> =
            action.values.iter().filter(|(_, value)| is_marked(value)).map(|(name, _)| name.clone()).collect();
        for name in &marked {
            action.values.remove(name);
        }
        action.lost.extend(marked);
    }
    let names: Vec<String> = apart.into_iter().filter(|name| unpacker.wants(name)).collect();
    // Who wants everything wants what was cut, too.
    let is_wanted = unpacker.wants_all() || !names.is_empty();
    let apart = texts.filter(|_| is_wanted).map(|texts| Apart { texts, names });
    Some(Unopened { action, apart })
}

pub(crate) fn is_marked(value: &Value) -> bool {
    match value {
        Value::String(text) => text == crate::hits::dump::ADDRESS_MARKER,
        Value::Array(items) => items.iter().any(is_marked),
        Value::Object(members) => members.values().any(is_marked),
        _ => false,
    }
}
