//! How often a filter that hits people at a tolerated rate is braked all the same.

use super::chance::Chance;
use super::scenario::{Traffic, WikiSize};
use super::traffic::{Crowd, Flow};
use super::world::time;
use crate::brake::Surroundings;
use crate::brake::harm::{Harm, Level, Released};
use crate::brake::limits::Limits;
use crate::model::Class;

/// A filter that has long been there and hits people in good standing by chance.
#[derive(Debug, Clone, PartialEq)]
pub struct FalseTrips {
    /// Where.
    pub wiki: WikiSize,
    /// What its traffic looks like.
    pub traffic: Traffic,
    /// What the filter does.
    pub class: Class,
    /// Share of their observations that it hits.
    pub rate: f64,
    /// Days that are looked at.
    pub days: f64,
    /// The numbers of the brake.
    pub limits: Limits,
}

impl FalseTrips {
    /// Latches by path A in one run. After each, a person releases it and the filter goes on.
    pub fn run(&self, seed: u64) -> u32 {
        let Some(limits) = self.limits.harm(self.class) else { return 0 };
        let mut chance = Chance::new(seed);
        let crowd = Crowd::of(&self.wiki);
        let mut around = Surroundings::default();
        let mut flow = Flow::new(self.wiki.per_day, self.traffic, -self.wiki.days * 86_400.0);
        let mut harm: Option<Harm> = None;
        let mut trips = 0;
        loop {
            let (now, someone) = flow.next(&crowd, &mut chance);
            if now >= self.days * 86_400.0 {
                return trips;
            }
            let at = time(now);
            let is_observation = around.observe(&someone.actor, at);
            if now < 0.0 || !is_observation || chance.share() >= self.rate {
                continue;
            }
            let Some((person, range)) = someone.actor.good else { continue };
            let known = around.around(at);
            // Nothing speaks against a filter that has long been there.
            let harm = harm.get_or_insert_with(|| Harm::none(known.observations - 1));
            if harm.hit(person, range, at, &known, limits) == Level::Trip {
                trips += 1;
                harm.release(at, &known, limits, Released::Otherwise);
            }
        }
    }

    /// The mean of many runs.
    pub fn mean(&self, runs: u32, seed: u64) -> f64 {
        let sum: u32 = (0..runs).map(|number| self.run(seed ^ (u64::from(number) << 20))).sum();
        f64::from(sum) / f64::from(runs.max(1))
    }
}
