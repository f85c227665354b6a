//! The brake and AbuseFilter's algorithm on invented traffic: what either would do to a wiki.
//!
//! Traffic is a Poisson process of people in good standing, who act with very different zeal, and of newcomers, who hardly
//! come twice; its rate may follow the hours of the day. An attack adds attempts that the rule matches. Who is blocked does
//! not act again. Everything follows from a seed.
//!
//! Begin reading at [`scenarios`], then [`run`].

mod chance;
mod scenario;
mod world;

pub use scenario::{Attack, Consequences, Expectation, Scenario, WikiSize, scenarios};
pub use world::{Algorithm, Outcome, run};

/// What many runs of one scenario came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Summary {
    /// Number of runs.
    pub runs: u32,
    /// Runs in which destructive consequences were withheld at some time.
    pub destructive: u32,
    /// Runs in which refusals were withheld at some time.
    pub obstructive: u32,
    /// Mean minutes from the moment the rule began to do harm, or the attack began, to the first; none if it never came.
    pub destructive_after_minutes: Option<f64>,
    /// The same to the second.
    pub obstructive_after_minutes: Option<f64>,
    /// Mean number of people who meant well and were blocked.
    pub blocked: f64,
    /// Mean number of their actions that were refused, those that got them blocked included.
    pub refused: f64,
    /// Mean number of an attacker's attempts that passed.
    pub passed: f64,
    /// Mean number of an attacker's addresses that were blocked.
    pub attackers_blocked: f64,
}

/// Runs a scenario `runs` times, with seeds that follow from `seed`.
pub fn summarise(scenario: &Scenario, algorithm: Algorithm, runs: u32, seed: u64) -> Summary {
    let outcomes: Vec<Outcome> =
        (0..runs).map(|number| run(scenario, algorithm, seed ^ u64::from(number) << 20)).collect();
    let mean = |of: &dyn Fn(&Outcome) -> f64| outcomes.iter().map(of).sum::<f64>() / f64::from(runs.max(1));
    let after = |of: &dyn Fn(&Outcome) -> Option<f64>| {
        let times: Vec<f64> = outcomes.iter().filter_map(of).collect();
        let count = u32::try_from(times.len()).unwrap_or(u32::MAX);
        (count, (count > 0).then(|| times.iter().sum::<f64>() / f64::from(count)))
    };
    let (destructive, destructive_after_minutes) = after(&|it| it.destructive_at);
    let (obstructive, obstructive_after_minutes) = after(&|it| it.obstructive_at);
    Summary {
        runs,
        destructive,
        obstructive,
        destructive_after_minutes,
        obstructive_after_minutes,
        blocked: mean(&|it| f64::from(it.blocked)),
        refused: mean(&|it| f64::from(it.refused)),
        passed: mean(&|it| f64::from(it.passed)),
        attackers_blocked: mean(&|it| f64::from(it.attackers_blocked)),
    }
}
