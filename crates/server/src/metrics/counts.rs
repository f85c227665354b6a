//! What judging and the writer of hits have counted, for monitoring.

use crate::metrics::Metrics;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use std::fmt;
use std::sync::Arc;
use wikiward_filters::hits::HitWriter;
use wikiward_filters::judge::Judge;

/// Reads the counts when somebody asks.
struct Counts {
    judge: Arc<Judge>,
    writer: HitWriter,
}

impl fmt::Debug for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counts")
    }
}

/// Lets monitoring see what `judge` and `writer` count.
pub(crate) fn register(metrics: &Metrics, judge: Arc<Judge>, writer: HitWriter) {
    metrics.register(|registry| registry.register_collector(Box::new(Counts { judge, writer })));
}

impl Collector for Counts {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let (judge, writer) = (self.judge.counts(), self.writer.counts());
        let counters = [
            ("filters_evaluations", "Verdicts", judge.evaluations),
            ("filters_needs_rounds", "Answers that asked for variables", judge.needs),
            ("filters_repeated", "Requests that got the answer of an earlier one", judge.repeated),
            ("filters_skipped", "Actions not judged because the caller said so", judge.skipped),
            ("filters_degraded", "Filters that lacked a variable", judge.degraded),
            ("filters_not_evaluated", "Filters not evaluated to their end", judge.not_evaluated),
            ("filters_errors", "Filters that failed", judge.errors),
            ("filters_evaluations_abandoned", "Evaluations that nobody went on with", judge.abandoned),
            ("hits_records_stored", "Records of judged actions stored in the database", writer.stored),
            (
                "hits_records_spooled",
                "Records written to the spool file because the database did not take them",
                writer.spooled,
            ),
            ("hits_records_lost", "Records that could be kept nowhere", writer.lost),
            ("hits_records_refused", "Records set aside because they can never be stored", writer.refused),
            ("hits_commits", "Transactions of the writer of hits", writer.commits),
        ];
        for (name, help, value) in counters {
            let counter = ConstCounter::new(value);
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
        }
        let gauges = [
            ("filters_waiting", "Evaluations that wait for variables", judge.waiting),
            ("filters_waiting_bytes", "Bytes of evaluations that wait for variables", judge.waiting_bytes),
            ("filters_in_flight", "Actions being judged", judge.in_flight),
            ("filters_throttle_counters", "Throttle counters held", judge.throttles),
            ("filters_warnings", "Warnings held", judge.warnings),
            (
                "hits_records_waiting",
                "Records waiting to be written",
                u64::try_from(writer.waiting).unwrap_or(u64::MAX),
            ),
            ("hits_spool_bytes", "Bytes in the spool file", writer.spool_bytes),
            (
                "hits_index_bytes",
                "Bytes of the index of judged actions",
                u64::try_from(writer.index_bytes).unwrap_or(u64::MAX),
            ),
        ];
        for (name, help, value) in gauges {
            let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}
