//! What is answered about filters and groups: steps of time, sums, and when rules changed.

use super::counts::{Counts, FilterCounts, GroupCounts};
use super::marks::{self, Mark};
use super::notices::look;
use super::slot::{DAY, Range};
use super::{Groups, Profile, Span, records};
use crate::life::Sight;
use crate::model::{FilterKey, State};
use std::collections::BTreeMap;
use wikiward_farm::clock::{from_micros, micros};
use wikiward_farm::{Coded, Right, Timestamp, Viewer, WikiId};
use wikiward_store::StoreError;

/// Why statistics were not given.
#[derive(Debug, thiserror::Error)]
pub enum StatsError {
    /// The filter, or the wiki, is not there, or may not be seen.
    #[error("there is no such filter or wiki to be seen")]
    NotFound,
    /// A right is missing.
    #[error("this needs the right {0}")]
    Forbidden(Right),
    /// On all wikis together there is too much to read.
    #[error("this range has too many buckets on all wikis together. Ask for a shorter one, or for one wiki")]
    TooMuch,
    /// The database did not answer.
    #[error("the store of statistics did not answer")]
    Store(#[from] StoreError),
}

impl Coded for StatsError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Forbidden(_) => "forbidden",
            Self::TooMuch => "bad_request",
            Self::Store(error) => error.code(),
        }
    }
}

/// Most buckets that are read for an answer about all wikis: a day of 700 wikis.
pub const BUCKETS_MAX: u32 = 20_000;

/// What one filter did on one wiki.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterStats {
    /// How it is named on the wiki.
    pub gid: String,
    /// Its name.
    pub name: String,
    /// Its state now.
    pub state: State,
    /// The steps that were asked for.
    pub range: Range,
    /// By step, all of them.
    pub steps: Vec<FilterCounts>,
    /// All steps together.
    pub total: FilterCounts,
    /// When its rule changed in the range, and the version that it became.
    pub rule_changes: Vec<(Timestamp, u32)>,
    /// Why it stands out now.
    pub marks: Vec<Mark>,
}

/// What one farm-wide filter did on all wikis.
#[derive(Debug, Clone, PartialEq)]
pub struct FarmFilterStats {
    /// All wikis together.
    pub together: FilterStats,
    /// Each wiki on which it ran, over the whole range.
    pub wikis: BTreeMap<WikiId, FilterCounts>,
}

/// What the filters of a wiki did.
#[derive(Debug, Clone, PartialEq)]
pub struct WikiStats {
    /// The steps that were asked for.
    pub range: Range,
    /// By group.
    pub groups: Vec<GroupStats>,
    /// Each filter that may be seen and ran, over the whole range; none for who may not see details.
    pub filters: Option<Vec<FilterLine>>,
}

/// What the filters of a group did.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupStats {
    /// The group.
    pub group: String,
    /// By step, all of them.
    pub steps: Vec<GroupStep>,
    /// All steps together.
    pub total: GroupStep,
}

/// What the filters of a group did in one step, as far as somebody may know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupStep {
    /// Actions that were judged.
    pub verdicts: u64,
    /// Actions that a filter matched which may be seen.
    pub matched: u64,
    /// Matches of filters that may be seen which left a row; none for who may not see details.
    pub hits: Option<u64>,
    /// Actions that a filter stopped which may be seen; none for who may not see details.
    pub refused: Option<u64>,
    /// What can be said of all filters together only; for who may see every filter.
    pub whole: Option<GroupCounts>,
}

/// One filter over a whole range.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterLine {
    /// How it is named on the wiki.
    pub gid: String,
    /// Its name.
    pub name: String,
    /// Its group now.
    pub group: String,
    /// Its state now.
    pub state: State,
    /// What it did.
    pub counts: FilterCounts,
}

/// What somebody may know of the filters of a wiki.
pub(super) struct Sees {
    pub(super) named: BTreeMap<String, records::Named>,
    own: Sight,
    farm: Sight,
    /// Whether he may see details.
    pub(super) details: bool,
}

impl Sees {
    /// The filter of that name, if it may be seen.
    pub(super) fn filter(&self, gid: &str) -> Option<&records::Named> {
        let sight = if gid.starts_with("global-") { &self.farm } else { &self.own };
        self.named.get(gid).filter(|filter| sight.sees(filter.privacy, &filter.uses_protected))
    }

    fn is_whole(&self) -> bool {
        let rights = [self.own.rights(), self.farm.rights()];
        rights.iter().all(|rights| {
            [Right::LogDetail, Right::ViewPrivate, Right::ProtectedVars, Right::ViewSuppressed]
                .iter()
                .all(|right| rights.has(*right))
        })
    }
}

impl Profile {
    /// What `viewer` may know of the filters of `wiki`.
    pub(super) async fn sees(&self, viewer: &Viewer, wiki: &WikiId) -> Result<Sees, StatsError> {
        if !viewer.may(Right::View, wiki) {
            return Err(StatsError::Forbidden(Right::View));
        }
        let snapshot = self.snapshots.current();
        if !snapshot.knows(wiki) {
            return Err(StatsError::NotFound);
        }
        let registry = snapshot.registry().clone();
        Ok(Sees {
            named: self.named(wiki).await?,
            own: Sight::new(viewer, wiki, wiki, &registry),
            farm: Sight::new(viewer, &WikiId::farm(), wiki, &registry),
            details: viewer.may(Right::LogDetail, wiki),
        })
    }

    /// What the filters of a wiki did, as far as `viewer` may know.
    ///
    /// # Errors
    /// [`StatsError`].
    pub async fn wiki(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        range: Range,
        now: Timestamp,
    ) -> Result<WikiStats, StatsError> {
        let sees = self.sees(viewer, wiki).await?;
        let groups = self.read(wiki, Span { from: range.from, to: range.to, now }).await?;
        let shown = groups.iter().map(|(group, buckets)| group_stats(group, buckets, range, &sees)).collect();
        let filters = sees.details.then(|| lines(&groups, &sees));
        Ok(WikiStats { range, groups: shown, filters })
    }

    /// What a filter did on a wiki. Who asks must be able to see the filter, and details of hits.
    ///
    /// # Errors
    /// [`StatsError`].
    pub async fn filter(
        &self,
        viewer: &Viewer,
        wiki: &WikiId,
        gid: &str,
        range: Range,
        now: Timestamp,
    ) -> Result<FilterStats, StatsError> {
        let key = FilterKey::from_gid(wiki, gid).ok_or(StatsError::NotFound)?;
        let gid = key.gid();
        let sees = self.sees(viewer, wiki).await?;
        let filter = sees.filter(&gid).ok_or(StatsError::NotFound)?;
        if !sees.details {
            return Err(StatsError::Forbidden(Right::LogDetail));
        }
        let groups = self.read(wiki, Span { from: range.from, to: range.to, now }).await?;
        let day = Span { from: from_micros(micros(now) - DAY), to: Timestamp::MAX, now };
        let marks = Self::marks(filter, &self.read(wiki, day).await?, now);
        self.filter_stats(filter, steps_of(&groups, &gid, range), marks, range).await
    }

    /// What a farm-wide filter did on all wikis.
    ///
    /// # Errors
    /// [`StatsError`]; [`StatsError::TooMuch`] if more than [`BUCKETS_MAX`] buckets would have to be read.
    pub async fn farm_filter(
        &self,
        viewer: &Viewer,
        gid: &str,
        range: Range,
        now: Timestamp,
    ) -> Result<FarmFilterStats, StatsError> {
        let farm = WikiId::farm();
        let key = FilterKey::from_gid(&farm, gid).ok_or(StatsError::NotFound)?;
        let gid = key.gid();
        let sees = self.sees(viewer, &farm).await?;
        let filter = sees.filter(&gid).ok_or(StatsError::NotFound)?;
        if !sees.details {
            return Err(StatsError::Forbidden(Right::LogDetail));
        }
        let span = Span { from: range.from, to: range.to, now };
        let all = self.read_all(span, BUCKETS_MAX).await?.ok_or(StatsError::TooMuch)?;
        let mut steps = vec![FilterCounts::default(); range.steps().len()];
        let mut wikis = BTreeMap::new();
        for (wiki, groups) in all {
            let on_wiki = steps_of(&groups, &gid, range);
            let mut total = FilterCounts::default();
            for (step, more) in steps.iter_mut().zip(&on_wiki) {
                step.merge(more);
                total.merge(more);
            }
            if !total.is_empty() {
                wikis.insert(wiki, total);
            }
        }
        Ok(FarmFilterStats { together: self.filter_stats(filter, steps, Vec::new(), range).await?, wikis })
    }

    async fn filter_stats(
        &self,
        filter: &records::Named,
        steps: Vec<FilterCounts>,
        marks: Vec<Mark>,
        range: Range,
    ) -> Result<FilterStats, StatsError> {
        let mut conn = self.store.reader().await?;
        let mut rule_changes = records::rule_changes(&mut conn, &filter.key, range.from).await?;
        rule_changes.retain(|(at, _)| *at < range.to);
        let mut total = FilterCounts::default();
        for step in &steps {
            total.merge(step);
        }
        let (gid, name, state) = (filter.key.gid(), filter.name.clone(), filter.state);
        Ok(FilterStats { gid, name, state, range, steps, total, rule_changes, marks })
    }

    /// Why a filter stands out; `groups` are those of the last day.
    pub(super) fn marks(filter: &records::Named, groups: &Groups, now: Timestamp) -> Vec<Mark> {
        let look = look(groups, &filter.key.gid(), filter.aged_from, now);
        let mut marks = look.marks();
        let mut day = look.hour;
        day.merge(&look.before);
        if filter.state == State::Enabled && marks::never_matched(&day, filter.hits, filter.aged_from, now) {
            marks.push(Mark::NeverMatched);
        }
        marks
    }

    /// The filters that may run on a wiki, by their names there.
    pub(super) async fn named(&self, wiki: &WikiId) -> Result<BTreeMap<String, records::Named>, StoreError> {
        let mut conn = self.store.reader().await?;
        records::filters(&mut conn, wiki).await
    }
}

fn steps_of(groups: &Groups, gid: &str, range: Range) -> Vec<FilterCounts> {
    let mut steps = vec![FilterCounts::default(); range.steps().len()];
    for (at, counts) in groups.values().flatten() {
        let step = range.place(*at).and_then(|place| steps.get_mut(place));
        if let (Some(step), Some(filter)) = (step, counts.filters.get(gid)) {
            step.merge(filter);
        }
    }
    steps
}

fn group_stats(group: &str, buckets: &[(i64, Counts)], range: Range, sees: &Sees) -> GroupStats {
    let start = || GroupStep {
        hits: sees.details.then_some(0),
        refused: sees.details.then_some(0),
        whole: sees.is_whole().then(GroupCounts::default),
        ..GroupStep::default()
    };
    let mut steps: Vec<GroupStep> = range.steps().map(|_| start()).collect();
    let mut total = start();
    for (at, counts) in buckets {
        let Some(step) = range.place(*at).and_then(|place| steps.get_mut(place)) else { continue };
        let more = counts.seen(|gid| sees.filter(gid).is_some());
        for step in [step, &mut total] {
            step.verdicts += counts.group.verdicts;
            step.matched += more.matched;
            step.hits = step.hits.map(|hits| hits + more.hits);
            step.refused = step.refused.map(|refused| refused + more.refused);
            if let Some(whole) = &mut step.whole {
                whole.merge(&counts.group);
            }
        }
    }
    GroupStats { group: group.to_owned(), steps, total }
}

fn lines(groups: &Groups, sees: &Sees) -> Vec<FilterLine> {
    let mut totals: BTreeMap<&str, FilterCounts> = BTreeMap::new();
    for (_, counts) in groups.values().flatten() {
        for (gid, filter) in &counts.filters {
            totals.entry(gid).or_default().merge(filter);
        }
    }
    let mut lines: Vec<(FilterKey, FilterLine)> = totals
        .into_iter()
        .filter_map(|(gid, counts)| {
            let filter = sees.filter(gid)?;
            let (name, group, state) = (filter.name.clone(), filter.group.clone(), filter.state);
            Some((filter.key.clone(), FilterLine { gid: gid.to_owned(), name, group, state, counts }))
        })
        .collect();
    // The wiki's own first, then by number.
    lines.sort_by_key(|(key, _)| (key.wiki.is_farm(), key.number));
    lines.into_iter().map(|(_, line)| line).collect()
}
