//! Working space of one thread.

use super::linear::Caches;
use super::pcre::Machine;

/// Working space for matching: one per thread, used for one match after the other, for all patterns.
///
/// Bounded: stacks and heaps have limits, and of the lazily built automata only those used last keep their states
/// (32 of 256 KiB).
pub struct Scratch {
    pub(super) machine: Machine,
    pub(super) caches: Caches,
    pub(super) lowered: Vec<u8>,
    pub(super) spelled: Vec<u8>,
}

impl Scratch {
    /// Empty working space; it grows when it is used.
    pub fn new() -> Self {
        Self { machine: Machine::new(), caches: Caches::default(), lowered: Vec::new(), spelled: Vec::new() }
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}
