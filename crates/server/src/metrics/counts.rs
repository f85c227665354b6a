//! What judging, the profile and the writer of hits have counted, for monitoring.

use crate::metrics::{Kind, Metric, Metrics};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use std::fmt;
use std::sync::Arc;
use wikiward_filters::archive::{Archiver, ArchiverCounts};
use wikiward_filters::brake::LiveBrake;
use wikiward_filters::hits::{HitWriter, WriterCounts};
use wikiward_filters::judge::{Judge, JudgeCounts};
use wikiward_filters::profile::Totals;
use wikiward_store::Store;

/// Reads the counts when somebody asks.
struct Counts {
    judge: Arc<Judge>,
    writer: HitWriter,
    brake: Arc<LiveBrake>,
    store: Store,
}

impl fmt::Debug for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counts")
    }
}

/// Lets monitoring see what `judge`, `writer` and `store` count, and what `brake` holds back.
pub(crate) fn register(metrics: &Metrics, judge: Arc<Judge>, writer: HitWriter, brake: Arc<LiveBrake>, store: Store) {
    metrics.register(|registry| registry.register_collector(Box::new(Counts { judge, writer, brake, store })));
}

/// A number without labels: its name without what all have in common, what it is, and where it is read.
type Number = (&'static str, &'static str, fn(&Now) -> u64);

/// Everything that is counted, at one moment.
struct Now {
    judge: JudgeCounts,
    writer: WriterCounts,
    archive: ArchiverCounts,
    shadow_lost: u64,
    totals: Totals,
    statements: u64,
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

const COUNTERS: [Number; 19] = [
    ("filter_evaluations", "Verdicts", |now| now.judge.evaluations),
    ("filter_needs_rounds", "Answers that asked for variables", |now| now.judge.needs),
    ("filter_repeated", "Requests that got the answer of an earlier one", |now| now.judge.repeated),
    ("filter_skipped", "Actions not judged because the caller said so", |now| now.judge.skipped),
    ("filter_degraded", "Filters that lacked a variable", |now| now.judge.degraded),
    ("filter_errors", "Filters that failed", |now| now.judge.errors),
    ("filter_abandoned", "Evaluations that nobody went on with", |now| now.judge.abandoned),
    ("filter_domain_attempts", "Actions refused because they link to blocked domains", |now| now.judge.domain_attempts),
    ("filter_shadow_dropped", "Runs of filters in the shadow that were left out", |now| now.totals.shadow_dropped),
    ("filter_shadow_hits_lost", "Matches of filters in the shadow that were not kept", |now| now.shadow_lost),
    ("hits_records_stored", "Records of judged actions stored in the database", |now| now.writer.stored),
    ("hits_records_spooled", "Records written to the spool file because the database did not take them", |now| {
        now.writer.spooled
    }),
    ("hits_records_lost", "Records that could be kept nowhere", |now| now.writer.lost),
    ("hits_records_refused", "Records set aside because they can never be stored", |now| now.writer.refused),
    ("hits_records_repeated", "Records of actions that were judged before", |now| now.writer.repeated),
    ("archive_kept", "Actions kept for backtests", |now| now.archive.kept),
    ("archive_dropped", "Actions that were to be kept for backtests and are not", |now| now.archive.dropped),
    ("store_statements", "Statements that this node ran on the database", |now| now.statements),
    ("hits_commits", "Transactions of the writer of hits", |now| now.writer.commits),
];

const GAUGES: [Number; 11] = [
    ("filter_waiting", "Evaluations that wait for variables", |now| now.judge.waiting),
    ("filter_waiting_bytes", "Bytes of evaluations that wait for variables", |now| now.judge.waiting_bytes),
    ("filter_in_flight", "Actions being judged", |now| now.judge.in_flight),
    ("filter_throttle_counters", "Throttle counters held", |now| now.judge.throttles),
    ("filter_warnings", "Warnings held", |now| now.judge.warnings),
    ("filter_blocked_domains", "Blocked domains in the lists of the farm and of all wikis", |now| now.judge.domains),
    ("archive_waiting", "Actions waiting to be kept for backtests", |now| wide(now.archive.waiting)),
    ("archive_strata", "Samples of actions being drawn", |now| wide(now.archive.strata)),
    ("hits_records_waiting", "Records waiting to be written", |now| wide(now.writer.waiting)),
    ("hits_spool_bytes", "Bytes in the spool file", |now| now.writer.spool_bytes),
    ("hits_index_bytes", "Bytes of the index of judged actions", |now| wide(now.writer.index_bytes)),
];

const EVAL_SECONDS: (&str, &str) = ("filter_eval_seconds", "Time that all filters of a group took over an action");
const MATCHES: (&str, &str) = (
    "filter_matches",
    "Matches of a filter on a wiki; those of restricted filters under `restricted`, those beyond 5,000 filters under `other`",
);
const BRAKE: (&str, &str) = (
    "filter_brake_state",
    "Filters that are braked on a wiki (`D`, `O`, `N`) or whose brake is held (`held`); those that are restricted together as `restricted`",
);
const NOT_EVALUATED: (&str, &str) =
    ("filter_not_evaluated", "Filters not evaluated to their end: `conditions` used up, or `budget` of time or work");

/// What is measured here, for the book.
pub(crate) fn catalogue() -> Vec<Metric> {
    let metric = |kind, labels| move |(name, help): (&'static str, &'static str)| Metric { name, kind, labels, help };
    let number = |kind: Kind| move |(name, help, _): &Number| metric(kind, &[][..])((name, help));
    let mut all: Vec<Metric> = COUNTERS.iter().map(number(Kind::Counter)).collect();
    all.extend(GAUGES.iter().map(number(Kind::Gauge)));
    all.push(metric(Kind::Histogram, &["group"][..])(EVAL_SECONDS));
    all.push(metric(Kind::Counter, &["wiki", "filter"][..])(MATCHES));
    all.push(metric(Kind::Counter, &["reason"][..])(NOT_EVALUATED));
    all.push(metric(Kind::Gauge, &["wiki", "filter", "state"][..])(BRAKE));
    all
}

impl Collector for Counts {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let now = Now {
            judge: self.judge.counts(),
            writer: self.writer.counts(),
            archive: self.judge.archiver().map(Archiver::counts).unwrap_or_default(),
            shadow_lost: self.judge.shadow_log().dropped(),
            totals: self.judge.profile().totals(),
            statements: self.store.statements(),
        };
        for (name, help, value) in COUNTERS {
            let counter = ConstCounter::new(value(&now));
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
        }
        for (name, help, value) in GAUGES {
            let gauge = ConstGauge::new(i64::try_from(value(&now)).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        let (name, help) = EVAL_SECONDS;
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (group, times) in &now.totals.time_us {
            let buckets: Vec<(f64, u64)> =
                times.by_octave().into_iter().map(|(bound, count)| (seconds(bound), count)).collect();
            let labels = [("group", group.as_str())];
            let mut of_group = family.encode_family(&labels)?;
            of_group.encode_histogram::<[(&str, &str); 1]>(seconds(times.sum()), times.count(), &buckets, None)?;
        }
        let (name, help) = MATCHES;
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for ((wiki, filter), count) in &now.totals.matches {
            let labels = [("wiki", wiki.as_str()), ("filter", filter.as_str())];
            ConstCounter::new(*count).encode(family.encode_family(&labels)?)?;
        }
        let (name, help) = NOT_EVALUATED;
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (reason, count) in [("conditions", now.totals.skipped), ("budget", now.totals.over_budget)] {
            ConstCounter::new(count).encode(family.encode_family(&[("reason", reason)])?)?;
        }
        let (name, help) = BRAKE;
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for ((wiki, filter, state), count) in self.brake.states() {
            let labels = [("wiki", wiki.as_str()), ("filter", filter.as_str()), ("state", state)];
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            ConstGauge::new(count).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

/// Microseconds as seconds.
#[expect(clippy::cast_precision_loss, reason = "times that are shown need no more than 52 bits")]
fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}
