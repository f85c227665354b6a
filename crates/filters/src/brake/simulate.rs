//! The brake and AbuseFilter's algorithm on invented traffic: what either would do to a wiki.
//!
//! Traffic is a Poisson process of people in good standing, who act with very different zeal, and of newcomers, who hardly
//! come twice; its rate may follow the hours of the day, differ from what is usual, and come in bursts. An attack adds
//! attempts that the rule matches. Who is blocked does not act again. There may be several wikis with one filter, a person who
//! reactivates it after a latch, and a time in which nothing can be written. Everything follows from a seed.
//!
//! Begin reading at [`Scenario`] and [`scenarios`], then [`run`].

mod chance;
mod expectation;
mod false_trips;
mod guard;
mod place;
mod scenario;
#[cfg(test)]
mod tests;
mod together;
mod trace;
mod traffic;
mod watch;
mod worked;
mod world;

pub use expectation::{BAND, Cell, Expectation, Figure, Wanted, compare};
pub use false_trips::FalseTrips;
pub use guard::Algorithm;
pub use scenario::{Attack, Consequences, Farm, Outage, Reactivation, Reason, Rule, Scenario, Traffic, WikiSize};
pub use trace::{Counts, Latch, MOMENTS_MAX, Moment, Trace};
pub use watch::{Evidence, Recorded, Watch};
pub use worked::{Size, scenarios};
pub use world::{Outcome, Past, run, trace};

/// Actions a day above which all runs share one past: it is known so well that another one would say the same.
const SHARED_PAST_PER_DAY: f64 = 10_000.0;

/// Latches of one class in many runs.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Latches {
    /// Runs in which there was one.
    pub runs: u32,
    /// Mean minutes to it in those runs, from the moment the rule turned bad or the attack began.
    pub after_minutes: Option<f64>,
}

impl Latches {
    fn of(times: impl Iterator<Item = f64>) -> Self {
        let (runs, sum) = times.fold((0_u32, 0.0), |(runs, sum), time| (runs + 1, sum + time));
        Self { runs, after_minutes: (runs > 0).then(|| sum / f64::from(runs)) }
    }
}

/// What many runs of one scenario came to, on average.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Summary {
    /// Number of runs.
    pub runs: u32,
    /// Latches of destructive consequences.
    pub destructive: Latches,
    /// Latches of refusals.
    pub obstructive: Latches,
    /// Latches of nuisances.
    pub nuisance: Latches,
    /// People who meant well and were blocked, or lost something else.
    pub blocked: f64,
    /// Their actions that were refused, those above included.
    pub refused: f64,
    /// Their actions that went on after a warning.
    pub warned: f64,
    /// Attempts that passed.
    pub passed: f64,
    /// Accounts and addresses of the attack that were blocked, or lost something else.
    pub attackers_blocked: f64,
    /// Latches of destructive consequences on all wikis.
    pub farm_destructive: Latches,
    /// Latches of refusals on all wikis.
    pub farm_obstructive: Latches,
    /// Of several wikis, those that latched by themselves.
    pub wikis_latched: f64,
    /// Times that it latched again after a person had reactivated it.
    pub relatched: f64,
    /// Fewest effective matches from a reactivation to the next latch, in any run.
    pub matches_to_relatch: Option<u32>,
}

/// Runs a scenario `runs` times, with seeds that follow from `seed`.
pub fn summarise(scenario: &Scenario, algorithm: Algorithm, runs: u32, seed: u64) -> Summary {
    let shared = if algorithm == Algorithm::AbuseFilter {
        // It knows no past.
        Some(Past::unknown())
    } else {
        (scenario.wiki.per_day > SHARED_PAST_PER_DAY).then(|| Past::of(scenario, seed))
    };
    let outcome = |number: u32| {
        let seed = seed_of(seed, number);
        match &shared {
            Some(past) => run(scenario, algorithm, past, seed),
            None => run(scenario, algorithm, &Past::of(scenario, seed), seed),
        }
    };
    summary(&(0..runs).map(outcome).collect::<Vec<_>>())
}

/// The seed of a run.
pub fn seed_of(seed: u64, number: u32) -> u64 {
    seed ^ (u64::from(number) << 20)
}

fn summary(outcomes: &[Outcome]) -> Summary {
    let runs = u32::try_from(outcomes.len()).unwrap_or(u32::MAX);
    let over = |of: &dyn Fn(&Outcome) -> u32| {
        outcomes.iter().map(|outcome| f64::from(of(outcome))).sum::<f64>() / f64::from(runs.max(1))
    };
    let mean = |of: fn(&Counts) -> u32| over(&|outcome| of(&outcome.counts));
    Summary {
        runs,
        destructive: Latches::of(outcomes.iter().filter_map(|it| it.destructive_at)),
        obstructive: Latches::of(outcomes.iter().filter_map(|it| it.obstructive_at)),
        nuisance: Latches::of(outcomes.iter().filter_map(|it| it.nuisance_at)),
        blocked: mean(|it| it.blocked),
        refused: mean(|it| it.refused),
        warned: mean(|it| it.warned),
        passed: mean(|it| it.passed),
        attackers_blocked: mean(|it| it.attackers_blocked),
        farm_destructive: Latches::of(outcomes.iter().filter_map(|it| it.farm_destructive_at)),
        farm_obstructive: Latches::of(outcomes.iter().filter_map(|it| it.farm_obstructive_at)),
        wikis_latched: over(&|it| it.wikis_latched),
        relatched: over(&|it| it.relatched),
        matches_to_relatch: outcomes.iter().filter_map(|it| it.matches_to_relatch).min(),
    }
}
