//! What came of a run, as text and as JSON.

use crate::unpaused::Unpaused;
use serde_json::{Value, json};
use std::fmt;
use std::time::Duration;
use wikiward_testkit::histogram::Histogram;

/// What came of a run.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    /// Requests per second that were due; none for a closed course.
    pub(crate) asked: Option<f64>,
    /// Answers per second, of those within the measured time.
    pub(crate) answered: f64,
    /// From when a request was due to its answer.
    pub(crate) latency: Histogram,
    /// Those of them that were refused: these answers wait until what they leave behind is on disk.
    pub(crate) latency_refused: Histogram,
    /// The others, which wait for nothing.
    pub(crate) latency_allowed: Histogram,
    /// From when a request was due to when the generator noticed: its own share of the tail, which others on its core
    /// cause.
    pub(crate) lateness: Histogram,
    /// Answers 200.
    pub(crate) verdicts: u64,
    /// Answers 503: the service sheds load.
    pub(crate) overloaded: u64,
    /// Other answers.
    pub(crate) other: u64,
    /// Connections that broke, answers that never came.
    pub(crate) broken: u64,
    /// Verdicts that differ from what the request was made for.
    pub(crate) unexpected: u64,
    /// Refusals.
    pub(crate) refused: u64,
    /// Requests that were due and not sent when the time was over.
    pub(crate) backlog: usize,
    /// One of the answers that should not be.
    pub(crate) example: Option<String>,
    /// Without what pauses of the machine touched; none if they were not watched.
    pub(crate) unpaused: Option<Unpaused>,
}

impl Figures {
    /// Whether the answers were what they should be. Shed load is no flaw of a verdict.
    pub(crate) fn is_sound(&self) -> bool {
        self.other == 0 && self.broken == 0 && self.unexpected == 0
    }

    /// What was wrong with them.
    pub(crate) fn complaint(&self) -> String {
        format!(
            "{} answers were no verdicts, {} did not come, {} verdicts were others than the edits were made for; for example {}",
            self.other,
            self.broken,
            self.unexpected,
            self.example.as_deref().unwrap_or("-")
        )
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut json = json!({
            "asked_per_s": self.asked, "answered_per_s": self.answered, "measured": self.latency.total(),
            "p50_ms": ms(self.latency.quantile(0.5)), "p99_ms": ms(self.latency.quantile(0.99)),
            "p999_ms": ms(self.latency.quantile(0.999)), "longest_ms": ms(self.latency.longest()),
            "mean_ms": ms(self.latency.mean()),
            "generator_late_p99_ms": ms(self.lateness.quantile(0.99)),
            "generator_late_p999_ms": ms(self.lateness.quantile(0.999)),
            "allowed_p99_ms": ms(self.latency_allowed.quantile(0.99)),
            "refused_p50_ms": ms(self.latency_refused.quantile(0.5)),
            "refused_p99_ms": ms(self.latency_refused.quantile(0.99)),
            "verdicts": self.verdicts, "refused": self.refused, "overloaded": self.overloaded, "other": self.other,
            "broken": self.broken, "unexpected": self.unexpected, "backlog": self.backlog,
        });
        if let Some(unpaused) = &self.unpaused {
            json["unpaused"] = unpaused.to_json();
        }
        json
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asked = self
            .asked
            .map_or_else(|| "as many as the connections bear".to_owned(), |rate| format!("{rate:.0}/s asked"));
        writeln!(f, "{asked}, {:.0}/s answered, {} measured", self.answered, self.latency.total())?;
        writeln!(
            f,
            "p50 {:.3} ms   p99 {:.3} ms   p99.9 {:.3} ms   longest {:.3} ms",
            ms(self.latency.quantile(0.5)),
            ms(self.latency.quantile(0.99)),
            ms(self.latency.quantile(0.999)),
            ms(self.latency.longest())
        )?;
        for (what, times) in
            [("allowed", &self.latency_allowed), ("refused, which waits for the disk", &self.latency_refused)]
        {
            let (p50, p99) = (ms(times.quantile(0.5)), ms(times.quantile(0.99)));
            writeln!(f, "{what}: p50 {p50:.3} ms   p99 {p99:.3} ms   longest {:.3} ms", ms(times.longest()))?;
        }
        writeln!(
            f,
            "the generator itself was late by: p50 {:.3} ms   p99 {:.3} ms   p99.9 {:.3} ms",
            ms(self.lateness.quantile(0.5)),
            ms(self.lateness.quantile(0.99)),
            ms(self.lateness.quantile(0.999))
        )?;
        writeln!(
            f,
            "{} verdicts, of them {} refusals; {} answered 503, {} otherwise, {} broken, {} unexpected; {} never sent",
            self.verdicts, self.refused, self.overloaded, self.other, self.broken, self.unexpected, self.backlog
        )?;
        self.unpaused.as_ref().map_or(Ok(()), |unpaused| write!(f, "{unpaused}"))
    }
}

/// Milliseconds, as people and JSON are told.
pub(crate) fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
