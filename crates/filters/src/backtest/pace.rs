//! Giving way: how long a job rests after each piece of work.

use std::time::Duration;

/// A job that works while actions are judged rests so many times as long as it worked: it then takes a quarter of a core.
const REST: u32 = 3;

/// Longest rest: what a job may be late in being cancelled.
const REST_MAX: Duration = Duration::from_secs(2);

/// How long to rest after `worked`, with `jobs` at work, whether or not actions are judged meanwhile.
pub(super) fn rest(worked: Duration, jobs: usize, is_judging: bool) -> Duration {
    if !is_judging {
        return Duration::ZERO;
    }
    // All jobs together take a quarter: each of n works 1/(4n) of the time.
    let jobs = u32::try_from(jobs.max(1)).unwrap_or(u32::MAX);
    let shares = jobs.saturating_mul(REST + 1).saturating_sub(1);
    worked.saturating_mul(shares).min(REST_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_jobs_together_take_a_quarter_while_actions_are_judged() {
        let worked = Duration::from_millis(10);
        assert_eq!(rest(worked, 1, false), Duration::ZERO);
        assert_eq!(rest(worked, 1, true), Duration::from_millis(30));
        for jobs in 1_u32..=8 {
            let each = worked + rest(worked, jobs as usize, true);
            assert_eq!(each, worked * 4 * jobs, "{jobs} jobs");
        }
        assert_eq!(rest(Duration::from_mins(1), 8, true), REST_MAX);
    }
}
