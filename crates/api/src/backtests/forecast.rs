//! What the emergency brake would have said, as it is answered.

use crate::text::time;
use serde::Serialize;
use utoipa::ToSchema;
use wikiward_farm::clock::from_micros;
use wikiward_filters::backtest::forecast::{Forecast, ForeseenLatch, NoForecast};

/// Whether the emergency brake would have stopped the rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct ForecastBody {
    /// Actions that were replayed through it.
    replayed: u64,
    /// Share of the actions of that time that they are, 0 to 1. Below 1 a latch would have come sooner.
    coverage: f64,
    /// The consequences that the rule was taken to have.
    consequences: Vec<String>,
    /// Matches before the latch; all of them without one.
    matches: u64,
    /// The first latch.
    latch: Option<ForeseenBody>,
    /// Why nothing can be said: `not_observed`, `harmless`, `compat`.
    none: Option<String>,
}

/// A latch that would have come, and its evidence.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ForeseenBody {
    at: String,
    wiki: String,
    /// `D`, `O` or `N`.
    class: String,
    /// `A`, `B` or `C`.
    path: String,
    kind: String,
    people: u32,
    ranges: u32,
    #[serde(rename = "S")]
    sum: f64,
    #[serde(rename = "h")]
    threshold: f64,
    matched_origins_1h: u32,
    all_origins_1h: u32,
    destroyed_1h: u32,
    destroyed_24h: u32,
}

impl From<Forecast> for ForecastBody {
    fn from(it: Forecast) -> Self {
        Self {
            replayed: it.replayed,
            coverage: it.coverage,
            consequences: it.consequences,
            matches: it.matches,
            latch: it.latch.map(ForeseenBody::from),
            none: it.none.map(NoForecast::name).map(str::to_owned),
        }
    }
}

impl From<ForeseenLatch> for ForeseenBody {
    fn from(it: ForeseenLatch) -> Self {
        Self {
            at: time(from_micros(it.at)),
            wiki: it.wiki,
            class: it.class,
            path: it.path,
            kind: it.kind,
            people: it.people,
            ranges: it.ranges,
            sum: it.sum,
            threshold: it.threshold,
            matched_origins_1h: it.matched_origins,
            all_origins_1h: it.all_origins,
            destroyed_1h: it.destroyed.0,
            destroyed_24h: it.destroyed.1,
        }
    }
}
