//! Stops of the machine while a run goes on: a processor of a virtual machine may be taken away from outside for
//! milliseconds, and then every request that was under way shows it, whoever answers.
//!
//! One watcher a processor, a process of its own at real-time priority, sleeps until a point in time, again and again. It
//! is before everything else in the queue of its processor, so when it is woken late nobody here had the processor: the
//! load and the service cannot delay it, but for stretches within the system itself that are far shorter than
//! [`LATE`]. Without that priority a watcher would take the service's own work for a pause; then there is none.

mod look;
pub(crate) mod touched;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use touched::Stretch;

pub(crate) use look::look;

/// Between two looks. In a virtual machine a look takes 10 to 25 µs, most of it for changing to the watcher and back: this often
/// that is less than 2 % of a processor, six times as often it would be 5 to 8 %. A pause of 2 ms ([`EVERY`] and [`LATE`]) or
/// more is always seen, a shorter one only if a look was due early in it; what is not seen stays in the figures.
const EVERY: Duration = Duration::from_micros(1_500);

/// Woken later than this, a watcher notes a pause: long for a system, whose own affairs take tens of microseconds.
const LATE: Duration = Duration::from_micros(500);

/// The priority of a watcher: any that is real-time is before all that is not.
const PRIORITY: &str = "50";

/// Watchers that look, one a processor.
pub(crate) struct Watch {
    watchers: Vec<(String, Child)>,
}

/// What they saw.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// Pauses of any of the processors, oldest first, in nanoseconds of the clock that is shared by all processes.
    pub(crate) pauses: Vec<Stretch>,
    /// The busiest watcher's own share of its processor.
    pub(crate) own_percent: f64,
}

/// Nanoseconds of the shared clock at a moment of this program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Anchor {
    at: Instant,
    nanos: u64,
}

impl Anchor {
    /// Reads both clocks; they are one, so that the difference stays what it is.
    pub(crate) fn now() -> Self {
        // The closest of a few, should this thread be interrupted in between.
        let read = || {
            let before = Instant::now();
            let nanos = look::now();
            (before.elapsed(), Self { at: before, nanos })
        };
        (0..9).map(|_| read()).min_by_key(|(between, _)| *between).map_or_else(|| read().1, |(_, anchor)| anchor)
    }

    /// The moment on the shared clock.
    pub(crate) fn nanos(&self, moment: Instant) -> u64 {
        let nanos = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        match moment.checked_duration_since(self.at) {
            Some(after) => self.nanos.saturating_add(nanos(after)),
            None => self.nanos.saturating_sub(nanos(self.at.duration_since(moment))),
        }
    }
}

impl Watch {
    /// Starts a watcher on each of the processors.
    ///
    /// # Errors
    /// If one cannot have real-time priority or its processor: then what it sees would be no pauses of the machine.
    pub(crate) fn start(cores: &[String]) -> Result<Self> {
        let own = std::env::current_exe()?;
        let mut watchers = Vec::new();
        for core in cores {
            let at = ["--fifo", PRIORITY, "taskset", "--cpu-list", core];
            let is_allowed = Command::new("chrt").args(at).arg("true").stderr(Stdio::piped()).output();
            let is_allowed = is_allowed.context("chrt cannot be run (Debian: util-linux)")?;
            let said = String::from_utf8_lossy(&is_allowed.stderr);
            ensure!(is_allowed.status.success(), "no real-time priority on processor {core}: {}", said.trim());
            let mut command = Command::new("chrt");
            command.args(at).arg(&own).arg("--look").stdin(Stdio::piped()).stdout(Stdio::piped());
            let child = command.spawn().with_context(|| format!("cannot run {command:?}"))?;
            watchers.push((core.clone(), child));
        }
        Ok(Self { watchers })
    }

    /// Ends them, and gathers what they saw.
    pub(crate) fn end(self) -> Result<Seen> {
        let mut seen = Seen::default();
        for (core, mut child) in self.watchers {
            // A watcher looks until its input ends.
            drop(child.stdin.take());
            let mut said = String::new();
            child.stdout.take().context("a watcher has an output")?.read_to_string(&mut said)?;
            let status = child.wait()?;
            ensure!(status.success(), "the watcher of processor {core} ended with {status}");
            let said: Value = serde_json::from_str(&said).context("a watcher prints JSON")?;
            let pauses = said["pauses"].as_array().context("a watcher tells pauses")?;
            for pause in pauses {
                let at = |end: usize| pause.get(end).and_then(Value::as_u64).context("a pause has two ends");
                seen.pauses.push(Stretch { from: at(0)?, to: at(1)? });
            }
            seen.own_percent = seen.own_percent.max(said["own_percent"].as_f64().unwrap_or(f64::NAN));
        }
        seen.pauses = touched::joined(seen.pauses);
        Ok(seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_the_same_on_the_shared_clock() {
        let before = look::now();
        let moment = Instant::now();
        let after = look::now();
        let told = Anchor::now().nanos(moment);
        // Reading the clocks takes a while, more so on a busy machine: told to a tenth of a millisecond, or to what it took.
        let slack = 100_000 + (after - before);
        assert!((before.saturating_sub(slack)..=after + slack).contains(&told), "{before} {told} {after}");
    }
}
