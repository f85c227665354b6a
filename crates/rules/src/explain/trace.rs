//! What is recorded while the rule runs.

use crate::evaluate::Trace;
use crate::syntax::tree::NodeId;
use crate::value::Value;

/// What was seen of one node.
#[derive(Clone, Default)]
pub(super) struct Seen {
    pub(super) value: Option<Value>,
    /// How many instructions of the node have run.
    pub(super) times: u32,
    pub(super) conditions: u32,
    pub(super) time_ns: u64,
}

/// Records values, and gives conditions and time to the node whose instruction used them.
pub(super) struct Recorder<'c> {
    pub(super) seen: Vec<Seen>,
    clock: Option<&'c dyn Fn() -> u64>,
    conditions: u32,
    began: u64,
    last: u64,
}

impl<'c> Recorder<'c> {
    pub(super) fn new(nodes: usize, clock: Option<&'c dyn Fn() -> u64>) -> Self {
        let now = clock.map_or(0, |clock| clock());
        Self { seen: vec![Seen::default(); nodes], clock, conditions: 0, began: now, last: now }
    }

    /// Nanoseconds since the beginning.
    pub(super) fn elapsed(&self) -> Option<u64> {
        self.clock.map(|clock| clock().saturating_sub(self.began))
    }

    pub(super) fn is_timed(&self) -> bool {
        self.clock.is_some()
    }
}

impl Trace for Recorder<'_> {
    const RECORDS: bool = true;

    fn value(&mut self, node: NodeId, value: &Value, conditions: u32) {
        let now = self.clock.map_or(0, |clock| clock());
        if let Some(seen) = self.seen.get_mut(node.index()) {
            seen.value = Some(value.clone());
            seen.times += 1;
            seen.conditions += conditions.saturating_sub(self.conditions);
            seen.time_ns += now.saturating_sub(self.last);
        }
        self.conditions = conditions;
        self.last = now;
    }
}
