//! How much work the filters of a wiki are: actions judged, time, conditions, and the filters that take most of it.

mod view;

use crate::fault::Fault;
use crate::pages::acts::{Asked, with_query};
use crate::paths;
use crate::state::Console;
use crate::visit::Visitor;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use std::cmp::Reverse;
use wikiward_farm::{Right, WikiId};
use wikiward_filters::profile::stats::{FilterLine, StatsError, WikiStats};
use wikiward_filters::profile::{FilterCounts, Range};

pub(crate) use view::samples;

pub(crate) fn routes() -> Router<Console> {
    Router::new().route("/w/{wiki}/profile", get(show))
}

impl From<StatsError> for Fault {
    fn from(error: StatsError) -> Self {
        match error {
            StatsError::NotFound | StatsError::TooMuch => Self::NotFound,
            StatsError::Forbidden(right) => Self::Forbidden(right),
            StatsError::Store(error) => error.into(),
        }
    }
}

/// A span of time that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Length {
    /// Six hours.
    Hours,
    /// A day.
    #[default]
    Day,
    /// A week.
    Week,
    /// Thirty days.
    Month,
}

impl Length {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Hours, Self::Day, Self::Week, Self::Month];

    /// The word for it in addresses.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Hours => "6h",
            Self::Day => "1d",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    const fn hours(self) -> i64 {
        match self {
            Self::Hours => 6,
            Self::Day => 24,
            Self::Week => 7 * 24,
            Self::Month => 30 * 24,
        }
    }
}

/// What the filters are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Order {
    /// Share of all the time.
    #[default]
    Time,
    /// The slowest evaluations.
    Slowest,
    /// Conditions.
    Conditions,
    /// Matches.
    Matches,
    /// Errors, and runs without time, work or variables.
    Trouble,
}

impl Order {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [Self::Time, Self::Slowest, Self::Conditions, Self::Matches, Self::Trouble];

    /// The word for it in addresses.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Slowest => "slowest",
            Self::Conditions => "conditions",
            Self::Matches => "matches",
            Self::Trouble => "trouble",
        }
    }

    fn value(self, counts: &FilterCounts) -> u64 {
        match self {
            Self::Time => whole_time(counts),
            Self::Slowest => counts.time_us.quantile(950),
            Self::Conditions => mean(counts.conditions.sum(), counts.conditions.count()),
            Self::Matches => counts.matches,
            Self::Trouble => trouble(counts),
        }
    }
}

/// A mean, rounded down.
fn mean(sum: u64, count: u64) -> u64 {
    sum.checked_div(count).unwrap_or(0)
}

/// Microseconds of all evaluations, estimated from those that were timed.
fn whole_time(counts: &FilterCounts) -> u64 {
    let whole = u128::from(counts.time_us.sum()) * u128::from(counts.evaluations);
    u64::try_from(whole.checked_div(u128::from(counts.time_us.count())).unwrap_or(0)).unwrap_or(u64::MAX)
}

/// Evaluations that did not end as they should.
fn trouble(counts: &FilterCounts) -> u64 {
    counts.errors + counts.over_budget + counts.degraded + counts.skipped
}

/// What the page shows.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    /// The wiki.
    pub(crate) wiki: WikiId,
    /// The span that was chosen.
    pub(crate) length: Length,
    /// What the filters are sorted by.
    pub(crate) order: Order,
    /// What was counted.
    pub(crate) stats: WikiStats,
}

impl Report {
    /// Its address, with another span or order.
    pub(crate) fn path(&self, length: Length, order: Order) -> String {
        with_query(&paths::profile(&self.wiki), &[("span", length.name()), ("sort", order.name())])
    }
}

/// The filters in an order, the most first; those that are alike by name.
fn sorted(mut filters: Vec<FilterLine>, order: Order) -> Vec<FilterLine> {
    filters.sort_by_cached_key(|line| (Reverse(order.value(&line.counts)), line.gid.clone()));
    filters
}

async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Path(wiki): Path<String>,
    asked: Asked,
) -> Result<Response, Fault> {
    let wiki = paths::wiki_of(&wiki).ok_or(Fault::NotFound)?;
    if wiki.is_farm() {
        // Actions are of wikis; what farm-wide filters do is counted where they do it.
        visitor.need(Right::View, &wiki)?;
        return Ok(view::choose(&visitor).show(&visitor));
    }
    if console.people.visible_wiki(&visitor.viewer, &wiki).is_none() {
        return Err(Fault::NotFound);
    }
    visitor.need(Right::View, &wiki)?;
    let length = Length::ALL.into_iter().find(|length| length.name() == asked.get("span")).unwrap_or_default();
    let order = Order::ALL.into_iter().find(|order| order.name() == asked.get("sort")).unwrap_or_default();
    let now = console.clock.now();
    let from = now.checked_sub(jiff::SignedDuration::from_hours(length.hours())).unwrap_or(now);
    let range = Range::new(Some(from), None, None, now).map_err(|_| Fault::NotFound)?;
    let mut stats = console.judge.profile().wiki(&visitor.viewer, &wiki, range, now).await?;
    stats.filters = stats.filters.map(|filters| sorted(filters, order));
    Ok(view::page(&visitor, &Report { wiki, length, order, stats }).show(&visitor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wikiward_filters::model::State as Life;

    fn line(gid: &str, evaluations: u64, us: u64, matches: u64) -> FilterLine {
        let mut counts = FilterCounts { evaluations, matches, ..FilterCounts::default() };
        counts.time_us.add(us);
        FilterLine { gid: gid.into(), name: gid.into(), group: "default".into(), state: Life::Enabled, counts }
    }

    #[test]
    fn filters_that_take_most_come_first() {
        let filters = vec![line("1", 10, 900, 0), line("2", 1_000, 20, 7), line("3", 0, 0, 9)];
        let gids = |order| sorted(filters.clone(), order).into_iter().map(|line| line.gid).collect::<Vec<_>>();
        assert_eq!(gids(Order::Time), ["2", "1", "3"], "often and fast is more than seldom and slow");
        assert_eq!(gids(Order::Slowest), ["1", "2", "3"]);
        assert_eq!(gids(Order::Matches), ["3", "2", "1"]);
        assert_eq!(gids(Order::Trouble), ["1", "2", "3"], "those that are alike by name");
        assert_eq!(whole_time(&FilterCounts { evaluations: 5, ..FilterCounts::default() }), 0, "nothing was timed");
    }
}
