//! What is counted in the database when somebody asks: instructions that wikis have to carry out, holds of promotion.

use crate::metrics::{Kind, Metric, Metrics};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use wikiward_farm::{Clock, Timestamp, WikiId};
use wikiward_filters::autopromote::AutopromoteHolds;
use wikiward_filters::reverts::{self, Reverts, RowState};
use wikiward_store::StoreError;

/// How long the database may take. Beyond, its numbers are left out this time: monitoring waits for the others.
const WAIT_MAX: Duration = Duration::from_secs(2);

const ROWS: (&str, &str) = (
    "filter_revert_rows",
    "Consequences that people had undone on a wiki: `pending` until the wiki reports, then `reverted`, `nothing_to_do` or `failed`",
);
const OLDEST: (&str, &str) =
    ("filter_revert_oldest_seconds", "How long a wiki has not carried out the oldest thing that it is to undo");
const HOLDS: (&str, &str) = ("filter_autopromote_holds", "People of a wiki whose automatic promotion is held");

/// What is measured here, for the book.
pub(crate) fn catalogue() -> Vec<Metric> {
    let gauge = |(name, help), labels| Metric { name, kind: Kind::Gauge, labels, help };
    vec![gauge(ROWS, &["wiki", "state"][..]), gauge(OLDEST, &["wiki"][..]), gauge(HOLDS, &["wiki"][..])]
}

/// Counts, and what was counted last.
pub(crate) struct Standing {
    reverts: Reverts,
    holds: AutopromoteHolds,
    clock: Arc<dyn Clock>,
    /// One looks at a time; who comes meanwhile waits for what that one finds.
    looking: tokio::sync::Mutex<()>,
    found: Mutex<Option<Found>>,
}

#[derive(Debug)]
struct Found {
    at: Timestamp,
    rows: Vec<reverts::Standing>,
    holds: Vec<(WikiId, u64)>,
}

impl fmt::Debug for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Standing")
    }
}

/// Lets monitoring see it.
pub(crate) fn register(metrics: &mut Metrics, reverts: Reverts, holds: AutopromoteHolds, clock: Arc<dyn Clock>) {
    let looking = tokio::sync::Mutex::default();
    let standing = Arc::new(Standing { reverts, holds, clock, looking, found: Mutex::default() });
    metrics.register(|registry| registry.register_collector(Box::new(Shown(standing.clone()))));
    metrics.standing = Some(standing);
}

impl Standing {
    /// Counts anew. If the database does not answer, nothing is shown until it does.
    pub(crate) async fn look(&self) {
        let _one = self.looking.lock().await;
        let found = match tokio::time::timeout(WAIT_MAX, self.count()).await {
            Ok(Ok(found)) => Some(found),
            Ok(Err(error)) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "what wikis are to undo could not be counted for monitoring");
                None
            }
            Err(_) => {
                tracing::warn!("what wikis are to undo was not counted for monitoring: the database takes too long");
                None
            }
        };
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }

    async fn count(&self) -> Result<Found, StoreError> {
        let at = self.clock.now();
        Ok(Found { at, rows: self.reverts.standing().await?, holds: self.holds.counts(at).await? })
    }
}

#[derive(Debug)]
struct Shown(Arc<Standing>);

impl Collector for Shown {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let found = self.0.found.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Found { at, rows, holds }) = &*found else { return Ok(()) };
        let number = |number: u64| ConstGauge::new(i64::try_from(number).unwrap_or(i64::MAX));
        let (name, help) = ROWS;
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for row in rows {
            let labels = [("wiki", row.wiki.as_str()), ("state", row.state.name())];
            number(row.rows).encode(family.encode_family(&labels)?)?;
        }
        let (name, help) = OLDEST;
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for row in rows.iter().filter(|row| row.state == RowState::Pending) {
            let waits = ConstGauge::new(at.duration_since(row.since).as_secs().max(0));
            waits.encode(family.encode_family(&[("wiki", row.wiki.as_str())])?)?;
        }
        let (name, help) = HOLDS;
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (wiki, count) in holds {
            number(*count).encode(family.encode_family(&[("wiki", wiki.as_str())])?)?;
        }
        Ok(())
    }
}
