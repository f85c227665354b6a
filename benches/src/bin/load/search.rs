//! The highest rate that the service keeps up with.

use crate::figures::Figures;
use crate::run::{Course, Plan, run};
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use std::time::Duration;

/// From one step up to the next.
const UP: f64 = 1.12;

/// Steps at most, both ways.
const STEPS_MAX: usize = 16;

/// Of the requests that are due, so many are answered in time by a service that keeps up.
const KEPT_UP_SHARE: f64 = 0.985;

/// One step of the search.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) asked: f64,
    pub(crate) answered: f64,
    pub(crate) is_kept_up: bool,
    p99_ms: f64,
}

/// What was found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// Requests per second.
    pub(crate) rate: f64,
    pub(crate) steps: Vec<Step>,
}

impl Found {
    pub(crate) fn to_json(&self) -> Value {
        let steps = self.steps.iter().map(|step| {
            json!({
                "asked_per_s": step.asked, "answered_per_s": step.answered, "p99_ms": step.p99_ms,
                "is_kept_up": step.is_kept_up,
            })
        });
        json!({"per_s": self.rate, "steps": steps.collect::<Vec<_>>()})
    }
}

/// Raises the rate until the answers fall behind, then halves the gap twice.
pub(crate) async fn saturation(plan: &Plan, step: Duration) -> Result<Found> {
    let plan = Plan {
        address: plan.address.clone(),
        templates: plan.templates.clone(),
        connections: plan.connections,
        warm_up: step / 4,
        measured: step,
        seed: plan.seed,
        watched: Vec::new(),
    };
    let closed = run(&plan, Course::Closed).await?;
    ensure!(closed.is_sound(), "{}", closed.complaint());
    let mut search = Search { plan, steps: Vec::new() };
    let mut rate = (closed.answered * 0.75).max(1.0);
    // Down to a rate that is kept up with, if need be.
    while !search.keeps_up(rate).await? {
        ensure!(search.steps.len() < STEPS_MAX && rate > 1.0, "the service does not keep up with {rate:.0} requests/s");
        rate /= UP * UP;
    }
    let mut kept = rate;
    let mut failed = None;
    while failed.is_none() && search.steps.len() < STEPS_MAX {
        let next = kept * UP;
        let known = search.steps.iter().find(|step| (step.asked / next - 1.0).abs() < 0.01);
        let is_kept_up = match known {
            Some(step) => step.is_kept_up,
            None => search.keeps_up(next).await?,
        };
        if is_kept_up { kept = next } else { failed = Some(next) }
    }
    if let Some(mut failed) = failed {
        for _ in 0..2 {
            let middle = f64::midpoint(kept, failed);
            if search.keeps_up(middle).await? { kept = middle } else { failed = middle }
        }
    }
    Ok(Found { rate: kept, steps: search.steps })
}

struct Search {
    plan: Plan,
    steps: Vec<Step>,
}

impl Search {
    async fn keeps_up(&mut self, rate: f64) -> Result<bool> {
        let figures = run(&self.plan, Course::Constant(rate)).await?;
        ensure!(figures.is_sound(), "{}", figures.complaint());
        let is_kept_up = is_kept_up(&figures, rate);
        let p99_ms = figures.latency.quantile(0.99).as_secs_f64() * 1e3;
        self.steps.push(Step { asked: rate, answered: figures.answered, is_kept_up, p99_ms });
        Ok(is_kept_up)
    }
}

/// Everything that was due is answered, but for what is due in the last tenth of a second.
fn is_kept_up(figures: &Figures, rate: f64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "a backlog is far below 2^52")]
    let backlog = figures.backlog as f64;
    figures.answered >= rate * KEPT_UP_SHARE && backlog <= (rate * 0.1).max(2.0) && figures.overloaded == 0
}
