//! From what was recorded to what became of every part.

use super::trace::{Recorder, Seen};
use super::{Outcome, Why};
use crate::syntax::tree::{LogicOp, NodeId, NodeKind, Tree};
use crate::value::Value;

/// What became of every node.
pub(super) struct Outcomes {
    seen: Vec<Seen>,
    speculative: Vec<Option<Value>>,
    why: Vec<Why>,
    is_timed: bool,
}

impl Outcomes {
    /// `stopped` is why nodes have no value that nothing else explains.
    pub(super) fn new(
        tree: &Tree,
        recorder: Recorder<'_>,
        speculative: Option<Vec<Option<Value>>>,
        stopped: Why,
    ) -> Self {
        let is_timed = recorder.is_timed();
        let mut outcomes = Self {
            seen: recorder.seen,
            speculative: speculative.unwrap_or_default(),
            why: vec![stopped; tree.len()],
            is_timed,
        };
        outcomes.complete(tree);
        outcomes.find_reasons(tree);
        outcomes
    }

    /// The value, if the node was evaluated.
    pub(super) fn value(&self, id: NodeId) -> Option<&Value> {
        self.seen.get(id.index())?.value.as_ref()
    }

    /// The value, also of a node that was evaluated only for the explanation.
    pub(super) fn any_value(&self, id: NodeId) -> Option<&Value> {
        self.value(id).or_else(|| self.speculative.get(id.index())?.as_ref())
    }

    pub(super) fn outcome(&self, id: NodeId) -> Outcome {
        match (self.value(id), self.any_value(id)) {
            (Some(value), _) => Outcome::Value(value.clone()),
            (None, Some(value)) => Outcome::Speculative(value.clone()),
            (None, None) => Outcome::Skipped(self.why.get(id.index()).copied().unwrap_or(Why::Error)),
        }
    }

    pub(super) fn conditions(&self, id: NodeId) -> u32 {
        self.seen.get(id.index()).map_or(0, |seen| seen.conditions)
    }

    pub(super) fn time_ns(&self, id: NodeId) -> Option<u64> {
        let seen = self.seen.get(id.index()).filter(|seen| seen.times > 0 && self.is_timed);
        seen.map(|seen| seen.time_ns)
    }

    pub(super) fn into_values(self) -> Vec<Option<Value>> {
        self.seen.into_iter().map(|seen| seen.value).collect()
    }

    /// Gives a value to nodes without instructions of their own, and takes it from nodes that did not finish.
    fn complete(&mut self, tree: &Tree) {
        for (index, node) in tree.nodes().iter().enumerate() {
            let Ok(number) = u32::try_from(index) else {
                return;
            };
            let children = tree.children(NodeId(number));
            let value = match (node.kind, children) {
                (NodeKind::Group | NodeKind::Plus, [inner]) => self.value(*inner).cloned(),
                (NodeKind::Block, [.., last]) => self.value(*last).cloned(),
                (NodeKind::Conditional, [condition, then, other @ ..]) => {
                    match (self.value(*condition).map(Value::is_true), other) {
                        (None, _) => None,
                        (Some(true), _) => self.value(*then).cloned(),
                        (Some(false), [other]) => self.value(*other).cloned(),
                        (Some(false), _) => Some(Value::Null),
                    }
                }
                // The first instruction of `name[] := …` reads the array, the second appends to it.
                (NodeKind::Append(_), _) => {
                    let seen = self.seen.get(index).filter(|seen| seen.times > 1);
                    seen.and_then(|seen| seen.value.clone())
                }
                _ => continue,
            };
            if let Some(seen) = self.seen.get_mut(index) {
                seen.value = value;
            }
        }
    }

    /// From parents to children: why a child was skipped.
    fn find_reasons(&mut self, tree: &Tree) {
        for index in (0..tree.len()).rev() {
            let Ok(number) = u32::try_from(index) else {
                continue;
            };
            let id = NodeId(number);
            let own = self.why.get(index).copied().unwrap_or(Why::Error);
            let was_skipped = self.value(id).is_none() && matches!(own, Why::ShortCircuit | Why::OtherBranch);
            for (place, child) in tree.children(id).iter().enumerate() {
                let why = if was_skipped { own } else { self.reason(tree, id, place, own) };
                if let Some(slot) = self.why.get_mut(child.index()) {
                    *slot = why;
                }
            }
        }
    }

    fn reason(&self, tree: &Tree, parent: NodeId, place: usize, own: Why) -> Why {
        let first = tree.children(parent).first().and_then(|first| self.value(*first));
        let first = first.map(Value::is_true);
        match (tree.node(parent).kind, place, first) {
            (NodeKind::Logic(LogicOp::And), 1, Some(false)) | (NodeKind::Logic(LogicOp::Or), 1, Some(true)) => {
                Why::ShortCircuit
            }
            (NodeKind::Conditional, 1, Some(false)) | (NodeKind::Conditional, 2, Some(true)) => Why::OtherBranch,
            _ => own,
        }
    }
}
