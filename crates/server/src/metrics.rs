//! Numbers for monitoring.

pub(crate) mod counts;
pub(crate) mod standing;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tracing::Instrument as _;

/// Target of the spans that traces are made of: one per request, with nothing of what is in it.
pub(crate) const TRACE_TARGET: &str = "wikiward::request";

/// Bounds of the classes of times, seconds: a verdict takes microseconds, a list milliseconds.
const SECONDS: [f64; 14] =
    [0.000_1, 0.000_2, 0.000_4, 0.001, 0.002, 0.004, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// What a request was. Routes are patterns, so their number is bounded and no name gets in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

/// The numbers, and the registry that writes them. A value, so that two servers fit one test.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
    requests: Family<RequestLabels, Counter>,
    seconds: Family<RouteLabels, Histogram>,
    open: Gauge,
    standing: Option<Arc<standing::Standing>>,
}

/// What kind of number it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows; its name ends in `_total`.
    Counter,
    /// It goes up and down.
    Gauge,
    /// How values are spread; its names end in `_bucket`, `_sum` and `_count`.
    Histogram,
}

/// A number for monitoring, as the book has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its name, without `wikiward_` before it and `_total` behind it.
    pub name: &'static str,
    /// What kind.
    pub kind: Kind,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What it counts.
    pub help: &'static str,
}

impl Metric {
    /// Its whole name, as Prometheus has it.
    pub fn full_name(&self) -> String {
        let total = if self.kind == Kind::Counter { "_total" } else { "" };
        format!("wikiward_{}{total}", self.name)
    }
}

const REQUESTS: (&str, &str) = ("http_requests", "Requests answered");
const SECONDS_OF_REQUESTS: (&str, &str) = ("http_request_seconds", "Time from the head of a request to its answer");
const OPEN: (&str, &str) = ("http_requests_open", "Requests being answered");

/// Every number that `/metrics` may have, for the book; a test compares the two, and another the book with what a server tells.
pub fn catalogue() -> Vec<Metric> {
    let metric = |(name, help), kind, labels| Metric { name, kind, labels, help };
    let mut all = vec![
        metric(REQUESTS, Kind::Counter, &["route", "method", "status"][..]),
        metric(SECONDS_OF_REQUESTS, Kind::Histogram, &["route"][..]),
        metric(OPEN, Kind::Gauge, &[][..]),
    ];
    all.extend(counts::catalogue());
    all.extend(standing::catalogue());
    all
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("wikiward");
        let requests = Family::default();
        registry.register(REQUESTS.0, REQUESTS.1, requests.clone());
        let seconds = Family::new_with_constructor((|| Histogram::new(SECONDS)) as fn() -> Histogram);
        registry.register(SECONDS_OF_REQUESTS.0, SECONDS_OF_REQUESTS.1, seconds.clone());
        let open = Gauge::default();
        registry.register(OPEN.0, OPEN.1, open.clone());
        Self { registry: Arc::new(Mutex::new(registry)), requests, seconds, open, standing: None }
    }
}

impl Metrics {
    /// Lets a part of the service register its numbers.
    pub fn register(&self, with: impl FnOnce(&mut Registry)) {
        with(&mut self.registry.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// All numbers, as Prometheus reads them.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry.lock().unwrap_or_else(PoisonError::into_inner));
        text
    }
}

/// Counts requests and their times.
pub async fn count(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = known(request.method());
    let span = tracing::debug_span!(target: TRACE_TARGET, "request", route, method, status = tracing::field::Empty);
    metrics.open.inc();
    let begin = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    metrics.open.dec();
    span.record("status", response.status().as_u16());
    metrics.seconds.get_or_create(&RouteLabels { route: route.clone() }).observe(begin.elapsed().as_secs_f64());
    metrics.requests.get_or_create(&RequestLabels { route, method, status: response.status().as_u16() }).inc();
    response
}

/// Any other method shares one label: callers may invent them.
fn known(method: &axum::http::Method) -> &'static str {
    ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"]
        .into_iter()
        .find(|name| method == *name)
        .unwrap_or("other")
}

/// Answers `/metrics`.
pub async fn answer(State(metrics): State<Metrics>) -> Response {
    const KIND: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    if let Some(standing) = &metrics.standing {
        standing.look().await;
    }
    ([(axum::http::header::CONTENT_TYPE, KIND)], metrics.text()).into_response()
}
