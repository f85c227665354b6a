//! Who acts when: ordinary traffic and attacks.

use super::chance::Chance;
use super::scenario::{Attack, Scenario, Traffic, WikiSize};
use crate::brake::Mark;
use crate::brake::hour::Actor;

/// Most actions of bursts that wait for their time; beyond, a burst is cut short.
const WAITING_MAX: usize = 10_000;

/// Somebody who does something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Someone {
    pub(super) actor: Actor,
    /// The account or address that would be blocked.
    pub(super) target: Mark,
    pub(super) is_attacker: bool,
}

/// The people of a wiki.
#[derive(Debug, Clone)]
pub(super) struct Crowd {
    /// Shares of the actions that are of the first, the first two, … people in good standing.
    zeal: Vec<f64>,
    good_share: f64,
}

impl Crowd {
    pub(super) fn of(wiki: &WikiSize) -> Self {
        let weights: Vec<f64> = (1..=wiki.people).map(|rank| f64::from(rank).powf(-wiki.zeal)).collect();
        let all: f64 = weights.iter().sum();
        let mut sum = 0.0;
        let zeal = weights.into_iter().map(|weight| {
            sum += weight / all;
            sum
        });
        Self { zeal: zeal.collect(), good_share: wiki.good_share }
    }

    /// One of them, or a newcomer.
    pub(super) fn somebody(&self, chance: &mut Chance) -> Someone {
        if !self.zeal.is_empty() && chance.share() < self.good_share {
            let wanted = chance.share();
            let place = self.zeal.partition_point(|share| *share < wanted).min(self.zeal.len() - 1);
            let place = u32::try_from(place).unwrap_or(0);
            let mark = Mark(place);
            return Someone {
                actor: Actor { origin: mark, good: Some((mark, Mark(0x1000_0000 + place))) },
                target: mark,
                is_attacker: false,
            };
        }
        let newcomer = chance.below(0x1000_0000);
        Someone {
            actor: Actor { origin: Mark(0x2000_0000 + newcomer % 40_000), good: None },
            target: Mark(0x6000_0000 + newcomer),
            is_attacker: false,
        }
    }
}

/// Ordinary actions, one after another: a Poisson process of bursts.
#[derive(Debug, Clone)]
pub(super) struct Flow {
    per_day: f64,
    traffic: Traffic,
    begins_at: f64,
    /// Actions of bursts that have begun.
    waiting: Vec<(f64, Someone)>,
}

impl Flow {
    /// Traffic from `now` (seconds from the save) on.
    pub(super) fn new(per_day: f64, traffic: Traffic, now: f64) -> Self {
        Self { per_day, traffic, begins_at: now, waiting: Vec::new() }
    }

    /// The next action; endlessly far away if there are none.
    pub(super) fn next(&mut self, crowd: &Crowd, chance: &mut Chance) -> (f64, Someone) {
        let first = |waiting: &[(f64, Someone)]| waiting.iter().map(|(at, _)| *at).fold(f64::INFINITY, f64::min);
        let next = self.begins_at + chance.wait(self.rate(self.begins_at));
        let waits_until = first(&self.waiting);
        if waits_until < next {
            // The process has no memory: what would have come after it can be drawn anew from there.
            self.begins_at = waits_until;
            let place = self.waiting.iter().position(|(at, _)| *at <= waits_until).unwrap_or(0);
            return self.waiting.swap_remove(place);
        }
        self.begins_at = next;
        let someone = crowd.somebody(chance);
        let mut at = next;
        while self.waiting.len() < WAITING_MAX && chance.share() < 1.0 - 1.0 / self.traffic.burst.max(1.0) {
            at += chance.wait(1.0 / self.traffic.burst_gap_s);
            self.waiting.push((at, someone));
        }
        (next, someone)
    }

    /// Bursts a second at a time. Chosen anew with each one: the rate changes slowly against the time between two.
    fn rate(&self, now: f64) -> f64 {
        let hour = (now / 86_400.0) * std::f64::consts::TAU;
        self.per_day / 86_400.0 * self.traffic.share / self.traffic.burst.max(1.0)
            * (1.0 + self.traffic.rhythm * hour.sin())
    }
}

/// The attack's attempts, the last first, in seconds from the save.
pub(super) fn attempts(scenario: &Scenario, chance: &mut Chance) -> Vec<(f64, Someone)> {
    let Some(attack) = scenario.attack else { return Vec::new() };
    let begins = scenario.begins_hours * 3_600.0;
    let mut all: Vec<(f64, Someone)> = (0..attack.attempts)
        .map(|number| {
            let (at, address) = if scenario.rule.is_effective {
                (begins + chance.share() * attack.minutes * 60.0, chance.below(attack.addresses))
            } else {
                // One after another.
                let share = f64::from(number) / f64::from(attack.attempts);
                let address = u64::from(number) * u64::from(attack.addresses) / u64::from(attack.attempts);
                (begins + share * attack.minutes * 60.0, u32::try_from(address).unwrap_or(0))
            };
            (at, attacker(attack, address))
        })
        .collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    all
}

fn attacker(attack: Attack, address: u32) -> Someone {
    let range = Mark(0x4000_0000 + address % attack.ranges.max(1));
    let target = Mark(0x5000_0000 + address);
    let actor = if address < attack.standing {
        Actor { origin: target, good: Some((target, range)) }
    } else {
        Actor { origin: range, good: None }
    };
    Someone { actor, target, is_attacker: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brake::simulate::Size;

    /// Times and people of so many days of traffic.
    fn days(traffic: Traffic, days: f64) -> Vec<(f64, Someone)> {
        let wiki = Size::Small.wiki();
        let (crowd, mut chance) = (Crowd::of(&wiki), Chance::new(7));
        let mut flow = Flow::new(wiki.per_day, traffic, 0.0);
        std::iter::from_fn(|| Some(flow.next(&crowd, &mut chance)))
            .take_while(|(at, _)| *at < days * 86_400.0)
            .collect()
    }

    #[test]
    fn as_many_actions_come_in_bursts_as_without() {
        for burst in [1.0, 4.0] {
            let actions = days(Traffic { burst, ..Traffic::EVEN }, 30.0);
            assert!((8_400..=9_600).contains(&actions.len()), "{} at {burst}", actions.len());
            assert!(actions.is_sorted_by(|a, b| a.0 <= b.0), "in the order of time");
        }
    }

    #[test]
    fn in_bursts_people_act_again_soon() {
        let again = |burst: f64| {
            let actions = days(Traffic { burst, ..Traffic::EVEN }, 10.0);
            actions.windows(2).filter(|pair| pair[0].1.target == pair[1].1.target).count() * 100 / actions.len()
        };
        assert!(again(1.0) < 15, "{} %", again(1.0));
        assert!(again(4.0) > 40, "{} %", again(4.0));
    }

    #[test]
    fn the_rhythm_follows_the_hours_of_the_day() {
        let actions = days(Traffic { rhythm: 0.8, ..Traffic::EVEN }, 30.0);
        let in_first_half = actions.iter().filter(|(at, _)| at.rem_euclid(86_400.0) < 43_200.0).count();
        let share = in_first_half * 100 / actions.len();
        // 1/2 + 0.8/π
        assert!((72..=79).contains(&share), "{share} %");
    }
}
