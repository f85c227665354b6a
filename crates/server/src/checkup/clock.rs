//! The clock: everything is kept by it.

use super::database::Known;
use jiff::SignedDuration;
use wikiward_farm::Timestamp;
use wikiward_farm::checkup::{Finding, Standing, Told};

/// No release of this program is older; a clock before it is not set.
const EARLIEST: &str = "2026-01-01T00:00:00Z";

/// Apart by more than this, and clocks disagree: signed statements of wikis live for a minute.
const APART_SECONDS_MAX: i64 = 10;

/// Looks at the clock.
pub fn look(known: &Known, now: Timestamp, lines: &mut Vec<Finding>) {
    lines.push(sanity(now, known.newest, known.time_there));
}

fn sanity(now: Timestamp, newest: Option<Timestamp>, time_there: Option<Timestamp>) -> Finding {
    let seconds = |apart: SignedDuration| apart.as_secs();
    let shown = format!("{now:.0}");
    if EARLIEST.parse::<Timestamp>().is_ok_and(|earliest| now < earliest) {
        return Finding::of(Standing::Problem, Told::ClockPast, &[&shown]);
    }
    if let Some(newest) = newest
        && seconds(newest.duration_since(now)) > APART_SECONDS_MAX
    {
        return Finding::of(Standing::Problem, Told::ClockBehind, &[&shown, &format_args!("{newest:.0}")]);
    }
    if let Some(there) = time_there
        && seconds(there.duration_since(now).abs()) > APART_SECONDS_MAX
    {
        let apart = seconds(there.duration_since(now).abs());
        return Finding::of(Standing::Warning, Told::ClockApart, &[&shown, &apart]);
    }
    Finding::of(Standing::Ok, Told::ClockGood, &[&shown])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_runs_before_what_was_kept_is_a_problem() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-21T14:00:00Z");
        let check = |newest, there, status| assert_eq!(sanity(now, newest, there).status, status);
        check(None, None, Standing::Ok);
        check(Some(at("2026-11-21T13:59:00Z")), Some(at("2026-11-21T14:00:10Z")), Standing::Ok);
        check(Some(at("2026-11-21T14:00:10Z")), None, Standing::Ok);
        check(Some(at("2026-11-21T14:00:11Z")), None, Standing::Problem);
        check(None, Some(at("2026-11-21T13:59:49Z")), Standing::Warning);
        assert_eq!(sanity(at("1970-01-02T00:00:00Z"), None, None).status, Standing::Problem);
    }
}
