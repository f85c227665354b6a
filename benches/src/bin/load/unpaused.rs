//! The figures of the requests that no pause of the machine touched, beside those of all.

use crate::figures::ms;
use crate::watch::touched::{Stretch, Touched};
use crate::watch::{Anchor, Seen};
use serde_json::{Value, json};
use std::fmt;
use std::time::{Duration, Instant};
use wikiward_testkit::histogram::Histogram;

/// A request of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) due: Instant,
    pub(crate) answered: Instant,
    /// Whether it is one of those that are measured.
    pub(crate) counts: bool,
    pub(crate) is_refused: bool,
}

/// What is told beside the figures of all requests.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unpaused {
    /// Times of the requests that no pause touched.
    latency: Histogram,
    latency_refused: Histogram,
    /// Requests that are measured.
    of: u64,
    /// Pauses within the measured time.
    pauses: u64,
    paused: Duration,
    longest: Duration,
    measured: Duration,
    own_percent: f64,
}

impl Unpaused {
    /// `requests` are all of the run, `measured` is the time that counts.
    pub(crate) fn of(seen: &Seen, requests: &[Asked], measured: [Instant; 2]) -> Self {
        let anchor = Anchor::now();
        let of_request =
            |request: &Asked| Stretch { from: anchor.nanos(request.due), to: anchor.nanos(request.answered) };
        let times: Vec<Stretch> = requests.iter().map(of_request).collect();
        let touched = Touched::by(&seen.pauses, &times);
        let [from, to] = measured.map(|end| anchor.nanos(end));
        let mut told = Self {
            measured: Duration::from_nanos(to.saturating_sub(from)),
            own_percent: seen.own_percent,
            ..Self::default()
        };
        for pause in &seen.pauses {
            let took = Duration::from_nanos(pause.to.min(to).saturating_sub(pause.from.max(from)));
            if !took.is_zero() {
                told.pauses += 1;
                told.paused += took;
                told.longest = told.longest.max(took);
            }
        }
        for (request, time) in requests.iter().zip(times).filter(|(request, _)| request.counts) {
            told.of += 1;
            if !touched.holds(time) {
                let took = request.answered.saturating_duration_since(request.due);
                told.latency.record(took);
                if request.is_refused {
                    told.latency_refused.record(took);
                }
            }
        }
        told
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn left_out_percent(&self) -> f64 {
        (self.of - self.latency.total()) as f64 * 100.0 / self.of.max(1) as f64
    }

    fn paused_percent(&self) -> f64 {
        self.paused.as_secs_f64() * 100.0 / self.measured.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "measured": self.latency.total(), "left_out_percent": self.left_out_percent(),
            "p50_ms": ms(self.latency.quantile(0.5)), "p99_ms": ms(self.latency.quantile(0.99)),
            "p999_ms": ms(self.latency.quantile(0.999)), "longest_ms": ms(self.latency.longest()),
            "refused_p99_ms": ms(self.latency_refused.quantile(0.99)),
            "pauses": self.pauses, "paused_percent": self.paused_percent(), "longest_pause_ms": ms(self.longest),
            "watcher_percent": self.own_percent,
        })
    }
}

impl fmt::Display for Unpaused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "the machine stood still {} times, {:.2} % of the time, {:.1} ms at the longest (looking took {:.1} % of a processor)",
            self.pauses,
            self.paused_percent(),
            ms(self.longest),
            self.own_percent
        )?;
        writeln!(
            f,
            "without the {:.2} % of the requests that this touched: p50 {:.3} ms   p99 {:.3} ms   p99.9 {:.3} ms   longest {:.3} ms",
            self.left_out_percent(),
            ms(self.latency.quantile(0.5)),
            ms(self.latency.quantile(0.99)),
            ms(self.latency.quantile(0.999)),
            ms(self.latency.longest())
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pause_touched_is_left_out_and_counted() {
        let begin = Instant::now();
        let anchor = Anchor::now();
        let at = |millis: u64| begin + Duration::from_millis(millis);
        let asked = |due: u64, answered: u64, is_refused: bool| Asked {
            due: at(due),
            answered: at(answered),
            counts: due >= 100,
            is_refused,
        };
        let pause = |from: u64, to: u64| Stretch { from: anchor.nanos(at(from)), to: anchor.nanos(at(to)) };
        // Before the measured time; within a pause; twice outside of it, once slow by itself.
        let requests = [
            asked(10, 60, false),
            asked(205, 212, true),
            asked(300, 301, false),
            asked(400, 450, true),
            asked(500, 501, false),
        ];
        let seen = Seen { pauses: vec![pause(20, 50), pause(200, 210)], own_percent: 1.0 };
        let told = Unpaused::of(&seen, &requests, [at(100), at(1_100)]).to_json();
        assert_eq!((&told["measured"], &told["pauses"]), (&json!(3), &json!(1)));
        let close = |name: &str, to: f64| assert!((told[name].as_f64().unwrap() - to).abs() < 0.1, "{name}: {told}");
        close("left_out_percent", 25.0);
        close("paused_percent", 1.0);
        close("longest_pause_ms", 10.0);
        close("longest_ms", 50.0);
        close("refused_p99_ms", 50.0);
    }
}
