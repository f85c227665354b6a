//! The brake over actions that are past: the same decisions from the same values, in a memory of its own.
//!
//! What an action looked like to the brake (who, from where, in good standing or not) is taken as it was noted then.
//! Everything else begins empty, as it does for a rule that is saved on a new installation.

use super::memory::{Memory, What};
use crate::brake::evidence::Evidence;
use crate::brake::hour::Actor;
use crate::brake::{Mark, Path};
use crate::consequences::{Acting, Brake, EffectiveHit, Latched, Met, Observed};
use crate::model::Class;
use std::sync::{Mutex, MutexGuard, PoisonError};
use wikiward_farm::{Timestamp, WikiId};

/// A latch that would have come.
#[derive(Debug, Clone, PartialEq)]
pub struct Foreseen {
    /// When.
    pub at: Timestamp,
    /// On which wiki.
    pub wiki: WikiId,
    /// Which class.
    pub class: Class,
    /// On which path.
    pub path: Path,
    /// The numbers.
    pub evidence: Evidence,
}

/// A brake for one replay.
#[derive(Debug, Default)]
pub struct Replay {
    memory: Mutex<Memory>,
}

impl Replay {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an action as it was noted. To be called in the order of time, once for each action.
    pub fn see(&self, acting: &Acting<'_>, noted: &Observed) -> Observed {
        let mut memory = self.memory();
        let wiki = memory.wikis.entry(acting.wiki.clone()).or_default();
        let kind = wiki.kind(acting.group, acting.kind);
        let good: Option<(Mark, Mark)> = noted.is_good.then_some((noted.person, noted.range));
        let is_observation = kind.around.observe(&Actor { origin: noted.origin, good }, acting.now);
        Observed { is_observation, ..*noted }
    }

    /// The first latch since this was asked last, if there was one; everything else that happened is forgotten.
    pub fn latched_meanwhile(&self) -> Option<Foreseen> {
        let mut memory = self.memory();
        // There is no other node that would have to hear of it.
        drop(memory.batch.take());
        let happened: Vec<_> = memory.outbox.drain(..).collect();
        happened.into_iter().find_map(|happened| match happened.what {
            What::Trip { class, path, evidence, .. } => {
                Some(Foreseen { at: happened.at, wiki: happened.wiki, class, path, evidence })
            }
            _ => None,
        })
    }
}

impl Brake for Replay {
    fn observe(&self, _: &Acting<'_>) -> Option<Observed> {
        None
    }

    fn latched(&self, hit: &EffectiveHit<'_>) -> Latched {
        let Some(observed) = &hit.case.observed else { return Latched::default() };
        // Nobody is discredited in a replay, so nobody has to be known from an earlier week.
        self.memory().hit(hit, observed, None, String::new)
    }

    fn over(&self, acting: &Acting<'_>, observed: &Observed, matched: &[Met<'_>], is_stopped: bool) {
        self.memory().over(acting, observed, matched, is_stopped, Default::default);
    }
}
