//! What a watcher does: it sleeps until a point in time, and notes when it was woken late.

use super::{EVERY, LATE};
use anyhow::Result;
use serde_json::json;
use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Most pauses that are kept: an hour of nothing but pauses.
const PAUSES_MAX: usize = 1_000_000;

/// Nanoseconds of the clock that all processes of a machine share.
#[cfg(target_os = "linux")]
pub(crate) fn now() -> u64 {
    nanos(rustix::time::clock_gettime(rustix::time::ClockId::Monotonic))
}

#[cfg(target_os = "linux")]
fn nanos(time: rustix::time::Timespec) -> u64 {
    let part = |number: i64| u64::try_from(number).unwrap_or(0);
    part(time.tv_sec) * 1_000_000_000 + part(time.tv_nsec)
}

/// Looks until the input ends, then says as JSON what was seen: pauses as pairs of nanoseconds, and this program's own
/// share of its processor.
#[cfg(target_os = "linux")]
pub(crate) fn look() -> Result<()> {
    use rustix::thread::clock_nanosleep_absolute;
    use rustix::time::{ClockId, Timespec, clock_gettime};

    let is_over = Arc::new(AtomicBool::new(false));
    std::thread::spawn({
        let is_over = is_over.clone();
        move || {
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            is_over.store(true, Ordering::Relaxed);
        }
    });
    let [every, late] = [EVERY, LATE].map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    // Of this thread, from here on: what starting a program takes is no part of looking.
    let own = || nanos(clock_gettime(ClockId::ThreadCPUTime));
    let (begun, own_begun) = (now(), own());
    let mut pauses = Vec::new();
    let mut due = begun + every;
    while !is_over.load(Ordering::Relaxed) {
        let until =
            Timespec { tv_sec: i64::try_from(due / 1_000_000_000)?, tv_nsec: i64::try_from(due % 1_000_000_000)? };
        if clock_nanosleep_absolute(ClockId::Monotonic, &until).is_err() {
            // A signal: the time has not come.
            continue;
        }
        let woken = now();
        if woken.saturating_sub(due) > late && pauses.len() < PAUSES_MAX {
            pauses.push([due, woken]);
        }
        due = (due + every).max(woken + every / 2);
    }
    #[expect(clippy::cast_precision_loss, reason = "nanoseconds of a run are far below 2^52")]
    let own_percent = (own() - own_begun) as f64 * 100.0 / (now() - begun).max(1) as f64;
    println!("{}", json!({"pauses": pauses, "own_percent": own_percent}));
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn now() -> u64 {
    0
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn look() -> Result<()> {
    anyhow::bail!("pauses are watched on Linux only")
}
